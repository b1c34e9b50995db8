"""Hard cases of calling people: empty steps, late acknowledgements, new problems, targets that are gone."""

import pytest

from policies.contract.commands import Refused
from policies.state.effects import Notify
from tests.policies.on_call.ladders import called, ladder
from tests.policies.stories import Play, told


def calls(play: Play) -> list[str]:
    """Return the id of each step that was tried."""
    return [effect.page for effect in play.effects if isinstance(effect, Notify) and effect.page]


def test_row_an_empty_step_is_passed_over_and_the_lead_hears_of_it() -> None:
    """A step without anybody to call takes no time; when all steps are empty, the lead is told at once."""
    assert called(ladder("{notify: 'person:carl'}, {notify: 'slack:#b'}")) == [("slack:#b", ())]
    empty = ladder("{notify: 'person:carl'}")
    text = "Nobody could be called by people, every step was passed over: Help — c"
    assert told(empty.decisions[-1].effects)[-1] == ("notify", "slack:#leads", text)


def test_row_acknowledged_twice_or_late_changes_nothing() -> None:
    """A second acknowledgement is refused and names the first; after the resolution it changes nothing."""
    play = ladder("{notify: 'slack:#a'}")
    play.command("acknowledge", 2, actor="ben")
    with pytest.raises(Refused, match="any more: acknowledged by ben"):
        play.command("acknowledge", 3, actor="anna")
    play.tell("status_changed", 4, status="resolved")
    before = play.on_call_run("people.1")
    play.tell("acknowledged", 5, by="anna")
    assert play.on_call_run("people.1") == before


def test_row_acknowledged_then_forgotten_is_called_again() -> None:
    """An agent acknowledged but did not answer in time: the step is called again, with a new number."""
    play = ladder("{notify: 'person:anna'}")
    play.tell("acknowledged", 2, by="anna")
    play.wake(20)
    assert calls(play) == ["people.1/1.1", "people.1/1.1~1"]


def test_row_dedup_does_not_hide_a_new_problem() -> None:
    """After an answer, a new call for help starts a new on-call run."""
    play = ladder("{notify: 'slack:#a'}")
    play.answer(2)
    play.tell("tag_removed", 3, tag="help")
    play.customer(4)
    play.tell("tag_added", 5, tag="help", event_id="again")
    assert calls(play) == ["people.1/1.1", "people.2/1.1"]


def test_row_a_button_pressed_late_is_explained() -> None:
    """A button of an earlier call is refused, and does not stop the later call."""
    play = ladder("{notify: 'slack:#a'}")
    play.answer(2)
    play.tell("tag_removed", 3, tag="help")
    play.customer(4)
    play.tell("tag_added", 5, tag="help", event_id="again")
    with pytest.raises(Refused, match=r"^that was for an earlier call, people\.1; the latest is people\.2"):
        play.command("call", 6, step="people.1/1.1")
    assert not play.on_call_run("people.2").ended


def test_row_deleted_target_a_channel_that_is_gone_is_gone_around() -> None:
    """The step's channel was archived: the lead is told, and the next step is called at once."""
    play = ladder("{notify: 'slack:#gone'}, {notify: 'person:anna'}")
    call = next(effect for effect in play.effects if isinstance(effect, Notify) and effect.page)
    assert told(play.failed(call, 2, "is_archived").effects) == [
        ("notify", "slack:#leads", "Step 1 of people could not be reached"),
        ("call", "people.1/1.2", "person:anna"),
    ]
