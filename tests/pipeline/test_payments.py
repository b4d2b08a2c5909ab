"""Files of payments, taken in: rows of the table, entities with their accounts, and rejects."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from manara.pipeline import Request, ingest
from manara.store import Workspace

DATA = Path(__file__).parents[1] / "formats" / "data" / "payments"


@pytest.mark.parametrize(
    ("name", "payments", "rejects"),
    [
        ("pacs008.xml", 2, set()),
        ("pain001.xml", 3, set()),
        ("camt053.xml", 4, set()),
        ("messages.mt103", 2, set()),
        ("report.goaml.xml", 2, set()),
        ("payments.ftm.json", 1, {"currency"}),
        ("payments.parquet", 2, {"column", "currency", "event"}),
    ],
)
def test_payments_come_in(tmp_path: Path, name: str, payments: int, rejects: set[str]) -> None:
    with Workspace.create(tmp_path / "w") as workspace:
        [done] = ingest(workspace, [str(DATA / name)], Request(dataset="bank", by="amina"))
        assert (done.status, done.events) == ("applied", payments)
        view = workspace.view()
        assert {row["rule"] for row in view.rejects("bank")} == rejects
        rows = view.sql("SELECT * FROM payments").to_pylist()
        known = {fact.entity_id for fact in view.facts()}
        parts = ("payer_account", "payee_account", "payer_institution", "payee_institution")
        if name != "payments.ftm.json":
            assert {row[part] for row in rows for part in (*parts, "payer", "payee")} - {
                None
            } <= known


def test_of_many_rows_on_one_account_none_is_lost(tmp_path: Path) -> None:
    count = 60_000
    numbers = range(count)
    table = pa.table(
        {
            # A clock that goes backwards, and half of the payments equal to another.
            "ts": pa.array([2_000_000_000 - n // 2 for n in numbers], pa.int64()),
            "amount": [-1.0 if n == 17 else 1e30 if n == 40_000 else 5.0 for n in numbers],
            "currency": ["QQQ" if n % 10_000 == 1 else "XOF" for n in numbers],
            "src": ["hub"] * count,
            "dst": ["hub" if n % 1000 == 0 else "shop" for n in numbers],
        }
    )
    pq.write_table(table, tmp_path / "hub.parquet")
    told: list[int] = []
    with Workspace.create(tmp_path / "w") as workspace:
        request = Request(dataset="bank", by="amina")
        [done] = ingest(
            workspace,
            [str(tmp_path / "hub.parquet")],
            request,
            lambda what, count: told.append(count),
        )
        assert (done.rejects, done.events, done.facts) == (8, count - 8, 2)
        rejects = {(row["locator"], row["rule"]) for row in workspace.view().rejects("bank")}
        assert rejects == {
            ("row 18, column amount", "amount"),
            ("row 40001", "event"),
            *((f"row {n * 10_000 + 2}, column currency", "currency") for n in range(6)),
        }
        rows = workspace.view().sql("SELECT id, locator, time FROM payments").to_pylist()
        assert (
            len({row["id"] for row in rows}) == len({row["locator"] for row in rows}) == len(rows)
        )
        assert told == sorted(told)
        [again] = ingest(workspace, [str(tmp_path / "hub.parquet")], request)
        assert again.status == "unchanged"


def test_what_stands_in_two_files_is_taken_in_once(tmp_path: Path) -> None:
    def write(name: str, first: int, last: int) -> str:
        numbers = range(first, last)
        table = pa.table(
            {
                "ts": pa.array([n // 2 for n in numbers], pa.int64()),
                "amount": [10] * len(numbers),
                "payer": ["رقم" if n % 3 else "" for n in numbers],
            }
        )
        pq.write_table(table, tmp_path / name)
        return str(tmp_path / name)

    with Workspace.create(tmp_path / "w") as workspace:
        request = Request(dataset="bank", by="amina")
        [first] = ingest(workspace, [write("monday.parquet", 0, 600)], request)
        [second] = ingest(workspace, [write("week.parquet", 300, 900)], request)
        assert (first.events, second.events) == (600, 300)
