"""Networks in files: edge lists, attributes of nodes, tables for charting tools; in and out."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from manara.formats import Row, rows
from manara.graph.arrays import I32, Graph
from manara.model import FormatError, Reject

#: Columns that hold the ends of a tie, where they are named so.
SOURCES = ("source", "from", "src")
TARGETS = ("target", "to", "dst")

#: Looks at what is stated of a tie, by column; raises ValueError if it is bad.
Check: TypeAlias = Callable[[dict[str, str]], object]


@dataclass(frozen=True, slots=True, eq=False)
class FileNetwork:
    """A graph with what its files state of nodes and ties.

    Attributes:
        graph: who is tied to whom, each pair once, weights added.
        nodes: by attribute, its value for each node, ``""`` where not stated.
        ties: by column, its value for each record of a tie, in the order of the file.
        tie: the tie that each record is of.
        rejects: what could not be used.
    """

    graph: Graph
    nodes: dict[str, list[str]] = field(default_factory=dict)
    ties: dict[str, list[str]] = field(default_factory=dict)
    tie: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    rejects: tuple[Reject, ...] = ()


class Stated(NamedTuple):
    """One tie as a file states it."""

    source: str
    target: str
    values: dict[str, str]
    locator: str


class Gathering:
    """Collects ties and nodes of one file, sets aside what is bad, and makes the network."""

    def __init__(self, check: Check | None = None) -> None:
        """Begin a collection; `check` raises ValueError if what is stated of a tie is bad."""
        self.rejects: list[Reject] = []
        self.attributes: dict[str, dict[str, str]] = {}
        self._check = check
        self._stated: list[Stated] = []

    def node(self, name: str, values: dict[str, str], locator: str) -> None:
        """Take in a node with its attributes."""
        if name:
            self.attributes.setdefault(name, {}).update(values)
        else:
            self.rejects.append(Reject(locator, "id", "a node without an id", ""))

    def tie(self, stated: Stated) -> None:
        """Take in a tie; a node tied to itself is no tie, but it is a node."""
        if not stated.source or not stated.target:
            self.rejects.append(
                Reject(stated.locator, "ends", "a tie without two ends", str(stated[:2]))
            )
            return
        try:
            weight_of(stated.values.get("weight", ""))
            if self._check:
                self._check(stated.values)
        except ValueError as error:
            self.rejects.append(Reject(stated.locator, "value", str(error), str(stated.values)))
            return
        self._stated.append(stated)

    def network(self) -> FileNetwork:
        """Return what was collected; nodes in the order in which they were first met."""
        number = {name: at for at, name in enumerate(self.attributes)}
        for stated in self._stated:
            for name in stated[:2]:
                number.setdefault(name, len(number))
        kept = [s for s in self._stated if s.source != s.target]
        source = np.array([number[s.source] for s in kept], np.int32)
        target = np.array([number[s.target] for s in kept], np.int32)
        names = list(number)
        weight = np.array([weight_of(s.values.get("weight", "")) for s in kept], np.float64)
        graph = Graph.of(names, source, target, weight)
        return FileNetwork(
            graph,
            _columns([self.attributes.get(name, {}) for name in names]),
            _columns([s.values for s in kept]),
            _tie_of(graph, source, target),
            tuple(self.rejects),
        )


def read_edges(
    path: Path, check: Check | None = None, required: Collection[str] = ()
) -> FileNetwork:
    """Return the network of a delimited text file of ties.

    The delimiter is a comma, semicolon, tab or space. The ends stand in the columns ``source`` and
    ``target`` (or ``from`` and ``to``), else in the first two; a file whose first row is two whole
    numbers has no header. A column ``weight`` counts as such; empty means 1.

    Args:
        path: the file.
        check: raises ValueError if the further columns of a tie are bad.
        required: columns that cannot be done without.

    Raises:
        FormatError: the file as a whole is no such table.
    """
    delimiter, first = _sniff(path)
    names = None
    if len(first) >= 2 and all(_is_number(cell) for cell in first[:2]):
        names = ["source", "target", *(["weight"] if len(first) == 3 else [])]
        names += [f"column {at}" for at in range(len(names) + 1, len(first) + 1)]
    gathering = Gathering(check)
    ends: tuple[str, str] | None = None
    for row in rows(path, delimiter=delimiter, columns=names, required=required):
        if isinstance(row, Reject):
            gathering.rejects.append(row)
            continue
        ends = ends or _ends(row, path)
        values = {_plain(k): v.strip() for k, v in row.values.items() if k not in ends}
        source, target = (row.values[end].strip() for end in ends)
        gathering.tie(Stated(source, target, values, row.locator))
    return gathering.network()


def read_nodes(path: Path, network: FileNetwork) -> FileNetwork:
    """Return a network with the attributes that a delimited text file states of nodes.

    The id stands in the column ``id`` (or ``node``), else in the first. Nodes without ties come in.

    Args:
        path: the file.
        network: the ties.

    Raises:
        FormatError: the file as a whole is no such table.
    """
    gathering = Gathering()
    gathering.rejects += network.rejects
    for at, name in enumerate(network.graph.nodes):
        gathering.node(name, {k: v[at] for k, v in network.nodes.items()}, "")
    for row in rows(path, delimiter=_sniff(path)[0]):
        if isinstance(row, Reject):
            gathering.rejects.append(row)
            continue
        key = next((c for c in row.values if c.lower() in ("id", "node")), next(iter(row.values)))
        values = {k: v.strip() for k, v in row.values.items() if k != key}
        gathering.node(row.values[key].strip(), values, row.locator)
    more = gathering.network()
    graph, ends = network.graph, network.graph.ends
    same = Graph.of(more.graph.nodes, ends[:, 0], ends[:, 1], graph.weight)
    return FileNetwork(same, more.nodes, network.ties, network.tie, more.rejects)


def write_edges(path: Path, graph: Graph) -> None:
    """Write the ties as CSV: source, target, weight."""
    _write(
        path,
        ("source", "target", "weight"),
        (
            (graph.nodes[a], graph.nodes[b], f"{weight:g}")
            for (a, b), weight in zip(graph.ends.tolist(), graph.weight.tolist(), strict=True)
        ),
    )


def write_chart(path: Path, network: FileNetwork, kind: str = "Entity") -> None:
    """Write one row for each record of a tie, as the import of a link-chart tool wants it.

    The columns are those of an import by columns in i2 Analyst's Notebook: type, identity and
    label of both entities, then type, label and strength of the link, then all further columns.

    Args:
        path: the file.
        network: what to write; the attributes ``type`` and ``label`` (or ``name``) of nodes are
            used if there are any.
        kind: type of entities that state none.
    """
    graph = network.graph
    kinds = network.nodes.get("type") or [""] * graph.n
    labels = network.nodes.get("label") or network.nodes.get("name") or [""] * graph.n
    more = [column for column in network.ties if column not in ("type", "label", "weight")]

    def side(node: int) -> tuple[str, str, str]:
        return kinds[node] or kind, graph.nodes[node], labels[node] or graph.nodes[node]

    def link(record: int, *columns: str) -> list[str]:
        return [network.ties[c][record] if c in network.ties else "" for c in columns]

    _write(
        path,
        (
            *(f"Entity {end} {part}" for end in (1, 2) for part in ("Type", "Identity", "Label")),
            *("Link Type", "Link Label", "Link Strength"),
            *more,
        ),
        (
            (*side(a), *side(b), *link(record, "type", "label", "weight", *more))
            for record, (a, b) in enumerate(graph.ends[network.tie].tolist())
        ),
    )


def weight_of(text: str) -> float:
    """Return a weight, 1 if empty; raise ValueError if it is not a positive number."""
    value = _number(text or "1")
    if not 0 < value < math.inf:
        raise ValueError("a weight is a positive number")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _tie_of(graph: Graph, source: I32, target: I32) -> I32:
    """Return the tie that each pair of ends is."""
    n = max(graph.n, 1)
    keys = graph.ends[:, 0].astype(np.int64) * n + graph.ends[:, 1]
    low, high = np.minimum(source, target).astype(np.int64), np.maximum(source, target)
    return np.searchsorted(keys, low * n + high).astype(np.int32)


def _columns(items: Sequence[dict[str, str]]) -> dict[str, list[str]]:
    names = dict.fromkeys(name for item in items for name in item)
    return {name: [item.get(name, "") for item in items] for name in names}


def _plain(column: str) -> str:
    return "weight" if column.lower() == "weight" else column


def _ends(row: Row, path: Path) -> tuple[str, str]:
    """Return the two columns that hold the ends."""
    names = list(row.values)
    if len(names) < 2:
        raise FormatError(
            "one column only",
            where=path.name,
            remedy="give a table with the columns source and target",
        )
    source = next((name for name in names if name.lower() in SOURCES), names[0])
    target = next((name for name in names if name.lower() in TARGETS), names[1])
    return source, target


def _sniff(path: Path) -> tuple[str, list[str]]:
    """Return the delimiter and the fields of the first line."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        line = next((line for line in file if line.strip()), "").strip()
    delimiter = next((mark for mark in ("\t", ";", ",") if mark in line), " ")
    if '"' in line or " " not in line:
        delimiter = "," if delimiter == " " else delimiter
    return delimiter, [cell.strip() for cell in line.split(delimiter)]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _write(path: Path, header: Sequence[str], body: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(body)
