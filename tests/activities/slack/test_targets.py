"""The people whom a policy's target reaches on Slack."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.on_call.overrides import OnCall
from activities.slack.errors import SlackUnavailableError
from activities.slack.real import Slack
from activities.slack.recorded import RecordedSlack
from activities.slack.workspace import client
from policies.document.rotation import Override, Rotation
from policies.state.effects import Addressee, Notify
from tests.activities.conftest import STARTED_AT, Attempt
from tests.fakes.slack import FakeSlack

ANNA, BEN = Addressee(person="anna", slack="U0ANNA"), Addressee(person="ben", slack="U0BEN")
WITHOUT_SLACK = Addressee(person="cleo", slack="")
WEEKLY = Rotation.model_validate(
    {"timezone": "UTC", "layers": [{"people": ["anna", "ben"], "every": "weekly", "start": "2031-03-03 00:00"}]}
)

LATER = Rotation.model_validate(
    {"timezone": "UTC", "layers": [{"people": ["anna"], "every": "weekly", "start": "2032-01-01 00:00"}]}
)


def call(conversation_id: str, target: str, *people: Addressee, **fields: Any) -> Notify:
    return Notify(
        key=f"{conversation_id}/page:on-call.1/1.1/notify/0",
        conversation_id=conversation_id,
        due_at=STARTED_AT,
        because="75% of 15m have passed",
        target=target,
        headline="First response at risk",
        page="on-call.1/1.1",
        people=people,
        **fields,
    )


@pytest.fixture
def slack(workspace: FakeSlack, engine: AsyncEngine) -> Slack:
    return Slack(client("xoxb-test", workspace.url), engine)


@pytest.mark.parametrize("target", ["person:anna,ben", "team:billing"])
async def test_people_are_told_directly(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str, target: str
) -> None:
    """Everybody whom a step names gets a direct message, and the ladder learns who was reached."""
    accepted = await attempt(slack.notify, call(conversation_id, target, ANNA, BEN))
    assert accepted.reached == ("anna", "ben")
    assert sorted(message.channel for message in workspace.messages) == ["@U0ANNA", "@U0BEN"]


async def test_a_retry_tells_only_those_who_were_not_told(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """One of two people could not be reached: the retry does not call the other one twice."""
    workspace.fail_next(status=500)
    with pytest.raises(SlackUnavailableError):
        await attempt(slack.notify, call(conversation_id, "team:billing", ANNA, BEN))
    assert len(workspace.messages) == 1
    accepted = await attempt(slack.notify, call(conversation_id, "team:billing", ANNA, BEN), number=2)
    assert accepted.reached == ("anna", "ben")
    assert sorted(message.channel for message in workspace.messages) == ["@U0ANNA", "@U0BEN"]


async def test_one_who_cannot_be_reached_does_not_hold_back_the_others(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A person's account is deactivated: that is recorded, and the rest of the team is called."""
    workspace.refuse("@U0ANNA", "user_disabled")
    accepted = await attempt(slack.notify, call(conversation_id, "team:billing", ANNA, BEN))
    assert accepted.reached == ("ben",)
    assert accepted.ref.endswith(", not reached: anna")


async def test_an_unreachable_person_fails_the_step_at_once(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A person without a Slack member ID fails the step at once, with a sentence that says what to do."""
    with pytest.raises(ApplicationError) as refused:
        await attempt(slack.notify, call(conversation_id, "person:cleo", WITHOUT_SLACK))
    assert (refused.value.type, refused.value.message) == (
        "Permanent",
        "There is nobody to notify in person:cleo. Give them a Slack member ID in the policy, under `people`.",
    )


async def test_a_user_group_is_told_as_its_members(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """The members of a user group at the time of the call get direct messages."""
    workspace.groups["S0614TZR7"] = ["U0ANNA", "U0BEN"]
    accepted = await attempt(slack.notify, call(conversation_id, "slack:!S0614TZR7"))
    assert accepted.reached == ("U0ANNA", "U0BEN")
    assert sorted(message.channel for message in workspace.messages) == sorted(["@U0ANNA", "@U0BEN"])


async def test_an_empty_user_group_is_refused(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A user group without members fails the step at once."""
    workspace.groups["S0614TZR7"] = []
    with pytest.raises(ApplicationError, match=r"nobody to notify in slack:!S0614TZR7\. The user group is empty"):
        await attempt(slack.notify, call(conversation_id, "slack:!S0614TZR7"))


async def test_an_unknown_user_group_is_refused(slack: Slack, attempt: Attempt, conversation_id: str) -> None:
    """A mistyped user group is refused with a sentence that says what to correct."""
    with pytest.raises(ApplicationError, match=r"no_such_subteam\)\. Correct the target in the policy: a user group"):
        await attempt(slack.notify, call(conversation_id, "slack:!S0GONE"))


async def test_a_rotation_is_told_as_the_person_on_call(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str, engine: AsyncEngine
) -> None:
    """The rotation names the person who is called, and an override that was just added replaces that person."""
    effect = call(conversation_id, "on-call:primary", ANNA, BEN, policy=conversation_id, rotation=WEEKLY)
    assert (await attempt(slack.notify, effect)).reached == ("anna",)
    start = STARTED_AT.astimezone(ZoneInfo("UTC"))
    stand_in = Override(starts=start, until=start + timedelta(hours=1), person="ben", instead_of="anna")
    await OnCall(engine).add(conversation_id, "primary", stand_in, by="lead", at=STARTED_AT)
    later = effect.model_copy(update={"key": f"{conversation_id}/page:on-call.1/2.1/notify/0"})
    assert (await attempt(slack.notify, later)).reached == ("ben",)
    assert sorted(message.channel for message in workspace.messages) == sorted(["@U0ANNA", "@U0BEN"])


@pytest.mark.parametrize(
    ("people", "rotation", "why"),
    [
        ((BEN,), WEEKLY, r"Now anna: no Slack member ID\. Add an override \(baton on-call override\)"),
        ((ANNA,), LATER, r"Now nobody is on call\. Add an"),
        ((ANNA,), None, "names no rotation of the policy"),
    ],
    ids=["without Slack", "a gap", "no rotation"],
)
async def test_a_rotation_without_people_on_slack_is_refused(
    slack: Slack, attempt: Attempt, conversation_id: str, people: tuple[Addressee, ...], rotation: Any, why: str
) -> None:
    """A rotation that reaches nobody on Slack fails the step at once, and the sentence says why."""
    with pytest.raises(ApplicationError, match=why) as refused:
        await attempt(slack.notify, call(conversation_id, "on-call:primary", *people, rotation=rotation))
    assert refused.value.non_retryable


async def test_without_slack_each_recipient_is_recorded(
    engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """A team that tries Baton without Slack can read who would have been called."""
    recorded = RecordedSlack(engine)
    accepted = await attempt(recorded.notify, call(conversation_id, "team:billing", ANNA, BEN))
    assert (accepted.ref, accepted.reached) == ("recorded (no Slack token)", ("anna", "ben"))
    keys = [message.key for message in await recorded.messages() if message.key.startswith(f"{conversation_id}/")]
    assert keys == [f"{conversation_id}/page:on-call.1/1.1/notify/0/{who}" for who in ("anna", "ben")]
