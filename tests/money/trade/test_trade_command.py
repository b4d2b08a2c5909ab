"""What the command prints, run as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from manara.cli.money import money
from manara.model import UsageError

HEAD = "id,date,exporter,importer,hs_code,value,currency,net_weight_kg,invoice,transport_document"
ROWS = (
    "d1,2026-01-05,seller,buyer,930200,1000,EUR,10,A-1,B1",
    "d2,2026-01-09,seller,buyer,930200,1000,EUR,10,A-1,B2",
)


def run(folder: Path, *words: str, rows: tuple[str, ...] = ROWS) -> Result:
    path = folder / "declarations.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return CliRunner().invoke(money, ["trade", str(path), *words])


def test_json_has_each_finding_with_its_rows(tmp_path: Path) -> None:
    done = run(tmp_path, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["declarations"], told["payments"], told["set_aside"]) == (2, None, [])
    again, arms = told["findings"]
    assert again["kind"] == "trade.multiple-invoicing"
    assert again["declarations"] == ["d1", "d2"] and again["payments"] == []
    assert (again["stake"], again["currency"], again["score_calibrated"]) == (1000, "EUR", False)
    assert again["explanation"][0]["evidence"] == ["declaration:d1", "declaration:d2"]
    assert [step["number"] for step in again["explanation"]] == [1, 2, 3, 4]
    assert arms["figures"] == {"group": "arms", "also": ["multiple-invoicing"]}
    reasons = {one["check"]: one["reason"] for one in told["not_checked"]}
    assert reasons["phantom-invoice"] == "no payments were given"
    assert reasons["mirror-gap"] == "no declaration has direction"


def test_text_says_what_to_rule_out_first(tmp_path: Path) -> None:
    done = run(tmp_path, "--checks", "multiple-invoicing")
    assert done.exit_code == 0
    assert "first rule out: One invoice was shipped in equal lots." in done.stdout
    assert "declarations: d1, d2" in done.stdout


def test_rows_set_aside_show_in_the_exit_status(tmp_path: Path) -> None:
    done = run(tmp_path, "--json", rows=(*ROWS, "d3,never,seller,buyer,930200,1,EUR,1,,"))
    assert done.exit_code == 1
    assert json.loads(done.stdout)["set_aside"] == [
        {"file": "declarations", "row": 3, "id": "d3", "column": "",
         "rule": "no date that can be read"}
    ]  # fmt: skip


def test_payments_are_read_as_other_commands_read_them(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "tx_id,ts,src,dst,amount,currency,purpose\n"
        "p1,2026-02-01,buyer,seller,1500,EUR,invoice A-1\n"
        "p2,2026-02-09,buyer,seller,1500,EUR,invoice A-1\n"
        "p3,2026-02-09,buyer,seller,none,EUR,invoice A-1\n",
        encoding="utf-8",
    )
    words = ["--payments", str(tmp_path / "p.csv"), "--checks", "multiple-invoicing", "--json"]
    done = run(tmp_path, *words, rows=(ROWS[0],))
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert [one["payments"] for one in told["findings"]] == [["p1", "p2"]]
    assert [(one["file"], one["row"]) for one in told["set_aside"]] == [("payments", 3)]


def test_an_unknown_check_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "--checks", "witchcraft")
    assert isinstance(done.exception, UsageError)
    assert "no such check" in str(done.exception)


def test_an_empty_file_of_declarations_is_no_fault(tmp_path: Path) -> None:
    done = run(tmp_path, "--json", rows=())
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["findings"] == []
