"""Case files: policies, and parts of policies, that are kept as YAML beside the tests that use them."""

from pathlib import Path

TESTS = Path(__file__).parent


def case(path: str) -> str:
    """Return the text of `path`, which is named from `tests/` on and without `.yaml`."""
    return (TESTS / f"{path}.yaml").read_text()
