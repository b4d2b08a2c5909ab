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
    """Write a network as GraphML (1.0); every attribute as text, weights as numbers."""
    network = _plain(network)
    root = etree.Element(f"{{{GRAPHML}}}graphml", nsmap={None: GRAPHML})
    keys: dict[tuple[str, str], str] = {}
    for side, names in (("node", list(network.nodes)), ("edge", ["weight"])):
        for name in names:
            keys[side, name] = f"d{len(keys)}"
            kind = "double" if name == "weight" and side == "edge" else "string"
            stated = {"id": keys[side, name], "for": side, "attr.name": name, "attr.type": kind}
            etree.SubElement(root, f"{{{GRAPHML}}}key", stated)
    graph = etree.SubElement(root, f"{{{GRAPHML}}}graph", edgedefault="undirected")
    for at, name in enumerate(network.graph.nodes):
        element = etree.SubElement(graph, f"{{{GRAPHML}}}node", id=name)
        for title, values in network.nodes.items():
            if values[at]:
                data = etree.SubElement(element, f"{{{GRAPHML}}}data", key=keys["node", title])
                data.text = values[at]
    for source, target, weight in _ties(network):
        element = etree.SubElement(graph, f"{{{GRAPHML}}}edge", source=source, target=target)
        etree.SubElement(element, f"{{{GRAPHML}}}data", key=keys["edge", "weight"]).text = weight
    _save(path, root)


def write_gexf(path: Path, network: FileNetwork) -> None:
    """Write a network as GEXF (1.3); every attribute as text."""
    network = _plain(network)
    root = etree.Element(f"{{{GEXF}}}gexf", nsmap={None: GEXF}, version="1.3")
    graph = etree.SubElement(root, f"{{{GEXF}}}graph", defaultedgetype="undirected")
    titles = [title for title in network.nodes if title != "label"]
    declared = etree.SubElement(graph, f"{{{GEXF}}}attributes", {"class": "node"})
    for at, title in enumerate(titles):
        etree.SubElement(
            declared, f"{{{GEXF}}}attribute", {"id": str(at), "title": title, "type": "string"}
        )
    labels = network.nodes.get("label") or list(network.graph.nodes)
    nodes = etree.SubElement(graph, f"{{{GEXF}}}nodes")
    for at, name in enumerate(network.graph.nodes):
        element = etree.SubElement(nodes, f"{{{GEXF}}}node", id=name, label=labels[at] or name)
        values = etree.SubElement(element, f"{{{GEXF}}}attvalues")
        for number, title in enumerate(titles):
            if value := network.nodes[title][at]:
                stated = {"for": str(number), "value": value}
                etree.SubElement(values, f"{{{GEXF}}}attvalue", stated)
    edges = etree.SubElement(graph, f"{{{GEXF}}}edges")
    for at, (source, target, weight) in enumerate(_ties(network)):
        stated = {"id": str(at), "source": source, "target": target, "weight": weight}
        etree.SubElement(edges, f"{{{GEXF}}}edge", stated)
    _save(path, root)


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


def _plain(network: FileNetwork) -> FileNetwork:
    """Return a network without characters that XML cannot hold."""
    graph = network.graph
    names = [name.translate(_CONTROLS) for name in graph.nodes]
    nodes = {
        title.translate(_CONTROLS): [value.translate(_CONTROLS) for value in values]
        for title, values in network.nodes.items()
    }
    return replace(network, graph=replace(graph, nodes=names), nodes=nodes)


def _save(path: Path, root: etree._Element) -> None:
    etree.ElementTree(root).write(
        str(path), xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
