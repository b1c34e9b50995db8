"""How the demo tells whose an effect is, and which rule asked for it."""

from policies.state.keys import Cause, Key
from policies.state.step_id import StepId
from worker.demo import own_keys


def test_a_key_answers_questions_about_known_parts() -> None:
    """The demo knows of an effect its conversation, the rule that asked for it, and whether it is a call."""
    call = Key.first("c-1", Cause.of_call(StepId("people.1", 0, 1, 2)), ("call the people",), "notify")
    note = Key.first("c-1", Cause("m-1"), ("call",), "add_internal_note")
    assert (own_keys.is_call(call), own_keys.is_call(note)) == (True, False)
    assert (own_keys.is_by(call, "call the people"), own_keys.is_by(call, "call")) == (True, False)
    assert own_keys.is_by(note, "call")
    assert (own_keys.is_of(note, "c-1"), own_keys.is_of(note, "c"), own_keys.is_of(note, "c-10")) == (
        True,
        False,
        False,
    )
