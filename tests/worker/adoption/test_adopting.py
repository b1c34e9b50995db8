"""The adoption preview: what another policy would change in running conversations, before it is adopted."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

from typer.testing import CliRunner

from policies.adoption.adopting import foresee, preview
from policies.running.policy import Policy
from policies.state.situation import Situation
from tests.policies.stories import ACME, PLAIN, Play, at, change_over, minutes, policy_of, reasons
from worker.adoption.adopting import Adopted, Mode, Prospect, Survey
from worker.adoption.preview import Change, Turnaround, changes, turnarounds
from worker.adoption.report import as_data, print_adopted, print_survey, summary
from worker.cli import app
from worker.terminal.terminal import Terminal

CUSTOMER = {"channel": "email", "customer": {"name": "Ada", "tier": "enterprise"}}


def changed(before: str, after: str) -> Policy:
    """Return ACME's policy as version 2, with one passage replaced."""
    assert before in ACME
    return policy_of(base=ACME.replace(before, after).replace("version: 1", "version: 2"))


def would(situation: Situation, policy: Policy, when: float, mode: Mode = "carry") -> list[Change]:
    """Return the changes that adopting the policy would make at that minute."""
    stays = preview(situation, "pin", at(when), policy=PLAIN, adopted=PLAIN)
    return list(changes(stays, preview(situation, mode, at(when), policy=PLAIN, adopted=policy)))


def test_a_shorter_promise_that_is_used_up_already() -> None:
    """A conversation that has waited 9 of 20 minutes would be breached if only 5 were promised."""
    quick = changed("{first_response: 20m,", "{first_response: 5m,")
    assert would(Play().now, quick, 9) == [
        Change("c", "first_response", "breached", "running", "breached", at(20), at(9))
    ]


def test_a_shorter_promise_that_is_nearly_used_up() -> None:
    """A conversation that has waited 9 minutes would be at risk if 12 were promised, with 3 left."""
    quick = changed("{first_response: 20m,", "{first_response: 12m,")
    assert would(Play().now, quick, 9) == [
        Change("c", "first_response", "at_risk", "running", "at_risk", at(20), at(12))
    ]


def test_another_due_time_alone_is_no_change() -> None:
    """A promise that is still kept, only with another due time, is not listed as a change."""
    assert would(Play().now, changed("{first_response: 20m,", "{first_response: 2h,"), 9) == []


def test_beginning_anew_breaks_nothing() -> None:
    """When clocks start anew, a shorter promise breaches nothing, and the preview lists no change."""
    quick = changed("{first_response: 20m,", "{first_response: 5m,")
    assert would(Play().now, quick, 9, "restart") == []
    assert would(Play().now, quick, 21, "restart") == []


def test_wishing_changes_nothing() -> None:
    """A policy that is only pinned changes no promise."""
    assert would(Play().now, changed("{first_response: 20m,", "{first_response: 5m,"), 9, "pin") == []


def test_promises_that_end_and_begin() -> None:
    """A policy without a resolution target ends that clock, and one with an ownership limit starts a clock."""
    other = changed("resolution: 7h,", "ownership: 2h,")
    assert would(Play().now, other, 9) == [
        Change("c", "resolution", "ends", "running", "", at(7 * 60), None),
        Change("c", "ownership", "begins", "", "running", None, at(129)),
    ]


def test_a_team_that_is_gone() -> None:
    """A team that the new policy does not know is replaced by the channel's first team, with that team's promises."""
    other = policy_of(
        base=ACME.replace("  billing: {name: Billing, tier: 3, sla: quick}\n", "").replace(": billing", ": tier-1")
    )
    play = Play(inbox="invoices")
    assert would(play.now, other, 1) == []
    after = preview(play.now, "carry", at(1), policy=PLAIN, adopted=other)
    assert (after.responsible.team, [clock.target for clock in after.sla.open_clocks]) == (
        "tier-1",
        [minutes(20), minutes(420)],
    )


def test_the_preview_uses_the_words_of_the_timeline() -> None:
    """The preview says of a conversation what its timeline will say once the policy is adopted."""
    other = policy_of(
        base=ACME.replace("tier-2: {name: Tier 2,", "seniors: {name: Seniors,").replace(": tier-2", ": seniors")
    )
    play = Play(channel="chat")
    text = "Assigned to Seniors: acme v1 has no team Tier 2"
    found = foresee(play.now, "carry", at(1), policy=PLAIN, adopted=other)
    assert turnarounds(found) == (Turnaround("c", "team_inherited", text),)
    assert text in reasons(change_over(play, other, "carry", 1))


def test_a_team_that_only_the_helpdesk_knows() -> None:
    """A team that neither policy knows keeps the conversation, and no promise begins."""
    play = Play()
    play.tell("reassigned", 1, team="partners", by="anna")
    after = preview(play.now, "carry", at(2), policy=PLAIN, adopted=changed("resolution: 7h,", ""))
    assert (after.responsible.team, after.sla.open_clocks) == ("partners", ())


def test_special_targets_count() -> None:
    """A special target changes the preview only of the conversations that it fits."""
    special = "at_risk: 50%, special: [{customer_tier: enterprise, first_response: 5m}],"
    other = changed("at_risk: 50%,", special)
    assert [change.kind for change in would(Play(**CUSTOMER).now, other, 9)] == ["breached"]
    assert would(Play().now, other, 9) == []


def test_a_paused_promise_has_no_due_time() -> None:
    """A clock that is paused while we wait for the customer has no due time, before and after."""
    play = Play()
    play.tell("status_changed", 5, status="pending_customer")
    assert would(play.now, changed("{first_response: 20m,", "{first_response: 8m,"), 9) == []
    ended = would(play.now, changed("resolution: 7h,", ""), 9)
    assert ended == [Change("c", "resolution", "ends", "paused", "", None, None)]


FIRST = Change("c-1", "first_response", "breached", "running", "breached", at(20), at(9))
LATER = replace(FIRST, conversation="c-2", due_then=at(10))
AT_RISK = Change("c-1", "resolution", "at_risk", "running", "at_risk", at(420), at(30))
ENDS = Change("c-3", "resolution", "ends", "running", "", at(1), None)
MOVED = Turnaround("c-3", "team_inherited", "Assigned to Tier 1: acme v1 has no team Billing")
CALLS = (
    Turnaround("c-2", "call_inherited", "people goes on as watch"),
    Turnaround("c-2", "call_inherited", "anna has night: watch is called where they do not answer in time"),
)
SURVEY = Survey(
    (
        Prospect("c-3", "acme v1", "d1", (ENDS,), turnarounds=(MOVED,)),
        Prospect("c-1", "acme v1", "d1", (AT_RISK, FIRST)),
        Prospect("c-2", "acme v0", "d0", (LATER,), turnarounds=CALLS),
        Prospect("c-4", trouble="no worker answers for it"),
    ),
    already=5,
)


def test_the_worst_comes_first() -> None:
    """Breaches stand above at-risk promises, and these above ended ones; the breach that is due first comes first."""
    assert SURVEY.changes == (FIRST, LATER, AT_RISK, ENDS)


def test_the_lead_reads_what_would_change() -> None:
    """The lead reads how many conversations change, what becomes of promises, and which could not be asked."""
    document = PLAIN.document
    assert summary(SURVEY, document, "carry") == [
        "acme v1 (carry): 3 conversations to change: 1 under acme v0, 2 under acme v1; 5 run under it already.",
        "Promises: 2 breached, 1 at risk, 1 no longer promised.",
        "Also: 2 calls, 1 change of team or assignee.",
        "Could not ask c-4: no worker answers for it",
    ]
    assert summary(Survey((Prospect("c-5", "acme v0", "d0"),), already=0), document, "restart") == [
        "acme v1 (restart): 1 conversation to change: 1 under acme v0; 0 run under it already.",
        "No promise would be breached, end or begin.",
        "Nothing else would change or end.",
    ]
    assert summary(Survey((), already=7), document, "carry") == [
        "acme v1 (carry): 0 conversations to change; 7 run under it already."
    ]


def test_the_table() -> None:
    """Each line of the table names a conversation's promise, its due time now and then, and its state."""
    console = Terminal(file=StringIO(), width=140)
    print_survey(console, SURVEY, PLAIN.document, "carry")
    assert isinstance(console.file, StringIO)
    lines = [" ".join(line.split()) for line in console.file.getvalue().splitlines()]
    words = ("running → breached", "running → at risk", "running → —")
    assert [line for line in lines if line.endswith(words)] == [
        f"c-1 first response breached {_time(20)} → {_time(9)} running → breached",
        f"c-2 first response breached {_time(20)} → {_time(10)} running → breached",
        f"c-1 resolution at risk {_time(420)} → {_time(30)} running → at risk",
        f"c-3 resolution no longer promised {_time(1)} → — running → —",
    ]
    assert [line for line in lines if line.startswith("c-") and not line.endswith(words)] == [
        "c-3 Assigned to Tier 1: acme v1 has no team Billing",
        "c-2 people goes on as watch",
        "c-2 anna has night: watch is called where they do not answer in time",
    ]


def test_conversations_that_did_not_adopt_are_named() -> None:
    """After adopting, each conversation that did not take the policy is named with the reason."""
    console = Terminal(file=StringIO(), width=140)
    print_adopted(
        console,
        [Adopted("c-1", "adopted"), Adopted("c-2", "refused", "the policy can't be used"), Adopted("c-3", "closed")],
    )
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().splitlines() == [
        "c-2 refused: the policy can't be used",
        "1 adopted, 1 closed, 1 refused, 0 unreachable.",
    ]


def test_machines_get_the_same() -> None:
    """Everything that is printed is also available as data."""
    told = as_data(SURVEY, PLAIN.document, "carry", [Adopted("c-1", "adopted")])
    assert told["conversations"] == {"c-3": "acme v1", "c-1": "acme v1", "c-2": "acme v0"}
    assert (told["already"], told["unreachable"]) == (5, {"c-4": "no worker answers for it"})
    assert [(change["conversation"], change["kind"]) for change in told["changes"]] == [
        ("c-1", "breached"),
        ("c-2", "breached"),
        ("c-1", "at_risk"),
        ("c-3", "ends"),
    ]
    assert [each["text"] for each in told["turnarounds"]] == [MOVED.text, *(call.text for call in CALLS)]
    assert told["adopted"] == [{"conversation": "c-1", "outcome": "adopted", "why": ""}]


def test_a_broken_policy_is_not_adopted(tmp_path: Path) -> None:
    """A policy file with errors is answered with all of them, as by `check`, before any conversation is asked."""
    path = tmp_path / "acme.yaml"
    path.write_text(ACME.replace("tier: 1", "teir: 1").replace("sla: quick", "sla: qick"))
    asked, checked = (CliRunner().invoke(app, ("policy", verb, str(path))) for verb in ("adopt", "check"))
    assert (asked.exit_code, asked.stdout, asked.stderr) == (1, checked.stdout, checked.stderr)
    assert len(asked.stdout.splitlines()) == 3


def test_an_adoption_without_a_terminal_needs_yes(tmp_path: Path) -> None:
    """Without a terminal nothing is changed unless `--yes` is given."""
    path = tmp_path / "acme.yaml"
    path.write_text(ACME)
    done = CliRunner().invoke(app, ("policy", "adopt", str(path)))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "✗ No terminal to confirm on: look with --dry-run, then repeat with --yes\n"


def _time(minute: float) -> str:
    return at(minute).astimezone().strftime("%a %d %b %H:%M")
