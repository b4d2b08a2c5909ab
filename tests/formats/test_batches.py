"""Tables read column by column: the same events, facts and rejects as row by row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manara.formats import (
    Account,
    Batch,
    Format,
    Institution,
    Party,
    Payment,
    columns,
    get,
    payment_book,
    write_mt103,
    write_pacs008,
)
from manara.model import FormatError, Record, Reject, UsageError, event
from manara.store.event_columns import identified

TEXTS = st.sampled_from(["", " ", "A-1", "رقم ١", 'a"b\\c', "é", "\x7f", "𐍈", "0", "XOF"])
TYPES: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "number": (pa.int64(), st.integers(-3, 10**18)),
    "small": (pa.int32(), st.integers(0, 5)),
    "float": (
        pa.float64(),
        st.floats() | st.sampled_from([0.1, 1500.25, 1e18, 1e-7, -0.0, 123456789.123]),
    ),
    "single": (pa.float32(), st.floats(width=32)),
    "decimal": (pa.decimal128(20, 4), st.decimals(-9, 10**15, places=4)),
    "fine": (pa.decimal128(38, 20), st.decimals(0, 1, places=20)),
    "text": (
        pa.string(),
        TEXTS
        | st.sampled_from(["12.50", "-1", "1e5", "NaN", "٣", "0", "12,5", "1" * 25, "0.00000001"]),
    ),
    "large": (pa.large_string(), TEXTS),
    "coded": (pa.dictionary(pa.int32(), pa.string()), TEXTS),
    "flag": (pa.bool_(), st.booleans()),
    "moment": (pa.timestamp("us"), st.datetimes()),
    "second": (pa.timestamp("s"), st.datetimes().map(lambda at: at.replace(microsecond=0))),
    "zoned": (
        pa.timestamp("ms", "Africa/Tunis"),
        st.datetimes(datetime(1902, 1, 1), datetime(2100, 1, 1)).map(
            lambda at: at.replace(microsecond=0, tzinfo=UTC)
        ),
    ),
    "day": (pa.date32(), st.dates()),
    "iso": (
        pa.string(),
        st.sampled_from(
            [
                "2026-03-02",
                "2026-03-02T10:00:00+01:00",
                "02/03/2026",
                "",
                "2026-02-30",
                "9999-12-31",
            ]
        ),
    ),
    "code": (pa.string(), st.sampled_from(["EUR", "XOF", "USDT", "QQQ", "", "eur", "DEM"])),
    "list": (pa.list_(pa.string()), st.lists(TEXTS, max_size=3)),
}
NUMBERS = ("number", "small", "float", "single", "decimal", "fine", "text")
COLUMNS = {
    "ts": ("moment", "second", "zoned", "day", "iso", "number", "small", "float"),
    "amount": NUMBERS,
    "instructed_amount": NUMBERS,
    "currency": ("code", "code", "coded"),
    "src": ("text", "large", "coded", "number", "float", "flag", "day"),
    "dst": ("text", "number", "small"),
    "src_bank": ("text", "number"),
    "tx_id": ("text", "number", "float", "flag", "small"),
    "payer": ("text", "coded"),
    "intermediaries": ("list",),
    "purpose": ("text", "day"),
    "reference": ("text",),
}


#: Cells of some types that are plainly what they should be.
CLEAN: dict[str, st.SearchStrategy[Any]] = {
    "code": st.sampled_from(["EUR", "XOF"]),
    "float": st.integers(0, 10**6).map(lambda cents: cents / 100),
    "number": st.integers(0, 10**9),
    "decimal": st.decimals(0, 10**6, places=2),
    "text": st.sampled_from(["12.50", "7", "0"]),
    "iso": st.sampled_from(["2026-03-02", "2026-03-02T10:00:00+01:00"]),
}


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    more = draw(st.sets(st.sampled_from(sorted(COLUMNS)), max_size=4))
    names = {"ts", "amount", "src", *more} | ({"currency"} if draw(st.booleans()) else set())
    rows = draw(st.integers(1, 60))
    is_clean = draw(st.booleans())
    made = {}
    for name in sorted(names):
        chosen = draw(st.sampled_from(COLUMNS[name]))
        kind, cells = TYPES[chosen]
        usual = CLEAN.get(chosen, cells) if is_clean else cells
        column = draw(st.lists(usual, min_size=rows, max_size=rows))
        if draw(st.integers(0, 2)) == 0:
            column[draw(st.integers(0, rows - 1))] = draw(st.none() | cells)
        made[name] = pa.array(column, kind)
    return pa.table(made)


def outcome(items: Iterator[Batch | Record | Reject]) -> dict[str, Any]:
    """Return events, statements and rejects as the workspace would keep them."""
    events: list[tuple[Any, ...]] = []
    stated: list[Any] = []
    rejects: list[Reject] = []
    records = 0
    origin = {"dataset": "bank", "handling_id": "h"}
    for item in items:
        if isinstance(item, Reject):
            rejects.append(item)
        elif isinstance(item, Batch):
            records += len(item.events)
            stated += item.stated
            rows = identified(item.events, item.table, **origin).to_pylist()
            events += [tuple(filled(row)) for row in rows]
        else:
            records += 1
            stated += item.stated
            for told in item.events:
                try:
                    made = event(*told, **origin)
                except UsageError as error:
                    rejects.append(Reject(told.locator, "event", str(error)))
                    continue
                row = {"id": made.id, "locator": made.locator, **made.values}
                events.append(tuple(filled(row)))
    return {"records": records, "events": events, "stated": stated, "rejects": rejects}


def filled(row: dict[str, Any]) -> list[tuple[str, Any]]:
    made = {
        name: each.astimezone(UTC).replace(tzinfo=None)
        if isinstance(each, datetime) and each.tzinfo
        else list(each)
        if isinstance(each, tuple)
        else each
        for name, each in row.items()
        if each is not None
    }
    return sorted(
        (name, str(each) if isinstance(each, list) else each) for name, each in made.items()
    )


def taken(read: Callable[[Path], Iterator[Any]], path: Path) -> dict[str, Any] | str:
    try:
        return outcome(read(path))
    except FormatError:
        return "refused"


def check(format_: Format, path: Path) -> None:
    assert format_.batches is not None
    assert taken(format_.batches, path) == taken(format_.read, path)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=tables(), rows=st.sampled_from([24, columns.ROWS]))
def test_parquet_in_batches_is_parquet_in_rows(
    tmp_path_factory: pytest.TempPathFactory, table: pa.Table, rows: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "t.parquet"
    pq.write_table(table, path)
    with patch.object(columns, "ROWS", rows):
        check(get("payments-parquet"), path)


@pytest.mark.parametrize("name", ["iso20022-pacs008", "swift-mt103"])
def test_messages_in_batches_are_messages_one_by_one(tmp_path: Path, name: str) -> None:
    bank, payee = Institution("AGRIFRPP"), Party("Amina Cisse", address="1 Rue, Dakar")
    sums = [Decimal("12.50"), Decimal(0), Decimal("0.1"), Decimal(10) ** 15, Decimal(7)]
    payments = [
        Payment(
            time=datetime(2026, 3, 1 + n % 2, tzinfo=UTC), amount=each, currency="EUR",
            reference=f"R{n}", unique=f"8a562c67-ca16-48ba-b074-65581be6f00{n}", payee=payee,
            payer=Party(f"Tom Baker {n}"), payer_account=Account(number=str(n)),
            payer_institution=bank, payee_institution=Institution("DEUTDEFF"),
            intermediaries=(bank,) * (n % 2), purpose="rent" * (n % 2),
        )
        for n, each in enumerate([*sums, *sums])
    ]  # fmt: skip
    path = tmp_path / "messages"
    (write_pacs008 if name.startswith("iso") else write_mt103)(payments, path)
    # The first number is too long for any column, the second is none.
    text = path.read_text("utf-8").replace("1000000000000000", "9" * 40, 1)
    path.write_text(text.replace("12.50", "12.5.0", 1).replace("EUR12,50", "EUR12,5,0", 1), "utf-8")
    for at_once in (2, 3, 4096):
        with patch.object(payment_book, "_AT_ONCE", at_once):
            check(get(name), path)
    found = outcome(get(name).read(path))
    assert len(found["events"]) == 8
    assert {each.rule for each in found["rejects"]} == {"amount", "event"}


def test_a_bad_row_among_good_ones_stands_alone(tmp_path: Path) -> None:
    count = 100
    sums = [float(n) for n in range(count)]
    sums[40], sums[70] = -1.0, math.nan
    seconds = pa.array(range(count), pa.int64())
    accounts = [f"A{n % 10}" for n in range(count)]
    table = pa.table({"ts": seconds, "amount": sums, "src": accounts, "dst": accounts[::-1]})
    pq.write_table(table, tmp_path / "t.parquet")
    read = get("payments-parquet").batches
    assert read is not None
    items = list(read(tmp_path / "t.parquet"))
    assert [len(item.events) for item in items if isinstance(item, Batch)] == [40, 29, 29]
    rejects = [item for item in items if isinstance(item, Reject)]
    assert [(each.locator, each.rule) for each in rejects] == [
        ("row 41, column amount", "amount"),
        ("row 71, column amount", "amount"),
    ]
