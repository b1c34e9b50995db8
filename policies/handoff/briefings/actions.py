"""The next steps: a short list of what the receiver has to do, in order.

Promises only steps that follow from something on record: a colleague's request, a promise, a missing fact, a question
of the customer. Must not know how a briefing looks.
"""

from collections.abc import Sequence
from datetime import datetime

from policies.handoff.briefings.identity import may_be_in_danger
from policies.handoff.briefings.replies import Suggested
from policies.handoff.gist import sentences
from policies.handoff.plain import one_line, quoted
from policies.running.policy import Policy
from policies.state.context import Context
from policies.state.meaning import ASKS
from policies.state.records.briefing import Word
from policies.state.situation import Situation

_LINE = 200


def next_steps(
    s: Situation, policy: Policy, at: datetime, *, asked: Sequence[Word], missing: Sequence[str], words: Suggested
) -> list[str]:
    """Return the steps: asked of the receiver, promised, missing, and the best reply."""
    context = s.briefing.context if s.briefing else None
    steps = (
        *(_asked(word) for word in asked),
        _call_back(s, policy),
        _answer_by(s, policy, at),
        "Make sure who is writing before you change or tell anything" if may_be_in_danger(s) else "",
        f"Ask for: {', '.join(missing)}" if missing else "",
        _reply(s, words, context),
    )
    return [step for step in steps if step]


def _asked(word: Word) -> str:
    wish = word.need or word.note
    return f"Do what {one_line(word.by, 40)} asks: {one_line(wish, _LINE)}" if wish else ""


def _call_back(s: Situation, policy: Policy) -> str:
    return f"Call back {policy.local_time(s.waiting.callback_at)}" if s.waiting.callback_at else ""


def _answer_by(s: Situation, policy: Policy, at: datetime) -> str:
    """Return until when the customer was promised an answer."""
    due_at = s.sla.answer_due_at
    if due_at is None or s.waiting.callback_at:
        return ""
    when = policy.local_time(due_at)
    return f"Answer by {when}" if due_at > at else f"Answer now: it was promised by {when}"


def _reply(s: Situation, words: Suggested, context: Context | None) -> str:
    """Return the best reply: the first sentence, then an approved reply, an article, or the customer's question."""
    if s.waiting.since is None:
        return ""
    begins = "Begin with the first sentence below" if words.first else "Reply"
    if words.replies:
        topic = words.replies[0].topic
        return f"{begins}, then the approved reply{f' for {topic}' if topic else ''}"
    if context and context.articles:
        return f"{begins}, then what “{one_line(context.articles[0].title, 100)}” says"
    question = _last_question(s)
    return f"{begins}, then answer {quoted(question, 120)}" if question else begins if words.first else ""


def _last_question(s: Situation) -> str:
    """Return the customer's last question that is about more than talking to a person."""
    noticed = s.understanding.meaning.noticed if s.understanding.meaning else ()
    for_a_person = {each.said for each in noticed if each.what == ASKS}
    said = [said.text for said in s.told.recent if said.is_customers_word and said.text not in for_a_person]
    asked = [sentence for text in said for sentence in sentences(text) if sentence.endswith("?")]
    return asked[-1] if asked else ""
