"""Handlers of the contract, made from their names: every signal and update takes one JSON object.

Promises that a signal handler accepts any payload and never raises, and that an update is judged before it is
accepted. Must not know what the messages mean.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError


def signal(name: str, description: str) -> Callable[..., None]:
    """A handler for one fact."""

    def handle(self: "Listener", *inputs: Any) -> None:
        self.receive(name, only(inputs))

    return workflow.signal(name=name, description=description)(takes_one_payload(handle))


def update(name: str, description: str) -> Callable[..., Any]:
    """A handler for one command, with the validator that refuses it with a sentence."""

    async def handle(self: "Listener", *inputs: Any) -> dict[str, Any]:
        return await self.carry_out(name, only(inputs))

    def judge(self: "Listener", *inputs: Any) -> None:
        self.refuse(name, only(inputs))

    handler = workflow.update(name=name, description=description)(takes_one_payload(handle))
    handler.validator(takes_one_payload(judge))
    return handler


def takes_one_payload(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Declare one raw input, whatever number is sent.

    Anything else the SDK decodes on its own: a signal that doesn't decode it drops without a trace, and a start with
    another number of inputs fails for ever.
    """
    one = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in ("self", "body")]
    handler.__annotations__ = {"body": RawValue}
    handler.__signature__ = Signature([one[0], one[1].replace(annotation=RawValue)])
    return handler


def only(inputs: Sequence[Any]) -> Any:
    """The one input; nothing, or all of them, where there is not one: neither is a JSON object."""
    return decode(inputs[0]) if len(inputs) == 1 else [decode(each) for each in inputs] or None


def decode(value: Any) -> Any:
    """A payload's JSON value; what is no JSON comes back as text that says so."""
    if not isinstance(value, RawValue):
        return value
    try:
        return workflow.payload_converter().from_payload(value.payload)
    except Exception as error:
        return f"undecodable payload ({type(error).__name__}): {value.payload.data[:200]!r}"


def refusal(sentence: str) -> ApplicationError:
    """What the caller of an update gets: the sentence, and nothing to retry."""
    return ApplicationError(sentence, type="Refused", non_retryable=True)


class Listener(ABC):
    """What a workflow with these handlers offers them. Their names are for its own class to say."""

    @workflow.signal(dynamic=True)
    def unknown(self, name: str, args: Sequence[RawValue]) -> None:
        """A signal that nobody knows is kept where operators see it."""
        self.receive(name, [decode(arg) for arg in args])

    @abstractmethod
    def receive(self, name: str, body: Any) -> None:
        """Take a fact in; never raises."""

    @abstractmethod
    def refuse(self, name: str, body: Any) -> None:
        """Raise a refusal where the command can't be carried out as things stand; changes nothing."""

    @abstractmethod
    async def carry_out(self, name: str, body: Any) -> dict[str, Any]:
        """Take a command in; what its caller is told. Raises a refusal."""
