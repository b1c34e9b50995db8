"""Other systems that are asked what they know, behind real sockets, however they behave."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from activities.context.http import HttpSource
from activities.context.port import Gathering
from activities.effects.accepted import Accepted
from policies.state.context import Article, Context, ContextFact, Reply
from policies.state.effects import GatherContext
from policies.state.events import Customer
from tests.activities.conftest import STARTED_AT, Attempt
from tests.fakes.crm import FakeCrm

PATIENT = 5
"""Seconds: long enough for any source that answers at all."""
SEATS = Context(facts=(ContextFact(label="Seats", value="40"),))


@pytest.fixture
async def crm() -> AsyncIterator[FakeCrm]:
    """Yield a CRM that the test tells how to behave."""
    async with FakeCrm() as made:
        yield made


@pytest.fixture
async def kb() -> AsyncIterator[FakeCrm]:
    """Yield a second system, which answers properly."""
    async with FakeCrm() as made:
        made.answers({"facts": {"Seats": 40}})
        yield made


def handoff(**customer: Any) -> GatherContext:
    return GatherContext(
        key="c-17/handoff/gather_context/0",
        conversation_id="c-17",
        due_at=STARTED_AT,
        because="asked for a person",
        customer=Customer.model_validate({"id": "u-1", "name": "Ada", "seats": 40, **customer}),
        channel="email",
        subject="Charged twice",
        tags=("billing",),
        asked="Charged twice in March",
        handoff=1,
    )


async def ask(attempt: Attempt, *sources: HttpSource, **customer: Any) -> Context:
    accepted = await attempt(Gathering(sources).gather, handoff(**customer), seconds=2)
    assert isinstance(accepted, Accepted)
    assert accepted.context is not None
    return accepted.context


async def test_a_system_is_asked_about_the_customer(crm: FakeCrm, attempt: Attempt) -> None:
    """A CRM gets what it needs to find the customer and fitting articles, and its answer comes back."""
    crm.answers(
        {
            "facts": {"Open invoices": 2, "Health": "at risk", "Trial": False, "Discount": 12.5, "Manager": None},
            "articles": [{"title": "Refunds", "url": "https://help.acme.example/refunds"}],
        }
    )
    context = await ask(attempt, HttpSource("crm", crm.url, token="hush", within=PATIENT))
    told = [("Open invoices", "2"), ("Health", "at risk"), ("Trial", "no"), ("Discount", "12.5")]
    assert context == Context(
        facts=tuple(ContextFact(label=label, value=value) for label, value in told),
        articles=(Article(title="Refunds", url="https://help.acme.example/refunds"),),
    )
    assert crm.asked == [
        {
            "conversation_id": "c-17",
            "customer": {"id": "u-1", "name": "Ada", "seats": 40},
            "channel": "email",
            "subject": "Charged twice",
            "tags": ["billing"],
            "asked": "Charged twice in March",
        }
    ]
    (headers,) = crm.headers
    assert headers[":request"] == "POST /secret?key=hush HTTP/1.1"
    assert (headers["authorization"], headers["content-type"]) == ("Bearer hush", "application/json")


async def test_the_ledger_counts_the_findings(kb: FakeCrm, attempt: Attempt) -> None:
    """The ledger has how much was found, and not what."""
    sources = [HttpSource("kb", kb.url, within=PATIENT), HttpSource("crm", "http://127.0.0.1:9/hush", within=PATIENT)]
    accepted = await attempt(Gathering(sources).gather, handoff(), seconds=2)
    missing = "crm: 127.0.0.1 cannot be reached (ClientConnectorError)"
    assert accepted.ref == f"facts: 1; articles: 0; conversations: 0; {missing}"


async def test_facts_may_come_as_a_list(crm: FakeCrm, attempt: Attempt) -> None:
    """A source that needs two facts of the same name, or an order, sends a list."""
    crm.answers({"facts": [{"label": "Order", "value": "A-1"}, {"label": "Order", "value": "A-2"}]})
    context = await ask(attempt, HttpSource("crm", crm.url, within=PATIENT))
    assert [fact.value for fact in context.facts] == ["A-1", "A-2"]


async def test_a_system_may_know_approved_replies(crm: FakeCrm, attempt: Attempt) -> None:
    """A knowledge base's approved replies come back, three at most, each on one line; others are left out."""
    usable = [{"text": f"Reply {number}\nas approved", "topic": "refund", "language": "de"} for number in range(5)]
    crm.answers({"replies": [{"text": ""}, "Hello", *usable]})
    context = await ask(attempt, HttpSource("crm", crm.url, within=PATIENT))
    assert context == Context(
        replies=tuple(Reply(text=f"Reply {number} as approved", topic="refund", language="de") for number in range(3))
    )


@pytest.mark.parametrize("answer", [b"{}", b'{"facts": null, "articles": []}', b'{"other": 1}'])
async def test_a_system_may_know_nothing(crm: FakeCrm, attempt: Attempt, answer: bytes) -> None:
    """A customer whom the CRM does not know is not reported as missing."""
    crm.says(answer)
    assert await ask(attempt, HttpSource("crm", crm.url, within=PATIENT)) == Context()


async def test_a_system_may_have_no_content(crm: FakeCrm, attempt: Attempt) -> None:
    """HTTP 204 says that nothing is known."""
    crm.says(b"", status=204)
    assert await ask(attempt, HttpSource("crm", crm.url, within=PATIENT)) == Context()


@pytest.mark.parametrize(
    ("answer", "how", "why"),
    [
        (b"oops", {"status": 500}, "HTTP 500"),
        (b"", {"status": 401}, "HTTP 401"),
        (b"", {"status": 101}, "HTTP 101"),
        (b"", {"status": 307, "more": {"Location": "http://127.0.0.1:9/else"}}, "has moved (HTTP 307)"),
        (b"<html>", {"kind": "text/html"}, "answered text/html instead of application/json"),
        (b"{}", {"kind": "text/json"}, "answered text/json instead of application/json"),
        (b"<html>", {}, "answered no JSON"),
        (b'{"facts": ', {}, "answered no JSON"),
        (b"\xff\xfe\x00", {}, "answered no JSON"),
        (b"[" * 60_000, {}, "answered no JSON"),
        (b'{"facts": {"n": 1' + b"0" * 5000 + b"}}", {}, "1 more facts that are not shown"),
        (b"[]", {}, "answered other JSON than {facts: {label: value}, articles: [{title, url}]}"),
        (b'"facts"', {}, "answered other JSON than {facts: {label: value}, articles: [{title, url}]}"),
        (b'{"facts": "many"}', {}, "answered other JSON than {facts: {label: value}, articles: [{title, url}]}"),
        (b'{"articles": {"a": 1}}', {}, "answered other JSON than {facts: {label: value}, articles: [{title, url}]}"),
        (b'{"facts": {}}', {"length": 5_000_000}, "broke off its answer"),
        (b" " * 70_000, {}, "answered more than 64 kB"),
        (b"x" * 70_000, {"kind": "text/html"}, "answered text/html instead of application/json"),
        (gzip.compress(b" " * 5_000_000), {"more": {"Content-Encoding": "gzip"}}, "packed its answer"),
    ],
    ids=range(19),
)
async def test_an_answer_that_is_none_is_named(
    crm: FakeCrm, kb: FakeCrm, attempt: Attempt, answer: bytes, how: dict[str, Any], why: str
) -> None:
    """One system gives a useless answer: the others' answers are there, and a few words say what is missing."""
    crm.says(answer, **how)
    sources = [HttpSource(name, system.url, within=PATIENT) for name, system in (("crm", crm), ("kb", kb))]
    assert await ask(attempt, *sources) == SEATS.model_copy(update={"missing": (f"crm: {why}",)})


async def test_a_system_that_hangs_up_is_named(crm: FakeCrm, kb: FakeCrm, attempt: Attempt) -> None:
    """A CRM that breaks down while it is asked costs only its own answer."""
    crm.behaves = crm.break_off
    sources = [HttpSource(name, system.url, within=PATIENT) for name, system in (("crm", crm), ("kb", kb))]
    missing = ("crm: 127.0.0.1 cannot be reached (ServerDisconnectedError)",)
    assert await ask(attempt, *sources) == SEATS.model_copy(update={"missing": missing})


async def test_five_megabytes_are_not_read(crm: FakeCrm, kb: FakeCrm, attempt: Attempt) -> None:
    """A system that sends megabytes is stopped early, and named."""
    crm.behaves = crm.pour
    sources = [HttpSource(name, system.url, within=PATIENT) for name, system in (("crm", crm), ("kb", kb))]
    assert await ask(attempt, *sources) == SEATS.model_copy(update={"missing": ("crm: answered more than 64 kB",)})
    assert crm.poured < 5 * 16 * 65_536


@pytest.mark.parametrize("manner", ["hang", "drip"])
async def test_a_briefing_does_not_wait_for_a_slow_system(
    crm: FakeCrm, kb: FakeCrm, attempt: Attempt, manner: str
) -> None:
    """A briefing does not wait for a CRM that is silent or slow: it names what is missing."""
    crm.behaves = getattr(crm, manner)
    sources = [HttpSource("crm", crm.url, within=0.2), HttpSource("kb", kb.url, within=PATIENT)]
    assert await ask(attempt, *sources) == SEATS.model_copy(update={"missing": ("crm: no answer within 0.2 s",)})


async def test_slow_systems_are_waited_for_side_by_side(crm: FakeCrm, attempt: Attempt) -> None:
    """Five systems that hang cost the time of one."""
    crm.behaves = crm.hang
    sources = [HttpSource(f"crm-{number}", crm.url, within=0.2) for number in range(5)]
    accepted = await attempt(Gathering(sources).gather, handoff(), seconds=2)
    assert len(accepted.context.missing) == 5
    assert (accepted.accepted_at - STARTED_AT).total_seconds() < 5 * 0.2


async def test_entries_that_cannot_be_shown_are_counted(crm: FakeCrm, attempt: Attempt) -> None:
    """One bad entry does not cost the others, and the agent reads that there is more to look up."""
    crm.answers(
        {
            "facts": {"Plan": "gold\u202e\n", "Nested": {"a": 1}, **{f"f{number}": number for number in range(20)}},
            "articles": [
                {"title": "Bad", "url": "javascript:alert(1)"},
                "not even that",
                {"title": "Good", "url": "https://help.example/1"},
            ],
        }
    )
    context = await ask(attempt, HttpSource("crm", crm.url, within=PATIENT))
    assert (context.facts[0], len(context.facts)) == (ContextFact(label="Plan", value="gold"), 16)
    assert context.articles == (Article(title="Good", url="https://help.example/1"),)
    assert context.missing == ("crm: 6 more facts that are not shown", "crm: 2 more articles that are not shown")


async def test_many_useless_entries_are_not_all_tried(crm: FakeCrm, attempt: Attempt) -> None:
    """A system that sends thousands of useless entries delays nobody."""
    crm.says(b'{"facts": {"Seats": 40}, "articles": [' + b"1," * 30_000 + b"1]}")
    missing = ("crm: 30001 more articles that are not shown",)
    assert await ask(attempt, HttpSource("crm", crm.url, within=PATIENT)) == SEATS.model_copy(
        update={"missing": missing}
    )


async def test_without_consent_no_other_system_hears_of_the_customer(crm: FakeCrm, attempt: Attempt) -> None:
    """A customer who has not consented is looked up in no other system, and the agent reads why."""
    context = await ask(attempt, HttpSource("crm", crm.url, within=PATIENT), consent={"context": False})
    assert context == Context(missing=("crm: not asked, because the customer has not consented",))
    assert crm.asked == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/hush?key=hush", "http://hush:hush@127.0.0.1:9/", "http://[x/"])
async def test_a_secret_address_is_never_shown(attempt: Attempt, address: str) -> None:
    """Keys in an address do not get into a note that a whole team reads."""
    context = await ask(attempt, HttpSource("crm", address, within=PATIENT))
    assert "hush" not in json.dumps(context.model_dump(mode="json"))
    assert len(context.missing) == 1


async def test_a_source_of_ones_own_may_fail_in_any_way(kb: FakeCrm, attempt: Attempt) -> None:
    """An error in a team's own source is named by its type, and never stops the handoff."""

    class Broken:
        name, within, is_external = "own", PATIENT, False

        async def look_up(self, subject: object) -> Context:
            raise KeyError("hush")

    class Liar(Broken):
        name = "liar"

        async def look_up(self, subject: object) -> Context:
            return Context.model_construct(facts=("not a fact",))  # pyright: ignore[reportArgumentType]

    gathering = Gathering([Broken(), Liar(), HttpSource("kb", kb.url, within=PATIENT)])
    accepted = await attempt(gathering.gather, handoff(), seconds=2)
    assert accepted.context.facts == SEATS.facts
    assert accepted.context.missing == ("own: failed (KeyError)", "liar: failed (ValidationError)")
