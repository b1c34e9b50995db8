"""The parts of a policy about handoffs: the receiver's briefing, and what the customer is told and offered.

Must not know when a conversation changes hands (`stages`) or how a text is filled in (`texts`).
"""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from policies.document.part import Part, Span

Choice = Literal["assistant", "wait", "callback", "channel", "manager"]
"""The customer's choices in a handoff: stay with the assistant, wait, be called back, another channel, a manager."""

MoveKind = Literal["handoff", "escalation", "transfer"]
"""The moves: from the assistant to people; to people of a higher tier; to people of the same or a lower tier."""

ANY = "any"
"""The channel whose minimum also holds for every other one; for public names, the language that stands for all."""

MINIMUM: dict[str, tuple[str, ...]] = {
    ANY: ("customer.name", "problem"),
    "web_chat": ("page",),
    "email": ("subject",),
    "voice": ("customer.phone",),
}
"""The facts that a receiver needs to begin, by channel, where the policy does not say otherwise."""

_LISTED = """\
{% if LINES %}
HEADING
{% for line in LINES -%}
- {{ line }}
{% endfor -%}
{% endif -%}
"""


def _listed(lines: str, heading: str) -> str:
    return _LISTED.replace("LINES", lines).replace("HEADING", heading)


TEMPLATE = "".join(
    (
        """\
BRIEFING: {{ title }}
{% for line in next_steps -%}
{{ loop.index }}. {{ line }}
{% endfor -%}
{% for line in summary -%}
• {{ line }}
{% endfor -%}
{{ transcript }}
{% if missing %}
Missing: {{ missing | join("; ") }}
{% endif -%}
""",
        _listed("asked", "Asked of you"),
        _listed("words", "Words for your answer, which only you send"),
        _listed("noticed", "Noticed"),
        _listed("tried", "Tried so far"),
        _listed("clocks", "Promised"),
        """\
{% if page %}
Page: {{ page }}
{% endif -%}
""",
        _listed("facts", "Known of the customer"),
        _listed("articles", "Articles that may help"),
        _listed("attachments", "Attachments"),
        _listed("earlier", "Other conversations"),
        _listed("last_words", "Last words"),
    )
)
"""The briefing's template where the policy has none of its own."""


def _text_or_part(value: Any) -> Any:
    """Accept `tell: waiting` for `tell: {text: waiting}`."""
    return {"text": value} if isinstance(value, str) else value


def _text_or_texts(value: Any) -> Any:
    """Accept `public_name: our support team`, one name for every language."""
    return {ANY: value} if isinstance(value, str) else value


def _written(names: dict[str, str]) -> dict[str, str]:
    if not names or not all(name.strip() for name in names.values()):
        raise ValueError("the name is empty: write it, or leave it out")
    return names


def _styled(texts: dict[str, str]) -> dict[str, str]:
    if not all(text.strip() for text in texts.values()):
        raise ValueError("the text is empty: write it, or leave it out")
    return texts


PublicName = Annotated[
    dict[str, str],
    BeforeValidator(_text_or_texts, json_schema_input_type=str | dict[str, str]),
    AfterValidator(_written),
]
"""The customers' name for a team: a text, or one for each language."""


Style = Annotated[
    dict[str, str],
    BeforeValidator(_text_or_texts, json_schema_input_type=str | dict[str, str]),
    AfterValidator(_styled),
]
"""How to write to customers: a text, or one for each language."""


class TellPart(Part):
    """A text to the customer, named as in `customer_texts`, with choices to offer."""

    text: str = Field(min_length=1, description="The name of one of the policy's `customer_texts`.")
    choices: tuple[Choice, ...] = Field((), description="What the customer can choose; they can answer by number.")


Tell = Annotated[TellPart, BeforeValidator(_text_or_part, json_schema_input_type=str | TellPart)]


class BriefingTerms(Part):
    """The internal note that briefs a receiver, written when a conversation moves."""

    on: tuple[MoveKind, ...] = Field(
        ("handoff", "escalation"), description="Which moves it is written for; `briefing: off` names none."
    )
    template: str = Field(TEMPLATE, min_length=1, description="Jinja2; see docs/handoff.md for what it can show.")
    minimum: dict[str, tuple[str, ...]] = Field(
        MINIMUM, description="By channel, and under `any`: what a receiver needs. What is missing is named in the note."
    )
    context: bool = Field(False, description="Ask the worker's context sources before it is written, for a moment.")
    transcript: bool = Field(True, description="Attach everything that was said.")
    first_sentence: dict[str, str] = Field(
        {}, description="By language: how a person may begin, in Jinja2 over `name`, `problem` and `team`."
    )


def _off(value: Any) -> Any:
    """Accept `briefing: off`, for a briefing on no move; other programs write it as false."""
    return {"on": ()} if value in (False, "off", "false") else value


Briefings = Annotated[
    BriefingTerms | None,
    BeforeValidator(_off, json_schema_input_type=BriefingTerms | Literal["off", False] | None),
]
"""The terms of briefings as a policy writes them. A file without them has the default ones (`resolve`)."""


LONGEST_MEMORY = timedelta(days=730)
"""The longest time for which choices may be remembered: an older one says little."""


def _not_for_ever(span: timedelta) -> timedelta:
    if span > LONGEST_MEMORY:
        raise ValueError(f"choices are remembered for {LONGEST_MEMORY.days}d at most: write less")
    return span


class ChoicesTerms(Part):
    """The wording of choices, and the terms of a callback."""

    labels: dict[Choice, dict[str, str]] = Field({}, description="By language; English where absent.")
    channels: dict[str, dict[str, str]] = Field(
        {}, description="The channels that `channel` offers, each with its label by language: `phone: {en: By phone}`."
    )
    callback_within: Span = Field(
        timedelta(hours=4), description="When to call back who names no time, in the team's business time."
    )
    remember_for: Annotated[Span, AfterValidator(_not_for_ever)] | None = Field(
        None,
        description="How long a customer's choices hold for their later conversations, such as 180d, if the customer "
        "agrees (`consent`); absent: nothing is remembered.",
    )
