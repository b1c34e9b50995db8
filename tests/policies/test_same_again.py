"""The same value again: a report of what is known already is a line of the timeline, and no news to rules."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policies.stories import Play, policy_of, reasons, told

HEARD = """
rules:
  - {name: attribute, on: attribute_changed, do: [{note: "{{ event.name }}={{ event.value }}"}]}
  - {name: customer, on: customer_updated, do: [{note: "{{ event.changed | join(' ') }} {{ event.was_tier }}"}]}
  - {name: hands, on: reassigned, do: [{note: "{{ event.team }}/{{ event.assignee }}"}]}
  - {name: tags, on: [tag_added, tag_removed], do: [{note: "{{ event.tag }}"}]}
  - {name: score, on: rated, do: [{note: "{{ event.score }}"}]}
  - {name: status, on: status_changed, do: [{note: "{{ event.status }}"}]}
"""
CASES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("attribute_changed", {"name": "plan", "value": "pro"}, "plan was “pro” already"),
    ("attribute_changed", {"name": "paid", "value": True}, "paid was “true” already"),
    ("customer_updated", {"tier": "gold", "name": "Ada"}, "Customer is as known already: name, tier"),
    ("customer_updated", {"own": {"seats": [1, 2]}}, "Customer is as known already: own"),
    ("reassigned", {"team": "tier-2", "assignee": "ben", "by": "bo"}, "Was with Tier 2 / ben: reassigned by bo"),
    ("reassigned", {"team": "tier-2", "by": "bo"}, "Was with Tier 2: reassigned by bo"),
    ("tag_added", {"tag": "vip"}, "Tag vip was already there"),
    ("tag_removed", {"tag": "vip"}, "Tag vip was not there"),
    ("status_changed", {"status": "pending_customer"}, "Status was pending_customer already"),
    ("rated", {"score": 4.5}, "Customer had rated 4.5 already"),
)


def play_of(**body: Any) -> Play:
    """Play a conversation whose policy notes all that its rules hear."""
    return Play(policy_of(HEARD), **body)


@pytest.mark.parametrize(("name", "body", "line"), CASES)
def test_the_same_value_again_sets_off_no_rule(name: str, body: dict[str, Any], line: str) -> None:
    """A value that a sender reports again is on the timeline, and no rule fires."""
    play = play_of(tags=["vip"] if name == "tag_removed" else [])
    play.tell(name, 1, event_id="first", **body)
    assert "rule_fired" in [entry.kind for entry in play.now.told.timeline]
    again = play.tell(name, 2, event_id="second", **body)
    assert (again.effects, reasons(again)) == ((), [line])


def test_only_what_changed_is_named() -> None:
    """A sender that reports the whole customer each time: rules hear the names of the fields that changed."""
    play = play_of(customer={"name": "Ada", "tier": "gold", "plan": "pro"})
    decision = play.tell("customer_updated", 1, name="Ada", tier="platinum", plan="pro", seats=7)
    assert told(decision.effects) == [("note", "seats tier gold")]
    assert reasons(decision)[0] == "Customer updated: seats, tier"


def test_a_person_who_names_the_same_assignee_has_chosen_them() -> None:
    """A person who reassigns to the assignee whom a queue chose: no rule fires, and the choice is a person's now."""
    play = play_of()
    play.tell("reassigned", 1, team="tier-1", assignee="ben", by="baton")
    assert play.now.responsible.given_by == ""
    again = play.tell("reassigned", 2, team="tier-1", assignee="ben", by="bo")
    assert (again.effects, play.now.responsible.given_by) == ((), "person")


DECLARED = "attributes: {seats: number, plan: text}\ncustomer_fields: {seats: number}\n"


@pytest.mark.parametrize(
    ("name", "first", "again"),
    [
        *(("seats", 500, value) for value in ("500", "500.00", 500.0, " 5e2 ")),
        *(("seats", "1.0", value) for value in (1, 1.0, "1")),
        ("own", 1, 1.0),
        ("own", {"a": [1, {"b": None, "c": 2.0}]}, {"a": [1.0, {"c": 2, "b": None}]}),
        ("plan", 7, "7"),
        ("own", None, ""),
    ],
)
def test_a_value_written_in_another_way_is_the_same(name: str, first: Any, again: Any) -> None:
    """A number written in another way, or an object whose keys come in another order, sets off no rule again."""
    play = Play(policy_of(DECLARED, HEARD.lstrip()), attributes={name: first}, customer={name: first})
    assert play.tell("attribute_changed", 1, name=name, value=again).effects == ()
    assert play.tell("customer_updated", 2, **{name: again}).effects == ()


@pytest.mark.parametrize(
    ("name", "first", "again"),
    [
        ("plan", "1.0", "1"),
        ("own", "1.0", "1"),
        ("own", 2**60, 2**60 + 1),
        ("own", 1, True),
        ("own", True, 1),
        ("own", [1, 2], [2, 1]),
        ("own", {"a": 1}, {"a": True}),
        ("seats", 500, "many"),
        ("seats", 500, ""),
    ],
)
def test_another_value_is_heard(name: str, first: Any, again: Any) -> None:
    """A text, a large number, a truth value or a list that is another one than before sets off the rule."""
    play = Play(policy_of(DECLARED, HEARD.lstrip()), attributes={name: first}, customer={name: first})
    assert len(play.tell("attribute_changed", 1, name=name, value=again).effects) == 1
    assert len(play.tell("customer_updated", 2, **{name: again}).effects) == 1


def test_the_same_score_for_another_answer_is_heard() -> None:
    """A customer who is answered once more and gives the same score again has judged another answer."""
    play = play_of()
    for when in (1, 11):
        play.answer(when)
        assert len(play.tell("rated", when + 1, event_id=f"first {when}", score=5).effects) == 1
        assert play.tell("rated", when + 2, event_id=f"second {when}", score=5.0).effects == ()
    assert len(play.tell("rated", 14, score=4).effects) == 1


@pytest.mark.parametrize(("name", "body", "line"), CASES[:6])
def test_an_older_edition_hears_it_each_time(name: str, body: dict[str, Any], line: str) -> None:
    """A conversation of edition 2 hears the same value each time, so that its history can be replayed."""
    play = play_of(edition=2)
    play.tell(name, 1, event_id="first", **body)
    again = play.tell(name, 2, event_id="second", **body)
    assert (len(again.effects), line in reasons(again)) == (1, False)


_REPORTS = st.one_of(
    st.tuples(
        st.just("attribute_changed"),
        st.fixed_dictionaries({"name": st.just("a"), "value": st.sampled_from([0, 1, 1.0, True, {"b": 1, "c": 2}])}),
    ),
    st.tuples(st.just("rated"), st.fixed_dictionaries({"score": st.integers(1, 2)})),
    st.tuples(
        st.just("customer_updated"),
        st.fixed_dictionaries({}, optional={"tier": st.sampled_from(["", "gold"]), "own": st.none() | st.booleans()}),
    ),
    st.tuples(
        st.just("reassigned"),
        st.fixed_dictionaries(
            {"team": st.sampled_from(["tier-1", "tier-2"]), "by": st.just("bo")},
            optional={"assignee": st.sampled_from(["anna", "ben"])},
        ),
    ),
    st.tuples(st.sampled_from(["tag_added", "tag_removed"]), st.just({"tag": "vip"})),
    st.tuples(st.just("status_changed"), st.sampled_from([{"status": "open"}, {"status": "on_hold"}])),
)


def check_news(reports: list[tuple[str, dict[str, Any]]]) -> None:
    """Check of each report that rules hear of it where it changes the situation, and not where it doesn't."""
    play = play_of()
    for number, (name, body) in enumerate(reports, start=1):
        before = play.now
        decision = play.tell(name, number, event_id=f"e{number}", **body)
        after = play.now
        values = [
            (s.contact, s.lifecycle.status, s.responsible.team, s.responsible.assignee, s.feedback.rating)
            for s in (before, after)
        ]
        is_news = values[0] != values[1]
        assert is_news == ("rule_fired" in [entry.kind for entry in decision.because]), (name, body)


@settings(max_examples=50)
@given(st.lists(_REPORTS, max_size=12))
def test_rules_hear_what_is_new(reports: list[Any]) -> None:
    """Rules hear of each report that changes something, and of no other."""
    check_news(reports)


@pytest.mark.slow
@settings(max_examples=2000)
@given(st.lists(_REPORTS, max_size=12))
def test_rules_hear_what_is_new_in_thousands_of_stories(reports: list[Any]) -> None:
    """In thousands of stories rules hear of each report that changes something, and of no other."""
    check_news(reports)
