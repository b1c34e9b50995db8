"""Messages of callers, read into events: lenient for facts, exact for commands.

Promises that `read_facts` and `read_start` never raise and never drop anything: what can't be read comes back as
`EventRejected` or as trouble on the record. Must not know the conversation; that is for `commands`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from math import isfinite
from typing import Any

from pydantic import BaseModel, ValidationError

from policies.contract.attachments import attachments_in
from policies.contract.bounds import NO_NUMBER, UnboundedError, bounded, readable
from policies.contract.sent_fields import sent_fields
from policies.contract.wrong_fields import explain, misspelt, unknown_places
from policies.document.hindsight import told_apart
from policies.editions import NEWEST
from policies.running.limited import limited
from policies.state import events
from policies.state.events import SIGNALS, ConversationStarted, Customer, EventRejected, Fact, Reported
from policies.state.limits import ID_LIMIT, TEXT_LIMIT, TRANSCRIPT_LIMIT
from policies.text.automatic import headers_in, is_automatic, unread_headers
from policies.text.cutting import clipped, cut, utf8_bytes
from policies.text.json_text import whole
from policies.text.undecodable import no_object
from policies.text.written import own_words
from policies.time.hours import FARTHEST, is_reckonable

_LONGEST_REASON = 900
_NO_SUCH_TIME = "it is beyond what a calendar holds"
_TOO_FAR = f"nobody waits so long: name a time within {FARTHEST.days} days"
_OLDEST = timedelta(days=366)
"""The oldest a conversation can be: one that claims to be older has a broken clock behind it."""

_NAMES_OF_CONVERSATION = ("conversation_id", "id")
_ALSO_IN_START = ("opened_at", "imported", *_NAMES_OF_CONVERSATION)
"""The fields of a start beside those of its event."""
_HOURS = 24
_IMPORTED_AFTER, _AHEAD = timedelta(hours=_HOURS), timedelta(minutes=5)
"""How old a conversation is at its start that must be an import; how far clocks of two machines may differ."""

_ENVELOPE = {"event_id", "occurred_at", "source", "kind"}


def is_numbered(conversation_id: str, event_id: str) -> bool:
    """Return True where Baton made the id: for a start, or where the sender of a message or command gave none."""
    return event_id.startswith(f"{conversation_id}/")


def read_facts(name: str, body: Any, *, now: datetime, fallback_id: str, edition: int = NEWEST) -> tuple[Fact, ...]:
    """Return one signal as an event, and where fields could not be kept a second event that names them.

    Without `event_id` it gets `fallback_id`, without `occurred_at` it happened `now`. A field that is null counts as
    not sent: many languages send every field they know.
    """

    def read(fields: dict[str, Any], lost: list[str]) -> Fact:
        if edition >= 3:  # before, a field whose name is misspelt was ignored in silence
            lost += misspelt(fields, [] if name == "feedback" else _known_fields(name, edition))
            if name == "message" and (unread := unread_headers(fields.get("headers"))):
                lost.append(unread)
            lost += unknown_places(fields) if name == "customer_updated" else ()
        text, attached = fields.get("text"), None
        if isinstance(text, str):
            fields["text"] = _within_limit(text, edition)
        if name == "message":
            attached = fields.pop("attachments", None)
            fields.pop("whole", None)
        event = _read(SIGNALS[name], fields, now, fallback_id, lost)
        if not isinstance(event, events.MessageReceived):
            return event
        event = event.model_copy(update=_beside_the_words(text, attached, lost, edition))
        return _with_author_known(event, edition)

    return read_signal(name, body, SIGNALS, fallback_id, read, partial(_rejected, name, body, now))


def read_signal(
    name: str,
    body: Any,
    signals: Iterable[str],
    fallback_id: str,
    read: Callable[[dict[str, Any], list[str]], Any],
    rejected: Callable[[str, str], Any],
) -> tuple[Any, ...]:
    """Return what `read` makes of the fields that were sent, or a `rejected` event; both where some fields are lost.

    `rejected` takes the reason and the id of the message.
    """
    fields, lost = sent(body) if isinstance(body, Mapping) else {}, list[str]()
    event_id = identifier(fields.get("event_id")) or fallback_id
    if name not in signals:
        return (rejected(f"there is no signal “{name}”; there are {', '.join(signals)}", event_id),)
    if not isinstance(body, Mapping):
        return (rejected(no_object(body, "message"), event_id),)
    try:
        event = read(fields, lost)
        return (event, rejected("; ".join(lost), event.event_id)) if lost else (event,)
    except ValidationError as error:
        lost.append(explain(error))
    except (UnboundedError, OverflowError) as error:
        lost.append(str(error))
    return (rejected("; ".join(lost), event_id),)


def read_start(
    body: Any, *, conversation_id: str, began_at: datetime, now: datetime, edition: int = NEWEST
) -> tuple[ConversationStarted, EventRejected | None]:
    """Return the start's input, and an event about what can't be read and is left out: a conversation always begins.

    Without `opened_at` the customer made contact at `began_at`; an `opened_at` that can't be true is moved.
    """
    event_id = f"{conversation_id}/start"
    if not isinstance(body, Mapping):
        started = ConversationStarted(event_id=event_id, occurred_at=began_at)
        return started, _rejected("start", body, now, no_object(body, "input"), event_id)
    bad: list[str] = [*_oddly_named(body, conversation_id)] if edition >= 3 else []
    fields = _fitting(ConversationStarted, _each_bounded(_of_start(body, edition), bad), bad)
    if isinstance(fields.get("customer"), Mapping):
        fields["customer"] = _fitting(Customer, sent(fields["customer"]), bad)
    envelope = {"event_id": event_id, "occurred_at": _instant(fields.pop("opened_at", began_at)), "source": "fact"}
    while True:
        try:
            started = ConversationStarted.model_validate({**fields, **envelope})
            break
        except OverflowError:
            bad.append(f"opened_at: {_NO_SUCH_TIME}")
            envelope["occurred_at"] = began_at
        except ValidationError as error:
            bad.append(explain(error, {"occurred_at": "opened_at"}))
            for problem in error.errors():
                _leave_out(fields, problem["loc"])
                if problem["loc"][0] == "occurred_at":
                    envelope["occurred_at"] = began_at
    started = _opened(limited(started), began_at, now, edition)
    return started, _rejected("start", body, now, "; ".join(bad), event_id) if bad else None


def _opened(started: ConversationStarted, began_at: datetime, now: datetime, edition: int) -> ConversationStarted:
    """Move an `opened_at` that can't be true, tell an import by its age, and say so for the timeline."""
    stated = started.occurred_at
    at = {"occurred_at": min(max(stated, now - _OLDEST), now)}
    said = f"opened_at said {stated.isoformat(timespec='seconds')}"
    is_old = began_at - stated > _IMPORTED_AFTER
    if edition < 3:  # before, every start was live, and an instant was moved without a word
        return started.model_copy(update={**at, "imported": False})
    if started.imported or is_old:
        why = "" if started.imported else f", for {said}, more than {_HOURS} hours before the start"
        noted = f"Imported{why}: no person is told what was due before {began_at.isoformat(timespec='seconds')}"
        return started.model_copy(update={**at, "imported": True, "began_at": began_at, "noted": noted})
    if stated - now > _AHEAD:
        return started.model_copy(update={**at, "noted": f"{said}, which is in the future: taken as the start's time"})
    return started.model_copy(update=at)


def _within_limit(text: str, edition: int) -> str:
    """Return a message's text within the limit: of a longer one only the writer's own words, which may be beneath.

    Before edition 3 the text was cut with its quotes and its HTML.
    """
    if len(text) > TEXT_LIMIT and edition >= 3:
        text = own_words(text)
    return cut(text, TEXT_LIMIT, unit=len)


def _known_fields(name: str, edition: int) -> list[str]:
    """Return the fields that a sender may use; before edition 4 no message had attachments."""
    return [field for field in sent_fields(SIGNALS[name]) if edition >= 4 or field != "attachments"]


def _beside_the_words(text: Any, attached: Any, lost: list[str], edition: int) -> dict[str, Any]:
    """Return what a transcript shows of a message beside its words: the words of a longer one, and attachments.

    Before edition 4 they were dropped.
    """
    if edition < 4:
        return {"whole": ""}
    said = ""
    if isinstance(text, str) and len(text) > TEXT_LIMIT:
        said = cut(whole(text[: TRANSCRIPT_LIMIT + 1]), TRANSCRIPT_LIMIT, unit=utf8_bytes)
    return {"whole": said, "attachments": attachments_in(attached, lost)}


def _read(kind: type[Reported], fields: dict[str, Any], now: datetime, fallback_id: str, lost: list[str]) -> Fact:
    if kind is events.MessageReceived:
        fields["headers"] = headers_in(fields.get("headers"))
    if not kind.gathers:  # fields that are not read can do no harm either
        fields = {name: value for name, value in fields.items() if name in kind.model_fields}
    fields = bounded(fields, lost)
    if kind is events.FeedbackGiven:
        fields = told_apart(_gather(fields, kind.gathers, keep={"by"}))
    if kind is events.CustomerUpdated:
        fields = _gather(fields, kind.gathers)
        fields["customer"] = _fitting(Customer, sent(fields["customer"]), lost)
        Customer.model_validate(fields["customer"])  # the customer is merged later, where nothing may fail any more
    envelope = {
        "event_id": identifier(fields.get("event_id")) or fallback_id,
        "occurred_at": _instant(fields.get("occurred_at") or now),
        "source": "fact",
    }
    without_kind = {key: value for key, value in _fitting(kind, fields, lost).items() if key != "kind"}
    try:
        event = kind.model_validate({**without_kind, **envelope})
    except OverflowError:
        raise UnboundedError(f"occurred_at: {_NO_SUCH_TIME}") from None
    event = _reckonable(event, now, lost)
    if isinstance(event, events.Rated) and not events.SCORES[0] <= event.score <= events.SCORES[1]:
        raise UnboundedError("score: a score is from {} to {}".format(*events.SCORES))
    return limited(event)  # pyright: ignore[reportReturnType]


def _with_author_known(event: events.MessageReceived, edition: int) -> events.MessageReceived:
    """Find out by the headers whether a machine wrote in the customer's name, and forget them."""
    is_machine = edition >= 3 and event.author == "customer" and is_automatic(event.headers)  # before, senders knew
    return event.model_copy(update={"automatic": event.automatic or is_machine, "headers": {}})


def _reckonable(event: Reported, now: datetime, lost: list[str]) -> Reported:
    """Check the event's other instants: business time must know them, and no wait is older than conversations can be.

    Raises `UnboundedError`. The year 1 is what some languages send for no time at all.
    """
    stated = {name: at for name in type(event).model_fields if isinstance(at := getattr(event, name), datetime)}
    since = stated.pop("waiting_since", None)
    for name, at in stated.items():
        if name != "occurred_at" and not is_reckonable(at):
            raise UnboundedError(f"{name}: {_NO_SUCH_TIME}")
    if isinstance(event, events.CallbackPromised) and event.at - now > FARTHEST:
        raise UnboundedError(f"at: {_TOO_FAR}")
    if isinstance(event, events.ChoiceMade) and event.at is not None and event.at - now > FARTHEST:
        lost.append(f"at: {_TOO_FAR}")
        return event.model_copy(update={"at": None})
    if since is None:
        return event
    within = min(max(since, now - _OLDEST), now) if is_reckonable(since) else None
    return event.model_copy(update={"waiting_since": within})


def _instant(stated: Any) -> Any:
    """Return a text as an instant: without a zone in UTC, a date at its midnight. Other values stay as they are."""
    try:
        at = datetime.fromisoformat(stated)
    except (TypeError, ValueError):
        return stated
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def identifier(stated: Any) -> str:
    """Return the sender's name for a thing as text of at most `ID_LIMIT` characters; a cut one ends in its digest."""
    text = "" if stated is None else readable(stated)
    if len(text) <= ID_LIMIT:
        return text
    digest = sha256(text.encode(errors="replace")).hexdigest()
    return f"{text[: ID_LIMIT - len(digest) - 1]}…{digest}"


def _each_bounded(fields: dict[str, Any], bad: list[str], within: str = "") -> dict[str, Any]:
    """Bound each field by itself: one that exceeds the limit takes no other with it."""
    kept: dict[str, Any] = {}
    for name, value in fields.items():
        try:
            if not within and name == "customer" and isinstance(value, Mapping):
                kept[name] = bounded(_each_bounded(sent(value), bad, "customer."), bad)
            else:
                kept |= bounded({f"{within}{name}": value}, bad)
        except UnboundedError as error:
            bad.append(f"{readable(within + name)[:ID_LIMIT]}: {error}")
    return {name.removeprefix(within): value for name, value in kept.items()}


def sent(body: Any) -> dict[str, Any]:
    """Return the fields that were sent: one that is null was not."""
    return {str(key): value for key, value in body.items() if value is not None}


def _of_start(body: Any, edition: int) -> dict[str, Any]:
    ignored = {"began_at", "noted"} | ({"direction"} if edition < 3 else set())  # before, the customer began them all
    known = {*ConversationStarted.model_fields, "opened_at"} - ignored
    fields = {name: value for name, value in sent(body).items() if name in known}
    if isinstance(fields.get("imported"), Mapping):  # the state of a lost run, which could not be used
        del fields["imported"]
    return fields


def _oddly_named(body: Any, conversation_id: str) -> Iterator[str]:
    """Yield a sentence on each name in a start that is probably meant otherwise; before edition 3 they were ignored."""
    fields = sent(body)
    for name in _NAMES_OF_CONVERSATION:
        if name in fields and identifier(fields[name]) != conversation_id:
            said = clipped(readable(fields[name]), 80)
            yield f"{name}: it says “{said}”, but the workflow's id, which counts, says “{conversation_id}”"
    known = (name for name in sent_fields(ConversationStarted) if name not in _ENVELOPE)
    yield from misspelt(fields, [*known, *_ALSO_IN_START])
    if isinstance(customer := fields.get("customer"), Mapping):
        yield from misspelt(sent(customer), Customer.model_fields, "customer.")
        yield from unknown_places(sent(customer), "customer.")


def _fitting(kind: type[BaseModel], fields: Mapping[str, Any], lost: list[str]) -> dict[str, Any]:
    """Turn numbers into text where the field is an id: helpdesks number agents and customers. Refuse NaN as a text."""
    kept: dict[str, Any] = {}
    for name, value in fields.items():
        wanted: Any = kind.model_fields[name].annotation if name in kind.model_fields else None
        if wanted is str and isinstance(value, int) and not isinstance(value, bool):
            kept[name] = str(value)
        elif wanted in (float, float | None) and isinstance(value, str) and _is_no_number(value):
            lost.append(f"{name}: {NO_NUMBER}")
        else:
            kept[name] = value
    return kept


def _is_no_number(text: str) -> bool:
    try:
        return not isfinite(float(text))
    except ValueError:
        return False  # the field's own check refuses the text


def _leave_out(fields: dict[str, Any], where: Sequence[int | str]) -> None:
    """Leave out the field that can't be read; of the customer only the one field, so that the others stay."""
    outer = fields.get(str(where[0]))
    if where[0] == "customer" and len(where) > 1 and isinstance(outer, dict):
        outer.pop(where[1], None)
    else:
        fields.pop(str(where[0]), None)


def _gather(fields: dict[str, Any], into: str, keep: frozenset[str] | set[str] = frozenset()) -> dict[str, Any]:
    """Gather the fields of a customer or a feedback, which callers send flat, in the one field that the event has."""
    if isinstance(fields.get(into), Mapping):
        return fields
    outside = _ENVELOPE | set(keep)
    flat = {key: value for key, value in fields.items() if key not in outside}
    return {**{key: value for key, value in fields.items() if key in outside}, into: flat}


def _rejected(name: str, body: Any, now: datetime, why: str, event_id: str) -> EventRejected:
    return EventRejected(
        event_id=f"{event_id}/rejected" if not event_id.endswith("/rejected") else event_id,
        occurred_at=now.astimezone(UTC),
        name=readable(name)[:ID_LIMIT],
        why=readable(why)[:_LONGEST_REASON],
        excerpt=readable(body)[:500],
    )
