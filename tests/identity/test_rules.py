from __future__ import annotations

import random

import pytest
from stdnum import imo, lei

from manara.identity import clusters, judge, props
from manara.identity.candidates import identifiers
from manara.model import Fact, Judgement, Verdict, vocabulary
from tests.identity.facts import AT, facts_of


def verdict(*groups: list[Fact]) -> Judgement:
    """The one judgement on the entities of these facts."""
    judged = list(judge([fact for group in groups for fact in group], AT))
    assert len(judged) == 1
    return judged[0]


def test_every_identifier_is_a_property_of_the_vocabulary() -> None:
    known = {name for schema in vocabulary().schemata.values() for name in schema.properties}
    assert set(identifiers()) <= known
    assert props() <= known


@pytest.mark.parametrize(
    ("prop", "schema", "number"),
    [
        ("imoNumber", "Vessel", "9074729"),
        ("leiCode", "Company", "529900T8BM49AURSDO55"),
        ("publicKey", "CryptoWallet", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
    ],
)
def test_a_worldwide_number_alone_makes_two_one(prop: str, schema: str, number: str) -> None:
    if prop == "imoNumber":
        assert imo.is_valid(number)
    if prop == "leiCode":
        assert lei.is_valid(number)
    found = verdict(
        facts_of("a-1", "a", schema, **{prop: number}, name="One"),
        facts_of("b-1", "b", schema, **{prop: number}, name="Other"),
    )
    assert found.verdict is Verdict.POSITIVE
    assert found.reason[0] == f"same {prop}: {number.casefold()}"
    assert (found.by, found.human) == ("worldwide-number", False)


def test_a_passport_needs_a_second_fact_that_agrees() -> None:
    one = facts_of("a-1", "a", passportNumber="A 123-4567", name="Amina Koné")
    assert (
        verdict(one, facts_of("b-1", "b", passportNumber="a1234567", name="KONE, Amina B.")).verdict
        is Verdict.POSITIVE
    )
    assert (
        verdict(one, facts_of("b-1", "b", passportNumber="a1234567", name="Boris Gashi")).verdict
        is Verdict.UNSURE
    )


def test_one_number_from_two_countries_is_two_passports() -> None:
    def holder(dataset: str, country: str) -> list[Fact]:
        person, paper = f"{dataset}-1", f"{dataset}-p"
        return [
            *facts_of(person, dataset, passportNumber="K8841902", name="Amina Kone"),
            *facts_of(
                paper, dataset, "Passport", holder=person, number="K8841902", country=country
            ),
        ]

    assert verdict(holder("a", "ma"), holder("b", "ng")).verdict is Verdict.UNSURE
    assert verdict(holder("a", "ma"), holder("b", "ma")).verdict is Verdict.POSITIVE


def test_whole_name_and_compatible_birth_date() -> None:
    one = facts_of("a-1", "a", name="Leïla Nasser", birthDate="1961")
    same = facts_of("b-1", "b", name="NASSER, Leila", birthDate="1961-05-07")
    found = verdict(one, same)
    assert found.verdict is Verdict.POSITIVE
    assert found.reason == (
        "same name: leila nasser",
        "compatible birth dates: 1961 and 1961-05-07",
    )


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"birthDate": "1962-05-07"}, "birth dates differ: 1961 against 1962-05-07"),
        ({"birthDate": "1961", "gender": "male"}, "genders differ"),
    ],
)
def test_contradiction_keeps_namesakes_apart(other: dict[str, str], why: str) -> None:
    one = facts_of("a-1", "a", name="Leila Nasser", birthDate="1961", gender="female")
    found = verdict(one, facts_of("b-1", "b", name="Leila Nasser", **other))
    assert found.verdict is Verdict.NEGATIVE
    assert why in found.reason


@pytest.mark.parametrize(
    ("birth_date", "expected"),
    [
        ("1985-02-01", Verdict.POSITIVE),
        ("1987", Verdict.NEGATIVE),
        ("1982-12-31", Verdict.NEGATIVE),
    ],
)
def test_two_bare_years_are_a_range(birth_date: str, expected: Verdict) -> None:
    found = verdict(
        facts_of("a-1", "a", name="Leila Nasser", birthDate="1983|1986"),
        facts_of("b-1", "b", name="Leila Nasser", birthDate=birth_date),
    )
    assert found.verdict is expected


def test_two_ships_of_one_name_and_flag_with_two_numbers_are_two() -> None:
    found = verdict(
        facts_of("a-1", "a", "Vessel", name="Sea Star", flag="pa", imoNumber="9074729"),
        facts_of("b-1", "b", "Vessel", name="SEA STAR", flag="pa", imoNumber="9176187"),
    )
    assert found.verdict is Verdict.NEGATIVE
    assert "different imoNumber: 9074729 against 9176187" in found.reason


def test_a_registration_number_and_the_name_outweigh_another_address() -> None:
    one = facts_of(
        "a-1", "a", "Company", name="Gulf Stone", registrationNumber="44821", country="ae"
    )
    same = facts_of(
        "b-1", "b", "Company", name="Gulf Stone", registrationNumber="44821", country="cy"
    )
    assert verdict(one, same).verdict is Verdict.POSITIVE
    other = facts_of(
        "c-1", "c", "Company", name="Gulf Sea", registrationNumber="44821", country="cy"
    )
    assert verdict(one, other).verdict is not Verdict.POSITIVE


def test_a_person_is_never_a_company() -> None:
    found = verdict(
        facts_of("a-1", "a", name="Omar Farouk", country="eg"),
        facts_of("b-1", "b", "Company", name="Omar Farouk", country="eg"),
    )
    assert found.verdict is Verdict.NEGATIVE
    assert "one is a Person, the other a Company" in found.reason


def test_name_and_country_confirm_only_a_name_that_is_rare() -> None:
    one = facts_of("a-1", "a", "Company", name="Gulf Stone Trading", jurisdiction="ae")
    other = facts_of("b-1", "b", "Organization", name="GULF STONE TRADING", country="ae")
    assert verdict(one, other).verdict is Verdict.POSITIVE
    twin = facts_of("b-2", "b", "Company", name="Gulf Stone Trading", country="ae")
    judged = list(judge([*one, *other, *twin], AT))
    assert len(judged) == 3
    assert {judgement.verdict for judgement in judged} == {Verdict.UNSURE}


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Omar"},  # one word
        {"weakAlias": "Omar Farouk", "name": "Someone Else"},  # weak alias only
        {"name": "Omar Farooq"},  # another spelling: not these rules' business
    ],
)
def test_too_little_in_common(other: dict[str, str]) -> None:
    one = facts_of("a-1", "a", name="Omar Farouk|Omar", birthDate="1980-01-01")
    two = facts_of("b-1", "b", birthDate="1980-01-01", **other)
    assert all(j.verdict is not Verdict.POSITIVE for j in judge([*one, *two], AT))


def test_one_publisher_lists_two_namesakes_apart() -> None:
    found = verdict(
        facts_of("a-1", "a", name="Omar Farouk", birthDate="1980"),
        facts_of("a-2", "a", name="Omar Farouk", birthDate="1980"),
    )
    assert found.verdict is Verdict.UNSURE


@pytest.mark.parametrize("number", ["1234", "-", "NONE", "n/a", ""])
def test_short_or_empty_numbers_identify_nobody(number: str) -> None:
    one = facts_of("a-1", "a", passportNumber=number, name="Amina Kone")
    assert not list(judge([*one, *facts_of("b-1", "b", passportNumber=number, name="A Kone")], AT))


def test_a_number_shared_by_a_crowd_identifies_nobody() -> None:
    crowd = [
        fact
        for i in range(60)
        for fact in facts_of(f"{i}", f"d{i}", idNumber="00000", name=f"Amina {i}")
    ]
    assert not list(judge(crowd, AT))


def test_any_order_of_facts_gives_the_same_clusters() -> None:
    facts = [
        *facts_of("a-1", "a", name="Leila Nasser", birthDate="1961", passportNumber="X1234567"),
        *facts_of("b-1", "b", name="Nasser Leila", birthDate="1961-05-07", nationality="ma"),
        *facts_of("c-1", "c", name="L. Nasser", passportNumber="X1234567", nationality="ma"),
        *facts_of("d-1", "d", name="Leila Nasser", birthDate="1970"),
    ]
    expected = {"a-1": "a-1", "b-1": "a-1", "c-1": "a-1"}
    for seed in range(20):
        random.Random(seed).shuffle(facts)
        assert clusters(judge(facts, AT)) == expected
