"""OFSI consolidated list: both forms of the same invented targets."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from lxml import etree

from manara.formats.base import Format, Head, Match
from manara.formats.uk_ofsi import FORMATS
from manara.model import FormatError, Record
from tests.formats.places import dropped, facts, misplaced, one, properties, rejects

LISTS = Path(__file__).parent / "data" / "lists"
CSV, XML = LISTS / "uk_ofsi.csv", LISTS / "uk_ofsi.xml"
CSV_FORMAT, XML_FORMAT = FORMATS
READ = list(CSV_FORMAT.read(CSV))
FACTS = facts(READ)
XML_FACTS = facts(XML_FORMAT.read(XML))


def test_are_recognised_by_content() -> None:
    assert CSV_FORMAT.recognise(Head.of(CSV)) == Match("gb_hmt_sanctions", "2025-03-14")
    assert XML_FORMAT.recognise(Head.of(XML)) == Match("gb_hmt_sanctions")
    assert CSV_FORMAT.recognise(Head.of(LISTS / "uk_list.csv")) is None
    assert CSV_FORMAT.recognise(Head(b"Last Updated,14/03/2025\nName,Alias\n")) is None
    assert XML_FORMAT.recognise(Head.of(LISTS / "uk_list.xml")) is None


def test_a_file_without_its_first_line_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(CSV.read_text().split("\n", 1)[1])
    assert CSV_FORMAT.recognise(Head.of(path)) == Match("gb_hmt_sanctions")
    assert {s.entity_id for s in facts(CSV_FORMAT.read(path))} == {s.entity_id for s in FACTS}


def test_rows_of_a_group_are_one_entity() -> None:
    person = properties(FACTS, "gb-hmt-99001")
    assert person["name"] == ["Samir Ali NAJJAR-TEST"]
    assert person["alias"] == ["سمير علي النجار", "Samir MENUISIER"]
    assert person["weakAlias"] == ["ABU MIZAN"]
    assert [person[part] for part in ("firstName", "middleName", "lastName")] == [
        ["Samir"],
        ["Ali"],
        ["NAJJAR-TEST"],
    ]
    assert {s.lang for s in FACTS if s.value == "سمير علي النجار"} == {"ara"}
    assert person["title"] == ["Haji"]
    assert person["nationality"] == ["Tunisia"]
    assert person["position"] == ["Treasurer", "Courier"]
    assert (person["birthPlace"], person["birthCountry"]) == (
        ["Sfax", "Évry"],
        ["Tunisia", "France"],
    )
    assert person["country"] == ["France", "Malta"]
    assert person["modifiedAt"] == ["2021-01-06"]
    assert person["topics"] == ["sanction"]
    assert len(person["addressEntity"]) == 2
    assert {
        "(UK Sanctions List Ref): AQD9990. Said to have left in 2018.",
        "Non-latin script type: Arabic script",
    } == set(person["notes"])


def test_birth_dates_keep_their_precision_and_wording() -> None:
    dates = {s.value: s.original for s in FACTS if s.prop == "birthDate"}
    assert dates == {"1968-11": "00/11/1968", "1969": "circa 1969"}


def test_documents_and_their_details() -> None:
    person = properties(FACTS, "gb-hmt-99001")
    assert person["passportNumber"] == ["ZZ990011", "ZZ990012"]
    assert person["idNumber"] == ["NI-0990"]
    second = one(FACTS, "Passport", "number", "ZZ990012")
    assert second["holder"] == ["gb-hmt-99001"]
    assert second["summary"] == ["issued in Sfax in 2004"]
    assert one(FACTS, "Identification", "number", "NI-0990")["summary"] == ["Tunisian card"]


def test_address() -> None:
    address = one(FACTS, "Address", "city", "Évry")
    assert address["full"] == ["3 rue de l'Essai, Bâtiment C, Essonne, Évry, 91000, France"]
    assert (address["street"], address["street2"]) == (["3 rue de l'Essai"], ["Bâtiment C"])
    assert (address["region"], address["postalCode"]) == (["Essonne"], ["91000"])


def test_sanction() -> None:
    assert properties(FACTS, "gb-hmt-99001-sanction") == {
        "entity": ["gb-hmt-99001"],
        "authority": ["Office of Financial Sanctions Implementation"],
        "country": ["gb"],
        "program": ["ISIL (Da'esh) and Al-Qaida"],
        "startDate": ["2019-03-05"],
        "listingDate": ["2019-03-01"],
        "authorityId": ["99001"],
    }


def test_entities_and_ships() -> None:
    schema = {s.entity_id: s.schema for s in FACTS}
    assert schema["gb-hmt-99002"] == "Organization"
    assert properties(FACTS, "gb-hmt-99002")["previousName"] == ["SOCIÉTÉ FICTIVE D'ÉCHANGE"]
    assert schema["gb-hmt-99003"] == "Vessel"
    assert properties(FACTS, "gb-hmt-99003")["notes"] == ["IMO 9990001"]


def test_rows_without_number_or_name_are_set_aside() -> None:
    assert [(r.locator, r.rule) for r in rejects(READ)] == [
        ("row 9", "record"),
        ("row 10", "record"),
    ]
    assert [r.reason for r in rejects(READ)] == [
        "a row without OFSI Group ID",
        "a row without a name",
    ]


def test_xml_says_the_same_and_more() -> None:
    person = properties(XML_FACTS, "gb-hmt-99001")
    assert person["name"] == ["Samir Ali NAJJAR-TEST"]
    assert person["birthDate"] == ["1968-11"]
    assert person["gender"] == ["Male"]
    assert "FurtherIdentifiyingInformation: Scar, left hand" in person["notes"]
    sanction = properties(XML_FACTS, "gb-hmt-99001-sanction")
    assert sanction["listingDate"] == ["2019-03-01"]
    assert (sanction["unscId"], sanction["recordId"]) == (["QDi.990"], ["AQD9990"])
    assert sanction["reason"] == ["An invented ground."]
    assert sanction["summary"] == ["Designation source: UN Listing", "Status: A"]
    ship = properties(XML_FACTS, "gb-hmt-99003")
    assert {prop: ship[prop] for prop in ("imoNumber", "flag", "pastFlags", "type", "tonnage")} == {
        "imoNumber": ["9990001"],
        "flag": ["Malta"],
        "pastFlags": ["Panama"],
        "type": ["Tanker"],
        "tonnage": ["5000"],
    }
    assert ship["buildDate"] == ["2005"]
    assert "Current owner/operator (s): Société Fictive" in ship["notes"]
    firm = properties(XML_FACTS, "gb-hmt-99002")
    assert firm["registrationNumber"] == ["RC-77/2011"]
    assert firm["email"] == ["a@essai.example", "b@essai.example"]
    assert firm["legalForm"] == ["Money service"]


def test_every_fact_is_found_where_it_says() -> None:
    assert list(misplaced(XML_FACTS, XML)) == []
    assert list(misplaced(FACTS, CSV, header_row=2)) == []


def test_nothing_is_dropped() -> None:
    with CSV.open(newline="") as file:
        rows = list(csv.reader(file))[2:8]
    kinds = {"Individual", "Entity", "Ship", "Primary name", "AKA", "FKA", "Good quality",
             "Low quality", "Arabic"}  # fmt: skip
    assert dropped((c for row in rows for c in row if c not in kinds), FACTS) == []
    texts = {e.text or "" for e in etree.parse(XML).iter("*")} - kinds
    assert dropped(texts, XML_FACTS) == []


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_damaged_files_are_refused(tmp_path: Path, form: Format) -> None:
    good = (CSV if form is CSV_FORMAT else XML).read_bytes()
    path = tmp_path / "list"
    for damaged in (good[: len(good) * 2 // 3], good.replace("É".encode(), b"\xc9"), good[:700]):
        path.write_bytes(damaged)
        with pytest.raises(FormatError):
            list(form.read(path))


def test_one_record_a_row() -> None:
    read = [item.locator for item in READ if isinstance(item, Record)]
    assert read == ["row 3", "row 4", "row 5", "row 6", "row 7", "row 8"]
