"""Errors of promises that can't be kept: special targets, pauses, ownership and rules on silence.

Each case is a whole file and its complete list of errors, in the order of the file.
"""

from datetime import date, timedelta
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from policies.document.document import Document, SpecialTargets, Trigger
from policies.loading.load import SHIPPED, PolicyError, load_policy
from policies.running.policy import build

HEAD = """\
policy: acme
version: 1
hours: {day: {open: "Mo-Fr 09:00-17:00"}}
teams: {a: {name: A, tier: 1, hours: day, sla: s}, b: {name: B, tier: 2}}
channels: {email: a, "email:vip@acme.example": b, voice: a}
"""


def load(text: str) -> Document:
    return load_policy(text, file="p.yaml", today=date(2026, 6, 1))


def told(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load(text)
    return str(caught.value).splitlines()


SPECIAL = [
    pytest.param(
        """\
sla:
  s:
    first_response: 1h
    special:
      - {first_response: 5m}
      - {priority: urgent}
      - {}
""",
        [
            "p.yaml:10:9: this row has no condition, so it holds for everybody: add one, such as `priority: urgent`, "
            "or write its targets into the SLA itself",
            "p.yaml:11:9: this row promises nothing: give it a target, such as `first_response: 5m`",
            "p.yaml:12:9: this row has no condition, so it holds for everybody: add one, such as `priority: urgent`, "
            "or write its targets into the SLA itself",
            "p.yaml:12:9: this row promises nothing: give it a target, such as `first_response: 5m`",
        ],
        id="nothing to go by, nothing to promise",
    ),
    pytest.param(
        """\
sla:
  s:
    first_response: 1h
    special:
      - {team: aa, first_response: 1m}
      - {channel: mail, next_response: 2m}
      - {channel: "email:vip@acme.example", resolution: 3m}
      - {priority: hgih, first_response: 4m}
      - {customer_teir: gold, first_response: 5m}
      - {team: b, ownership: 6m}
""",
        [
            "p.yaml:10:16: there is no team `aa`: did you mean `a`?",
            "p.yaml:11:19: there is no channel `mail`: did you mean `email`?",
            "p.yaml:12:19: targets go by channel, not by inbox: write `email`",
            "p.yaml:13:20: `hgih` is not a priority: did you mean `high`?",
            "p.yaml:14:10: `customer_teir` is not a key of a special row: did you mean `customer_tier`?",
            "p.yaml:15:16: `b` is not under this SLA, so this row never counts: give the team `sla: s`, or remove "
            "the row",
        ],
        id="conditions on what is not there",
    ),
    pytest.param(
        """\
sla:
  s:
    first_response: 1h
    special: {priority: urgent, first_response: 5m}
  t:
    extends: s
    special:
      - priority: urgent
        first_response: 5m
        resolution: a day
""",
        [
            "p.yaml:9:14: `special` must be a list, not a mapping: write `special: [ … ]`",
            "p.yaml:15:21: 'a day' is not a duration: write a number and a unit, such as 45s, 15m, 8h, 1h30m or 2d",
        ],
        id="shapes",
    ),
    pytest.param(
        """\
sla:
  s:
    first_response: 1h
    special:
      - {priority: urgent, first_response: 5m, resolution: 2h}
      - {customer_tier: gold, first_response: 10m, resolution: 4h}
      - {priority: urgent, channel: email, next_response: 5m}
      - {customer_tier: gold, channel: voice, next_response: 6m}
      - {priority: high, next_response: 15m}
""",
        [
            "p.yaml:11:9: the row in line 10 can fit the same conversation, has as many conditions and gives "
            "`first_response` and `resolution`, too: add a condition to one of them, or a third row for both",
        ],
        id="two that could both be meant",
    ),
    pytest.param(
        """\
sla:
  s:
    first_response: 1h
    special:
      - {priority: urgent, customer_tier: gold, resolution: 2h}
      - {customer_tier: gold, priority: urgent, resolution: 2h}
""",
        [
            "p.yaml:11:9: the row in line 10 has the same conditions and gives `resolution`, too: keep one, or add a "
            "condition",
        ],
        id="the same twice",
    ),
    pytest.param(
        """\
sla:
  s:
    first_response: 1h
    hours: day
    pause_budget: 2d
    special:
      - {priority: low, resolution: 3d, ownership: 1d}
  t: {extends: s, special: [{priority: low, resolution: 4d}]}
  u: {extends: s, hours: always, special: [{priority: low, resolution: 5d}]}
""",
        [
            "p.yaml:10:19: `2d` is unclear in the business hours `day`, where a day has no fixed length: write hours, "
            "such as 16h, or give the SLA `hours: always`",
            "p.yaml:12:37: `3d` is unclear in the business hours `day`, where a day has no fixed length: write hours, "
            "such as 16h, or give the SLA `hours: always`",
            "p.yaml:12:52: `1d` is unclear in the business hours `day`, where a day has no fixed length: write hours, "
            "such as 16h, or give the SLA `hours: always`",
            "p.yaml:13:57: `4d` is unclear in the business hours `day`, where a day has no fixed length: write hours, "
            "such as 16h, or give the SLA `hours: always`",
        ],
        id="days in business hours",
    ),
]

PAUSES = [
    pytest.param(
        """\
sla:
  s: {first_response: 1h, pause_while: [], pause_budget: 4h}
""",
        [
            "p.yaml:7:58: nothing ever pauses, so there is no pause to limit: name a status in `pause_while`, or "
            "remove this",
        ],
        id="a budget for no pause",
    ),
    pytest.param(
        """\
sla:
  s: {pause_budget: 4h, at_risk: [50%, breach]}
  t: {ownership: 4h}
""",
        [
            "p.yaml:7:3: `s` promises nothing: give it a target, such as `first_response: 15m`",
            "p.yaml:7:40: 100% is the breach itself, not a warning before it: write less, such as 75%",
        ],
        id="a budget is no promise, ownership is one",
    ),
]

RULES = [
    pytest.param(
        """\
sla: {s: {first_response: 1h, special: [{priority: urgent, resolution: 1h}]}}
rules:
  - {name: r, on: [{clock: ownership, at: 50%}, {clock: resolution}, {clock: next_response}], do: [{tag: t}]}
""",
        [
            "p.yaml:8:28: no SLA limits the ownership, so this never happens: add `ownership` to an SLA",
            "p.yaml:8:78: no SLA promises a next_response, so this never happens: add the target to an SLA",
        ],
        id="clocks that nobody promises",
    ),
    pytest.param(
        """\
sla: {s: {first_response: 1h}}
rules:
  - {name: r, on: {assignee_silent: 1d}, do: [{tag: t}]}
  - {name: u, on: [{waiting: {for: 2d}}, {customer_silent: 3d}], do: [{tag: t}]}
  - {name: v, on: {customer_silent: 0h}, do: [{tag: t}]}
  - {name: w, on: {waiting: 1h, customer_silent: 1h}, do: [{tag: t}]}
""",
        [
            "p.yaml:8:37: `1d` is unclear, assignee_silent counts in the team's business hours: write hours, "
            "such as 16h",
            "p.yaml:9:30: `2d` is unclear, waiting counts in the team's business hours: write hours, such as 16h",
            "p.yaml:10:37: a duration must be longer than zero",
            "p.yaml:11:19: a trigger is one event name, or {clock: …, at: …}, or {waiting: …}",
        ],
        id="silence in days",
    ),
    pytest.param(
        """\
sla: {s: {first_response: 1h}}
rules:
  - {name: reminder, on: {customer_silent: 3d}, do: [{reply: still there?}]}
  - {name: close, on: {customer_silent: 7d}, do: [{resolve: no word}]}
  - {name: close late, on: {customer_silent: 10d}, do: [{resolve: no word}]}
  - {name: last words, on: [{customer_silent: 8d}, {waiting: 200h}], do: [{tag: t}]}
  - {name: some, on: {waiting: 1h}, when: 'conversation.priority == "low"', do: [{resolve: unimportant}]}
""",
        [
            "p.yaml:10:46: the rule `close` (line 9) has resolved the conversation by then, so this never happens: "
            "write less than 7d, or remove this rule",
            "p.yaml:11:47: the rule `close` (line 9) has resolved the conversation by then, so this never happens: "
            "write less than 7d, or remove this rule",
        ],
        id="silence that ends before",
    ),
    pytest.param(
        """\
sla: {s: {first_response: 1h}}
rules:
  - name: r
    on: [message, {clock: first_response, at: breach}, message, {clock: first_response}]
    do: [{tag: t}]
  - name: u
    on: [{customer_silent: 24h}, {customer_silent: {for: 1d}}, {waiting: 24h}]
    do: [{tag: t}]
""",
        [
            "p.yaml:9:56: the rule listens to this already: remove it here",
            "p.yaml:9:65: the rule listens to this already: remove it here",
            "p.yaml:12:34: the rule listens to this already: remove it here",
        ],
        id="the same trigger twice",
    ),
    pytest.param(
        """\
sla: {s: {first_response: 1h}}
rules:
  - {name: r, on: message, do: [{resolve: " "}]}
  - {name: u, on: {customer_silent: 7d}, do: [{resolve: "{{ customer.nmae }}"}, {resolve: done}]}
  - {name: v, on: message, do: [{assign: b}, {resolve: done}]}
  - {name: w, on: message, do: [{resolve: done}, {reply: bye}, {escalate: next}]}
""",
        [
            "p.yaml:8:43: the text is empty: write why it is resolved, for the person who opens it again",
            "p.yaml:9:57: `customer` has no `nmae` with this trigger: did you mean `customer.name`?",
            "p.yaml:9:91: the rule already resolves the conversation: keep one",
            "p.yaml:10:56: who would get a conversation that is resolved? remove `resolve`, or `assign`",
            "p.yaml:11:43: who would get a conversation that is resolved? remove `resolve`, or `escalate`",
        ],
        id="resolving",
    ),
]


@pytest.mark.parametrize(("text", "expected"), SPECIAL)
def test_special_targets(text: str, expected: list[str]) -> None:
    """A special target must have a condition and a time, and no two may fit the same conversation equally well."""
    assert told(HEAD + text) == expected


@pytest.mark.parametrize(("text", "expected"), PAUSES)
def test_pauses_and_ownership(text: str, expected: list[str]) -> None:
    """A pause budget needs a status that pauses; an ownership limit counts as a promise."""
    assert told(HEAD + text) == expected


@pytest.mark.parametrize(("text", "expected"), RULES)
def test_rules_on_promises_and_silence(text: str, expected: list[str]) -> None:
    """A rule that can never fire, listens twice, or both resolves and assigns is refused when the policy is loaded."""
    assert told(HEAD + text) == expected


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
