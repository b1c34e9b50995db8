"""A policy that was sent as JSON instead of read from a file: checked like a file, with all reasons in one sentence.

Promises that what it returns can be run as it is, and that what it refuses it refuses with every reason, up to a number
that a person reads. Must not know where the policy came from.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast

from pydantic import ValidationError

from policies.document.document import Document
from policies.loading.load import resolved, whole
from policies.loading.policy_size import check_bytes, check_size
from policies.loading.shape import check_shape, path_of
from policies.loading.source import Mistake, Path
from policies.state.limits import DOCUMENT_LIMIT
from policies.text.cutting import clipped

_SHOWN = 12
"""The most reasons that one refusal names."""
_REASON_LIMIT = 300
"""The most characters of one reason: a wrong value may be in it."""


_NO_VALUE = "it has no value: write one, or leave the name out"


class UnusablePolicyError(ValueError):
    """The error where the policy can't be used; the text says why, for its sender."""


def read_sent(content: Any, *, today: date) -> Document:
    """Return the policy, resolved. Raises `UnusablePolicyError`.

    Parts that equal the defaults are left out before the policy is judged, as they are when it is carried.
    """
    content = _as_json(content)
    _refuse(check_size(content))
    try:
        document = Document.model_validate(content)
    except ValidationError as error:
        _refuse(check_shape(content))
        _refuse(Mistake(path_of(each), _NO_VALUE) for each in error.errors() if each["loc"] and each["input"] is None)
        raise UnusablePolicyError("it has not the shape of a policy") from error
    try:
        _refuse(whole(_as_written(document.model_dump(exclude_defaults=True)), today))
        document = resolved(document, today)
        _refuse(check_bytes(document))
        return document
    except UnusablePolicyError:
        raise
    except Exception as error:  # a check that a mistake elsewhere in the policy confuses
        raise UnusablePolicyError("it could not be checked whole: correct it with `baton policy check`") from error


def _as_written(value: Any) -> Any:
    """Return the value as it could stand in a file; a span in seconds: a day of business hours has no fixed length."""
    match value:
        case dict():
            return {name: _as_written(part) for name, part in cast("Mapping[str, Any]", value).items()}
        case list() | tuple():
            return [_as_written(part) for part in cast("Iterable[Any]", value)]
        case timedelta():
            return f"{value.total_seconds():.0f}s"
        case datetime() | date():
            return value.isoformat()
        case _:
            return value


def _as_json(content: Any) -> Any:
    """Return the content with half characters replaced. Raises `UnusablePolicyError` where JSON can't carry it."""
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False).encode(errors="replace")
    except (TypeError, ValueError, RecursionError) as error:
        sentence = "it is nested too deeply, or holds what is no JSON, such as NaN or Infinity"
        raise UnusablePolicyError(sentence) from error
    if len(text) > DOCUMENT_LIMIT:
        raise UnusablePolicyError(f"it has {len(text):,} bytes: send at most {DOCUMENT_LIMIT:,}")
    return json.loads(text)


def _refuse(findings: Iterable[Mistake]) -> None:
    """Raise one error with all findings, where there are any."""
    reasons = [_reason(finding) for finding in dict.fromkeys(findings)]
    if not reasons:
        return
    more = f"; and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
    raise UnusablePolicyError("; ".join(reasons[:_SHOWN]) + more)


def _reason(finding: Mistake) -> str:
    line = str(finding.line_of[-1]) if finding.line_of else ""
    sentence = finding.sentence.replace("line {line}", f"number {line}")
    place = _shown(finding.path)
    return clipped(f"{place}: {sentence}" if place else sentence, _REASON_LIMIT)


def _shown(path: Path) -> str:
    """Return a path as `rules[2].when`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
