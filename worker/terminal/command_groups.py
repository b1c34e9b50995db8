"""Groups of commands that show something unless told to do something, and commands whose argument is a name of many.

Must not know what they show.
"""

from collections.abc import Callable, Sequence
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup


class ShowUnlessTold(TyperGroup):
    """Makes `baton on-call primary` show the rotation: a word that is no command is an argument of `show`."""

    unless_told, alone = "show", "show"
    """The commands to run for words that are no command, and without any words."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args:
            args = [self.alone]
        elif args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = [self.unless_told, *args]
        return super().parse_args(ctx, args)


class GiveUnlessTold(ShowUnlessTold):
    """Makes `baton feedback c-42 --needed` give an answer; `baton feedback` alone reports on all of them."""

    unless_told, alone = "give", "report"


def naming(names: Callable[[], Sequence[str]]) -> type[TyperCommand]:
    """Return a kind of command whose second argument is one of the names, which are looked up only for its help."""

    class Naming(TyperCommand):
        def format_help(self, ctx: Any, formatter: Any) -> None:
            argument = self.params[1]
            assert isinstance(argument, TyperArgument)
            argument.help = f"One of: {' '.join(names())}"
            super().format_help(ctx, formatter)

    return Naming
