"""Baton's own tables, in SQLAlchemy Core, and how to reach them on SQLite and PostgreSQL.

Promises the same meaning on both engines: times come back as aware UTC, and text that one of them cannot store does not
stop an effect. `migrations` brings a database to this shape; a test compares the two.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    false,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from policies.text.json_text import whole


class InstantColumn(TypeDecorator[datetime]):
    """A time that goes in and comes out as aware UTC. SQLite has no time zones; a naive time raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC; on SQLite without its time zone, which SQLite can't store."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone: times are stored as aware UTC")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time as aware UTC. PostgreSQL answers with a time zone object of its own."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class WordsColumn(TypeDecorator[str]):
    """Text from people. PostgreSQL refuses NUL, both refuse half a surrogate pair, and a retry would not help."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace only the characters that can't be stored."""
        return value if value is None else storable(value)


def storable(text: str) -> str:
    """Return the text with U+FFFD for each character that one of the two engines can't store."""
    return text if text.isascii() and "\x00" not in text else whole(text.replace("\x00", "\ufffd"))


metadata = MetaData()

EMPTY = text("''")


def texts(*names: str, **how: Any) -> Iterator[Column[str]]:
    """Return columns of texts that every row has."""
    return (Column(name, WordsColumn, nullable=False, **how) for name in names)


ledger = Table(
    "ledger",
    metadata,
    Column("conversation_id", WordsColumn, primary_key=True),
    # Milliseconds since 1970, which need more than 32 bits.
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("recorded_at", InstantColumn, nullable=False),
    Column("occurred_at", InstantColumn, nullable=False),
    *texts("kind", "rule", "because", "clock"),
    Column("due_at", InstantColumn),
    Column("accepted_at", InstantColumn),
    Column("lateness_ms", BigInteger),
    *texts("effect_key", "team"),
    Column("body", JSON, nullable=False),
    # The id of the outside event, on the first ledger line about it, so that a repeat of the event is recognised; empty
    # on all other lines.
    Column("event_id", WordsColumn, nullable=False, server_default=EMPTY),
)

judgements = Table(
    "judgements",
    metadata,
    Column("conversation_id", WordsColumn, primary_key=True),
    # The number of its line, in one count with the lines of the ledger.
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("recorded_at", InstantColumn, nullable=False),
    Column("body", JSON, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    Column("digest", WordsColumn, primary_key=True),
    Column("name", WordsColumn, nullable=False),
    Column("document", JSON, nullable=False),
    Column("first_used_at", InstantColumn, nullable=False),
)

desk_conversations = Table(
    "desk_conversations",
    metadata,
    Column("conversation_id", WordsColumn, primary_key=True),
    *texts("team", "team_name", "assignee", default=""),
    Column("status", WordsColumn, nullable=False, default="open"),
    Column("priority", WordsColumn, nullable=False, default="normal"),
    Column("is_assistant_muted", Boolean, nullable=False, default=False, server_default=false()),
    # Tells a closed conversation from a new one under the same id.
    Column("life", WordsColumn, nullable=False, default="", server_default=EMPTY),
    Column("updated_at", InstantColumn, nullable=False),
)

desk_tags = Table(
    "desk_tags",
    metadata,
    Column("conversation_id", WordsColumn, ForeignKey("desk_conversations.conversation_id"), primary_key=True),
    Column("tag", WordsColumn, primary_key=True),
)


def _beside(name: str, *columns: Column[Any]) -> Table:
    """Return a table of what effects have put beside conversations in the helpdesk: one row for each key."""
    return Table(
        name,
        metadata,
        Column("id", Integer, primary_key=True),
        Column(
            "conversation_id", WordsColumn, ForeignKey("desk_conversations.conversation_id"), nullable=False, index=True
        ),
        *texts("key"),
        *columns,
        Column("created_at", InstantColumn, nullable=False),
        UniqueConstraint("key", name=f"{name}_key"),
    )


desk_notes = _beside("desk_notes", *texts("kind", "body", "because"))
desk_attachments = _beside("desk_attachments", *texts("name", "text"))
desk_bugs = _beside("desk_bugs", *texts("title", "steps", "impact"), Column("links", JSON, nullable=False))

desk_done = Table(
    "desk_done",
    metadata,
    Column("key", WordsColumn, primary_key=True),
    *texts("conversation_id", "kind"),
    Column("at", InstantColumn, nullable=False),
)

slack_outbox = Table(
    "slack_outbox",
    metadata,
    Column("key", WordsColumn, primary_key=True),
    *texts("target", "text"),
    Column("blocks", JSON, nullable=False),
    Column("at", InstantColumn, nullable=False),
    # The message's channel and timestamp in Slack, by which it is found again; empty where it never reached Slack.
    *texts("channel", "ts", server_default=EMPTY),
    # `run`: the run of a ladder that the message belongs to, `<conversation>/page:<run>`. `outcome`: the latest outcome
    # that it shows.
    *texts("run", "outcome", server_default=EMPTY),
    Index("slack_outbox_run", "run"),
    Index("slack_outbox_target", "target", "at"),
)

on_call_overrides = Table(
    "on_call_overrides",
    metadata,
    Column("id", Integer, primary_key=True),
    *texts("policy", "rotation", "key", "person"),
    Column("instead_of", WordsColumn, nullable=False, server_default=EMPTY),
    Column("starts_at", InstantColumn, nullable=False),
    Column("ends_at", InstantColumn, nullable=False),
    Column("added_by", WordsColumn, nullable=False, server_default=EMPTY),
    Column("added_at", InstantColumn, nullable=False),
    UniqueConstraint("policy", "rotation", "key", name="on_call_overrides_key"),
    sqlite_autoincrement=True,  # an id is never reused after its override is removed
)


def insert_into(table: Table, engine: AsyncEngine) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT with ON CONFLICT, which both engines have and standard SQL lacks."""
    return sqlite.insert(table) if engine.dialect.name == "sqlite" else postgresql.insert(table)


_CONNECT_WITHIN = 10.0
"""Seconds for a connection to PostgreSQL. The driver alone waits a minute for an address that is none."""


def engine(url: str) -> AsyncEngine:
    """Return a connection pool for a `sqlite:///file` or `postgresql://…` address, with its asynchronous driver."""
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    within = {"timeout": _CONNECT_WITHIN}
    return create_async_engine(address, pool_size=5, max_overflow=5, pool_pre_ping=True, connect_args=within)


def _address(url: str) -> URL:
    address = make_url(url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url)
    match address.get_backend_name():
        case "sqlite" if address.database and address.database != ":memory:":
            return address.set(drivername="sqlite+aiosqlite")
        case "postgresql":
            # Addresses from hosting companies are written for libpq; asyncpg calls the same setting `ssl`.
            query = {"ssl" if name == "sslmode" else name: value for name, value in address.query.items()}
            return address.set(drivername="postgresql+asyncpg", query=query)
        case _:
            shown = address.render_as_string(hide_password=True)
            raise ValueError(f"{shown} is not a store: write sqlite:///path/to/file.db or postgresql://user@host/name")


def _sqlite(address: URL) -> AsyncEngine:
    # One connection for a process, because SQLite has one writer anyway. Callers that wait for it in our queue are
    # served in order and wake at once; SQLite's own waiting polls with growing pauses.
    made = create_async_engine(address, pool_size=1, max_overflow=0)

    def _prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("busy_timeout=30000", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        # SQLite stores this mode in the file. When several processes switch a new file at once, SQLite refuses some of
        # them without waiting; those work on in the mode that the file has by then.
        with suppress(OperationalError, made.dialect.loaded_dbapi.OperationalError):
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.close()

    event.listen(made.sync_engine, "connect", _prepare)
    return made


P = ParamSpec("P")
T = TypeVar("T")
_under_way: set[asyncio.Task[Any]] = set()


def to_its_end(transaction: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a transaction finish even where its caller is cancelled, perhaps twice.

    A driver that is interrupted during its clean-up leaves a connection behind that still holds the lock and keeps all
    others out. To finish is harmless: every change carries its key.
    """

    @wraps(transaction)
    async def undisturbed(*args: P.args, **kwargs: P.kwargs) -> T:
        task = asyncio.ensure_future(transaction(*args, **kwargs))
        _under_way.add(task)
        task.add_done_callback(_ended)
        return await asyncio.shield(task)

    return undisturbed


def _ended(task: asyncio.Task[Any]) -> None:
    _under_way.discard(task)
    if not task.cancelled():
        task.exception()  # marks the error as retrieved, so that asyncio does not log it
