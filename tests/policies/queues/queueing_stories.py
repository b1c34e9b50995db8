"""Stories of one conversation and its team's queue; the team's messages are written by hand."""

from typing import Any

from policies.running.policy import Policy
from policies.state.conversation import Decision
from policies.state.effects import AnyEffect, AskTeam, FindEntry, LeaveTeam, ReportBug, TellOwner
from policies.state.records.queue_entry import QueueEntry
from tests.cases import case
from tests.policies.stories import Play, policy_of
from tests.policies.stories import told as said

DESK = case("policies/queues/desk")
RULES = case("policies/queues/rules")
QUEUED = policy_of(RULES, base=DESK)
START_TICKET = "c/start"


class Queueing(Play):
    """A conversation whose team's messages the test sends by hand."""

    def __init__(self, policy: Policy = QUEUED, **body: Any) -> None:
        super().__init__(policy, **body)

    @property
    def entry(self) -> QueueEntry:
        """Return the conversation's entry in its team's queue; fail where it has none."""
        assert self.now.queue_entry is not None
        return self.now.queue_entry

    def queued(self, when: float, *, ticket: str = START_TICKET, **body: Any) -> Decision:
        """Tell the conversation its position in the queue."""
        return self.tell("queued", when, **{"team": "care", "ticket": ticket, "position": 1, "because": "…", **body})

    def offered(
        self, when: float, agent: str, *, ticket: str = START_TICKET, offer: str = "1", **body: Any
    ) -> Decision:
        """Tell the conversation that the team offers it to an agent."""
        told = {"team": "care", "ticket": ticket, "agent": agent, "offer": offer, "until": "2026-01-05T10:30:00Z"}
        return self.tell("offered", when, **{**told, "because": f"{agent} has 0 of 5", **body})

    def granted(self, when: float, agent: str, *, ticket: str = START_TICKET, **body: Any) -> Decision:
        """Tell the conversation that the team chose this agent."""
        told = {"team": "care", "ticket": ticket, "agent": agent, "because": f"{agent} accepted"}
        return self.tell("granted", when, **{**told, **body})

    def reclaimed(self, when: float, agent: str, *, ticket: str = START_TICKET, **body: Any) -> Decision:
        """Tell the conversation that its agent is gone."""
        told = {"team": "care", "ticket": ticket, "agent": agent, "because": f"{agent} is gone"}
        return self.tell("reclaimed", when, **{**told, **body})


def heard(*decisions: Decision) -> list[tuple[str, ...]]:
    """Return what the effects tell teams and the helpdesk, as short tuples."""
    return [_said(effect) for decision in decisions for effect in decision.effects]


def _said(effect: AnyEffect) -> tuple[str, ...]:
    match effect:
        case AskTeam():
            return ("ask", effect.team, effect.ticket)
        case FindEntry():
            return ("look", effect.team, effect.ticket)
        case TellOwner():
            return ("own", effect.team, effect.agent)
        case LeaveTeam():
            return ("leave", effect.team, effect.because)
        case ReportBug():
            return ("bug", effect.title)
        case _:
            return said([effect])[0]
