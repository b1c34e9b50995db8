"""README's map: it has each room in the room's own words, and each file on it exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
MAP = README[README.index("## Change it") :]
PACKAGES = ("policies", "workflows", "activities", "worker")
ROOMS = sorted(
    f"{package}/{path.parent.name}" for package in PACKAGES for path in (ROOT / package).glob("*/__init__.py")
)


def said_by(room: str) -> str:
    """Return the docstring of a room."""
    return ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text())) or ""


def test_the_map_has_each_room_in_its_own_words() -> None:
    """README's map describes each room as the room describes itself, and names no room that is gone."""
    rows = dict(re.findall(r"^\| `(\w+/\w+)/` \| (.*) \|$", MAP, re.M))
    assert rows == {room: said_by(room).partition("\n")[0].removesuffix(".") for room in ROOMS}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_must_not_know(room: str) -> None:
    """The docstring of a room says its subject and what stays outside."""
    assert "Must not" in said_by(room)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(\w+/[\w/]+\.py)`", MAP))))
def test_each_file_on_the_way_exists(path: str) -> None:
    """The files that a message and a breach go through exist."""
    assert (ROOT / path).exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_room_is_crowded(package: str) -> None:
    """A folder with more than thirteen modules has to be split into rooms."""
    crowded = [
        f"{folder.relative_to(ROOT)}: {count}"
        for folder in sorted({path.parent for path in (ROOT / package).rglob("*.py")})
        if (count := len([path for path in folder.glob("*.py") if path.stem != "__init__"])) > 13
    ]
    assert crowded == []
