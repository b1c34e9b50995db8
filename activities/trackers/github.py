"""GitHub Issues, in the REST API of version 2022-11-28 (https://docs.github.com/en/rest/issues/issues).

Promises one issue for each key: each carries a mark, which is looked for before an issue is made. Nothing that a
customer wrote names a person, an issue or HTML on GitHub. Must not know why something is reported.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from aiohttp import ClientError, ClientResponse, ClientSession, DummyCookieJar

from activities.effects.accepted import Accepted, Attempt
from activities.effects.errors import LONGEST_WAIT, permanent, rate_limited, retry_after
from activities.effects.http import TooLargeError, host_of, read_within
from policies.state.effects import ReportBug
from policies.text.json_text import read_json

API = "https://api.github.com/"
REPOSITORY = re.compile(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}")
"""The form of a repository's name, `owner/name`."""
_TITLE, _PART = 250, 10_000
"""The most characters of an issue's title, and of each part of its text; GitHub takes 256, and 65,536 in all."""
_PAGES = 5
"""The pages of 100 issues among which an earlier report is looked for: those that changed since the rule fired."""
_LARGEST = 8 * 1024 * 1024
"""The most bytes of an answer: a page of a hundred issues, each as long as GitHub allows."""
_UNSAID = "\u200b"
"""Stands behind `@` and `#`, so that GitHub tells no person and links no issue."""


class GitHubUnavailableError(Exception):
    """GitHub could not do it now; the next attempt may succeed."""


class GitHubIssues:
    """The issues of one repository."""

    def __init__(self, repository: str, token: str, api: str = API) -> None:
        self._repository, self._issues = repository, f"{api.rstrip('/')}/repos/{repository}/issues"
        self._host = host_of(api)
        self._headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "User-Agent": "baton",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    async def report(self, effect: ReportBug) -> Accepted:
        """Make the issue, unless it is there. The confirmation has its address."""
        attempt = Attempt()
        mark = _mark(effect.key)
        async with self._asking(attempt) as session:
            if found := await self._find(session, mark, effect.due_at):
                return attempt.accepted(found, repeated=True)
            made = await self._ask(session, "POST", json={"title": _title(effect), "body": _text(effect, mark)})
            return attempt.accepted(_address(made) or f"an issue of {self._repository}")

    async def _find(self, session: ClientSession, mark: str, since: datetime) -> str:
        """Return the address of the issue with this mark, an empty text where there is none."""
        query = {"state": "all", "since": _instant(since), "per_page": "100", "sort": "created", "direction": "desc"}
        for page in range(1, _PAGES + 1):
            issues = await self._ask(session, "GET", params={**query, "page": str(page)})
            rows = cast("list[Any]", issues) if isinstance(issues, list) else []
            for row in rows:
                if isinstance(row, dict) and mark in str(cast("dict[str, Any]", row).get("body") or ""):
                    return _address(row) or f"an issue of {self._repository}"
            if len(rows) < 100:
                break
        return ""

    @asynccontextmanager
    async def _asking(self, attempt: Attempt) -> AsyncGenerator[ClientSession]:
        """Ask within the time of the attempt; every error is a sentence."""
        try:
            async with (
                asyncio.timeout(attempt.seconds),
                ClientSession(cookie_jar=DummyCookieJar(), headers=self._headers) as session,
            ):
                yield session
        except TooLargeError:
            raise permanent(f"{self._host} answered more than {_LARGEST // 1024} kB.") from None
        except TimeoutError as error:
            raise GitHubUnavailableError(f"{self._host} did not answer in time.") from error
        except ClientError as error:
            raise GitHubUnavailableError(f"{self._host} cannot be reached: {type(error).__name__}") from error

    async def _ask(self, session: ClientSession, method: str, **asked: Any) -> Any:
        async with session.request(method, self._issues, allow_redirects=False, **asked) as response:
            self._judge(response)
            try:
                return read_json(await read_within(response, _LARGEST))
            except ValueError:
                raise GitHubUnavailableError(f"{self._host} answered no JSON.") from None

    def _judge(self, response: ClientResponse) -> None:
        status = response.status
        if 200 <= status < 300:
            return
        if (wait := _asked_to_wait(status, response.headers)) is not None:
            raise rate_limited(self._host, wait)
        remedy = _REMEDIES.get(status // 100 if status < 400 else status)
        if remedy is not None:
            raise permanent(f"{self._host} refused (HTTP {status}): {remedy.format(repository=self._repository)}")
        if status < 500 and status != 408:
            raise permanent(f"{self._host} refused the report to {self._repository} (HTTP {status}).")
        raise GitHubUnavailableError(f"{self._host} did not take the report: HTTP {status}")


_REMEDIES: Mapping[int, str] = {
    3: "{repository} has another name now. Correct BATON_TRACKER.",
    401: "the token is wrong or has ended. Correct BATON_TRACKER_TOKEN.",
    403: "the token may not write issues of {repository}. Give it the permission “Issues: read and write”.",
    404: "there is no {repository}, or the token may not see it. Correct BATON_TRACKER or BATON_TRACKER_TOKEN.",
    410: "{repository} has no issues. Turn them on in its settings.",
}
"""The remedy for a refusal, by its status; 3 for all that send elsewhere."""


def _asked_to_wait(status: int, headers: Mapping[str, str]) -> timedelta | None:
    """Return how long GitHub's limits ask to wait; None where the answer has nothing to do with them.

    See https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api.
    """
    if status not in (403, 429):
        return None
    if (wait := retry_after(headers.get("Retry-After", ""))) is not None:
        return wait
    if headers.get("X-RateLimit-Remaining") == "0" and headers.get("X-RateLimit-Reset", "").isdecimal():
        now = datetime.now(UTC).timestamp()
        return min(timedelta(seconds=max(1, int(headers["X-RateLimit-Reset"][:12]) - now)), LONGEST_WAIT)
    return timedelta(minutes=1) if status == 429 else None


def _mark(key: str) -> str:
    """Return the comment by which the issue of this key is found again."""
    return f"<!-- baton:{sha256(key.encode()).hexdigest()[:32]} -->"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(text: str, longest: int = _PART) -> str:
    """Return the text so that GitHub reads no HTML, no person's name and no issue's number out of it."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    escaped = cut.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([@#])(?=\w)", rf"\1{_UNSAID}", escaped)


def _title(effect: ReportBug) -> str:
    one_line = " ".join(effect.title.split())[: _TITLE // 2]
    return re.sub(r"([@#])(?=\w)", rf"\1{_UNSAID}", one_line) or "A defect"


def _text(effect: ReportBug, mark: str) -> str:
    parts = {"Steps": effect.steps, "Impact": effect.impact, "Links": "\n".join(f"- {each}" for each in effect.links)}
    said = [f"### {name}\n\n{_plain(part)}" for name, part in parts.items() if part.strip()]
    return "\n\n".join((*said, f"Reported by Baton from conversation {_plain(effect.conversation_id)}.", mark))


def _address(issue: Any) -> str:
    url = cast("dict[str, Any]", issue).get("html_url") if isinstance(issue, dict) else None
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) else ""
