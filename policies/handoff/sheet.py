"""What a briefing can show: the facts of a conversation, in lines that can be read by themselves.

Promises plain texts, lists and nothing else, safe to be put into a note, whoever wrote what. Must not know how the
policy arranges them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from policies import sla
from policies.context import Earlier
from policies.handoff.gist import without_address
from policies.handoff.plain import one_line, quoted
from policies.handoff.summary import lasting, problem, summary
from policies.handoff.terms import ANY, BriefingTerms
from policies.part import format_span
from policies.policy import Policy
from policies.situation import Answers, Briefing, Clock, Said, Situation, Word

FIELDS = (
    "title", "summary", "missing", "asked", "tried", "clocks", "page", "facts", "articles", "earlier", "last_words",
    "transcript", "conversation_id", "reason", "because",
)  # fmt: skip
"""What a template may name."""
_REASONS: Mapping[str, str] = {
    "beyond_automation": "it is beyond the assistant",
    "asked_for_human": "the customer asked for a person",
    "sentiment": "the customer is unhappy",
    "low_confidence": "the assistant is not sure",
    "defect": "something of ours is broken",
    "security": "an account may be in danger",
    "sla": "a promise is at risk",
    "value": "the customer matters much to us",
    "agent_judgement": "a colleague thinks it is needed",
    "policy": "the policy says so",
}
_MOVES = {"handoff": "Handoff from", "escalation": "Escalation from", "transfer": "Transfer from"}
_PAGE = 300


def sheet(s: Situation, policy: Policy, at: datetime) -> dict[str, Any]:
    """All of `FIELDS`."""
    briefing, terms = s.briefing or Briefing(), policy.document.briefing or BriefingTerms.model_validate({})
    context = briefing.context
    allows = s.customer.allows("context")
    return {
        "conversation_id": s.conversation_id,
        "title": _title(s, briefing, policy),
        "reason": s.reason.replace("_", " "),
        "because": one_line(s.path[-1].because, 200) if s.path else "",
        "summary": list(summary(s, policy, at)),
        "missing": [*_missing(s, terms), *(context.missing if context else ()), *_withheld(terms, allows=allows)],
        "asked": _asked(briefing.words),
        "tried": [*_answers(briefing.answers, s, policy), *_attempts(briefing.words, policy)],
        "clocks": [
            _clock(clock, policy, at) for clock in sorted(s.open_clocks, key=_next_due) if clock.name != "ownership"
        ],
        "page": _page(s.page),
        "facts": [f"{fact.label}: {fact.value}" for fact in context.facts] if context else [],
        "articles": [f"{article.title}: {article.url}" for article in context.articles] if context else [],
        "earlier": [_earlier(each, policy) for each in context.earlier] if context else [],
        "last_words": [
            f"{policy.local_time(said.at)} {_speaker(said, s)}: {_words(said.text, 280)}" for said in s.recent
        ],
        "transcript": _transcript(s, terms),
    }


def _title(s: Situation, briefing: Briefing, policy: Policy) -> str:
    what = _MOVES.get(briefing.move, "Now with")
    between = f"{policy.team_name(briefing.from_team)} to " if briefing.from_team else ""
    why = _REASONS.get(s.reason, "") if s.reason else ""
    because = one_line(s.path[-1].because, 120) if s.path else ""
    return f"{what} {between}{policy.team_name(s.team)}{f', because {why}' if why else ''} ({because})"


def _missing(s: Situation, terms: BriefingTerms) -> list[str]:
    """What the policy calls the least a receiver needs on this channel, and nobody knows."""
    wanted = dict.fromkeys((*terms.minimum.get(ANY, ()), *terms.minimum.get(s.channel, ())))
    return [name.rpartition(".")[2].replace("_", " ") for name in wanted if not _value(s, name)]


def _value(s: Situation, name: str) -> object:
    root, _, field = name.partition(".")
    match root:
        case "customer":
            return s.customer.model_dump().get(field)
        case "attributes":
            return dict(s.attributes).get(field)
        case "problem":
            return problem(s) or s.subject
        case "page":
            return s.page
        case "subject":
            return s.subject
        case _:
            return None


def _withheld(terms: BriefingTerms, *, allows: bool) -> list[str]:
    return ["what other systems know, to which the customer did not consent"] if terms.context and not allows else []


def _asked(words: tuple[Word, ...]) -> list[str]:
    if not words:
        return []
    last = words[-1]
    found = (("Need", last.need), ("Think", last.think), ("Tried", last.tried))
    return [f"{label} ({one_line(last.by, 40)}): {one_line(text, 400)}" for label, text in found if text]


def _next_due(clock: Clock) -> tuple[bool, datetime]:
    return clock.due_at is None, clock.due_at or clock.started_at


def _speaker(said: Said, s: Situation) -> str:
    """A customer by name, everybody else by who they are to the helpdesk."""
    who = s.customer.name if said.author == "customer" else said.author_id
    return one_line(who or said.author, 40)


def _words(text: str, limit: int) -> str:
    """What somebody said; a message that is only an address or a link as it is."""
    return quoted(without_address(text) or text, limit)


def _answers(answers: tuple[Answers, ...], s: Situation, policy: Policy) -> list[str]:
    """How often who has answered; the last answer too, where it is not among the last words."""
    lines: list[str] = []
    for given in answers:
        who = one_line(given.author_id, 40) or given.author
        times = "once" if given.count == 1 else f"{given.count} times"
        failed = f", {given.failed} of them failed" if given.failed else ""
        last = f", last {policy.local_time(given.last_at)}"
        if all(said.at != given.last_at for said in s.recent):
            last += f": {_words(given.last, 160)}"
        lines.append(f"{who} ({given.author}) answered {times}{failed}{last}")
    return lines


def _attempts(words: tuple[Word, ...], policy: Policy) -> list[str]:
    """What colleagues wrote before the latest, which stands under what is asked."""
    return [f"{one_line(w.by, 40)}, {policy.local_time(w.at)}: {one_line(w.tried, 240)}" for w in words[:-1] if w.tried]


def _clock(clock: Clock, policy: Policy, at: datetime) -> str:
    name = sla.title(clock.name)
    if clock.due_at is None:
        return f"{name}: paused, promised within {format_span(clock.target)}"
    when = policy.local_time(clock.due_at)
    if clock.due_at <= at:
        return f"{name}: breached, was due {when}, {lasting(at - clock.due_at)}"
    risk = ", at risk" if clock.is_at_risk else ""
    minutes = max(1, round((clock.due_at - at) / timedelta(minutes=1)))
    return f"{name}: due {when}, in {format_span(timedelta(minutes=minutes))}{risk}"


def _page(page: Any) -> str:
    """Where the customer was: an address, or the few values that the sender knows."""
    if isinstance(page, Mapping):
        values = [f"{one_line(name, 40)} {one_line(value, 100)}" for name, value in page.items() if value]  # pyright: ignore
        return one_line(", ".join(values), _PAGE)
    return one_line(page, _PAGE) if page else ""


def _earlier(each: Earlier, policy: Policy) -> str:
    when, status = policy.local_time(each.opened_at), each.status.replace("_", " ") or "open"
    about = f": {quoted(each.subject, 100)}" if each.subject else ""
    return f"{when}, {status}, {one_line(each.channel, 40)}{about} ({one_line(each.conversation_id, 100)})"


def _transcript(s: Situation, terms: BriefingTerms) -> str:
    count = "no message" if not s.messages else "1 message" if s.messages == 1 else f"{s.messages} messages"
    attached = " attached," if terms.transcript and s.messages else ""
    return f"Transcript: {count},{attached} `baton transcript {one_line(s.conversation_id, 200)}`"
