"""Names that refer to something in the policy, circles of them, and names that a policy declares as facts.

Promises that a name of nothing gets the same sentence wherever it stands. Must not know what a name is used for.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from policies.contract.team_names import called
from policies.loading.draft import Draft
from policies.loading.source import Mistake, Path
from policies.running.facts import CustomerFacts
from policies.running.own_fields import can_be_fact
from policies.text.spelling import did_you_mean
from policies.time.hours import zone_problem


class Named(NamedTuple):
    """A section whose entries have names, and the words of the sentence about a name that is not there."""

    section: Path
    there_is_no: str
    there_is: str = "there is"
    if_empty: str = ""
    """The remedy where the section has no entry."""

    def missing(self, draft: Draft, name: str) -> str | None:
        """Return the problem with a name, None where the section has it."""
        known = draft.names_at(self.section)
        if name in known:
            return None
        remedy = did_you_mean(name, known, there_is=self.there_is) if known or not self.if_empty else self.if_empty
        if self.section == ("teams",) and (
            found := called(name, ((key, team.name) for key, team in draft.teams.items()))
        ):
            remedy = f"did you mean {' or '.join(f'`{key}`' for key in found)}? Here teams are named by their keys"
        return f"{self.there_is_no} `{name}`: {remedy}"

    def check(self, draft: Draft, path: Path, name: str | None) -> Iterator[Mistake]:
        """Find a name at `path` that is not there."""
        if name is not None and (sentence := self.missing(draft, name)):
            yield Mistake(path, sentence)


HOURS = Named(("hours",), "there are no business hours", "there are")
TEAMS = Named(("teams",), "there is no team", "the teams are")
SLAS = Named(("sla",), "there is no SLA", "the SLAs are")
PEOPLE = Named(("people",), "there is no person", "the people are", "add it under `people:`")
ROTATIONS = Named(("on_call",), "there is no on-call rotation", "the rotations are", "add it under `on_call:`")
TEXTS = Named(("customer_texts",), "there is no text", if_empty="add it under `customer_texts:`")
KEYWORDS = Named(("insight", "keywords"), "there is no keyword", if_empty="add it under `insight: keywords:`")


def circles(links: Mapping[str, str | None]) -> Iterator[list[str]]:
    """Yield each circle of names once, from the one that stands first."""
    done: set[str] = set()
    for start in links:
        chain: list[str] = []
        name: str | None = start
        while name is not None and name not in chain and name not in done:
            chain.append(name)
            name = links.get(name)
        if name in chain:
            yield chain[chain.index(name) :]
        done.update(chain)


def check_zone(path: Path, zone: str) -> Iterator[Mistake]:
    """Find a time zone at `path` that is not there."""
    if sentence := zone_problem(zone):
        yield Mistake(path, sentence)


def check_own_fields(draft: Draft) -> Iterator[Mistake]:
    """Find every declared name that can't be one, or that is there already."""
    for section in ("attributes", "customer_fields"):
        for name in draft.names_at((section,)):
            if not can_be_fact(name):
                sentence = (
                    f"`{name}` can't stand in a condition: use letters, digits and _, and no word of CEL or Python"
                )
                yield Mistake((section, name), sentence, at_key=True)
            elif section == "customer_fields" and name in CustomerFacts.__dataclass_fields__:
                sentence = f"every customer has `{name}`: remove it here, and read `customer.{name}`"
                yield Mistake((section, name), sentence, at_key=True)
