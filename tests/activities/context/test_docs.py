"""The example of docs/context.md, run as a reader would run it."""

import re
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from activities.context.http import HttpSource
from activities.context.port import Gathering
from policies.state.context import Article, Context, ContextFact
from policies.state.effects import GatherContext
from policies.state.events import Customer
from tests.activities.conftest import STARTED_AT, Attempt

DOC = (Path(__file__).parents[3] / "docs" / "context.md").read_text()


@pytest.fixture
def example() -> Iterator[str]:
    """Yield the address of the documented server, started on a port of its own."""
    (code,) = re.findall(r"```python\n(.*?)```", DOC, re.S)
    *rest, last = code.strip().splitlines()
    assert last == 'ThreadingHTTPServer(("127.0.0.1", 8090), Crm).serve_forever()'
    names: dict[str, Any] = {}
    exec("\n".join(rest), names)
    names["Crm"].log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), names["Crm"]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


async def test_the_documented_server_is_understood(example: str, attempt: Attempt) -> None:
    """A team that copies the example gets facts and an article in its briefings."""
    effect = GatherContext(
        key="k",
        conversation_id="acme-4711",
        due_at=STARTED_AT,
        because="asked for a person",
        customer=Customer(id="c-1842"),
        tags=("billing",),
    )
    accepted = await attempt(Gathering([HttpSource("crm", example, within=5)]).gather, effect, seconds=2)
    facts = (ContextFact(label="Customer since", value="2021"), ContextFact(label="Open invoices", value="2"))
    article = Article(title="Refunds for double charges", url="https://help.acme.example/refunds")
    assert accepted.context == Context(facts=facts, articles=(article,))
