"""Valid policies that differ: the shipped ones, one that uses every part, and edits that a support lead might make.

Promises that each policy here passes `baton policy check`: an edit that breaks a policy is left out. Must not know
conversations.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from policies.loading.load import PolicyError, load_policy
from policies.running.policy import Policy, build
from tests.cases import case

_CATALOG = Path(__file__).parents[3] / "policies" / "catalog"
_EVERYTHING = case("policies/adoption/everything")


def _read(text: str) -> dict[str, Any]:
    return json.loads(json.dumps(YAML(typ="safe").load(text), default=str))


BASES: dict[str, dict[str, Any]] = {
    **{path.stem: _read(path.read_text()) for path in sorted(_CATALOG.glob("*.yaml"))},
    "everything": _read(_EVERYTHING),
}
Written = dict[str, Any]


def _everywhere(written: Any, names: dict[str, str]) -> Any:
    """Return the document with names replaced as keys, as whole texts, and after a colon."""
    match written:
        case dict():
            return {names.get(key, key): _everywhere(value, names) for key, value in written.items()}
        case list():
            return [_everywhere(value, names) for value in written]
        case str() if ":" in written and written.partition(":")[2] in names:
            kind, _, name = written.partition(":")
            return f"{kind}:{names[name]}"
        case str():
            return names.get(written, written)
        case _:
            return written


def _rename(section: str, which: int) -> Callable[[Written], Written]:
    def edit(written: Written) -> Written:
        names = list(written.get(section, {}))
        old = names[which % len(names)]
        return _everywhere(written, {old: f"{old}-new"})

    return edit


def _remove(section: str, which: int) -> Callable[[Written], Written]:
    """Return an edit that removes one entry of a section; references to it name the next entry."""

    def edit(written: Written) -> Written:
        names = list(written.get(section, {}))
        old, other = names[which % len(names)], names[(which + 1) % len(names)]
        del written[section][old]
        return _everywhere(written, {old: other if other != old else "slack:#instead"})

    return edit


def _rules(which: int) -> Callable[[Written], Written]:
    def edit(written: Written) -> Written:
        del written["rules"][which % len(written["rules"])]
        return written

    return edit


def _without(*sections: str) -> Callable[[Written], Written]:
    def edit(written: Written) -> Written:
        return {name: part for name, part in written.items() if name not in sections}

    return edit


def _without_rules_on(*words: str) -> Callable[[Written], Written]:
    """Return an edit that removes the rules with one of these words, so that a part they need can be removed."""

    def edit(written: Written) -> Written:
        kept = [rule for rule in written["rules"] if not any(word in json.dumps(rule) for word in words)]
        return {**written, "rules": kept}

    return edit


def _without_calls(written: Written) -> Written:
    names = dict.fromkeys(written["escalations"], "slack:#instead")
    return _everywhere(_without("escalations", "alert")(written), names)


def _team(which: int, **fields: Any) -> Callable[[Written], Written]:
    """Return an edit that changes one team's fields; a field of None is removed."""

    def edit(written: Written) -> Written:
        names = list(written["teams"])
        about = {**written["teams"][names[which % len(names)]], **fields}
        name = names[which % len(names)]
        written["teams"][name] = {key: part for key, part in about.items() if part is not None}
        newcomer = {"newcomer": {"team": name}} if fields.get("queue") else {}
        return {**written, "people": {**written.get("people", {}), **newcomer}}

    return edit


def _steps(written: Written, *, add: bool) -> Written:
    for about in written["escalations"].values():
        more = [{"notify": "slack:#before", "wait": "1m"}, *about["steps"]]
        about["steps"] = more if add else about["steps"][:1]
        about["lead"] = "slack:#leads"
    return written


def _spans(written: Written) -> Written:
    for about in written["sla"].values():
        about |= {"first_response": "3m", "next_response": "3m"}
    return written


def _other_channels(written: Written) -> Written:
    return {**written, "choices": {**written.get("choices", {}), "channels": {"fax": {"en": "By fax"}}}}


EDITS: dict[str, Callable[[Written], Written]] = {
    **{f"renames ladder {n}": _rename("escalations", n) for n in range(2)},
    **{f"removes ladder {n}": _remove("escalations", n) for n in range(2)},
    **{f"renames team {n}": _rename("teams", n) for n in range(5)},
    **{f"removes team {n}": _remove("teams", n) for n in range(5)},
    **{f"renames person {n}": _rename("people", n) for n in range(3)},
    **{f"removes person {n}": _remove("people", n) for n in range(3)},
    **{f"removes rule {n}": _rules(n) for n in range(0, 12, 3)},
    **{f"opens team {n} always": _team(n, hours=None, after_hours=None) for n in range(3)},
    **{f"gives team {n} a queue": _team(n, queue={"lease": "10m", "offer": "2m"}) for n in range(3)},
    **{f"lets the desk lead team {n}": _team(n, queue={"led_by": "desk"}) for n in range(3)},
    **{f"takes the queue of team {n}": _team(n, queue=None) for n in range(3)},
    **{f"promises nothing for team {n}": _team(n, sla=None) for n in range(3)},
    **{f"has people in team {n}": _team(n, staffed_by="people") for n in range(1)},
    **{f"has an assistant in team {n}": _team(n, staffed_by="assistant", queue=None, sla=None) for n in range(3)},
    "adds a step": lambda written: _steps(written, add=True),
    "keeps one step": lambda written: _steps(written, add=False),
    "promises more": _spans,
    "calls nobody": _without_calls,
    "has no alert": _without("alert"),
    "alerts a channel": lambda written: {**written, "alert": "slack:#alert"},
    "has no rules": _without("rules"),
    "reads nothing": lambda written: _without("score", "tagging", "insight")(
        _without_rules_on("understood", "score_high", "mentioned")(written)
    ),
    "briefs nobody": _without("briefing"),
    "briefs at once": lambda written: {**written, "briefing": {}},
    "weighs otherwise": lambda written: {
        **written,
        "score": {"weights": {"sentiment": 90}, "high_at": 50, "calm_at": 10, "readings": 1},
    },
    "offers other channels": _other_channels,
    "tags": lambda written: {**written, "tagging": {"mode": "live"}},
    "asks nobody": _without("feedback"),
}


@lru_cache(maxsize=2000)
def policy_with(base: str, edits: tuple[str, ...]) -> Policy:
    """Return the policy with those edits that leave it valid; each one raises the version."""
    written, document = BASES[base], load_policy(json.dumps(BASES[base]), file=base, today=date(2026, 1, 1))
    for name in edits:
        try:
            edited = {**EDITS[name](deepcopy(written)), "version": written["version"] + 1}
            document = load_policy(json.dumps(edited), file=base, today=date(2026, 1, 1))
        except (PolicyError, KeyError, ZeroDivisionError):
            continue  # there is nothing to edit, or the edit alone makes the policy invalid
        written = edited
    return build(document, f"{base}{edits}")
