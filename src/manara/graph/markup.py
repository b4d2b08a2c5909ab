"""GraphML and GEXF, the files of drawing tools, in and out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lxml import etree

from manara.formats.xml import Node, records
from manara.graph.files import Check, FileNetwork, Gathering, Stated
from manara.model import FormatError

GRAPHML = "http://graphml.graphdrawing.org/xmlns"
GEXF = "http://gexf.net/1.3"
#: Characters that XML cannot hold, which are left out.
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def read_markup(path: Path, check: Check | None = None) -> FileNetwork:
    """Return the network of a GraphML or GEXF file; directions of ties are dropped.

    Args:
        path: the file.
        check: raises ValueError if the attributes of a tie are bad.

    Raises:
        FormatError: the file is neither, is not well-formed, or declares a document type.
    """
    gathering = Gathering(check)
    titles: dict[tuple[str, str], str] = {}
    known = False
    for node in records(path, "key", "attribute", "node", "edge"):
        known = True
        if node.name == "key":
            title = node.get("attr.name") or node.get("id")
            titles[node.get("for"), node.get("id")] = title
            titles.setdefault(("all", node.get("id")), title)
        elif node.name == "attribute":
            parent = node.element.getparent()
            side = (parent.get("class") or "") if parent is not None else ""
            titles[side, node.get("id")] = node.get("title") or node.get("id")
        elif node.name == "node":
            gathering.node(node.get("id"), dict(_values(node, titles)), node.locator)
        else:
            values = dict(_values(node, titles))
            gathering.tie(Stated(node.get("source"), node.get("target"), values, node.locator))
    if not known:
        raise FormatError("neither GraphML nor GEXF", where=path.name)
    return gathering.network()


def write_graphml(path: Path, network: FileNetwork) -> None:
    """Write a network as GraphML (1.0); every attribute as text, weights as numbers.

    A tie of several records has their different values, separated by semicolons.
    """
    network = _plain(network)
    stated = _stated(network)
    root = etree.Element(f"{{{GRAPHML}}}graphml", nsmap={None: GRAPHML})
    keys: dict[tuple[str, str], str] = {}
    for side, names in (("node", list(network.nodes)), ("edge", ["weight", *stated])):
        for name in names:
            keys[side, name] = f"d{len(keys)}"
            kind = "double" if name == "weight" and side == "edge" else "string"
            key = {"id": keys[side, name], "for": side, "attr.name": name, "attr.type": kind}
            etree.SubElement(root, f"{{{GRAPHML}}}key", key)
    graph = etree.SubElement(root, f"{{{GRAPHML}}}graph", edgedefault="undirected")
    for at, name in enumerate(network.graph.nodes):
        element = etree.SubElement(graph, f"{{{GRAPHML}}}node", id=name)
        for title, values in network.nodes.items():
            if values[at]:
                data = etree.SubElement(element, f"{{{GRAPHML}}}data", key=keys["node", title])
                data.text = values[at]
    for at, (source, target, weight) in enumerate(_ties(network)):
        element = etree.SubElement(graph, f"{{{GRAPHML}}}edge", source=source, target=target)
        etree.SubElement(element, f"{{{GRAPHML}}}data", key=keys["edge", "weight"]).text = weight
        for title, values in stated.items():
            if values[at]:
                data = etree.SubElement(element, f"{{{GRAPHML}}}data", key=keys["edge", title])
                data.text = values[at]
    _save(path, root)


def write_gexf(path: Path, network: FileNetwork) -> None:
    """Write a network as GEXF (1.3); every attribute as text.

    A tie of several records has their different values, separated by semicolons.
    """
    network = _plain(network)
    root = etree.Element(f"{{{GEXF}}}gexf", nsmap={None: GEXF}, version="1.3")
    graph = etree.SubElement(root, f"{{{GEXF}}}graph", defaultedgetype="undirected")
    nodes = {title: values for title, values in network.nodes.items() if title != "label"}
    ties = _stated(network)
    for side, titles in (("node", nodes), ("edge", ties)):
        declared = etree.SubElement(graph, f"{{{GEXF}}}attributes", {"class": side})
        for at, title in enumerate(titles):
            stated = {"id": str(at), "title": title, "type": "string"}
            etree.SubElement(declared, f"{{{GEXF}}}attribute", stated)
    labels = network.nodes.get("label") or list(network.graph.nodes)
    parent = etree.SubElement(graph, f"{{{GEXF}}}nodes")
    for at, name in enumerate(network.graph.nodes):
        node = etree.SubElement(parent, f"{{{GEXF}}}node", id=name, label=labels[at] or name)
        _attach(node, nodes, at)
    parent = etree.SubElement(graph, f"{{{GEXF}}}edges")
    for at, (source, target, weight) in enumerate(_ties(network)):
        stated = {"id": str(at), "source": source, "target": target, "weight": weight}
        _attach(etree.SubElement(parent, f"{{{GEXF}}}edge", stated), ties, at)
    _save(path, root)


def _attach(element: etree._Element, columns: dict[str, list[str]], at: int) -> None:
    """Add the values of one node or tie to its element of a GEXF file."""
    values = etree.SubElement(element, f"{{{GEXF}}}attvalues")
    for number, column in enumerate(columns.values()):
        if column[at]:
            stated = {"for": str(number), "value": column[at]}
            etree.SubElement(values, f"{{{GEXF}}}attvalue", stated)


def _values(node: Node, titles: dict[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
    """Yield what is stated of a node or tie, by the title of the attribute."""
    for name in ("label", "weight"):
        if value := node.get(name):
            yield name, value
    for data in node.all("data"):
        key = data.get("key")
        yield titles.get((node.name, key)) or titles.get(("all", key), key), data.content
    for data in node.all("attvalues", "attvalue"):
        key = data.get("for") or data.get("id")
        yield titles.get((node.name, key), key), data.get("value")


def _ties(network: FileNetwork) -> Iterator[tuple[str, str, str]]:
    graph = network.graph
    for (a, b), weight in zip(graph.ends.tolist(), graph.weight.tolist(), strict=True):
        yield graph.nodes[a], graph.nodes[b], repr(weight)


def _stated(network: FileNetwork) -> dict[str, list[str]]:
    """Return what is stated of each tie by column; weights, which are added, are left out."""
    found: dict[str, list[str]] = {}
    for title, values in network.ties.items():
        if title != "weight":
            of: list[dict[str, None]] = [{} for _ in range(network.graph.m)]
            for tie, value in zip(network.tie.tolist(), values, strict=True):
                if value:
                    of[tie][value] = None
            found[title] = ["; ".join(each) for each in of]
    return found


def _plain(network: FileNetwork) -> FileNetwork:
    """Return a network without characters that XML cannot hold."""
    graph = network.graph
    names = [name.translate(_CONTROLS) for name in graph.nodes]
    nodes, ties = (
        {
            title.translate(_CONTROLS): [value.translate(_CONTROLS) for value in values]
            for title, values in columns.items()
        }
        for columns in (network.nodes, network.ties)
    )
    return replace(network, graph=replace(graph, nodes=names), nodes=nodes, ties=ties)


def _save(path: Path, root: etree._Element) -> None:
    etree.ElementTree(root).write(
        str(path), xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
