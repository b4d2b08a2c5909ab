"""What of a file of declarations is used, and what is set aside and why."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.model import FormatError, UsageError
from manara.money.trade import COLUMNS, declarations_of, declarations_of_file
from manara.money.trade.naming import invoices_in, names_goods
from manara.money.trade.reading import NEEDED, plain_number

HEAD = "id,date,exporter,importer,hs_code,value,currency,net_weight_kg,origin,destination,direction"
GOOD = "a,2026-01-02,أمينة,Bêche SA,0901.11,10,eur,5,qa,QB,Export"

OTHER = GOOD.replace("a,", "b,", 1)


def read(folder: Path, *lines: str) -> tuple[list[dict[str, object]], list[tuple[object, ...]]]:
    path = folder / "d.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    found = declarations_of_file(path)
    return found.table.to_pylist(), [tuple(one) for one in found.set_aside]


def test_a_good_row_is_taken_as_it_is_meant(tmp_path: Path) -> None:
    (row,), aside = read(tmp_path, GOOD)
    assert not aside
    assert (row["exporter"], row["importer"]) == ("أمينة", "Bêche SA")
    assert (row["day"], row["hs"], row["chapter"]) == (20_455, "090111", "09")
    assert (row["value"], row["currency"], row["weight"]) == (10, "EUR", 5)
    assert (row["origin"], row["destination"], row["direction"]) == ("QA", "QB", "export")


@pytest.mark.parametrize(
    ("line", "id_", "rule"),
    [
        (GOOD.replace("a,", ",", 1), None, "no id"),
        (GOOD, "a", "an id that came before"),
        (GOOD.replace("a,2026-01-02", "b,yesterday"), "b", "no date that can be read"),
        (GOOD.replace("a,2026-01-02", "b,infinity"), "b", "no date that can be read"),
        (GOOD.replace("a,2026-01-02", "b,290000-01-01"), "b", "no date that can be read"),
        (GOOD.replace("a,2026-01-02,أمينة", "b,2026-01-02,"), "b", "no exporter or no importer"),
        (OTHER.replace("0901.11", "09"), "b",
         "no Harmonized System code of four digits or more"),
        (OTHER.replace(",10,", ",-10,"), "b", "no positive value below 10^18"),
        (OTHER.replace(",10,", ",nan,"), "b", "no positive value below 10^18"),
        (OTHER.replace(",10,", ",inf,"), "b", "no positive value below 10^18"),
        (OTHER.replace("eur", "euro"), "b", "no currency of ISO 4217"),
    ],
)  # fmt: skip
def test_a_bad_row_is_set_aside_with_its_rule(
    tmp_path: Path, line: str, id_: str | None, rule: str
) -> None:
    rows, aside = read(tmp_path, GOOD, line)
    assert [row["id"] for row in rows] == ["a"]
    assert aside == [(2, id_, "", rule)]


def test_a_bad_value_is_set_aside_alone(tmp_path: Path) -> None:
    (row,), aside = read(tmp_path, "a,2026-01-02,s,b,090111,10,EUR,0,Atlantis,QB,transit")
    assert (row["weight"], row["origin"], row["direction"]) == (None, None, None)
    assert row["destination"] == "QB"
    assert {(one[0], one[2]) for one in aside} == {
        (1, "net_weight_kg"),
        (1, "origin"),
        (1, "direction"),
    }


def test_a_code_that_lost_its_leading_zero_gets_it_back() -> None:
    rows = {name: ["x"] for name in NEEDED} | {"date": ["2026-01-01"], "value": ["1"]}
    table = pa.table(rows | {"currency": ["EUR"], "hs_code": pa.array([90111])})
    assert declarations_of(table).table["hs"].to_pylist() == ["090111"]


def test_parquet_and_text_give_the_same(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, GOOD)
    names = HEAD.split(",")
    typed = dict(zip(names, ([cell] for cell in GOOD.split(",")), strict=True))
    table = pa.table(typed).set_column(5, "value", pa.array([10.0]))
    pq.write_table(table, tmp_path / "d.parquet")
    assert declarations_of_file(tmp_path / "d.parquet").table.to_pylist() == rows


def test_a_missing_column_and_a_file_of_something_else_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column hs_code"):
        declarations_of(pa.table({name: ["x"] for name in NEEDED if name != "hs_code"}))
    (tmp_path / "d.csv").write_bytes(b"\xff\xfe\x00PNG\x00")
    with pytest.raises(FormatError):
        declarations_of_file(tmp_path / "d.csv")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({name: st.none() | st.text(max_size=4) for name in COLUMNS}),
        min_size=1,
        max_size=5,
    )
)
def test_every_row_is_either_used_or_set_aside(rows: list[dict[str, str | None]]) -> None:
    table = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in COLUMNS})
    found = declarations_of(table)
    whole = [one.row for one in found.set_aside if not one.column]
    assert sorted([*found.table["row_number"].to_pylist(), *whole]) == list(range(1, len(rows) + 1))


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("INV-2026/0017", "INV202617"),
        ("inv 2026 / 17", "INV202617"),
        ("0017", "17"),
        ("100", "100"),
        ("№ ٠١٧-ف", "٠١٧ف"),
        ("--", None),
        (None, None),
    ],
)
def test_numbers_of_documents_meet_in_one_spelling(written: str | None, plain: str | None) -> None:
    assert plain_number(pa.array([written], pa.string())).to_pylist() == [plain]


@pytest.mark.parametrize(
    ("purpose", "numbers"),
    [
        ("Payment of invoice INV-2026/0017", ("INV-2026/0017",)),
        ("invoice no. 17, 18 and 19 less discount 3", ("17", "18", "19")),
        ("facture n° F22-09 du 3.4.2026", ("F22-09",)),
        ("Rechnung 4711 vom 03.04.2026", ("4711",)),
        ("Inv. 2026-01-05 R5", ("R5",)),
        ("оплата по счёт № 55", ("55",)),
        ("تسديد فاتورة رقم 88", ("88",)),
        ("rent for 17 High Street", ()),
        ("", ()),
    ],
)
def test_a_purpose_names_its_invoices(purpose: str, numbers: tuple[str, ...]) -> None:
    assert invoices_in(purpose) == numbers


def test_a_purpose_says_that_it_is_for_goods() -> None:
    assert names_goods("Shipment of spare parts")
    assert names_goods("marchandises, facture 3")
    assert not names_goods("invoice 3, training of staff")
