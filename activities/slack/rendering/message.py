"""Renders a notification for Slack: customer, headline, reason, promises and buttons.

Promises to stay within Slack's limits, and that parts which do not fit into the message are told in its thread. Must
not know how a message is sent.
"""

from typing import Any

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from activities.slack.rendering import buttons, hindsight, member_lists
from activities.slack.rendering.rows import button_row
from activities.slack.rendering.text import (
    CUT,
    HEADER_LIMIT,
    MESSAGE_LIMIT,
    NO_LINKS,
    OUTCOME_ROOM,
    SECTION_LIMIT,
    Blocks,
    Links,
    escaped,
    fit,
    local_time,
    size,
)
from policies.state.effects import Notify, Promise

_FACTS, _FACT_LIMIT, _WORDS_LIMIT, _PROMISES, _TITLE = 10, 250, 900, 8, 80
_QUOTED = "Last words"
"""The fact that is shown as a quotation, across the whole message."""


def render(effect: Notify, links: Links = NO_LINKS) -> tuple[str, Blocks]:
    """Return the text of the push notification, and the message as Block Kit within Slack's limits."""
    headline = effect.headline or "Baton"
    header = fit(headline, HEADER_LIMIT)
    blocks: list[Block] = [HeaderBlock(text=PlainTextObject(text=header, emoji=True))]
    if header.endswith(CUT):
        blocks.append(_section(fit(headline, _WORDS_LIMIT)))
    if effect.because:
        blocks.append(_section(fit(effect.because, _WORDS_LIMIT, f"*{_reason(effect)}*\n")))
    blocks += _facts(effect)
    if effect.promises:
        blocks.append(_section("\n".join(_promise(promise) for promise in effect.promises[:_PROMISES])))
    listed = member_lists.render(effect.members, links) if effect.members else []
    links = links.without_desk if effect.members else links
    context = (links.to(effect.conversation_id), fit(f"Conversation {effect.conversation_id}", _FACT_LIMIT))
    blocks.append(ContextBlock(elements=[MarkdownTextObject(text=words) for words in context if words]))
    of_a_call = buttons.OF_AN_INCIDENT if effect.members else buttons.OF_A_CALL
    for actions, made_for in ((of_a_call, effect.page), (buttons.OF_AN_OFFER, effect.offer)):
        if made_for:
            blocks.append(button_row(actions, buttons.encode(effect.conversation_id, made_for, effect.life)))
    if effect.hindsight:
        value = buttons.encode(effect.conversation_id, effect.hindsight.about, effect.life)
        blocks += hindsight.asking(effect.hindsight.questions, value)
    says_why = effect.because.casefold() in headline.casefold()
    text = fit(headline if says_why else f"{headline} — {effect.because}", SECTION_LIMIT)
    return text, _within_limit(member_lists.placed(listed, [block.to_dict() for block in blocks]))


def details(effect: Notify) -> Blocks:
    """Return everything that the message had to cut, for its thread; nothing where nothing was cut."""
    values = ((name, value) for name, value in effect.facts)
    is_cut = len(effect.facts) > _FACTS or any(
        len(escaped(value)) + len(name) + 4 > (_WORDS_LIMIT if name == _QUOTED else _FACT_LIMIT)
        for name, value in effect.facts
    )
    if not (is_cut or max(len(escaped(effect.because)) + 10, len(escaped(effect.headline))) > _WORDS_LIMIT):
        return []
    shown: Blocks = []
    for name, value in (("Headline", effect.headline), (_reason(effect), effect.because), *values):
        if not value:
            continue
        block: dict[str, Any] = _section(fit(value, SECTION_LIMIT, f"*{fit(name, HEADER_LIMIT)}*\n")).to_dict()
        if size([*shown, block]) > MESSAGE_LIMIT - 100 or len(shown) == 45:
            return [*shown, _section(CUT).to_dict()]
        shown.append(block)
    return shown


def _reason(effect: Notify) -> str:
    """Return the heading above the reason: `Why now` on a call, another one where people are asked afterwards."""
    return "What it was" if effect.hindsight else "Why now"


def _within_limit(blocks: Blocks) -> Blocks:
    """Drop the longest sections of a message that is too large; its thread has them.

    Ids of a thousand characters, which are in every link and button, can make it so.
    """
    while size(blocks) > MESSAGE_LIMIT - OUTCOME_ROOM:
        sections = [block for block in blocks if block["type"] == "section"]
        if not sections:
            break
        longest = max(sections, key=lambda block: size([block]))
        blocks = [block for block in blocks if block is not longest]
    return blocks


def _facts(effect: Notify) -> list[Block]:
    short = [(name, value) for name, value in effect.facts if name != _QUOTED]
    fields = [fit(value, _FACT_LIMIT, f"*{fit(name, HEADER_LIMIT)}*\n") for name, value in short]
    if len(fields) > _FACTS:
        fields[_FACTS - 1 :] = [CUT]
    shown: list[Block] = []
    if fields:
        shown.append(SectionBlock(fields=[MarkdownTextObject(text=field) for field in fields]))
    for said in (value for name, value in effect.facts if name == _QUOTED and value):
        # A line break in the words must not end the quotation.
        quotation = fit(said, _WORDS_LIMIT).replace("\n", "\n>")
        shown.append(_section(f"*{_QUOTED}*\n>{quotation}"))
        break
    return shown


def _promise(promise: Promise) -> str:
    title = fit(promise.title, _TITLE, "*") + "*"
    when = local_time(promise.due_at) if promise.due_at else ""
    match promise.state:
        case "running":
            return f"{title} due {when}".removesuffix(" due ")
        case "breached":
            return f":red_circle: {title} breached, was due {when}".removesuffix(", was due ")
        case "at risk":
            return f":large_yellow_circle: {title} at risk, due {when}".removesuffix(", due ")
        case state:
            return f"{title} {fit(state, _TITLE)}{f', due {when}' if when else ''}"


def _section(text: str) -> SectionBlock:
    return SectionBlock(text=MarkdownTextObject(text=text))
