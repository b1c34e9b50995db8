"""Policies sent with `adopt_policy`: each is refused with a sentence, or runs without an exception."""

import copy
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.adoption.adopting import adopt
from policies.contract.commands import Refused
from policies.deadlines import next_deadline
from policies.loading.load import SHIPPED, digest, load_catalog
from policies.loading.sent_policy import UnusablePolicyError, read_sent
from policies.running.policy import build, prepare
from policies.state.events import DeadlineReached, MessageUnderstood, PolicyAdopted
from policies.state.meaning import Meaning
from tests.policies.stories import START, Play, at, told

TODAY = date(2026, 6, 1)
CATALOG = load_catalog(SHIPPED, today=TODAY)
RESOLVED: dict[str, Any] = {
    name: document.model_dump(mode="json", exclude_defaults=True) for name, document in CATALOG.items()
}
BASES = {name: build(document, name) for name, document in CATALOG.items()}
ODD: list[Any] = [
    None, "", "x", " ", 0, -1, 1, 3, 99, 10**6, 10**400, 1.5, float("nan"), float("inf"), True, [], {}, [None],
    {"x": 1},
    "PT0S", "-PT5M", "PT1S", "PT1H", "P300D", "P99999999D", "24/7", "Mo 09:00-09:01", "2026 Jan 01 off", "PH off",
    "always", "next", "none", "everyone", "account-manager", "slack:#x", "person:nobody", "on-call:nobody", "UTC",
    "Europe/Berlin", "Mars/Base", "tier-1", "tier-2", "assistant", "support", "first_response", "resolution", "message",
    "x" * 20_000, "🙂" * 200, "\ud83d", "2026-01-05 09:00", "2199-12-31", "1971-01-01 00:00", "{{ 7 ** 9999999 }}",
    "{{ x.y }}",
    "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", "{{", "true", "1 / 0 > 0", "(((",
    "conversation.tags.exists(a, conversation.tags.exists(b, a < b))", "event.tag == 'x'", "(a+)+$", "[",
]  # fmt: skip
EVENTS = st.integers(0, 2**32)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every node below the top."""
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, value in below for found in ((*path, key), *places(value, (*path, key)))]


def mutated(document: Any, chance: Random) -> Any:
    """Return the document with some of its nodes deleted, replaced, doubled, renamed or replaced by other nodes."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        found = places(document)
        if not found:
            return document
        path = chance.choice(found)
        parent = at_path(document, path[:-1])
        value = parent[path[-1]]
        match chance.choice(["delete", "replace", "double", "rename", "move", "alike", "alike", "alike"]):
            case "delete":
                del parent[path[-1]]
            case "replace":
                parent[path[-1]] = copy.deepcopy(chance.choice(ODD))
            case "double" if isinstance(parent, list):
                parent.extend(copy.deepcopy([value] * chance.choice([1, 1, 30])))
            case "double" | "rename" if isinstance(parent, dict):
                other = chance.choice(
                    [str(key) for each in found for key in each if isinstance(key, str)] + ["x", "y z"]
                )
                parent[other] = copy.deepcopy(value)
                parent.pop(path[-1], None) if chance.random() < 0.5 else None
            case "alike" if alike := [one for one in found if is_alike(at_path(document, one), value)]:
                parent[path[-1]] = copy.deepcopy(at_path(document, chance.choice(alike)))
            case _:
                parent[path[-1]] = copy.deepcopy(at_path(document, chance.choice(found)))
    return document


def is_alike(one: Any, other: Any) -> bool:
    """Return whether both values have one type and, as texts, both or neither are spans or have spaces."""
    if isinstance(one, str) and isinstance(other, str):
        return (one[:1] == "P") == (other[:1] == "P") and (" " in one) == (" " in other)
    return type(one) is type(other)


def at_path(node: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        node = node[key]
    return node


def tell(play: Play, when: float, chance: Random) -> None:
    """Feed a random event or command to the conversation."""
    teams = [*play.policy.document.teams, "tier-1", "nobody-knows"]
    match chance.choice(["customer", "agent", "tag", "untag", "status", "team", "attribute", "who", "read", "command"]):
        case "customer":
            text = chance.choice(["Hello?", "I want a person!", "Refund me or my lawyer calls", "1", "2", "thanks"])
            play.tell("message", when, author="customer", text=text)
        case "agent":
            play.tell("message", when, author=chance.choice(["agent", "assistant"]), author_id="anna", text="Hello.")
        case "tag":
            play.tell("tag_added", when, tag=chance.choice(["billing", "vip", "x"]))
        case "untag":
            play.tell("tag_removed", when, tag="billing")
        case "status":
            play.tell("status_changed", when, status=chance.choice(["open", "pending_customer", "on_hold", "resolved"]))
        case "team":
            play.tell("reassigned", when, team=chance.choice(teams), assignee=chance.choice(["", "anna"]), by="anna")
        case "attribute":
            play.tell("attribute_changed", when, name="order", value="A-1")
        case "who":
            customer = {"name": "Ada", "tier": "enterprise", "locale": "de", "value": 9000.0, "account_manager": "max"}
            play.tell("customer_updated", when, **customer)
        case "read" if play.now.understanding.meaning is not None:
            meaning = Meaning(asks_for_human=True, frustration=1.0, risks=("security",), unresolved=3, confidence=0.1)
            play.feed(
                MessageUnderstood(
                    event_id=f"read-{when:g}",
                    occurred_at=at(when),
                    source="baton",
                    messages=play.now.understanding.meaning.unread,
                    **meaning.model_dump(),
                ),
                when,
            )
        case _:
            order(play, when, chance, teams)


def order(play: Play, when: float, chance: Random, teams: list[str]) -> None:
    name, fields = chance.choice(
        [
            ("escalate", {}),
            ("call", {"escalation": chance.choice([*play.policy.document.escalations, "nobody"])}),
            ("acknowledge", {}),
            ("take", {}),
            ("reassign", {"team": chance.choice(teams), "assignee": "anna"}),
            ("hold", {"reason": "waits for a part"}),
            ("release", {}),
            ("resolve", {"reason": "done"}),
        ]
    )
    with suppress(Refused):
        play.command(name, when, **fields)


def wake(play: Play, until: float) -> float:
    """Let the next deadline come if it is within 800 days of the start, and return the story's minute after it."""
    deadline = next_deadline(play.now, play.policy)
    if deadline is None or deadline.at > START + timedelta(days=800):
        return until
    when = max(until, (deadline.at - START) / timedelta(minutes=1))
    play.feed(DeadlineReached(event_id="", occurred_at=at(when), source="baton"), when)
    return when


def adopted_or_refused(name: str, seed: int) -> str:
    """Return why one mutant is refused, or "" after a story was played under it."""
    chance = Random(seed)
    document = mutated(RESOLVED[name], chance)
    try:
        checked = read_sent(document, today=TODAY)
    except UnusablePolicyError as error:
        return str(error)
    policy = build(checked, digest(checked))
    play = Play(BASES[name], delivers=True)
    when = 0.0
    for _ in range(3):
        when += 2
        tell(play, when, chance)
    event = PolicyAdopted(
        event_id="adopts",
        occurred_at=at(when),
        source="command",
        policy=checked.policy,
        mode=chance.choice(["carry", "restart"]),
        by="lea",
    )
    play.conversation = adopt(play.conversation, event, at(when), policy=play.policy, adopted=policy).conversation
    play.policy = policy
    for _ in range(12):
        when += chance.choice([1, 5, 60, 600])
        tell(play, when, chance)
        when = wake(play, when)
    for _ in range(10):
        when = wake(play, when)
    return ""


def refused(document: Any) -> str:
    """Return the sentence with which the document is refused."""
    with pytest.raises(UnusablePolicyError) as error:
        read_sent(document, today=TODAY)
    return str(error.value)


FLAT = RESOLVED["flat"]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ([], "a policy must be written as `key: value`, not as a list"),
        (None, "it has not the shape of a policy"),
        ({**FLAT, "version": None}, "version: it has no value: write one, or leave the name out"),
        ({**FLAT, "version": 10**300}, "version: the number is too large: write at most 1,000,000"),
        ({**FLAT, "linger": "P9999D"}, "linger: `9999d` is too long: write at most 366d"),
        ({**FLAT, "alert": "nobody"}, None),
        ({**FLAT, "timezone": "Mars"}, None),
        ({**FLAT, "description": "x" * 500_000}, "it has 503,785 bytes: send at most 400,000"),
        ({**FLAT, "description": "x" * 20_000}, "description: the text has 20,000 characters: write at most 10,000"),
        (
            {
                **FLAT,
                "rules": [
                    {"name": f"r{number}", "on": ["message"], "do": [{"note": "{% set a = [1] %}" * 500}]}
                    for number in range(40)
                ],
            },
            "the texts with something to fill in have 340,000 characters together: write at most 100,000",
        ),
        ({**FLAT, "rules": [{}] * 1_001}, "rules: 1,001 entries are too many: write at most 1,000"),
        (
            {**FLAT, "customer_texts": {"n" * 200: {"en": "Hi"}}},
            f"customer_texts: `{'n' * 30}…` is too long a name: write at most 150 characters",
        ),
        (
            {**FLAT, "linger": float("nan")},
            "it is nested too deeply, or holds what is no JSON, such as NaN or Infinity",
        ),
        ({**FLAT, "hours": {"h" * 9: {"open": "Mo-Fr 09:00-17:00; " * 40}}}, None),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(document: Any, why: str | None) -> None:
    """A refused policy is answered in words: the part, the mistake and often a remedy."""
    said = refused(document)
    assert said == (why or said)
    assert 0 < len(said) < 5_000


def test_a_refusal_names_a_dozen_reasons() -> None:
    """A policy with many mistakes is refused with the first twelve, and the number of the others."""
    document = {**FLAT, "channels": {f"channel-{number}": "nobody" for number in range(40)}}
    assert refused(document).count("there is no team `nobody`") == 12
    assert refused(document).endswith("; and 30 more")


@pytest.mark.parametrize("name", sorted(CATALOG))
@pytest.mark.parametrize("exclude_defaults", [True, False])
def test_a_shipped_policy_is_accepted_as_it_is(name: str, exclude_defaults: bool) -> None:
    """A shipped policy that is sent is accepted and equal, with or without its default values."""
    sent = CATALOG[name].model_dump(mode="json", exclude_defaults=exclude_defaults)
    assert read_sent(sent, today=TODAY) == CATALOG[name]


def test_a_promise_that_would_never_fall_due_is_refused() -> None:
    """Ten hours of a team that works one minute a week take more than ten years, so such a promise is refused."""
    document = {
        "policy": "p",
        "version": 1,
        "hours": {"rare": {"open": "Mo 09:00-09:01"}},
        "sla": {"slow": {"first_response": "PT10H", "hours": "rare"}},
        "teams": {"a": {"name": "A", "hours": "rare", "sla": "slow"}},
        "channels": {"email": "a"},
        "rules": [{"name": "waits", "on": [{"waiting": "PT11H"}], "do": [{"tag": "x"}]}],
    }
    end = "of the hours `rare` take more than 10 years to pass: write less, or open more often"
    assert refused(document) == f"sla.slow.first_response: 10h {end}; rules[0].on[0].waiting: 11h {end}"


def test_a_conversation_goes_on_under_a_policy_that_would_be_refused_today() -> None:
    """A pinned policy that today's checks refuse runs on: the timeline and the note say why a rule did nothing."""
    carried = {
        **FLAT,
        "rules": [
            {
                "name": "odd",
                "on": [{"event": "message"}],
                "when": "event.text.matches(event.text)",
                "do": [{"tag": "x"}],
            },
            {"name": "note", "on": [{"event": "message"}], "do": [{"note": "{{ 7 ** 9999999 }}"}]},
        ],
    }
    assert refused(carried)
    play = Play(prepare("carried", carried))
    decision = play.customer(3)
    texts = [entry.text for entry in decision.because]
    assert (
        "Rule “odd” could not be judged: `matches` takes an expression that is written out: write it in quotes, or use "
        "`contains`"
    ) in texts
    why = "a power has at most 4,096 bits in a text: use a smaller one"
    assert ("note", f"{{{{ 7 ** 9999999 }}}} [could not be filled in: {why}]") in told(decision.effects)


@pytest.mark.parametrize("pattern", [r"\p{L}{1,100}", "(x+){1,900}", "x.{999}y.{999}"])
def test_a_pattern_that_takes_too_long_is_refused(pattern: str) -> None:
    """An expression with thousands of steps at each character of a message is refused."""
    document = {**FLAT, "insight": {"keywords": {"word": pattern}}}
    assert "insight.keywords.word[0]: the expression takes" in refused(document)


def test_holidays_and_inheritance_are_resolved() -> None:
    """A policy sent as it is written in a file is pinned with its holidays as dates."""
    hours = {"business": {"open": "Mo-Fr 09:00-17:00; PH off", "holidays": "US"}}
    document = {
        "policy": "p",
        "version": 1,
        "timezone": "America/New_York",
        "hours": hours,
        "teams": {"a": {"name": "A", "hours": "business"}},
        "channels": {"email": "a"},
    }
    holidays = read_sent(document, today=TODAY).hours["business"].holidays
    assert isinstance(holidays, tuple)
    assert date(2026, 7, 4) in holidays


def test_half_a_character_costs_only_itself() -> None:
    """A sender that cuts inside an emoji loses that character, not the policy."""
    assert read_sent({**FLAT, "description": "cut \ud83d"}, today=TODAY).description == "cut ?"


@settings(max_examples=8)
@given(st.sampled_from(sorted(RESOLVED)), EVENTS)
def test_a_policy_is_refused_with_a_sentence_or_runs(name: str, seed: int) -> None:
    """A mutant of a shipped policy is refused with a sentence, or a conversation runs under it without an error."""
    assert len(adopted_or_refused(name, seed)) < 5_000


@pytest.mark.soak
@settings(max_examples=5_000)
@given(st.sampled_from(sorted(RESOLVED)), EVENTS)
def test_thousands_of_policies_are_refused_with_a_sentence_or_run(name: str, seed: int) -> None:
    """Thousands more mutants are refused with a sentence or run."""
    assert len(adopted_or_refused(name, seed)) < 5_000
