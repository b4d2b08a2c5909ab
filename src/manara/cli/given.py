"""The network that a command looks at: in a file, or of the workspace."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from manara import __version__
from manara.cli.output import DONE_WITH_REJECTS
from manara.cli.ties import Day
from manara.graph import FileNetwork, Graph, read_edges, read_markup
from manara.graph.files import Check
from manara.graph.kept import kept_network
from manara.model import Entity, Fact, Handling, NotFoundError, UsageError
from manara.network.scope import Choice, chosen, people, subgraph
from manara.store import View, Workspace

#: Rows that a text table shows.
SHOWN = 20

file_type = click.Path(exists=True, dir_okay=False, path_type=Path)
share = click.FloatRange(0, 1, max_open=True)
seed_option = click.option("--seed", default=0, show_default=True, help="Seed of all chance.")

_SCOPE = (
    click.option("--around", "entity", metavar="ENTITY", help="Only what is around this entity."),
    click.option("--depth", type=click.IntRange(1), default=2, show_default=True,
                 help="With --around: steps away from it."),
    click.option("--kind", "kinds", multiple=True, help="Only ties of this kind; repeatable."),
    click.option("--dataset", "datasets", multiple=True,
                 help="Only ties stated by it; repeatable."),
    click.option("--since", type=Day(), help="Only ties that held on this day or later."),
    click.option("--until", type=Day(), help="Only ties that held on this day or before."),
)  # fmt: skip


class Scope(NamedTuple):
    """What of the workspace's network is asked for; see `scope_options`."""

    entity: str | None
    depth: int
    kinds: tuple[str, ...]
    datasets: tuple[str, ...]
    since: int | None
    until: int | None

    @property
    def choice(self) -> Choice:
        """Which statements count."""
        return Choice(self.kinds, self.datasets, self.since, self.until)


class Given(NamedTuple):
    """A network to look at.

    Attributes:
        data: the graph, and what is stated of its nodes.
        labels: what to call each node for a reader.
        input: what the result is computed from, for its envelope.
        told: what a reader must know of it, else ``""``.
    """

    data: FileNetwork
    labels: Sequence[str]
    input: dict[str, Any]
    told: str = ""


def scope_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that `Scope` holds."""
    for option in reversed(_SCOPE):
        command = option(command)
    return command


def take_scope(settings: dict[str, Any]) -> Scope:
    """Take the options of the scope out of a command's settings."""
    return Scope(**{name: settings.pop(name) for name in Scope._fields})


def of_file(path: Path, check: Check | None = None, required: Sequence[str] = ()) -> Given:
    """Return the network in a file."""
    with path.open("rb") as file:
        start = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
    markup = start.startswith(b"<")
    data = read_markup(path, check) if markup else read_edges(path, check, required)
    source = {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return Given(data, data.graph.nodes, source)


def of_workspace(workspace: Workspace, scope: Scope, most: int) -> Given:
    """Return the people and organisations of a workspace, bounded, and the ties among them.

    Raises:
        UsageError: more than `most` are left.
        NotFoundError: the entity of the scope is none of them.
    """
    view, net = workspace.view(), kept_network(workspace)
    kept = chosen(net, scope.choice)
    entity = canonical(view, scope.entity) if scope.entity else None
    found = people(view, subgraph(net, kept), entity, scope.depth)
    graph = found.graph
    if graph.n > most:
        raise UsageError(
            f"{graph.n:,} people and organisations, more than the {most:,} that this can take",
            where="network",
            remedy="look at a part of it with --around ENTITY --depth N, --kind or --dataset",
        )
    bound = f"around {scope.entity}, {scope.depth} steps" if scope.entity else "largest component"
    told = (
        f"{graph.n:,} of {found.total:,} people and organisations ({bound}; {found.parts:,} "
        f"components in all); {found.passed:,} things that too many share tie nobody"
    )
    labels = captions(view, graph.nodes)
    datasets = sorted({net.datasets[at] for at in set(net.dataset[kept].tolist())})
    source = {
        "as_of": view.as_of,
        "segments": view.inputs,
        "scope": scope._asdict(),
        "bounded": told,
        "datasets": datasets,
        "handling": _handling(view, datasets).label,
    }
    return Given(FileNetwork(graph, {"label": labels}), labels, source, told)


def captions(view: View, nodes: Sequence[str]) -> list[str]:
    """Return the name to show each entity by, of the record that its canonical id is of."""
    facts: dict[str, list[Fact]] = {}
    for fact in view.facts(set(nodes)):
        facts.setdefault(fact.entity_id, []).append(fact)
    named = {entity: Entity.from_facts(of, entity).caption for entity, of in facts.items()}
    return [named.get(node, node) for node in nodes]


def canonical(view: View, entity: str) -> str:
    """Return the canonical id of an entity, by the id of any of its records."""
    view.require(entity)
    return view.cluster(entity)[0]


def node_of(graph: Graph, view: View, entity: str) -> int | None:
    """Return the number of an entity in a graph, None if it is not there."""
    try:
        name = canonical(view, entity)
    except NotFoundError:
        return None
    nodes = list(graph.nodes)
    return nodes.index(name) if name in nodes else None


def envelope(command: str, given: Given, settings: dict[str, Any]) -> dict[str, Any]:
    """Return what a result needs to be computed again."""
    data = given.data
    return {
        "command": command,
        "version": __version__,
        "settings": settings,
        "input": {
            **given.input,
            "nodes": data.graph.n,
            "ties": data.graph.m,
            "rejects": [
                {"locator": one.locator, "prop": one.rule, "reason": one.reason}
                for one in data.rejects
            ],
        },
    }


def end(data: FileNetwork) -> None:
    """Tell what was set aside, and end with the status that says so."""
    for one in data.rejects[:SHOWN]:
        click.echo(f"{one.locator}: {one.rule}: {one.reason}", err=True)
    if len(data.rejects) > SHOWN:
        click.echo(f"and {len(data.rejects) - SHOWN} more rows set aside", err=True)
    if data.rejects:
        click.get_current_context().exit(DONE_WITH_REJECTS)


def _handling(view: View, datasets: Sequence[str]) -> Handling:
    """Return the join of the rules of datasets."""
    rules = view.handlings()
    stated = {row["dataset"]: rules[row["handling_id"]] for row in view.datasets()}
    return Handling.join_all(stated[name] for name in datasets)
