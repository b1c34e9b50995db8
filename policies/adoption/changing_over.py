"""The change from one policy to another within one turn.

It serves a policy that is adopted, and a lost conversation that goes on under another policy than before. Promises that
time used up to now was counted by the old terms, where those are known. Must not know why the policy changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from policies import consequences
from policies.adoption import inherited_calls, inherited_details, inherited_teams
from policies.document.escalations import Escalation
from policies.on_call import ladder
from policies.queues import leases as queue_leases
from policies.queues import queueing
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.sla import responsible, silence, sla
from policies.state.events import Reassigned
from policies.state.records.queue_entry import QueueEntry
from policies.understanding import tagging


def stop(turn: Turn) -> None:
    """Count the time used by now, under the policy that measured it so far."""
    for stop_all in (sla.stop_all, silence.stop_all, queue_leases.stop):
        stop_all(turn)


@dataclass(frozen=True, slots=True)
class Known:
    """The little that is known of a policy that is not there any more: name with version, and some of its escalations.

    `trouble` says why the policy that was asked for does not hold.
    """

    under: str
    ladders: Mapping[str, Escalation]
    trouble: str = ""


def go_on_from(turn: Turn, before: Known) -> None:
    """Go on under the turn's policy with clocks that were stopped, and say so: elapsed time counts."""
    tell_trouble(turn, before.trouble)
    name = f"{turn.policy.document.policy} v{turn.policy.document.version}"
    turn.record("policy_adopted", f"It was under {before.under}, and goes on under {name}: elapsed time counts")
    go_on(turn, None, ladders=before.ladders)


def tell_trouble(turn: Turn, trouble: str) -> None:
    """Say what is wrong with the policy, where anything is."""
    if trouble:
        turn.record("trouble", trouble)
        turn.note(trouble, trouble)
        ladder.alert(turn, trouble, trouble)


def go_on(
    turn: Turn, before: Policy | None, *, ladders: Mapping[str, Escalation], restart: bool = False, by: str = ""
) -> None:
    """Go on under the turn's policy after `stop`. `before` is None where little is known of the old policy.

    `ladders` are the escalations that the old policy is known to have had. With `restart` open clocks begin anew;
    otherwise the time used counts. `by` is the person who changed the policy.
    """
    s, known = turn.situation, before or turn.policy
    changed_hands = inherited_teams.hand_over(turn, before)
    inherited_details.hand_over(turn, known)
    tagging.went_live(turn, known.document.tagging)
    sla.change_terms(turn, restart=restart)
    inherited_calls.hand_over(turn, known, ladders)
    if changed_hands and not turn.situation.lifecycle.is_resolved:
        team, assignee = turn.situation.responsible.team, turn.situation.responsible.assignee
        told = Reassigned(event_id=turn.cause, occurred_at=turn.at, source="baton", team=team, assignee=assignee, by=by)
        responsible.tell_rules(turn, s, "policy", told)
    consequences.follow_policy(turn)
    _tell_teams(turn, s.queue_entry)


def _tell_teams(turn: Turn, before: QueueEntry | None) -> None:
    inherited_teams.tell_line(turn, before)
    queueing.tell_terms(turn)
