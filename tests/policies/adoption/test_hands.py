"""Teams, people, queues, silences and messages when another policy is adopted."""

import pytest

from policies.state.effects import AskTeam, GatherContext, LeaveTeam, TellOwner
from policies.understanding.understanding import unread
from tests.policies.handoff.worlds import ASKS, ASSISTED, TELLS, asks, chat, helped, said
from tests.policies.queues.queueing_stories import DESK, QUEUED, RULES, Queueing
from tests.policies.stories import ACME, Play, at, change_over, policy_of, reasons, told


@pytest.mark.parametrize(
    ("old", "new", "team"),
    [
        ("  tier-2: {name: Tier 2,", "  seniors: {name: Tier 2,", "seniors"),
        ("  tier-2: {name: Tier 2,", "  seniors: {name: Seniors,", "on-call"),
    ],
    ids=["of the same name", "the channel's first"],
)
def test_a_team_that_is_gone_has_an_heir(old: str, new: str, team: str) -> None:
    """A new team with the old one's name gets its conversations; without one, the channel's first team does."""
    play = Play(channel="chat")
    other = policy_of(base=ACME.replace(old, new).replace("chat: tier-2", f"chat: {team}"))
    over = change_over(play, other, "carry", 1)
    assert ("assign", team) in told(over.effects)
    assert (play.now.responsible.team, [clock.state for clock in play.now.sla.open_clocks]) == (
        team,
        ["running", "running"],
    )


def test_adopting_says_where_the_conversation_goes() -> None:
    """Adopting a policy without the conversation's team says where it goes, or that it stays in an unknown team."""
    smaller = policy_of(
        base=ACME.replace("  tier-2: {name: Tier 2,", "  seniors: {name: Seniors,").replace("tier-2", "tier-1")
    )
    known, unknown = Play(channel="chat"), Play()
    unknown.tell("reassigned", 1, team="nowhere")
    assert "Assigned to Tier 1: acme v1 has no team Tier 2" in reasons(change_over(known, smaller, "carry", 2))
    told = "Team “nowhere” is not in acme v1: it stays there, and its promises end"
    assert told in reasons(change_over(unknown, smaller, "carry", 2))


def test_the_assignee_keeps_the_conversation_in_another_team() -> None:
    """Anna's team is gone: she keeps the conversation in the team that follows, and the helpdesk is told."""
    play = Play(channel="chat")
    play.command("take", 1, actor="anna")
    other = ACME.replace("  tier-2: {name: Tier 2,", "  seniors: {name: Seniors,").replace(
        "chat: tier-2", "chat: seniors"
    )
    over = change_over(play, policy_of(base=other), "carry", 2)
    assert told(over.effects)[0] == ("assign", "seniors", "anna")
    assert (play.now.responsible.assignee, play.now.responsible.given_by) == ("anna", "person")


def test_no_assistant_follows_people() -> None:
    """A customer who is with people is not given to the assistant with which the channel's conversations start."""
    play = chat(helped())
    asks(play, 1)
    other = ASSISTED.replace("  tier-1: {name: Tier 1,", "  front: {name: Front,").replace(
        "voice: tier-1", "voice: front"
    )
    change_over(play, policy_of(base=other), "carry", 2)
    assert play.now.responsible.team == "front"


def test_people_follow_an_assistant_by_a_handoff() -> None:
    """The assistant's team is gone: a handoff to the following team begins, and the customer is told."""
    play = chat(helped(TELLS))
    other = ASSISTED.replace("robot:  {name: Robot", "bot: {name: Bot").replace(
        "web_chat: robot", "web_chat: tier-1, sms: bot"
    )
    over = change_over(play, policy_of(ASKS, TELLS, base=other), "carry", 2)
    assert play.now.handoffs.latest is not None
    assert (play.now.handoffs.latest.from_team, play.now.handoffs.latest.state) == ("robot", "requested")
    assert play.now.handoffs.latest.because == "helped v1 has no team Robot"
    assert "reply" in [line[0] for line in said(over.effects)]


def test_leaving_a_team_of_people_is_no_handoff() -> None:
    """The new policy has an assistant in a team that had people: a conversation that left that team has no handoff."""
    play = chat(helped(TELLS), channel="voice")
    play.tell("reassigned", 1, team="tier-2", by="anna")
    now_a_machine = ASSISTED.replace("{name: Tier 1, tier: 1,", "{name: Tier 1, tier: 1, staffed_by: assistant,")
    other = policy_of(ASKS.replace("tier-1}", "tier-2}"), TELLS, base=now_a_machine)
    over = change_over(play, other, "carry", 2)
    assert (play.now.handoffs.latest, said(over.effects)) == (None, [])


def test_a_person_who_left_the_policy_gives_back_what_a_queue_can_give_to_others() -> None:
    """Ann is no longer among the people: her conversation returns to the queue, where another agent can get it."""
    play = Queueing(policy_of(RULES, base=DESK))
    play.granted(2, "ann")
    assert play.now.responsible.assignee == "ann"
    other = policy_of(RULES, base=DESK.replace("  ann: {", "  eve: {"))
    over = change_over(play, other, "carry", 3)
    assert (play.now.responsible.assignee, play.entry.state) == ("", "waiting")
    assert any("ann is not among the people of" in line for line in reasons(over))


def test_a_late_confirmation_of_a_team_that_is_gone_moves_no_customer() -> None:
    """The helpdesk confirms the old assignment after the new policy moved the conversation: it stays where it is."""
    play = Play(channel="chat")
    other = policy_of(
        base=ACME.replace("  tier-2: {name: Tier 2,", "  seniors: {name: Tier 2,").replace(
            "chat: tier-2", "chat: seniors"
        )
    )
    change_over(play, other, "carry", 1)
    late = play.tell("reassigned", 2, team="tier-2", by="baton")
    assert play.now.responsible.team == "seniors"
    assert reasons(late) == ["Confirmed late: tier-2, which this version of the policy does not have"]


def test_the_team_hears_of_the_new_version() -> None:
    """For waiting conversations nothing changes, but their team learns the new version of its policy."""
    play = Queueing(QUEUED)
    over = change_over(play, policy_of(RULES, base=DESK.replace("version: 3", "version: 4")), "carry", 1)
    asked = [effect for effect in over.effects if isinstance(effect, AskTeam | TellOwner | LeaveTeam)]
    assert [(effect.kind, effect.version) for effect in asked] == [("ask_team", QUEUED.document.version + 1)]


def test_a_silence_is_counted_by_the_hours_it_was_in() -> None:
    """Twenty minutes of waiting under the old hours stay twenty under the new hours."""
    waits = "rules: [{name: quiet, on: {waiting: 30m}, do: [{tag: quiet}]}]\n"
    play = Play(policy_of(waits))
    later = ACME.replace("09:00-17:00", "12:00-20:00").replace(", after_hours: on-call", "")
    change_over(play, policy_of(waits, base=later), "carry", 20)
    play.wake(2 * 60 + 9)
    assert "quiet" not in play.now.contact.tags
    play.wake(2 * 60 + 10)
    assert "quiet" in play.now.contact.tags


def test_an_unread_message_is_still_read() -> None:
    """A message from just before the adoption is still read for its meaning afterwards."""
    play = chat(helped())
    play.tell("message", 1, author="customer", text="A person, please", event_id="m")
    change_over(play, helped(TELLS), "carry", 1.5)
    assert [message.event_id for message in unread(play.conversation, play.policy)] == ["m"]
    change_over(play, policy_of(base=ASSISTED), "carry", 2)
    assert (unread(play.conversation, play.policy), play.conversation.earlier) == ((), ())
    assert reasons(play.decisions[-1])[-1] == "1 of the customer's messages are not read for what they mean any more"


def test_a_number_that_would_mean_another_channel_is_a_message() -> None:
    """The customer was offered the phone as number 4; the new policy has other channels: “4” is a plain message."""

    before = TELLS.replace("choices:\n  labels", "choices:\n  channels: {phone: {en: By phone}}\n  labels")
    play = chat(helped(before))
    asks(play, 1)
    assert "channel" in play.now.handoffs.offered
    over = change_over(play, helped(before.replace("phone: {en: By phone}", "fax: {en: By fax}")), "carry", 2)
    assert "The customer was offered other channels: a number they send is read as a message" in reasons(over)
    play.tell("message", 3, author="customer", text="4", event_id="four")
    assert "choice_made" not in [entry.kind for entry in play.now.told.timeline]


def test_a_briefing_that_waits_ends_with_the_briefings() -> None:
    """Other systems were asked for a briefing; the new policy has none: it is not written, and the record says so."""
    play = chat(helped("briefing: {context: true}\n"))
    asks(play, 1)
    assert play.asked(GatherContext) != []
    over = change_over(play, helped(), "carry", 2)
    assert "Briefing 1 is not written: the new policy has none" in reasons(over)
    assert play.now.briefing is None


def test_the_record_says_what_was_dropped() -> None:
    """Keyword counts and a score end when the new policy has none, and the timeline says so."""
    weighs = """
  - {name: adds up, on: score_high, do: [{escalate: tier-2}]}
  - {name: lawyers, on: {mentioned: lawyer, times: 2}, do: [{escalate: next}]}
score: {weights: {sentiment: 60}, high_at: 50, calm_at: 30}
insight: {keywords: {lawyer: lawyer}}
"""
    play = chat(helped(weighs))
    asks(play, 1, "My lawyer will hear of it", frustration=1.0)
    over = change_over(play, helped(), "carry", 2)
    assert (play.now.understanding.mentions, play.now.understanding.score) == ((), None)
    assert reasons(over)[1:3] == [
        "The escalation score of 60 ends: the new policy has none",
        "Mentions of lawyer are not counted any more",
    ]


def test_after_hours_another_stand_in_takes_over() -> None:
    """At night the new policy has a stand-in team: a waiting customer is given to it."""
    play = Play(policy_of(base=ACME.replace(", after_hours: on-call", "")), began=10 * 60)
    assert play.now.responsible.team == "tier-1"
    change_over(play, policy_of(base=ACME), "carry", 11 * 60)
    assert (play.now.responsible.team, play.now.responsible.returns_to, play.now.responsible.path[-1].since) == (
        "on-call",
        "tier-1",
        at(11 * 60),
    )


def test_a_resolved_conversation_moves_without_a_word() -> None:
    """A resolved conversation of a team that is gone moves to another team without a note or a rule."""
    moved = "rules: [{name: moved, on: reassigned, do: [{tag: moved}]}]\n"
    play = Play(policy_of(moved), channel="chat")
    play.tell("status_changed", 1, status="resolved")
    other = ACME.replace("  tier-2: {name: Tier 2,", "  seniors: {name: Seniors,").replace(
        "chat: tier-2", "chat: seniors"
    )
    assert told(change_over(play, policy_of(moved, base=other), "carry", 2).effects) == [("assign", "seniors")]


def test_a_promise_that_one_policy_dropped_is_made_again_by_the_next() -> None:
    """A version without a resolution target was adopted by mistake: the next version starts a new resolution clock."""
    play = Play()
    change_over(play, policy_of(base=ACME.replace("resolution: 7h, ", "")), "carry", 5)
    assert [clock.id for clock in play.now.sla.open_clocks] == ["first_response.1"]
    change_over(play, policy_of(), "carry", 10)
    assert [(clock.id, clock.started_at) for clock in play.now.sla.open_clocks] == [
        ("first_response.1", at(0)),
        ("resolution.2", at(10)),
    ]
