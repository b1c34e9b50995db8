"""How one team's queue stands, and the only code that changes it: events, time and commands are judged here.

Promises that an event which raises when it is judged is set aside, as is a queue entry whose matching raises, that a
command which raises is refused, and that any other part of the work which raises is left out until the next run;
nothing else suffers. Waits for nothing and sends nothing. Must not know who is chosen or why: `policies.queues.teams`
decides that.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter
from temporalio import workflow

from activities.catalog import PinnedPolicy, shared
from policies.queues.teams.decide import TeamDeadline, TeamDecision, decide, next_deadline
from policies.queues.teams.events import (
    AnyTeamEvent,
    Ask,
    Left,
    Message,
    NewVersion,
    Owned,
    TeamAsked,
    TermsChanged,
    TimeCame,
)
from policies.queues.teams.messages import accept, read_facts
from policies.queues.teams.state import Team, TeamQueueEntry, by_rank
from policies.queues.teams.terms import has_queue, left_by
from policies.running.policy import Policy, prepare
from policies.state.effects import AnyEffect, Notify
from policies.state.entry_kind import EntryKind
from policies.state.limits import LINE_LIMIT, NAME_LIMIT, TIMELINE_LIMIT
from policies.state.records.told import Entry
from policies.state.setting_aside import CouldNotBeJudgedError, LeftOut, blaming
from policies.text.cutting import cut
from workflows.arrivals.arrivals import Arrival, WaitingCommand
from workflows.carrying.fitting import DROPPED
from workflows.carrying.pinned import prepared
from workflows.frame.guarded_state import GuardedState
from workflows.frame.sought_policy import SoughtPolicy
from workflows.setting_aside import alerting
from workflows.setting_aside.guard import Raised
from workflows.setting_aside.set_aside import AsideList, SetAside

_EVENT: TypeAdapter[AnyTeamEvent] = TypeAdapter(AnyTeamEvent)
_MOST_CULPRITS = 20
_CLOSED = "/closed/"
JUDGED_AT_ONCE = 100
"""Events judged within one workflow task. The SDK takes a task of two seconds for deadlocked."""


class CarriedTeam(BaseModel):
    """The state that a team hands to the next run: plain JSON, readable by later versions."""

    model_config = ConfigDict(extra="ignore")

    team: Team
    pinned: PinnedPolicy
    inbox: tuple[AnyTeamEvent, ...] = ()
    waiting: tuple[Message, ...] = ()
    alerts: tuple[AnyEffect, ...] = ()
    received: int = 0
    sought: SoughtPolicy | None = None
    aside: AsideList = AsideList()


class TeamState(GuardedState[AnyTeamEvent]):
    """The state of one team. `tell` gets the messages of every decision, `ask_after` the conversations to look for."""

    subject = id_field = "team"

    def __init__(
        self,
        name: str,
        tell: Callable[[Sequence[Message]], None],
        ask_after: Callable[[Sequence[Ask]], None],
        log: Any,
    ) -> None:
        """Begin with a team of which nothing is known yet."""
        super().__init__(name, log)
        self.team = Team(name, workflow.now())
        self.sought: SoughtPolicy | None = None
        self.has_changed_edition = False
        self._closing_calls: list[Notify] = []
        self._tell = tell
        self._ask_after = ask_after

    def restore(self, read: Callable[[], CarriedTeam]) -> CarriedTeam | None:
        """Take over the state that the run before handed on; None where this worker's code can't read it."""
        found = self._guard.attempt(lambda: _restored(read()))
        if isinstance(found, Raised):
            self.keep_unread(found.why)
            return None
        carried, self.policy = found
        self.team, self.sought = carried.team, carried.sought
        self._go_on_in_edition()
        if self.policy is not None:
            self.pinned = shared(carried.pinned)
        else:
            is_sought = self.sought is not None and not self.sought.is_found
            self.left = carried.pinned
            self.left_behind = self.sought.policy if self.sought and is_sought else carried.pinned.document["policy"]
        self.unjudged, self.aside = list(carried.inbox), carried.aside
        return carried

    def begin(self, pinned: PinnedPolicy, asked: str) -> None:
        """Start under a policy.

        Where this is only the default for the policy that was `asked` for, look for that one.
        """
        self.pinned = pinned
        found = self._guard.attempt(lambda: prepare(pinned.digest, pinned.document))
        if isinstance(found, Raised):
            return self.keep_unread(found.why)
        self.policy, self.team = found, replace(self.team, edition=self.edition)
        self._seek_instead(pinned, asked)
        self._begin_closed(pinned)
        return None

    def _begin_closed(self, pinned: PinnedPolicy) -> None:
        """Close the queue at once where the policy has none for this team: earlier versions of it may have had one."""
        if self.edition < 3 or pinned.trouble:
            return
        if self.part("terms", "whether a policy has this team", lambda: has_queue(self.in_force, self.id)) is False:
            self.unjudged.insert(0, _terms_changed(pinned, is_followed=False))

    def _go_on_in_edition(self) -> None:
        if self.team.edition != self.edition:
            self.team, self.has_changed_edition = replace(self.team, edition=self.edition), True
            self._say("edition_changed", f"Goes on in edition {self.edition} of Baton")

    def _seek_instead(self, pinned: PinnedPolicy, asked: str) -> None:
        if pinned.trouble and (self.sought is None or self.sought.policy != asked):
            self.sought = SoughtPolicy(policy=cut(asked, NAME_LIMIT)).looked(0, workflow.now())
            self._say("trouble", cut(pinned.trouble, LINE_LIMIT))

    def change_over(self, pinned: PinnedPolicy) -> None:
        """Go on under this policy instead of the one that was left behind, as under a newer version."""
        self._seek_instead(pinned, self.left_behind)
        if self.part("terms", "whether a policy has this team", lambda: has_queue(self.in_force, self.id)):
            # At once: the first judgement of the queue would otherwise forget its people and their conversations.
            self.take_in([_terms_changed(pinned, is_followed=True)])
        else:
            self._say("policy_adopted", f"Under {pinned.name} from now on, which has no queue for this team")
            self._begin_closed(pinned)

    def follow(self, pinned: PinnedPolicy) -> None:
        """Go on under a newer version of the policy. A version that can't be prepared is not followed."""
        policy = self._guard.attempt(lambda: prepare(pinned.digest, pinned.document))
        if isinstance(policy, Raised):
            return
        is_followed = self.part("terms", "whether a policy has this team", lambda: has_queue(policy, self.id))
        if is_followed:
            self.pinned, self.policy = pinned, policy
        elif is_followed is False and self.edition >= 3:
            self._call_about_closing(pinned)
        self.unjudged.insert(0, _terms_changed(pinned, is_followed=bool(is_followed)))

    def _call_about_closing(self, pinned: PinnedPolicy) -> None:
        """Call the people under the new version's `alert`, once, where conversations have to leave the queue."""
        document = pinned.document
        if leaving := len(left_by(self.team.tickets, document["policy"], document["version"])):
            what = f"{pinned.name} has no queue for team {self.id}"
            headline = f"{what}: {leaving} conversations go where it routes them"
            remedy = f"nothing, if that is meant; else give the team its queue again in a version after {pinned.name}"
            call = alerting.PeopleCall(self.id, "", workflow.now(), headline, what, remedy, topic=_CLOSED)
            self._closing_calls += alerting.calls(call, document, self._guard)

    def seek(self) -> None:
        """Note the policy that conversations say they are under, where the team may have to follow it."""
        if named := self.part("terms", "which policy counts", self._named_policy):
            sought = self.sought or SoughtPolicy(policy=named[0], version=named[1])
            self.sought = sought.named(*named)

    def _named_policy(self) -> tuple[str, int] | None:
        """Return the policy and version that the team should look for; None where there is none.

        That is a newer version of the team's own policy, or the last policy named while the default stands in for it.
        """
        # Before edition 3 no conversation told the team of a version without a queue for it.
        tellers = TeamAsked | Owned if self.edition < 3 else TeamAsked | Owned | Left | NewVersion
        told = [event for event in self.unjudged if isinstance(event, tellers) and event.policy]
        closed_by = {version.policy: version.version for version in self.team.closed_by}
        named = [(event.policy, max(event.version, 1)) for event in told]
        named = [each for each in named if each[1] > closed_by.get(each[0], 0)]
        own = self.in_force.document
        if self._stands_in or own.policy in closed_by:
            return named[-1] if named else None
        return max((each for each in named if each[0] == own.policy and each[1] > own.version), default=None)

    @property
    def _stands_in(self) -> bool:
        """True where the default policy stands in for one that was not found when the team began."""
        return self.pinned is not None and bool(self.pinned.trouble)

    def take_sought(self, shown: PinnedPolicy | None) -> None:
        """Take in the policy that a look has shown. The policy sought is followed, and so are newer versions of it."""
        assert self.sought is not None
        own, before = self.in_force.document, self.sought
        version = before.version_of(shown)
        self.sought = before.looked(version, workflow.now())
        is_under_it = own.policy == before.policy and not self._stands_in
        if shown and version > max(before.found, own.version if is_under_it else 0):
            self.follow(shown)
        if self._stands_in:
            self.sought = self.sought.next()

    # Events

    def read_one(self, arrival: Arrival) -> Sequence[AnyTeamEvent]:
        """Read a signal into events."""
        # A heartbeat gets no id of ours: a team that remembered each heartbeat would soon forget which events it has
        # had.
        fallback_id = "" if arrival.name == "heartbeat" else self.id_of(arrival.number)
        return read_facts(arrival.name, arrival.body, now=arrival.at, fallback_id=fallback_id)

    def read_kept(self, kept: dict[str, Any]) -> Sequence[AnyTeamEvent]:
        """Read an event that was set aside."""
        return [_EVENT.validate_python(kept)]

    def id_of(self, number: int) -> str:
        """Return the id of a message that came without one."""
        return f"{self.id}/{workflow.info().run_id[-12:]}/{number:08d}"

    def judge_events(self) -> bool:
        """Judge as many events as one workflow task may, then what follows for the queue. Return whether more wait."""
        batch, self.unjudged = self.unjudged[:JUDGED_AT_ONCE], self.unjudged[JUDGED_AT_ONCE:]
        self.take_in(batch)
        self.take_in_time()
        return bool(self.unjudged)

    def take_in(self, messages: Sequence[AnyTeamEvent]) -> None:
        known = self.aside.ids("event")
        left = [event for event in messages if not event.event_id or event.event_id not in known]
        found = self._guard.attempt_blaming(lambda raised: self._after(left, LeftOut(raised=raised)))
        if not isinstance(found, Raised):
            self._keep(*found)
        elif len(left) == 1:
            self._set_aside(left[0], found.why)
        else:  # each of the others is judged alone; where thousands raise, each costs as much as one
            for event in left:
                self.take_in([event])

    def _after(self, events: Sequence[AnyTeamEvent], left_out: LeftOut) -> list[TeamDecision]:
        team, decisions = self.team, list[TeamDecision]()
        for event in events:
            with blaming("event", event.event_id, event.kind.replace("_", " "), left_out):
                decision = decide(team, event, workflow.now(), policy=self.in_force, is_last=False)
            decisions.append(decision)
            team = decision.team
        return decisions

    def _set_aside(self, event: AnyTeamEvent, why: str) -> None:
        what, fact = event.kind.replace("_", " "), event.model_dump(mode="json")
        id = event.event_id or f"{self.id}/{event.kind}@{workflow.now().isoformat()}"
        kept = SetAside(id=id, kind="event", what=what, why=why, since=workflow.now(), fact=fact)
        self.aside.add(kept)

    def _keep(self, *decisions: TeamDecision) -> None:
        """Keep decisions. Nothing else changes the team, except the lines that `_say` adds."""
        for decision in decisions:
            self.team = decision.team
            self._tell(decision.messages)
            self._ask_after(decision.asked_after)
            if decision.because:
                because = [entry.kind for entry in decision.because]
                self._log.info(f"team.{decision.because[0].kind}", team=self.id, because=because)

    # The queue

    def take_in_time(self) -> None:
        """Judge the time, and give out conversations. A queue entry whose matching raises is left out of the queue."""
        if self.policy is None or self.is_left_out("queue"):
            return None
        why = ""
        for _ in range(_MOST_CULPRITS):
            found = self._guard.attempt_blaming(self._settled)
            if not isinstance(found, Raised):
                self._keep(found)
                return self._remark()
            why = found.why
            if not found.culprit:
                break
            self.aside.add(
                SetAside(id=found.culprit, kind="ticket", what=found.what, why=found.why, since=workflow.now())
            )
        self.leave_out("queue", "the queue", why)
        return self._remark()

    def _settled(self, raised: Callable[[str], bool]) -> TeamDecision:
        aside = self.aside.ids("ticket")
        kept = {name: entry for name, entry in self.team.tickets.items() if name not in aside}
        for name in kept:
            if raised(name):
                raise CouldNotBeJudgedError("ticket", name, f"the queue with {name} in it")
        try:
            decision = self._with(list(kept.values()))
        except Exception as error:
            self._blame(list(kept.values()), error)
            raise
        left_out = {name: self.team.tickets[name] for name in self.team.tickets if name in aside}
        return replace(decision, team=replace(decision.team, tickets={**decision.team.tickets, **left_out}))

    def _with(self, entries: Sequence[TeamQueueEntry]) -> TeamDecision:
        team = replace(self.team, tickets={entry.conversation: entry for entry in entries})
        time_came = TimeCame(event_id="", occurred_at=workflow.now())
        return decide(team, time_came, workflow.now(), policy=self.in_force)

    def _blame(self, entries: Sequence[TeamQueueEntry], error: Exception) -> None:
        """Find, by halving, the first queue entry with which matching raises.

        Raises CouldNotBeJudgedError with its name.
        """
        ordered, low, high = sorted(entries, key=by_rank), 0, len(entries)
        if self._raises(()):
            return
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._raises(ordered[: middle + 1]) else (middle + 1, high)
        name = ordered[low].conversation
        raise CouldNotBeJudgedError("ticket", name, f"the queue with {name} in it") from error

    def _raises(self, entries: Sequence[TeamQueueEntry]) -> bool:
        try:
            self._with(entries)
        except Exception:
            return True
        return False

    def next_deadline(self) -> TeamDeadline | None:
        """Return the earliest deadline: the next thing that happens by time alone."""
        if self.policy is None or self.is_left_out("queue"):
            return None
        aside = self.aside.ids("ticket")
        kept = {name: entry for name, entry in self.team.tickets.items() if name not in aside}
        team = replace(self.team, tickets=kept) if aside else self.team
        return self.part("deadlines", "the deadlines", lambda: next_deadline(team, workflow.now(), self.in_force))

    # Commands

    def carry_out(self, command: WaitingCommand) -> None:
        """Judge a command. Raises RefusedError."""

        def decided() -> TeamDecision:
            event = self.accept(command.name, command.body, command.number)
            return decide(self.team, event, workflow.now(), policy=self.in_force, is_last=False)

        self._keep(self.judged_command(command.name, decided))

    def outcome(self) -> dict[str, Any]:
        """Return what the caller of a command is told."""
        because = self.team.timeline[-1].text if self.team.timeline else ""
        return {"team": self.team.team, "because": because}

    def accept(self, name: str, body: Any, number: int) -> AnyTeamEvent:
        """Return the event that a command becomes. Raises `Refused`."""
        fallback_id = f"{self.id}/{name}/{workflow.info().run_id[-12:]}/{number}"
        return accept(name, body, self.team, now=workflow.now(), fallback_id=fallback_id)

    # Items that were set aside

    def alerts(self) -> tuple[Notify, ...]:
        """Return the calls to people about what was set aside, where it is time to call them."""
        self.aside.forget(self.team.tickets, "ticket")
        self._remark()
        closing, self._closing_calls = self._closing_calls, []
        return (*closing, *self.calls_about_aside(""))

    def _remark(self) -> None:
        """Write a line of the timeline for each thing newly set aside."""
        for item in self.aside.take_news():
            self._say("set_aside", f"Could not be judged, set aside: {item.what} ({item.why})")

    def say_dropped(self, sentence: str) -> None:
        """Say on the timeline what was dropped."""
        self._say(DROPPED, sentence)

    def _say(self, kind: EntryKind, text: str) -> None:
        kept = (*self.team.timeline, Entry(workflow.now(), kind, text))[-TIMELINE_LIMIT:]
        self.team = replace(self.team, timeline=kept)


def _terms_changed(pinned: PinnedPolicy, *, is_followed: bool) -> TermsChanged:
    terms = {"policy": pinned.document["policy"], "version": pinned.document["version"]}
    return TermsChanged(event_id="", occurred_at=workflow.now(), is_followed=is_followed, **terms)


def _restored(carried: CarriedTeam) -> tuple[CarriedTeam, Policy | None]:
    return carried, prepared(carried.pinned)
