"""Tables read by a mapping: values, references, dates, workbooks, and mistakes in the mapping."""

from __future__ import annotations

import zipfile
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from manara.formats import Limits, format_for, load_mapping
from manara.formats.base import Head
from manara.model import EXISTS, FormatError, Handling, Record, Reject, UsageError

DATA = Path(__file__).parent / "data" / "mapping"
SMALL: dict[str, Any] = {
    "dataset": "demo",
    "queries": [
        {
            "entities": {
                "person": {
                    "schema": "Person",
                    "key": "no",
                    "properties": {"name": {"column": "name"}},
                }
            }
        }
    ],
}


def changed(**properties: Any) -> dict[str, Any]:
    """Return the small mapping with other properties."""
    data: dict[str, Any] = deepcopy(SMALL)
    data["queries"][0]["entities"]["person"]["properties"] = properties
    return data


def read(mapping: Path, table: Path) -> tuple[list[Record], list[Reject]]:
    found = list(format_for(load_mapping(mapping)).read(table))
    return (
        [item for item in found if isinstance(item, Record)],
        [item for item in found if isinstance(item, Reject)],
    )


def write(folder: Path, mapping: dict[str, Any], table: str) -> tuple[Path, Path]:
    (folder / "m.yaml").write_text(
        yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    (folder / "t.csv").write_text(table, encoding="utf-8")
    return folder / "m.yaml", folder / "t.csv"


def values(record: Record, schema: str, prop: str) -> list[str]:
    return [s.value for s in record.stated if (s.schema, s.prop) == (schema, prop)]


def test_a_register_becomes_people_companies_and_shares() -> None:
    records, _ = read(DATA / "register.yaml", DATA / "register.csv")
    assert [record.locator for record in records] == [f"row {n}" for n in (2, 3, 4, 7)]
    first = records[0]
    for schema, prop, expected in [
        ("Person", "name", ["Salim Exemple"]),
        ("Person", "birthDate", ["1971-03-14"]),
        ("Person", "nationality", ["dz", "fr"]),
        ("Person", "notes", ["dossier 1"]),
        ("Person", "topics", ["poi"]),
        ("Company", "name", ["Exemple SARL"]),
        ("Ownership", "percentage", ["60"]),
    ]:
        assert values(first, schema, prop) == expected, prop
    [person] = {s.entity_id for s in first.stated if s.schema == "Person"}
    [company] = {s.entity_id for s in first.stated if s.schema == "Company"}
    assert values(first, "Ownership", "owner") == [person]
    assert values(first, "Ownership", "asset") == [company]
    assert person.startswith("demo-register-person-")
    assert values(records[1], "Person", "name") == ["نادية النموذج"]
    assert values(records[1], "Person", "birthDate") == ["1980"]
    assert {s.entity_id for s in records[1].stated if s.schema == "Company"} == {company}
    birth = next(s for s in first.stated if s.prop == "birthDate")
    assert (birth.original, birth.locator) == ("14/03/1971", "row 2, column Né le")
    name = next(s for s in first.stated if s.prop == "name")
    assert name.locator == "row 2, columns Prénom, Nom"


def test_what_a_register_lacks_is_set_aside_by_row() -> None:
    _, rejects = read(DATA / "register.yaml", DATA / "register.csv")
    assert [(reject.locator, reject.rule) for reject in rejects] == [
        ("row 4, column Né le", "date"),
        ("row 6, column Dossier", "key"),
        ("row 7, column RC", "key"),
        ("row 7", "required"),
    ]


def test_the_mapping_names_dataset_publisher_and_handling() -> None:
    mapping = load_mapping(DATA / "register.yaml")
    assert mapping.dataset == "demo_register"
    assert mapping.publisher == "Greffe inventé"
    assert mapping.handling == Handling.of("TLP:AMBER")
    made = format_for(mapping)
    match = made.recognise(Head(b"anything"))
    assert match is not None
    assert match.dataset == "demo_register"


def test_a_changed_mapping_is_another_version(tmp_path: Path) -> None:
    path, _ = write(tmp_path, SMALL, "")
    before = format_for(load_mapping(path)).version
    assert format_for(load_mapping(path)).version == before
    path, _ = write(tmp_path, changed(name={"literal": "x"}), "")
    assert format_for(load_mapping(path)).version != before


def test_the_form_of_followthemoney_is_read(tmp_path: Path) -> None:
    form = {"demo": {"label": "Demo", "query": SMALL["queries"][0]}}
    records, rejects = read(*write(tmp_path, form, "no,name\n1,Léa\n"))
    assert rejects == []
    assert values(records[0], "Person", "name") == ["Léa"]


def test_ids_depend_on_the_key_alone_without_case_and_space(tmp_path: Path) -> None:
    table = "no,name\nAb 1,Léa\n ab  1 ,Autre\nab2,Léa\n"
    records, _ = read(*write(tmp_path, SMALL, table))
    ids = [record.stated[0].entity_id for record in records]
    assert ids[0] == ids[1]
    assert ids[1] != ids[2]


def test_keys_of_several_columns_do_not_run_into_one_another(tmp_path: Path) -> None:
    mapping = changed(name={"column": "name"})
    person = mapping["queries"][0]["entities"]["person"]
    del person["key"]
    person["keys"] = ["first", "last"]
    table = "first,last,name\nab,c,x\na,bc,y\nc,ab,z\n"
    records, _ = read(*write(tmp_path, mapping, table))
    assert len({record.stated[0].entity_id for record in records}) == 3


def test_an_id_column_is_taken_as_it_is(tmp_path: Path) -> None:
    mapping = changed(name={"column": "name"})
    person = mapping["queries"][0]["entities"]["person"]
    person["id_column"] = person.pop("key")
    records, _ = read(*write(tmp_path, mapping, "no,name\nQ42,Léa\n"))
    assert records[0].stated[0].entity_id == "Q42"


def test_an_entity_with_a_key_alone_exists(tmp_path: Path) -> None:
    records, rejects = read(*write(tmp_path, SMALL, "no,name\n1,\n"))
    assert rejects == []
    [stated] = records[0].stated
    assert (stated.prop, stated.value) == (EXISTS, stated.entity_id)


def test_a_template_of_empty_columns_states_nothing(tmp_path: Path) -> None:
    mapping = changed(notes={"template": "ship {{name}} of {{flag}}"})
    table = "no,name,flag\n1,,\n2,Fiction,\n"
    records, _ = read(*write(tmp_path, mapping, table))
    assert [values(record, "Person", "notes") for record in records] == [[], ["ship Fiction of"]]


@pytest.mark.parametrize(
    ("forms", "text", "expected"),
    [
        ("%d.%m.%Y", "01.02.1980", "1980-02-01"),
        ("%m/%Y", "02/1980", "1980-02"),
        ("%Y", "1980", "1980"),
        ("%d %b %Y", "1 Feb 1980", "1980-02-01"),
        (["%d.%m.%Y", "%m/%d/%Y"], "02/13/1980", "1980-02-13"),
        ("%d.%m.%Y", "1980-02-01", "1980-02-01"),
    ],
)
def test_dates_keep_the_precision_they_have(
    tmp_path: Path, forms: str | list[str], text: str, expected: str
) -> None:
    mapping = changed(birthDate={"column": "born", "format": forms})
    records, rejects = read(*write(tmp_path, mapping, f"no,born\n1,{text}\n"))
    assert rejects == []
    assert values(records[0], "Person", "birthDate") == [expected]


def test_filters_choose_rows(tmp_path: Path) -> None:
    mapping = changed(name={"column": "name"})
    mapping["queries"][0]["filters"] = {"kind": ["a", "b"]}
    table = "no,name,kind\n1,A,a\n2,B,c\n3,C,b\n"
    records, _ = read(*write(tmp_path, mapping, table))
    assert [record.locator for record in records] == ["row 2", "row 4"]


def test_other_delimiters_encodings_and_header_rows(tmp_path: Path) -> None:
    mapping = changed(name={"column": "nom"}) | {"delimiter": ";", "encoding": "cp1252"}
    mapping["queries"][0]["header_row"] = 3
    (tmp_path / "m.yaml").write_text(yaml.safe_dump(mapping))
    table = tmp_path / "t.csv"
    table.write_bytes("Liste;\n\nno;nom\n1;Hélène €\n".encode("cp1252"))
    records, rejects = read(tmp_path / "m.yaml", table)
    assert rejects == []
    assert values(records[0], "Person", "name") == ["Hélène €"]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no column name.*did you mean nam"):
        read(*write(tmp_path, SMALL, "no,nam\n1,Léa\n"))


@pytest.mark.oracle
def test_the_reference_implementation_maps_the_same_values() -> None:
    model = pytest.importorskip("followthemoney").model
    query = yaml.safe_load((DATA / "register.yaml").read_bytes())["queries"][0]
    query["csv_url"] = str(DATA / "register.csv")
    theirs = {
        (made.schema.name, prop.name, value)
        for made in model.map_entities(query, key_prefix="demo_register")
        for prop, value in made.itervalues()
        if prop.type.name != "entity" and prop.name != "namesMentioned"
    }
    records, _ = read(DATA / "register.yaml", DATA / "register.csv")
    ours = {(s.schema, s.prop, s.value) for record in records for s in record.stated}
    # It does not know our lists of date formats, and states no entity that has a key alone.
    plain = {fact for fact in ours if fact[1] not in (EXISTS, "owner", "asset", "birthDate")}
    assert plain == {fact for fact in theirs if fact[1] != "birthDate"}


# Mistakes in the mapping ----------------------------------------------------------------------


def _broken(change: str) -> Any:
    data: Any = changed(name={"column": "name"})
    query = data["queries"][0]
    person = query["entities"]["person"]
    match change:
        case "list":
            return []
        case "empty":
            return None
        case "dataset":
            data["dataset"] = "Démo liste"
        case "top":
            data["publischer"] = "x"
        case "queries":
            data["queries"] = []
        case "entities":
            query["entities"] = {}
        case "schema":
            person["schema"] = "Persn"
        case "property":
            person["properties"] = {"nmae": {"column": "name"}}
        case "stub":
            person["properties"] = {"sanctions": {"column": "name"}}
        case "spec":
            person["properties"] = {"name": {"colum": "name"}}
        case "nothing":
            person["properties"] = {"name": {}}
        case "shorthand":
            person["properties"] = {"name": "name"}
        case "keys":
            del person["key"]
        case "reference":
            person["properties"] = {"addressEntity": {"entity": "adress"}}
        case "range":
            person["properties"] = {"addressEntity": {"entity": "person"}}
        case "column-for-entity":
            person["properties"] = {"addressEntity": {"column": "name"}}
        case "same-id":
            query["entities"]["other"] = person
        case "year":
            data["date_format"] = "%d/%m/%y"
        case "handling":
            data["handling"] = "TLP:PURPLE"
        case "handling-key":
            data["handling"] = {"tlp": "TLP:AMBER", "purpos": ["x"]}
        case "encoding":
            data["encoding"] = "utf-99"
        case "binary-encoding":
            data["encoding"] = "base64"
        case "delimiter":
            data["delimiter"] = ";;"
        case "header-row":
            query["header_row"] = 0
        case "database":
            query["database"] = "sqlite://"
        case "deep":
            person["key"] = {"a": 1}
    return data


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("list", "top: must be a table"),
        ("empty", "top: must be a table"),
        ("dataset", "'Démo liste' is no name"),
        ("top", "unknown: publischer; did you mean publisher"),
        ("queries", "no queries"),
        ("entities", r"queries\[0\].entities: no entities"),
        ("schema", r"queries\[0\].entities.person.schema: no schema Persn; did you mean Person"),
        ("property", r"person.properties.nmae: Person has no property nmae; did you mean name"),
        ("stub", "sanctions is stated by the other entity"),
        ("spec", r"properties.name: unknown: colum; did you mean column"),
        ("nothing", "no column"),
        ("shorthand", "properties.name: must be a table"),
        ("keys", "needs either keys or an id_column"),
        ("reference", "no entity adress"),
        ("range", "must be a Address, not a Person"),
        ("column-for-entity", "addressEntity is a reference"),
        ("same-id", "other: gets the same id as person"),
        ("year", "date_format: .*does not say the year"),
        ("handling", "handling: "),
        ("handling-key", "handling: "),
        ("encoding", "'utf-99' is no encoding"),
        ("binary-encoding", "'base64' is no encoding"),
        ("delimiter", "delimiter: not one character"),
        ("header-row", "header_row: not the number of a row"),
        ("database", "databases are not read"),
        ("deep", "person.key: must be text"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, change: str, message: str) -> None:
    path, _ = write(tmp_path, _broken(change), "")
    with pytest.raises(UsageError, match=message) as caught:
        load_mapping(path)
    assert "m.yaml" in str(caught.value)


@pytest.mark.parametrize("text", [b"a: [", b"\xff\xfe\xff", b"a: !!python/object:os.system {}"])
def test_what_is_no_yaml_is_told(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes(text)
    with pytest.raises(UsageError, match="not YAML"):
        load_mapping(path)


# Workbooks ------------------------------------------------------------------------------------


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, table in sheets.items():
        sheet = book.create_sheet(name)
        for row in table:
            sheet.append(row)
    book.save(path)
    return path


def read_book(
    folder: Path, mapping: dict[str, Any], **sheets: list[list[Any]]
) -> tuple[list[Record], list[Reject]]:
    path, _ = write(folder, mapping, "")
    return read(path, workbook(folder / "t.xlsx", **sheets))


def test_cells_become_text(tmp_path: Path) -> None:
    mapping = changed(
        name={"column": "name"},
        birthDate={"column": "born", "format": "%d/%m/%Y"},
        height={"column": "height"},
        notes={"column": "seen"},
    )
    records, rejects = read_book(
        tmp_path,
        mapping,
        People=[
            ["no", "name", "born", "height", "seen"],
            [1, "نادية", date(1980, 2, 1), 1.75, datetime(2024, 5, 6, 7, 8, 9)],
            [None, None, None, None, None],
            [2.0, "Léa", "03/04/1990", 2.0, True],
        ],
    )
    assert rejects == []
    assert [[(s.prop, s.value) for s in record.stated] for record in records] == [
        [
            ("name", "نادية"),
            ("birthDate", "1980-02-01"),
            ("height", "1.75"),
            ("notes", "2024-05-06T07:08:09"),
        ],
        [("name", "Léa"), ("birthDate", "1990-04-03"), ("height", "2"), ("notes", "true")],
    ]
    assert records[1].stated[0].locator == "sheet People, row 4, column name"


def test_sheets_are_chosen_by_name_and_the_others_are_told(tmp_path: Path) -> None:
    mapping = changed(name={"column": "name"})
    mapping["queries"][0]["sheet"] = "Two"
    records, rejects = read_book(
        tmp_path, mapping, One=[["x"], ["y"]], Two=[["no", "name"], [1, "Léa"]], Empty=[]
    )
    assert len(records) == 1
    assert [(reject.locator, reject.rule) for reject in rejects] == [("sheet One", "sheet")]
    mapping["queries"][0]["sheet"] = "Tow"
    with pytest.raises(FormatError, match="no sheet Tow; did you mean Two"):
        read_book(tmp_path, mapping, One=[["x"]], Two=[["no", "name"], [1, "Léa"]])


def test_an_error_in_a_cell_and_a_value_beside_the_table_are_set_aside(tmp_path: Path) -> None:
    records, rejects = read_book(
        tmp_path,
        changed(name={"column": "name"}),
        People=[["no", "name"], [1, "#DIV/0!"], [2, "Léa", "note in the margin"]],
    )
    assert [(reject.locator, reject.rule) for reject in rejects] == [
        ("sheet People, row 2, column name", "cell"),
        ("sheet People, row 3, column 3", "row"),
    ]
    assert values(records[1], "Person", "name") == ["Léa"]


def _rewrite(path: Path, change: dict[str, bytes]) -> None:
    """Replace parts of a workbook."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()} | change
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)


BILLION = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</worksheet>'
)


@pytest.mark.parametrize(
    ("part", "data"),
    [
        ("xl/worksheets/sheet1.xml", BILLION),
        ("xl/workbook.xml", BILLION),
        ("_rels/.rels", BILLION),
        ("xl/workbook.xml", b"<workbook"),
        ("xl/worksheets/sheet1.xml", SHEET % b"<sheetData><row><c><v>1</v></c>"),
        ("xl/worksheets/sheet1.xml", b"\x00" * 100),
    ],
    ids=["entities", "entities-workbook", "entities-rels", "cut", "cut-sheet", "nul"],
)
def test_a_damaged_or_hostile_workbook_is_refused(tmp_path: Path, part: str, data: bytes) -> None:
    mapping, _ = write(tmp_path, SMALL, "")
    path = workbook(tmp_path / "t.xlsx", People=[["no", "name"], [1, "Léa"]])
    _rewrite(path, {part: data})
    with pytest.raises(FormatError):
        read(mapping, path)


def test_a_workbook_over_the_limit_is_refused_unopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("manara.formats.workbook.LIMITS", Limits(total=2 * 2**20))
    mapping, _ = write(tmp_path, SMALL, "")
    path = workbook(tmp_path / "t.xlsx", People=[["no", "name"], [1, "Léa"]])
    assert len(read(mapping, path)[0]) == 1
    _rewrite(path, {"xl/sharedStrings.xml": b" " * 3 * 2**20})
    with pytest.raises(FormatError, match="would come out"):
        read(mapping, path)


def test_a_false_size_of_a_sheet_does_no_harm(tmp_path: Path) -> None:
    mapping, _ = write(tmp_path, SMALL, "")
    path = workbook(tmp_path / "t.xlsx", People=[["no", "name"], [1, "Léa"]])
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
    assert b'ref="A1:B2"' in sheet
    _rewrite(
        path, {"xl/worksheets/sheet1.xml": sheet.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')}
    )
    records, _ = read(mapping, path)
    assert [values(record, "Person", "name") for record in records] == [["Léa"]]


def test_an_old_or_encrypted_workbook_is_told(tmp_path: Path) -> None:
    mapping, _ = write(tmp_path, SMALL, "")
    path = tmp_path / "t.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(FormatError, match=r"save it as \.xlsx"):
        read(mapping, path)
