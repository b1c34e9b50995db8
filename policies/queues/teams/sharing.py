"""Agents who work in several teams: one capacity, which their first team with a queue keeps for all of them.

The first team lends room, and counts all that it has lent as taken. Another team gives the agent only conversations for
which it has room already: it asks for more, and gives back what it does not need. Promises that the loads of all teams
together stay within the agent's capacity, in any order of messages. Must not know which conversations the agent gets.

A request has a number, and both sides follow the latest one only. A team gives room up before it says so, and the
first team counts room as lent before it says so. So what the first team counts as lent is never less than what another
team believes to have.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from policies.queues.routing import Candidate
from policies.queues.teams.events import RoomGiven, RoomWanted
from policies.queues.teams.state import Loan, Share, TeamMember
from policies.queues.teams.turn import TeamTurn

ANSWER_WITHIN = timedelta(seconds=30)
"""How long a conversation waits for the room of an agent whose first team does not answer; then others are asked."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def sure(turn: TeamTurn, member: TeamMember) -> Candidate:
    """Return the agent as a candidate with the room that this team may give away without asking."""
    found = turn.candidate(member)
    if not turn.is_lent(member.agent):
        return found
    free = turn.share(member.agent).had - turn.load[member.agent]
    return replace(found, load=found.capacity - max(free, 0))


def askable(turn: TeamTurn, member: TeamMember) -> Candidate | None:
    """Return the agent as a candidate with room that may be asked for; None where none may be.

    How much they have elsewhere is only as the first team told last, so it decides whom to ask, never who has room.
    """
    if not turn.is_lent(member.agent) or not _can_ask(turn, turn.share(member.agent)):
        return None
    found, heaviest = turn.candidate(member), max(turn.queue.weights.values(), default=1)
    return replace(found, load=max(min(found.load, found.capacity - heaviest), turn.load[member.agent]))


def wanted(turn: TeamTurn, event: RoomWanted) -> None:
    """Take in how much room of an agent another team has filled and wants. What it gives back is free at once."""
    member, loan = turn.members.get(event.agent), turn.loan(event.agent, event.team)
    is_shared = member is not None and event.team in turn.teams_of(event.agent) and not turn.is_lent(event.agent)
    if not is_shared or event.number <= loan.number:
        return
    lent = max(event.load, min(loan.lent, event.wanted))
    asked = replace(
        loan, number=event.number, lent=lent, wanted=max(event.wanted, lent), since=event.since, is_told=False
    )
    turn.put_loan(asked)


def given(turn: TeamTurn, event: RoomGiven) -> None:
    """Take in the room that the first team has lent in answer to the latest request."""
    share = turn.share(event.agent)
    if event.number == share.number and turn.is_lent(event.agent):
        told = replace(share, had=max(share.had, event.lent), elsewhere=event.elsewhere, asked_at=None)
        turn.put_share(told)


def lend(turn: TeamTurn, loan: Loan) -> None:
    """Lend the room that a team wants, where the agent has it left."""
    member, more = turn.members.get(loan.agent), loan.wanted - loan.lent
    if member is not None and 0 < more <= turn.candidate(member).headroom:
        turn.put_loan(replace(loan, lent=loan.wanted, is_told=False))
        turn.record("lent", f"{loan.team} may give {loan.agent} {more} more")


def unmet(turn: TeamTurn) -> list[Loan]:
    """Return the loans that other teams want to be larger, in the order in which their customers wait."""
    return sorted((loan for loan in turn.team.loans if loan.wanted > loan.lent), key=rank)


def rank(loan: Loan) -> tuple[datetime, str]:
    """Return the key by which a loan is sorted among the waiting conversations."""
    return (loan.since or _LONG_AGO, loan.team)


def settle(turn: TeamTurn) -> None:
    """Lend all that can be lent, answer what was asked, and ask for the room that the queue needs now."""
    for loan in unmet(turn):
        lend(turn, loan)
    for loan in turn.team.loans:
        if not loan.is_told:
            turn.put_loan(replace(loan, is_told=True))
            elsewhere = turn.load_of(loan.agent) - loan.lent
            told = {"agent": loan.agent, "number": loan.number, "lent": loan.lent, "elsewhere": elsewhere}
            turn.tell_team(loan.team, "room_given", **told)
    for agent in turn.members:
        if turn.is_lent(agent):
            _ask(turn, agent, is_renewed=False)


def renew(turn: TeamTurn) -> None:
    """Tell the first teams again what is in use: one of them may have begun anew and know of nothing."""
    for agent in turn.members:
        if turn.is_lent(agent) and turn.load[agent]:
            _ask(turn, agent, is_renewed=True)


def changes_ahead(turn: TeamTurn) -> Iterator[tuple[datetime, str]]:
    """Yield when an answer of an agent's first team is waited for no longer."""
    for share in turn.team.shares:
        if share.asked_at is not None and turn.at < share.asked_at + ANSWER_WITHIN:
            yield share.asked_at + ANSWER_WITHIN, f"the room of {share.agent} is waited for no longer"


def _can_ask(turn: TeamTurn, share: Share) -> bool:
    """`True` where more room may be asked for, or was and may still come; `False` where it was refused."""
    if share.asked_at is not None:
        return turn.at < share.asked_at + ANSWER_WITHIN
    return share.wanted <= share.had


def _ask(turn: TeamTurn, agent: str, *, is_renewed: bool) -> None:
    share, own = turn.share(agent), turn.load[agent]
    needs, since = turn.wants.get(agent, (0, None))
    wants = own + needs
    if wants == share.wanted and not is_renewed:
        return
    number = max(share.number + 1, int(turn.at.timestamp() * 1000))
    is_more = wants > share.had
    kept = replace(share, number=number, wanted=wants, had=min(share.had, wants), asked_at=turn.at if is_more else None)
    turn.put_share(kept)
    body = {"agent": agent, "team": turn.team.team, "number": number, "load": own, "wanted": wants}
    turn.tell_team(turn.home_of(agent), "room_wanted", **body, since=(since or turn.at).isoformat())
