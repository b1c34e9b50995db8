"""The check of Slack targets: archived, renamed and deleted channels, deactivated people, empty user groups.

Promises one finding for each target of a policy that no message would reach now, with the name that people know it by;
and that a check which Slack does not answer fails, and reports nothing. Must not post anything.

Beside the permissions for messages it needs users:read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from temporalio import activity

from activities.effects.accepted import server_now
from activities.effects.errors import permanent, retry_after
from activities.slack.checking.findings import MOST_SHOWN, TargetFinding, TargetReport, TargetRequest
from activities.slack.checking.named import targets_of
from activities.slack.errors import REMEDIES, answer, ask, code_of, explained, is_rate_limit
from activities.slack.workspace import LIST_PAGE
from policies.document.document import Document

log: Any = structlog.get_logger("baton.on_call")

_TYPES, _MOST_PAGES = "public_channel,private_channel", 200
_LONGEST_WAIT, _MOST_WAITS = 60.0, 20
"""The most seconds that Slack may have one call wait, and the most calls of one check that wait."""
_NO_SLACK = "There is no Slack to ask: set BATON_SLACK_TOKEN."
_NO_CHANNEL = "there is no such channel: it was deleted, or is private and Baton's app was not invited"
_ARCHIVED = "the channel is archived"


class TargetCheck:
    """The check, the same from the command line and from a Schedule. `client` is None where there is no Slack token."""

    def __init__(self, client: AsyncWebClient | None, policies: Mapping[str, Document]) -> None:
        self._client = client
        self._policies = policies

    @activity.defn(name="slack.check_targets")
    async def run(self, request: TargetRequest) -> TargetReport:
        """Check all targets once, count the findings as a metric and log each."""
        found = await self.look(request)
        counter = activity.metric_meter().create_counter("baton_unreachable_targets", "Slack targets out of reach")
        counter.add(found.left)
        for each in found.findings:
            log.error("on_call.unreachable", **each.model_dump(mode="json"))
        log.info("on_call.checked", looked_at=found.looked_at, left=found.left)
        return found

    async def look(self, request: TargetRequest) -> TargetReport:
        """Check all targets once. Raises a permanent error where there is no Slack to ask."""
        if self._client is None:
            raise permanent(_NO_SLACK)
        names = [name for name in sorted(self._policies) if name in (request.policies or self._policies)]
        named = {name: targets_of(self._policies[name]) for name in names}
        wrong = await self._wrong(sorted({each for targets in named.values() for each in targets}), self._client)
        findings = [
            TargetFinding(policy=name, name=_shown(address, self._policies[name]), places=places, what=wrong[address])
            for name, targets in named.items()
            for address, places in targets.items()
            if address in wrong
        ]
        looked_at = sum(map(len, named.values()))
        shown = tuple(findings[:MOST_SHOWN])
        return TargetReport(at=server_now(), looked_at=looked_at, left=len(findings), findings=shown)

    async def _wrong(self, addresses: Sequence[str], client: AsyncWebClient) -> dict[str, str]:
        with explained("ask about targets"):
            try:
                return await _Asking(client).wrong(addresses)
            except SlackApiError as error:
                if is_rate_limit(error) or (code := code_of(error)) not in REMEDIES:
                    raise
                why = f"{code}{_needs(error)}"
                raise permanent(f"Slack does not answer about targets ({why}). {REMEDIES[code]}") from error


def _shown(address: str, policy: Document) -> str:
    """Return the name by which people know a target: a person's, with the member ID, else the address."""
    people = (person.name or key for key, person in policy.people.items() if address == f"@{person.slack}")
    return next((f"{name} ({address})" for name in people), address)


class _Asking:
    """One check's calls of Slack."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._waits = 0

    async def wrong(self, addresses: Sequence[str]) -> dict[str, str]:
        """Return why no message would reach an address now, for each of which that is true."""
        is_named = any(address.startswith("#") for address in addresses)
        channels = await self._channels() if is_named else ()
        found = {address: await self._problem(address, channels) for address in addresses}
        return {address: problem for address, problem in found.items() if problem}

    async def _problem(self, address: str, channels: Sequence[Mapping[str, Any]]) -> str:
        match address[0]:
            case "#":
                return _problem_by_name(address[1:], channels)
            case "@":
                return await self._problem_of_person(address[1:])
            case "!":
                return await self._problem_of_group(address[1:])
            case _:
                return await self._problem_of_channel(address)

    async def _channels(self) -> list[Mapping[str, Any]]:
        """Return all channels that Slack shows to the app, also archived ones."""
        found: list[Mapping[str, Any]] = []
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = await self._ask(
                partial(self._client.conversations_list, types=_TYPES, limit=LIST_PAGE, cursor=cursor)
            )
            found += page.get("channels") or ()
            more: dict[str, Any] = page.get("response_metadata") or {}
            cursor = str(more.get("next_cursor") or "")
            if not cursor:
                break
        return found

    async def _problem_of_channel(self, channel: str) -> str:
        try:
            told = await self._ask(lambda: self._client.conversations_info(channel=channel))
        except SlackApiError as error:
            return _refused(error, channel_not_found=_NO_CHANNEL)
        return _ARCHIVED if (told.get("channel") or {}).get("is_archived") else ""

    async def _problem_of_person(self, member: str) -> str:
        try:
            told = await self._ask(lambda: self._client.users_info(user=member))
        except SlackApiError as error:
            unknown = "Slack knows no person with this member ID"
            return _refused(error, user_not_found=unknown, user_not_visible=unknown, users_not_found=unknown)
        user = told.get("user") or {}
        if user.get("deleted"):
            return "the person's account is deactivated"
        return "this is an app, not a person" if user.get("is_bot") else ""

    async def _problem_of_group(self, group: str) -> str:
        none = "there is no such user group, or it is disabled"
        try:
            told = await self._ask(lambda: self._client.usergroups_users_list(usergroup=group))
        except SlackApiError as error:
            return _refused(error, no_such_subteam=none, subteam_not_found=none)
        return "" if told.get("users") else "the user group is empty"

    async def _ask(self, call: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
        """Return Slack's answer, and wait as long as Slack asks where it limits the calls."""
        while True:
            try:
                return await ask(call())
            except SlackApiError as error:
                response: Any = error.response
                wait = retry_after(str(response.headers.get("Retry-After") or "1")) if is_rate_limit(error) else None
                if wait is None or self._waits == _MOST_WAITS:
                    raise
                self._waits += 1
                await asyncio.sleep(min(wait.total_seconds(), _LONGEST_WAIT))


def _problem_by_name(name: str, channels: Sequence[Mapping[str, Any]]) -> str:
    """Return the problem with a channel's name. An archived channel's name may belong to another one by now."""
    named = [channel for channel in channels if channel.get("name") == name]
    if any(not channel.get("is_archived") for channel in named):
        return ""
    renamed = (each for each in channels if name in (each.get("previous_names") or ()) and not each.get("is_archived"))
    if (now := next(renamed, None)) and not named:
        return f"the channel is called #{now['name']} now: write slack:{now['id']}, which survives a new name"
    return _ARCHIVED if named else _NO_CHANNEL


def _refused(error: SlackApiError, **known: str) -> str:
    """Return a problem that Slack's refusal means. Raises the error where it is about the check itself."""
    code = code_of(error)
    if code == "missing_scope":
        return f"it could not be checked ({code}{_needs(error)}): {REMEDIES[code]}"
    if code not in known:
        raise error
    return known[code]


def _needs(error: SlackApiError) -> str:
    needed = answer(error.response).get("needed")
    return f", needs {needed}" if needed else ""
