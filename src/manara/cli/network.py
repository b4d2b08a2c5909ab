"""The commands that look at a network: who holds it together, what connects, what acting does."""

from __future__ import annotations

import difflib
import math
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click

from manara.cli import converge, disruption, drawing, ranking
from manara.cli.disruption import cost_of
from manara.cli.given import SHOWN, end, envelope, file_type, of_file, seed_option
from manara.cli.output import json_option, print_json, print_table
from manara.cli.ties import around
from manara.graph import FileNetwork, Records, shortest_paths
from manara.graph.dismantle import dismantle as dismantle_graph
from manara.model import NotFoundError, UsageError
from manara.network.brokers import key_players
from manara.network.days import day_of

_edges = click.argument("edges", type=file_type)


class _Hop(NamedTuple):
    cost: float
    first: int
    last: int


class _OrAround(click.Group):
    """A group that takes what is none of its commands for an entity to look around."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return around.name, around, args


@click.group(cls=_OrAround)
def network() -> None:
    """Look at who is tied to whom: around an ENTITY of the workspace, or in a file of ties.

    `rank` and `export` look at the network of the workspace, the other commands at a file of ties.
    EDGES is a table (CSV) with the columns `source` and `target`, else the first two, and perhaps
    `weight`; or a GraphML or GEXF file. What comes out is for a person to check: a place in a
    network is not guilt.
    """


@network.command()
@_edges
@click.option("--key-players", "count", default=5, show_default=True, help="Size of the key set.")
@seed_option
@json_option
def dismantle(edges: Path, count: int, seed: int, as_json: bool) -> None:
    """Put nodes in the order in which taking them breaks the network soonest.

    R is the mean share of nodes in the largest component over all removals: less is sooner.
    """
    given = of_file(edges)
    data = given.data
    names = data.graph.nodes
    found = dismantle_graph(data.graph, seed)
    keys, apart = key_players(data.graph, count)
    answer = envelope("network dismantle", given, {"seed": seed, "key_players": count}) | {
        "R": found.robustness,
        "method": found.method,
        "order": [names[node] for node in found.order.tolist()],
        "largest": [round(share, 6) for share in found.left.tolist()],
        "key_players": [
            {"node": names[node], "fragmentation": round(share, 6)}
            for node, share in zip(keys, apart, strict=True)
        ],
    }
    if as_json:
        print_json(answer)
    else:
        click.echo(f"R {found.robustness:.4f} ({found.method})")
        shown = zip(answer["order"], answer["largest"], strict=True)
        body = [(at, f"{share:.3f}", node) for at, (node, share) in enumerate(shown, 1)]
        print_table(["taken", "largest left", "node"], body[:SHOWN])
    end(data)


@network.command()
@_edges
@click.argument("a")
@click.argument("b")
@click.option("--k", type=click.IntRange(1), default=5, show_default=True, help="How many paths.")
@click.option("--cost", metavar="COLUMN", help="Length of each tie, not negative; else 1.")
@click.option("--confidence", metavar="COLUMN", help="Confidence in each tie, above 0, at most 1.")
@click.option(
    "--first", metavar="COLUMN", help="First day of each tie (ISO 8601; year, month, day)."
)
@click.option("--last", metavar="COLUMN", help="Last day of each tie.")
@click.option("--degree-cap", type=click.IntRange(1), help="Pass through no node of more ties.")
@json_option
def paths(edges: Path, a: str, b: str, as_json: bool, **settings: Any) -> None:
    """Find the K best paths from A to B, exactly: the shortest, or the surest by confidence.

    With days, a path from A to B does not run back in time; ask from B to A as well.
    """
    if settings["cost"] and settings["confidence"]:
        raise UsageError("give one of them", where="--cost and --confidence")
    columns = [settings[key] for key in ("cost", "confidence", "first", "last") if settings[key]]
    read = partial(_hop, settings)
    given = of_file(edges, read, columns)
    data = given.data
    ends = _node(data, a), _node(data, b)
    if ends[0] == ends[1]:
        raise UsageError("a path needs two different ends", where=a)
    stated = [{key: column[at] for key, column in data.ties.items()} for at in range(len(data.tie))]
    hops = [read(values) for values in stated]
    records = Records.of(data.graph, data.tie, *zip(*hops, strict=True))
    found = shortest_paths(data.graph, *ends, settings["k"], records, settings["degree_cap"])
    names = data.graph.nodes
    answer = envelope("network paths", given, {"from": a, "to": b} | settings) | {
        "hubs_not_passed": [names[node] for node in found.hubs],
        "paths": [
            {
                "nodes": [names[node] for node in path.nodes],
                "hops": len(path.rows),
                "length": path.length,
                **({"confidence": math.exp(-path.length)} if settings["confidence"] else {}),
                "ties": [{k: v for k, v in stated[row].items() if v} for row in path.rows],
            }
            for path in found.paths
        ],
    }
    if as_json:
        print_json(answer)
    else:
        for path in answer["paths"]:
            click.echo(f"{path.get('confidence', path['length']):g}  {' - '.join(path['nodes'])}")
        if not found.paths:
            click.echo("no path")
        if found.hubs:
            click.echo(f"{len(found.hubs)} nodes of more ties than the cap were not passed through")
    end(data)


def _node(data: FileNetwork, name: str) -> int:
    """Return the number of a node.

    Raises:
        NotFoundError: no node has that name; names near to it are told.
    """
    names = list(data.graph.nodes)
    if name in names:
        return names.index(name)
    folded = {other.casefold(): other for other in names}
    near = [folded[one] for one in difflib.get_close_matches(name.casefold(), folded, 3)]
    raise NotFoundError(
        "no such node",
        where=name,
        remedy=f"did you mean {' or '.join(near)}?" if near else "names are those of the file",
    )


def _hop(settings: dict[str, Any], values: dict[str, str]) -> _Hop:
    """Return what one record says of a hop; raise ValueError if that is bad."""

    def value(key: str) -> str:
        return values.get(settings[key] or "", "")

    cost = 1.0
    if settings["cost"]:
        cost = cost_of(value("cost"))
    elif settings["confidence"]:
        cost = -math.log(_confidence(value("confidence")))
    first, last = day_of(value("first"), last=False), day_of(value("last"), last=True)
    if first > last:
        raise ValueError("the last day is before the first")
    return _Hop(abs(cost), first, last)


def _confidence(text: str) -> float:
    value = float(text or "nan")
    if not 0 < value <= 1:
        raise ValueError("a confidence is above 0 and at most 1")
    return value


for command in (ranking.rank, disruption.disrupt_file, drawing.export, *converge.COMMANDS):
    network.add_command(command)

COMMANDS = (network,)
