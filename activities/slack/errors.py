"""The errors of Slack, in four kinds: refused, asked to wait, in trouble, unknown.

- Refused: an error of `REMEDIES`. It is permanent at once, and the sentence names the remedy.
- Asked to wait: the next attempt waits as long as Slack asked.
- In trouble: no answer, HTTP 5xx, or an error of `PASSING`. It is tried again within the effect's total time.
- Unknown: any other answer. It is tried again a few times, then it is permanent (`activities.slack.unknown`).

Must not know what was being sent.
"""

from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from activities.effects.errors import permanent, rate_limited, retry_after

POLICY = "Correct the target in the policy"
_TOKEN = "Install Baton's Slack app again and give Baton its new token."
_DEFECT = "This is a defect in Baton's rendering: please report it."
_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}
LOOKS = frozenset({"msg_too_long", "no_text", "invalid_metadata_format", "metadata_too_large", *_BLOCKS})
"""The errors by which Slack refuses how a message looks. Its plain text may still go out."""
REMEDIES = {
    "channel_not_found": f"{POLICY}, or if the channel is private, invite Baton's app to it with /invite.",
    "not_in_channel": "Invite Baton's app to the channel with /invite.",
    "is_archived": f"The channel is archived. {POLICY}, or unarchive the channel.",
    "user_not_found": f"{POLICY}: a person is named by their member ID, such as slack:@U024BE7LH.",
    "user_not_visible": f"{POLICY}: Baton's app may not see this person.",
    "user_disabled": f"{POLICY}: this person's account is deactivated.",
    "cannot_dm_bot": f"{POLICY}: this is an app, not a person.",
    **dict.fromkeys(
        ("no_such_subteam", "subteam_not_found"),
        f"{POLICY}: a user group is named by its ID, such as slack:!S0614TZR7.",
    ),
    "missing_scope": "Give Baton's Slack app the missing permission and install it again.",
    "no_permission": "Invite Baton's app to the channel with /invite.",
    "access_denied": "Ask a Slack administrator to let Baton's app post there.",
    "ekm_access_denied": "Slack administrators have suspended posting there. Ask them to let Baton's app post.",
    "restricted_action": "Ask a Slack administrator to let Baton's app post there.",
    "restricted_action_read_only_channel": f"The channel is read-only. {POLICY}, or let Baton's app post there.",
    "restricted_action_thread_only_channel": f"The channel takes replies only. {POLICY}.",
    **dict.fromkeys(("not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired"), _TOKEN),
    "not_allowed_token_type": "Give Baton the bot token, which begins with xoxb-.",
    "messages_tab_disabled": "Turn on the Messages tab in the App Home of Baton's Slack app.",
    "team_access_not_granted": "Ask a Slack administrator to give Baton's app access to this workspace.",
    "two_factor_setup_required": "The account that Baton's app belongs to must set up two-factor authentication.",
    **dict.fromkeys(LOOKS, _DEFECT),
}
"""Slack's names for errors that no retry can cure, and what to do about each."""

PASSING = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
"""Slack's names for its own troubles, which pass."""

NO_THREAD = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message", "invalid_thread_ts"})
"""The errors where the thread for a reply is gone. The message may still go to the channel."""

DELETED = frozenset({"message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed"})
"""The errors where a message can no longer be changed, in a channel that may take another one."""

GONE = DELETED | {"channel_not_found", "is_archived", "not_in_channel"}
"""The errors where a message can no longer be changed: it is deleted or too old, or its channel is closed."""


class SlackUnavailableError(Exception):
    """Slack could not take the message now; the next attempt may succeed."""


class UnknownAnswerError(SlackUnavailableError):
    """Slack's answer is one that Baton does not know. `said` is that answer in a few words."""

    def __init__(self, what: str, said: str) -> None:
        super().__init__(f"Slack did not take the message to {what}: {said}")
        self.what, self.said = what, said


class UnreadableAnswerError(Exception):
    """The answer of Slack, or of a gateway in its place, is not the JSON object that Slack promises."""


@contextmanager
def explained(what: str) -> Generator[None]:
    """Turn Slack's errors within the block into Baton's; `what` says in them which message, and where to."""
    try:
        yield
    except SlackApiError as error:
        raise _failure(error, what) from error
    except UnreadableAnswerError as error:
        raise UnknownAnswerError(what, str(error)) from error
    except TimeoutError as error:
        raise SlackUnavailableError("Slack did not answer in time.") from error
    except ClientError as error:
        raise SlackUnavailableError(f"Slack cannot be reached ({error})") from error


async def ask(calling: Awaitable[Any]) -> dict[str, Any]:
    """Await a call of Slack and return its JSON.

    The library fails in various ways on answers that are no JSON object; all of them become UnreadableAnswerError.
    """
    try:
        return answer(await calling)
    except (SlackApiError, ClientError, TimeoutError):
        raise
    except Exception as error:
        raise UnreadableAnswerError(f"an answer that cannot be read ({type(error).__name__})") from error


def answer(response: Any) -> dict[str, Any]:
    """Return Slack's JSON; empty where the answer is something else, as a gateway's is in an outage."""
    data: Any = getattr(response, "data", None)
    return data if isinstance(data, dict) else {}


def code_of(error: SlackApiError) -> str:
    """Return Slack's name for the error."""
    return str(answer(error.response).get("error") or "")


def is_rate_limit(error: SlackApiError) -> bool:
    """Return whether Slack refused a call for its rate limits, without doing any of it."""
    return _status(error) == 429 or code_of(error) in ("ratelimited", "rate_limited")


def _status(error: SlackApiError) -> int:
    response: Any = error.response
    return int(getattr(response, "status_code", 0) or getattr(response, "status", 0))


def _failure(error: SlackApiError, what: str) -> Exception:
    response: Any = error.response
    code, status = code_of(error), _status(error)
    if is_rate_limit(error):
        return rate_limited("Slack", retry_after(str(response.headers.get("Retry-After") or "")))
    if code in REMEDIES:
        needed = answer(response).get("needed")
        missing = f", needs {needed}" if needed else ""
        return permanent(f"Slack refused the message to {what} ({code}{missing}). {REMEDIES[code]}")
    said = f"HTTP {status} {code}".rstrip()
    if status >= 500 or code in PASSING:
        return SlackUnavailableError(f"Slack did not take the message to {what}: {said}")
    return UnknownAnswerError(what, said)
