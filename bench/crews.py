"""Teams with queues for the benchmark: their policy, as text, and their names.

Conversations begin in a lobby that has no queue, so that starting them is not part of the measurement. Must not know
what is measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

POLICY = "bench-queues"
SKILL = "refunds"


@dataclass(frozen=True, slots=True)
class Crew:
    """One team. `experts` of its people have the skill that conversations tagged `refund` need."""

    name: str
    size: int
    capacity: int
    experts: int = 0

    @property
    def people(self) -> list[str]:
        """The keys of its people, the experts first."""
        return [f"{self.name}-{number:02}" for number in range(self.size)]


ROOMY = 10_000
"""A capacity larger than any benchmark's load for one person, so that nobody waits for headroom."""
ONE = Crew("one", 10, ROOMY)
TEN = tuple(Crew(f"part-{number}", 10, ROOMY) for number in range(10))
MONDAY = Crew("monday", 50, 5)
WARM, CALM = Crew("warm", 10, ROOMY), Crew("calm", 10, ROOMY)
ALL = (ONE, *TEN, WARM, CALM, MONDAY)


def by_name(name: str) -> Crew:
    """Return the team of that name."""
    return next(crew for crew in ALL if crew.name == name)


def policy(crews: Sequence[Crew] = ALL) -> str:
    """Return the policy. People get conversations at once without being asked, as in a team with an automatic queue."""
    teams = (f"  {crew.name}: {{name: {crew.name}, tier: 2, queue: {_queue(crew)}}}\n" for crew in crews)
    people = (
        f"  {person}: {{team: {crew.name}{f', skills: {{{SKILL}: 1}}' if number < crew.experts else ''}}}\n"
        for crew in crews
        for number, person in enumerate(crew.people)
    )
    head = f"policy: {POLICY}\nversion: 1\nteams:\n  lobby: {{name: Lobby, tier: 1}}\n"
    return f"{head}{''.join(teams)}channels: {{email: lobby}}\npeople:\n{''.join(people)}"


def _queue(crew: Crew) -> str:
    needs = f", needs: [{{skill: {SKILL}, when: '\"refund\" in conversation.tags'}}]" if crew.experts else ""
    return f"{{capacity: {crew.capacity}{needs}}}"
