"""Incidents as the command line reads and shows them.

Promises plain text where there is no terminal. Must not decide anything.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from rich.markup import escape
from temporalio.client import Client

from activities.incidents.store import IncidentStore, MemberCall, StoredIncident
from worker.environment.database import open_database
from worker.environment.settings import Settings
from worker.temporal import asking
from worker.terminal.printing import columns, local
from worker.terminal.terminal import Terminal
from worker.trouble import TroubleError
from workflows.contract import ID_PREFIX


async def find(settings: Settings, incident: str) -> tuple[StoredIncident, list[MemberCall]]:
    """Return an incident and its conversations. Raises TroubleError where there is no such incident."""
    async with open_database(settings) as database:
        store = IncidentStore(database)
        found, members = await store.incident(incident), await store.members(incident)
    if found is None:
        raise TroubleError(f"There is no incident {incident}: `baton incident list --all` lists them")
    return found, members


async def release(
    client: Client, incident: StoredIncident, body: Mapping[str, Any], *, task_queue: str
) -> dict[str, Any]:
    """End an incident, even where a person has terminated its workflow. Raises TroubleError where it is over."""
    if incident.ended_at is not None:
        raise TroubleError(f"{incident.id} is over since {local(incident.ended_at)}")
    of = {"escalation": incident.escalation, "cause": incident.rule, "total": incident.total}
    start = {"conversation_id": incident.id, "policy": incident.policy, "channel": "incident", "incident": of}
    with suppress(TroubleError):  # it is running, as it should be
        await asking.start(client, incident.id, start, task_queue=task_queue)
    return await asking.command(client, ID_PREFIX + incident.id, "release", body)


def state_of(incident: StoredIncident, member: MemberCall) -> str:
    """Return in words how a conversation of the incident stands."""
    if member.left_why:
        return f"left: {member.left_why}"
    if incident.ended_at is None:
        return "waits, suppressed" if member.informed else "is being told"
    return "calls by itself again" if member.released else "is being let go"


def as_data(incident: StoredIncident, members: Sequence[MemberCall]) -> dict[str, Any]:
    """Return an incident and its conversations as data for machines."""
    fields = {"number", "conversation_id", "page", "headline", "who", "called_at"}
    rows = [
        member.model_dump(mode="json", include=fields) | {"state": state_of(incident, member)} for member in members
    ]
    return incident.model_dump(mode="json") | {"members": rows}


def print_incidents(console: Terminal, found: Sequence[StoredIncident]) -> None:
    """Print one line for each incident."""
    table = columns("Incident", "Since", "Why", "Policy", "All", "Waiting", "Over")
    for incident in found:
        table.add_row(
            escape(incident.id),
            local(incident.opened_at),
            escape(incident.rule),
            escape(incident.policy),
            str(incident.total),
            str(0 if incident.ended_at else incident.total - incident.left),
            local(incident.ended_at),
        )
    console.print(table if found else "No incidents.")


def print_incident(console: Terminal, incident: StoredIncident, members: Sequence[MemberCall]) -> None:
    """Print the incident, and each of its conversations."""
    over = f", over since {local(incident.ended_at)}" if incident.ended_at else ""
    by = f" by {incident.ended_by}" if incident.ended_by else ""
    console.print(f"[bold]{escape(incident.id)}[/]  {escape(incident.rule)}", soft_wrap=True)
    line = f"{incident.escalation} of {incident.policy}, since {local(incident.opened_at)}{over}{by}"
    console.say(line)
    counts = f"{incident.total} conversations, {incident.left} of them looked after"
    console.say(f"{counts}: baton show {incident.id}")
    table = columns("#", "Conversation", "Customer", "What", "State")
    for member in members:
        state = escape(state_of(incident, member))
        who, what = escape(member.who), escape(member.headline)
        table.add_row(str(member.number), escape(member.conversation_id), who, what, state)
    console.print(table)
