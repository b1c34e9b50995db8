"""“Call me back at five”, in four languages: which times are read, and which messages are no answer to an offer."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from policies.handoff.callbacks.reading import read_call
from policies.handoff.callbacks.resolving import instant_of
from policies.state.effects import SendReply
from policies.time.hours import BusinessHours
from tests.policies.handoff.worlds import TELLS, asks, chat, helped, said
from tests.policies.stories import Play, at

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = BusinessHours("Mo-Fr 09:00-18:00", "Europe/Berlin")
MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""Monday at ten in Berlin."""


def read(text: str, now: datetime = MONDAY, hours: BusinessHours = HOURS, zone: ZoneInfo = BERLIN) -> str:
    """Return the time that is read, by the customer's clock; `no time` for a wish without one, else `not read`."""
    wanted = read_call(text, ("en",))
    if wanted is None:
        return "not read"
    meant = instant_of(wanted, now, zone, hours)
    return f"{meant.astimezone(zone):%a %H:%M}" if meant else "no time"


READ = {
    # English
    "Call me back at five": "Mon 17:00",
    "at 5": "Mon 17:00",
    "5 p.m., please": "Mon 17:00",
    "17:30": "Mon 17:30",
    "after 5pm": "Mon 17:00",
    "not before three": "Mon 15:00",
    "by 4pm": "Mon 15:30",
    "before noon": "Mon 11:30",
    "quarter to four": "Mon 15:45",
    "half past nine tomorrow": "Tue 09:30",
    "between 3 and 4": "Mon 15:00",
    "between 10 and 12 tomorrow": "Tue 10:00",
    "Tomorrow morning, please": "Tue 09:00",
    "the day after tomorrow in the afternoon": "Wed 14:00",
    "Friday at 11": "Fri 11:00",
    "on Monday": "Mon 09:00",
    "in two hours": "Mon 12:00",
    "in half an hour": "Mon 10:30",
    "call me tomorrow after 4 on my mobile, +49 171 2345678": "Tue 16:00",
    "Could you ring me around 10:15?": "Mon 10:15",
    "please call me back": "no time",
    "call me back as soon as possible": "no time",
    # German
    "nach 17 Uhr": "Mon 17:00",
    "Rufen Sie mich um fünf zurück": "Mon 17:00",
    "morgen um halb zehn": "Tue 09:30",
    "Rufen Sie mich morgen früh an": "Tue 09:00",
    "heute Nachmittag": "Mon 14:00",
    "übermorgen ab 14 Uhr": "Wed 14:00",
    "17 Uhr 30": "Mon 17:30",
    "nicht vor 15 Uhr": "Mon 15:00",
    "zwischen 14 und 15 Uhr": "Mon 14:00",
    "Freitag um 11": "Fri 11:00",
    "in einer Stunde": "Mon 11:00",
    # French
    "demain matin": "Tue 09:00",
    "Rappelez-moi à cinq heures": "Mon 17:00",
    "à cinq heures et demie": "Mon 17:30",
    "après 17h": "Mon 17:00",
    "à 17h30": "Mon 17:30",
    "cet après-midi": "Mon 14:00",
    "vendredi vers 11 heures": "Fri 11:00",
    "pas avant 15h": "Mon 15:00",
    "entre 14h et 15h": "Mon 14:00",
    "dans une heure": "Mon 11:00",
    # Spanish
    "a las cinco": "Mon 17:00",
    "Llámeme a las cinco": "Mon 17:00",
    "a las cinco de la tarde": "Mon 17:00",
    "mañana por la mañana": "Tue 09:00",
    "mañana a las diez y media": "Tue 10:30",
    "pasado mañana por la tarde": "Wed 14:00",
    "después de las 16 horas": "Mon 16:00",
    "no antes de las tres": "Mon 15:00",
    "entre las 4 y las 5": "Mon 16:00",
    "el viernes a las 11": "Fri 11:00",
    "en una hora": "Mon 11:00",
}


@pytest.mark.parametrize("text", READ)
def test_a_time_is_read_in_the_customers_words(text: str) -> None:
    """Said on a Monday at ten, each of these is the next sensible time in the hours of the team."""
    assert read(text) == READ[text]


NEAR_MISSES = (
    "the parcel came at five", "I called at five", "It broke at 5pm", "room 5", "order 1700", "five", "5", "17",
    "don't call me", "not at five", "not tomorrow", "you said you would call me back at five", "call me stupid",
    "I have been waiting since five", "at five different times", "at 25", "25:00", "at 5 percent", "5 days",
    "in 3 days", "in two weeks", "monday or tuesday", "three, maybe four", "I want it tomorrow",
    "I need it by tomorrow",
    "is it open tomorrow?", "on monday my order arrives", "the meeting at 3 was great", "call me back on 12 March",
    "12/3", "12.03.", "on the 3rd", "at midnight", "2026-01-07", "Call me back at five. " + "And again. " * 20,
    "morgen nicht", "nicht morgen", "Ich warte seit fünf Uhr", "gestern um fünf", "morgen ist das Paket da",
    "Sie wollten um fünf anrufen", "kein Rückruf", "ich will es morgen",
    "pas demain", "demain c'est trop tard", "j'attends depuis cinq heures", "ne me rappelez pas à cinq heures",
    "no mañana", "llevo esperando desde las cinco", "el paquete llega mañana", "no me llame a las cinco",
    "",
)  # fmt: skip


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_near_misses_are_left_as_they_are(text: str) -> None:
    """A refusal, a story, a date, or a number that may mean something else is a message as any other."""
    assert read(text) == "not read"


@pytest.mark.parametrize(
    ("text", "now", "when"),
    [
        ("at ten", MONDAY, "Tue 10:00"),  # ten in the morning is now: the evening has no hours, so it is tomorrow
        ("at eight", MONDAY, "Mon 20:00"),  # neither is within the hours: the one by day, which moves to the opening
        ("at nine", MONDAY.replace(day=9, hour=18), "Mon 09:00"),  # Friday evening
        ("at 5pm", MONDAY.replace(hour=16, minute=30), "Tue 17:00"),  # half past five: never a past time
        ("today at 9am", MONDAY, "no time"),
        ("this morning", MONDAY.replace(hour=12), "Tue 09:00"),
        ("this afternoon", MONDAY.replace(hour=14), "Mon 15:15"),
        ("after 17 Uhr", MONDAY.replace(hour=16, minute=30), "not read"),  # two languages in one
        ("nach 17 Uhr", MONDAY.replace(hour=16, minute=30), "Mon 17:45"),
        ("tomorrow morning", MONDAY.replace(day=9), "Sat 08:00"),  # closed on Saturday: moves to the opening
        ("at 2:30", datetime(2026, 3, 28, 12, 0, tzinfo=UTC), "Mon 14:30"),
        ("at 2:30 am on sunday", datetime(2026, 3, 28, 12, 0, tzinfo=UTC), "Sun 03:00"),  # the skipped hour
    ],
)
def test_the_next_sensible_time_is_meant(text: str, now: datetime, when: str) -> None:
    """Take the next of two readings that is in the team's hours, and never one that has passed."""
    assert read(text, now) == when


def test_the_customers_own_clock_counts() -> None:
    """“At five” of a customer in New York is their five o'clock, where their own afternoon is in the team's hours."""
    around = BusinessHours("24/7", "UTC")
    wanted = read_call("at five", ("en",))
    assert wanted is not None
    assert instant_of(wanted, MONDAY, ZoneInfo("America/New_York"), around) == datetime(2026, 1, 5, 22, tzinfo=UTC)


CONFIRMS = """  - name: called back
    on: choice_made
    when: event.choice == "callback"
    do: [{tell: back}]
customer_texts:
  back: {en: "We call you {{ handoff.callback_at }}."}
"""
POLICY = helped(TELLS.replace("customer_texts:\n", CONFIRMS))


def offered(**customer: str) -> Play:
    """Return a chat in which the customer was offered a callback at Monday 10:01 UTC."""
    play = chat(POLICY, customer={"name": "Kim", **customer})
    asks(play, 1)
    return play


def says(play: Play, when: float, text: str, author: str = "customer") -> list[tuple[str, ...]]:
    """Let the customer or the assistant write; return what follows."""
    return said(play.tell("message", when, author=author, text=text, event_id=f"says-{when:g}").effects)


def test_a_time_in_words_is_promised_and_confirmed_in_the_customers_zone() -> None:
    """“Call me back at five” in Vienna promises 16:00 UTC, and the customer reads it by their own clock."""
    play = offered(timezone="Europe/Vienna")
    note = "The customer was promised a callback at Mon 5 Jan 16:00 UTC"
    assert says(play, 2, "Call me back at five") == [
        ("note", f"{note} — the customer's choice — “Call me back at five”"),
        ("reply", "We call you Mon 5 Jan 17:00 CET."),
    ]
    assert dict(play.now.handoffs.preferences) == {"handoff": "callback"}


def test_a_number_with_a_time_is_the_choice_with_that_time() -> None:
    """“3, tomorrow at 9” chooses the third offer, which is the callback; “2, at five” is no choice."""
    play = offered()
    says(play, 2, "2, at five please")
    assert play.now.waiting.callback_at is None
    says(play, 3, "3, tomorrow at 9 for Ms Lind")
    assert play.now.waiting.callback_at == at(23 * 60)


def test_another_time_can_be_named_later() -> None:
    """A customer who does not like the time that they read names another one, which counts."""
    play = offered()
    says(play, 2, "3")
    assert play.now.waiting.callback_at == at(62)
    says(play, 3, "tomorrow at 11 please")
    assert play.now.waiting.callback_at == at(25 * 60)


def test_a_time_that_has_passed_is_promised_within_the_usual_span() -> None:
    """“Today at 9am” at ten is not guessed at: the callback comes within the usual hour, and the note has the words."""
    play = offered()
    (note, _) = says(play, 2, "call me today at 9am")
    told = (
        "The customer was promised a callback at Mon 5 Jan 11:02 UTC — the customer's choice — “call me today at 9am”"
    )
    assert note == ("note", told)


def test_a_time_outside_the_hours_moves_to_the_opening_and_is_told() -> None:
    """A time at which nobody is there becomes the next opening; the customer reads that one."""
    play = offered()
    assert says(play, 2, "at 9pm")[-1] == ("reply", "We call you Tue 6 Jan 09:00 UTC.")


def test_words_count_only_as_an_answer_to_an_offer() -> None:
    """Without an offer, after an agent's answer, and as an answer to a question, a time is an ordinary message."""
    play = chat(POLICY)
    says(play, 0.5, "Call me back at five")
    asks(play, 1)
    says(play, 2, "When did you order it?", author="assistant")
    says(play, 3, "tomorrow morning")
    assert play.now.waiting.callback_at is None
    says(play, 4, "Just call me back at four")
    assert play.now.waiting.callback_at == at(6 * 60)
    play.answer(5)
    says(play, 6, "Call me back at three")
    assert play.now.waiting.callback_at is None


def test_before_edition_4_words_were_no_choice() -> None:
    """In a conversation of edition 3, only a number or the words of the offer choose a callback."""
    play = Play(POLICY, edition=3, channel="web_chat", customer={"name": "Kim"})
    asks(play, 1)
    says(play, 2, "Call me back at five")
    assert play.now.waiting.callback_at is None
    assert len(play.asked(SendReply)) == 1
