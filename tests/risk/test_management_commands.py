"""The commands `plan`, `substitution`, `measures`, `waterfall` and `schemes`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from manara.cli.risk import risk

SITES = """site,loss,attempts,success
terminal,40000000,0.02,0.5
town hall,9000000,0.01,
"""

#: Blank numbers of kinds that the catalogue knows are its placeholders.
MEASURES = """site,measure,cost,upkeep,life,likelihood,consequence,choice,requires
terminal,barrier,100000,0,20,0.5,1,,
terminal,cameras,,,,,,,
town hall,one-entrance,3000,0,10,0.9,1,,
town hall,bag-checks,15000,0,10,0.6,1,,one-entrance
town hall,film,9000,0,10,1,0.8,windows,
town hall,glass,30000,0,10,1,0.6,windows,
"""

LOSSES = """event,peril,site,rate,loss
car,MTR,terminal,0.01,20000000
dirty,MNT,terminal,0.0005,60000000
dirty,MNT,town hall,0.0005,5000000
"""

COVER = """
sites: {"*": {account: main}}
accounts: {main: {perils: [MTR], layers: [{attachment: 1000000, limit: 30000000}]}}
pool: {scheme: pool-re, as_of: 2026-01-01, retention: 5000000}
offers: [{name: nuclear, price: 1000, stand_alone: {name: n, perils: [MNT], limit: 65000000}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = {"sites.csv": SITES, "measures.csv": MEASURES, "losses.csv": LOSSES}
    for name, text in (names | {"cover.yaml": COVER}).items():
        (tmp_path / name).write_text(text)
    return tmp_path


def run(folder: Path, *words: str) -> Any:
    paths = [str(folder / word) if "." in word and word[0].isalpha() else word for word in words]
    return CliRunner().invoke(risk, paths)


def plan(folder: Path, *words: str) -> Any:
    done = run(folder, "plan", "sites.csv", "measures.csv", *words, "--json")
    assert done.exit_code == 0, done.exception
    return json.loads(done.stdout)


def test_a_plan_comes_with_its_reasons(folder: Path) -> None:
    told = plan(folder, "--budget", "118000")
    taken = {(one["site"], one["measure"]) for one in told["measures"]}
    assert taken == {("terminal", "barrier"), ("town hall", "one-entrance"),
                     ("town hall", "bag-checks")}  # fmt: skip
    assert told["proven"]
    assert told["spent"] == [118000]
    # 400,000 and 90,000 a year, of which a half and 0.54 are left.
    assert [one["risk_after"] for one in told["sites"]] == pytest.approx([200_000, 48_600])
    kinds = [(one["attacker"], one["strength"]) for one in told["attackers"]]
    assert kinds == [("habits", None), ("logit", 0.5), ("logit", 1), ("logit", 2),
                     ("strategic", None)]  # fmt: skip
    assert told["placeholders"] == []
    assert told["insurance"] is None


def test_placeholders_are_told_wherever_they_are_used(folder: Path) -> None:
    told = plan(folder, "--budget", "1000000", "--strength", "3")
    cameras = next(one for one in told["measures"] if one["measure"] == "cameras")
    assert cameras["placeholders"] == ["cost", "upkeep", "life", "likelihood", "consequence"]
    assert told["placeholders"] == ["cameras"]
    assert [one["strength"] for one in told["attackers"]] == [None, 3, None]
    # Only one of film and glass; the better, since money is no matter.
    assert {"glass"} == {one["measure"] for one in told["measures"]} & {"film", "glass"}
    done = run(folder, "plan", "sites.csv", "measures.csv", "--budget", "1e6")
    assert "nobody has set" in done.stderr
    assert "bag-checks" in done.stdout


def test_phases_keep_to_the_budget_of_each_year(folder: Path) -> None:
    told = plan(folder, "--budget", "20000", "--budget", "100000")
    years = {one["measure"]: one["year"] for one in told["measures"]}
    assert years["barrier"] == 2
    assert years["cameras"] == 1
    assert told["spent"] == [20000, 100000]


def test_a_plan_tells_what_it_saves_in_insurance(folder: Path) -> None:
    words = ["--budget", "100000", "--cover", "cover.yaml", "--losses", "losses.csv"]
    told = plan(folder, *words)["insurance"]
    assert [one["attacker"] for one in told] == ["habits", "logit", "logit", "logit"]
    assert told[0]["saved"]["insured"] > 0
    done = run(folder, "plan", "sites.csv", "measures.csv", *words)
    assert "technical price of insurance" in done.stdout
    alone = run(folder, "plan", "sites.csv", "measures.csv", *words[:4])
    assert "go together" in str(alone.exception)


def test_substitution_by_attacker(folder: Path) -> None:
    text = "site,loss,attempts,likelihood\nflagship,100,1,0.5\nquiet,100,1,\n"
    (folder / "after.csv").write_text(text)
    done = run(folder, "substitution", "after.csv", "--strength", "1", "--json")
    habits, logit, strategic = json.loads(done.stdout)["attackers"]
    assert habits["substitution"] == {"quiet": 1}
    assert logit["substitution"] == pytest.approx({"quiet": 4 / 3})
    assert (logit["untouched_share_before"], logit["untouched_share_after"]) == pytest.approx(
        (1 / 2, 2 / 3)
    )
    assert strategic["most_at_risk_after"] == "quiet"
    assert "1.33" in run(folder, "substitution", "after.csv", "--strength", "1").stdout


def test_a_waterfall_shows_the_gap_and_what_closes_it(folder: Path) -> None:
    done = run(folder, "waterfall", "cover.yaml", "losses.csv", "--json")
    told = json.loads(done.stdout)
    assert told["off"] <= 1e-9
    conventional = told["perils"]["MTR"]["parts"]
    assert conventional["owner"] == pytest.approx(0.01 * 1e6)
    assert conventional["insurer"] == pytest.approx(0.01 * 5e6)
    assert conventional["pool"] == pytest.approx(0.01 * 14e6)
    assert told["perils"]["MNT"]["gap"]["excluded"] == pytest.approx(0.0005 * 65e6)
    assert told["advice"] == "nuclear"
    assert told["scheme"]["id"] == "pool-re"
    shown = run(folder, "waterfall", "cover.yaml", "losses.csv")
    assert "cheapest in all: nuclear" in shown.stdout
    assert "not verified" in shown.stderr


def test_lists_of_measures_and_schemes(folder: Path) -> None:
    assert "vehicle-barriers" in run(folder, "measures").stdout
    told = json.loads(run(folder, "measures", "--json").stdout)
    assert told["costs"]["small"] > 0
    assert "not verified" in run(folder, "schemes").stdout
    names = [one["id"] for one in json.loads(run(folder, "schemes", "--json").stdout)]
    assert names == ["arpc", "consorcio", "gareat", "pool-re", "tria"]


def test_the_published_example_of_tria(folder: Path) -> None:
    words = "--as-of 2026-07-01 --loss 1.2e9 --premium 2.5e9 --industry-loss 6e9 --state-paid 1.8e9"
    done = run(folder, "settle", "tria", *words.split(), "--industry-retention", "5e10", "--json")
    assert json.loads(done.stdout) == {
        "insurer": 640_000_000, "pool": 0, "retrocession": 0, "state": 560_000_000, "pro_rata": 0,
        "surcharges": 2_520_000_000,
    }  # fmt: skip
    assert "560,000,000.00" in run(folder, "settle", "tria", *words.split()[:8]).stdout
    gone = run(folder, "settle", "moon", "--as-of", "2026-07-01", "--loss", "1")
    assert "no such scheme" in str(gone.exception)


def test_a_game_against_quantal_response(folder: Path) -> None:
    # Two equal targets and one guard: half of it and half of the attacks each, whatever strength.
    one = {"Au": [4, 4], "Ac": [0, 0], "Du": [-4, -4], "Dc": [0, 0], "m": 1}
    (folder / "game.json").write_text(json.dumps(one))
    told = json.loads(run(folder, "game", "game.json", "--strength", "0.7", "--json").stdout)
    assert told["value"] == pytest.approx(-2)
    assert told["coverage"] == pytest.approx([0.5, 0.5])
    assert told["attack"] == pytest.approx([0.5, 0.5])
    assert "50.0%" in run(folder, "game", "game.json", "--strength", "0.7").stdout


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("sites.csv", "site,loss\nx,1\n", "attempts"),
        ("sites.csv", "site,loss,attempts\nx,1,1\nx,1,1\n", "second time"),
        ("sites.csv", "site,loss,attempts,success\nx,1,1,2\n", "above 1"),
        ("sites.csv", "site,loss,attempts\n,1,1\n", "no name"),
        ("measures.csv", "site,measure\nmoon,cameras\n", "moon"),
        ("measures.csv", "site,measure\nterminal,moat\n", "no cost"),
        ("measures.csv", "site,measure,cost,life\nterminal,moat,-3,5\n", "line 2"),
        ("measures.csv", "site,measure\nterminal,cameras\nterminal,cameras\n", "second time"),
        ("measures.csv", "site,measure\nterminal,bag-checks\n", "requires one-entrance"),
        ("measures.csv", "site,measure,life\nterminal,cameras,0\n", "life"),
        ("measures.csv", "site,measure,mandatory\nterminal,cameras,perhaps\n", "perhaps"),
        (
            "measures.csv",
            "site,measure,cost,life\n" + "".join(f"terminal,m{at},1,1\n" for at in range(80)),
            "more than 16",
        ),
    ],
)
def test_files_that_cannot_be_are_told(folder: Path, name: str, text: str, told: str) -> None:
    (folder / name).write_text(text)
    done = run(folder, "plan", "sites.csv", "measures.csv", "--budget", "1")
    assert told in str(done.exception)
    assert name in str(done.exception)


def test_no_measures_are_no_plan_and_no_fault(folder: Path) -> None:
    (folder / "measures.csv").write_text("site,measure\n")
    for against in ("habits", "strategic"):
        assert plan(folder, "--budget", "1", "--against", against)["measures"] == []
