"""A flood: far more calls for one channel than the one message a second that Slack takes for a channel.

Every conversation must be told once, by a message of its own or in a digest, and the first call must not wait for the
flood behind it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bench.board import PATIENCE, Board, Seen, settled
from bench.lateness import Start, open_all
from bench.report import Figure, milliseconds, say
from bench.stage import Stage
from worker.environment.settings import Settings

MINUTE = timedelta(minutes=1)
OF_A_MINUTE = 5_000
FIRST_WITHIN = 2.0
_EACH = 0.04
"""Seconds to start one conversation; generously, because this many keep the server busy."""
_LISTED_A_SECOND = 4
"""Lines a second on which the longest wait is based: far fewer than digests take, for a busy machine may be slow."""


async def measure(stage: Stage, start: Start, number: int) -> list[Figure]:
    """Send as many calls a minute as in the issue's 5,000. A smaller flood is shorter, and just as dense."""
    above = Settings.model_fields["slack_digest_above"].default
    async with stage.worker("baton", "-flood", cached=2 * number, digests=above):
        board = stage.slack.messages = Board()
        first = datetime.now(UTC) + timedelta(seconds=number * _EACH + 5)
        due = [first + each * MINUTE / OF_A_MINUTE for each in range(number)]
        stage.slack.allow(per_second=1)
        calls, waits = len(stage.slack.calls), stage.slack.told_to_wait
        try:
            opened = await _open(stage, start, due)
            found = await _rise(stage, board, due, opened)
        finally:
            stage.slack.allow(per_second=0)
    calls, waits = len(stage.slack.calls) - calls, stage.slack.told_to_wait - waits
    asked = Figure("calling", "… calls to Slack, of which 429", f"{calls:,} / {waits:,}")
    return [*_figures(board, first, max(due[-1], opened), found), asked]


async def _open(stage: Stage, start: Start, due: Sequence[datetime]) -> datetime:
    """Return when all were started.

    A machine that is too busy opens some after their deadline, and the flood is longer.
    """
    await open_all(stage, "flood", start, due)
    opened = datetime.now(UTC)
    ahead = (due[0] - opened).total_seconds()
    say("calling", f"flood: {len(due):,} are started, the first due in {ahead:.0f} s")
    return opened


async def _rise(stage: Stage, board: Board, due: Sequence[datetime], opened: datetime) -> Seen:
    number = len(due)
    patience = (max(due[-1], opened) - datetime.now(UTC)).total_seconds() + number / _LISTED_A_SECOND + PATIENCE
    until_due = max((due[0] - datetime.now(UTC)).total_seconds(), 0)
    await board.shows(lambda: len(board.first) >= number, until_due + PATIENCE)
    say("calling", f"flood: all on Slack {max(board.first.values()) - due[0].timestamp():.0f} s after the first due")
    return await settled(stage.client, board, [f"flood-{each}" for each in range(number)], patience)


def _figures(board: Board, begun: datetime, ended: datetime, found: Seen) -> list[Figure]:
    number = found.once + found.more_often + found.missing
    first, last = (pick(board.first.values()) - begun.timestamp() for pick in (min, max))
    digests = sum("/digest-" in message.key for message in board)
    what = f"{number:,} breaches within {(ended - begun).total_seconds():.0f} s to one channel"
    told = f"{found.once:,} ({len(board) - digests} messages, {digests} digests)"
    return [
        Figure("calling", f"{what}: told once", told, target=f"{number:,}", met=found.once == number),
        _zero("… told more than once", found.more_often),
        _zero("… never told", found.missing),
        _zero("… given up or skipped", found.given_up),
        Figure("calling", "… first page after the first deadline", milliseconds(first), target="under 2 s",
               met=first < FIRST_WITHIN),
        Figure("calling", "… last told after the first deadline", milliseconds(last)),
    ]  # fmt: skip


def _zero(what: str, number: int) -> Figure:
    return Figure("calling", what, f"{number:,}", target="0", met=number == 0)
