"""README and docs: their links lead somewhere, their commands exist, and the list of decisions names each record."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer.main

from worker.cli import app

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "docs" / "decisions"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINKS = sorted(
    {
        (str(page.relative_to(ROOT)), link)
        for page in PAGES
        for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text())
    }
)
COMMANDS = sorted(
    {
        command.strip()
        for page in PAGES
        for command in re.findall(r"(?:^|^    |`|&& )baton ([a-z][^\n#&`…]*)", page.read_text(), re.MULTILINE)
    }
)


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_each_link_leads_somewhere(page: str, link: str) -> None:
    """A link between pages names a file that exists, and a heading that the file has."""
    path, _, anchor = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    assert target.exists()
    assert not anchor or anchor in anchors(target)


def test_each_view_opens_by_its_link() -> None:
    """The views of `docs/operators.md` are links by `?query=`, each with exactly the filter that stands beside it."""
    page = (ROOT / "docs" / "operators.md").read_text()
    views = re.findall(r"^\| \[[^]]+\]\(\S+\?query=([^)\s]+)\) \| `([^`]+)` \|$", page, re.MULTILINE)
    assert len(views) >= 9
    assert all(unquote(query) == shown for query, shown in views)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_exists(command: str) -> None:
    """Each `baton` command in README and docs exists, with the options that are shown."""
    found, words = typer.main.get_command(app), command.split()
    assert words[0] in found.commands
    while commands := getattr(found, "commands", {}):
        name = words.pop(0) if words and words[0] in commands else getattr(found, "unless_told", "")
        if not name:
            break
        found = commands[name]
    known = {"--help", *(option for param in found.params for option in (*param.opts, *param.secondary_opts))}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_list_of_decisions_names_each_record() -> None:
    """The list has each record by its number, its heading and its search words."""
    rows = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (.+) \|$", (RECORDS / "README.md").read_text(), re.MULTILINE)
    heads = [record.read_text().split("\n", 3) for record in sorted(RECORDS.glob("0*.md"))]
    assert [(f"# {number}. {title}", f"Search words: {words}.") for number, title, _, words in rows] == [
        (first, third) for first, _, third, _ in heads
    ]
