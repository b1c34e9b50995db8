"""A conversation driven with nothing but the `temporal` command and JSON, as from any language."""

import asyncio
import base64
import json
import os
from dataclasses import dataclass
from typing import Any

import pytest

from worker.contract.schemas import FOLDER
from worker.temporal.skipping import Clockwork, find_temporal


def example(name: str) -> dict[str, Any]:
    """Return the published example without its times, so that it happens now."""
    body = json.loads((FOLDER / "examples" / f"{name}.json").read_text())
    return {key: value for key, value in body.items() if key not in ("occurred_at", "opened_at")}


@dataclass(frozen=True)
class Shell:
    """The `temporal` command against the test's server."""

    address: str

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command, and return its exit code, its output and its error output."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
        process = await asyncio.create_subprocess_exec(
            find_temporal(),
            *arguments,
            "--address",
            self.address,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    async def json(self, *arguments: str) -> Any:
        """Run a command that must succeed, and return its answer."""
        code, out, err = await self.run(*arguments, "--output", "json")
        assert code == 0, err
        return json.loads(out)

    async def start(self, identifier: str, *inputs: Any, **body: Any) -> None:
        """Start a conversation with one JSON object, or with the given inputs; `None` is left out.

        It begins now, so its policy is one whose teams have no stand-ins: it is with the same team at every hour.
        """
        payloads = inputs or ({"conversation_id": identifier, "policy": "skill_based", "channel": "email", **body},)
        await self.json(
            *("workflow", "start", "--type", "Conversation", "--task-queue", "baton"),
            *("--workflow-id", f"conversation/{identifier}"),
            *(part for payload in payloads if payload is not None for part in ("--input", json.dumps(payload))),
        )

    async def signal(self, identifier: str, name: str, *inputs: Any) -> None:
        """Send a signal with the given inputs."""
        code, _, err = await self.run(
            *("workflow", "signal", "--workflow-id", f"conversation/{identifier}", "--name", name),
            *(part for payload in inputs for part in ("--input", json.dumps(payload))),
        )
        assert code == 0, err

    async def signal_bytes(self, identifier: str, name: str, data: bytes, encoding: str) -> None:
        """Send a signal whose payload is not JSON."""
        code, _, err = await self.run(
            *("workflow", "signal", "--workflow-id", f"conversation/{identifier}", "--name", name),
            *("--input-base64", "--input", base64.b64encode(data).decode(), "--input-meta", f"encoding={encoding}"),
        )
        assert code == 0, err

    async def update(self, identifier: str, name: str, *inputs: Any) -> tuple[int, str, str]:
        """Send an update, and return the exit code and both outputs."""
        return await self.run(
            *("workflow", "update", "execute", "--workflow-id", f"conversation/{identifier}", "--name", name),
            *(part for payload in inputs for part in ("--input", json.dumps(payload))),
            *("--output", "json"),
        )

    async def query(self, identifier: str, name: str) -> Any:
        """Return the answer to a query."""
        answer = await self.json("workflow", "query", "--workflow-id", f"conversation/{identifier}", "--name", name)
        return answer["queryResult"][0]

    async def settled(self, identifier: str) -> dict[str, Any]:
        """Wait until no effect is under way, and return the conversation's state."""
        while True:
            state: dict[str, Any] = await self.query(identifier, "state")
            if state["policy"] is not None and not state["waiting_effects"]:
                return state

    async def list(self, query: str) -> set[str]:
        """Return the workflow ids that a list filter finds."""
        return {row["execution"]["workflowId"] for row in await self.json("workflow", "list", "--query", query)}

    async def found(self, query: str, identifier: str) -> None:
        """Wait until a list filter finds the conversation; lists are updated within a moment."""
        while f"conversation/{identifier}" not in await self.list(query):
            pass


@pytest.fixture(scope="session")
def shell(clockwork: Clockwork) -> Shell:
    """Return a terminal for the test's server, as a caller without Python has it."""
    return Shell(clockwork.client.service_client.config.target_host)


async def test_a_conversation_needs_no_python(shell: Shell) -> None:
    """A caller with only a command line starts a conversation, tags it, and finds it with Billing."""
    await shell.start("cli-1", subject="Charged twice")
    await shell.signal("cli-1", "message", example("message"))
    await shell.signal("cli-1", "tag_added", example("tag_added"))
    state = await shell.settled("cli-1")
    assert (state["team"], state["tags"], state["messages"]) == ("billing", ["billing"], 1)
    await shell.found('BatonTeam="billing" AND BatonTags="billing" AND BatonTier=2', "cli-1")
    await shell.found("BatonNextDeadline > '2026-01-01T00:00:00Z' AND BatonSlaState='running'", "cli-1")
    assert "conversation/cli-1" not in await shell.list('BatonTeam="returns"')


async def test_every_signal_of_the_contract_is_taken_in(shell: Shell) -> None:
    """The published examples of all signals are taken in as they stand, one after the other."""
    names = [
        *("message", "tag_added", "tag_removed", "customer_updated", "attribute_changed", "reassigned"),
        *("acknowledged", "status_changed", "feedback", "rated", "merged"),
    ]
    await shell.start("acme-4702")
    await shell.start("cli-3")
    for name in names:
        await shell.signal("cli-3", name, example(name))
    state = await shell.settled("cli-3")
    assert (state["messages"], state["team"], state["assignee"], state["rating"]) == (1, "billing", "omar", 5.0)
    assert (state["customer"]["tier"], state["attributes"]) == ("enterprise", [["refund_amount", "129.5"]])
    assert state["merged_into"] == "acme-4702"
    assert [entry for entry in await shell.query("cli-3", "timeline") if entry["kind"] == "rejected"] == []


async def test_a_refusal_is_a_sentence(shell: Shell) -> None:
    """An update that can't be carried out is answered with what is wrong and what to do, and changes nothing."""
    await shell.start("cli-4")
    before = await shell.settled("cli-4")
    hand_over = {"actor": "jane", "team": "retruns"}
    assert await _refusal(shell, "reassign", hand_over) == "unknown team retruns: did you mean returns?"
    assert await _refusal(shell, "reassign", {"team": "returns"}) == "reassign: actor is missing"
    silent = await _refusal(shell, "escalate", {"actor": "jane", "team": "returns"})
    assert silent.startswith("escalate: note is missing. The next person needs note: {tried: What was done so far.")
    assert await _refusal(shell, "take", "jane") == "take: the input must be one JSON object"
    assert await _refusal(shell, "take") == "take: the input must be one JSON object"
    assert await _refusal(shell, "take", {"actor": "a"}, {"actor": "b"}) == "take: the input must be one JSON object"
    assert await shell.settled("cli-4") == before


async def test_nothing_unreadable_is_lost_or_in_the_way(shell: Shell) -> None:
    """A signal that can't be read stands in the timeline with the reason, and the conversation goes on."""
    await shell.start("cli-5")
    await shell.signal("cli-5", "message", {"author": "robot"})
    await shell.signal("cli-5", "shouted", {"loud": True})
    await shell.signal("cli-5", "message")
    await shell.signal("cli-5", "message", {"author": "customer"}, {"author": "agent"})
    await shell.signal_bytes("cli-5", "message", b"\xff\xfe", "binary/plain")
    await shell.signal_bytes("cli-5", "tag_added", b"??", "company/secret")
    await shell.signal("cli-5", "tag_added", {"tag": "x" * 3000})
    await shell.signal("cli-5", "tag_added", example("tag_added"))
    state = await shell.settled("cli-5")
    assert (state["team"], state["messages"]) == ("billing", 0)
    rejected = [entry["text"] for entry in await shell.query("cli-5", "timeline") if entry["kind"] == "rejected"]
    assert [text.partition(";")[0] for text in rejected] == [
        "Rejected message: author: write customer, assistant or agent, not “robot”",
        "Rejected shouted: there is no signal “shouted”",
        "Rejected message: the message must be one JSON object",
        "Rejected message: the message must be one JSON object",
        "Rejected message: the message must be one JSON object",
        "Rejected tag_added: the message must be one JSON object",
    ]


@pytest.mark.parametrize(("identifier", "inputs"), [("cli-6", (None,)), ("cli-7", ({}, {})), ("cli-8", ("hello",))])
async def test_even_an_unreadable_start_begins(shell: Shell, identifier: str, inputs: tuple[Any, ...]) -> None:
    """A conversation that was started without one JSON object begins all the same, with a team responsible."""
    await shell.start(identifier, *inputs)
    state = await shell.settled(identifier)
    assert state["team"].startswith("tier-1")
    rejected = [entry["text"] for entry in await shell.query(identifier, "timeline") if entry["kind"] == "rejected"]
    assert rejected == ["Rejected start: the input must be one JSON object"]


async def _refusal(shell: Shell, name: str, *inputs: Any) -> str:
    code, _, err = await shell.update("cli-4", name, *inputs)
    assert code == 1
    return err.removeprefix("Error: unable to update workflow: ").removesuffix(" (type: Refused, retryable: false)\n")
