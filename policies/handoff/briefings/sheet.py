"""The sheet: everything that a briefing can show of a conversation, in lines that can be read by themselves.

Promises plain texts, lists and nothing else, safe to be put into a note, whatever customers and agents wrote. Must not
know how the policy arranges them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from policies.document.handoffs import ANY, BriefingTerms
from policies.document.part import format_span
from policies.handoff.briefings.actions import next_steps
from policies.handoff.briefings.replies import Suggested, suggested
from policies.handoff.briefings.summary import lasting, problem, summary
from policies.handoff.gist import without_address
from policies.handoff.plain import one_line, quoted
from policies.running.policy import Policy
from policies.state.context import Earlier, Volume
from policies.state.meaning import ASKS, FRUSTRATION, MOODS, WORD_LIMIT, Noticed
from policies.state.records.briefing import Answers, Briefing, Tried, Word
from policies.state.records.sla import Clock
from policies.state.records.told import EXCERPT, Attached, Said
from policies.state.situation import Situation

FIELDS = (
    "title", "summary", "missing", "asked", "noticed", "tried", "clocks", "page", "facts", "articles", "earlier",
    "last_words", "transcript", "conversation_id", "reason", "because", "next_steps", "words", "attachments",
)  # fmt: skip
"""The names that a template may use."""
_REASONS: Mapping[str, str] = {
    "beyond_automation": "it is beyond the assistant",
    "asked_for_human": "the customer asked for a person",
    "sentiment": "the customer is unhappy",
    "low_confidence": "the assistant is not sure",
    "defect": "something of ours is broken",
    "security": "an account may be in danger",
    "sla": "a promise is at risk",
    "value": "much is at stake",
    "agent_judgement": "a colleague thinks it is needed",
    "policy": "the policy says so",
    "compliance": "a contract or a legal rule is concerned",
}
_MOVES = {"handoff": "Handoff from", "escalation": "Escalation from", "transfer": "Transfer from"}
_WEB_PAGE, _ATTEMPTS = 300, 3


def sheet(s: Situation, policy: Policy, at: datetime) -> dict[str, Any]:
    """Return a value for each of `FIELDS`."""
    briefing, terms = s.briefing or Briefing(), policy.briefing or BriefingTerms.model_validate({})
    context, meaning = briefing.context, s.understanding.meaning
    asked = [word for word in briefing.words if word.briefing >= briefing.number][-1:]
    missing, is_new = _missing(s, terms), s.edition >= 4  # before, a briefing had none of the parts at the end
    words = suggested(s, policy) if is_new else Suggested()
    return {
        "conversation_id": s.conversation_id,
        "title": _title(s, briefing, policy),
        "reason": s.responsible.reason.replace("_", " "),
        "because": one_line(_why(s, briefing), 200),
        "summary": list(summary(s, policy, at)),
        "missing": [*missing, *_unsaid(s, briefing, asked), *(context.missing if context else ())],
        "asked": [line for word in asked for line in _asked(word)],
        "noticed": [_noticed(each, s, policy) for each in meaning.noticed] if meaning else [],
        "tried": [
            *_answers(briefing.answers, s, policy),
            *_attempts(briefing.attempts, s),
            *(_attempt(word, policy) for word in briefing.words if word not in asked),
        ],
        "clocks": [_clock(clock, policy, at) for clock in sorted(s.sla.open_promises, key=_next_due)],
        "page": _web_page(s.contact.web_page),
        "facts": [f"{fact.label}: {fact.value}" for fact in context.facts] if context else [],
        "articles": [f"{article.title}: {article.url}" for article in context.articles] if context else [],
        "earlier": [*_volume(context.volume), *(_earlier(each, policy) for each in context.earlier)] if context else [],
        "last_words": [
            f"{policy.local_time(said.at)} {_speaker(said, s)}: {_words(said.text, EXCERPT)}" for said in s.told.recent
        ],
        "transcript": _transcript(s, terms),
        "next_steps": next_steps(s, policy, at, asked=asked, missing=missing, words=words) if is_new else [],
        "words": words.lines,
        "attachments": [_attached(each, s, policy) for each in s.told.attachments],
    }


def _title(s: Situation, briefing: Briefing, policy: Policy) -> str:
    what = _MOVES.get(briefing.move, "Now with")
    between = f"{policy.team_name(briefing.from_team)} to " if briefing.from_team else ""
    receiver = policy.team_name(s.responsible.team) if briefing.from_team != s.responsible.team else _receiver(s)
    why = _REASONS.get(s.responsible.reason, "") if s.responsible.reason else ""
    because = one_line(_why(s, briefing), 120)
    return f"{what} {between}{receiver}{f', because {why}' if why else ''} ({because})"


def _why(s: Situation, briefing: Briefing) -> str:
    """Return why the conversation moved last; where it stayed in its team, why that handoff was requested."""
    if s.handoffs.latest is not None and briefing.from_team == s.responsible.team:
        return s.handoffs.latest.because
    return s.responsible.path[-1].because if s.responsible.path else ""


def _receiver(s: Situation) -> str:
    """Return the person who has the conversation now, where it stays in its team."""
    return one_line(s.responsible.assignee or s.waiting.answered_by or "a person", 40)


def _missing(s: Situation, terms: BriefingTerms) -> list[str]:
    """Return the facts that the policy wants at least for a receiver on this channel, and that are not known."""
    wanted = dict.fromkeys((*terms.minimum.get(ANY, ()), *terms.minimum.get(s.contact.channel, ())))
    return [name.rpartition(".")[2].replace("_", " ") for name in wanted if not _value(s, name)]


def _value(s: Situation, name: str) -> object:
    root, _, field = name.partition(".")
    match root:
        case "customer":
            return s.contact.customer.model_dump().get(field)
        case "attributes":
            return dict(s.contact.attributes).get(field)
        case "problem":
            return problem(s) or s.contact.subject
        case "page":
            return s.contact.web_page
        case "subject":
            return s.contact.subject
        case _:
            return None


def _unsaid(s: Situation, briefing: Briefing, asked: Sequence[Word]) -> list[str]:
    """Return the missing note of a colleague who brought it here by a tag or in the helpdesk, which asks for none."""
    is_asked_for = s.responsible.reason == "agent_judgement" and briefing.move in ("handoff", "escalation")
    return ["a note of who escalated it"] if is_asked_for and not asked else []


def _asked(word: Word) -> list[str]:
    found = (("Need", word.need), ("Think", word.think), ("Tried", word.tried), ("Note", word.note))
    return [f"{label} ({one_line(word.by, 40)}): {one_line(text, 400)}" for label, text in found if text]


def _noticed(each: Noticed, s: Situation, policy: Policy) -> str:
    """Return one thing noticed, with the words it rests on; with the whole message where that is not shown anyway."""
    known = {ASKS: "asks for a human", FRUSTRATION: "frustrated", **MOODS}
    what = known.get(each.what, one_line(each.what, WORD_LIMIT))
    is_shown = any(said.text == each.said for said in s.told.recent)
    where = "" if is_shown or not each.said else f": {_words(each.said, EXCERPT)}"
    amount = f", {f'{each.amount:,.2f}'.removesuffix('.00')} named" if each.amount is not None else ""
    return f"{what} ({quoted(each.words, WORD_LIMIT)}){amount}, {policy.local_time(each.at)}{where}"


def _next_due(clock: Clock) -> tuple[bool, datetime]:
    return clock.due_at is None, clock.due_at or clock.started_at


def _speaker(said: Said, s: Situation) -> str:
    """Return a customer's name; for everybody else their id in the helpdesk."""
    who = s.contact.customer.name if said.author == "customer" else said.author_id
    return f"{one_line(who or said.author, 40)}{' (automatic)' if said.automatic else ''}"


def _words(text: str, limit: int) -> str:
    """Return a message in quotes, without addresses and links; one that holds nothing else stays as it is."""
    return quoted(without_address(text) or text, limit) or "(no words)"


def _answers(answers: tuple[Answers, ...], s: Situation, policy: Policy) -> list[str]:
    """Return how often each author has answered; with the last answer where the last words do not show it."""
    lines: list[str] = []
    for given in answers:
        name = one_line(given.author_id, 40)
        who = f"{name} ({given.author})" if name else f"the {given.author}"
        times = "once" if given.count == 1 else f"{given.count} times"
        failed = f", {given.failed} of them failed" if given.failed else ""
        last = f", last {policy.local_time(given.last_at)}"
        if all(said.at != given.last_at for said in s.told.recent):
            last += f": {_words(given.last, 160)}"
        lines.append(f"{who} answered {times}{failed}{last}")
    return lines


def _attempts(attempts: Sequence[Tried], s: Situation) -> list[str]:
    """Return what the customer says they have tried, and what was suggested to them, the latest of each."""
    lines: list[str] = []
    for author in dict.fromkeys(attempt.author for attempt in attempts):
        said = [attempt for attempt in attempts if attempt.author == author][-_ATTEMPTS:]
        verb = "says they tried" if author == "customer" else "suggested"
        who = s.contact.customer.name if author == "customer" else said[-1].author_id
        name = one_line(who, 40) or f"the {author}"
        lines.append(f"{name} {verb}: {'; '.join(_words(attempt.text, 160) for attempt in said)}")
    return lines


def _volume(volume: Volume | None) -> list[str]:
    """Return how many other conversations the customer began lately; nothing where there were none."""
    if volume is None or not (volume.lately or volume.before):
        return []
    return [f"{volume.lately} others began in the last 30 days, {volume.before} in the 30 days before"]


def _attached(each: Attached, s: Situation, policy: Policy) -> str:
    """Return a file by its name, and by the address where agents can open it."""
    who = s.contact.customer.name if each.author == "customer" else each.author_id
    file = " ".join(filter(None, (one_line(each.file.described, 160), each.file.url)))
    return f"{policy.local_time(each.at)} {one_line(who or each.author, 40)}: {file}"


def _attempt(word: Word, policy: Policy) -> str:
    """Return a colleague's earlier words: left for another receiver, or before they said more."""
    said = one_line(word.tried or word.note or word.think, 240)
    needed = f"needed: {one_line(word.need, 160)}" if word.need else ""
    return f"{one_line(word.by, 40)}, {policy.local_time(word.at)}: {'; '.join(filter(None, (said, needed)))}"


def _clock(clock: Clock, policy: Policy, at: datetime) -> str:
    name = clock.kind.title
    if clock.due_at is None:
        return f"{name}: paused, promised within {format_span(clock.target)}"
    when = policy.local_time(clock.due_at)
    if clock.due_at <= at:
        return f"{name}: breached, was due {when}, {lasting(at - clock.due_at)}"
    risk = ", at risk" if clock.is_at_risk else ""
    minutes = max(1, round((clock.due_at - at) / timedelta(minutes=1)))
    return f"{name}: due {when}, in {format_span(timedelta(minutes=minutes))}{risk}"


def _web_page(web_page: Any) -> str:
    """Return the web page that the customer looked at: an address, or the few values that the sender knows."""
    if isinstance(web_page, Mapping):
        values = [f"{one_line(name, 40)} {one_line(value, 100)}" for name, value in web_page.items() if value]  # pyright: ignore
        return one_line(", ".join(values), _WEB_PAGE)
    return one_line(web_page, _WEB_PAGE) if web_page else ""


def _earlier(each: Earlier, policy: Policy) -> str:
    when, status = policy.local_time(each.opened_at), each.status.replace("_", " ") or "open"
    about = f": {quoted(each.subject, 100)}" if each.subject else ""
    same = ", the same problem" if each.is_same else ""
    return f"{when}, {status}, {one_line(each.channel, 40)}{about} ({one_line(each.conversation_id, 100)}){same}"


def _transcript(s: Situation, terms: BriefingTerms) -> str:
    count = (
        "no message" if not s.told.messages else "1 message" if s.told.messages == 1 else f"{s.told.messages} messages"
    )
    attached = " attached," if terms.transcript and s.told.messages else ""
    return f"Transcript: {count},{attached} `baton transcript {one_line(s.conversation_id, 200)}`"
