from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.formats import delimited, delimited_blocks
from manara.formats.delimited import Row, rows
from manara.formats.delimited_blocks import Block
from manara.model import FormatError, Reject


def write(folder: Path, data: bytes | str) -> Path:
    path = folder / "list.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_rows_carry_their_number_and_fields_their_place(tmp_path: Path) -> None:
    path = write(tmp_path, 'Name,Town\nZoé Lémaître,"Évry\nCourcouronnes"\n\nسمير النجار,\n')
    first, second = rows(path)
    assert first == Row(2, {"Name": "Zoé Lémaître", "Town": "Évry\nCourcouronnes"})
    assert second == Row(4, {"Name": "سمير النجار", "Town": ""})
    assert isinstance(second, Row)
    assert (second.locator, second.at("Name")) == ("row 4", "row 4, column Name")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_marks_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    text = end.join(["Nom,Prénom", "Lémaître,Zoé", "النجار,سمير", ""])
    names = [row.values["Nom"] for row in rows(write(tmp_path, text.encode(encoding)))]  # type: ignore[union-attr]
    assert names == ["Lémaître", "النجار"]


def test_a_declared_encoding_and_no_other_guess(tmp_path: Path) -> None:
    path = write(tmp_path, "Nom\nLémaître\n".encode("cp1252"))
    assert list(rows(path, encoding="cp1252")) == [Row(2, {"Nom": "Lémaître"})]
    with pytest.raises(FormatError, match="line 2: bytes that are not UTF-8"):
        list(rows(path))


def test_bad_bytes_are_found_far_into_the_file(tmp_path: Path) -> None:
    good = "a,é\n" * 50_000
    path = write(tmp_path, good.encode() + b"b,\xff\n" + good.encode())
    with pytest.raises(FormatError, match="line 50001: bytes that are not UTF-8"):
        list(rows(path))


def test_header_below_a_first_line_and_columns_without_header(tmp_path: Path) -> None:
    path = write(tmp_path, "Last Updated,01/02/2025\nA,B,C\n1,2,3\n")
    assert list(rows(path, header_row=2)) == [Row(3, {"A": "1", "B": "2", "C": "3"})]
    path = write(tmp_path, "\nA,B\n1,2\n")
    assert list(rows(path)) == [Row(3, {"A": "1", "B": "2"})]
    path = write(tmp_path, "1,2\n3,4\n\x1a")
    assert list(rows(path, columns=("A", "B"))) == [
        Row(1, {"A": "1", "B": "2"}),
        Row(2, {"A": "3", "B": "4"}),
    ]


def test_a_header_without_a_required_column_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "A,B\n1,2\n")
    assert list(rows(path, required=["A", "B"])) == [Row(2, {"A": "1", "B": "2"})]
    with pytest.raises(FormatError, match="row 1: the header lacks Z"):
        list(rows(path, required=["A", "Z"]))


def test_no_column_is_lost_to_another_of_its_name(tmp_path: Path) -> None:
    assert list(rows(write(tmp_path, "A,,A\n1,2,3\n"))) == [
        Row(2, {"A": "1", "column 2": "2", "A (2)": "3"})
    ]


def test_a_bad_row_is_set_aside_and_the_rest_read(tmp_path: Path) -> None:
    path = write(tmp_path, 'A,B\n1\n1,2,3\n"x"y,2\n5,6\n')
    few, many, quote, good = rows(path)
    assert few == Reject("row 2", "row", "1 fields where there are 2 columns", "1")
    assert many == Reject("row 3", "row", "3 fields where there are 2 columns", "1,2,3")
    assert isinstance(quote, Reject)
    assert (quote.locator, quote.excerpt) == ("row 4", '"x"y,2\n')
    assert good == Row(5, {"A": "5", "B": "6"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ('A,B\n1,2\n3,"x', "row 3: a quoted field does not end"),
        ("A,B\n1,2\n3", "row 3: the file is cut off in its last row"),
        ("A,B\n1,\x002\n", "line 2: the file holds NUL"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        list(rows(write(tmp_path, text)))


def test_a_complete_last_row_needs_no_line_end(tmp_path: Path) -> None:
    assert list(rows(write(tmp_path, "A,B\n1,2"))) == [Row(2, {"A": "1", "B": "2"})]


def test_a_giant_field_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_FIELD", 1000)
    path = write(tmp_path, f"A,B\n{'x' * 5000},2\n3,4\n")
    giant, good = rows(path)
    assert isinstance(giant, Reject)
    assert (giant.locator, giant.excerpt) == ("row 2", "x" * 500)
    assert good == Row(3, {"A": "3", "B": "4"})


def test_a_quote_that_swallows_the_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "MAX_FIELD", 1000)
    with pytest.raises(FormatError, match="row 2: a quoted field does not end"):
        list(rows(write(tmp_path, 'A,B\n"1,2\n' + "3,4\n" * 700)))


_text = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda text: bool(text.strip())
)


@given(st.lists(st.tuples(_text, st.sampled_from(["", "a\nb", 'q"q', "Œ,é"])), max_size=8))
def test_whatever_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str]]
) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("A", "B"), *table])
    path = write(tmp_path_factory.mktemp("rows"), out.getvalue())
    assert [tuple(row.values.values()) for row in rows(path)] == table  # type: ignore[union-attr]


_CELLS = st.sampled_from(
    ["a", "", " ", "é", '"', '""', '"b"', '"c,d"', '"e\nf"', '"g""h"', "\x1a", "أ", "x" * 9, "\r"]
)
_LINES = st.lists(_CELLS, min_size=1, max_size=3).map(",".join)


@given(
    lines=st.lists(_LINES, max_size=12),
    head=st.sampled_from(["A", "A,B", "Über\nA,B", "\ufeffA,B", "A,B\n"]),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.sampled_from(["", "\n"]),
    chunk=st.sampled_from([8, 30, 4096]),
)
def test_rows_at_once_are_rows_one_by_one(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[str],
    head: str,
    end: str,
    last: str,
    chunk: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "list.csv"
    path.write_bytes((end.join([head, *lines]) + last).encode())
    kinds = {"delimiter": ",", "header_row": 1 + head.count("Über"), "encoding": "utf-8"}

    def told(read: Callable[..., Iterator[Any]]) -> list[Any]:
        names: list[str] = []
        found: list[Any] = [names]
        try:
            for item in read(path, names, **kinds):
                if isinstance(item, Block):
                    cells = zip(*(column.to_pylist() for column in item.columns), strict=True)
                    found += zip(item.numbers.tolist(), map(list, cells), strict=True)
                else:
                    found.append(item)
        except FormatError as error:
            found.append(str(error))
        return found

    with patch.object(delimited_blocks, "CHUNK", chunk):
        assert told(delimited_blocks.blocks) == told(delimited.fields)


def test_plain_rows_are_read_many_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "A,B\n1,2\n" + '3,"4,5"\r\n' * 3 + ",\n6,7\n8,9")
    kinds = {"delimiter": ",", "header_row": 1, "encoding": "utf-8"}
    first, block, last = delimited_blocks.blocks(path, [], **kinds)  # type: ignore[arg-type]
    assert (first, last) == ((2, ["1", "2"]), (8, ["8", "9"]))
    assert isinstance(block, Block)
    assert block.numbers.tolist() == [3, 4, 5, 7]
    assert [column.to_pylist() for column in block.columns] == [
        ["3", "3", "3", "6"],
        ["4,5", "4,5", "4,5", "7"],
    ]
