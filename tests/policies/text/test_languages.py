"""Language tags: one reading of all the forms in which helpdesks, browsers and people write a language."""

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from policies.text.languages import language_in, languages_in, nearest, unknown_language

FORMS = {
    "de": [
        "de",
        " de",
        "de ",
        "DE",
        "\tde\n",
        "de;q=0.9",
        "deu",
        "ger",
        "de.UTF-8",
        '"de"',
        "ｄｅ",
        "de-1996",
        "\ufeffde",
        "\u200bde",
        "German",
        " deutsch ",
        "German (Austria)",
        "GERMAN;q=0.5",
    ],
    "de-DE": [
        "de-DE",
        "de_DE",
        "de_de",
        "DE-de",
        "de_DE.UTF-8",
        "de_DE@euro",
        "de DE",
        "de--DE",
        "de–DE",
        "deu_DE",
        "de/DE",
    ],
    "pt-BR": [
        "pt-BR",
        "pt_BR",
        "pt-br",
        "por-BR",
        "pt_BR.ISO8859-1",
        "pt-BR-x-lvariant",
        "pt-BR-u-ca-gregory",
        "Brazilian Portuguese",
    ],
    "zh-Hans-CN": ["zh-Hans-CN", "zh_Hans_CN", "zh_hans_cn", "cmn-Hans-CN", "zh-cmn-Hans-CN"],
    "sr-Latn-RS": ["sr-Latn-RS", "sr_RS@latin", "sr_Latn_RS.UTF-8"],
    "es-419": ["es-419", "es_419"],
    "en-GB": ["en-GB", "en_UK"],
    "en-US": ["en-US", "en_US_POSIX", "eng_US"],
    "he": ["he", "iw"],
    "id": ["id", "in"],
    "nb": ["nb", "no", "nob", "Norwegian", "norsk bokmål"],
    "fr": ["fr", "French", "Français", "francais", "Franc\u0327ais"],
    "ja": ["ja", "日本語"],
    "nds": ["Low German"],
    "fil": ["fil", "tl"],
    "": [
        "",
        " ",
        "C",
        "POSIX",
        "C.UTF-8",
        "*",
        "und",
        "mul",
        "zxx",
        "x-private",
        "Klingonsk",
        "de;q=0",
        "123",
        "-",
        "_",
    ],
}


@pytest.mark.parametrize(("tag", "written"), [(tag, form) for tag, forms in FORMS.items() for form in forms])
def test_a_language_is_the_same_in_every_form(tag: str, written: str) -> None:
    """`de_DE`, `pt_BR`, `de_DE.UTF-8`, ` de` and `de;q=0.9` name German and Portuguese, as `de-DE` and `pt-BR` do."""
    assert [str(each) for each in languages_in(written)] == ([tag] if tag else [])


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("de-CH,de;q=0.9,en;q=0.8,*;q=0.5", ["de-CH", "de", "en"]),
        ("en;q=0.2, pl", ["pl", "en"]),
        ("fr; q=0.1 ,it;Q=0.4, es;q=0", ["it", "fr"]),
        ("nl;q=much", ["nl"]),
    ],
)
def test_a_browsers_list_names_the_preferred_language_first(written: str, tags: list[str]) -> None:
    """A browser's list of languages is read in the order of its weights, and a weight of 0 is a language not wanted."""
    assert [str(each) for each in languages_in(written)] == tags


@pytest.mark.parametrize(
    ("wanted", "known", "found"),
    [
        ("de_AT", ["en", "de"], "de"),
        ("de_AT", ["de-CH", "de", "de-AT"], "de-AT"),
        ("de", ["de-AT", "de-DE"], "de-DE"),
        ("pt-PT", ["en", "pt_BR"], "pt_BR"),
        ("zh-TW", ["zh", "zh-Hant"], "zh-Hant"),
        ("zh-CN", ["zh-Hant", "zh-Hans"], "zh-Hans"),
        ("sr@latin", ["sr", "sr-Latn"], "sr-Latn"),
        ("no", ["en", "nb"], "nb"),
        ("nn-NO", ["en", "no"], "no"),
        ("nn", ["nb", "nn"], "nn"),
        ("nb", ["en", "nn"], "nn"),
        ("German", ["en", "de"], "de"),
        ("ja, en;q=0.1", ["de", "en"], "en"),
        ("ja", ["de", "en"], None),
        ("C", ["de"], None),
        ("de", ["default"], None),
    ],
)
def test_the_nearest_text_is_found(wanted: str, known: list[str], found: str | None) -> None:
    """A reader gets the text for their region, then the one for their language, then one for another region."""
    assert nearest(wanted, known) == found


@given(st.text(max_size=40) | st.from_regex(r"[a-zA-Z]{1,4}([-_;,.@ ][a-zA-Z0-9=.]{0,8}){0,4}", fullmatch=True))
def test_any_text_of_a_sender_is_read(written: str) -> None:
    """Any text at all is read as languages or as none, and a tag that was read is read as the same one again."""
    for language in languages_in(written):
        assert languages_in(str(language)) == (language,)
        assert language_in(str(language)) == language.understood
        assert nearest(str(language), ["xx", str(language)]) == str(language)


@pytest.mark.parametrize("tag", ["ar", "cs", "el", "hi", "ja", "nn", "pt", "uk", "vi", "zh"])
def test_a_language_is_known_by_its_names(tag: str) -> None:
    """A language's English name and its own name, as the Unicode Consortium has them, are read as its tag."""
    assert [language_in(str(Locale(each).languages[tag])) for each in ("en", tag)] == [language_in(tag)] * 2


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("jp", "is a country and no language: did you mean `ja`?"),
        ("JP", "is a country and no language: did you mean `ja`?"),
        ("cn", "is a country and no language: did you mean `zh`?"),
        ("dk", "is a country and no language: did you mean `da`?"),
        ("gr_GR", "is a country and no language: did you mean `el`?"),
        ("us", "is a country and no language: did you mean `en`?"),
        ("hk", "is a country and no language: did you mean `zh-Hant`?"),
        ("xx", "is no language that is known: write a tag such as `de`"),
        ("klingonsk", "is no language that is known: write a tag such as `de`"),
        ("jp, ja;q=0.8", ""),
        ("uk", ""),
        ("tlh", ""),
        ("no", ""),
        ("in", ""),
        ("iw", ""),
        ("German", ""),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_the_tag_of_a_country_is_told(written: str, why: str) -> None:
    """A country's tag in the place of a language is told with its language, and an unknown tag as unknown."""
    assert unknown_language(written) == why


def test_each_language_of_two_letters_is_known() -> None:
    """No language that has a tag of two letters is taken for a country."""
    assert [tag for tag in Locale("en").languages if len(tag) == 2 and unknown_language(tag)] == []
