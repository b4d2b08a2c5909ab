"""The network of a workspace kept in a folder, so that it is put together once for each state."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from manara.graph.arrays import Graph
from manara.graph.build import network, segments_of
from manara.graph.columns import UNREADABLE, delete_folder, mapped, save_folder, sweep
from manara.graph.places import places
from manara.graph.stated import folder_of, kept_statement
from manara.graph.texts import whole
from manara.graph.ties import Network
from manara.store import View, Workspace

#: Version of the folder; a change builds kept ones anew.
_FORM = 3

_STATEMENTS = ("kind", "dataset", "row", "other", "down", "first", "last")


def kept_network(workspace: Workspace) -> Network:
    """Return the network of all that a workspace knows, from its folder if nothing has changed.

    The folder is mapped into memory and read as needed; it takes the place of the former one in one
    step, and is built anew whenever a segment, a withdrawal, an erasure or a retention date changes
    what may be seen. What is read out of a segment is kept apart, so that a new edition costs
    reading what is new.
    """
    view = workspace.view()
    state = repr((_FORM, places().digest, view.inputs, view.hidden)).encode()
    folder = workspace.root / "index"
    path = folder / f"{hashlib.blake2b(state, digest_size=8).hexdigest()}.network"
    if not path.is_dir():
        _save(network(view), path)
        sweep(folder, "*.network", [path.name])
        sweep(folder / "ties", "*", [folder_of(view, name) for name in segments_of(view)])
    try:
        return _open(path, view)
    except UNREADABLE:
        # Damaged, or another process has just put the folder of a later state in its place.
        delete_folder(path)
        return network(view)


def _save(net: Network, path: Path) -> None:
    graph = net.graph
    columns: dict[str, dict[str, Any]] = {
        "ties": {"a": graph.ends[:, 0], "b": graph.ends[:, 1], "weight": graph.weight},
        "neighbours": {"start": graph.start},
        "near": {"target": graph.target, "tie": graph.tie},
        "stated": {"start": net.start},
        "statements": {name: getattr(net, name) for name in _STATEMENTS},
        "nodes": {"id": pa.array(list(graph.nodes), pa.string())},
        "datasets": {"name": pa.array(net.datasets, pa.string())},
    }
    save_folder(path, {name: pa.table(each) for name, each in columns.items()})


def _open(path: Path, view: View) -> Network:
    def column(table: str, name: str) -> Any:
        # Bits are not bytes: what is true or false has to be copied.
        return whole(tables[table][name]).to_numpy(zero_copy_only=False)

    names = ("ties", "neighbours", "near", "stated", "statements", "nodes", "datasets")
    tables = {name: mapped(path / f"{name}.arrow") for name in names}
    nodes: Any = np.array(tables["nodes"]["id"].to_pylist(), object)
    graph = Graph(
        nodes,
        np.column_stack([column("ties", "a"), column("ties", "b")]),
        column("ties", "weight"),
        column("neighbours", "start"),
        column("near", "target"),
        column("near", "tie"),
    )
    segments = [kept_statement(view, name, file) for name, file in segments_of(view).items()]
    datasets = tables["datasets"]["name"].to_pylist()
    statements = [column("statements", name) for name in _STATEMENTS]
    return Network(graph, segments, datasets, column("stated", "start"), *statements)
