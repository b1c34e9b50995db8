"""Hard cases: another team, another policy or another priority while a clock runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from policies.deadlines import next_deadline
from policies.running.policy import Policy
from policies.state.conversation import Conversation
from policies.state.effects import Notify
from tests.policies.stories import ACME, PLAIN, RULES, Play, at, change_over, minutes, policy_of, reasons, told

HOUR = 60
DAYTIME = ACME.replace(", after_hours: on-call", "")
OWNED = ACME.replace("resolution: 7h, at_risk: 50%", "resolution: 7h, ownership: 2h, at_risk: 50%")
URGENT = ACME.replace(
    "at_risk: 50%, hours: business}",
    "at_risk: [50%, 75%], hours: business, special: [{priority: urgent, first_response: 5m}]}",
)
RAISED = "rules: [{name: outage, on: tag_added, when: \"event.tag == 'outage'\", do: [{set_priority: urgent}]}]\n"
TELLING = """
rules:
  - {name: half, on: {clock: first_response, at: 50%}, do: [{notify: "slack:#half"}]}
  - {name: late, on: {clock: first_response, at: breach}, do: [{notify: "slack:#late"}]}
"""


def shares(play: Play, clock: str = "first_response.1") -> list[tuple[str, float]]:
    """Return the clock's recorded warnings and breaches, with their minutes."""
    return [
        (entry.kind.removeprefix("clock_"), (entry.at - at(0)) / minutes(1))
        for entry in play.now.told.timeline
        if entry.clock == clock and entry.kind in ("clock_at_risk", "clock_breached")
    ]


@given(st.lists(st.tuples(st.sampled_from(["tier-1", "tier-2", "billing"]), st.integers(0, 1)), max_size=12))
def test_row_reassign_keeps_the_customers_clocks(moves: list[tuple[str, int]]) -> None:
    """After any number of reassignments, back with its first team, the conversation has its first due times."""
    play = Play()
    for number, (team, assignee) in enumerate(moves):
        who = ("anna", "ben")[assignee]
        play.tell("reassigned", 1 + number / 2, team=team, assignee=who, event_id=f"r{number}")
    play.tell("reassigned", 8, team="tier-1", event_id="home")
    due = {clock.name: clock.due_at for clock in play.now.sla.clocks}
    assert due == {"first_response": at(20), "resolution": at(7 * HOUR)}


def test_row_reassign_ends_a_teams_own_stint() -> None:
    """The ownership clock begins anew with each team's turn; the customer's clocks do not."""
    play = Play(policy_of(base=OWNED))
    play.tell("reassigned", 30, team="tier-2")
    play.tell("reassigned", 40, team="tier-1")
    stints = [(clock.id, clock.team, clock.state, clock.due_at) for clock in play.now.sla.clocks if "owner" in clock.id]
    assert stints == [
        ("ownership.1", "tier-1", "met", None),
        ("ownership.2", "tier-2", "met", None),
        ("ownership.3", "tier-1", "running", at(2 * HOUR + 40)),
    ]


SLOWER = policy_of(TELLING, base=ACME.replace("first_response: 20m", "first_response: 40m"))
FASTER = policy_of(TELLING, base=ACME.replace("first_response: 20m", "first_response: 10m"))
PHASES = {"fresh": 4, "at risk": 12, "breached": 24, "answered": 27}


@pytest.mark.parametrize("to", [SLOWER, FASTER], ids=["slower", "faster"])
@pytest.mark.parametrize("mode", ["pin", "carry"])
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("is_paused", [False, True])
def test_row_policy_edited_mid_flight_tells_each_share_once(phase: str, mode: str, to: Policy, is_paused: bool) -> None:
    """A policy that is adopted in any phase of a clock does not cause the same warning or breach a second time."""
    play = Play(policy_of(TELLING))
    when = PHASES[phase]
    play.wake(when - 1)
    if phase == "answered":
        play.answer(26)
    if is_paused:
        play.tell("status_changed", when - 0.5, status="pending_customer")
    change_over(play, to, mode, when)
    play.tell("status_changed", when + 2, status="open")
    play.wake(3 * HOUR)
    kinds = [kind for kind, _ in shares(play)]
    assert kinds.count("breached") == 1
    assert kinds.count("at_risk") <= 1
    targets = [effect.target for effect in play.effects if isinstance(effect, Notify)]
    assert len(targets) == len(set(targets))


@pytest.mark.parametrize(
    ("mode", "due", "record"),
    [
        ("pin", 20, "lead asked for policy acme (pin); the running one stays"),
        ("carry", 40, "lead changed the policy to acme v1: elapsed time counts"),
        ("restart", 44, "lead changed the policy to acme v1: open clocks begin anew"),
    ],
)
def test_row_policy_edited_mid_flight_means_what_its_mode_says(mode: str, due: float, record: str) -> None:
    """Twenty minutes become forty at minute four: `pin` keeps them, `carry` counts used time, `restart` begins anew."""
    play = Play()
    decision = change_over(play, policy_of(base=ACME.replace("20m", "40m")), mode, 4)
    assert (play.clock("first_response.1").due_at, record in reasons(decision)) == (at(due), True)


def test_row_policy_edited_mid_flight_a_restarted_promise_is_a_promise_again() -> None:
    """After `restart` a breached clock has its whole time again; the earlier breach stays on the record."""
    play = Play(policy_of(TELLING))
    play.wake(25)
    change_over(play, policy_of(TELLING), "restart", 30)
    play.wake(60)
    assert play.clock("first_response.1").due_at == at(50)
    assert shares(play) == [("at_risk", 10), ("breached", 20), ("at_risk", 40), ("breached", 50)]


def test_row_policy_edited_mid_flight_cannot_be_undone_by_a_late_fact() -> None:
    """A fact that is older than the adoption but arrives after it counts at the instant of the adoption."""
    play = Play()
    change_over(play, policy_of(base=ACME.replace("20m", "10m")), "carry", 15)
    play.answer(9, seen=16)
    assert (play.clock("first_response.1").state, play.clock("first_response.1").ended_at) == ("breached", at(15))


def test_row_policy_edited_mid_flight_with_another_calendar() -> None:
    """Ten minutes are left at closing time; the new policy opens two hours earlier, and they run from then on."""
    play = Play(policy_of(base=DAYTIME), began=7 * HOUR - 10)
    change_over(play, policy_of(base=DAYTIME.replace("09:00-17:00", "07:00-17:00")), "carry", 8 * HOUR)
    assert play.clock("first_response.1").due_at == at(45 * HOUR + 10)


def test_row_policy_edited_mid_flight_without_a_promise_ends_it() -> None:
    """A clock that the new policy has no target for ends, and the record says so."""
    play = Play()
    decision = change_over(play, policy_of(base=ACME.replace("first_response: 20m, ", "")), "carry", 4)
    assert "First response ended: no longer promised" in reasons(decision)
    assert [clock.id for clock in play.now.sla.open_clocks] == ["resolution.1"]


def test_row_priority_raised_breaches_at_the_change() -> None:
    """At minute 12 the conversation becomes urgent with a target of five: it is breached now, and only once."""
    play = Play(policy_of(RAISED, base=URGENT))
    decision = play.tell("tag_added", 12, tag="outage")
    lines = [(entry.at, entry.text) for entry in decision.because if entry.clock == "first_response.1"]
    assert lines == [
        (at(10), "First response at risk: 50% of 20m used, due Mon 5 Jan 10:20 UTC"),
        (at(12), "First response is now due within 5m (Tier 1)"),
        (at(12), "First response breached by the change: 12m used of 5m"),
    ]


def test_row_priority_raised_collapses_the_warnings_it_jumps_over() -> None:
    """Four minutes of twenty become four of five: of the two warnings passed, only the last is given."""
    play = Play(policy_of(RAISED, base=URGENT))
    play.tell("tag_added", 4, tag="outage")
    assert shares(play) == [("at_risk", 4)]
    assert play.clock("first_response.1").reached == (75,)


@pytest.mark.parametrize("used", [4, 12])
def test_row_priority_raised_gives_no_lesser_warning_afterwards(used: float) -> None:
    """A pause after the priority change gives no warning that the change had skipped."""
    play = Play(policy_of(RAISED, base=URGENT))
    play.tell("tag_added", used, tag="outage")
    before = shares(play)
    play.tell("status_changed", used + 0.5, status="pending_customer")
    play.tell("status_changed", used + 10, status="open")
    play.wake(used + 10.1)
    assert shares(play) == before


def test_row_deleted_target_a_ladder_that_is_gone_says_so() -> None:
    """The new policy lacks the escalation that is calling: nobody is called, and a note and the last channel say so."""
    play = Play(policy_of(RULES))
    play.wake(20)
    called = [effect for effect in play.effects if isinstance(effect, Notify)][-1]
    decision = change_over(play, PLAIN, "carry", 21)
    text = "people ends, nobody else is called: acme v1 has no such escalation: Late — c"
    assert told(decision.effects) == [
        ("update", "people.1", "exhausted"),
        ("note", text),
        ("notify", "slack:#first", text),
    ]
    assert play.now.on_call.running == ()
    assert told(play.delivered(called, 22).effects) == [("update", "people.1", "exhausted")]


def test_row_deleted_target_a_shorter_ladder_goes_on_with_what_it_has() -> None:
    """The step that is being called is gone from the new policy: the call begins anew with the first step."""
    play = Play(policy_of(RULES), delivers=True)
    play.wake(20)
    play.delivers = False
    play.wake(25)
    second = [effect for effect in play.effects if isinstance(effect, Notify)][-1]
    shorter = RULES.replace('      - {notify: "slack:#second", wait: 10m}\n', "")
    over = change_over(play, policy_of(shorter), "carry", 26)
    assert ("call", "people.1/1.1~1", "slack:#first") in told(over.effects)
    assert told(play.delivered(second, 27).effects) == []


def test_row_deleted_target_nothing_goes_back_to_a_team_that_is_gone() -> None:
    """The day team is gone from the new policy: the team that follows it is open, and has the conversation at once."""
    play = Play(began=26 * HOUR)
    assert (play.now.responsible.team, play.now.responsible.returns_to) == ("on-call", "tier-1")
    without = "\n".join(line for line in ACME.splitlines() if not line.startswith("  tier-1:"))
    without = without.replace("email: tier-1", "email: tier-2")
    change_over(play, policy_of(base=without + "\n"), "carry", 27 * HOUR)
    play.wake(50 * HOUR)
    assert [stint.team for stint in play.now.responsible.path] == ["tier-1", "on-call", "tier-2"]
    assert (play.now.responsible.team, play.now.responsible.returns_to) == ("tier-2", "")


def test_row_after_hours_hold_follows_a_changed_calendar() -> None:
    """The conversation was to return at nine; the new policy opens at seven, so it returns at seven."""
    play = Play(began=26 * HOUR)
    earlier = policy_of(base=ACME.replace("09:00-17:00", "07:00-17:00"))
    change_over(play, earlier, "carry", 27 * HOUR)
    adapter = TypeAdapter(Conversation)
    play.conversation = adapter.validate_json(adapter.dump_json(play.conversation))  # a deploy in the night
    following = next_deadline(play.now, play.policy)
    assert following is not None
    play.wake(45 * HOUR)
    assert (play.now.responsible.team, play.now.responsible.path[-1].since) == ("tier-1", at(45 * HOUR))
