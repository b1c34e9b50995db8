"""Teams that a person names on the command line: by the key, or by the name that people read.

Promises that a name which no policy here has stays as it was typed, because the team may be one that only the server
knows. Must not know what the team is asked.
"""

from contextlib import suppress
from datetime import UTC, datetime

from policies.contract.team_names import called
from policies.document.document import Document
from policies.loading.load import SHIPPED, PolicyError, load_catalog
from worker.environment.settings import Settings
from worker.trouble import TroubleError


def key_of_team(typed: str, settings: Settings) -> str:
    """Return the key of the team that was named. Raises TroubleError where several teams have that name."""
    if not typed:
        return ""
    teams = [(key, team.name) for document in _policies(settings) for key, team in document.teams.items()]
    if any(key == typed for key, _ in teams):
        return typed
    found = called(typed, teams)
    if len(found) > 1:
        raise TroubleError(f"Several teams are called {typed}: write one of {', '.join(found)}")
    return found[0] if found else typed


def _policies(settings: Settings) -> list[Document]:
    """Return the policies that workers with these settings have; the shipped ones where the own ones can't be read."""
    today = datetime.now(UTC).date()
    if settings.policies:
        with suppress(PolicyError):
            return list(load_catalog(SHIPPED, settings.policies, today=today).values())
    return list(load_catalog(SHIPPED, today=today).values())
