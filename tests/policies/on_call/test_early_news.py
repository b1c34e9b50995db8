"""News of a call that came before the call itself."""

import pytest

from policies.on_call.calls import News, early_news
from policies.state.conversation import opened
from policies.state.records.on_call import Calling
from tests.policies.stories import START

SITUATION = opened("c", START).situation


@pytest.mark.parametrize(
    ("told", "news"),
    [
        ("", News.DELIVERED),
        ("~it was handed over", News.TRIED),
        ("~it was not sent", News.HELD_BACK),
        ("channel_not_found", News.REFUSED),
        ("~", News.REFUSED),
        ("🔥/it was not sent", News.REFUSED),
    ],
)
def test_news_is_read_as_it_was_remembered(told: str, news: News) -> None:
    """A call was delivered, handed over, held back, or refused with a reason in any words."""
    early = (("people.1/1.2", "channel_not_found"), ("people.1/1.1", "~it was handed over"), ("people.1/1.1", told))
    assert early_news(SITUATION.changed(Calling, early=early), "people.1/1.1") is news


def test_no_news_is_known_of_another_call() -> None:
    """News of one call says nothing about the next one."""
    assert early_news(SITUATION, "people.1/1.1") is None
