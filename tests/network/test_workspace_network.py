"""Who holds the workspace's network together, what acting would change, and files to draw it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from manara.cli import main
from manara.graph import Graph, network
from manara.model import NotFoundError, UsageError
from manara.network.scope import Choice, chosen, people, subgraph
from manara.store import Workspace

from .test_evidence import link, person

Run = Callable[..., tuple[int, str, str]]

#: Two circles that only Chloe joins: she and Badr share an address, she and Emeka an account.
CIRCLES = [
    *(person(name, name.title()) for name in ("amina", "badr", "chloe", "dao", "emeka", "fatou")),
    {"id": "quay", "schema": "Address", "properties": {"full": ["4 Quay Street"]}},
    {"id": "purse", "schema": "UserAccount", "properties": {"owner": ["chloe"]}},
    link("UnknownLink", "amina", "badr", startDate="2020", endDate="2021"),
    link("Family", "emeka", "dao"),
    link("UnknownLink", "emeka", "purse", role="draws on"),
    person("gael", "Gaël"),
    person("hawa", "Hawa"),
    link("UnknownLink", "gael", "hawa"),
]
for one in CIRCLES:
    if one["id"] in ("badr", "chloe"):
        one["properties"]["addressEntity"] = ["quay"]


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str | Path) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(["--workspace", str(tmp_path / "office"), *map(str, words)])
        out = capfd.readouterr()
        return int(stop.value.code or 0), out.out, out.err

    path = tmp_path / "circles.ftm.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in CIRCLES), "utf-8")
    assert call("init", tmp_path / "office")[0] == 0
    ingest = call("ingest", path, "--dataset", "circles", "--tlp", "AMBER", "--grade", "B2")
    assert ingest[0] == 0, ingest
    return call


def answer(run: Run, *words: str | Path) -> Any:
    status, out, err = run(*words, "--json")
    assert status == 0, err
    return json.loads(out)


def ties(graph: Graph) -> set[tuple[str, str]]:
    return {(graph.nodes[a], graph.nodes[b]) for a, b in graph.ends.tolist()}


def test_people_are_tied_through_what_they_share(run: Run, tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "office") as workspace:
        view = workspace.view()
        net = network(view)
        all_ = chosen(net, Choice())
        found = people(view, subgraph(net, all_))
        assert ties(found.graph) == {
            ("amina", "badr"),
            ("badr", "chloe"),
            ("chloe", "emeka"),
            ("dao", "emeka"),
        }
        assert (found.total, found.parts, found.passed) == (7, 2, 0)
        near = people(view, subgraph(net, all_), "gael", 1)
        assert ties(near.graph) == {("gael", "hawa")}
        with pytest.raises(NotFoundError, match="quay"):
            people(view, subgraph(net, all_), "quay", 1)


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        (Choice(kinds=["Family"]), {("dao", "emeka")}),
        (Choice(datasets=["other"]), set()),
        (Choice(kinds=["UnknownLink"], since=20_000), {("emeka", "purse"), ("gael", "hawa")}),
        (Choice(kinds=["UnknownLink"], until=0), {("emeka", "purse"), ("gael", "hawa")}),
    ],
)
def test_statements_are_chosen_by_kind_dataset_and_day(
    run: Run, tmp_path: Path, choice: Choice, left: set[tuple[str, str]]
) -> None:
    with Workspace.open(tmp_path / "office") as workspace:
        net = network(workspace.view())
        assert ties(subgraph(net, chosen(net, choice))) == left


def test_a_thing_that_too_many_share_ties_nobody(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("manara.network.scope.SHARED", 1)
    with Workspace.open(tmp_path / "office") as workspace:
        view = workspace.view()
        net = network(view)
        found = people(view, subgraph(net, chosen(net, Choice())))
    assert found.passed == 2
    assert found.parts == 4


def test_rank_is_of_people_only_and_says_what_was_looked_at(run: Run) -> None:
    found = answer(run, "network", "rank", "--trials", "20")
    assert {one["node"] for one in found["brokers"]} == {"amina", "badr", "chloe", "dao", "emeka"}
    assert found["brokers"][0]["node"] == "chloe"
    assert found["brokers"][0]["name"] == "Chloe"
    assert found["input"]["handling"] == "TLP:AMBER"
    assert found["input"]["bounded"].startswith("5 of 7 people and organisations")
    assert found["centre"] == ("chloe" if found["stability"] >= 0.8 else None)
    status, out, _ = run("network", "rank", "--around", "hawa", "--trials", "5")
    assert status == 0
    assert "2 of 7 people and organisations (around hawa, 2 steps" in out


def test_disrupt_heeds_costs_and_what_is_lawful(run: Run, tmp_path: Path) -> None:
    costs = tmp_path / "costs.csv"
    costs.write_text("id,cost,feasible\nchloe,1,no\nbadr,2,yes\n")
    words = ("disrupt", "--costs", costs, "--budget", "2", "--runs", "3")
    found = answer(run, *words)
    assert found["not_actionable"] == ["chloe"]
    assert "chloe" not in found["order"]
    assert found["cost"] <= 2
    assert [one["strategy"] for one in found["outcomes"]] == ["plan", "degree", "random", "nothing"]
    costs.write_text("id,cost\nnobody,1\nchloe,1\n")
    status, out, err = run(*words)
    assert status == 1
    assert "nobody: id: not in the network that is looked at" in err
    assert out.startswith("5 of 7 people")


def test_a_network_too_large_is_to_be_bounded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manara.cli.disruption.MOST", 4)
    status, _, err = run("disrupt")
    assert status == UsageError.exit_status
    assert "5 people and organisations, more than the 4" in err
    assert "--around ENTITY" in err


def test_a_file_has_no_scope(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ties.csv").write_text("source,target\na,b\n")
    status, _, err = run("network", "rank", tmp_path / "ties.csv", "--kind", "Family")
    assert status == 2
    assert "of the workspace" in err


def test_the_table_for_charts_has_a_row_for_each_statement(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "chart.csv"
    told = answer(run, "network", "export", "-o", path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = {(r["Entity 1 Label"], r["Entity 2 Label"]): r for r in csv.DictReader(file)}
    assert told["statements"] == len(rows) == 7
    dated = rows["Amina", "Badr"]
    assert (dated["Link Type"], dated["first"], dated["last"]) == (
        "UnknownLink", "2020-01-01", "2021-12-31",
    )  # fmt: skip
    assert (dated["dataset"], dated["handling"]) == ("circles", "TLP:AMBER")
    assert rows["Dao", "Emeka"]["from"] == "emeka"
    assert dated["locator"] == "line 9"
    assert float(dated["confidence"]) == pytest.approx(0.81)
    assert rows["Badr", "4 Quay Street"]["Entity 2 Type"] == "Address"


@pytest.mark.parametrize(("ending", "read"), [("graphml", nx.read_graphml), ("gexf", nx.read_gexf)])
def test_drawing_files_say_what_ties_are(
    run: Run, tmp_path: Path, ending: str, read: Callable[[Path], nx.Graph]
) -> None:
    path = tmp_path / f"drawn.{ending}"
    answer(run, "network", "export", "-o", path, "--around", "dao", "--depth", "2")
    drawn = read(path)
    assert set(drawn) == {"dao", "emeka", "purse"}
    assert drawn.edges["dao", "emeka"]["type"] == "Family"
    assert drawn.edges["dao", "emeka"]["handling"] == "TLP:AMBER"
    assert drawn.nodes["emeka"]["label"] == "Emeka"
    status, _, err = run("network", "export", "-o", tmp_path / "drawn.png")
    assert status == 2
    assert "use .graphml" in err
