"""Where stories find their words; the server and its fixtures are shared with other tests, in `tests/conftest.py`."""

from tests.conftest import QUEUES, STORY_POLICIES, Story, next_weekday, replay_all

__all__ = ["QUEUES", "STORY_POLICIES", "Story", "next_weekday", "replay_all"]
