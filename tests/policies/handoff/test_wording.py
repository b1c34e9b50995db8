"""The customer reads why people take over, what was understood, and what happens next, in their own language."""

from datetime import date
from typing import get_args

import pytest

from policies.document.document import ReasonCode
from policies.handoff.gist import LONGEST
from policies.handoff.wording import WHY, what_next, why
from policies.loading.load import PolicyError, load_policy
from policies.running.facts import HandoffFacts
from policies.state.effects import SendReply
from tests.cases import case
from tests.policies.handoff.worlds import ASKS, ASSISTED, asks, chat, helped
from tests.policies.stories import Play

POLICY = helped(case("policies/handoff/reasons_told"))


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_every_reason_has_its_words(language: str) -> None:
    """Each reason code has words of its own in English, German, French and Spanish."""
    words = [why(code, language, {}) for code in get_args(ReasonCode)]
    assert all(words)
    assert len({*words}) == len(get_args(ReasonCode)) == len(WHY[language])


def read(play: Play) -> str:
    """Return the last text that the customer was sent."""
    reply = play.asked(SendReply)[-1]
    assert isinstance(reply, SendReply)
    return reply.body


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        (
            "en-GB",
            'Tier 1, because you asked for a person. You wrote: "My parcel 88213 is late, can I talk to a person?" '
            "You will hear from a person by Mon 5 Jan 10:21 UTC.",
        ),
        ("de", "Tier 1, weil du eine Person möchtest. Bis Mo., 5. Jan., 10:21 UTC antwortet Ihnen eine Person."),
        (
            "fr-CA",
            "Tier 1, parce que vous avez demandé à parler à une personne. "
            "Une personne vous répondra avant lun. 5 janv., 10:21 TU.",
        ),
        (
            "es",
            "Tier 1, porque ha pedido hablar con una persona. "
            "Una persona le responderá antes de lun, 5 ene, 10:21 UTC.",
        ),
        # Without words in Dutch, the text goes without them, and mixes no languages.
        ("nl", "Tier 1. "),
    ],
)
def test_the_customer_reads_why_and_what_happens_next(locale: str, text: str) -> None:
    """The reason and the next step come in the language of the text; the policy's own words replace ours."""
    play = chat(POLICY, customer={"locale": locale})
    asks(play, 1, text="My parcel 88213 is late, can I talk to a person?")
    assert read(play) == text


def test_the_problem_is_told_without_secrets_and_cut() -> None:
    """The customer's own words come back to them without a password that they named, and cut at a bound."""
    play = chat(POLICY, customer={"locale": "en"})
    asks(play, 1, text=f"My password is hunter22 and I can't log in {'any more ' * 60}")
    _, _, told = read(play).partition('You wrote: "')
    problem, _, _ = told.partition('"')
    assert "hunter22" not in problem
    assert "[secret]" in problem
    assert len(problem) <= LONGEST
    assert problem.endswith("…")


def test_a_reply_names_the_wait_and_the_next_step_without_a_handoff() -> None:
    """A customer who waits for people from the start reads how long they have waited, and the promise."""
    play = Play(POLICY, channel="voice", customer={"name": "Kim"})
    play.tell("message", 0, author="customer", text="Hello?", event_id="m")
    play.wake(5)
    assert read(play) == "5 minutes. You will hear from a person by Mon 5 Jan 10:20 UTC."


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"callback_at": "Tue 09:00", "answer_by": "Wed 09:00"}, "You will be called back Tue 09:00."),
        (
            {"is_open": False, "opens_at": "Mon 09:00", "team_name": "our team", "answer_by": "Mon 09:20"},
            "Our team is back Mon 09:00. You will hear from a person by Mon 09:20.",
        ),
        (
            {"position": 3, "wait_low": 5, "wait_high": 10, "answer_by": "11:00"},
            "You are number 3 in line, which should take 5 to 10 minutes.",
        ),
        ({"position": 1, "wait_low": 5, "wait_high": 5}, "You are number 1 in line, which should take 5 minutes."),
        (
            {"position": 4, "answer_by": "11:00"},
            "You are number 4 in line. You will hear from a person by 11:00.",
        ),
        ({"state": "accepted", "answer_by": "11:00"}, "A person is reading this and will answer you here."),
        ({"answer_by": "11:00"}, "You will hear from a person by 11:00."),
        ({}, "A person will answer you here."),
    ],
)
def test_the_next_step_says_only_what_is_known(known: dict[str, object], sentence: str) -> None:
    """An estimate comes before a promise, and without either no time is named."""
    assert what_next(HandoffFacts(**known), "en") == sentence  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ("customer_reasons: {asked_for_human: {german: weil}}", "`german` is no language: write `en`, `de` or `pt-BR`"),
        ("customer_reasons: {security: {de: ' '}}", "the reason is empty: write it, or remove it"),
    ],
)
def test_unusable_reasons_are_refused(section: str, sentence: str) -> None:
    """Words for a reason that are empty, or in an unknown language, are refused when the policy is loaded."""
    with pytest.raises(PolicyError) as error:
        load_policy(f"{ASSISTED}\n{ASKS}\n{section}\n", file="p.yaml", today=date(2026, 1, 1))
    assert sentence in str(error.value)
