"""People who work in several teams: one capacity over all of them, whatever the order of messages."""

from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from policies.queues.teams.decide import TeamDecision
from policies.queues.teams.state import Loan, Share
from tests.policies.queues.teams.crews import Crew, told
from tests.policies.queues.teams.worlds import World
from tests.policies.stories import at, policy_of

POLICY = """\
policy: acme
version: 1
teams:
  billing: {name: Billing, queue: {capacity: 2}}
  technical: {name: Technical, queue: {capacity: 4, weights: {voice: 2}}}
  care: {name: Care, queue: {}}
channels: {email: billing, chat: technical, voice: technical, letter: care}
people:
  pat: {team: care}
"""
KIM = "  kim: {team: [billing, technical]}\n"
LEE = "  lee: {team: technical}\n"


class Pair(Crew):
    """One of the teams of a policy in which people work in several; the other teams' messages are written by hand."""

    def __init__(self, team: str, people: str = KIM) -> None:
        super().__init__()
        self.policy = policy_of(people, base=POLICY)
        self.team = type(self.team)(team, self.team.at, edition=self.team.edition)
        self.comes(0, "kim")

    def wants(self, when: float, number: int, wanted: int, *, load: int = 0, since: float = 0) -> list[tuple[str, ...]]:
        """Let the team `technical` ask for room of kim, and return what it is told."""
        body = {"agent": "kim", "team": "technical", "number": number, "load": load, "wanted": wanted}
        return sent(self.tell("room_wanted", when, **body, since=at(since).isoformat()))

    def gets(self, when: float, lent: int, *, elsewhere: int = 0, number: int = 0) -> list[tuple[object, ...]]:
        """Let the first team answer the latest request, and return what conversations are told."""
        number = number or self.share.number
        body = {"agent": "kim", "number": number, "lent": lent, "elsewhere": elsewhere}
        return told(self.tell("room_given", when, **body))

    @property
    def share(self) -> Share:
        """Return the room that the team has of kim."""
        (share,) = self.team.shares
        return share

    @property
    def loan(self) -> Loan:
        """Return the room of kim that the other team has."""
        (loan,) = self.team.loans
        return loan


_FIGURES = ("load", "wanted", "lent", "elsewhere")


def sent(decision: TeamDecision) -> list[tuple[str, ...]]:
    """Return what a decision tells other teams, as short tuples."""
    return [
        (each.team, each.name, *(str(each.body[key]) for key in _FIGURES if key in each.body))
        for each in decision.messages
        if each.team
    ]


def test_a_team_asks_the_first_team_before_it_gives() -> None:
    """A person of another first team gets a conversation once that team has lent the room for it."""
    technical = Pair("technical")
    asked = technical.asks(1, "a", channel="chat")
    assert (told_conversations(asked), sent(asked)) == ([], [("billing", "room_wanted", "0", "1")])
    assert technical.gets(1.1, 1) == [("a", "granted", "kim")]
    assert technical.share.asked_at is None


def told_conversations(decision: TeamDecision) -> list[tuple[object, ...]]:
    """Return what a decision tells conversations, as short tuples."""
    return [(each.conversation, each.name) for each in decision.messages if not each.team]


def test_the_first_team_lends_within_the_capacity() -> None:
    """The first team lends what is left, counts it as taken, and lends more as soon as there is room."""
    billing = Pair("billing")
    billing.asks(1, "x")
    assert billing.given == {"x": ("granted", "kim")}
    assert billing.wants(2, 1, 1) == [("technical", "room_given", "1", "1")]
    assert billing.wants(3, 2, 2) == [("technical", "room_given", "1", "1")]  # kim has two in all
    billing.asks(4, "y")
    assert billing.line == ["y"]
    billing.owned(5, "x", "kim")
    assert sent(billing.leaves(6, "x")) == [("technical", "room_given", "2", "0")]


def test_room_goes_to_the_customer_who_waits_longest_in_any_team() -> None:
    """Free room goes to the own queue where its customer has waited longer than the other team's."""
    billing = Pair("billing")
    for name in ("x", "z"):
        billing.asks(1, name)
        billing.owned(1.5, name, "kim")
    billing.asks(2, "y")
    billing.wants(3, 1, 1, since=2.5)
    left = billing.leaves(6, "x")
    assert (told_conversations(left), sent(left)) == ([("y", "granted")], [])
    assert sent(billing.leaves(7, "z")) == [("technical", "room_given", "1", "1")]


def test_room_is_given_back_when_a_conversation_leaves() -> None:
    """The team gives room back before it says so, and the first team uses it at once."""
    technical = Pair("technical")
    technical.asks(1, "a", channel="chat")
    technical.gets(1.1, 1)
    technical.owned(2, "a", "kim")
    assert sent(technical.leaves(3, "a")) == [("billing", "room_wanted", "0", "0")]
    assert technical.share.had == 0
    billing = Pair("billing")
    billing.wants(1, 1, 2)
    billing.asks(2, "x")
    assert billing.line == ["x"]
    back = billing.tell("room_wanted", 3, agent="kim", team="technical", number=2, load=1, wanted=1)
    assert told_conversations(back) == [("x", "granted")]


def test_a_refused_wish_stays_while_a_customer_waits() -> None:
    """Without room the customer hears the place in line; the wish stays until there is room, or a colleague comes."""
    technical = Pair("technical", KIM + LEE)
    technical.asks(1, "a", channel="chat")
    assert technical.gets(1.1, 0, elsewhere=2) == [("a", "queued", 1)]
    assert technical.gets(5, 1, elsewhere=1) == [("a", "granted", "kim")]
    again = Pair("technical", KIM + LEE)
    again.asks(1, "a", channel="chat")
    again.gets(1.1, 0, elsewhere=2)
    came = again.comes(2, "lee")
    assert (told_conversations(came), sent(came)) == ([("a", "granted")], [("billing", "room_wanted", "0", "0")])


def test_a_first_team_without_an_answer_keeps_no_customer_from_a_colleague() -> None:
    """While the first team does not answer, the customer hears the place in line, and a colleague may be asked."""
    technical = Pair("technical", KIM + LEE)
    technical.asks(1, "a", channel="chat")
    assert technical.next_deadline() == (1.5, "the room of kim is waited for no longer")
    assert told(technical.wakes(1.5)) == [("a", "queued", 1)]
    technical.comes(2, "lee")
    assert technical.given["a"] == ("granted", "lee")


def test_an_earlier_answer_changes_nothing() -> None:
    """An answer to an earlier request gives no room, and an earlier request takes none."""
    technical = Pair("technical")
    technical.asks(1, "a", channel="chat")
    assert technical.gets(1.1, 5, number=technical.share.number - 1) == []
    billing = Pair("billing")
    billing.wants(1, 5, 2)
    assert billing.wants(2, 4, 0) == []
    assert billing.loan.lent == 2


def test_people_who_choose_by_themselves_count_too() -> None:
    """A conversation that the helpdesk gives to a person beyond their capacity is told, and no more is lent."""
    technical = Pair("technical")
    for number, name in enumerate(("a", "b", "c")):
        assert sent(technical.owned(number, name, "kim"))[-1][1:] == ("room_wanted", str(number + 1), str(number + 1))
    billing = Pair("billing")
    billing.tell("room_wanted", 1, agent="kim", team="technical", number=1, load=3, wanted=3)
    billing.asks(2, "x")
    assert (billing.loan.lent, billing.line) == (3, ["x"])


def test_presence_is_sent_on_to_the_other_teams() -> None:
    """Presence reported to one team of a person holds in all of them; an older report changes nothing."""
    billing = Pair("billing")
    assert [each[:2] for each in sent(billing.comes(1, "kim", "busy"))] == [("technical", "presence")]
    technical = Pair("technical")
    technical.comes(5, "kim", "away")
    technical.tell("presence", 6, agent="kim", presence="available", is_forwarded=True, occurred_at=at(4).isoformat())
    assert technical.member("kim").presence == "away"
    late = {"agent": "kim", "presence": "busy", "is_forwarded": True, "occurred_at": at(6).isoformat()}
    told_on = technical.tell("presence", 7, **late)
    assert (technical.member("kim").presence, sent(told_on)) == ("busy", [])


def test_a_person_who_leaves_a_team_is_lent_no_more() -> None:
    """A version in which a person works in one team alone ends what was lent of them."""
    billing = Pair("billing")
    billing.wants(1, 1, 1)
    billing.adopts(2, policy_of("  kim: {team: billing}\n" + LEE, base=POLICY.replace("version: 1", "version: 2")))
    billing.wakes(2)
    assert billing.team.loans == ()


def test_the_size_of_loans_is_bounded_by_the_policy() -> None:
    """A request for a person or a team that the policy does not know leaves nothing behind."""
    billing = Pair("billing")
    for number, (agent, team) in enumerate((("zoe", "technical"), ("kim", "care"), ("kim", "nowhere"))):
        billing.tell("room_wanted", number, agent=agent, team=team, number=1, load=1, wanted=1)
    assert billing.team.loans == ()


PEOPLE = """\
  kim: {team: [billing, technical], capacity: 2}
  lee: {team: [technical, care, billing], capacity: 3}
  max: {team: care}
"""
MOMENTS = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.sampled_from(("email", "chat", "voice", "letter"))),
        st.tuples(st.sampled_from(("comes", "goes")), st.sampled_from(("kim", "lee", "max"))),
        st.tuples(st.sampled_from(("answer", "resolve", "write")), st.integers(0, 7)),
        st.tuples(st.just("wait"), st.sampled_from((0.01, 0.3, 2, 70))),
        st.tuples(st.just("crash"), st.just(0)),
    ),
    max_size=40,
)


def loads(world: World) -> Counter[str]:
    """Return the load of each person over all teams."""
    found = Counter[str]()
    for team in world.teams.values():
        for entry in team.tickets.values():
            found[entry.agent] += entry.load
    return found


@given(MOMENTS, st.lists(st.sampled_from((0.001, 0.01, 0.2, 1.5)), min_size=1, max_size=4))
@example([("comes", "kim"), ("comes", "lee"), *[("start", "chat")] * 5, ("wait", 2), *[("start", "email")] * 5], [0.2])
def test_no_person_gets_more_than_their_capacity(moments: list[tuple[str, object]], delays: list[float]) -> None:
    """Whatever happens in three teams, and however late messages are, no person has more than their one capacity."""
    policy = policy_of(PEOPLE, base=POLICY)
    world = World(policy, delays=delays)
    for number, (what, of) in enumerate(moments):
        play(world, f"c{number}", what, of)
        check(world)
    for agent in ("kim", "lee", "max"):
        world.report("presence", agent, presence="available")
    for _ in range(12):
        world.settle()
        world.go_on(5)
        check(world)
        for name in list(world.conversations):
            world.work(name)
    world.settle()
    assert [name for name in world.conversations if world.situation(name).is_waiting] == []


def check(world: World) -> None:
    """Check that no person has more than their capacity, all teams together."""
    for agent, load in loads(world).items():
        capacity = world.policy.document.people[agent].capacity if agent else None
        assert capacity is None or load <= capacity, f"{agent} has {load} of {capacity}"


def play(world: World, name: str, what: str, of: object) -> None:
    """Let one thing happen."""
    known = sorted(world.conversations)
    match what:
        case "start":
            world.start(name, channel=of)
        case "comes" | "goes":
            world.report("presence", str(of), presence="available" if what == "comes" else "offline")
        case "answer" | "resolve" | "write" if known and isinstance(of, int):
            chosen = known[of % len(known)]
            if what == "answer":
                world.tell(chosen, "message", author="customer", text="Hello?")
            elif what == "write":
                world.work(chosen)
            else:
                world.order(chosen, "resolve", actor="lead")
        case "wait" if isinstance(of, float | int):
            world.go_on(of)
        case "crash":
            world.crash()
        case _:
            pass
