"""Slack's messages as pictures: each kind is drawn from its Block Kit much as Slack draws it.

With BATON_SAVE_PICTURES=1 the pictures are saved for the documentation.
"""

import html
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright, expect

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
INCIDENTS = ["incident", "incident-grown", "incident-list", "folded"]
OFFERS = ["offer", "accepted"]
QUESTIONS = ["question", "answered"]
ENDS = ["acknowledged", "stood-down", "judged", "exhausted"]
KINDS = ["page", "notice", *ENDS, *INCIDENTS, *OFFERS, *QUESTIONS, "digest", "recorded"]
STYLE = """
body { font: 15px/1.46 Lato, "Noto Sans", "DejaVu Sans", sans-serif; color: #1d1c1d; margin: 0; background: #fff }
article { padding: 14px 18px 14px 66px; width: 640px; position: relative }
.face { position: absolute; left: 18px; top: 18px; width: 36px; height: 36px; border-radius: 6px; background: #3f46ad;
  color: #fff; text-align: center; font: bold 20px/36px sans-serif }
.app { font-size: 10px; background: #e8e8e8; color: #616061; padding: 1px 3px; border-radius: 2px; margin-left: 5px }
h2 { font-size: 18px; margin: 6px 0 } p { margin: 6px 0; white-space: pre-line }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 16px } .fields p { margin: 0 }
blockquote { margin: 0; border-left: 4px solid #ddd; padding-left: 10px } a { color: #1264a3; text-decoration: none }
.context { font-size: 12px; color: #616061; display: flex; gap: 8px; flex-wrap: wrap; margin: 6px 0 }
.row { display: flex; gap: 8px; flex-wrap: wrap; margin-top: 10px }
button { font: bold 13px sans-serif; padding: 6px 12px; background: #fff; border: 1px solid #bbb; border-radius: 4px }
.mark { display: inline-block; width: 17px; height: 17px; border-radius: 9px; color: #fff; margin-right: 4px;
  text-align: center; font: bold 12px/17px "DejaVu Sans", sans-serif; vertical-align: 1px }
button.primary { background: #007a5a; color: #fff; border-color: #007a5a }
"""
MARKS = {
    ":large_yellow_circle:": ("&nbsp;", "#f2c744"),
    ":red_circle:": ("&nbsp;", "#e01e5a"),
    "✅": ("✔", "#2eb67d"),
    "🏁": ("⚑", "#616061"),
    "❗": ("!", "#e01e5a"),
    "🔔": ("♪", "#ecb22e"),
    "🌊": ("≈", "#1264a3"),
    "👍": ("+", "#2eb67d"),
    "👎": ("–", "#e01e5a"),
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
]


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Start Chromium without a window."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        await opened.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_everything_a_message_says_can_be_seen(browser: Browser, kind: str) -> None:
    """Every headline, fact, button and link of a message can be seen."""
    sent = json.loads((PICTURES / f"slack-{kind}.json").read_text())
    page = await browser.new_page(viewport={"width": 740, "height": 300}, device_scale_factor=2)
    face = '<div class="face">B</div><b>Baton</b><span class="app">APP</span>'
    body = "".join(_drawn(block) for block in sent["blocks"])
    await page.set_content(f"<style>{STYLE}</style><article>{face}{body}</article>")
    for headline in (block["text"]["text"] for block in sent["blocks"] if block["type"] == "header"):
        await expect(page.get_by_role("heading")).to_contain_text(_without_mark(headline))
    for row in (block for block in sent["blocks"] if block["type"] == "actions"):
        for each in row["elements"]:
            name = _without_mark(each["text"]["text"])
            await expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    assert "&lt;" not in await page.inner_text("article")
    if os.environ.get("BATON_SAVE_PICTURES") == "1":
        await page.locator("article").screenshot(path=PICTURES / f"slack-{kind}.png")
    await page.close()


def _without_mark(headline: str) -> str:
    for mark in MARKS:
        headline = headline.removeprefix(f"{mark} ")
    return headline


def _drawn(block: dict[str, Any]) -> str:
    match block:
        case {"type": "header", "text": {"text": text}}:
            return f"<h2>{_marked(text)}</h2>"
        case {"type": "section", "fields": fields}:
            return f'<div class="fields">{_each("p", fields)}</div>'
        case {"type": "section", "text": {"text": text}}:
            return f"<p>{_words(text)}</p>"
        case {"type": "context", "elements": elements}:
            return f'<div class="context">{_each("span", elements)}</div>'
        case {"type": "actions", "elements": elements}:
            return f'<div class="row">{"".join(map(_button, elements))}</div>'
        case _:
            raise AssertionError(f"nobody drew {block['type']} yet")


def _each(tag: str, texts: list[dict[str, Any]]) -> str:
    return "".join(f"<{tag}>{_words(each['text'])}</{tag}>" for each in texts)


def _button(element: dict[str, Any]) -> str:
    return f'<button class="{element.get("style", "")}">{_marked(html.escape(element["text"]["text"]))}</button>'


def _words(text: str) -> str:
    """Return Slack's markup as HTML; the text is already escaped as Slack and HTML both need it."""
    text = re.sub(r"<!date\^\d+\^[^|]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<(https?://[^|>]+)\|([^>]*)>", r'<a href="\1">\2</a>', text)
    text = re.sub(r"(?m)^>(.*)\n?", r"<blockquote>\1</blockquote>", text)
    text = re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", text)
    return _marked(text)


def _marked(text: str) -> str:
    """Replace Slack's marks and emoji by drawn signs, for a browser without a window has no emoji."""
    for name, (sign, colour) in MARKS.items():
        text = text.replace(name, f'<i class="mark" aria-hidden="true" style="background: {colour}">{sign}</i>')
    return text
