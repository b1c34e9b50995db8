"""The briefing: an internal note with which the agent who gets a conversation can answer at once.

Promises a briefing for every move that the policy wants one for, also where no colleague wrote a word: no escalation is
silent. The context from other systems is waited for only a moment, and named where it is missing. Must not know how a
text is filled in.
"""

from dataclasses import replace

from policies.document.handoffs import BriefingTerms, MoveKind
from policies.handoff.briefings import attempts
from policies.handoff.briefings.sheet import sheet
from policies.handoff.briefings.summary import problem
from policies.handoff.gist import says_something
from policies.handoff.stages import is_with_the_assistant
from policies.handoff.transitions import was_assistant
from policies.running.policy import Policy
from policies.running.texts.rendering import render
from policies.running.turn import Turn
from policies.state.context import Context
from policies.state.effects import AttachTranscript, GatherContext
from policies.state.events import (
    ContextGathered,
    Deescalated,
    EffectFailed,
    Escalated,
    MessageReceived,
    NoteAdded,
    Reassigned,
)
from policies.state.keys import Key
from policies.state.limits import ATTEMPTS_LIMIT, NUMBERS_LIMIT
from policies.state.records.briefing import Answers, Briefing, Tried, Word
from policies.state.situation import Situation
from policies.text.cutting import DOTS, cut
from policies.text.redaction import without_secrets
from policies.text.reference_numbers import reference_numbers

_OPENING, _ANSWER, _WORDS, _ANSWERERS = 500, 160, 5, 6


def heard(turn: Turn, message: MessageReceived) -> None:
    """Keep the parts of a message that a receiver will want: the customer's opening, and each answerer's count."""
    briefing = _kept(turn)
    if briefing is None or not message.public:
        return
    if message.author == "customer":
        words = turn.own_words(message.text)
        if not says_something(briefing.opening) and message.text.strip():
            briefing = replace(briefing, opening=words[:_OPENING])
            turn.change(Situation, briefing=briefing)
        _note_attempt(turn, briefing, message, attempts.tried(words), reference_numbers(words))
        return
    if message.automatic:
        return
    name = message.author, message.author_id
    known = next((given for given in briefing.answers if (given.author, given.author_id) == name), None)
    count, failed = (known.count, known.failed) if known else (0, 0)
    now = Answers(*name, count + 1, failed + message.failed, turn.at, message.text[:_ANSWER])
    others = tuple(given for given in briefing.answers if given is not known)
    briefing = replace(briefing, answers=(*others[1 - _ANSWERERS :], now))
    turn.change(Situation, briefing=briefing)
    if not message.failed:
        _note_attempt(turn, briefing, message, attempts.suggested(turn.own_words(message.text)), ())


def _note_attempt(
    turn: Turn, briefing: Briefing, message: MessageReceived, sentence: str, numbers: tuple[str, ...]
) -> None:
    """Keep what a message says was tried, or suggests, and the numbers in it; before edition 4 nothing was kept."""
    if turn.situation.edition < 4 or not (sentence or numbers):
        return
    if sentence:
        told = Tried(turn.at, message.author, message.author_id, cut(sentence, _ANSWER, unit=len, mark=DOTS))
        briefing = replace(briefing, attempts=(*briefing.attempts[1 - ATTEMPTS_LIMIT :], told))
    known = dict.fromkeys((*briefing.numbers, *numbers))
    turn.change(Situation, briefing=replace(briefing, numbers=tuple(known)[-NUMBERS_LIMIT:]))


def noted(turn: Turn, event: Escalated | NoteAdded | Deescalated | Reassigned) -> None:
    """Keep the words that a colleague left for the next agent."""
    briefing = _kept(turn)
    if briefing is None:
        return
    word = Word(turn.at, event.by, briefing=briefing.number + 1)
    match event:
        case Escalated() | NoteAdded():
            word = replace(word, tried=event.tried, think=event.think, need=event.need)
        case Deescalated() | Reassigned():
            word = replace(word, note=event.note)
    if word.tried or word.think or word.need or word.note:
        turn.change(Situation, briefing=replace(briefing, words=(*briefing.words[1 - _WORDS :], word)))


def follow(turn: Turn) -> None:
    """Write the briefing where the conversation has moved; to be called after every change."""
    briefing, s = _kept(turn), turn.situation
    if briefing is None or not s.responsible.team or _is_known(briefing, s):
        return
    move, terms = _move(turn.policy, briefing, s), turn.policy.briefing
    moved = replace(briefing, team=s.responsible.team, handoff=s.handoffs.latest.number if s.handoffs.latest else 0)
    if move is None or terms is None or move not in terms.on:
        # A briefing that waits for context is written for the team that has the conversation by then; the assistant
        # needs none.
        pending = "" if is_with_the_assistant(s, turn.policy) else briefing.pending
        turn.change(Situation, briefing=replace(moved, pending=pending))
        return
    numbered = replace(moved, from_team=briefing.team, move=move, number=briefing.number + 1)
    if terms.context:
        _ask_others(turn, numbered, terms)
    else:
        turn.change(Situation, briefing=numbered)
        _write(turn, numbered, terms)


def _ask_others(turn: Turn, briefing: Briefing, terms: BriefingTerms) -> None:
    """Ask other systems for context, which the briefing waits for a moment. They look at the customer's consent."""
    s = turn.situation
    key = turn.ask(
        GatherContext,
        f"briefing {briefing.number}",
        customer=s.contact.customer,
        channel=s.contact.channel,
        subject=without_secrets(s.contact.subject),
        tags=s.contact.tags,
        asked=problem(s),
        handoff=briefing.number,
    )
    pending = replace(briefing, pending=key)
    turn.change(Situation, briefing=pending)
    if briefing.early is not None and briefing.early[0] == key:
        _written(turn, pending, terms, briefing.early[1])


def _is_known(briefing: Briefing, s: Situation) -> bool:
    """True where the present team was briefed already, for the same handoff."""
    if briefing.team != s.responsible.team:
        return False
    return (
        s.handoffs.latest is None
        or s.handoffs.latest.state == "returned"
        or briefing.handoff == s.handoffs.latest.number
    )


def gathered(turn: Turn, event: ContextGathered) -> None:
    """Take in the context from other systems, or as much of it as came in time."""
    _answered(turn, event.key, event.context)


def failed(turn: Turn, event: EffectFailed) -> None:
    """Write the briefing without context where other systems could not be asked."""
    if event.effect == GatherContext.model_fields["kind"].default:
        _answered(turn, event.key, Context(missing=(f"what other systems know: {event.why}",)))


PARTS = ("next_steps", "words", "attachments")
"""The parts of a briefing that are also shown by themselves, as lists of lines."""


def parts(s: Situation, policy: Policy) -> dict[str, list[str]]:
    """Return those parts as of the last event."""
    shown = sheet(s, policy, s.at)
    return {name: shown[name] for name in PARTS}


def text(s: Situation, policy: Policy) -> str:
    """Return the briefing as of the last event; empty where the policy has none."""
    terms = policy.briefing
    return render(terms.template, sheet(s, policy, s.at)).strip() if terms is not None else ""


def _answered(turn: Turn, key: str, context: Context) -> None:
    """Write the briefing that waits for this answer; else keep the answer for the request that comes later.

    A late fact may have moved the request to after its own answer, and an answer is given only once.
    """
    briefing, terms = _kept(turn), turn.policy.briefing
    if briefing is None or terms is None:
        return
    if briefing.pending == Key(key).original:
        _written(turn, briefing, terms, context)
    else:
        turn.change(Situation, briefing=replace(briefing, early=(Key(key).original, context)))


def _written(turn: Turn, briefing: Briefing, terms: BriefingTerms, context: Context) -> None:
    answered = replace(briefing, pending="", context=context, early=None)
    turn.change(Situation, briefing=answered)
    _write(turn, answered, terms)


def _write(turn: Turn, briefing: Briefing, terms: BriefingTerms) -> None:
    s, number = turn.situation, briefing.number
    turn.record("briefed", f"Briefing {number} for {turn.policy.team_name(s.responsible.team)}")
    turn.note(text(s, turn.policy), f"briefing {number}")
    if terms.transcript and s.told.messages:
        turn.ask(AttachTranscript, f"briefing {number}", name=f"transcript-{number}.txt")


def _kept(turn: Turn) -> Briefing | None:
    """Return the briefing kept so far; None where the policy wants none, and for drills and incidents."""
    s = turn.situation
    if turn.policy.briefing is None or s.on_call.drill or s.on_call.incident is not None:
        return None
    return s.briefing or Briefing()


def _move(policy: Policy, briefing: Briefing, s: Situation) -> MoveKind | None:
    """Return the kind of move; None for the first team, and for the assistant, which reads the transcript itself."""
    before = briefing.team
    if not before or is_with_the_assistant(s, policy):
        return None
    began = next((stint for stint in reversed(s.responsible.path) if stint.team == before), None)
    if (was_assistant(began, policy) if began else policy.is_assistant(before)) or before == s.responsible.team:
        return "handoff"
    return "escalation" if policy.tier(s.responsible.team) > policy.tier(before) else "transfer"
