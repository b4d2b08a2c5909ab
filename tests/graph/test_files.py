"""Networks go in and out of files whole; bad rows are set aside with their place."""

from __future__ import annotations

import csv
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from manara.graph import (
    FileNetwork,
    read_edges,
    read_markup,
    read_nodes,
    write_chart,
    write_edges,
    write_gexf,
    write_graphml,
)
from manara.model import FormatError
from tests.graph.random_graphs import random_graphs, twin


def file_of(folder: Path, text: str, name: str = "ties.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def ties(network: FileNetwork) -> dict[tuple[str, ...], float]:
    graph = network.graph
    return {
        tuple(sorted((graph.nodes[a], graph.nodes[b]))): weight
        for (a, b), weight in zip(graph.ends.tolist(), graph.weight.tolist(), strict=True)
    }


@pytest.mark.parametrize(
    "text",
    [
        "source,target,weight\nأمل,Béa,2\nBéa,Chadi,\n",
        "weight;Target;Source\n2;Béa;أمل\n1;Chadi;Béa\n",
        "person\tknows\tweight\nأمل\tBéa\t2\nBéa\tChadi\t1\n",
        "from,to,weight,seen\nأمل,Béa,1.5,2001\nBéa,أمل,0.5,2002\nBéa,Chadi,1,\nBéa,Béa,9,\n",
    ],
)
def test_ends_and_weights_are_found(tmp_path: Path, text: str) -> None:
    network = read_edges(file_of(tmp_path, text))
    assert ties(network) == {("Béa", "أمل"): 2.0, ("Béa", "Chadi"): 1.0}
    assert network.rejects == ()


@pytest.mark.parametrize("text", ["2 4\n2 5\n9 11\n", "2,4\n2,5\n9,11\n"])
def test_a_list_of_numbers_needs_no_header(tmp_path: Path, text: str) -> None:
    assert list(ties(read_edges(file_of(tmp_path, text)))) == [("2", "4"), ("2", "5"), ("11", "9")]


def test_bad_rows_are_set_aside_with_their_place_and_the_rest_goes_in(tmp_path: Path) -> None:
    text = "source,target,weight\nAmal,Bilal,1\n,Bilal,1\nAmal,Chadi,-3\nAmal,Chadi,x\nA,B\nD,E,2\n"
    network = read_edges(file_of(tmp_path, text))
    assert list(ties(network)) == [("Amal", "Bilal"), ("D", "E")]
    assert [(one.locator, one.rule) for one in network.rejects] == [
        ("row 3", "ends"),
        ("row 4", "value"),
        ("row 5", "value"),
        ("row 6", "row"),
    ]


def test_records_of_one_tie_are_kept_apart(tmp_path: Path) -> None:
    text = "source,target,seen\nAmal,Bilal,2001\nBilal,Amal,2009\nBilal,Chadi,2003\n"
    network = read_edges(file_of(tmp_path, text))
    assert network.ties["seen"] == ["2001", "2009", "2003"]
    assert network.tie.tolist() == [0, 0, 1]


@pytest.mark.parametrize("text", ["", "names\nAmal\n"])
def test_a_file_that_is_no_table_of_ties_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FormatError):
        read_edges(file_of(tmp_path, text))


def test_attributes_of_nodes_come_in_and_nodes_without_ties_too(tmp_path: Path) -> None:
    network = read_edges(file_of(tmp_path, "source,target\nAmal,Bilal\n"))
    more = file_of(tmp_path, "id,role\nBilal,courier\nDima,chemist\n,none\n", "nodes.csv")
    full = read_nodes(more, network)
    assert list(full.graph.nodes) == ["Amal", "Bilal", "Dima"]
    assert full.nodes["role"] == ["", "courier", "chemist"]
    assert [one.locator for one in full.rejects] == ["row 4"]
    assert list(ties(full)) == [("Amal", "Bilal")]


def test_drawing_files_are_read_by_another_library_and_back(tmp_path: Path) -> None:
    for at, graph in enumerate(random_graphs(100, most=12)):
        roles = ["" if v % 3 == 0 else f"role <{v}> & é" for v in range(graph.n)]
        network = FileNetwork(graph, {"role": roles}, {}, np.arange(graph.m, dtype=np.int32))
        for write, read in ((write_graphml, nx.read_graphml), (write_gexf, nx.read_gexf)):
            path = tmp_path / f"{at}.xml"
            write(path, network)
            theirs = read(path)
            expected = nx.relabel_nodes(twin(graph), dict(enumerate(graph.nodes)))
            assert {
                tuple(sorted((a, b))): float(d["weight"]) for a, b, d in theirs.edges(data=True)
            } == {tuple(sorted((a, b))): d["weight"] for a, b, d in expected.edges(data=True)}
            stated = {v: data.get("role", "") for v, data in theirs.nodes(data=True)}
            assert stated == dict(zip(graph.nodes, roles, strict=True))
            ours = read_markup(path)
            assert ties(ours) == ties(network)
            assert (ours.nodes.get("role") or [""] * graph.n) == roles


def test_drawing_files_of_another_library_are_read(tmp_path: Path) -> None:
    for at, graph in enumerate(random_graphs(100, most=12)):
        theirs = nx.relabel_nodes(twin(graph), dict(enumerate(graph.nodes)))
        nx.set_node_attributes(theirs, {v: f"r{v}" for v in theirs}, "role")
        nx.set_edge_attributes(theirs, "wiretap", "evidence")
        for write in (nx.write_graphml, nx.write_gexf):
            path = tmp_path / f"{at}.xml"
            write(theirs, path)
            ours = read_markup(path)
            assert ties(ours) == ties(FileNetwork(graph))
            assert ours.nodes["role"] == [f"r{v}" for v in graph.nodes]
            assert set(ours.ties.get("evidence", [])) <= {"wiretap"}
            assert len(ours.ties.get("evidence", [])) == graph.m


def test_characters_that_xml_cannot_hold_are_left_out(tmp_path: Path) -> None:
    network = read_edges(file_of(tmp_path, "source,target\nA\x0bmal,Bilal\n"))
    for write in (write_graphml, write_gexf):
        write(tmp_path / "x.xml", network)
        assert list(ties(read_markup(tmp_path / "x.xml"))) == [("Amal", "Bilal")]


BOMB = '<!DOCTYPE x [<!ENTITY a "aa">]><graphml><graph><node id="&a;"/></graph></graphml>'


@pytest.mark.parametrize("text", [BOMB, "<graphml><graph>", "<other/>"])
def test_hostile_or_strange_markup_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FormatError):
        read_markup(file_of(tmp_path, text, "x.graphml"))


def test_ties_go_out_and_come_back(tmp_path: Path) -> None:
    for graph in random_graphs(20):
        path = tmp_path / "out.csv"
        write_edges(path, graph)
        assert ties(read_edges(path)) == ties(FileNetwork(graph))


def test_a_chart_has_one_row_for_each_record(tmp_path: Path) -> None:
    text = "source,target,type,seen\nAmal,Bilal,call,2001\nBilal,Amal,meeting,2002\n"
    network = read_edges(file_of(tmp_path, text))
    nodes = file_of(tmp_path, "id,type,label\nAmal,Person,Amal Invented\n", "nodes.csv")
    write_chart(tmp_path / "chart.csv", read_nodes(nodes, network))
    with (tmp_path / "chart.csv").open(encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert (first["Entity 1 Type"], first["Entity 1 Label"]) == ("Person", "Amal Invented")
    assert (first["Entity 2 Type"], first["Entity 2 Label"]) == ("Entity", "Bilal")
    assert (first["Link Type"], second["Link Type"]) == ("call", "meeting")
    assert (first["seen"], second["seen"]) == ("2001", "2002")
