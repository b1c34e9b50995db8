"""Promises for a conversation that adopts any policy: no customer is forgotten, and people hear of each call's end."""

from pydantic import TypeAdapter

from policies.adoption.adopting import preview
from policies.decide import decide
from policies.running.policy import Policy
from policies.state.conversation import Conversation, Decision
from policies.state.effects import AddInternalNote, AskTeam, Notify, TellOwner
from policies.state.events import DeadlineReached
from policies.state.records.on_call import OnCallRun
from policies.state.situation import Situation
from policies.understanding.understanding import unread
from tests.policies.adoption.worlds import World

_SITUATION = TypeAdapter(Situation)


def adopts(world: World, policy: Policy, mode: str) -> None:
    """Adopt the policy, and check the preview and all promises of an adoption."""
    old, before = world.policy, world.conversation
    reached = DeadlineReached(event_id="", occurred_at=world.now, source="baton")
    stands = decide(before, reached, world.now, policy=old).conversation.situation
    foreseen = preview(before.situation, mode, world.now, policy=old, adopted=policy)
    decision = world.adopts(policy, mode)
    if mode != "pin":
        assert _written(foreseen) == _written(world.situation).replace(f"adopted-{world.number}.", "preview")
        hold(world.situation, policy)
        _hold_for_team(stands, world.situation, old, policy)
        for run in stands.on_call.runs:
            _hold_for_call(run, decision, policy)
        _hold_for_queue(decision, policy)
        _hold_for_messages(before, world)


def hold(s: Situation, policy: Policy) -> None:
    """Check that a waiting customer has a clock, a queue entry or an assignee, if the policy offers any of them."""
    ladders = [run.ladder for run in s.on_call.running]
    assert len(ladders) == len(set(ladders)), "two calls of the same people"
    if (
        s.is_waiting
        and not s.on_call.drill
        and s.on_call.incident is None
        and (team := policy.team(s.responsible.team)) is not None
    ):
        has_any = team.queue is not None or policy.targets(s.responsible.team) is not None
        assert not has_any or s.sla.open_clocks or s.queue_entry is not None or s.responsible.assignee, (
            "the customer is forgotten"
        )
        if team.queue is not None:
            assert s.queue_entry is not None, "the customer is in no line"
            assert s.queue_entry.team == s.responsible.team


def _written(s: Situation) -> str:
    return _SITUATION.dump_json(s).decode()


def is_still(run: OnCallRun, s: Situation, world: World) -> bool:
    """True where a run still looks for a person, but nothing is due or on its way for it."""
    is_on_its_way = any(isinstance(effect, Notify) and effect.page == run.step_id for effect in world.on_its_way)
    return not (run.ended or run.next_at or run.incident or is_on_its_way)


def _hold_for_team(before: Situation, after: Situation, old: Policy, new: Policy) -> None:
    for was, team in (
        (before.responsible.team, after.responsible.team),
        (before.responsible.returns_to, after.responsible.returns_to),
    ):
        assert not team or new.team(team) is not None or (old.team(team) is None and team == was), f"{team} is no team"


def _hold_for_call(before: OnCallRun, decision: Decision, policy: Policy) -> None:
    """Check that the call goes on by an escalation of the new policy, or that people hear of its end."""
    if not before.can_go_on:
        return
    s = decision.conversation.situation
    run = next(run for run in s.on_call.runs if run.id == before.id)
    if run.can_go_on and run.ladder in policy.document.escalations:
        return
    is_answered = any(other.ladder == run.ladder for other in s.on_call.running) or s.lifecycle.is_resolved
    hear = [effect for effect in decision.effects if isinstance(effect, Notify | AddInternalNote)]
    texts = [effect.headline if isinstance(effect, Notify) else effect.body for effect in hear]
    is_told = any(before.escalation in text for text in texts)
    assert is_answered or is_told or run.stood_down, f"{run.id} ended unheard"


def _hold_for_queue(decision: Decision, policy: Policy) -> None:
    """Check that the team learns the new version, so that it adopts the version, too."""
    place, version = decision.conversation.situation.queue_entry, policy.document.version
    told = [effect for effect in decision.effects if isinstance(effect, AskTeam | TellOwner)]
    assert place is None or any((effect.team, effect.version) == (place.team, version) for effect in told)


def _hold_for_messages(before: Conversation, world: World) -> None:
    """Check that unread messages can still be read, if the new policy reads messages."""
    known = before.situation.understanding.meaning
    waiting = set(known.unread if known else ()) & {fact.event_id for fact in (*before.earlier, *before.tail)}
    readable = {message.event_id for message in unread(world.conversation, world.policy)}
    assert not world.policy.reads_messages or waiting <= readable
