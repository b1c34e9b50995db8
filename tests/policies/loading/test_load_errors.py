"""Errors of a policy file: each mistake is told to the support lead with its place and remedy.

Each case is a whole file and its complete list of errors, in the order of the file.
"""

from datetime import date

import pytest

from policies.loading.load import PolicyError, Problem, load_policy

HEAD = """\
policy: acme
version: 1
teams: {a: {name: A, tier: 1}, b: {name: B, tier: 2}}
channels: {email: a}
"""


def told(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load_policy(text, file="p.yaml", today=date(2026, 6, 1))
    return str(caught.value).splitlines()


NOT_YAML = [
    pytest.param(
        """\
# nothing yet
""",
        [
            "p.yaml:1:1: the file is empty: start with `policy: …` and `version: 1`",
        ],
        id="empty file",
    ),
    pytest.param(
        """\
- policy
""",
        [
            "p.yaml:1:1: a policy must be written as `key: value`, not as a list",
        ],
        id="not a mapping",
    ),
    pytest.param(
        """\
policy: acme
teams:
	a: {name: A}
""",
        [
            "p.yaml:3:1: a tab stands here: indent with spaces",
        ],
        id="tab",
    ),
    pytest.param(
        """\
policy: acme
description: note: this
""",
        [
            "p.yaml:2:18: a colon and a space start a value, and there is one already: put a text that "
            "contains `: ` in quotes",
        ],
        id="colon in a text",
    ),
    pytest.param(
        """\
policy: acme
teams: {a: {name: A}
""",
        [
            "p.yaml:2:8: this bracket is never closed: close it",
        ],
        id="open bracket",
    ),
    pytest.param(
        """\
policy: acme
teams: {a: {name: A tier: 1}}
""",
        [
            "p.yaml:2:25: a comma or a closing bracket is missing before this place: add it",
        ],
        id="missing comma",
    ),
    pytest.param(
        """\
policy: "acme
""",
        [
            "p.yaml:1:9: this quote is never closed: close it",
        ],
        id="open quote",
    ),
    pytest.param(
        """\
policy: @acme
""",
        [
            "p.yaml:1:9: a text can't start with this character: put the text in quotes",
        ],
        id="text starts with a special character",
    ),
    pytest.param(
        """\
policy: &p acme
description: *p
""",
        [
            "p.yaml:2:14: aliases (`*name`) are not read here: write the value out, a text that starts with "
            "* needs quotes",
        ],
        id="alias",
    ),
    pytest.param(
        """\
policy: acme
---
policy: other
""",
        [
            "p.yaml:2:1: a second document starts here (`---`): keep one policy in one file",
        ],
        id="two documents",
    ),
    pytest.param(
        """\
policy: acme
teams:
  a: {name: A}
 b: {name: B}
""",
        [
            "p.yaml:4:2: this does not line up with the lines before it: correct the indentation, or the "
            "quotes before it",
        ],
        id="indentation",
    ),
    pytest.param(
        """\
policy: "a\\q"
""",
        [
            "p.yaml:1:12: a backslash in double quotes starts a special character: use single quotes",
        ],
        id="backslash",
    ),
    pytest.param(
        HEAD
        + """\
rules: []
linger: 1h
rules: []
""",
        [
            "p.yaml:7:1: `rules` stands here twice, first in line 5: keep one",
        ],
        id="key twice",
    ),
    pytest.param(
        HEAD
        + """\
sla:
  x: {first_response: 5m}
  y: {<<: x, resolution: 1h}
""",
        [
            "p.yaml:7:7: merging (`<<`) is not read here: write the keys out; an SLA has `extends`",
        ],
        id="merge key",
    ),
    pytest.param(
        HEAD
        + """\
alert: !channel slack:#a
""",
        [
            "p.yaml:5:8: `!channel` is not read here: remove it, a text that starts with ! needs quotes",
        ],
        id="tag of YAML",
    ),
    pytest.param(
        HEAD
        + """\
[linger]: 1h
""",
        [
            "p.yaml:5:1: a key must be a text, not a list or a mapping",
        ],
        id="list as a key",
    ),
]

SHAPES = [
    pytest.param(
        HEAD
        + """\
rules:
  - name: r
    on: message
    do:
      - notify: #support
""",
        [
            "p.yaml:9:9: `notify` has no value: write one, or remove the key; a text that starts with # needs quotes",
        ],
        id="value missing because of a comment sign",
    ),
    pytest.param(
        HEAD
        + """\
rules:
  -
""",
        [
            "p.yaml:6:4: this entry is empty: write something after the dash, or remove it",
        ],
        id="empty entry",
    ),
    pytest.param(
        HEAD
        + """\
tiers: {}
""",
        [
            "p.yaml:5:1: `tiers` is not a key of a policy: did you mean `teams`?",
        ],
        id="unknown key at the top",
    ),
    pytest.param(
        HEAD
        + """\
hours: {h: {open: "24/7"}}
sla: {s: {first_response: 5m, resolutoin: 1h}}
""",
        [
            "p.yaml:6:31: `resolutoin` is not a key of an SLA: did you mean `resolution`?",
        ],
        id="misspelt key of a team",
    ),
    pytest.param(
        """\
policy: acme
teams:
  a: {tier: 1}
""",
        [
            "p.yaml:1:1: a policy needs `channels`: add `channels: …`",
            "p.yaml:1:1: a policy needs `version`: add `version: …`",
            "p.yaml:3:3: a team needs `name`: add `name: …`",
        ],
        id="missing keys",
    ),
    pytest.param(
        """\
policy: Acme Support
version: one
teams:
  a: {name: [A], tier: -1, skills: billing}
  b: B
channels: {}
rules: {}
rule_budget: 0
""",
        [
            "p.yaml:1:9: `Acme Support` can't name a policy: use small letters, digits, - and _, such as acme-support",
            "p.yaml:2:10: `one` is not a whole number: write `version` in digits, such as 1",
            "p.yaml:4:13: `name` must be one text, not a list: write `name: …`",
            "p.yaml:4:24: `tier` is too small: write 0 or more",
            "p.yaml:4:36: `skills` must be a list, not a text: write `skills: [ … ]`",
            "p.yaml:5:6: a team must be written as `key: value`, not as a text",
            "p.yaml:6:11: `channels` is empty: add at least one entry",
            "p.yaml:7:8: `rules` must be a list, not a mapping: write `rules: [ … ]`",
            "p.yaml:8:14: `rule_budget` is too small: write 1 or more",
        ],
        id="wrong forms",
    ),
    pytest.param(
        HEAD
        + """\
hours:
  h: {open: "Mo-Fr 09:00-17:00; PH off", holidays: [2026-02-30]}
  i: {holidays: US}
  j: {open: "Mo-Fr 09:00-17:00; PH off", holidays: {US: CA}}
""",
        [
            "p.yaml:6:53: `2026-02-30` is not a date: write the year, the month and the day, such as 2026-12-25",
            "p.yaml:7:3: business hours need `open`: add `open: …`",
            "p.yaml:8:52: `holidays` must be a list, not a mapping: write `holidays: [ … ]`",
        ],
        id="business hours misshapen",
    ),
    pytest.param(
        HEAD
        + """\
linger: 2 weeks
sla:
  s: {first_response: 15, next_response: 0m, resolution: 8h, at_risk: 75}
""",
        [
            "p.yaml:5:9: '2 weeks' is not a duration: write a number and a unit, such as 45s, 15m, 8h, 1h30m or 2d",
            "p.yaml:7:23: '15' is not a duration: write a number and a unit, such as 45s, 15m, 8h, 1h30m or 2d",
            "p.yaml:7:42: a duration must be longer than zero",
            "p.yaml:7:71: '75' is not a share of the target: write 1% to 100%, or breach",
        ],
        id="durations",
    ),
    pytest.param(
        HEAD
        + """\
rules:
  - name: r
    on: mesage
    do: [set_priority: hihg]
    reason: whim
""",
        [
            "p.yaml:7:9: `mesage` is not an event: did you mean `message`?",
            "p.yaml:8:24: `hihg` is not a priority: did you mean `high`?",
            "p.yaml:9:13: `whim` is not a reason: choose from `beyond_automation`, `asked_for_human`, "
            "`sentiment`, `low_confidence`, `defect`, `security`, `sla`, `value`, `agent_judgement`, "
            "`policy`",
        ],
        id="choices",
    ),
    pytest.param(
        HEAD
        + """\
rules:
  - name: r
    on: {event: message, at: 75%}
    do: [{tag: t}]
  - name: s
    on: [{clock: resolution, event: message}, {wating: 5m}]
    do: [{tag: t}]
""",
        [
            "p.yaml:7:9: `at` belongs to a clock: {clock: first_response, at: 75%}",
            "p.yaml:10:10: a trigger is one event name, or {clock: …, at: …}, or {waiting: …}",
            "p.yaml:10:48: `wating` is not a key of a trigger: did you mean `waiting`?",
        ],
        id="trigger",
    ),
    pytest.param(
        HEAD
        + """\
rules:
  - name: r
    on: message
    do:
      - {assign: a, note: hello}
      - asign: a
      - escalate
  - name: s
    on: message
    do: note
  - name: t
    on: message
    do: []
""",
        [
            "p.yaml:9:9: an entry of `do` has exactly one key, such as `assign: tier-2` or `note: …`",
            "p.yaml:10:9: `asign` is not a key of an entry of `do`: did you mean `assign`?",
            "p.yaml:11:9: an entry of `do` must be written as `key: value`, not as a text",
            "p.yaml:14:9: `do` must be a list, not a text: write `do: [ … ]`",
            "p.yaml:17:9: `do` is empty: add at least one entry",
        ],
        id="do",
    ),
    pytest.param(
        HEAD
        + """\
escalations:
  e: {steps: [], repeat: 11}
""",
        [
            "p.yaml:6:14: `steps` is empty: add at least one entry",
            "p.yaml:6:26: `repeat` is too large: write 10 or less",
        ],
        id="escalation shape",
    ),
]

REFERENCES = [
    pytest.param(
        HEAD
        + """\
rules:
  - name: r
    on: message
    do: [{assign: c}]
""",
        [
            "p.yaml:8:19: there is no team `c`: the teams are `a`, `b`",
        ],
        id="unknown team",
    ),
    pytest.param(
        """\
policy: acme
version: 1
hours: {office: {open: "Mo-Fr 09:00-17:00"}}
teams:
  tier-1: {name: One, tier: 1, hours: office, after_hours: on-cal}
  on-call: {name: On call, tier: 1}
channels:
  email: tier1
rules:
  - name: r
    on: message
    do: [escalate: tier-2]
""",
        [
            "p.yaml:5:60: there is no team `on-cal`: did you mean `on-call`?",
            "p.yaml:8:10: there is no team `tier1`: did you mean `tier-1`?",
            "p.yaml:12:20: there is no team `tier-2`: did you mean `tier-1`?",
        ],
        id="unknown teams everywhere",
    ),
    pytest.param(
        """\
policy: acme
version: 1
teams:
  a: {name: A, hours: office, sla: standrad}
channels: {email: a}
sla:
  standard: {resolution: 8h, hours: bussiness, extends: base}
""",
        [
            "p.yaml:4:23: there are no business hours `office`: there are none yet",
            "p.yaml:4:36: there is no SLA `standrad`: did you mean `standard`?",
            "p.yaml:7:37: there are no business hours `bussiness`: there are none yet",
            "p.yaml:7:57: there is no SLA `base`: the SLAs are `standard`",
        ],
        id="unknown sla and hours",
    ),
    pytest.param(
        HEAD
        + """\
sla:
  x: {extends: y, resolution: 1h}
  y: {extends: z}
  z: {extends: y}
  w: {extends: w}
""",
        [
            "p.yaml:7:16: `y` and `z` extend each other in a circle: remove one `extends`",
            "p.yaml:9:16: `w` extends itself in a circle: remove one `extends`",
        ],
        id="circles of extends",
    ),
    pytest.param(
        HEAD
        + """\
hours: {office: {open: "Mo-Fr 09:00-17:00"}}
sla:
  none: {hours: office}
  days: {resolution: 2d, hours: office}
  base: {resolution: 1d}
  child: {extends: base, hours: office}
  risk: {resolution: 8h, at_risk: [50%, 100%], pause_while: [open]}
""",
        [
            "p.yaml:7:3: `none` promises nothing: give it a target, such as `first_response: 15m`",
            "p.yaml:8:22: `2d` is unclear in the business hours `office`, where a day has no fixed length: "
            "write hours, such as 16h, or give the SLA `hours: always`",
            "p.yaml:9:22: `1d` is unclear in the business hours `office`, where a day has no fixed length: "
            "write hours, such as 16h, or give the SLA `hours: always`",
            "p.yaml:11:41: 100% is the breach itself, not a warning before it: write less, such as 75%",
            "p.yaml:11:62: a promise that pauses while the conversation is open never runs: remove `open`",
        ],
        id="promises",
    ),
    pytest.param(
        """\
policy: acme
version: 1
hours: {day: {open: "Mo-Fr 09:00-17:00"}}
teams:
  a: {name: A, hours: day, after_hours: a}
  b: {name: B, after_hours: a}
  c: {name: C, hours: day, after_hours: d}
  d: {name: D, hours: day, after_hours: c}
  next: {name: " ", hours: always}
channels: {email: a}
""",
        [
            "p.yaml:5:41: `a` can't take over from itself: name another team",
            "p.yaml:6:16: `b` never closes, so nobody takes over: give it `hours`, or remove `after_hours`",
            "p.yaml:7:41: after hours `c` hands over to `d`, then `c` again: let one of them have no `after_hours`",
            "p.yaml:9:3: `next` means the next higher tier: give the team another name",
            "p.yaml:9:16: the name is empty: write the one that people read",
        ],
        id="after hours",
    ),
    pytest.param(
        HEAD
        + """\
timezone: America/New_Yrok
hours:
  never: {open: "off"}
  days: {open: "Mo-Fr 9-17"}
  holidays: {open: "Mo-Fr 09:00-17:00; PH off"}
  country: {open: "Mo-Fr 09:00-17:00; PH off", holidays: USB}
  zone: {open: "Mo-Fr 09:00-17:00", timezone: Europe/Istambul}
  always: {open: "24/7"}
""",
        [
            'p.yaml:5:11: There is no time zone "America/New_Yrok"; did you mean "America/New_York"?',
            'p.yaml:7:17: "off" is never open from 2026 to 2027; write when the team works.',
            'p.yaml:8:16: "Mo-Fr 9-17": write times in full and last, such as Mo-Fr 09:00-12:00,13:00-17:00.',
            'p.yaml:9:20: "Mo-Fr 09:00-17:00; PH off" speaks of public holidays (PH), but no holidays are '
            "given; name a country or the dates.",
            'p.yaml:10:58: No holidays are known for "USB"; write an ISO code such as "US".',
            'p.yaml:11:47: There is no time zone "Europe/Istambul"; did you mean "Europe/Istanbul"?',
            "p.yaml:12:3: `always` is built in and never closes: give these hours another name",
        ],
        id="business hours that make no promise",
    ),
    pytest.param(
        """\
policy: acme
version: 1
teams: {a: {name: A}}
channels:
  "email:": a
  web chat: a
  "email:info@acme.example": a
""",
        [
            "p.yaml:5:3: `email:` is not a channel: write `email`, or `email:invoices@acme.example` for one inbox",
            "p.yaml:6:3: `web chat` is not a channel: write `email`, or `email:invoices@acme.example` for one inbox",
        ],
        id="channels",
    ),
    pytest.param(
        HEAD
        + """\
rules:
  - name: r
    on: message
    do:
      - notify: on-call:primary
      - notify: slack:support
      - notify: "#support"
      - notify: on-cal
      - notify: somebody
escalations:
  on-call:
    steps:
      - notify: on-call
      - notify: on-call:secondary
      - notify: nobody
alert: on-cll
""",
        [
            "p.yaml:9:17: there is no on-call rotation `primary`: add it under `on_call:`",
            "p.yaml:10:17: `slack:support` is not a Slack channel or person: write `slack:#channel` or "
            "`slack:@user-id`",
            "p.yaml:11:17: `#support` doesn't say where: did you mean `slack:#support`?",
            "p.yaml:12:17: there is no escalation `on-cal`: did you mean `on-call`?",
            "p.yaml:13:17: there is no escalation `somebody`: the escalations are `on-call`; a Slack target "
            "is `slack:#channel` or `slack:@user-id`",
            "p.yaml:17:17: a step reaches a person or a channel, not the escalation `on-call`: write "
            "`slack:#channel` or `slack:@user-id`",
            "p.yaml:18:17: there is no on-call rotation `secondary`: add it under `on_call:`",
            "p.yaml:19:17: `nobody` is nobody a step can reach: write `slack:#channel` or `slack:@user-id`",
            "p.yaml:20:8: there is no escalation `on-cll`: did you mean `on-call`?",
        ],
        id="notify targets",
    ),
    pytest.param(
        HEAD
        + """\
alert: anybody
""",
        [
            "p.yaml:5:8: there is no escalation `anybody`: this policy has none; a Slack target is "
            "`slack:#channel` or `slack:@user-id`",
        ],
        id="nobody to notify",
    ),
]

RULES = [
    pytest.param(
        HEAD
        + """\
rules:
  - {name: same, on: message, do: [{tag: t}]}
  - {name: same, on: message, do: [{tag: u}]}
  - {name: "", on: message, do: [{tag: v}]}
""",
        [
            "p.yaml:7:12: another rule is already called `same`: give each its own name, decisions quote it",
            "p.yaml:8:12: the rule has an empty name: say what it is for, decisions quote it",
        ],
        id="rule names",
    ),
    pytest.param(
        HEAD
        + """\
rules:
  - {name: r, on: {clock: resolution, at: 75%}, do: [{tag: t}]}
  - {name: s, on: [message, outside_hours], do: [{tag: t}]}
""",
        [
            "p.yaml:6:27: no SLA promises a resolution, so this never happens: add the target to an SLA",
            "p.yaml:7:29: every team is always open, so this never happens: give a team `hours`",
        ],
        id="rules that can never happen",
    ),
    pytest.param(
        """\
policy: acme
version: 1
hours: {day: {open: "Mo-Fr 09:00-17:00"}}
teams: {a: {name: A, hours: day}}
channels: {email: a}
rules:
  - {name: r, on: {waiting: 1d}, do: [{tag: t}]}
  - name: s
    on:
      - waiting: {for: 2d}
    do: [{tag: t}]
""",
        [
            "p.yaml:7:29: `1d` is unclear, waiting counts in the team's business hours: write hours, such as 16h",
            "p.yaml:10:18: `2d` is unclear, waiting counts in the team's business hours: write hours, such as 16h",
        ],
        id="waiting in days",
    ),
    pytest.param(
        """\
policy: acme
version: 1
teams: {a: {name: A, tier: 1}, b: {name: B}}
channels: {email: a}
rules:
  - name: r
    on: message
    do: [{escalate: b}, {assign: a}, {escalate: next}]
""",
        [
            "p.yaml:8:21: `b` has no tier, so going there is no escalation: give the team a `tier`, or use `assign`",
            "p.yaml:8:34: the rule already hands the conversation over: keep one `assign` or `escalate`",
            "p.yaml:8:49: no team has a higher tier than another: give two teams different tiers, or use `assign`",
            "p.yaml:8:49: the rule already hands the conversation over: keep one `assign` or `escalate`",
        ],
        id="escalations",
    ),
    pytest.param(
        HEAD
        + """\
rules:
  - name: r
    on: message
    when: " "
    do: [{note: ""}, {reply: "  "}, {tag: ""}, {untag: ""}]
""",
        [
            "p.yaml:8:11: the condition is empty: write one, or remove `when`",
            "p.yaml:9:17: the note is empty: write what the next agent should know",
            "p.yaml:9:30: the reply is empty: write what the customer should know",
            "p.yaml:9:43: the tag is empty: name it",
            "p.yaml:9:56: the tag is empty: name it",
        ],
        id="empty texts",
    ),
    pytest.param(
        HEAD
        + """\
rules:
  - name: plain
    on: message
    when: customer.tierr == "x"
    do: [{tag: t}]
  - {name: quoted, on: tag_added, when: 'event.tag == ''vip'' && evnt.by == "x"', do: [{tag: t}]}
  - name: block
    on: message
    when: |
      customer.tier == "x"
        && customer.value > 5.0
    do: [{tag: t}]
  - name: folded
    on: [message, tag_added]
    when: >-
      customer.tier == "x" &&

      event.tag == "y"
    do: [{tag: t}]
  - name: no question
    on: message
    when: customer.name
    do: [{tag: t}]
  - name: escaped
    on: message
    when: "customer.tier == \\"x\\" && a"
    do: [{tag: t}]
  - name: unfinished
    on: message
    when: customer.tier ==
    do: [{tag: t}]
""",
        [
            "p.yaml:8:19: `customer` has no `tierr` with this trigger: did you mean `customer.tier`?",
            "p.yaml:10:70: `evnt.by` is not known here: did you mean `event.by`?",
            "p.yaml:15:12: `customer.value` may be missing: write `has(customer.value) && …` before using it",
            "p.yaml:22:12: `event` has no `tag` with this trigger: it has author, author_id, automatic, "
            "confidence, event_id, failed, intent, kind, public, sentiment, source, text",
            "p.yaml:26:11: a condition must be true or false, but this is a text",
            "p.yaml:30:11: `a` is not known here: there is conversation, customer, event",
            "p.yaml:34:27: the condition can't be read: mismatched input '<EOF>'",
        ],
        id="conditions",
    ),
    pytest.param(
        HEAD
        + """\
rules:
  - name: r
    on: [tag_added, message]
    do:
      - note: "{{ custmer.name }}"
      - note: "{{ customer.nmae }}"
      - reply: "{{ name }} {{ event.tag }}"
      - note: "{{ customer.name"
      - note: "{{ customer.name | shout }}"
""",
        [
            "p.yaml:9:15: `custmer` is not known here: did you mean `customer`?",
            "p.yaml:10:15: `customer` has no `nmae` with this trigger: did you mean `customer.name`?",
            "p.yaml:11:16: `event` has no `tag` with this trigger: it has `event_id`, `source`, `kind`, "
            "`author`, `author_id`, `text`, `public`, `automatic`, `intent`, `confidence`, `sentiment`, "
            "`failed`",
            "p.yaml:11:16: `name` is not known here: did you mean `customer.name`?",
            "p.yaml:12:15: the text can't be read: unexpected end of template, expected 'end of print "
            "statement'; check its braces and filters",
            "p.yaml:13:15: the text can't be read: No filter named 'shout'; check its braces and filters",
        ],
        id="texts",
    ),
]


@pytest.mark.parametrize(("text", "expected"), NOT_YAML)
def test_a_slip_of_the_pen_is_shown_where_it_happened(text: str, expected: list[str]) -> None:
    """A tab, an open bracket or a key that stands twice is shown with its place and what to do."""
    assert told(text) == expected


@pytest.mark.parametrize(("text", "expected"), SHAPES)
def test_a_word_that_does_not_belong_there_is_shown_with_the_right_one(text: str, expected: list[str]) -> None:
    """A misspelt key, a missing name or a wrong kind of value is shown with the right form."""
    assert told(text) == expected


@pytest.mark.parametrize(("text", "expected"), REFERENCES)
def test_a_name_that_refers_to_nobody_is_shown(text: str, expected: list[str]) -> None:
    """A name must refer to an existing team, SLA, business hours or target, and a promise must be possible."""
    assert told(text) == expected


@pytest.mark.parametrize(("text", "expected"), RULES)
def test_a_rule_that_can_not_do_what_it_says_is_shown(text: str, expected: list[str]) -> None:
    """A rule that never fires, uses unknown data or writes an empty note is refused when the policy is loaded."""
    assert told(text) == expected


def test_an_unprintable_character_is_shown() -> None:
    """A control character that was pasted into the file is shown with its place."""
    assert told("policy: acme\nversion: \x07") == [
        "p.yaml:2:10: a character that can't be printed stands here: remove it"
    ]


def test_brackets_without_end_are_no_crash() -> None:
    """A file with a thousand nested brackets is answered with a sentence."""
    assert told("a: " + "[" * 1000 + "]" * 1000) == ["p.yaml:1:1: this is nested too deeply: a policy is flat"]


def test_one_misspelt_key_hides_no_other_mistake() -> None:
    """Every mistake of a file is told at once, so that the support lead corrects all of them in one go."""
    text = """\
policy: acme
version: 1
teams:
  a: {nam: A, sla: fats}
channels: {email: b}
sla:
  fast: {first_response: 5m, first_respons: 6m, hours: nights}
rules:
  - name: r
    resaon: sla
    on: [messag, tag_added]
    when: event.tga == "x"
    do: [{asign: a}, {escalate: c}, {note: "{{ x }}"}]
escalations:
  e: {steps: [{notfy: "slack:#a"}, {notify: somebody}], repat: 2}
"""
    assert told(text) == [
        "p.yaml:4:3: a team needs `name`: add `name: …`",
        "p.yaml:4:7: `nam` is not a key of a team: did you mean `name`?",
        "p.yaml:4:20: there is no SLA `fats`: did you mean `fast`?",
        "p.yaml:5:19: there is no team `b`: the teams are `a`",
        "p.yaml:7:30: `first_respons` is not a key of an SLA: did you mean `first_response`?",
        "p.yaml:7:56: there are no business hours `nights`: there are none yet",
        "p.yaml:10:5: `resaon` is not a key of a rule: did you mean `reason`?",
        "p.yaml:11:10: `messag` is not an event: did you mean `message`?",
        "p.yaml:12:16: `event` has no `tga` with this trigger: did you mean `event.tag`?",
        "p.yaml:13:11: `asign` is not a key of an entry of `do`: did you mean `assign`?",
        "p.yaml:13:33: there is no team `c`: the teams are `a`",
        "p.yaml:13:44: `x` is not known here: there is `conversation`, `customer`, `event`",
        "p.yaml:15:15: a step needs `notify`: add `notify: …`",
        "p.yaml:15:16: `notfy` is not a key of a step: did you mean `notify`?",
        "p.yaml:15:45: `somebody` is nobody a step can reach: write `slack:#channel` or `slack:@user-id`",
        "p.yaml:15:57: `repat` is not a key of an escalation: did you mean `repeat`?",
    ]


def test_problems_are_data_as_well() -> None:
    """Problems have file, line and column as data, so that an editor can mark the place."""
    with pytest.raises(PolicyError) as caught:
        load_policy(HEAD + "alrt: x\n", file="acme.yaml", today=date(2026, 6, 1))
    sentence = "`alrt` is not a key of a policy: did you mean `alert`?"
    assert caught.value.problems == (Problem("acme.yaml", 5, 1, sentence),)


@pytest.mark.parametrize(
    ("teams", "more", "expected"),
    [
        (
            "{a: {name: A}}",
            "redact: [emial]",
            "p.yaml:5:10: `emial` is not a value of `redact`: did you mean `emails`?",
        ),
        (
            "{a: {name: A, queue: {led_by: desk, head_start: {urgnt: 5m}}}}",
            "",
            "p.yaml:3:57: `urgnt` is not a priority: did you mean `urgent`?",
        ),
    ],
)
def test_a_word_that_nobody_foresaw_is_no_crash(teams: str, more: str, expected: str) -> None:
    """A field or key that takes one of a few words answers any other word with a sentence."""
    assert told(f"policy: acme\nversion: 1\nteams: {teams}\nchannels: {{email: a}}\n{more}\n") == [expected]
