"""Taggers on a terminal: what a tagger knows, what it would tag, how often people agree.

Promises plain text where there is no terminal, and that a tag's name is never taken for a colour. Must not count
anything.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape

from policies.document.proposals import Proposal
from worker.tagger.agreement import ENOUGH, TagAgreement, readiness
from worker.tagger.evaluating import Share
from worker.terminal.rows import columns
from worker.terminal.terminal import Terminal

if TYPE_CHECKING:
    from activities.insight.tagging.tagger_file import About

_UNSURE = 10


def print_tagger(console: Terminal, about: "About", digest: str) -> None:
    """Print what was measured. Tags that are seldom proposed come first: they need more texts."""
    table = columns("Tag", "Texts", "Dares", "Right of these", "From confidence", text=())
    for tag in sorted(about.tags, key=lambda each: (each.dared / max(1, each.texts), each.tag)):
        right = f"{tag.right / tag.dared:.2f}" if tag.dared else ""
        doubt = " (few)" if 0 < tag.dared < _UNSURE else ""
        shown = f"{tag.threshold:.2f}" if tag.threshold is not None else "never"
        table.add_row(escape(tag.tag), str(tag.texts), str(tag.dared), f"{right}{doubt}", shown)
    console.print(table)
    said = (
        f"{about.texts:,} texts, {len(about.tags)} tags: {about.accuracy:.3f} guessed right, dares to tag "
        f"{about.dares:.3f} of them and is right {about.dared_precision:.3f} of the time (wanted {about.precision:g})"
    )
    console.say(said)
    if about.left_out:
        named = ", ".join(about.left_out)
        console.say(f"Left out, with too few texts: {named}")
    console.print(f"Made by Baton {about.baton}, {about.made_at}; content {digest[:16]}", markup=False)


def print_proposals(console: Terminal, proposals: Sequence[Proposal]) -> None:
    """Print the tags that the tagger would propose, or that it proposes none."""
    for each in proposals:
        console.print(f"{each.tag} ({each.confidence:.2f})", markup=False)
    if not proposals:
        console.print("Silent: it is not sure enough of any tag.")


def print_report(console: Terminal, rows: Sequence[TagAgreement], precision: float) -> None:
    """Print one line for each tag, and what the words mean."""
    if not rows:
        console.print("No tag was proposed yet: a policy with `tagging: {mode: shadow}` begins.")
        return
    table = columns("Tag", "Proposed", "Agreed", "Disagreed", "Right (95 %)", "Missed", "Untagged", "Open", "Ready?")
    for row in rows:
        ready, why = readiness(row, precision)
        counts = [str(count) for count in (row.proposed, row.agreed, row.disagreed)]
        rest = [str(count) for count in (row.missed, row.unjudged, row.open)]
        shown = f"[green]{why}[/]" if ready else escape(why)
        table.add_row(escape(row.tag), *counts, _interval(row.precision), *rest, shown)
    console.print(table)
    words = (
        f"Ready: surely right {precision:g} of the time, judged at least {ENOUGH} times. Untagged: resolved without "
        f"a person's tag, not counted. Missed: tags of people only."
    )
    console.say(words)


def _interval(share: Share) -> str:
    found = share.interval
    return f"{share.value:.2f} ({found[0]:.2f}–{found[1]:.2f})" if found and share.value is not None else ""
