"""The loading of policies: YAML text to a resolved `Document`, or every mistake in it at once.

Promises that a document it returns can be run as it is, today and in a year, without looking anything up; and that each
problem names file, line, column and remedy. Must not know the clock: `today` is given.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from policies.document.document import Document
from policies.handoff.reader import learn, learnt_for
from policies.loading.bounded_file import read_bytes
from policies.loading.draft import read_draft
from policies.loading.policy_size import check_bytes, check_numbers, check_size, check_templates
from policies.loading.references.whole import check_references
from policies.loading.resolve import holiday_years, resolve
from policies.loading.shape import check_shape
from policies.loading.source import Mistake, PolicySource, Problem, SourceError
from policies.state.limits import DOCUMENT_LIMIT

__all__ = ["SHIPPED", "PolicyError", "Problem", "digest", "load_catalog", "load_file", "load_policy"]

SHIPPED = Path(__file__).parent.parent / "catalog"
"""The policies that come with Baton."""

FILE_LIMIT = 2 * 1024**2
"""The most bytes of a file, comments included."""
_SUFFIXES = (".yaml", ".yml")


class PolicyError(Exception):
    """The error where a policy can't be used. As text: all problems, one a line, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@lru_cache(maxsize=256)
def load_policy(text: str, *, file: str, today: date) -> Document:
    """Return the policy in `text`, resolved; `file` is its name in problems. Raises `PolicyError` with all of them.

    The same text gives the same document, which is read once.
    """
    if (size := len(text.encode(errors="replace"))) > DOCUMENT_LIMIT:
        sentence = f"the file has {size:,} bytes: write at most {DOCUMENT_LIMIT:,}"
        raise PolicyError([Problem(file, 1, 1, sentence)])
    try:
        source = PolicySource(text, file)
    except SourceError as error:
        raise PolicyError([error.problem]) from None
    findings = [*check_shape(source.raw), *whole(source.raw, today)]
    problems = [*source.problems, *(source.locate(finding) for finding in findings)]
    if problems:
        raise PolicyError(problems)
    document = resolved(Document.model_validate(source.raw), today)
    if too_large := [*check_bytes(document)]:
        raise PolicyError(source.locate(finding) for finding in too_large)
    return document


def whole(raw: Any, today: date) -> list[Mistake]:
    """Return all mistakes in a policy's content beside its shape: sizes, and parts that don't fit together."""
    too_large = [*check_size(raw)] or [*check_templates(raw)]
    if too_large:
        return too_large  # judging the rest could take long
    with suppress(ValidationError):  # `check_shape` says what is wrong
        too_large = [*check_numbers(Document.model_validate(raw))]
    return too_large or check_references(read_draft(raw), holiday_years(today))


def resolved(document: Document, today: date) -> Document:
    """Return a policy that was judged, ready to be pinned."""
    document = resolve(document, today)
    learn(learnt_for(document))
    return document


def load_file(path: Path, *, today: date) -> Document:
    """Return the policy in one file, resolved. Raises `PolicyError` with all its problems."""
    return load_policy(read_file(path), file=str(path), today=today)


def read_file(path: Path) -> str:
    """Return the text of a policy file. Raises `PolicyError` where it can't be read."""
    try:
        return read_bytes(path, FILE_LIMIT).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PolicyError([Problem(str(path), 1, 1, "the file is not UTF-8 text: save it as UTF-8")]) from None
    except OSError as error:
        sentence = f"the file can't be read ({error.strerror}): check the path and its permissions"
        raise PolicyError([Problem(str(path), 1, 1, sentence)]) from None


def load_catalog(*directories: Path, today: date) -> dict[str, Document]:
    """Return the highest version of every policy in the directories, by name. Raises `PolicyError` over all files.

    One version may be there twice with the same content, as where the shipped policies are mounted over themselves.
    """
    problems: list[Problem] = []
    found: dict[tuple[str, int], tuple[Path, Document]] = {}
    catalog: dict[str, Document] = {}
    for path in _files(directories, problems):
        try:
            document = load_file(path, today=today)
        except PolicyError as error:
            problems.extend(error.problems)
            continue
        first, same = found.setdefault((document.policy, document.version), (path, document))
        if same != document:
            problems.append(_twice(path, first, document))
        if document.policy not in catalog or catalog[document.policy].version < document.version:
            catalog[document.policy] = document
    if problems:
        raise PolicyError(problems)
    return catalog


def digest(document: Document) -> str:
    """Return a short name for the content: equal for equal documents, different for any change that could matter.

    The order of teams and rules is part of it, because it decides between equals.
    """
    return hashlib.sha256(document.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:16]


def _files(directories: Iterable[Path], problems: list[Problem]) -> list[Path]:
    found: list[Path] = []
    for directory in dict.fromkeys(directories):
        try:
            found.extend(sorted(path for path in directory.iterdir() if path.suffix in _SUFFIXES))
        except (FileNotFoundError, NotADirectoryError):
            problems.append(Problem(str(directory), 1, 1, "this is no directory: name the one that holds the policies"))
        except OSError as error:
            sentence = f"the directory can't be read ({error.strerror}): check the path and its permissions"
            problems.append(Problem(str(directory), 1, 1, sentence))
    return found


def _twice(path: Path, first: Path, document: Document) -> Problem:
    sentence = (
        f"`{document.policy}` version {document.version} is also in {first}, with other content: "
        "raise `version`, or remove one file"
    )
    return Problem(str(path), 1, 1, sentence)
