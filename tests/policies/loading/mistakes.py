"""Policies as the loader answers them: with a document, or with every mistake, its place and remedy.

The files in `mistakes/` hold one kind of mistake each: whole policies (`policy`), or what comes between `before` and
`after` (`rest`), with all that is told of them.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from policies.document.document import Document
from policies.loading.load import PolicyError, load_policy

TODAY = date(2026, 6, 1)


def load(text: str) -> Document:
    """Return the policy as it is read from a file of this name."""
    return load_policy(text, file="p.yaml", today=TODAY)


def told(text: str) -> list[str]:
    """Return every mistake of a policy in its order, as `file:line:column: sentence`; fail where it has none."""
    with pytest.raises(PolicyError) as caught:
        load(text)
    return str(caught.value).splitlines()


def told_of_part(before: str, part: str) -> list[str]:
    """Return the mistakes of the part that follows `before`, with lines counted from the beginning of the part."""
    with pytest.raises(PolicyError) as caught:
        load(before + part)
    above = before.count("\n")
    return [f"{each.line - above}:{each.column}: {each.sentence}" for each in caught.value.problems]


def mistakes() -> Iterator[Any]:
    """Yield each case of the files in `mistakes/` as the whole policy and all that is told of it."""
    for file in sorted(Path(__file__).with_name("mistakes").glob("*.yaml")):
        kind = YAML(typ="safe").load(file)
        for case in kind["cases"]:
            text = case.get("policy") or f"{kind.get('before', '')}{case['rest']}{kind.get('after', '')}"
            expected = [f"p.yaml:{line}" for line in case["told"]]
            yield pytest.param(text, expected, id=f"{file.stem}: {case['name']}")
