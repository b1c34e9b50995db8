"""docs/policies.md shows parts of policies that can be loaded."""

import re
from pathlib import Path

import pytest

from tests.policies.stories import ACME, policy_of

PAGE = (Path(__file__).parents[3] / "docs" / "policies.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_can_be_loaded(example: str) -> None:
    """Each example on the page about rules is accepted as a part of a policy."""
    assert policy_of(example, base=ACME).document.rules
