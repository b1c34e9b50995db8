"""Labelled texts to train a tagger on, read from files of two shapes.

- `*.csv`: a heading with `text` and `category`, one text a line; a text without a category belongs to no tag.
- `*.jsonl`: `{"text": …, "tags": [ … ]}`, one text a line.

Promises an error that names the file and the line. Must not know what is learnt from them.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from worker.tagger.training import Example
from worker.trouble import TroubleError

_READ_LIMIT = 20_000
"""Characters of a text that are kept: a tagger looks at only a thousand of them."""
_FIELD_LIMIT = 64 * 1024 * 1024
_SHAPES = "write .csv with `text,category`, or .jsonl of {text, tags}"


def read_texts(path: Path) -> list[Example]:
    """Return every text of the file. Raises TroubleError."""
    reader = {".csv": _csv, ".jsonl": _jsonl}.get(path.suffix.lower())
    if reader is None:
        raise TroubleError(f"{path} can't be learnt from: {_SHAPES}")
    try:
        # A file that a spreadsheet saved begins with a byte order mark.
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return list(reader(path, lines))
    except OSError as error:
        raise TroubleError(f"{path} can't be read ({error.strerror}): check the path") from None
    except UnicodeDecodeError:
        raise TroubleError(f"{path} is not UTF-8 text: save it as UTF-8") from None


def _csv(path: Path, lines: Any) -> Iterator[Example]:
    before = csv.field_size_limit(_FIELD_LIMIT)
    rows = csv.DictReader(lines)
    try:
        if not {"text", "category"} <= set(rows.fieldnames or ()):
            raise TroubleError(f"{path}:1: its heading has no `text` and `category`: {_SHAPES}")
        for row in rows:
            category = (row["category"] or "").strip()
            yield Example((row["text"] or "")[:_READ_LIMIT], (category,) if category else ())
    except csv.Error as error:
        raise TroubleError(f"{path}:{rows.line_num}: the line can't be read ({error}): {_SHAPES}") from None
    finally:
        csv.field_size_limit(before)


def _jsonl(path: Path, lines: Any) -> Iterator[Example]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                row: Any = json.loads(line)
            except (ValueError, RecursionError):
                raise TroubleError(f"{path}:{number}: the line is not JSON: {_SHAPES}") from None
            yield _example(f"{path}:{number}", row)


def _example(where: str, row: Any) -> Example:
    fields = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    text, tags = fields.get("text"), fields.get("tags")
    if not isinstance(text, str) or not isinstance(tags, list):
        raise TroubleError(f"{where}: the line has no `text` and list of `tags`: {_SHAPES}")
    named = [tag.strip() for tag in cast("list[Any]", tags) if isinstance(tag, str)]
    if len(named) != len(cast("list[Any]", tags)) or not all(named):
        raise TroubleError(f"{where}: a tag is a text that is not empty: {_SHAPES}")
    return Example(text[:_READ_LIMIT], tuple(dict.fromkeys(named)))
