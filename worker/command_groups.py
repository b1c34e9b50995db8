"""Groups of commands that show something unless told to do something.

Must not know what they show.
"""

from typing import Any

from typer.core import TyperGroup


class ShowUnlessTold(TyperGroup):
    """`baton on-call primary` shows the rotation: what is no command is an argument of `show`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = ["show", *args]
        return super().parse_args(ctx, args)
