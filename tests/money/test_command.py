"""`manara money mine`: what it prints and how it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
from click.testing import CliRunner

from manara.cli.main import cli

ROWS = """tx_id,ts,src,dst,amount,currency
p1,2026-03-01T09:00:00,ACC-1,ACC-2,9000,EUR
p2,2026-03-02T10:00:00,ACC-2,ACC-3,8800,EUR
p3,2026-03-03T11:00:00,ACC-3,ACC-1,8700,EUR
"""


def test_a_cycle_with_its_payments_and_what_was_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "payments.csv"
    path.write_text(ROWS + "p4,2026-03-03T12:00:00,ACC-3,ACC-3,10,EUR\n")
    done = CliRunner().invoke(cli, ["money", "mine", str(path), "--patterns", "cycle", "--json"])
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    (cycle,) = found["patterns"]
    assert cycle["payments"] == ["p1", "p2", "p3"]
    assert (cycle["sum_out"], cycle["sum_in"], cycle["currency"]) == ("9000.00", "8700.00", "EUR")
    assert (cycle["first"], cycle["last"]) == ("2026-03-01T09:00:00Z", "2026-03-03T11:00:00Z")
    assert found["set_aside"] == [
        {"row": 3, "tx_id": "p4", "reason": "payer and payee are the same"}
    ]
    assert found["cut_short"] == []


def test_patterns_written_to_files(tmp_path: Path) -> None:
    (tmp_path / "payments.csv").write_text(ROWS)
    table, lines = tmp_path / "found.parquet", tmp_path / "found.jsonl"
    for out in (table, lines):
        words = ["money", "mine", str(tmp_path / "payments.csv"), "--json", "--out", str(out)]
        done = CliRunner().invoke(cli, words)
        assert (done.exit_code, json.loads(done.stdout)["instances"]) == (0, 3)
    rows = pq.read_table(table).to_pylist()
    cycle = next(row for row in rows if row["pattern"] == "cycle")
    assert (cycle["payments"], cycle["roles"]) == (["p1", "p2", "p3"], ["step"] * 3)
    assert (cycle["sum_out"], cycle["sum_in"]) == (Decimal("9000.000"), Decimal("8700.000"))
    assert cycle["first"] == datetime(2026, 3, 1, 9, tzinfo=UTC)
    written = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [one["payments"] for one in written] == [row["payments"] for row in rows]


def test_a_shorter_window_of_one_pattern(tmp_path: Path) -> None:
    path = tmp_path / "payments.csv"
    path.write_text(ROWS)
    words = ["money", "mine", str(path), "--window", "14d,cycle=1d", "--json"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0
    assert {one["pattern"] for one in json.loads(done.stdout)["patterns"]} == {"pass-through"}
