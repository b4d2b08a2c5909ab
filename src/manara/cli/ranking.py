"""Who holds a network together: of a file, or of the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import click

from manara.cli.given import (
    SHOWN,
    end,
    envelope,
    file_type,
    of_file,
    of_workspace,
    scope_options,
    seed_option,
    share,
    take_scope,
)
from manara.cli.output import json_option, print_json, print_table
from manara.model import UsageError
from manara.network.brokers import STABLE, Measure, Ranking, rank_brokers
from manara.store import Workspace

#: Most people and organisations of a workspace that are ranked at once: about a minute.
MOST = 50_000


@click.command("rank")
@click.argument("edges", type=file_type, required=False)
@scope_options
@click.option(
    "--measure",
    type=click.Choice(get_args(Measure)),
    default="betweenness",
    show_default=True,
    help="What makes a broker.",
)
@click.option("--hidden", type=share, default=0.2, show_default=True, help="Share of ties unseen.")
@click.option("--false", type=share, default=0.0, show_default=True, help="Share of false ties.")
@click.option("--level", type=share, default=0.9, show_default=True, help="Of the intervals.")
@click.option("--trials", default=200, show_default=True, help="How often ties are disturbed.")
@seed_option
@json_option
@click.pass_obj
def rank(folder: Path | None, /, edges: Path | None, as_json: bool, **settings: Any) -> None:
    """Rank brokers, each with the interval its rank is in if ties are hidden or false.

    Without EDGES the people and organisations of the workspace are ranked: the largest component,
    or those around an entity. If the first does not stay the first in 80 of 100 disturbed
    networks, none is named.
    """
    scope = take_scope(settings)
    if edges:
        if any(scope[:1] + scope[2:]):
            raise UsageError("are of the workspace, not of a file", where="--around, --kind …")
        given = of_file(edges)
    else:
        with Workspace.open(folder) as workspace:
            given = of_workspace(workspace, scope, MOST)
    names = given.data.graph.nodes
    found = rank_brokers(given.data.graph, **settings)
    answer = envelope("network rank", given, settings) | {
        "sources": found.sources,
        "stability": round(found.stability, 4),
        "centre": None if found.centre is None else names[found.centre],
        "finding": _finding(found, given.labels),
        "brokers": [
            {
                "node": names[one.node],
                **({} if edges else {"name": given.labels[one.node]}),
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
        click.echo("\n".join(filter(None, (given.told, answer["finding"]))))
        rows = answer["brokers"][:SHOWN]
        body = [
            (
                r["rank"],
                f"{r['low']}-{r['high']}",
                f"{r['score']:.6g}",
                r["node"],
                r.get("name", ""),
            )
            for r in rows
        ]
        print_table(["rank", "interval", settings["measure"], "node", ""], body)
    end(given.data)


def _finding(found: Ranking, names: Sequence[str]) -> str:
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
