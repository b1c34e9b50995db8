"""Any story, and then a version without a random team: no customer stays in its queue, however late messages are."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.adoption.adopting import adopt
from policies.document.document import Document
from policies.queues.queueing import has_to_follow
from policies.queues.teams.events import AnyTeamEvent, TermsChanged
from policies.running.policy import Policy, build
from policies.state.conversation import Decision
from policies.state.events import PolicyAdopted
from tests.policies.queues.teams.mornings import TEAMS, Story, play, stories
from tests.policies.queues.teams.worlds import World


@dataclass
class ClosingWorld(World):
    """A world in which each conversation and each team follows a policy of its own once `later` is there."""

    later: Policy | None = None
    followed: dict[str, Policy] = field(default_factory=dict[str, Policy])

    def policy_for(self, name: str) -> Policy:
        """Return the policy that a conversation or a team follows."""
        return self.followed.get(name, self.policy)

    def delete(self, team: str, *, is_renamed: bool) -> None:
        """Let a version appear that does not have the team, or has it under another key; only the team hears of it."""
        self.later = _without(self.policy, team, is_renamed=is_renamed)
        fields = {"policy": "world", "version": self.later.document.version}
        for other, terms in self.later.document.teams.items():
            if terms.queue is not None:
                self.followed[other] = self.later
                known = self.teams.get(other)
                self.teams[other] = known or self._new_team(other)
                self._team_happens(other, TermsChanged(event_id="", occurred_at=self.now, **fields))
        self._team_happens(team, TermsChanged(event_id="", occurred_at=self.now, is_followed=False, **fields))

    def start(self, name: str, **body: Any) -> None:
        """Let a customer begin a conversation, under the latest version."""
        if self.later is not None:
            self.followed[name] = self.later
        super().start(name, **body)

    def _keep(self, name: str, decision: Decision) -> None:
        super()._keep(name, decision)
        situation = self.conversations[name].situation
        if self.later is None or not has_to_follow(situation):
            return
        assert self.policy_for(name) is not self.later
        now, before = self.clock(name), self.policy_for(name)
        event = PolicyAdopted(
            event_id=self._next_id(), occurred_at=now, source="baton", policy="world", mode="carry", by="baton"
        )
        self.followed[name] = self.later
        adopted = adopt(self.conversations[name], event, now, policy=before, adopted=self.later)
        super()._keep(name, adopted)
        after = adopted.conversation.situation
        assert after.waiting.since == situation.waiting.since, "the customer's wait began anew"


class _Unjudged:
    """Judges nothing: `promises` knows one policy for all, and `test_properties` judges stories without a change."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def hold_for(self, *_args: Any, **_kwargs: Any) -> None:
        """Judge no conversation."""

    def hold_after(self, *_args: AnyTeamEvent) -> None:
        """Judge no team."""


def _without(policy: Policy, team: str, *, is_renamed: bool) -> Policy:
    """Return the next version: the team has another key, or its people and channels are another team's."""
    document = policy.document.model_dump(mode="json", exclude_defaults=True)
    heir = "renamed" if is_renamed else next(other for other in TEAMS if other != team)
    terms = document["teams"].pop(team)
    if is_renamed:
        document["teams"][heir] = {**terms, "formerly": [team]}
    for other in document["teams"].values():
        if other.get("queue", {}).get("overflow", {}).get("to") in (team, heir):
            del other["queue"]["overflow"]
    people = document["people"].values()
    for person in [person for person in people if person.get("team") == team]:
        person["team"] = heir
    document["channels"] = {name: heir if to == team else to for name, to in document["channels"].items()}
    return build(Document.model_validate({**document, "version": policy.document.version + 1}))


def check(story: Story, team: str, rest: list[tuple[Any, ...]], *, is_renamed: bool) -> None:
    """Play the story, delete or rename the team, play on, and look where everybody is."""
    policy = build(Document.model_validate(story.document))
    delays = {"delays": story.delays, "late": story.late, "skews": story.skews, "has_echoes": story.has_echoes}
    world = ClosingWorld(policy, **delays)
    world.promises = _Unjudged(policy)  # type: ignore[assignment]
    play(world, story.acts)
    world.delete(team, is_renamed=is_renamed)
    play(world, [act for act in rest if act[0] not in ("move", "lead", "assign")])
    world.settle()
    assert world.teams[team].tickets == {}
    for name in [name for name in world.conversations if not world.situation(name).lifecycle.is_resolved]:
        world.order(name, "release", actor="lead")  # on hold, or with a patient customer, it is in no queue
        world.tell(name, "message", author="customer", text="And?")
    world.settle()
    for name in world.conversations:
        s = world.situation(name)
        # The helpdesk may report late that it waits for the customer, at the very instant of the last message: such a
        # conversation is in no queue, and is handed over when the customer writes again.
        if s.lifecycle.is_resolved or s.lifecycle.status == "pending_customer":
            continue
        assert s.responsible.team != team, f"{name} is still with {team}"
        assert world.policy_for(name).team(s.responsible.team) is not None
        assert s.queue_entry is None or name in world.teams[s.queue_entry.team].tickets, f"{name} is in no queue"


CASES = (stories(), st.sampled_from(TEAMS), stories(most=12).map(lambda story: story.acts), st.booleans())


@settings(max_examples=4, deadline=None)
@given(*CASES)
def test_no_customer_stays_in_a_closed_queue(
    story: Story, team: str, rest: list[tuple[Any, ...]], is_renamed: bool
) -> None:
    """No open conversation stays with a team that a version lacks, in any story before and after that version."""
    check(story, team, rest, is_renamed=is_renamed)


@pytest.mark.soak
@settings(max_examples=3000, deadline=None)
@given(*CASES)
def test_no_customer_stays_in_a_closed_queue_many_times(
    story: Story, team: str, rest: list[tuple[Any, ...]], is_renamed: bool
) -> None:
    """Thousands of other stories leave no customer there, either."""
    check(story, team, rest, is_renamed=is_renamed)
