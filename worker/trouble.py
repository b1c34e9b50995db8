"""What can go wrong that the person at the terminal can mend."""


class TroubleError(Exception):
    """The text is one sentence: what is wrong, and what to do."""

    exit_code = 1


class TypedWrongError(TroubleError):
    """What was typed means nothing, so nothing was done; the exit code is that of every wrong use of a command."""

    exit_code = 2
