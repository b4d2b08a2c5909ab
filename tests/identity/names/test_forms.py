"""What the words of a name do in it, and that spellings split differently meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.identity.names.forms import Word, analyse
from manara.identity.names.phrases import Kind, phrases
from manara.identity.names.readings import readings, skeleton

ROLES = {"name", "particle", "honorific", "initial", "legal", "number", "joined"}


def roles(name: str, kind: Kind = "") -> list[tuple[str, str]]:
    return [(word.text, word.role) for word in analyse(name, kind)]


def plain(name: str, kind: Kind = "") -> list[str]:
    return [word.text for word in analyse(name, kind) if word.role != "joined"]


def keys(name: str) -> set[str]:
    return {
        skeleton(reading)
        for word in analyse(name)
        if word.role in ("name", "joined")
        for reading in readings(word.text)
    }


def test_roles_of_a_persons_words() -> None:
    assert roles("Dr. Haji Omar bin J. Salim", "person")[:6] == [
        ("dr", "honorific"),
        ("haji", "honorific"),
        ("omar", "name"),
        ("bin", "particle"),
        ("j", "initial"),
        ("salim", "name"),
    ]


def test_a_vowel_alone_may_be_the_second_half_of_a_given_name() -> None:
    assert Word("hyonu", "joined", 1, 3) in analyse("Pak Hyon U", "person")
    assert not any(word.role == "joined" for word in analyse("Robert A Smith", "person"))


def test_spans_count_the_parts_and_a_joined_word_covers_its_own() -> None:
    assert analyse("Abu Salim", "person") == (
        Word("abu", "particle", 0, 1),
        Word("salim", "name", 1, 2),
        Word("abusalim", "joined", 0, 2),
    )


@pytest.mark.parametrize(
    "name",
    [
        "Abd al-Rahman",
        "Abd ar-Rahman",
        "Abdel Rahman",
        "Abdul Rahman",
        "Abdulrahman",
        "Abdurrahman",
        "Abderrahman",
    ],
)
def test_latin_spellings_of_one_compound_have_the_same_parts(name: str) -> None:
    assert plain(name) == ["abd", "al", "rahman"]


@pytest.mark.parametrize("name", ["عبدالرحمن", "عبد الرحمن"])
def test_arabic_spellings_of_one_compound_have_the_same_parts(name: str) -> None:
    assert plain(name) == ["عبد", "al", "رحمن"]


@pytest.mark.parametrize("name", ["Abdelaziz", "Abdul Aziz", "Abd al-Aziz"])
def test_the_article_does_not_take_a_letter_of_the_name(name: str) -> None:
    assert plain(name) == ["abd", "al", "aziz"]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Abdurahman", "عبد الرحمن"),
        ("Abdulkarim", "عبدالكريم"),
        ("Benali", "Ben Ali"),
        ("Bouteflika", "Bou Teflika"),
        ("Abubakr", "أبو بكر"),
        ("ابوبكر", "Abu Bakr"),
        ("Nureddin", "نور الدين"),
        ("Saifullah", "سيف الله"),
        ("Elbaradei", "El Baradei"),
        ("Kim Jong-un", "김정은"),
        ("Kim Jongun", "Kim Jong Un"),
        ("Mao Zedong", "毛泽东"),
        ("Delacruz", "de la Cruz"),
        ("Obrien", "O'Brien"),
        ("SalimOmar", "Salim Omar"),
    ],
)
def test_spellings_split_differently_share_a_key(left: str, right: str) -> None:
    assert keys(left) & keys(right)


@pytest.mark.parametrize(
    "name", ["Abdullah", "عبدالله", "Madeleine", "Elena", "الياس", "Abdou", "Isabella"]
)
def test_words_that_only_look_like_compounds_stay_whole(name: str) -> None:
    assert [role for _, role in roles(name)] == ["name"]


@pytest.mark.parametrize(
    ("name", "legal"),
    [
        ("ООО Ромашка", "llc"),
        ('OOO "Romashka"', "llc"),
        ("Zelan LLC", "llc"),
        ("Zelan S.A.R.L.", "llc"),
        ("Zelan GmbH", "llc"),
        ("Zelan Sp. z o.o.", "llc"),
        ("Zelan Limited Liability Company", "llc"),
        ("ПАО Зелан", "jsc"),
        ("ZAO Zelan", "jsc"),
        ("Zelan Open Joint Stock Company", "jsc"),
        ("Zelan Aktiengesellschaft", "jsc"),
        ("Zelan Co., Ltd.", "ltd"),
        ("Zelan Sdn. Bhd.", "ltd"),
        ("Zelan Pte Ltd", "ltd"),
        ("Zelan Inc.", "inc"),
        ("Zelan Corporation", "inc"),
        ("شركة زيلان", "co"),
        ("زيلان ش.م.ل", "jsc"),
        ("株式会社 ゼラン", "jsc"),
        ("Zelan Anonim Şirketi", "jsc"),
        ("Fundación Zelan", "foundation"),
    ],
)
def test_legal_forms_have_one_form(name: str, legal: str) -> None:
    found = analyse(name, "organisation")
    assert [word.text for word in found if word.role == "legal"] == [legal]
    assert sum(word.role == "name" for word in found) == 1


def test_there_are_many_legal_forms() -> None:
    assert len(phrases("legal")) >= 150


def test_no_legal_form_in_a_persons_name() -> None:
    assert ("sa", "name") in roles("Maria Sa", "person")
    assert ("co", "name") in roles("Ana Co", "person")


def test_a_legal_form_is_found_at_the_end_of_a_name_of_unknown_kind() -> None:
    assert roles("Zelan LLC") == [("zelan", "name"), ("llc", "legal")]
    assert roles("Zelan AG") == [("zelan", "name"), ("jsc", "legal")]
    assert ("sa", "name") in roles("Maria Sa")


def test_single_letters_of_an_organisation_are_one_word() -> None:
    assert roles("S.T.G. Zelan", "organisation") == [("stg", "name"), ("zelan", "name")]


@pytest.mark.parametrize("name", ["M/V Zelan Star 2", "MV ZELAN STAR 2", "m.v. zelan star 2"])
def test_vessel_prefixes(name: str) -> None:
    assert roles(name, "vessel") == [
        ("mv", "honorific"),
        ("zelan", "name"),
        ("star", "name"),
        ("2", "number"),
    ]


@pytest.mark.parametrize("name", ["Haji", "Abu", "bin", "LLC", "MV"])
@pytest.mark.parametrize("kind", ["person", "organisation", "vessel", ""])
def test_a_name_is_never_only_an_accessory(name: str, kind: Kind) -> None:
    assert [word.role for word in analyse(name, kind)] == ["name"]


@pytest.mark.parametrize("name", ["", " ", "!!!", "\u200f"])
def test_no_words(name: str) -> None:
    assert analyse(name) == ()


@given(st.text(max_size=60), st.sampled_from(["person", "organisation", "vessel", ""]))
def test_any_text_gives_words_in_order(name: str, kind: Kind) -> None:
    words = analyse(name, kind)
    parts = [word for word in words if word.role != "joined"]
    assert [(word.start, word.end) for word in parts] == [(i, i + 1) for i in range(len(parts))]
    assert words[: len(parts)] == tuple(parts)
    for word in words:
        assert word.text
        assert word.role in ROLES
        assert 0 <= word.start < word.end <= len(parts)
    if parts:
        assert {word.role for word in parts} & {"name", "number", "initial"}


def test_a_very_long_name_is_cut() -> None:
    assert len(analyse("salim " * 100_000, "person")) < 200
