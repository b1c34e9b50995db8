"""Many conversations that come to a team at the same instant, as they do on a Monday morning."""

from datetime import UTC, datetime, timedelta

from policies.loading.load import load_policy
from policies.queues.teams.decide import TeamDecision, decide
from policies.queues.teams.events import AnyTeamEvent, Left, PresenceChanged, TeamAsked, TimeCame
from policies.queues.teams.state import Team
from policies.running.policy import build

NINE = datetime(2026, 11, 23, 14, tzinfo=UTC)
POLICY = build(
    load_policy(
        """
policy: together
version: 1
teams: {support: {name: Support, queue: {capacity: 1}}}
channels: {email: support}
people: {ann: {team: support}, bob: {team: support}}
""",
        file="together",
        today=NINE.date(),
    )
)


def asked(conversation: str, *, waits: int) -> TeamAsked:
    since = NINE - timedelta(hours=waits)
    return TeamAsked(
        event_id=conversation, occurred_at=NINE, conversation=conversation, ticket=conversation, since=since
    )


def together(team: Team, *events: AnyTeamEvent) -> TeamDecision:
    """Let the team take in all events at nine without matching, then match, and return that last decision."""
    for event in events:
        decision = decide(team, event, NINE, policy=POLICY, is_last=False)
        assert decision.messages == ()
        team = decision.team
    return decide(team, TimeCame(event_id="", occurred_at=NINE), NINE, policy=POLICY)


def present(*agents: str) -> list[AnyTeamEvent]:
    return [
        PresenceChanged(event_id=f"{agent} comes", occurred_at=NINE, agent=agent, presence="available")
        for agent in agents
    ]


def told(decision: TeamDecision) -> list[tuple[str, str, object]]:
    return [(m.conversation, m.name, m.body.get("agent", m.body.get("position"))) for m in decision.messages]


def test_the_longest_wait_of_conversations_that_come_together_is_first() -> None:
    """Three conversations come at once and two agents are free: the two longest waits get them, the third is queued."""
    decision = together(
        Team("support", NINE),
        *present("ann", "bob"),
        asked("hour", waits=1),
        asked("weekend", waits=60),
        asked("night", waits=12),
    )
    assert told(decision) == [("weekend", "granted", "ann"), ("night", "granted", "bob"), ("hour", "queued", 1)]


def test_a_conversation_that_comes_and_goes_at_once_gets_no_agent() -> None:
    """A conversation that comes and is resolved at the same instant gets no agent; the one behind it does."""
    leaves = Left(event_id="gone", occurred_at=NINE, conversation="weekend", because="resolved")
    decision = together(
        Team("support", NINE), *present("ann"), asked("weekend", waits=60), asked("hour", waits=1), leaves
    )
    assert told(decision) == [("hour", "granted", "ann")]


def test_a_repeat_at_the_end_of_a_breath_changes_nothing() -> None:
    """The last of several messages was sent twice: the others are handled all the same."""
    team = together(Team("support", NINE), *present("ann")).team
    repeated = present("ann")
    decision = together(team, asked("hour", waits=1), *repeated)
    assert told(decision) == [("hour", "granted", "ann")]
