"""Rooms: README's map has each in its own words, none is crowded, and no name has two meanings in two of them."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
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


def types_of(module: Path) -> Iterator[str]:
    """Yield the names of the public types that a module defines: its classes, and its names for types.

    A type variable stands for any type and means nothing outside the function that it describes.
    """
    for node in ast.parse(module.read_text()).body:
        match node:
            case ast.ClassDef(name=name):
                yield name
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
                pass
            case ast.Assign(targets=[ast.Name(id=name)]) if name[0].isupper() and not name.isupper():
                yield name
            case _:
                pass


def test_no_two_types_have_one_name() -> None:
    """One public name has one meaning: no two rooms have types of the same name."""
    modules = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    times = Counter(name for module in modules for name in types_of(module) if not name.startswith("_"))
    assert [name for name, number in times.items() if number > 1] == []
