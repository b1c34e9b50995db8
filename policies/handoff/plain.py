"""Customers' words in notes and messages: on one line, cut visibly, and never markup.

Must not know where they are shown.
"""

from html import unescape

from policies.state import context
from policies.text.redaction import without_secrets

_HARMLESS = {"<": "‹", ">": "›", "`": "'", "](": "] ("}


def one_line(text: object, limit: int) -> str:
    """Return the text on one line, harmless as Markdown, HTML and Slack's markup; a cut ends in `…`."""
    shown = unescape(str(text)[: 8 * limit])
    for markup, harmless in _HARMLESS.items():
        shown = shown.replace(markup, harmless)
    return context.one_line(shown, limit)


def quoted(text: object, limit: int = 200) -> str:
    """Return the text in quotation marks, without passwords and codes; empty where there is no text."""
    line = one_line(without_secrets(str(text)[: 8 * limit]), limit)
    return f"“{line}”" if line else ""
