"""Labelled conversations and questions, read from files of three shapes.

- `*.jsonl`: one conversation a line, `{id, turns: [{role: customer|agent, text, asks_for_human?}], is_negative?,
  negative_replies?}`; a negative customer is a frustrated one.
- `*.tsv`: one customer turn a line, `conversationId, turnNumber, utterance, intent`: calm conversations, in which only
  turns with the intent `asks_for_human` want a person.
- `*.csv`: one question a line, `text, category`; the category is a risk topic, one of banking77's, or a topic of yours.

Promises an error that names the file. Must not know how anything is scored.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from policies.state.meaning import TOPICS
from worker.trouble import TroubleError

ASKS = "asks_for_human"
_SHAPES = "`baton evaluate --help` says how its lines are written"
_OF_BANKING77 = {
    "security": (
        "compromised_card",
        "lost_or_stolen_card",
        "lost_or_stolen_phone",
        "card_payment_not_recognised",
        "cash_withdrawal_not_recognised",
        "direct_debit_payment_not_recognised",
    ),
    "refund": ("request_refund", "Refund_not_showing_up"),
    "cancellation": ("terminate_account",),
}
"""The risk topics of banking77's categories; all its other categories are about no risk."""
OF_BILLING = frozenset(
    (
        "transaction_charged_twice",
        "extra_charge_on_statement",
        "card_payment_fee_charged",
        "cash_withdrawal_charge",
        "transfer_fee_charged",
        "card_payment_wrong_exchange_rate",
        "wrong_exchange_rate_for_cash_withdrawal",
        "Refund_not_showing_up",
        "card_payment_not_recognised",
        "direct_debit_payment_not_recognised",
        "cash_withdrawal_not_recognised",
        "billing",
    )
)
"""The categories of banking77 about money that was charged wrongly or did not come back; and your own `billing`."""
TOPIC_OF = {category: topic for topic, some in _OF_BANKING77.items() for category in some} | {
    topic: topic for topic in TOPICS
}


SpokenTurn = tuple[Literal["customer", "agent"], str]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation. `angry` are the numbers of the customer's turns that were labelled as negative."""

    id: str
    turns: tuple[SpokenTurn, ...]
    is_frustrated: bool | None = None
    is_calm: bool = False
    asks_at: tuple[int, ...] = ()
    angry: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """One message, the risk topic it is about (empty for none), and the category it was labelled with."""

    text: str
    topic: str
    category: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """All conversations and questions that were found."""

    talks: tuple[Talk, ...] = ()
    questions: tuple[LabelledQuestion, ...] = ()


def read_labelled(place: Path) -> Labelled:
    """Read every file beneath a folder, or one file. Raises `TroubleError`."""
    files = sorted(path for path in place.rglob("*") if path.suffix in _READERS) if place.is_dir() else [place]
    if not files or not all(path.is_file() and path.suffix in _READERS for path in files):
        raise TroubleError(f"{place} holds no labelled .jsonl, .tsv or .csv: name the folder or file with --data")
    found = [each for path in files for each in _read(path)]
    talks = tuple(each for each in found if isinstance(each, Talk))
    return Labelled(talks, tuple(each for each in found if isinstance(each, LabelledQuestion)))


def _read(path: Path) -> Iterator[Talk | LabelledQuestion]:
    try:
        yield from _READERS[path.suffix](path)
    except OSError as error:
        raise TroubleError(f"{path} can't be read ({error.strerror}): check the path and its permissions") from None
    except UnicodeDecodeError:
        raise TroubleError(f"{path} is not UTF-8 text: save it as UTF-8") from None
    except KeyError as error:
        raise TroubleError(f"{path}: a line has no `{error.args[0]}`: {_SHAPES}") from None
    except (TypeError, AttributeError, ValueError, RecursionError, csv.Error):
        raise TroubleError(f"{path} can't be scored: {_SHAPES}") from None


def _jsonl(path: Path) -> Iterator[Talk]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        row: dict[str, Any] = _row(f"{path}:{number}", line)
        turns = tuple(_turn(turn["role"], turn["text"]) for turn in row["turns"])
        negative = row.get("is_negative")
        said = [reply.strip() for reply in (row.get("negative_replies") or "").split("\t;\t")]
        yield Talk(
            id=str(row["id"]),
            turns=turns,
            is_frustrated=None if negative is None else bool(negative),
            asks_at=tuple(number for number, turn in enumerate(row["turns"]) if turn.get(ASKS)),
            angry=tuple(
                number for number, (author, text) in enumerate(turns) if author == "customer" and text.strip() in said
            ),
        )


def _row(where: str, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise TroubleError(f"{where}: the line is not JSON: {_SHAPES}") from None


def _tsv(path: Path) -> Iterator[Talk]:
    talks: dict[str, list[tuple[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            talks.setdefault(row["conversationId"], []).append((row["utterance"] or "", row["intent"] or ""))
    for identifier, said in talks.items():
        asks_at = tuple(number for number, (_, intent) in enumerate(said) if intent == ASKS)
        turns = tuple(_turn("customer", text) for text, _ in said)
        yield Talk(identifier, turns, is_calm=True, asks_at=asks_at)


def _turn(role: str, text: str) -> SpokenTurn:
    return ("customer" if role == "customer" else "agent", text)


def _csv(path: Path) -> Iterator[LabelledQuestion]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield LabelledQuestion(row["text"], TOPIC_OF.get(row["category"], ""), row["category"])


_READERS = {".jsonl": _jsonl, ".tsv": _tsv, ".csv": _csv}
