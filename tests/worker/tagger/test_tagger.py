"""The command `baton tagger`: training on a team's own texts, showing a tagger, and reporting people's agreement."""

import asyncio
import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from activities.ledger.lines import Ledger, LedgerBatch, LedgerEntry
from policies.document.proposals import Tagging
from policies.loading.load import SHIPPED, load_file
from tests.labelled import examples, write_csv
from tests.worker.conftest import BATON
from worker.cli import app
from worker.environment.database import open_database
from worker.environment.settings import Settings
from worker.environment.tagger_file import check_tagger, open_tagger
from worker.tagger.agreement import TagAgreement, readiness, rows_of
from worker.tagger.labelled import Labelled, LabelledQuestion
from worker.tagger.labelled_texts import read_texts
from worker.tagger.topics import evaluate as evaluate_topics
from worker.tagger.training import Example, train
from worker.terminal.since import read_since
from worker.trouble import TroubleError

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a tagger as a team does, and return its file."""
    folder = tmp_path_factory.mktemp("tagger")
    out = folder / "tagger.npz"
    result = CliRunner().invoke(app, ["tagger", "train", str(write_csv(folder / "ours.csv")), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "240 texts, 3 tags" in result.stdout
    return out


@pytest.mark.slow
def test_a_trained_tagger_can_be_looked_at(file: Path) -> None:
    """The command shows a tagger's tags and figures, and the tags it would put on a text."""
    shown = CliRunner().invoke(app, ["tagger", "show", str(file), "--json"])
    about = json.loads(shown.stdout)
    assert [(tag["tag"], tag["texts"]) for tag in about["tags"]] == [("billing", 80), ("delivery", 80), ("login", 80)]
    assert (about["precision"], about["accuracy"], about["format"]) == (0.95, 1.0, 1)
    said = CliRunner().invoke(app, ["tagger", "show", str(file), "--say", "I was charged twice", "--json"])
    assert [found["tag"] for found in json.loads(said.stdout)] == ["billing"]
    silent = CliRunner().invoke(app, ["tagger", "show", str(file), "--say", "[bold]hello[/]"])
    assert silent.stdout == "Silent: it is not sure enough of any tag.\n"


def test_training_on_the_same_texts_again_makes_the_same(file: Path, tmp_path: Path) -> None:
    """Training from a file with several tags for a text gives the same figures, as JSON."""
    rows = [{"text": example.text, "tags": list(example.tags)} for example in examples()]
    (tmp_path / "ours.jsonl").write_text("\n".join(map(json.dumps, rows)))
    words = ["tagger", "train", str(tmp_path / "ours.jsonl"), "--out", str(tmp_path / "again.npz"), "--json"]
    told = json.loads(CliRunner().invoke(app, words).stdout)
    assert (told["texts"], told["dares"], told["dared_precision"]) == (240, 1.0, 1.0)
    assert (tmp_path / "again.npz").exists()
    assert not (tmp_path / "again.npz.part").exists()


def test_too_little_to_learn_from_is_said() -> None:
    """Training needs two tags with enough texts; a tag with few texts is left out and named."""
    with pytest.raises(TroubleError, match=r"too little to learn from: 0 tags with 5 texts or more"):
        train([], 0.95)
    with pytest.raises(TroubleError, match=r"1 tag with 5 texts or more\. Label at least two tags"):
        train([Example(f"text {number}", ("a",)) for number in range(9)], 0.95)
    few = train([*examples(), Example("a rare one", ("rare",))], 0.95)
    assert few.about.left_out == ("rare",)
    assert [tag.tag for tag in few.about.tags] == ["billing", "delivery", "login"]


WRONG = [
    ("a.txt", b"x", "a.txt can't be learnt from: write .csv with `text,category`"),
    ("a.csv", b"", "a.csv:1: its heading has no `text` and `category`"),
    ("a.csv", b"a,b\n1,2\n", "a.csv:1: its heading has no `text` and `category`"),
    ("a.csv", b"text,category\n\xff,b\n", "a.csv is not UTF-8 text: save it as UTF-8"),
    ("a.jsonl", b'{"text": "a", "tags": ["b"]}\n{', "a.jsonl:2: the line is not JSON"),
    ("a.jsonl", b'{"text": "a"}', "a.jsonl:1: the line has no `text` and list of `tags`"),
    ("a.jsonl", b"[1]", "a.jsonl:1: the line has no `text` and list of `tags`"),
    ("a.jsonl", b'{"text": "a", "tags": [" "]}', "a.jsonl:1: a tag is a text that is not empty"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "said"), WRONG)
def test_a_file_that_is_not_labelled_is_said(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """A file that can't be learnt from is named, with the line and what to write."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TroubleError) as caught:
        read_texts(tmp_path / name)
    assert str(caught.value).replace(f"{tmp_path}/", "").startswith(said)


def test_labelled_texts_of_any_size_are_read(tmp_path: Path) -> None:
    """A text of a megabyte, a spreadsheet's file with its mark and a text without a category are read."""
    long = "word " * 200_000
    (tmp_path / "a.csv").write_text(f"text,category\n{long},billing\nnothing of ours,\n", encoding="utf-8-sig")
    first, second = read_texts(tmp_path / "a.csv")
    assert (len(first.text), first.tags, second) == (20_000, ("billing",), Example("nothing of ours", ()))


@pytest.mark.slow
def test_no_worker_starts_with_a_bad_tagger(tmp_path: Path) -> None:
    """A worker whose tagger can't be used ends with a sentence before it takes anything on."""
    (tmp_path / "bad.npz").write_bytes(b"nothing")
    environment = {**os.environ, "BATON_TAGGER": str(tmp_path / "bad.npz")}
    done = subprocess.run([BATON, "worker"], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "bad.npz is no tagger, or half of one: train it anew with `baton tagger train`" in done.stderr
    with pytest.raises(TroubleError, match=r"bad\.npz is no tagger"):
        open_tagger(tmp_path / "bad.npz")


def test_tags_that_no_tagger_can_give_are_said(file: Path) -> None:
    """A policy that wants tags without a tagger, or an unknown category, is named when the worker starts."""
    document = load_file(SHIPPED / "tiered.yaml", today=NOW.date())
    asks = document.model_copy(
        update={"tagging": Tagging.model_validate({"mode": "live", "tags": {"bills": "biling", "post": "delivery"}})}
    )
    with capture_logs() as logs:
        check_tagger(None, [document])
        check_tagger(None, [asks])
        check_tagger(file, [asks])
    assert [(line["event"], line.get("remedy", "")) for line in logs] == [
        ("tagger.missing", "name a trained one with BATON_TAGGER"),
        ("tagger.category_unknown", "did you mean `billing`?"),
        ("tagger.read", ""),
    ]


def entry(seq: int, kind: str, *facts: tuple[str, str]) -> LedgerEntry:
    """Return a line of the ledger, `seq` minutes after NOW."""
    at = NOW + timedelta(minutes=seq)
    body = {"facts": [list(pair) for pair in facts]}
    return LedgerEntry(seq=seq, recorded_at=at, occurred_at=at, kind=kind, because="…", body=body)


def proposed(seq: int, tag: str, policy: str = "acme") -> LedgerEntry:
    """Return the line of a tag that was proposed."""
    return entry(seq, "tag_proposed", ("tag", tag), ("confidence", "0.97"), ("policy", policy), ("mode", "shadow"))


def compared(seq: int, *verdicts: tuple[str, str], policy: str = "acme") -> LedgerEntry:
    """Return the line of a conversation's end, with the comparison of its tags."""
    return entry(seq, "tags_compared", *verdicts, ("policy", policy), ("mode", "shadow"))


LINES = [
    ("c-1", proposed(1, "billing")),
    ("c-1", compared(2, ("unjudged", "billing"))),
    ("c-1", compared(3, ("agreed", "billing"), ("missed", "vip"))),
    ("c-2", proposed(4, "billing")),
    ("c-2", proposed(5, "refund")),
    ("c-2", compared(6, ("disagreed", "billing"), ("unjudged", "refund"))),
    ("c-3", proposed(7, "billing")),
    ("c-4", proposed(8, "billing", policy="other")),
    ("c-4", compared(9, ("agreed", "billing"), policy="other")),
]


def test_a_conversation_counts_once_and_open_ones_apart() -> None:
    """A conversation counts once, by its last comparison; one that has not ended is open, one without tags unjudged."""
    assert rows_of(LINES, "acme") == [
        TagAgreement("billing", agreed=1, disagreed=1, open=1),
        TagAgreement("refund", unjudged=1),
        TagAgreement("vip", missed=1),
    ]
    assert [row.proposed for row in rows_of(LINES)] == [4, 1, 0]


READY = [
    (TagAgreement("a"), False, "never proposed: the tagger does not know it, or not well enough"),
    (TagAgreement("a", open=9, unjudged=3), False, "no proposal was judged yet"),
    (TagAgreement("a", agreed=20), False, "right so far; sure after 15 more that people agree with"),
    (TagAgreement("a", agreed=34), False, "right so far; sure after 1 more that people agree with"),
    (TagAgreement("a", agreed=35), True, "ready to go live"),
    (TagAgreement("a", agreed=60, disagreed=1), True, "ready to go live"),
    (TagAgreement("a", agreed=40, disagreed=2), False, "right so far; sure after 27 more that people agree with"),
    (
        TagAgreement("a", agreed=8, disagreed=2),
        False,
        "too often wrong: 0.80 of what was judged is right, and 0.9 is wanted",
    ),
]


@pytest.mark.parametrize(("row", "is_ready", "why"), READY)
def test_when_a_tag_is_ready(row: TagAgreement, is_ready: bool, why: str) -> None:
    """A tag is ready when the lower end of its interval is good enough; else a sentence says what is missing."""
    assert readiness(row, 0.9) == (is_ready, why)


def test_thirty_are_needed_however_little_is_wanted() -> None:
    """A tag needs thirty judged proposals, however low the wanted precision is."""
    assert readiness(TagAgreement("a", agreed=12), 0.5) == (
        False,
        "right so far; sure after 18 more that people agree with",
    )
    assert readiness(TagAgreement("a", agreed=30), 0.5) == (True, "ready to go live")


def test_since_when_can_be_a_day_or_a_span() -> None:
    """The option `--since` takes days back or a date, and refuses anything else in a sentence."""
    assert read_since("", NOW) is None
    assert read_since("30d", NOW) == NOW - timedelta(days=30)
    assert read_since("2026-11-01", NOW) == datetime(2026, 11, 1, tzinfo=UTC)
    assert read_since("2026-11-01T10:00+02:00", NOW) == datetime(2026, 11, 1, 8, tzinfo=UTC)
    with pytest.raises(TroubleError, match="--since yesterday is not a time: write a day such as 2026-11-01"):
        read_since("yesterday", NOW)


def test_the_report_reads_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report counts the ledger's comparisons, of one policy and since a time, for people and for machines."""
    address = f"sqlite:///{tmp_path}/baton.db"
    monkeypatch.setenv("BATON_DATABASE_URL", address)

    async def fill() -> None:
        async with open_database(Settings(database_url=address)) as store:
            for conversation, line in LINES:
                await Ledger(store).record(LedgerBatch(conversation_id=conversation, entries=[line]))

    nothing = CliRunner().invoke(app, ["tagger", "report"])
    assert nothing.stdout == "No tag was proposed yet: a policy with `tagging: {mode: shadow}` begins.\n"
    asyncio.run(fill())
    rows = json.loads(CliRunner().invoke(app, ["tagger", "report", "--policy", "acme", "--json"]).stdout)
    assert [(row["tag"], row["proposed"], row["agreed"], row["ready"]) for row in rows] == [
        ("billing", 3, 1, False),
        ("refund", 1, 0, False),
        ("vip", 0, 0, False),
    ]
    later = ["tagger", "report", "--since", (NOW + timedelta(minutes=7)).isoformat(), "--json"]
    assert [row["proposed"] for row in json.loads(CliRunner().invoke(app, later).stdout)] == [2]
    shown = CliRunner().invoke(app, ["tagger", "report"], env={"COLUMNS": "200"}).stdout
    assert "no proposal was judged yet" in shown


@pytest.mark.slow
def test_topics_are_scored_on_what_was_not_learnt() -> None:
    """With five topics or more, accuracy is measured on the held-out fifth of the texts; with fewer, not at all."""
    questions = [LabelledQuestion(example.text, "", example.tags[0]) for example in examples()]
    assert evaluate_topics(questions) == []
    more = [
        LabelledQuestion(f"{one.text} {word}", "", f"{one.category} {word}")
        for one in questions
        for word in ("red", "blue")
    ]
    scores = {score.what: score.value for score in evaluate_topics(Labelled(questions=tuple(more)).questions)}
    assert scores["accuracy, all examples a topic"] == 1.0
    assert scores["plain TF-IDF, all examples"] is not None
    assert len(scores) == 12
