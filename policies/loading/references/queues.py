"""Checks of queues: people are in them and can take what comes, and no conversation goes round in circles.

Promises a finding with a remedy for every queue that can't do its work. Must not know how a queue is run.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from policies.document.document import ALWAYS_OPEN
from policies.document.escalations import Person
from policies.document.part import format_span
from policies.document.queues import Need, Queue
from policies.loading.draft import Draft
from policies.loading.references.names import TEAMS, circles
from policies.loading.source import Mistake, Path
from policies.text.spelling import did_you_mean

_OF_QUEUES = ("skills", "capacity", "languages")
"""Keys of a person that count only in queues; where a rule names the person, their shift counts in every team."""


def check_queues(draft: Draft) -> Iterator[Mistake]:
    """Find everything that would leave a conversation waiting for ever, or for a person who does not exist."""
    queues = {name: team.queue for name, team in draft.teams.items() if team.queue is not None}
    for name, queue in queues.items():
        path: Path = ("teams", name, "queue")
        people = _members(draft, name)
        yield from _check_members(draft, path, queue, people)
        yield from _check_needs(draft, path, queue, people)
        yield from _check_overflow(draft, path, name, queue)
    yield from _check_circles(queues)
    written = {name for name in draft.names("teams") if draft.written(("teams", name, "queue")) is not None}
    yield from _check_people(draft, written)
    yield from () if written else _check_rules(draft)


def _check_rules(draft: Draft) -> Iterator[Mistake]:
    for number, rule in draft.rules.items():
        for position, trigger in rule.on.items():
            if trigger.event == "queued":
                sentence = "no team has a `queue`, so this never happens: give a team one, or remove this rule"
                yield Mistake(("rules", number, "on", position, "event"), sentence)


def _members(draft: Draft, team: str) -> dict[str, Person]:
    return {name: person for name, person in draft.people.items() if team in person.teams}


def _check_members(draft: Draft, path: Path, queue: Queue, people: Mapping[str, Person]) -> Iterator[Mistake]:
    """Check who is in a team's queue; where the helpdesk assigns, it knows its people itself."""
    team = str(path[1])
    written = (draft.written(("people", name, "team")) for name in draft.names("people"))
    is_known = any(team in each if isinstance(each, list) else team == each for each in written)
    if queue.led_by == "baton" and not is_known:
        sentence = (
            f"nobody is in `{team}`, so what waits there waits for ever: give a person under `people:` the entry "
            f"`team: {team}`, or write `led_by: desk` where the helpdesk chooses"
        )
        yield Mistake(path, sentence, True)
    capacities = {person.capacity or queue.capacity for person in people.values()} or {queue.capacity}
    for channel, weight in queue.weights.items():
        if weight < 1:
            yield Mistake((*path, "weights", channel), "a conversation takes at least 1 of a person's capacity")
        elif weight > max(capacities):
            sentence = f"a conversation of {channel} takes {weight}, and nobody can have more than {max(capacities)}"
            yield Mistake((*path, "weights", channel), f"{sentence}: write less, or give people more `capacity`")
    if queue.presence == "by_shift" and people and not any(person.shift for person in people.values()):
        sentence = f"nobody in `{team}` has a `shift`, so everybody would always be there: give people shifts"
        yield Mistake((*path, "presence"), f"{sentence}, or let their presence be reported")


def _check_needs(draft: Draft, path: Path, queue: Queue, people: Mapping[str, Person]) -> Iterator[Mistake]:
    for number, need in enumerate(queue.needs):
        where: Path = (*path, "needs", number)
        yield from _check_steps(where, need)
        known = dict.fromkeys(skill for person in people.values() for skill in person.skills)
        best = max((person.skills.get(need.skill, 0) for person in people.values()), default=0)
        least = min([need.level, *(step.level for step in need.relax)])
        if people and need.required and queue.led_by == "baton" and best < least:
            has = f"the best has {best}" if best else did_you_mean(need.skill, known, there_is="the skills are")
            has = has if known else "give a person `skills`"
            enough = f"{need.skill} {least}{', which is enough after every `relax`' if need.relax else ''}"
            yield Mistake((*where, "skill"), f"nobody in `{path[1]}` has {enough}: {has}")


def _check_steps(where: Path, need: Need) -> Iterator[Mistake]:
    after, level = None, need.level
    for number, step in enumerate(need.relax):
        if after is not None and step.after <= after:
            yield Mistake((*where, "relax", number, "after"), "write the steps in the order of their waits")
        if step.level >= level:
            sentence = f"{step.level} is no less than the {level} that was needed before, so nothing is relaxed"
            yield Mistake((*where, "relax", number, "level"), f"{sentence}: write a lower level, 0 for not needed")
        after, level = step.after, min(level, step.level)


def _check_overflow(draft: Draft, path: Path, team: str, queue: Queue) -> Iterator[Mistake]:
    if queue.overflow is None:
        return
    where, to = (*path, "overflow", "to"), queue.overflow.to
    if queue.offer is not None and queue.overflow.after <= queue.offer:
        after, offer = format_span(queue.overflow.after), format_span(queue.offer)
        sentence = f"it goes on after {after}, when the first offer of {offer} still runs: write more than {offer}"
        yield Mistake((*path, "overflow", "after"), sentence)
    if to == team:
        yield Mistake(where, f"`{team}` can't flow over to itself: name another team")
    else:
        yield from TEAMS.check(draft, where, to)


def _check_circles(queues: Mapping[str, Queue]) -> Iterator[Mistake]:
    """Find overflows that form a circle: a conversation that no agent takes must come to rest somewhere."""
    for circle in circles({name: queue.overflow.to if queue.overflow else None for name, queue in queues.items()}):
        if len(circle) > 1:
            way = ", then to ".join(f"`{each}`" for each in (*circle[1:], circle[0]))
            sentence = f"`{circle[0]}` flows over to {way} again: let one of them have no `overflow`"
            yield Mistake(("teams", circle[0], "queue", "overflow", "to"), sentence)


def _check_people(draft: Draft, queues: AbstractSet[str]) -> Iterator[Mistake]:
    named = {person for rule in draft.rules.values() for do in rule.do.values() if (person := do.person) is not None}
    hours = (*draft.names("hours"), ALWAYS_OPEN)
    for name, person in draft.people.items():
        path: Path = ("people", name)
        if person.shift is not None and person.shift not in hours:
            remedy = did_you_mean(person.shift, hours, there_is="there are")
            yield Mistake((*path, "shift"), f"there are no business hours `{person.shift}`: {remedy}")
        several = [team for team in person.teams if team in queues]
        if len(several) > 1:
            sentence = f"`{several[0]}` and `{several[1]}` both have a `queue`, which would each give a whole capacity"
            yield Mistake((*path, "team"), f"{sentence}: keep one of them, beside teams without a queue")
        counts = ("skills", "capacity", "shift", "languages") if name not in named else _OF_QUEUES
        own = [key for key in counts if draft.written((*path, key)) is not None]
        if own and queues.isdisjoint(person.teams) and {*person.teams} <= {*draft.teams}:
            teams = " and ".join(f"`{team}`" for team in person.teams)
            where = (
                f"{teams} ha{'s' if len(person.teams) == 1 else 've'} no `queue`"
                if teams
                else f"`{name}` is in no `team`"
            )
            remedy = "give the team a queue" if person.teams else "give them a team with a queue"
            yield Mistake((*path, own[0]), f"{where}, so `{own[0]}` counts for nothing: {remedy}, or remove it", True)
