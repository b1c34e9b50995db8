"""The number of times a customer has mentioned a keyword of the policy: `{mentioned: lawyer, times: 2}`.

Promises that each message counts once for a keyword, however often it is in it, and that a quotation of an earlier
message does not count. Must not know what follows.
"""

from collections.abc import Callable

from policies.running.conditions.patterns import words_found
from policies.running.conditions.regular import matches
from policies.running.facts import MentionFacts
from policies.running.turn import Turn
from policies.state.events import MessageReceived
from policies.state.records.understood import Understood
from policies.text.comparable import comparable
from policies.text.written import own_words, written

_LENGTH_BEFORE = 2_000
"""The characters of a message that were looked at before edition 3."""


def count(turn: Turn, event: MessageReceived) -> None:
    """Add this message to the counts of the keywords in it, and let the rules hear of each."""
    keywords = turn.policy.document.insight.keywords
    if event.author != "customer" or not keywords:
        return
    is_in = _finder(event.text, turn.situation.edition)
    for keyword, patterns in keywords.items():
        if any(map(is_in, patterns)):
            counts = dict(turn.situation.understanding.mentions)
            counts[keyword] = times = counts.get(keyword, 0) + 1
            turn.change(Understood, mentions=tuple(sorted(counts.items())))
            turn.record(
                "mentioned", f"The customer mentioned {keyword}{'' if times == 1 else f' for the {times}. time'}"
            )
            turn.announce(MentionFacts(keyword=keyword, times=times), f"mentioned:{keyword}@{times}")


def _finder(text: str, edition: int) -> Callable[[str], bool]:
    """Return the function that says whether a pattern is in the message's own words."""
    if edition < 3:
        said = written(text)[:_LENGTH_BEFORE]
        return lambda pattern: matches(pattern, said)
    said = comparable(own_words(text))
    return lambda pattern: bool(words_found(pattern, said))
