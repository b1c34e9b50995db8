"""Has facts and deadlines judged, each by itself where one of them raises.

There are three cases. A deadline or a remembered fact raises: it is set aside, and the rest is judged without it.
One of the new facts raises: its caller is told. Nothing can be blamed: the new facts are judged in smaller and smaller
groups. Promises that one that raises takes no other with it. Must not know what judging means.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from policies.conversation import Conversation, Decision
from policies.events import Fact
from policies.setting_aside import LeftOut
from workflows.guard import Guard, Raised
from workflows.set_aside import AsideList, SetAside

Judging = Callable[[Conversation, Sequence[Fact], LeftOut], Decision]
_MOST_CULPRITS = 20
"""In one judgement; where more raise, the code is broken as a whole, and the rest is set aside together."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of some of the facts: a decision, or for each of them why it could not be judged.

    `left` are those that were too much work for one task.
    """

    conversation: Conversation
    facts: Sequence[Fact]
    decision: Decision | None = None
    why: str = ""
    left: Sequence[Fact] = ()


class Judge:
    """One conversation's. `aside` gets the deadlines and remembered facts that raised."""

    def __init__(self, guard: Guard, aside: AsideList) -> None:
        self._guard = guard
        self._aside = aside

    def judge(
        self, conversation: Conversation, facts: Sequence[Fact], now: datetime, judging: Judging
    ) -> Iterator[Judged]:
        """Yield what came of the facts, all of them in the end. With no facts, only time is judged."""
        left, why = list(facts), ""
        for _ in range(_MOST_CULPRITS):
            found = self._attempt(conversation, left, judging)
            if isinstance(found, Decision):
                judged = [fact for fact in left if not any(fact is one for one in found.left)]
                yield Judged(found.conversation, judged, found, left=found.left)
                return
            why = found.why
            if (blamed := self._blamed(left, found)) is not None:
                left.remove(blamed)
                yield Judged(conversation, (blamed,), why=why)
                if not left:
                    return
            elif found.culprit:
                conversation = self._without(conversation, found, now)
            elif len(left) > 1:
                yield from self._by_halves(conversation, left, now, judging)
                return
            else:
                break
        if not left:
            self._aside.add(SetAside(id="time", kind="part", what="what time brings", why=why, since=now))
        for fact in left:
            yield Judged(conversation, (fact,), why=why)

    def _attempt(self, conversation: Conversation, facts: Sequence[Fact], judging: Judging) -> Decision | Raised:
        ids = self._aside.ids("deadline")
        return self._guard.attempt_blaming(lambda raised: judging(conversation, facts, LeftOut(ids, raised)))

    def _by_halves(
        self, conversation: Conversation, facts: Sequence[Fact], now: datetime, judging: Judging
    ) -> Iterator[Judged]:
        half, is_full = len(facts) // 2, False
        for part in (facts[:half], facts[half:]):
            if is_full:
                yield Judged(conversation, (), left=part)
                return
            for judged in self.judge(conversation, part, now, judging):
                conversation, is_full = judged.conversation, is_full or bool(judged.left)
                yield judged

    @staticmethod
    def _blamed(facts: Sequence[Fact], found: Raised) -> Fact | None:
        return next((fact for fact in facts if found.kind == "event" and fact.event_id == found.culprit), None)

    def _without(self, conversation: Conversation, found: Raised, now: datetime) -> Conversation:
        """Set a deadline aside, or a remembered fact."""
        if found.kind == "event":
            for fact in conversation.tail:
                if fact.event_id == found.culprit:
                    self._aside.add(aside_of(fact, found.why, now))
            tail = tuple(fact for fact in conversation.tail if fact.event_id != found.culprit)
            return replace(conversation, tail=tail, seen=conversation.seen.without(found.culprit))
        self._aside.add(SetAside(id=found.culprit, kind=found.kind, what=found.what, why=found.why, since=now))
        return conversation


def aside_of(fact: Any, why: str, now: datetime) -> SetAside:
    """A fact that could not be judged, kept whole."""
    what = fact.kind.replace("_", " ")
    return SetAside(id=fact.event_id, kind="event", what=what, why=why, since=now, fact=fact.model_dump(mode="json"))
