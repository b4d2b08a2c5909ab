"""What two names say as a whole: what is left over, how seldom words are borne, what is asked."""

from __future__ import annotations

import pytest

from manara.identity.screening.index import Index
from manara.identity.screening.query import NameEntry, Query

CROWD = [NameEntry(f"o{at}", f"Karsten{at} Oldenboor{at}") for at in range(2000)]


def scores(name: str, *listed: str, kind: str = "") -> list[float]:
    """Return what each of these names on one list scores for a query, -99 if it is no hit."""
    entries = [NameEntry(f"n{at}", text, kind) for at, text in enumerate(listed)]
    hits = {hit.entity_id: hit.score for hit in Index.build([*entries, *CROWD]).search(Query(name))}
    return [hits.get(f"n{at}", -99.0) for at in range(len(listed))]


@pytest.mark.parametrize("words", [("Tarvynel", "Osk"), ("Maria", "Garcia"), ("Wei", "Zhang")])
def test_contradiction_is_below_omission_is_below_agreement(words: tuple[str, str]) -> None:
    whole = " ".join((*words, "Borvelund"))
    same, shorter, longer, other = scores(
        whole, whole, " ".join(words), f"{whole} Quistrel", " ".join((*words, "Quistrel"))
    )
    assert same > max(shorter, longer)
    assert min(shorter, longer) > other


def test_no_number_of_agreeing_words_makes_up_for_a_contradicted_one() -> None:
    words = [f"{a}{b}" for a in ("tarv", "quist", "borv") for b in ("elund", "ynel", "rosk")]
    same, sister = scores(" ".join(words), " ".join(words), " ".join([*words[:-1], "zamphir"]))
    (pair,) = scores("Tarvynel Osk", "Tarvynel Osk")
    assert sister < pair
    assert sister < same - 20


@pytest.mark.parametrize(
    ("seldom", "often"),
    [("Morvia", "Maria"), ("Borvelundo", "Borv"), ("Tarvyneli", "Jonathan")],
)
def test_a_word_that_few_people_bear_says_more(seldom: str, often: str) -> None:
    """Both words stand on the list once."""
    rare, common = f"{seldom} Quistrel", f"{often} Quistrel"
    assert scores(rare, rare, common)[0] > scores(common, rare, common)[1]


def test_a_popular_name_is_known_in_any_spelling() -> None:
    listed = ("Mohammmed Quistrel", "Morvannned Quistrel", "Mohammed Osk", "Morvanned Osk")
    popular, unknown = (max(scores(name, *listed)) for name in listed[:2])
    assert popular < unknown


def test_two_unmet_popular_names_say_more_against_than_two_unknown_ones() -> None:
    """Whoever has a popular name besides is somebody with a full name of their own."""
    popular, unknown = (
        scores(f"Tarvynel {rest}", "Tarvynel")[0] for rest in ("Maria Garcia", "Morvia Gartema")
    )
    assert popular < unknown


def test_a_vessel_is_meant_less_often_unless_the_query_says_so() -> None:
    (person,), (vessel,) = (scores("Katinka", "Katinka", kind=k) for k in ("person", "vessel"))
    assert vessel < person
    index = Index.build([NameEntry("v", "Katinka", "vessel"), *CROWD])
    assert index.search(Query("Katinka", kind="vessel"))[0].score > vessel


def test_one_syllable_apart_is_another_korean_name() -> None:
    same, other = scores("정식 김", "Kim Jong Sik", "Kim Jong Suk")
    assert same > other + 2


def test_words_that_other_names_of_an_entity_hold_speak_for_it() -> None:
    """Lists spread the words of one name over several aliases."""
    spread = [NameEntry("a", "Tarvynel Quistrel"), NameEntry("a", "Borvelund Osk")]
    apart = [NameEntry("a", "Tarvynel Quistrel"), NameEntry("b", "Borvelund Osk")]
    found = [
        next(h.score for h in Index.build([*names, *CROWD]).search(Query("Borvelund Tarvynel")))
        for names in (spread, apart)
    ]
    assert found[0] > found[1] + 5


def test_initials_find_an_organisation_either_way() -> None:
    long, short = "Zamphir Vanguard for Tarvynel Quistrel", "ZVTQ"
    kind = "organisation"
    assert scores(short, long, kind=kind)[0] > scores("Zamvitoq", long, kind=kind)[0]
    assert scores(long, short, kind=kind)[0] > -99


def test_an_organisation_is_meant_by_its_words_and_no_person() -> None:
    (organisation,), (person,) = (
        scores("Quistrel Trading", "Quistrel", kind=k) for k in ("organisation", "person")
    )
    assert organisation > person + 5


def test_a_number_left_over_on_both_sides_is_something_left_over() -> None:
    index = Index.build([NameEntry("v", "Heron 7", "vessel"), *CROWD])
    same, other = (
        index.search(Query(f"Heron {number}", kind="vessel"))[0].score for number in (7, 9)
    )
    assert same > other + 15


@pytest.mark.parametrize(
    ("asked", "listed", "kind", "told"),
    [
        ("Tarvynelo Borvelund Oskarit", "Tarvynelo Borvelund", "person", True),
        ("Tarvynelo Borvelund", "Oskarit Tarvynelo Borvelund", "person", True),
        ("Tarvynelo Borvelund", "Tarvynelo Borvelund", "person", False),
        ("Tarvynelo Borvelund Oskarit", "Tarvynelo Borvelund Quistrel", "person", False),
        ("Tarvynelo Borvelund O", "Tarvynelo Borvelund Quistrel", "person", False),
        ("Maria Garcia Oskarit", "Maria Garcia", "person", False),
        ("Tarvynelo Borvelund Oskarit", "Tarvynelo Borvelund", "organisation", False),
    ],
)
def test_two_words_that_say_much_and_are_all_of_a_persons_name(
    asked: str, listed: str, kind: str, told: bool
) -> None:
    hit = Index.build([NameEntry("x", listed, kind), *CROWD]).search(Query(asked))[0]
    assert any("words that say much" in str(step) for step in hit.explanation) == told
    assert sum(step.weight for step in hit.explanation) == pytest.approx(hit.score, abs=1e-3)
