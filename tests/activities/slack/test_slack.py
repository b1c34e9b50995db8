"""Slack, against a workspace behind a real socket, and the recorded messages where there is no Slack."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.slack.errors import LOOKS, REMEDIES, SlackUnavailableError
from activities.slack.outbox import RecordedMessage
from activities.slack.real import Slack
from activities.slack.recorded import RecordedSlack
from activities.slack.rendering.buttons import Press, decode
from activities.slack.rendering.message import render
from activities.slack.rendering.text import Links
from activities.slack.workspace import client
from policies.state.effects import Notify, Promise
from tests.activities.conftest import STARTED_AT, Attempt
from tests.fakes.slack import FakeSlack


def notification(number: int = 1, target: str = "slack:#support", **fields: Any) -> Notify:
    given: dict[str, Any] = {"headline": "First response at risk", "because": "75% of 15m have passed", **fields}
    return Notify(
        key=f"c-17/on-call/{number}",
        conversation_id="c-17",
        due_at=STARTED_AT,
        target=target,
        **given,
    )


@pytest.fixture
def slack(workspace: FakeSlack) -> Slack:
    return Slack(client("xoxb-test", workspace.url))


async def test_a_channel_is_told_once_with_everything_it_needs(
    slack: Slack, workspace: FakeSlack, attempt: Attempt
) -> None:
    """The message says what happened, to which customer and why, without opening anything else."""
    facts = (("Customer", "Müller & Söhne"), ("Team", "Tier 1"))
    accepted = await attempt(slack.notify, notification(facts=facts))
    (message,) = workspace.in_channel("#support")
    assert (accepted.ref, accepted.repeated) == (f"{message.channel_id}/{message.ts}", False)
    assert message.text == "First response at risk — 75% of 15m have passed"
    assert message.metadata == {"event_type": "baton_notification", "event_payload": {"key": "c-17/on-call/1"}}
    assert message.blocks == [
        {"type": "header", "text": {"type": "plain_text", "text": "First response at risk", "emoji": True}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*Why now*\n75% of 15m have passed"}},
        {
            "type": "section",
            "fields": [
                {"type": "mrkdwn", "text": "*Customer*\nMüller &amp; Söhne"},
                {"type": "mrkdwn", "text": "*Team*\nTier 1"},
            ],
        },
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "Conversation c-17"}]},
    ]


async def test_acceptance_is_told_by_the_servers_clock(slack: Slack, attempt: Attempt) -> None:
    """The lateness of a call is counted by the server's time, also where a test or demonstration skips time."""
    accepted = await attempt(slack.notify, notification())
    assert STARTED_AT < accepted.accepted_at < STARTED_AT + timedelta(minutes=1)


async def test_a_person_is_told_directly(slack: Slack, workspace: FakeSlack, attempt: Attempt) -> None:
    """The person on call gets a direct message."""
    await attempt(slack.notify, notification(target="slack:@U024BE7LH"))
    await attempt(slack.notify, notification(2, target="slack:@U024BE7LH"))
    assert [message.key for message in workspace.in_channel("@U024BE7LH")] == ["c-17/on-call/1", "c-17/on-call/2"]
    assert workspace.calls == ["conversations.open", "chat.postMessage", "chat.postMessage"]


@pytest.mark.parametrize("target", ["slack:#support", "slack:@U024BE7LH"])
@pytest.mark.parametrize("same_worker", [True, False], ids=["same worker", "another worker"])
async def test_a_message_whose_confirmation_was_lost_is_not_sent_again(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, target: str, same_worker: bool
) -> None:
    """The connection breaks after Slack took the message: nobody is called twice."""
    workspace.fail_next(lost=True)
    with pytest.raises(SlackUnavailableError, match=r"Slack cannot be reached \(Server disconnected\)"):
        await attempt(slack.notify, notification(target=target))
    retrying = slack if same_worker else Slack(client("xoxb-test", workspace.url))
    accepted = await attempt(retrying.notify, notification(target=target), number=2)
    (message,) = workspace.messages
    assert (accepted.ref, accepted.repeated) == (f"{message.channel_id}/{message.ts}", True)


async def test_a_message_that_slack_was_slow_to_confirm_is_not_sent_again(
    slack: Slack, workspace: FakeSlack, attempt: Attempt
) -> None:
    """Slack answers too late: the first attempt has ended before the next begins, and nobody is called twice."""
    workspace.fail_next(hangs=True)
    with pytest.raises(SlackUnavailableError, match="Slack did not answer in time"):
        await attempt(slack.notify, notification(), seconds=0.2)
    accepted = await attempt(slack.notify, notification(), number=2)
    assert accepted.repeated
    assert len(workspace.messages) == 1


async def test_a_page_that_a_later_run_takes_over_is_not_sent_again(
    slack: Slack, workspace: FakeSlack, attempt: Attempt
) -> None:
    """A workflow that continued as new or was reset starts its attempts from one: nobody is called twice."""
    await attempt(slack.notify, notification())
    taken_over = notification().model_copy(update={"due_at": STARTED_AT - timedelta(seconds=11)})
    assert (await attempt(slack.notify, taken_over)).repeated
    assert len(workspace.messages) == 1


async def test_a_page_on_time_does_not_wait_for_a_look_around(
    slack: Slack, workspace: FakeSlack, attempt: Attempt
) -> None:
    """The first attempt of a call that has just become due is posted without a search."""
    await attempt(slack.notify, notification())
    assert workspace.calls == ["chat.postMessage"]


async def test_a_retry_finds_its_message_among_others(workspace: FakeSlack, attempt: Attempt) -> None:
    """In a busy workspace, a retry recognizes its own message by its key."""
    crowded = Slack(client("xoxb-test", workspace.url))
    for number in range(1, 6):
        await attempt(crowded.notify, notification(number))
    accepted = await attempt(crowded.notify, notification(3), number=2)
    assert accepted.ref == f"C001/{workspace.messages[2].ts}"
    assert len(workspace.messages) == 5


async def test_a_channel_is_found_on_any_page_of_the_list(attempt: Attempt) -> None:
    """A channel is found although Slack lists the workspace's channels on several pages."""
    async with FakeSlack(page=2) as workspace:
        first = Slack(client("xoxb-test", workspace.url))
        for number in range(1, 6):
            await attempt(first.notify, notification(number, target=f"slack:#channel-{number}"))
        another = Slack(client("xoxb-test", workspace.url))
        assert (await attempt(another.notify, notification(5, target="slack:#channel-5"), number=2)).repeated
        assert workspace.calls.count("conversations.list") == 3


async def test_a_retry_of_a_message_that_never_arrived_sends_it(
    slack: Slack, workspace: FakeSlack, attempt: Attempt
) -> None:
    """A call whose first attempt failed arrives with the second."""
    workspace.fail_next(status=500)
    with pytest.raises(SlackUnavailableError, match="HTTP 500"):
        await attempt(slack.notify, notification())
    accepted = await attempt(slack.notify, notification(), number=2)
    assert not accepted.repeated
    assert [message.key for message in workspace.messages] == ["c-17/on-call/1"]


async def test_a_retry_that_may_not_look_sends_rather_than_stays_silent(
    slack: Slack, workspace: FakeSlack, attempt: Attempt
) -> None:
    """An app without permission to read the channel still calls people."""
    workspace.fail_next("missing_scope", method="conversations.list")
    accepted = await attempt(slack.notify, notification(), number=2)
    assert not accepted.repeated
    assert len(workspace.messages) == 1


async def test_slack_says_when_to_come_back(slack: Slack, workspace: FakeSlack, attempt: Attempt) -> None:
    """When Slack asks to be called later, the next attempt waits exactly that long."""
    workspace.fail_next(retry_after=37)
    with pytest.raises(ApplicationError) as raised:
        await attempt(slack.notify, notification())
    assert (raised.value.type, raised.value.non_retryable) == ("RateLimited", False)
    assert raised.value.next_retry_delay == timedelta(seconds=37)
    assert raised.value.message == "Slack asked to be called again in 37 s."
    assert workspace.calls == ["chat.postMessage"]


async def test_a_message_is_found_behind_many_others(slack: Slack, workspace: FakeSlack, attempt: Attempt) -> None:
    """A worker died after posting, and hundreds of messages followed: the retry still finds its message."""
    workspace.fail_next(lost=True)
    with pytest.raises(SlackUnavailableError):
        await attempt(slack.notify, notification())
    (message,) = workspace.messages
    workspace.messages += [dataclasses.replace(message, ts=f"1800000000.{n:06}", metadata={}) for n in range(600)]
    accepted = await attempt(slack.notify, notification(), number=2)
    assert accepted.repeated


async def test_a_call_refused_for_the_rate_is_posted_without_a_search(
    slack: Slack, workspace: FakeSlack, attempt: Attempt
) -> None:
    """A call refused for Slack's limits was not posted, so the next attempt posts without a search."""
    workspace.fail_next(retry_after=1, times=2)
    for number in (1, 2):
        with pytest.raises(ApplicationError, match="asked to be called again"):
            await attempt(slack.notify, notification(), number=number)
    await attempt(slack.notify, notification(), number=3)
    assert workspace.calls == ["chat.postMessage"] * 3


async def test_an_attempt_elsewhere_after_a_refusal_is_looked_for(
    slack: Slack, workspace: FakeSlack, attempt: Attempt
) -> None:
    """The first attempt was asked to wait, the second one's worker died after posting: the third finds that message."""
    workspace.fail_next(retry_after=1)
    with pytest.raises(ApplicationError, match="asked to be called again"):
        await attempt(slack.notify, notification())
    await attempt(Slack(client("xoxb-test", workspace.url)).notify, notification(), number=2)
    accepted = await attempt(slack.notify, notification(), number=3)
    assert accepted.repeated
    assert len(workspace.messages) == 1


@pytest.mark.parametrize("code", sorted(set(REMEDIES) - LOOKS))
async def test_an_error_that_no_retry_can_cure_says_what_to_do(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, code: str
) -> None:
    """The error of a failed call says what to do, so that nobody needs to know Slack's error codes."""
    workspace.fail_next(code)
    with pytest.raises(ApplicationError) as raised:
        await attempt(slack.notify, notification())
    assert (raised.value.type, raised.value.non_retryable) == ("Permanent", True)
    assert raised.value.message == f"Slack refused the message to slack:#support ({code}). {REMEDIES[code]}"


async def test_a_missing_permission_is_named(slack: Slack, workspace: FakeSlack, attempt: Attempt) -> None:
    """The administrator reads which permission the app lacks."""
    workspace.fail_next("missing_scope", extra={"needed": "chat:write.public"})
    with pytest.raises(ApplicationError, match=r"\(missing_scope, needs chat:write\.public\)"):
        await attempt(slack.notify, notification())


@pytest.mark.parametrize("code", ["internal_error", "fatal_error", "service_unavailable", "something_new"])
async def test_an_error_that_may_pass_is_tried_again(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, code: str
) -> None:
    """An error of Slack's own, or one that Baton does not know, is tried again."""
    workspace.fail_next(code)
    with pytest.raises(SlackUnavailableError, match=code):
        await attempt(slack.notify, notification())


async def test_an_outage_ends_when_slack_is_back(slack: Slack, workspace: FakeSlack, attempt: Attempt) -> None:
    """A call that could not be posted during an outage is posted once after it."""
    with workspace.down():
        for number in (1, 2, 3):
            with pytest.raises(SlackUnavailableError, match=r"Slack cannot be reached \(Server disconnected\)"):
                await attempt(slack.notify, notification(), number=number)
    assert not (await attempt(slack.notify, notification(), number=4)).repeated
    assert [message.key for message in workspace.messages] == ["c-17/on-call/1"]


@pytest.mark.parametrize("target", ["pager:primary", "slack:", "slack:#", "#support"])
async def test_a_target_that_is_not_slack_is_refused(slack: Slack, attempt: Attempt, target: str) -> None:
    """A target that Slack can't reach is refused with a sentence that lists the kinds of targets."""
    with pytest.raises(ApplicationError) as raised:
        await attempt(slack.notify, notification(target=target))
    assert raised.value.type == "Permanent"
    assert raised.value.message == (
        f"{target!r} is not a target Baton can notify. Correct the target in the policy: slack:#channel, "
        "slack:@member-id, slack:!group-id, person:…, team:…, on-call:… or webhook:https://…"
    )


async def test_a_customer_cannot_ping_the_channel(slack: Slack, workspace: FakeSlack, attempt: Attempt) -> None:
    """A customer's text is shown as written: it pings nobody and makes no link."""
    await attempt(slack.notify, notification(headline="<!channel> & co", facts=(("<b>", "<@U1> <https://x|y>"),)))
    (message,) = workspace.messages
    assert message.text.startswith("&lt;!channel&gt; &amp; co — ")
    assert message.blocks[0]["text"]["text"] == "&lt;!channel&gt; &amp; co"
    assert message.blocks[2]["fields"][0]["text"] == "*&lt;b&gt;*\n&lt;@U1&gt; &lt;https://x|y&gt;"


@pytest.mark.parametrize("length", [20, 200, 500, 980])
async def test_a_conversation_may_have_a_long_id(workspace: FakeSlack, attempt: Attempt, length: int) -> None:
    """A conversation may have a long id: Slack takes the call, with its buttons."""
    words = "&" * 5000
    facts = tuple((words, words) for _ in range(20))
    effect = notification(headline=words, because=words, facts=facts, page="support-on-call.1/1.1")
    linked = Slack(client("xoxb-test", workspace.url), links=Links("https://desk.example/{conversation_id}"))
    await attempt(linked.notify, effect.model_copy(update={"conversation_id": "x" * length}))
    assert len(workspace.in_channel("#support")[0].buttons) == 6


def test_last_words_are_one_quotation() -> None:
    """A customer's last words are shown as one quotation, apart from Baton's own words."""
    _, blocks = render(notification(facts=(("Last words", "Twice!\n<Really> & truly\n\nRosa"),)))
    assert blocks[2]["text"]["text"] == "*Last words*\n>Twice!\n>&lt;Really&gt; &amp; truly\n>\n>Rosa"


def test_promises_are_told_in_the_readers_time() -> None:
    """A call shows when each promise is due in the reader's time zone, and which are paused or breached."""
    due = STARTED_AT + timedelta(minutes=15)
    states = (("First response", "running"), ("Next response", "at risk"), ("Resolution", "breached"))
    promises = [Promise(title=title, state=state, due_at=due) for title, state in states]
    _, blocks = render(notification(promises=(*promises, Promise(title="Resolution", state="paused"))))
    when = f"<!date^{int(due.timestamp())}^{{date_short_pretty}} {{time}}|03 Mar 09:30 UTC>"
    assert blocks[2]["text"]["text"].split("\n") == [
        f"*First response* due {when}",
        f":large_yellow_circle: *Next response* at risk, due {when}",
        f":red_circle: *Resolution* breached, was due {when}",
        "*Resolution* paused",
    ]


def test_links_lead_to_the_helpdesk_and_the_temporal_ui() -> None:
    """Each link opens the right conversation, whatever its id is; without an address there is no link."""
    links = Links("https://desk.example/c/{conversation_id}?a=1&b={x}", "https://ui.example/w/{workflow_id}")
    effect = notification().model_copy(update={"conversation_id": "a/b|c >d"})
    _, blocks = render(effect, links)
    assert blocks[-1]["elements"][0]["text"] == (
        "<https://desk.example/c/a%2Fb%7Cc%20%3Ed?a=1&amp;b={x}|Open in helpdesk> · "
        "<https://ui.example/w/conversation%2Fa%2Fb%7Cc%20%3Ed|Open in Temporal>"
    )
    assert len(render(effect)[1][-1]["elements"]) == 1


def test_a_page_has_its_buttons() -> None:
    """A call has its buttons, and pressing Resolve asks for confirmation."""
    effect = notification(page="support-on-call.2/1.3")
    row = render(effect)[1][-1]
    assert row["block_id"] == "baton.page"
    assert [(each["action_id"], each.get("style"), "confirm" in each) for each in row["elements"]] == [
        ("baton.acknowledge", "primary", False),
        ("baton.take", None, False),
        ("baton.escalate", None, False),
        ("baton.add_note", None, False),
        ("baton.resolve", None, True),
        ("baton.snooze", None, False),
    ]
    assert {each["value"] for each in row["elements"]} == {'{"c":"c-17","s":"support-on-call.2/1.3"}'}
    assert decode(row["elements"][0]["value"]) == Press(conversation_id="c-17", step="support-on-call.2/1.3")
    assert decode("{}") is None
    assert decode(None) is None


@pytest.mark.parametrize("letter", ["x", "&", "<", "ü", "🔥"])
@pytest.mark.parametrize("length", [0, 1, 145, 150, 151, 2000, 3001, 50_000])
async def test_any_text_fits_into_a_message(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, letter: str, length: int
) -> None:
    """A message of any length fits into what Slack takes, and its thread has the rest."""
    words = letter * length
    facts = tuple((words or "-", words) for _ in range(60))
    promises = tuple(Promise(title=words or "-", state=words or "-") for _ in range(9))
    effect = notification(headline=words, because=words, facts=facts, promises=promises, page="on-call.1/1.1")
    await attempt(slack.notify, effect)
    (message,) = workspace.in_channel("#support")
    assert bool(workspace.in_thread(message)) == bool(words)


def test_a_shortened_message_says_so() -> None:
    """A shortened message says that it was cut, and has its whole headline below the short one."""
    headline = "a < b, " * 40
    text, blocks = render(notification(headline=headline, facts=tuple(("Fact", str(n)) for n in range(41))))
    assert blocks[0]["text"]["text"] == "a &lt; b, " * 14 + "a … (cut)"
    assert blocks[1]["text"]["text"] == "a &lt; b, " * 40
    assert [len(block.get("fields", [])) for block in blocks] == [0, 0, 0, 10, 0]
    assert [field["text"] for field in blocks[3]["fields"]][-2:] == ["*Fact*\n8", "… (cut)"]
    assert text == "a &lt; b, " * 40 + " — 75% of 15m have passed"


async def test_without_slack_the_message_is_kept_and_says_so(
    engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """A team that tries Baton without Slack can read what would have been sent, once."""
    slack = RecordedSlack(engine)
    effect = notification().model_copy(update={"key": f"{conversation_id}/on-call/1"})
    first = await attempt(slack.notify, effect)
    second = await attempt(slack.notify, effect, number=2)
    assert (first.ref, first.repeated) == ("recorded (no Slack token)", False)
    assert (second.ref, second.repeated) == ("recorded (no Slack token)", True)
    text, blocks = render(effect)
    kept = [message for message in await slack.messages() if message.key == effect.key]
    assert kept == [RecordedMessage(key=effect.key, target=effect.target, text=text, blocks=blocks, at=STARTED_AT)]


async def test_without_slack_a_wrong_target_is_refused_too(engine: AsyncEngine, attempt: Attempt) -> None:
    """A wrong target is refused also where there is no Slack yet."""
    with pytest.raises(ApplicationError, match="is not a target Baton can notify"):
        await attempt(RecordedSlack(engine).notify, notification(target="pager:primary"))
