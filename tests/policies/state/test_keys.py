"""Keys of effects: how they are built, and the questions that they answer."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from policies.state.keys import Cause, Key, root_of
from policies.state.step_id import StepId

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("root", "cause", "rules", "number", "key"),
    [
        ("c-1", "m-1", (), 0, "c-1/m-1/notify/0"),
        ("c-1/2", "m-1", ("Tell the lead",), 1, "c-1/2/m-1/Tell-the-lead/notify/1"),
        ("c-1", "m-1", ("one", "two of them"), 10, "c-1/m-1/one/two-of-them/notify/10"),
        ("a/b", "x/y.z", ("on/off",), 2, "a/b/x/y.z/on/off/notify/2"),
        ("c 🐙", "m 1", ("🔥 now",), 0, "c 🐙/m 1/🔥-now/notify/0"),
        ("", "", (), 0, "//notify/0"),
    ],
)
def test_a_key_is_built_of_its_parts(root: str, cause: str, rules: Sequence[str], number: int, key: str) -> None:
    """A key names the conversation, the cause, the rules at work, the kind, and a number of that kind."""
    assert Key.first(root, Cause(cause), rules, "notify").numbered(number) == key


@pytest.mark.parametrize(("life", "root"), [("", "c-1"), ("2", "c-1/2"), ("a/b", "c-1/a/b")])
def test_a_key_begins_with_the_conversation(life: str, root: str) -> None:
    """A conversation that began again under the same id has keys of its own."""
    assert root_of("c-1", life) == root


@pytest.mark.parametrize("text", ["", "c-1/m-1/notify/0", "c-1/again/notify/0", "again", "🐙/again/x"])
def test_a_renewed_key_remembers_the_original(text: str) -> None:
    """An effect that was taken back and is wanted after all gets a new key, and its first key can be told from it."""
    key = Key(text)
    assert key.again == f"{text}/again"
    assert key.original == key.again.original == key.again.again.original == text


def test_the_cause_of_a_share_names_the_start_of_its_clock() -> None:
    """Two clocks that began at different times are two causes, and so are two shares of one clock."""
    assert Cause.of_share("first_response", 75, NINE) == "first_response@75:2026-03-02T09:00:00+00:00"
    others = {Cause.of_share("first_response", 100, NINE), Cause.of_share("first_response", 75, NINE.replace(hour=8))}
    assert Cause.of_share("first_response", 75, NINE) not in others


def test_the_cause_of_a_deadline_names_its_subject_and_its_instant() -> None:
    """Two deadlines of one subject are two causes; a step of a ladder is waited for only once."""
    assert Cause.of_deadline("queue", "billing", "waiting", at=NINE) == f"queue:billing:waiting@{NINE.isoformat()}"
    assert Cause.of_deadline("waiting", 600, at="m-1") == "waiting:600@m-1"
    assert Cause.of_deadline("wait", StepId("people.1", 0, 1, 2)) == "wait:people.1/1.2"


def test_the_cause_of_a_call_names_its_step() -> None:
    """A call of a step is known by the step, whatever led to it."""
    call = Key.first("c-1", Cause.of_call(StepId("people.1", 0, 1, 2)), ("call the people",), "notify")
    assert call == "c-1/page:people.1/1.2/call-the-people/notify/0"
