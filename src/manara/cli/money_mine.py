"""The command that lists patterns in files of payments."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import click
import msgspec
import pyarrow as pa
from pyarrow import parquet

from manara.cli.output import DONE_WITH_REJECTS, Progress, json_option
from manara.model import UsageError
from manara.money import PATTERNS, ROLES, Mined, mine_parts
from manara.money.asking import seconds
from manara.money.listing import listing

#: Takes one part of what was found.
_Take = Callable[[Mined], object]
_encode = msgspec.json.Encoder(decimal_format="string").encode


@click.command("mine")
@click.argument("payments", type=click.Path(path_type=Path))
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
@click.option("--memory", default="2GB", show_default=True, help="For putting payments in order.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the patterns to this file: Parquet (.parquet), else JSON lines.",
)
@json_option
def mine(
    payments: Path,
    patterns: str | None,
    window: str,
    budget: int,
    out: Path | None,
    as_json: bool,
    **limits: Any,
) -> None:
    """List the patterns in PAYMENTS, a Parquet or CSV file or a folder of Parquet files.

    Columns: tx_id, ts (seconds since 1970 or ISO 8601), src, dst, amount and, where there is one,
    currency. Each pattern comes with its payments. Needs no workspace, and memory only for the
    payments of a window.
    """
    base, own = _windows(window)
    names = patterns.split(",") if patterns else None
    parts = mine_parts(payments, names, base, windows=own, budget=budget or None, **limits)
    aside, count, short, progress = next(parts), 0, list[dict[str, Any]](), Progress()
    with _sink(out, as_json, base) as take:
        for part in chain([aside], parts):
            take(part)
            count += len(part)
            short += _cut_short(part)
            progress("patterns", count)
    progress.clear()
    _end(aside, count, short, out, as_json)
    if len(aside.aside):
        sys.exit(DONE_WITH_REJECTS)


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


def _sink(out: Path | None, as_json: bool, base: str) -> AbstractContextManager[_Take]:
    if out:
        return _file(out)
    return _json(base) if as_json else _text()


@contextmanager
def _file(path: Path) -> Iterator[_Take]:
    """Write to a file, which has its name only when it is whole."""
    part_path = path.with_name(f"{path.name}.part")
    try:
        with (_parquet if path.suffix.lower() == ".parquet" else _json_lines)(part_path) as take:
            yield take
        part_path.replace(path)
    except OSError as error:
        raise UsageError(error.strerror or "cannot be written", where=str(path)) from error
    finally:
        part_path.unlink(missing_ok=True)


@contextmanager
def _parquet(path: Path) -> Iterator[_Take]:
    held: list[pa.Table] = []
    writer: parquet.ParquetWriter | None = None

    def flush() -> None:
        nonlocal writer
        table = pa.concat_tables(held)
        writer = writer or parquet.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
        held.clear()

    def take(part: Mined) -> None:
        held.append(listing(part))
        if sum(map(len, held)) > 100_000:
            flush()

    yield take
    flush()
    if writer:
        writer.close()


@contextmanager
def _json_lines(path: Path) -> Iterator[_Take]:
    with path.open("wb") as file:
        yield lambda part: file.writelines(_encode(one) + b"\n" for one in _instances(part))


@contextmanager
def _json(base: str) -> Iterator[_Take]:
    """Print the beginning of one JSON object, instance by instance; `_end` prints the rest."""
    write, before = sys.stdout.buffer.write, b"\n"

    def take(part: Mined) -> None:
        nonlocal before
        for one in _instances(part):
            write(before + _encode(one))
            before = b",\n"

    write(b'{"window_s":' + _encode(seconds(base)) + b',"patterns":[')
    yield take
    write(b"\n],")


@contextmanager
def _text() -> Iterator[_Take]:
    def take(part: Mined) -> None:
        for one in _instances(part):
            click.secho(f"{one['pattern']} of {one['size']}", bold=True, nl=False)
            sums = f"in {one['sum_in']} out {one['sum_out']} {one['currency'] or ''}"
            click.echo(f"  {one['first']} to {one['last']}  {sums}")
            click.echo("  " + ", ".join(map(str, one["payments"])))

    yield take


def _end(
    aside: Mined, count: int, short: list[dict[str, Any]], out: Path | None, as_json: bool
) -> None:
    """Print what stands after the instances."""
    rejects = [
        {"row": row, "tx_id": tx_id, "reason": reason} for row, tx_id, reason in aside.set_aside()
    ]
    if as_json:
        rest = {"cut_short": short, "set_aside": rejects, "out_of_order": aside.late}
        written = {"out": str(out), "instances": count} if out else {}
        text = _encode(written | rest)
        sys.stdout.buffer.write(text[0 if out else 1 :] + b"\n")
        sys.stdout.flush()
        return
    click.echo(f"{count:,} patterns" + (f" in {out}" if out else ""), err=True)
    for one in short:
        click.echo(f"cut short: {one['pattern']} at payment {one['payment']}", err=True)
    for one in rejects:
        click.echo(
            f"set aside: row {one['row']}, payment {one['tx_id']}: {one['reason']}", err=True
        )
    if aside.late:
        click.echo(f"{aside.late:,} payments stood after a later one; they were sorted", err=True)


def _instances(found: Mined) -> Iterator[dict[str, Any]]:
    """Yield each instance as plain values."""
    ids, ends = found.tx_id.take(found.members).to_pylist(), found.offsets.tolist()
    roles = [ROLES[role] for role in found.roles.tolist()]
    for k in range(len(found)):
        yield {
            "pattern": PATTERNS[found.pattern[k]],
            "size": int(found.size[k]),
            "payments": ids[ends[k] : ends[k + 1]],
            "roles": roles[ends[k] : ends[k + 1]],
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


def _cut_short(found: Mined) -> Iterator[dict[str, Any]]:
    """Yield the searches that were cut short."""
    ids = found.tx_id.take(found.cut_short[:, 1]).to_pylist()
    for code, one in zip(found.cut_short[:, 0].tolist(), ids, strict=True):
        yield {"pattern": PATTERNS[code], "payment": one}
