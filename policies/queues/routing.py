"""The choice of the agent who gets a conversation, and the reasons against the team's other agents.

Promises one answer for the same facts, in whatever order people are listed, and a reason for everybody. The order of
choice is explained to support leads in `docs/routing.md`. Must not know queues, time or how the agent is told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Presence = Literal["available", "busy", "away", "offline"]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_TOLD = 8
"""People whose reasons are given one by one; the others are counted."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The requirements of a conversation now. `needs` must be met; `prefers` decide between the agents who meet them.

    `not_to` are the agents who declined or failed. Skills are `(name, lowest level)`. `person` is asked first, and
    needs no skill and no language, because a rule named them.
    """

    needs: tuple[tuple[str, int], ...] = ()
    prefers: tuple[tuple[str, int], ...] = ()
    languages: tuple[str, ...] = ()
    is_language_required: bool = False
    weight: int = 1
    last_agent: str = ""
    not_to: tuple[str, ...] = ()
    person: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One agent of the team at this instant. `granted` counts the conversations they got within `fair_over`."""

    agent: str
    skills: Mapping[str, int]
    languages: tuple[str, ...]
    capacity: int
    load: int
    presence: Presence
    is_on_shift: bool
    granted: int
    idle_since: datetime | None

    @property
    def headroom(self) -> int:
        """The capacity that is left."""
        return self.capacity - self.load

    @property
    def is_there(self) -> bool:
        """`True` where the agent takes new conversations at the moment."""
        return self.presence == "available" and self.is_on_shift


@dataclass(frozen=True, slots=True)
class AgentChoice:
    """The chosen agent, or empty where none can. `suitable` counts those who are there and could if they had room."""

    agent: str
    because: str
    suitable: int


def choose(wanted: Wanted, candidates: Iterable[Candidate]) -> AgentChoice:
    """Return the best of the agents who can take the conversation now."""
    reasons = [(candidate, why_not(wanted, candidate)) for candidate in candidates]
    able = [candidate for candidate, reason in reasons if not reason]
    unable = [(candidate, reason) for candidate, reason in reasons if reason]
    suitable = len(able) + sum(reason.startswith(FULL) for _, reason in unable)
    others = _listed([f"{candidate.agent} {reason}" for candidate, reason in unable[:_TOLD]], len(unable))
    if not able:
        return AgentChoice("", f"nobody can take it: {others}", suitable)
    best = min(able, key=lambda candidate: _order(wanted, candidate))
    behind = [candidate.agent for candidate in able[: _TOLD + 1] if candidate is not best]
    told = [f"{best.agent} {_merit(wanted, best, bool(behind))}"]
    told += [f"before {_listed(behind, len(able) - 1)}"] if behind else []
    told += [f"not {others}"] if unable else []
    return AgentChoice(best.agent, "; ".join(told), suitable)


FULL = "has no room"
"""The beginning of the reason against a person who has no room."""
_NONE = 1_000
"""The place of a language behind all that a customer can have."""


def against_all(wanted: Wanted, candidates: Iterable[Candidate]) -> str:
    """Return the reason against each of the agents; empty where there is none against one of them."""
    reasons = [(candidate.agent, why_not(wanted, candidate)) for candidate in candidates]
    told = [f"{agent} {reason}" for agent, reason in reasons[:_TOLD]]
    return _listed(told, len(reasons)) if all(reason for _, reason in reasons) else ""


def why_not(wanted: Wanted, candidate: Candidate) -> str:
    """Return why an agent can't take it; empty where they can. Reasons that time can remove come last."""
    if candidate.agent in wanted.not_to:
        return "declined or did not answer"
    is_named = candidate.agent == wanted.person
    for skill, level in () if is_named else wanted.needs:
        if candidate.skills.get(skill, 0) < level:
            return f"lacks {skill}{f' {level}' if level > 1 else ''}"
    if wanted.is_language_required and not is_named and _first_spoken(candidate, wanted.languages) == _NONE:
        return f"does not speak {' or '.join(wanted.languages)}"
    if not candidate.is_on_shift:
        return "is off shift"
    if candidate.presence != "available":
        return f"is {candidate.presence}"
    if candidate.capacity - candidate.load < wanted.weight:
        return f"{FULL} ({candidate.load} of {candidate.capacity})"
    return ""


def _order(wanted: Wanted, candidate: Candidate) -> tuple[object, ...]:
    """Return the sort key of a suitable agent; the lowest wins.

    It compares, in this order: whom a rule named, who answered the customer last, who meets more preferences, who
    speaks a language that is higher on the customer's list, who uses less of their capacity, who was granted fewer
    conversations, who has been idle longer, and the name.
    """
    met = sum([candidate.skills.get(skill, 0) >= level for skill, level in wanted.prefers]) if wanted.prefers else 0
    # Hundreds of agents are compared: without a language, the call is saved.
    spoken = _first_spoken(candidate, wanted.languages) if wanted.languages else 0
    return (
        candidate.agent != wanted.person,
        candidate.agent != wanted.last_agent,
        -met - (spoken != _NONE),
        spoken if len(wanted.languages) > 1 else 0,
        candidate.load / candidate.capacity,
        candidate.granted,
        candidate.idle_since or _LONG_AGO,
        candidate.agent,
    )


def _merit(wanted: Wanted, best: Candidate, is_contested: bool) -> str:
    has = f"has {best.load} of {best.capacity}"
    if best.agent == wanted.person:
        return f"is asked first by a rule, {has}"
    if best.agent == wanted.last_agent:
        return f"knows the customer, {has}"
    good_at = [skill for skill, level in (*wanted.needs, *wanted.prefers) if best.skills.get(skill, 0) >= level]
    knows = f"knows {', '.join(good_at)}, " if good_at else ""
    return f"{knows}{has}{', most room or longest idle' if is_contested else ''}"


def _first_spoken(candidate: Candidate, languages: tuple[str, ...]) -> int:
    """Return the place of the first of these languages that the agent speaks; `_NONE` where they speak none.

    `pt` is enough for `pt-BR`. An agent who has named no languages speaks all of them.
    """
    spoken = {each.casefold().partition("-")[0] for each in candidate.languages}
    if not spoken or not languages:
        return 0
    places = (at for at, each in enumerate(languages) if each.casefold().partition("-")[0] in spoken)
    return next(places, _NONE)


def _listed(names: list[str], number: int) -> str:
    more = f" and {number - _TOLD} others" if number > _TOLD else ""
    return ", ".join(names[:_TOLD]) + more if names else "the team has nobody"
