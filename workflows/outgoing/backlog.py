"""Gives up the oldest notices where too many effects wait because an outside system is down.

Promises that calls to people, alerts, offers and changes of the helpdesk are never given up. Must not know lanes.
"""

from collections.abc import Sequence

from policies.state.effects import AddInternalNote, AnyEffect, Notify, SendReply, UpdateNotification
from workflows.carrying.packing import size_of
from workflows.limits.server import WAITING_BYTES_LIMIT, WAITING_LIMIT

GIVEN_UP = "too many were waiting for a system that is down, and this was the oldest notice"


def given_up(waiting: Sequence[AnyEffect], under_way: Sequence[AnyEffect]) -> tuple[AnyEffect, ...]:
    """Return the notices to give up, the oldest first; none where few effects wait."""
    too_many = len(waiting) - WAITING_LIMIT
    if too_many <= 0 and len(waiting) <= WAITING_LIMIT // 10:
        return ()
    too_large = sum(map(_bytes_of, waiting)) - WAITING_BYTES_LIMIT
    chosen: list[AnyEffect] = []
    keys = {effect.key for effect in under_way}
    for effect in sorted(waiting, key=lambda each: each.due_at):
        if too_many <= 0 and too_large <= 0:
            break
        if _is_notice(effect) and effect.key not in keys:
            chosen.append(effect)
            too_many, too_large = too_many - 1, too_large - _bytes_of(effect)
    return tuple(chosen)


def _is_notice(effect: AnyEffect) -> bool:
    match effect:
        case Notify():
            return not effect.is_urgent
        case UpdateNotification() | AddInternalNote() | SendReply():
            return True
        case _:
            return False


def _bytes_of(effect: AnyEffect) -> int:
    return size_of(effect)
