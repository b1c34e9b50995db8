"""The sentences of a support leader's handbook, in several wordings and languages, and near misses that must not move.

The cases are in `cases/`; `stories` says how they are written.
"""

from collections import Counter

import pytest

from tests.policies.handbook.stories import Case, at_rest, cases, files, outcome, play, shipped

ALL = [case for name in files() for case in cases(name)]


@pytest.mark.parametrize("case", [case for case in ALL if case.moves], ids=lambda case: case.id)
def test_a_sentence_moves_the_conversation(case: Case) -> None:
    """Each wording of a handbook's sentence has the effect that the handbook asks for."""
    assert outcome(play(case, shipped("assisted")), case.expect) == dict(case.expect)


@pytest.mark.parametrize("case", [case for case in ALL if not case.moves], ids=lambda case: case.id)
def test_a_near_miss_moves_nothing(case: Case) -> None:
    """A sentence with similar words and another meaning leaves the conversation where it is."""
    told = play(case, shipped("assisted"))
    assert at_rest(told) == ("assistant", "normal")


def test_every_story_has_wordings_in_two_languages() -> None:
    """Each story has four wordings or more, in two languages or more if words matter at all, and a near miss."""
    stories = {case.story for case in ALL}
    wordings = Counter(case.story for case in ALL if case.moves)
    near = {case.story for case in ALL if not case.moves}
    spoken = {(case.story, case.language) for case in ALL if case.moves}
    languages = Counter(story for story, language in spoken for _ in range(2 if language == "any" else 1))
    assert {story for story in stories if wordings[story] < 4 or languages[story] < 2 or story not in near} == set()
