"""The assistant's own answers: unsure, or of no help, several times in a row; and the customer's wait for one.

Promises that an answer is judged when it comes, without a reading: by the confidence reported with it and by its words.
Must not know what a policy does about it.
"""

from policies.running.turn import Turn
from policies.state.events import MessageReceived
from policies.state.limits import COUNT_LIMIT
from policies.state.records.told import EXCERPT
from policies.state.records.understood import Understood
from policies.state.records.waiting import CustomerWait
from policies.text.at_a_loss import is_at_a_loss, says_the_same


def count(turn: Turn, event: MessageReceived) -> None:
    """Count the answer with those before it, and end the customer's wait for one. Does nothing before edition 4."""
    if turn.situation.edition < 4 or not event.public or event.automatic:
        return
    turn.change(CustomerWait, unanswered_since=None)
    if event.author == "assistant":
        turn.change(Understood, unsure=_unsure(turn, event), at_a_loss=_at_a_loss(turn, event))
    else:
        turn.change(Understood, unsure=0, at_a_loss=0)


def _unsure(turn: Turn, event: MessageReceived) -> int:
    """Return the unsure answers in a row with this one. An answer without a confidence changes nothing."""
    known = turn.situation.understanding.unsure
    if event.confidence is None:
        return known
    is_unsure = event.confidence < turn.policy.document.insight.unsure_below
    return min(known + 1, COUNT_LIMIT) if is_unsure else 0


def _at_a_loss(turn: Turn, event: MessageReceived) -> int:
    """Return the answers of no help in a row with this one."""
    said = turn.own_words(event.text)[:EXCERPT]
    is_no_help = is_at_a_loss(said) or says_the_same(said, _answer_before(turn))
    return min(turn.situation.understanding.at_a_loss + 1, COUNT_LIMIT) if is_no_help else 0


def _answer_before(turn: Turn) -> str:
    """Return the assistant's answer before this one; the last remembered message is this one."""
    earlier = turn.situation.told.recent[:-1]
    return next((said.text for said in reversed(earlier) if said.author == "assistant"), "")
