"""Something that arrived in a form that is not JSON."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Stands in place of the value; `why` is for its sender, `excerpt` for operators."""

    why: str
    excerpt: str = ""

    def __str__(self) -> str:
        """As the timeline shows it."""
        return f"({self.why}) {self.excerpt}"


def no_object(body: object, what: str) -> str:
    """Say why `body` is not the one JSON object that every message, command and start is."""
    why = f"the {what} must be one JSON object"
    return f"{why}; {body.why}" if isinstance(body, Undecodable) else why
