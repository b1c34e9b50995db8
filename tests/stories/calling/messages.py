"""The messages about one story in the fake Slack."""

from tests.conftest import Story
from tests.fakes.slack import FakeSlack, Message


def messages_for(slack: FakeSlack, story: Story) -> list[Message]:
    """Return the messages that notify people of this conversation, in order; replies in threads notify nobody."""
    heard = [message for message in slack.messages if message.key.startswith(f"{story.id}/")]
    return [message for message in heard if message.thread_ts in ("", message.ts) or message.is_broadcast]
