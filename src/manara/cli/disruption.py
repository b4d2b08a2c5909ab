"""What acting on a network would change: of a file, or of the workspace."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from manara.cli.given import (
    Given,
    end,
    envelope,
    file_type,
    node_of,
    of_file,
    of_workspace,
    scope_options,
    seed_option,
    take_scope,
)
from manara.cli.output import json_option, print_json, print_table
from manara.graph import FileNetwork, Graph, read_nodes
from manara.model import Reject
from manara.network.disrupt import disrupt as disrupt_graph
from manara.store import View, Workspace

#: Largest budget taken where none is given.
BUDGET = 20
#: Most people and organisations of a workspace whose re-forming is simulated: some minutes.
MOST = 1_000


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the settings of the model."""
    for option in reversed((
        click.option("--budget", type=click.FloatRange(0),
                     help="In all; else 1 for 10 nodes, at most 20."),
        click.option("--refill", type=click.FloatRange(0, 1), default=0.5, show_default=True,
                     help="Chance in a round that a vacancy is looked to."),
        click.option("--runs", type=click.IntRange(1), default=200, show_default=True,
                     help="Runs each."),
        seed_option,
        json_option,
    )):  # fmt: skip
        command = option(command)
    return command


@click.command("disrupt")
@click.argument("edges", type=file_type)
@click.option("--nodes", "table", type=file_type, help="Table with id and cost, feasible, role.")
@_options
def disrupt_file(edges: Path, table: Path | None, as_json: bool, **settings: Any) -> None:
    """Plan an order of action under costs, and see how the network re-forms after it.

    The plan is compared with taking the best connected, anyone, and nobody, over many runs of a
    model of replacement. A table of nodes may state a `cost` of acting, whether it is lawfully
    `feasible` (yes, no) and a `role` in the value chain.
    """
    given = of_file(edges)
    if table:
        given = given._replace(data=read_nodes(table, given.data))
        given = given._replace(labels=given.data.graph.nodes)
    _answer("network disrupt", given, {"nodes": table and table.name} | settings, as_json)


@click.command("disrupt")
@click.option("--costs", "table", type=file_type, help="Table with id and cost, feasible, role.")
@scope_options
@_options
@click.pass_obj
def disrupt(folder: Path | None, /, table: Path | None, as_json: bool, **settings: Any) -> None:
    """Plan in which order to act on people and organisations, and see how they re-form after it.

    Looked at is the largest component of the workspace's network, or what is around an entity. The
    plan is compared with acting on the best connected, on anyone and on nobody, over many runs of a
    model of replacement. A table may state by entity a `cost` of acting, whether it is lawfully
    `feasible` (yes, no) and a `role` in the value chain. What comes out is a plan to be weighed by
    people: nothing in it says that anybody is guilty.
    """
    scope = take_scope(settings)
    with Workspace.open(folder) as workspace:
        given = of_workspace(workspace, scope, MOST)
        if table:
            given = given._replace(data=_priced(table, given.data, workspace.view()))
    _answer("disrupt", given, {"costs": table and table.name} | settings, as_json)


def _priced(table: Path, data: FileNetwork, view: View) -> FileNetwork:
    """Return a network with what a table states of its entities, by the id of any record."""
    none = np.empty(0, np.int32)
    stated = read_nodes(table, FileNetwork(Graph.of([], none, none)))
    places = [node_of(data.graph, view, name) for name in stated.graph.nodes]
    nodes, rejects = dict(data.nodes), list(stated.rejects)
    for name, place in zip(stated.graph.nodes, places, strict=True):
        if place is None:
            rejects.append(Reject(name, "id", "not in the network that is looked at", name))
    for column, values in stated.nodes.items():
        nodes[column] = [""] * data.graph.n
        for place, value in zip(places, values, strict=True):
            if place is not None:
                nodes[column][place] = value
    return FileNetwork(data.graph, nodes, rejects=tuple(rejects))


def _answer(command: str, given: Given, settings: dict[str, Any], as_json: bool) -> None:
    graph, names = given.data.graph, given.data.graph.nodes
    if settings["budget"] is None:
        settings["budget"] = float(min(math.ceil(graph.n / 10), BUDGET))
    cost, feasible = _terms(given.data)
    model = {key: settings[key] for key in ("budget", "refill", "runs", "seed")}
    found = disrupt_graph(
        graph, cost=cost, feasible=feasible, roles=given.data.nodes.get("role"), **model
    )
    answer = envelope(command, given, settings) | {
        "order": [names[node] for node in found.order],
        **({"names": [given.labels[node] for node in found.order]} if given.told else {}),
        "cost": found.cost,
        "not_actionable": [names[node] for node in np.flatnonzero(~feasible).tolist()],
        "outcomes": [
            {
                key: value._asdict() if hasattr(value, "_asdict") else value
                for key, value in one._asdict().items()
            }
            for one in found.outcomes
        ],
    }
    if as_json:
        print_json(answer)
    else:
        if given.told:
            click.echo(given.told)
        click.echo("order  " + ", ".join(given.labels[node] for node in found.order))
        body = [
            (o.strategy, *map(_range, (o.actions, o.lowest, o.largest, o.efficiency)),
             f"{o.recovered:.2f}")
            for o in found.outcomes
        ]  # fmt: skip
        headings = [
            "strategy",
            "actions",
            "largest, lowest",
            "largest, end",
            "efficiency",
            "recovered",
        ]
        print_table(headings, body)
    end(given.data)


def _terms(data: FileNetwork) -> tuple[list[float], Any]:
    """Return the cost of acting on each node and whether it can be; what is unreadable cannot."""
    blank = [""] * data.graph.n
    cost, feasible = [], np.ones(data.graph.n, np.bool_)
    stated = zip(data.nodes.get("cost", blank), data.nodes.get("feasible", blank), strict=True)
    for at, (price, yes) in enumerate(stated):
        try:
            cost.append(cost_of(price) if price else 1.0)
        except ValueError:
            cost.append(1.0)
            feasible[at] = False
        if cost[at] == 0 or yes.casefold() not in ("", "yes", "true", "1"):
            cost[at], feasible[at] = cost[at] or 1.0, False
    return cost, feasible


def cost_of(text: str) -> float:
    """Return a cost; raise ValueError if it is not a number, not negative."""
    value = float(text or "nan")
    if not 0 <= value < math.inf:
        raise ValueError("a cost is a number, not negative")
    return value


def _range(spread: Any) -> str:
    return f"{spread.mean:.2f} ({spread.low:.2f}-{spread.high:.2f})"


COMMANDS = (disrupt,)
