"""Commands about payments: the patterns in them, typologies, where money went."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import msgspec
import pyarrow as pa
from pyarrow import csv, parquet

from manara.cli import money_report, money_rules, money_screen, money_trade
from manara.cli.output import DONE_WITH_REJECTS, json_option
from manara.model import FormatError, UsageError
from manara.money import PATTERNS, ROLES, Mined
from manara.money import mine as mine_payments
from manara.money.asking import seconds
from manara.money.payments import NEEDED


@click.group("money")
def money() -> None:
    """Find patterns and typologies of laundering and terrorist financing; follow money."""


@money.command("mine")
@click.argument("payments", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--patterns", help=f"Only these, with commas between: {', '.join(PATTERNS)}.")
@click.option(
    "--window",
    default="14d",
    show_default=True,
    help="A pattern's payments lie within this of its last. PATTERN=6h: for one; with commas.",
)
@click.option(
    "--count",
    type=click.Choice(["instances", "sequences"]),
    default="instances",
    show_default=True,
    help="Count cycles by their payments, or once for each sequence of accounts.",
)
@click.option("--longest-cycle", default=10, show_default=True, help="Most payments in a cycle.")
@click.option("--tolerance", type=float, help="Share by which the amounts of a cycle may differ.")
@click.option("--threshold", default=10_000.0, show_default=True, help="Of structuring.")
@click.option("--dormancy", default="90d", show_default=True, help="Time without payments.")
@click.option(
    "--budget",
    default=1_000_000,
    show_default=True,
    help="Most steps of one search at one payment; 0 for no limit.",
)
@json_option
def mine(
    payments: Path,
    patterns: str | None,
    window: str,
    budget: int,
    as_json: bool,
    **limits: Any,
) -> None:
    """List the patterns in PAYMENTS, a Parquet or CSV file, each with its payments.

    Columns: tx_id, ts (seconds since 1970 or ISO 8601), src, dst, amount and, where there is one,
    currency. Needs no workspace.
    """
    table = _read(payments)
    base, own = _windows(window)
    found = mine_payments(
        table,
        patterns.split(",") if patterns else None,
        base,
        windows=own,
        budget=budget or None,
        **limits,
    )
    if as_json:
        _print_json(found, base)
    else:
        _print(found)
    if len(found.aside):
        sys.exit(DONE_WITH_REJECTS)


def _read(path: Path) -> pa.Table:
    """Return the columns that matter of a file of payments."""
    wanted = (*NEEDED, "currency")
    try:
        with path.open("rb") as file:
            packed = file.read(4) == b"PAR1"
        if packed:
            there = parquet.read_schema(path).names
            return parquet.read_table(path, columns=[name for name in wanted if name in there])
        types = dict.fromkeys(("tx_id", "src", "dst", "ts", "amount", "currency"), pa.string())
        table = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=types))
        return table.select([name for name in wanted if name in table.column_names])
    except OSError as error:
        raise UsageError(error.strerror or "cannot be read", where=str(path)) from error
    except pa.ArrowException as error:
        raise FormatError(
            f"neither Parquet nor CSV: {error}",
            where=str(path),
            remedy="give a Parquet file, or a CSV file with a first row of column names",
        ) from error


def _windows(text: str) -> tuple[str, dict[str, str | int]]:
    """Return the base window and those of single patterns."""
    own: dict[str, str | int] = {}
    base = "14d"
    for part in text.split(","):
        name, is_own, length = part.partition("=")
        if is_own:
            own[name.strip()] = length.strip()
        else:
            base = part.strip()
    return base, own


def _instances(found: Mined) -> Iterator[dict[str, Any]]:
    """Yield each instance as plain values."""
    for k in range(len(found)):
        rows = found.payments(k)
        roles = found.roles[found.offsets[k] : found.offsets[k + 1]].tolist()
        yield {
            "pattern": PATTERNS[found.pattern[k]],
            "size": int(found.size[k]),
            "payments": [found.tx_id[row].as_py() for row in rows.tolist()],
            "roles": [ROLES[role] for role in roles],
            "first": _time(found.first[k]),
            "last": _time(found.last[k]),
            "dwell_s": int(found.dwell[k]),
            "sum_in": _sum(found, k, found.sum_in[k]),
            "sum_out": _sum(found, k, found.sum_out[k]),
            "currency": found.currency_name(k),
        }


def _time(at: Any) -> str | None:
    try:
        return datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None


def _sum(found: Mined, k: int, thousandths: Any) -> str | None:
    """Return a sum in units of the currency; None where there are several currencies."""
    if found.currency[k] == -2:
        return None
    return f"{Decimal(int(thousandths)).scaleb(-3):.3f}".removesuffix("0")


def _cut_short(found: Mined) -> list[dict[str, Any]]:
    return [
        {"pattern": PATTERNS[code], "payment": found.tx_id[row].as_py()}
        for code, row in found.cut_short.tolist()
    ]


def _print_json(found: Mined, base: str) -> None:
    """Print one JSON object, instance by instance."""
    write, encode = sys.stdout.buffer.write, msgspec.json.Encoder(decimal_format="string").encode
    write(b'{"window_s":' + encode(seconds(base)) + b',"patterns":[')
    for k, one in enumerate(_instances(found)):
        write((b"," if k else b"") + b"\n" + encode(one))
    aside = [
        {"row": row, "tx_id": tx_id, "reason": reason} for row, tx_id, reason in found.set_aside()
    ]
    rest = {"cut_short": _cut_short(found), "set_aside": aside, "out_of_order": found.late}
    write(b"\n]," + encode(rest)[1:] + b"\n")
    sys.stdout.flush()


def _print(found: Mined) -> None:
    for one in _instances(found):
        click.secho(f"{one['pattern']} of {one['size']}", bold=True, nl=False)
        money = one["currency"] or ""
        click.echo(
            f"  {one['first']} to {one['last']}  in {one['sum_in']} out {one['sum_out']} {money}"
        )
        click.echo("  " + ", ".join(map(str, one["payments"])))
    click.echo(f"{len(found):,} patterns", err=True)
    for short in _cut_short(found):
        click.echo(f"cut short: {short['pattern']} at payment {short['payment']}", err=True)
    for row, tx_id, reason in found.set_aside():
        click.echo(f"set aside: row {row}, payment {tx_id}: {reason}", err=True)
    if found.late:
        click.echo(f"{found.late:,} payments stood after a later one; they were sorted", err=True)


for _command in (
    *money_rules.COMMANDS,
    *money_screen.COMMANDS,
    *money_report.COMMANDS,
    *money_trade.COMMANDS,
):
    money.add_command(_command)

COMMANDS = (money,)
