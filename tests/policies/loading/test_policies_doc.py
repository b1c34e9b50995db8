"""The table of docs/policies.md: what each shipped policy can do, and the key of the policy that does it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from policies.document.document import Document
from policies.loading.load import SHIPPED, load_catalog
from policies.running.policy import build

DOC = Path(__file__).parents[3] / "docs" / "policies.md"
CATALOG = load_catalog(SHIPPED, today=date(2026, 1, 1))
ORDER = ("flat", "tiered", "skill_based", "vip", "queued", "assisted", "complete")


def hears(document: Document, *triggers: str) -> bool:
    return any(trigger.event in triggers for rule in document.rules for trigger in rule.on)


def does(document: Document, *verbs: str, on: str = "") -> bool:
    return any(
        do.verb in verbs
        for rule in document.rules
        if not on or any(trigger.event == on for trigger in rule.on)
        for do in rule.do
    )


def languages(document: Document) -> str:
    texts = document.customer_texts.values()
    return ", ".join(sorted({language for text in texts for language in text}))


ROWS: dict[str, tuple[str, Callable[[Document], object]]] = {
    "An assistant answers first": (
        "`teams: … staffed_by: assistant`",
        lambda policy: any(team.staffed_by == "assistant" for team in policy.teams.values()),
    ),
    "An agent is chosen by skill, room and turn": (
        "`teams: … queue`",
        lambda policy: any(team.queue for team in policy.teams.values()),
    ),
    "Another team takes over at night": (
        "`teams: … after_hours`",
        lambda policy: any(team.after_hours for team in policy.teams.values()),
    ),
    "Customers hear when we are back": (
        "`on: outside_hours` with `tell` or `reply`",
        lambda policy: does(policy, "tell", "reply", on="outside_hours"),
    ),
    "People are called one after the other": ("`escalations`", lambda policy: policy.escalations),
    "A rotation says who is on call": ("`on_call`", lambda policy: policy.on_call),
    "Many calls of one cause become one incident": (
        "`escalations: … storm`",
        lambda policy: any(ladder.storm for ladder in policy.escalations.values()),
    ),
    "Messages are read for what they mean": (
        "`on: understood`, `insight`",
        lambda policy: build(policy).reads_messages and hears(policy, "understood"),
    ),
    "Words of your business are noticed": ("`insight: keywords`", lambda policy: policy.insight.keywords),
    "Signs are weighed together": ("`score`", lambda policy: policy.score),
    "The next agent gets a briefing": ("`briefing`", lambda policy: policy.briefing and policy.briefing.on),
    "The briefing asks other systems": (
        "`briefing: context`",
        lambda policy: policy.briefing and policy.briefing.context,
    ),
    "Customers are told in their language": ("`customer_texts`", languages),
    "Customers choose how to go on": (
        "`tell: … choices`",
        lambda policy: any(do.tell and do.tell.choices for rule in policy.rules for do in rule.do),
    ),
    "Silent customers are reminded, then closed": ("`on: customer_silent`", lambda policy: does(policy, "resolve")),
    "Account managers get their customers": (
        "`assign_account_manager`",
        lambda policy: does(policy, "assign_account_manager"),
    ),
    "Defects become bug reports": ("`report_bug`", lambda policy: does(policy, "report_bug")),
    "Tags are proposed by themselves": ("`tagging`", lambda policy: policy.tagging and policy.tagging.mode),
    "Agents are asked whether it was right": ("`feedback`", lambda policy: policy.feedback and policy.feedback.ask),
    "Customers are asked for a rating": (
        "`on: resolved` with `tell`",
        lambda policy: does(policy, "tell", on="resolved"),
    ),
}


def shown(value: object) -> str:
    return value if isinstance(value, str) and value else "✓" if value else ""


def table() -> str:
    """Return the table as the documentation has it."""
    lines = [
        "| | by | " + " | ".join(f"[{name}](../policies/catalog/{name}.yaml)" for name in ORDER) + " |",
        "|---|---|" + "---|" * len(ORDER),
    ]
    for title, (key, has) in ROWS.items():
        cells = (shown(has(CATALOG[name])) for name in ORDER)
        lines.append(f"| {title} | {key} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def test_the_documentation_says_what_each_shipped_policy_can_do() -> None:
    """The table of docs/policies.md lists all shipped policies, and says of each what it does."""
    assert sorted(ORDER) == sorted(CATALOG)
    assert table() in DOC.read_text(encoding="utf-8")
