"""Effects: what each of them knows of itself."""

from typing import get_args

import pytest

from policies.state.effects import AnyEffect, Effect

KINDS: tuple[type[Effect], ...] = get_args(get_args(AnyEffect)[0])


@pytest.mark.parametrize("effect", KINDS, ids=lambda effect: effect.__name__)
def test_the_wording_of_an_effect_is_made_of_its_own_fields(effect: type[Effect]) -> None:
    """The fields by which two effects may differ and still do the same are fields that the effect has."""
    assert effect.wording <= set(effect.model_fields)


@pytest.mark.parametrize("effect", KINDS, ids=lambda effect: effect.__name__)
def test_each_effect_has_a_lane_and_a_summary(effect: type[Effect]) -> None:
    """Each effect says in which lane it goes out, and what it does, whatever its fields hold."""
    blank = effect.model_construct(**dict.fromkeys(effect.model_fields, ""))
    assert blank.lane
    assert blank.doing


def test_each_effect_is_on_the_union() -> None:
    """An effect that can be asked for can also be sent: it is on the list of all effects."""
    assert {each for each in below(Effect) if "kind" in each.model_fields} == set(KINDS)


def below(effect: type[Effect]) -> set[type[Effect]]:
    """Return all classes made of an effect's class."""
    return {each for child in effect.__subclasses__() for each in (child, *below(child))}
