"""Answers to queries that always fit into what the server takes.

Promises that an answer within the limit stays as it is, and that a shortened answer says so. Must not know what is
asked.
"""

from typing import Any

from workflows.carrying.fitting import shortened
from workflows.carrying.packing import size_of
from workflows.limits.server import ANSWER_LIMIT

_HARSHER = ((2_000, 1_000), (500, 300), (200, 100), (100, 30), (60, 10))
"""Bytes of each text and entries of each list, tried one after another until the answer fits."""
SHORTENED = "shortened"


def object_that_fits(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer. Where it is too large, its texts and lists are cut, and a field `shortened` says so."""
    if (size := size_of(answer)) <= ANSWER_LIMIT:
        return answer
    return _smaller(answer) | {SHORTENED: _sentence(size)}


def list_that_fits(answer: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the answer. Where it is too large, only its last entries, after one that says so."""
    if (size := size_of(answer)) <= ANSWER_LIMIT:
        return answer
    said = {"at": None, "kind": SHORTENED, "text": _sentence(size), "what": _sentence(size), "unless": ""}
    return [said, *_smaller(answer)]


def policy_that_fits(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the policy whole, or without its document: half a document would be another policy."""
    if (size := size_of(answer)) <= ANSWER_LIMIT:
        return answer
    return answer | {"document": {}, SHORTENED: _sentence(size)}


def _smaller(answer: Any) -> Any:
    for room, most in _HARSHER:
        answer = shortened(answer, room, most)
        if size_of(answer) <= ANSWER_LIMIT:
            break
    return answer


def _sentence(size: int) -> str:
    return f"{size} bytes are too many for one answer: texts and lists are cut; the ledger has all of it"
