"""Slack's limits on messages, and its names for breaking them."""

import json
from typing import Any

Answer = dict[str, Any]


def problem_with(message: Answer) -> str:
    """Return Slack's name for what is wrong with a message under its published limits, or ""."""
    if not 1 <= len(message.get("text", "")) <= 40_000:
        return "msg_too_long" if message.get("text") else "no_text"
    metadata: Answer = message.get("metadata", {"event_type": "", "event_payload": {}})
    if set(metadata) != {"event_type", "event_payload"}:
        return "invalid_metadata_format"
    if len(json.dumps(metadata)) > 8_000:
        return "metadata_too_large"
    blocks = message.get("blocks") or []
    # The limit on all blocks together is undocumented; people have measured somewhat more than 13,000.
    if len(json.dumps(blocks, ensure_ascii=False)) > 13_000:
        return "msg_blocks_too_long"
    return "" if problems_with(blocks) == "" else "invalid_blocks"


def problems_with(blocks: list[Answer]) -> str:
    """Return which blocks break Slack's limits, or ""."""
    if len(blocks) > 50:
        return f"{len(blocks)} blocks"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    wrong = [json.dumps(block) for block in blocks if not _is_valid(block)]
    return ", ".join(wrong) or ("" if len(ids) == len(set(ids)) else "a block_id twice")


def _is_valid(block: Answer) -> bool:
    match block:
        case {"type": "header", "text": {"type": "plain_text", "text": str(text)}}:
            return 1 <= len(text) <= 150
        case {"type": "section", "text": {"type": "mrkdwn" | "plain_text", "text": str(text)}}:
            return 1 <= len(text) <= 3_000
        case {"type": "section", "fields": list()}:
            return _all_fit(block["fields"], 2_000)
        case {"type": "context", "elements": list()}:
            return _all_fit(block["elements"], 3_000)
        case {"type": "actions", "elements": list(elements)}:
            ids = [element.get("action_id") for element in elements]
            return 1 <= len(elements) <= 25 and len(ids) == len(set(ids)) and all(map(_is_button, elements))
        case _:
            return False


def _is_button(element: Answer) -> bool:
    match element:
        case {"type": "button", "text": {"type": "plain_text", "text": str(text)}, "action_id": str(id)}:
            value, style = element.get("value", ""), element.get("style", "primary")
            fits = 1 <= len(text) <= 75 and 1 <= len(id) <= 255 and len(value) <= 2_000
            return fits and style in ("primary", "danger") and _is_question(element.get("confirm"))
        case _:
            return False


def _is_question(confirm: Answer | None) -> bool:
    limits = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    return confirm is None or all(1 <= len(confirm[part]["text"]) <= limit for part, limit in limits.items())


def _all_fit(texts: list[Answer], limit: int) -> bool:
    return 1 <= len(texts) <= 10 and all(1 <= len(text["text"]) <= limit for text in texts)
