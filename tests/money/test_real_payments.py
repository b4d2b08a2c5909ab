"""The miner and SQL agree on 150,000 payments of another's generator."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from manara.money import FEATURES, PATTERNS, Mined, mine

WINDOW = 14 * 86_400


@pytest.fixture(scope="module")
def payments(shared: Path) -> pa.Table:
    table = pq.read_table(shared / "money/gx_hi_tx.parquet").slice(0, 150_000)
    good = [row for row, amount in enumerate(table["amount"].to_pylist()) if amount > 0]
    return table.take(good)


@pytest.fixture(scope="module")
def mined(payments: pa.Table) -> Mined:
    return mine(payments, features=True, budget=None)


def answers(payments: pa.Table, query: str) -> list[tuple[int, ...]]:
    """Answer over `p`, the payments with their rank `i` in time."""
    columns = {name: payments[name] for name in ("ts", "src", "dst", "amount")}
    with duckdb.connect() as database:
        database.register("q", pa.table({"i": range(payments.num_rows)} | columns))
        database.execute("CREATE TABLE p AS SELECT * FROM q")
        return sorted(database.sql(query).fetchall())


def found(mined: Mined, pattern: str) -> list[int]:
    return [k for k in range(len(mined)) if mined.pattern[k] == PATTERNS.index(pattern)]


@pytest.mark.shared
def test_cycles_of_two_and_three(payments: pa.Table, mined: Mined) -> None:
    two = f"""SELECT a.i, b.i FROM p a JOIN p b ON a.src = b.dst AND a.dst = b.src
        WHERE a.i < b.i AND b.ts - a.ts <= {WINDOW}"""
    three = f"""SELECT a.i, b.i, c.i FROM p a JOIN p b ON a.dst = b.src JOIN p c
        ON b.dst = c.src AND c.dst = a.src
        WHERE a.i < b.i AND b.i < c.i AND c.ts - a.ts <= {WINDOW} AND a.src <> b.dst"""
    cycles = [tuple(mined.payments(k).tolist()) for k in found(mined, "cycle")]
    assert sorted(one for one in cycles if len(one) == 2) == answers(payments, two)
    assert sorted(one for one in cycles if len(one) == 3) == answers(payments, three)


@pytest.mark.shared
def test_distinct_counterparties(payments: pa.Table, mined: Mined) -> None:
    query = f"""SELECT b.i, count(DISTINCT a.src) FROM p b JOIN p a
        ON a.dst = b.dst AND a.i <= b.i AND b.ts - a.ts <= {WINDOW} GROUP BY 1"""
    payers = mined.features[:, FEATURES.index("payee_payers")].astype(int).tolist()
    assert list(enumerate(payers)) == answers(payments, query)


@pytest.mark.shared
def test_scatter_gathers(payments: pa.Table, mined: Mined) -> None:
    query = f"""WITH ways AS (
            SELECT y.i AS closing, a.src AS source, count(DISTINCT a.dst) AS n,
                max(CASE WHEN a.dst = y.src AND b.i < y.i THEN 1 ELSE 0 END) AS old
            FROM p y JOIN p b ON b.dst = y.dst AND b.i <= y.i AND y.ts - b.ts <= {WINDOW}
            JOIN p a ON a.dst = b.src AND a.i < b.i AND y.ts - a.ts <= {WINDOW}
            WHERE a.src <> y.dst GROUP BY 1, 2
        ), fed AS (
            SELECT DISTINCT y.i AS closing, a.src AS source FROM p y
            JOIN p a ON a.dst = y.src AND a.i < y.i AND y.ts - a.ts <= {WINDOW}
        )
        SELECT closing, source, n FROM ways JOIN fed USING (closing, source)
        WHERE old = 0 AND n IN (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 27, 33)"""
    ours = [
        (int(mined.closing[k]), int(mined.accounts[k, 0]), int(mined.size[k]))
        for k in found(mined, "scatter-gather")
    ]
    assert sorted(ours) == answers(payments, query)


@pytest.mark.shared
def test_rapid_pass_throughs(payments: pa.Table, mined: Mined) -> None:
    query = f"""SELECT max(a.i), b.i FROM p b JOIN p a ON a.dst = b.src AND a.i < b.i
        AND b.ts - a.ts <= {2 * 86_400} AND a.src <> b.dst
        AND round(b.amount * 1000) BETWEEN 0.9 * round(a.amount * 1000) AND round(a.amount * 1000)
        GROUP BY 2"""
    ours = [tuple(mined.payments(k).tolist()) for k in found(mined, "pass-through")]
    assert sorted(ours) == answers(payments, query)
