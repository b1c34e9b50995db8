"""Calls where Slack answers strangely, or where Baton can't prepare or remember the message."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.database.tables import engine as connect
from activities.slack.errors import LOOKS, PASSING, SlackUnavailableError
from activities.slack.real import Slack
from activities.slack.unknown import TRIES
from activities.slack.workspace import client
from policies.state.effects import Addressee, Notify
from tests.activities.conftest import STARTED_AT, Attempt
from tests.fakes.slack import FakeSlack

PREPARING = ("conversations.list", "conversations.history", "conversations.open")
NO_OBJECT = "HTTP 200 no JSON object (application/json)"
STRANGE: dict[str, tuple[dict[str, Any], str]] = {
    "an error that is not listed": ({"error": "something_new"}, "HTTP 200 something_new"),
    "a whole text as an error": ({"error": "x" * 9_000}, f"HTTP 200 {'x' * 100}"),
    "a page of a proxy": ({}, "HTTP 200 no JSON object (text/html)"),
    "a page that is missing": ({"status": 404}, "HTTP 404 no JSON object (text/html)"),
    "a page that is forbidden": ({"status": 403}, "HTTP 403 no JSON object (text/html)"),
    "a redirection to nowhere": ({"status": 302}, "HTTP 302 a redirection, which is not followed"),
    "an empty body": ({"body": "", "content_type": "application/json"}, NO_OBJECT),
    "an answer without ok": ({"body": '{"channel": "C1"}', "content_type": "application/json"}, "HTTP 200"),
    "an answer that is null": ({"body": "null", "content_type": "application/json"}, NO_OBJECT),
    "half an answer": ({"body": '{"ok": tr', "content_type": "application/json"}, NO_OBJECT),
    "a list": ({"body": "[1]", "content_type": "application/json"}, NO_OBJECT),
    "plain words": ({"body": "ok", "content_type": "text/plain"}, "HTTP 200 no JSON object (text/plain)"),
}
STRANGE_LOOKS = [STRANGE[name][0] for name in ("an error that is not listed", "a page of a proxy", "a list")]
TROUBLE: dict[str, dict[str, Any]] = {
    **{code: {"error": code} for code in sorted(PASSING)},
    "HTTP 500": {"status": 500},
    "HTTP 503 with a new error": {"status": 503, "error": "something_new"},
    "a broken connection": {"lost": True},
}


def call(target: str = "slack:#support", **fields: Any) -> Notify:
    """Return a call of the second step, which replies in the first step's thread."""
    return Notify(
        key="c-17/page:on-call.1/1.2",
        conversation_id="c-17",
        due_at=STARTED_AT,
        because="75% of 15m have passed",
        target=target,
        headline="First response at risk",
        page="on-call.1/1.2",
        **fields,
    )


@pytest.fixture(params=["no tables", "no database", "no server"])
async def broken(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """Yield a database that can't be used: without tables, no database at all, or unreachable."""
    (tmp_path / "no database").write_text("This is a letter, and no database at all. " * 100)
    address = f"sqlite:///{tmp_path}/{request.param}"
    made = connect("postgresql://nobody@127.0.0.1:9/none" if request.param == "no server" else address)
    yield made
    await made.dispose()


@pytest.fixture
def slack(workspace: FakeSlack) -> Slack:
    """Return a worker's Slack without a database."""
    return Slack(client("xoxb-test", workspace.url))


async def fails(attempt: Attempt, slack: Slack, effect: Notify, number: int) -> Exception:
    """Return the error with which an attempt fails."""
    with pytest.raises((SlackUnavailableError, ApplicationError)) as raised:
        await attempt(slack.notify, effect, number=number)
    return raised.value


@pytest.mark.parametrize("strange", STRANGE)
async def test_an_unknown_answer_is_a_failure_after_a_few_tries(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, strange: str
) -> None:
    """An unknown answer of Slack's is tried four times, and then the step fails with a plain sentence."""
    how, said = STRANGE[strange]
    workspace.fail_next(times=TRIES, **how)
    for number in range(1, TRIES):
        error = await fails(attempt, slack, call(), number)
        assert str(error) == f"Slack did not take the message to slack:#support: {said}"
    last = await fails(attempt, slack, call(), TRIES)
    assert isinstance(last, ApplicationError)
    assert last.non_retryable
    assert last.message == (
        f"Slack answered the message to slack:#support 4 times with something that Baton does not know: {said}. "
        "Look it up in Slack's documentation, and check the proxy between Baton and Slack."
    )
    assert workspace.messages == []


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_a_trouble_of_slacks_own_is_never_final(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, trouble: str
) -> None:
    """An outage of Slack's is tried again and again, and the message arrives once when it is over."""
    workspace.fail_next(times=TRIES + 3, **TROUBLE[trouble])
    for number in range(1, TRIES + 4):
        if trouble == "a broken connection" and number > 1:
            break  # the message was posted, and the next attempt finds it
        assert isinstance(await fails(attempt, slack, call(), number), SlackUnavailableError)
    await attempt(slack.notify, call(), number=TRIES + 4)
    assert [message.key for message in workspace.messages] == ["c-17/page:on-call.1/1.2"]


@pytest.mark.parametrize("target", ["slack:#support", "slack:@U024BE7LH"])
@pytest.mark.parametrize(
    "how", [{"retry_after": 30}, {"status": 503}, {"stalls": True}, *(s for s, _ in STRANGE.values())]
)
async def test_a_look_that_fails_costs_no_call(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, target: str, how: dict[str, Any]
) -> None:
    """After a failed attempt Baton searches for its message; when that search fails, the call still goes out."""
    workspace.fail_next(status=503)
    await fails(attempt, slack, call(target), 1)
    for method in PREPARING:
        workspace.fail_next(method=method, times=9, **how)
    await attempt(slack.notify, call(target), number=2, seconds=1)
    assert [message.key for message in workspace.messages] == ["c-17/page:on-call.1/1.2"]


async def test_a_long_list_of_channels_is_not_read_to_its_end(attempt: Attempt) -> None:
    """A workspace of thousands of channels delays no call: at most ten pages of its list are read."""
    async with FakeSlack(page=1) as workspace:
        other = Slack(client("xoxb-test", workspace.url))
        for number in range(12):
            earlier = call(f"slack:#channel-{number}").model_copy(update={"key": str(number)})
            await attempt(other.notify, earlier)
        slack = Slack(client("xoxb-test", workspace.url))
        await attempt(slack.notify, call("slack:#support"), number=2)
        assert workspace.calls.count("conversations.list") == 10
        assert len(workspace.in_channel("#support")) == 1


@pytest.mark.parametrize("code", sorted(LOOKS))
async def test_a_message_whose_looks_are_refused_goes_out_as_text(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, code: str
) -> None:
    """When Slack refuses the layout of a call, people get its text, so that our defect costs no call."""
    workspace.fail_next(code)
    await attempt(slack.notify, call())
    (message,) = workspace.messages
    assert (message.text, message.blocks) == ("First response at risk — 75% of 15m have passed", [])


async def test_a_reply_to_a_message_that_is_gone_goes_to_the_channel(
    engine: AsyncEngine, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A person deletes the first call's message: the second call still reaches the channel."""
    slack = Slack(client("xoxb-test", workspace.url), engine)
    first = call("slack:#tidied").model_copy(
        update={"conversation_id": conversation_id, "key": f"{conversation_id}/1.1", "page": "a.1/1.1"}
    )
    await attempt(slack.notify, first)
    workspace.delete(workspace.messages[0])
    second = first.model_copy(update={"key": f"{conversation_id}/1.2", "page": "a.1/1.2"})
    await attempt(slack.notify, second)
    assert [message.key for message in workspace.in_channel("#tidied")] == [f"{conversation_id}/1.2"]


@pytest.mark.parametrize("how", [{"retry_after": 30}, {"status": 503}, {"body": "[1]"}, {"error": "something_new"}])
async def test_a_group_is_called_as_it_was_last_known(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, how: dict[str, Any]
) -> None:
    """When Slack does not say who is in a user group, its last known members are called."""
    workspace.groups["S1"] = ["U1", "U2"]
    await attempt(slack.notify, call("slack:!S1").model_copy(update={"key": "earlier"}))
    workspace.fail_next(method="usergroups.users.list", **how)
    accepted = await attempt(slack.notify, call("slack:!S1"))
    assert accepted.reached == ("U1", "U2")


async def test_details_that_hang_cost_no_confirmation(slack: Slack, workspace: FakeSlack, attempt: Attempt) -> None:
    """The call is posted, but its long text in the thread hangs: the step counts as delivered."""
    long = call(facts=(("Last words", "word " * 1_000),))
    workspace.fail_next(stalls=True, after=1)
    accepted = await attempt(slack.notify, long, seconds=1)
    assert not accepted.repeated
    assert [message.key for message in workspace.messages] == ["c-17/page:on-call.1/1.2"]


async def test_a_database_that_breaks_in_any_way_costs_no_call(
    workspace: FakeSlack, attempt: Attempt, broken: AsyncEngine
) -> None:
    """The database has no tables, is no database, or is unreachable: the call goes out."""
    slack = Slack(client("xoxb-test", workspace.url), broken)
    people = (Addressee(person="anna", slack="U0ANNA"),)
    await attempt(slack.notify, call("team:billing", people=people), number=2)
    assert [message.channel for message in workspace.messages] == ["@U0ANNA"]


HOW = st.sampled_from([None, {"retry_after": 30}, {"status": 503}, {"error": "something_new"}, {"body": "[1]"}])
POST = st.sampled_from([{"retry_after": 1}, {"status": 500}, {"error": "internal_error"}, {"error": "something_new"}])


@given(
    target=st.sampled_from(["slack:#support", "slack:@U024BE7LH", "team:billing"]),
    how=st.fixed_dictionaries(dict.fromkeys((*PREPARING, "conversations.replies"), HOW)),
    posts=st.lists(POST, max_size=TRIES - 1),
)
@hypothesis.settings(max_examples=40, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
async def test_a_call_goes_out_with_the_first_post_that_slack_takes(
    attempt: Attempt, target: str, how: dict[str, dict[str, Any] | None], posts: list[dict[str, Any]]
) -> None:
    """The first attempt whose post Slack takes is the last one, whatever Slack answers to everything else."""
    people = (Addressee(person="anna", slack="U0ANNA"),)
    async with FakeSlack() as workspace:
        for method, failure in how.items():
            if failure is not None:
                workspace.fail_next(method=method, times=99, **failure)
        for failure in posts:
            workspace.fail_next(**failure)
        slack = Slack(client("xoxb-test", workspace.url))
        for number in range(1, len(posts) + 1):
            await fails(attempt, slack, call(target, people=people), number)
        await attempt(slack.notify, call(target, people=people), number=len(posts) + 1)
        assert len(workspace.messages) == 1
