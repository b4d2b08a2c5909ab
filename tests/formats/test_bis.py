"""US Denied Persons List: the fixture property by property, the real list by count."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from manara.formats.base import Head, Match
from manara.formats.bis import FORMAT
from manara.model import FormatError, Record
from tests.formats.places import dropped, facts, misplaced, one, rejects

LIST = Path(__file__).parent / "data" / "lists" / "bis_dpl.txt"
READ = list(FORMAT.read(LIST))
FACTS = facts(READ)


def test_is_recognised_by_content() -> None:
    assert FORMAT.recognise(Head.of(LIST)) == Match("us_bis_denied")
    assert FORMAT.recognise(Head(b"Name\tCity\nx\ty\n")) is None


def test_rows_of_a_name_are_one_entity_with_several_addresses() -> None:
    person = one(FACTS, "LegalEntity", "name", "ZOE TESTER")
    assert person["name"] == ["ZOE TESTER", "Zoe Tester"]
    assert person["topics"] == ["export.control"]
    assert person["country"] == ["US", "MT"]
    assert len(person["addressEntity"]) == 2
    assert one(FACTS, "Address", "city", "RICHTOWN") == {
        "full": ["12 TEST LANE, SUITE 5, RICHTOWN, TX, 99999, US"],
        "street": ["12 TEST LANE, SUITE 5"],
        "city": ["RICHTOWN"],
        "state": ["TX"],
        "postalCode": ["99999"],
        "country": ["US"],
    }


def test_the_order() -> None:
    order = one(FACTS, "Sanction", "authorityId", "67 F.R. 99999 3/11/02")
    assert (order["startDate"], order["endDate"]) == (["2002-03-04"], ["2056-06-29"])
    assert order["modifiedAt"] == ["2006-07-11"]
    assert order["program"] == ["Denied Persons List"]
    assert order["summary"] == [
        "Standard order: Y",
        "Action: FR NOTICE ADDED",
        "Standard order: N",
    ]
    assert {s.original for s in FACTS if s.prop == "startDate"} == {"03/04/2002", "08/05/2019"}


def test_a_row_without_a_name_is_set_aside() -> None:
    (reject,) = rejects(READ)
    assert (reject.locator, reject.rule) == ("row 5", "name")
    assert "NOWHERE" in reject.excerpt


def test_every_fact_is_found_where_it_says() -> None:
    wrong = [s for s in misplaced(FACTS, LIST, delimiter="\t") if s.prop != "program"]
    assert wrong == []


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dpl.txt"
    path.write_bytes(LIST.read_bytes()[:300])
    with pytest.raises(FormatError):
        list(FORMAT.read(path))


@pytest.mark.shared
def test_real_list(shared: Path) -> None:
    path = shared / "lists" / "bis_dpl.txt"
    assert FORMAT.recognise(Head.of(path)) == Match("us_bis_denied")
    items = list(FORMAT.read(path))
    with path.open(newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    assert len(items) == len(rows) == sum(isinstance(item, Record) for item in items)
    for item, row in zip(items, rows, strict=True):
        assert dropped(row, facts([item])) == []
    wrong = misplaced(facts(items), path, delimiter="\t")
    assert [s for s in wrong if s.prop != "program"] == []
