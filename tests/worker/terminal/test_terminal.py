"""The terminal: how commands print texts that customers and others wrote."""

import ast
import io
from pathlib import Path

from rich.table import Table

from worker.terminal.terminal import Terminal

EVIL = "red \x1b[31m title \x1b]0;x turned \u202e end"
SHOWN = "red �[31m title �]0;x turned � end"


def printed(what: object, **options: bool) -> str:
    """Return the characters that arrive in the terminal's file."""
    file = io.StringIO()
    Terminal(file=file, width=60, **options).print(what)
    return file.getvalue().rstrip()


def test_the_words_of_a_customer_do_not_steer_the_terminal() -> None:
    """A customer's colours, titles or turned writing direction are shown as marks and do not change the terminal."""
    table = Table(box=None, show_header=False, padding=0)
    table.add_row(EVIL)
    assert printed(EVIL) == printed(table) == SHOWN


def test_own_colours_and_joined_emojis_stay() -> None:
    """Baton's own colours are printed, and an emoji of several characters stays one picture."""
    assert printed("[red]late[/]", force_terminal=True) == "\x1b[31mlate\x1b[0m"
    assert printed("👩\u200d👧 one\n  two") == "👩\u200d👧 one\n  two"
    assert printed("1:100:5 :x:") == "1:100:5 :x:"


def test_ordinary_marks_of_other_languages_are_no_warning() -> None:
    """Spaces that keep words together are printed as spaces, and characters for typesetting only are left out."""
    assert (
        printed("\ufeffBonjour\xa0! 1\u202f234\xa0€\r\nシャツ\u3000青, Zu\xadcker")
        == "Bonjour ! 1 234 €\nシャツ 青, Zucker"
    )


def test_every_command_prints_there() -> None:
    """Every command prints through the terminal, so none passes on a customer's control characters."""
    for file in Path(__file__).parents[3].joinpath("worker").rglob("*.py"):
        called = {node.func.id for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if _calls(node)}
        assert "Console" not in called, file.name


def _calls(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
