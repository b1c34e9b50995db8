"""Slack targets of policies: by channel ID, and found out of reach before a person is needed."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.slack.checking.findings import TargetFinding, TargetRequest
from activities.slack.checking.look import TargetCheck
from activities.slack.errors import SlackUnavailableError
from activities.slack.real import Slack
from activities.slack.workspace import client
from policies.loading.load import load_policy
from policies.state.effects import Notify
from tests.activities.conftest import STARTED_AT, Attempt
from tests.fakes.slack import FakeSlack

POLICY = load_policy(
    """\
policy: acme
version: 1
alert: "slack:#alerts"
teams: {support: {name: Support}}
channels: {email: support}
rules:
  - {name: told, on: message, do: [{notify: "slack:#old-name"}]}
people:
  ada: {name: Ada Lovelace, slack: U0ADA1}
  ben: {name: Ben, slack: U0BEN1}
  cleo: {name: Cleo}
on_call:
  primary: {layers: [{people: [ada, ben], every: weekly, start: 2031-03-03 09:00}]}
escalations:
  support:
    lead: "slack:C0LEADS1"
    steps:
      - {notify: "on-call:primary", wait: 5m}
      - {notify: "slack:#desk", wait: 5m}
      - {notify: "slack:!S0CREW", wait: 5m}
      - {notify: "slack:@U0GONE", wait: 5m}
""",
    file="acme.yaml",
    today=STARTED_AT.date(),
)
ALL = TargetRequest()


@pytest.fixture
def sound(workspace: FakeSlack) -> FakeSlack:
    """Return a workspace in which every target of the policy can be reached."""
    names = {"#alerts": "C0ALERTS", "#old-name": "C0OLD", "#desk": "C0DESK", "#leads": "C0LEADS1", "#other": "C0OTHER"}
    for name, id in names.items():
        workspace.channel(name, id=id)
    workspace.people |= {"U0ADA1": {}, "U0BEN1": {}, "U0GONE": {}}
    workspace.groups["S0CREW"] = ["U0ADA1"]
    return workspace


async def found(workspace: FakeSlack) -> dict[str, str]:
    """Return the findings: what is wrong, by the name of the channel or person."""
    report = await TargetCheck(client("xoxb-test", workspace.url), {"acme": POLICY}).look(ALL)
    assert report.looked_at == 8
    assert report.left == len(report.findings)
    return {each.name: each.what for each in report.findings}


async def test_reachable_channels_and_people_are_no_finding(sound: FakeSlack) -> None:
    """A policy whose channels and people are all there has no finding."""
    assert await found(sound) == {}


async def test_each_target_out_of_reach_is_a_finding_with_a_name(sound: FakeSlack) -> None:
    """An archived, renamed or deleted channel, a deactivated person and an empty group are findings with a name."""
    sound.channel("#alerts", id="C0ALERTS", is_archived=True)
    sound.channel("#leads", id="C0LEADS1", is_archived=True)
    sound.rename("#old-name", "#new-name")
    sound.rename("#desk", "#old-desk")
    sound.channel("#old-desk", id="C0DESK", is_archived=True, previous_names=["desk"])
    sound.people["U0ADA1"] = {"deleted": True}
    sound.people["U0BEN1"] = {"is_bot": True}
    del sound.people["U0GONE"]
    sound.groups["S0CREW"] = []
    assert await found(sound) == {
        "#alerts": "the channel is archived",
        "C0LEADS1": "the channel is archived",
        "#old-name": "the channel is called #new-name now: write slack:C0OLD, which survives a new name",
        "#desk": "there is no such channel: it was deleted, or is private and Baton's app was not invited",
        "Ada Lovelace (@U0ADA1)": "the person's account is deactivated",
        "Ben (@U0BEN1)": "this is an app, not a person",
        "@U0GONE": "Slack knows no person with this member ID",
        "!S0CREW": "the user group is empty",
    }


async def test_a_finding_says_where_the_policy_names_it(sound: FakeSlack) -> None:
    """A finding names the policy and the place in it; only the policies that were asked for are looked at."""
    sound.people["U0ADA1"] = {"deleted": True}
    report = await TargetCheck(client("xoxb-test", sound.url), {"acme": POLICY, "other": POLICY}).look(
        TargetRequest(policies=("acme",))
    )
    assert report.findings == (
        TargetFinding(
            policy="acme",
            name="Ada Lovelace (@U0ADA1)",
            places=("people.ada",),
            what="the person's account is deactivated",
        ),
    )


async def test_a_check_waits_where_slack_limits_it(sound: FakeSlack) -> None:
    """A check that Slack limits waits as long as Slack asks and then goes on."""
    sound.fail_next(method="users.info", retry_after=0)
    sound.fail_next(method="conversations.list", retry_after=0)
    assert await found(sound) == {}


async def test_a_missing_permission_is_said(sound: FakeSlack) -> None:
    """An app that may not look at people checks the rest, and names the permission that it needs."""
    sound.channel("#alerts", id="C0ALERTS", is_archived=True)
    sound.fail_next("missing_scope", method="users.info", times=3, extra={"needed": "users:read"})
    why = (
        "it could not be checked (missing_scope, needs users:read): "
        "Give Baton's Slack app the missing permission and install it again."
    )
    people = ("Ada Lovelace (@U0ADA1)", "Ben (@U0BEN1)", "@U0GONE")
    assert await found(sound) == {"#alerts": "the channel is archived", **dict.fromkeys(people, why)}


async def test_a_slack_that_does_not_answer_is_no_finding(sound: FakeSlack) -> None:
    """A check that Slack does not answer, or for which there is no token, fails and reports no finding."""
    sound.fail_next("invalid_auth", method="conversations.list")
    with pytest.raises(ApplicationError, match="invalid_auth"):
        await found(sound)
    sound.fail_next(method="users.info", status=500)
    with pytest.raises(SlackUnavailableError):
        await found(sound)
    with pytest.raises(ApplicationError, match="set BATON_SLACK_TOKEN"):
        await TargetCheck(None, {"acme": POLICY}).look(ALL)


async def test_a_channel_by_its_id_survives_a_new_name(sound: FakeSlack, engine: AsyncEngine, attempt: Attempt) -> None:
    """A message to `slack:C…` arrives whatever the channel is called by now; one to the old name is refused."""
    slack = Slack(client("xoxb-test", sound.url), engine)
    sound.rename("#leads", "#leads-eu")

    def notice(target: str) -> Notify:
        fields = {"conversation_id": "c-id", "due_at": STARTED_AT, "because": "late", "headline": "Late"}
        return Notify(key=f"c-id/{target}", target=target, **fields)

    await attempt(slack.notify, notice("slack:C0LEADS1"))
    assert [message.channel for message in sound.messages] == ["#leads-eu"]
    with pytest.raises(ApplicationError, match="channel_not_found"):
        await attempt(slack.notify, notice("slack:#leads"))
