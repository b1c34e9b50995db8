"""The number of times a customer has mentioned a keyword of the policy: `{mentioned: lawyer, times: 2}`.

Promises that each message counts once for a keyword, however often it is in it, and that a quotation of an earlier
message does not count. Must not know what follows.
"""

from policies.running.conditions.regular import matches
from policies.running.facts import MentionFacts
from policies.running.turn import Turn
from policies.state.events import MessageReceived
from policies.state.records.understood import Understood
from policies.text.written import written

_LENGTH = 2_000
"""How many characters of a message are looked at; a keyword further down is in an e-mail's footer."""


def count(turn: Turn, event: MessageReceived) -> None:
    """Add this message to the counts of the keywords in it, and let the rules hear of each."""
    keywords = turn.policy.document.insight.keywords
    if event.author != "customer" or not keywords:
        return
    text = written(event.text)[:_LENGTH]
    for keyword, patterns in keywords.items():
        if any(matches(pattern, text) for pattern in patterns):
            counts = dict(turn.situation.understanding.mentions)
            counts[keyword] = times = counts.get(keyword, 0) + 1
            turn.change(Understood, mentions=tuple(sorted(counts.items())))
            turn.record(
                "mentioned", f"The customer mentioned {keyword}{'' if times == 1 else f' for the {times}. time'}"
            )
            turn.announce(MentionFacts(keyword=keyword, times=times), f"mentioned:{keyword}@{times}")
