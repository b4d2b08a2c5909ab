"""Every text of the console is there in every language, and numbers are written as each writes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import manara.console
from manara.console.pages.languages import LANGUAGES, preferred, tongue
from manara.console.pages.value_words import value_label
from manara.model.types.enums import value_list

HOME = Path(manara.console.__file__).parent
OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "trim_blocks": "true"}}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OTHERS = [code for code in LANGUAGES if code != "en"]


def catalogue(code: str) -> Catalog:
    path = HOME / "locale" / code / "LC_MESSAGES" / "console.po"
    return read_po(BytesIO(path.read_bytes()), locale=code)


@pytest.fixture(scope="module")
def texts() -> set[str]:
    found = extract_from_dir(HOME, METHODS, OPTIONS, {**DEFAULT_KEYWORDS, "N_": None})
    return {one[2] if isinstance(one[2], str) else one[2][0] for one in found}


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated(code: str, texts: set[str]) -> None:
    assert len(texts) > 300
    known = catalogue(code)
    missing = sorted(text for text in texts if known.get(text) is None)
    assert not missing
    for message in known:
        if message.id:
            given = message.string if isinstance(message.string, tuple) else (message.string,)
            assert all(given), message.id
            assert not message.fuzzy, message.id
            assert not list(message.check(known)), message.id
            if message.pluralizable:
                assert len(given) == known.num_plurals


@pytest.mark.parametrize("code", OTHERS)
def test_what_ships_is_what_was_written(code: str) -> None:
    path = HOME / "locale" / code / "LC_MESSAGES" / "console.mo"
    shipped = read_mo(BytesIO(path.read_bytes()))
    pairs = [
        sorted((repr(tuple(one.id)), repr(tuple(one.string))) for one in each if one.id)
        for each in (shipped, catalogue(code))
    ]
    assert pairs[0] == pairs[1]


@pytest.mark.parametrize("code", OTHERS)
def test_no_translation_is_left_over(code: str, texts: set[str]) -> None:
    ids = [one.id if isinstance(one.id, str) else one.id[0] for one in catalogue(code) if one.id]
    assert sorted(set(ids) - texts) == []


# Expected values: CLDR's patterns of the three languages, written by hand.
@pytest.mark.parametrize(
    ("code", "number", "money", "day"),
    [
        ("en", "1,234.5", "€1,234.50", "5 Mar 2026"),
        ("fr", "1\u202f234,5", "1\u202f234,50\xa0€", "5 mars 2026"),
        ("ar", "1,234.5", "\u200f1,234.50\xa0€", "5 مارس 2026"),
    ],
)
def test_numbers_and_days(code: str, number: str, money: str, day: str) -> None:
    spoken = tongue(code)
    assert spoken.number(1234.5) == number
    assert spoken.money(Decimal("1234.5"), "EUR") == money
    assert spoken.day(datetime(2026, 3, 5, tzinfo=UTC)) == day
    assert spoken.direction == ("rtl" if code == "ar" else "ltr")


def test_what_is_no_currency_keeps_its_sign() -> None:
    assert tongue("en").money(Decimal("0.500"), "BTC") == "0.5 BTC"


def test_certainty_is_never_shown() -> None:
    assert tongue("en").percent(1.0) == "99%"
    assert tongue("en").percent(0.0) == "1%"


@pytest.mark.parametrize(
    ("header", "code"),
    [("fr-MA,fr;q=0.9", "fr"), ("ar-EG", "ar"), ("de,en;q=0.5", "en"), ("", "en"), ("xx", "en")],
)
def test_the_browser_says_which_language(header: str, code: str) -> None:
    assert preferred(header) == code


@pytest.mark.parametrize(("code", "told"), [("en", "Drug trafficking"), ("fr", "Trafic de drogue")])
def test_topics_are_told_in_words(code: str, told: str) -> None:
    assert value_label("crime.traffick.drug", "Person", "topics", tongue(code)) == told
    assert [
        t for t in value_list("topics") if value_label(t, "Person", "topics", tongue(code)) == t
    ] == []
