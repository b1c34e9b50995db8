"""The stand-in for a message that is not JSON."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Undecodable:
    """The stand-in for the value; `why` is for its sender, `excerpt` for operators."""

    why: str
    excerpt: str = ""

    def __str__(self) -> str:
        """Return the text that the timeline shows."""
        return f"({self.why}) {self.excerpt}"


def no_object(body: object, what: str) -> str:
    """Return why `body` is not the one JSON object that every message, command and start has to be."""
    why = f"the {what} must be one JSON object"
    return f"{why}; {body.why}" if isinstance(body, Undecodable) else why
