"""Confirmations of the helpdesk that come late: what Baton or people have changed since stays as it is."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.decide import order
from policies.state.effects import AddTag, AnyEffect, Assign, RemoveTag, SetStatus
from policies.state.events import Fact
from policies.state.situation import Situation
from tests.policies.order import busy, calls, clocks, handoffs
from tests.policies.order.scenarios import Stories
from tests.policies.stories import Play, at, policy_of, reasons

DAY = 24 * 60
MOVING = """
rules:
  - {name: bills, on: {tagged: any}, when: 'event.tag == "billing"', do: [{assign: billing}, {tag: moved}]}
  - {name: back, on: tag_removed, when: 'event.tag == "billing"', do: [{assign: tier-1}, {untag: moved}]}
  - {name: spam, on: tag_added, when: 'event.tag == "spam"', do: [{resolve: Spam}]}
""".replace("{tagged: any}", "tagged")


def hands(s: Situation) -> tuple[Any, ...]:
    return s.responsible.team, s.responsible.assignee, s.lifecycle.status, s.contact.tags


def moved() -> Play:
    """Return a conversation that Baton gave to Billing and took back, and closed and opened again."""
    play = Play(policy_of(MOVING))
    play.tell("tag_added", 1, tag="billing", by="kim")
    play.tell("tag_removed", 2, tag="billing", by="kim")
    play.tell("tag_added", 3, tag="spam", by="kim")
    play.customer(4)
    return play


LATE = [
    ("reassigned", {"team": "billing"}, "Confirmed late: Billing, which is changed since"),
    ("status_changed", {"status": "resolved"}, "Confirmed late: status resolved, which is changed since"),
    ("tag_added", {"tag": "moved"}, "Confirmed late: tag moved added, which is changed since"),
]


@pytest.mark.parametrize(("name", "body", "line"), LATE)
def test_a_late_confirmation_moves_nothing_back(name: str, body: dict[str, Any], line: str) -> None:
    """The helpdesk confirms a value that Baton has set and changed since: the conversation stays as it is."""
    play = moved()
    before = hands(play.now)
    late = play.tell(name, 5, by="baton", **body)
    assert (hands(play.now), late.effects, reasons(late)) == (before, (), [line])


@pytest.mark.parametrize(
    ("by_people", "confirmed"),
    [
        (("reassigned", {"team": "tier-2", "assignee": "anna"}), ("reassigned", {"team": "tier-1"})),
        (("status_changed", {"status": "pending_customer"}), ("status_changed", {"status": "open"})),
        (("tag_added", {"tag": "moved"}), ("tag_removed", {"tag": "moved"})),
    ],
)
def test_a_late_confirmation_undoes_nothing_that_people_did(
    by_people: tuple[str, dict[str, Any]], confirmed: tuple[str, dict[str, Any]]
) -> None:
    """Anna changes what Baton had set last, and only then the helpdesk confirms it: her change stands."""
    play = moved()
    play.tell(by_people[0], 5, by="anna", **by_people[1])
    before = hands(play.now)
    play.tell(confirmed[0], 6, by="baton", **confirmed[1])
    assert hands(play.now) == before


def test_a_value_that_baton_never_set_is_news() -> None:
    """The helpdesk itself chose Ben of the team, by a rule of its own in Baton's name: he has the conversation."""
    play = moved()
    play.tell("reassigned", 5, team="tier-1", assignee="ben", by="baton")
    assert play.now.responsible.assignee == "ben"


@pytest.mark.parametrize(("later", "is_news"), [(DAY, False), (DAY + 2, True)])
def test_after_a_day_it_is_no_confirmation(later: float, is_news: bool) -> None:
    """A value that Baton set more than 24 hours ago is the helpdesk's own doing when it is reported now."""
    play = moved()
    play.tell("tag_added", later, tag="moved", by="baton")
    assert ("moved" in play.now.contact.tags) == is_news


def test_a_confirmation_in_time_is_no_news() -> None:
    """The helpdesk confirms an assignment at once: nothing changes, and no rule hears of it."""
    play = Play(policy_of(MOVING))
    play.tell("tag_added", 1, tag="billing", by="kim")
    decision = play.tell("reassigned", 2, team="billing", by="baton")
    assert (decision.effects, reasons(decision)) == ((), ["Was with Billing: reassigned by baton"])


def echo(effect: AnyEffect) -> tuple[str, dict[str, Any]] | None:
    """Return the report by which the helpdesk confirms an effect."""
    match effect:
        case Assign():
            return "reassigned", {"team": effect.team, "assignee": effect.assignee}
        case SetStatus():
            return "status_changed", {"status": effect.status}
        case AddTag():
            return "tag_added", {"tag": effect.tag}
        case RemoveTag():
            return "tag_removed", {"tag": effect.tag}
        case _:
            return None


def check(stories: Stories, story: Sequence[Fact], delays: Sequence[int]) -> None:
    """Play a story with confirmations that come after these delays, and without; compare both after each event."""
    plain, told = Play(stories.policy), Play(stories.policy)
    coming: list[tuple[float, str, dict[str, Any]]] = []
    happening, waits = order(plain.conversation), [*delays]
    each_at_its_own = {event.occurred_at: event for event in sorted(story, key=happening, reverse=True)}
    facts = [((event.occurred_at - at(0)).total_seconds() / 60, event) for event in each_at_its_own.values()]
    seen = 0
    while facts or coming:
        facts.sort(key=lambda one: one[0])
        coming.sort(key=lambda one: one[0])
        if facts and (not coming or facts[0][0] <= coming[0][0]):
            when, event = facts.pop(0)
            plain.feed(event, when)
            told.feed(event, when)
        else:
            when, name, body = coming.pop(0)
            plain.wake(when)
            told.wake(when)
            late = told.tell(name, when, event_id=f"late-{when}-{name}-{seen}", by="baton", **body)
            assert late.effects == ()
        assert hands(told.now) == hands(plain.now)
        for effect in told.effects[seen:]:
            if (found := echo(effect)) is not None and waits:
                coming.append((when + waits.pop(), *found))
        seen = len(told.effects)


SUBJECTS = pytest.mark.parametrize("stories", [each.STORIES for each in (busy, calls, clocks, handoffs)], ids=str)
DELAYS = st.lists(st.integers(1, 400), max_size=20)


@SUBJECTS
@settings(max_examples=8)
@given(drawn=st.data(), delays=DELAYS)
def test_confirmations_change_nothing_whenever_they_come(
    stories: Stories, drawn: st.DataObject, delays: list[int]
) -> None:
    """However late the helpdesk confirms what Baton had set, the conversation is where it would be without."""
    check(stories, drawn.draw(stories.drawn), delays)


@pytest.mark.slow
@SUBJECTS
@settings(max_examples=1000)
@given(drawn=st.data(), delays=DELAYS)
def test_confirmations_change_nothing_in_thousands_of_stories(
    stories: Stories, drawn: st.DataObject, delays: list[int]
) -> None:
    """In thousands of other stories too, a confirmation that comes late moves nothing."""
    check(stories, drawn.draw(stories.drawn), delays)
