"""Attaches all messages of a conversation to it in the helpdesk, as one text.

Promises that the text is complete up to the moment it was asked for: lines that the ledger does not have yet come along
and are recorded first; where they can't be recorded, they are in the text all the same. Must not know why it is
attached.
"""

from collections.abc import Sequence

from temporalio import activity

from activities.desk.port import Desk
from activities.effects.accepted import Accepted, Attempt
from activities.effects.optional import unless_slow
from activities.ledger.lines import Ledger, LedgerBatch, SaidLine, said_in, together
from policies.state.effects import AttachTranscript

_LIMIT = 1_000_000
"""The most characters that helpdesks take as a file; the beginning of a longer transcript is cut, with a visible
mark."""


_RECORD_WITHIN = 5.0
"""Seconds. The conversation records its lines again anyway, so attaching them need not wait for that."""


class Transcripts:
    """Brings transcripts from the ledger to the helpdesk."""

    def __init__(self, ledger: Ledger, desk: Desk) -> None:
        self._ledger = ledger
        self._desk = desk

    @activity.defn(name="desk.attach_transcript")
    async def attach(self, effect: AttachTranscript, unwritten: LedgerBatch) -> Accepted:
        """Record the lines that are not on record yet, then attach the whole transcript."""
        attempt = Attempt()
        await unless_slow(self._ledger.record(unwritten), 0, within=_RECORD_WITHIN)
        said = together(await self._ledger.transcript(effect.conversation_id), said_in(unwritten.entries))
        return attempt.accepted(*await self._desk.attach(effect, text_of(effect.conversation_id, said)))


def text_of(conversation_id: str, said: Sequence[SaidLine]) -> str:
    """Return the messages one after another, with their times in UTC; those the customer did not see are marked."""
    count = "1 message" if len(said) == 1 else f"{len(said)} messages"
    body = "\n\n".join(map(_paragraph, said))
    cut = "… (the beginning is cut)\n" if len(body) > _LIMIT else ""
    return f"Conversation {conversation_id}, {count}, times in UTC\n\n{cut}{body[-_LIMIT:]}\n"


def _paragraph(line: SaidLine) -> str:
    who = f"{line.author} {line.author_id}".strip()
    marks = "".join(
        mark for mark, holds in ((" [internal]", not line.public), (" [automatic]", line.automatic)) if holds
    )
    attached = [f"[attached: {' '.join(filter(None, (file.described, file.url)))}]" for file in line.attachments]
    said = "\n".join((*([line.text] if line.text else ()), *attached))
    return f"{line.occurred_at:%Y-%m-%d %H:%M:%S} {who}{marks}:\n{said or '(nothing)'}"
