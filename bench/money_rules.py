"""Replay of payments under two versions of a typology, with the difference in leads.

One million invented payments; two of the typologies that ship, with spans of 30 and of 90 days, are
replayed against a version whose first threshold is a tenth looser.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bench._run import main, peak_mib
from manara.money.backtest import backtest
from manara.money.book import book_of_file
from manara.money.typology import Typology, shipped

_PURPOSES = ("", "", "", "invoice", "salary", "rent", "donation", "loan payout", "flight")
_INSTRUMENTS = ("transfer", "transfer", "card", "cash", "mobile")
_FROM, _TO = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return seconds of wall and of CPU for reading and for the replay of each typology."""
    with tempfile.TemporaryDirectory() as folder:
        path = _write(Path(folder) / "payments.csv", options.payments)
        book, read_wall, read_cpu = _timed(lambda: book_of_file(path))
    rows = {}
    for name in ("small-sums-one-exit", "extortion-rhythm"):
        one = shipped()[name]
        found, wall, cpu = _timed(
            lambda one=one: backtest(book, one, _FROM.replace(year=1970), _TO, _looser(one))
        )
        rows[name] = {
            "wall_s": wall,
            "cpu_s": cpu,
            "accounts": len(found.accounts),
            "new": len(found.new),
            "gone": len(found.gone),
        }
    return {
        "payments": len(book.payments),
        "read_wall_s": read_wall,
        "read_cpu_s": read_cpu,
        "replay": rows,
        "peak_mib": peak_mib(),
    }


def _looser(one: Typology) -> Typology:
    first, *others = one.conditions
    least = None if first.at_least is None else first.at_least * 0.9
    most = None if first.at_most is None else first.at_most * 1.1
    eased = msgspec.structs.replace(first, at_least=least, at_most=most)
    return msgspec.structs.replace(
        one, version=one.version + 1, conditions=(eased, *others), cases=()
    )


def _write(path: Path, count: int) -> Path:
    """Write payments among a twelfth as many accounts, some of which many pay to."""
    draw = random.Random(1)
    accounts = max(20, count // 12)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["id", "time", "payer_account", "payee_account", "amount", "currency", "instrument",
             "purpose"]
        )  # fmt: skip
        for number in range(count):
            time_ = 1_767_225_600 + int(number / count * 31_536_000)
            payee = int(accounts * draw.random() ** 3)
            writer.writerow(
                [number, datetime.fromtimestamp(time_, UTC).isoformat(sep=" ")[:19],
                 f"a{draw.randrange(accounts)}", f"a{payee}", f"{draw.lognormvariate(5, 1.2):.2f}",
                 "XTS", draw.choice(_INSTRUMENTS), draw.choice(_PURPOSES)]
            )  # fmt: skip
    return path


def _timed(work: Any) -> tuple[Any, float, float]:
    wall, cpu = time.monotonic(), time.process_time()
    result = work()
    return result, round(time.monotonic() - wall, 2), round(time.process_time() - cpu, 2)


if __name__ == "__main__":
    main("money_rules", run, payments=1_000_000)
