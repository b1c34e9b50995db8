"""Whom a policy can notify: a Slack channel, a person in Slack, or everybody on an escalation's steps in turn."""

import re
from collections.abc import Collection

from policies.spelling import did_you_mean

_SLACK = re.compile(r"slack:[#@][^\s#@]+")
_FORMS = "`slack:#channel` or `slack:@user-id`"


def check_target(target: str, escalations: Collection[str]) -> str | None:
    """What is wrong with a `notify` target, None where nothing is."""
    if target in escalations or _SLACK.fullmatch(target):
        return None
    if target.startswith("on-call:"):
        return f"on-call rotations come with a later version: name a Slack channel or person, {_FORMS}"
    if target.startswith("slack:"):
        return f"`{target}` is not a Slack channel or person: write {_FORMS}"
    if _SLACK.fullmatch(f"slack:{target}"):
        return f"`{target}` doesn't say where: did you mean `slack:{target}`?"
    names = did_you_mean(target, escalations, there_is="the escalations are") if escalations else ""
    return f"there is no escalation `{target}`: {names or 'this policy has none'}{_or_slack(names)}"


def check_step_target(target: str, escalations: Collection[str]) -> str | None:
    """What is wrong with whom a step of an escalation notifies; a step reaches somebody, not another escalation."""
    if target in escalations:
        return f"a step reaches a person or a channel, not the escalation `{target}`: write {_FORMS}"
    sentence = check_target(target, ())
    if sentence and sentence.startswith("there is no escalation"):
        return f"`{target}` is nobody a step can reach: write {_FORMS}"
    return sentence


def _or_slack(names: str) -> str:
    return "" if names.endswith("?") else f"; a Slack target is {_FORMS}"
