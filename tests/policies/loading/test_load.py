"""Loading a policy: reading YAML, filling in inherited values and holidays, pinning, and choosing from a catalog."""

from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from policies.document.document import Document, Hours, SlaTargets, TeamTerms, Trigger
from policies.loading.load import PolicyError, digest, load_catalog, load_file, load_policy
from policies.running.policy import build
from tests.cases import case

TODAY = date(2026, 6, 1)
HEAD = """\
policy: acme
version: 1
teams: {a: {name: A, tier: 1}, b: {name: B, tier: 2}}
channels: {email: a}
"""


def load(text: str) -> Document:
    return load_policy(text, file="p.yaml", today=TODAY)


def write(path: Path, policy: str, version: object) -> None:
    text = HEAD.replace("policy: acme", f"policy: {policy}").replace("version: 1", f"version: {version}")
    path.write_text(text, encoding="utf-8")


# Reading


def test_the_example_of_the_design_loads() -> None:
    """The design paper's example policy loads, except for its on-call rotation, which it does not define."""
    text = case("policies/loading/design_example")
    with pytest.raises(PolicyError) as caught:
        load(text)
    assert str(caught.value).splitlines() == [
        "p.yaml:36:18: there is no on-call rotation `primary`: add it under `on_call:`",
        "p.yaml:37:18: the last step may reach nobody: name a `lead` who hears of it then, such as "
        "`lead: slack:#support-leads`",
        "p.yaml:37:18: there is no on-call rotation `secondary`: add it under `on_call:`",
    ]
    document = load(text.replace("on-call:primary", "slack:@U1").replace("on-call:secondary", "slack:@U2"))
    assert document.sla["senior"] == SlaTargets(
        first_response=timedelta(minutes=30),
        next_response=timedelta(minutes=30),
        resolution=timedelta(hours=8),
        at_risk=(75,),
        hours="business",
        pause_while=("pending_customer",),
    )
    assert document.rules[1].on == (Trigger(clock="first_response", at=75),)


def test_words_stay_words() -> None:
    """Words such as `on`, `no`, `22:00`, `1.10` and `2026-12-25` are read as text, not as YAML's other types."""
    document = load("""\
policy: 2024
version: 1
description: 22:00
teams:
  no: {name: 22:00, skills: [on, 1.10, 2026-12-25, 0x10, 012, yes]}
channels: {on: no, 22: no}
rules:
  - name: 1.10
    on: tag_added
    do: [{tag: 1.10}, {tag: 2026-12-25}, {tag: true}, {tag: "null"}]
""")
    assert (document.policy, document.description) == ("2024", "22:00")
    assert document.teams == {"no": TeamTerms(name="22:00", skills=("on", "1.10", "2026-12-25", "0x10", "012", "yes"))}
    assert document.channels == {"on": "no", "22": "no"}
    assert document.rules[0].name == "1.10"
    assert [do.tag for do in document.rules[0].do] == ["1.10", "2026-12-25", "true", "null"]


def test_names_in_any_language_are_names() -> None:
    """A team may have its name in any language, such as Turkish or Japanese."""
    document = load("""\
policy: acme
version: 1
timezone: Europe/Istanbul
teams:
  müşteri-hizmetleri: {name: "Müşteri Hizmetleri — İstanbul", tier: 1, sla: hızlı}
  サポート: {name: サポート 🎧}
channels: {e-posta: müşteri-hizmetleri, "e-posta:şikayet@örnek.example": サポート}
sla:
  hızlı: {first_response: 15m}
rules:
  - name: şikâyet
    on: tag_added
    when: event.tag == "şikâyet"
    do: [{assign: サポート}, {note: "Sayın {{ customer.name }}, ılık ilgi"}, {notify: "slack:#destek-çağrı"}]
""")
    assert [*document.teams] == ["müşteri-hizmetleri", "サポート"]
    assert document.teams["müşteri-hizmetleri"].sla == "hızlı"
    assert document.rules[0].do[0].assign == "サポート"


def test_the_column_of_a_mistake_counts_letters() -> None:
    """The column of a mistake is counted in characters of any alphabet."""
    with pytest.raises(PolicyError) as caught:
        load(HEAD + 'rules:\n  - {name: "şikâyet 🎧", on: tag_added, when: "event.tga == 1", do: [{tag: ş}]}\n')
    assert str(caught.value) == "p.yaml:6:52: `event` has no `tga` with this trigger: did you mean `event.tag`?"


def test_a_file_of_windows_is_read_like_any_other(tmp_path: Path) -> None:
    """A policy file with a byte order mark and Windows line ends loads like any other."""
    path = tmp_path / "p.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert load_file(path, today=TODAY) == load(HEAD)


# Filling in


def test_holidays_become_dates() -> None:
    """A policy is pinned with the holidays of its country and its own closed days as dates, for five years."""
    document = load(
        HEAD
        + 'hours: {h: {open: "Mo-Fr 09:00-17:00; PH off", holidays: DE-BY, closed: [2026-12-24]}}\n'
        + "timezone: Europe/Berlin\n"
    )
    hours = document.hours["h"]
    assert isinstance(hours.holidays, tuple)
    assert {day.year for day in hours.holidays} == {2025, 2026, 2027, 2028, 2029}
    assert [day.isoformat() for day in hours.holidays if day.year == 2026 and day.month in (1, 12)] == [
        "2026-01-01",
        "2026-01-06",  # Epiphany: a holiday in Bavaria, not in Berlin
        "2026-12-24",  # our own closed day
        "2026-12-25",
        "2026-12-26",
    ]
    assert hours.holidays == tuple(sorted(hours.holidays))
    assert (hours.timezone, hours.closed) == ("Europe/Berlin", ())


def test_dates_can_be_given_instead_of_a_country() -> None:
    """A policy may list its holidays as dates instead of naming a country."""
    document = load(
        HEAD
        + 'hours: {h: {open: "24/7; PH off", timezone: Asia/Tokyo, holidays: [2026-12-31], closed: [2026-01-02]}}\n'
    )
    assert document.hours == {
        "h": Hours(
            open="24/7; PH off", timezone="Asia/Tokyo", holidays=(date(2026, 1, 2), date(2026, 12, 31)), closed=()
        )
    }


def test_an_sla_stands_alone_after_loading() -> None:
    """An SLA has its inherited values written into it, over any number of steps, and defaults for the rest."""
    document = load(
        HEAD
        + dedent("""\
            hours: {office: {open: "Mo-Fr 09:00-17:00"}}
            sla:
              quickest: {extends: quick, first_response: 1m, pause_while: []}
              quick: {extends: base, first_response: 5m, at_risk: [90%, 50%, 90%]}
              base: {first_response: 1h, resolution: 8h, hours: office}
              plain: {resolution: 2d}
            """)
    )
    minute = timedelta(minutes=1)
    shared = {"resolution": timedelta(hours=8), "hours": "office"}
    assert document.sla == {
        "quickest": SlaTargets(first_response=minute, at_risk=(50, 90), pause_while=(), **shared),
        "quick": SlaTargets(first_response=5 * minute, at_risk=(50, 90), pause_while=("pending_customer",), **shared),
        "base": SlaTargets(first_response=60 * minute, at_risk=(75,), pause_while=("pending_customer",), **shared),
        "plain": SlaTargets(
            resolution=timedelta(days=2), at_risk=(75,), pause_while=("pending_customer",), hours="always"
        ),
    }


RICH = HEAD.replace("a: {name: A, tier: 1}", "a: {name: A, tier: 1, sla: s}") + case("policies/loading/rich")


@pytest.mark.parametrize("exclude_defaults", [True, False])
def test_a_pinned_policy_comes_back_as_it_was(exclude_defaults: bool) -> None:
    """A conversation that carries its policy as JSON for weeks reads back the same policy."""
    document = load(RICH)
    assert Document.model_validate_json(document.model_dump_json(exclude_defaults=exclude_defaults)) == document


def test_loading_is_pure() -> None:
    """The same text loaded on the same day gives the same policy and digest."""
    assert load(RICH) == load(RICH)
    assert digest(load(RICH)) == digest(load(RICH))


def test_a_loaded_policy_needs_nothing_more_to_load() -> None:
    """A loaded policy is built without further checks, with its rules listed under their triggers."""
    assert [*build(load(RICH)).listeners] == [
        "message",
        "clock:first_response@100",
        "clock:resolution@75",
        "waiting:5400",
        "assignee_silent:7200",
        "customer_silent:259200",
        "clock:ownership@50",
        "customer_silent:604800",
    ]


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ("name: r", "name: r # say why", True),
        ("linger: 2d", "linger: 48h", True),
        ("alert: e", "alert: e\nrule_budget: 50", True),
        ("first_response: 15m", "first_response: 900s", True),
        ("at_risk: [50%, 75%]", "at_risk: [75%, 50%]", True),
        ("linger: 2d", "linger: 3d", False),
        ("first_response: 5m", "first_response: 6m", False),
        ("09:00-17:00", "09:00-18:00", False),
        ("wait: 90s", "wait: 91s", False),
        ("alert: e", "alert: e\nrule_budget: 51", False),
        ("version: 1", "version: 2", False),
        ("note: hello", "note: hallo", False),
        (
            "{a: {name: A, tier: 1, sla: s}, b: {name: B, tier: 2}}",
            "{b: {name: B, tier: 2}, a: {name: A, tier: 1, sla: s}}",
            False,
        ),
    ],
)
def test_a_digest_tells_policies_apart(before: str, after: str, is_same: bool) -> None:
    """Two policies have the same digest if they decide alike, however they are written, and only then."""
    changed = RICH.replace(before, after)
    assert changed != RICH
    assert (digest(load(RICH)) == digest(load(changed))) is is_same
    assert len(digest(load(RICH))) == 16


# Files and catalogs


def test_the_highest_version_of_each_policy_is_chosen(tmp_path: Path) -> None:
    """New conversations start with a policy's highest version, whatever its file is called."""
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    for directory in (own, shipped):
        directory.mkdir()
    write(own / "acme.yaml", "acme", 10)
    write(own / "acme-old.yml", "acme", 9)
    write(shipped / "acme.yaml", "acme", 2)
    write(shipped / "other.yaml", "other", 1)
    (own / "README.md").write_text("not a policy", encoding="utf-8")
    catalog = load_catalog(shipped, own, today=TODAY)
    assert {name: document.version for name, document in catalog.items()} == {"acme": 10, "other": 1}


def test_all_files_of_a_catalog_are_judged_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every broken file of a catalog is named at once, and two files may not hold the same version of one policy."""
    monkeypatch.chdir(tmp_path)
    directory = Path("policies")
    directory.mkdir()
    write(directory / "a.yaml", "acme", 1)
    write(directory / "b.yaml", "acme", 1)
    with (directory / "b.yaml").open("a", encoding="utf-8") as file:
        file.write("\ntimezone: Europe/Berlin\n")
    write(directory / "c.yaml", "acme", "one")
    (directory / "d.yaml").write_bytes("policy: Müller".encode("latin-1"))
    with pytest.raises(PolicyError) as caught:
        load_catalog(directory, Path("nowhere"), today=TODAY)
    assert str(caught.value).splitlines() == [
        "nowhere:1:1: this is no directory: name the one that holds the policies",
        "policies/b.yaml:1:1: `acme` version 1 is also in policies/a.yaml, with other content: raise `version`, "
        "or remove one file",
        "policies/c.yaml:2:10: `one` is not a whole number: write `version` in digits, such as 1",
        "policies/d.yaml:1:1: the file is not UTF-8 text: save it as UTF-8",
    ]


def test_the_same_policy_twice(tmp_path: Path) -> None:
    """A policy that is there twice with the same content is no mistake, as where it is mounted over itself."""
    for name in ("shipped", "own", "empty"):
        (tmp_path / name).mkdir()
    for name in ("shipped", "own"):
        write(tmp_path / name / "acme.yaml", "acme", 1)
    catalog = load_catalog(tmp_path / "shipped", tmp_path / "own", tmp_path / "empty", today=TODAY)
    assert {name: document.version for name, document in catalog.items()} == {"acme": 1}


def test_a_file_that_is_not_there_is_a_problem_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file name that does not exist is answered with a sentence."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PolicyError) as caught:
        load_file(Path("acme.yaml"), today=TODAY)
    sentence = "the file can't be read (No such file or directory): check the path and its permissions"
    assert str(caught.value) == f"acme.yaml:1:1: {sentence}"
