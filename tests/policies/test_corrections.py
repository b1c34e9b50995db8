"""Late facts: Baton puts right, on the record, effects that the late fact shows to be wrong."""

from policies.deadlines import next_deadline
from policies.state.effects import AddInternalNote, Notify
from tests.policies.stories import FULL, RULES, Play, at, minutes, policy_of, reasons, remarks, told

LATE = "a message of Mon 5 Jan 10:19:00 UTC arrived late"


def test_an_answer_in_time_takes_the_breach_back() -> None:
    """An answer in time is reported after the breach: on call stands down, Tier 1 has it again, and a note says why."""
    play = Play(FULL)
    breach = play.wake(20)
    assert told(breach.effects) == [
        ("assign", "tier-2"),
        ("tag", "late"),
        ("call", "people.1/1.1", "slack:#first"),
    ]
    decision = play.answer(19, seen=22)
    assert told(decision.effects) == [
        ("update", "people.1", "stood_down"),
        ("notify", "slack:#first", "Stand down: Late — c"),
        ("assign", "tier-1"),
        ("untag", "late"),
        ("note", f"Retracted: late. Why: {LATE}"),
    ]
    assert reasons(decision) == [
        "Agent (anna): “Hello.”",
        "First response met after 19m of 20m",
        f"Retracted: late. Why: {LATE}",
    ]
    assert remarks(play) == [f"Retracted: late. Why: {LATE}"]
    assert (
        play.now.responsible.team,
        play.now.contact.tags,
        play.now.on_call.runs,
        play.now.responsible.escalations,
    ) == ("tier-1", (), (), 0)
    assert [(effect.key, effect.due_at, effect.because) for effect in decision.effects] == [
        ("c/answer-19/correction/update_notification/0", at(22), LATE),
        ("c/answer-19/correction/notify/0", at(22), LATE),
        ("c/answer-19/correction/assign/0", at(22), LATE),
        ("c/answer-19/correction/remove_tag/0", at(22), LATE),
        ("c/answer-19/correction/add_internal_note/0", at(22), LATE),
    ]


def test_each_called_channel_stands_down_once() -> None:
    """Four calls to two channels are followed by two messages to stand down, one for each channel."""
    play = Play(FULL, delivers=True)
    for when in (20, 25, 35, 40):
        play.wake(when)
    decision = play.answer(19, seen=41)
    assert [line for line in told(decision.effects) if line[0] == "notify"] == [
        ("notify", "slack:#first", "Stand down: Late — c"),
        ("notify", "slack:#second", "Stand down: Late — c"),
    ]


def test_a_person_who_was_called_hears_of_it_too() -> None:
    """A person who was called by name gets the message to stand down at the same Slack address as the call."""
    by_name = RULES.replace('"slack:#first"', '"person:zoe"')
    play = Play(policy_of(by_name, "\npeople: {zoe: {name: Zoe, slack: UZOE}}\n"))
    play.wake(20)
    decision = play.answer(19, seen=22)
    (notify,) = (effect for effect in decision.effects if isinstance(effect, Notify))
    assert (notify.target, notify.headline) == ("person:zoe", "Stand down: Late — c")
    assert [each.slack for each in notify.people] == ["UZOE"]


def test_a_person_who_took_over_meanwhile_keeps_it() -> None:
    """The breach is taken back, but a colleague's own decision to take the conversation stays."""
    play = Play(FULL)
    play.wake(20)
    play.command("reassign", 21, team="billing", assignee="zoe")
    decision = play.answer(19, seen=22)
    assert (play.now.responsible.team, play.now.responsible.assignee) == ("billing", "zoe")
    assert [line for line in told(decision.effects) if line[0] == "assign"] == [("assign", "billing", "zoe")]


def test_a_late_fact_that_changes_nothing_done_corrects_nothing() -> None:
    """A tag that arrives late and changes nothing that was done causes no correction and no note."""
    play = Play(FULL)
    play.wake(20)
    decision = play.tell("tag_added", 5, tag="vip", seen=22)
    assert (decision.effects, reasons(decision), remarks(play)) == ((), ["Tag vip added"], [])


def test_a_fact_that_is_true_anyway_needs_no_correction() -> None:
    """A late webhook shows that the conversation was already open when Baton opened it: nothing has to be corrected."""
    play = Play()
    play.tell("status_changed", 2, status="pending_customer")
    assert told(play.customer(9).effects) == [("status", "open")]
    decision = play.tell("status_changed", 8, status="open", seen=12)
    assert (decision.effects, remarks(play)) == ((), [])


def test_a_tag_that_a_person_had_set_stays() -> None:
    """A rule set a tag that a person had set earlier, as a late webhook shows: the tag is not taken off."""
    play = Play(FULL)
    play.tell("tag_added", 5, tag="billing")
    decision = play.tell("tag_added", 4, tag="routed", seen=9)
    assert (decision.effects, play.now.contact.tags) == ((), ("billing", "routed"))


def test_a_late_request_is_routed_as_if_it_had_been_in_time() -> None:
    """A tag from before the breach moves the conversation to Billing, who are late as well, so the call stays."""
    play = Play(FULL)
    play.wake(20)
    decision = play.tell("tag_added", 15, tag="billing", seen=22)
    assert play.now.responsible.team == "billing"
    assert told(decision.effects) == [
        ("assign", "billing"),
        ("note", "Routed: billing"),
        ("tag", "routed"),
        ("note", "Retracted: late. Why: a tag added of Mon 5 Jan 10:15:00 UTC arrived late"),
    ]


def test_a_priority_that_was_set_in_vain_goes_back() -> None:
    """A rule set the priority to urgent because of a breach that was taken back: the priority is normal again."""
    policy = policy_of(
        """
rules:
  - {name: late, on: {clock: first_response, at: breach}, do: [{set_priority: urgent}]}
"""
    )
    play = Play(policy)
    play.wake(20)
    assert told(play.answer(19, seen=22).effects) == [
        ("priority", "normal"),
        ("note", f"Retracted: late. Why: {LATE}"),
    ]


def test_a_breach_that_comes_back_is_acted_on_again() -> None:
    """A breach is taken back, for we waited for the customer; when the next answer is late, people are called again."""
    play = Play(FULL)
    first = play.wake(20)
    play.tell("status_changed", 10, status="pending_customer", seen=22)
    assert next_deadline(play.now, play.policy) is None
    play.customer(30)
    second = play.wake(40)
    assert told(second.effects) == told(first.effects)
    assert not {effect.key for effect in first.effects} & {effect.key for effect in second.effects}


def test_an_earlier_wait_does_not_call_people_again() -> None:
    """A late question and answer reveal one more wait: the breach of the last wait is not acted on again."""
    policy = policy_of(
        """
rules:
  - {name: late, on: {clock: next_response, at: breach}, do: [{notify: "slack:#team"}]}
"""
    )
    play = Play(policy)
    play.answer(5)
    play.customer(30)
    assert told(play.wake(70).effects) == [("notify", "slack:#team", "Late — c")]
    assert (play.answer(12, seen=71).effects, play.customer(10, seen=72).effects) == ((), ())
    assert [(clock.id, clock.state) for clock in play.now.sla.clocks if clock.name == "next_response"] == [
        ("next_response.1", "met"),
        ("next_response.2", "breached"),
    ]


def test_a_fact_before_all_memory_counts_at_its_beginning() -> None:
    """A fact older than the last 48 events counts as happening at the start of memory, and the record says so."""
    play = Play()
    for number in range(60):
        play.tell("tag_added", number + 1, tag=f"t{number}")
    play.tell("tag_added", 2, tag="late", seen=61, event_id="late")
    assert remarks(play) == [
        "tag_added said 2026-01-05T10:02:00+00:00, which is before the conversation's remembered past: "
        f"taken as {play.conversation.base.at.isoformat(timespec='seconds')}"
    ]
    assert play.conversation.base.at - at(0) < minutes(60)


def test_the_note_names_every_reason_once() -> None:
    """A late fact leads to one note, however many actions it takes back."""
    play = Play(FULL, delivers=True)
    for when in (20, 25, 35, 40, 50):
        play.wake(when)
    play.answer(19, seen=51)
    notes = [effect.body for effect in play.asked(AddInternalNote) if isinstance(effect, AddInternalNote)]
    assert notes == [
        "Nobody acknowledged people in 2 rounds: Late — c",
        f"Retracted: Nobody acknowledged people in 2 rounds: Late — c; late. Why: {LATE}",
    ]
