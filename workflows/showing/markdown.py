"""Markdown for the Temporal UI. Nothing that customers write becomes markup.

Must not know what is shown.
"""

from collections.abc import Iterable

NO_PAGE = "This page could not be shown: see the worker's log."


def bulleted(heading: str, rows: Iterable[str]) -> str:
    """Return a heading with its lines; empty where there are no lines.

    The UI gives tables neither borders nor room, and half the page's width: lines can be read, columns can't.
    """
    lines = [f"- {row}" for row in rows]
    return "\n".join((f"### {heading}", *lines)) if lines else ""


def cell(text: str) -> str:
    """Return text that can't break out of its line or become markup."""
    for mark in ("\\", "|", "`", "*", "_", "<", "[", "]"):
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
