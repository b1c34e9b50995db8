"""The customer learns what happens next, and can choose how to go on."""

from policies import rules
from policies.handoff.briefings.summary import summary
from policies.handoff.outlook import facts
from policies.running.turn import Turn
from policies.state.events import CallbackPromised
from tests.cases import case
from tests.policies.handoff.worlds import ASKS, TELLS, asks, chat, helped, said
from tests.policies.stories import at, policy_of, reasons

POLICY = helped(TELLS)
ENGLISH = (
    "Tier 1 takes over (asked_for_human). By Mon 5 Jan 10:21 UTC.\n\n1. Stay with the assistant\n2. I wait\n"
    "3. Be called back\n4. Go on by another channel\n5. Have a manager look at it"
)
ALL = ("assistant", "wait", "callback", "channel", "manager")


def test_the_customer_is_told_who_comes_by_when_and_what_they_can_choose() -> None:
    """At once the customer reads which team comes, why and by when, and five choices to answer by number."""
    assert asks(chat(POLICY), 1) == [("assign", "tier-1"), ("reply", ENGLISH, *ALL)]


def test_they_are_told_in_their_own_language() -> None:
    """The customer gets the texts in their language; a label that has no text in it falls back to the default."""
    play = chat(POLICY, customer={"name": "Kim", "locale": "de-AT"})
    (_, reply) = asks(play, 1)
    assert reply[1].splitlines()[0] == "Tier 1 übernimmt."
    assert reply[1].splitlines()[3] == "2. Ich warte"


def test_the_language_of_the_message_counts_where_no_other_is_known() -> None:
    """A customer whose language is not known gets the language of their message."""
    (_, reply) = asks(chat(POLICY), 1, language="de")
    assert reply[1].startswith("Tier 1 übernimmt.")


def test_no_promise_is_made_for_a_team_that_is_closed() -> None:
    """At night no minutes are promised to the customer: the text can say when the team opens."""
    policy = helped(TELLS.replace("{% if handoff.answer_by %} By {{ handoff.answer_by }}.{% endif %}",
                                  "{% if not handoff.is_open %} Opens {{ handoff.opens_at }}.{% endif %}"))  # fmt: skip
    night = 9 * 60
    play = chat(policy)
    (_, reply) = asks(play, night)
    assert reply[1].startswith("Tier 1 takes over (asked_for_human). Opens Tue 6 Jan 09:00 UTC.")


def test_a_customer_who_chooses_the_assistant_is_left_with_it() -> None:
    """The first choice returns the conversation to the assistant, tells the team, and is remembered."""
    play = chat(POLICY)
    asks(play, 1)
    decision = play.tell("message", 2, author="customer", text=" 1. ", event_id="choice")
    assert said(decision.effects) == [
        ("assign", "robot"),
        ("note", "The customer chose to stay with the assistant: nobody need come."),
    ]
    assert "The customer chose: stay with the assistant" in reasons(decision)
    assert play.now.handoffs.latest is not None
    assert (play.now.handoffs.latest.state, dict(play.now.handoffs.preferences)) == (
        "returned",
        {"handoff": "assistant"},
    )


def test_the_choice_of_last_time_is_offered_first() -> None:
    """A customer who chose a callback last time finds it as number one."""
    play = chat(POLICY, customer={"name": "Kim", "preferences": {"handoff": "callback"}})
    (_, reply) = asks(play, 1)
    assert reply[2:] == ("callback", "assistant", "wait", "channel", "manager")


def test_a_callback_is_promised_at_the_time_that_was_named_or_within_the_usual_one() -> None:
    """A button can name the time of the callback; a number means within the policy's hour, in business time."""
    for how, when in (({"at": at(95).isoformat()}, "11:35"), ({}, "11:03")):
        play = chat(POLICY)
        asks(play, 1)
        decision = play.tell("choice_made", 3, choice="callback", **how)
        note = f"The customer was promised a callback at Mon 5 Jan {when} UTC — the customer's choice"
        assert said(decision.effects) == [("note", note)]


def test_the_words_of_a_choice_count_like_its_number() -> None:
    """On a channel without buttons the customer can answer with the words of a choice."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("message", 2, author="customer", text="i WAIT", event_id="choice")
    assert dict(play.now.handoffs.preferences) == {"handoff": "wait"}


def test_a_number_is_only_a_choice_where_one_was_offered() -> None:
    """“2” as an answer to something else, or a number that was not offered, is a plain message."""
    play = chat(POLICY)
    play.tell("message", 1, author="customer", text="2", event_id="m-1")
    asks(play, 2)
    play.tell("message", 3, author="customer", text="9", event_id="m-9")
    play.tell("message", 4, author="customer", text="I bought 2 of them", event_id="m-2")
    assert play.now.handoffs.preferences == ()


def test_a_manager_comes_where_the_policy_says_so() -> None:
    """A rule of the policy says what follows when the customer chooses a manager."""
    play = chat(POLICY)
    asks(play, 1)
    assert said(play.tell("choice_made", 2, choice="manager").effects) == [("assign", "tier-2")]


def test_another_channel_is_noted_for_the_team() -> None:
    """The team reads on which channel the customer wants to go on, and the choice is remembered."""
    play = chat(POLICY)
    asks(play, 1)
    decision = play.tell("choice_made", 2, choice="channel", detail="phone")
    assert said(decision.effects) == [("note", "The customer wants to go on by phone.")]
    assert dict(play.now.handoffs.preferences) == {"channel": "phone", "handoff": "channel"}


def test_a_stale_button_does_not_bring_the_assistant_back() -> None:
    """The choice of the assistant has no effect once an agent has answered; it is on the record."""
    play = chat(POLICY)
    asks(play, 1)
    play.answer(2)
    decision = play.tell("choice_made", 3, choice="assistant")
    assert decision.effects == ()
    assert "The customer would rather have the assistant, but a person has the conversation" in reasons(decision)


def test_promised_callbacks_are_plain_callbacks() -> None:
    """A callback that the customer chose runs like a callback that an agent promised."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("choice_made", 3, choice="callback")
    assert play.now.waiting.callback_at == at(63)
    assert not isinstance(play.conversation.tail[-1], CallbackPromised)


def test_an_offer_ends_when_a_person_answers() -> None:
    """After an agent's answer, “3” from the customer is a number and not a choice."""
    play = chat(POLICY)
    asks(play, 1)
    play.answer(2)
    decision = play.tell("message", 3, author="customer", text="3", event_id="three")
    assert (play.now.waiting.callback_at, play.now.handoffs.preferences) == (None, ())
    assert "The customer chose" not in " ".join(reasons(decision))


def test_words_mean_what_was_offered_with_them() -> None:
    """The words of a choice mean that choice, also where the order of the choices has changed since."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("customer_updated", 2, customer={"preferences": {"handoff": "manager"}})
    play.tell("message", 3, author="customer", text="be called back", event_id="words")
    assert play.now.waiting.callback_at == at(63)


def test_choosing_the_assistant_stops_the_calls() -> None:
    """When the customer stays with the assistant, the on-call run ends."""
    calls = "  - {name: call, on: handoff_requested, do: [{notify: people}]}\n"
    ladder = (
        "\nescalations: {people: {steps: [{notify: 'slack:#first', wait: 5m}, {notify: 'slack:#next', wait: 5m}]}}\n"
    )
    play = chat(helped(calls, TELLS, ladder))
    asks(play, 1)
    play.tell("choice_made", 2, choice="assistant")
    assert [run.ended for run in play.now.on_call.runs] == ["the customer chose the assistant"]


def test_an_account_in_danger_is_never_given_back_by_the_writer() -> None:
    """With a hacked account the assistant is not offered and can't be chosen: the writer may be the thief."""
    danger = (
        "  - {name: danger, on: message, when: event.text == 'hacked', reason: security, do: [{escalate: tier-2}]}\n"
    )
    play = chat(helped(danger, TELLS))
    told = said(play.tell("message", 1, author="customer", text="hacked", event_id="m1").effects)
    assert told[1][2:] == ("wait", "callback", "channel", "manager")
    decision = play.tell("choice_made", 2, choice="assistant")
    why = "the writer may not be the customer."
    note = f"The customer would rather have the assistant, to which this is not left: {why}"
    assert said(decision.effects) == [("note", note)]
    assert (play.now.responsible.team, play.now.handoffs.latest and play.now.handoffs.latest.state) == (
        "tier-2",
        "requested",
    )


def test_a_number_answers_the_question_that_was_asked_last() -> None:
    """After a question of the assistant, “1” answers that question, but the words of a choice still count."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("message", 2, author="assistant", text="How many items are missing?", event_id="q")
    play.tell("message", 3, author="customer", text="1", event_id="one")
    assert (play.now.responsible.team, play.now.handoffs.preferences) == ("tier-1", ())
    play.tell("message", 4, author="customer", text="Stay with the assistant", event_id="words")
    assert play.now.responsible.team == "robot"


def test_a_number_counts_where_the_assistant_only_said_something() -> None:
    """A number still counts as a choice where the assistant asked nothing after the offer."""
    play = chat(POLICY)
    play.tell("message", 0.5, author="assistant", text="What is your order number?", event_id="q")
    asks(play, 1)
    play.tell("message", 2, author="assistant", text="I am sorry to hear that.", event_id="r")
    play.tell("message", 3, author="customer", text="1", event_id="one")
    assert play.now.responsible.team == "robot"


def test_a_chosen_callback_pauses_the_first_response_clock() -> None:
    """A chosen callback pauses the first-response clock; when the callback is due, the clock runs on."""
    play = chat(POLICY)
    asks(play, 1)
    decision = play.tell("choice_made", 3, choice="callback")
    assert "Clocks paused: the customer is called back" in reasons(decision)
    assert play.wake(62).because == ()
    assert "Clocks run again" in reasons(play.wake(63))
    (clock,) = (clock for clock in play.now.sla.open_clocks if clock.name == "first_response")
    assert clock.due_at == at(63 + 18)


def test_a_callback_moves_to_the_next_opening_of_the_team() -> None:
    """A callback at night moves to the team's next opening, and the note has the time that was asked for."""
    play = chat(POLICY)
    asks(play, 1)
    decision = play.tell("choice_made", 3, choice="callback", at="2026-01-05T21:00:00Z")
    note = (
        "The customer was promised a callback at Tue 6 Jan 09:00 UTC — the customer's choice — asked for Mon 5 Jan "
        "21:00 UTC, when nobody is there"
    )
    assert said(decision.effects) == [("note", note)]


def test_choosing_the_assistant_after_all_cancels_the_callback() -> None:
    """The last choice counts: a customer who then chooses the assistant is not called back."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("choice_made", 3, choice="callback")
    play.tell("choice_made", 4, choice="assistant")
    assert (play.now.responsible.team, play.now.waiting.callback_at) == ("robot", None)


CHANNELS = """  channels:
    phone: {en: Go on by phone, de: Am Telefon weiter}
    whatsapp: {en: Go on by WhatsApp}
"""


def test_each_channel_is_a_choice_of_its_own() -> None:
    """Each channel that the policy names is a choice with a number; the team and the briefing learn the choice."""
    play = chat(helped(TELLS, CHANNELS, "\nbriefing: {}\n"))
    (_, reply, *_) = asks(play, 1)
    assert reply[1].splitlines()[2:] == [
        *("1. Stay with the assistant", "2. I wait", "3. Be called back", "4. Go on by phone", "5. Go on by WhatsApp"),
        "6. Have a manager look at it",
    ]
    decision = play.tell("message", 2, author="customer", text="5", event_id="five")
    assert said(decision.effects) == [("note", "The customer wants to go on by whatsapp.")]
    assert "would rather go on by whatsapp" in "\n".join(summary(play.now, play.policy, at(3)))


def test_a_number_that_was_a_choice_is_not_told_to_the_receiver() -> None:
    """A number that was a choice is not among the customer's last words."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("message", 2, author="customer", text="2", event_id="two")
    assert [said.text for said in play.now.told.recent] == ["Can I talk to a person?"]


def test_the_wait_after_a_missed_callback_counts_from_the_callback() -> None:
    """After a callback that no agent made in time, the wait is counted from the time of the callback."""
    policy = helped(TELLS.replace("Still looking.", "{{ handoff.waited_minutes }} minutes"))
    play = chat(policy)
    asks(play, 1)
    play.tell("choice_made", 2, choice="callback")
    play.wake(62)
    assert ("reply", "3 minutes") in said(play.wake(65).effects)


def test_the_customer_reads_when_they_will_be_called() -> None:
    """A text for the customer can name the time of the promised callback."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("choice_made", 3, choice="callback")
    assert play.now.handoffs.latest is not None
    turn = Turn(play.now, play.policy, at(3), "x", listen=rules.fire)
    assert facts(turn, play.now.handoffs.latest).callback_at == "Mon 5 Jan 11:03 UTC"


LINE = case("policies/handoff/waiting_line")
ESTIMATES = case("policies/handoff/estimates")


def test_the_queue_itself_tells_the_customer_the_wait() -> None:
    """The queue of the team tells the wait: once the position is known, the customer reads both and can choose."""
    play = chat(policy_of(ASKS, ESTIMATES, base=LINE))
    asks(play, 1)
    assert play.now.queue_entry is not None
    told = {"team": "tier-1", "ticket": play.now.queue_entry.ticket, "position": 3, "wait": "4 to 9 minutes"}
    effects = play.tell("queued", 2, **told, wait_low=4, wait_high=9, because="two before it").effects
    assert said(effects) == [
        ("reply", "Number 3, 4 to 9 minutes.\n\n1. Wait for a person\n2. Be called back", "wait", "callback")
    ]
