"""What one run of a ladder says to people, and where it stands in its escalation.

Must not know when a step is tried or what stops it (`ladder`).
"""

from dataclasses import replace

from policies.document.escalations import Escalation, Step
from policies.on_call import notification_facts as glance
from policies.on_call.reaching import Reach
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.effects import Members, Notify, StormTerms, UpdateNotification
from policies.state.situation import Page, position

DELIVERED, TRIED, HELD_BACK = "", "~it was handed over", "~it was not sent"
"""What is remembered of a call whose news came before it; a reason why one failed never begins like that."""


def notify(
    turn: Turn,
    found: Reach,
    headline: str,
    because: str,
    *,
    page: str = "",
    offer: str = "",
    storm: StormTerms | None = None,
    is_alert: bool = False,
) -> None:
    """Tell whoever was found, with what they need at a glance."""
    turn.ask(
        Notify,
        because,
        target=found.target,
        headline=headline,
        facts=glance.facts(turn),
        promises=glance.promises(turn),
        people=found.people,
        policy=turn.policy.document.policy if found.rotation else "",
        rotation=found.rotation,
        page=page,
        offer=offer,
        storm=storm,
        members=members_of(turn) if page else None,
        is_alert=is_alert,
    )


def update(turn: Turn, page: Page, outcome: str, text: str, *, answers: tuple[tuple[str, bool, str], ...] = ()) -> None:
    """On the messages that went out for this run; nothing where an incident called before any did.

    Whoever came for a customer is asked in the end whether it was right; of drills and incidents there is nothing to
    learn for a rule.
    """
    if not page.is_silent:
        s, of = turn.situation, members_of(turn)
        asks = outcome == "stood_down" and not s.drill and s.incident is None
        fields = {"outcome": outcome, "text": text, "members": of, "asks": asks, "answers": answers}
        turn.ask(UpdateNotification, text, page=page.id, **fields)


def storm_of(turn: Turn, page: Page) -> StormTerms | None:
    """When calls like this one are a storm; None where this one goes out whatever happens elsewhere."""
    escalation = escalation_of(turn.policy, page)
    storm = escalation.storm if escalation else None
    if storm is None or not page.may_fold or turn.situation.drill:
        return None
    return StormTerms(
        policy=turn.policy.document.policy,
        escalation=page.ladder,
        cause=page.cause,
        conversations=storm.conversations,
        within=storm.within,
    )


def members_of(turn: Turn) -> Members | None:
    """Whom an incident calls for; None where this is none."""
    of = turn.situation.incident
    return Members(total=of.total, left=of.left, first=of.first) if of else None


def tell_lead(turn: Turn, page: Page, headline: str, because: str, *, but: str | None = None) -> None:
    """Nobody where there is no lead, or where it is the lead (`but`) who could not be reached."""
    lead = lead_of(turn.policy, page.ladder)
    if lead and lead != but:
        notify(turn, Reach(lead), headline, because, is_alert=True)


def lead_of(policy: Policy, escalation: str) -> str | None:
    """Who hears how an escalation went: its lead, else whoever hears of trouble with the policy; never a ladder."""
    return lead_in(policy, policy.document.escalations.get(escalation))


def lead_in(policy: Policy, found: Escalation | None) -> str | None:
    """The same of an escalation that may be another policy's; None where there is none."""
    lead = (found.lead if found else None) or policy.document.alert
    return lead if lead not in policy.document.escalations else None


def step_after(page: Page, escalation: Escalation) -> Page | None:
    """The same call one step further, None at its end."""
    if page.step < len(escalation.steps):
        return replace(page, step=page.step + 1, acknowledged=())
    return replace(page, step=1, round=page.round + 1, acknowledged=()) if page.round < escalation.repeat else None


def step_number(policy: Policy, page: Page, wanted: str) -> int | None:
    """The step of that name or number."""
    escalation = escalation_of(policy, page)
    steps = enumerate(escalation.steps if escalation else (), start=1)
    return next((number for number, step in steps if wanted and wanted in (step.name, str(number))), None)


def is_called_anew(page: Page, step: str) -> bool:
    """Whether the run has called the target of `step` once more since: its earlier call need not be made any more."""
    called = position(step)
    return any(latest > called and latest[-1] == called[-1] for latest in page.latest)


def with_latest_call(page: Page) -> Page:
    """The same call, now that its current step is called."""
    others = (latest for latest in page.latest if latest[-1] != page.step)
    return replace(page, latest=(*others, position(page.step_id)))


def escalation_of(policy: Policy, page: Page) -> Escalation | None:
    """None where another policy was adopted meanwhile that has no such escalation."""
    return policy.document.escalations.get(page.ladder)


def step_of(policy: Policy, page: Page) -> Step | None:
    """The page's current step; None where another policy was adopted meanwhile that has no such step."""
    escalation = escalation_of(policy, page)
    return next(iter(escalation.steps[page.step - 1 : page.step]), None) if escalation else None


def name_of(turn: Turn, person: str) -> str:
    """As others know that person."""
    known = turn.policy.document.people.get(person)
    return (known.name if known else "") or person


def subject_of(turn: Turn) -> str:
    """What the conversation is about, in a few words."""
    s = turn.situation
    return s.subject or s.customer.name or s.conversation_id


def resumed(page: Page) -> Page:
    """The same call, looking for somebody again."""
    return replace(
        page,
        ended="",
        acknowledged_by="",
        acknowledged=(),
        lease_until=None,
        lease_left=None,
        despite_pause=False,
        has_reached=False,
        begins_again=False,
        unheard=0,
        resumed=page.resumed + 1,
    )


def called(turn: Turn, page: Page, reason: str) -> None:
    """A ladder began: part of the move that the same rule made at the same instant, or people were only called."""
    s = turn.situation
    if s.drill or s.incident is not None:
        return
    latest = s.moves[-1] if s.moves else None
    if latest is not None and not latest.call and (latest.at, latest.rule) == (turn.at, page.rule):
        turn.change(moves=(*s.moves[:-1], replace(latest, call=page.id)))
        return
    turn.brought_in(s.team, reason, rule=page.rule, call=page.id)
