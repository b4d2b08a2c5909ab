"""Excerpts of the UK and Australian lists in six columns."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from manara.formats.base import Head, Match
from manara.formats.parsed_list import FORMAT
from manara.model import FormatError, Record
from tests.formats.places import dropped, facts, misplaced, one, rejects

LISTS = Path(__file__).parent / "data" / "lists"
UK, AU = LISTS / "parsed_uk.csv", LISTS / "parsed_au.csv"
UK_READ = list(FORMAT.read(UK))
UK_FACTS, AU_FACTS = facts(UK_READ), facts(FORMAT.read(AU))


def test_the_source_column_tells_the_dataset() -> None:
    assert FORMAT.recognise(Head.of(UK)) == Match("gb_fcdo_sanctions_parsed")
    assert FORMAT.recognise(Head.of(AU)) == Match("au_dfat_sanctions_parsed")
    other = UK.read_bytes().replace(b",uk\n", b",atlantis\n")
    assert FORMAT.recognise(Head(other)) is None


def test_names_aliases_and_countries() -> None:
    firm = one(UK_FACTS, "LegalEntity", "name", "FICTIVE MONEY EXCHANGE")
    assert firm["alias"] == ["Fictive Hawala", "Fictive Trading Co., Ltd.", "Sarafi Fictif"]
    assert firm["country"] == ["Bosnia and Herzegovina", "Pakistan"]
    person = one(AU_FACTS, "LegalEntity", "name", "Samir Essai")
    assert person["country"] == ["Russian", "Ukrainian"]
    assert "alias" not in person
    assert {s.original for s in AU_FACTS if s.value == "Samir Essai"} == {
        "Samir Essai (previously listed as)"
    }
    arabic = one(AU_FACTS, "LegalEntity", "name", "سمير النجار")
    assert "alias" not in arabic
    assert arabic["notes"] == [
        "Alias: Abu Mizan) in 1974 with an invented aim",
        "Designation: - First Deputy, invented council",
    ]


def test_sanction() -> None:
    sanction = one(AU_FACTS, "Sanction", "summary", "Source: Australia")
    assert sanction["program"] == ["1988 (Invented)"]
    assert sanction["authority"] == ["Department of Foreign Affairs and Trade"]


def test_equal_rows_stay_distinct_and_ids_stay_the_same(tmp_path: Path) -> None:
    ids = [s.entity_id for s in UK_FACTS if s.value == "TESTOV"]
    assert len(set(ids)) == 2
    head, *rest = UK.read_text().splitlines(keepends=True)
    path = tmp_path / "next.csv"
    path.write_text(head + "NEWCOMER,,France,,The Invented (Sanctions) Regulations 2020,uk\n")
    with path.open("a") as file:
        file.writelines(rest)
    assert [s.entity_id for s in facts(FORMAT.read(path)) if s.value == "TESTOV"] == ids


def test_a_row_without_a_name_is_set_aside() -> None:
    (reject,) = rejects(UK_READ)
    assert (reject.locator, reject.rule) == ("row 5", "name")


def test_every_fact_is_found_where_it_says() -> None:
    assert list(misplaced(UK_FACTS, UK)) == []
    assert list(misplaced(AU_FACTS, AU)) == []


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(UK.read_bytes()[:200])
    with pytest.raises(FormatError):
        list(FORMAT.read(path))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "dataset", "nameless"),
    [
        ("uk_parsed_2025.csv", "gb_fcdo_sanctions_parsed", 1),
        ("au_dfat_parsed_2025.csv", "au_dfat_sanctions_parsed", 0),
    ],
)
def test_real_list(shared: Path, name: str, dataset: str, nameless: int) -> None:
    path = shared / "lists" / name
    assert FORMAT.recognise(Head.of(path)) == Match(dataset)
    items = list(FORMAT.read(path))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert len(items) == len(rows)
    assert len(rejects(items)) == nameless == sum(not row[0].strip() for row in rows)
    records = [item for item in items if isinstance(item, Record)]
    assert len({item.stated[0].entity_id for item in records}) == len(records)
    for item, row in zip(items, rows, strict=True):
        if isinstance(item, Record):
            said = [cell for cell in row if cell not in ("None", "Unknown")]
            assert dropped(said, facts([item])) == []
    assert list(misplaced(facts(items), path)) == []
