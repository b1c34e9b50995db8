"""The command `baton verify`: decisions judged again from what is on record, without a Temporal server."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from activities.catalog import PinnedPolicy, pin
from activities.database.tables import engine
from activities.ledger.judgements import JUDGED, Judgements
from activities.ledger.lines import Ledger, LedgerBatch, LedgerEntry
from policies.decide import decide, decide_all
from policies.recorded.judgements import Opened, judgement_of
from policies.running.policy import prepare
from policies.state.conversation import opened
from policies.state.events import DeadlineReached
from tests.policies.stories import FULL, START, at, fact, started
from worker.cli import app

Verified = Callable[..., Result]
PINNED = pin(FULL.document)
Body = dict[str, Any]


def judged(policy: str = PINNED.digest) -> list[Body]:
    """Return three judgements of a conversation without an answer: its beginning, a message, a broken promise."""
    told, conversation = prepare(PINNED.digest, PINNED.document), opened("c-1", START, life="abc", edition=3)
    bodies: list[Body] = []
    for number, event in enumerate((started(), fact("message", 3, author="customer", text="Hello?")), 1):
        decision = decide_all(conversation, [event], at(5), policy=told)
        first = Opened(at=START, edition=3, policy=policy) if number == 1 else None
        bodies.append(judgement_of("facts", decision, [event], "abc", number, at(5), opened=first, trouble=""))
        conversation = decision.conversation
    reached = DeadlineReached(event_id="", occurred_at=at(30), source="baton")
    decision = decide(conversation, reached, at(30), policy=told)
    return [*bodies, judgement_of("time", decision, [], "abc", 3, at(30), opened=None, trouble="")]


def entries(bodies: list[Body]) -> list[LedgerEntry]:
    """Return the ledger's lines with these judgements, and one line that people read."""
    now = datetime.now(UTC) - timedelta(hours=1)
    lines: list[Body] = [{"kind": "message", "body": {}}, *({"kind": JUDGED, "body": body} for body in bodies)]
    return [
        LedgerEntry(seq=seq, recorded_at=now, occurred_at=now, because="", **line) for seq, line in enumerate(lines)
    ]


@pytest.fixture
def verified(database: str, monkeypatch: pytest.MonkeyPatch) -> Verified:
    """Return a function that puts judgements on record and runs `baton verify`."""
    monkeypatch.setenv("BATON_DATABASE_URL", database)

    async def put(bodies: list[Body], policies: tuple[PinnedPolicy, ...]) -> None:
        store = engine(database)
        for pinned in policies:
            await Judgements(store).keep_policy(pinned)
        await Ledger(store).record(LedgerBatch(conversation_id="c-1", entries=entries(bodies)))
        await store.dispose()

    def run(bodies: list[Body], *words: str, policies: tuple[PinnedPolicy, ...] = (PINNED,)) -> Result:
        asyncio.run(put(bodies, policies))
        return CliRunner().invoke(app, ["verify", *words])

    return run


def test_the_same_decisions_follow_again(verified: Verified) -> None:
    """A conversation with a broken promise is judged again from the database alone, with the same effects."""
    result = verified(judged())
    effects = sum(len(body["effects"]) for body in judged())
    assert result.exit_code == 0
    assert result.stdout == f"1 of 1 conversations: all decisions the same, {effects} effects among them.\n"
    assert effects > 2


def test_another_decision_is_shown(verified: Verified) -> None:
    """Where a decision had another effect then, the command says at which judgement, and ends with exit code 1."""
    bodies = judged()
    bodies[2]["effects"] = ["c-1/abc/another"]
    result = verified(bodies, "c-1")
    assert result.exit_code == 1
    assert "c-1 differs at judgement 3: c-1/abc/another then, " in result.stdout


@pytest.mark.parametrize(
    ("bodies", "policies", "why"),
    [
        ([], (), "it began before edition 3, or nothing of it is on record yet"),
        (judged()[1:], (PINNED,), "judgement 1 is not on record"),
        ([judged()[0], judged()[2]], (PINNED,), "judgement 2 is not on record"),
        (judged(policy="0123456789abcdef"), (PINNED,), "the policy 0123456789ab is not on record"),
        ([judged()[0] | {"trouble": "its run was lost"}], (PINNED,), "its run was lost"),
        ([judged()[0] | {"then": "gone"}], (PINNED,), "the fact gone, which was left for later, was never judged"),
    ],
    ids=["before edition 3", "no beginning", "a gap", "no policy", "trouble", "a fact is missing"],
)
def test_a_gap_is_named(verified: Verified, bodies: list[Body], policies: tuple[PinnedPolicy, ...], why: str) -> None:
    """Where something is missing on record, the command counts the conversation and says what is missing."""
    result = verified(bodies, "--json", policies=policies)
    assert [each["trouble"] for each in json.loads(result.stdout)] == [why]
    assert result.exit_code == 0


def test_judgements_that_came_again_replace_the_earlier_ones(verified: Verified) -> None:
    """After a reset the later judgements of the same numbers hold, and what had followed the earlier ones does not."""
    wrong = [{**body, "effects": ["c-1/abc/of-before"]} for body in judged()[1:]]
    result = verified([judged()[0], *wrong, *judged()[1:]])
    assert (result.exit_code, result.stdout[:6]) == (0, "1 of 1")


def test_each_life_of_a_conversation_is_judged_by_itself(verified: Verified) -> None:
    """An id that is used again begins a new life, which may be on record before the end of the earlier one."""
    first, second = ([{**body, "life": life} for body in judged()] for life in ("abc", "def"))
    keys = [key.replace("/abc/", "/def/") for key in second[2]["effects"]]
    second[0]["effects"] = [key.replace("/abc/", "/def/") for key in second[0]["effects"]]
    second[1]["effects"] = [key.replace("/abc/", "/def/") for key in second[1]["effects"]]
    mixed = [first[0], second[0], second[1], first[1], {**second[2], "effects": keys}, first[2]]
    result = verified(mixed)
    assert (result.exit_code, result.stdout[:6]) == (0, "1 of 1")
