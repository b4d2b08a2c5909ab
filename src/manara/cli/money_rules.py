"""Commands over payments: follow the money, and what a typology would have found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from manara.cli.look import Moment
from manara.cli.output import json_option, print_json, print_table
from manara.model import NotFoundError
from manara.money.backtest import Backtest, backtest
from manara.money.book import Book, book_of, book_of_file
from manara.money.detect import configured
from manara.money.follow import Direction, Trail, accounts_of, follow
from manara.money.taint import Rule
from manara.money.typology import chosen, load
from manara.store import View, Workspace


class _Start(Moment):
    """A date or a time; a date means its beginning."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment as a time in UTC."""
        text = f"{value}T00:00:00" if len(str(value)) == 10 else value
        return super().convert(text, param, ctx)


_DIRECTIONS: tuple[Direction, ...] = ("to", "from")
_BEGINNING, _END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)

_SPAN_OPTIONS = (
    click.option("--from", "since", type=_Start(), default=_BEGINNING, help="Not before this."),
    click.option("--to", "until", type=Moment(), default=_END, help="Not after this."),
    click.option(
        "--file",
        "file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Payments in a CSV or Parquet file instead of a workspace.",
    ),
)


@click.command("follow")
@click.argument("who", metavar="ACCOUNT|PERSON")
@click.option(
    "--rule",
    type=click.Choice([*(rule.value for rule in Rule), "all"]),
    default="all",
    show_default=True,
    help="Which money an account spends first.",
)
@json_option
@click.pass_obj
def follow_command(
    folder: Path | None,
    who: str,
    rule: str,
    since: datetime,
    until: datetime,
    file: Path | None,
    as_json: bool,
) -> None:
    """Show where the money of ACCOUNT or PERSON went and came from, and where the trail is lost.

    Three rules say which money an account spends first: what came in first (fifo), a share of all
    (haircut), or all marked as soon as some is (poison, an upper bound). Courts differ on them.
    """
    book, members = _book(folder, file, who)
    start = accounts_of(book, members)
    trails = [
        follow(book, start, since, until, one, direction)
        for direction in _DIRECTIONS
        for one in (list(Rule) if rule == "all" else [Rule(rule)])
    ]
    if as_json:
        aside = [{"row": row, "reason": reason} for row, reason in book.set_aside]
        print_json({"trails": [_plain(one) for one in trails], "set_aside": aside})
    else:
        for trail in trails:
            _print(trail)
    _tell_aside(book)


@click.command("backtest")
@click.argument("name", metavar="TYPOLOGY")
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="YAML file with another version of it.",
)
@json_option
@click.pass_obj
def backtest_command(
    folder: Path | None,
    name: str,
    against: Path | None,
    since: datetime,
    until: datetime,
    file: Path | None,
    as_json: bool,
) -> None:
    """Show what TYPOLOGY would have found, how much work that is, and what another version changes.

    The version that runs is the workspace's own where it has one. Another version must find what
    its own cases say, or it is refused.
    """
    outcomes: dict[str, str] = {}
    if file:
        book, known = book_of_file(file), chosen()
    else:
        with Workspace.open(folder) as workspace:
            view = workspace.view()
            settled = configured(workspace)
            known = chosen(own=settled["own"], limits=settled["limits"])
            book = book_of(view)
            outcomes = _outcomes(view, name)
    running = {one.id: one for one in known}
    if name not in running:
        raise NotFoundError("no such typology", where=name, remedy=", ".join(running))
    found = backtest(
        book, running[name], since, until, load(against) if against else None, outcomes
    )
    if as_json:
        print_json(_plain_backtest(found))
    else:
        _print_backtest(found)
    _tell_aside(book)


for _option in _SPAN_OPTIONS:
    follow_command = _option(follow_command)
    backtest_command = _option(backtest_command)


def _outcomes(view: View, name: str) -> dict[str, str]:
    """Return what was decided about the leads of a typology, by account."""
    decided = view.decisions()
    return {
        lead.finding.subjects[0]: decided[lead.id].outcome
        for lead in view.leads(f"money.{name}", ended=True)
        if lead.id in decided
    }


def _plain_backtest(found: Backtest) -> dict[str, Any]:
    changes = {key: [one._asdict() for one in getattr(found, key)] for key in ("new", "gone")}
    return {
        "typology": found.typology,
        "version": found.version,
        "accounts": found.accounts,
        "weeks": round(found.weeks, 2),
        "per_week": round(len(found.accounts) / found.weeks, 4),
        "confirmed": found.confirmed,
        "against": found.against,
        **changes,
    }


def _print_backtest(found: Backtest) -> None:
    count = len(found.accounts)
    click.secho(f"{found.typology}, version {found.version}", bold=True)
    click.echo(f"{count} accounts in {found.weeks:.1f} weeks, {count / found.weeks:.2g} a week")
    told = "not known, no decision on a lead of it is recorded"
    click.echo(f"confirmed: {told if found.confirmed is None else f'{found.confirmed:.0%}'}")
    if found.against is None:
        click.echo("\n".join(f"  {account}" for account in found.accounts))
        return
    click.echo(
        f"version {found.against}: {len(found.new)} more, {len(found.gone)} no longer, "
        f"{count - len(found.gone)} alike"
    )
    for word, changes in (("new", found.new), ("gone", found.gone)):
        for one in changes:
            click.echo(f"  {word}  {one.account}, from {one.begins:%Y-%m-%d}: {'; '.join(one.why)}")


def _tell_aside(book: Book) -> None:
    """Say how many rows could not be used, and end with the status that says so."""
    if book.set_aside:
        row, reason = book.set_aside[0]
        click.echo(f"{len(book.set_aside)} rows set aside; row {row}: {reason}", err=True)
        click.get_current_context().exit(1)


def _book(folder: Path | None, file: Path | None, who: str) -> tuple[Book, tuple[str, ...]]:
    """Return the payments, and all ids of the one asked about."""
    if file:
        return book_of_file(file), (who,)
    with Workspace.open(folder) as workspace:
        view = workspace.view()
        canonical, members = view.cluster(who)
        return book_of(view), (canonical, *members)


def _plain(trail: Trail) -> dict[str, Any]:
    return {
        "rule": trail.rule,
        "direction": trail.direction,
        "start": trail.start,
        "followed": [{"currency": currency, "amount": sum_} for currency, sum_ in trail.set_out],
        "hops": [hop._asdict() for hop in trail.hops],
        "accounts": [one._asdict() for one in trail.accounts],
        "ends": [end._asdict() for end in trail.ends],
    }


def _print(trail: Trail) -> None:
    sums = ", ".join(f"{amount:f} {currency}" for currency, amount in trail.set_out) or "nothing"
    to = trail.direction == "to"
    click.secho(
        f"{'where it went' if to else 'where it came from'}, {trail.rule}: {sums}", bold=True
    )
    print_table(
        ("time", "payment", "from", "to", "sum", "of it", ""),
        (
            (
                f"{hop.time:%Y-%m-%d %H:%M}",
                hop.payment,
                hop.payer or "(cash)",
                hop.payee or "(cash)",
                f"{hop.amount:f}",
                f"{hop.marked:f}",
                hop.currency,
            )
            for hop in trail.hops
        ),
    )
    for end in trail.ends:
        click.echo(f"  {end.amount:f} {end.currency} at {end.account}: {end.text}")
    for one in trail.accounts:
        if one.assumed:
            click.echo(
                f"  {one.account} must have held {one.assumed:f} {one.currency} before the data "
                "begin; if it held more, other money went where this is shown to go"
            )
    click.echo()


COMMANDS = (follow_command, backtest_command)
