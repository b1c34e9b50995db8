"""One turn: a situation that one or more causes change, each at its instant, and the effects they make necessary.

Promises that every effect's key is built from the conversation, the cause and a running number, so that the same turn
taken twice asks for the same effects. Must not know which event or rule wants which effect.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from policies.document.hindsight import Move
from policies.running.facts import EventFacts
from policies.running.policy import Policy
from policies.running.workload import ASKED, RECORDED
from policies.state.effects import AddInternalNote, AnyEffect, Assign, Effect
from policies.state.entry_kind import EntryKind
from policies.state.keys import Cause, Key
from policies.state.limits import FACT_LIMIT, FACTS_LIMIT, LINE_LIMIT, TIMELINE_LIMIT
from policies.state.records.lately import OwnWrites
from policies.state.records.responsible import Giver, Responsible, Stint
from policies.state.records.told import Entry, ToldSoFar, with_line
from policies.state.setting_aside import NOTHING, LeftOut
from policies.state.situation import Situation
from policies.text.cutting import clipped, cut
from policies.text.written import own_words, written

NO_CAUSE = Cause("")
"""The cause of a turn that has not begun."""
_STINTS = 50
MOVES = 8
"""How many moves are remembered: feedback can be about these."""


@dataclass(slots=True)
class Turn:
    """A working copy that lives within one call of `decide`. `at` is the instant of the cause, not of its arrival.

    `earlier` counts the effects of the causes before this one, and `asked` those of this one by the key of the first of
    its kind: one turn over many causes and many turns over one each must give the same keys. `causes` has the cause of
    each effect, by its key, and `updates` the wait and the trigger of each cause that repeats. `spent` are the steps of
    work so far (see `workload`), `spent_before` those of the causes before this one. `listen` is how rules hear of a
    topic. `by` is the person who released the conversation or changed its status; "" for every other cause.
    `is_automatic` is true where the cause is a message that a machine wrote.
    """

    situation: Situation
    policy: Policy
    at: datetime
    cause: Cause = NO_CAUSE
    effects: list[AnyEffect] = field(default_factory=list[AnyEffect])
    earlier: int = 0
    because: list[Entry] = field(default_factory=list[Entry])
    rules_at_work: tuple[str, ...] = ()
    left_out: LeftOut = NOTHING
    spent: int = 0
    spent_before: int = 0
    asked: dict[Key, int] = field(default_factory=dict[Key, int])
    causes: dict[str, Cause] = field(default_factory=dict[str, Cause])
    updates: dict[Cause, tuple[str, str]] = field(default_factory=dict[Cause, tuple[str, str]])
    by: str = ""
    is_automatic: bool = False
    listen: Callable[["Turn", EventFacts, str], None] = field(kw_only=True)

    def announce(self, facts: EventFacts, topic: str = "") -> None:
        """Let the rules that listen to the facts' topic judge them. `topic` is named where they come under several."""
        self.listen(self, facts, topic)

    def begin(self, at: datetime, cause: Cause) -> None:
        """Go on to the next cause, at a later or the same instant."""
        self.at, self.cause, self.earlier = at, cause, len(self.effects)
        self.change(Situation, at=at)
        self.asked, self.spent_before, self.by, self.is_automatic = {}, self.spent, "", False

    def checkpoint(self) -> Callable[[], None]:
        """Return a function that takes back all that this turn does from now on; the work stays counted."""
        situation, effects, because = self.situation, len(self.effects), len(self.because)
        asked, causes = dict(self.asked), dict(self.causes)

        def take_back() -> None:
            self.situation, self.asked, self.causes = situation, asked, causes
            del self.effects[effects:]
            del self.because[because:]

        return take_back

    def spend(self, steps: int) -> None:
        """Count steps of work."""
        self.spent += steps

    @property
    def spent_on_cause(self) -> int:
        """The steps since this cause began."""
        return self.spent - self.spent_before

    def change(self, record: type[Any], **fields: Any) -> None:
        """Replace fields of one record of the situation; the record `Situation` has the fields of its own."""
        self.situation = self.situation.changed(record, **fields)

    def record(
        self, kind: EntryKind, text: str, *, rule: str = "", clock: str = "", facts: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """Put a line on the timeline, which is also part of the decision's reasons."""
        self.spend(RECORDED)
        told = tuple((cut(name, FACT_LIMIT), cut(value, FACT_LIMIT)) for name, value in facts[:FACTS_LIMIT])
        entry = Entry(self.at, kind, cut(text, LINE_LIMIT), rule, clock, told)
        self.because.append(entry)
        known = self.situation.told
        if self.situation.edition < 3:  # before, the lines of the beginning were dropped first
            return self.change(ToldSoFar, timeline=(*known.timeline[1 - TIMELINE_LIMIT :], entry))
        timeline, dropped = with_line(known.timeline, entry)
        return self.change(ToldSoFar, timeline=timeline, lines_left_out=known.lines_left_out + dropped)

    def ask(self, effect: type[Effect], because: str, **fields: Any) -> str:
        """Ask for an effect. Returns its key.

        A drill or an incident has no record in the helpdesk, so effects that need the desk are dropped; and of what was
        due before an import, those for people.
        Numbers count one kind only: a late fact that makes one effect needless must not rename the others.
        """
        kind = effect.model_fields["kind"].default
        first = Key.first(self.situation.key_root, self.cause, self.rules_at_work, kind)
        self.spend(ASKED)
        number = self.asked.get(first, 0)
        key = str(first.numbered(number))
        asked = effect(
            key=key,
            conversation_id=self.situation.conversation_id,
            life=self.situation.life,
            due_at=self.at,
            because=because,
            **fields,
        )
        is_untold = self.is_before_import and asked.is_for_people
        if (self.is_on_the_desk or effect.needs_no_desk) and not is_untold:
            self.effects.append(cast(AnyEffect, asked))
            self.asked[first], self.causes[key] = number + 1, self.cause
            if asked.write is not None and self.situation.edition >= 3:
                self.change(OwnWrites, own_writes=self.situation.own_writes.and_one(self.at, *asked.write))
        return key

    @property
    def is_before_import(self) -> bool:
        """True for what was due before an imported conversation started here: it is recorded, and no person is told."""
        imported_at = self.situation.lifecycle.imported_at
        return imported_at is not None and self.at < imported_at

    @property
    def is_on_the_desk(self) -> bool:
        """True for what the helpdesk has a record of: every conversation but a drill and an incident."""
        return not self.situation.on_call.drill and self.situation.on_call.incident is None

    def own_words(self, text: str) -> str:
        """Return the writer's own words of a message; before edition 3, with the HTML in which they were written."""
        return own_words(text) if self.situation.edition >= 3 else written(text)

    def note(self, body: str, because: str) -> None:
        """Ask for an internal note."""
        self.ask(AddInternalNote, because, body=body)

    def assign(
        self,
        team: str,
        because: str,
        *,
        assignee: str = "",
        given_by: Giver = "",
        returns_to: str = "",
        reason: str = "",
        wanted: str = "",
    ) -> None:
        """Make a team responsible and have the desk do it; where it already is, only `given_by` and `wanted` change."""
        here = self.situation.responsible
        if (team, assignee) == (here.team, here.assignee):
            self.change(Responsible, given_by=given_by or here.given_by, wanted_person=wanted or here.wanted_person)
            return
        key = self.tell_desk(team, because, assignee)
        self.belongs_to(
            team,
            because,
            assignee=assignee,
            given_by=given_by,
            assigned_by=key,
            returns_to=returns_to,
            reason=reason,
            wanted=wanted,
        )

    def tell_desk(self, team: str, because: str, assignee: str) -> str:
        """Ask the desk to assign a team, or a person in it. Returns the effect's key."""
        handoff = self.situation.handoffs.latest
        is_awaited = self.policy.is_assistant(self.situation.responsible.team) or (
            handoff is not None and handoff.is_open
        )
        confirm = bool(assignee) and is_awaited
        name = self.policy.team_name(team)
        return self.ask(Assign, because, team=team, team_name=name, assignee=assignee, confirm=confirm)

    def belongs_to(
        self,
        team: str,
        because: str,
        *,
        assignee: str = "",
        given_by: Giver = "",
        assigned_by: str = "",
        returns_to: str = "",
        reason: str = "",
        wanted: str = "",
    ) -> None:
        """Record who is responsible now, without asking the desk for anything.

        `reason` is why another team was wanted; changes by business hours or a queue have none. `given_by` is who chose
        the assignee. `wanted` is the person whom the team's queue asks first.
        """
        if team != self.situation.responsible.team:
            self.begin_stint(team, because)
            if reason and self._is_upwards(team):
                rule = next(iter(self.rules_at_work[-1:]), "")
                self.change(Responsible, reason=reason)
                self.brought_in(team, reason, rule=rule, from_team=self.situation.responsible.team)
        self.change(
            Responsible,
            team=team,
            assignee=assignee,
            assignee_since=self._since(assignee),
            has_left=self.situation.responsible.has_left and assignee == self.situation.responsible.assignee,
            given_by=given_by if assignee else "",
            assigned_by=assigned_by,
            returns_to=returns_to or self._way_back(team),
            wanted_person=wanted,
        )

    def _since(self, assignee: str) -> datetime | None:
        """Return when this person became responsible: now, unless they are already."""
        responsible = self.situation.responsible
        if not assignee or self.situation.edition < 3:
            return None
        return responsible.assignee_since if assignee == responsible.assignee else self.at

    def begin_stint(self, team: str, because: str) -> None:
        """Begin a team's stint; also in the same team, where people and the assistant change places."""
        stint = Stint(team, self.at, because, self.policy.is_assistant(team))
        self.change(Responsible, path=(*self.situation.responsible.path[1 - _STINTS :], stint))

    def _way_back(self, team: str) -> str:
        """Return the team that gets it back in the morning; "" unless only a waiting customer's assignee changes.

        Also "" once that team is open: the way back was taken by then, or a hold prevented it, so the named team keeps
        it.
        """
        s = self.situation
        is_same = team == s.responsible.team and s.waiting.since is not None
        return s.responsible.returns_to if is_same and self.policy.is_closed(s.responsible.returns_to, self.at) else ""

    def _is_upwards(self, team: str) -> bool:
        here, policy = self.situation.responsible.team, self.policy
        if not here:
            return False
        to_people = policy.is_assistant(here) and not policy.is_assistant(team)
        return to_people or policy.tier(team) > policy.tier(here)

    def brought_in(self, team: str, reason: str, *, rule: str, from_team: str = "", call: str = "") -> None:
        """Remember the team that was brought in, why and by what: later feedback judges the rule by it."""
        s, document = self.situation, self.policy.document
        move = Move(
            self.at,
            team,
            self.policy.tier(team),
            reason,
            rule=rule,
            from_team=from_team,
            call=call,
            score=s.understanding.score.points if s.understanding.score else None,
            policy=document.policy,
            version=document.version,
        )
        self.change(Responsible, moves=(*s.responsible.moves[1 - MOVES :], move))


def by(who: str) -> str:
    """Return ` by Anna`, or nothing where the name is empty."""
    return f" by {who}" if who else ""


def excerpt(text: Any) -> str:
    """Return the text as one quoted line that fits a timeline."""
    return f"“{clipped(text, 120)}”"
