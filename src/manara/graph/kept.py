"""The network of a workspace kept in a file, so that it is built once for each state."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from manara.graph.arrays import Graph
from manara.graph.ties import Network, network
from manara.store import Workspace

#: Version of the file; a change builds kept ones anew.
_FORM = 2


def kept_network(workspace: Workspace) -> Network:
    """Return the network of all that a workspace knows, from its file if nothing has changed.

    The file is mapped into memory and read as needed; it takes the place of the former one in one
    step, and is built anew whenever a segment, a withdrawal or a retention date changes what may be
    seen.
    """
    view = workspace.view()
    facts = [(row["dataset"], row["facts"]) for row in view.datasets()]
    state = repr((_FORM, view.inputs, facts)).encode()
    folder = workspace.root / "index"
    path = folder / f"{hashlib.blake2b(state, digest_size=8).hexdigest()}.network"
    if not path.is_dir():
        folder.mkdir(exist_ok=True)
        _save(network(view), path)
        for old in set(folder.glob("*.network")) - {path}:
            _delete(old)
    try:
        return _open(path)
    except FileNotFoundError:
        # Another process has just put the file of a later state in its place.
        return network(view)


def _save(net: Network, path: Path) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.mkdir()
    graph = net.graph
    columns = {
        "ties": {
            "a": graph.ends[:, 0],
            "b": graph.ends[:, 1],
            "weight": graph.weight,
        },
        "rows_of": {"start": graph.start},
        "near": {"target": graph.target, "tie": graph.tie},
        "days": {"first": net.first, "last": net.last},
        "stated": {"start": net.start},
        "order": {"row": net.order},
        "nodes": {"id": pa.array(list(graph.nodes), pa.string())},
    }
    tables = {name: pa.table(each) for name, each in columns.items()} | {"rows": net.rows}
    for name, table in tables.items():
        with pa.ipc.new_file(part / f"{name}.arrow", table.schema) as file:
            file.write_table(table.combine_chunks())
    try:
        part.rename(path)
    except OSError:
        # Another process was first; its file holds the same.
        _delete(part)


def _open(path: Path) -> Network:
    def column(table: str, name: str) -> Any:
        return _read(path / f"{table}.arrow")[name].to_numpy()

    nodes: Any = np.array(_read(path / "nodes.arrow")["id"].to_pylist(), object)
    ends = np.column_stack([column("ties", "a"), column("ties", "b")])
    graph = Graph(
        nodes,
        ends,
        column("ties", "weight"),
        column("rows_of", "start"),
        column("near", "target"),
        column("near", "tie"),
    )
    rows = _read(path / "rows.arrow")
    return Network(
        graph,
        rows,
        column("order", "row"),
        column("days", "first"),
        column("days", "last"),
        column("stated", "start"),
    )


def _read(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def _delete(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink(missing_ok=True)
    folder.rmdir()
