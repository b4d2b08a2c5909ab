"""Property types: what is valid, and its one canonical form."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.model import TYPES
from manara.model.types import country_codes

GOOD = {
    "name": {
        "Jean Dupont": "Jean Dupont",
        "  Jean \t\n Dupont ": "Jean Dupont",
        "\u200fعمر\u200e المثال": "عمر المثال",
        "E\u0301lodie": "Élodie",
        "«Пример»": "«Пример»",
        '"Example Ltd"': "Example Ltd",
        "'\"x\"'": "x",
        "Jean\u00a0Dupont": "Jean Dupont",
        "a\ud800b": "ab",
        "\u202eevil\u202c": "evil",
        "किशोर": "किशोर",
        "7": "7",
    },
    "text": {" two\nlines ": "two\nlines", "a\x00b": "ab", "a\x0bb": "a b"},
    "string": {" Chauffeur ": "Chauffeur", "-": "-"},
    "html": {"<p>é</p>": "<p>é</p>"},
    "number": {"12.5": "12.5", " 1,000  kg ": "1,000 kg", "٣": "٣"},
    "address": {
        "12 Example Street\r\nTestville; ": "12 Example Street, Testville",
        "a,, b, , c,.d": "a, b, c, d",
        "1 rue de l’Exemple<br />75000 Paris": "1 rue de l’Exemple, 75000 Paris",
        "شارع المثال، بغداد": "شارع المثال، بغداد",
    },
    "date": {
        "1961": "1961",
        "1961-05": "1961-05",
        "1961-05-07": "1961-05-07",
        "2024-02-29": "2024-02-29",
        "1961-05-07T12": "1961-05-07T12",
        "1961-05-07T12:00": "1961-05-07T12:00",
        "1961-05-07T12:00:00": "1961-05-07T12:00:00",
        "1961-05-07 12:00:00Z": "1961-05-07T12:00:00",
        "1961-05-07T23:30:00.250-02:00": "1961-05-08T01:30:00",
        " 1961-5-7 ": "1961-05-07",
    },
    "country": {
        "fr": "fr",
        "FR": "fr",
        "FRA": "fr",
        "France": "fr",
        "Allemagne": "de",
        "Alemania": "de",
        "Германия": "de",
        "ألمانيا": "de",
        "Syrian Arab Republic": "sy",
        "IRAN (ISLAMIC REPUBLIC OF)": "ir",
        "Congo, Democratic Republic of the": "cd",
        "Congo": "cg",
        "Burma": "mm",
        "Palestinian": "ps",
        "Region: Gaza": "ps",
        "West Bank": "ps",
        "Korea, North": "kp",
        "Democratic People’s Republic of Korea": "kp",
        "Korea, South": "kr",
        "Türkiye": "tr",
        "Turkey": "tr",
        "The Gambia": "gm",
        "Bahamas, The": "bs",
        "Cote d Ivoire": "ci",
        "Saint Kitts and Nevis": "kn",
        "Viet Nam": "vn",
        "USSR": "suhh",
        "Yugoslavia": "yucs",
        "XK": "xk",
        "eu": "eu",
        "su": "suhh",
        "Afghan": "af",
        "Iraqi": "iq",
        "Somali": "so",
        "Nigerian": "ng",
        "Nigerien": "ne",
        "U.S.A.": "us",
        "Syria / Syrie": "sy",
        "Côte d'Ivoire": "ci",
    },
    "gender": {"M": "male", "female": "female", "Féminin": "female", "ذكر": "male", "O": "other"},
    "language": {"eng": "eng", "EN": "eng", "fre": "fra", "pt-BR": "por", "Kurdish": "kur"},
    "topic": {"sanction": "sanction", " CRIME.TERROR ": "crime.terror"},
    "email": {
        "Info@Example.ORG": "Info@example.org",
        "mailto:x@example.org": "x@example.org",
        "x@xn--bcher-kva.example": "x@bücher.example",
        "عمر@example.org": "عمر@example.org",
    },
    "phone": {"+49 (30) 901820": "+4930901820", "+4930901820": "+4930901820"},
    "url": {
        "https://example.org/a?b=c#d": "https://example.org/a?b=c#d",
        "HTTP://Example.org": "http://Example.org/",
        "www.example.org": "http://www.example.org/",
        "http://пример.рф/": "http://пример.рф/",
        "http://192.0.2.1:8080/x": "http://192.0.2.1:8080/x",
    },
    "ip": {"192.0.2.1": "192.0.2.1", "2001:DB8:0:0:0:0:0:1": "2001:db8::1"},
    "checksum": {"D41D8CD98F00B204E9800998ECF8427E": "d41d8cd98f00b204e9800998ecf8427e"},
    "mimetype": {"Text/HTML; charset=utf-8": "text/html", "application/pdf": "application/pdf"},
    "json": {' {"a": [1]} ': '{"a": [1]}'},
    "entity": {"un-sc-12.a": "un-sc-12.a"},
    "identifier": {" AB  12 ": "AB  12"},
}
BAD = {
    "name": ["-", "…", '""', "\u200e"],
    "number": ["many", "-"],
    "address": [", ;", "-"],
    "date": [
        "1961-13", "1961-00", "1961-02-30", "2023-02-29", "0000", "0999", "3000", "61",
        "1961-05-32", "1961-05-07T25", "1961-05-07T12:60", "07/05/1961", "1961-05-07 or so",
        "2999-12-31T23-05", "١٩٦١",
    ],
    "country": ["Atlantis", "Congolese", "xx", "Russia / Ukraine", "/", "formerly Kuwaiti"],
    "gender": ["X", "unknown"],
    "language": ["und", "xx", "Martian"],
    "topic": ["weather"],
    "email": ["x", "x@localhost", "@example.org", "a b@example.org", "x@1.2.3.4", ".x@example.org"],
    "phone": ["030 901820", "+999 1", "phone", "+49"],
    "url": ["x y", "example", "javascript:alert(1)", "http://", "http://a..b/", "http://x.org:99999"],
    "ip": ["999.0.0.1", "1.2.3", "example.org"],
    "checksum": ["xyz", "d41d8cd9"],
    "mimetype": ["pdf", "image/*", "application/octet-stream", "unknown/unknown"],
    "json": ["{", "text", "\ud800"],
    "entity": ["a b", "a_b", "a:b", "-a", "a-", "é"],
    "html": [], "identifier": [], "string": [], "text": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "value"), [(k, t, v) for k, table in GOOD.items() for t, v in table.items()]
)
def test_a_valid_value_has_one_form(kind: str, text: str, value: str) -> None:
    assert TYPES[kind].clean(text) == value
    assert TYPES[kind].clean(value) == value


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in BAD.items() for t in texts])
def test_an_invalid_value_is_none(kind: str, text: str) -> None:
    assert TYPES[kind].clean(text) is None


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_nothing_is_no_value(kind: str) -> None:
    assert kind in GOOD and kind in BAD
    for nothing in ("", " ", "\n", "\x00", "\u200f"):
        assert TYPES[kind].clean(nothing) is None


#: Examples from the standards' own texts or from their issuers' public records; each is followed by
#: the same with one digit changed.
IDENTIFIERS = [
    ("iban", "GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"),
    ("iban", "GB82 WEST 1234 5698 7654 33", None),
    ("lei", "5493001KJTIIGC8Y1R12", "5493001KJTIIGC8Y1R12"),
    ("lei", "5493001KJTIIGC8Y1R13", None),
    ("isin", "US0378331005", "US0378331005"),
    ("isin", "US0378331006", None),
    ("imo", "IMO 9074729", "IMO9074729"),
    ("imo", "imo:9074729", "IMO9074729"),
    ("imo", "9074728", None),
    ("imo", "0000000", None),
    ("imo", "hull 9074729", None),
    ("bic", "DEUTDEFF500", "DEUTDEFF"),
    ("bic", "DEUT1EFF", None),
    ("inn", "7707083893", "7707083893"),
    ("inn", "7707083894", None),
    ("ogrn", "1027700132195", "1027700132195"),
    ("ogrn", "1027700132196", None),
    ("uscc", "91110000600037341L", "91110000600037341L"),
    ("uscc", "91110000600037342L", None),
    ("figi", "BBG000BLNQ16", "BBG000BLNQ16"),
    ("figi", "BBG000BLNQ17", None),
    ("npi", "1234567893", "1234567893"),
    ("npi", "1234567894", None),
    ("ssn", "536-90-4399", "536904399"),
    ("ssn", "000-12-3456", None),
    ("uei", "zqgghjh74dw7", "ZQGGHJH74DW7"),
    ("uei", "ZQGGHJH74DWO", None),
    ("wikidata", "https://www.wikidata.org/wiki/Q42", "Q42"),
    ("wikidata", "42", None),
]


@pytest.mark.parametrize(("form", "text", "value"), IDENTIFIERS)
def test_identifiers_keep_to_their_format(form: str, text: str, value: str | None) -> None:
    clean = TYPES["identifier"].clean
    assert clean(text, form) == value
    assert value is None or clean(value, form) == value
    assert clean("", form) is None


def test_company_imo_numbers_have_a_check_digit_of_their_own() -> None:
    # 8*5 + 6*4 + 4*3 + 2*2 + 9*1 + 7*0 = 89; (11 - 89 % 11) % 10 = 0. As a ship's number the
    # check digit would be 7*5 + 6*4 + 5*3 + 4*2 + 3*1 + 2*0 = 85 mod 10 = 5.
    clean = TYPES["identifier"].clean
    assert clean("5432100", "imo") == "IMO5432100"
    assert clean("5432105", "imo") == "IMO5432105"
    assert clean("5432101", "imo") is None


@given(st.sampled_from(sorted(TYPES)), st.text(max_size=60))
def test_cleaning_is_idempotent(kind: str, text: str) -> None:
    value = TYPES[kind].clean(text)
    assert value != ""
    assert value is None or TYPES[kind].clean(value) == value


@given(st.text(max_size=60))
def test_no_letter_of_any_script_is_lost(text: str) -> None:
    def letters(value: str) -> list[str]:
        composed = unicodedata.normalize("NFC", value)
        return [c for c in composed if unicodedata.category(c)[0] == "L"]

    for kind in ("name", "text", "string"):
        assert letters(TYPES[kind].clean(text) or "") == letters(text)


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_every_day_is_a_date_and_the_day_after_the_last_of_a_month_is_none(day: date) -> None:
    clean = TYPES["date"].clean
    assert clean(day.isoformat()) == day.isoformat()
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    assert clean(f"{last:%Y-%m}-{last.day + 1}") is None


def test_every_country_code_is_its_own_name() -> None:
    codes = country_codes()
    assert {"gb", "eu", "xk", "suhh", "yucs", "no", "na", "ua-cri"} <= codes
    assert all(TYPES["country"].clean(code.upper()) == code for code in codes)


@pytest.mark.parametrize(
    ("kind", "value", "portable"),
    [
        ("language", "ara", True),
        ("language", "kur", False),
        ("name", "x" * 384, True),
        ("name", "x" * 385, False),
    ],
)
def test_what_other_programs_accept(kind: str, value: str, portable: bool) -> None:
    assert TYPES[kind].clean(value) == value
    assert TYPES[kind].is_portable(value) is portable
