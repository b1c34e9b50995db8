"""Editions: numbered states of Baton's behaviour, so that it may change while conversations run.

Temporal plays a conversation's history again with today's code, so code that a running run would play otherwise stands
behind `edition >= n`. A run's edition comes from its history only: from the answer to its first look-up, or from what
the run before handed on. What carries none is edition 1. Promises one list of all editions. Must not know which
edition a run has.
"""

FIRST = 1
EDITIONS: dict[int, str] = {
    1: "The first edition: conversations and teams as they were when editions began",
    2: (
        "Rules on `reassigned` hear every change of team or assignee, with `event.cause` and `event.is_new_team`; "
        "one of two workflow tasks in a row leaves a command"
    ),
    3: (
        "A queue knows a language by any of its tags, asks for the one that the customer prefers, and says at once "
        "where no agent could take the conversation at any time; keywords are compared with a message's own words, up "
        "to 4,000 characters of them, in one form of quotes, spaces and letters; texts have "
        "times as their readers write them, and tell after hours when the team is back"
    ),
}
"""Every edition that this code knows, with what changed in it. A change that leaves other commands is a new one."""
NEWEST = max(EDITIONS)


def known(value: object) -> int:
    """Return the edition that a record carries; the first where it carries none."""
    return value if isinstance(value, int) and value >= FIRST else FIRST
