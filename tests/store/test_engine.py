"""One suite for all engines: the same queries give the same answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from manara.model import WorkspaceError
from manara.store import DuckDbEngine, Engine

PEOPLE = pa.table(
    {
        "id": ["a", "b", "c", "d", "e"],
        "name": ["محمد", "José", "", None, 'O\'Neil \\ "x"'],
        "born": pa.array(
            [datetime(1980, 1, 1, 23, 59, 59, 999999), datetime(1980, 1, 2), None, None, None],
            pa.timestamp("us"),
        ),
        "score": [1.5, None, 0.0, -2.0, 1e300],
        "sightings": pa.array([2**53 + 1, 0, None, -1, 7], pa.int64()),
    }
)
SEEN = pa.table({"who": ["a", "a", "c", "z"], "place": ["وجدة", "", "Fès", "Oujda"]})

SHOUT = "SELECT id, shout(name, ?) AS loud FROM people ORDER BY id"
JOINED = """
SELECT p.id, p.name, count(s.place) AS places, min(s.place) AS first_place
FROM people AS p LEFT JOIN seen AS s ON s.who = p.id
WHERE p.name IS NULL OR p.name <> ?
GROUP BY p.id, p.name ORDER BY p.id
"""
UNSEEN = """
SELECT p.id FROM people AS p
WHERE NOT EXISTS (SELECT 1 FROM seen AS s WHERE s.who = p.id) ORDER BY p.id
"""
BORN = "SELECT id FROM people WHERE born > CAST(? AS TIMESTAMP) ORDER BY id"
BORN_LITERAL = "SELECT id FROM people WHERE born <= TIMESTAMP '1980-01-01 23:59:59.999999'"


@pytest.fixture(scope="module", params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def base(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    spill = tmp_path_factory.mktemp("engine") / "spill"
    engine: Engine
    if request.param == "spark":
        pytest.importorskip("pyspark")
        from manara.store.spark import SparkEngine

        engine = SparkEngine.start("1GB", spill)
    else:
        engine = DuckDbEngine.start("1GB", spill)
    yield engine
    engine.close()


@pytest.fixture
def engine(base: Engine, tmp_path: Path) -> Iterator[Engine]:
    """A session with people (one file), and sightings (two files)."""
    session = base.session()
    pq.write_table(PEOPLE, tmp_path / "people.parquet")
    pq.write_table(SEEN.slice(0, 2), tmp_path / "seen 1.parquet")
    pq.write_table(SEEN.slice(2), tmp_path / "it's seen.parquet")
    session.read("people", [tmp_path / "people.parquet"])
    session.read("seen", [tmp_path / "seen 1.parquet", tmp_path / "it's seen.parquet"])
    yield session
    session.close()


def rows(table: pa.Table) -> list[tuple[object, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def test_a_table_comes_back_as_it_went_in(engine: Engine) -> None:
    assert rows(engine.fetch("SELECT * FROM people ORDER BY id")) == rows(PEOPLE)


def test_an_arrow_table_can_be_read_also_empty(engine: Engine) -> None:
    engine.read("given", PEOPLE)
    engine.read("nothing", PEOPLE.schema.empty_table())
    query = "SELECT g.* FROM given AS g LEFT JOIN nothing AS n ON n.id = g.id ORDER BY g.id"
    assert rows(engine.fetch(query)) == rows(PEOPLE)


def test_parameters_are_bound_not_pasted(engine: Engine) -> None:
    query = "SELECT id FROM people WHERE name = ?"
    assert rows(engine.fetch(query, ['O\'Neil \\ "x"'])) == [("e",)]
    assert rows(engine.fetch(query, ["' OR '1'='1"])) == []
    assert rows(engine.fetch(query, [""])) == [("c",)]


def test_joins_and_counts_over_empty_strings_and_nulls(engine: Engine) -> None:
    assert rows(engine.fetch(JOINED, ["José"])) == [
        ("a", "محمد", 2, ""),
        ("c", "", 1, "Fès"),
        ("d", None, 0, None),
        ("e", 'O\'Neil \\ "x"', 0, None),
    ]
    assert rows(engine.fetch(UNSEEN)) == [("b",), ("d",), ("e",)]


def test_times_are_compared_as_they_stand(engine: Engine) -> None:
    assert rows(engine.fetch(BORN, [datetime(1980, 1, 1, 23, 59, 59, 999999)])) == [("b",)]
    assert rows(engine.fetch(BORN_LITERAL)) == [("a",)]


def test_a_function_over_columns_sees_nulls(engine: Engine) -> None:
    def shout(name: pa.Array, mark: pa.Array) -> pa.Array:
        assert isinstance(name, pa.Array)
        return pc.binary_join_element_wise(
            pc.utf8_upper(pc.fill_null(name, "nobody")), mark, "", null_handling="replace"
        )

    engine.register("shout", shout, [pa.string(), pa.string()], pa.string())
    assert [loud for _, loud in rows(engine.fetch(SHOUT, ["!"]))] == [
        "محمد!",
        "JOSÉ!",
        "!",
        "NOBODY!",
        'O\'NEIL \\ "X"!',
    ]


def test_a_materialised_result_outlives_what_it_was_made_of(engine: Engine) -> None:
    engine.read("changing", PEOPLE)
    engine.materialise("kept", "SELECT id FROM changing WHERE name = ?", ["José"])
    engine.define("followed", "SELECT * FROM kept")
    engine.read("changing", PEOPLE.schema.empty_table())
    assert rows(engine.fetch("SELECT id FROM followed")) == [("b",)]


def test_a_stream_keeps_the_order(engine: Engine) -> None:
    batches = engine.stream("SELECT id FROM people WHERE id > ? ORDER BY id DESC", ["a"])
    assert [value for batch in batches for value in batch["id"].to_pylist()] == list("edcb")


def test_a_result_is_written_as_one_file(engine: Engine, tmp_path: Path) -> None:
    engine.write("SELECT * FROM people ORDER BY id DESC", tmp_path / "out.parquet")
    assert rows(pq.read_table(tmp_path / "out.parquet")) == rows(PEOPLE)[::-1]


def test_sessions_share_functions_but_not_names(base: Engine) -> None:
    base.register("same", lambda text: text, [pa.string()], pa.string())
    one, other = base.session(), base.session()
    one.read("mine", PEOPLE)
    other.read("mine", SEEN)
    assert len(one.fetch("SELECT same(id) AS id FROM mine")) == 5
    assert len(other.fetch("SELECT same(who) AS who FROM mine")) == 4


def test_spark_that_is_not_installed_is_said_plainly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from manara.store.spark import SparkEngine

    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(WorkspaceError, match=r"manara\[spark\]"):
        SparkEngine.start("1GB", tmp_path)


def test_a_memory_limit_that_is_none_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="size such as 1GB"):
        DuckDbEngine.start("plenty", tmp_path)


def test_what_does_not_fit_into_memory_spills(tmp_path: Path) -> None:
    engine = DuckDbEngine.start("100MB", tmp_path / "spill")
    query = "SELECT md5(CAST(i AS VARCHAR)) AS h FROM range(3000000) AS t(i) ORDER BY h"
    last, total = "", 0
    for batch in engine.stream(query):
        values = batch["h"].to_pylist()
        assert last < values[0]
        last, total = values[-1], total + len(values)
    engine.close()
    assert total == 3_000_000


def test_rows_are_counted_through_files_and_groups_go_to_a_function(
    engine: Engine, tmp_path: Path
) -> None:
    if not isinstance(engine, DuckDbEngine):
        pytest.importorskip("pandas")
    for name, numbers in (("b", [1, 2, 1]), ("a", [2, 2])):
        pq.write_table(pa.table({"number": numbers}), tmp_path / f"{name}.parquet")
    engine.read_numbered("numbered", [tmp_path / "b.parquet", tmp_path / "a.parquet"])
    found = engine.fetch("SELECT row_number, number FROM numbered ORDER BY row_number")
    assert rows(found) == [(0, 1), (1, 2), (2, 1), (3, 2), (4, 2)]

    def each(group: pa.Table) -> pa.Table:
        numbers = set(group["number"].to_pylist())
        total = sum(group["row_number"].to_pylist())
        return pa.table({"numbers": [str(numbers)], "total": [total]})

    gives = pa.schema({"numbers": pa.string(), "total": pa.int64()}.items())
    engine.apply("SELECT * FROM numbered", "number", each, gives, tmp_path / "made")
    made = [pq.read_table(path) for path in (tmp_path / "made").glob("*.parquet")]
    assert sorted(rows(pa.concat_tables(made))) == [("{1}", 2), ("{2}", 8)]
