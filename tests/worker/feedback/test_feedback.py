"""The command `baton feedback` as support leads read it; the report needs no Temporal server."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from pydantic import TypeAdapter
from sqlalchemy import insert
from typer.testing import CliRunner

from activities.database.tables import engine
from activities.ledger.feedback import FeedbackRow, feedback
from worker.cli import app
from worker.feedback.report import report
from worker.tagger.evaluating import Share

Baton = Callable[..., Result]
NOW = datetime.now(UTC)
ANSWERS = TypeAdapter(list[FeedbackRow])


def answers(question: str, yes: int, no: int, *, rule: str = "asks for a human", **more: Any) -> list[FeedbackRow]:
    """Return `yes` positive and `no` negative answers to a question, each about another conversation."""
    return [
        FeedbackRow.model_validate(
            {
                "key": f"c-{number}/{rule}/{question}",
                "conversation_id": f"c-{number}",
                "seq": number,
                "at": NOW - timedelta(days=2),
                "by": "kim",
                "question": question,
                "answer": float(number < yes),
                "reason": "asked_for_human",
                "rule": rule,
                "policy": "assisted",
                "moved_at": NOW - timedelta(days=3),
                **more,
            }
        )
        for number in range(yes + no)
    ]


def ratings(*scores: float) -> list[FeedbackRow]:
    """Return customers' ratings with these scores."""
    return [answer.model_copy(update={"answer": score}) for answer, score in zip(answers("rating", 0, len(scores)), scores, strict=True)]  # fmt: skip  # noqa: E501


@pytest.fixture
def url(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BATON_DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "100")
    return database


@pytest.fixture
def baton() -> Baton:
    return lambda *words: CliRunner().invoke(app, ["feedback", *words])


def put(url: str, given: list[FeedbackRow]) -> None:
    """Write the answers to the database."""

    async def write() -> None:
        store = engine(url)
        async with store.begin() as connection:
            await connection.execute(insert(feedback), [dict(answer) for answer in given])
        await store.dispose()

    asyncio.run(write())


def test_answers_are_added_up_by_reason_and_by_rule() -> None:
    """A lead sees for each rule how often it was needed, how certain that is, and customers' mean score."""
    found = report(
        [*answers("needed", 3, 17), *answers("repeated", 1, 3), *ratings(5, 2), *answers("needed", 2, 0, rule="")]
    )
    (reason,) = found.reasons
    assert (reason.name, reason.conversations, reason.rating) == ("asked_for_human", 20, 3.5)
    assert [(group.name, group.rule, group.conversations) for group in found.rules] == [
        ("asks for a human", "asks for a human", 20),
        ("people's own decision", "", 2),
    ]
    assert found.rules[0].shares["needed"] == Share(3, 20)
    assert found.rules[0].shares["repeated"] == Share(1, 4)
    assert found.rules[0].shares["solved"].value is None


@pytest.mark.parametrize(
    ("given", "sentences"),
    [
        (
            answers("needed", 3, 17),
            ["asks for a human: 3 of 20 needed (5–36 %): raise its threshold or narrow its condition"],
        ),
        (
            answers("right_team", 1, 11),
            ["asks for a human: 1 of 12 to the right team (1–35 %): check to which team it sends conversations"],
        ),
        (
            answers("needed", 3, 17, rule=""),
            ["people's own decision: 3 of 20 needed (5–36 %): agree when to bring other people in"],
        ),
        (answers("needed", 8, 12), []),
        (answers("needed", 20, 0), []),
        (answers("needed", 0, 9), ["Fewer than 10 answers say nothing yet about: asks for a human (9)"]),
        (answers("solved", 1, 0, moved_at=None), []),
    ],
)
def test_a_verdict_needs_enough_answers(given: list[FeedbackRow], sentences: list[str]) -> None:
    """A rule gets a remark only where most of its escalations were surely not needed; few answers say nothing yet."""
    assert report(given).sentences == sentences


def test_the_report_on_a_terminal(baton: Baton, url: str) -> None:
    """A terminal shows tables by reason and by rule that fit its width, and a sentence that says what to do."""
    put(url, [*answers("needed", 3, 17), *answers("right_team", 18, 2), *ratings(5, 4)])
    lines = baton("report").stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert [line.split() for line in lines[:3]] == [
        ["Reason", "All", "Needed", "Right", "team", "Repeated", "Solved", "Rating"],
        ["asked", "for", "human", "20", "15", "%", "(5–36)", "90", "%", "(70–97)", "–", "–", "4.5"],
        ["3", "of", "20", "18", "of", "20", "of", "2"],
    ]
    assert lines[-1] == "• asks for a human: 3 of 20 needed (5–36 %): raise its threshold or narrow its condition"
    assert baton().stdout.splitlines() == lines


def test_the_report_for_machines(baton: Baton, url: str) -> None:
    """A dashboard gets the same figures as JSON."""
    put(url, answers("needed", 3, 17))
    told = json.loads(baton("report", "--json").stdout)
    (rule,) = told["rules"]
    assert (rule["rule"], rule["policy"], rule["conversations"]) == ("asks for a human", "assisted", 20)
    assert (rule["needed"]["yes"], rule["needed"]["of"], rule["needed"]["share"]) == (3, 20, 0.15)
    assert rule["rating"] == {"mean": None, "of": 0}


@pytest.mark.usefixtures("url")
def test_a_report_without_answers_says_so(baton: Baton) -> None:
    """A report without any answers says so, and how to get answers."""
    assert baton("report").stdout.startswith("No answers yet. Ask on Slack")


def test_looking_back_no_further_than_a_change(baton: Baton, url: str) -> None:
    """A report can be limited to the answers since a day or span, and to one policy."""
    put(url, answers("needed", 1, 0))
    for words, count in (
        (("--since", "3d"), 1),
        (("--since", "1d"), 0),
        (("--since", f"{NOW - timedelta(days=3):%Y-%m-%d}"), 1),
        (("--policy", "assisted"), 1),
        (("--policy", "tiered"), 0),
    ):
        assert len(json.loads(baton("report", "--json", *words).stdout)["rules"]) == count
    wrong = baton("report", "--since", "yesterday")
    assert (wrong.exit_code, wrong.stderr) == (
        1,
        "✗ yesterday is neither a date such as 2026-03-01 nor a span such as 30d\n",
    )


def test_an_answer_says_something(baton: Baton) -> None:
    """A `baton feedback` command without an answer is refused with the options that answer."""
    told = baton("c-42", "--by", "kim")
    assert told.exit_code == 1
    assert told.stderr == "✗ No answer given: say --needed or --not-needed, --right-team …, or --note\n"
