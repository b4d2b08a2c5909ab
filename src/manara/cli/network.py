"""The commands that look at a network: who holds it together, what connects, what acting does."""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, get_args

import click
import numpy as np

from manara import __version__
from manara.cli import converge
from manara.cli.output import DONE_WITH_REJECTS, json_option, print_json, print_table
from manara.cli.ties import around
from manara.graph import FileNetwork, Records, read_edges, read_markup, read_nodes, shortest_paths
from manara.graph.dismantle import dismantle as dismantle_graph
from manara.graph.files import Check
from manara.model import NotFoundError, UsageError
from manara.network.brokers import STABLE, Measure, Ranking, key_players, rank_brokers
from manara.network.days import day_of
from manara.network.disrupt import disrupt as disrupt_graph

#: Rows that a text table shows.
SHOWN = 20
#: Largest budget taken where none is given.
BUDGET = 20

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_share = click.FloatRange(0, 1, max_open=True)
_edges = click.argument("edges", type=_file)
_seed = click.option("--seed", default=0, show_default=True, help="Seed of all chance.")


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

    EDGES is a table (CSV) with the columns `source` and `target`, else the first two, and perhaps
    `weight`; or a GraphML or GEXF file. What comes out is for a person to check: a place in a
    network is not guilt.
    """


@network.command()
@_edges
@click.option(
    "--measure",
    type=click.Choice(get_args(Measure)),
    default="betweenness",
    show_default=True,
    help="What makes a broker.",
)
@click.option("--hidden", type=_share, default=0.2, show_default=True, help="Share of ties unseen.")
@click.option("--false", type=_share, default=0.0, show_default=True, help="Share of false ties.")
@click.option("--level", type=_share, default=0.9, show_default=True, help="Of the intervals.")
@click.option("--trials", default=200, show_default=True, help="How often ties are disturbed.")
@_seed
@json_option
def rank(edges: Path, as_json: bool, **settings: Any) -> None:
    """Rank brokers, each with the interval its rank is in if ties are hidden or false.

    If the first does not stay the first in 80 of 100 disturbed networks, none is named.
    """
    data = _load(edges)
    names = data.graph.nodes
    found = rank_brokers(data.graph, **settings)
    answer = _envelope("rank", edges, data, settings) | {
        "sources": found.sources,
        "stability": round(found.stability, 4),
        "centre": None if found.centre is None else names[found.centre],
        "finding": _finding(found, names),
        "brokers": [
            {
                "node": names[one.node],
                "rank": one.rank,
                "low": one.low,
                "high": one.high,
                "score": one.score,
            }
            for one in found.brokers
        ],
    }
    if as_json:
        print_json(answer)
    else:
        click.echo(answer["finding"])
        rows = answer["brokers"][:SHOWN]
        body = [
            (r["rank"], f"{r['low']}-{r['high']}", f"{r['score']:.6g}", r["node"]) for r in rows
        ]
        print_table(["rank", "interval", settings["measure"], "node"], body)
    _end(data)


@network.command()
@_edges
@click.option("--key-players", "count", default=5, show_default=True, help="Size of the key set.")
@_seed
@json_option
def dismantle(edges: Path, count: int, seed: int, as_json: bool) -> None:
    """Put nodes in the order in which taking them breaks the network soonest.

    R is the mean share of nodes in the largest component over all removals: less is sooner.
    """
    data = _load(edges)
    names = data.graph.nodes
    found = dismantle_graph(data.graph, seed)
    keys, apart = key_players(data.graph, count)
    answer = _envelope("dismantle", edges, data, {"seed": seed, "key_players": count}) | {
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
    _end(data)


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
    data = _load(edges, read, columns)
    ends = _node(data, a), _node(data, b)
    if ends[0] == ends[1]:
        raise UsageError("a path needs two different ends", where=a)
    stated = [{key: column[at] for key, column in data.ties.items()} for at in range(len(data.tie))]
    hops = [read(values) for values in stated]
    records = Records.of(data.graph, data.tie, *zip(*hops, strict=True))
    found = shortest_paths(data.graph, *ends, settings["k"], records, settings["degree_cap"])
    names = data.graph.nodes
    answer = _envelope("paths", edges, data, {"from": a, "to": b} | settings) | {
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
    _end(data)


@network.command()
@_edges
@click.option("--nodes", "table", type=_file, help="Table with id and cost, feasible, role.")
@click.option("--budget", type=click.FloatRange(0), help="In all; else 1 for 10 nodes, at most 20.")
@click.option("--refill", type=click.FloatRange(0, 1), default=0.5, show_default=True,
              help="Chance in a round that a vacancy is looked to.")  # fmt: skip
@click.option("--runs", type=click.IntRange(1), default=200, show_default=True, help="Runs each.")
@_seed
@json_option
def disrupt(edges: Path, table: Path | None, as_json: bool, **settings: Any) -> None:
    """Plan an order of action under costs, and see how the network re-forms after it.

    The plan is compared with taking the best connected, anyone, and nobody, over many runs of a
    model of replacement. A table of nodes may state a `cost` of acting, whether it is lawfully
    `feasible` (yes, no) and a `role` in the value chain.
    """
    data = _load(edges)
    if table:
        data = read_nodes(table, data)
    graph = data.graph
    if settings["budget"] is None:
        settings["budget"] = float(min(math.ceil(graph.n / 10), BUDGET))
    cost, feasible = _terms(data)
    found = disrupt_graph(
        graph, cost=cost, feasible=feasible, roles=data.nodes.get("role"), **settings
    )
    names = graph.nodes
    answer = _envelope("disrupt", edges, data, {"nodes": table and table.name} | settings) | {
        "order": [names[node] for node in found.order],
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
        click.echo("order  " + ", ".join(answer["order"]))
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
    _end(data)


def _load(path: Path, check: Check | None = None, required: Sequence[str] = ()) -> FileNetwork:
    with path.open("rb") as file:
        start = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return read_markup(path, check)
    return read_edges(path, check, required)


def _envelope(
    command: str, edges: Path, data: FileNetwork, settings: dict[str, Any]
) -> dict[str, Any]:
    """Return what a result needs to be computed again."""
    return {
        "command": f"network {command}",
        "version": __version__,
        "settings": settings,
        "input": {
            "file": edges.name,
            "sha256": hashlib.sha256(edges.read_bytes()).hexdigest(),
            "nodes": data.graph.n,
            "ties": data.graph.m,
            "rejects": [
                {"locator": one.locator, "prop": one.rule, "reason": one.reason}
                for one in data.rejects
            ],
        },
    }


def _end(data: FileNetwork) -> None:
    """Tell what was set aside, and end with the status that says so."""
    for one in data.rejects[:SHOWN]:
        click.echo(f"{one.locator}: {one.rule}: {one.reason}", err=True)
    if len(data.rejects) > SHOWN:
        click.echo(f"and {len(data.rejects) - SHOWN} more rows set aside", err=True)
    if data.rejects:
        click.get_current_context().exit(DONE_WITH_REJECTS)


def _finding(found: Ranking, names: Any) -> str:
    if not found.brokers:
        return "there are no nodes"
    first = names[found.brokers[0].node]
    share = f"{found.stability:.0%} of disturbed networks"
    if found.centre is None:
        return (
            f"no single node can be named: {first} is first as seen, but stays so in {share}, "
            f"less than {STABLE:.0%}"
        )
    return f"{first} is first as seen, and stays so in {share}"


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
        cost = _cost(value("cost"))
    elif settings["confidence"]:
        cost = -math.log(_confidence(value("confidence")))
    first, last = day_of(value("first"), last=False), day_of(value("last"), last=True)
    if first > last:
        raise ValueError("the last day is before the first")
    return _Hop(abs(cost), first, last)


def _terms(data: FileNetwork) -> tuple[list[float], Any]:
    """Return the cost of acting on each node and whether it can be; what is unreadable cannot."""
    blank = [""] * data.graph.n
    cost, feasible = [], np.ones(data.graph.n, np.bool_)
    stated = zip(data.nodes.get("cost", blank), data.nodes.get("feasible", blank), strict=True)
    for at, (price, yes) in enumerate(stated):
        try:
            cost.append(_cost(price) if price else 1.0)
        except ValueError:
            cost.append(1.0)
            feasible[at] = False
        if cost[at] == 0 or yes.casefold() not in ("", "yes", "true", "1"):
            cost[at], feasible[at] = cost[at] or 1.0, False
    return cost, feasible


def _cost(text: str) -> float:
    value = float(text or "nan")
    if not 0 <= value < math.inf:
        raise ValueError("a cost is a number, not negative")
    return value


def _confidence(text: str) -> float:
    value = float(text or "nan")
    if not 0 < value <= 1:
        raise ValueError("a confidence is above 0 and at most 1")
    return value


def _range(spread: Any) -> str:
    return f"{spread.mean:.2f} ({spread.low:.2f}-{spread.high:.2f})"


for command in converge.COMMANDS:
    network.add_command(command)

COMMANDS = (network,)
