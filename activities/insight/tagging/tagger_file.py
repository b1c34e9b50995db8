"""A tagger as a file: numbers and some JSON in a zip archive (numpy's `.npz`), without code and customers' words.

Promises that a file that is broken, changed, too large or from a newer Baton is refused in a sentence, before anything
of it is used. Must not know what the numbers mean for a text.
"""

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from activities.insight.tagging.tagger import Tagger, Vocabulary
from policies.document.proposals import TAG_LIMIT
from policies.loading.bounded_file import read_bytes

FORMAT = 1
SIZE_LIMIT = 64 * 1024 * 1024
UNPACKED_LIMIT = 256 * 1024 * 1024
TAGS_LIMIT = 1000
_TYPES: Mapping[str, type[np.generic]] = {
    "about": np.uint8,
    "hashes": np.uint32,
    "rarity": np.float32,
    "weights": np.float16,
    "bias": np.float32,
    "scores": np.float32,
    "confidences": np.float32,
    "thresholds": np.float32,
}
_Arrays = dict[str, NDArray[Any]]
_BROKEN = (
    *(ValueError, KeyError, EOFError, MemoryError, NotImplementedError, RecursionError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)
"""The exceptions that come of reading bytes that are not a tagger; pydantic's is a ValueError."""
_Number = TypeVar("_Number", bound=np.generic)


class BadTaggerError(Exception):
    """The file can't be used; the text says why and what to do."""


class TagFigures(BaseModel):
    """The figures of one category, measured on texts it had not learnt: how many were proposed, how many rightly."""

    model_config = ConfigDict(frozen=True)

    tag: str = Field(min_length=1, max_length=TAG_LIMIT)
    texts: int
    dared: int
    right: int
    threshold: float | None = None


class About(BaseModel):
    """The figures and the origin of a tagger, beside its numbers."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: int
    baton: str = ""
    made_at: str = ""
    texts: int = 0
    is_alone: bool = True
    precision: float = 0.0
    accuracy: float = 0.0
    dares: float = 0.0
    dared_precision: float = 0.0
    left_out: tuple[str, ...] = ()
    tags: tuple[TagFigures, ...] = Field(min_length=1, max_length=TAGS_LIMIT)


@dataclass(frozen=True, slots=True)
class TaggerFile:
    """A tagger, its figures, and the digest that names its content."""

    tagger: Tagger
    about: About
    digest: str


def write_tagger(path: Path, tagger: Tagger, about: About) -> str:
    """Write the file in one step, so that no process ever reads half of it. Return its digest."""
    arrays: _Arrays = {
        "about": np.frombuffer(about.model_dump_json().encode(), dtype=np.uint8),
        "hashes": tagger.vocabulary.hashes,
        "rarity": tagger.vocabulary.rarity,
        "weights": tagger.weights.astype(np.float16),
        "bias": tagger.bias,
        "scores": tagger.curve[0],
        "confidences": tagger.curve[1],
        "thresholds": tagger.thresholds,
    }
    digest = _digest(arrays)
    packed = BytesIO()
    signed: Any = {**arrays, "digest": np.frombuffer(bytes.fromhex(digest), dtype=np.uint8)}
    np.savez_compressed(packed, **signed)
    half = path.with_name(f"{path.name}.part")
    half.write_bytes(packed.getvalue())
    half.replace(path)
    return digest


def read_tagger(path: Path) -> TaggerFile:
    """Read and judge the file. Raises BadTaggerError."""
    remedy = "train it anew with `baton tagger train`"
    try:
        size = path.stat().st_size
        if size > SIZE_LIMIT:
            raise BadTaggerError(f"{path} has {size:,} bytes, and a tagger has at most {SIZE_LIMIT:,}: {remedy}")
        arrays = _arrays(read_bytes(path, SIZE_LIMIT))
        digest = _array(arrays, "digest", np.uint8).tobytes().hex()
        about = _about(_array(arrays, "about", np.uint8).tobytes())
        if about.format > FORMAT:
            raise BadTaggerError(f"{path} was made by a newer Baton (format {about.format}): update this one")
        if digest != _digest({name: _array(arrays, name, kind) for name, kind in _TYPES.items()}):
            raise BadTaggerError(f"{path} was damaged or changed: {remedy}")
        return TaggerFile(_tagger(arrays, about), about, digest)
    except OSError as error:
        raise BadTaggerError(f"{path} can't be read ({error.strerror}): check the path and its permissions") from None
    except _BROKEN:
        raise BadTaggerError(f"{path} is no tagger, or half of one: {remedy}") from None


def _arrays(packed: bytes) -> _Arrays:
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_LIMIT:
            raise ValueError("it would unpack to too much")
    with np.load(BytesIO(packed), allow_pickle=False) as found:
        return {name: found[name] for name in (*_TYPES, "digest")}


def _about(text: bytes) -> About:
    raw = json.loads(text)
    newer = raw.get("format", 0) if isinstance(raw, dict) else 0
    if isinstance(newer, int) and newer > FORMAT:  # no other field of a newer format can be relied on
        return About.model_construct(format=newer, tags=())
    return About.model_validate(raw)


def _tagger(arrays: _Arrays, about: About) -> Tagger:
    """Return the tagger of these arrays. Raises ValueError where the parts don't fit each other."""
    hashes, rarity = _array(arrays, "hashes", np.uint32), _array(arrays, "rarity", np.float32)
    weights, bias = _array(arrays, "weights", np.float16), _array(arrays, "bias", np.float32)
    curve = _array(arrays, "scores", np.float32), _array(arrays, "confidences", np.float32)
    thresholds = _array(arrays, "thresholds", np.float32)
    many, tags = len(hashes), tuple(each.tag for each in about.tags)
    shapes = {"rarity": (many,), "weights": (many, len(tags)), "bias": (len(tags),), "thresholds": (len(tags),)}
    fits = all(arrays[name].shape == shape for name, shape in shapes.items())
    is_curve = curve[0].shape == curve[1].shape and curve[0].ndim == 1 and len(curve[0]) > 0
    if not (many and fits and is_curve and len(set(tags)) == len(tags)):
        raise ValueError("its parts are of different sizes")
    is_rising = bool((hashes[1:] > hashes[:-1]).all() and (curve[0][1:] > curve[0][:-1]).all())
    is_finite = all(bool(np.isfinite(each).all()) for each in (rarity, weights, bias, *curve, thresholds))
    if not (is_rising and is_finite and 0 <= curve[1].min() <= curve[1].max() <= 1):
        raise ValueError("its numbers are none that were learnt")
    vocabulary = Vocabulary(hashes, rarity, about.texts)
    return Tagger(tags, vocabulary, weights.astype(np.float32), bias, about.is_alone, curve, thresholds)


def _array(arrays: _Arrays, name: str, kind: type[_Number]) -> NDArray[_Number]:
    found = arrays[name]
    if found.dtype != np.dtype(kind):
        raise ValueError(f"{name} is of another kind")
    return found


def _digest(arrays: _Arrays) -> str:
    whole = sha256()
    for name in _TYPES:
        array = arrays[name]
        whole.update(f"{name}{array.shape}".encode())
        whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()
