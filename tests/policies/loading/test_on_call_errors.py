"""Errors of on-call rotations: each mistake is told to the support lead with its place and remedy."""

import jsonschema

from policies.document.document import Document
from tests.cases import case
from tests.policies.loading.mistakes import load, told

HEAD = case("policies/loading/on_call_head")


def test_people_are_wanted_where_a_policy_has_none() -> None:
    """A support lead who writes a rotation before any people is told where people belong."""
    text = HEAD.replace("people: {ada: {}, ben: {}, cleo: {}}\n", "")
    assert told(text + "    layers: [{people: [ada], every: weekly, start: 2026-01-05 09:00}]\n") == [
        "p.yaml:8:24: there is no person `ada`: add them under `people:`"
    ]


def test_a_person_who_is_called_must_have_a_member_id() -> None:
    """A person in a rotation that an escalation calls must have a Slack member ID."""
    text = HEAD.replace("ben: {}, cleo: {}", "ben: {slack: U2}, cleo: {}")
    rotation = "    layers: [{people: [ada, ben], every: weekly, start: 2026-01-05 09:00}]\n"
    load(text + rotation)
    call = "escalations: {e: {lead: 'slack:#leads', steps: [{notify: 'on-call:primary'}]}}\n"
    assert told(text + rotation + call) == [
        "p.yaml:6:10: `ada` takes turns in `primary`, which is called, but can't be: add `slack: U…`, their member ID"
    ]


def test_the_word_for_no_person_is_no_name() -> None:
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
    document = load(HEAD + overrides)
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
