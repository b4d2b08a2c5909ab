"""Checks of declarations against prices and payments: what is found, and at what cost.

Invented worlds (`bench._trade_world`) with injected crimes: findings, precision and recall of each
check; thresholds were chosen on seed 1, which is not among those reported. Then CPU seconds and
peak memory of `manara money trade` as declarations grow, and of the unit prices alone beside plain
SQL.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from bench._run import main, measure
from bench._trade_world import World, world
from manara.money.book import book_of_file
from manara.money.trade import Examined, checks, declarations_of, examine
from manara.money.trade.price import judged

SEEDS = (11, 12, 13, 14, 15)
_OURS = "import sys; from manara.cli.main import main; main(sys.argv[1:])"


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return quality by check, and the cost of each size."""
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, Any] = {"quality": quality(SEEDS, options.consignments, Path(folder))}
        sizes = [options.largest // 100, options.largest // 10, options.largest]
        found["growth"] = [_cost(size, Path(folder)) for size in sizes]
    return found


def examined(made: World, folder: Path) -> Examined:
    """Return what is found in a world."""
    path = folder / "payments.parquet"
    pq.write_table(made.payments, path)
    return examine(declarations_of(made.declarations), book_of_file(path))


def case(name: str) -> str:
    """Return the consignment of a declaration, or the payment: both sides are one case."""
    return name[1:] if name[0] in "ei" else name


def counts(made: World, found: Examined) -> dict[str, Counter[str]]:
    """Return for each check its findings, the true among them, the cases and those found.

    A finding is true if one of its declarations or payments is a case of its check.
    """
    result = {}
    for name in checks():
        truth = {case(one) for one in made.truth.get(name, ())}
        if name == "own-price":
            truth = {case(one) for one in made.truth["unit-price"]}
        if name == "multiple-invoicing":
            truth |= made.truth["paid-twice"]
        kind = f"trade.{name}"
        of = [{case(one) for one in (*hit.declarations, *hit.payments)}
              for hit in found.findings if hit.finding.kind == kind]  # fmt: skip
        result[name] = Counter(
            findings=len(of),
            true=sum(not ids.isdisjoint(truth) for ids in of),
            cases=len(truth),
            found=len(truth.intersection(set().union(*of))),
        )
    return result


def quality(seeds: Iterable[int], consignments: int, folder: Path) -> dict[str, Any]:
    """Return figures of each check over several worlds."""
    total: dict[str, Counter[str]] = {name: Counter() for name in checks()}
    declared = 0
    for seed in seeds:
        made = world(seed, consignments)
        declared += len(made.declarations)
        for name, one in counts(made, examined(made, folder)).items():
            total[name].update(one)
    rows: dict[str, Any] = {"declarations": declared}
    for name, one in total.items():
        rows[name] = dict(one)
        if one["cases"]:
            rows[name]["precision"] = round(one["true"] / max(1, one["findings"]), 2)
            rows[name]["recall"] = round(one["found"] / one["cases"], 2)
    return rows


def _cost(size: int, folder: Path) -> dict[str, Any]:
    """Return what examining some number of declarations takes."""
    # A hundred consignments make some hundred and fifty declarations. Crimes are few and do not
    # change the cost.
    made = world(3, size * 2 // 3, crime=False)
    files = [folder / name for name in ("declarations.parquet", "payments.parquet")]
    pq.write_table(made.declarations, files[0])
    pq.write_table(made.payments, files[1])
    command = [sys.executable, "-c", _OURS, "money", "trade", str(files[0]), "--payments"]
    cost = measure([*command, str(files[1]), "--json"], runs=1)
    table = declarations_of(made.declarations).table
    ours = _cpu(lambda: judged(table, checks()["unit-price"]))
    plain = _cpu(lambda: plain_deviations(table))
    return {
        "declarations": len(made.declarations),
        "payments": len(made.payments),
        **cost,
        "prices_cpu_s": ours,
        "prices_plain_sql_cpu_s": plain,
    }


def _cpu(work: Any) -> float:
    begun = time.process_time()
    work()
    return round(time.process_time() - begun, 2)


def plain_deviations(table: pa.Table) -> dict[str, float]:
    """Return the robust deviations of prices, by id, by one plain query for each kind of cell."""
    found: dict[str, float] = {}
    connection = duckdb.connect()
    connection.register("t", table)
    cells = ["hs, origin, destination, floor(day / 91.3125)", "hs, origin, destination",
             "hs, origin", "hs"]  # fmt: skip
    for cell in cells:
        known = [f"AND {name} IS NOT NULL" for name in ("origin", "destination") if name in cell]
        rows = connection.sql(
            f"""
            WITH x AS (
                SELECT *, ln(value / weight) AS p, exporter || '>' || importer AS pair,
                    hash(currency, direction, {cell}) AS cell
                FROM t WHERE weight IS NOT NULL {" ".join(known)}
            ), c AS (
                SELECT cell, count(*) AS n, count(DISTINCT pair) AS pairs, median(p) AS m,
                    mad(p) AS a FROM x GROUP BY cell
            ), top AS (
                SELECT cell, max(k) AS k
                FROM (SELECT cell, pair, count(*) AS k FROM x GROUP BY cell, pair) GROUP BY cell
            )
            SELECT id, (p - m) / greatest(1.4826 * a, 0.05)
            FROM x JOIN c USING (cell) JOIN top USING (cell)
            WHERE n >= 20 AND pairs >= 5 AND k <= 0.5 * n
            """
        ).fetchall()
        for name, deviation in rows:
            found.setdefault(name, deviation)
    return found


if __name__ == "__main__":
    main("trade", run, consignments=20_000, largest=1_000_000)
