"""Canada's autonomous sanctions: the fixture property by property, the real list by count."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from manara.formats.base import Head, Match
from manara.formats.canada import FORMAT
from manara.model import FormatError, Record
from tests.formats.places import dropped, facts, misplaced, one, properties, rejects

LIST = Path(__file__).parent / "data" / "lists" / "ca_sema.xml"
READ = list(FORMAT.read(LIST))
FACTS = facts(READ)


def test_is_recognised_by_content() -> None:
    assert FORMAT.recognise(Head.of(LIST)) == Match("ca_dfatd_sema_sanctions")
    assert FORMAT.recognise(Head(b"<data-set><record><Name>x</Name></record></data-set>")) is None


def test_person() -> None:
    person = one(FACTS, "Person", "lastName", "Essayeva")
    assert person["name"][0] == "Zoé Ivanovna Essayeva"
    assert person["firstName"] == ["Zoé Ivanovna"]
    assert person["alias"] == ["Zoya Essaeva", "Зоя Эсаева", "Зоя Эссаева", "Essai Co., Ltd."]
    assert {s.value: s.lang for s in FACTS if s.prop == "alias"}["Зоя Эсаева"] == "bel"
    assert person["birthDate"] == ["1965-07-15", "1969-09-28"]
    assert person["title"] == ["Colonel"]
    assert person["topics"] == ["sanction"]
    wording = {s.original for s in FACTS if s.prop == "birthDate"}
    assert "1965-07-15 OR 1969-09-28" in wording


def test_ship_and_entity() -> None:
    ship = one(FACTS, "Vessel", "name", "Barque d'Essai")
    assert (ship["imoNumber"], ship["type"]) == (["9990001"], ["Oil Tanker"])
    assert ship["buildDate"] == ["1980"]
    firm = one(FACTS, "Organization", "name", "Société Fictive d'Échange")
    assert firm["alias"] == ["شركة وهمية", "Fictif Sud"]
    assert firm["notes"] == ["Remark: A field of the future"]


def test_listing() -> None:
    assert one(FACTS, "Sanction", "program", "Russia / Russie") == {
        "entity": [next(s.entity_id for s in FACTS if s.schema == "Vessel")],
        "authority": ["Global Affairs Canada"],
        "country": ["ca"],
        "program": ["Russia / Russie"],
        "listingDate": ["2025-02-21"],
        "summary": ["Schedule: 1.1", "item: 1"],
        "recordId": ["Schedule 1.1, item 1"],
    }


def test_a_person_listed_twice_in_a_programme_is_one_with_two_listings() -> None:
    people = {s.entity_id for s in FACTS if s.schema == "Person"}
    assert len(people) == 1
    listings = {s.entity_id for s in FACTS if s.prop == "entity" and s.value in people}
    assert len(listings) == 2
    dates = [properties(FACTS, listing)["listingDate"] for listing in listings]
    assert sorted(dates) == [["2020-09-28"], ["2021-01-01"]]


def test_a_record_without_a_name_is_set_aside() -> None:
    (reject,) = rejects(READ)
    assert (reject.locator, reject.rule) == ("/data-set/record[4]", "name")


def test_every_fact_is_found_where_it_says_and_nothing_is_dropped() -> None:
    assert list(misplaced(FACTS, LIST)) == []
    texts = [e.text or "" for r in etree.parse(LIST).getroot() for e in r if r[0].text]
    assert dropped(texts, FACTS) == []


@pytest.mark.parametrize("end", [300, 900, 1600])
def test_a_cut_file_is_refused(tmp_path: Path, end: int) -> None:
    path = tmp_path / "list.xml"
    path.write_bytes(LIST.read_bytes()[:end])
    with pytest.raises(FormatError):
        list(FORMAT.read(path))


@pytest.mark.shared
def test_real_list(shared: Path) -> None:
    path = shared / "lists" / "ca_sema_2025.xml"
    assert FORMAT.recognise(Head.of(path)) == Match("ca_dfatd_sema_sanctions")
    items = list(FORMAT.read(path))
    elements = etree.parse(path).xpath("/data-set/record")
    assert len(items) == len(elements) == sum(isinstance(item, Record) for item in items)
    for item, element in zip(items, elements, strict=True):
        assert dropped((e.text or "" for e in element), facts([item])) == []
    assert list(misplaced(facts(items)[::50], path)) == []
