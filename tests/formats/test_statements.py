"""OpenSanctions statements: each row a record, the source's ids, the publisher's clusters."""

from __future__ import annotations

from pathlib import Path

import pytest

from manara.formats import statements
from manara.formats.base import Head
from manara.model import EXISTS, FormatError, Record, Reject, Stated

FILE = Path(__file__).parent / "data" / "statements" / "statements.csv"
HEADER = "canonical_id,entity_id,prop,schema,value,dataset\n"


def test_rows_are_records_about_the_source_s_entities() -> None:
    records = [item for item in statements.FORMAT.read(FILE) if isinstance(item, Record)]
    un, ofac = "dataset un_demo", "dataset ofac_demo"
    assert [record.stated for record in records] == [
        [
            Stated("src-17", "Person", "name", "سليم إكزمبل", f"row 2, {un}", "ara"),
            Stated("src-17", "Person", EXISTS, "NK-1", f"row 2, {un}"),
        ],
        [
            Stated("src-99", "LegalEntity", "name", "Salim EXEMPLE", f"row 3, {ofac}"),
            Stated("src-99", "LegalEntity", EXISTS, "NK-1", f"row 3, {ofac}"),
        ],
        [
            Stated("src-17", "Person", "birthDate", "1971-03", f"row 4, {un}", "", "March 1971"),
            Stated("src-17", "Person", EXISTS, "NK-1", f"row 4, {un}"),
        ],
        [Stated("src-17", "Person", EXISTS, "src-17", f"row 5, {un}")],
        [
            Stated(
                "src-5",
                "Company",
                "notes",
                'dit "le Modèle", première ligne\ndeuxième ligne',
                f"row 6, {un}",
                "fra",
            )
        ],
        [Stated("src-7", "Company", EXISTS, "src-7", f"row 8, {un}")],
    ]


def test_rows_that_cannot_be_used_are_set_aside() -> None:
    rejects = [item for item in statements.FORMAT.read(FILE) if isinstance(item, Reject)]
    assert [(reject.locator, reject.rule) for reject in rejects] == [
        ("row 7, column external", "external"),
        ("row 9, column entity_id", "empty"),
        ("row 10, column external", "external"),
    ]
    assert "Suggestion Ltd" in rejects[0].excerpt


@pytest.mark.parametrize(
    ("rows", "dataset"),
    [
        ("a,a,name,Person,Léa,one\na,a,alias,Person,L,one\n", "one"),
        ("a,a,name,Person,Léa,one\na,a,alias,Person,L,two\n", "opensanctions_statements"),
        ("a,a,name,Person,Léa,eu_fsf\n", "eu_fsf_statements"),
        ("", "opensanctions_statements"),
    ],
)
def test_a_file_is_one_dataset(rows: str, dataset: str) -> None:
    match = statements.FORMAT.recognise(Head((HEADER + rows).encode()))
    assert match is not None
    assert match.dataset == dataset


@pytest.mark.parametrize("text", ["", "id,schema,name\n", HEADER.replace("entity_id,", ""), '"'])
def test_other_content_is_not_recognised(text: str) -> None:
    assert statements.FORMAT.recognise(Head(text.encode())) is None


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(FILE.read_bytes()[:-6])
    with pytest.raises(FormatError):
        list(statements.FORMAT.read(path))


def test_a_file_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("canonical_id,entity_id,prop,schema,value\na,a,name,Person,Léa\n")
    with pytest.raises(FormatError, match="dataset"):
        list(statements.FORMAT.read(path))
