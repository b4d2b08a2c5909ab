"""The command over declarations of goods and the payments for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from manara.cli.output import DONE_WITH_REJECTS, json_option, print_json
from manara.money.book import Book, book_of_file
from manara.money.trade import Declarations, Examined, TradeFinding, declarations_of_file, examine
from manara.money.trade.checks import chosen
from manara.money.trade.rates import UNKNOWN, rates_of_file

_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("trade")
@click.argument("declarations", type=_file)
@click.option("--payments", type=_file, help="Payments with their purposes, CSV or Parquet.")
@click.option("--rates", "rates_file", type=_file, help="Exchange rates in the ECB's form, CSV.")
@click.option("--checks", "names", help="Only these, with commas between.")
@json_option
def trade_command(
    declarations: Path,
    payments: Path | None,
    rates_file: Path | None,
    names: str | None,
    as_json: bool,
) -> None:
    """Check DECLARATIONS of goods, a CSV or Parquet file, against prices and payments.

    Finds prices far from those of like goods, invoices that were never declared, never paid or used
    twice, goods that go round, and goods that do not fit the company. Needs no workspace.
    """
    asked = chosen(names)
    given = declarations_of_file(declarations)
    book = book_of_file(payments) if payments else None
    rates = rates_of_file(rates_file) if rates_file else UNKNOWN
    found = examine(given, book, asked, rates)
    aside = _set_aside(given, book)
    if as_json:
        print_json(_plain(given, book, found, aside))
    else:
        _print(found, aside)
    if aside:
        click.get_current_context().exit(DONE_WITH_REJECTS)


def _set_aside(given: Declarations, book: Book | None) -> list[dict[str, Any]]:
    aside = [{"file": "declarations", **one._asdict()} for one in given.set_aside]
    if book:
        aside += [
            {"file": "payments", "row": row, "id": None, "column": "", "rule": rule}
            for row, rule in book.set_aside
        ]
    return aside


def _plain(
    given: Declarations, book: Book | None, found: Examined, aside: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "declarations": len(given.table),
        "payments": len(book.payments) if book else None,
        "findings": [_plain_finding(one) for one in found.findings],
        "not_checked": [{"check": name, "reason": why} for name, why in found.not_checked],
        "set_aside": aside,
    }


def _plain_finding(one: TradeFinding) -> dict[str, Any]:
    finding = one.finding
    return {
        "kind": finding.kind,
        "subjects": finding.subjects,
        "title": finding.title,
        "severity": finding.severity.name.lower(),
        "score": finding.score,
        "score_calibrated": False,
        "stake": round(one.stake, 2),
        "currency": one.currency,
        "figures": one.figures,
        "explanation": [
            {"number": step.number, "text": step.text, "evidence": step.evidence}
            for step in finding.explanation
        ],
        "innocent": one.innocent,
        "declarations": one.declarations,
        "payments": one.payments,
        "sources": one.sources,
    }


def _print(found: Examined, aside: list[dict[str, Any]]) -> None:
    for one in found.findings:
        click.secho(one.finding.title, bold=True)
        for step in one.finding.explanation:
            click.echo(f"  {step.number}. {step.text}")
        click.echo(f"  first rule out: {' '.join(one.innocent)}")
        for word, ids in (("declarations", one.declarations), ("payments", one.payments)):
            if ids:
                click.echo(f"  {word}: {', '.join(ids)}")
    click.echo(f"{len(found.findings):,} findings", err=True)
    for name, why in found.not_checked:
        click.echo(f"not checked: {name}: {why}", err=True)
    for bad in aside:
        what = f"column {bad['column']}" if bad["column"] else "row"
        click.echo(f"set aside: {bad['file']}, row {bad['row']}, {what}: {bad['rule']}", err=True)


COMMANDS = (trade_command,)
