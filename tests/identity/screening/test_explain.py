"""Explanations say which word met which, how, and what it weighs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.identity.screening.explain import Step
from manara.identity.screening.index import Index
from manara.identity.screening.query import NameEntry, Query
from tests.spoken import check_templates

INDEX = Index.build(
    [
        NameEntry("p1", "Mohamed Benali", birth_dates=("1970-03-04",), countries=("dz",)),
        NameEntry("p2", "Karim Haddad Mansour"),
        NameEntry("p3", "Latifa Benzerrouk"),
    ]
)


def steps(name: str, entity: str, **more: object) -> dict[str, Step]:
    hits = INDEX.search(Query(name, **more))  # type: ignore[arg-type]
    hit = next(hit for hit in hits if hit.entity_id == entity)
    return {step.query or step.found: step for step in hit.explanation}


@pytest.mark.parametrize(
    ("asked", "word", "how", "found"),
    [
        ("Mohamed Benali", "mohamed", "same word", "mohamed"),
        ("Muhammad Benali", "muhammad", "same name (variants)", "mohamed"),
        ("محمد Benali", "محمد", "same name (variants)", "mohamed"),
        ("Mohamed Benalli", "benalli", "same sound", "benali"),
        ("Mohamed Benari", "benari", "spelling", "benali"),
        ("M Benali", "m", "initial", "mohamed"),
        ("Mohamed Benali Xyloph", "xyloph", "no counterpart", ""),
    ],
)
def test_each_word_says_how_it_met(asked: str, word: str, how: str, found: str) -> None:
    step = steps(asked, "p1")[word]
    assert (step.how, step.found) == (how, found)
    assert step.weight < 0 if how == "no counterpart" else step.weight > 0


def test_words_on_the_list_only_are_told() -> None:
    assert steps("Karim Haddad", "p2")["mansour"].how == "not asked for"


def test_spacing_is_told() -> None:
    found = steps("Latifa Ben Zerrouk", "p3").values()
    assert "spacing" in {step.how for step in found}


def test_fields_for_and_against() -> None:
    for_ = steps("Mohamed Benali", "p1", birth_date="1970-03-04", countries=("dz",))
    assert for_["1970-03-04"].how == for_["dz"].how == "agrees"
    against = steps("Mohamed Benali", "p1", birth_date="1999-12-31", countries=("pe",))
    assert against["1999-12-31"].how == against["pe"].how == "contradicts"
    assert against["1999-12-31"].weight < 0 < for_["1970-03-04"].weight


def test_steps_read_as_sentences() -> None:
    found = steps("محمد Bnali Zz", "p1", birth_date="1999-12-31")
    assert str(found["محمد"]).startswith("محمد = mohamed: same name (variants) [for, ")
    assert str(found["zz"]).startswith("zz: no counterpart on the list [against, ")
    told = str(found["1999-12-31"])
    assert told.startswith("birth date 1999-12-31: the list states 1970-03-04 instead [against, ")


SUMMED = Index.build(
    [
        NameEntry("p1", "Mohamed Benali", birth_dates=("1970-03-04",), countries=("dz",)),
        NameEntry("p1", "Abdel Rahman ben Zerrouk al Masri", weak=True, genders=("male",)),
        NameEntry("v1", "Sea Heron 2", "vessel", documents=("imo::9074729",)),
        NameEntry("k1", "Kim Yong Sik", "person", places=("Hamhung",)),
        NameEntry("o1", "Cedar Bank Lebanon SAL", "organisation", addresses=("5 Elm Road, Tyre",)),
    ]
)
_WORDS = (
    "Mohamed", "Muhamed", "Benari", "Zerrouk", "Benzerrouk", "M", "al", "Masri", "Abdurrahman",
    "Sea", "Heron", "3", "Kim", "영식", "김", "Yongsik", "Cedar", "Bank", "Iraq", "Xyloph", "محمد",
)  # fmt: skip


@given(
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6).map(" ".join),
    st.sampled_from([None, "1970-03-04", "1971-03-04", "1999-12-31"]),
    st.sampled_from([(), ("dz",), ("pe",)]),
    st.sampled_from([None, "male", "female"]),
    st.sampled_from([(), ("imo::9074729",), ("imo::9074792",)]),
    st.sampled_from(["", "person", "vessel"]),
    st.sampled_from([(), ("Hamhung",), ("Oran",)]),
)
@settings(max_examples=150, deadline=None)
def test_the_steps_add_up_to_the_score(
    name: str, born: str | None, countries: tuple[str, ...], gender: str | None,
    documents: tuple[str, ...], kind: str, places: tuple[str, ...],
) -> None:  # fmt: skip
    query = Query(name, born, countries, gender, documents, kind, places, ("Elm Road 5 Tyre",))
    for hit in SUMMED.search(query):
        assert sum(step.weight for step in hit.explanation) == pytest.approx(hit.score, abs=1e-3)
        for words in hit.words:
            check_templates(words)
        assert hit.told[-1].startswith(f"together {hit.score:.1f}, for the length of the list ")
        assert hit.told[-1].endswith(f"a probability of {hit.probability:.2f}")


def test_a_rarer_word_weighs_more() -> None:
    crowd = [NameEntry(f"k{i}", f"Karim Nom{'abcdefghij'[i % 10] * 2}") for i in range(4000)]
    index = Index.build([*crowd, NameEntry("x", "Karim Haddad")])
    first = {s.query: s.weight for s in index.search(Query("Karim Haddad"))[0].explanation}
    assert first["haddad"] > 2 * first["karim"]


def test_the_whole_name_of_an_organisation_is_alerted_even_if_it_is_one_word() -> None:
    crowd = [NameEntry(f"k{i}", f"Karim Nom{'abcdefghij'[i % 10] * 2}") for i in range(2000)]
    listed = (("band", "Al Nokhba", "organisation"), ("man", "Zerqawi", "person"))
    index = Index.build([*crowd, *(NameEntry(*each) for each in listed)])
    band, man = (index.search(Query(name))[0] for name in ("al-Nokhba", "Zerqawi"))
    assert band.probability > 0.5
    note = "no person, so that people's names seldom come near"
    said = [{str(step.note) for step in hit.explanation} for hit in (band, man)]
    assert [note in notes for notes in said] == [True, False]
