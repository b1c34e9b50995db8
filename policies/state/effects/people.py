"""Effects for people outside the conversation: notifications, the outcomes shown on them, and lists below them."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from policies.document.hindsight import Question
from policies.document.rotation import Rotation
from policies.document.targets import Target
from policies.state.effects.effect import Effect, Names, StandDown, ToldWords
from policies.state.events import Member
from policies.state.situation import Situation


class Promise(BaseModel):
    """An open promise to the customer, as its reader is shown it.

    `due_at` is aware UTC, and None while the promise's clock is paused.
    """

    model_config = ConfigDict(frozen=True)

    title: str
    state: str
    due_at: datetime | None = None


class Addressee(BaseModel):
    """A person that a target stands for: their key under the policy's `people`, and their Slack member ID."""

    model_config = ConfigDict(frozen=True)

    person: str
    slack: str


class StormTerms(BaseModel):
    """The terms on which calls of one cause become an incident. Calls that differ only in numbers have one cause."""

    model_config = ConfigDict(frozen=True)

    policy: str
    escalation: str
    cause: str
    conversations: int
    within: timedelta


class Members(BaseModel):
    """How many conversations an incident stands for, how many of them no longer need anybody, and the first of them."""

    model_config = ConfigDict(frozen=True)

    total: int
    left: int = 0
    first: tuple[Member, ...] = ()


class Asking(BaseModel):
    """Questions about how a move went, put to a person afterwards. An answer names `about` as its `step`."""

    model_config = ConfigDict(frozen=True)

    about: str
    questions: tuple[Question, ...]


class Notify(Effect):
    """Notify people outside the conversation. `target` is as the policy writes it, such as `slack:#channel`."""

    kind: Literal["notify"] = "notify"
    target: str
    headline: str
    facts: tuple[tuple[str, str], ...] = ()
    promises: tuple[Promise, ...] = ()
    page: str = Field(
        default="", description="The step of a ladder this belongs to; empty where nobody need acknowledge."
    )
    people: tuple[Addressee, ...] = Field(
        default=(), description="Everybody the target may stand for; of a rotation, also those not on call."
    )
    offer: str = Field(default="", description="What an agent is asked to accept or decline: `billing/12`.")
    hindsight: Asking | None = Field(
        default=None,
        exclude_if=lambda asking: asking is None,
        description="What a person is asked about how it went.",
    )
    policy: str = ""
    rotation: Rotation | None = Field(
        default=None, description="Of an `on-call:` target: who is on call is found out when the call goes out."
    )
    storm: StormTerms | None = Field(
        default=None, description="Many calls of the same cause become one incident; none where it always goes out."
    )
    members: Members | None = Field(default=None, description="Of an incident: whom it calls for.")
    is_alert: bool = Field(
        default=False,
        exclude_if=lambda is_alert: not is_alert,
        description="True where something is wrong that a person has to see to: it waits for no notice.",
    )

    audience = "people"
    wording = Effect.wording | {
        *("headline", "facts", "promises", "people", "rotation", "storm", "members", "hindsight")
    }
    needs_no_desk = True

    @property
    def is_urgent(self) -> bool:
        """True where a person has to do something: a call, an offer or an alert, but no notice."""
        return bool(self.page or self.offer or self.is_alert)

    @property
    def question(self) -> str:
        """The offer that an agent is asked to accept, or the question about a decision; empty where there is none."""
        return f"offer:{self.offer}" if self.offer else self.hindsight.about if self.hindsight else ""

    @property
    def lane(self) -> str:
        """A call and an alert have their own lane each; notices to one target queue up.

        An offer or a question shares a lane with the updates of its message.
        """
        if own := self.page or (self.key if self.is_alert else ""):
            return f"call:{own}"
        return f"run:{self.question}" if self.question else f"notice:{self.target}" if self.target else "notice"

    @property
    def doing(self) -> str:
        return f"notify {self.about}"

    @property
    def about(self) -> str:
        """The target, fit for everybody to read: a webhook's address is often a secret."""
        return Target.of(self.target).shown

    @property
    def was_told(self) -> bool:
        """True unless an agent was only asked how a handoff went: such an agent need do nothing."""
        return self.hindsight is None

    @property
    def told(self) -> ToldWords:
        facts = (f"{name}: {value}" for name, value in self.facts)
        return ToldWords("people", "\n".join((self.headline, *facts)), self.about)

    def undone_in(self, situation: Situation, names: Names) -> StandDown:
        return StandDown(self.target)


class UpdateNotification(Effect):
    """Show the outcome on every message of one on-call run, about one offer, or about one question.

    `page` is the run, such as `support-on-call.2`, the offer, such as `offer:billing/12`, or the `about` of an
    `Asking`. Where the outcome changes, the messages are shown anew, which tells their readers.
    """

    kind: Literal["update_notification"] = "update_notification"
    page: str
    outcome: Literal["acknowledged", "accepted", "stood_down", "exhausted", "resumed", "folded", "grew", "judged"]
    text: str
    members: Members | None = Field(default=None, description="Of an incident: whom it calls for by now.")
    asks: bool = Field(default=False, description="Whether its readers are asked how it went.")
    answers: tuple[tuple[str, bool, str], ...] = Field(
        default=(), description="What they have said: the question, yes or no, and who."
    )

    wording = Effect.wording | {"text", "members", "asks", "answers"}
    needs_no_desk = True

    @property
    def lane(self) -> str:
        """The lane of the run, the offer or the question."""
        return f"run:{self.page}" if self.page else "run"

    @property
    def doing(self) -> str:
        return f"show on {self.page}: {self.outcome.replace('_', ' ')}"


class ListMembers(Effect):
    """List the incident's conversations, up to the `total`-th, in its messages' threads. `page` is the on-call run."""

    kind: Literal["list_members"] = "list_members"
    page: str
    total: int

    needs_no_desk = True

    @property
    def lane(self) -> str:
        """The lists' lane: a long list keeps nothing else waiting."""
        return "members"


AnyPeopleEffect = Notify | UpdateNotification | ListMembers
