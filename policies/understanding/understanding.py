"""Understanding: the picture of the customer that readings of their messages add up to.

Promises that messages are read only where the policy has a use for it, that each message is read once, and that a
reading of messages that are unknown, or known no longer, changes nothing, on the record. Facts never wait for a
reading. Must not know how messages are read.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.conversation import Conversation
from policies.state.events import Fact, MessageReceived, MessageUnderstood
from policies.state.limits import TAIL_LIMIT
from policies.state.meaning import (
    ASKS,
    FRUSTRATION,
    MOODS,
    NOTICED_LIMIT,
    NOTICED_LIMIT_BEFORE,
    RISKS_LIMIT,
    Noticed,
    Understanding,
)
from policies.state.records.told import Said
from policies.state.records.understood import Understood
from policies.state.situation import Situation
from policies.understanding import scoring, tagging

AFTER = timedelta(milliseconds=1)
"""The time between a reading's last message and the reading, whenever it was made: the same for every run and order."""
READ_AT_ONCE = TAIL_LIMIT
_UNREAD_LIMIT = 2 * TAIL_LIMIT
"""The most messages that may wait to be read: those of the remembered past, and as many that were said before it."""
_NOTABLE, _SHOWN = 0.5, 4


def heard(turn: Turn, event: MessageReceived) -> None:
    """Let a customer's message wait to be read, where the policy wants to know what it means."""
    if event.author == "customer" and turn.policy.reads_messages:
        known = turn.situation.understanding.meaning or Understanding()
        unread = (*known.unread[1 - _UNREAD_LIMIT :], event.event_id)
        turn.change(Understood, meaning=replace(known, unread=unread))


def understood(turn: Turn, event: MessageUnderstood) -> None:
    """Take a reading into the picture and let the rules judge it."""
    known = turn.situation.understanding.meaning or Understanding()
    unread = tuple(message for message in known.unread if message not in event.messages)
    if unread == known.unread:
        turn.record("understood", "Not taken in: a reading of messages that are unknown here, or were read already")
        return
    if event.trouble:
        turn.change(Understood, meaning=replace(known, unread=unread, trouble=event.trouble))
        if event.trouble != known.trouble:  # say it once: a reader that is down for an hour is down at every message
            turn.record("not_understood", f"What the customer means could not be read: {event.trouble}")
        return
    risks = tuple(dict.fromkeys((*known.risks, *event.risks)))[:RISKS_LIMIT]
    picture = replace(
        known,
        unread=unread,
        readings=known.readings + 1,
        asked_for_human_at=known.asked_for_human_at or (turn.at if event.asks_for_human else None),
        frustration=event.frustration,
        most_frustrated=max(known.most_frustrated, event.frustration),
        risks=risks,
        topics=tuple(dict.fromkeys((*known.topics, *event.topics)))[:RISKS_LIMIT],
        settled=event.settled,
        unresolved=event.unresolved,
        repeated=event.repeated,
        failed=event.failed,
        confidence=event.confidence,
        systems=event.systems,
        language=event.language or known.language,
        trouble="",
        noticed=_noticed(known, event, turn.situation),
    )
    turn.change(Understood, meaning=picture)
    turn.record("understood", sentence(event))
    tagging.propose(turn, event)
    turn.announce(event)
    scoring.weigh(turn, picture)


def unread(conversation: Conversation, policy: Policy) -> tuple[MessageReceived, ...]:
    """Return the messages to be read now, as they were placed in time; empty where there are none or no rule listens.

    Messages that have been folded away meanwhile are gone: there is no place any more where a reading could be put.
    """
    picture = conversation.situation.understanding.meaning
    if picture is None or not picture.unread or not policy.reads_messages:
        return ()
    said = (*conversation.earlier, *conversation.tail)
    waiting = [fact for fact in said if isinstance(fact, MessageReceived) and _is_unread(fact, picture)]
    chosen = tuple(waiting[:READ_AT_ONCE])
    return () if not chosen or reading_id(chosen) in conversation.seen else chosen


def to_keep(facts: Sequence[Fact], s: Situation) -> tuple[MessageReceived, ...]:
    """Return the messages in these facts, where some of them have not been read yet; else nothing."""
    said = tuple(fact for fact in facts if isinstance(fact, MessageReceived))[-TAIL_LIMIT:]
    return (
        said
        if s.understanding.meaning is not None and any(_is_unread(fact, s.understanding.meaning) for fact in said)
        else ()
    )


def folded_away_unread(s: Situation, old: Sequence[Fact]) -> str:
    """Return a sentence where some of these facts are messages that now can never be read; empty otherwise."""
    waiting = s.understanding.meaning.unread if s.understanding.meaning else ()
    lost = sum(fact.event_id in waiting for fact in old)
    return f"{lost} of the customer's messages came too many at once to be read for what they mean" if lost else ""


def no_longer_unread(s: Situation, old: Sequence[Fact]) -> Situation:
    """Return the situation in which none of these facts waits to be read: their place in time is gone."""
    if s.understanding.meaning is None or not s.understanding.meaning.unread:
        return s
    gone = {fact.event_id for fact in old}
    unread = tuple(message for message in s.understanding.meaning.unread if message not in gone)
    return s.changed(Understood, meaning=replace(s.understanding.meaning, unread=unread))


def answered(turn: Turn, event: MessageReceived) -> None:
    """Close the customer's open questions after a public answer, until they ask again."""
    picture = turn.situation.understanding.meaning
    is_helpful = turn.situation.understanding.at_a_loss == 0  # before edition 4 every answer counted as one
    if is_helpful and picture is not None and picture.unresolved and event.is_public_answer:
        turn.change(Understood, meaning=replace(picture, unresolved=0))


def before(conversation: Conversation, messages: tuple[MessageReceived, ...], most: int) -> tuple[MessageReceived, ...]:
    """Return the latest `most` public messages before the last of these messages, these left out.

    Messages from before people gave the conversation back to the assistant are left out, too: they are settled. So are
    a machine's words in the customer's name.
    """
    facts, handoff = (*conversation.earlier, *conversation.tail), conversation.situation.handoffs.latest
    since = handoff.returned_at if handoff is not None else None
    said = [fact for fact in facts[: facts.index(messages[-1])] if isinstance(fact, MessageReceived) and fact.public]
    return tuple(
        fact
        for fact in said
        if fact not in messages
        and (since is None or fact.occurred_at > since)
        and not (fact.author == "customer" and fact.automatic)
    )[-most:]


def reading_id(messages: tuple[MessageReceived, ...]) -> str:
    """Return the reading's id, which sorts after its messages, also where they happened at the same instant."""
    return f"{messages[-1].event_id}/understood"


def sentence(event: MessageUnderstood) -> str:
    """Return a reading as one line of the timeline."""
    noticed = (
        "asks for a human" if event.asks_for_human else "",
        *(words for mood, words in MOODS.items() if getattr(event, mood)),
        f"frustration {event.frustration:.2f}" if event.frustration >= _NOTABLE else "",
        f"risk: {', '.join(event.risks)}" if event.risks else "",
        f"about {', '.join(event.topics)}" if event.topics else "",
        _many(event.unresolved, "open question", "open questions"),
        _many(event.repeated, "repetition", "repetitions"),
        _many(event.failed, "failed answer", "failed answers"),
        f"confidence {event.confidence:.2f}" if event.confidence is not None else "",
        f"{event.systems} systems involved" if event.systems > 1 else "",
    )
    found = "; ".join(part for part in noticed if part) or "nothing that needs a person"
    words = ", ".join(f"“{word}”" for word in event.why[:_SHOWN])
    return f"Understood: {found}{f' ({words})' if words else ''}"


def _noticed(known: Understanding, event: MessageUnderstood, s: Situation) -> tuple[Noticed, ...]:
    """Return what people may want to judge for themselves, with the words it rests on: for each thing the latest."""
    noticed, most = known.noticed, NOTICED_LIMIT if s.edition >= 4 else NOTICED_LIMIT_BEFORE
    for what, words in event.evidence.items():
        is_topic = what in event.risks or (what in event.topics and s.edition >= 4)
        if words and (is_topic or _is_notable(what, event, s.edition)):
            said = (text.text for text in reversed(s.told.recent) if text.is_customers_word and _has(text, words))
            found = Noticed(event.occurred_at, what, words, next(said, ""), event.amount if is_topic else None)
            noticed = (*(each for each in noticed if each.what != what), found)[-most:]
    return noticed


def _is_notable(what: str, event: MessageUnderstood, edition: int) -> bool:
    if what in MOODS:
        return edition >= 4 and getattr(event, what)
    return event.asks_for_human if what == ASKS else what == FRUSTRATION and event.frustration >= _NOTABLE


def _has(message: Said, words: str) -> bool:
    """True where the words are in the message. They come as they were read: lower case, one line, plain apostrophes."""
    return words in " ".join(message.text.lower().replace("’", "'").split())


def _many(count: int, one: str, many: str) -> str:
    return "" if not count else f"{count} {one if count == 1 else many}"


def _is_unread(fact: MessageReceived, picture: Understanding) -> bool:
    return fact.author == "customer" and fact.event_id in picture.unread
