"""The command line as people use it."""

import asyncio
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.conftest import BATON, PAUSE, WITHIN, Baton, answers, free_port, until, until_ready


@pytest.fixture(scope="module")
def worker(environment: dict[str, str], baton: Baton) -> Iterator["subprocess.Popen[str]"]:
    """Run `baton register`, then `baton worker`, as a deployment does."""
    assert baton("register").returncode == 0
    process = subprocess.Popen([BATON, "worker"], env=environment, stderr=subprocess.PIPE, text=True)
    until_ready(environment["BATON_HTTP_PORT"], process.poll)
    yield process
    process.send_signal(signal.SIGTERM)
    assert process.wait(WITHIN) == 0


@pytest.mark.usefixtures("worker")
@pytest.mark.slow
def test_a_conversation_from_the_command_line(baton: Baton) -> None:
    """A conversation is started, told facts, commanded and shown from a terminal, and a refusal is one sentence."""
    ada = ("customer.name=Ada", "customer.tier=vip")
    started = baton("start", "c-1", "policy=vip", "channel=email", "subject=Charged twice", *ada)
    assert started.stdout == "Started c-1: baton show c-1\n"
    assert baton("send", "c-1", "tag_added", "tag=billing", "by=jane").returncode == 0
    until('"team": "vip"', baton, "show", "c-1", "--json")
    refused = baton("command", "c-1", "reassign", "actor=jane", "team=account-manager")
    assert (refused.returncode, refused.stderr) == (
        1,
        "✗ unknown team account-manager: did you mean account-managers?\n",
    )
    moved = baton("command", "c-1", "reassign", "actor=jane", "team=account-managers", "note=Please look")
    assert moved.stdout.startswith("open, with Account Managers: Assigned to Account Managers: reassigned by jane")
    shown = baton("show", "c-1").stdout
    assert "Rule “VIP customer”" in shown
    assert "Tag billing added" in shown
    assert "First response breached" in shown


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_bytes_that_are_no_text_on_the_command_line(baton: Baton) -> None:
    """A text that a terminal cut in half is sent with a mark where it was cut; an id that is no text is refused."""
    assert baton("start", "c-half", "channel=email", b"subject=Help \xf0\x9f").returncode == 0
    assert baton("send", "c-half", "tag_added", "--json", "-", input='\ufeff{"tag": "caf\\ud83d"}').returncode == 0
    until('"caf\\ufffd"', baton, "show", "c-half", "--json")
    held = baton("command", "c-half", "hold", "actor=jane", b"note=Wait \xff")
    assert held.stdout.rstrip().endswith("on hold")
    assert '"Held by jane \\u2014 Wait \\ufffd"' in baton("show", "c-half", "--json").stdout
    for words in (("show", b"c-\xff"), ("send", b"c-\xff", "tag_added", "tag=a"), ("start", b"c-\xff")):
        refused = baton(*words)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.endswith("is not text: write names and ids in UTF-8\n")


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_a_briefing_from_the_command_line(baton: Baton) -> None:
    """An agent reads a conversation's briefing in a terminal; without one in the policy, they get a few lines."""
    assert baton("start", "c-briefed", "policy=assisted", "channel=web_chat", "customer.name=Ada").returncode == 0
    asked = "text=Where is my parcel? Can I talk to a person please"
    assert baton("send", "c-briefed", "message", "author=customer", asked).returncode == 0
    until("- asks for a human (“talk to a person”), ", baton, "briefing", "c-briefed")
    told = baton("briefing", "c-briefed").stdout
    assert told.startswith(
        "BRIEFING: Handoff from Assistant to Tier 1 — General, because the customer asked for a person"
    )
    found = json.loads(baton("briefing", "c-briefed", "--json").stdout)
    assert told.startswith(f"{found['briefing']}\nAs of ")
    assert baton("start", "c-plain", "channel=email", "customer.name=Ada").returncode == 0
    plain = baton("briefing", "c-plain")
    assert plain.stdout.startswith("• Customer: Ada\n• Waiting: for less than a minute, since ")
    assert plain.stderr.startswith("Its policy has no `briefing`: ")
    unknown = baton("briefing", "c-nobody")
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("✗ ")


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_feedback_from_the_command_line(baton: Baton) -> None:
    """An agent gives feedback in one line, and the report counts it with its rule once the conversation is resolved."""
    assert baton("start", "c-judged", "channel=email").returncode == 0
    assert baton("send", "c-judged", "tag_added", "tag=billing").returncode == 0
    assert baton("command", "c-judged", "resolve", "actor=kim").returncode == 0
    given = baton(
        "feedback", "c-judged", "--not-needed", "--solved", "--by", "kim", "--note", "A reset would have done"
    )
    assert (given.returncode, given.stdout, given.stderr) == (0, "Told c-judged: baton show c-judged\n", "")
    until("needed: no, solved: yes, note: A reset would have done", baton, "show", "c-judged")
    (rule,) = json.loads(until('"rule": "billing topic"', baton, "feedback", "report", "--json"))["rules"]
    assert (rule["policy"], rule["needed"]["yes"], rule["needed"]["of"], rule["solved"]["yes"]) == ("tiered", 0, 1, 1)
    gone = baton("feedback", "c-nobody", "--needed")
    assert (gone.returncode, gone.stderr.split(":")[0]) == (1, "✗ No conversation c-nobody is running")


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_a_drill_from_the_command_line(baton: Baton, environment: dict[str, str]) -> None:
    """A drill waits until a person acknowledges, reports how it went, and can be scheduled every week."""
    running = subprocess.Popen(
        [BATON, "drill", "support-on-call"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until('"drill-support-on-call', baton, "list", "--json")
    (row,) = [row for row in json.loads(baton("list", "--json").stdout) if row["id"].startswith("drill-")]
    until("step 1 delivered", baton, "show", row["id"])
    assert baton("command", row["id"], "acknowledge", "actor=ben").returncode == 0
    told, wrong = running.communicate(timeout=WITHIN)
    assert (running.returncode, wrong) == (0, "")
    assert "✓ Drill of support-on-call: acknowledged by ben after " in told
    typo = baton("drill", "support-on-call", "--policy", "teired")
    assert (typo.returncode, typo.stderr) == (1, "")
    assert "✗ Drill of support-on-call: nobody was called, for its policy is unknown\n" in typo.stdout
    weekly = baton("drill", "support-on-call", "--schedule", "0 10 * * MON")
    assert weekly.stdout == "The Schedule baton-drill-support-on-call runs at 0 10 * * MON (UTC).\n"
    removed = baton("drill", "support-on-call", "--unschedule")
    assert removed.stdout == "The Schedule baton-drill-support-on-call is gone.\n"


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_lists_by_what_it_is_about(baton: Baton) -> None:
    """A list can be narrowed to a team, a status or an SLA state, for people and for machines.

    The team of this policy has no stand-in, so that the conversation is with it at every hour.
    """
    baton("start", "c-2", "channel=email", "policy=flat", 'tags=["return-request", "bürô"]')
    until("c-2", baton, "list", "--team", "support")
    assert "c-2" in baton("list", "--tag", "bürô").stdout
    rows = json.loads(baton("list", "--team", "support", "--json").stdout)
    assert [(row["id"], row["status"], row["tags"]) for row in rows] == [("c-2", "open", ["bürô", "return-request"])]
    assert baton("list", "--team", "suport").stdout == 'No conversations with BatonTeam = "suport".\n'
    assert baton("list", "--sla", "breeched").returncode == 2
    newest = baton("list", "--limit", "1", "--status", "Open")
    assert newest.stderr == "Only the 1 most urgent are shown: --limit shows more.\n"
    wrong = baton("list", "--query", "Nonsense = 1")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("✗ The server can't read this filter: write it as in BatonTeam = 'billing' (")


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_an_unreadable_message_is_not_sent(baton: Baton) -> None:
    """A mistyped message is refused before it is sent, instead of being found among rejected events later."""
    baton("start", "c-3", "channel=sms")
    done = baton("send", "c-3", "message", "--json", "-", input='{"author": "nobody"}')
    why = "author: write customer, assistant or agent, not “nobody”"
    assert (done.returncode, done.stderr) == (2, f"✗ Nothing was sent. message: {why}\n")
    assert (
        baton("send", "c-3", "message", "--json", "-", input="[1]").stderr
        == "✗ - must hold one JSON object: write it in braces\n"
    )
    done = baton("command", "c-3", "reasign", "team=tier-2")
    assert (done.returncode, done.stderr) == (2, "✗ There is no command reasign: did you mean `reassign`?\n")
    assert baton("send", "c-3", "message", "author=customer", "text=3.50").returncode == 0
    assert "Rejected" not in until("Customer: “3.50”", baton, "show", "c-3")


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_an_unknown_policy_is_told_at_the_start(baton: Baton) -> None:
    """A conversation starts under a misspelt policy all the same, and the caller hears which policy it runs under."""
    done = baton("start", "c-5", "policy=teired", "channel=email")
    assert (done.returncode, done.stdout) == (0, "Started c-5: baton show c-5\n")
    assert done.stderr == "! Unknown policy teired (did you mean tiered?): running under tiered v3\n"
    assert baton("start", "c-6", "policy=tiered", "channel=email").stderr == ""


@pytest.mark.slow
def test_without_a_worker_commands_say_so(baton: Baton) -> None:
    """A command without a worker says so soon, with the task queue, and that it may still be carried out."""
    queue = {"BATON_TASK_QUEUE": "nobody-there"}
    unknown = "! No worker has begun it, so it is not known yet whether there is such a policy\n"
    assert baton("start", "c-20", "policy=tiered", **queue).stderr == unknown
    said = (
        "✗ No worker answers for c-20 on the task queue nobody-there: is `baton worker` running there? "
        "`baton audit` says more."
    )
    asked = baton("command", "c-20", "take")
    assert (asked.returncode, asked.stderr) == (1, f"{said} Your command may still be carried out once it answers\n")
    shown = baton("show", "c-20")
    assert (shown.returncode, shown.stderr) == (1, f"{said}\n")


@pytest.mark.slow
def test_an_unknown_namespace_is_one_sentence(baton: Baton) -> None:
    """A namespace that the server does not have is named by every command."""
    for words in (("start", "c-7"), ("show", "c-7"), ("command", "c-7", "take"), ("list",), ("queue",)):
        done = baton(*words, TEMPORAL_NAMESPACE="nope")
        assert (done.returncode, done.stderr) == (1, "✗ The server has no namespace nope: set TEMPORAL_NAMESPACE\n")


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_names_that_do_not_exist(baton: Baton) -> None:
    """A conversation that is not running is answered with what to do, and so is one that is running already."""
    for words in (("send", "c-9", "message", "author=agent"), ("show", "c-9"), ("command", "c-9", "take")):
        done = baton(*words)
        assert (done.returncode, done.stderr) == (
            1,
            "✗ No conversation c-9 is running: `baton list`, or `baton start c-9`\n",
        )
    baton("start", "c-4")
    assert baton("start", "c-4").stderr == "✗ Conversation c-4 is running already: `baton show c-4`\n"


def test_no_server_is_one_sentence(baton: Baton) -> None:
    """A command without a server says which address was tried and what to run."""
    nowhere = f"127.0.0.1:{free_port()}"
    done = baton("list", TEMPORAL_ADDRESS=nowhere)
    said = f"✗ No Temporal server at {nowhere}: run `baton up`, or set TEMPORAL_ADDRESS\n"
    assert (done.returncode, done.stderr) == (1, said)


@pytest.mark.slow
def test_a_broken_policy_stops_the_worker(baton: Baton, tmp_path: Path) -> None:
    """A worker with a broken policy refuses to start and prints every error with its place."""
    (tmp_path / "acme.yaml").write_text(
        "policy: acme\nversion: 1\nteams:\n  one: {name: One}\nchannels: {email: onne}\nrules: 3\n"
    )
    done = baton("worker", BATON_POLICIES=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.splitlines() == baton("policy", "check", str(tmp_path / "acme.yaml")).stdout.splitlines()
    assert f"{tmp_path}/acme.yaml:5:19: " in done.stderr
    assert f"{tmp_path}/acme.yaml:6:8: " in done.stderr


@pytest.mark.slow
def test_several_processes_drain(environment: dict[str, str], baton: Baton) -> None:
    """Two worker processes become ready together, one that is killed is replaced, and SIGTERM ends them cleanly."""
    port = str(free_port())
    own = {**environment, "BATON_HTTP_PORT": port}
    process = subprocess.Popen([BATON, "worker", "--processes", "2"], env=own, stderr=subprocess.PIPE, text=True)
    try:
        until_ready(port, process.poll)
        victim = min(children_of(process.pid))
        subprocess.run(["kill", "-9", str(victim)], check=True)
        end = time.monotonic() + WITHIN
        while len(children_of(process.pid) - {victim}) < 2 or answers(port) != (200, "ok"):
            assert time.monotonic() < end, "the killed process was not replaced"
            time.sleep(PAUSE)
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(WITHIN) == 0


def children_of(pid: int) -> set[int]:
    """Return the worker processes below a supervisor, without multiprocessing's own tracker."""
    found: set[int] = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            words = (status.parent / "cmdline").read_text()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z" and "spawn_main" in words:
            found.add(int(status.parent.name))
    return found


@pytest.mark.slow
def test_up_goes_on_where_it_stopped(tmp_path: Path, environment: dict[str, str]) -> None:
    """A stopped `baton up` goes on when it is started again: running conversations are there with all they knew."""
    port, ui_port = free_port(), free_port()
    own = {name: value for name, value in environment.items() if name not in ("TEMPORAL_ADDRESS", "BATON_DATABASE_URL")}
    own |= {"BATON_HTTP_PORT": str(free_port()), "TEMPORAL_ADDRESS": f"127.0.0.1:{port}"}

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([BATON, *words], env=own, capture_output=True, text=True, timeout=WITHIN, cwd=tmp_path)

    for visit in ("first", "second"):
        command = [BATON, "up", "--port", str(port), "--ui-port", str(ui_port)]
        process = subprocess.Popen(command, env=own, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            until_ready(own["BATON_HTTP_PORT"], process.poll)
            if visit == "first":
                run("start", "c-1", "channel=email")
            run("send", "c-1", "tag_added", f"tag={visit}")
            until(visit, lambda *words: run(*words), "show", "c-1", "--json")
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(WITHIN) == 0
    assert answers(str(ui_port), "/")[0] == 0, "the server must be gone with it"


@pytest.mark.slow
async def test_help_is_quick_and_shows_an_example() -> None:
    """Help appears without loading Temporal, and each command shows how it is used."""
    process = await asyncio.create_subprocess_exec(
        BATON, "send", "--help", stdout=asyncio.subprocess.PIPE, env={"COLUMNS": "200", "PYTHONPROFILEIMPORTTIME": "1"},
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, imports = await process.communicate()
    assert 'baton send c-42 message author=customer text="Where is my refund?"' in out.decode()
    assert b"temporalio" not in imports
