"""A fake of GitHub's issues: a real server on the loopback, written from GitHub's documentation.

async with FakeGitHub() as github:
    github.url                                       # BATON_GITHUB_API
    github.issues                                    # the issues that were made, the oldest first
    github.refuses(403, {"Retry-After": "60"})       # answer this from now on
    github.loses_answers = True                      # make each issue, then break off
"""

import json
from datetime import UTC, datetime
from typing import Any, Self

from aiohttp import web

TOKEN = "github_pat_fake"
REPOSITORY = "acme/shop"


class FakeGitHub:
    """One repository with issues, which one token may read and write."""

    def __init__(self) -> None:
        self.issues: list[dict[str, Any]] = []
        self.asked: list[web.BaseRequest] = []
        self.loses_answers = False
        self.url = ""
        self._refusal: tuple[int, dict[str, str]] | None = None

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer))
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def refuses(self, status: int, headers: dict[str, str] | None = None) -> None:
        """Answer so, whatever is asked."""
        self._refusal = status, headers or {}

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        if self._refusal is not None:
            return web.json_response({"message": "no"}, status=self._refusal[0], headers=self._refusal[1])
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "Bad credentials"}, status=401)
        if "User-Agent" not in request.headers:
            return web.Response(status=403, text="Request forbidden by administrative rules.")
        if request.path != f"/repos/{REPOSITORY}/issues":
            return web.json_response({"message": "Not Found"}, status=404)
        return await self._made(request) if request.method == "POST" else self._listed(request)

    async def _made(self, request: web.BaseRequest) -> web.StreamResponse:
        said = json.loads(await request.read())
        if not said.get("title") or len(said["title"]) > 256 or len(said.get("body", "")) > 65_536:
            return web.json_response({"message": "Validation Failed"}, status=422)
        number = len(self.issues) + 1
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        address = f"https://github.example/{REPOSITORY}/issues/{number}"
        issue = {"number": number, "html_url": address, "created_at": at, "updated_at": at, **said}
        self.issues.append(issue)
        if self.loses_answers and request.transport is not None:
            request.transport.abort()
        return web.json_response(issue, status=201)

    def _listed(self, request: web.BaseRequest) -> web.StreamResponse:
        since, page = request.query.get("since", ""), int(request.query.get("page", "1"))
        size = int(request.query.get("per_page", "30"))
        newest_first = [issue for issue in reversed(self.issues) if issue["updated_at"] >= since]
        return web.json_response(newest_first[(page - 1) * size : page * size])
