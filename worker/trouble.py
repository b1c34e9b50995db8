"""What can go wrong that the person at the terminal can mend."""


class TroubleError(Exception):
    """The text is one sentence: what is wrong, and what to do."""
