"""The comparison of how a conversation ended with what its script expects.

Promises a sentence for each difference, and none where all is as written. Must not know how the conversation was played
or is shown.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from worker.demo.script import Expected


def unmet(expect: Expected, state: Mapping[str, Any], timeline: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a sentence for everything that ended differently than the script expects."""
    kinds = {entry["kind"] for entry in timeline}
    fired = [entry["rule"] for entry in timeline if entry["kind"] == "rule_fired"]
    sentences = [
        f"{name} should be {_told(want)} but is {_told(got)}"
        for name, want, got in _compared(expect, state)
        if want is not None and want != got
    ]
    sentences += [f"there should be an entry “{kind}”" for kind in expect.timeline if kind not in kinds]
    sentences += [f"there should be no entry “{kind}”" for kind in expect.never if kind in kinds]
    sentences += [
        f"rule “{rule}” should fire once but fired {fired.count(rule)} times"
        for rule in expect.rules
        if fired.count(rule) != 1
    ]
    return sentences


def clock_states(state: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the states of the clocks of each name, the oldest first."""
    found: dict[str, list[str]] = {}
    for clock in state["clocks"]:
        found.setdefault(clock["name"], []).append(clock["state"])
    return found


def _compared(expect: Expected, state: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    clocks = clock_states(state)
    return [
        ("team", expect.team, state["team"]),
        ("status", expect.status, state["status"]),
        ("path", list(expect.path), [stint["team"] for stint in state["path"]]),
        ("assignee", expect.assignee, state["assignee"]),
        ("priority", expect.priority, state["priority"]),
        *((name.replace("_", " "), list(wanted), clocks.get(name, [])) for name, wanted in expect.clocks.items()),
    ]


def _told(value: Any) -> str:
    return (", ".join(cast(list[str], value)) or "nothing") if isinstance(value, list) else str(value)
