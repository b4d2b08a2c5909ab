"""The commands that screen: who on the lists can be meant by a name, and what a threshold costs."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec

from manara.cli.look import as_of_option
from manara.cli.output import Progress, json_option, print_json, print_list, print_table
from manara.identity.screening.query import Query
from manara.identity.screening.rates import Measured, Share
from manara.model import UsageError
from manara.pipeline.register import erase_expired
from manara.pipeline.rescreening import keeping
from manara.pipeline.screening import (
    THRESHOLD,
    Screen,
    ScreenHit,
    list_screen,
    queries,
    query_of,
    rates_of,
    workspace_screen,
)
from manara.pipeline.thresholds import DEFAULT, Wanted, wanted
from manara.store import Workspace

_list_option = click.option(
    "--list",
    "list_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Screen against this list file instead of the workspace.",
)
_threshold_option = click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help=f"Least probability of a hit; else what the office has settled, {THRESHOLD} at first.",
)
_rate_option = click.option(
    "--false-alert-rate",
    "rate",
    type=click.FloatRange(0, 1),
    help="Choose the threshold for these lists that alerts at most this share of clean people.",
)


@click.command()
@click.argument("query", metavar="[NAME|FILE.csv]", default="")
@click.option(
    "--birth-date",
    default="",
    help="Date of birth: ISO 8601, of any precision, or as 1387 AH or 1360/5/12 SH.",
)
@click.option("--country", "countries", multiple=True, help="Nationality or residence; repeatable.")
@click.option("--gender", default="", help="male, female or other.")
@click.option(
    "--document",
    "documents",
    multiple=True,
    help="Number of a document, vessel, account, wallet, telephone …; repeatable.",
)
@click.option("--birth-place", "places", multiple=True, help="Place of birth; repeatable.")
@click.option("--address", "addresses", multiple=True, help="Address; repeatable.")
@_list_option
@click.option("--limit", default=10, show_default=True, help="At most this many hits a query.")
@_threshold_option
@_rate_option
@as_of_option
@click.option("--keep", metavar="NAME", help="Keep the screening under a name, to rescreen it.")
@click.option(
    "--retain-until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day on which it is kept, 30 days from now unless you say one.",
)
@json_option
@click.pass_obj
def screen(
    folder: Path | None,
    /,
    query: str,
    list_file: Path | None,
    limit: int,
    threshold: float | None,
    rate: float | None,
    as_of: datetime | None,
    keep: str | None,
    retain_until: datetime | None,
    as_json: bool,
    **known: Any,
) -> None:
    """Screen a NAME, or every name of FILE.csv, in any script, spelling and word order.

    A file needs a column `name`; it may have `birth_date`, `country`, `gender`, `document`,
    `birth_place` and `address`. Instead of a name a --document may be given alone.

    A hit is a reason for a person to look, never a decision: each comes with a probability, the
    list and edition that answered, and what speaks for and against it.
    """
    if list_file and keep:
        raise UsageError("needs a workspace, not --list", where="--keep")
    if retain_until and not keep:
        raise UsageError("has no meaning without --keep", where="--retain-until")
    asked = _asked(query, **known)
    with ExitStack() as stack:
        workspace, ready = stack.enter_context(ready_screen(folder, list_file, as_of))
        asked_for = _threshold(workspace, threshold, rate)
        measured = None if asked_for.rate is None else _measured(ready, workspace, asked_for)
        least = measured.threshold if measured else asked_for.probability
        ask: Callable[[Query], list[ScreenHit]] = partial(ready.ask, limit=limit, threshold=least)
        if keep and workspace:
            last = retain_until.date() if retain_until else None
            ask = stack.enter_context(
                keeping(
                    workspace,
                    keep,
                    ready,
                    by=getpass.getuser(),
                    limit=limit,
                    threshold=least,
                    retain_until=last,
                )
            ).ask
        if measured:
            click.echo(_told(measured), err=True)
        chosen = {"threshold": _in_short(measured)} if measured else {}
        answers = (_answer(one, ask(one)) | chosen for one in asked)
        if as_json:
            print_list(answers)
            return
        for answer in answers:
            _print(answer)


@click.command()
@_list_option
@_threshold_option
@_rate_option
@as_of_option
@json_option
@click.pass_obj
def rates(
    folder: Path | None,
    list_file: Path | None,
    threshold: float | None,
    rate: float | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Show what a threshold costs and buys: false alerts by script, and recall.

    Measured on the lists in force, with people who do not exist and with names of the lists
    written otherwise. Each share comes with its 95 % interval.
    """
    with ready_screen(folder, list_file, as_of) as (workspace, ready):
        measured = _measured(ready, workspace, _threshold(workspace, threshold, rate))
    if as_json:
        print_json(_in_json(measured))
        return
    click.echo(_told(measured))
    rows = [("false alerts", group, share) for group, share in measured.by_script.items()]
    rows += [("recall", group, share) for group, share in measured.by_query.items()]
    print_table(
        ("", "", "share", "95 % interval", "of"),
        [(what, group, *_cells(share), share.of) for what, group, share in rows],
    )


@contextmanager
def ready_screen(
    folder: Path | None, list_file: Path | None, as_of: datetime | None
) -> Iterator[tuple[Workspace | None, Screen]]:
    """Yield the workspace that lists are of, None for a file's, and the lists ready to be asked.

    Args:
        folder: the workspace, or None for the nearest one.
        list_file: a list to be asked instead.
        as_of: ask the lists as they stood at this moment; None for now.

    Raises:
        UsageError: a list file was given with a moment.
    """
    if list_file:
        if as_of:
            raise UsageError("needs a workspace, not --list", where="--as-of")
        yield None, list_screen(list_file)
        return
    with Workspace.open(folder) as workspace:
        erase_expired(workspace)
        yield workspace, workspace_screen(workspace, as_of)


def _asked(
    query: str,
    *,
    birth_date: str,
    countries: tuple[str, ...],
    gender: str,
    documents: tuple[str, ...],
    places: tuple[str, ...],
    addresses: tuple[str, ...],
) -> Iterator[Query]:
    """Return the queries of a file, or the one that was written."""
    if query.lower().endswith(".csv"):
        if birth_date or countries or gender or documents or places or addresses:
            raise UsageError("goes with a name, not with a file", where="--birth-date and the like")
        if not Path(query).is_file():
            raise UsageError("no such file", where=query)
        return queries(Path(query))
    if not query and not documents:
        raise UsageError("nothing asked for", remedy="give a name, a file or a --document")
    one = query_of(
        query,
        birth_date=birth_date,
        countries=countries,
        gender=gender,
        documents=documents,
        places=places,
        addresses=addresses,
    )
    return iter([one])


def _threshold(workspace: Workspace | None, threshold: float | None, rate: float | None) -> Wanted:
    """Return how the threshold is chosen: as the command says, else as the office has settled."""
    if threshold is not None and rate is not None:
        raise UsageError("exclude each other", where="--threshold and --false-alert-rate")
    if threshold is not None or rate is not None:
        return Wanted.of(threshold, rate)
    return wanted(workspace) if workspace else DEFAULT


def _measured(ready: Screen, workspace: Workspace | None, asked: Wanted) -> Measured:
    """Return what the threshold that was given or chosen costs and buys."""
    progress = Progress()
    found = rates_of(ready, workspace, progress)
    progress.clear()
    return found.at(asked.chosen(found))


def _told(measured: Measured) -> str:
    """Return in a sentence what a threshold costs and buys."""
    alerts, found = _cells(measured.false_alerts), _cells(measured.recall)
    return (
        f"threshold {measured.threshold}: alerts {alerts[0]} of clean people ({alerts[1]}), "
        f"finds {found[0]} of names written otherwise ({found[1]})"
    )


def _cells(share: Share) -> tuple[str, str]:
    return f"{share.share:.2%}", f"{share.low:.2%} to {share.high:.2%}"


def _in_json(measured: Measured) -> dict[str, Any]:
    groups = {
        name: {group: asdict(share) for group, share in getattr(measured, name).items()}
        for name in ("by_script", "by_query")
    }
    return {
        "threshold": measured.threshold,
        "false_alerts": asdict(measured.false_alerts),
        "recall": asdict(measured.recall),
    } | groups


def _in_short(measured: Measured) -> dict[str, float]:
    """Return what is said of a chosen threshold in every line of JSON."""
    return {
        "probability": measured.threshold,
        "false_alert_rate": round(measured.false_alerts.share, 4),
        "recall": round(measured.recall.share, 4),
    }


def _answer(query: Query, hits: Iterable[ScreenHit]) -> dict[str, Any]:
    return {"query": msgspec.to_builtins(query), "hits": [asdict(hit) for hit in hits]}


def _print(answer: dict[str, Any]) -> None:
    asked = answer["query"]
    click.secho(asked["name"] or ", ".join(asked["documents"]), bold=True)
    for hit in answer["hits"]:
        print_hit(hit, f"{hit['probability']:.3f}")
    if not answer["hits"]:
        click.echo("    no hit")


def print_hit(hit: dict[str, Any], told: str) -> None:
    """Print a hit in lines, with what is told of it first."""
    click.echo(f"    {told}  {hit['name']}  {hit['entity']}")
    click.secho(f"          {hit['list']}, edition {hit['edition']}", dim=True)
    for step in hit["explanation"]:
        click.echo(f"          {step}")


COMMANDS = (screen, rates)
