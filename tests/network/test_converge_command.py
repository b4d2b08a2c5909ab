"""The commands on plain files: what they print, what they set aside, and that it can be redone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from manara.cli.converge import converge, hidden, trend
from manara.model import FormatError, UsageError


def run(command: click.Command, *arguments: object, status: int = 0) -> Result:
    result = CliRunner().invoke(command, [str(one) for one in arguments])
    if isinstance(result.exception, Exception) and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result


def told(command: click.Command, *arguments: object, status: int = 0) -> dict[str, Any]:
    return json.loads(run(command, *arguments, "--json", status=status).stdout)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two rings of forty, of arms and of drugs, and one who is tied to ten of the other ring."""
    rng = np.random.default_rng(1)
    nodes, edges = tmp_path / "nodes.csv", tmp_path / "edges.csv"
    ties = {(side * 40 + at, side * 40 + (at + k) % 40) for side in (0, 1) for at in range(40)
            for k in (1, 2)}  # fmt: skip
    ties |= {(int(a), 40 + int(b)) for a, b in rng.integers(1, 40, (12, 2))}
    ties |= {(0, 40 + 3 * at) for at in range(10)}
    labels = "".join(f"n{at},{'arms' if at < 40 else 'drugs'},{at // 20}\n" for at in range(80))
    nodes.write_text(f"id,kind,group\n{labels}", "utf-8")
    edges.write_text("source,target\n" + "".join(f"n{a},n{b}\n" for a, b in sorted(ties)), "utf-8")
    return nodes, edges


def test_the_one_who_is_tied_to_the_other_side_is_found(files: tuple[Path, Path]) -> None:
    answer = told(converge, *files, "--domain", "kind", "--draws", 400)
    result = answer["result"]
    first = result["findings"][0]
    assert (first["id"], first["domain"]) == ("n0", "arms")
    assert first["partners"]["drugs"] == 10
    assert first["q_b"] <= 0.1
    assert {"expected_a", "p_a", "q_a", "expected_b", "p_b", "stands"} <= set(first)
    assert result["settings"] == {"seed": 1, "draws": 400, "fdr": 0.1, "label_error": 0.1}
    assert result["domains"] == ["arms", "drugs"]
    assert len(result["entities"]) == 80
    assert answer["inputs"] == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    assert answer["rejects"] == []


def test_it_can_be_computed_again_byte_for_byte(files: tuple[Path, Path]) -> None:
    options = (*files, "--domain", "kind", "--draws", 50, "--json")
    assert run(converge, *options).stdout == run(converge, *options).stdout
    assert run(converge, *options).stdout != run(converge, *options, "--seed", 2).stdout


def test_people_read_a_table(files: tuple[Path, Path]) -> None:
    text = run(converge, *files, "--domain", "kind", "--draws", 400, "--community", "group").stdout
    assert "ties between domains" in text
    assert "domains a community spans: 1.00" in text
    assert "n0" in text
    assert "seed=1" in text


def test_events_that_bring_domains_together(files: tuple[Path, Path], tmp_path: Path) -> None:
    events = tmp_path / "events.csv"
    within = "".join(f"e{at},n{2 * at}\ne{at},n{2 * at + 1}\n" for at in range(40))
    events.write_text(f"event,entity\n{within}e0,n79\n,n1\ne1,nobody\n", "utf-8")
    options = ("--domain", "kind", "--draws", 100, "--events", events)
    answer = told(converge, *files, *options, status=1)
    overlap = answer["result"]["system"]["event_overlap"]
    assert overlap["observed"] == 1
    assert 15 < overlap["expected"] < 25
    assert overlap["p_less"] == pytest.approx(1 / 101, rel=1e-3)
    assert [row["locator"] for row in answer["rejects"]] == ["row 83", "row 84"]
    assert "events of two domains: 1" in run(converge, *files, *options, status=1).stdout


def test_bad_rows_are_set_aside_with_their_place(files: tuple[Path, Path]) -> None:
    nodes, edges = files
    with nodes.open("a", encoding="utf-8") as file:
        file.write("n3,drugs,1\n,arms,1\nn99\n")
    with edges.open("a", encoding="utf-8") as file:
        file.write("n1,nobody\nn1,n1\nn1,\nn1,n2\n")
    before = told(converge, *files, "--domain", "kind", "--draws", 20, status=1)
    at = len(edges.read_text("utf-8").splitlines()) - 3
    assert [(r["file"], r["locator"], r["reason"]) for r in before["rejects"]] == [
        ("nodes.csv", "row 82", "a second row of the id"),
        ("nodes.csv", "row 83", "no id"),
        ("nodes.csv", "row 84", "1 fields where there are 3 columns"),
        ("edges.csv", f"row {at}", "no entity nobody among the nodes"),
        ("edges.csv", f"row {at + 1}", "a tie of n1 to itself"),
        ("edges.csv", f"row {at + 2}", "an end of the tie is missing"),
    ]
    assert before["result"]["system"]["entities"] == 80
    result = run(converge, *files, "--domain", "kind", "--draws", 20, status=1)
    assert "set aside: nodes.csv, row 82: a second row of the id" in result.stderr


def test_several_domains_of_one_and_none(tmp_path: Path) -> None:
    nodes, edges = tmp_path / "n.csv", tmp_path / "e.csv"
    nodes.write_text("id,kind\na,arms;drugs\nb, drugs ;\nc,\n", "utf-8")
    edges.write_text("source,target\na,b\nb,c\n", "utf-8")
    a, b, c = told(converge, nodes, edges, "--domain", "kind", "--draws", 5)["result"]["entities"]
    assert (a["breadth"], a["cross"]) == (2, 0.5)
    assert (b["domain"], b["breadth"]) == ("drugs", 1)
    assert (c["domain"], c["cross"]) == ("unknown", 0)


def test_columns_of_probabilities(tmp_path: Path) -> None:
    nodes, edges = tmp_path / "n.csv", tmp_path / "e.csv"
    nodes.write_text("id,arms,drugs\na,0.7,0.2\nb,,1\nc,0.9,0.9\nd,many,\n", "utf-8")
    edges.write_text("source,target\na,b\n", "utf-8")
    options = ("--domain", "arms", "--domain", "drugs", "--draws", 5)
    answer = told(converge, nodes, edges, *options, status=1)
    assert [row["locator"] for row in answer["rejects"]] == ["row 4", "row 5"]
    assert answer["result"]["domains"] == ["arms", "drugs"]
    assert answer["result"]["entities"][0]["cross"] == 0.7


def test_what_cannot_be_used_at_all_is_an_error(tmp_path: Path) -> None:
    nodes, edges = tmp_path / "n.csv", tmp_path / "e.csv"
    nodes.write_text("id,kind\na,arms\n", "utf-8")
    edges.write_text("source,target\na,a\n", "utf-8")
    with pytest.raises(FormatError, match="no usable tie"):
        run(converge, nodes, edges, "--domain", "kind")
    with pytest.raises(FormatError, match="lacks color"):
        run(converge, nodes, edges, "--domain", "color")


def test_a_growing_network_gives_an_alarm(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    lines = ["period,source,network,member,place,domain"]
    for year, members in ((2020, 10), (2021, 40), (2022, 90)):
        lines += [f"{year},police,ring,m{at},port,drugs" for at in range(members)]
        lines += [f"{year},police,,,,"] * (500 - members)
    lines += ["2022,,ring,m1,port,drugs"]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    answer = told(trend, path, "--network", "ring", status=1)
    found = answer["result"]
    assert found["members"]["alarm"] == "up"
    assert [period["observed"] for period in found["members"]["periods"]] == [40, 90]
    assert found["places"]["alarm"] == ""
    assert found["domains"]["alarm"] == ""
    assert answer["rejects"][0]["reason"] == "no period or no source"
    assert "members: up" in run(trend, path, "--network", "ring", status=1).stdout
    with pytest.raises(UsageError, match="no row of this network"):
        run(trend, path, "--network", "rign")


def test_hidden_ties_are_marked_as_predicted(tmp_path: Path) -> None:
    path = tmp_path / "edges.csv"
    path.write_text(
        "source,target,last_seen\na,b,2024-01-01\nb,c,2024-01-01\nc,d,2020-01-01\nd,a,soon\n",
        "utf-8",
    )
    answer = told(hidden, path, "--limit", 2)
    assert [tie["type"] for tie in answer["result"]] == ["predicted-tie"] * 2
    assert all(tie["predicted"] for tie in answer["result"])
    assert "predicted, not known" in run(hidden, path).stdout
    aged = told(hidden, path, "--half-life", 365, status=1)
    assert aged["rejects"][0]["locator"] == "row 5, column last_seen"
    assert {aged["result"][0]["one"], aged["result"][0]["other"]} == {"a", "c"}
