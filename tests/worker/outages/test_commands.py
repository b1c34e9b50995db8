"""The command `baton outage` as support leads type it; what is mistyped needs no Temporal server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from policies.contract.outages import opened
from worker.cli import app
from worker.outages import bodies, printing
from worker.outages.matching import Match, Matches
from worker.outages.requests import OutageRow
from worker.terminal.terminal import Terminal
from worker.trouble import TypedWrongError
from workflows.outages import showing
from workflows.outages.state import OutageState

Baton = Callable[..., Result]
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
COMMANDS = ("open", "list", "show", "update", "close", "unlink")


@pytest.fixture
def baton(monkeypatch: pytest.MonkeyPatch) -> Baton:
    """Return a function that runs `baton outage` on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: CliRunner().invoke(app, ["outage", *words])


def test_every_command_has_help_with_an_example(baton: Baton) -> None:
    """The help of each command fits 80 columns and has an example."""
    for command in COMMANDS:
        shown = baton(command, "--help").stdout
        assert f"baton outage {command}" in " ".join(shown.split())
        assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("open", "shop", "--when", "conversation.tag == 1"), "did you mean `conversation.tags`?"),
        (("open", "Shop", "--when", "true"), "Shop is no name of an outage"),
        (("open", "shop", "--when", "true", "--until", "later"), "--until: `later` is no time"),
        (("open", "shop", "--when", "true", "--until", "9d"), "for: an outage lasts 7d at most"),
        (("open", "shop", "--when", "true", "--policy", "acme"), "policy: there is no policy acme"),
        (("open", "shop", "--when", "true", "--text", "a", "--text", "b"), "--text: two texts for customers"),
        (("update", "shop"), "Nothing to change: write --text, --over-text or --until"),
    ],
)
def test_a_mistyped_command_does_nothing(baton: Baton, words: tuple[str, ...], why: str) -> None:
    """A command that can't be meant ends with a sentence and exit code 2, before any server is asked."""
    result = baton(*words)
    assert result.exit_code == 2
    assert why in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        (["We know"], {"": "We know"}),
        (
            ["We know", "de=Wir wissen es", "pt-BR=Nós sabemos"],
            {"": "We know", "de": "Wir wissen es", "pt-BR": "Nós sabemos"},
        ),
        (["Status = red, see https://x.example/?a=b"], {"": "Status = red, see https://x.example/?a=b"}),
        ([], {}),
    ],
)
def test_words_may_have_a_language_in_front(typed: list[str], texts: dict[str, str]) -> None:
    """A tag of a language in front of the words says in which language they are; any other `=` is part of the words."""
    assert bodies.texts_of("--text", typed) == texts


def test_an_end_is_a_span_or_a_time() -> None:
    """`--until` takes a span from now, or a time; a time without a zone is that of the terminal."""
    assert bodies.change((), (), "2h", "ana") == {"for": "2h", "by": "ana"}
    assert bodies.change((), (), "2026-03-02T12:00:00+00:00", "ana")["until"].startswith("2026-03-02T")
    with pytest.raises(TypedWrongError, match="is no time"):
        bodies.change((), (), "tomorrow", "ana")


def printed(show: Callable[..., object], *data: Any) -> str:
    """Return what a function prints on a terminal of 80 columns."""
    out = StringIO()
    show(Terminal(file=out, width=80), *data)
    assert max(map(len, out.getvalue().splitlines())) <= 80
    return out.getvalue()


def test_leads_see_outages_and_their_conversations() -> None:
    """A lead sees when an outage began and ends, its words, its conversations and what happened."""
    rows = [OutageRow(name="checkout-down", opened_at=NOW, until=NOW + timedelta(hours=4), policy="acme", part=30)]
    assert "checkout-down" in printed(printing.print_outages, rows)
    assert printed(printing.print_outages, []) == "No outages.\n"
    state = OutageState(outage=opened({"when": "true", "text": {"de": "Wir wissen es."}}, "shop", "life", NOW))
    state.say(NOW, "Opened by ana")
    shown = {**showing.state(state, NOW), "conversations": ["c-1", "c-2"]}
    told = printed(printing.print_outage, shown)
    for words in (
        "shop",
        "open",
        "Told (de): Wir wissen es.",
        "2 open conversations are part of it",
        "c-2",
        "Opened by ana",
    ):
        assert words in told
    assert "baton outage close shop" in printed(printing.print_opened, shown)


def test_a_dry_run_shows_a_few_of_many() -> None:
    """A dry run says how many conversations match, shows five of them, and names those that gave no answer."""
    matches = tuple(Match(f"c-{number}", "Support", "Checkout") for number in range(7))
    told = printed(printing.print_matches, Matches(matches, asked=9, silent=("c-8",)), "shop")
    assert "7 of 9 open conversations match shop now." in told
    assert "c-4" in told
    assert "c-5" not in told
    assert "and 2 more" in told
    assert "1 gave no answer, such as c-8." in told
