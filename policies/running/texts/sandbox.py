"""Jinja2 with a budget: an environment whose templates can only do a bounded amount of work.

Promises that filling in any template ends after a counted number of steps, that compiling it evaluates nothing, and
that nothing in it depends on chance or memory addresses. Must not know what texts are for (`rendering`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any, cast

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, nodes, pass_context
from jinja2.runtime import Context, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import _PassArg  # pyright: ignore[reportPrivateUsage]
from jinja2.visitor import NodeTransformer

from policies.running.texts.budget import DEPTH, STEPS, Budget, BudgetError, call_steps, filter_steps, operator_steps
from policies.running.texts.growth import size_of

LENGTH_LIMIT = 10_000
"""The most characters of a template."""
NESTING_LIMIT = 40
"""The most parts of a template inside each other; Python can't compile much deeper ones."""
BRACKETS_LIMIT = 20
_NESTED = f"more than {NESTING_LIMIT} parts are inside each other: write a simpler text"
RANGE_LIMIT = 10_000
_UNKNOWN_HERE = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
_COUNTED_LOOP, _COUNTED_VALUE, _JOINED = "_counted_loop", "_counted_value", "_joined"
_PLAIN = (str, int, float, list, tuple, dict, Undefined, type(None))


class UnusableTextError(TemplateSyntaxError):
    """The error where the template can't be used, whatever the facts are; the message is a whole sentence."""


class NoTextError(TypeError):
    """The error where a value can't be written as text; the message is a sentence for the text's author."""


class BoundedContext(Context):
    """The values for filling in one template, with the budget that is left."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.budget = Budget()

    def derived(self, locals: dict[str, Any] | None = None) -> "BoundedContext":
        """Return the context of a block of the same template, which shares the budget."""
        context = cast("BoundedContext", super().derived(locals))
        context.budget = self.budget
        return context


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox, with every operator, filter, call and loop counted."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))
    context_class = BoundedContext

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, finalize=_finalize, optimized=False)
        # Chance has no place in a decision: a replay would write another note.
        del self.filters["random"], self.globals["lipsum"]
        self.filters = {name: _bounded(name, function) for name, function in self.filters.items()}
        self.filters |= {_COUNTED_LOOP: _counted_loop, _COUNTED_VALUE: _counted_value, _JOINED: _joined}
        self.globals |= {"range": cast("Any", _range)}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > LENGTH_LIMIT:
            raise UnusableTextError(f"the text has {len(source):,} characters: write at most {LENGTH_LIMIT:,}", 1)
        self._check_brackets(source)
        try:
            tree = super()._parse(source, name, filename)
        except RecursionError:
            raise UnusableTextError(_NESTED, 1) from None
        _check_nesting(tree)
        return cast("nodes.Template", _Counting().visit(tree))

    def _check_brackets(self, source: str) -> None:
        """Refuse too many brackets inside each other: the parser calls itself for each, which Python limits."""
        depth = 0
        for line, _, token in self.lex(source):
            depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
            if depth > BRACKETS_LIMIT:
                raise UnusableTextError(f"more than {BRACKETS_LIMIT} brackets are inside each other: use fewer", line)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return the fact of that name, also where dictionaries have a method that is called so, such as `items`."""
        if isinstance(obj, dict) and attribute in obj:
            return cast("Mapping[str, Any]", obj)[attribute]
        return super().getattr(obj, attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Count an operator, then do it."""
        budget = _budget(context)
        budget.take(operator_steps(operator, left, right))
        return budget.take_value(super().call_binop(context, operator, left, right))

    def call(self, context: Context, called: Any, /, *arguments: Any, **named: Any) -> Any:
        """Count a call, then do it."""
        budget = _budget(context)
        budget.take(call_steps(called, arguments, named))
        if budget.depth == DEPTH:
            raise BudgetError(f"more than {DEPTH} calls are inside each other: let no macro call itself")
        budget.depth += 1
        try:
            return budget.take_value(super().call(context, called, *arguments, **named))
        finally:
            budget.depth -= 1


class _Counting(NodeTransformer):
    """A visitor that has loops, lists and `~` counted, which the sandbox does not offer for interception."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        if node.recursive:
            raise UnusableTextError("a loop can't call itself here: write one loop in another", node.lineno)
        weight = 1 + _weight(node)
        self.generic_visit(node)
        node.iter = _filtered(cast("nodes.Expr", node.iter), _COUNTED_LOOP, nodes.Const(weight))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes), _JOINED)

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        return self._counted(node, node.items)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        return self._counted(node, node.items) if node.ctx == "load" else node

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        return self._counted(node, [pair.value for pair in node.items])

    def _counted(self, node: nodes.Expr, parts: Iterable[nodes.Node]) -> nodes.Node:
        is_constant = all(isinstance(part, nodes.Const) for part in parts)
        self.generic_visit(node)
        return node if is_constant else _filtered(node, _COUNTED_VALUE)


def _filtered(node: nodes.Expr, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(arguments), [], None, None, lineno=node.lineno)


def _weight(loop: nodes.For) -> int:
    """Return the steps of one turn of the loop, without those of the filters and calls in it."""
    parts = [part for node in loop.body for part in (node, *node.find_all(nodes.Node))]
    written = sum(len(part.data) for part in parts if isinstance(part, nodes.TemplateData))
    return len(parts) // 10 + written // 100


def _check_nesting(tree: nodes.Template) -> None:
    """Refuse templates nested too deeply to compile, and those that would need other templates."""
    level: list[nodes.Node] = [tree]
    for _ in range(NESTING_LIMIT):
        for node in level:
            if isinstance(node, _UNKNOWN_HERE):
                raise UnusableTextError("there are no other texts to include or import: write it out", node.lineno)
        level = [inner for node in level for inner in node.iter_child_nodes()]
        if not level:
            return
    raise UnusableTextError(_NESTED, level[0].lineno)


def _budget(context: Context) -> Budget:
    return cast("BoundedContext", context).budget


def _bounded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter of Jinja's that is counted before it is done."""
    wants = _PassArg.from_obj(function)

    @pass_context
    @wraps(function)
    def bounded(context: Context, value: Any, *arguments: Any, **named: Any) -> Any:
        budget = _budget(context)
        budget.take(filter_steps(name, value, arguments, named))
        if name == "string" or (name == "join" and not isinstance(value, Iterator)):
            _check_plain(value)
        given = {
            _PassArg.context: (context,),
            _PassArg.eval_context: (context.eval_ctx,),
            _PassArg.environment: (context.environment,),
        }
        first = given[wants] if wants is not None else ()
        return budget.take_value(function(*first, value, *arguments, **named))

    for mark in [name for name in vars(bounded) if name.startswith("jinja_")]:
        delattr(bounded, mark)
    return pass_context(bounded)


@pass_context
def _counted_loop(context: Context, over: Any, weight: int) -> list[Any]:
    """Return the entries of a loop, after counting all its turns."""
    entries = list(over)
    _budget(context).take(1 + len(entries) * weight)
    return entries


@pass_context
def _counted_value(context: Context, value: Any) -> Any:
    return _budget(context).take_value(value)


@pass_context
def _joined(context: Context, parts: list[Any]) -> str:
    _budget(context).take(size_of(parts))
    _check_plain(parts)
    return str_join(parts)


def _range(*arguments: Any) -> range:
    numbers = range(*arguments)
    if len(numbers) > RANGE_LIMIT:
        raise BudgetError(f"a range has at most {RANGE_LIMIT:,} numbers in a text: loop over fewer")
    return numbers


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    if value is None:
        return ""
    if callable(value) and not isinstance(value, Undefined):
        raise NoTextError("a function is not a text")
    _budget(context).take(size_of(value))
    _check_plain(value)
    return value


def _check_plain(value: Any) -> None:
    """Refuse values that Python shows by their memory address, which differs in every process."""
    for part in _parts(value):
        if not isinstance(part, _PLAIN):
            kind = "a list that was not read" if isinstance(part, Iterator) else "this value"
            raise NoTextError(f"{kind} is not a text; write `| join(', ')` or `| list` after it")


def _parts(value: Any) -> Iterator[Any]:
    waiting = [value]
    for _ in range(STEPS):
        if not waiting:
            return
        part = waiting.pop()
        yield part
        if isinstance(part, dict):
            waiting += [*cast("Mapping[Any, Any]", part).values()]
        elif isinstance(part, list | tuple):
            waiting += cast("Iterable[Any]", part)
