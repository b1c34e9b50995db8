"""The keys of effects as the demo reads them: whose they are, and which rule asked for them.

Promises answers for the demo's own conversations, which have one life and no `/` in their ids and causes. Must not be
used elsewhere: in other keys any part may hold a `/`.
"""


def is_of(key: str, conversation_id: str) -> bool:
    """Return whether the effect belongs to this conversation."""
    return key.startswith(f"{conversation_id}/")


def is_by(key: str, rule: str) -> bool:
    """Return whether this rule was at work when the effect was asked for."""
    return f"/{rule.replace(' ', '-')}/" in key


def is_call(key: str) -> bool:
    """Return whether the effect calls people by a step of a ladder."""
    return "/page:" in key
