"""Checks of the targets that a policy notifies: Slack, another channel, a program, its people, or a ladder's steps.

Promises to repeat nothing that may be the secret address of a channel: such an address belongs into the environment.
"""

from typing import assert_never

from policies.document.channels import CHANNELS, OF_PEOPLE
from policies.document.escalations import Step
from policies.document.targets import Target, TargetKind
from policies.loading.draft import Draft
from policies.loading.references.names import PEOPLE, ROTATIONS, TEAMS, Named
from policies.text.spelling import did_you_mean

_FORMS = "`slack:#channel` or `slack:@user-id`"
_CAN_BE_EMPTY: tuple[TargetKind, ...] = ("person", "on-call", "team", "account-manager")


def check_target(target: str, draft: Draft) -> str | None:
    """Return the problem with a `notify` target, None where there is none."""
    if target in draft.names("escalations"):
        return None
    to = Target.of(target)
    match to.kind:
        case "account-manager":
            return None
        case "person":
            return _check_names(to, draft, PEOPLE)
        case "on-call":
            return _check_names(to, draft, ROTATIONS)
        case "team":
            return _check_team(to.name, draft)
        case "channel":
            return None if to.is_address else CHANNELS[to.scheme].remedy.replace("{target}", target)
        case "escalation":
            return _no_escalation(target, draft)
        case _:
            assert_never(to.kind)


def check_step_target(step: Step, draft: Draft) -> str | None:
    """Return the problem with a step's target: a step reaches a person or a channel, not another escalation."""
    if not isinstance(step.notify, str) and (strange := [name for name in step.notify if not _is_person(name)]):
        return f"`{strange[0]}` can't stand in a list: only people can, such as [person:anna, person:ben]"
    if step.everyone and Target.of(step.target).kind not in ("person", "team"):
        return f"`everyone` needs to know who that is: name people or a team, not `{step.target}`"
    if step.target in draft.names("escalations"):
        return f"a step reaches a person or a channel, not the escalation `{step.target}`: write {_FORMS}"
    sentence = check_target(step.target, draft)
    if sentence and sentence.startswith("there is no escalation"):
        return f"`{step.target}` is nobody a step can reach: write {_FORMS}"
    return sentence


def check_lead(lead: str) -> str | None:
    """Return the problem with an escalation's lead, who has to be reachable whatever happens."""
    if _is_certain(lead):
        return None
    return f"`{lead}` can't be the lead, who has to be reachable always: write {_FORMS}"


def check_end(last: Step, lead: str | None) -> str | None:
    """Return a problem where the last step of a ladder may reach no person and there is no lead who hears of it."""
    to = Target.of(last.target)
    can_be_empty = to.kind in _CAN_BE_EMPTY or (to.kind == "channel" and not CHANNELS[to.scheme].is_certain)
    may_be_passed_over = last.when or last.during or last.local_time or can_be_empty
    if not may_be_passed_over or (lead and _is_certain(lead)):
        return None
    return "the last step may reach nobody: name a `lead` who hears of it then, such as `lead: slack:#support-leads`"


def _is_certain(target: str) -> bool:
    to = Target.of(target)
    return to.is_address and CHANNELS[to.scheme].is_certain


def _is_person(target: str) -> bool:
    to = Target.of(target)
    return to.kind == "person" and bool(to.name)


def _no_escalation(target: str, draft: Draft) -> str:
    if Target.of(meant := f"{OF_PEOPLE}:{target}").is_address:
        return f"`{target}` doesn't say where: did you mean `{meant}`?"
    escalations = draft.names("escalations")
    names = did_you_mean(target, escalations, there_is="the escalations are") if escalations else ""
    or_slack = "" if names.endswith("?") else f"; a Slack target is {_FORMS}"
    return f"there is no escalation `{target}`: {names or 'this policy has none'}{or_slack}"


def _check_names(to: Target, draft: Draft, named: Named) -> str | None:
    return next((sentence for name in to.names if (sentence := named.missing(draft, name))), None)


def _check_team(name: str, draft: Draft) -> str | None:
    if sentence := TEAMS.missing(draft, name):
        return sentence
    if not any(draft.written(("people", person, "team")) == name for person in draft.names("people")):
        return f"nobody would be reached: give a person under `people:` the entry `team: {name}`"
    return None
