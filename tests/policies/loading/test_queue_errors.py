"""Errors of queues: each mistake is told to the support lead with its place and remedy."""

import jsonschema
import pytest

from policies.document.document import Document
from tests.cases import case
from tests.policies.loading.mistakes import load, told

HEAD = case("policies/loading/queue_head")


NO_PEOPLE = (
    "p.yaml:15:5: nobody is in `a`, so what waits there waits for ever: give a person under `people:` the entry "
    "`team: a`, or write `led_by: desk` where the helpdesk chooses"
)


def test_a_queue_needs_people() -> None:
    """A queue needs people in its team where Baton chooses; where the helpdesk chooses, it knows its people."""
    text = HEAD.replace("ada: {team: a", "ada: {team: b")
    assert told(text + "      capacity: 2\n") == [NO_PEOPLE]
    assert told(text + "      needs: [{skill: law}]\n") == [NO_PEOPLE]
    load(text + "      led_by: desk\n      needs: [{skill: law}]\n")


def test_a_skill_is_wanted_of_people_who_have_any() -> None:
    """A queue that needs a skill while no person has any is refused, with the place where skills belong."""
    text = HEAD.replace("skills: {refunds: 2}, ", "") + "      needs: [{skill: law}]\n"
    assert told(text) == ["p.yaml:16:23: nobody in `a` has law 1: give a person `skills`"]


def test_the_largest_room_counts() -> None:
    """A weight is too heavy only where no person could carry it; a person's own capacity replaces the queue's."""
    heavy = "      capacity: 9\n      weights: {voice: 3, mail: -1}\n"
    small = HEAD.replace("cleo: {}", "dan: {team: a, capacity: 1}")
    assert told(small + heavy) == ["p.yaml:17:33: a conversation takes at least 1 of a person's capacity"]
    assert told(small + heavy.replace("3, mail: -1", "4")) == [
        "p.yaml:17:24: a conversation of voice takes 4, and nobody can have more than 3: write less, or give people "
        "more `capacity`"
    ]


def test_queues_that_flow_in_a_circle_are_told_once() -> None:
    """Queues that overflow in a circle are refused, and the error names the circle once."""
    two = HEAD.replace("queue: {}", "queue: {overflow: {after: 1h, to: a}}")
    assert told(two + "      overflow: {after: 1h, to: b}\n") == [
        "p.yaml:11:50: `b` flows over to `a`, then to `b` again: let one of them have no `overflow`"
    ]
    led = "{name: C, queue: {led_by: desk, overflow: {after: 1h, to: a}}}"
    three = HEAD.replace("queue: {}", "queue: {overflow: {after: 1h, to: c}}").replace("{name: C}", led)
    assert told(three + "      overflow: {after: 1h, to: b}\n") == [
        "p.yaml:11:50: `b` flows over to `c`, then to `a`, then to `b` again: let one of them have no `overflow`"
    ]
    load(two + "      overflow: {after: 1h, to: c}\n")


@pytest.mark.parametrize(("on", "column"), [("queued", 23), ("[queued, message]", 24)])
def test_a_rule_about_queues_wants_a_queue(on: str, column: int) -> None:
    """A rule on `queued` is refused where no team has a queue; a queue with a mistake in it counts as one."""
    text = (
        HEAD.replace("    queue:\n", "").replace(", queue: {}", "").replace(", skills: {refunds: 2}, capacity: 3", "")
    )
    rule = f"rules: [{{name: r, on: {on}, do: [{{note: x}}]}}]\n"
    assert told(text.replace(", skills: {law: 1}, capacity: 2", "") + rule) == [
        f"p.yaml:15:{column}: no team has a `queue`, so this never happens: give a team one, or remove this rule"
    ]
    assert told(HEAD + "      ofer: 2m\n" + rule) == [
        "p.yaml:16:7: `ofer` is not a key of a queue: did you mean `offer`?"
    ]


def test_a_whole_queue_is_no_mistake() -> None:
    """A queue with every possible key is read, and reads back equal from JSON."""
    queue = case("policies/loading/whole_queue")
    text = HEAD.replace("capacity: 3}", "capacity: 3, shift: day, languages: [de, en]}")
    document = load(text + queue)
    assert Document.model_validate_json(document.model_dump_json()) == document


def test_editors_check_queues_while_they_are_typed() -> None:
    """An editor that knows Baton's schema accepts a right queue and marks wrong values."""
    schema = jsonschema.Draft202012Validator(Document.model_json_schema())

    def accepts(**queue: object) -> bool:
        team = {"name": "A", "queue": {"offer": "2m", "needs": [{"skill": "law"}], **queue}}
        return schema.is_valid({"policy": "p", "version": 1, "teams": {"a": team}, "channels": {"x": "a"}})

    assert accepts()
    assert not accepts(led_by="helpdesk")
    assert not accepts(offer="soon")
    assert not accepts(capacity=0)
    assert not accepts(overflow={"after": "5m"})
