"""Every function of `policies/` that a workflow reaches from another module, found in the source.

Promises that the list follows the code: only the modules where workflows begin are named here. Must not import the code
that it reads.
"""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
BEGINNINGS = ("workflows.conversation", "workflows.team")


@dataclass(frozen=True, order=True, slots=True)
class Reached:
    """The function `home`.`name`, which another module calls `known_as`; the name is looked up in `module`."""

    home: str
    name: str
    module: str
    known_as: str

    def __str__(self) -> str:
        """Return module and function, as a test is named after them."""
        return f"{self.module}:{self.known_as}"


@cache
def reached() -> tuple[Reached, ...]:
    """Return all such functions: imported by name into another module, or called there as `module.function`."""
    found: set[Reached] = set()
    for module, tree in _trees().items():
        modules: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("policies"):
                for alias in node.names:
                    known_as = alias.asname or alias.name
                    if alias.name in _functions(str(node.module)):
                        found.add(Reached(str(node.module), alias.name, module, known_as))
                    elif f"{node.module}.{alias.name}" in _trees():
                        modules[known_as] = f"{node.module}.{alias.name}"
        found |= {
            Reached(modules[node.value.id], node.attr, modules[node.value.id], node.attr)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules
            if node.attr in _functions(modules[node.value.id])
        }
    return tuple(sorted(found))


@cache
def _trees() -> dict[str, ast.Module]:
    """Return the modules of `workflows/` and `policies/` that workflows import, directly or not."""
    trees: dict[str, ast.Module] = {}
    left = list(BEGINNINGS)
    while left:
        name = left.pop()
        if name in trees or not name.startswith(("workflows", "policies")) or (path := _path(name)) is None:
            continue
        trees[name] = ast.parse(path.read_text())
        for node in ast.walk(trees[name]):
            if isinstance(node, ast.ImportFrom) and node.module:
                left += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                left += [alias.name for alias in node.names]
    return trees


def _path(module: str) -> Path | None:
    beside = ROOT / module.replace(".", "/")
    return next((each for each in (beside.with_suffix(".py"), beside / "__init__.py") if each.exists()), None)


def _functions(module: str) -> frozenset[str]:
    tree = _trees().get(module)
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef)) if tree else frozenset()
