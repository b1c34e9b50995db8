"""The built-in helpdesk behind the activities, on both databases."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.database.tables import engine as connect
from activities.desk.port import DeskActivities, Done
from activities.desk.replies import AWAY, RepliesSent
from activities.desk.sql import DeskConversation, DeskNote, SqlDesk
from activities.effects.accepted import Accepted
from activities.effects.errors import is_permanent, permanent
from policies.state.effects import (
    AddInternalNote,
    AddTag,
    Assign,
    RemoveTag,
    SendReply,
    SetAssistant,
    SetPriority,
    SetStatus,
)
from tests.activities.conftest import STARTED_AT, Attempt


@pytest.fixture
def desk(engine: AsyncEngine) -> SqlDesk:
    return SqlDesk(engine)


@pytest.fixture
def activities(desk: SqlDesk, engine: AsyncEngine) -> DeskActivities:
    return DeskActivities(desk, RepliesSent(engine))


@pytest.fixture
def common(conversation_id: str) -> dict[str, Any]:
    """Return the fields that all effects of the conversation share, all but the key."""
    return {"conversation_id": conversation_id, "due_at": STARTED_AT, "because": "the policy says so"}


def assignment(number: int, team: str, common: dict[str, Any], assignee: str = "") -> Assign:
    return Assign(
        key=f"{common['conversation_id']}/assign/{number}",
        team=team,
        team_name=team.title(),
        assignee=assignee,
        **common,
    )


async def test_every_effect_is_seen_on_the_desk(
    activities: DeskActivities, desk: SqlDesk, attempt: Attempt, common: dict[str, Any], conversation_id: str
) -> None:
    """Every effect on the helpdesk can be seen there."""
    key = conversation_id
    await attempt(activities.assign, assignment(1, "billing", common, assignee="maria"))
    await attempt(activities.set_priority, SetPriority(key=f"{key}/priority", priority="urgent", **common))
    await attempt(activities.set_status, SetStatus(key=f"{key}/status", status="pending_customer", **common))
    for tag in ("vip", "refund", "angry"):
        await attempt(activities.add_tag, AddTag(key=f"{key}/tag/{tag}", tag=tag, **common))
    await attempt(activities.remove_tag, RemoveTag(key=f"{key}/untag/angry", tag="angry", **common))
    await attempt(activities.add_internal_note, AddInternalNote(key=f"{key}/note", body="Routed: billing", **common))
    await attempt(activities.send_reply, SendReply(key=f"{key}/reply", body="Somebody is on it.", **common))
    assert await desk.conversation(conversation_id) == DeskConversation(
        conversation_id=conversation_id,
        team="billing",
        team_name="Billing",
        assignee="maria",
        status="pending_customer",
        priority="urgent",
        tags=("refund", "vip"),
        updated_at=STARTED_AT,
    )
    shared: dict[str, Any] = {"because": "the policy says so", "created_at": STARTED_AT}
    assert await desk.notes(conversation_id) == [
        DeskNote(key=f"{key}/note", kind="note", body="Routed: billing", **shared),
        DeskNote(key=f"{key}/reply", kind="reply", body="Somebody is on it.", **shared),
    ]


async def test_acceptance_is_told_by_the_servers_clock(
    activities: DeskActivities, attempt: Attempt, common: dict[str, Any], conversation_id: str
) -> None:
    """The lateness of an effect is counted by the server's time, also where a test or demonstration skips time."""
    accepted = await attempt(activities.assign, assignment(1, "tier-1", common))
    assert isinstance(accepted, Accepted)
    assert (accepted.ref, accepted.repeated) == (f"desk/{conversation_id}", False)
    assert STARTED_AT < accepted.accepted_at < STARTED_AT + timedelta(minutes=1)


async def test_a_second_attempt_writes_no_second_note(
    activities: DeskActivities, desk: SqlDesk, attempt: Attempt, common: dict[str, Any], conversation_id: str
) -> None:
    """The customer gets the reply once, though the first attempt's answer was lost."""
    reply = SendReply(key=f"{conversation_id}/reply", body="Somebody is on it.", **common)
    first = await attempt(activities.send_reply, reply)
    second = await attempt(activities.send_reply, reply, number=2)
    assert (first.repeated, second.repeated) == (False, True)
    assert first.ref == second.ref
    assert [note.body for note in await desk.notes(conversation_id)] == ["Somebody is on it."]


async def test_a_late_repeat_does_not_undo_a_newer_assignment(
    activities: DeskActivities, desk: SqlDesk, attempt: Attempt, common: dict[str, Any], conversation_id: str
) -> None:
    """A conversation that went to tier 2 does not fall back to tier 1 when an old attempt is repeated."""
    first, second = assignment(1, "tier-1", common, "maria"), assignment(2, "tier-2", common)
    await attempt(activities.assign, first)
    await attempt(activities.assign, second)
    assert (await attempt(activities.assign, first, number=2)).repeated
    standing = await desk.conversation(conversation_id)
    assert standing is not None
    assert (standing.team, standing.assignee) == ("tier-2", "")


async def test_a_late_repeat_does_not_bring_back_a_tag(
    activities: DeskActivities, desk: SqlDesk, attempt: Attempt, common: dict[str, Any], conversation_id: str
) -> None:
    """A removed tag stays off when the attempt that added it is repeated."""
    tag = AddTag(key=f"{conversation_id}/tag", tag="vip", **common)
    await attempt(activities.add_tag, tag)
    await attempt(activities.remove_tag, RemoveTag(key=f"{conversation_id}/untag", tag="vip", **common))
    await attempt(activities.add_tag, tag, number=2)
    standing = await desk.conversation(conversation_id)
    assert standing is not None
    assert standing.tags == ()


async def test_twenty_workers_write_the_same_note_once(
    activities: DeskActivities,
    desk: SqlDesk,
    other_engine: AsyncEngine,
    attempt: Attempt,
    common: dict[str, Any],
    conversation_id: str,
) -> None:
    """Twenty workers write the same note at once: one writes it, and the others find it written."""
    note = AddInternalNote(key=f"{conversation_id}/note", body="Routed: billing", **common)
    racers = [activities, DeskActivities(SqlDesk(other_engine), RepliesSent(other_engine))] * 10
    accepted = await asyncio.gather(*(attempt(racer.add_internal_note, note) for racer in racers))
    assert sorted(each.repeated for each in accepted) == [False] + [True] * 19
    assert [each.body for each in await desk.notes(conversation_id)] == ["Routed: billing"]


async def test_twenty_different_effects_all_arrive(
    activities: DeskActivities,
    desk: SqlDesk,
    other_engine: AsyncEngine,
    attempt: Attempt,
    common: dict[str, Any],
    conversation_id: str,
) -> None:
    """Twenty effects of one conversation are written at once, and none is lost."""
    tags = [AddTag(key=f"{conversation_id}/tag/{number}", tag=f"tag-{number:02}", **common) for number in range(20)]
    racers = [activities, DeskActivities(SqlDesk(other_engine), RepliesSent(other_engine))] * 10
    await asyncio.gather(*(attempt(racer.add_tag, tag) for racer, tag in zip(racers, tags, strict=True)))
    standing = await desk.conversation(conversation_id)
    assert standing is not None
    assert standing.tags == tuple(tag.tag for tag in tags)


async def test_a_conversation_the_desk_never_heard_of_is_unknown(desk: SqlDesk, conversation_id: str) -> None:
    """The helpdesk answers None for a conversation that it does not have."""
    assert await desk.conversation(conversation_id) is None
    assert await desk.notes(conversation_id) == []


async def test_the_assistant_speaks_in_a_conversation_that_begins_again(
    activities: DeskActivities, desk: SqlDesk, attempt: Attempt, common: dict[str, Any], conversation_id: str
) -> None:
    """An assistant that was muted until its conversation closed speaks in the next conversation of the same id."""
    first, second = common | {"life": "one"}, common | {"life": "two"}
    await attempt(activities.set_assistant, SetAssistant(key=f"{conversation_id}/mute", is_muted=True, **first))
    await attempt(activities.set_priority, SetPriority(key=f"{conversation_id}/1", priority="high", **first))
    muted = await desk.conversation(conversation_id)
    await attempt(activities.set_priority, SetPriority(key=f"{conversation_id}/2", priority="low", **second))
    speaks = await desk.conversation(conversation_id)
    assert muted is not None
    assert speaks is not None
    assert (muted.is_assistant_muted, speaks.is_assistant_muted) == (True, False)


class HangingDesk(SqlDesk):
    """A helpdesk that never answers where a tag is added."""

    async def add_tag(self, effect: AddTag) -> Done:
        """Wait for ever."""
        await asyncio.Event().wait()
        return await super().add_tag(effect)


async def test_changes_sent_together_are_confirmed_one_by_one(
    activities: DeskActivities, desk: SqlDesk, attempt: Attempt, common: dict[str, Any], conversation_id: str
) -> None:
    """An assignment and a note that reach the helpdesk together are both seen there, once, also when sent again."""
    effects = [assignment(1, "billing", common), AddInternalNote(key=f"{conversation_id}/note", body="…", **common)]
    first = await attempt(activities.perform, effects)
    again = await attempt(activities.perform, effects, number=2)
    assert [accepted.repeated for accepted in [*first, *again]] == [False, False, True, True]
    assert len(await desk.notes(conversation_id)) == 1


async def test_tags_sent_together_are_confirmed_in_order(
    activities: DeskActivities, attempt: Attempt, common: dict[str, Any], conversation_id: str
) -> None:
    """Ten tags that reach the helpdesk together are confirmed one after the other, as they were added."""
    tags = [AddTag(key=f"{conversation_id}/tag/{number}", tag=f"tag-{number}", **common) for number in range(10)]
    times = [accepted.accepted_at for accepted in await attempt(activities.perform, tags)]
    assert (len(times), sorted(times)) == (10, times)


async def test_a_helpdesk_that_hangs_holds_back_no_confirmation(
    engine: AsyncEngine, attempt: Attempt, common: dict[str, Any], conversation_id: str
) -> None:
    """The helpdesk hangs at the second of three changes that leave together: the first is confirmed all the same."""
    tag = AddTag(key=f"{conversation_id}/tag", tag="vip", **common)
    note = AddInternalNote(key=f"{conversation_id}/note", body="…", **common)
    activities = DeskActivities(HangingDesk(engine), RepliesSent(engine))
    confirmed = await attempt(activities.perform, [assignment(1, "billing", common), tag, note], seconds=0.1)
    assert len(confirmed) == 1


async def test_a_failure_of_the_first_change_is_raised(
    engine: AsyncEngine, attempt: Attempt, common: dict[str, Any]
) -> None:
    """The helpdesk refuses the first of two changes that leave together: the attempt fails with its reason."""

    class ClosedDesk(SqlDesk):
        async def assign(self, effect: Assign) -> Done:
            raise permanent(f"{effect.team} is closed")

    note = AddInternalNote(key="closed/note", body="…", **common)
    with pytest.raises(ApplicationError, match="billing is closed"):
        await attempt(
            DeskActivities(ClosedDesk(engine), RepliesSent(engine)).perform, [assignment(1, "billing", common), note]
        )


def automatic(conversation_id: str, due_at: datetime, customer: str, rule: str = "closed") -> SendReply:
    """Return an automatic reply of a rule to a customer."""
    return SendReply(
        key=f"{conversation_id}/reply",
        conversation_id=conversation_id,
        due_at=due_at,
        because=rule,
        body="We are closed.",
        rule=rule,
        customer=customer,
    )


async def test_a_customer_gets_one_reply_of_a_rule_in_a_day(
    activities: DeskActivities, desk: SqlDesk, attempt: Attempt, conversation_id: str
) -> None:
    """A customer who opens a second conversation within 24 hours does not get the same automatic reply again."""
    one, other = f"{conversation_id}-1", f"{conversation_id}-2"
    customer = f"ada-{conversation_id}"
    assert (await attempt(activities.send_reply, automatic(one, STARTED_AT, customer))).not_sent == ""
    again = await attempt(activities.send_reply, automatic(other, STARTED_AT + timedelta(hours=23), customer))
    assert again.not_sent == "it has sent this customer one within 24 hours, in another conversation"
    assert await desk.notes(other) == []
    for number, (rule, who, hours) in enumerate(
        [("another rule", customer, 1), ("closed", f"bob-{conversation_id}", 1), ("closed", customer, 24)]
    ):
        reply = automatic(f"{other}-{number}", STARTED_AT + timedelta(hours=hours), who, rule)
        assert (await attempt(activities.send_reply, reply)).not_sent == ""


async def test_a_repeated_attempt_finds_its_own_claim(
    activities: DeskActivities, desk: SqlDesk, attempt: Attempt, conversation_id: str
) -> None:
    """An attempt that claimed the reply and then lost the helpdesk sends it at its next attempt."""
    reply = automatic(conversation_id, STARTED_AT, f"ada-{conversation_id}")
    for number in (1, 2):
        assert (await attempt(activities.send_reply, reply, number=number)).not_sent == ""
    assert len(await desk.notes(conversation_id)) == 1


async def test_one_of_many_conversations_at_once_replies(
    activities: DeskActivities, desk: SqlDesk, attempt: Attempt, conversation_id: str
) -> None:
    """Twenty conversations of one customer would reply at the same moment: one does."""
    replies = [automatic(f"{conversation_id}-{number}", STARTED_AT, f"ada-{conversation_id}") for number in range(20)]
    answers = await asyncio.gather(*(attempt(activities.send_reply, reply) for reply in replies))
    assert sum(answer.not_sent == "" for answer in answers) == 1


async def test_without_the_database_no_automatic_reply_is_sent(
    desk: SqlDesk, attempt: Attempt, conversation_id: str, tmp_path: Path
) -> None:
    """While the database is away the reply is tried again a few times, then it is not sent, and the reason is told."""
    away = connect(f"sqlite:///{tmp_path}/nothing.db")
    activities = DeskActivities(desk, RepliesSent(away))
    reply = automatic(conversation_id, STARTED_AT, f"ada-{conversation_id}")
    with pytest.raises(OperationalError):
        await attempt(activities.send_reply, reply)
    with pytest.raises(ApplicationError) as refused:
        await attempt(activities.send_reply, reply, number=4)
    assert is_permanent(refused.value)
    assert refused.value.message == AWAY
    assert await desk.notes(conversation_id) == []
    await away.dispose()
