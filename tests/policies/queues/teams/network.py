"""What carries messages between the two cores: late, twice after a crash, but each lane in order, and nothing is lost.

Must not know what the messages say.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from typing import Any

from policies.state.effects import AnyEffect, AskTeam, InLine, LeaveTeam, TellOwner
from tests.policies.stories import minutes

_REPEATED = 2
"""Of each lane, the messages that a worker brings again who died before it could say that they were brought."""
SIGNALS: Mapping[type[AnyEffect], str] = {AskTeam: "asked", TellOwner: "owned", LeaveTeam: "left"}
"""As `activities.workflows.teams` sends them."""


@dataclass(slots=True)
class Letter:
    """A message. A lane carries one at a time, so when one goes out is known once the one before it has arrived."""

    to: str
    name: str
    body: dict[str, Any]
    arrives_at: datetime | None = None


class Network:
    """Lanes by name, `sender>receiver`. `delays` are minutes, used in turn; `clock` is what a sender's clock shows."""

    def __init__(self, delays: Sequence[float], clock: Callable[[str], datetime]) -> None:
        self._delays = cycle(delays)
        self._clock = clock
        self._lanes: dict[str, deque[Letter]] = {}
        self._brought: dict[str, deque[Letter]] = {}

    def post(self, lane: str, letter: Letter) -> None:
        """Put a message at the end of its lane."""
        letters = self._lanes.setdefault(lane, deque())
        letters.append(letter)
        if len(letters) == 1:
            self._send(lane)

    def first(self, lane: str) -> Letter:
        """What arrives next."""
        return self._lanes[lane][0]

    def has_arrived(self, lane: str) -> None:
        """The next message of the lane may go out."""
        self._brought.setdefault(lane, deque(maxlen=_REPEATED)).append(self._lanes[lane].popleft())
        if self._lanes[lane]:
            self._send(lane)

    def ahead(self) -> Iterator[tuple[datetime, str]]:
        """When the next message of each lane arrives."""
        for lane, letters in self._lanes.items():
            if letters and (arrives_at := letters[0].arrives_at):
                yield arrives_at, lane

    def again(self) -> list[Letter]:
        """What was brought last."""
        return [letter for letters in self._brought.values() for letter in letters]

    def is_under_way(self, name: str = "") -> bool:
        """Whether anything is on its way from or to that conversation, or at all."""
        return any(letters and (not name or name in lane.split(">")) for lane, letters in self._lanes.items())

    def _send(self, lane: str) -> None:
        """Who sends says what its own clock shows, where it has not said so.

        The desk takes half of the time to do what it was told, and half to report it.
        """
        letter, sender, delay = self._lanes[lane][0], lane.partition(">")[0], minutes(next(self._delays))
        at = self._clock(letter.to) + delay / 2 if sender == "desk" else self._clock(sender)
        letter.body.setdefault("occurred_at", at.isoformat())
        letter.arrives_at = self._clock("") + delay


def body_of(effect: InLine | TellOwner | LeaveTeam) -> dict[str, Any]:
    """What a team is sent, as `activities.workflows.teams` does."""
    body = effect.model_dump(mode="json", exclude={"key", "due_at", "life", "kind", "team", "conversation_id", "needs"})
    head = {"event_id": effect.key, "conversation": effect.conversation_id}
    if isinstance(effect, InLine):
        needs = [{"skill": skill, "required": required, "steps": steps} for skill, required, steps in effect.needs]
        return {**body, **head, "needs": needs}
    return {**body, **head}
