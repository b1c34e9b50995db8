"""A network between conversations and teams: late, and repeating after a crash, but in order and without loss.

Must not know what the messages say.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from typing import Any

from policies.state.effects import AnyEffect, AskTeam, InQueue, LeaveTeam, TellOwner
from tests.policies.stories import minutes

_REPEATED = 2
"""Messages of each lane that come again after a crash: the worker died before it could confirm them."""
SIGNALS: Mapping[type[AnyEffect], str] = {AskTeam: "asked", TellOwner: "owned", LeaveTeam: "left"}
"""Signal names, the same that `activities.workflows.teams` sends."""


@dataclass(slots=True)
class Letter:
    """A message. A lane carries one at a time, so `arrives_at` is known once the message before it has arrived."""

    to: str
    name: str
    body: dict[str, Any]
    arrives_at: datetime | None = None


class Network:
    """Lanes named `sender>receiver`. `delays` are minutes, used in turn; `clock` returns the time of a sender."""

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
        """Return the lane's message that arrives next."""
        return self._lanes[lane][0]

    def has_arrived(self, lane: str) -> None:
        """Take the arrived message off its lane, and send the next one."""
        self._brought.setdefault(lane, deque(maxlen=_REPEATED)).append(self._lanes[lane].popleft())
        if self._lanes[lane]:
            self._send(lane)

    def ahead(self) -> Iterator[tuple[datetime, str]]:
        """Yield when the next message of each lane arrives, with the lane's name."""
        for lane, letters in self._lanes.items():
            if letters and (arrives_at := letters[0].arrives_at):
                yield arrives_at, lane

    def again(self) -> list[Letter]:
        """Return the latest delivered messages of all lanes."""
        return [letter for letters in self._brought.values() for letter in letters]

    def is_under_way(self, name: str = "") -> bool:
        """True where a message is on its way from or to `name`, or anywhere if no name is given."""
        return any(letters and (not name or name in lane.split(">")) for lane, letters in self._lanes.items())

    def _send(self, lane: str) -> None:
        """Set when the lane's first message arrives, and its `occurred_at` by the sender's clock unless it has one.

        The helpdesk uses half of the delay to carry out its order, and half to report back.
        """
        letter, sender, delay = self._lanes[lane][0], lane.partition(">")[0], minutes(next(self._delays))
        at = self._clock(letter.to) + delay / 2 if sender == "desk" else self._clock(sender)
        letter.body.setdefault("occurred_at", at.isoformat())
        letter.arrives_at = self._clock("") + delay


def body_of(effect: InQueue | TellOwner | LeaveTeam) -> dict[str, Any]:
    """Return the message body for a team, the same that `activities.workflows.teams` sends."""
    body = effect.model_dump(mode="json", exclude={"key", "due_at", "life", "kind", "team", "conversation_id", "needs"})
    head = {"event_id": effect.key, "conversation": effect.conversation_id}
    if isinstance(effect, InQueue):
        needs = [{"skill": skill, "required": required, "steps": steps} for skill, required, steps in effect.needs]
        return {**body, **head, "needs": needs}
    return {**body, **head}
