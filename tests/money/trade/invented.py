"""Invented declarations and payments, as tables that the checks take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from manara.money.book import Book, book_of_file
from manara.money.trade import Declarations, Examined, declarations_of, examine
from tests.spoken import check_spoken

START = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN = {
    "exporter": "seller",
    "importer": "buyer",
    "hs_code": "090111",
    "value": 1000.0,
    "currency": "XTS",
    "net_weight_kg": 100.0,
    "origin": "QA",
    "destination": "QB",
}


def declared(*rows: dict[str, Any]) -> Declarations:
    """Return declarations d1, d2 …: of `PLAIN`, each with what its row changes; ``day`` from 0."""
    full = [
        {"id": f"d{number}", "date": (START + timedelta(days=row.get("day", 0))).date()}
        | PLAIN
        | {name: value for name, value in row.items() if name != "day"}
        for number, row in enumerate(rows, 1)
    ]
    names = list(dict.fromkeys(name for row in full for name in row))
    found = declarations_of(pa.table({name: [row.get(name) for row in full] for name in names}))
    assert not found.set_aside
    return found


def paid(folder: Path, *rows: tuple[int, str, str, float, str]) -> Book:
    """Return payments p1, p2 … of day, payer, payee, amount and purpose."""
    table = pa.table(
        {
            "id": [f"p{number}" for number in range(1, len(rows) + 1)],
            "time": [(START + timedelta(days=row[0])).replace(tzinfo=None) for row in rows],
            "payer_account": [row[1] for row in rows],
            "payee_account": [row[2] for row in rows],
            "amount": [row[3] for row in rows],
            "currency": ["XTS"] * len(rows),
            "purpose": [row[4] for row in rows],
        }
    )
    pq.write_table(table, folder / "payments.parquet")
    return book_of_file(folder / "payments.parquet")


def shown(found: Examined) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the declarations and payments of each finding, sorted."""
    return sorted(
        (tuple(sorted(one.declarations)), tuple(sorted(one.payments))) for one in found.findings
    )


def found_by(check: str, given: Declarations, book: Book | None = None) -> Any:
    """Return the declarations and payments of each finding of one check."""
    found = examine(given, book, [check])
    check_spoken(one.finding for one in found.findings)
    return shown(found)
