"""Patterns in more payments than one machine holds: slices of time, each mined by itself.

The window makes slices nearly independent: each is mined after a run-up at least as long as the
window, in which nothing is reported, so that a pattern belongs to the slice of its closing payment
and is found once. What an account did before the run-up (how much it paid, when last) is all that
patterns know of times before their window, and comes with the slice as one row an account.
"""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from manara.money.asking import asked, seconds
from manara.money.layout import DORMANT, PATTERNS, Asked
from manara.money.listing import listing, listing_schema
from manara.money.mined import NONE_ASIDE, Mined, mined
from manara.money.miner import NO_FEATURES, Columns, Miner
from manara.money.payments import REASONS, checked, require
from manara.money.reading import columns_of, files_of
from manara.store.engine import Engine

#: Rows that are looked at together to say which can be mined.
_CHUNK = 1_000_000
_GOOD = """
SELECT s.* FROM checked AS s
LEFT JOIN (
    SELECT tx_id, min(row_number) AS first_row FROM checked
    WHERE reason < 0 AND tx_id IS NOT NULL GROUP BY tx_id HAVING count(*) > 1
) AS a ON s.tx_id = a.tx_id
WHERE s.reason < 0 AND (a.first_row IS NULL OR s.row_number = a.first_row)
"""
_ASIDE = """
SELECT c.row_number, c.tx_id, c.reason FROM checked AS c
WHERE NOT EXISTS (SELECT 1 FROM good AS g WHERE g.row_number = c.row_number)
ORDER BY c.row_number
"""
#: What each account did in each slice, on both sides.
_DONE = """
SELECT account, cell, run_up, sum(paid_one) AS out_total, sum(paid_band) AS out_band,
    sum(got_one) AS in_total, sum(got_band) AS in_band, max(ts) AS seen
FROM (
    SELECT src AS account, cell, run_up, ts,
        1 AS paid_one, band AS paid_band, 0 AS got_one, 0 AS got_band FROM paid
    UNION ALL
    SELECT dst, cell, run_up, ts, 0, 0, 1, band FROM paid
) AS sides
GROUP BY account, cell, run_up
"""
#: What each account of a slice did before its run-up.
_PAST = """
SELECT account, slice, out_total, out_band, in_total, in_band, seen FROM (
    SELECT account, slice,
        sum(out_total) OVER (PARTITION BY account ORDER BY cell) AS out_total,
        sum(out_band) OVER (PARTITION BY account ORDER BY cell) AS out_band,
        sum(in_total) OVER (PARTITION BY account ORDER BY cell) AS in_total,
        sum(in_band) OVER (PARTITION BY account ORDER BY cell) AS in_band,
        max(seen) OVER (PARTITION BY account ORDER BY cell) AS seen
    FROM (
        SELECT account, cell, CAST(NULL AS BIGINT) AS slice,
            out_total, out_band, in_total, in_band, seen FROM done
        UNION ALL
        SELECT account, run_up - 1, cell, 0, 0, 0, 0, CAST(NULL AS BIGINT) FROM done
    ) AS both_kinds
) AS so_far
WHERE slice IS NOT NULL AND seen IS NOT NULL
"""
_SLICES = """
SELECT s.cell AS slice, p.row_number, p.cell, p.ts, p.src, p.dst, p.amount, p.currency, p.tx_id,
    CAST(0 AS BIGINT) AS out_total, CAST(0 AS BIGINT) AS out_band,
    CAST(0 AS BIGINT) AS in_total, CAST(0 AS BIGINT) AS in_band
FROM (SELECT DISTINCT cell, run_up FROM paid) AS s
JOIN paid AS p ON p.cell BETWEEN s.run_up AND s.cell
UNION ALL
SELECT slice, NULL, NULL, seen, account, NULL, NULL, NULL, NULL,
    CAST(out_total AS BIGINT), CAST(out_band AS BIGINT),
    CAST(in_total AS BIGINT), CAST(in_band AS BIGINT)
FROM past
"""
#: Under which names the miner holds them.
_TOTALS = {
    "out_total": "out_total",
    "out_band": "out_total_band",
    "in_total": "in_total",
    "in_band": "in_total_band",
}


def mine_slices(
    engine: Engine,
    source: Path,
    folder: Path,
    patterns: Any = None,
    window: str | int = "14d",
    *,
    length: str | int | None = None,
    **limits: Any,
) -> pa.Table:
    """Return the rows set aside, after writing all patterns as Parquet files to `folder/patterns`.

    The patterns are those that `mine` finds, a row each: the columns of `listing`, the row of the
    closing payment, and `cut_short`: true on a row that says that a search was cut short there.

    Args:
        engine: what runs it; its machines must all reach the files and the folder.
        source: a Parquet file, or a folder of them, taken in the order of their names.
        folder: not there yet, or without a folder `patterns`.
        patterns: see `mine`.
        window: see `mine`.
        length: of a slice; four windows if not stated. A slice goes to one machine, with a run-up
            of so many slices as the window reaches into.
        limits: see `manara.money.asking.asked`.

    Raises:
        FormatError: a column is missing or of no use.
        UsageError: a pattern or a limit that there is not, or no file.
    """
    wanted = asked(patterns, window, **limits)
    span = seconds(length) if length else 4 * wanted.base
    files = files_of(source)
    schema = pq.read_schema(files[0])
    require(schema.names)
    kind = _id_kind(schema)
    names = ", ".join(columns_of(schema))
    chunk = f"CAST(floor(row_number / {_CHUNK}) AS BIGINT)"
    engine.read_numbered("given", files)
    try:
        engine.apply(
            f"SELECT {names}, row_number, {chunk} AS chunk FROM given",  # noqa: S608
            "chunk",
            _check,
            _checked_schema(kind),
            folder / "checked",
        )
        engine.read("checked", sorted((folder / "checked").glob("*.parquet")))
        engine.define("good", _GOOD)
        engine.define("paid", _paid(wanted, span))
        engine.define("done", _DONE)
        engine.define("past", _PAST)
        engine.apply(
            _SLICES,
            "slice",
            partial(_mine_slice, wanted),
            _found_schema(kind),
            folder / "patterns",
        )
        aside = engine.fetch(_ASIDE)
        # A row that could be mined by itself is there for its id.
        code = pc.if_else(pc.less(aside["reason"], 0), len(REASONS) - 1, aside["reason"])
        return aside.set_column(2, "reason", pa.array(REASONS).take(code.combine_chunks()))
    finally:
        shutil.rmtree(folder / "checked", ignore_errors=True)


def _id_kind(schema: pa.Schema) -> pa.DataType:
    return pa.int64() if pa.types.is_integer(schema.field("tx_id").type) else pa.string()


def _checked_schema(kind: pa.DataType) -> pa.Schema:
    numbers = ("row_number", "reason", "ts", "amount", "currency")
    texts = [(name, pa.string()) for name in ("src", "dst")]
    return pa.schema([*((name, pa.int64()) for name in numbers), *texts, ("tx_id", kind)])


def _check(rows: pa.Table) -> pa.Table:
    """Return the rows as the miner takes them, each with what is wrong with it."""
    rows = rows.combine_chunks()
    found = checked(rows)
    kind = _id_kind(rows.schema)
    columns = {
        "row_number": rows["row_number"],
        "reason": found.reason,
        "ts": found.ts,
        "amount": found.amount,
        "currency": found.currency.astype(np.int64),
        **{name: rows[name].cast(pa.string()) for name in ("src", "dst")},
        "tx_id": rows["tx_id"].cast(kind),
    }
    return pa.table(columns, _checked_schema(kind))


def _paid(wanted: Asked, span: int) -> str:
    """Return the query for payments with their slice and the first slice of its run-up."""
    cell = f"CAST(floor(ts / {span}) AS BIGINT)"
    reach = -(-wanted.base // span)
    return f"""
        SELECT row_number, ts, src, dst, amount, currency, tx_id, {cell} AS cell,
            {cell} - {reach} AS run_up,
            CASE WHEN amount >= {wanted.band} AND amount < {wanted.threshold} THEN 1 ELSE 0 END
                AS band
        FROM good
    """  # noqa: S608


def _found_schema(kind: pa.DataType) -> pa.Schema:
    more = (pa.field("closing", pa.int64()), pa.field("cut_short", pa.bool_()))
    return pa.schema([*listing_schema(kind), *more])


def _mine_slice(wanted: Asked, rows: pa.Table) -> pa.Table:
    """Return what closes in a slice, given its payments, its run-up and what was before."""
    is_past = rows["row_number"].is_null()
    past = rows.filter(is_past)
    paid = rows.filter(pc.invert(is_past)).sort_by(
        [("ts", "ascending"), ("row_number", "ascending")]
    )
    parties = pa.chunked_array([*paid["src"].chunks, *paid["dst"].chunks, *past["src"].chunks])
    names = parties.combine_chunks().dictionary_encode()
    numbers = names.indices.to_numpy()
    src, dst, before = np.split(numbers, [len(paid), 2 * len(paid)])
    count = len(names.dictionary)
    # Who is dormant has to be known by the end of the run-up.
    run_up = wanted._replace(on=wanted.on & (np.arange(len(PATTERNS)) == DORMANT))
    miner = Miner(run_up, count)
    accounts = miner.state.account
    accounts["seen"][before] = past["ts"].to_numpy()
    for name, field in _TOTALS.items():
        accounts[field][before] = past[name].to_numpy()
    columns = Columns(
        src, dst, paid["ts"].to_numpy(), paid["amount"].to_numpy(),
        paid["currency"].to_numpy().astype(np.int16),
    )  # fmt: skip
    start = int(pc.sum(pc.less(paid["cell"], paid["slice"])).as_py())
    miner.run(columns, count, stop=start)
    miner.asked = wanted
    found = miner.run(columns, count, start=start)
    every = np.arange(len(paid))
    return _listed(
        mined(found, every, NONE_ASIDE, paid["tx_id"], None, NO_FEATURES), paid["row_number"]
    )


def _listed(found: Mined, row_number: pa.ChunkedArray) -> pa.Table:
    """Return rows of instances and of searches cut short."""
    instances = listing(found)
    schema = _found_schema(instances.schema.field("payments").type.value_type)
    closing = row_number.take(found.closing)
    whole = instances.append_column("closing", closing)
    whole = whole.append_column("cut_short", pa.repeat(False, len(instances)))
    short = {
        "pattern": pa.array(PATTERNS).take(pa.array(found.cut_short[:, 0])),
        "closing": row_number.take(found.cut_short[:, 1]),
        "cut_short": pa.repeat(True, len(found.cut_short)),
    }
    nothing = pa.nulls(len(found.cut_short))
    cut = pa.table({name: short.get(name, nothing) for name in schema.names})
    return pa.concat_tables([whole.cast(schema), cut.cast(schema)])
