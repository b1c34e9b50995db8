"""The customer knows what happens next, and can say how they would like it."""

from policies.events import CallbackPromised
from tests.policies.handoff.worlds import TELLS, asks, chat, helped, said
from tests.policies.stories import at, reasons

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
