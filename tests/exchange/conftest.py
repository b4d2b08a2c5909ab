"""Invented agencies that exchange: Northport customs, the Estvale police, the Quen finance unit."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn

from manara.exchange.node import Node
from manara.exchange.partners import Partner
from manara.exchange.serving import serve
from manara.exchange.tls import own_certificate
from manara.model import Dataset, Handling
from manara.store import EditionWriter, Workspace


class Said(NamedTuple):
    """One statement."""

    entity: str
    prop: str
    value: str
    schema: str = "Person"


def hold(node: Node, dataset: str, rule: Handling, said: list[Said]) -> None:
    """Let a node hold statements under a rule."""
    content = repr((dataset, rule.id, said)).encode()
    path = node.workspace.root / "content"
    path.write_bytes(content)
    source = node.workspace.keep(path, f"{dataset}.csv")
    kept = Dataset(dataset, dataset, handling=rule)
    with EditionWriter(
        node.workspace, kept, source, format="test", parser_version="1", by="tester",
        allow_shrink=True,
    ) as edition:  # fmt: skip
        for number, one in enumerate(said, 1):
            edition.records += 1
            edition.add(one.entity, one.schema, one.prop, one.value, "", "", f"line {number}")
        edition.commit()


NewNode = Callable[[str], Node]


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace to copy, which is quicker than to make one."""
    folder = tmp_path_factory.mktemp("blank") / "workspace"
    Workspace.create(folder).close()
    return folder


@pytest.fixture
def new_node(blank: Path, tmp_path: Path) -> Iterator[NewNode]:
    """Make a node by its id."""
    with ExitStack() as stack:

        def make(node_id: str) -> Node:
            shutil.copytree(blank, tmp_path / node_id)
            workspace = stack.enter_context(Workspace.open(tmp_path / node_id))
            node = Node(workspace)
            node.identify(node_id, node_id.title(), by="head")
            return node

        yield make


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Serve a node in a thread, and return its address."""
    servers: list[uvicorn.Server] = []
    run = uvicorn.Server.run

    def noted(self: uvicorn.Server, **options: Any) -> None:
        servers.append(self)
        run(self, **options)

    monkeypatch.setattr(uvicorn.Server, "run", noted)
    with ExitStack() as stack:

        def start(node: Node, **options: Any) -> str:
            ready, address = threading.Event(), []

            def told(at: str) -> None:
                address.append(at)
                ready.set()

            thread = threading.Thread(
                target=serve, args=(node,),
                kwargs={"host": "127.0.0.1", "port": 0, "ready": told, **options},
            )  # fmt: skip
            thread.start()
            stack.callback(thread.join)
            assert ready.wait(20)
            return address[0]

        yield start
        for server in servers:
            server.should_exit = True


def pem(node: Node) -> str:
    return own_certificate(node.workspace.root / "keys")[0].read_text()


def pin(node: Node, other: Node, address: str = "") -> None:
    node.agree(Partner(other.keys.card, address=address, certificate=pem(other)), by="liaison")


def meet(one: Node, other: Node, **terms: object) -> None:
    """Let two nodes be each other's partner, under the same terms."""
    one.agree(Partner(other.keys.card, **terms), by="liaison")  # type: ignore[arg-type]
    other.agree(Partner(one.keys.card, **terms), by="liaison")  # type: ignore[arg-type]
