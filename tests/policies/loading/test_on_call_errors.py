"""Errors of on-call rotations: each mistake is told to the support lead with its place and remedy."""

from datetime import date

import jsonschema
import pytest

from policies.document.document import Document
from policies.loading.load import PolicyError, load_policy

HEAD = """\
policy: acme
version: 1
timezone: Europe/Berlin
teams: {a: {name: A, tier: 1}}
channels: {email: a}
people: {ada: {}, ben: {}, cleo: {}}
on_call:
  primary:
"""


def told(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load_policy(text, file="p.yaml", today=date(2026, 6, 1))
    return str(caught.value).splitlines()


ROTATIONS = [
    pytest.param(
        "    layers: [{people: [ada, bne], every: weekly, start: 2026-01-05 09:00}]\n",
        ["p.yaml:9:29: there is no person `bne`: did you mean `ben`?"],
        id="unknown person",
    ),
    pytest.param(
        "    layers: [{people: [[ada, zoe], ben], every: weekly, start: 2026-01-05 09:00}]\n",
        ["p.yaml:9:30: there is no person `zoe`: the people are `ada`, `ben`, `cleo`"],
        id="unknown person in a shared turn",
    ),
    pytest.param(
        "    layers: []\n",
        ["p.yaml:9:13: `layers` is empty: add at least one entry"],
        id="no layer",
    ),
    pytest.param(
        "    layers: [{people: [], every: weekly, start: 2026-01-05 09:00}]\n",
        ["p.yaml:9:23: `people` is empty: add at least one entry"],
        id="layer without people",
    ),
    pytest.param(
        "    layers: [{people: ada, every: weekly, start: 2026-01-05 09:00}]\n",
        ["p.yaml:9:23: `people` must be a list, not a text: write `people: [ … ]`"],
        id="one person without a list",
    ),
    pytest.param(
        "    layers: [{people: [ada], every: weekly}]\n",
        ["p.yaml:9:14: a layer needs `start`: add `start: …`"],
        id="no start",
    ),
    pytest.param(
        "    layers: [{people: [bne], evry: weekly, start: 2026-01-05 09:00}]\n",
        [
            "p.yaml:9:14: a layer needs `every`: add `every: …`",
            "p.yaml:9:24: there is no person `bne`: did you mean `ben`?",
            "p.yaml:9:30: `evry` is not a key of a layer: did you mean `every`?",
        ],
        id="one mistake hides no other",
    ),
    pytest.param(
        "    layers: [{people: [ada], every: fortnight, start: 2026-01-05 09:00}]\n",
        [
            "p.yaml:9:37: `fortnight` is not how long a turn lasts: write daily, weekly, monthly, or a number and a "
            "unit, such as 12 hours, 3 days, 2 weeks"
        ],
        id="length that is none",
    ),
    pytest.param(
        "    layers: [{people: [ada], every: 0 days, start: 2026-01-05 09:00}]\n",
        [
            "p.yaml:9:37: `0 days` is not how long a turn lasts: write daily, weekly, monthly, or a number and a "
            "unit, such as 12 hours, 3 days, 2 weeks"
        ],
        id="no length",
    ),
    pytest.param(
        "    layers: [{people: [ada], every: daily, start: 2026-01-05}]\n",
        ["p.yaml:9:51: `2026-01-05` is not a time: write the day and the hour, such as 2026-01-05 09:00"],
        id="start without an hour",
    ),
    pytest.param(
        "    layers: [{people: [ada], every: daily, start: 2026-02-30 09:00}]\n",
        ["p.yaml:9:51: `2026-02-30 09:00` is not a time: write the day and the hour, such as 2026-01-05 09:00"],
        id="start on a day that is none",
    ),
    pytest.param(
        '    layers: [{people: [ada], every: daily, start: "2026-01-05T09:00+01:00"}]\n',
        [
            "p.yaml:9:51: `2026-01-05T09:00+01:00` has an offset: write it without one, the rotation's `timezone` "
            "says where"
        ],
        id="start with an offset",
    ),
    pytest.param(
        "    layers: [{people: [ada], every: daily, start: 0026-01-05 09:00}]\n",
        ["p.yaml:9:51: `0026-01-05 09:00` is too far away: write a year from 1971 to 2197"],
        id="start in another age",
    ),
    pytest.param(
        "    timezone: Europe/Berln\n    layers: [{people: [ada], every: daily, start: 2026-01-05 09:00, only: Sa}]\n",
        ['p.yaml:9:15: There is no time zone "Europe/Berln"; did you mean "Europe/Berlin"?'],
        id="unknown zone",
    ),
    pytest.param(
        "    layers: [{people: [ada], every: daily, start: 2026-01-05 09:00, only: Mo-Fr off}]\n",
        ['p.yaml:9:75: "Mo-Fr off" is never open from 2026 to 2027; write when the team works.'],
        id="window that never opens",
    ),
    pytest.param(
        "    layers: [{people: [ada], every: daily, start: 2027-01-05 09:00, only: 2026 Dec 24}]\n",
        ['p.yaml:9:75: "2026 Dec 24" is never open from 2027-01-05 on, the start of this layer; correct one.'],
        id="window before the start",
    ),
    pytest.param(
        '    layers: [{people: [ada], every: daily, start: 2026-01-05 09:00, only: "Mo-Fr; PH off"}]\n',
        [
            'p.yaml:9:75: "Mo-Fr; PH off": on-call layers know no public holidays (PH); write the days, such as '
            '"Dec 25 off".'
        ],
        id="holidays in a window",
    ),
    pytest.param(
        "    layers: [{people: [ada], every: daily, start: 2026-01-05 09:00, only: nights}]\n",
        [
            'p.yaml:9:75: "nights" is not understood at "nights"; days are Mo Tu We Th Fr Sa Su and PH, as in '
            '"Mo-Fr 09:00-18:00; PH off".'
        ],
        id="window that can't be read",
    ),
    pytest.param(
        "    layrs: []\n",
        [
            "p.yaml:8:3: a rotation needs `layers`: add `layers: …`",
            "p.yaml:9:5: `layrs` is not a key of a rotation: did you mean `layers`?",
        ],
        id="misspelt layers",
    ),
]

OVERRIDES = [
    pytest.param(
        "{from: 2026-02-02 09:00, until: 2026-02-02 09:00, person: ben}",
        ["p.yaml:11:9: this override ends before it starts: write an `until` that is after `from`"],
        id="empty",
    ),
    pytest.param(
        "{from: 2026-02-02 09:00, until: 2026-02-03T09:00Z, person: ben}",
        ["p.yaml:11:9: `from` and `until` must be written alike: both with an offset, or both without"],
        id="one offset",
    ),
    pytest.param(
        "{from: 2026-02-02 09:00, until: 2026-02-03 09:00, person: bne, instead_of: aad}",
        [
            "p.yaml:11:67: there is no person `bne`: did you mean `ben`?",
            "p.yaml:11:84: there is no person `aad`: did you mean `ada`?",
        ],
        id="unknown people",
    ),
    pytest.param(
        "{from: 2026-02-02 09:00, until: 2026-02-03 09:00, person: ada, instead_of: ada}",
        ["p.yaml:11:9: nobody can stand in for themselves: name a person other than `ada`"],
        id="in one's own place",
    ),
    pytest.param(
        "{from: 2026-02-02 09:00, until: 2026-02-03 09:00, person: ben, instead_of: cleo}",
        ["p.yaml:11:84: `cleo` has no turn in `primary`, so nobody can stand in: name a person who has one"],
        id="in the place of somebody without a turn",
    ),
    pytest.param(
        "{form: 2026-02-02 09:00, until: tomorrow, person: ben}",
        [
            "p.yaml:11:9: an override needs `from`: add `from: …`",
            "p.yaml:11:10: `form` is not a key of an override: did you mean `from`?",
            "p.yaml:11:41: `tomorrow` is not a time: write the day and the hour, such as 2026-01-05 09:00",
        ],
        id="misspelt key",
    ),
    pytest.param(
        "{from: 2026-02-02 09:00, until: 2026-02-04 09:00, person: ben, instead_of: ada}\n"
        "      - {from: 2026-02-03 09:00, until: 2026-02-05 09:00, person: cleo, instead_of: ada}",
        ["p.yaml:12:9: this overlaps the override in line 11, for the same place: let one end before the other"],
        id="overlapping",
    ),
]


@pytest.mark.parametrize(("rotation", "expected"), ROTATIONS)
def test_a_rotation_that_cannot_work_is_told_with_its_place(rotation: str, expected: list[str]) -> None:
    """A mistake in a rotation is found when the policy is loaded, with line, column and a remedy."""
    assert told(HEAD + rotation) == expected


@pytest.mark.parametrize(("override", "expected"), OVERRIDES)
def test_an_override_that_cannot_work_is_told_with_its_place(override: str, expected: list[str]) -> None:
    """An override that would change nothing, or two that contradict each other, are refused."""
    layers = "    layers: [{people: [ada, ben], every: weekly, start: 2026-01-05 09:00}]\n"
    assert told(f"{HEAD}{layers}    overrides:\n      - {override}\n") == expected


def test_people_are_wanted_where_a_policy_has_none() -> None:
    """A support lead who writes a rotation before any people is told where people belong."""
    text = HEAD.replace("people: {ada: {}, ben: {}, cleo: {}}\n", "")
    assert told(text + "    layers: [{people: [ada], every: weekly, start: 2026-01-05 09:00}]\n") == [
        "p.yaml:8:24: there is no person `ada`: add them under `people:`"
    ]


def test_who_is_called_must_have_a_member_id() -> None:
    """A person in a rotation that an escalation calls must have a Slack member ID."""
    text = HEAD.replace("ben: {}, cleo: {}", "ben: {slack: U2}, cleo: {}")
    rotation = "    layers: [{people: [ada, ben], every: weekly, start: 2026-01-05 09:00}]\n"
    load_policy(text + rotation, file="p.yaml", today=date(2026, 6, 1))
    call = "escalations: {e: {lead: 'slack:#leads', steps: [{notify: 'on-call:primary'}]}}\n"
    assert told(text + rotation + call) == [
        "p.yaml:6:10: `ada` takes turns in `primary`, which is called, but can't be: add `slack: U…`, their member ID"
    ]


def test_nobody_is_no_name() -> None:
    """A person can't be named `nobody`, because overrides use that word for “no person”."""
    text = HEAD.replace("cleo: {}", "nobody: {}")
    assert told(text + "    layers: [{people: [ada], every: weekly, start: 2026-01-05 09:00}]\n") == [
        "p.yaml:6:28: `nobody` is a word of overrides: give this person another key"
    ]


def test_a_swap_and_two_helpers_at_once_are_no_mistake() -> None:
    """Two people may swap weeks, and two more may join them for the same evening."""
    overrides = """\
    layers: [{people: [ada, ben], every: weekly, start: 2026-01-05 09:00}]
    overrides:
      - {from: 2026-02-02 09:00, until: 2026-02-09 09:00, person: ada, instead_of: ben}
      - {from: 2026-02-09 09:00, until: 2026-02-16 09:00, person: ben, instead_of: ada}
      - {from: 2026-02-02 18:00, until: 2026-02-02 22:00, person: cleo, instead_of: nobody}
      - {from: 2026-02-02 18:00, until: 2026-02-02 22:00, person: ben, instead_of: nobody}
"""
    document = load_policy(HEAD + overrides, file="p.yaml", today=date(2026, 6, 1))
    assert document.on_call["primary"].timezone == "Europe/Berlin"
    assert Document.model_validate_json(document.model_dump_json()) == document


def test_editors_check_rotations_while_they_are_typed() -> None:
    """An editor that knows Baton's schema accepts a right rotation and marks a wrong length, start and empty layer."""
    schema = jsonschema.Draft202012Validator(Document.model_json_schema())
    layer: dict[str, object] = {"people": ["ada", ["ben", "cleo"]], "every": "2 weeks", "start": "2026-01-05 09:00"}
    override = {"from": "2026-02-02 09:00", "until": "2026-02-03 09:00", "person": "ben"}

    def accepts(**changed: object) -> bool:
        rotation = {"layers": [{**layer, **changed}], "overrides": [override]}
        head: dict[str, object] = {"policy": "p", "version": 1, "teams": {"a": {"name": "A"}}, "channels": {"x": "a"}}
        return schema.is_valid({**head, "on_call": {"primary": rotation}})

    assert accepts()
    assert not accepts(every="fortnight")
    assert not accepts(start="Monday")
    assert not accepts(people=[])
