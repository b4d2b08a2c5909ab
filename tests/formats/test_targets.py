"""OpenSanctions simplified targets: several values a field, and what has no place of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from manara.formats import targets
from manara.formats.base import Head
from manara.model import EXISTS, FormatError, Record, Reject

FILE = Path(__file__).parent / "data" / "targets" / "targets.simple.csv"


def records() -> list[Record]:
    return [item for item in targets.FORMAT.read(FILE) if isinstance(item, Record)]


def values(record: Record, entity_id: str, prop: str) -> list[str]:
    return [s.value for s in record.stated if (s.entity_id, s.prop) == (entity_id, prop)]


def test_fields_are_split_as_they_were_quoted() -> None:
    person = records()[0]
    assert {s.schema for s in person.stated if s.entity_id == "demo-p1"} == {"Person"}
    for prop, expected in {
        "name": ["Salim Exemple"],
        "alias": ["سليم إكزمبل", "Exemple; Salim", "Abou Fictif"],
        "birthDate": ["1971-03", "1972"],
        "country": ["dz", "fr"],
        "address": ["12, rue de l'Été, Oran"],
        "idNumber": ["P0012345", "99-A"],
        "phone": ["+213555000111"],
        "email": ["salim@exemple.invalid"],
        "programId": ["XX-DEMO"],
        "publisher": ["Demo List of Invented People"],
    }.items():
        assert values(person, "demo-p1", prop) == expected, prop
    assert {s.locator for s in person.stated if s.prop == "alias"} == {"row 2, column aliases"}


def test_each_sanction_is_an_entity_that_refers_to_its_target() -> None:
    person = records()[0]
    sanctions = {s.entity_id for s in person.stated if s.schema == "Sanction"}
    assert len(sanctions) == 2
    assert {(s.prop, s.value) for s in person.stated if s.schema == "Sanction"} == {
        ("entity", "demo-p1"),
        ("summary", "DEMO-1 - Financement - Active - 2020-05-01"),
        ("summary", "DEMO-2 - Réexamen"),
    }


def test_identifiers_go_where_the_schema_has_a_place() -> None:
    vessel = records()[1]
    assert values(vessel, "demo-v1", "imoNumber") == ["IMO9999993"]
    assert values(vessel, "demo-v1", "registrationNumber") == ["REG-17"]


def test_an_empty_row_states_that_the_entity_exists() -> None:
    assert [tuple(s[:4]) for s in records()[2].stated] == [
        ("demo-o1", "Organization", EXISTS, "demo-o1")
    ]


def test_what_cannot_be_used_is_set_aside_and_the_rest_kept() -> None:
    rejects = [item for item in targets.FORMAT.read(FILE) if isinstance(item, Reject)]
    assert [(reject.locator, reject.rule) for reject in rejects] == [
        ("row 5, column id", "empty"),
        ("row 6, column aliases", "quoting"),
    ]
    assert values(records()[3], "demo-p2", "name") == ["Nadia Modèle"]


def test_the_dataset_is_the_one_title_or_a_mixture() -> None:
    text = FILE.read_text().splitlines(keepends=True)
    one = targets.FORMAT.recognise(Head("".join(text[:3]).encode()))
    mixed = "".join(text[:3]) + text[2].replace("Demo List of Invented People", "Autre liste")
    several = targets.FORMAT.recognise(Head(mixed.encode()))
    assert one is not None
    assert one.dataset == "demo_list_of_invented_people"
    assert several is not None
    assert several.dataset == "opensanctions_targets"


@pytest.mark.parametrize("text", ["", "id,schema,name\n1,Person,Léa\n", "a;b\n"])
def test_other_content_is_not_recognised(text: str) -> None:
    assert targets.FORMAT.recognise(Head(text.encode())) is None


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(FILE.read_bytes()[:-6])
    with pytest.raises(FormatError):
        list(targets.FORMAT.read(path))
