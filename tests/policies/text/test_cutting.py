"""Cutting: a text that is too long keeps its beginning, and ends with a mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.text.cutting import CUT, DOTS, Measure, cut, escaped_bytes, json_bytes, utf8_bytes
from policies.text.json_text import size_of

KINDS = ("x", "é", "я", "語", "😀", "\x00", "\n", '"')


@pytest.mark.parametrize("character", KINDS)
def test_a_text_is_cut_in_bytes_of_json(character: str) -> None:
    """A text is measured in its bytes as JSON, whatever its alphabet; a text that was cut ends with a mark."""
    width = size_of(character) - 2
    at_most = character * (1_000 // width)
    assert cut(at_most, 1_000) == at_most
    over = cut(at_most + character, 1_000)
    assert (over.endswith(CUT), size_of(over) - 2 <= 1_000) == (True, True)
    assert cut("x" * 900 + character * 500, 1_000).endswith(CUT)
    assert size_of(cut("x" * 900 + character * 500, 1_000)) - 2 <= 1_000


def test_a_room_smaller_than_the_mark_holds_the_mark() -> None:
    """A text that does not fit at all leaves only the mark that it was cut."""
    assert cut("long enough", 5) == CUT


@pytest.mark.parametrize("unit", [len, json_bytes, escaped_bytes, utf8_bytes])
@given(text=st.text(st.sampled_from([*KINDS, "\ud83d"])), room=st.integers(1, 60))
def test_a_cut_text_keeps_as_much_as_fits(unit: Measure, text: str, room: int) -> None:
    """A text that is too long keeps every character for which there is room beside the mark, and no more."""
    shown = cut(text, room, unit=unit, mark=DOTS)
    if unit(text) <= room:
        assert shown == text
    else:
        kept = shown.removesuffix(DOTS)
        assert text.startswith(kept)
        assert not kept or unit(shown) <= room
        assert unit(text[: len(kept) + 1]) + unit(DOTS) > room
