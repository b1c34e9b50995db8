"""Groups of commands that show something unless told to do something.

Must not know what they show.
"""

from typing import Any

from typer.core import TyperGroup


class ShowUnlessTold(TyperGroup):
    """`baton on-call primary` shows the rotation: what is no command is an argument of `show`."""

    unless_told, alone = "show", "show"
    """What is done with words that are no command, and without any."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args:
            args = [self.alone]
        elif args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = [self.unless_told, *args]
        return super().parse_args(ctx, args)


class GiveUnlessTold(ShowUnlessTold):
    """`baton feedback c-42 --needed` gives an answer; alone it reports on all of them."""

    unless_told, alone = "give", "report"
