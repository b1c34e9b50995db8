"""Lists docstrings, comments, pages and names that are not plain: their subject is a person or thing without a name.

    python -m tests.plain_words [PATH ...]     list them, exit 1 where there are any

A docstring begins with a verb or with the noun that it defines; each sentence is about a person or thing with a name.
The name of a test is such a sentence.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
PACKAGES = ("policies", "workflows", "activities", "worker", "migrations", "bench", "tests")
BEGINNINGS = ("Who", "Whoever", "Whom", "Whose", "What", "Whatever", "Whether", "Somebody", "Nobody", "Of")
_BEGINS = re.compile(rf"({'|'.join(BEGINNINGS)})\b")
_IN_NAME = re.compile(r"(somebody|someone|anybody|everybody|nobody|whoever|whom)", re.IGNORECASE)
_NAME_BEGINS = re.compile(rf"test_({'|'.join(BEGINNINGS)})(?![a-z])", re.IGNORECASE)
_ANYWHERE = re.compile(r"\b(somebody|someone|whoever|what it was)\b", re.IGNORECASE)


def findings(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and a sentence for each docstring, comment and name of a function or class that is not plain."""
    tree = ast.parse(source)
    for line, text in docstrings(tree):
        if begins := _BEGINS.match(text):
            yield line, f"the docstring begins with `{begins[1]}`: begin with a verb or the noun that it defines"
        yield from _vague(line, text)
    yield from _vague_names(tree)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield from _vague(token.start[0], token.string)


def page_findings(page: str) -> Iterator[tuple[int, str]]:
    """Yield the line and a sentence for each line of a page that is not plain, leaving out code and quotations."""
    is_code = False
    for number, line in enumerate(page.splitlines(), 1):
        is_code ^= line.startswith("```")
        if not is_code:
            yield from _vague(number, re.sub(r"`[^`]*`|“[^”]*”", "", line))


def docstrings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and text of each docstring, those below a constant or a field included."""
    for node in ast.walk(tree):
        body = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
        for number, statement in enumerate(body):
            is_first = number == 0 and isinstance(node, DOCUMENTED)
            if is_first or (number and isinstance(body[number - 1], ast.Assign | ast.AnnAssign)):
                match statement:
                    case ast.Expr(value=ast.Constant(value=str(text))):
                        yield statement.lineno, text.strip()
                    case _:
                        pass


def _vague_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if found := _NAME_BEGINS.match(name) or _IN_NAME.search(name):
                    yield node.lineno, f"`{name}` has `{found[1]}`: name the customer, the agent, the call, the rule"
            case _:
                pass


def _vague(line: int, text: str) -> Iterator[tuple[int, str]]:
    if found := _ANYWHERE.search(text):
        yield line, f"`{found[1]}` is nobody in particular: name the customer, the agent, the caller, the rule"


def main(paths: list[str]) -> int:
    """Print each finding as `file:line: sentence`, and return the exit code."""
    roots = [Path(path) for path in paths] or [ROOT / name for name in (*PACKAGES, "docs", "README.md")]
    files = sorted(file for root in roots for file in ([root] if root.is_file() else root.rglob("*.*")))
    judges = {".py": findings, ".md": page_findings}
    judged = [(file, judges[file.suffix]) for file in files if file.suffix in judges]
    found = [(file, *finding) for file, judge in judged for finding in judge(file.read_text())]
    for file, line, sentence in found:
        print(f"{file.resolve().relative_to(ROOT)}:{line}: {sentence}")
    print(f"{len(found)} sentences are not plain." if found else f"{len(judged)} files are plain.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
