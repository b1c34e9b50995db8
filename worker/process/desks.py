"""Opens the helpdesk that the settings name: one row for each that Baton can speak to.

Promises a sentence where there is no helpdesk of that name. Must not know what is done in a helpdesk.
"""

from collections.abc import Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.desk.port import Desk
from activities.desk.sql import SqlDesk
from worker.environment.settings import Settings
from worker.trouble import TroubleError

DESKS: Mapping[str, Callable[[AsyncEngine], Desk]] = {
    "built-in": SqlDesk,
}
"""The helpdesks by the values of BATON_DESK. One in a folder of its own reads its variables with `own`."""


def open_desk(settings: Settings, store: AsyncEngine) -> Desk:
    """Return the helpdesk. Raises TroubleError, or TroubleError where its settings can't be used."""
    if settings.desk not in DESKS:
        raise TroubleError(f"BATON_DESK is {settings.desk}, but there are only {', '.join(sorted(DESKS))}")
    return DESKS[settings.desk](store)
