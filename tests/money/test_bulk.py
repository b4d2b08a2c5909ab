"""Files taken part by part give what the table in memory gives."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manara.model import FormatError, UsageError
from manara.money import PATTERNS, ROLES, Mined, bulk, mine, mine_parts, miner
from manara.money.listing import listing
from manara.money.slices import mine_slices
from manara.store.engine import DuckDbEngine, Engine

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
    monkeypatch.setattr(bulk, "_ROWS", 7)
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


@pytest.mark.usefixtures("small")
def test_whole_numbers_far_apart_are_accounts_too(tmp_path: Path) -> None:
    table = pa.table(
        {
            "tx_id": [3, 2, 1],
            "ts": [10, 20, 30],
            "src": [10**15, -4, 7],
            "dst": [-4, 7, 10**15],
            "amount": [1.0, 1.0, 1.0],
        }
    )
    pq.write_table(table, tmp_path / "payments.parquet")
    assert_alike(table, tmp_path / "payments.parquet", **ASKED)


@pytest.mark.usefixtures("small")
def test_a_folder_of_files_is_one_table_by_name(tmp_path: Path) -> None:
    rows = [
        (f"p{k}", str(k), "ABC"[k % 3], "BCA"[k % 3], "5", ("EUR", None)[k % 2]) for k in range(20)
    ]
    names = ("tx_id", "ts", "src", "dst", "amount", "currency")
    table = pa.table({name: [row[k] for row in rows] for k, name in enumerate(names)})
    (tmp_path / "b").mkdir()
    pq.write_table(table.slice(0, 9), tmp_path / "a.parquet")
    late = table.slice(9)
    accounts = late["src"].dictionary_encode()
    pq.write_table(late.set_column(2, "src", accounts), tmp_path / "b" / "late.parquet")
    assert_alike(table, tmp_path, **ASKED)
    assert instances(mine(tmp_path, **ASKED)) == instances(mine(table, **ASKED))


@pytest.mark.usefixtures("small")
def test_csv_with_seconds_and_with_zones(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "tx_id,ts,src,dst,amount\na,1000,S,T,5\nb,1970-01-01T00:17:00Z,T,S,5\nc,never,T,S,5\n"
    )
    aside, *parts = mine_parts(tmp_path / "p.csv", ["cycle"])
    assert list(aside.set_aside()) == [(2, "c", "no time")]
    (found,) = [part for part in parts if len(part)]
    assert (found.first.tolist(), found.last.tolist()) == ([1000], [1020])


def test_files_that_are_no_payments_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no Parquet files in the folder"):
        next(mine_parts(tmp_path))
    pq.write_table(
        pa.table({"tx_id": [1], "ts": [1], "src": [1], "dst": [2]}), tmp_path / "a.parquet"
    )
    with pytest.raises(FormatError, match="no column amount"):
        next(mine_parts(tmp_path))
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(FormatError, match=r"a\.parquet"):
        next(mine_parts(tmp_path))


def plain(found: pa.Table) -> list[dict[str, Any]]:
    """Rows, times in microseconds."""
    assert found.schema.field("first").type == pa.timestamp("us", "UTC")
    for name in ("first", "last"):
        place = found.schema.get_field_index(name)
        found = found.set_column(place, name, found[name].cast(pa.int64()))
    return found.to_pylist()


def assert_slices_alike(engine: Engine, table: pa.Table, folder: Path, **asked: Any) -> None:
    length = asked.pop("length")
    folder.mkdir()
    pq.write_table(table, folder / "payments.parquet")
    whole = mine(table, **asked)
    aside = mine_slices(engine, folder / "payments.parquet", folder, length=length, **asked)
    found = plain(pa.concat_tables(map(pq.read_table, (folder / "patterns").glob("*.parquet"))))
    expected = [
        one | {"closing": row, "cut_short": False}
        for one, row in zip(plain(listing(whole)), whole.closing.tolist(), strict=True)
    ]
    told = [one for one in found if not one["cut_short"]]
    assert sorted(map(str, told)) == sorted(map(str, expected))
    short = [(one["pattern"], one["closing"]) for one in found if one["cut_short"]]
    assert sorted(short) == sorted((PATTERNS[code], row) for code, row in whole.cut_short.tolist())
    assert [tuple(one.values()) for one in aside.to_pylist()] == list(whole.set_aside())


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = DuckDbEngine.start("1GB", tmp_path_factory.mktemp("spill"))
    yield engine
    engine.close()


@pytest.mark.parametrize("budget", [None, 4])
@ONCE
@given(table=tables(st.sampled_from("ABCDEF")), length=st.integers(7, 90))
def test_slices_of_time_say_what_the_table_says(
    local: Engine, tmp_path: Path, budget: int | None, table: pa.Table, length: int
) -> None:
    folder = tmp_path / uuid4().hex
    assert_slices_alike(local.session(), table, folder, length=length, budget=budget, **ASKED)


@pytest.mark.spark
def test_a_cluster_says_what_the_table_says(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    pytest.importorskip("pandas")
    from manara.store.spark import SparkEngine

    rng = random.Random(5)
    rows = [
        {
            "tx_id": f"p{rng.randrange(190)}",
            "ts": rng.randrange(400),
            "src": rng.choice("ABCDEFGH"),
            "dst": rng.choice("ABCDEFGH"),
            "amount": rng.choice((7.0, 8.0, 9.0, 9.0, 20.0, -1.0)),
        }
        for _ in range(200)
    ]
    engine = SparkEngine.start("1GB", tmp_path / "spill")
    table = pa.Table.from_pylist(rows)
    assert_slices_alike(engine, table, tmp_path / "work", length=60, budget=None, **ASKED)
    engine.close()
