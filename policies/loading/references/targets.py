"""Checks of the targets that a policy notifies: Slack, another channel, a program, its people, or a ladder's steps.

Promises to repeat nothing that may be the secret address of a channel: such an address belongs into the environment.
"""

from collections.abc import Mapping

from policies.document.channels import CHANNELS, OF_PEOPLE, is_target
from policies.document.escalations import Step
from policies.loading.draft import Draft
from policies.on_call.reaching import ACCOUNT_MANAGER
from policies.text.spelling import did_you_mean

_FORMS = "`slack:#channel` or `slack:@user-id`"
_NAMED: Mapping[str, tuple[str, str]] = {"person": ("people", "person"), "on-call": ("on_call", "on-call rotation")}
_CAN_BE_EMPTY = ("person", "on-call", "team", ACCOUNT_MANAGER)


def check_target(target: str, draft: Draft) -> str | None:
    """Return the problem with a `notify` target, None where there is none."""
    escalations = draft.names("escalations")
    kind, _, name = target.partition(":")
    if target == ACCOUNT_MANAGER or target in escalations or is_target(target):
        return None
    if kind in _NAMED or kind == "team":
        return _check_named(kind, name, draft)
    if kind in CHANNELS:
        return CHANNELS[kind].remedy.replace("{target}", target)
    if is_target(meant := f"{OF_PEOPLE}:{target}"):
        return f"`{target}` doesn't say where: did you mean `{meant}`?"
    names = did_you_mean(target, escalations, there_is="the escalations are") if escalations else ""
    return f"there is no escalation `{target}`: {names or 'this policy has none'}{_or_slack(names)}"


def check_step_target(step: Step, draft: Draft) -> str | None:
    """Return the problem with a step's target: a step reaches a person or a channel, not another escalation."""
    if not isinstance(step.notify, str) and (strange := [n for n in step.notify if not n.startswith("person:")]):
        return f"`{strange[0]}` can't stand in a list: only people can, such as [person:anna, person:ben]"
    if step.everyone and not step.target.startswith(("person:", "team:")):
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
    kind = last.target.partition(":")[0]
    can_be_empty = kind in _CAN_BE_EMPTY or (kind in CHANNELS and not CHANNELS[kind].is_certain)
    may_be_passed_over = last.when or last.during or last.local_time or can_be_empty
    if not may_be_passed_over or (lead and _is_certain(lead)):
        return None
    return "the last step may reach nobody: name a `lead` who hears of it then, such as `lead: slack:#support-leads`"


def _is_certain(target: str) -> bool:
    return is_target(target) and CHANNELS[target.partition(":")[0]].is_certain


def _check_named(kind: str, name: str, draft: Draft) -> str | None:
    if kind == "team":
        return _check_team(name, draft)
    section, word = _NAMED[kind]
    known = draft.names(section)
    for one in name.split(","):
        if one not in known:
            there_is = f"the {'people' if kind == 'person' else 'rotations'} are"
            remedy = did_you_mean(one, known, there_is=there_is) if known else f"add it under `{section}:`"
            return f"there is no {word} `{one}`: {remedy}"
    return None


def _check_team(name: str, draft: Draft) -> str | None:
    teams = draft.names("teams")
    if name not in teams:
        return f"there is no team `{name}`: {did_you_mean(name, teams, there_is='the teams are')}"
    if not any(draft.written(("people", person, "team")) == name for person in draft.names("people")):
        return f"nobody would be reached: give a person under `people:` the entry `team: {name}`"
    return None


def _or_slack(names: str) -> str:
    return "" if names.endswith("?") else f"; a Slack target is {_FORMS}"
