"""Hard cases of queues: agents who go offline, order in the queue, too much work, and times of several steps."""

from datetime import date, timedelta
from typing import Any

import pytest

from policies.loading.load import PolicyError, load_policy
from policies.queues.teams.decide import decide
from policies.queues.teams.events import AnyTeamEvent, Left, OfferAnswered, Owned, PresenceChanged, TeamAsked, TimeCame
from policies.queues.teams.state import Team
from policies.running.policy import Policy, build
from policies.state.effects import AskTeam, Assign, LeaveTeam
from tests.cases import case
from tests.policies.stories import Play, at

CREW = case("policies/queues/teams/crew")


def crew_with(queue: str) -> Policy:
    """Return a policy where the team of Ann and Bob has this queue."""
    return build(load_policy(CREW.replace("QUEUE", queue), file="crew.yaml", today=date(2026, 1, 1)))


class Crew:
    """One team; `told` has its offers, grants and take-backs as `(minute, conversation, message, agent)`."""

    def __init__(self, queue: str, *there: str) -> None:
        self.policy = crew_with(queue)
        self.team = Team("crew", at(0))
        self.told: list[tuple[float, str, str, str]] = []
        for agent in there:
            self.presence(0, agent, "available")

    def feed(self, event: AnyTeamEvent, when: float) -> None:
        """Let the team decide on an event."""
        decision = decide(self.team, event, at(when), policy=self.policy)
        self.team = decision.team
        for message in decision.messages:
            if message.name != "queued":
                self.told.append((when, message.conversation, message.name, message.body["agent"]))

    def presence(self, when: float, agent: str, presence: Any) -> None:
        """Report an agent's presence."""
        self.feed(
            PresenceChanged(event_id=f"{agent}-{when:g}", occurred_at=at(when), agent=agent, presence=presence), when
        )

    def ask(self, when: float, conversation: str, *, since: float | None = None, **body: Any) -> None:
        """Let a conversation ask for an agent; its customer waits since minute `since`, or since now."""
        waits = at(when if since is None else since)
        event = TeamAsked(
            event_id=f"ask-{conversation}-{when:g}",
            occurred_at=at(when),
            conversation=conversation,
            ticket=f"{conversation}@{when:g}",
            since=waits,
            **body,
        )
        self.feed(event, when)

    def own(self, when: float, conversation: str, agent: str) -> None:
        """Let the conversation report its assignee, with a customer who waits."""
        entry_id = (
            self.team.tickets[conversation].id if conversation in self.team.tickets else f"{conversation}@{when:g}"
        )
        event_id = f"own-{conversation}-{when:g}"
        fields = {"event_id": event_id, "occurred_at": at(when), "ticket": entry_id, "is_waiting": True}
        self.feed(Owned(conversation=conversation, agent=agent, **fields), when)

    def wake(self, when: float) -> None:
        """Let the timer ring."""
        self.feed(TimeCame(event_id="", occurred_at=at(when)), when)


def test_row_agent_offline_with_owned_work_gives_it_up_after_the_grace() -> None:
    """A short absence costs nothing; after the grace, waiting conversations go to other agents, in the old order."""
    crew = Crew("{grace: 5m}", "ann")
    crew.ask(0, "c-1")
    crew.own(0, "c-1", "ann")
    crew.presence(10, "ann", "offline")
    crew.presence(13, "ann", "available")
    crew.wake(15)
    assert crew.told == [(0, "c-1", "granted", "ann")]
    crew.presence(20, "ann", "offline")
    crew.wake(25)
    assert crew.told[1:] == [(25, "c-1", "reclaimed", "ann")]
    crew.ask(25, "c-2", since=24)
    crew.ask(25.1, "c-1", since=0, returned_by="ann")
    crew.presence(30, "bob", "available")
    assert crew.told[2:] == [(30, "c-1", "granted", "bob"), (30, "c-2", "granted", "bob")]


def test_row_agent_offline_keeps_answered_conversations() -> None:
    """An answered conversation stays with an agent who is gone; one with a waiting customer asks for another agent."""
    play = Play(crew_with("{}"))
    entry_id = play.asked(AskTeam)[0].ticket  # pyright: ignore[reportAttributeAccessIssue]
    play.tell("granted", 1, team="crew", ticket=entry_id, agent="ann", event_id="granted-1")
    play.answer(2, by="ann")
    play.tell("reclaimed", 8, team="crew", ticket=entry_id, agent="ann", because="ann is gone", event_id="gone-1")
    assert play.now.responsible.assignee == "ann"
    play.customer(20)
    play.tell("reclaimed", 21, team="crew", ticket=entry_id, agent="ann", because="ann is gone", event_id="gone-2")
    assert (play.now.responsible.assignee, play.now.queue_entry and play.now.queue_entry.state) == ("", "waiting")
    assert play.asked(AskTeam)[-1].since == at(20)  # pyright: ignore[reportAttributeAccessIssue]


def test_row_queue_jump_a_requeued_conversation_keeps_its_place() -> None:
    """A conversation that returns to the queue has the position of its customer's wait, not the last one."""
    crew = Crew("{offer: 2m, capacity: 1}")
    for minute, conversation in enumerate(("c-1", "c-2", "c-3")):
        crew.ask(minute, conversation)
    crew.presence(10, "ann", "available")
    crew.wake(12)
    assert crew.told == [(10, "c-1", "offered", "ann"), (12, "c-2", "offered", "ann")]
    assert [entry.conversation for entry in crew.team.waiting] == ["c-1", "c-3"]


def test_row_starvation_urgent_ones_have_a_head_start_and_no_more() -> None:
    """An urgent conversation passes others by at most the head start."""
    crew = Crew("{capacity: 1, head_start: {urgent: 30m}}")
    crew.ask(0, "old")
    crew.ask(20, "newer")
    for minute in range(21, 60, 3):
        crew.ask(minute, f"urgent-{minute}", priority="urgent")
    line = [entry.conversation for entry in crew.team.waiting]
    assert line.index("old") == 3  # after those of the minutes 21, 24 and 27
    assert line.index("newer") == 11  # after all that came before minute 50


def test_row_over_capacity_a_thousand_claims_at_one_instant() -> None:
    """Two agents with a capacity of five get ten of a thousand conversations that come at one instant."""
    crew = Crew("{capacity: 5}", "ann", "bob")
    for number in range(1000):
        crew.ask(1, f"c-{number:04}")
    given = [(conversation, agent) for _, conversation, _, agent in crew.told]
    assert [conversation for conversation, _ in given] == [f"c-{number:04}" for number in range(10)]
    assert sorted(agent for _, agent in given) == ["ann"] * 5 + ["bob"] * 5


def test_row_over_capacity_only_people_may_exceed_it_and_it_is_on_the_record() -> None:
    """An agent may take more than their capacity themselves; it is recorded, and Baton gives them nothing more."""
    crew = Crew("{capacity: 1}", "ann")
    crew.ask(0, "c-1")
    crew.own(0, "c-1", "ann")
    crew.own(1, "c-2", "ann")
    assert crew.team.timeline[-1].text == "c-2 is with ann, who has 2 now, more than the 1 they can have"
    crew.feed(Left(event_id="left", occurred_at=at(2), conversation="c-1"), 2)
    crew.ask(3, "c-3")
    assert [conversation for _, conversation, _, _ in crew.told] == ["c-1"]


def test_row_timeouts_in_routing_each_step_has_its_own_time() -> None:
    """An offer lasts as long for the second agent as for the first; in another team the overflow time begins anew."""
    crew = Crew("{offer: 2m, overflow: {after: 10m, to: others}}", "ann", "bob")
    crew.ask(0, "c-1")
    crew.wake(2)
    assert crew.told == [(0, "c-1", "offered", "ann"), (2, "c-1", "offered", "bob")]
    assert crew.team.tickets["c-1"].until == at(4)
    late = OfferAnswered(event_id="late", occurred_at=at(3), conversation="c-1", agent="ann", is_accepted=True)
    crew.feed(late, 3)
    assert crew.team.tickets["c-1"].agent == "bob"
    play = Play(crew_with("{offer: 2m, overflow: {after: 10m, to: others}}"))
    play.wake(10)
    play.wake(69)
    assert play.now.responsible.team == "others"
    play.wake(70)
    assert play.now.responsible.team == "last"
    moved = [(effect.kind, effect.team) for effect in play.effects if isinstance(effect, Assign | AskTeam | LeaveTeam)]
    assert moved == [
        *[("assign", "crew"), ("ask_team", "crew")],
        *[("assign", "others"), ("leave_team", "crew"), ("ask_team", "others")],
        *[("assign", "last"), ("leave_team", "others")],
    ]


def test_row_timeouts_in_routing_that_cannot_work_are_refused() -> None:
    """An overflow that comes before the first offer has ended is refused."""
    with pytest.raises(PolicyError) as refused:
        crew_with("{offer: 5m, overflow: {after: 5m, to: others}}")
    sentence = "it goes on after 5m, when the first offer of 5m still runs: write more than 5m"
    assert [str(problem) for problem in refused.value.problems] == [f"crew.yaml:5:59: {sentence}"]


def test_row_over_capacity_a_whole_day_never_gives_too_much() -> None:
    """On a day of changing load no agent has more than their capacity."""
    crew = Crew("{capacity: 3, weights: {voice: 2}}", "ann", "bob")
    for number in range(200):
        crew.ask(number, f"c-{number:03}", channel="voice" if number % 3 == 0 else "email")
        if number >= 10:
            gone = f"c-{number - 10:03}"
            crew.feed(Left(event_id=f"left-{number}", occurred_at=at(number), conversation=gone), number)
        loads = {agent: sum(t.weight for t in crew.team.with_agents if t.agent == agent) for agent in ("ann", "bob")}
        assert max(loads.values()) <= 3
    assert timedelta(0) <= max(grant.waited for grant in crew.team.grants) < timedelta(minutes=10)
