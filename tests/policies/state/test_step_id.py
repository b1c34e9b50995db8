"""Ids of calls: what is read of them, how they are written, and which of two came later."""

import pytest

from policies.state.step_id import OfferId, StepId


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("support-on-call.2/1.3", StepId("support-on-call.2", 0, 1, 3)),
        ("support-on-call.2/1.3~2", StepId("support-on-call.2", 2, 1, 3)),
        ("support-on-call.2/10.12~34", StepId("support-on-call.2", 34, 10, 12)),
        ("a/1.2/1.3", StepId("a/1.2", 0, 1, 3)),
        ("a.b/c.1/2.1~1", StepId("a.b/c.1", 1, 2, 1)),
        ("🔥 on/call.1/1.1", StepId("🔥 on/call.1", 0, 1, 1)),
        ("two\nlines.1/1.1", StepId("two\nlines.1", 0, 1, 1)),
        ("a~1.1/1.2", StepId("a~1.1", 0, 1, 2)),
        ("people.1/0.3", StepId("people.1", 0, 0, 3)),
        ("night shift.1/1.0", StepId("night shift.1", 0, 1, 0)),
    ],
)
def test_an_id_is_read_and_written(text: str, called: StepId) -> None:
    """The run, the round, the step and the resumption of a call are found, whatever its escalation is called."""
    assert StepId.of(text) == called
    assert str(called) == text


@pytest.mark.parametrize(
    "text",
    ["", "support-on-call", "support-on-call.2", "/1.3", "a.1/1", "a.1/1.x", "a.1/1.2~", "a.1/1.2 ", "🔥", "/", "~"],
)
def test_other_text_is_the_name_of_a_run(text: str) -> None:
    """A text that names no step is taken for a run as a whole, and stays as it was written."""
    assert StepId.of(text) == StepId(text)
    assert str(StepId.of(text)) == text
    assert StepId.of(text).position == (0, 0, 0)


def test_later_calls_compare_greater() -> None:
    """A resumed run comes after all its earlier calls, a round after the round before, a step after the step before."""
    in_order = ["a.1", "a.1/1.1", "a.1/1.2", "a.1/1.10", "a.1/2.1", "a.1/1.1~1", "a.1/9.9~9", "a.1/1.1~10"]
    positions = [StepId.of(text).position for text in in_order]
    assert positions == sorted(set(positions))


@pytest.mark.parametrize(
    ("text", "escalation"),
    [("support-on-call.2/1.3", "support-on-call"), ("a.b.3", "a.b"), ("a/1.2/1.3", "a/1"), ("nights", ""), ("", "")],
)
def test_the_escalation_of_a_call(text: str, escalation: str) -> None:
    """A call belongs to the escalation whose name comes before its run's number."""
    assert StepId.of(text).escalation == escalation


def test_an_offer_is_read_back_whatever_the_team_is_called() -> None:
    """An offer's id names its team and its number, also where the team's name has a slash."""
    for team in ("billing", "emea/billing", ""):
        assert OfferId.of(str(OfferId(team, "12"))) == OfferId(team, "12")
    assert str(OfferId("billing", "12")) == "billing/12"
