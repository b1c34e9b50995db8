"""The policy's section `tagging`: how it is read, and the errors of one that can't be used."""

from datetime import date

import pytest

from policies.document.proposals import Tagging
from policies.loading.load import digest, load_policy
from tests.policies.loading.mistakes import told_of_part
from tests.policies.stories import ACME


def load(text: str) -> Tagging | None:
    """Return the section as it was read, or `None` where the policy has none."""
    return load_policy(ACME + text, file="acme.yaml", today=date(2026, 1, 1)).tagging


def test_one_tag_may_have_many_categories() -> None:
    """A policy's tag stands for one category of the tagger or for several."""
    found = load(
        "tagging: {mode: shadow, at_least: 0.9, tags: {billing: [charged_twice, refund], delivery: arrival}}\n"
    )
    assert found is not None
    assert found.tags == {"billing": ("charged_twice", "refund"), "delivery": ("arrival",)}
    assert (found.mode, found.at_least) == ("shadow", 0.9)


def test_without_the_section_the_policy_stays_the_one_it_was() -> None:
    """A policy without the section keeps the digest it had before tagging existed."""
    document = load_policy(ACME, file="acme.yaml", today=date(2026, 1, 1))
    assert document.tagging is None
    assert digest(document.model_copy(update={"briefing": None})) == "d3172d4f26473865"


WRONG = [
    pytest.param(
        "tagging: {mode: on, at_least: 95%, tag: x}\n",
        [
            "1:17: `on` is not a value of `mode`: choose from `shadow`, `live`",
            "1:31: `95%` is no confidence: write a number above 0 and up to 1, such as 0.9",
            "1:36: `tag` is not a key of `tagging`: did you mean `tags`?",
        ],
        id="words that are none",
    ),
    pytest.param("tagging: {}\n", ["1:1: `tagging` needs `mode`: add `mode: …`"], id="no mode"),
    pytest.param(
        "tagging: {mode: live, tags: {}}\n",
        ["1:23: no tag may be proposed: name one with its category, or remove `tags` for all that the tagger knows"],
        id="no tags",
    ),
    pytest.param(
        f"tagging: {{mode: live, tags: {{a: [b, b], '': c, d: '', e: [], {'f' * 61}: g}}}}\n",
        [
            "1:37: `b` stands here already: remove one of them",
            "1:41: a tag has 1 to 60 characters: shorten it",
            "1:51: no tagger has such a category: its name has 1 to 60 characters",
            "1:58: `e` is empty: add at least one entry",
            "1:62: a tag has 1 to 60 characters: shorten it",
        ],
        id="names that can't be",
    ),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_unusable_values_are_said(text: str, said: list[str]) -> None:
    """Every mistake in the section is told with its place and a remedy, all at once."""
    assert told_of_part(ACME, text) == said
