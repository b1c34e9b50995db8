"""The teams that the new policy has under another identifier (`formerly`): everything of theirs goes on.

Promises that a team which is only renamed is no change of hands: no rule, note or briefing, and its customers keep
their time, their place in line and their agent. Must not know teams that are gone (`inherited_teams`).
"""

from collections.abc import Mapping
from dataclasses import replace

from policies.queues import queueing
from policies.running.turn import Turn
from policies.state.entry_kind import EntryKind
from policies.state.records.handoffs import Handoffs
from policies.state.records.responsible import Responsible
from policies.state.records.sla import Sla
from policies.state.situation import Situation

FATE: EntryKind = "team_renamed"
"""The kind of the timeline's line about a team with another identifier."""


def follow(turn: Turn) -> None:
    """Put the present identifiers in the place of former ones, and tell the helpdesk and the queue."""
    names = turn.policy.renamed
    former = turn.situation.responsible.team
    _rename(turn, names)
    if former not in names:
        return
    responsible = turn.situation.responsible
    name = turn.policy.team_name(responsible.team)
    because = (
        f"{turn.policy.document.policy} v{turn.policy.document.version} calls the team {former} {responsible.team}"
    )
    turn.record(FATE, f"Stays with {name}: {because}")
    turn.change(Responsible, assigned_by=turn.tell_desk(responsible.team, because, responsible.assignee))
    queueing.follow_renamed(turn, former)


def _rename(turn: Turn, names: Mapping[str, str]) -> None:
    """Rename the teams in all that a later decision compares with a team."""

    def now(team: str) -> str:
        return names.get(team, team)

    s = turn.situation
    here, handoff, briefing = s.responsible, s.handoffs.latest, s.briefing
    noted, at, opens_at = here.outside_noted.rpartition("@")
    turn.change(
        Responsible,
        team=now(here.team),
        returns_to=now(here.returns_to),
        outside_noted=f"{now(noted)}{at}{opens_at}",
        path=tuple(replace(stint, team=now(stint.team)) for stint in here.path),
    )
    turn.change(
        Sla,
        clocks=tuple(replace(clock, team=now(clock.team)) for clock in s.sla.clocks),
        silences=tuple(replace(silence, team=now(silence.team)) for silence in s.sla.silences),
    )
    if handoff is not None:
        turn.change(Handoffs, latest=replace(handoff, from_team=now(handoff.from_team)))
    if briefing is not None:
        renamed = replace(briefing, team=now(briefing.team), from_team=now(briefing.from_team))
        turn.change(Situation, briefing=renamed)
