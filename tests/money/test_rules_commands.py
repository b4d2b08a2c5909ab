"""What the commands print, run as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from manara.cli.money_rules import follow_command

from .invented import write_payments


def test_follow_tells_each_rule_both_ways(tmp_path: Path) -> None:
    path = write_payments(tmp_path / "p.csv", "2026-01-01 amina shop 9\n2026-01-02 shop - 9 cash")
    done = CliRunner().invoke(follow_command, ["amina", "--file", str(path), "--json"])
    assert done.exit_code == 0, done.output
    trails = json.loads(done.stdout)["trails"]
    assert [(one["direction"], one["rule"]) for one in trails] == [
        (direction, rule) for direction in ("to", "from") for rule in ("fifo", "haircut", "poison")
    ]
    assert [hop["payment"] for hop in trails[0]["hops"]] == ["p1", "p2"]
    text = CliRunner().invoke(follow_command, ["amina", "--file", str(path), "--rule", "fifo"])
    assert "paid out in cash; nothing tells who has it" in text.stdout


def test_follow_keeps_to_the_dates(tmp_path: Path) -> None:
    path = write_payments(tmp_path / "p.csv", "2026-01-01 amina shop 9\n2026-01-02 amina shop 5")
    words = ["amina", "--file", str(path), "--rule", "fifo", "--json"]
    for dates, expected in (
        (["--from", "2026-01-02"], ["p2"]),
        (["--to", "2026-01-01"], ["p1"]),
    ):
        done = CliRunner().invoke(follow_command, [*words, *dates])
        hops = json.loads(done.stdout)["trails"][0]["hops"]
        assert [hop["payment"] for hop in hops] == expected


def test_rows_set_aside_show_in_the_exit_status(tmp_path: Path) -> None:
    path = write_payments(tmp_path / "p.csv", "2026-01-01 amina shop 9\n2026-01-02 amina shop none")
    done = CliRunner().invoke(follow_command, ["amina", "--file", str(path)])
    assert done.exit_code == 1
    assert "1 rows set aside; row 2: no positive amount" in done.stderr
