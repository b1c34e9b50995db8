"""The trial of a text at load, filled in with facts that could be anything: what no facts make possible is found early.

Promises to find work beyond the budget in every branch of a text, not only in those that some facts choose. Must not
know where texts stand in a policy (`rendering`).
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, cast

from jinja2 import ChainableUndefined, nodes
from jinja2.visitor import NodeTransformer

from policies.running.texts.budget import BudgetError
from policies.running.texts.sandbox import BoundedEnvironment


class _AnyValue(ChainableUndefined):
    """A stand-in for a fact of any kind: one entry long as a list, empty as a text, and itself after any operator."""

    def _itself(self, *_: Any, **__: Any) -> "_AnyValue":
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _itself
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = __call__ = _itself

    def __iter__(self) -> Iterator[Any]:
        yield self


class _AllBranches(NodeTransformer):
    """A visitor that has the branches of each `if` done one after the other."""

    def visit_If(self, node: nodes.If) -> Any:  # noqa: N802
        self.generic_visit(node)
        return [*node.body, *cast("list[nodes.Node]", node.elif_), *node.else_]  # its `elif`s have become their bodies

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.test = None
        return node


class _TrialEnvironment(BoundedEnvironment):
    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return cast("nodes.Template", _AllBranches().visit(super()._parse(source, name, filename)))


def beyond_budget(template: str, roots: Iterable[str], length: int) -> str | None:
    """Return why the text is too much work whatever the facts are; None where some facts may be fine."""
    environment, written = _environment(), 0
    if environment.parse(template).find(nodes.Macro):
        return None  # a macro that calls itself ends in some branch, which a trial of all branches would miss
    try:
        for piece in environment.from_string(template).generate({root: _AnyValue(name=root) for root in roots}):
            written += len(piece)
            if written > length:
                return None
    except BudgetError as error:
        return str(error)
    except Exception:  # an operation that does not suit the stand-in; the real facts will do
        return None
    return None


@lru_cache(maxsize=1)
def _environment() -> BoundedEnvironment:
    return _TrialEnvironment()
