from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import imo, lei

from manara.identity import clusters, judge, props
from manara.identity.resolution.evidence import MERGE
from manara.identity.resolution.profiles import identifiers
from manara.model import Fact, Judgement, Verdict, vocabulary
from tests.identity.facts import AT, facts_of


def verdicts(*groups: list[Fact]) -> list[Judgement]:
    return judge([fact for group in groups for fact in group], AT)[0]


def verdict(*groups: list[Fact]) -> Judgement:
    """The one judgement on the entities of these facts."""
    (judged,) = verdicts(*groups)
    return judged


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
        ("iban", "BankAccount", "GB33BUKB20201555555555"),
    ],
)
def test_a_worldwide_number_alone_makes_two_one(prop: str, schema: str, number: str) -> None:
    if prop == "imoNumber":
        assert imo.is_valid(number)
    if prop == "leiCode":
        assert lei.is_valid(number)
    found = verdict(
        facts_of("a-1", "a", schema, **{prop: number}, name="Kestrel"),
        facts_of("b-1", "b", schema, **{prop: number}, name="Harbour Light"),
    )
    assert found.verdict is Verdict.POSITIVE
    assert found.reason[0].startswith(f"same {prop}: {number.casefold()}")
    assert not found.human


def test_a_passport_needs_a_second_fact_that_agrees() -> None:
    one = facts_of("a-1", "a", passportNumber="A 123-4567", name="Amina Koné")
    same = facts_of("b-1", "b", passportNumber="a1234567", name="KONE, Amina B.")
    assert verdict(one, same).verdict is Verdict.POSITIVE
    other = facts_of("b-1", "b", passportNumber="a1234567", name="Boris Gashi")
    assert verdict(one, other).verdict is Verdict.UNSURE


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Leïla Nasser", "NASSER, Leila"),
        ("Yusuf al-Qandilawi", "يوسف القنديلاوي"),
        ("Evgeny Zhuravlyatin", "Евгений Журавлятин"),
        ("Abdurrahman Nuweiri", "Abdel Rahman Nuwairi"),
    ],
)
def test_a_name_in_any_spelling_and_script_and_a_birth_date(one: str, other: str) -> None:
    found = verdict(
        facts_of("a-1", "a", name=one, birthDate="1961-05-07"),
        facts_of("b-1", "b", name=other, birthDate="1961-05-07", nationality="ma"),
    )
    assert found.verdict is Verdict.POSITIVE
    assert found.score >= MERGE
    text = " ".join(found.reason)
    assert one in text
    assert other in text
    assert "compatible birth dates: 1961-05-07 and 1961-05-07" in text


def test_the_best_of_many_names_and_dates_counts() -> None:
    found = verdict(
        facts_of("a-1", "a", name="Kestrel|Leila Nasser|Umm Faris", birthDate="1950|1961-05-07"),
        facts_of("b-1", "b", name="Nour Haddad|Nasser Leila", birthDate="1961-05-07|1962"),
    )
    assert found.verdict is Verdict.POSITIVE


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"birthDate": "1984-11-30"}, "birth dates differ: 1961 against 1984-11-30"),
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
        ("1999", Verdict.NEGATIVE),
        ("1971-12-31", Verdict.NEGATIVE),
    ],
)
def test_two_bare_years_are_a_range(birth_date: str, expected: Verdict) -> None:
    found = verdict(
        facts_of("a-1", "a", name="Leila Nasser", birthDate="1983|1986", country="ma"),
        facts_of("b-1", "b", name="Leila Nasser", birthDate=birth_date, country="ma"),
    )
    assert found.verdict is expected


def test_two_ships_of_one_name_and_flag_with_two_numbers_are_two() -> None:
    found = verdict(
        facts_of("a-1", "a", "Vessel", name="Sea Star", flag="pa", imoNumber="9074729"),
        facts_of("b-1", "b", "Vessel", name="SEA STAR", flag="pa", imoNumber="9176187"),
    )
    assert found.verdict is Verdict.NEGATIVE
    assert "different imoNumber: 9074729 against 9176187" in found.reason


def test_aircraft_meet_by_their_marks_and_makers_number() -> None:
    found = verdict(
        facts_of("a-1", "a", "Airplane", name="ZZ-QKT", serialNumber="48021"),
        facts_of("b-1", "b", "Airplane", registrationNumber="ZZ-QKT1", name="ZZ-QKT"),
    )
    assert found.verdict is Verdict.POSITIVE


def test_a_person_is_never_a_company() -> None:
    found = verdict(
        facts_of("a-1", "a", name="Omar Farouk", country="eg"),
        facts_of("b-1", "b", "Company", name="Omar Farouk", country="eg"),
    )
    assert found.verdict is Verdict.NEGATIVE
    assert "one is a Person, the other a Company" in found.reason


def test_a_shared_name_alone_is_never_enough() -> None:
    found = verdict(
        facts_of("a-1", "a", name="Zacharias Quillfeather Umberstone"),
        facts_of("b-1", "b", name="Zacharias Quillfeather Umberstone"),
    )
    assert found.verdict is Verdict.UNSURE
    assert any("nothing else agrees" in reason for reason in found.reason)


def test_a_name_that_one_list_gives_to_two_needs_more_than_a_country() -> None:
    one = facts_of("a-1", "a", "Company", name="Gulf Stone Trading", jurisdiction="ae")
    other = facts_of("b-1", "b", "Organization", name="GULF STONE TRADING", country="ae")
    assert verdict(one, other).verdict is Verdict.POSITIVE
    twin = facts_of("b-2", "b", "Company", name="Gulf Stone Trading", country="ae")
    assert {j.verdict for j in verdicts(one, other, twin)} == {Verdict.UNSURE}


def test_twins_share_all_but_the_given_name() -> None:
    shared = {"birthDate": "1977-01-02", "birthPlace": "Sidi Bahr", "nationality": "tn"}
    found = verdict(
        facts_of("a-1", "a", name="Shirin Kaghazkar Nejad", **shared),
        facts_of("b-1", "b", name="Nastaran Kaghazkar Nejad", **shared),
    )
    assert found.verdict is Verdict.UNSURE


@pytest.mark.parametrize(
    "other",
    [{"name": "Omar"}, {"weakAlias": "Omar Farouk", "name": "Someone Else"}],
)
def test_too_little_in_common(other: dict[str, str]) -> None:
    one = facts_of("a-1", "a", name="Omar Farouk|Omar", birthDate="1980")
    two = facts_of("b-1", "b", birthDate="1980", **other)
    assert all(j.verdict is not Verdict.POSITIVE for j in verdicts(one, two))


def test_one_publisher_lists_two_namesakes_apart() -> None:
    found = verdict(
        facts_of("a-1", "a", name="Omar Farouk Zaydan", birthDate="1980-02-03"),
        facts_of("a-2", "a", name="Omar Farouk Zaydan", birthDate="1980-02-03"),
    )
    assert found.verdict is Verdict.UNSURE
    assert any("one publisher lists them apart" in reason for reason in found.reason)


@pytest.mark.parametrize("number", ["1234", "-", "NONE", "n/a"])
def test_short_or_empty_numbers_identify_nobody(number: str) -> None:
    one = facts_of("a-1", "a", passportNumber=number, name="Amina Kone")
    assert not verdicts(one, facts_of("b-1", "b", passportNumber=number, name="Boris Gashi"))


def test_a_number_shared_by_a_crowd_identifies_nobody() -> None:
    crowd = [
        facts_of(f"{i}", f"d{i}", idNumber="00000", name=f"{chr(97 + i % 26)}{i}x Kest{i}rel")
        for i in range(60)
    ]
    assert not [j for j in verdicts(*crowd) if j.verdict is Verdict.POSITIVE]


def test_what_contradicts_is_not_joined_by_way_of_a_third_even_without_a_common_key() -> None:
    facts = [
        *facts_of("a-1", "a", passportNumber="X1234567", name="Leila Nasser", birthDate="1950"),
        *facts_of("b-1", "b", "LegalEntity", passportNumber="X1234567|Y7654321",
                  name="Leila Nasser|Nour Haddad"),
        *facts_of("c-1", "c", passportNumber="Y7654321", name="Nour Haddad", birthDate="1990"),
    ]  # fmt: skip
    judged = verdicts(facts)
    assert {j.pair: j.verdict for j in judged} == {
        ("a-1", "b-1"): Verdict.POSITIVE,
        ("b-1", "c-1"): Verdict.POSITIVE,
        ("a-1", "c-1"): Verdict.NEGATIVE,
    }
    assert clusters(judged) in ({"a-1": "a-1", "b-1": "a-1"}, {"b-1": "b-1", "c-1": "b-1"})


_GIVEN = ("Leila", "Omar", "Nour", "يوسف", "Evgeny")
_FAMILY = ("Nasser", "Qandilawi", "القنديلاوي", "Zhuravlin", "Haddad")
people = st.lists(
    st.tuples(
        st.sampled_from(_GIVEN),
        st.sampled_from(_FAMILY),
        st.sampled_from(("", "1961", "1961-05-07", "1990-01-02")),
        st.sampled_from(("", "ma", "ru")),
        st.sampled_from(("", "", "X1234567", "Y7654321")),
    ),
    min_size=2,
    max_size=12,
)


def world(drawn: list[tuple[str, ...]]) -> list[list[Fact]]:
    props_of = ("birthDate", "nationality", "passportNumber")
    return [
        facts_of(
            f"e-{at:02}",
            f"list-{at % 3}",
            name=f"{given} {family}",
            **{prop: value for prop, value in zip(props_of, rest, strict=True) if value},
        )
        for at, (given, family, *rest) in enumerate(drawn)
    ]


@given(people, st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_any_order_gives_one_partition_that_no_contradiction_is_in(
    drawn: list[tuple[str, ...]], seed: int
) -> None:
    facts = [fact for group in world(drawn) for fact in group]
    judged = verdicts(facts)
    found = clusters(judged)
    random.Random(seed).shuffle(facts)
    assert verdicts(facts) == judged
    dates = {fact.entity_id: fact.value for fact in facts if fact.prop == "birthDate"}
    for left, right in combinations(sorted(found), 2):
        if found[left] == found[right]:
            assert {dates.get(left), dates.get(right)} != {"1961-05-07", "1990-01-02"}


@given(people, people)
@settings(max_examples=10, deadline=None)
def test_what_is_new_gives_the_same_as_from_scratch(
    before: list[tuple[str, ...]], after: list[tuple[str, ...]]
) -> None:
    old = [fact for group in world(before) for fact in group]
    new = [fact for group in world([*before[2:], *after]) for fact in group]
    first, prints = judge(old, AT)
    assert judge(new, AT, known=prints, earlier=first) == judge(new, AT)


def test_nothing_gives_nothing() -> None:
    assert judge([], AT) == ([], {})


@pytest.mark.parametrize(
    ("one", "other"),
    [("Robert Quillfeather", "Bob Quillfeather"), ("Mohammed Antawi", "Mhd Antawi")],
)
def test_short_forms_of_given_names_meet(one: str, other: str) -> None:
    found = verdict(
        facts_of("a-1", "a", name=one, birthDate="1961-05-07"),
        facts_of("b-1", "b", name=other, birthDate="1961-05-07"),
    )
    assert found.verdict is Verdict.POSITIVE


def test_different_generations_of_one_name_are_two() -> None:
    found = verdict(
        facts_of("a-1", "a", name="Amos Quillfeather Jr.", birthDate="1961-05-07"),
        facts_of("b-1", "b", name="Amos Quillfeather III", birthDate="1961-05-07"),
    )
    assert found.verdict is Verdict.NEGATIVE
    assert found.reason[0] == "generations differ: II against III"


def test_a_listing_that_may_be_father_or_son_is_neither() -> None:
    home = "17 Heron Wharf Salt Harbour 40412"
    judged = verdicts(
        facts_of("a-1", "a", name="Amos Quillfeather", birthDate="1940-02-03", address=home),
        facts_of("b-1", "b", name="Amos Quillfeather", birthDate="1971-08-09", address=home),
        facts_of("c-1", "c", name="Amos Quillfeather", address=home),
    )
    assert {j.pair: j.verdict for j in judged}["a-1", "c-1"] is Verdict.POSITIVE
    assert clusters(judged) == {}


def test_a_doubtful_pair_is_settled_by_what_its_cluster_knows() -> None:
    groups = [
        facts_of("a-1", "a", name="Robert Marsh", birthDate="1978-12-11", phone="555-010-1300"),
        facts_of("b-1", "b", name="Bob Marsh", birthDate="1978-11-12", phone="555-010-1300"),
        facts_of("c-1", "c", name="Bob J Marsh", birthDate="1978-12-11"),
    ]
    facts = [fact for group in groups for fact in group]
    judged, prints = judge(facts, AT)
    assert clusters(judged) == {"a-1": "a-1", "b-1": "a-1", "c-1": "a-1"}
    assert judge(facts, AT, known=prints, earlier=judged) == (judged, prints)
    assert clusters(judge(facts[: -len(groups[2])], AT)[0]) == {"a-1": "a-1", "b-1": "a-1"}


def test_one_house_and_postcode_is_one_address_though_a_source_adds_the_building() -> None:
    tower = "Tern Tower, 405 Lantern Avenue, Port Quill 10174"
    listed = facts_of("a-1", "a", "Company", name="Overseas Lanterns", address=tower)

    def score(address: str) -> float:
        name = "Overseas Lanterns Kestrel"
        return verdict(listed, facts_of("b-1", "b", "Company", name=name, address=address)).score

    assert score("405 Lantern Avenue Docks 10174") > score("407 Lantern Avenue Docks 10174") + 0.1
