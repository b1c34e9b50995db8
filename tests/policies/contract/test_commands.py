"""Commands: their effects, and the sentence that the caller reads when a command is refused."""

from typing import Any

import pytest

from policies.contract.commands import COMMANDS, Refused, accept
from tests.policies.stories import ACME, FULL, Play, at, policy_of, reasons, told

NOTE = {"tried": "Restart", "think": "Disk", "need": "Access"}
TEMPLATE = (
    ". The next person needs note: {tried: What was done so far. think: What the sender thinks the cause is. "
    "need: What the receiver is asked to do.}"
)


def refusal(play: Play, name: str, **body: Any) -> str:
    """Return the sentence of the refusal, and check that the conversation stayed as it was."""
    before = play.conversation
    with pytest.raises(Refused) as refused:
        play.command(name, 10, **body)
    assert play.conversation is before
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("reassign", {}, "reassign: name a team, an assignee or both"),
        ("reassign", {"team": "teir-2"}, "unknown team teir-2: did you mean tier-2?"),
        ("reassign", {"team": "x"}, "unknown team x: there are tier-1, on-call, tier-2, billing"),
        ("reassign", {"team": "tier-1"}, "the conversation is already with Tier 1"),
        ("escalate", {"team": "on-call", "note": NOTE}, "On-Call is not above Tier 1: use reassign"),
        ("escalate", {"team": "biling", "note": NOTE}, "unknown team biling: did you mean billing?"),
        ("escalate", {"team": "tier-2"}, f"escalate: note is missing{TEMPLATE}"),
        (
            "escalate",
            {"team": "tier-2", "note": NOTE | {"need": ""}},
            f"escalate: note.need: it is empty{TEMPLATE}",
        ),
        ("deescalate", {"team": "tier-2", "note": "n"}, "Tier 2 is not below Tier 1: use reassign"),
        ("deescalate", {"team": "on-call", "note": "n"}, "On-Call is not below Tier 1: use reassign"),
        ("take", {"actor": ""}, "take: actor: it is empty"),
        ("acknowledge", {}, "nobody is being called for this conversation"),
        ("hold", {}, "hold: note is missing"),
        ("release", {}, "the conversation is not on hold"),
        ("adopt_policy", {"policy": "new", "mode": "reset"}, "unknown mode reset: there is pin, carry and restart"),
    ],
)
def test_a_refusal_names_the_remedy(name: str, body: dict[str, Any], sentence: str) -> None:
    """A caller whose command can't be carried out reads why, and what to do instead."""
    assert refusal(Play(), name, **body) == sentence


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("escalate", {"note": NOTE}),
        ("deescalate", {"team": "tier-1", "note": "n"}),
        ("take", {}),
        ("resolve", {}),
        ("hold", {"note": "n"}),
        ("release", {}),
    ],
)
def test_a_resolved_conversation_must_be_opened_first(name: str, body: dict[str, Any]) -> None:
    """A resolved conversation has to be opened before any command changes it."""
    play = Play()
    play.command("resolve", 5)
    assert refusal(play, name, **body) == (
        "the conversation is resolved: send a message or set its status to open first"
    )


def test_escalating_without_a_team_needs_one_way_up() -> None:
    """An escalation without a team goes to the only team on the next tier; with none or several, it is refused."""
    play = Play()
    assert told(play.command("escalate", 5, note=NOTE).effects)[-1] == ("assign", "tier-2")
    play.command("escalate", 6, note=NOTE)
    assert refusal(play, "escalate", note=NOTE) == "there is no tier above Billing: use reassign"
    two = ACME.replace("\nchannels:", "\n  technical: {name: Technical, tier: 3, sla: quick}\nchannels:")
    play = Play(policy_of(base=two), channel="chat")
    assert refusal(play, "escalate", note=NOTE) == (
        "there are several teams above Tier 2: name one of billing, technical"
    )


def test_acknowledging_what_does_not_run_is_refused() -> None:
    """An agent who presses Acknowledge too late reads who acknowledged first."""
    play = Play(FULL, delivers=True)
    play.wake(20)
    assert refusal(play, "acknowledge", step="managers") == "managers is not running: people.1 is"
    assert reasons(play.command("acknowledge", 22, step="people.1/1.1")) == [
        "anna acknowledged people at step 1, to answer by Mon 5 Jan 10:52 UTC"
    ]
    assert refusal(play, "acknowledge") == (
        "nobody is being called for this conversation any more: acknowledged by anna"
    )


def test_taking_a_taken_conversation_is_refused() -> None:
    """The first person to acknowledge keeps the conversation; a colleague who was not called may still take it."""
    play = Play(FULL, delivers=True)
    play.wake(20)
    play.command("acknowledge", 22, step="people.1/1.1", actor="ben")
    assert refusal(play, "take", step="people.1/1.1") == "ben has it already: ask them, or use reassign"
    assert reasons(play.command("take", 23, step="people.1/1.1", actor="ben"))[0] == "Taken by ben"
    assert reasons(play.command("take", 24))[0] == "Taken by anna"


def test_holding_twice_is_refused() -> None:
    """A conversation on hold can't be put on hold again; after a release its clocks run."""
    play = Play()
    play.command("hold", 5, note="n")
    assert refusal(play, "hold", note="n") == "the conversation is on hold already"
    assert reasons(play.command("release", 7)) == ["Released by anna", "Clocks run again"]


def test_another_policy_is_asked_for_on_the_record() -> None:
    """A request for another policy is put on the timeline; the running policy stays."""
    decision = Play().command("adopt_policy", 5, policy="new", version=3, mode="carry")
    assert reasons(decision) == ["anna asked for policy new (carry); the running one stays"]


def test_a_command_counts_once() -> None:
    """A command that is sent twice with one id is carried out once."""
    play = Play()
    play.command("hold", 5, note="n", command_id="k")
    play.command("release", 6)
    assert play.command("hold", 7, note="n", command_id="k").is_duplicate


@pytest.mark.parametrize("name", sorted(COMMANDS))
@pytest.mark.parametrize(
    "body", [None, 7, "x", [], ["actor"], {"actor": None}, {"actor": 5}, {1: 2}, {"actor": float("nan")}]
)
def test_nonsense_is_refused_in_a_sentence(name: str, body: Any) -> None:
    """A caller who sends nonsense as a command reads a sentence, and nothing happens."""
    play = Play()
    with pytest.raises(Refused, match=f"^{name}: "):
        accept(name, body, play.now, now=at(1), fallback_id="x", policy=play.policy)


def test_half_an_emoji_in_a_note_is_still_a_note() -> None:
    """A note that was cut in the middle of a character is kept, with a mark in place of that character."""
    play = Play()
    assert reasons(play.command("hold", 5, note="Wait \ud83d")) == [
        "Held by anna — Wait \ufffd",
        "Clocks paused: on hold",
    ]


CALLING = policy_of(
    "rules:\n  - {name: call, on: tag_added, do: [{notify: one}]}\n",
    'escalations:\n  one: {steps: [{notify: "slack:#x"}]}\n',
)


def reopened(edition: int) -> Play:
    """Return a conversation whose call stood down when it was resolved, and whose customer is back."""
    play = Play(CALLING, delivers=True, edition=edition)
    play.tell("tag_added", 1, tag="urgent")
    play.command("resolve", 2)
    play.tell("message", 3, author="customer", text="It is back.")
    return play


@pytest.mark.parametrize("name", ["take", "resolve", "snooze", "reassign"])
def test_a_call_that_stood_down_changes_nothing(name: str) -> None:
    """A button of a call that is over is refused with the reason; in the editions before, it still did its work."""
    body = {"step": "one.1/1.1", **{"snooze": {"for": "1h"}, "reassign": {"team": "tier-2"}}.get(name, {})}
    assert refusal(reopened(3), name, **body) == "the call one.1 is over: resolved"
    for edition in (1, 2):
        reopened(edition).command(name, 10, **body)


def test_a_note_after_a_call_is_welcome() -> None:
    """A note that was begun on a call's message is taken also once the call is over."""
    (note,) = reopened(3).command("add_note", 10, step="one.1/1.1", **NOTE).effects
    assert (note.kind, "Tried: Restart" in str(note)) == ("add_internal_note", True)


@pytest.mark.parametrize("typed", ["tier-2", "Tier 2", "TIER 2", "  tier   2 ", "Tier-2"])
def test_a_team_may_be_named_as_people_read_it(typed: str) -> None:
    """A person who reassigns names the team by its key or its name, whatever the case and the spaces."""
    play = Play()
    play.command("reassign", 10, team=typed)
    assert play.now.responsible.team == "tier-2"


def test_a_team_name_of_several_teams_is_refused() -> None:
    """Where two teams have the name that a person types, the sentence lists them."""
    play = Play(policy_of(base=ACME.replace("name: Billing", "name: tier  2")))
    sentence = "several teams are called Tier 2: write one of tier-2, billing"
    assert refusal(play, "reassign", team="Tier 2") == sentence
    assert refusal(Play(), "reassign", team="Teir 2") == "unknown team Teir 2: did you mean tier-2?"


def test_before_edition_4_a_team_was_named_by_its_key() -> None:
    """A conversation of an earlier edition refuses a team's name, as it did when it was played."""
    assert refusal(Play(edition=3), "reassign", team="Tier 2") == ("unknown team Tier 2: did you mean tier-2?")
