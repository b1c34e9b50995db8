"""Judges facts and deadlines, each by itself where one of them raises.

There are three cases. A deadline or a remembered fact raises: it is set aside, and the rest is judged without it. One
of the new facts raises: its caller is told. Nothing can be blamed: the new facts are judged in smaller and smaller
groups. Promises that a fact which raises takes no other with it, and that a task ends after a few that raise. Must not
know what judging means.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from policies.state.conversation import Conversation, Decision
from policies.state.events import Fact
from policies.state.setting_aside import LeftOut
from workflows.setting_aside.guard import Guard, Raised
from workflows.setting_aside.set_aside import AsideList, SetAside

Judging = Callable[[Conversation, Sequence[Fact], LeftOut], Decision]
_MOST_TRIES = 8
"""Attempts that may raise within one task, each with a traceback and a marker; the rest is judged in the next task."""
_MOST_DEADLINES = 20
"""Deadlines that may raise in one judgement of time. Beyond that, time is left out until the next run."""
_FEW = 32
"""Facts that are judged together once one has raised, so that an attempt costs little."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The result for some of the facts: one decision, or the reason why they could not be judged.

    `left` are facts that were too much work for one task.
    """

    conversation: Conversation
    facts: Sequence[Fact]
    decision: Decision | None = None
    why: str = ""
    left: Sequence[Fact] = ()


class Judge:
    """Judges for one conversation. `aside` gets the deadlines and remembered facts that raised."""

    def __init__(self, guard: Guard, aside: AsideList) -> None:
        self._guard = guard
        self._aside = aside

    def judge(
        self, conversation: Conversation, facts: Sequence[Fact], now: datetime, judging: Judging
    ) -> Iterator[Judged]:
        """Yield the results for the facts; some may be left for the next task. Without facts, only time is judged."""
        if not facts:
            yield from self._judge_time(conversation, now, judging)
            return
        groups, tries = [list(facts)], 0
        while groups and tries < _MOST_TRIES:
            group = groups.pop(0)
            found = self._attempt(conversation, group, judging)
            if isinstance(found, Decision):
                conversation, left = found.conversation, {id(fact) for fact in found.left}
                yield Judged(conversation, [fact for fact in group if id(fact) not in left], found)
                groups = [list(found.left), *groups] if left else groups
                if left:
                    break
                continue
            tries += 1
            if (blamed := self._blamed(group, found)) is not None:
                group.remove(blamed)
                yield Judged(conversation, (blamed,), why=found.why)
            elif found.culprit:
                conversation = self._without(conversation, found, now)
            elif len(group) == 1:
                yield Judged(conversation, (group.pop(),), why=found.why)
            else:
                half = len(group) // 2
                groups.insert(0, group[half:])
                del group[half:]
            groups = [*filter(None, (group[:_FEW], group[_FEW:])), *groups]
        yield Judged(conversation, (), left=[fact for group in groups for fact in group])

    def _judge_time(self, conversation: Conversation, now: datetime, judging: Judging) -> Iterator[Judged]:
        why = ""
        for _ in range(_MOST_DEADLINES):
            found = self._attempt(conversation, (), judging)
            if isinstance(found, Decision):
                yield Judged(found.conversation, (), found)
                return
            why = found.why
            if not found.culprit:
                break
            conversation = self._without(conversation, found, now)
        self._aside.add(SetAside(id="time", kind="part", what="what time brings", why=why, since=now))

    def _attempt(self, conversation: Conversation, facts: Sequence[Fact], judging: Judging) -> Decision | Raised:
        ids = self._aside.ids("deadline")
        return self._guard.attempt_blaming(lambda raised: judging(conversation, facts, LeftOut(ids, raised)))

    @staticmethod
    def _blamed(facts: Sequence[Fact], found: Raised) -> Fact | None:
        return next((fact for fact in facts if found.kind == "event" and fact.event_id == found.culprit), None)

    def _without(self, conversation: Conversation, found: Raised, now: datetime) -> Conversation:
        """Set a deadline or a remembered fact aside, and return the conversation without it."""
        if found.kind == "event":
            for fact in conversation.tail:
                if fact.event_id == found.culprit:
                    self._aside.add(aside_of(fact, found.why, now))
            tail = tuple(fact for fact in conversation.tail if fact.event_id != found.culprit)
            return replace(conversation, tail=tail, seen=conversation.seen.without(found.culprit))
        self._aside.add(SetAside(id=found.culprit, kind=found.kind, what=found.what, why=found.why, since=now))
        return conversation


def aside_of(fact: Any, why: str, now: datetime) -> SetAside:
    """Return a fact that could not be judged, kept whole."""
    what = fact.kind.replace("_", " ")
    return SetAside(id=fact.event_id, kind="event", what=what, why=why, since=now, fact=fact.model_dump(mode="json"))
