"""The briefing: an internal note with which whoever gets a conversation can answer at once.

Promises one for every move that the policy wants it for, also where nobody wrote a word: no escalation is silent. What
other systems know is waited for only a moment, and named where it is missing. Must not know how a text is filled in.
"""

from dataclasses import replace

from policies.context import Context
from policies.effects import AttachTranscript, GatherContext, original
from policies.events import ContextGathered, EffectFailed, Escalated, MessageReceived, NoteAdded
from policies.handoff.gist import says_something
from policies.handoff.sheet import sheet
from policies.handoff.summary import problem
from policies.handoff.terms import Move
from policies.policy import Policy
from policies.situation import Answers, Briefing, Situation, Word
from policies.texts import render
from policies.turn import Turn

_OPENING, _ANSWER, _WORDS, _ANSWERERS = 500, 160, 5, 6


def heard(turn: Turn, message: MessageReceived) -> None:
    """Keep what a receiver will want to know of a message: how it began, and who has answered how often."""
    briefing = _kept(turn)
    if briefing is None or not message.public:
        return
    if message.author == "customer":
        if not says_something(briefing.opening) and message.text.strip():
            turn.change(briefing=replace(briefing, opening=message.text[:_OPENING]))
        return
    if message.automatic:
        return
    name = message.author, message.author_id
    known = next((given for given in briefing.answers if (given.author, given.author_id) == name), None)
    count, failed = (known.count, known.failed) if known else (0, 0)
    now = Answers(*name, count + 1, failed + message.failed, turn.at, message.text[:_ANSWER])
    others = tuple(given for given in briefing.answers if given is not known)
    turn.change(briefing=replace(briefing, answers=(*others[1 - _ANSWERERS :], now)))


def noted(turn: Turn, event: Escalated | NoteAdded) -> None:
    """Keep what somebody left for whoever comes next."""
    briefing = _kept(turn)
    if briefing is not None:
        word = Word(turn.at, event.by, event.tried, event.think, event.need)
        turn.change(briefing=replace(briefing, words=(*briefing.words[1 - _WORDS :], word)))


def follow(turn: Turn) -> None:
    """Write the briefing where the conversation has moved; to be called after every change."""
    briefing, s = _kept(turn), turn.situation
    if briefing is None or not s.team or briefing.team == s.team:
        return
    move, terms = _move(turn.policy, briefing.team, s.team), turn.policy.document.briefing
    if move is None or terms is None or move not in terms.on:
        # What waits for an answer is written for whoever has it by then; the assistant needs none.
        pending = "" if turn.policy.is_assistant(s.team) else briefing.pending
        turn.change(briefing=replace(briefing, team=s.team, pending=pending))
        return
    numbered = replace(briefing, team=s.team, from_team=briefing.team, move=move, number=briefing.number + 1)
    turn.change(briefing=numbered)
    if terms.context and s.customer.allows("context"):
        key = turn.ask(
            GatherContext,
            f"briefing {numbered.number}",
            customer=s.customer,
            channel=s.channel,
            subject=s.subject,
            tags=s.tags,
            asked=problem(s),
            handoff=numbered.number,
        )
        turn.change(briefing=replace(numbered, pending=key))
        if numbered.early is not None and numbered.early[0] == key:
            _written(turn, numbered.early[1])
    else:
        _write(turn)


def gathered(turn: Turn, event: ContextGathered) -> None:
    """What other systems know is there, or as much of it as came in time."""
    _answered(turn, event.key, event.context)


def failed(turn: Turn, event: EffectFailed) -> None:
    """Nobody could be asked: the briefing does not wait any longer."""
    if event.effect == GatherContext.model_fields["kind"].default:
        _answered(turn, event.key, Context(missing=(f"what other systems know: {event.why}",)))


def text(s: Situation, policy: Policy) -> str:
    """The briefing as it would be written now; empty where the policy has none."""
    terms = policy.document.briefing
    return render(terms.template, sheet(s, policy, s.at)).strip() if terms is not None else ""


def _answered(turn: Turn, key: str, context: Context) -> None:
    """A late fact may have moved the asking to after its own answer, which is then not given again: it is kept."""
    briefing = turn.situation.briefing
    if briefing is not None and briefing.pending == original(key):
        _written(turn, context)
    elif (kept := _kept(turn)) is not None:
        turn.change(briefing=replace(kept, early=(original(key), context)))


def _written(turn: Turn, context: Context) -> None:
    briefing = turn.situation.briefing
    assert briefing is not None
    turn.change(briefing=replace(briefing, pending="", context=context, early=None))
    _write(turn)


def _write(turn: Turn) -> None:
    s, terms = turn.situation, turn.policy.document.briefing
    assert s.briefing is not None
    assert terms is not None
    number = s.briefing.number
    turn.record("briefed", f"Briefing {number} for {turn.policy.team_name(s.team)}")
    turn.note(text(s, turn.policy), f"briefing {number}")
    if terms.transcript and s.messages:
        turn.ask(AttachTranscript, f"briefing {number}", name=f"transcript-{number}.txt")


def _kept(turn: Turn) -> Briefing | None:
    """What is kept of a conversation; nothing where no policy wants it, nobody waits, or nothing is on the desk."""
    s = turn.situation
    if turn.policy.document.briefing is None or s.drill or s.incident is not None:
        return None
    return s.briefing or Briefing()


def _move(policy: Policy, before: str, now: str) -> Move | None:
    """None for the first team, and for what goes to an assistant, which reads the transcript itself."""
    if not before or policy.is_assistant(now):
        return None
    if policy.is_assistant(before):
        return "handoff"
    return "escalation" if policy.tier(now) > policy.tier(before) else "transfer"
