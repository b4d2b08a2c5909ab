"""Files taken part by part give what the table in memory gives."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manara.money import PATTERNS, ROLES, Mined, mine, mine_parts
from manara.money import bulk, miner

ASKED: dict[str, Any] = {
    "window": 40,
    "windows": {"pass-through": 15},
    "sizes": {name: 2 for name in PATTERNS} | {"dormant": 3},
    "threshold": 10,
    "band": 0.3,
    "dormancy": 30,
}
AMOUNTS = st.sampled_from(("7", "8", "9", "9", "20", "20", "0", "-1", "much", None))
#: Times mostly near each other and in any order; two far away; one that cannot be read.
TIMES = st.sampled_from((*map(str, range(0, 90, 3)), "200", "230", "soon", None))


def tables(parties: st.SearchStrategy[Any]) -> st.SearchStrategy[pa.Table]:
    row = st.tuples(st.integers(0, 60).map("p{:02}".format), TIMES, parties, parties, AMOUNTS)
    names = ("tx_id", "ts", "src", "dst", "amount")
    return st.lists(row, max_size=40).map(
        lambda rows: pa.table(
            {
                name: pa.array([one[k] for one in rows], None if rows else pa.string())
                for k, name in enumerate(names)
            }
        )
    )


def instances(found: Mined) -> list[tuple[Any, ...]]:
    """Every instance as plain values, in the order in which they were found."""
    ids = found.tx_id.take(found.members).to_pylist()
    ends = found.offsets.tolist()
    names = found.account_names
    return [
        (
            PATTERNS[found.pattern[k]],
            int(found.size[k]),
            int(found.closing[k]),
            tuple(found.payments(k).tolist()),
            tuple(ids[ends[k] : ends[k + 1]]),
            tuple(ROLES[role] for role in found.roles[ends[k] : ends[k + 1]]),
            tuple(
                str(who) if names is None else names[who].as_py()
                for who in found.accounts[k].tolist()
                if who >= 0
            ),
            *(int(fact[k]) for fact in (found.first, found.last, found.sum_in, found.sum_out)),
            int(found.dwell[k]),
            found.currency_name(k),
        )
        for k in range(len(found))
    ]


def assert_alike(table: pa.Table, source: Path, **asked: Any) -> None:
    whole, parts = mine(table, **asked), list(mine_parts(source, **asked))
    assert [one for part in parts for one in instances(part)] == instances(whole)
    assert [one for part in parts for one in part.set_aside()] == list(whole.set_aside())
    assert sum(part.late for part in parts) == whole.late
    assert [one for part in parts for one in part.cut_short.tolist()] == whole.cut_short.tolist()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a few payments."""
    monkeypatch.setattr(bulk, "BATCH_ROWS", 7)
    monkeypatch.setattr(miner, "_AT_ONCE", 3)
    monkeypatch.setattr("manara.money.reading._BATCH_ROWS", 5)


ONCE = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("budget", [None, 4])
@ONCE
@given(table=tables(st.sampled_from("ABCDEF")))
def test_a_file_in_parts_says_what_the_table_says(
    tmp_path: Path, budget: int | None, table: pa.Table
) -> None:
    pq.write_table(table, tmp_path / "payments.parquet")
    assert_alike(table, tmp_path / "payments.parquet", budget=budget, **ASKED)
