"""Promises as they are written: special targets, pauses, ownership, silences, and what an editor knows of them."""

from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from policies.document.document import Document, SpecialTargets, Trigger
from policies.loading.load import SHIPPED
from policies.running.policy import build
from tests.policies.loading.mistakes import load

HEAD = """\
policy: acme
version: 1
hours: {day: {open: "Mo-Fr 09:00-17:00"}}
teams: {a: {name: A, tier: 1, hours: day, sla: s}, b: {name: B, tier: 2}}
channels: {email: a, "email:vip@acme.example": b, voice: a}
"""


def test_a_third_row_settles_which_of_two_counts() -> None:
    """Urgent and gold customers are promised different times, and a row for both decides for urgent gold customers."""
    document = load(
        HEAD
        + """\
sla:
  s:
    first_response: 1h
    special:
      - {priority: urgent, first_response: 5m}
      - {customer_tier: gold, first_response: 10m}
      - {priority: urgent, customer_tier: gold, first_response: 1m}
"""
    )
    policy, facts = build(document), {"team": "a", "channel": "email", "priority": "normal", "customer_tier": ""}
    cases = [{}, {"priority": "urgent"}, {"customer_tier": "gold"}, {"priority": "urgent", "customer_tier": "gold"}]
    assert [policy.span("first_response", **{**facts, **case}) for case in cases] == [
        timedelta(hours=1),
        timedelta(minutes=5),
        timedelta(minutes=10),
        timedelta(minutes=1),
    ]


def test_a_child_inherits_special_targets_or_has_its_own() -> None:
    """An SLA that extends another inherits its special targets unless it has its own list, which may be empty."""
    document = load(
        HEAD
        + """\
sla:
  s: {first_response: 1h, special: [{priority: urgent, first_response: 5m}]}
  same: {extends: s, first_response: 2h}
  other: {extends: s, special: [{channel: voice, first_response: 1m}]}
  none: {extends: s, special: []}
"""
    )
    minute = timedelta(minutes=1)
    urgent = SpecialTargets(priority="urgent", first_response=5 * minute)
    assert {name: targets.special for name, targets in document.sla.items()} == {
        "s": (urgent,),
        "same": (urgent,),
        "other": (SpecialTargets(channel="voice", first_response=minute),),
        "none": (),
    }


def test_a_special_row_may_name_a_team_that_inherits_it() -> None:
    """A special row for a team counts where the team's own SLA inherits it."""
    heirs = HEAD.replace("name: B, tier: 2", "name: B, tier: 2, sla: heir")
    rows = "sla:\n  s: {first_response: 1h, special: [{team: b, first_response: 5m}]}\n  heir: {extends: s}\n"
    facts = {"channel": "email", "priority": "normal", "customer_tier": ""}
    policy = build(load(heirs + rows))
    assert policy.span("first_response", team="a", **facts) == timedelta(hours=1)
    assert policy.span("first_response", team="b", **facts) == timedelta(minutes=5)


def test_a_budget_counts_where_a_child_pauses() -> None:
    """An SLA that never pauses may have a pause budget where an SLA that extends it does pause."""
    document = load(
        HEAD
        + """\
sla:
  s: {first_response: 1h, pause_while: [], pause_budget: 4h}
  t: {extends: s, pause_while: [pending_customer]}
"""
    )
    assert document.sla["t"].pause_budget == timedelta(hours=4)


def test_several_at_risk_levels_and_silences_load() -> None:
    """An SLA may have several at-risk levels, rules may listen to ownership, and a silence may be given in days."""
    document = load(
        HEAD
        + """\
sla: {s: {first_response: 1h, ownership: 4h, at_risk: [90%, 50%, 75%], hours: day, pause_budget: 16h}}
rules:
  - name: r
    on: [{clock: ownership, at: 50%}, {customer_silent: 3d}, {assignee_silent: {for: 2h}}, {waiting: 10m}]
    do: [{note: look}]
  - {name: s, on: {customer_silent: {for: 7d}}, do: [{resolve: "No word from {{ customer.name }} for a week."}]}
"""
    )
    assert document.sla["s"].at_risk == (50, 75, 90)
    assert [trigger for rule in document.rules for trigger in rule.on] == [
        Trigger(clock="ownership", at=50),
        Trigger(customer_silent=timedelta(days=3)),
        Trigger(assignee_silent=timedelta(hours=2)),
        Trigger(waiting=timedelta(minutes=10)),
        Trigger(customer_silent=timedelta(days=7)),
    ]


def test_editors_are_told_what_the_keys_mean() -> None:
    """Support leads who write a policy in an editor see a description of each promise, condition and silence."""
    parts = Document.model_json_schema()["$defs"]
    described = {
        "SlaTargets": {"first_response", "ownership", "special", "at_risk", "pause_while", "pause_budget"},
        "SpecialTargets": {"team", "channel", "priority", "customer_tier", "resolution"},
        "Trigger": {"clock", "at", "waiting", "assignee_silent", "customer_silent"},
        "Do": {"resolve"},
    }
    assert {
        part: {key for key in keys if parts[part]["properties"][key].get("description")}
        for part, keys in described.items()
    } == described


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_editors_find_nothing_wrong_with_a_policy_that_is_right(path: Path) -> None:
    """An editor that checks with Baton's schema marks nothing in the shipped policies, short forms included."""
    written = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    jsonschema.validate(written, Document.model_json_schema())


def test_editors_mark_what_is_wrong() -> None:
    """An editor marks a time without a unit, a share without a percent sign and a misspelt event."""
    schema = jsonschema.Draft202012Validator(Document.model_json_schema())
    rule: dict[str, object] = {"name": "r", "on": {"waiting": {"for": "10m"}}, "do": [{"note": "n"}]}
    for trigger in (
        "messag",
        {"waiting": "10"},
        {"customer_silent": {"fro": "3d"}},
        {"clock": "resolution", "at": "x"},
    ):
        document: dict[str, object] = {
            "policy": "p", "version": 1, "teams": {"a": {"name": "A"}}, "channels": {"email": "a"}, "rules": [rule]
        }  # fmt: skip
        assert schema.is_valid(document)
        document["rules"] = [{**rule, "on": trigger}]
        assert not schema.is_valid(document)
