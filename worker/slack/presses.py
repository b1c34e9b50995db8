"""Slack's reports of what people did: press a button of Baton's, or send a form that a button opened.

Promises that everything else Slack sends, now or in years to come, is recognised as such and breaks nothing. Must not
know what follows from a press.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from activities.channels.port import ButtonPress
from activities.slack.rendering.buttons import ALL, ActionId, decode

FormId = Literal["baton.add_note", "baton.snooze"]
"""The buttons that open a form; a form has the name of its button."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed by a Slack user."""

    press: ButtonPress
    user: str
    trigger_id: str
    response_url: str


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form was sent by a Slack user. The press has the form's id, so that sending it again is the same request."""

    press: ButtonPress
    user: str
    response_url: str


class Origin(BaseModel):
    """The data that a form keeps of the press that opened it, so that its sender can be answered there."""

    model_config = ConfigDict(extra="ignore")

    value: str
    response_url: str = ""


_UserId = Annotated[str, Field(validation_alias=AliasPath("user", "id"))]


class _Action(BaseModel):
    action_id: Annotated[ActionId | None, BeforeValidator(lambda name: name if name in ALL else None)] = None
    action_ts: str = ""
    value: Any = None


class _BlockActions(BaseModel):
    type: Literal["block_actions"]
    user: _UserId
    trigger_id: str = ""
    response_url: str = ""
    actions: list[_Action]


class _Field(BaseModel):
    value: str | None = None
    chosen: str = Field(default="", validation_alias=AliasPath("selected_option", "value"))


class _View(BaseModel):
    id: str
    callback_id: FormId
    private_metadata: str = ""
    fields: dict[str, dict[str, _Field]] = Field(default={}, validation_alias=AliasPath("state", "values"))


class _ViewSubmission(BaseModel):
    type: Literal["view_submission"]
    user: _UserId
    trigger_id: str = ""
    view: _View


_PAYLOAD: TypeAdapter[_BlockActions | _ViewSubmission] = TypeAdapter(
    Annotated[_BlockActions | _ViewSubmission, Field(discriminator="type")]
)


def read(payload: Any) -> Pressed | SentForm | None:
    """Return the press or the form that Slack reports; None where it is nothing of Baton's."""
    try:
        found = _PAYLOAD.validate_python(payload)
        return _pressed(found) if isinstance(found, _BlockActions) else _sent(found)
    except ValidationError:
        return None


def _pressed(payload: _BlockActions) -> Pressed | None:
    for action in payload.actions:
        on = decode(action.value)
        if action.action_id is not None and on is not None:
            return Pressed(
                ButtonPress(f"slack-{payload.user}-{action.action_id}-{action.action_ts}", action.action_id, on),
                user=payload.user,
                trigger_id=payload.trigger_id,
                response_url=payload.response_url,
            )
    return None


def _sent(payload: _ViewSubmission) -> SentForm | None:
    view = payload.view
    origin = Origin.model_validate_json(view.private_metadata)
    on = decode(origin.value)
    if on is None:
        return None
    press = ButtonPress(
        id=f"slack-{view.id}",
        action=view.callback_id,
        on=on,
        attempt=f"slack-{view.id}-{payload.trigger_id}",
        fields={block: _text(values) for block, values in view.fields.items()},
    )
    return SentForm(press, user=payload.user, response_url=origin.response_url)


def _text(values: dict[str, _Field]) -> str:
    """Return the text of a form's block, which has one field."""
    field = next(iter(values.values()), _Field())
    return (field.chosen or field.value or "").strip()
