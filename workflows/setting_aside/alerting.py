"""Calls the people under `alert`, without any code that judges: something could not be judged, or a queue was closed.

Promises to read nothing but the policy's document as it was written, and that a target which can't be read stops no
call to other targets. Repeated calls go through the steps of the `alert` ladder in turn, and its lead gets each of
them. Must not know why something could not be judged, or was closed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from policies.document.rotation import Rotation
from policies.document.targets import Target
from policies.state.effects import Addressee, Notify
from policies.state.keys import root_of
from workflows.setting_aside.guard import Guard, Raised
from workflows.setting_aside.set_aside import ALERT, AsideList

_PEOPLE = ("person", "team", "on-call")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class PeopleCall:
    """One call to people about the conversation or team `name`, after `times` earlier calls about the same `topic`.

    `remedy` is what they can do about it. `topic` is a part of the call's key.
    """

    name: str
    life: str
    at: datetime
    headline: str
    because: str
    remedy: str
    topic: str = ALERT
    times: int = 0


def due(
    aside: AsideList, document: Mapping[str, Any], name: str, life: str, now: datetime, guard: Guard
) -> tuple[Notify, ...]:
    """Return the notifications about what is set aside, where people have to get them now, and remember that.

    `name` is the conversation's or the team's. Empty where it is not time, or the policy names no one to call.
    """
    at = aside.tell_at()
    if at is None or at > now:
        return ()
    what = "; ".join(dict.fromkeys(item.what for item in aside.items))[:_LONGEST]
    remedy = f"the worker's log has the reason; once it is mended: baton retry {name}"
    because = f"could not be judged: {what}"
    call = PeopleCall(name, life, now, f"{name} {because}", because, remedy, times=aside.times_told)
    aside.told(now)
    return calls(call, document, guard)


def calls(call: PeopleCall, document: Mapping[str, Any], guard: Guard) -> tuple[Notify, ...]:
    """Return the notifications to the people under the policy's `alert`; empty where it names no one to call."""
    targets = guard.attempt(lambda: tuple(_targets(document, call.times)))
    if isinstance(targets, Raised):
        return ()
    found = [guard.attempt(partial(_notify, document, target, call)) for target in targets]
    return tuple(each for each in found if not isinstance(each, Raised))


def _targets(document: Mapping[str, Any], times: int) -> Iterator[str]:
    """Yield the targets of one step of the ladder and its lead, or the one target that `alert` names directly."""
    ladders: Mapping[str, Any] = document.get("escalations") or {}
    alert = document.get("alert") or next(iter(ladders), None)
    if alert is None:
        return
    if alert not in ladders:
        yield alert
        return
    steps = [Target.of_all(step["notify"]) for step in ladders[alert]["steps"]]
    reachable = [target for target in steps if target.kind not in ("account-manager", "escalation")]
    if reachable:
        yield str(reachable[times % len(reachable)])
    if lead := ladders[alert].get("lead"):
        yield lead


def _notify(document: Mapping[str, Any], target: str, call: PeopleCall) -> Notify:
    to = Target.of(target)
    rotation = Rotation.model_validate(document["on_call"][to.name]) if to.kind == "on-call" else None
    return Notify(
        key=f"{root_of(call.name, call.life)}{call.topic}{call.at.isoformat()}/{call.times}/{target}",
        conversation_id=call.name,
        life=call.life,
        due_at=call.at,
        because=call.because,
        target=target,
        headline=call.headline,
        facts=(("Remedy", call.remedy),),
        people=tuple(_people(document, to)) if to.kind in _PEOPLE else (),
        policy=document["policy"] if rotation else "",
        rotation=rotation,
        is_alert=True,
    )


def _people(document: Mapping[str, Any], to: Target) -> Iterator[Addressee]:
    known_people: Mapping[str, Mapping[str, Any]] = document.get("people") or {}
    for person, known in known_people.items():
        is_meant = {"person": person in to.names, "team": known.get("team") == to.name}.get(to.kind, True)
        if is_meant and known.get("slack"):
            yield Addressee(person=person, slack=known["slack"])
