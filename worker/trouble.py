"""Mistakes and troubles that the person at the terminal can put right."""


class TroubleError(Exception):
    """The base class. Its text is one sentence: what is wrong, and what to do."""

    exit_code = 1


class TypedWrongError(TroubleError):
    """A command was mistyped, so nothing was done. The exit code is that of every wrong use of a command."""

    exit_code = 2


def missing_extra(what: str, extra: str) -> str:
    """Return the sentence about a part of Baton that is optional and not installed here."""
    return f"{what} needs the extra `{extra}`: run `pip install '.[{extra}]'` in Baton's clone. The image has it."
