"""A policy file as text: its content, and the place of everything in it.

Promises that every value stays the text that was written (`22:00`, `on` and `1.10` mean what they say) and that each
part of the content can be pointed at by line and column. Must not know what a policy may contain (`document`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from policies.loading.yaml_errors import ESCAPE, NO_ALIAS, place_of, sentence_of
from policies.text.json_text import whole

Path = tuple[str | int, ...]
"""Keys and list positions from the top: `("rules", 0, "on")`."""

_Node = Any
"""A node of ruamel.yaml, which has no annotations; its `id` is `scalar`, `sequence` or `mapping`."""
_TOO_HIGH = re.compile(r"\\U(?!000|0010)")
"""An escape for a character beyond those of Unicode."""
_BLOCK_STYLES = ("|", ">")
_NO_VALUE = "write one, or remove the key; a text that starts with # needs quotes"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A place in a file that has to be corrected, with the remedy."""

    file: str
    line: int
    column: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake in the content at `path`. `within` is a line and column, from 1, inside the text there.

    Where the mistake involves two places, `{line}` in the sentence stands for the line of `line_of`.
    """

    path: Path
    sentence: str
    at_key: bool = False
    within: tuple[int, int] | None = None
    line_of: Path | None = None


class SourceError(ValueError):
    """The error where the text is not YAML, or not the plain YAML a policy is written in."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class PolicySource:
    """One file's content (`raw`: mappings, lists and texts; None where a value is missing) and its places."""

    def __init__(self, text: str, file: str) -> None:
        """Read the text. Raises `SourceError`; lesser mistakes, such as a key that stands twice, are in `problems`."""
        self._text = text
        self._file = file
        self._root = self._compose()
        self.problems: list[Problem] = []
        self.raw: Any = self._content(self._root)

    def locate(self, finding: Mistake) -> Problem:
        """Return the finding as a problem at its place in the file."""
        key, node = self._find(finding.path)
        if finding.within and node.id == "scalar":
            line, column = self._place_within(node, *finding.within)
        else:
            line, column = _place(key if finding.at_key and key is not None else node)
        sentence = finding.sentence
        if finding.line_of is not None:
            sentence = sentence.replace("{line}", str(_place(self._find(finding.line_of)[1])[0]))
        return Problem(self._file, line, column, sentence)

    def _compose(self) -> _Node:
        try:
            if "*" in self._text:  # reading twice takes twice as long
                for event in _yaml().parse(self._text):
                    if isinstance(event, AliasEvent):
                        raise self._unreadable(event.start_mark, NO_ALIAS)
            root = _yaml().compose(self._text)
        except SourceError:
            raise
        except MarkedYAMLError as error:
            raise self._unreadable(place_of(error), sentence_of(error)) from None
        except YAMLError as error:
            place = self._place_at(int(getattr(error, "position", 0)))
            sentence = "a character that can't be printed stands here: remove it"
            raise SourceError(Problem(self._file, *place, sentence)) from None
        except RecursionError:
            raise SourceError(Problem(self._file, 1, 1, "this is nested too deeply: a policy is flat")) from None
        except ValueError:  # Python has no such character
            found = _TOO_HIGH.search(self._text)
            place = self._place_at(found.start() if found else 0)
            raise SourceError(Problem(self._file, *place, ESCAPE)) from None
        if root is None or _is_null(root):
            sentence = "the file is empty: start with `policy: …` and `version: 1`"
            raise SourceError(Problem(self._file, 1, 1, sentence))
        return root

    def _unreadable(self, mark: Any, sentence: str) -> SourceError:
        return SourceError(Problem(self._file, mark.line + 1, mark.column + 1, sentence))

    def _content(self, node: _Node) -> Any:
        if str(node.tag).startswith("!"):
            self._report(node, f"`{node.tag}` is not read here: remove it, a text that starts with ! needs quotes")
        if node.id == "mapping":
            return self._mapping(node)
        if node.id == "sequence":
            return [self._entry(item) for item in node.value]
        return None if _is_null(node) else _text(node)

    def _entry(self, node: _Node) -> Any:
        if _is_null(node):
            self._report(node, "this entry is empty: write something after the dash, or remove it")
        return self._content(node)

    def _mapping(self, node: _Node) -> dict[str, Any]:
        content: dict[str, Any] = {}
        places: dict[str, _Node] = {}
        for key, value in node.value:
            name = _text(key)
            if key.id != "scalar":
                self._report(key, "a key must be a text, not a list or a mapping")
            elif name == "<<" and not key.style:
                self._report(key, "merging (`<<`) is not read here: write the keys out; an SLA has `extends`")
            elif name in content:
                self._report(key, f"`{name}` stands here twice, first in line {_place(places[name])[0]}: keep one")
            else:
                if _is_null(value):
                    self._report(key, f"`{name}` has no value: {_NO_VALUE}")
                content[name], places[name] = self._content(value), key
        return content

    def _report(self, node: _Node, sentence: str) -> None:
        self.problems.append(Problem(self._file, *_place(node), sentence))

    def _find(self, path: Path) -> tuple[_Node | None, _Node]:
        """Return key and value at `path`, or at as much of it as was written (`on: message` is also `on[0].event`)."""
        key, node = None, self._root
        for part in path:
            if isinstance(part, int) and node.id == "mapping":
                continue  # one value written where a list of values may stand
            step = _step(node, part)
            if step is None:
                break
            key, node = step
        return key, node

    def _place_within(self, node: _Node, line: int, column: int) -> tuple[int, int]:
        """Return a line and column of the value as those in the file, whatever the YAML style did to white space."""
        lines = _text(node).split("\n")
        before = "".join([*lines[: line - 1], lines[line - 1][: column - 1]])
        value = "".join(_text(node).split())
        written = list(self._written(node))[: len(value)]
        if "".join(self._text[index] for index in written) != value or not value:
            return _place(node)
        number = len("".join(before.split()))
        return self._place_at(written[number] if number < len(written) else written[-1] + 1)

    def _written(self, node: _Node) -> Iterator[int]:
        """Yield the places in the text of the value's characters, without white space."""
        first, last = node.start_mark.index, node.end_mark.index
        if node.style in _BLOCK_STYLES:
            first = self._text.index("\n", first)
        elif node.style:
            first, last = first + 1, last - 1
        is_second_quote = False
        for index in range(first, last):
            character = self._text[index]
            is_second_quote = node.style == "'" == character == self._text[index - 1] and not is_second_quote
            if not character.isspace() and not (is_second_quote and index > first):
                yield index

    def _place_at(self, index: int) -> tuple[int, int]:
        return self._text.count("\n", 0, index) + 1, index - self._text.rfind("\n", 0, index)


def _yaml() -> YAML:
    # Pure Python reads YAML 1.2 and knows columns; only the rules of 1.2 leave `on`, `no` and `22:00` alone.
    return YAML(typ="safe", pure=True)


def _place(node: _Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _text(node: _Node) -> str:
    """Return a node's text without half characters, which YAML can escape; an emoji's two halves become one."""
    return whole(node.value) if isinstance(node.value, str) else ""


def _is_null(node: _Node) -> bool:
    return node.id == "scalar" and node.tag == "tag:yaml.org,2002:null"


def _step(node: _Node, part: str | int) -> tuple[_Node | None, _Node] | None:
    if node.id == "mapping":
        return next(((key, value) for key, value in node.value if _text(key) == part), None)
    if node.id == "sequence" and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    return None
