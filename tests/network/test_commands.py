"""The commands of networks answer on plain files, and say what was wrong with them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from manara.cli import main
from manara.network.days import day_of

TIES = """source,target,weight,confidence,first,last
Amal,Bilal,1,0.9,2001-05,2002
Bilal,Chadi,1,0.5,1999,2000
Amal,Dima,1,0.8,2001,2001
Dima,Chadi,1,0.8,2001-03-04,
Chadi,Emil,1,1,,
"""


@pytest.fixture
def ties(tmp_path: Path) -> str:
    path = tmp_path / "ties.csv"
    path.write_text(TIES, "utf-8")
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(["network", *words])
    out = capsys.readouterr()
    return int(stop.value.code or 0), out.out, out.err


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    status, out, err = run(capsys, *words, "--json")
    assert status == 0, err
    return json.loads(out)


def test_rank_says_what_it_was_computed_from(capsys: pytest.CaptureFixture[str], ties: str) -> None:
    found = answer(capsys, "rank", ties, "--trials", "30", "--seed", "5")
    assert found["settings"] == {
        "measure": "betweenness", "hidden": 0.2, "false": 0.0, "level": 0.9, "trials": 30,
        "seed": 5,
    }  # fmt: skip
    assert found["version"]
    assert (found["input"]["nodes"], found["input"]["ties"]) == (5, 5)
    assert found["brokers"][0]["node"] == "Chadi"
    assert found["centre"] == ("Chadi" if found["stability"] >= 0.8 else None)
    assert found == answer(capsys, "rank", ties, "--trials", "30", "--seed", "5")


def test_dismantle_gives_order_and_r(capsys: pytest.CaptureFixture[str], ties: str) -> None:
    found = answer(capsys, "dismantle", ties)
    assert sorted(found["order"]) == ["Amal", "Bilal", "Chadi", "Dima", "Emil"]
    assert found["order"][0] == "Chadi"
    assert pytest.approx(sum(found["largest"]) / 5) == found["R"]
    assert found["key_players"][0]["node"] == "Chadi"


def test_paths_by_hops_by_confidence_and_in_time(
    capsys: pytest.CaptureFixture[str], ties: str
) -> None:
    hops = answer(capsys, "paths", ties, "Amal", "Emil")["paths"]
    assert [path["hops"] for path in hops] == [3, 3]
    sure = answer(capsys, "paths", ties, "Amal", "Emil", "--confidence", "confidence")["paths"]
    assert [path["nodes"][1] for path in sure] == ["Dima", "Bilal"]
    assert [path["confidence"] for path in sure] == pytest.approx([0.64, 0.45])
    assert sure[0]["length"] == pytest.approx(-math.log(0.64))
    days = ("--first", "first", "--last", "last")
    on = answer(capsys, "paths", ties, "Amal", "Emil", *days)["paths"]
    assert [path["nodes"][1] for path in on] == ["Dima"]
    assert on[0]["ties"][0]["last"] == "2001"
    back = answer(capsys, "paths", ties, "Chadi", "Amal", *days)["paths"]
    assert [path["nodes"][1] for path in back] == ["Bilal", "Dima"]


def test_disrupt_uses_costs_law_and_roles(
    capsys: pytest.CaptureFixture[str], ties: str, tmp_path: Path
) -> None:
    nodes = tmp_path / "nodes.csv"
    nodes.write_text("id,cost,feasible,role\nChadi,1,no,boss\nAmal,x,,\nBilal,2,yes,courier\n")
    words = ("disrupt", ties, "--nodes", str(nodes), "--budget", "2", "--runs", "5")
    found = answer(capsys, *words)
    assert found["not_actionable"] == ["Amal", "Chadi"]
    assert not {"Chadi", "Amal"} & set(found["order"])
    assert found["cost"] <= 2
    assert [one["strategy"] for one in found["outcomes"]] == ["plan", "degree", "random", "nothing"]
    assert found["outcomes"][3]["coverage"]["mean"] == 1.0


@pytest.mark.parametrize(
    "words",
    [("rank",), ("dismantle",), ("paths", "Amal", "Emil"), ("disrupt", "--runs", "3")],
)
def test_text_is_for_people(
    capsys: pytest.CaptureFixture[str], ties: str, words: tuple[str, ...]
) -> None:
    status, out, _ = run(capsys, words[0], ties, *words[1:])
    assert status == 0
    assert "Chadi" in out


def test_an_unknown_name_is_told_with_names_near_it(
    capsys: pytest.CaptureFixture[str], ties: str
) -> None:
    status, _, err = run(capsys, "paths", ties, "Amal", "emill")
    assert status == 2
    assert "emill: no such node (did you mean Emil" in err


def test_bad_rows_are_told_and_good_ones_used(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("source,target,sure\nAmal,Bilal,0.5\nBilal,Chadi,7\nAmal,,1\nAmal,Chadi,0.1\n")
    words = ("paths", str(path), "Amal", "Chadi", "--confidence", "sure", "--json")
    status, out, err = run(capsys, *words)
    assert status == 1
    assert [path["nodes"] for path in json.loads(out)["paths"]] == [["Amal", "Chadi"]]
    assert "row 3: value: a confidence is above 0 and at most 1" in err
    assert "row 4: ends" in err


def test_questions_that_cannot_be_met_are_refused(
    capsys: pytest.CaptureFixture[str], ties: str
) -> None:
    both = ("--cost", "weight", "--confidence", "confidence")
    for words in ((*both,), ("--cost", "price")):
        assert run(capsys, "paths", ties, "Amal", "Emil", *words)[0] == 2
    assert run(capsys, "paths", ties, "Amal", "Amal")[0] == 2


def test_what_is_no_command_is_an_entity_of_the_workspace(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = run(capsys, "un-sc-9000002")
    assert status == 2
    assert "workspace" in err


def test_days_of_years_and_months_are_their_first_and_last() -> None:
    assert day_of("2004", last=False) == day_of("2004-01-01", last=True)
    assert day_of("2004-02", last=True) == day_of("2004-02-29T10:00", last=False)
    assert day_of("", last=False) < day_of("0001", last=False) < day_of("", last=True)
    for bad in ("2004-13", "4.5.2004", "2003-02-29", "soon"):
        with pytest.raises(ValueError, match=r"."):
            day_of(bad, last=True)
