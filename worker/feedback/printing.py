"""The report on people's answers, on a terminal: tables that fit, and colours where an answer is clear.

Promises plain text where there is no terminal. Must not count anything.
"""

from collections.abc import Sequence

from rich.markup import escape

from policies.document.hindsight import QUESTIONS, Question
from worker.feedback.report import ENOUGH, FeedbackReport, Group, percent
from worker.tagger.evaluating import Share
from worker.terminal.printing import columns
from worker.terminal.terminal import Terminal

_BAD_IF_YES: tuple[Question, ...] = ("repeated",)


def print_report(console: Terminal, found: FeedbackReport) -> None:
    """Print the shares by reason and by rule, then the conclusions."""
    if not found.reasons:
        console.print(
            "No answers yet. Ask on Slack, by the signal `feedback`, or: baton feedback --help. "
            "An answer is counted once its conversation's ledger is written, at the latest at its end."
        )
        return
    _print_groups(console, "Reason", found.reasons)
    if found.rules:
        console.print()
        _print_groups(console, "Rule", found.rules)
    legend = "All: conversations. In brackets: where the true share lies, with 95 % confidence."
    console.print(f"[dim]{legend}[/]")
    for sentence in found.sentences:
        console.print(f"• {escape(sentence)}")


def _print_groups(console: Terminal, heading: str, groups: Sequence[Group]) -> None:
    """Print a table of groups. Where a terminal is narrow, the name wraps."""
    titles = [question.replace("_", " ").capitalize() for question in QUESTIONS]
    table = columns(heading, "All", *titles, "Rating")
    for column in table.columns[1:]:
        column.no_wrap = True
    is_of_several = len({group.policy for group in groups}) > 1
    for group in groups:
        name = escape(group.name.replace("_", " ") if not group.rule else group.name)
        whose = f" [dim]{escape(group.policy)}[/]" if is_of_several else ""
        shares = (_cell(question, group.shares[question]) for question in QUESTIONS)
        table.add_row(name + whose, str(group.conversations), *shares, _rating(group))
    console.print(table)


def _cell(question: Question, share: Share) -> str:
    if share.interval is None:
        return "[dim]–[/]"
    low, high = share.interval
    is_clear = share.of >= ENOUGH and not low <= 1 / 2 <= high
    is_good = (low > 1 / 2) is not (question in _BAD_IF_YES)
    colour = "dim" if share.of < ENOUGH else "" if not is_clear else "green" if is_good else "red"
    shown = f"[{colour}]{percent(share)}[/]" if colour else percent(share)
    return f"{shown}\n[dim]{share.hits} of {share.of}[/]"


def _rating(group: Group) -> str:
    return "[dim]–[/]" if group.rating is None else f"{group.rating:.1f}\n[dim]of {len(group.ratings)}[/]"
