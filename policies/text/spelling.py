"""Suggestions for a name that Baton does not know."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str], *, there_is: str = "there is") -> str:
    """Return the closest known name as a question, or a list of all known names where none is close."""
    names = list(dict.fromkeys(known))
    close = get_close_matches(word, names, 1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"{there_is} {', '.join(f'`{name}`' for name in names)}" if names else "there are none yet"
