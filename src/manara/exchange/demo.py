"""Three invented agencies exchange: each a process of its own, on this machine, over HTTPS."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from manara.exchange.blind import Person, ask, make_table, take_table
from manara.exchange.delivery import Delivered, ask_over, deliver
from manara.exchange.demo_material import AGENCIES, CORRECTED, CUSTOMS, FINANCE, POLICE, Agency
from manara.exchange.letters import REQUEST, states, write_letter
from manara.exchange.node import Node, today
from manara.exchange.oracle import Checked, Oracle
from manara.exchange.outbox import Outbox
from manara.exchange.partners import Partner
from manara.exchange.recalling import Order, recall_facts
from manara.exchange.receipts import spread
from manara.exchange.releasing import prepare, release
from manara.exchange.selection import Held, Request
from manara.exchange.sent import all_sent
from manara.exchange.tls import own_certificate
from manara.model import Dataset, Handling, WorkspaceError
from manara.store import EditionWriter, Workspace

PURPOSE = "investigation"
_Told = Callable[[str], None]


class Shown(NamedTuple):
    """What the demonstration came to.

    Attributes:
        before: what each node knew at the beginning, by node.
        shared: what each knew once everything was shared.
        after: what each knew once the recall had reached all.
        held: what was held back, and by which rule.
        hits: answers to the blind questions, by the name that was asked for.
        request: what became of the request.
        waiting: who had not confirmed the recall while one node was offline.
        confirmed: who has confirmed it in the end.
        oracle: whether anything left against a rule.
    """

    before: dict[str, list[str]]
    shared: dict[str, list[str]]
    after: dict[str, list[str]]
    held: list[tuple[str, str]]
    hits: dict[str, bool]
    request: str
    waiting: list[str]
    confirmed: list[str]
    oracle: Checked


class _Nodes:
    """The nodes of the demonstration, and what serves each."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._stack = stack
        self.by_id: dict[str, Node] = {}
        for agency in AGENCIES:
            workspace = stack.enter_context(
                Workspace.create(folder / agency.id, organisation=agency.name)
            )
            node = Node(workspace)
            node.identify(agency.id, agency.name, by="head")
            node.certify(by="head")
            _hold(node, agency)
            self.by_id[agency.id] = node
        self.oracle = Oracle(self.by_id, {each.id: _laid_down(each) for each in AGENCIES})

    def meet(self, one: str, other: str, address: str = "") -> None:
        """Let one node deal with another, and reach it at an address once that is known."""
        at = self.by_id[other]
        certificate = own_certificate(at.workspace.root / "keys")[0].read_text("utf-8")
        terms = Partner(
            at.keys.card, onward="free", questions=10, by_officer=10, certificate=certificate,
            address=address,
        )  # fmt: skip
        self.by_id[one].agree(terms, by="liaison")

    def start(self, node_id: str, partners: tuple[str, ...]) -> ExitStack:
        """Start a node's process, tell its partners the address, and return what ends it."""
        running = self._stack.enter_context(ExitStack())
        address = running.enter_context(_served(self.by_id[node_id]))
        for partner in partners:
            self.meet(partner, node_id, address)
        return running

    def carry(self, sender: str) -> list[Delivered]:
        """Let the oracle look at what leaves a node, and hand it over."""
        node = self.by_id[sender]
        for message in Outbox(node.workspace).waiting():
            data = message.path.read_bytes()
            if not data.startswith(b"{"):
                self.oracle.see(data, message.to, today())
        return deliver(node, by="post")

    def known(self) -> dict[str, list[str]]:
        """Return what each node knows, in words."""
        return {
            each: sorted(
                f"{fact.entity_id} {fact.prop} = {fact.value}"
                for fact in node.workspace.view().facts()
            )
            for each, node in self.by_id.items()
        }


def run_demo(folder: Path, told: _Told = lambda text: None) -> Shown:
    """Run the demonstration in a new folder, and return what it came to.

    Customs share with the police; finance ask the police blindly, then openly, and are answered,
    with facts of customs among the answer. While finance are offline, customs take a wrong number
    back and correct it; the police pass that on once finance are back.

    Args:
        folder: where the workspaces are made.
        told: called with each step in a sentence.
    """
    with ExitStack() as stack:
        nodes = _Nodes(folder, stack)
        pairs = ((CUSTOMS, POLICE), (POLICE, FINANCE))
        for one, other in pairs:
            nodes.meet(one, other)
            nodes.meet(other, one)
        nodes.start(CUSTOMS, (POLICE,))
        nodes.start(POLICE, (CUSTOMS, FINANCE))
        finance = nodes.start(FINANCE, (POLICE,))
        told("three nodes answer, each in a process of its own")
        before = nodes.known()
        held = _share(nodes, told)
        hits = _ask(nodes, told)
        request, more = _request(nodes, told)
        shared = nodes.known()
        waiting, confirmed = _recall(nodes, finance, told)
        return Shown(
            before, shared, nodes.known(), held + more, hits, request, waiting, confirmed,
            nodes.oracle.found,
        )  # fmt: skip


def _share(nodes: _Nodes, told: _Told) -> list[tuple[str, str]]:
    customs = nodes.by_id[CUSTOMS]
    held = _send(customs, Request(POLICE, PURPOSE, ["p-17"], case="LB-3", basis="agreement 12"))
    nodes.carry(CUSTOMS)
    told("customs share a person with the police; what an informant said stays")
    return held


def _ask(nodes: _Nodes, told: _Told) -> dict[str, bool]:
    police, finance = nodes.by_id[POLICE], nodes.by_id[FINANCE]
    table = take_table(finance, make_table(police, FINANCE, PURPOSE, today(), by="bo"), by="di")
    hits = {}
    for name, born in (("Maris Toveld", "1979-03-08"), ("Ilse Brandt", "1990-01-17")):
        asking = ask(
            finance, table, Person((name,), (born,), (), ()), case="Q-88", basis="agreement 12",
            officers=["di", "eve"],
        )  # fmt: skip
        hits[name] = asking.read(ask_over(finance, POLICE, asking.message), by="di").hit
        told(f"finance ask the police blindly about {name}: {'hit' if hits[name] else 'no hit'}")
    return hits


def _request(nodes: _Nodes, told: _Told) -> tuple[str, list[tuple[str, str]]]:
    police, finance = nodes.by_id[POLICE], nodes.by_id[FINANCE]
    letter, _ = write_letter(
        finance, POLICE, REQUEST, by="di", text="Maris Toveld, born 1979-03-08", purpose=PURPOSE,
        case="Q-88", basis="agreement 12",
    )  # fmt: skip
    nodes.carry(FINANCE)
    asked = Request(
        FINANCE, PURPOSE, [f"{CUSTOMS}:p-17", "e-4"], case="Q-88", basis="agreement 12",
        answers=letter.id,
    )  # fmt: skip
    held = _send(police, asked)
    nodes.carry(POLICE)
    ((_, state, _),) = states(finance)
    told(f"finance request, the police answer under the signature of customs: {state}")
    return state, held


def _recall(nodes: _Nodes, finance: ExitStack, told: _Told) -> tuple[list[str], list[str]]:
    customs = nodes.by_id[CUSTOMS]
    finance.close()
    told("finance go offline")
    _hold(customs, AGENCIES[0], CORRECTED)
    recall_facts(customs, Order("the number was misread", gone=True, correct=True), by="ana")
    nodes.oracle.learn(CUSTOMS, CORRECTED, Handling.of("GREEN"))
    nodes.carry(CUSTOMS)
    nodes.carry(POLICE)
    _, waiting = _reached(customs)
    told(f"customs take a wrong number back; not confirmed yet: {', '.join(waiting)}")
    nodes.start(FINANCE, (POLICE,))
    nodes.carry(POLICE)
    nodes.carry(POLICE)
    passed, still = _reached(customs)
    confirmed = sorted(set(passed) - set(still))
    told(f"finance are back; the recall is confirmed by {', '.join(confirmed)}")
    return waiting, confirmed


def _reached(node: Node) -> tuple[list[str], list[str]]:
    return spread(each for each in all_sent(node.workspace) if each.recalls)


def _send(node: Node, request: Request) -> list[tuple[str, str]]:
    """Release what may go, into the outbox; return what is held back, and by which rule."""
    draft, selection = prepare(node, request, by="ana")
    released = release(node, draft.id, by="carl")
    Outbox(node.workspace).put(released.to, released.sealed, released.own)
    held: list[Held] = selection.held
    return [(each.what, each.rule) for each in held]


def _laid_down(agency: Agency) -> dict[tuple[str, str, str], Handling]:
    return {fact: rule for rule, facts in agency.holds for fact in facts}


def _hold(node: Node, agency: Agency, corrected: tuple[str, str, str] | None = None) -> None:
    """Let a node hold what its agency knows, with one value corrected."""
    for number, (rule, facts) in enumerate(agency.holds):
        stated = [corrected if corrected and fact[:2] == corrected[:2] else fact for fact in facts]
        path = node.workspace.root / "material"
        path.write_text(json.dumps(stated), "utf-8")
        source = node.workspace.keep(path, f"material-{number}.json")
        dataset = Dataset(f"register_{number}", f"{agency.name} {number}", handling=rule)
        with EditionWriter(
            node.workspace, dataset, source, format="demo", parser_version="1", by="head",
        ) as edition:  # fmt: skip
            for at, (entity, prop, value) in enumerate(stated, 1):
                edition.records += 1
                edition.add(entity, "Person", prop, value, "", "", f"item {at}")
            edition.commit()


@contextmanager
def _served(node: Node) -> Iterator[str]:
    """Serve a node in a process of its own, and yield its address."""
    words = ["-w", str(node.workspace.root), "exchange", "serve", "--port", "0", "--json"]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "manara", *words], stdout=subprocess.PIPE
    )
    try:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise WorkspaceError("its process did not start", where=node.id)
        yield str(json.loads(line)["address"])
    finally:
        process.terminate()
        process.communicate(timeout=30)
