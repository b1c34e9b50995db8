"""Times and team names in customer texts: in the customer's language, and by the customer's clock."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from policies.handoff.reader import Reader, best
from policies.loading.load import PolicyError, load_policy
from policies.running.policy import Policy
from policies.state.effects import SendReply
from tests.cases import case
from tests.policies.handoff.worlds import ASKS, ASSISTED, asks, chat
from tests.policies.stories import Play, at, policy_of, reasons

TELLS = case("policies/handoff/reader_tells")
NEW_YORK = ASSISTED.replace('09:00-17:00"', '09:00-17:00", timezone: America/New_York')
"""A policy whose Tier 1 works in New York, where it is five in the morning; its own people read UTC."""


def named(public_name: str) -> Policy:
    """Return the policy with a name of Tier 1 for customers."""
    return policy_of(
        ASKS, TELLS, base=NEW_YORK.replace("{name: Tier 1,", f"{{name: Tier 1, public_name: {public_name},")
    )


PLAIN = policy_of(ASKS, TELLS, base=NEW_YORK)


def asked(policy: Policy, **customer: Any) -> Play:
    """Return a chat in which the customer has asked for a person."""
    play = chat(policy, customer=customer)
    asks(play, 1)
    return play


def read(play: Play) -> str:
    """Return the last text that the customer was sent."""
    reply = play.asked(SendReply)[-1]
    assert isinstance(reply, SendReply)
    return reply.body


@pytest.mark.parametrize(
    ("customer", "text"),
    [
        ({}, "Tier 1 from Mon 5 Jan 09:00 EST, by Mon 5 Jan 05:21 EST"),
        ({"timezone": "Europe/Oslo"}, "Tier 1 from Mon 5 Jan 15:00 CET, by Mon 5 Jan 11:21 CET"),
        ({"locale": "de-AT"}, "Tier 1 ab Mo., 5. Jan., 09:00 EST, bis Mo., 5. Jan., 05:21 EST"),
        (
            {"locale": "de_AT", "timezone": "Europe/Vienna"},
            "Tier 1 ab Mo., 5. Jan., 15:00 MEZ, bis Mo., 5. Jan., 11:21 MEZ",
        ),
        ({"locale": " de_AT.UTF-8"}, "Tier 1 ab Mo., 5. Jan., 09:00 EST, bis Mo., 5. Jan., 05:21 EST"),
        (
            {"locale": "en", "preferences": {"language": "de;q=0.9"}},
            "Tier 1 ab Mo., 5. Jan., 09:00 EST, bis Mo., 5. Jan., 05:21 EST",
        ),
    ],
)
def test_times_are_told_in_the_customers_language_and_zone(customer: dict[str, Any], text: str) -> None:
    """Customers read times as their language writes them, by their own clock, or else by the clock of the team."""
    assert read(asked(PLAIN, **customer)) == text


@pytest.mark.parametrize("zone", [2021, "Mars/Olympus", "../etc/passwd"])
def test_a_time_zone_that_is_none_is_the_teams(zone: object) -> None:
    """A customer whose time zone is a year, an unknown place or a file's path reads times by the team's clock."""
    play = chat(PLAIN)
    play.tell("customer_updated", 0.5, timezone=zone)
    asks(play, 1)
    assert read(play) == "Tier 1 from Mon 5 Jan 09:00 EST, by Mon 5 Jan 05:21 EST"


def test_people_of_the_policy_read_their_own_clock() -> None:
    """Rules and operators see a handoff's times in the policy's zone, not in the customer's."""
    play = asked(PLAIN, locale="de", timezone="Europe/Vienna")
    assert "Tier 1 is closed until Mon 5 Jan 14:00 UTC" in [text for each in play.decisions for text in reasons(each)]


def test_a_callback_is_told_by_the_customers_clock() -> None:
    """A customer who asked for a callback reads its time in their own language and zone."""
    play = asked(PLAIN, locale="de", timezone="Europe/Vienna")
    play.tell("choice_made", 2, choice="callback", at=at(300).isoformat())
    assert read(play) == "Um Mo., 5. Jan., 16:00 MEZ"


@pytest.mark.parametrize(
    ("public_name", "locale", "team"),
    [
        ("our team", "de", "our team"),
        ("{en: our team, de: unser Team}", "de-CH", "unser Team"),
        ("{en: our team, de: unser Team}", "en", "our team"),
        # There is no text in French, so the team's name is not in French either: a sentence keeps to one language.
        ("{fr: notre équipe, en: our team}", "fr", "our team"),
        ("{fr: notre équipe}", "en", "notre équipe"),
    ],
)
def test_customers_read_a_teams_public_name(public_name: str, locale: str, team: str) -> None:
    """Customers read the team's public name; the timeline keeps the name that its own people use."""
    play = asked(named(public_name), locale=locale)
    assert read(play).startswith(f"{team} ")
    assert "Handoff 1 to Tier 1: asks for a person" in [text for each in play.decisions for text in reasons(each)]


@pytest.mark.parametrize(
    ("public_name", "sentence"),
    [
        ("{english: our team}", "`english` is no language: write `en`, `de` or `pt-BR`"),
        ("''", "the name is empty: write it, or leave it out"),
        ("{en: our team, de: ' '}", "the name is empty: write it, or leave it out"),
        ("{}", "the name is empty: write it, or leave it out"),
    ],
)
def test_an_unreadable_public_name_is_refused(public_name: str, sentence: str) -> None:
    """A public name that is empty, or in an unknown language, is refused when the policy is loaded."""
    text = NEW_YORK.replace("{name: Tier 1,", f"{{name: Tier 1, public_name: {public_name},")
    with pytest.raises(PolicyError) as error:
        load_policy(text, file="p.yaml", today=date(2026, 1, 1))
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("language", "zone", "text"),
    [
        ("en", "Europe/Oslo", "Tue 8 Sep 17:00 CEST"),
        ("en-GB", "America/Sao_Paulo", "Tue 8 Sep 12:00 -03"),
        ("de", "Europe/Berlin", "Di., 8. Sept., 17:00 MESZ"),
        ("de", "America/Sao_Paulo", "Di., 8. Sept., 12:00 UTC-03"),
        ("fr", "Europe/Paris", "mar. 8 sept., 17:00 CEST"),
        ("pt-BR", "Europe/Oslo", "ter., 8 de set. 17:00 CEST"),
        ("nb_NO", "Europe/Oslo", "tir. 8. sep., 17:00 CEST"),
        ("ja", "Asia/Tokyo", "9月9日(水) 0:00 JST"),
        ("xx", "Europe/Oslo", "Tue 8 Sep 17:00 CEST"),
    ],
)
def test_every_language_writes_times_its_own_way(language: str, zone: str, text: str) -> None:
    """Each language has its own form of day, month and clock; an unknown language gets the English form."""
    assert Reader((language,), ZoneInfo(zone)).time(datetime(2026, 9, 8, 15, tzinfo=UTC)) == text


def test_the_best_language_is_the_first_that_there_is() -> None:
    """A region is preferred to its language, in either spelling; with no wanted language, the first text is used."""
    texts = {"en": "", "pt_BR": "", "pt": ""}
    assert [best(texts, wanted) for wanted in (["pt-br", "en"], ["pt-PT", "pt"], ["xx"])] == ["pt_BR", "pt", "en"]
