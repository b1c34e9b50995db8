"""The forms that a button opens in Slack.

Promises that a form carries its button's data, and that its fields are named as the command's are. Must not know how a
form reaches its reader.
"""

from typing import Any

from slack_sdk.models.blocks import InputBlock, Option, PlainTextInputElement, PlainTextObject, StaticSelectElement
from slack_sdk.models.views import View

from activities.slack.rendering.buttons import ADD_NOTE, SNOOZE, ActionId, encode
from worker.buttons.orders import NOTE_FIELDS, SNOOZE_FIELD, TOMORROW
from worker.slack.presses import Origin, Pressed

SPANS = {"15m": "15 minutes", "1h": "1 hour", "4h": "4 hours", TOMORROW: "Until tomorrow, 09:00 where you are"}
FIRST_FIELD: dict[ActionId, str] = {ADD_NOTE: "tried", SNOOZE: SNOOZE_FIELD}
"""The field of each form beneath which its sender is told what is wrong."""
_LONGEST = 3000


def form_of(pressed: Pressed) -> dict[str, Any] | None:
    """Return the form that a button opens; None where the press alone says everything."""
    match pressed.press.action:
        case "baton.add_note":
            return _form(pressed, "Add a note", "Add note", [_text_field(name) for name in NOTE_FIELDS])
        case "baton.snooze":
            return _form(pressed, "Snooze", "Snooze", [_snooze_field()])
        case _:
            return None


def _form(pressed: Pressed, title: str, submit: str, blocks: list[InputBlock]) -> dict[str, Any]:
    on = pressed.press.on
    return View(
        type="modal",
        callback_id=pressed.press.action,
        title=title,
        submit=submit,
        close="Cancel",
        blocks=blocks,
        private_metadata=Origin(
            value=encode(on.conversation_id, on.step, on.life), response_url=pressed.response_url
        ).model_dump_json(),
    ).to_dict()


def _text_field(name: str) -> InputBlock:
    label, hint = NOTE_FIELDS[name]
    element = PlainTextInputElement(action_id="text", multiline=True, min_length=1, max_length=_LONGEST)
    return InputBlock(block_id=name, label=label, hint=hint, element=element)


def _snooze_field() -> InputBlock:
    options = [Option(value=value, text=PlainTextObject(text=text)) for value, text in SPANS.items()]
    element = StaticSelectElement(action_id="choice", options=options, initial_option=options[1])
    return InputBlock(
        block_id=SNOOZE_FIELD,
        label="For how long?",
        hint="Reminders wait. The promises to the customer run on.",
        element=element,
    )
