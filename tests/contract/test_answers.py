"""Answers to callers: they have the published fields, and all of them, in every state of a conversation."""

from collections.abc import Awaitable, Callable
from typing import Any

import jsonschema

from tests.stories.conftest import Story, next_weekday
from worker.contract.schemas import BOOKKEEPING, SUFFIX, schemas

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
SCHEMAS = schemas()
QUERIES = ("state", "timeline", "upcoming", "handoff", "policy")


async def test_answers_keep_to_the_contract(start: Start) -> None:
    """Queries and updates answer with the published fields, for a quiet conversation and for a breached one."""
    story = await start(MONDAY_10_AM, customer={"name": "Rosa", "tier": "enterprise"}, tags=["vip"])
    await _keep_to_the_contract(story)
    await story.tell("message", author="customer", text="Anybody?")
    await story.after(minutes=16)
    await _keep_to_the_contract(story)
    _keeps(await story.order("take"), "outcome")
    await _keep_to_the_contract(story)
    _keeps(await story.order("resolve", note="Done"), "outcome")
    await _keep_to_the_contract(story)
    await story.after(hours=30)
    _keeps(await story.handle.result(), "outcome")


async def _keep_to_the_contract(story: Story) -> None:
    await story.settled()
    for name in QUERIES:
        _keeps(await story.handle.query(name), f"queries/{name}")


def _keeps(answer: Any, name: str) -> None:
    schema = SCHEMAS[f"{name}{SUFFIX}"]
    jsonschema.validate(answer, schema)
    rows, rule = (answer, schema["items"]) if isinstance(answer, list) else ([answer], schema)
    if "$ref" in rule:
        rule = schema["$defs"][rule["$ref"].rpartition("/")[2]]
    unknown = {field for row in rows for field in row} - rule["properties"].keys()
    assert rows
    assert unknown <= (BOOKKEEPING if name == "queries/state" else set())
