"""Renders the buttons of a message, in rows.

Must not know what follows a press (`worker`) or what else the message says.
"""

from collections.abc import Iterable

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject, PlainTextObject

from activities.slack.rendering import buttons

_LABELS: dict[buttons.ActionId, str] = {
    buttons.ACKNOWLEDGE: "Acknowledge",
    buttons.TAKE: "Take",
    buttons.ESCALATE: "Escalate",
    buttons.ADD_NOTE: "Add note",
    buttons.RESOLVE: "Resolve",
    buttons.SNOOZE: "Snooze",
    buttons.ACCEPT: "Accept",
    buttons.DECLINE: "Decline",
    buttons.RELEASE: "Release",
    buttons.NEEDED: "👍 Needed",
    buttons.NOT_NEEDED: "👎 Not needed",
    buttons.RIGHT_TEAM: "Right team",
    buttons.WRONG_TEAM: "Wrong team",
    buttons.NOT_REPEATED: "Said it once",
    buttons.REPEATED: "Had to repeat",
    buttons.SOLVED: "Solved at once",
    buttons.NOT_SOLVED: "Took more",
}


def button_row(actions: Iterable[buttons.ActionId], value: str, block_id: str = buttons.CALL_BLOCK) -> ActionsBlock:
    """Return the buttons of a message that calls people, offers them a conversation, or asks them how it went."""
    return ActionsBlock(block_id=block_id, elements=[_button(action, value) for action in actions])


def _button(action: buttons.ActionId, value: str) -> ButtonElement:
    return ButtonElement(
        text=PlainTextObject(text=_LABELS[action]),
        action_id=action,
        value=value,
        style="primary" if action in (buttons.ACKNOWLEDGE, buttons.ACCEPT) else None,
        confirm=_SURE.get(action),
    )


def _sure(title: str, text: str, confirm: str) -> ConfirmObject:
    return ConfirmObject(
        title=PlainTextObject(text=title),
        text=PlainTextObject(text=text),
        confirm=PlainTextObject(text=confirm),
        deny=PlainTextObject(text="Not yet"),
    )


_SURE: dict[buttons.ActionId, ConfirmObject] = {
    buttons.RESOLVE: _sure(
        "Resolve this conversation?",
        "Its clocks stop and nobody else is called. It opens again when the customer writes.",
        "Resolve",
    ),
    buttons.RELEASE: _sure(
        "Release this incident?", "Every conversation that still waits calls people by itself again.", "Release"
    ),
}
