"""The demonstration material is what its generator writes, is sound, and agrees with its key."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from stdnum import iban, imo, lei

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "demo"
XML = sorted(path.relative_to(DEMO).as_posix() for path in DEMO.rglob("*.xml"))
SDN_XML = "{https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML}"


@pytest.fixture(scope="module")
def key() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEMO / "truth.json").read_text("utf-8"))
    return found


def text(name: str) -> str:
    return (DEMO / name).read_bytes().decode("utf-8")


def rows(name: str, *, skip: int = 1, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(text(name).splitlines(), delimiter=delimiter))[skip:]


def jsonl(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text(name).splitlines()]


def nodes(name: str, path: str) -> list[etree._Element]:
    found = etree.parse(DEMO / name).xpath(path)
    assert isinstance(found, list)
    return [node for node in found if isinstance(node, etree._Element)]


def number_of_parties(name: str) -> int:
    """Count the records of a file by what tells them apart in it, without the readers."""
    local = "//*[local-name()='{}']"
    match name:
        case "un_consolidated.xml":
            return len(nodes(name, "/CONSOLIDATED_LIST/*/*"))
        case "ofac_sdn.xml":
            return len(nodes(name, local.format("sdnEntry")))
        case "ofac_cons_advanced.xml":
            return len(nodes(name, local.format("DistinctParty")))
        case "eu_fsf.xml":
            return len(nodes(name, local.format("sanctionEntity")))
        case "uk_sanctions_list.xml":
            return len(nodes(name, "/Designations/Designation"))
        case "ca_sema.xml":
            return len(nodes(name, "/data-set/record"))
        case "uk_ofsi_conlist.csv":
            return len({row[-1] for row in rows(name, skip=2)})
        case "partner_statements.csv":
            return len({row[1] for row in rows(name)})
        case "police_register.ftm.json":
            listed = {"Person", "Company", "Vessel", "Airplane"}
            return sum(line["schema"] in listed for line in jsonl(name))
        case "company_register.xlsx":
            book = openpyxl.load_workbook(DEMO / name, read_only=True)
            return len(list(book["Companies"].iter_rows(min_row=2)))
        case "bis_dpl.txt":
            return len(rows(name, delimiter="\t"))
    return len(rows(name))


def test_generator_writes_exactly_what_is_committed(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "make_demo.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, cwd=tmp_path)
    fresh = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    committed = {path.relative_to(DEMO) for path in DEMO.rglob("*") if path.is_file()}
    assert fresh == committed - {Path("README.md")}
    for path in fresh:
        if path.suffix == ".xlsx":  # The library that writes it may change its mark-up.
            assert cells(tmp_path / path) == cells(DEMO / path)
        else:
            assert (tmp_path / path).read_bytes() == (DEMO / path).read_bytes(), path


def cells(path: Path) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(path, read_only=True)["Companies"]
    return list(sheet.iter_rows(values_only=True))


def test_material_is_small() -> None:
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < 1_000_000


@pytest.mark.parametrize("name", XML)
def test_xml_is_well_formed_and_says_that_it_is_fiction(name: str) -> None:
    tree = etree.parse(DEMO / name)
    assert tree.docinfo.encoding == "UTF-8"
    comment = tree.getroot().getprevious()
    assert comment is not None
    assert (comment.text or "").strip().startswith("FICTION")


def test_counts_are_those_of_the_files(key: dict[str, Any]) -> None:
    faulty = {fault["file"]: 0 for fault in key["faults"]}
    for fault in key["faults"]:
        faulty[fault["file"]] += 1
    for name, counts in key["counts"].items():
        assert number_of_parties(name) == sum(counts.values()) + faulty.get(name, 0), name


def test_readme_tells_of_every_file_with_its_counts(key: dict[str, Any]) -> None:
    readme = text("README.md")
    for name, counts in key["counts"].items():
        [line] = [line for line in readme.splitlines() if line.startswith(f"| `{name}`")]
        stated = re.findall(r"(\d+) (?:people|compan|ship|aircraft)", line.split("|")[3])
        assert [int(number) for number in stated] == list(counts.values()), name


def test_declared_record_counts_are_right() -> None:
    for name in ("ofac_sdn.xml", "later/ofac_sdn.xml"):
        root = etree.parse(DEMO / name).getroot()
        declared = root.findtext(f"{SDN_XML}publshInformation/{SDN_XML}Record_Count")
        assert declared == str(len(root.findall(f"{SDN_XML}sdnEntry")))


def test_other_forms_hold_the_same_records() -> None:
    classic = {node.text for node in nodes("ofac_sdn.xml", "/*/*[local-name()='sdnEntry']/*[1]")}
    advanced = nodes("other-forms/ofac_sdn_advanced.xml", "//*[local-name()='DistinctParty']")
    assert {node.get("FixedRef") for node in advanced} == classic
    legacy = text("other-forms/sdn.csv").removesuffix("\x1a").splitlines()
    assert {line.split(",")[0] for line in legacy} == classic
    ofsi = nodes("other-forms/uk_ofsi_conlist.xml", "//*[local-name()='GroupID']")
    assert {node.text for node in ofsi} == {row[-1] for row in rows("uk_ofsi_conlist.csv", skip=2)}
    designations = nodes("uk_sanctions_list.xml", "//UniqueID")
    listed = rows("other-forms/uk_sanctions_list.csv", skip=2)
    assert {node.text for node in designations} == {row[1] for row in listed}


def test_references_of_the_advanced_form_all_resolve() -> None:
    for name in ("ofac_cons_advanced.xml", "other-forms/ofac_sdn_advanced.xml"):
        root = etree.parse(DEMO / name).getroot()
        known = {
            (etree.QName(node).localname, node.get("ID"))
            for node in root.iter("{*}*")
            if node.get("ID")
        }
        for node in root.iter("{*}*"):
            for attribute, value in node.attrib.items():
                target = re.fullmatch(
                    r"(?:From-|To-|IssuedBy-)?(Profile|Location|Identity|Country|FeatureType|"
                    r"IDRegDocType|NamePartGroup|Script|AliasType|DetailReference|RelationType|List|"
                    r"PartySubType|NamePartType|LocPartType|AreaCode|LegalBasis)ID",
                    str(attribute),
                )
                if target:
                    assert (target[1], value) in known, f"{name}: {attribute}={value}"


def test_no_id_is_given_twice_and_every_reference_resolves() -> None:
    for name in ("police_register.ftm.json", "later/police_register.ftm.json"):
        lines = jsonl(name)
        ids = {line["id"] for line in lines}
        assert len(ids) == len(lines)
        ends = ("owner", "asset", "director", "organization", "holder", "person", "relative")
        for line in lines:
            for prop in ends:
                assert set(line["properties"].get(prop, ())) <= ids, line["id"]


def identifiers(pattern: str) -> set[str]:
    """Return what looks like an identifier anywhere in the text files."""
    found: set[str] = set()
    for path in DEMO.rglob("*"):
        if path.suffix in {".xml", ".csv", ".json"}:
            found |= set(re.findall(pattern, path.read_text("utf-8")))
    return found


def test_check_digits_are_right_and_numbers_are_nobodys() -> None:
    leis = identifiers(r"\bFICT00\d{14}\b")
    ships = identifiers(r"\bIMO ?(\d{7})\b") | identifiers(r"IMONumber>(\d{7})<")
    accounts = identifiers(r"\bGB\d\dFICT\d{14}\b")
    assert len(leis) > 20
    assert len(ships) > 8
    assert len(accounts) > 20
    assert all(lei.is_valid(number) for number in leis)
    # Ship numbers issued so far begin with 1 or with 5 to 9.
    assert all(imo.is_valid(number) and number.startswith("2") for number in ships)
    assert all(iban.is_valid(number) for number in accounts)


def test_faults_are_in_the_rows_named(key: dict[str, Any]) -> None:
    for fault in key["faults"]:
        row = rows(fault["file"], skip=0)[fault["row"] - 1]
        assert fault["text"] in row
        assert (len(row) < 9) == (fault["kind"] == "columns")


def listed_ids(name: str) -> set[str]:
    match Path(name).name:
        case "un_consolidated.xml":
            return {f"un-sc-{node.text}" for node in nodes(name, "//DATAID")}
        case "ofac_sdn.xml":
            entries = nodes(name, "/*/*[local-name()='sdnEntry']/*[1]")
            return {f"ofac-{node.text}" for node in entries}
    return {line["id"] for line in jsonl(name)}


def test_later_editions_change_what_the_key_says(key: dict[str, Any]) -> None:
    for name, edition in key["later"].items():
        before, after = listed_ids(edition["edition_of"]), listed_ids(name)
        by_kind = {
            kind: {change["id"] for change in edition["changes"] if change["kind"] == kind}
            for kind in ("listed", "delisted", "amended")
        }
        assert all(by_kind.values()), name
        assert by_kind["listed"] == {i for i in after - before if is_party(i)}
        assert by_kind["delisted"] == {i for i in before - after if is_party(i)}
        assert by_kind["amended"] <= before & after


def is_party(record_id: str) -> bool:
    return not record_id.startswith("vpr") or bool(re.fullmatch(r"vpr-\d{4}", record_id))


def test_key_is_consistent(key: dict[str, Any]) -> None:
    owner_of: dict[str, str] = {}
    for entity in key["entities"]:
        for record in entity["records"]:
            assert owner_of.setdefault(record, entity["key"]) == entity["key"]
    for match in key["matches"]:
        assert {owner_of[record] for record in match["records"]} == {match["entity"]}
        assert bool(match.get("why")) == (match["findable"] != "later")
    assert {match["findable"] for match in key["matches"]} == {"identifier", "name", "later"}


def test_traps_are_set(key: dict[str, Any]) -> None:
    assert len(key["traps"]) >= 8
    for trap in key["traps"]:
        records = [record for entity in trap["entities"] for record in entity["records"]]
        assert len(set(records)) == len(records) >= 2, trap["kind"]


def test_one_passport_number_is_issued_by_two_countries() -> None:
    papers = [
        line["properties"]
        for line in jsonl("police_register.ftm.json")
        if line["schema"] == "Passport" and line["properties"]["number"] == ["FX7777777"]
    ]
    assert sorted(paper["country"][0] for paper in papers) == ["co", "sn"]
    assert len({paper["holder"][0] for paper in papers}) == 2


def normalised(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(sorted(re.findall(r"\w+", kept)))


def real_names(folder: Path) -> Iterator[str]:
    for path in folder.glob("un_sc_*.xml"):
        for node in etree.parse(path).iter("INDIVIDUAL", "ENTITY"):
            parts = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
            yield " ".join(node.findtext(part) or "" for part in parts)
            yield node.findtext("NAME_ORIGINAL_SCRIPT") or ""
            yield from (alias.text or "" for alias in node.iter("ALIAS_NAME"))
    for pattern, column in (("ofac_*sdn*.csv", 1), ("ofac_*alt*.csv", 3), ("ofac_*prim.csv", 1)):
        for path in folder.glob(pattern):
            with path.open(encoding="utf-8", errors="replace", newline="") as file:
                yield from (row[column] for row in csv.reader(file) if len(row) > column)


@pytest.mark.shared
def test_nobody_invented_bears_a_listed_name(shared: Path) -> None:
    invented = {
        normalised(name)
        for line in jsonl("police_register.ftm.json")
        for prop in ("name", "alias", "weakAlias", "previousName")
        for name in line["properties"].get(prop, ())
    }
    invented |= {
        normalised(" ".join(part.text or "" for part in node if str(part.tag).endswith("_NAME")))
        for node in nodes("un_consolidated.xml", "/*/*/*")
    }
    listed = {normalised(name) for name in real_names(shared / "lists")}
    assert len(listed) > 10_000
    assert not invented & listed - {""}
