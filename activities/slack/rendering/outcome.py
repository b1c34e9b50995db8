"""Renders a message again with its outcome.

Promises to start from the message as it was posted, so that showing an outcome twice, or one after another, gives the
same as showing the last one. Must not know how a message is changed.
"""

from typing import Any

from slack_sdk.models.blocks import MarkdownTextObject, SectionBlock

from activities.slack.rendering import buttons, hindsight, member_lists
from activities.slack.rendering.rows import button_row
from activities.slack.rendering.text import HEADER_LIMIT, NO_LINKS, SECTION_LIMIT, Blocks, Links, fit
from policies.state.effects import UpdateNotification

_TEXT = 600

_MARKS = {
    "acknowledged": "✅",
    "accepted": "✅",
    "stood_down": "🏁",
    "exhausted": "❗",
    "resumed": "🔔",
    "folded": "🌊",
    "grew": "🌊",
    "judged": "📝",
}

_LEFT: dict[str, tuple[buttons.ActionId, ...]] = {
    "acknowledged": (buttons.TAKE, buttons.ESCALATE, buttons.ADD_NOTE, buttons.RESOLVE, buttons.SNOOZE),
    "accepted": (),
    "stood_down": (),
    "exhausted": (buttons.TAKE, buttons.ADD_NOTE, buttons.RESOLVE),
    "resumed": buttons.OF_A_CALL,
    "folded": (buttons.ACKNOWLEDGE, buttons.TAKE, buttons.ADD_NOTE, buttons.RESOLVE),
}
"""The buttons that are left on a message, by outcome."""

_LEFT_OF_INCIDENT: dict[str, tuple[buttons.ActionId, ...]] = {
    "acknowledged": (buttons.TAKE, buttons.ESCALATE, buttons.RELEASE),
    "stood_down": (),
    "exhausted": (buttons.TAKE, buttons.RELEASE),
    "resumed": buttons.OF_AN_INCIDENT,
    "grew": buttons.OF_AN_INCIDENT,
}


def with_outcome(effect: UpdateNotification, posted: Blocks, links: Links = NO_LINKS) -> tuple[str, Blocks]:
    """Return the text and blocks of a message as it was `posted`, now with its outcome below the headline."""
    mark = _MARKS[effect.outcome]
    if not posted:
        return f"{mark} {fit(effect.text, SECTION_LIMIT)}", []  # plain text, because it could not be rendered
    headline = posted[0]["text"]["text"]
    if effect.outcome == "judged":
        return headline, hindsight.answered(posted, effect.answers)
    # The headline was escaped when it was posted, so it must not be cut again.
    marked = f"{mark} {headline}" if len(headline) + 3 <= HEADER_LIMIT else headline
    header = {**posted[0], "text": {**posted[0]["text"], "text": marked}}
    text = fit(effect.text, _TEXT, "*") + "*"
    outcome = SectionBlock(text=MarkdownTextObject(text=text)).to_dict()
    kept = [block for block in posted[1:] if block["type"] != "actions"]
    changed: Blocks = [header, outcome, *kept]
    if effect.members:
        changed = member_lists.placed(member_lists.render(effect.members, links), changed)
    left = (_LEFT_OF_INCIDENT if effect.members else _LEFT)[effect.outcome]
    value = _value(posted)
    if left and value:
        row: dict[str, Any] = button_row(left, value).to_dict()
        changed.append(row)
    if effect.asks and value:
        changed += hindsight.render(effect.answers, value)
    return f"{mark} {fit(effect.text, SECTION_LIMIT)} — {headline}", changed


def line(effect: UpdateNotification) -> str:
    """Return the outcome in one line, for the thread."""
    return f"{_MARKS[effect.outcome]} {fit(effect.text, SECTION_LIMIT - 10)}"


def marked(effect: UpdateNotification) -> str:
    """Return the outcome for a digest, which escapes it itself."""
    return f"{_MARKS[effect.outcome]} {effect.text}"


def _value(posted: Blocks) -> str:
    """Return the value of the message's buttons from the start: the step that it was posted for."""
    rows = (block["elements"] for block in posted if block["type"] == "actions")
    return next((str(element["value"]) for row in rows for element in row), "")
