"""UK Sanctions List: both forms of the same invented designations."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from lxml import etree

from manara.formats.base import Format, Head, Match
from manara.formats.uk_list import FORMATS
from manara.model import FormatError, Stated
from tests.formats.places import dropped, facts, misplaced, one, properties, rejects

LISTS = Path(__file__).parent / "data" / "lists"
CSV, XML = LISTS / "uk_list.csv", LISTS / "uk_list.xml"
XML_FORMAT, CSV_FORMAT = FORMATS
READ = list(XML_FORMAT.read(XML))
FACTS = facts(READ)
CSV_FACTS = facts(CSV_FORMAT.read(CSV))
BOTH = pytest.mark.parametrize("stated", [FACTS, CSV_FACTS], ids=["xml", "csv"])


def test_are_recognised_by_content() -> None:
    assert XML_FORMAT.recognise(Head.of(XML)) == Match("gb_fcdo_sanctions", "2026-02-13")
    assert CSV_FORMAT.recognise(Head.of(CSV)) == Match("gb_fcdo_sanctions", "2026-02-13")
    assert CSV_FORMAT.recognise(Head.of(LISTS / "uk_ofsi.csv")) is None
    assert XML_FORMAT.recognise(Head(b"<Designations/>")) is None


@BOTH
def test_both_forms_say_the_same_of_a_person(stated: list[Stated]) -> None:
    person = properties(stated, "gb-fcdo-AQD9990")
    assert person["name"] == ["Samir Ali NAJJAR-TEST"]
    assert set(person["alias"]) == {"Samir MENUISIER", "سمير علي النجار"}
    assert {s.lang for s in stated if s.value == "سمير علي النجار"} == {"ara"}
    assert [person[part] for part in ("firstName", "middleName", "lastName")] == [
        ["Samir"],
        ["Ali"],
        ["NAJJAR-TEST"],
    ]
    assert ("1968-11", "dd/11/1968") in {(s.value, s.original) for s in stated}
    assert (person["birthPlace"], person["birthCountry"]) == (["Sfax"], ["Tunisia"])
    assert (person["gender"], person["title"]) == (["Male"], ["Haji"])
    assert person["position"] == ["Treasurer"]
    assert person["phone"] == ["+33 1 99 00 00 00"]
    assert person["email"] == ["samir@essai.example"]
    assert "Left in 2018." in person["notes"]
    assert person["modifiedAt"] == ["2021-01-06"]
    assert person["idNumber"] == ["NI-0990"]
    assert one(stated, "Passport", "number", "ZZ990011")["summary"] == ["Tunisian"]
    address = one(stated, "Address", "city", "Évry")
    assert address["full"] == ["3 rue de l'Essai, Bâtiment C, Évry, 91000, France"]
    assert properties(stated, "gb-fcdo-AQD9990-sanction") == {
        "entity": ["gb-fcdo-AQD9990"],
        "authority": ["Foreign, Commonwealth and Development Office"],
        "country": ["gb"],
        "program": ["The Invented (Sanctions) Regulations 2019"],
        "unscId": ["QDi.990"],
        "reason": ["An invented ground."],
        "provisions": ["Asset freeze", "Travel Ban"],
        "startDate": ["2019-03-05"],
        "summary": ["Designation source: UN"],
        "authorityId": ["AQD9990"],
        "recordId": ["99001"],
    }


@BOTH
def test_both_forms_say_the_same_of_a_ship(stated: list[Stated]) -> None:
    ship = properties(stated, "gb-fcdo-LIB9991")
    assert {s.schema for s in stated if s.entity_id == "gb-fcdo-LIB9991"} == {"Vessel"}
    assert (ship["imoNumber"], ship["flag"], ship["type"]) == (["9990001"], ["Malta"], ["Tanker"])
    assert ship["pastFlags"][0] == "Panama"
    assert (ship["tonnage"], ship["buildDate"]) == (["5000"], ["2005"])
    assert "Length of ship: 100m" in ship["notes"]
    assert "Current owner/operator (s): Société Fictive" in ship["notes"]


def test_what_only_the_xml_says() -> None:
    person = properties(FACTS, "gb-fcdo-AQD9990")
    assert person["weakAlias"] == ["ABU MIZAN"]
    assert person["birthDate"] == ["1968-11", "1969-07-05"]
    assert person["nationality"] == ["Tunisia", "France"]
    assert person["country"] == ["France", "Malta"]
    assert person["passportNumber"] == ["ZZ990011", "ZZ990012"]
    assert "AssetFreeze: true" in person["notes"]
    assert not any("Deflag" in note for note in person["notes"])
    firm = properties(FACTS, "gb-fcdo-SYR9992")
    assert firm["registrationNumber"] == ["RC-77/2011"]
    assert firm["website"] == ["www.essai.example"]
    assert firm["legalForm"] == ["Money service"]
    assert {"Parent company: Groupe Fictif", "Subsidiaries: Fictif Sud"} == set(firm["notes"])


def test_a_name_in_arabic_only_is_the_name() -> None:
    assert properties(FACTS, "gb-fcdo-SYR9993")["name"] == ["شركة وهمية"]


def test_designations_without_number_or_name_are_set_aside() -> None:
    assert [(r.locator, r.reason) for r in rejects(READ)] == [
        ("/Designations/Designation[5]", "a designation without a name"),
        ("/Designations/Designation[6]", "a designation without a Unique ID"),
    ]


def test_every_fact_is_found_where_it_says() -> None:
    assert list(misplaced(FACTS, XML)) == []
    assert list(misplaced(CSV_FACTS, CSV, header_row=2)) == []


def test_nothing_is_dropped() -> None:
    kinds = {"Individual", "Entity", "Ship", "Primary Name", "Primary name", "Alias", "ALias",
             "Good quality a.k.a", "Low quality a.k.a", "Arabic", "false"}  # fmt: skip
    designations = etree.parse(XML).getroot()[1:5]
    texts = {e.text or "" for d in designations for e in d.iter("*")} - kinds
    assert dropped(texts, FACTS) == []
    with CSV.open(newline="") as file:
        cells = [cell for row in list(csv.reader(file))[2:] for cell in row if cell not in kinds]
    assert dropped(cells, CSV_FACTS) == []


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_damaged_files_are_refused(tmp_path: Path, form: Format) -> None:
    good = (CSV if form is CSV_FORMAT else XML).read_bytes()
    path = tmp_path / "list"
    for damaged in (good[: len(good) * 4 // 5], good.replace("É".encode(), b"\xc9"), good[:900]):
        path.write_bytes(damaged)
        with pytest.raises(FormatError):
            list(form.read(path))
