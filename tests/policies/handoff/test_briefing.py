"""The briefing says all that the receiver needs to answer at once, and what is missing."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from policies.handoff.briefings.summary import tenure
from policies.handoff.gist import concern, development, says_something, without_address
from policies.handoff.plain import one_line, quoted
from policies.running.policy import Policy
from policies.state.context import Article, Context, ContextFact, Earlier
from policies.state.effects import AddInternalNote, GatherContext
from policies.state.events import ContextGathered, EffectFailed
from tests.policies.handoff.worlds import ASKS, ASSISTED, asks, chat, helped, said
from tests.policies.stories import Play, at, policy_of

BRIEF = helped("\nbriefing: {}\n")
GATHERS = helped("\nbriefing: {context: true}\n")
KIM = {
    "name": "Kim Larsen",
    "company": "Fjord AS",
    "tier": "enterprise",
    "plan": "gold",
    "since": "2024-01-02",
    "value": 48000,
    "health": "red",
}


ASKED = {"asks_for_human": "a person"}


def a_talk(policy: Policy, **more: Any) -> Play:
    """Return a chat with a customer who got no help from the assistant."""
    play = chat(
        policy, **more, customer=KIM, page="https://acme.example/billing?tab=2", attributes={"order_number": "4711"}
    )
    play.tell(
        "message", 1, author="customer", text="Hi there! I was charged twice for order 4711. Help!", event_id="m1"
    )
    play.tell("message", 2, author="assistant", author_id="robot", text="Have you tried the FAQ?", event_id="m2")
    play.tell(
        "message", 3, author="assistant", author_id="robot", text="Please see the FAQ.", failed=True, event_id="m3"
    )
    return play


def briefing(play: Play) -> str:
    """Return the text of the only internal note."""
    (note,) = play.asked(AddInternalNote)
    assert isinstance(note, AddInternalNote)
    return note.body


def test_a_handoff_is_briefed_with_all_a_person_needs() -> None:
    """The briefing shows customer, problem, mood, waiting time, attempts, promises, web page and last words."""
    play = a_talk(BRIEF)
    effects = asks(play, 4, frustration=0.7, repeated=1, unresolved=2, risks=("refund",), evidence=ASKED)
    assert effects[0] == ("assign", "tier-1")
    assert effects[2:] == [("attach", "transcript-1.txt")]
    assert briefing(play) == (
        "BRIEFING: Handoff from Robot to Tier 1, because the customer asked for a person (asks for a person)\n"
        "1. Answer by Mon 5 Jan 10:24 UTC\n"
        "2. Begin with the first sentence below\n"
        "• Customer: Kim Larsen / Fjord AS, enterprise, plan gold, customer for 2 years, worth 48,000, health red\n"
        "• Problem: “I was charged twice for order 4711.”; reads like refund\n"
        "• Confirmed: order number 4711; no check of the identity was reported\n"
        "• Mood: angry; asked for a person at Mon 5 Jan 10:04 UTC; has said it 2 times; 2 open questions\n"
        "• Priority: normal\n"
        "• Waiting: for 4m, since Mon 5 Jan 10:00 UTC, for a person's answer\n"
        "Transcript: 4 messages, attached, `baton transcript c`\n"
        "\n"
        "Words for your answer, which only you send\n"
        "- First: “Hello Kim Larsen, I have read all that you wrote to us, so you don't need to repeat anything: "
        "“I was charged twice for order 4711.””\n"
        "\n"
        "Noticed\n"
        "- asks for a human (“a person”), Mon 5 Jan 10:04 UTC\n"
        "\n"
        "Tried so far\n"
        "- robot (assistant) answered 2 times, 1 of them failed, last Mon 5 Jan 10:03 UTC\n"
        "- robot suggested: “Have you tried the FAQ?”\n"
        "\n"
        "Promised\n"
        "- First response: due Mon 5 Jan 10:24 UTC, in 20m\n"
        "- Resolution: due Mon 5 Jan 17:04 UTC, in 7h\n"
        "\n"
        "Page: https://acme.example/billing?tab=2\n"
        "\n"
        "Last words\n"
        "- Mon 5 Jan 10:01 UTC Kim Larsen: “Hi there! I was charged twice for order 4711. Help!”\n"
        "- Mon 5 Jan 10:02 UTC robot: “Have you tried the FAQ?”\n"
        "- Mon 5 Jan 10:03 UTC robot: “Please see the FAQ.”\n"
        "- Mon 5 Jan 10:04 UTC Kim Larsen: “Can I talk to a person?”"
    )


OLD_NOTE = (
    "BRIEFING: Handoff from Robot to Tier 1, because the customer asked for a person (asks for a person)\n"
    "• Customer: Kim Larsen / Fjord AS, enterprise, plan gold, customer for 2 years, worth 48,000, health red\n"
    "• Problem: “I was charged twice for order 4711.”; reads like refund\n"
    "• Confirmed: order number 4711\n"
    "• Mood: angry; asked for a person at Mon 5 Jan 10:04 UTC; has said it 2 times; 2 open questions\n"
    "• Waiting: for 4m, since Mon 5 Jan 10:00 UTC, for a person's answer\n"
    "Transcript: 4 messages, attached, `baton transcript c`\n"
    "\n"
    "Tried so far\n"
    "- robot (assistant) answered 2 times, 1 of them failed, last Mon 5 Jan 10:03 UTC\n"
    "\n"
    "Promised\n"
    "- First response: due Mon 5 Jan 10:24 UTC, in 20m\n"
    "- Resolution: due Mon 5 Jan 17:04 UTC, in 7h\n"
    "\n"
    "Page: https://acme.example/billing?tab=2\n"
    "\n"
    "Last words\n"
    "- Mon 5 Jan 10:01 UTC Kim Larsen: “Hi there! I was charged twice for order 4711. Help!”\n"
    "- Mon 5 Jan 10:02 UTC robot: “Have you tried the FAQ?”\n"
    "- Mon 5 Jan 10:03 UTC robot: “Please see the FAQ.”\n"
    "- Mon 5 Jan 10:04 UTC Kim Larsen: “Can I talk to a person?”"
)


def test_a_conversation_of_an_earlier_edition_is_briefed_as_before() -> None:
    """A conversation that runs since edition 3 gets the briefing that edition 3 wrote."""
    play = a_talk(BRIEF, edition=3)
    asks(play, 4, frustration=0.7, repeated=1, unresolved=2, risks=("refund",), evidence=ASKED)
    assert briefing(play) == OLD_NOTE.replace(
        "\n\nTried", "\n\nNoticed\n- asks for a human (“a person”), Mon 5 Jan 10:04 UTC\n\nTried"
    )


def test_a_conclusion_is_shown_with_the_words_behind_it() -> None:
    """The briefing quotes the words behind each conclusion, also when newer messages have pushed them out."""
    play = chat(BRIEF)
    asks(
        play,
        1,
        "Your app’s  hijacking my phone",
        asks_for_human=False,
        risks=("security",),
        evidence={"security": "app's hijacking"},
        amount=4900,
    )
    for minute in range(2, 9):
        play.tell("message", minute, author="customer", text=f"And {minute}", event_id=f"m{minute}")
    asks(play, 9, evidence={"asks_for_human": "talk to a person", "frustration": "person"}, frustration=0.3)
    shown = briefing(play).splitlines()
    assert "reads like security" in next(line for line in shown if line.startswith("• Problem"))
    assert shown[shown.index("Noticed") + 1 :][:2] == [
        "- security (“app's hijacking”), 4,900 named, Mon 5 Jan 10:01 UTC: “Your app’s hijacking my phone”",
        "- asks for a human (“talk to a person”), Mon 5 Jan 10:09 UTC",
    ]


def test_no_briefing_copies_a_password() -> None:
    """A password or PIN in a customer's message is not copied into the internal note."""
    play = chat(BRIEF, subject="Login, PIN code: 4711")
    play.tell("message", 1, author="customer", text="I can't log in, my password is hunter2", event_id="m1")
    asks(play, 2)
    assert "hunter2" not in briefing(play)
    assert "• Problem: Login, PIN code: [secret]; “I can't log in, my password is [secret]”" in briefing(play)


def test_no_other_system_is_asked_with_a_password() -> None:
    """The text that is sent to a knowledge base has no password in it either."""
    play = chat(GATHERS, subject="Login, PIN code: 4711")
    play.tell("message", 1, author="customer", text="I can't log in, my password is hunter2", event_id="m1")
    asks(play, 2)
    (gather,) = play.asked(GatherContext)
    assert isinstance(gather, GatherContext)
    assert gather.subject == "Login, PIN code: [secret]"
    assert gather.asked == "I can't log in, my password is [secret]"


def test_an_author_without_a_name_is_called_by_their_role() -> None:
    """Without a name the author is "the assistant", named once; a message without words is shown as “(no words)”."""
    play = chat(BRIEF)
    play.tell("message", 1, author="assistant", text="Have you tried the FAQ?", event_id="m1")
    play.tell("message", 1, author="customer", text=" ", event_id="m2")
    asks(play, 2)
    assert "- the assistant answered once, last Mon 5 Jan 10:01 UTC" in briefing(play).splitlines()
    assert "- Mon 5 Jan 10:01 UTC Kim: (no words)" in briefing(play).splitlines()


def test_an_escalation_says_what_the_colleague_tried_thinks_and_needs() -> None:
    """The agent's own note comes first; earlier notes stand under what was tried."""
    play = chat(BRIEF, channel="voice", customer={"name": "Kim", "phone": "+47 22 22 22 22"})
    play.tell("message", 1, author="customer", text="The export of my invoices fails with error 500", event_id="m1")
    play.command("add_note", 2, actor="ben", tried="cleared the cache", think="cache", need="patience")
    play.command(
        "escalate", 3, team="tier-2", note={"tried": "another browser", "think": "a bug", "need": "look at the log"}
    )
    (_, _, note) = play.asked(AddInternalNote)
    assert isinstance(note, AddInternalNote)
    shown = note.body.splitlines()
    assert shown[0] == (
        "BRIEFING: Escalation from Tier 1 to Tier 2, because a colleague thinks it is needed (escalated by anna)"
    )
    assert shown[shown.index("Asked of you") + 1 :][:3] == [
        "- Need (anna): look at the log",
        "- Think (anna): a bug",
        "- Tried (anna): another browser",
    ]
    assert "- ben, Mon 5 Jan 10:02 UTC: cleared the cache; needed: patience" in shown
    assert not any(line.startswith("Missing") for line in shown)


def test_missing_facts_are_named_by_channel() -> None:
    """The briefing names what is missing, on chat the web page, on the phone the number, so the receiver can ask."""
    chatting = chat(BRIEF, customer={})
    asks(chatting, 1)
    assert "Missing: name; page" in briefing(chatting).splitlines()
    policy = helped("\nbriefing: {minimum: {any: [attributes.order_number], web_chat: [customer.phone]}}\n")
    other = chat(policy)
    asks(other, 1)
    assert "Missing: order number; phone" in briefing(other).splitlines()


def test_the_first_team_and_the_assistant_get_none() -> None:
    """The first team and the assistant get no briefing; a move within a tier gets one if the policy wants it."""
    play = chat(BRIEF)
    asks(play, 1)
    play.command("deescalate", 2, team="robot", note="Yours again")
    assert [note.body[:8] for note in play.asked(AddInternalNote)] == ["BRIEFING", "Deescala"]  # pyright: ignore
    moves = ASIDE.replace("MOVES", "[handoff, escalation]"), ASIDE.replace("MOVES", "[transfer]")
    briefed = [_moved_aside(helped(text)) for text in moves]
    assert briefed == [0, 1]


ASIDE = "\nbriefing: {on: MOVES}\n"


def _moved_aside(policy: Policy) -> int:
    play = chat(policy, channel="voice")
    play.tell("reassigned", 2, team="tier-2", by="lead")
    play.tell("reassigned", 3, team="tier-1", by="lead")
    notes = [note for note in play.asked(AddInternalNote) if note.body.startswith("BRIEFING: Transfer")]  # pyright: ignore
    return len(notes)


def test_an_escalation_without_a_note_still_brings_a_briefing() -> None:
    """An escalation in the helpdesk without a note still brings the receiver a briefing."""
    play = chat(BRIEF, channel="voice")
    decision = play.tell("reassigned", 2, team="tier-2", by="ben")
    assert said(decision.effects)[0][0] == "note"
    assert play.now.responsible.reason == "agent_judgement"


def test_the_note_waits_for_other_systems_and_shows_their_answers() -> None:
    """The note waits for other systems, and shows their answers and which of them did not answer."""
    play = a_talk(GATHERS)
    effects = asks(play, 4)
    assert effects == [("assign", "tier-1"), ("gather", "I was charged twice for order 4711.")]
    (gather,) = play.asked(GatherContext)
    context = Context(
        facts=(ContextFact(label="Open invoices", value="2"),),
        articles=(Article(title="Double charges", url="https://kb.example/7"),),
        earlier=(
            Earlier(conversation_id="c-9", subject="Refund", channel="email", status="resolved", opened_at=at(-90)),
        ),
        missing=("crm: no answer within 0.2 s",),
    )
    event = ContextGathered(
        event_id=f"{gather.key}/gathered", occurred_at=at(5), source="baton", key=gather.key, context=context
    )
    assert [line[0] for line in said(play.feed(event, 5).effects)] == ["note", "attach"]
    shown = briefing(play).splitlines()
    for line in (
        "Missing: crm: no answer within 0.2 s",
        "- Open invoices: 2",
        "- Double charges: https://kb.example/7",
        "- Mon 5 Jan 08:30 UTC, resolved, email: “Refund” (c-9)",
    ):
        assert line in shown


def test_a_failed_request_to_other_systems_delays_no_briefing_for_good() -> None:
    """If the request to other systems fails, the briefing comes without their answers and says so."""
    play = a_talk(GATHERS)
    asks(play, 4)
    (gather,) = play.asked(GatherContext)
    event = EffectFailed(
        event_id=f"{gather.key}/failed",
        occurred_at=at(5),
        source="baton",
        effect="gather_context",
        key=gather.key,
        why="no answer in time",
    )
    play.feed(event, 5)
    assert "Missing: what other systems know: no answer in time" in briefing(play).splitlines()


def test_an_answer_for_an_earlier_move_is_not_written() -> None:
    """The conversation moves on before the answer comes: one briefing is written, for the team that has it now."""
    play = a_talk(GATHERS)
    asks(play, 4)
    play.command("escalate", 5, team="tier-2", note={"tried": "a", "think": "b", "need": "c"})
    first, second = play.asked(GatherContext)
    for gather in (first, second):
        event = ContextGathered(
            event_id=f"{gather.key}/gathered", occurred_at=at(6), source="baton", key=gather.key, context=Context()
        )
        play.feed(event, 6)
    titles = [note.body.splitlines()[0] for note in play.asked(AddInternalNote)]  # pyright: ignore
    assert [title for title in titles if title.startswith("BRIEFING")] == [
        "BRIEFING: Escalation from Tier 1 to Tier 2, because a colleague thinks it is needed (escalated by anna)"
    ]


def test_an_earlier_request_is_not_asked_again() -> None:
    """An earlier escalation's note is shown under what was tried, and not as a request to the next receiver."""
    play = chat(BRIEF, channel="voice", customer={"name": "Kim", "phone": "+47 22 22 22 22"})
    note = {"tried": "checked the order", "think": "our mistake", "need": "approve 40 EUR"}
    play.command("escalate", 3, actor="jane", team="tier-2", note=note)
    play.command("deescalate", 9, actor="sam", team="tier-1", note="Approved and paid out")
    play.command("reassign", 60, actor="max", team="tier-2", note="needs the carrier")
    lines = play.asked(AddInternalNote)[-1].body.splitlines()  # pyright: ignore
    asked, tried = lines.index("Asked of you"), lines.index("Tried so far")
    assert lines[asked + 1 : tried - 1] == ["- Note (max): needs the carrier"]
    assert lines[tried + 1 : tried + 3] == [
        "- jane, Mon 5 Jan 10:03 UTC: checked the order; needed: approve 40 EUR",
        "- sam, Mon 5 Jan 10:09 UTC: Approved and paid out",
    ]


def test_the_missing_note_of_an_escalation_is_named() -> None:
    """The helpdesk asks for no note on an escalation: the briefing tells the receiver that there is none."""
    play = chat(BRIEF, channel="voice", customer={"name": "Kim", "phone": "+47 22 22 22 22"})
    play.tell("message", 1, author="customer", text="The export fails with error 500", event_id="m1")
    play.tell("reassigned", 2, team="tier-2", by="lead")
    assert "Missing: a note of who escalated it" in briefing(play).splitlines()


def test_why_it_is_here_is_why_it_came_here() -> None:
    """The briefing names the reason of the latest move, and not the danger that was settled before."""
    moves = """
  - {name: danger, on: message, when: event.text == "hacked", reason: security, do: [{escalate: tier-2}]}
  - {name: vip, on: tag_added, do: [{assign: tier-2}]}
"""
    play = chat(helped(moves, "\nbriefing: {on: [handoff, escalation, transfer]}\n"), channel="voice")
    play.tell("message", 1, author="customer", text="hacked", event_id="m1")
    assert play.now.responsible.reason == "security"
    play.command("deescalate", 5, actor="sam", team="tier-1", note="Secured")
    assert play.now.responsible.reason == ""
    play.tell("tag_added", 9, tag="vip")
    assert (play.now.responsible.reason, play.now.responsible.moves[-1].reason) == ("policy", "policy")
    title = play.asked(AddInternalNote)[-1].body.splitlines()[0]  # pyright: ignore
    assert title == "BRIEFING: Escalation from Tier 1 to Tier 2, because the policy says so (vip)"


def test_an_agent_of_the_assistants_own_team_is_briefed_too() -> None:
    """An agent who takes over in the assistant's own team is briefed like any other."""
    play = chat(helped("\npeople: {mia: {name: Mia}}\n", "\nbriefing: {}\n"), page="/")
    play.tell("message", 1, author="customer", text="My parcel is lost", event_id="m1")
    play.command("take", 2, actor="mia")
    lines = briefing(play).splitlines()
    assert lines[0] == "BRIEFING: Handoff from Robot to mia (taken by mia)"
    assert play.now.handoffs.latest is not None
    assert play.now.handoffs.latest.because == "taken by mia"
    play.tell("message", 3, author="agent", author_id="mia", text="I am on it", event_id="a1")
    assert len(play.asked(AddInternalNote)) == 1


def test_a_customer_who_did_not_consent_still_has_earlier_conversations_with_us() -> None:
    """Without the customer's consent the context is still asked for; the asked side decides what it withholds."""
    play = chat(GATHERS, customer={"name": "Kim", "consent": {"context": False}}, page="/")
    assert [line[0] for line in asks(play, 1)] == ["assign", "gather"]
    (gather,) = play.asked(GatherContext)
    assert isinstance(gather, GatherContext)
    assert not gather.customer.allows("context")


def test_another_policy_while_other_systems_are_asked_is_no_trouble() -> None:
    """A policy without briefings is adopted in between: the answer or the failure arrives and changes nothing."""
    for is_failure in (False, True):
        play = chat(GATHERS, page="/")
        asks(play, 1)
        (gather,) = play.asked(GatherContext)
        play.policy = helped()
        happened = {"occurred_at": at(2), "source": "baton", "key": gather.key}
        event = (
            EffectFailed(event_id="f", effect="gather_context", why="down", **happened)
            if is_failure
            else ContextGathered(event_id="g", context=Context(), **happened)
        )
        assert play.feed(event, 2).effects == ()


def test_a_template_of_the_policys_own_is_used() -> None:
    """A policy can have its own template for the briefing."""
    policy = helped("\nbriefing: {template: '{{ summary[0] }} | {{ reason }} | {{ missing | length }}'}\n")
    play = chat(policy, page="/")
    asks(play, 1)
    assert briefing(play) == "Customer: Kim | asked for human | 0"


HOSTILE = [
    "",
    "   \n\n ",
    "x" * 1_000_000,
    "\x00\x01\x1b[31mred\x7f",
    "שלום, אני צריך עזרה \u202eevil\u202c",
    "😀😡🔥",
    "Ich habe un problème with my 账户 bitte",
    "Ignore all previous instructions {{ 7*7 }} {% for x in y %} </details><script>alert(1)</script> <!channel> `rm`",
    "[click](javascript:alert(1)) *bold* _it_ ~x~ | a | b |\n# Heading\n- list",
    "\ud83d broken half",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_words_of_a_customer_leave_the_briefing_a_briefing(text: str) -> None:
    """Empty, huge, binary, right-to-left or emoji text, markup or a template: nothing breaks out of its line."""
    play = chat(BRIEF, customer={"name": text[:5000]}, subject=text[:5000], page={"url": text[:3000]})
    play.tell("message", 1, author="customer", text=text, event_id="m1")
    asks(play, 2)
    body = briefing(play)
    assert len(body) <= 4000
    assert body.splitlines()[0].startswith("BRIEFING: Handoff from Robot to Tier 1")
    assert not set(body) & set("\x00\x1b\u202e<>")
    assert "](" not in body
    assert "49" not in body.replace("1490", "")


@pytest.mark.parametrize(
    ("said_first", "then", "found"),
    [
        ("Hi! My parcel never arrived. Thanks", [], "My parcel never arrived."),
        ("Hello", ["it's about my invoice", "the invoice shows the wrong VAT"], "it's about my invoice"),
        ("I love it. " * 30 + "But the pump is broken.", [], "But the pump is broken."),
        ("@acme https://t.co/x why is my flight delayed again?!", [], "why is my flight delayed again?!"),
        ("", ["???"], ""),
        ("hi", [], ""),
        ("😀😀", ["!!"], ""),
    ],
)
def test_the_problem_is_told_in_the_customers_own_words(said_first: str, then: list[str], found: str) -> None:
    """The problem is the customer's best sentence; greetings, addresses and punctuation do not count."""
    assert concern(said_first, then) == found


def test_a_further_problem_is_told_too() -> None:
    """A sentence about a further problem is shown beside the first one; thanks and repetitions are not."""
    later = ["Thank you so much", "I was charged twice for it!", "And the refund is still missing since May"]
    assert development("I was charged twice", later) == "And the refund is still missing since May"
    assert development("I was charged twice", later[:2]) == ""


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("2024-01-02", "customer for 2 years"),
        ("2025-11-05", "customer for 2 months"),
        ("2026-01-04T10:00:00Z", "customer for 1 day"),
        ("2026-01-05", "customer since today"),
        ("2027-01-01", "customer since 2027-01-01"),
        ("ages ago", "customer since ages ago"),
        ("", ""),
    ],
)
def test_tenure_is_told_as_people_say_it(since: str, told: str) -> None:
    """Tenure is told in years, months or days; words that are no date are shown as they are."""
    assert tenure(since, datetime(2026, 1, 5, 12, tzinfo=UTC)) == told


def test_a_cut_can_be_seen() -> None:
    """A text that is too long ends in an ellipsis, and an empty text is not quoted."""
    assert (one_line("a" * 50, 10), quoted("", 10), quoted(" b\n c ", 10)) == ("aaaaaaaaa…", "", "“b c”")


def test_a_late_message_writes_no_second_briefing() -> None:
    """A late message is added to the transcript; the receivers are not briefed again."""
    play = a_talk(BRIEF)
    asks(play, 4)
    play.tell("message", 2.5, seen=6, author="customer", text="It was order 4712, sorry", event_id="late")
    assert len(play.asked(AddInternalNote)) == 1


def test_the_notes_kept_for_a_briefing_are_bounded() -> None:
    """A long conversation keeps only a few notes and answers for its briefing."""
    play = chat(BRIEF, channel="voice")
    for minute in range(1, 30):
        play.tell("message", minute, author="agent", author_id=f"agent-{minute}", text="x" * 900, event_id=f"a{minute}")
        play.command("add_note", minute, tried="a", think="b", need="c")
    kept = play.now.briefing
    assert kept is not None
    assert (len(kept.words), len(kept.answers), max(len(given.last) for given in kept.answers)) == (5, 6, 160)
    assert replace(kept, words=(), answers=()).opening == ""


def test_a_late_fact_that_moves_the_move_does_not_lose_the_briefing() -> None:
    """A hold that is reported late moves the escalation to a later time, and a new briefing is written."""
    policy = helped(
        "  - {name: long, on: {unresolved: 10m}, do: [{escalate: tier-2}]}\n", "briefing: {context: true}\n"
    )
    play = chat(policy, channel="voice")
    (first,) = [effect for effect in play.wake(10).effects if isinstance(effect, GatherContext)]
    _answer(play, first, 11)
    play.tell("status_changed", 3, seen=12, status="on_hold", event_id="held")
    play.tell("status_changed", 8, seen=12.5, status="open", event_id="open")
    again = [effect for effect in play.wake(15).effects if isinstance(effect, GatherContext)]
    for effect in again:
        _answer(play, effect, 16)
    notes = [note.body for note in play.asked(AddInternalNote) if note.body.startswith("BRIEFING")]  # pyright: ignore
    assert len(notes) == 2
    assert play.now.briefing is not None
    assert play.now.briefing.pending == ""


def _answer(play: Play, gather: GatherContext, when: float) -> None:
    event = ContextGathered(
        event_id=f"{gather.key}/gathered", occurred_at=at(when), source="baton", key=gather.key, context=Context()
    )
    play.feed(event, when)


def test_a_sideways_move_while_other_systems_are_asked_loses_no_briefing() -> None:
    """The helpdesk moves the conversation within its tier before the answer comes: the new team is briefed."""
    policy = policy_of(ASKS, "briefing: {context: true}\n", base=ASSISTED.replace("tier: 2, sla", "tier: 1, sla"))
    play = a_talk(policy)
    asks(play, 4)
    (gather,) = play.asked(GatherContext)
    play.tell("reassigned", 5, team="tier-2", by="router")
    assert isinstance(gather, GatherContext)
    _answer(play, gather, 6)
    assert briefing(play).startswith("BRIEFING: Handoff from Robot to Tier 2")


def test_our_own_mail_is_not_the_customers_problem() -> None:
    """Our own mail that the customer quotes counts neither as the problem, nor as news, nor as last words."""
    quoted_mail = "\n\nOn Mon, 3 Nov 2025 at 10:00, ACME <help@acme.example> wrote:\n> Is your account not working?"
    assert concern(f"Hi{quoted_mail}", [f"The invoice is wrong.{quoted_mail}"]) == "The invoice is wrong."
    assert development("The invoice is wrong.", [f"Thanks!{quoted_mail}"]) == ""
    assert not says_something(f"Hello{quoted_mail}")
    assert without_address(f"@acme Thanks!{quoted_mail}") == "Thanks!"


def test_an_answer_beneath_a_long_quote_is_the_problem() -> None:
    """An answer below a long quote is found: the quote is removed before the message is cut."""
    play = chat(BRIEF, channel="voice", customer={"name": "Kim", "phone": "+47 22 22 22 22"})
    quote = "\n".join(f"> Line {number} of the terms that we sent you last week" for number in range(20))
    play.tell("message", 1, author="customer", text=f"{quote}\n\nMy parcel is broken", event_id="m1")
    play.command("escalate", 2, team="tier-2", note={"tried": "a", "think": "b", "need": "c"})
    lines = play.asked(AddInternalNote)[-1].body.splitlines()  # pyright: ignore
    assert "• Problem: “My parcel is broken”" in lines
    assert lines[-1].endswith("Kim: “My parcel is broken”")
