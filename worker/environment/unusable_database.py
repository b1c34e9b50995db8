"""Sentences for a database that can't be used.

Promises what to look at, without the password, and with a driver's words in brackets at most. Must not open a database.
"""

import socket

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

SQLITE = "sqlite:///"
_NO_ADDRESS = (
    "BATON_DATABASE_URL is not the address of a database: write sqlite:///path/to/file.db or "
    "postgresql://user:password@host/name"
)
_NO_POSTGRES = "is no PostgreSQL, or does not speak as the address wants: look at BATON_DATABASE_URL"
_BY_STATE = {
    "28": "does not take the user or the password: look at BATON_DATABASE_URL",
    "3D": "has no database of this name: create it, or look at BATON_DATABASE_URL",
    "42501": "does not let this user do it: run `baton migrate` as a user who may change tables",
    "53": "takes no more connections now: try again later, or let it take more",
    "57P03": "starts or stops at the moment: try again in a minute",
}
"""The reasons of PostgreSQL, by the beginning of its error codes."""
_CUT_OFF = "08"
_WRONG_ADDRESS = (ArgumentError, ValueError, OverflowError)


def unusable(address: str, error: Exception) -> str:
    """Return why the database at this address can't be used."""
    cause = error.orig if isinstance(error, DBAPIError) and isinstance(error.orig, Exception) else error
    said = str(cause).partition("\n")[0].rstrip(".") or type(cause).__name__
    if isinstance(cause, _WRONG_ADDRESS) or "keyword argument" in said or "parameter must be" in said:
        return f"{_NO_ADDRESS}."
    if address.startswith(SQLITE):
        return unusable_file(address.removeprefix(SQLITE), said)
    url = make_url(address)
    host = url.host or str(url.query.get("host") or "127.0.0.1")
    where = host if host.startswith("/") else f"{host}:{url.port or 5432}"
    state = str(getattr(cause, "sqlstate", None) or "")
    if known := next((words for code, words in _BY_STATE.items() if state.startswith(code)), ""):
        return f"The database at {where} {known} ({said})."
    match cause:
        case socket.gaierror():
            return f"No machine of the name {host} is known here: look at BATON_DATABASE_URL."
        case TimeoutError():
            return f"The database at {where} does not answer in time: look at BATON_DATABASE_URL, and at the network."
        case OSError() if isinstance(cause, FileNotFoundError) or "Connect call failed" in said:
            return f"No database answers at {where}: see whether it runs, or look at BATON_DATABASE_URL."
        case _ if isinstance(cause, OSError) or state.startswith(_CUT_OFF):
            return f"The program at {where} {_NO_POSTGRES} ({said})."
        case _:
            return f"The database at {where} can't be used: look at BATON_DATABASE_URL and at its log ({said})."


def unusable_file(path: object, said: str) -> str:
    """Return why the file at this path can't be a database."""
    remedy = "look at its folder's permissions, or name another file in BATON_DATABASE_URL"
    return f"The database file {path} can't be used ({said}): {remedy}."
