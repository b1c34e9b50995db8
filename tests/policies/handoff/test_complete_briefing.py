"""The briefing is complete: what to do, who it is, what was tried, what came with it, and words for the answer."""

from datetime import date
from typing import Any

import pytest

from policies.loading.load import PolicyError, load_policy
from policies.running.policy import Policy, build
from policies.state.context import Article, Context, Earlier, Reply, Volume
from policies.state.effects import AddInternalNote, AttachTranscript, GatherContext, SendReply
from policies.state.events import ContextGathered
from policies.state.limits import ATTEMPTS_LIMIT, NUMBERS_LIMIT
from tests.policies.handoff.worlds import ASKS, ASSISTED, asks, chat, helped
from tests.policies.stories import Play, at

WORDS = """
briefing: {context: true}
replies:
  refund:
    en: "{{ name }}, the refund is on its way and takes three days."
    de: "{{ name }}, die Erstattung ist unterwegs und dauert drei Tage."
  delivery: {en: "Your parcel is on its way."}
style: {any: "Short sentences.", de: "Sie-Form, kurze Sätze."}
"""
COMPLETE = helped(WORDS)
KIM = {
    "id": "k-7",
    "name": "Kim Larsen",
    "plan": "gold",
    "preferences": {"language": "de", "channel": "email"},
    "segment": "wholesale",
    "newsletter": False,
}
BILL = {"name": "bill.pdf", "type": "application/pdf", "url": "https://files.acme.example/4711", "size": 48_213}


def note(play: Play) -> str:
    """Return the text of the only internal note."""
    (found,) = play.asked(AddInternalNote)
    assert isinstance(found, AddInternalNote)
    return found.body


def a_talk(policy: Policy = COMPLETE, **more: Any) -> Play:
    """Return a chat in which the assistant could not help with two charges for one order."""
    play = chat(policy, customer=KIM, page="/orders", priority="high", **more)
    said = "I was charged twice for order 88213. I already tried to cancel ticket #5512."
    play.tell("message", 1, author="customer", text=said, attachments=[BILL], event_id="m1")
    said = "You can cancel it under “My orders”."
    play.tell("message", 2, author="assistant", author_id="robot", text=said, event_id="m2")
    return play


def answered(play: Play, when: float, **context: Any) -> None:
    """Let other systems answer the request for context."""
    (gather,) = play.asked(GatherContext)
    known = Context(**context)
    event = ContextGathered(
        event_id=f"{gather.key}/gathered", occurred_at=at(when), source="baton", key=gather.key, context=known
    )
    play.feed(event, when)


def test_the_note_begins_with_what_to_do_and_leaves_nothing_out() -> None:
    """The receiver reads the next steps first, then everything that is known, and words in the customer's language."""
    play = a_talk(attributes={"identity_verified": "true", "shop": "Bergen"})
    asks(play, 4, "I want to talk to a person", risks=("refund",), evidence={"asks_for_human": "a person"})
    before = Earlier(
        conversation_id="c-9",
        subject="Charged twice",
        status="resolved",
        channel="email",
        opened_at=at(-90),
        is_same=True,
    )
    answered(play, 5, earlier=(before,), volume=Volume(lately=4, before=1))
    assert note(play) == (
        "BRIEFING: Handoff from Robot to Tier 1, because the customer asked for a person (asks for a person)\n"
        "1. Answer by Mon 5 Jan 10:24 UTC\n"
        "2. Begin with the first sentence below, then the approved reply for refund\n"
        "• Customer: Kim Larsen, plan gold\n"
        "• Known: segment wholesale; newsletter no\n"
        "• Prefers: language de; channel email\n"
        "• Problem: “I was charged twice for order 88213. I already tried to cancel ticket #5512.”; reads like refund\n"
        "• Numbers: order 88213; ticket 5512\n"
        "• Confirmed: shop Bergen; identity verified\n"
        "• Mood: calm; asked for a person at Mon 5 Jan 10:04 UTC\n"
        "• Priority: high\n"
        "• Waiting: for 5m, since Mon 5 Jan 10:00 UTC, for a person's answer\n"
        "Transcript: 3 messages, attached, `baton transcript c`\n"
        "\n"
        "Words for your answer, which only you send\n"
        "- First: “Guten Tag Kim Larsen, ich habe alles gelesen, was Sie uns geschrieben haben; Sie müssen nichts "
        "wiederholen: „I was charged twice for order 88213. I already tried to cancel ticket #5512.“”\n"
        "- Reply for refund: “Kim Larsen, die Erstattung ist unterwegs und dauert drei Tage.”\n"
        "- Style: Sie-Form, kurze Sätze.\n"
        "\n"
        "Noticed\n"
        "- asks for a human (“a person”), Mon 5 Jan 10:04 UTC\n"
        "\n"
        "Tried so far\n"
        "- robot (assistant) answered once, last Mon 5 Jan 10:02 UTC\n"
        "- Kim Larsen says they tried: “I already tried to cancel ticket #5512.”\n"
        "- robot suggested: “You can cancel it under “My orders”.”\n"
        "\n"
        "Promised\n"
        "- First response: due Mon 5 Jan 10:24 UTC, in 19m\n"
        "- Resolution: due Mon 5 Jan 17:04 UTC, in 6h59m\n"
        "\n"
        "Page: /orders\n"
        "\n"
        "Attachments\n"
        "- Mon 5 Jan 10:01 UTC Kim Larsen: bill.pdf (application/pdf, 48 kB) https://files.acme.example/4711\n"
        "\n"
        "Other conversations\n"
        "- 4 others began in the last 30 days, 1 in the 30 days before\n"
        "- Mon 5 Jan 08:30 UTC, resolved, email: “Charged twice” (c-9), the same problem\n"
        "\n"
        "Last words\n"
        "- Mon 5 Jan 10:01 UTC Kim Larsen: “I was charged twice for order 88213. I already tried to cancel ticket "
        "#5512.”\n"
        "- Mon 5 Jan 10:02 UTC robot: “You can cancel it under “My orders”.”\n"
        "- Mon 5 Jan 10:04 UTC Kim Larsen: “I want to talk to a person”"
    )
    assert play.asked(SendReply) == []


def steps(play: Play) -> list[str]:
    """Return the next steps of the latest note."""
    body = play.asked(AddInternalNote)[-1].body  # pyright: ignore
    return [line for line in body.splitlines() if line[:1].isdigit()]


def test_the_steps_come_in_their_order() -> None:
    """First the receiver does what a colleague asks, then what is promised, asks for what is missing, and answers."""
    play = chat(helped("\nbriefing: {}\n"), channel="voice", customer={"name": "Kim"})
    play.tell("message", 1, author="customer", text="The export fails. Can you send me the file?", event_id="m1")
    play.command("escalate", 2, team="tier-2", note={"tried": "a", "think": "b", "need": "look at the log"})
    assert steps(play) == [
        "1. Do what anna asks: look at the log",
        "2. Answer by Mon 5 Jan 10:20 UTC",
        "3. Ask for: phone",
        "4. Begin with the first sentence below, then answer “Can you send me the file?”",
    ]


def test_a_late_answer_is_due_now_and_a_callback_is_named() -> None:
    """A promise that is late is named as such; a promised callback takes its place."""
    play = chat(helped("\nbriefing: {}\n"), channel="voice", customer={"name": "Kim", "phone": "1"})
    play.command("escalate", 30, team="tier-2", note={"tried": "a", "think": "b", "need": "c"})
    assert steps(play)[1] == "2. Answer now: it was promised by Mon 5 Jan 10:20 UTC"
    play.tell("callback_promised", 31, at=at(60).isoformat())
    play.command("deescalate", 32, team="tier-1", note="back")
    play.command("escalate", 33, team="tier-2", note={"tried": "a", "think": "b", "need": "c"})
    assert steps(play)[1] == "2. Call back Mon 5 Jan 11:00 UTC"


def test_an_account_in_danger_is_not_handed_out() -> None:
    """Where an account may be in danger, the receiver checks who is writing, unless a check was reported."""
    step = "2. Make sure who is writing before you change or tell anything"
    for attributes, is_asked in (({}, True), ({"identity_verified": "no"}, True), ({"verified": True}, False)):
        play = a_talk(helped("\nbriefing: {}\n"), attributes=attributes)
        asks(play, 4, risks=("security",))
        assert (step in steps(play)) is is_asked


@pytest.mark.parametrize(
    ("reported", "said"),
    [
        ({}, "no check of the identity was reported"),
        ({"identity_verified": "yes"}, "identity verified"),
        ({"identity_verified": False}, "identity not verified"),
        ({"identity": "by passport"}, "identity by passport"),
        ({"verified": "maybe"}, "no check of the identity was reported"),
    ],
)
def test_a_reported_check_of_the_identity_is_always_said(reported: dict[str, Any], said: str) -> None:
    """The briefing says whether a check of the customer's identity was reported, by an attribute or their own field."""
    for sent in ({"attributes": reported}, {"customer": {"name": "Kim", **reported}}):
        play = chat(helped("\nbriefing: {}\n"), page="/", **sent)
        asks(play, 1)
        assert f"• Confirmed: {said}" in note(play).splitlines()


def test_an_approved_reply_of_a_knowledge_source_is_shown() -> None:
    """A source's approved reply comes where the policy has none, in the customer's language or in no named one."""
    play = a_talk(helped("\nbriefing: {context: true}\n"))
    asks(play, 4)
    german, english = (
        Reply(text="Wir erstatten es.", topic="refund", language="de"),
        Reply(text="We do.", language="en"),
    )
    answered(play, 5, replies=(english, german), articles=(Article(title="Refunds", url="https://kb.example/7"),))
    shown = note(play).splitlines()
    assert "- Reply for refund: “Wir erstatten es.”" in shown
    assert "2. Begin with the first sentence below, then the approved reply for refund" in shown
    assert not any("We do." in line for line in shown)


def test_an_article_is_the_next_best_answer() -> None:
    """Without an approved reply, the first article is named as the answer."""
    play = a_talk(helped("\nbriefing: {context: true}\n"))
    asks(play, 4)
    answered(play, 5, articles=(Article(title="Refunds", url="https://kb.example/7"),))
    assert steps(play)[-1] == "2. Begin with the first sentence below, then what “Refunds” says"


def test_a_reply_in_another_language_says_so() -> None:
    """Where a reply is not in the customer's language, the one there is comes with its language."""
    policy = helped("\nbriefing: {}\nreplies: {vip: {en: 'Thank you.'}}\nstyle: {fr: Vous}\n")
    play = a_talk(policy, tags=["vip"])
    asks(play, 4)
    shown = note(play).splitlines()
    assert "- Reply for vip (en): “Thank you.”" in shown
    assert not any(line.startswith("- Style") for line in shown)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "Hello Kim, I have read all that you wrote to us, so you don't need to repeat anything: “My bag is lost”",
        ),
        ("de-AT", "Kim: My bag is lost (Tier 1)"),
        (
            "fr",
            "Bonjour Kim, j'ai lu tout ce que vous nous avez écrit ; vous n'avez rien à répéter : « My bag is lost »",
        ),
        ("es", "Hola, Kim: he leído todo lo que nos ha escrito; no tiene que repetir nada: «My bag is lost»"),
        (
            "it",
            "Hello Kim, I have read all that you wrote to us, so you don't need to repeat anything: “My bag is lost”",
        ),
    ],
)
def test_the_first_sentence_shows_that_the_customer_was_read(language: str, sentence: str) -> None:
    """A first sentence in four languages, or the policy's own, tells the customer that nothing has to be repeated."""
    policy = helped("\nbriefing: {first_sentence: {de: '{{ name }}: {{ problem }} ({{ team }})'}}\n")
    play = chat(policy, page="/", customer={"name": "Kim", "preferences": {"language": language}})
    play.tell("message", 1, author="customer", text="My bag is lost", event_id="m1")
    asks(play, 2)
    assert f"- First: “{sentence}”" in note(play).splitlines()


def test_a_customer_without_words_gets_no_first_sentence() -> None:
    """Where the customer has written nothing yet, there is nothing to show them."""
    play = chat(helped("\nbriefing: {}\n"), channel="voice", customer={"name": "Kim", "phone": "1"})
    play.command("escalate", 2, team="tier-2", note={"tried": "a", "think": "b", "need": "c"})
    assert "Words for your answer" not in play.asked(AddInternalNote)[-1].body  # pyright: ignore


def test_the_material_for_the_note_is_bounded() -> None:
    """A long conversation keeps the last eight attempts and the last eight numbers."""
    play = chat(helped("\nbriefing: {}\n"))
    for number in range(20):
        text = f"I tried order {10_000 + number} again. {'x' * 300}"
        play.tell("message", number, author="customer", text=text, event_id=f"m{number}")
    kept = play.now.briefing
    assert kept is not None
    assert (len(kept.attempts), len(kept.numbers)) == (ATTEMPTS_LIMIT, NUMBERS_LIMIT) == (8, 8)
    assert kept.numbers[-1] == "order 10019"
    assert max(len(each.text) for each in kept.attempts) <= 160


def test_a_policy_without_a_word_about_briefings_has_them() -> None:
    """A policy file that does not mention briefings has them; `briefing: off` says that it has none."""
    today = date(2026, 1, 1)

    def briefed(written: str) -> list[str]:
        play = chat(build(load_policy(f"{ASSISTED}{ASKS}{written}", file="p.yaml", today=today)), page="/")
        asks(play, 1)
        return [effect.kind for effect in (*play.asked(AddInternalNote), *play.asked(AttachTranscript))]

    assert briefed("") == briefed("\nbriefing: {}\n") == ["add_internal_note", "attach_transcript"]
    assert briefed("\nbriefing: off\n") == []


def test_a_policy_that_a_running_conversation_carries_keeps_its_meaning() -> None:
    """A policy that was pinned without briefings, by an earlier Baton, has none in a running conversation."""
    document = load_policy(f"{ASSISTED}{ASKS}", file="p.yaml", today=date(2026, 1, 1))
    play = chat(build(document.model_copy(update={"briefing": None})), page="/")
    asks(play, 1)
    assert play.asked(AddInternalNote) == []


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("replies: {refund: {}}", "p.yaml:14:11: it is in no language: write one, such as `en: …`"),
        ("replies: {refund: {en: ''}}", "p.yaml:14:24: the text is empty: write it, or remove it"),
        ("replies: {refund: {en: '{{ nam }}'}}", "p.yaml:14:24: `nam` is not known here: did you mean `name`?"),
        ("style: {klingonese: x}", "p.yaml:14:9: `klingonese` is no language: write `en`, `de` or `pt-BR`"),
        ("style: {de: ' '}", "p.yaml:14:8: the text is empty: write it, or leave it out"),
        (
            "briefing: {first_sentence: {en: '{{ x }}'}}",
            "p.yaml:14:33: `x` is not known here: there is `name`, `problem`, `team`",
        ),
    ],
)
def test_mistakes_in_words_are_told_with_their_place(written: str, why: str) -> None:
    """A reply, first sentence or style that could not be shown is refused when the policy is loaded."""
    with pytest.raises(PolicyError) as error:
        load_policy(f"{ASSISTED}\n{written}\n", file="p.yaml", today=date(2026, 1, 1))
    assert str(error.value) == why
