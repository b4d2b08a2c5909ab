"""Names of organisations and vessels: numerals, former names, legal forms, other words."""

from __future__ import annotations

import pytest

from manara.identity.names.forms import analyse
from manara.identity.names.things import numeral
from manara.identity.screening.index import Index
from manara.identity.screening.query import NameEntry, Query

# Invented firms and vessels.
LIST = [
    NameEntry("o1", "Northern Orchard Import Company", "organisation"),
    NameEntry("o2", "Cedar Harbour Bank Lebanon SAL", "organisation"),
    NameEntry("o3", "Общество с ограниченной ответственностью «Ромашковое поле»", "organisation"),
    NameEntry("o4", "شركة الأرز للتجارة الدولية ذ م م", "organisation"),
    NameEntry("o5", "Blue Heron International Trading Group", "organisation"),
    NameEntry("v1", "M/V SEA HERON II", "vessel"),
    NameEntry("v2", "SEA HERON 7", "vessel"),
    NameEntry("v3", "GREEN MEADOW (ex OCEAN STAR)", "vessel"),
]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(LIST)


def sure(index: Index, name: str, entity: str, kind: str = "") -> float:
    hits = index.search(Query(name, kind=kind))
    return next((hit.probability for hit in hits if hit.entity_id == entity), 0.0)


def first(index: Index, name: str, kind: str = "") -> str:
    return index.search(Query(name, kind=kind))[0].entity_id


@pytest.mark.parametrize(
    ("name", "kind", "entity"),
    [
        ("Northern Orchard Import Co., Ltd", "organisation", "o1"),
        ("ООО Ромашковое поле", "organisation", "o3"),
        ("Romashkovoe Pole GmbH", "organisation", "o3"),
        ("الأرز للتجارة الدولية", "organisation", "o4"),
        ("MV Sea Heron 2", "vessel", "v1"),
        ("Sea Heron II", "vessel", "v1"),
        ("SEA HERON VII", "vessel", "v2"),
        ("Ocean Star", "vessel", "v3"),
        ("MT Green Meadow", "vessel", "v3"),
    ],
)
def test_things_are_found_by_their_names(index: Index, name: str, kind: str, entity: str) -> None:
    assert first(index, name, kind) == entity
    assert sure(index, name, entity, kind) > 0.5


def test_another_number_is_another_vessel(index: Index) -> None:
    assert sure(index, "Sea Heron 7", "v2", "vessel") > 0.5
    assert sure(index, "Sea Heron 7", "v1", "vessel") < sure(index, "Sea Heron", "v1", "vessel")
    assert sure(index, "Sea Heron 9", "v2", "vessel") < 0.5


def test_another_word_is_another_firm(index: Index) -> None:
    right = sure(index, "Cedar Harbour Bank Lebanon", "o2", "organisation")
    assert right > 0.5
    assert sure(index, "Cedar Harbour Bank Paraguay", "o2", "organisation") < right - 0.2


def test_legal_forms_hardly_count(index: Index) -> None:
    bare = sure(index, "Blue Heron International Trading Group", "o5", "organisation")
    other = sure(index, "Blue Heron International Trading Group LLC", "o5", "organisation")
    assert bare >= other > bare - 0.05


@pytest.mark.parametrize(
    ("token", "expected"),
    [("ii", "2"), ("iv", "4"), ("xiv", "14"), ("xxxix", "39"), ("viii", "8"), ("i", "i"),
     ("vi", "6"), ("iiii", "iiii"), ("vx", "vx"), ("mix", "mix"), ("sea", "sea"), ("", "")],
)  # fmt: skip
def test_numerals(token: str, expected: str) -> None:
    assert numeral(token) == expected


def test_a_former_name_is_part_of_the_name() -> None:
    roles = {word.text: word.role for word in analyse("SEA HERON ex OCEAN STAR", "vessel")}
    assert (roles["ex"], roles["ocean"]) == ("honorific", "name")


@pytest.mark.parametrize(
    ("name", "kind", "forms"),
    [
        ("Quistrel Aktiengeselschaft", "organisation", ["jsc"]),
        ("Quistrel Incorporatd", "organisation", ["inc"]),
        ("Quistrel Cooperation", "organisation", []),
        ("Tarvyn Quistrel LLC", "person", ["llc"]),
        ("Tarvyn Sa", "person", []),
    ],
)
def test_legal_forms_mistyped_or_behind_a_person(name: str, kind: str, forms: list[str]) -> None:
    words = analyse(name, kind)  # type: ignore[arg-type]
    assert [word.text for word in words if word.role == "legal"] == forms
