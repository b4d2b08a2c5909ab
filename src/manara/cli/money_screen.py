"""The command that screens payments before they leave."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from manara.cli.look import as_of_option
from manara.cli.output import DONE_WITH_REJECTS, Progress, json_option, print_list
from manara.cli.screening import print_hit, ready_screen
from manara.model import ManaraError, Reject
from manara.pipeline.payment_files import payments_in
from manara.pipeline.payment_screening import (
    COUNTRIES_FILE,
    PaymentAnswer,
    PaymentScreen,
    watched_countries,
)
from manara.pipeline.thresholds import DEFAULT, threshold_of, wanted

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("screen")
@click.argument("payments", type=_FILE)
@click.option("--list", "list_file", type=_FILE, help="Screen against this list file alone.")
@click.option("--countries", "countries_file", type=_FILE, help="YAML of countries to look at.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="Least probability of a hit; else what the office has settled.",
)
@as_of_option
@json_option
@click.pass_obj
def screen_command(
    folder: Path | None,
    payments: Path,
    list_file: Path | None,
    countries_file: Path | None,
    threshold: float | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Screen PAYMENTS before they leave: parties, banks, countries, vessels, goods and free text.

    PAYMENTS is a file of ISO 20022 or MT103 messages, a goAML report, or a CSV or Parquet table.
    What is shown is to be looked at by somebody; the command never says that a payment may go or
    may not.
    """
    with ExitStack() as stack:
        workspace, lists = stack.enter_context(ready_screen(folder, list_file, as_of))
        if countries_file is None and workspace:
            countries_file = workspace.root / COUNTRIES_FILE
        countries = watched_countries(countries_file) if countries_file else {}
        aside: list[Reject] = []
        if threshold is None:
            asked = wanted(workspace) if workspace else DEFAULT
            threshold = threshold_of(asked, lists, workspace, Progress())
        answers = _answers(PaymentScreen(lists, countries), payments, threshold, aside)
        if as_json:
            print_list(answers)
        else:
            _print(answers)
    for one in aside:
        click.echo(f"set aside, not screened: {one.locator}: {one.reason}", err=True)
    if aside:
        sys.exit(DONE_WITH_REJECTS)


def _answers(
    screen: PaymentScreen, path: Path, threshold: float, aside: list[Reject]
) -> Iterator[dict[str, Any]]:
    """Yield what is answered to each payment; put what cannot be screened aside."""
    editions = dict(screen.screen.editions)
    for item in payments_in(path):
        if isinstance(item, Reject):
            aside.append(item)
            continue
        payment, locator = item
        try:
            answer: PaymentAnswer = screen.ask(payment, threshold=threshold)
        except ManaraError as error:
            aside.append(Reject(locator, "value", str(error), ""))
            continue
        yield {"locator": locator, **asdict(answer), "editions": editions}


def _print(answers: Iterator[dict[str, Any]]) -> None:
    count = quiet = 0
    for one in answers:
        count += 1
        for note in one["unread"]:
            click.echo(f"{one['locator']}: not read: {note}", err=True)
        if not one["to_review"]:
            quiet += 1
            continue
        click.secho(
            f"{one['reference'] or one['locator']}: {one['to_review']} to look at", bold=True
        )
        for hit in one["hits"]:
            click.echo(f"  {hit['field']}: {hit['asked']}")
            print_hit(hit, f"{hit['probability']:.3f}")
        for term in one["goods"]:
            click.echo(f"  {term['field']}: {term['found']}: {term['rule']}")
        for country in one["countries"]:
            click.echo(f"  {country['field']}: country {country['country']}: {country['reason']}")
    click.echo(f"{count} payments, {quiet} with nothing to look at")


COMMANDS = (screen_command,)
