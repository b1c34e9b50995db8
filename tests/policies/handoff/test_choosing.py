"""The customer knows what happens next, and can say how they would like it."""

from policies import rules
from policies.handoff.outlook import facts
from policies.handoff.summary import summary
from policies.running.turn import Turn
from policies.state.events import CallbackPromised
from tests.policies.handoff.worlds import ASKS, TELLS, asks, chat, helped, said
from tests.policies.stories import at, policy_of, reasons

POLICY = helped(TELLS)
ENGLISH = (
    "Tier 1 takes over (asked_for_human). By Mon 5 Jan 10:21 UTC.\n\n1. Stay with the assistant\n2. I wait\n"
    "3. Be called back\n4. Go on by another channel\n5. Have a manager look at it"
)
ALL = ("assistant", "wait", "callback", "channel", "manager")


def test_the_customer_is_told_who_comes_by_when_and_what_they_can_choose() -> None:
    """At once: which team, why, by when it was promised, and five choices that can be answered by number."""
    assert asks(chat(POLICY), 1) == [("assign", "tier-1"), ("reply", ENGLISH, *ALL)]


def test_they_are_told_in_their_own_language() -> None:
    """What the policy has in the customer's language is said in it; a label without it falls back to the usual one."""
    play = chat(POLICY, customer={"name": "Kim", "locale": "de-AT"})
    (_, reply) = asks(play, 1)
    assert reply[1].splitlines()[0] == "Tier 1 übernimmt."
    assert reply[1].splitlines()[3] == "2. Ich warte"


def test_what_they_understood_they_wrote_in_counts_where_nothing_else_is_known() -> None:
    """A customer of no known language gets the one in which they wrote."""
    (_, reply) = asks(chat(POLICY), 1, language="de")
    assert reply[1].startswith("Tier 1 übernimmt.")


def test_no_promise_is_made_for_a_team_that_is_closed() -> None:
    """At night nobody is said to come in minutes: the text can say when the team opens."""
    policy = helped(TELLS.replace("{% if handoff.answer_by %} By {{ handoff.answer_by }}.{% endif %}",
                                  "{% if not handoff.is_open %} Opens {{ handoff.opens_at }}.{% endif %}"))  # fmt: skip
    night = 9 * 60
    play = chat(policy)
    (_, reply) = asks(play, night)
    assert reply[1].startswith("Tier 1 takes over (asked_for_human). Opens Tue 6 Jan 09:00 UTC.")


def test_whoever_stays_with_the_assistant_is_left_with_it() -> None:
    """The first choice gives the conversation back, tells the team, and is remembered."""
    play = chat(POLICY)
    asks(play, 1)
    decision = play.tell("message", 2, author="customer", text=" 1. ", event_id="choice")
    assert said(decision.effects) == [
        ("assign", "robot"),
        ("note", "The customer chose to stay with the assistant: nobody need come."),
    ]
    assert "The customer chose: stay with the assistant" in reasons(decision)
    assert play.now.handoff is not None
    assert (play.now.handoff.state, dict(play.now.preferences)) == ("returned", {"handoff": "assistant"})


def test_what_was_chosen_before_is_offered_first() -> None:
    """Who asked to be called back last time finds that as number one."""
    play = chat(POLICY, customer={"name": "Kim", "preferences": {"handoff": "callback"}})
    (_, reply) = asks(play, 1)
    assert reply[2:] == ("callback", "assistant", "wait", "channel", "manager")


def test_a_callback_is_promised_at_the_time_that_was_named_or_within_the_usual_one() -> None:
    """A button may name a time; a number in a message means the policy's hour, in the team's business time."""
    for how, when in (({"at": at(95).isoformat()}, "11:35"), ({}, "11:03")):
        play = chat(POLICY)
        asks(play, 1)
        decision = play.tell("choice_made", 3, choice="callback", **how)
        note = f"The customer was promised a callback at Mon 5 Jan {when} UTC — the customer's choice"
        assert said(decision.effects) == [("note", note)]


def test_the_words_of_a_choice_count_like_its_number() -> None:
    """On a channel without buttons somebody may answer with the words they were offered."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("message", 2, author="customer", text="i WAIT", event_id="choice")
    assert dict(play.now.preferences) == {"handoff": "wait"}


def test_a_number_is_only_a_choice_where_one_was_offered() -> None:
    """“2” as an answer to something else, or a number that was not offered, is just a message."""
    play = chat(POLICY)
    play.tell("message", 1, author="customer", text="2", event_id="m-1")
    asks(play, 2)
    play.tell("message", 3, author="customer", text="9", event_id="m-9")
    play.tell("message", 4, author="customer", text="I bought 2 of them", event_id="m-2")
    assert play.now.preferences == ()


def test_a_manager_comes_where_the_policy_says_so() -> None:
    """What a choice means beyond itself is a rule."""
    play = chat(POLICY)
    asks(play, 1)
    assert said(play.tell("choice_made", 2, choice="manager").effects) == [("assign", "tier-2")]


def test_another_channel_is_noted_for_the_team() -> None:
    """Whoever comes reads where the customer wants to go on, and it is remembered."""
    play = chat(POLICY)
    asks(play, 1)
    decision = play.tell("choice_made", 2, choice="channel", detail="phone")
    assert said(decision.effects) == [("note", "The customer wants to go on by phone.")]
    assert dict(play.now.preferences) == {"channel": "phone", "handoff": "channel"}


def test_once_a_person_is_there_nobody_goes_back_by_a_stale_button() -> None:
    """Pressed after somebody came, the choice of the assistant changes nothing, on the record."""
    play = chat(POLICY)
    asks(play, 1)
    play.answer(2)
    decision = play.tell("choice_made", 3, choice="assistant")
    assert decision.effects == ()
    assert "The customer would rather have the assistant, but a person has the conversation" in reasons(decision)


def test_promised_callbacks_are_plain_callbacks() -> None:
    """The promise runs like one that an agent made."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("choice_made", 3, choice="callback")
    assert play.now.callback_at == at(63)
    assert not isinstance(play.conversation.tail[-1], CallbackPromised)


def test_an_offer_ends_when_a_person_answers() -> None:
    """“3” to an agent who asks how many is a number, not a callback."""
    play = chat(POLICY)
    asks(play, 1)
    play.answer(2)
    decision = play.tell("message", 3, author="customer", text="3", event_id="three")
    assert (play.now.callback_at, play.now.preferences) == (None, ())
    assert "The customer chose" not in " ".join(reasons(decision))


def test_words_mean_what_was_offered_with_them() -> None:
    """The words of a choice count for that choice, also where the order has changed since it was offered."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("customer_updated", 2, customer={"preferences": {"handoff": "manager"}})
    play.tell("message", 3, author="customer", text="be called back", event_id="words")
    assert play.now.callback_at == at(63)


def test_whoever_stays_with_the_assistant_stops_the_calling() -> None:
    """Nobody need come, and nobody is called any more."""
    calls = "  - {name: call, on: handoff_requested, do: [{notify: people}]}\n"
    ladder = (
        "\nescalations: {people: {steps: [{notify: 'slack:#first', wait: 5m}, {notify: 'slack:#next', wait: 5m}]}}\n"
    )
    play = chat(helped(calls, TELLS, ladder))
    asks(play, 1)
    play.tell("choice_made", 2, choice="assistant")
    assert [page.ended for page in play.now.pages] == ["the customer chose the assistant"]


def test_an_account_in_danger_is_never_given_back_by_whoever_writes() -> None:
    """The assistant is not offered, and a button from elsewhere does not bring it back: the writer may be the thief."""
    danger = (
        "  - {name: danger, on: message, when: event.text == 'hacked', reason: security, do: [{escalate: tier-2}]}\n"
    )
    play = chat(helped(danger, TELLS))
    told = said(play.tell("message", 1, author="customer", text="hacked", event_id="m1").effects)
    assert told[1][2:] == ("wait", "callback", "channel", "manager")
    decision = play.tell("choice_made", 2, choice="assistant")
    why = "whoever writes may not be the customer."
    note = f"The customer would rather have the assistant, to which this is not left: {why}"
    assert said(decision.effects) == [("note", note)]
    assert (play.now.team, play.now.handoff and play.now.handoff.state) == ("tier-2", "requested")


def test_a_number_answers_the_question_that_was_asked_last() -> None:
    """The assistant asks “How many?” after the offer: “1” is no choice then, but the words of one still are."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("message", 2, author="assistant", text="How many items are missing?", event_id="q")
    play.tell("message", 3, author="customer", text="1", event_id="one")
    assert (play.now.team, play.now.preferences) == ("tier-1", ())
    play.tell("message", 4, author="customer", text="Stay with the assistant", event_id="words")
    assert play.now.team == "robot"


def test_a_number_counts_where_the_assistant_only_said_something() -> None:
    """The assistant's usual remark right after the offer takes no choice away, nor does what it had asked before."""
    play = chat(POLICY)
    play.tell("message", 0.5, author="assistant", text="What is your order number?", event_id="q")
    asks(play, 1)
    play.tell("message", 2, author="assistant", text="I am sorry to hear that.", event_id="r")
    play.tell("message", 3, author="customer", text="1", event_id="one")
    assert play.now.team == "robot"


def test_who_chose_a_callback_does_not_wait_until_then() -> None:
    """The promise of an answer stands still, and runs again when it is time to call; an answer before it keeps it."""
    play = chat(POLICY)
    asks(play, 1)
    decision = play.tell("choice_made", 3, choice="callback")
    assert "Clocks paused: the customer is called back" in reasons(decision)
    assert play.wake(62).because == ()
    assert "Clocks run again" in reasons(play.wake(63))
    (clock,) = (clock for clock in play.now.open_clocks if clock.name == "first_response")
    assert clock.due_at == at(63 + 18)


def test_nobody_is_called_back_by_a_closed_team() -> None:
    """A time at night is moved to the next opening, and the note says what was asked for."""
    play = chat(POLICY)
    asks(play, 1)
    decision = play.tell("choice_made", 3, choice="callback", at="2026-01-05T21:00:00Z")
    note = (
        "The customer was promised a callback at Tue 6 Jan 09:00 UTC — the customer's choice — asked for Mon 5 Jan "
        "21:00 UTC, when nobody is there"
    )
    assert said(decision.effects) == [("note", note)]


def test_who_stays_with_the_assistant_after_all_is_not_called_back() -> None:
    """The last choice counts: no callback comes due for somebody whom nobody need call any more."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("choice_made", 3, choice="callback")
    play.tell("choice_made", 4, choice="assistant")
    assert (play.now.team, play.now.callback_at) == ("robot", None)


CHANNELS = """  channels:
    phone: {en: Go on by phone, de: Am Telefon weiter}
    whatsapp: {en: Go on by WhatsApp}
"""


def test_each_channel_is_a_choice_of_its_own() -> None:
    """Where the policy names channels, a number is enough to say which; the team reads it, and the briefing says it."""
    play = chat(helped(TELLS, CHANNELS, "\nbriefing: {}\n"))
    (_, reply, *_) = asks(play, 1)
    assert reply[1].splitlines()[2:] == [
        *("1. Stay with the assistant", "2. I wait", "3. Be called back", "4. Go on by phone", "5. Go on by WhatsApp"),
        "6. Have a manager look at it",
    ]
    decision = play.tell("message", 2, author="customer", text="5", event_id="five")
    assert said(decision.effects) == [("note", "The customer wants to go on by whatsapp.")]
    assert "would rather go on by whatsapp" in "\n".join(summary(play.now, play.policy, at(3)))


def test_a_number_that_was_a_choice_is_not_told_to_whoever_comes() -> None:
    """Among the last words stands what the customer said, not the digit that they pressed."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("message", 2, author="customer", text="2", event_id="two")
    assert [said.text for said in play.now.recent] == ["Can I talk to a person?"]


def test_how_long_nobody_came_counts_from_when_somebody_was_wanted_again() -> None:
    """After a callback that nobody made in time the customer reads of minutes since then, not of hours."""
    policy = helped(TELLS.replace("Still looking.", "{{ handoff.waited_minutes }} minutes"))
    play = chat(policy)
    asks(play, 1)
    play.tell("choice_made", 2, choice="callback")
    play.wake(62)
    assert ("reply", "3 minutes") in said(play.wake(65).effects)


def test_the_customer_reads_when_they_will_be_called() -> None:
    """A text for the customer can name the time of the callback that was promised."""
    play = chat(POLICY)
    asks(play, 1)
    play.tell("choice_made", 3, choice="callback")
    assert play.now.handoff is not None
    turn = Turn(play.now, play.policy, at(3), "x", listen=rules.fire)
    assert facts(turn, play.now.handoff).callback_at == "Mon 5 Jan 11:03 UTC"


LINE = """
policy: lined-up
version: 1
timezone: UTC
teams:
  robot:  {name: Robot, tier: 0, staffed_by: assistant}
  tier-1: {name: Tier 1, tier: 1, queue: {}}
channels: {web_chat: robot}
people: {ann: {team: tier-1}}
"""
ESTIMATES = """
  - name: place
    on: queued
    when: event.told == 1
    do: [{tell: {text: place, choices: [wait, callback]}}]
customer_texts:
  place: {en: "Number {{ handoff.position }}, {{ handoff.wait_low }} to {{ handoff.wait_high }} minutes."}
"""


def test_who_waits_in_line_is_told_how_long_by_the_line_itself() -> None:
    """The team's queue knows: as soon as it has said where the customer stands, they can read it, and choose."""
    play = chat(policy_of(ASKS, ESTIMATES, base=LINE))
    asks(play, 1)
    assert play.now.place is not None
    told = {"team": "tier-1", "ticket": play.now.place.ticket, "position": 3, "wait": "4 to 9 minutes"}
    effects = play.tell("queued", 2, **told, wait_low=4, wait_high=9, because="two before it").effects
    assert said(effects) == [
        ("reply", "Number 3, 4 to 9 minutes.\n\n1. Wait for a person\n2. Be called back", "wait", "callback")
    ]
