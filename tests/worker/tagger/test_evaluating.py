"""Evaluation figures: what is counted, their intervals, and what is not measured."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from worker.cli import app
from worker.tagger.evaluating import Share, evaluate, is_developed_on
from worker.tagger.labelled import Labelled, LabelledQuestion, Talk, read_labelled
from worker.trouble import TroubleError

DATA = Path(__file__).parents[4] / "shared" / "data"


def figures(data: Labelled) -> dict[tuple[str, str], float | None]:
    """Return every figure that could be measured on all rows."""
    return {(score.subject, score.what): score.value for score in evaluate(data, "all") if score.value is not None}


def test_an_interval_is_wilsons() -> None:
    """A share's interval is Wilson's: wide for ten cases, not zero for none of a thousand, absent without cases."""
    low, high = Share(8, 10).interval or (0, 0)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    low, high = Share(0, 1000).interval or (1, 1)
    assert (low, round(high, 4)) == (0.0, 0.0038)
    assert (Share(0, 0).value, Share(0, 0).interval) == (None, None)


def test_false_alarms_are_counted_on_calm_turns() -> None:
    """A calm turn that is taken for a request for a person is a false alarm; a real request counts for recall."""
    talks = (
        Talk("a", (("customer", "Good morning"), ("customer", "Get me a human")), is_calm=True),
        Talk("b", (("customer", "Can I talk to a person?"), ("customer", "Thanks")), is_calm=True, asks_at=(0,)),
    )
    found = figures(Labelled(talks))
    assert found["asks for a human", "false alarms among calm turns"] == 1 / 3
    assert found["asks for a human", "precision"] == 1 / 2
    assert found["asks for a human", "recall"] == 1.0


def test_a_frustrated_conversation_counts_once() -> None:
    """A frustrated conversation counts once, however often the customer curses; delay counts from the first curse."""
    angry: Any = (("customer", "Hello"), ("agent", "Hi"), ("customer", "RIDICULOUS, your useless app again!!"))
    talks = (
        Talk("a", (*angry, *angry), is_frustrated=True, angry=(2,)),
        Talk("b", (("customer", "Where is my parcel?"),), is_frustrated=True),
        Talk("c", (("customer", "Thank you"),), is_frustrated=False),
    )
    found = figures(Labelled(talks))
    assert found["frustrated conversations", "recall"] == 1 / 2
    assert found["frustrated conversations", "F1"] == 2 / 3
    assert found["frustrated conversations", "calm ones flagged"] == 0.0
    (delay,) = (score.figure for score in evaluate(Labelled(talks), "all") if score.what.startswith("turns after"))
    assert delay == "median 0, at once or before in 1 of 1"


def test_a_topic_without_labels_is_not_measured() -> None:
    """A topic without labels gets no figure, instead of a perfect one."""
    questions = (LabelledQuestion("I want a refund", "refund"), LabelledQuestion("My lawyer will call you", ""))
    found = figures(Labelled(questions=questions))
    assert found["risk: refund", "recall"] == 1.0
    assert ("risk: legal", "precision") not in found


def test_a_message_about_two_risks_is_compared_by_the_graver() -> None:
    """A message about two risks counts for the graver one and is no false alarm of the other."""
    questions = (
        LabelledQuestion("I want a refund", "refund"),
        LabelledQuestion("My card was stolen, I want my money back", "security"),
        LabelledQuestion("I was charged twice, refund me", ""),
    )
    found = figures(Labelled(questions=questions))
    assert found["risk: refund", "precision"] == 1 / 2
    assert found["risk: refund", "precision, graver ones ignored"] == 1 / 3
    assert found["risk: security", "precision"] == 1.0


def test_a_row_stays_in_its_half() -> None:
    """A row's half of the data depends on its id alone."""
    assert [is_developed_on(name) for name in ("a", "b", "c", "d")] == [
        is_developed_on(name) for name in ("a", "b", "c", "d")
    ]
    assert {is_developed_on(str(number)) for number in range(20)} == {True, False}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"a,b\n1,2\n", "a.csv: a line has no `text`: {shapes}"),
        ("a.csv", b"\xff\xfe", "a.csv is not UTF-8 text: save it as UTF-8"),
        ("a.jsonl", b'{"id": 1', "a.jsonl:1: the line is not JSON: {shapes}"),
        ("a.jsonl", b'{"id": 1}', "a.jsonl: a line has no `turns`: {shapes}"),
        ("a.jsonl", b'{"id": 1, "turns": 5}', "a.jsonl can't be scored: {shapes}"),
        ("a.jsonl", b"[]", "a.jsonl can't be scored: {shapes}"),
        ("a.tsv", b"conversationId\tutterance\n1\thi\n", "a.tsv: a line has no `intent`: {shapes}"),
    ],
)
def test_a_file_that_can_t_be_scored(name: str, content: bytes, sentence: str, tmp_path: Path) -> None:
    """A labelled file of another shape is named, with what it lacks."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TroubleError) as told:
        read_labelled(tmp_path)
    shapes = "`baton evaluate --help` says how its lines are written"
    assert str(told.value) == f"{tmp_path}/{sentence.format(shapes=shapes)}"


def test_an_unlabelled_file_is_said(tmp_path: Path) -> None:
    """A folder without labelled files is named."""
    with pytest.raises(TroubleError, match="holds no labelled"):
        read_labelled(tmp_path)


def test_the_command_says_what_was_missed(tmp_path: Path) -> None:
    """The command prints the figures as JSON, and its exit code says whether a target was missed."""
    rows = [{"id": "a", "turns": [{"role": "customer", "text": "Where is it?"}], "is_negative": True}]
    (tmp_path / "ours.jsonl").write_text("\n".join(map(json.dumps, rows)))
    result = CliRunner().invoke(app, ["evaluate", "--data", str(tmp_path), "--half", "all", "--json"])
    assert result.exit_code == 1
    scores = {score["what"]: score["met"] for score in json.loads(result.stdout) if "frustrated" in score["subject"]}
    assert (scores["F1"], scores["recall"]) == (False, None)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="the labelled conversations are no part of the repository")
def test_calm_customers_are_left_alone() -> None:
    """On the held-out half, no calm customer is taken for one who asks for a person."""
    scores = {(score.subject, score.what): score.met for score in evaluate(read_labelled(DATA / "conversations"))}
    assert scores["asks for a human", "false alarms among calm turns"]
