"""The injector's plays: one conversation each, in which different parts of the code have work to do.

Promises that a command which is refused while the injector raises is sent again once it no longer raises, so that each
play ends as if nothing had happened. Must not know what raises.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import RawValue, WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.testing import ActivityEnvironment

from activities.desk.port import Done
from activities.desk.replies import RepliesSent
from activities.desk.sql import SqlDesk
from activities.incidents.store import IncidentStore, StoredCall
from activities.memory.choices import CustomerChoices
from policies.document.document import Document
from policies.loading.load import load_policy
from policies.state.effects import Assign, RememberChoices, SendReply, StormTerms
from policies.state.limits import ATTRIBUTES_LIMIT, TAIL_LIMIT, TEXT_LIMIT
from tests.conftest import asked
from tests.stories.conftest import STORY_POLICIES, Story, next_weekday
from worker.temporal.commanding import is_moving_on

MONDAY_10_AM = next_weekday(0, 10)
_CALLING = (STORY_POLICIES / "calling.yaml").read_text()
_FULL = (STORY_POLICIES / "full.yaml").read_text()
_CLOSED = (STORY_POLICIES / "closed.yaml").read_text()
_WITHOUT_CALLS = """
policy: calling
version: 4
alert: "slack:#alerts"
teams: {support: {name: Support}}
channels: {email: support}
"""
QUERIES = ("state", "timeline", "upcoming", "handoff", "policy")
KIM = {"id": "kim-7", "name": "Kim Larsen", "tier": "pro", "locale": "de-DE", "since": "2024-03-01", "value": 4800}


class MoodyDesk(SqlDesk):
    """A helpdesk that can't assign the conversations in `trouble`: each one maps to the error that is raised."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.engine = engine
        self.trouble: dict[str, Exception] = {}

    async def assign(self, effect: Assign) -> Done:
        """Raise the conversation's error from `trouble` where the effect names an assignee; else assign."""
        if effect.assignee and effect.conversation_id in self.trouble:
            raise self.trouble[effect.conversation_id]
        return await super().assign(effect)


@dataclass
class Stage:
    """One conversation of a play, and the workflow of its team if the play has one.

    `refused` holds the commands that have to be sent again.
    """

    story: Story
    desk: MoodyDesk
    team: WorkflowHandle[Any, Any] | None = None
    refused: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def order(self, command: str, **body: Any) -> None:
        """Send a command as Anna, unless `body` names another actor; remember it in `refused` if it was refused."""
        body = {"actor": "anna", **body}
        if not await was_accepted(self.story.handle, command, **body):
            self.refused.append((command, body))

    @property
    def crew(self) -> WorkflowHandle[Any, Any]:
        """Return the team's workflow; the play must have one."""
        assert self.team is not None
        return self.team

    async def there(self, agent: str, presence: str = "available") -> None:
        """Set an agent's presence; if the team refuses the command, send the same as a signal."""
        body = {"actor": agent, "agent": agent, "presence": presence}
        if not await was_accepted(self.crew, "set_presence", **body):
            await self.crew.signal("presence", {"event_id": f"{self.story.id}/{agent}/{presence}", **body})

    async def entry(self) -> dict[str, Any]:
        """Return the team's row about the conversation, waiting until there is one.

        Returns {} if the team has set an event aside, or if the conversation does not wait for this team any more.
        """
        while True:
            state = await asked(self.crew, "state")
            found = next((row for row in state["with"] if row["conversation"] == self.story.id), None)
            if found or state["set_aside"] or not await self.is_in_team():
                return found or {}

    async def entry_now(self) -> dict[str, Any]:
        """Return the team's queue entry for this conversation, without waiting; empty where the team has none."""
        return await asked(self.crew, "ticket", {"conversation": self.story.id})

    async def is_in_team(self) -> bool:
        """True where the conversation still belongs to this team."""
        return f"team/{(await asked(self.story.handle, 'state'))['team']}" == self.crew.id

    async def says(self, author: str, text: str, **body: Any) -> None:
        """Report a message of this author."""
        await self.story.tell("message", author=author, text=text, **body)

    def at(self, **span: float) -> datetime:
        """Return the instant that lies this span after the opening."""
        return self.story.opened_at + timedelta(**span)

    async def settled(self) -> dict[str, Any]:
        """Return the state once no effect is waiting; messages may stay unread if an event was set aside."""
        while True:
            state = await asked(self.story.handle, "state")
            is_read = state["set_aside"] or not (state["understanding"] or {}).get("unread")
            if is_read and not state["waiting_effects"]:
                return state

    async def answers(self) -> None:
        """Check that the conversation and its team answer every query; raise where one does not."""
        for query in QUERIES:
            await asked(self.story.handle, query)
        if self.team is not None:
            await asked(self.team, "state")
            await asked(self.team, "timeline")

    async def send_again(self) -> None:
        """Send the refused commands again; an hour later they may be refused for another reason."""
        for command, body in self.refused:
            await was_accepted(self.story.handle, command, **body)


async def was_accepted(handle: WorkflowHandle[Any, Any], command: str, text: str = "", **body: Any) -> bool:
    """Return whether the command was carried out; send it again while the run is continuing as new."""
    while True:
        try:
            await handle.execute_update(command, text or body)
        except (WorkflowUpdateFailedError, RPCError) as error:
            if is_moving_on(error):
                continue
            if isinstance(error, RPCError):
                raise
            return False
        else:
            return True


async def _charged_twice(stage: Stage) -> None:
    """A conversation gets a tag, a message, an attribute and a note, and its first-response promise is broken."""
    story = stage.story
    await story.tell("tag_added", tag="billing")
    await stage.says("customer", "I was charged twice")
    await story.tell("attribute_changed", name="plan", value="gold")
    await stage.order("add_note", tried="a", think="b", need="c")
    await story.after(minutes=16)
    await story.after(minutes=75)


async def _called_at_night(stage: Stage) -> None:
    """People are called, by a ladder and by hand; one acknowledges and then does not answer."""
    story = stage.story
    await story.tell("tag_added", tag="urgent")
    await story.after(minutes=4)
    await stage.order("call")
    await story.after(minutes=8)
    await story.tell("acknowledged", by="lee", step="nights.1/1.2")
    await story.after(minutes=45)
    await stage.order("call", to="3")
    await stage.order("acknowledge", actor="max")
    await story.tell("folded", page="nights.1", incident="incident-that-is-not-there")
    await story.after(minutes=70)
    await story.tell("folded", page="nights.1", incident="incident-that-is-not-there")
    await story.after(minutes=95)
    await story.tell("unfolded", incident="incident-that-is-not-there", by="kim")
    await stage.order("hold", note="waits for the bank")
    await stage.order("release")
    await stage.order("resolve", command_id="pressed-once")
    await stage.order("resolve", command_id="pressed-once")


async def _promises(stage: Stage) -> None:
    """The clocks stop and run on for every reason that there is, and some facts arrive late."""
    story = stage.story
    await stage.order("snooze", **{"for": "10m"})
    await story.after(minutes=20)
    await stage.order("snooze", **{"for": "2h"})
    await stage.order("wake")
    await stage.order("hold", note="waits for the bank")
    await story.after(minutes=40)
    await stage.order("release")
    await story.tell("tag_added", tag="outage")
    await story.tell("tag_removed", tag="outage")
    await story.tell("absorbed", other="another", waiting_since=stage.at(minutes=5).isoformat())
    await story.after(minutes=100)
    await stage.says("agent", "We look into it", at=stage.at(minutes=10), author_id="anna")
    await story.tell("status_changed", status="pending_customer", at=stage.at(minutes=12))
    await story.tell("attribute_changed", name="seats", value=5)
    await story.tell("tag_added", tag="x" * 3_000)
    await story.handle.signal("tag_added", "no object")
    await was_accepted(story.handle, "reassign", actor="anna", team=["no text"])
    callback = {"event_id": "cb", "at": stage.at(hours=8).isoformat(), "by": "anna", "note": "at home"}
    await story.handle.signal("callback_promised", callback)
    await story.after(hours=9)
    await story.tell("status_changed", status="pending_customer")
    await story.after(days=2, hours=2)
    await stage.says("customer", "I am back", at=stage.at(days=1))
    await story.tell("status_changed", status="on_hold")
    await story.tell("status_changed", status="open")
    await story.tell("reassigned", team="tier-2", assignee="bert", note="knows it")
    await story.tell("nonsense", what="ever")
    await story.tell("status_changed", status="resolved", at=stage.at(days=1, hours=23))


async def _a_person_please(stage: Stage) -> None:
    """The assistant hands off, the customer makes several choices, and nobody answers for a while."""
    story = stage.story
    said = "Where is my parcel? It was due on Friday. My card is 4111 1111 1111 1111. I have tried to track order 4711."
    bill = {"name": "bill.pdf", "type": "application/pdf", "url": "https://files.acme.example/4711", "size": 48_213}
    await stage.says("customer", said, attachments=[bill, 7])
    await stage.says("assistant", "You can track it.", author_id="robot", confidence=0.9)
    await stage.says("assistant", "I did not get that.", author_id="robot", failed=True, confidence=0.2)
    await stage.says("customer", "I will go to the press! Let me talk to a real person, bitte ein Mensch")
    await stage.settled()
    await stage.says("customer", "1")
    await stage.says("customer", "I want a human being")
    await stage.settled()
    await story.tell("choice_made", choice="callback", detail="18:00")
    await stage.says("customer", "2")
    await story.after(minutes=4)
    await story.tell("customer_updated", customer={"tier": "enterprise", "account_manager": "gone"})
    await story.after(minutes=35)
    await stage.order("take")
    await story.tell("choice_made", choice="assistant")
    await stage.says("customer", "I still want to cancel. This is a catastrophe, you useless machine!")
    await story.after(hours=4)


async def _how_it_went(stage: Stage) -> None:
    """A conversation is escalated and answered, people give feedback, and the customer comes back."""
    story = stage.story
    await story.tell("tag_added", tag="hard")
    await stage.order("deescalate", team="first", note="easy now")
    await stage.order("escalate", team="second", note={"tried": "all", "think": "a bug", "need": "a mender"})
    await story.tell("reassigned", team="second", assignee="kim", by="kim")
    await stage.says("agent", "Done, and here is how. " * 300, author_id="kim")
    await stage.order("resolve", actor="kim")
    await story.after(hours=2)
    await story.tell("feedback", by="kim", needed=False, missing="the invoice number")
    await story.tell("feedback", by="kim", needed=True)
    await story.tell("rated", score=4)
    await stage.says("customer", "It broke again")
    await story.tell("merged", into="conversation-that-is-not-there")


async def _another_policy(stage: Stage) -> None:
    """A policy whose team, ladder and promise have other names is adopted while people are being called."""
    story = stage.story
    await story.tell("tag_added", tag="urgent")
    await story.after(minutes=6)
    await story.tell("acknowledged", by="lee", step="nights.1/1.2")
    changed = _CALLING.replace("version: 1", "version: 2").replace("nights", "evenings").replace("support", "helpers")
    await _adopt(stage, changed.replace("first_response: 1h", "resolution: 9h"))
    await story.after(minutes=50)
    changed = (
        _CALLING.replace("version: 1", "version: 3").replace("nights", "mornings").replace("repeat: 2", "repeat: 3")
    )
    await _adopt(stage, changed.replace("wait: 5m", "wait: 7m").replace("urgent", "very urgent"))
    await story.after(minutes=90)


async def _adopt(stage: Stage, text: str) -> None:
    document = load_policy(text, file="adopted", today=datetime.now(UTC).date()).model_dump(mode="json")
    await stage.order("adopt_policy", policy=document["policy"], mode="carry", document=document)


async def _of_an_incident(stage: Stage) -> None:
    """An incident's own conversation calls people on behalf of many conversations."""
    story = stage.story
    await story.tell("incident_grew", total=5, left=1)
    await stage.says("agent", "We are on it", author_id="kim")
    await story.tell("status_changed", status="on_hold")
    await story.after(minutes=6)
    await stage.order("acknowledge", actor="kim")
    await story.after(minutes=20)
    await story.tell("incident_grew", total=9, left=2)
    await stage.order("release", actor="kim")


async def _goes_on(stage: Stage) -> None:
    """A conversation whose run was lost goes on, and one of the two people who were called acknowledges."""
    await stage.story.tell("tag_added", tag="billing")
    await stage.story.after(minutes=20)
    await stage.order("acknowledge", actor="kim")


async def _a_message_first(stage: Stage) -> None:
    """A helpdesk sends the first message together with the start, and later sends the same message again."""
    await stage.says("customer", stage.story.id, event_id=f"{stage.story.id}-first")
    await stage.story.after(minutes=5)


async def _two_calls(stage: Stage) -> None:
    """The same people are called twice for two reasons, a third call is made by hand, and some facts arrive late."""
    story = stage.story
    await stage.says("customer", "I was charged twice, my invoice is wrong")
    await story.tell("tag_added", tag="billing", by="jane")
    await story.tell("attribute_changed", name="seats", value=5)
    await story.tell("tag_added", tag="urgent")
    await stage.settled()
    await stage.order("call", to="nowhere")
    await stage.order("reassign", team="support", assignee="")
    await stage.order("acknowledge", actor="kim", step="everybody.1")
    await stage.order("acknowledge", actor="lee", step="everybody.1")
    await story.tell("tag_added", tag="again")
    await stage.order("call", actor="kim", to="watch")
    await story.after(minutes=13)
    called_at = await story.clockwork.now(story.handle)
    await story.tell("tag_added", tag="urgent again", at=called_at - timedelta(minutes=1))
    await stage.settled()
    await stage.says("agent", "I am on it", at=called_at - timedelta(seconds=30), author_id="kim")
    await stage.order("resolve", actor="kim")
    for needed in (True, False):
        await story.tell("feedback", by="kim", needed=needed)
    for step in ("everybody.1", "watch.1"):
        await story.tell("feedback", by="lee", needed=True, step=step, at=called_at - timedelta(seconds=10))
        await stage.settled()


async def _silenced(stage: Stage) -> None:
    """The conversation is told, by a stranger and by Baton itself, that incidents which don't exist call for it."""
    story = stage.story
    await stage.says("customer", "Nothing works")
    await story.tell("folded", page="ghosts.1/1.1", incident="incident-that-is-not-there")
    await story.tell("tag_added", tag="urgent")
    await story.tell("folded", page="nights.1", incident="incident-that-is-not-there")
    await stage.settled()
    await story.tell("folded", page="nights.1", incident="incident-of-ours", source="baton")
    await story.after(minutes=25)


async def _known_outages(stage: Stage) -> None:
    """The conversation is part of one outage, then of another that it matches, too; a person takes it out of that."""
    story = stage.story
    ends = {"until": stage.at(hours=4).isoformat(), "when": 'conversation.tags.exists(t, t == "checkout")'}
    await story.tell("tag_added", tag="payment")
    await stage.settled()
    await story.tell(
        "outage_known", outage="checkout-down", life="1", text={"": "We know.", "de": "Wir wissen."}, **ends
    )
    await story.tell("outage_known", outage="shop-down", life="2", text="The shop is down.", **ends)
    await story.tell("tag_added", tag="checkout")
    await stage.settled()
    await story.after(minutes=70)
    await story.tell("outage_over", outage="checkout-down", life="1", by="ana")
    await stage.settled()
    await story.tell(
        "outage_known", outage="shop-down", life="2", version=2, **{**ends, "until": stage.at(hours=3).isoformat()}
    )
    await story.tell("tag_added", tag="again")
    await stage.settled()
    await story.after(minutes=181)
    await story.tell("outage_known", outage="site-down", life="3", **ends)
    await stage.settled()
    await stage.order("leave_outage", note="This is about a refund")


async def _in_an_incident(stage: Stage) -> None:
    """An incident calls in place of the conversation, which asks every ten minutes whether the incident still calls."""
    story, started_at = stage.story, stage.at(minutes=0)
    await stage.says("customer", "Nothing works")
    life = (await stage.settled())["life"]
    call = StoredCall(
        run=f"{story.id}/{life}/page:everybody.1",
        conversation_id=story.id,
        page="everybody.1",
        called_at=started_at,
        headline="Nothing works",
        who="",
    )
    why = {"policy": "full", "escalation": "everybody", "cause": story.id}
    terms = StormTerms(**why, conversations=1, within=timedelta(hours=1))
    store = IncidentStore(stage.desk.engine)
    incident = await store.call(call, terms)
    await store.enter(incident, [call.run])
    of = {"escalation": "everybody", "cause": story.id, "total": 1, "first": []}
    body = {"conversation_id": incident, "policy": "storms", "channel": "email", "incident": of}
    await story.clockwork.start(body, story.opened_at)
    await story.tell("tag_added", tag="urgent")
    await story.tell("folded", page="everybody.1", incident=incident)
    await story.after(minutes=25)


async def _no_desk(stage: Stage) -> None:
    """Agents take a handoff, but the helpdesk assigns nobody: it refuses one agent, and then it is down."""
    story, desk = stage.story, stage.desk
    await stage.says("customer", "Let me talk to a real person")
    await stage.settled()
    desk.trouble[story.id] = ApplicationError("nobody of that name", non_retryable=True)
    await stage.order("take", actor="stranger")
    await stage.settled()
    desk.trouble[story.id] = ConnectionError("the desk is down")
    await stage.order("reassign", assignee="dana")
    await story.after(minutes=40)
    del desk.trouble[story.id]
    await stage.order("take")
    await stage.order("reassign", team="bot")


async def _no_line(stage: Stage) -> None:
    """The customer waits in the queue of a team whose workflow gives no answer."""
    await stage.says("customer", "Hello?")
    await stage.story.after(minutes=40)


async def _mute_team(client: Client) -> None:
    """Start a conversation's workflow under the id of this team, so that no team answers there."""
    body = {"conversation_id": "no team", "policy": "clocks", "channel": "email"}
    existing = WorkflowIDConflictPolicy.USE_EXISTING
    await client.start_workflow("Conversation", body, id="team/mute", task_queue="baton", id_conflict_policy=existing)


async def _no_ladder(stage: Stage) -> None:
    """The adopted policies no longer have the ladder that called people, and no longer name the assignee."""
    story = stage.story
    await story.tell("reassigned", team="support", assignee="max")
    await story.tell("tag_added", tag="urgent")
    await stage.settled()
    await _adopt(stage, _CALLING.replace("version: 1", "version: 2").replace("nights", "evenings"))
    changed = _CALLING.replace("version: 1", "version: 3").replace("nights", "mornings").replace("wait: 5m", "wait: 7m")
    await _adopt(stage, changed.replace("  max: {name: Max, slack: U1MAX}\n", ""))
    await stage.settled()
    await _adopt(stage, _WITHOUT_CALLS)
    await story.after(minutes=20)


async def _closed_by_mistake(stage: Stage) -> None:
    """A close is undone while people are being called, the assignee changes, and the team gets another identifier."""
    story = stage.story
    reply = {"conversation_id": "another", "key": "another", "life": "x", "because": "greet", "body": "Hello"}
    about = {"due_at": story.opened_at, "rule": "greet", "customer": KIM["id"]}
    await RepliesSent(stage.desk.engine).may_send(SendReply.model_validate({**reply, **about}))
    await story.tell("tag_added", tag="greet")
    await stage.settled()
    await story.tell("tag_added", tag="unheard")
    await stage.order("resolve")
    await story.tell("status_changed", status="open")
    await stage.says("agent", "Not yet done", author_id="anna")
    await story.tell("tag_added", tag="managed")
    await story.tell("tag_added", tag="not mine")
    await stage.settled()
    renamed = re.sub(r"\bline\b", "row", _FULL).replace("version: 1", "version: 2")
    await _adopt(stage, renamed.replace("row: {", "row: {formerly: [line], "))
    await story.after(minutes=20)


async def _queue_closed(stage: Stage) -> None:
    """An agent of another team has the conversation when a later version of its policy has no queue for the team."""
    story, team = stage.story, stage.crew.id.removeprefix("team/")
    earlier = _CLOSED.replace("version: 2", "version: 1")
    earlier = earlier.replace("teams:\n", f"teams:\n  {team}: {{name: The team, queue: {{}}}}\n")
    await _adopt(stage, earlier.replace("people:\n", f"people:\n  bob: {{name: Bob, team: {team}}}\n"))
    await story.tell("reassigned", team=team, assignee="anna")
    await stage.settled()
    for _ in range(2):
        await story.clockwork.forward(stage.crew, timedelta(minutes=10))
    await story.after(minutes=20)


async def _by_name(stage: Stage) -> None:
    """Rules name the people who get the conversation, and the customer chooses to wait, and then a callback."""
    story, customer = stage.story, "kim-by-name"
    of = {"conversation_id": "another", "key": "another", "life": "x", "because": "a choice", "customer": customer}
    when = {"due_at": story.opened_at, "chosen_at": story.opened_at, "until": stage.at(days=2)}
    choices = (("handoff", "wait"),)
    chosen = RememberChoices.model_validate({**of, **when, "choices": choices})
    await ActivityEnvironment().run(CustomerChoices(stage.desk.engine).remember, chosen)
    await story.tell("customer_updated", id=customer, consent=True, timezone="Mars/Olympus")
    await stage.settled()
    await stage.says("customer", "Let me talk to a real person please")
    await stage.settled()
    await story.after(minutes=2)
    await story.tell("choice_made", choice="wait")
    await story.after(minutes=25)
    await story.tell("choice_made", choice="callback")
    await stage.says("customer", "Call me back tomorrow at 5 pm")
    await story.tell("tag_added", tag="ann")
    await story.after(minutes=70)
    await story.tell("tag_added", tag="sue")
    await stage.settled()


async def _a_drill(stage: Stage) -> None:
    """A drill that nobody acknowledges ends, and the lead hears how it went."""
    await stage.story.after(hours=3)


async def _a_full_house(stage: Stage) -> None:
    """A conversation gets more attributes than fit, unreadable inputs, calls for everyone, and a late answer."""
    story = stage.story
    await story.tell("attribute_changed", name="one more", value=1)
    for number in range(TAIL_LIMIT + 1):
        await story.tell("acknowledged", by="kim", at=story.opened_at, event_id=f"yes-{number}")
    await stage.says("customer", "Is it you?", event_id=17)
    await stage.says("customer", "It is broken. " * TEXT_LIMIT)
    await story.tell("rated", score="many")
    await story.handle.signal("message", args=["two", {"inputs": 1}])
    unreadable = RawValue(Payload(metadata={"encoding": b"binary/encrypted"}, data=b"?"))
    await story.handle.signal("message", args=["two", unreadable])
    await was_accepted(story.handle, "take", "no object")
    await story.tell("tag_added", tag="bug")
    await story.tell("tag_added", tag="urgent", at=stage.at(minutes=1))
    await story.after(minutes=2)
    await stage.order("acknowledge", actor="kim")
    await stage.order("call", actor="kim", to="first")
    await stage.order("call", actor="kim", to="everybody")
    await stage.order("acknowledge", actor="kim", step="everybody.1")
    await stage.order("acknowledge", actor="lee", step="everybody.1")
    await story.after(minutes=14)
    await story.tell("tag_added", tag="again")
    await story.after(minutes=40)
    await stage.says("agent", "I am on it", at=stage.at(seconds=30), author_id="kim")
    await story.tell("feedback", by="kim", step="everybody.1", needed=True, note="x", about={"minutes": 5})
    await stage.order("hold", note="waits for the bank", **{"for": "30m"})
    await story.after(minutes=90)


async def _in_queue(stage: Stage) -> None:
    """The customer waits in a team's queue, and is told of offers, a grant and a reclaim that never happened."""
    story = stage.story
    await story.after(minutes=15)
    entry = (await stage.settled()).get("place") or {}
    told = {"team": "team-20", "ticket": entry.get("ticket", "")}
    await story.tell("queued", position=3, present=0, told=2, **told)
    until = stage.at(minutes=17).isoformat()
    await story.tell("offered", agent="ann", offer="x", until=until, **told)
    await story.tell("granted", agent="ann", offer="x", because="chosen", **told)
    await story.after(minutes=50)
    await story.tell("reclaimed", agent="ann", because="is gone", **told)
    await story.after(minutes=70)


async def _by_a_team(stage: Stage) -> None:
    """A team's agents come, get offers, decline or stay silent, and go offline while they have a conversation."""
    crew = stage.crew
    await stage.there("ann")
    await stage.there("bob")
    await crew.signal("presence", {"event_id": "zed", "agent": "zed", "presence": "available"})
    await crew.signal("presence", "no object")
    await crew.signal("heartbeat", {"agent": "ann"})
    await was_accepted(crew, "set_presence", actor="ann", agent="an", presence="available")
    await was_accepted(crew, "accept", actor="ann", conversation_id=["no text"])
    await was_accepted(crew, "accept", actor="ann", conversation_id="nobody's")
    await stage.settled()
    if agent := (await stage.entry()).get("agent"):
        await was_accepted(crew, "decline", actor=agent, conversation_id=stage.story.id, note="not me")
    if agent := (await stage.entry()).get("agent"):
        await was_accepted(crew, "accept", actor=agent, conversation_id=stage.story.id)
        await stage.there(agent, "offline")
    await stage.story.clockwork.forward(crew, timedelta(minutes=45))
    await stage.story.after(minutes=45)


@dataclass(frozen=True)
class Play:
    """One play: how its conversation starts, and what happens then.

    `team_policy` is the policy under which its team begins, where that is another one than the conversation's. `before`
    runs ahead of the start, and `begins_with` is a message sent together with the start. With `keeps_promises` the same
    promises are broken even if events are judged an hour late. Rules on silences add the tags `tags_in_time`: these can
    be missing when a silence is over before it is judged.
    """

    name: str
    act: Callable[[Stage], Awaitable[None]]
    start: dict[str, Any]
    has_team: bool = False
    team_policy: str = ""
    keeps_promises: bool = False
    begins_with: str = ""
    before: Callable[[Client], Awaitable[None]] | None = None
    tags_in_time: tuple[str, ...] = ()


TEAMS = 400
"""How many teams there are; each play that needs a team gets one of its own."""


def team_policies() -> dict[str, Document]:
    """Return a policy for each of these teams, by the policy's name."""
    template, today = (STORY_POLICIES / "queue.yaml.template").read_text(), datetime.now(UTC).date()
    texts = [template.replace("NUMBER", f"of-{number}") for number in range(TEAMS)]
    return {each.policy: each for each in (load_policy(text, file="queue", today=today) for text in texts)}


FULL_HOUSE = {f"a-{number}": number for number in range(ATTRIBUTES_LIMIT)}
CALLED_BEFORE = {
    "team": "line",
    "place": {"team": "line", "ticket": "t", "state": "waiting", "entered_at": MONDAY_10_AM.isoformat()},
    "pages": [
        {
            "escalation": "everybody",
            "generation": 1,
            "cause": "a rule",
            "headline": "Help",
            "started_at": MONDAY_10_AM.isoformat(),
            "step": 2,
            "round": 1,
            "is_delivered": True,
            "next_at": (MONDAY_10_AM + timedelta(minutes=30)).isoformat(),
        }
    ],
}
"""The ledger's record of the conversation that goes on: where it waits, and who is being called."""
CALLED_ELSEWHERE = {**CALLED_BEFORE, "policy": "full v0", "ladders": {"nobody": {"steps": [{"notify": "slack:#a"}]}}}
"""The same record under another version of the policy, with that version's ladders."""
PLAYS = (
    Play(
        "charged twice",
        _charged_twice,
        {"policy": "tiered", "channel": "email", "customer": {"id": "carla"}},
        keeps_promises=True,
    ),
    Play("called at night", _called_at_night, {"policy": "calling", "channel": "email", "customer": KIM}),
    Play(
        "promises",
        _promises,
        {"policy": "clocks", "channel": "email", "subject": "Refund", "page": "/a"},
        tags_in_time=("waits",),
    ),
    Play("a person please", _a_person_please, {"policy": "assisted", "channel": "web_chat", "customer": KIM}),
    Play("how it went", _how_it_went, {"policy": "judged", "channel": "email", "customer": KIM}),
    Play("another policy", _another_policy, {"policy": "calling", "channel": "email", "customer": KIM}),
    Play("by a team", _by_a_team, {"channel": "email", "customer": {"locale": "de-DE"}}, has_team=True),
    Play("goes on", _goes_on, {"policy": "full", "channel": "email", "imported": CALLED_BEFORE}),
    Play(
        "goes on under another policy", _goes_on, {"policy": "full", "channel": "email", "imported": CALLED_ELSEWHERE}
    ),
    Play("two calls", _two_calls, {"policy": "full", "channel": "email"}),
    Play("a message first", _a_message_first, {"policy": "tiered", "channel": "email"}, begins_with="Hello"),
    Play("silenced", _silenced, {"policy": "calling", "channel": "email"}),
    Play("known outages", _known_outages, {"policy": "outages", "channel": "email", "customer": KIM}),
    Play("no desk", _no_desk, {"policy": "assisted", "channel": "web_chat"}),
    Play("no line", _no_line, {"policy": "full", "channel": "voice"}, before=_mute_team),
    Play("in an incident", _in_an_incident, {"policy": "full", "channel": "email"}),
    Play("no ladder", _no_ladder, {"policy": "calling", "channel": "email"}),
    Play("a person please, in English", _a_person_please, {"policy": "assisted", "channel": "web_chat"}),
    Play("in line", _in_queue, {"policy": "queue-20", "channel": "email", "tags": ["refund"]}),
    Play(
        "closed by mistake",
        _closed_by_mistake,
        {"policy": "full", "channel": "web_chat", "customer": {**KIM, "account_manager": "ann"}},
    ),
    Play(
        "a queue closed",
        _queue_closed,
        {"policy": "closed", "channel": "email"},
        has_team=True,
        team_policy="not-there-yet",
    ),
    Play("by name", _by_name, {"policy": "named", "channel": "web_chat", "customer": {"name": "Kim"}}),
    Play("a drill", _a_drill, {"policy": "tiered", "channel": "email", "drill": "support-on-call"}),
    Play("an unknown drill", _a_drill, {"policy": "full", "channel": "email", "drill": "nobody-knows"}),
    Play(
        "a full house",
        _a_full_house,
        {"policy": "full", "channel": "email", "customer": KIM, "attributes": FULL_HOUSE, "id": "x", "pririty": "high"},
    ),
    Play(
        "of an incident",
        _of_an_incident,
        {
            "policy": "storms",
            "channel": "email",
            "incident": {
                "escalation": "everybody",
                "cause": "the login is down",
                "total": 3,
                "first": [{"conversation_id": "c-1", "headline": "Help", "who": "Ada"}],
            },
        },
    ),
)
