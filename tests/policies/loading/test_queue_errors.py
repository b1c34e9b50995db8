"""Errors of queues: each mistake is told to the support lead with its place and remedy."""

from datetime import date

import jsonschema
import pytest

from policies.document.document import Document
from policies.loading.load import PolicyError, load_policy

HEAD = """\
policy: acme
version: 1
timezone: Europe/Berlin
hours: {day: {open: "Mo-Fr 09:00-17:00"}}
channels: {email: a}
people:
  ada: {team: a, skills: {refunds: 2}, capacity: 3}
  ben: {team: b, skills: {law: 1}, capacity: 2}
  cleo: {}
teams:
  b: {name: B, queue: {}}
  c: {name: C}
  a:
    name: A
    queue:
"""


def told(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load_policy(text, file="p.yaml", today=date(2026, 6, 1))
    return str(caught.value).splitlines()


QUEUES = [
    pytest.param(
        "      weights: {voice: 0}\n",
        ["p.yaml:16:24: a conversation takes at least 1 of a person's capacity"],
        id="weight of nothing",
    ),
    pytest.param(
        "      weights: {voice: 4}\n",
        [
            "p.yaml:16:24: a conversation of voice takes 4, and nobody can have more than 3: write less, or give "
            "people more `capacity`"
        ],
        id="weight that nobody can carry",
    ),
    pytest.param(
        "      presence: by_shift\n",
        [
            "p.yaml:16:17: nobody in `a` has a `shift`, so everybody would always be there: give people shifts, "
            "or let their presence be reported"
        ],
        id="by shift without shifts",
    ),
    pytest.param(
        "      needs: [{skill: refunds, level: 3}]\n",
        ["p.yaml:16:23: nobody in `a` has refunds 3: the best has 2"],
        id="level that nobody has",
    ),
    pytest.param(
        "      needs: [{skill: refunds, level: 5, relax: [{after: 5m, level: 4}, {after: 9m, level: 3}]}]\n",
        ["p.yaml:16:23: nobody in `a` has refunds 3, which is enough after every `relax`: the best has 2"],
        id="level that nobody has after every relax",
    ),
    pytest.param(
        "      needs: [{skill: refund}]\n",
        ["p.yaml:16:23: nobody in `a` has refund 1: did you mean `refunds`?"],
        id="misspelt skill",
    ),
    pytest.param(
        "      needs: [{skill: law}]\n",
        ["p.yaml:16:23: nobody in `a` has law 1: the skills are `refunds`"],
        id="skill of another team",
    ),
    pytest.param(
        "      needs: [{skill: refunds, level: 2, relax: [{after: 9m, level: 1}, {after: 9m, level: 0}]}]\n",
        ["p.yaml:16:81: write the steps in the order of their waits"],
        id="steps in no order",
    ),
    pytest.param(
        "      needs: [{skill: refunds, level: 2, relax: [{after: 5m, level: 2}]}]\n",
        [
            "p.yaml:16:69: 2 is no less than the 2 that was needed before, so nothing is relaxed: write a lower "
            "level, 0 for not needed"
        ],
        id="relaxed to the same",
    ),
    pytest.param(
        "      needs: [{skill: refunds, level: 2, relax: [{after: 5m, level: 1}, {after: 9m, level: 1}]}]\n",
        [
            "p.yaml:16:92: 1 is no less than the 1 that was needed before, so nothing is relaxed: write a lower "
            "level, 0 for not needed"
        ],
        id="relaxed to the same again",
    ),
    pytest.param(
        "      needs: [{skill: refunds, when: 'conversation.tag == \"x\"'}]\n",
        ["p.yaml:16:51: `conversation` has no `tag` with this trigger: did you mean `conversation.tags`?"],
        id="unknown fact",
    ),
    pytest.param(
        "      needs: [{skill: refunds, when: 'conversation.subject'}]\n",
        ["p.yaml:16:39: a condition must be true or false, but this is a text"],
        id="condition that is none",
    ),
    pytest.param(
        "      needs: [{skill: refunds, level: 11}]\n",
        ["p.yaml:16:39: `level` is too large: write 10 or less"],
        id="level beyond ten",
    ),
    pytest.param(
        "      overflow: {after: 5m, to: a}\n",
        ["p.yaml:16:33: `a` can't flow over to itself: name another team"],
        id="over to itself",
    ),
    pytest.param(
        "      overflow: {after: 5m, to: bb}\n",
        ["p.yaml:16:33: there is no team `bb`: did you mean `b`?"],
        id="over to a misspelt team",
    ),
    pytest.param(
        "      overflow: {after: 5m, to: seniors}\n",
        ["p.yaml:16:33: there is no team `seniors`: the teams are `b`, `c`, `a`"],
        id="over to no team",
    ),
    pytest.param(
        "      overflow: {after: 5m}\n", ["p.yaml:16:7: an overflow needs `to`: add `to: …`"], id="over to nowhere"
    ),
    pytest.param(
        "      offer: soon\n      leed_by: desk\n",
        [
            "p.yaml:16:14: 'soon' is not a duration: write a number and a unit, such as 45s, 15m, 8h, 1h30m or 2d",
            "p.yaml:17:7: `leed_by` is not a key of a queue: did you mean `led_by`?",
        ],
        id="one mistake hides no other",
    ),
    pytest.param(
        "      led_by: helpdesk\n",
        ["p.yaml:16:15: `helpdesk` is not a value of `led_by`: did you mean `desk`?"],
        id="led by something else",
    ),
    pytest.param(
        "      head_start: {urgnt: 5m}\n",
        ["p.yaml:16:20: `urgnt` is not a priority: did you mean `urgent`?"],
        id="misspelt priority",
    ),
]

PEOPLE = [
    pytest.param(
        "{team: a, shift: dya}",
        ["p.yaml:9:25: there are no business hours `dya`: did you mean `day`?"],
        id="unknown shift",
    ),
    pytest.param(
        "{team: c, capacity: 2}",
        ["p.yaml:9:18: `c` has no `queue`, so `capacity` counts for nothing: give the team a queue, or remove it"],
        id="capacity in a team without a queue",
    ),
    pytest.param(
        "{team: c, languages: [de], shift: day}",
        ["p.yaml:9:35: `c` has no `queue`, so `shift` counts for nothing: give the team a queue, or remove it"],
        id="one of several is enough to know",
    ),
    pytest.param(
        "{skills: {law: 1}}",
        [
            "p.yaml:9:9: `dan` is in no `team`, so `skills` counts for nothing: give them a team with a queue, or "
            "remove it"
        ],
        id="skills without a team",
    ),
    pytest.param(
        "{team: zz, skills: {law: 1}}",
        ["p.yaml:9:15: there is no team `zz`: the teams are `b`, `c`, `a`"],
        id="unknown team",
    ),
    pytest.param("{team: a, skills: {law: 0}}", ["p.yaml:9:32: `law` is too small: write 1 or more"], id="no level"),
    pytest.param("{team: a, capacity: 0}", ["p.yaml:9:28: `capacity` is too small: write 1 or more"], id="no capacity"),
]
NOBODY = (
    "p.yaml:15:5: nobody is in `a`, so what waits there waits for ever: give a person under `people:` the entry "
    "`team: a`, or write `led_by: desk` where the helpdesk chooses"
)


@pytest.mark.parametrize(("queue", "expected"), QUEUES)
def test_a_queue_that_cannot_work_is_told_with_its_place(queue: str, expected: list[str]) -> None:
    """A mistake in a queue is found when the policy is loaded, with line, column and a remedy."""
    assert told(HEAD + queue) == expected


@pytest.mark.parametrize(("person", "expected"), PEOPLE)
def test_what_counts_for_nothing_is_told(person: str, expected: list[str]) -> None:
    """A person's skills, capacity or shift that no queue uses are refused as having no effect."""
    assert told(HEAD.replace("cleo: {}", f"dan: {person}") + "      capacity: 2\n") == expected


def test_a_queue_wants_somebody_in_it() -> None:
    """A queue needs people in its team where Baton chooses; where the helpdesk chooses, it knows its people."""
    text = HEAD.replace("ada: {team: a", "ada: {team: b")
    assert told(text + "      capacity: 2\n") == [NOBODY]
    assert told(text + "      needs: [{skill: law}]\n") == [NOBODY]
    load_policy(text + "      led_by: desk\n      needs: [{skill: law}]\n", file="p.yaml", today=date(2026, 6, 1))


def test_a_skill_is_wanted_of_people_who_have_any() -> None:
    """A queue that needs a skill while no person has any is refused, with the place where skills belong."""
    text = HEAD.replace("skills: {refunds: 2}, ", "") + "      needs: [{skill: law}]\n"
    assert told(text) == ["p.yaml:16:23: nobody in `a` has law 1: give a person `skills`"]


def test_the_largest_room_counts() -> None:
    """A weight is too heavy only where no person could carry it; a person's own capacity replaces the queue's."""
    heavy = "      capacity: 9\n      weights: {voice: 3, mail: -1}\n"
    small = HEAD.replace("cleo: {}", "dan: {team: a, capacity: 1}")
    assert told(small + heavy) == ["p.yaml:17:33: a conversation takes at least 1 of a person's capacity"]
    assert told(small + heavy.replace("3, mail: -1", "4")) == [
        "p.yaml:17:24: a conversation of voice takes 4, and nobody can have more than 3: write less, or give people "
        "more `capacity`"
    ]


def test_queues_that_flow_in_a_circle_are_told_once() -> None:
    """Queues that overflow in a circle are refused, and the error names the circle once."""
    two = HEAD.replace("queue: {}", "queue: {overflow: {after: 1h, to: a}}")
    assert told(two + "      overflow: {after: 1h, to: b}\n") == [
        "p.yaml:11:50: `b` flows over to `a`, then to `b` again: let one of them have no `overflow`"
    ]
    led = "{name: C, queue: {led_by: desk, overflow: {after: 1h, to: a}}}"
    three = HEAD.replace("queue: {}", "queue: {overflow: {after: 1h, to: c}}").replace("{name: C}", led)
    assert told(three + "      overflow: {after: 1h, to: b}\n") == [
        "p.yaml:11:50: `b` flows over to `c`, then to `a`, then to `b` again: let one of them have no `overflow`"
    ]
    load_policy(two + "      overflow: {after: 1h, to: c}\n", file="p.yaml", today=date(2026, 6, 1))


@pytest.mark.parametrize(("on", "column"), [("queued", 23), ("[queued, message]", 24)])
def test_a_rule_about_queues_wants_a_queue(on: str, column: int) -> None:
    """A rule on `queued` is refused where no team has a queue; a queue with a mistake in it counts as one."""
    text = (
        HEAD.replace("    queue:\n", "").replace(", queue: {}", "").replace(", skills: {refunds: 2}, capacity: 3", "")
    )
    rule = f"rules: [{{name: r, on: {on}, do: [{{note: x}}]}}]\n"
    assert told(text.replace(", skills: {law: 1}, capacity: 2", "") + rule) == [
        f"p.yaml:15:{column}: no team has a `queue`, so this never happens: give a team one, or remove this rule"
    ]
    assert told(HEAD + "      ofer: 2m\n" + rule) == [
        "p.yaml:16:7: `ofer` is not a key of a queue: did you mean `offer`?"
    ]


def test_a_whole_queue_is_no_mistake() -> None:
    """A queue with every possible key is read, and reads back equal from JSON."""
    queue = """\
      led_by: baton
      presence: by_shift
      offer: 2m
      lease: 30m
      grace: 5m
      silent_after: 90s
      capacity: 4
      weights: {voice: 2}
      head_start: {urgent: 1h, high: 20m}
      needs:
        - {skill: refunds, level: 2, when: '"refund" in conversation.tags', relax: [{after: 5m, level: 0}]}
        - {skill: refunds, required: false}
      language: required
      fair_over: 8h
      tell_every: 10m
      overflow: {after: 2h, to: b}
"""
    text = HEAD.replace("capacity: 3}", "capacity: 3, shift: day, languages: [de, en]}")
    document = load_policy(text + queue, file="p.yaml", today=date(2026, 6, 1))
    assert Document.model_validate_json(document.model_dump_json()) == document


def test_editors_check_queues_while_they_are_typed() -> None:
    """An editor that knows Baton's schema accepts a right queue and marks wrong values."""
    schema = jsonschema.Draft202012Validator(Document.model_json_schema())

    def accepts(**queue: object) -> bool:
        team = {"name": "A", "queue": {"offer": "2m", "needs": [{"skill": "law"}], **queue}}
        return schema.is_valid({"policy": "p", "version": 1, "teams": {"a": team}, "channels": {"x": "a"}})

    assert accepts()
    assert not accepts(led_by="helpdesk")
    assert not accepts(offer="soon")
    assert not accepts(capacity=0)
    assert not accepts(overflow={"after": "5m"})
