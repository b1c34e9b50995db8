"""Handlers of the contract, made from its tables: every signal and update takes one JSON object.

Promises that a signal handler accepts any payload and never raises, that an update is judged before it is accepted,
and that only plain JSON types, or `Undecodable`, go further. Must not know what the messages mean.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, Signature
from typing import Any, TypeVar

from pydantic import BaseModel
from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from policies.contract.bounds import readable
from policies.contract.sent_fields import description
from policies.text.undecodable import Undecodable
from workflows.payloads.decoding import decode

_EXCERPT = 200
_Messages = Mapping[str, type[BaseModel]]
_Workflow = TypeVar("_Workflow", bound="type[Listener]")


def takes(signals: _Messages, updates: _Messages) -> Callable[[_Workflow], _Workflow]:
    """Give a workflow class a handler for each of its signals and updates. Each model describes its message."""

    def with_handlers(kind: _Workflow) -> _Workflow:
        for name, model in signals.items():
            setattr(kind, name, _signal(name, description(model)))
        for name, model in updates.items():
            setattr(kind, name, _update(name, description(model)))
        return kind

    return with_handlers


def _signal(name: str, told: str) -> Callable[..., None]:
    """Return a signal handler for one kind of fact."""

    def handle(self: "Listener", *inputs: Any) -> None:
        self.receive(name, unread(inputs))

    return workflow.signal(name=name, description=told)(takes_one_payload(handle))


def _update(name: str, told: str) -> Callable[..., Any]:
    """Return an update handler for one kind of command, with the validator that refuses it with a sentence."""

    async def handle(self: "Listener", *inputs: Any) -> dict[str, Any]:
        return await self.carry_out(name, unread(inputs))

    def judge(self: "Listener", *inputs: Any) -> None:
        self.refuse(name, unread(inputs))

    handler = workflow.update(name=name, description=told)(takes_one_payload(handle))
    handler.validator(takes_one_payload(judge))
    return handler


def takes_one_payload(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Declare one raw input for a handler, whatever number of inputs is sent.

    With a signature of its own, a handler would be called with the inputs as sent: another number of inputs, or an
    input of another type, would fail a start for ever, drop a signal without a trace and leave a query unanswered.
    """
    one = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in ("self", "body")]
    answer = handler.__annotations__.get("return", Any)
    handler.__annotations__ = {"body": RawValue, "return": answer}
    handler.__signature__ = Signature([one[0], one[1].replace(annotation=RawValue)])
    return handler


def unread(inputs: Sequence[Any]) -> Any:
    """Return the one input as it came. It is decoded later, where the work of a task is counted."""
    return inputs[0] if len(inputs) == 1 else only(inputs)


def only(inputs: Sequence[Any]) -> Any:
    """Return the one input as plain JSON types, or `Undecodable`.

    Returns None where nothing was sent, and a list where several plain inputs were sent.
    """
    values = [decode(value.payload) if isinstance(value, RawValue) else value for value in inputs]
    if len(values) == 1:
        return values[0]
    if all(isinstance(value, bool | int | float | str | list | dict | None) for value in values):
        return values or None
    return Undecodable(f"{len(values)} inputs were sent: send one", _excerpt(values))


def _excerpt(values: Sequence[Any]) -> str:
    try:
        return readable(values)[:_EXCERPT]
    except Exception:  # a bug of ours must not fail a workflow task
        return ""


def refusal(sentence: str) -> ApplicationError:
    """Return the error that the caller of an update gets: the sentence, and a mark that a retry is of no use."""
    return ApplicationError(sentence, type="Refused", non_retryable=True)


class Listener(ABC):
    """The base class of the workflows: these handlers call its methods. `takes` gives subclasses theirs."""

    @workflow.signal(dynamic=True)
    def unknown(self, name: str, args: Sequence[RawValue]) -> None:
        """Keep a signal with an unknown name where operators see it."""
        self.receive(name, unread(args))

    @abstractmethod
    def receive(self, name: str, body: Any) -> None:
        """Store a fact. Never raises."""

    @abstractmethod
    def refuse(self, name: str, body: Any) -> None:
        """Raise a refusal where the command can't be carried out as things stand. Changes nothing."""

    @abstractmethod
    async def carry_out(self, name: str, body: Any) -> dict[str, Any]:
        """Carry out a command, and return the answer for its caller. Raises a refusal."""
