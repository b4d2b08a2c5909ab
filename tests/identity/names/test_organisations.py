"""Words of organisations' names: what they mean, what they tell, initials; how names are asked."""

from __future__ import annotations

import pytest

from manara.identity.names import name_tokens
from manara.identity.names.forms import analyse
from manara.identity.names.organisations import meanings, telling_words
from manara.identity.names.phrases import Kind
from manara.identity.names.things import tells_organisation
from manara.identity.names.variants import group_of
from manara.identity.screening.popular import is_popular


@pytest.mark.parametrize(
    "words",
    [
        ("front", "frente", "jabhat", "جبهة", "фронт"),
        ("bank", "banco", "banque", "банк", "مصرف"),
        ("trading", "tijara", "ticaret", "bazargani", "comercial"),
        ("army", "ejercito", "jaysh", "lashkar"),
    ],
)
def test_words_of_one_meaning_share_a_group(words: tuple[str, ...]) -> None:
    groups = {group_of(token) for word in words for token in name_tokens(word)}
    assert len(groups) == 1
    assert groups != {group_of("mohammed"), 0}


def test_each_meaning_has_its_own_group() -> None:
    numbers = {meaning: group_of(word) for word, meaning in meanings().items()}
    assert len(set(numbers.values())) == len(numbers)


def test_no_word_that_tells_an_organisation_is_a_popular_name() -> None:
    assert not [word for word in telling_words() if is_popular(word, 0)]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Northern Orchard Trading", True),
        ("Limited Liability Company Romashka", True),
        ("OOO Romashka", True),
        ("Maria Bianca Ferrero", False),
        ("Ansar Tarvynel", False),
        ("Sia Borvelund", False),
        ("", False),
    ],
)
def test_words_tell_that_an_organisation_is_meant(name: str, is_one: bool) -> None:
    assert tells_organisation(name_tokens(name)) == is_one


def roles(name: str, kind: Kind = "") -> dict[str, str]:
    return {word.text: word.role for word in analyse(name, kind)}


def test_a_legal_form_in_front_is_one_even_if_nobody_says_what_is_meant() -> None:
    assert roles("Limited Liability Company Romashka") == {"llc": "legal", "romashka": "name"}


def test_a_short_form_in_front_is_none_where_another_one_ends_the_name() -> None:
    assert roles("KB Quistrel Limited", "organisation")["kb"] == "name"


@pytest.mark.parametrize("name", ["Q and T Orchard Company", "Q & T Orchard Co.", "Q.T. Orchard"])
def test_single_letters_are_one_word(name: str) -> None:
    assert roles(name, "organisation")["qt"] == "name"


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Tarvynel Front for the Liberation of Quistrel", "tflq"),
        ("Borvelund National Tanker Company", "bntc"),
        ("al-Quistrel in the Borvelund Peninsula", "aqbp"),
    ],
)
def test_initials_stand_for_the_whole_name(name: str, initials: str) -> None:
    word = next(word for word in analyse(name, "organisation") if word.text == initials)
    others = [other for other in analyse(name, "organisation") if other.role != "joined"]
    assert (word.role, word.start, word.end) == ("joined", 0, len(others))


def test_people_have_no_initials() -> None:
    assert "tqb" not in roles("Tarvynel Quistrel Borvelund")
