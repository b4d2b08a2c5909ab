"""OFAC's legacy CSV files: what each column and remark becomes, and that no row is lost."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from manara.formats.base import Format, Head, Match
from manara.formats.ofac_csv import FORMATS
from manara.model import FormatError, Record, Stated
from tests.formats.locating import MADE, facts, of_schema, split, values, words

DATA = Path(__file__).parent / "data" / "ofac"
PRIMARY, ALT, ADD, COMMENTS = FORMATS
PERSON, COMPANY, VESSEL, AIRCRAFT = (f"ofac-9000{number}" for number in range(1, 5))
NULL = "-0- "
COLUMNS = {
    12: "ent_num SDN_Name SDN_Type Program Title Call_Sign Vess_type Tonnage GRT Vess_flag"
    " Vess_owner Remarks",
    5: "ent_num alt_num alt_type alt_name alt_remarks",
    6: "ent_num Add_num Address City/State/Province/Postal_Code Country Add_remarks",
    2: "ent_num Remarks",
}


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.reader(file) if row != ["\x1a"]]


def _misplaced(records: list[Record], path: Path) -> list[Stated]:
    rows = _rows(path)
    columns = [name.replace("_Code", " Code") for name in COLUMNS[len(rows[0])].split()]
    missing = []
    for stated in facts(records):
        row, _, column = stated.locator.removeprefix("row ").partition(", column ")
        cells = rows[int(row) - 1]
        text = cells[columns.index(column)] if column else " ".join(cells)
        wanted = words(stated.original or stated.value)
        if stated.prop not in MADE and not all(word in text for word in wanted):
            missing.append(stated)
    return missing


@pytest.fixture(scope="module")
def stated():
    return facts(split(PRIMARY.read(DATA / "sdn.csv"))[0])


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("sdn.csv", PRIMARY, Match("us_ofac_sdn")),
        ("alt.csv", ALT, Match("us_ofac_sdn_alt", part_of="us_ofac_sdn")),
        ("cons_alt.csv", ALT, Match("us_ofac_cons_alt", part_of="us_ofac_cons")),
        ("add.csv", ADD, Match("us_ofac_sdn_add", part_of="us_ofac_sdn")),
        ("sdn_comments.csv", COMMENTS, Match("us_ofac_sdn_comments", part_of="us_ofac_sdn")),
    ],
)
def test_recognised_by_content(name: str, known: Format, expected: Match) -> None:
    head = Head.of(DATA / name)
    matches = {one.name: one.recognise(head) for one in FORMATS}
    assert {key: match for key, match in matches.items() if match} == {known.name: expected}


def test_the_programme_of_the_first_row_tells_which_list_it_is() -> None:
    row = f'9639,"ZAHIRI, Kareem","individual","NS-PLC",{",".join([NULL] * 8)}\r\n'
    assert PRIMARY.recognise(Head(row.encode())).dataset == "us_ofac_cons"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id,name\n1,Karim\n",
        "1,Karim\n2,Kareem\n",
        "1,2,3,4,5\n",
        "1,2,3,4,5,6\n",
        "1,2,3,4,5,6,7,8,9,10,11,12\n",
        '1,"open\n',
    ],
)
def test_other_tables_are_not_recognised(text: str) -> None:
    assert not any(known.recognise(Head(text.encode())) for known in FORMATS)


def test_a_person_with_everything_stated(stated) -> None:
    person = values(stated, PERSON)
    (notes,) = person.pop("notes")
    assert "lives quietly" in notes
    assert person == {
        "topics": ["sanction"],
        "name": ["Karim Yusuf AL-ZAHIRI"],
        "firstName": ["Karim Yusuf"],
        "lastName": ["AL-ZAHIRI"],
        "weakAlias": ["ABOU ÉLOI"],
        "position": ["Treasurer"],
        "birthDate": ["1968-03-04", "1965", "1966"],
        "birthPlace": ["Sfax, Tunisia"],
        "nationality": ["Tunisia"],
        "citizenship": ["France"],
        "gender": ["Male"],
        "phone": ["+21671234567"],
        "passportNumber": ["K700001", "812000"],
        "idNumber": ["04643000", "07552000"],
    }
    originals = {one.value: one.original for one in stated if one.prop == "birthDate"}
    assert originals["1965"] == originals["1966"] == "alt. DOB circa 1965 to 1966"


def test_documents_wallets_and_links_are_entities(stated) -> None:
    assert of_schema(stated, "Passport") == [
        {
            "holder": [PERSON],
            "type": ["Passport"],
            "number": ["K700001"],
            "country": ["Tunisia"],
            "startDate": ["1999-02-03"],
            "endDate": ["2004-02-02"],
        },
        {"holder": [PERSON], "type": ["Passport"], "number": ["812000"]},
    ]
    (wallet,) = of_schema(stated, "CryptoWallet")
    assert wallet["cryptoAddress"] == ["1InventedAddress000000000000000000"]
    assert wallet["currencySymbol"] == ["XBT"]
    assert of_schema(stated, "UnknownLink") == [
        {"subject": [PERSON], "object": [COMPANY], "role": ["Linked To"]}
    ]


def test_the_designations(stated) -> None:
    first, second, *_ = of_schema(stated, "Sanction")
    assert first == {
        "entity": [PERSON],
        "authority": ["Office of Foreign Assets Control"],
        "authorityId": ["90001"],
        "program": ["SDGT", "IFSR"],
        "summary": ["Secondary sanctions risk: section 1(b) of Executive Order 13224"],
    }
    assert second["listingDate"] == ["2022-02-24"]
    assert second["summary"] == [
        "Executive Order 13662 Directive Determination: Subject to Directive 1"
    ]


def test_bodies_vessels_and_aircraft(stated) -> None:
    company, vessel, aircraft = (values(stated, one) for one in (COMPANY, VESSEL, AIRCRAFT))
    assert company["name"] == ["AURORA TRADING (HOLDING) CO., LTD."]
    assert company["swiftBic"] == ["AURRTNTT"]
    assert company["imoNumber"] == ["5342883"]
    assert company["incorporationDate"] == ["1990-10-17"]
    assert company["taxNumber"] == ["770000000"]
    (owner,), (operator,) = vessel.pop("owner"), aircraft.pop("operator")
    assert (values(stated, owner), values(stated, operator)) == (
        {"name": ["Golfo S.A."]},
        {"name": ["YAS AVIATION"]},
    )
    assert (vessel.pop("notes"), aircraft.pop("notes")) != ([], [])
    assert vessel == {
        "topics": ["sanction"],
        "name": ["ÉTOILE DE MER"],
        "callSign": ["CL0000"],
        "type": ["Tug"],
        "tonnage": ["2,597"],
        "grossRegisteredTonnage": ["1,098"],
        "flag": ["Cuba"],
        "pastFlags": ["Malta"],
        "imoNumber": ["9074729"],
        "mmsi": ["572469000"],
        "previousName": ["ANA"],
    }
    assert aircraft == {
        "topics": ["sanction"],
        "name": ["XX-ABC"],
        "buildDate": ["1992"],
        "model": ["IL76-TD"],
        "serialNumber": ["1023400000"],
    }


def test_what_cannot_be_used_is_set_aside() -> None:
    records, rejects = split(PRIMARY.read(DATA / "sdn.csv"))
    assert len(records) == 5
    assert [(reject.rule, reject.locator) for reject in rejects] == [
        ("name", "row 5, column SDN_Name"),
        ("id", "row 6, column ent_num"),
    ]


def test_aliases_addresses_and_comments_are_about_the_same_entities() -> None:
    records, rejects = split(ALT.read(DATA / "alt.csv"))
    alt = facts(records)
    assert rejects == []
    assert values(alt, "ofac-36") == {"alias": ["AURORA HOLDING"]}
    assert values(alt, PERSON) == {"previousName": ["SALEH, Karim"], "notes": ["seldom used"]}
    assert values(alt, COMPANY) == {"name": ["AURORA NEUVE"]}
    assert values(alt, VESSEL) == {"id": [VESSEL]}
    add = facts(split(ADD.read(DATA / "add.csv"))[0])
    assert of_schema(add, "Address") == [
        {
            "full": ["12 rue de l'Été, Tunis 1001, Tunisia"],
            "street": ["12 rue de l'Été"],
            "city": ["Tunis 1001"],
            "country": ["Tunisia"],
        },
        {"full": ["France"], "country": ["France"], "remarks": ["as at 2008"]},
    ]
    assert values(add, COMPANY) == {"id": [COMPANY]}
    comments = values(facts(split(COMMENTS.read(DATA / "sdn_comments.csv"))[0]), PERSON)
    assert comments["weakAlias"] == ["ELOI"]
    assert comments["idNumber"] == ["812001"], "not 9900, whose label stands in another file"


@pytest.mark.parametrize(("end", "born"), [("", ["1961"]), (".", ["1961", "1975"])])
def test_a_remark_cut_off_ends_before_the_cut(end: str, born: list[str], tmp_path: Path) -> None:
    remarks = f"DOB 1961; {'x' * (980 - len(end))}; DOB 1975{end}"
    assert len(remarks) == 1000
    path = tmp_path / "sdn.csv"
    path.write_text(f'7,"ZAHIRI","individual","SDGT",{",".join([NULL] * 7)},"{remarks}"\n')
    assert values(facts(split(PRIMARY.read(path))[0]), "ofac-7")["birthDate"] == born


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_a_broken_file_is_refused_as_a_whole(known: Format, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    for data in (b"", b"\x1a", b'7,"ZAHIRI', b'7,"ZAHIRI\xff"\r\n'):
        path.write_bytes(data)
        with pytest.raises(FormatError):
            list(known.read(path))


@pytest.mark.parametrize("name", ["sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv"])
def test_every_locator_leads_to_what_was_read(name: str) -> None:
    (known,) = [one for one in FORMATS if one.recognise(Head.of(DATA / name))]
    assert _misplaced(split(known.read(DATA / name))[0], DATA / name) == []


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "known", "dataset"),
    [
        ("ofac_sdn.csv", PRIMARY, "us_ofac_sdn"),
        ("ofac_sdn_2019.csv", PRIMARY, "us_ofac_sdn"),
        ("ofac_cons_prim.csv", PRIMARY, "us_ofac_cons"),
        ("ofac_alt.csv", ALT, "us_ofac_sdn_alt"),
        ("ofac_alt_2019.csv", ALT, "us_ofac_sdn_alt"),
        ("ofac_cons_alt.csv", ALT, "us_ofac_cons_alt"),
        ("ofac_add.csv", ADD, "us_ofac_sdn_add"),
        ("ofac_cons_add.csv", ADD, "us_ofac_cons_add"),
        ("ofac_sdn_comments.csv", COMMENTS, "us_ofac_sdn_comments"),
    ],
)
def test_every_row_of_a_real_edition_is_read(
    shared: Path, name: str, known: Format, dataset: str
) -> None:
    path = shared / "lists" / name
    rows = _rows(path)
    records, rejects = split(known.read(path))
    assert [one.name for one in FORMATS if one.recognise(Head.of(path))] == [known.name]
    assert known.recognise(Head.of(path)).dataset == dataset
    assert rejects == []
    assert len(records) == len(rows)
    named = {one.entity_id if one.schema != "Address" else one.locator for one in facts(records)}
    assert {f"ofac-{row[0]}" for row in rows} <= named
    assert _misplaced(records, path) == []


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ofac_sdn.csv", "ofac_sdn_2019.csv", "ofac_cons_prim.csv"])
def test_dates_and_documents_in_real_remarks_are_all_read(shared: Path, name: str) -> None:
    path = shared / "lists" / name
    # A remark cut off at 1000 characters ends in the middle of a value.
    parts = [
        (f"row {number}, column Remarks", " ".join(part.split()))
        for number, row in enumerate(_rows(path), 1)
        for part in row[11].split(";")[
            : -1 if len(row[11]) == 1000 and row[11][-1] != "." else None
        ]
    ]
    stated = facts(split(PRIMARY.read(path))[0])
    for prop, label in {
        "birthDate": "DOB",
        "birthPlace": "POB",
        "gender": "Gender",
        "passportNumber": r"([A-Za-z ]+ )?Passport",
        "citizenship": "citizen",
        "weakAlias": r"a\.k\.a\.",
    }.items():
        opening = re.compile(rf"(alt\. )?{label}:? ", re.IGNORECASE)
        wanted = {part for part in parts if opening.match(part[1])}
        if prop == "passportNumber":  # a sentence about passports has no number in it
            wanted = {part for part in wanted if re.search(r"\d", part[1])}
        assert {(one.locator, one.original) for one in stated if one.prop == prop} == wanted, prop
