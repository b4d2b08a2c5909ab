"""Commands about the network of a workspace: who stands around one, how two are connected."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from manara.cli.output import json_option, print_json, print_list
from manara.graph.kept import kept_network
from manara.graph.ties import UNKNOWN_FIRST, UNKNOWN_LAST, Statement
from manara.model import Grade
from manara.network.evidence import DEGREE_CAP, Connections, EvidencePath, Hop
from manara.store import View, Workspace


class Day(click.ParamType[int]):
    """A date as days since 1970."""

    name = "date"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the day."""
        try:
            return (date.fromisoformat(str(value)) - date(1970, 1, 1)).days
        except ValueError:
            self.fail(f"{value!r} is not a date in ISO 8601, such as 2026-05-31", param, ctx)


@click.command("around")
@click.argument("entity")
@click.option("--depth", default=1, show_default=True, help="Steps away from it.")
@click.option("--kind", "kinds", multiple=True, help="Only ties of this kind; repeatable.")
@click.option("--dataset", "datasets", multiple=True, help="Only as stated by it; repeatable.")
@click.option("--since", type=Day(), help="Only ties that held on this day or later.")
@click.option("--until", type=Day(), help="Only ties that held on this day or before.")
@click.option("--grade", help="Only from sources of this Admiralty grade or better, such as C3.")
@click.option("--limit", default=500, show_default=True, help="At most this many ties.")
@json_option
@click.pass_obj
def around(
    folder: Path | None,
    entity: str,
    depth: int,
    kinds: tuple[str, ...],
    datasets: tuple[str, ...],
    since: int | None,
    until: int | None,
    grade: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show the ties around ENTITY, each with what states it: `manara network ENTITY` does the same.

    A tie without dates may have held at any time.
    """
    with Workspace.open(folder) as workspace:
        view = workspace.view()
        graded = _graded(view, Grade.parse(grade)) if grade else None

        def keep(one: Statement) -> bool:
            return (
                (not kinds or one.kind in kinds)
                and (not datasets or one.dataset in datasets)
                and (since is None or one.last >= since)
                and (until is None or one.first <= until)
                and (graded is None or one.dataset in graded)
            )

        found = Connections(view, kept_network(workspace)).around(entity, depth, keep)
        shown = found[:limit]
        told = _Telling(view, shown)
    if as_json:
        print_list(told.hop(hop) for hop in shown)
        return
    for hop in shown:
        told.print(hop)
    if len(found) > limit:
        click.echo(f"{len(found) - limit} more ties; ask for them with --limit", err=True)
    if not found:
        click.echo("no such ties", err=True)


@click.command("paths")
@click.argument("a")
@click.argument("b")
@click.option("-k", "--k", "count", default=5, show_default=True, help="At most this many paths.")
@click.option("--in-time", is_flag=True, help="Only paths that do not run back in time.")
@json_option
@click.pass_obj
def paths(folder: Path | None, a: str, b: str, count: int, in_time: bool, as_json: bool) -> None:
    """Show how A and B are connected: the most probable chains of ties, with what states each.

    A path's confidence is the probability that all its ties are true, given how good their sources
    are; ties that rest on one source share its doubt.
    """
    with Workspace.open(folder) as workspace:
        view = workspace.view()
        connections = Connections(view, kept_network(workspace))
        found, hubs = connections.paths(a, b, count, in_time=in_time)
        told = _Telling(view, [hop for path in found for hop in path.hops])
    if as_json:
        print_json({"paths": [told.path(path) for path in found], "not_through": hubs})
        return
    for number, path in enumerate(found, 1):
        click.secho(f"path {number}: confidence {path.confidence:.2f}", bold=True)
        for hop in path.hops:
            told.print(hop)
        if path.sources:
            click.echo(
                f"  {', '.join(path.sources)} stands behind more than one tie; "
                f"taken as independent they would make {path.unshared:.2f}"
            )
        for other in path.alternatives:
            click.echo(f"  but: {other}")
    if not found:
        click.echo("not connected", err=True)
    if hubs:
        click.echo(f"not led through {len(hubs)} entities of more than {DEGREE_CAP} ties", err=True)


class _Telling:
    """What is needed to write ties down for a reader: names, places in sources, handling."""

    def __init__(self, view: View, hops: Iterable[Hop]) -> None:
        hops = list(hops)
        self._captions = view.captions({end for hop in hops for end in (hop.source, hop.target)})
        ids = [one for hop in hops for said in hop.statements for one in said.evidence]
        self._evidence = view.evidence(ids)
        self._labels = view.handling_labels()
        self._grades = {row["dataset"]: row["grade"] for row in view.datasets()}

    def hop(self, hop: Hop) -> dict[str, Any]:
        """Return a tie as plain values."""
        return {
            "source": hop.source,
            "source_name": self._captions.get(hop.source, hop.source),
            "target": hop.target,
            "target_name": self._captions.get(hop.target, hop.target),
            "confidence": round(hop.confidence, 4),
            "statements": [self._statement(one) for one in hop.statements],
        }

    def path(self, path: EvidencePath) -> dict[str, Any]:
        """Return a path as plain values."""
        return {
            "entities": path.entities,
            "confidence": round(path.confidence, 4),
            "as_if_independent": round(path.unshared, 4),
            "shared_sources": path.sources,
            "identity": round(path.identity, 4),
            "alternatives": path.alternatives,
            "hops": [self.hop(hop) for hop in path.hops],
        }

    def print(self, hop: Hop) -> None:
        """Print a tie with what states it."""
        names = [self._captions.get(end, end) for end in (hop.source, hop.target)]
        click.echo(f"  {names[0]}  —  {names[1]}  ({hop.confidence:.2f})")
        for one in map(self._statement, hop.statements):
            span = "".join(
                f" {word} {one[key]}"
                for word, key in (("from", "first"), ("to", "last"))
                if one[key]
            )
            click.echo(f"      {one['kind']}{span}  {hop.target}")
            for place in one["evidence"]:
                at = f"{place['dataset']}  {place['source_id'][:12]}  {place['locator']}"
                click.secho(f"          {at}  {place['grade'] or 'ungraded'}", dim=True)

    def _statement(self, one: Statement) -> dict[str, Any]:
        places = [self._evidence[each] for each in one.evidence if each in self._evidence]
        return {
            "kind": one.kind,
            "from": one.source,
            "to": one.target,
            "first": _day(one.first, UNKNOWN_FIRST),
            "last": _day(one.last, UNKNOWN_LAST),
            "evidence": [
                {
                    "id": row["id"],
                    "dataset": row["dataset"],
                    "grade": self._grades.get(row["dataset"], ""),
                    "source_id": row["source_id"],
                    "locator": row["locator"],
                    "passage": row.get("original_value") or row.get("value") or "",
                    "handling": self._labels[row["handling_id"]],
                }
                for row in places
            ],
        }


def _graded(view: View, least: Grade) -> set[str]:
    """Return the datasets whose grade is as good or better."""
    return {
        row["dataset"]
        for row in view.datasets()
        if row["grade"] and Grade.parse(row["grade"]).at_least(least)
    }


def _day(day: int, unknown: int) -> str:
    if day == unknown:
        return ""
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day):%Y-%m-%d}"


COMMANDS = (around, paths)
