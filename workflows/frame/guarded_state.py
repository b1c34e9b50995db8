"""The state that conversations and teams have in common. Nothing that raises stops the work.

Promises that a message which can't be read is kept as it came, that a part of the work which raises is left out until
the next run, and that a run which begins judges again everything that was set aside before. Must not know what is
judged.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from temporalio import workflow

from activities.catalog import PinnedPolicy
from activities.editions import newest_allowed
from policies.contract.commands import Refused
from policies.editions import FIRST, NEWEST
from policies.running.policy import Policy, prepare
from policies.running.workload import WORK_LIMIT
from policies.state.effects import Notify
from workflows.arrivals.arrivals import Arrival, RefusedError, as_text
from workflows.arrivals.beginning import EDITION_FIELD, Unread, edition_of
from workflows.setting_aside import alerting
from workflows.setting_aside.guard import Guard, Raised
from workflows.setting_aside.set_aside import FIRST_RETRY, LATER_RETRIES, AsideList, SetAside
from workflows.setting_aside.tracebacks import log_raised
from workflows.waits.in_task import InTask
from workflows.waits.joined_tasks import keep_apart

Value = TypeVar("Value")
Message = TypeVar("Message")
_LONGEST_NAME = 100
_INPUT = "input"


class UnknownEditionError(RuntimeError):
    """This worker's code is older than the edition of a run. The task fails until a worker that knows it takes it."""

    def __init__(self, edition: int) -> None:
        super().__init__(
            f"this run has edition {edition}, and this worker knows no edition after {NEWEST}: "
            "start a worker of the newer version, see docs/upgrading.md"
        )


class GuardedState(ABC, Generic[Message]):
    """The common state.

    `id` is the conversation's or the team's; `unjudged` are messages that were read and wait to be judged.
    `spent` are the steps of work in the present round of the loop, or since the last workflow task began (`workload`).
    `subject` is what the state is of, and `id_field` the name of `id` in the log.
    `edition` names the behaviour of this run (`policies.editions`), by what its history says.
    `left_behind` is the name of a policy that was too large to be handed on and has to be looked up again; `left` is
    what was kept of that policy.
    """

    subject: ClassVar[str]
    id_field: ClassVar[str]

    def __init__(self, id: str, log: Any) -> None:
        """Begin with a state of which nothing is known yet."""
        self.id = id
        self.edition = FIRST
        self.pinned: PinnedPolicy | None = None
        self.policy: Policy | None = None
        self.left_behind = ""
        self.left: PinnedPolicy | None = None
        self.unjudged: list[Message] = []
        self.aside = AsideList()
        self.in_task = InTask()
        self.spent = 0
        self._log = log
        self._guard = Guard(log, lambda: self.in_task.is_split)
        self._stays_until: datetime | None = None
        self._stayed = 0

    @abstractmethod
    def read_one(self, arrival: Arrival) -> Sequence[Message]:
        """Read a signal. A part of it that can't be read becomes a message of its own, which says so."""

    @abstractmethod
    def read_kept(self, kept: dict[str, Any]) -> Sequence[Message]:
        """Read a message that was set aside."""

    @abstractmethod
    def take_in(self, messages: Sequence[Message]) -> None:
        """Judge messages. Each of them that raises is set aside."""

    @abstractmethod
    def take_in_time(self) -> None:
        """Judge the deadlines that have passed."""

    @abstractmethod
    def say_dropped(self, sentence: str) -> None:
        """Say on the record what was dropped so that a run could hand the rest on."""

    @abstractmethod
    def id_of(self, number: int) -> str:
        """Return the id of a message that came without one."""

    def begin_round(self) -> None:
        """Forget what was done in the last round of the loop."""
        self.spent = 0
        self.in_task.begin_round()

    @property
    def has_done_enough(self) -> bool:
        """True where the rest of the work has to wait for the next workflow task."""
        return self.spent >= WORK_LIMIT

    @property
    def in_force(self) -> Policy:
        """The policy. It is known once the work has begun."""
        assert self.policy is not None
        return self.policy

    def read(self, arrivals: Sequence[Arrival]) -> None:
        """Read signals. A signal that can't even be read is set aside as it came."""
        found = self._guard.attempt(lambda: [each for arrival in arrivals for each in self.read_one(arrival)])
        if isinstance(found, Raised):
            found = [message for arrival in arrivals for message in self._read_alone(arrival)]
        self.unjudged += found

    def _read_alone(self, arrival: Arrival) -> Sequence[Message]:
        found = self._guard.attempt(lambda: self.read_one(arrival))
        if not isinstance(found, Raised):
            return found
        id, what = self.id_of(arrival.number), f"signal {arrival.name}"[:_LONGEST_NAME]
        raw = as_text([arrival.name, arrival.body, arrival.number])
        self.aside.add(SetAside(id=id, kind="event", what=what, why=found.why, since=arrival.at, raw=raw))
        return []

    def part(self, name: str, what: str, work: Callable[[], Value]) -> Value | None:
        """Do one part of the work and return its result.

        A part that raises is left out until the next run and returns None.
        """
        return None if self.is_left_out(name) else self.piece(name, what, work)

    def piece(self, name: str, what: str, work: Callable[[], Value]) -> Value | None:
        """Do one piece of a part of the work.

        Returns None where it raises; later pieces of that part are still done.
        """
        found = self._guard.attempt(work)
        if not isinstance(found, Raised):
            return found
        self.leave_out(name, what, found.why)
        return None

    def is_left_out(self, name: str) -> bool:
        """Return whether that part of the work has raised in this run."""
        return name in self.aside.ids("part")

    def leave_out(self, name: str, what: str, why: str) -> None:
        """Note that a part of the work raises and is left out until the next run."""
        if not self.is_left_out(name):
            self.aside.add(SetAside(id=name, kind="part", what=what, why=why, since=workflow.now()))

    def go_on_under(self, pinned: PinnedPolicy) -> bool:
        """Take the policy that was left behind, in the version this worker has. Return whether more is to be judged."""
        found = self._guard.attempt(lambda: prepare(pinned.digest, pinned.document))
        if isinstance(found, Raised):
            self.keep_unread(found.why)
            return False
        self.pinned, self.policy = pinned, found
        has_more = self.judge_again()
        if self.left is None or self.left.digest != pinned.digest:
            self.change_over(pinned)
        return has_more

    @abstractmethod
    def change_over(self, pinned: PinnedPolicy) -> None:
        """Adapt everything that refers to the policy left behind to the policy now in force."""

    def keep_unread(self, why: str) -> None:
        """Note that this run's input can't be read: the run hands it on until fixed code reads it."""
        self.leave_out(_INPUT, "what this run began with", why)

    # Commands

    @abstractmethod
    def accept(self, name: str, body: Any, number: int) -> Any:
        """Return the event that a command becomes. Raises `Refused` where the command can't be carried out."""

    def refuse(self, name: str, body: Any, number: int) -> None:
        """Raise RefusedError where the command can't be carried out as things stand.

        A command that raises is left to the loop.
        """
        try:
            if self.policy is not None:
                self.accept(name, body, number)
        except Refused as refused:
            raise RefusedError(str(refused)) from None
        except Exception as error:
            self.say_raised("command_not_judged", error, command=name)

    def judged_command(self, name: str, judge: Callable[[], Value]) -> Value:
        """Return what judging a command gives. Raises RefusedError, also where judging raises: its sender knows."""
        if self.policy is None:
            why = "can't be read by its worker's version: mend the worker, then send it again"
            raise RefusedError(f"this {self.subject} {why}")
        found = self._guard.attempt(lambda: _or_refused(judge))
        if isinstance(found, Raised):
            raise RefusedError(f"{name} could not be judged, nothing was changed: {found.why}")
        if isinstance(found, RefusedError):
            raise found
        return found

    def say_raised(self, event: str, error: BaseException, **fields: Any) -> None:
        """Log an error with its traceback, once: not in a replay."""
        log_raised(self._log, f"{self.subject}.{event}", error, **fields)

    def warn(self, event: str, **fields: Any) -> None:
        """Log a warning about this conversation or team."""
        self._log.warning(f"{self.subject}.{event}", **{self.id_field: self.id}, **fields)

    # The beginning and the end of a run

    def run_in(self, edition: int) -> None:
        """Take the edition that this run's history names.

        Raises UnknownEditionError, which fails the workflow task, where this worker's code is older than the edition.
        """
        if edition > NEWEST:
            raise UnknownEditionError(edition)
        self.edition = edition
        if edition >= 2:  # before, a replay could join a task without commands with an update's task
            keep_apart(edition)

    def read_input(self, body: Any) -> Unread:
        """Return this run's input. Where it can't be read, return it unread, so that a later run can read it.

        Raises UnknownEditionError.
        """
        self.run_in(edition_of(body, workflow.info()))
        found = self._guard.attempt(lambda: Unread.of(body, workflow.info()))
        if isinstance(found, Raised):
            self.keep_unread(found.why)
            return Unread.as_it_is(body, workflow.info())
        self.aside = found.aside
        self.aside.try_again(_INPUT, workflow.now())
        unfolded = self._guard.attempt(found.unfolded)
        if isinstance(unfolded, Raised):
            self.keep_unread(unfolded.why)
            return found
        if unfolded is not found:
            self.aside = unfolded.aside
            self.aside.try_again(_INPUT, workflow.now())
        return unfolded

    def handed_on(self, *forms: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """Return the first of these forms of the state that can be made, for the next run, with that run's edition.

        Returns None where none of them can be made: this run goes on, and tries again in a minute, later every half
        hour.
        """
        for form in forms:
            found = self._guard.attempt(form)
            if not isinstance(found, Raised):
                return {**found, EDITION_FIELD: newest_allowed()}
            self.leave_out("end", "what is handed to the next run", found.why)
        self._stays_until = workflow.now() + (LATER_RETRIES if self._stayed else FIRST_RETRY)
        self._stayed += 1
        return None

    @property
    def has_to_stay(self) -> bool:
        """True while this run has to go on because its state could not be handed on a moment ago."""
        return self._stays_until is not None and workflow.now() < self._stays_until

    def retry_at(self) -> datetime | None:
        """Return when this run should end to judge again what is set aside; None where nothing is set aside."""
        at = self.aside.retry_at(workflow.info().start_time)
        return max(at, self._stays_until) if at and self._stays_until else at

    def calls_about_aside(self, life: str) -> tuple[Notify, ...]:
        """Return the calls to people about everything set aside, where it is time to call them."""
        document = self.pinned.document if self.pinned else {}
        return alerting.due(self.aside, document, self.id, life, workflow.now(), self._guard)

    @property
    def has_unjudged(self) -> bool:
        """True where messages wait to be judged in this run.

        Once too many have raised, the others wait for the next run.
        """
        return bool(self.unjudged) and not self.aside.is_full

    def judge_again(self) -> bool:
        """Judge again, in a run that begins, everything that was set aside before. Return whether there is anything."""
        if self.policy is None:
            return False
        again, messages = self.aside.take_all(workflow.now()), list[Message]()
        for item in again:
            found = self._guard.attempt(lambda item=item: self._read_again(item))
            if isinstance(found, Raised):
                self.aside.add(item.model_copy(update={"why": found.why}))
            else:
                messages += found
        self.unjudged = [*messages, *self.unjudged]
        return bool(again)

    def _read_again(self, item: SetAside) -> Sequence[Message]:
        if item.raw:
            name, body, number = json.loads(item.raw)
            return self.read_one(Arrival(name, body, item.since, number))
        return self.read_kept(item.fact) if item.fact is not None else []


def _or_refused(judge: Callable[[], Value]) -> Value | RefusedError:
    """Return what judging a command gives, or the refusal: the guard takes whatever is raised for a fault of ours."""
    try:
        return judge()
    except Refused as refused:
        return RefusedError(str(refused))
