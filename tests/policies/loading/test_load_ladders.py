"""Errors of escalation ladders and people: the support lead reads why a person or channel can't be called."""

import pytest

from tests.policies.loading.mistakes import told

HEAD = """\
policy: acme
version: 1
teams: {a: {name: A, tier: 1}, b: {name: B, tier: 2}}
channels: {email: a}
"""


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("{notify: 'person:ana'}", "5:59: there is no person `ana`: did you mean `anna`?"),
        ("{notify: ['person:anna', 'slack:#x']}", "5:59: `slack:#x` can't stand in a list: only people can"),
        ("{notify: 'team:b'}", "5:59: nobody would be reached: give a person under `people:` the entry `team: b`"),
        ("{notify: 'team:c'}", "5:59: there is no team `c`: the teams are `a`, `b`"),
        ("{notify: 'webhook:nowhere'}", "5:59: `webhook:nowhere` is not an address: write `webhook:https://host/path`"),
        (
            "{notify: 'apprise:'}",
            "5:59: `apprise:` takes a name, such as `apprise:sms`; the address goes under that name",
        ),
        ("{notify: 'slack:#a', everyone: true}", "5:59: `everyone` needs to know who that is: name people or a team"),
        ("{notify: 'slack:#a', when: 'customer.tierr == \"x\"'}", "5:86: `customer` has no `tierr` with this trigger"),
        ("{notify: 'slack:#a', during: nights}", "5:79: there are no business hours `nights`"),
        ("{notify: 'slack:#a', local_time: 'always'}", '5:83: "always"'),
        ("{notify: 'slack:#a', name: x}, {notify: 'slack:#b', name: x}", "5:108: another step is called `x` already"),
    ],
)
def test_a_step_that_can_reach_no_person_is_shown(steps: str, expected: str) -> None:
    """A step that can reach nobody is shown with its place and a remedy."""
    people = "people: {anna: {slack: U0ANNA, team: a}}"
    found = told(HEAD + f"escalations: {{people: {{lead: 'slack:#l', steps: [{steps}]}}}}\n{people}\n")
    assert len(found) == 1
    assert found[0].startswith(f"p.yaml:{expected}")


def test_an_address_in_a_policy_is_not_repeated() -> None:
    """A channel's address is a secret: an address in a policy is refused with a sentence that does not repeat it."""
    found = told(HEAD + "escalations: {a: {lead: 'slack:#l', steps: [{notify: 'apprise:tgram://123:hush/45'}]}}\n")
    assert [line.partition(": ")[2] for line in found] == [
        "`apprise:` takes a name, such as `apprise:sms`; the address goes under that name into BATON_NOTIFY"
    ]


@pytest.mark.parametrize(
    "last", ["{notify: 'person:anna'}", "{notify: 'slack:#a', when: 'false'}", "{notify: 'apprise:sms'}"]
)
def test_a_ladder_that_may_end_without_people_is_refused(last: str) -> None:
    """A ladder whose last step may reach nobody needs a lead, who then hears of it."""
    found = told(HEAD + f"escalations: {{people: {{steps: [{last}]}}}}\npeople: {{anna: {{slack: U0ANNA}}}}\n")
    assert [line.partition(": ")[2] for line in found] == [
        "the last step may reach nobody: name a `lead` who hears of it then, such as `lead: slack:#support-leads`"
    ]


def test_a_lead_has_to_be_there_whatever_happens() -> None:
    """A person can't be a ladder's lead, because the lead has to be reachable at any hour."""
    text = "escalations: {people: {lead: 'person:anna', steps: [{notify: 'slack:#a'}]}}\npeople: {anna: {slack: U0A}}\n"
    assert told(HEAD + text) == [
        "p.yaml:5:30: `person:anna` can't be the lead, who has to be reachable always: write `slack:#channel` or "
        "`slack:@user-id`"
    ]


def test_people_are_who_they_say() -> None:
    """A person needs a valid Slack member ID of their own, a team that exists and a time zone that exists."""
    text = """\
people:
  anna: {slack: U0ANNA, team: c}
  ben: {slack: U0ANNA, timezone: Europe/Berln}
  carl: {slack: carl}
"""
    assert told(HEAD + text) == [
        "p.yaml:6:31: there is no team `c`: the teams are `a`, `b`",
        "p.yaml:7:16: `anna` has the same Slack member ID: a press of a button has to be one person's",
        'p.yaml:7:34: There is no time zone "Europe/Berln"; did you mean "Europe/Berlin"?',
        "p.yaml:8:17: `carl` is no Slack member ID: it is in their profile in Slack, such as U024BE7LH",
    ]


@pytest.mark.parametrize(
    ("storm", "expected"),
    [
        ("{conversations: 1}", "5:78: `conversations` is too small: write 2 or more"),
        ("{conversations: many}", "5:78: `many` is not a whole number: write `conversations` in digits, such as 1"),
        ("{within: 5m}", "5:55: a storm needs `conversations`: add `conversations: …`"),
        ("{conversations: 10, within: soon}", "5:90: `soon` is not a duration: write a number and a unit"),
        ("{conversations: 10, withn: 5m}", "5:82: `withn` is not a key of a storm: did you mean `within`?"),
    ],
)
def test_a_storm_that_makes_no_sense_is_shown(storm: str, expected: str) -> None:
    """A storm with wrong values is shown with its place and a remedy."""
    found = told(HEAD + f"escalations: {{people: {{steps: [{{notify: 'slack:#a'}}], storm: {storm}}}}}\n")
    assert len(found) == 1
    assert found[0].startswith(f"p.yaml:{expected}")
