"""Stories of one team, told in minutes after Monday, 10 o'clock: people come and go, conversations ask and leave."""

from typing import Any

from policies.queues.teams import matching, presence
from policies.queues.teams.decide import TeamDecision, decide, next_deadline
from policies.queues.teams.events import AnyTeamEvent, ConversationGone, OfferAnswered, TermsChanged, TimeCame
from policies.queues.teams.messages import accept, read_fact
from policies.queues.teams.state import Member, Team, Ticket
from policies.queues.teams.turn import TeamTurn
from policies.running.policy import Policy
from tests.policies.stories import START, at, minutes, policy_of

HEAD = """
policy: desk
version: 3
timezone: UTC
hours:
  early: {open: "Mo-Fr 06:00-14:00"}
teams:
  care: {name: Care, queue: QUEUE}
channels: {email: care}
people:
"""
PEOPLE = "  ann: {team: care}\n  bob: {team: care}\n"


def crew_policy(queue: str = "{}", people: str = PEOPLE, *, hours: str = "always") -> Policy:
    """A team with that queue and those people, at work in those hours."""
    return policy_of(people, base=HEAD.replace("QUEUE", f"{queue}, hours: {hours}"))


class Crew:
    """One team, fed by hand. Keeps every decision."""

    def __init__(
        self, queue: str = "{}", people: str = PEOPLE, *, there: tuple[str, ...] = (), hours: str = "always"
    ) -> None:
        self.policy = crew_policy(queue, people, hours=hours)
        self.team = Team("care", START)
        self.decisions: list[TeamDecision] = []
        self.told = 0
        for agent in there:
            self.comes(0, agent)

    def feed(self, event: AnyTeamEvent, when: float) -> TeamDecision:
        """Let the team decide."""
        decision = decide(self.team, event, at(when), policy=self.policy)
        self.team = decision.team
        self.decisions.append(decision)
        return decision

    def tell(self, name: str, when: float, /, **body: Any) -> TeamDecision:
        """A signal."""
        self.told += 1
        fallback_id = "" if name == "heartbeat" else f"e{self.told}"
        return self.feed(read_fact(name, body, now=at(when), fallback_id=fallback_id), when)

    def order(self, name: str, when: float, /, **body: Any) -> TeamDecision:
        """An update; raises what its caller is told."""
        self.told += 1
        return self.feed(accept(name, body, self.team, now=at(when), fallback_id=f"e{self.told}"), when)

    def comes(self, when: float, agent: str, presence: str = "available") -> TeamDecision:
        """Somebody comes, or whatever they are now."""
        return self.tell("presence", when, agent=agent, presence=presence)

    def goes(self, when: float, agent: str) -> TeamDecision:
        """Somebody goes."""
        return self.comes(when, agent, "offline")

    def asks(self, when: float, conversation: str, *, since: float | None = None, **body: Any) -> TeamDecision:
        """A conversation waits, since then or since now."""
        waited_from = at(when if since is None else since).isoformat()
        asked = {"conversation": conversation, "ticket": f"{conversation}.1", "since": waited_from, "channel": "email"}
        return self.tell("asked", when, **{**asked, **body})

    def owned(self, when: float, conversation: str, agent: str, **body: Any) -> TeamDecision:
        """A conversation says whose it is."""
        said = {"conversation": conversation, "ticket": f"{conversation}.1", "agent": agent, "is_waiting": True}
        return self.tell("owned", when, **{**said, **body})

    def leaves(self, when: float, conversation: str) -> TeamDecision:
        """A conversation needs nobody any more."""
        return self.tell("left", when, conversation=conversation, because="resolved")

    def answers(self, when: float, agent: str, conversation: str, *, yes: bool = True, note: str = "") -> TeamDecision:
        """Somebody says yes or no, whether or not they may."""
        fields = {"agent": agent, "conversation": conversation, "is_accepted": yes, "note": note}
        self.told += 1
        return self.feed(
            OfferAnswered.model_validate({"event_id": f"e{self.told}", "occurred_at": at(when), **fields}), when
        )

    def is_over(self, when: float, conversation: str) -> TeamDecision:
        """A conversation could not be told, because it is over."""
        self.told += 1
        gone = {"event_id": f"e{self.told}", "occurred_at": at(when), "conversation": conversation}
        return self.feed(ConversationGone.model_validate(gone), when)

    def adopts(self, when: float, policy: Policy) -> TeamDecision:
        """Another version of the policy holds."""
        self.policy = policy
        fields = {"policy": policy.document.policy, "version": policy.document.version}
        return self.feed(TermsChanged.model_validate({"event_id": "", "occurred_at": at(when), **fields}), when)

    def wakes(self, when: float) -> TeamDecision:
        """The timer rang."""
        return self.feed(TimeCame(event_id="", occurred_at=at(when)), when)

    def ahead(self) -> tuple[float, str] | None:
        """When the timer will ring for those who wait or are at work, in minutes, and what for."""
        turn = TeamTurn.of(self.team, self.policy, self.team.at, "")
        found = min((*matching.changes_ahead(turn), *presence.changes_ahead(turn)), default=None)
        return ((found[0] - START) / minutes(1), found[1]) if found else None

    def next_deadline(self) -> tuple[float, str] | None:
        """When the timer will ring at all, in minutes, and what for."""
        deadline = next_deadline(self.team, self.team.at, self.policy)
        return ((deadline.at - START) / minutes(1), deadline.what) if deadline else None

    def ticket(self, conversation: str) -> Ticket:
        """How one conversation stands."""
        return self.team.tickets[conversation]

    def member(self, agent: str) -> Member:
        """What is known of one person."""
        return self.team.members[agent]

    @property
    def line(self) -> list[str]:
        """Who waits, the first in line first."""
        return [ticket.conversation for ticket in self.team.line]

    @property
    def given(self) -> dict[str, tuple[str, str]]:
        """Conversations that somebody has or was offered: `(state, person)`."""
        return {ticket.conversation: (ticket.state, ticket.agent) for ticket in self.team.placed}


def told(decision: TeamDecision) -> list[tuple[object, ...]]:
    """What conversations are told, as people would say it."""
    return [_said(message.conversation, message.name, message.body) for message in decision.messages]


def _said(conversation: str, name: str, body: dict[str, Any]) -> tuple[object, ...]:
    if name == "queued":
        return (conversation, name, body["position"])
    return (conversation, name, body["agent"])


def reasons(decision: TeamDecision) -> list[str]:
    """Why, sentence by sentence."""
    return [entry.text for entry in decision.because]
