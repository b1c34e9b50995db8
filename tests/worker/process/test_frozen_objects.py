"""Frozen objects: a worker with thousands of conversations in memory does not pause for long garbage collections."""

import gc
import sys
import weakref

import pytest

from worker.process.frozen_objects import FrozenObjects, short_pauses

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python collects garbage in small steps")


class Conversation:
    """An object that refers to itself, as a workflow's objects do."""

    def __init__(self) -> None:
        self.itself = self


async def test_conversations_that_stay_are_examined_once() -> None:
    """Conversations that stay in memory are examined once, however often garbage is collected."""
    async with short_pauses():
        conversation = Conversation()
        gc.collect()
        assert not any(each is conversation for each in gc.get_objects())
    assert any(each is conversation for each in gc.get_objects())


def test_garbage_among_them_goes_in_the_end() -> None:
    """A calm worker examines all its objects again after a quarter more have gathered, a busy one only after more."""
    aside = FrozenObjects(few=0)
    gc.callbacks.append(aside.after)
    try:
        aside.look_through()
        conversations = [Conversation() for _ in range(10)]
        gc.collect()
        assert not aside.is_due(is_calm=True)
        ended = weakref.ref(conversations.pop())
        gc.collect()
        assert ended() is not None
        size = gc.get_freeze_count()
        conversations += [Conversation() for _ in range(size // 3)]
        gc.collect()
        assert (aside.is_due(is_calm=True), aside.is_due(is_calm=False)) == (True, False)
        conversations += [Conversation() for _ in range(3 * size)]
        gc.collect()
        assert aside.is_due(is_calm=False)
        aside.look_through()
        assert ended() is None
        assert not aside.is_due(is_calm=True)
    finally:
        gc.callbacks.remove(aside.after)
        gc.unfreeze()
