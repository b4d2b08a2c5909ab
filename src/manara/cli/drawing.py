"""The network of a workspace, written for tools that draw and chart networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from manara.cli.given import canonical, captions, scope_options, take_scope
from manara.cli.output import json_option, print_json
from manara.graph import write_chart, write_gexf, write_graphml
from manara.graph.kept import kept_network
from manara.model import UsageError
from manara.network.drawing import stated_network
from manara.network.scope import chosen
from manara.store import Workspace

_WRITERS = {".graphml": write_graphml, ".gexf": write_gexf, ".csv": write_chart}


@click.command("export")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="Where to: .graphml, .gexf or .csv, which says the form.")  # fmt: skip
@scope_options
@json_option
@click.pass_obj
def export(folder: Path | None, /, output: Path, as_json: bool, **settings: Any) -> None:
    """Write the network of the workspace, or what is around an entity, for drawing.

    A table (CSV) has one row for each statement of a tie, as link-chart tools import it by columns;
    GraphML and GEXF have one edge for each tie. Each says kind, dates, confidence, dataset, the
    place in the source, and the handling rule: heed it before you pass the file on.
    """
    scope = take_scope(settings)
    writer = _WRITERS.get(output.suffix.lower())
    if writer is None:
        raise UsageError(
            "no form for this ending", where=str(output), remedy="use .graphml, .gexf or .csv"
        )
    with Workspace.open(folder) as workspace:
        view, net = workspace.view(), kept_network(workspace)
        entity = canonical(view, scope.entity) if scope.entity else None
        found = stated_network(view, net, chosen(net, scope.choice), entity, scope.depth)
        labels = captions(view, found.graph.nodes)
    found = replace(found, nodes=found.nodes | {"label": labels})
    writer(output, found)
    told = {"entities": found.graph.n, "ties": found.graph.m, "statements": len(found.tie)}
    if as_json:
        print_json({"output": str(output)} | told)
    else:
        click.echo(f"{output}: " + ", ".join(f"{count:,} {what}" for what, count in told.items()))
