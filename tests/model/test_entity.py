"""Entities put together from facts, and their exchange form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from manara.model import EXISTS, Entity, Fact, FormatError, VocabularyError, fact_id, from_ftm

EARLY = datetime(2024, 1, 1, tzinfo=UTC)
LATE = datetime(2025, 6, 30, 12, 30, 15, tzinfo=UTC)


def stated(
    schema: str,
    prop: str,
    value: str,
    *,
    entity: str = "a-1",
    dataset: str = "list_a",
    first: datetime = EARLY,
    last: datetime | None = None,
) -> Fact:
    """Return a fact."""
    key = fact_id(dataset, entity, schema, prop, value, "", "", "open")
    return Fact(
        key, entity, schema, prop, value, "", "", dataset, "0" * 64, "line 1", "open", first, last
    )


def test_facts_of_several_records_make_one_entity() -> None:
    entity = Entity.from_facts(
        [
            stated("LegalEntity", "name", "Amina Testova", last=LATE),
            stated("Person", "birthDate", "1961-05", entity="b-2", dataset="list_b", first=LATE),
            stated("Person", "name", "Amina Testova", entity="b-2", dataset="list_b"),
            stated("Person", EXISTS, "c-3"),
        ],
        "canon-1",
    )
    assert (entity.id, entity.schema) == ("canon-1", "Person")
    assert entity.properties == {"name": ["Amina Testova"], "birthDate": ["1961-05"]}
    assert entity.datasets == ("list_a", "list_b")
    assert entity.referents == ("a-1", "b-2", "c-3")
    assert (entity.first_seen, entity.last_seen) == (EARLY, None)
    assert entity.unplaced == ()


def test_an_entity_is_over_when_its_last_fact_is() -> None:
    ended = [
        stated("Person", "name", "Amina Testova", last=EARLY),
        stated("Person", "alias", "Mina", last=LATE),
    ]
    assert Entity.from_facts(ended).last_seen == LATE
    assert Entity.from_facts(ended).id == "a-1"


def test_incompatible_schemata_lose_no_fact() -> None:
    facts = [
        stated("Vessel", "name", "Étoile"),
        stated("Vessel", "flag", "pa"),
        stated("Person", "name", "Amina Testova"),
        stated("Person", "birthDate", "1961"),
        stated("Person", "gender", "female"),
    ]
    for order in (facts, facts[::-1]):
        entity = Entity.from_facts(order)
        assert entity.schema == "Person"
        assert sorted(entity.properties["name"]) == ["Amina Testova", "Étoile"]
        assert entity.unplaced == (facts[1],)
        beside = entity.to_ftm()["manara"]["unplaced"]
        assert beside == [{"schema": "Vessel", "prop": "flag", "value": "pa", "dataset": "list_a"}]


def test_a_source_that_does_not_know_the_kind_does_not_settle_it() -> None:
    facts = [
        stated("LegalEntity", "name", "Étoile du Sud"),
        stated("LegalEntity", "alias", "Southern Star"),
        stated("Vessel", "flag", "pa"),
    ]
    entity = Entity.from_facts(facts)
    assert entity.schema == "Vessel"
    assert entity.properties == {
        "name": ["Étoile du Sud"],
        "alias": ["Southern Star"],
        "flag": ["pa"],
    }


def test_without_facts_there_is_no_entity() -> None:
    with pytest.raises(ValueError, match="at least one fact"):
        Entity.from_facts([])
    with pytest.raises(VocabularyError, match="'Persn' is unknown"):
        Entity.from_facts([stated("Persn", "name", "x")])


@pytest.mark.parametrize(
    ("names", "caption"),
    [
        ([("أمينة مثال", "list_a"), ("Amina Misal", "list_a")], "Amina Misal"),
        ([("أمينة مثال", "list_a")], "أمينة مثال"),
        ([("Amina A", "list_a"), ("Amina B", "list_a"), ("Amina B", "list_b")], "Amina B"),
        ([("AMINA", "list_a"), ("Amina", "list_a")], "Amina"),
        ([("Élodie Đặng", "list_a"), ("Элоди Данг", "list_b")], "Élodie Đặng"),
    ],
)
def test_the_caption_is_readable_agreed_and_reproducible(
    names: list[tuple[str, str]], caption: str
) -> None:
    facts = [stated("Person", "name", name, dataset=dataset) for name, dataset in names]
    assert Entity.from_facts(facts).caption == caption
    assert Entity.from_facts(facts[::-1]).caption == caption


def test_a_name_known_longer_stays_the_caption() -> None:
    facts = [
        stated("Person", "name", "Amina A", first=LATE),
        stated("Person", "name", "Amina Z", first=EARLY),
    ]
    assert Entity.from_facts(facts).caption == "Amina Z"


def test_the_caption_falls_back() -> None:
    assert Entity.from_facts([stated("Person", "alias", "Mina")]).caption == "Mina"
    assert Entity.from_facts([stated("Person", EXISTS, "a-1")]).caption == "a-1"


def test_the_exchange_form() -> None:
    entity = Entity.from_facts(
        [
            stated("Person", "name", "Amina Testova", last=LATE),
            stated("Person", EXISTS, "z-9", last=LATE),
        ]
    )
    assert entity.to_ftm() == {
        "id": "a-1",
        "caption": "Amina Testova",
        "schema": "Person",
        "properties": {"name": ["Amina Testova"]},
        "datasets": ["list_a"],
        "referents": ["z-9"],
        "first_seen": "2024-01-01T00:00:00",
        "last_seen": "2025-06-30T12:30:15",
    }


def test_our_own_schemata_are_exported_as_their_fallback_and_come_back_whole() -> None:
    entity = Entity.from_facts(
        [
            stated("Firearm", "name", "Exhibit 7"),
            stated("Firearm", "make", "Exemple & Fils"),
            stated("Firearm", "serialNumber", "AB 12-3"),
        ]
    )
    data = entity.to_ftm()
    assert (data["schema"], data["properties"]) == ("Asset", {"name": ["Exhibit 7"]})
    assert from_ftm(data) == ("a-1", "Firearm", entity.properties)


@pytest.mark.parametrize(
    ("prop", "value"),
    [
        ("spokenLanguage", "kur"),  # a language only we know
        ("parent", "a-1"),  # a reference to itself
        ("address", "x" * 251),  # longer than the vocabulary's addresses
    ],
)
def test_values_others_would_refuse_travel_beside(prop: str, value: str) -> None:
    schema = "Person" if prop == "spokenLanguage" else "Company"
    entity = Entity.from_facts([stated(schema, "name", "X 1"), stated(schema, prop, value)])
    data = entity.to_ftm()
    assert data["properties"] == {"name": ["X 1"]}
    assert from_ftm(data)[2] == {"name": ["X 1"], prop: [value]}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"id": "a", "schema": "Person"},
        {"id": "a", "schema": "Person", "properties": []},
        {"id": "a", "schema": "Person", "properties": {"name": None}},
        {"id": "a", "schema": "Person", "properties": {"name": [1]}},
        {"id": 7, "schema": "Person", "properties": {}},
        {"id": "a", "schema": None, "properties": {}},
    ],
)
def test_what_is_no_entity_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(FormatError, match="entity"):
        from_ftm(data)
