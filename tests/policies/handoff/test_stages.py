"""From the assistant to an agent and back: the customer always has one of them."""

import pytest

from policies.contract.commands import Refused
from policies.state.effects import AddInternalNote, Assign
from tests.cases import case
from tests.policies.handoff.worlds import ASKS, ASSISTED, TELLS, asks, chat, confirm, helped, said
from tests.policies.order import handoffs
from tests.policies.order.telling import tell
from tests.policies.stories import change_over, policy_of, reasons

POLICY = helped()


def test_the_assistant_answers_until_an_agent_is_there() -> None:
    """The assistant is muted once an agent took the conversation and the helpdesk confirmed it; a return unmutes it."""
    play = chat(POLICY)
    assert asks(play, 1) == [("assign", "tier-1")]
    assert play.now.handoffs.latest is not None
    assert (play.now.handoffs.latest.state, play.now.handoffs.latest.reason) == ("requested", "asked_for_human")
    taken = play.command("take", 3, actor="anna")
    assert said(taken.effects) == [("assign", "tier-1", "anna")]
    assert "Handoff 1 accepted by anna; the assistant still answers" in reasons(taken)
    assert not play.now.handoffs.is_assistant_muted
    assert confirm(play, taken.effects[0], 4) == [("mute",)]
    assert play.now.handoffs.latest.state == "committed"
    back = play.command("deescalate", 9, actor="anna", team="robot", note="Only wanted the opening hours")
    assert said(back.effects)[-1] == ("unmute",)
    assert "Handed back to Robot: deescalated by anna" in reasons(back)
    assert asks(play, 12) == [("assign", "tier-1")]
    assert (play.now.handoffs.latest.number, play.now.handoffs.latest.state) == (2, "requested")


def test_an_answer_by_a_person_commits_it() -> None:
    """An agent who answers the customer has taken over, without the helpdesk's confirmation."""
    play = chat(POLICY)
    asks(play, 1)
    assert said(play.answer(2).effects) == [("mute",)]
    assert play.now.handoffs.latest is not None
    assert (play.now.handoffs.latest.state, play.now.handoffs.latest.accepted_by) == ("committed", "anna")


def test_an_assignment_made_in_the_helpdesk_needs_no_confirmation() -> None:
    """A conversation that an agent took in the helpdesk itself is theirs at once."""
    play = chat(POLICY)
    asks(play, 1)
    decision = play.tell("reassigned", 2, team="tier-1", assignee="ben", by="ben")
    assert said(decision.effects) == [("mute",)]
    assert "Handoff 1 committed: ben has the conversation" in reasons(decision)


def test_an_acceptance_given_back_leaves_the_assistant_in_place() -> None:
    """An agent accepted and gave back before the handoff was committed: the assistant was never silent."""
    play = chat(POLICY)
    asks(play, 1)
    play.command("take", 2, actor="anna")
    decision = play.command("reassign", 3, actor="anna", team="tier-1", assignee="")
    assert "Handoff 1: anna does not come after all" in reasons(decision)
    assert play.now.handoffs.latest is not None
    assert (play.now.handoffs.latest.state, play.now.handoffs.is_assistant_muted) == ("requested", False)


def test_a_confirmation_of_an_older_assignment_mutes_no_assistant() -> None:
    """The helpdesk confirms anna late, after ben was assigned: the assistant goes on answering."""
    play = chat(POLICY)
    asks(play, 1)
    first = play.command("take", 2, actor="anna").effects[0]
    second = play.command("reassign", 3, actor="lead", team="tier-1", assignee="ben").effects[0]
    assert confirm(play, first, 4) == []
    assert confirm(play, second, 5) == [("mute",)]


def test_an_untaken_handoff_takes_the_declared_way_out() -> None:
    """When no agent has come after three minutes, the next team is asked, and the customer is told."""
    play = chat(helped(TELLS))
    asks(play, 1)
    assert said(play.wake(4).effects) == [("assign", "tier-2"), ("reply", "Still looking.")]
    assert play.now.handoffs.latest is not None
    assert play.now.handoffs.latest.state == "requested"


def test_a_team_of_people_hands_nothing_over() -> None:
    """An escalation from one team of people to another is no handoff."""
    play = chat(POLICY, channel="voice")
    play.command("escalate", 2, team="tier-2", note={"tried": "a", "think": "b", "need": "c"})
    assert play.now.handoffs.latest is None


def test_a_person_may_take_it_right_from_the_assistants_team() -> None:
    """An agent who takes a conversation from the assistant's team mutes the assistant until they let go."""
    play = chat(helped("\npeople: {mia: {name: Mia}}\n"))
    taken = play.command("take", 2, actor="mia")
    assert said(taken.effects) == [("assign", "robot", "mia")]
    assert play.now.handoffs.latest is not None
    assert play.now.handoffs.latest.state == "accepted"
    assert confirm(play, taken.effects[0], 3) == [("mute",)]
    back = play.tell("reassigned", 5, team="robot", by="mia")
    assert said(back.effects) == [("unmute",)]


def test_the_assistant_itself_can_say_why() -> None:
    """An assistant that escalates by itself names its reason, which the reports show."""
    play = chat(POLICY)
    note = {"tried": "reset link", "think": "locked", "need": "unlock"}
    play.command("escalate", 2, actor="robot", team="tier-1", note=note, reason="low_confidence")
    assert play.now.responsible.reason == "low_confidence"
    assert play.now.handoffs.latest is not None
    assert play.now.handoffs.latest.reason == "low_confidence"


def test_a_late_answer_takes_the_silence_of_the_assistant_back() -> None:
    """A return to the assistant before ben took over, reported late, changes nothing; a later return unmutes it."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("reassigned", 5, team="tier-1", assignee="ben", by="ben")
    assert play.now.handoffs.is_assistant_muted
    late = play.tell("reassigned", 3, seen=6, team="robot", by="lead")
    assert play.now.handoffs.is_assistant_muted
    assert not [line for line in said(late.effects) if line[0] in ("mute", "unmute")]
    gone = play.tell("reassigned", 7, seen=8, team="robot", by="lead")
    assert ("unmute",) in said(gone.effects)


def test_an_escalation_without_a_word_is_refused_with_the_template() -> None:
    """An escalation without a note is refused with a template of the note, and nothing changes."""
    play = chat(POLICY)
    said = (
        "escalate: note is missing. The next person needs note: {tried: What was done so far. think: What the sender "
        "thinks the cause is. need: What the receiver is asked to do.}"
    )
    with pytest.raises(Refused) as refused:
        play.command("escalate", 2, team="tier-1")
    assert str(refused.value) == said
    with pytest.raises(Refused, match=r"note\.need is missing\. The next person needs note"):
        play.command("escalate", 2, team="tier-1", note={"tried": "a", "think": "b"})
    with pytest.raises(Refused, match="The next person needs note"):
        play.command("escalate", 2, team="tier-1", note={"tried": " ", "think": "\n", "need": " "})
    assert play.now.responsible.team == "robot"


MANAGED = """
people: {mia: {name: Mia}}
"""


def test_an_agent_assigned_by_a_rule_has_not_agreed_yet() -> None:
    """A rule assigns the account manager: the assistant answers until the manager answers or takes the conversation."""
    rule = "  - {name: theirs, on: message, when: event.text == 'mine', do: [{assign_account_manager: tier-1}]}\n"
    for how in ("answers", "takes"):
        play = chat(helped(rule, MANAGED), customer={"name": "Kim", "account_manager": "mia"})
        (assign,) = play.tell("message", 1, author="customer", text="mine", event_id="m").effects
        assert said([assign]) == [("assign", "tier-1", "mia")]
        assert confirm(play, assign, 2) == []
        assert play.now.handoffs.latest is not None
        assert play.now.handoffs.latest.state == "requested"
        came = play.answer(3, by="mia") if how == "answers" else play.command("take", 3, actor="mia")
        assert said(came.effects) == [("mute",)]


def test_an_account_manager_who_is_not_in_people_is_told_and_not_assigned() -> None:
    """The customer's account manager is not in the policy: the team gets the conversation, with a note that says so."""
    rule = "  - {name: theirs, on: message, when: event.text == 'mine', do: [{assign_account_manager: tier-1}]}\n"
    play = chat(helped(rule, MANAGED), customer={"name": "Kim", "account_manager": "zoe"})
    note, assign = play.tell("message", 1, author="customer", text="mine", event_id="m").effects
    assert said([assign]) == [("assign", "tier-1")]
    assert isinstance(note, AddInternalNote)
    assert note.body == "zoe, the customer's account manager, is not in `people` of the policy: given to the team"


def test_an_agent_who_gives_back_unanswered_unmutes_the_assistant() -> None:
    """An agent took the conversation and gave it back unanswered: the assistant speaks again, and the wait goes on."""
    play = chat(helped(TELLS))
    asks(play, 1)
    taken = play.command("take", 2, actor="anna")
    assert confirm(play, taken.effects[0], 2) == [("mute",)]
    back = play.command("reassign", 4, actor="anna", team="tier-1", assignee="")
    assert ("unmute",) in said(back.effects)
    assert play.now.handoffs.latest is not None
    assert (play.now.handoffs.latest.state, play.now.handoffs.latest.number) == ("requested", 1)
    assert ("reply", "Still looking.") in said(play.wake(8).effects)


def test_an_agent_who_has_answered_may_let_go() -> None:
    """An agent answered and then gave back to the team: the assistant stays silent, because people are answering."""
    play = chat(helped(TELLS))
    asks(play, 1)
    play.command("take", 2, actor="anna")
    play.answer(3, by="anna")
    play.tell("message", 5, author="customer", text="And the other one?", event_id="m5")
    back = play.command("reassign", 6, actor="anna", team="tier-1", assignee="")
    assert ("unmute",) not in said(back.effects)
    assert play.now.handoffs.is_assistant_muted


QUEUED = case("policies/handoff/queued")


@pytest.mark.parametrize(("offer", "state", "is_muted"), [("", "accepted", False), (", offer: 2m", "committed", True)])
def test_a_chosen_agent_has_accepted_and_one_who_said_yes_has_committed(offer: str, state: str, is_muted: bool) -> None:
    """An agent chosen without an offer has accepted the handoff; one who said yes to an offer has committed it."""
    play = chat(policy_of(ASKS, base=QUEUED.replace(" OFFER", offer)))
    asks(play, 1)
    assert play.now.queue_entry is not None
    told = {"team": "tier-1", "ticket": play.now.queue_entry.ticket, "agent": "ann", "because": "ann is free"}
    if offer:
        play.tell("offered", 2, **told, offer="1", until="2026-01-05T10:30:00Z")
    assign = play.tell("granted", 3, **told, offer="1" if offer else "").effects[0]
    confirm(play, assign, 3)
    assert play.now.handoffs.latest is not None
    assert (play.now.handoffs.latest.state, play.now.handoffs.latest.accepted_by) == (state, "ann")
    assert play.now.handoffs.is_assistant_muted is is_muted
    play.wake(14)
    assert play.now.handoffs.latest.state == "requested"
    assert not play.now.handoffs.is_assistant_muted


def test_a_rule_on_the_handoff_chooses_the_queue() -> None:
    """A rule on `handoff_requested` names another team: only that team's queue is asked for an agent."""
    second = "  tier-2: {name: Tier 2, tier: 2, queue: {}}\nchannels"
    rule = "  - {name: upwards, on: handoff_requested, do: [{assign: tier-2}]}\n"
    base = QUEUED.replace(" OFFER", "").replace("channels", second).replace("{ann:", "{bo: {team: tier-2}, ann:")
    play = chat(policy_of(ASKS, rule, base=base))
    assert [line for line in asks(play, 1) if line[0] != "assign"] == [("ask_team", "tier-2")]


def test_an_answering_colleague_of_the_assistants_team_is_there() -> None:
    """A colleague answers without moving the conversation: the assistant is silent until it is handed back."""
    play = chat(POLICY)
    play.tell("message", 1, author="customer", text="My parcel is lost", event_id="m1")
    assert said(play.answer(2, by="anna").effects) == [("mute",)]
    assert play.now.handoffs.latest is not None
    assert (play.now.handoffs.latest.state, play.now.handoffs.latest.because) == ("committed", "answered by anna")
    play.tell("message", 4, author="customer", text="Thanks. And the second one?", event_id="m4")
    assert play.now.handoffs.is_assistant_muted
    back = play.command("reassign", 6, actor="anna", team="robot")
    assert ("unmute",) in said(back.effects)
    assert play.now.handoffs.latest.state == "returned"
    assert asks(play, 8) == [("assign", "tier-1")]
    assert play.now.handoffs.latest.number == 2


def test_a_conversation_resolved_early_has_a_new_handoff_on_return() -> None:
    """Resolved before an agent came: when the customer writes the next day, a new handoff begins."""
    play = chat(helped(TELLS))
    asks(play, 1)
    play.tell("status_changed", 2, status="resolved")
    assert play.now.handoffs.latest is not None
    assert play.now.handoffs.latest.state == "returned"
    opened = said(play.tell("message", 24 * 60, author="customer", text="My invoice is wrong", event_id="m9").effects)
    assert [line[0] for line in opened] == ["status", "reply"]
    assert (play.now.handoffs.latest.number, play.now.handoffs.latest.state) == (2, "requested")


def test_a_policy_without_the_assistant_is_taken_on_without_trouble() -> None:
    """The new policy has no assistant: a conversation that was with the assistant is handed off to people."""
    play = chat(POLICY)
    asks(play, 1)
    play.command("deescalate", 2, team="robot", note="Yours")
    change_over(play, policy_of(ASKS, base=ASSISTED.replace(", staffed_by: assistant", "")), "carry", 3)
    play.tell("message", 4, author="customer", text="hi", event_id="hi")
    assert play.now.handoffs.latest is not None
    assert (play.now.handoffs.latest.number, play.now.handoffs.latest.state) == (2, "requested")
    assert play.now.handoffs.latest.because == "people answer for Robot in helped v1"


def test_a_resolved_conversation_begins_no_handoff() -> None:
    """Moving a resolved conversation tells the customer nothing; when it is opened again, a handoff begins."""
    play = chat(helped(TELLS))
    play.tell("status_changed", 1, status="resolved")
    assert play.tell("reassigned", 2, team="tier-1", by="lead").effects == ()
    opened = said(play.tell("message", 3, author="customer", text="One more thing", event_id="m").effects)
    assert [line[0] for line in opened] == ["status", "reply"]


def test_an_agent_already_there_is_not_announced() -> None:
    """An agent took the conversation in the helpdesk: the customer reads no announcement and is offered no choices."""
    play = chat(helped(TELLS))
    decision = play.tell("reassigned", 2, team="tier-1", assignee="ben", by="ben")
    assert said(decision.effects) == [("mute",)]
    assert play.now.handoffs.offered == ()


def test_a_second_wait_for_an_agent_is_reported_again() -> None:
    """An agent accepted and gave back: after three more minutes the rule tells the customer again."""
    play = chat(helped(TELLS))
    asks(play, 1)
    assert ("reply", "Still looking.") in said(play.wake(4).effects)
    play.command("reassign", 5, actor="anna", team="tier-2", assignee="anna")
    play.command("reassign", 6, actor="anna", team="tier-2", assignee="")
    assert ("reply", "Still looking.") in said(play.wake(9).effects)


def test_a_customer_with_a_callback_is_not_asked_again() -> None:
    """A customer who chose a callback is not told that no agent is free."""
    play = chat(helped(TELLS))
    asks(play, 1)
    play.tell("choice_made", 2, choice="callback")
    assert play.wake(10).effects == ()


def test_a_missed_callback_starts_the_wait_anew() -> None:
    """The customer waits in vain before and after the callback's time, and is told both times."""
    play = chat(helped(TELLS))
    asks(play, 1)
    first = play.wake(5).effects
    play.tell("choice_made", 6, choice="callback")
    play.wake(66)
    second = play.wake(70).effects
    assert [said(effects).count(("reply", "Still looking.")) for effects in (first, second)] == [1, 1]
    assert not {effect.key for effect in first} & {effect.key for effect in second}


def test_an_assignment_asks_for_confirmation_only_while_an_agent_is_awaited() -> None:
    """Before a handoff and after its commit an assignment asks the helpdesk for no confirmation."""
    _, effects = tell(handoffs.SIX, handoffs.POLICY, until=60)
    assert [effect.confirm for effect in effects if isinstance(effect, Assign)] == [False, False]
