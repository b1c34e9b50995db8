"""Stories of one team, in minutes after Monday 10:00 UTC: agents come and go, conversations ask and leave."""

from typing import Any

from policies.editions import NEWEST
from policies.queues.teams import matching, presence
from policies.queues.teams.decide import TeamDecision, decide, next_deadline
from policies.queues.teams.events import AnyTeamEvent, ConversationGone, OfferAnswered, TermsChanged, TimeCame
from policies.queues.teams.messages import accept, read_facts
from policies.queues.teams.state import Team, TeamMember, TeamQueueEntry
from policies.queues.teams.turn import TeamTurn
from policies.running.policy import Policy
from tests.cases import case
from tests.policies.stories import START, at, minutes, policy_of

HEAD = case("policies/queues/teams/care")
PEOPLE = "  ann: {team: care}\n  bob: {team: care}\n"


def crew_policy(queue: str = "{}", people: str = PEOPLE, *, hours: str = "always") -> Policy:
    """Return a policy with one team, `care`, that has this queue, these people and these hours."""
    return policy_of(people, base=HEAD.replace("QUEUE", f"{queue}, hours: {hours}"))


class Crew:
    """One team that a test feeds by hand; every decision is kept."""

    def __init__(
        self,
        queue: str = "{}",
        people: str = PEOPLE,
        *,
        there: tuple[str, ...] = (),
        hours: str = "always",
        edition: int = NEWEST,
    ) -> None:
        self.policy = crew_policy(queue, people, hours=hours)
        self.team = Team("care", START, edition=edition)
        self.decisions: list[TeamDecision] = []
        self.told = 0
        for agent in there:
            self.comes(0, agent)

    def feed(self, event: AnyTeamEvent, when: float) -> TeamDecision:
        """Let the team decide on an event."""
        decision = decide(self.team, event, at(when), policy=self.policy)
        self.team = decision.team
        self.decisions.append(decision)
        return decision

    def tell(self, name: str, when: float, /, **body: Any) -> TeamDecision:
        """Send a signal."""
        self.told += 1
        fallback_id = "" if name == "heartbeat" else f"e{self.told}"
        return self.feed(read_facts(name, body, now=at(when), fallback_id=fallback_id)[0], when)

    def order(self, name: str, when: float, /, **body: Any) -> TeamDecision:
        """Send an update; raise `Refused` with the sentence that the caller gets."""
        self.told += 1
        return self.feed(accept(name, body, self.team, now=at(when), fallback_id=f"e{self.told}"), when)

    def comes(self, when: float, agent: str, presence: str = "available") -> TeamDecision:
        """Report an agent's presence, `available` unless told otherwise."""
        return self.tell("presence", when, agent=agent, presence=presence)

    def goes(self, when: float, agent: str) -> TeamDecision:
        """Report an agent as offline."""
        return self.comes(when, agent, "offline")

    def asks(self, when: float, conversation: str, *, since: float | None = None, **body: Any) -> TeamDecision:
        """Let a conversation ask for an agent; its customer waits since minute `since`, or since now."""
        waited_from = at(when if since is None else since).isoformat()
        asked = {"conversation": conversation, "ticket": f"{conversation}.1", "since": waited_from, "channel": "email"}
        return self.tell("asked", when, **{**asked, **body})

    def owned(self, when: float, conversation: str, agent: str, **body: Any) -> TeamDecision:
        """Let a conversation report its assignee, with a customer who waits."""
        said = {"conversation": conversation, "ticket": f"{conversation}.1", "agent": agent, "is_waiting": True}
        return self.tell("owned", when, **{**said, **body})

    def leaves(self, when: float, conversation: str) -> TeamDecision:
        """Let a conversation leave the queue because it is resolved."""
        return self.tell("left", when, conversation=conversation, because="resolved")

    def answers(self, when: float, agent: str, conversation: str, *, yes: bool = True, note: str = "") -> TeamDecision:
        """Let an agent accept or decline, without the check that `order` makes."""
        fields = {"agent": agent, "conversation": conversation, "is_accepted": yes, "note": note}
        self.told += 1
        return self.feed(
            OfferAnswered.model_validate({"event_id": f"e{self.told}", "occurred_at": at(when), **fields}), when
        )

    def is_over(self, when: float, conversation: str) -> TeamDecision:
        """Report that a message could not reach the conversation because it has ended."""
        self.told += 1
        gone = {"event_id": f"e{self.told}", "occurred_at": at(when), "conversation": conversation}
        return self.feed(ConversationGone.model_validate(gone), when)

    def adopts(self, when: float, policy: Policy) -> TeamDecision:
        """Put another version of the policy in force."""
        self.policy = policy
        fields = {"policy": policy.document.policy, "version": policy.document.version}
        return self.feed(TermsChanged.model_validate({"event_id": "", "occurred_at": at(when), **fields}), when)

    def loses_its_queue(self, when: float, version: int = 4) -> TeamDecision:
        """Let a version of the policy appear that has no queue for the team."""
        fields = {"policy": self.policy.document.policy, "version": version, "is_followed": False}
        return self.feed(TermsChanged.model_validate({"event_id": "", "occurred_at": at(when), **fields}), when)

    def wakes(self, when: float) -> TeamDecision:
        """Let the timer ring."""
        return self.feed(TimeCame(event_id="", occurred_at=at(when)), when)

    def ahead(self) -> tuple[float, str] | None:
        """Return when the timer will ring for waiting conversations or agents at work, in minutes, and the reason."""
        turn = TeamTurn.of(self.team, self.policy, self.team.at, "")
        found = min((*matching.changes_ahead(turn), *presence.changes_ahead(turn)), default=None)
        return ((found[0] - START) / minutes(1), found[1]) if found else None

    def next_deadline(self) -> tuple[float, str] | None:
        """Return when the timer will ring for any reason, in minutes, and the reason."""
        deadline = next_deadline(self.team, self.team.at, self.policy)
        return ((deadline.at - START) / minutes(1), deadline.what) if deadline else None

    def entry(self, conversation: str) -> TeamQueueEntry:
        """Return the queue entry of one conversation."""
        return self.team.tickets[conversation]

    def member(self, agent: str) -> TeamMember:
        """Return the record of one agent."""
        return self.team.members[agent]

    @property
    def line(self) -> list[str]:
        """Return the waiting conversations, the first in the queue first."""
        return [entry.conversation for entry in self.team.waiting]

    @property
    def given(self) -> dict[str, tuple[str, str]]:
        """Return the state and the agent of each conversation that an agent has or was offered."""
        return {entry.conversation: (entry.state, entry.agent) for entry in self.team.with_agents}


def told(decision: TeamDecision) -> list[tuple[object, ...]]:
    """Return what the decision tells conversations, as short tuples."""
    return [_said(message.conversation, message.name, message.body) for message in decision.messages]


def _said(conversation: str, name: str, body: dict[str, Any]) -> tuple[object, ...]:
    if name == "queued":
        return (conversation, name, body["position"])
    if name == "team_closed":
        return (conversation, name, f"{body['policy']} v{body['version']}")
    return (conversation, name, body["agent"])


def reasons(decision: TeamDecision) -> list[str]:
    """Return the sentences that explain the decision."""
    return [entry.text for entry in decision.because]
