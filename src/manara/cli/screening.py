"""The command that screens: who on the lists can be meant by a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import msgspec

from manara.cli.output import json_option, print_list
from manara.identity.screening.query import Query
from manara.model import UsageError
from manara.pipeline.screening import (
    THRESHOLD,
    Screen,
    list_screen,
    queries,
    query_of,
    workspace_screen,
)
from manara.store import Workspace


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
@click.option(
    "--list",
    "list_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Screen against this list file instead of the workspace.",
)
@click.option("--limit", default=10, show_default=True, help="At most this many hits a query.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=THRESHOLD,
    show_default=True,
    help="Least probability of a hit.",
)
@json_option
@click.pass_obj
def screen(
    folder: Path | None,
    query: str,
    birth_date: str,
    countries: tuple[str, ...],
    gender: str,
    documents: tuple[str, ...],
    places: tuple[str, ...],
    addresses: tuple[str, ...],
    list_file: Path | None,
    limit: int,
    threshold: float,
    as_json: bool,
) -> None:
    """Screen a NAME, or every name of FILE.csv, in any script, spelling and word order.

    A file needs a column `name`; it may have `birth_date`, `country`, `gender`, `document`,
    `birth_place` and `address`. Instead of a name a --document may be given alone.

    A hit is a reason for a person to look, never a decision: each comes with a probability, the
    list and edition that answered, and what speaks for and against it.
    """
    asked: Iterator[Query]
    if query.lower().endswith(".csv"):
        if birth_date or countries or gender or documents or places or addresses:
            raise UsageError("goes with a name, not with a file", where="--birth-date and the like")
        if not Path(query).is_file():
            raise UsageError("no such file", where=query)
        asked = queries(Path(query))
    elif not query and not documents:
        raise UsageError("nothing asked for", remedy="give a name, a file or a --document")
    else:
        asked = iter(
            [
                query_of(
                    query,
                    birth_date=birth_date,
                    countries=countries,
                    gender=gender,
                    documents=documents,
                    places=places,
                    addresses=addresses,
                )
            ]
        )
    answers = _answers(folder, list_file, asked, limit, threshold)
    if as_json:
        print_list(answers)
        return
    for answer in answers:
        _print(answer)


def _answers(
    folder: Path | None, list_file: Path | None, asked: Iterator[Query], limit: int, least: float
) -> Iterator[dict[str, Any]]:
    if list_file:
        yield from _ask(list_screen(list_file), asked, limit, least)
        return
    with Workspace.open(folder) as workspace:
        ready = workspace_screen(workspace)
        yield from _ask(ready, asked, limit, least)


def _ask(
    ready: Screen, asked: Iterator[Query], limit: int, least: float
) -> Iterator[dict[str, Any]]:
    for query in asked:
        hits = ready.ask(query, limit=limit, threshold=least)
        yield {"query": msgspec.to_builtins(query), "hits": [asdict(hit) for hit in hits]}


def _print(answer: dict[str, Any]) -> None:
    asked = answer["query"]
    click.secho(asked["name"] or ", ".join(asked["documents"]), bold=True)
    for hit in answer["hits"]:
        click.echo(f"    {hit['probability']:.3f}  {hit['name']}  {hit['entity']}")
        click.secho(f"          {hit['list']}, edition {hit['edition']}", dim=True)
        for step in hit["explanation"]:
            click.echo(f"          {step}")
    if not answer["hits"]:
        click.echo("    no hit")


COMMANDS = (screen,)
