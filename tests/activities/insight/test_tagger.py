"""The tagger: it answers any text, its file is checked before use, and the file holds no customer's words."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from activities.insight.port import Heard, ReadingRequest
from activities.insight.reader import PatternReader
from activities.insight.tagging.features import hashes_of
from activities.insight.tagging.tagger import Tagger
from activities.insight.tagging.tagger_file import FORMAT, SIZE_LIMIT, BadTaggerError, read_tagger, write_tagger
from policies.document.proposals import Proposal
from tests.labelled import examples
from worker.tagger.training import Trained, train

AT = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def trained() -> Trained:
    """Return a tagger trained on three topics."""
    return train(examples(), 0.95)


@pytest.fixture
def file(trained: Trained, tmp_path: Path) -> Path:
    """Return the file of that tagger."""
    path = tmp_path / "tagger.npz"
    write_tagger(path, trained.tagger, trained.about)
    return path


def names(tagger: Tagger, text: str) -> list[str]:
    """Return the tags that the tagger proposes."""
    return [proposal.tag for proposal in tagger.propose(text)]


def test_it_tags_what_it_has_learnt_and_nothing_else(trained: Trained) -> None:
    """A text with a topic's words gets its tag; a text about something else, or of one common word, gets none."""
    assert names(trained.tagger, "They charged me twice, and the invoice is wrong") == ["billing"]
    assert names(trained.tagger, "hello, the courier lost my parcel again") == ["delivery"]
    for text in ("My coffee machine leaks", "hello", "yes", "Guten Tag, wo bleibt meine Bestellung?"):
        assert names(trained.tagger, text) == []


BAD = {
    "nothing": "",
    "spaces": " \n\t ",
    "a megabyte": "zebra " * 200_000,
    "a megabyte of one word": "x" * 1_000_000,
    "binary": "".join(map(chr, range(256))),
    "halves of characters": "\ud800\udfff",
    "right to left": "\u202eأريد التحدث إلى شخص",
    "emoji": "🤬" * 500,
    "no spaces": "我想退款因为包裹没有到",
    "marks": "<>" * 300,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_any_text_is_answered(trained: Trained, text: str) -> None:
    """Any odd text gets no tag, and no error."""
    assert trained.tagger.propose(text) == ()


def test_a_text_is_looked_at_where_people_say_what_they_want(trained: Trained) -> None:
    """The beginning and the end of a very long text are read, in bounded time."""
    assert len(hashes_of("word " * 300_000)) < 5000
    assert names(trained.tagger, "I was charged twice, my invoice is wrong. " * 20_000) == ["billing"]


async def test_each_of_several_messages_is_tagged(trained: Trained) -> None:
    """Each of several messages is tagged and each tag is named once; a request that wants no tags gets none."""
    said = ("I was charged twice, a wrong charge", "where is my parcel", "my invoice is wrong")
    messages = tuple(Heard(author="customer", at=AT, text=text) for text in said)
    reader = PatternReader(trained.tagger)
    wanted = await reader.understand(ReadingRequest(messages=messages, wants_tags=True))
    assert sorted(found.tag for found in wanted.proposed) == ["billing", "delivery"]
    assert (await reader.understand(ReadingRequest(messages=messages))).proposed == ()
    assert (await PatternReader().understand(ReadingRequest(messages=messages, wants_tags=True))).proposed == ()


def test_a_text_may_have_several_tags() -> None:
    """A tagger trained on texts with several tags, or none, proposes each tag independently."""
    apart = [
        replace(example, tags=(*example.tags, "post")) if example.tags == ("delivery",) else example
        for example in examples()
    ]
    some = [*apart, *(replace(example, text=f"no tag {example.text[::-1]}", tags=()) for example in examples())]
    tagger = train(some, 0.9).tagger
    assert sorted(names(tagger, "where is my parcel, the courier lost it")) == ["delivery", "post"]


def test_a_file_says_the_same(trained: Trained, file: Path) -> None:
    """A tagger read from its file makes the same proposals, and has its figures and a digest of its content."""
    found = read_tagger(file)
    for example in examples():
        assert found.tagger.propose(example.text) == trained.tagger.propose(example.text)
    assert found.about == trained.about
    assert len(found.digest) == 64


def test_a_file_holds_no_words_of_customers(file: Path) -> None:
    """The tags' names can be read in the file, and no word that a customer wrote."""
    with np.load(file) as arrays:
        whole = b"".join(arrays[name].tobytes() for name in arrays.files)
    assert b"billing" in whole
    assert b"parcel" not in whole
    assert b"password" not in whole


def test_the_same_texts_make_the_same_tagger(trained: Trained, tmp_path: Path) -> None:
    """Training again on the same texts gives a file with the same content."""
    again = train(list(reversed(examples())), 0.95)
    first = write_tagger(tmp_path / "a.npz", trained.tagger, trained.about)
    assert [figures.dared for figures in again.about.tags] == [figures.dared for figures in trained.about.tags]
    same = train(examples(), 0.95)
    assert write_tagger(tmp_path / "b.npz", same.tagger, same.about) == first


def changed(file: Path, **arrays: Any) -> None:
    """Replace some arrays in the file and keep its digest."""
    with np.load(file) as found:
        kept = {name: found[name] for name in found.files}
    np.savez_compressed(file, **{**kept, **arrays})


def of_format(file: Path, number: int) -> np.ndarray[Any, Any]:
    """Return the file's description of itself with another format number."""
    with np.load(file) as found:
        about = json.loads(found["about"].tobytes())
    return np.frombuffer(json.dumps({**about, "format": number}).encode(), dtype=np.uint8)


def test_a_changed_file_is_refused(file: Path) -> None:
    """A file in which a number was changed is refused."""
    with np.load(file) as found:
        bias = found["bias"]
    changed(file, bias=bias + np.float32(1))
    with pytest.raises(BadTaggerError, match=r"tagger\.npz was damaged or changed: train it anew"):
        read_tagger(file)


def test_a_newer_file_is_refused(file: Path) -> None:
    """A file of a newer Baton's format is refused."""
    changed(file, about=of_format(file, FORMAT + 1))
    with pytest.raises(BadTaggerError, match=r"was made by a newer Baton \(format 2\): update this one"):
        read_tagger(file)


def test_code_in_a_file_is_never_run(file: Path) -> None:
    """A file with a pickled object in it is refused, and the object is never loaded."""
    changed(file, weights=np.array([{"a": 1}], dtype=object))
    with pytest.raises(BadTaggerError, match="is no tagger, or half of one"):
        read_tagger(file)


def test_a_file_that_would_unpack_to_too_much_is_refused(file: Path) -> None:
    """A small file that would unpack to hundreds of megabytes is refused before that."""
    with (
        zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("bomb.npy", "w") as bomb,
    ):
        for _ in range(300):
            bomb.write(bytes(1024 * 1024))
    with pytest.raises(BadTaggerError, match="is no tagger, or half of one"):
        read_tagger(file)


def half(whole: bytes) -> bytes:
    """Return the first half, as of a copy that broke off."""
    return whole[: len(whole) // 2]


def flipped(whole: bytes) -> bytes:
    """Return the bytes with one byte in the middle changed."""
    at = len(whole) // 2
    return whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :]


def empty_archive(_whole: bytes) -> bytes:
    """Return an archive with nothing in it."""
    packed = io.BytesIO()
    zipfile.ZipFile(packed, "w").close()
    return packed.getvalue()


BROKEN = {
    "empty": lambda _whole: b"",
    "half": half,
    "one byte": flipped,
    "an empty archive": empty_archive,
    "something else": lambda _whole: b"text,category\n" * 100,
    "code": lambda _whole: b"\x80\x04\x95cos\nsystem\n(S'true'\ntR.",
}


@pytest.mark.parametrize("breaking", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused(file: Path, breaking: Any) -> None:
    """A broken file, or one that is something else, is refused with a sentence that has the remedy."""
    file.write_bytes(breaking(file.read_bytes()))
    with pytest.raises(BadTaggerError, match=r"(is no tagger, or half of one|was damaged or changed): train it anew"):
        read_tagger(file)


def test_a_file_that_is_too_large_or_not_there_is_refused(tmp_path: Path) -> None:
    """A file that is too large is not even opened, and a missing file is named."""
    huge = tmp_path / "huge.npz"
    with huge.open("wb") as file:
        file.truncate(SIZE_LIMIT + 1)
    with pytest.raises(BadTaggerError, match=r"has 67,108,865 bytes, and a tagger has at most 67,108,864"):
        read_tagger(huge)
    with pytest.raises(BadTaggerError, match=r"none\.npz can't be read \(No such file or directory\)"):
        read_tagger(tmp_path / "none.npz")


@pytest.mark.slow
def test_a_proposal_keeps_to_its_bounds(trained: Trained) -> None:
    """A confidence is between 0 and 1, and rounded to three digits."""
    (found,) = trained.tagger.propose("I was charged twice")
    assert found == Proposal(tag="billing", confidence=found.confidence)
    assert 0.5 <= found.confidence <= 1
    assert round(found.confidence, 3) == found.confidence
