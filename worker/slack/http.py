"""Slack's interactions over HTTP: Slack posts to an address of ours.

Promises to accept only requests that Slack signed within the last five minutes. Must not know what they say.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from policies.text.json_text import DEEPEST, is_deep, read_json
from worker.slack.interactions import Interactions

PATH = "/slack/interactions"

_NOT_SLACK = "This request does not carry Slack's signature of the last five minutes: check BATON_SLACK_SIGNING_SECRET."


class TooDeepError(Exception):
    """The error where a payload is nested too deeply to be read whole."""


def interactions_route(interactions: Interactions, verifier: SignatureVerifier) -> web.RouteDef:
    """Return the route of Slack's “Request URL”. The server bounds the size of a request."""

    async def respond(request: web.Request) -> web.Response:
        if interactions.is_closed:
            return web.Response(status=503, text="Baton is stopping: try again in a minute.\n")
        body = await request.read()
        if not is_genuine(verifier, body, request.headers):
            return web.Response(status=401, text=f"{_NOT_SLACK}\n")
        try:
            payload = _payload(body)
        except TooDeepError:
            return web.Response(status=400, text=f"The JSON is nested more than {DEEPEST} levels deep.\n")
        if payload is None:
            return web.Response(status=400, text="An interaction is a form with a field `payload` that holds JSON.\n")
        answer = await interactions.take_in(payload)
        return web.json_response(answer) if answer else web.Response()

    return web.post(PATH, respond)


def is_genuine(verifier: SignatureVerifier, body: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether Slack signed this body within the last five minutes.

    The library raises on headers that Slack would never send.
    """
    try:
        return verifier.is_valid_request(body, dict(headers))
    except (ValueError, TypeError):
        return False


def _payload(body: bytes) -> Any:
    """Return what Slack reports; None where it can't be read. Raises TooDeepError."""
    try:
        text = parse_qs(body.decode())["payload"][0]
        payload = read_json(text)
    except (KeyError, ValueError):
        return None
    if is_deep(text):
        raise TooDeepError
    return payload
