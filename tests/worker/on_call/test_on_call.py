"""The command `baton on-call` as support leads type it; no Temporal server is running."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from tests.worker.on_call.conftest import POLICY, Baton


def test_each_rotation_shows_the_person_on_call_and_the_next(baton: Baton) -> None:
    """Each rotation is shown in its own time zone: the person on call, until when, and the next ones."""
    assert baton("primary", "--at", "2031-01-06 09:00", "--next", "2").stdout == dedent("""\
        primary  acme, times in Europe/Berlin
          now   Ada Lovelace (ada)                         until Mon 13 Jan 2031 09:00
          next  ben                 Mon 13 Jan 2031 09:00  until Mon 20 Jan 2031 09:00
          next  Ada Lovelace (ada)  Mon 20 Jan 2031 09:00  until Mon 27 Jan 2031 09:00
        """)
    nights = baton("nights", "--at", "2031-01-06 12:00", "--next", "1").stdout
    assert nights.splitlines()[1].split() == ["now", "nobody", "until", "Mon", "06", "Jan", "2031", "20:00"]
    assert "times in America/New_York" in nights


def test_all_rotations_fit_a_terminal(baton: Baton) -> None:
    """Without a name all rotations are shown, in lines of at most 80 characters."""
    lines = baton().stdout.splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == ["primary", "nights", "night"]
    assert max(map(len, lines)) <= 80


def test_machines_are_told_the_same(baton: Baton) -> None:
    """A dashboard gets the shifts as JSON, with times that carry their offset."""
    told = json.loads(baton("primary", "--at", "2031-07-07 09:00", "--next", "1", "--json").stdout)
    assert told == [
        {
            "policy": "acme",
            "rotation": "primary",
            "timezone": "Europe/Berlin",
            "now": ["ada"],
            "shifts": [
                {"from": "2031-07-07T09:00:00+02:00", "until": "2031-07-14T09:00:00+02:00", "people": ["ada"]},
                {"from": "2031-07-14T09:00:00+02:00", "until": "2031-07-21T09:00:00+02:00", "people": ["ben"]},
            ],
        }
    ]


def test_an_override_is_added_listed_and_taken_back(baton: Baton) -> None:
    """A support lead puts Cleo on call for an evening, sees the override, and takes it back by its number."""
    times = ("--from", "2031-01-06 18:00", "--for", "4h")
    added = baton("override", "primary", "--person", "Cleo de Nile", "--instead-of", "ada", *times)
    assert (added.exit_code, added.stdout) == (
        0,
        "Added 1: Cleo de Nile (cleo) instead of ada in primary, Mon 06 Jan 2031 18:00 until Mon 06 Jan 2031 22:00\n",
    )
    shown = baton("primary", "--at", "2031-01-06 18:00", "--next", "1", "--json").stdout
    assert [shift["people"] for shift in json.loads(shown)[0]["shifts"]] == [["cleo"], ["ada"]]
    listed = json.loads(baton("overrides", "--json").stdout)
    assert [(row["person"], row["instead_of"], row["added_by"]) for row in listed] == [("cleo", "ada", "lena")]
    assert "Cleo de Nile" in baton("overrides").stdout
    assert baton("overrides", "--remove", "1").stdout == "Removed 1.\n"
    assert baton("overrides").stdout == "There are no overrides.\n"
    assert baton("overrides", "--remove", "1").stderr == (
        "✗ There is no override 1: `baton on-call overrides` lists them\n"
    )


def test_an_override_may_begin_now(baton: Baton) -> None:
    """A person who is ill this morning is replaced with one line that needs no start time."""
    before = json.loads(baton("primary", "--json").stdout)[0]["now"]
    assert baton("override", "primary", "--person", "cleo", "--for", "2d").exit_code == 0
    assert json.loads(baton("primary", "--json").stdout)[0]["now"] == ["cleo"] != before


def test_a_second_person_can_join(baton: Baton) -> None:
    """On a night with a release two people are on call, not one."""
    words = ("--person", "cleo", "--instead-of", "nobody", "--from", "2031-01-06 18:00", "--until", "2031-01-06 22:00")
    assert baton("override", "primary", *words).stdout.startswith("Added 1: Cleo de Nile (cleo) as well in primary")
    shown = json.loads(baton("primary", "--at", "2031-01-06 18:00", "--json").stdout)
    assert shown[0]["now"] == ["ada", "cleo"]


FROM = ("--from", "2031-01-06 18:00")
REFUSED = [
    pytest.param(["prmary"], "There is no rotation prmary: did you mean `primary`?", id="rotation"),
    pytest.param(["--policy", "acm"], "There is no policy acm: did you mean `acme`?", id="policy"),
    pytest.param(
        ["--policy", "tiered"],
        "There is no rotation in tiered: write one under `on_call:`, as docs/on-call.md shows",
        id="policy without rotations",
    ),
    pytest.param(
        ["primary", "--at", "noon"],
        "`noon` is not a time: write the day and the hour, such as 2026-01-05 09:00; it is read in Europe/Berlin",
        id="time",
    ),
    pytest.param(
        ["override", "primary", "--person", "cloe", *FROM, "--for", "4h"],
        "No person of acme is called cloe: did you mean `cleo`?",
        id="person",
    ),
    pytest.param(
        ["override", "primary", "--person", "cleo", *FROM],
        "Say when it ends: either --until, or --for with a span such as 4h",
        id="no end",
    ),
    pytest.param(
        ["override", "primary", "--person", "cleo", *FROM, "--for", "long"],
        "`long` is not a duration: write a number and a unit, such as 45s, 15m, 8h, 1h30m or 2d",
        id="span",
    ),
    pytest.param(
        ["override", "primary", "--person", "cleo", *FROM, "--until", "2031-01-06 17:00"],
        "this override ends before it starts: write an `until` that is after `from`",
        id="end before start",
    ),
    pytest.param(
        ["override", "primary", "--person", "cleo", "--until", "2020-01-06 17:00"],
        "That would have ended already, at 2020-01-06 17:00",
        id="over",
    ),
    pytest.param(
        ["override", "primary", "--person", "cleo", "--instead-of", "ben", *FROM, "--for", "4h"],
        "That would change nothing: `baton on-call` shows who is on call",
        id="in the place of somebody who is not on call",
    ),
]


@pytest.mark.parametrize(("words", "sentence"), REFUSED)
def test_an_impossible_command_is_one_sentence(baton: Baton, words: list[str], sentence: str) -> None:
    """A mistyped command changes nothing, and the answer says what to type instead."""
    done = baton(*words)
    assert (done.exit_code, done.stderr, done.stdout) == (1, f"✗ {sentence}\n", "")
    assert baton("overrides").stdout == "There are no overrides.\n"


def test_a_name_in_several_policies_needs_its_policy(baton: Baton, tmp_path: Path) -> None:
    """A rotation's name that several policies use has to be given with its policy."""
    (tmp_path / "policies" / "other.yaml").write_text(POLICY.replace("policy: acme", "policy: other"))
    words = ("override", "primary", "--person", "cleo", *FROM, "--for", "4h")
    assert baton(*words).stderr == "✗ Several policies have a rotation primary: say --policy acme or --policy other\n"
    assert baton(*words, "--policy", "other").exit_code == 0
    assert [row["policy"] for row in json.loads(baton("overrides", "--json").stdout)] == ["other"]


def test_a_broken_policy_is_told_whole(baton: Baton, tmp_path: Path) -> None:
    """A policy that can't be read is answered with its errors, and nobody is said to be on call."""
    (tmp_path / "policies" / "acme.yaml").write_text(POLICY.replace("[ben, ada]", "[bne, ada]"))
    done = baton()
    assert done.exit_code == 1
    assert "acme.yaml:13:19: there is no person `bne`: did you mean `ben`?" in done.stderr


@pytest.mark.parametrize(
    "url", ["mysql://root:secret@db/baton", "postgresql://root:secret@127.0.0.1:1/baton", "sqlite:////proc/none/b.db"]
)
def test_a_database_that_is_not_there_is_one_sentence(baton: Baton, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """A database that can't be used is answered with the setting to look at, without the password."""
    monkeypatch.setenv("BATON_DATABASE_URL", url)
    done = baton()
    assert done.exit_code == 1
    assert done.stderr.startswith("✗ ")
    assert "BATON_DATABASE_URL" in done.stderr
    assert "secret" not in done.stderr


def test_each_command_shows_how_it_is_used(baton: Baton) -> None:
    """The help of each command ends with an example to copy."""
    for command in ("show", "override", "overrides", "import"):
        assert f"baton on-call {'' if command == 'show' else command}" in baton(command, "--help").stdout
    assert "override" in baton("--help").stdout
