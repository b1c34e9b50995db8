"""One on-call run: the messages it sends to people, and its position in its ladder.

Must not know when a step is tried or what stops it (`ladder`).
"""

from dataclasses import replace
from enum import Enum

from policies.document.escalations import Escalation, Step
from policies.on_call import notification_facts
from policies.on_call.reaching import Reach, reach
from policies.running.facts import StepFacts
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.effects import Members, Notify, StormTerms, UpdateNotification
from policies.state.records.on_call import OnCallRun
from policies.state.records.responsible import Responsible
from policies.state.situation import Situation
from policies.state.step_id import StepId


class News(Enum):
    """News of a call, as remembered where it came before the call itself. Other text is the reason for a refusal."""

    DELIVERED = ""
    TRIED = "~it was handed over"
    HELD_BACK = "~it was not sent"
    REFUSED = "~it was refused"

    @classmethod
    def _missing_(cls, value: object) -> "News":
        return cls.REFUSED


def early_news(situation: Situation, step_id: str) -> News | None:
    """Return the news of a call that came before the call; None where there is none."""
    told = dict(situation.on_call.early).get(step_id)
    return None if told is None else News(told)


def notify(
    turn: Turn,
    found: Reach,
    headline: str,
    because: str,
    *,
    step: str = "",
    offer: str = "",
    storm: StormTerms | None = None,
    is_alert: bool = False,
) -> None:
    """Tell the people found, with the facts they need at a glance."""
    turn.ask(
        Notify,
        because,
        target=found.target,
        headline=headline,
        facts=notification_facts.facts(turn),
        promises=notification_facts.promises(turn),
        people=found.people,
        policy=turn.policy.document.policy if found.rotation else "",
        rotation=found.rotation,
        page=step,
        offer=offer,
        storm=storm,
        members=members_of(turn) if step else None,
        is_alert=is_alert,
    )


def update(
    turn: Turn, run: OnCallRun, outcome: str, text: str, *, answers: tuple[tuple[str, bool, str], ...] = ()
) -> None:
    """Show `outcome` on all messages sent for this run. Does nothing where an incident took over before any was sent.

    People who were called for a customer are asked at the end whether it was right; not for drills and incidents, which
    teach nothing about a rule.
    """
    if not run.is_silent:
        s, of = turn.situation, members_of(turn)
        asks = outcome == "stood_down" and not s.on_call.drill and s.on_call.incident is None
        fields = {"outcome": outcome, "text": text, "members": of, "asks": asks, "answers": answers}
        turn.ask(UpdateNotification, text, page=run.id, **fields)


def storm_of(turn: Turn, run: OnCallRun) -> StormTerms | None:
    """Return when calls like this one become an incident; None where this one goes out whatever happens elsewhere."""
    escalation = escalation_of(turn.policy, run)
    storm = escalation.storm if escalation else None
    if storm is None or not run.may_join_incident or turn.situation.on_call.drill:
        return None
    return StormTerms(
        policy=turn.policy.document.policy,
        escalation=run.ladder,
        cause=run.cause,
        conversations=storm.conversations,
        within=storm.within,
    )


def members_of(turn: Turn) -> Members | None:
    """Return the numbers of an incident's conversations; None for a conversation that is no incident."""
    of = turn.situation.on_call.incident
    return Members(total=of.total, left=of.left, first=of.first) if of else None


def tell_lead(turn: Turn, run: OnCallRun, headline: str, because: str, *, but: str | None = None) -> None:
    """Tell the ladder's lead, unless there is none, or the lead is the one (`but`) who could not be reached."""
    lead = lead_of(turn.policy, run.ladder)
    if lead and lead != but and (found := reach_or_say(turn, lead, headline)):
        notify(turn, found, headline, because, is_alert=True)


def reach_or_say(turn: Turn, target: str, headline: str, *, rule: str = "") -> Reach | None:
    """Return the people that a target of the policy stands for; say on the timeline that there is none."""
    found = reach(turn, turn.policy, Step.model_validate({"notify": target}), StepFacts())
    if isinstance(found, Reach):
        return found
    turn.record("step_passed_over", f"{target} not told, {found.why}: {headline}", rule=rule)
    return None


def lead_of(policy: Policy, escalation: str) -> str | None:
    """Return who hears how a ladder went: its lead, else the policy's `alert`; None where that is itself a ladder."""
    return lead_in(policy, policy.document.escalations.get(escalation))


def lead_in(policy: Policy, found: Escalation | None) -> str | None:
    """Return the same for a ladder that may be another policy's; where there is none, the policy's `alert`."""
    lead = (found.lead if found else None) or policy.document.alert
    return lead if lead not in policy.document.escalations else None


def step_after(run: OnCallRun, escalation: Escalation) -> OnCallRun | None:
    """Return the same run one step further; None at its end."""
    if run.step < len(escalation.steps):
        return replace(run, step=run.step + 1, acknowledged=())
    return replace(run, step=1, round=run.round + 1, acknowledged=()) if run.round < escalation.repeat else None


def step_number(policy: Policy, run: OnCallRun, wanted: str) -> int | None:
    """Return the number of the step with that name or number."""
    escalation = escalation_of(policy, run)
    steps = enumerate(escalation.steps if escalation else (), start=1)
    return next((number for number, step in steps if wanted and wanted in (step.name, str(number))), None)


def is_called_anew(run: OnCallRun, called: StepId) -> bool:
    """True where the run has called the same step once more since: its earlier call is not needed."""
    return any(latest > called.position and latest[-1] == called.step for latest in run.latest)


def with_latest_call(run: OnCallRun) -> OnCallRun:
    """Return the same run, now that its current step is called."""
    others = (latest for latest in run.latest if latest[-1] != run.step)
    return replace(run, latest=(*others, run.at_step.position))


def escalation_of(policy: Policy, run: OnCallRun) -> Escalation | None:
    """Return the run's ladder; None where another policy was adopted meanwhile that has no such ladder."""
    return policy.document.escalations.get(run.ladder)


def step_of(policy: Policy, run: OnCallRun) -> Step | None:
    """Return the run's current step; None where another policy was adopted meanwhile that has no such step."""
    escalation = escalation_of(policy, run)
    return next(iter(escalation.steps[run.step - 1 : run.step]), None) if escalation else None


def name_of(turn: Turn, person: str) -> str:
    """Return the person's name in the policy, else their id."""
    known = turn.policy.document.people.get(person)
    return (known.name if known else "") or person


def subject_of(turn: Turn) -> str:
    """Return in a few words what the conversation is about."""
    s = turn.situation
    return s.contact.subject or s.contact.customer.name or s.conversation_id


def resumed(run: OnCallRun) -> OnCallRun:
    """Return the same run, calling people again."""
    return replace(
        run,
        ended="",
        acknowledged_by="",
        acknowledged=(),
        lease_until=None,
        lease_left=None,
        despite_pause=False,
        has_reached=False,
        begins_again=False,
        unheard=0,
        resumed=run.resumed + 1,
    )


def called(turn: Turn, run: OnCallRun, reason: str) -> None:
    """Note in the record of moves that a ladder began: with the same rule's move at the same instant, or by itself."""
    s = turn.situation
    if s.on_call.drill or s.on_call.incident is not None:
        return
    latest = s.responsible.moves[-1] if s.responsible.moves else None
    if latest is not None and not latest.call and (latest.at, latest.rule) == (turn.at, run.rule):
        turn.change(Responsible, moves=(*s.responsible.moves[:-1], replace(latest, call=run.id)))
        return
    turn.brought_in(s.responsible.team, reason, rule=run.rule, call=run.id)
