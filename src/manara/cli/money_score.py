"""`manara money score`: a probability for each payment, learnt from labelled ones before it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec
import pyarrow as pa
from pyarrow import parquet

from manara.cli.given import seed_option
from manara.cli.output import DONE_WITH_REJECTS, Progress, json_option, print_json
from manara.model import UsageError
from manara.money.reading import batches
from manara.money.score import Scored
from manara.money.score import explain as explain_payments
from manara.money.score import score as score_payments

_file = click.Path(path_type=Path, dir_okay=False)
#: Payments set aside that the text summary names.
_SHOWN = 20


@click.command("score")
@click.argument("train", type=_file)
@click.argument("test", type=_file)
@click.option("--label", required=True, metavar="COLUMN", help="Column of TRAIN with the truth.")
@click.option("--out", required=True, type=_file, help="Parquet file to write.")
@click.option("--hindsight", metavar="SPAN", help="Judge each payment so long after it: 14d.")
@click.option("--explain", type=_file, help="Write reasons of the likeliest as JSON lines.")
@click.option("--top", default=100, show_default=True, help="With --explain: of how many.")
@seed_option
@json_option
def score(
    train: Path,
    test: Path,
    label: str,
    out: Path,
    hindsight: str | None,
    explain: Path | None,
    top: int,
    seed: int,
    as_json: bool,
) -> None:
    """Write how likely each payment of TEST is one of those labelled in TRAIN.

    TRAIN and TEST are Parquet or CSV files with the columns tx_id, ts (seconds since 1970 or ISO
    8601), src, dst, amount and, where there is one, currency; TEST follows TRAIN in time. OUT gets
    tx_id and probability of every row of TEST, in its order. Needs no workspace.
    """
    progress = Progress()
    known = pa.Table.from_batches(batches(train, [label]))
    asked = pa.Table.from_batches(batches(test))
    found = score_payments(known, asked, label, hindsight=hindsight or 0, seed=seed, tell=progress)
    progress.clear()
    _write(out, found)
    if explain:
        _explain(explain, found, top)
    if as_json:
        print_json(_summary(found, seed))
    else:
        _print(found)
    if len(found.aside):
        sys.exit(DONE_WITH_REJECTS)


def _write(path: Path, found: Scored) -> None:
    table = pa.table({"tx_id": found.tx_id, "probability": found.probability})
    try:
        parquet.write_table(table, path)
    except OSError as error:
        raise UsageError(error.strerror or "cannot be written", where=str(path)) from error


def _explain(path: Path, found: Scored, top: int) -> None:
    encode = msgspec.json.Encoder().encode
    try:
        with path.open("wb") as file:
            for one in explain_payments(found, top):
                file.write(encode(one) + b"\n")
    except OSError as error:
        raise UsageError(error.strerror or "cannot be written", where=str(path)) from error


def _summary(found: Scored, seed: int) -> dict[str, Any]:
    return {
        "payments": len(found.probability),
        "threshold": found.threshold,
        "at_threshold": int((found.probability >= found.threshold).sum()),
        "late_part_of_train": found.late,
        "learnt_from": found.learnt,
        "positives": found.positives,
        "unlabelled": found.unlabelled,
        "overlapping": found.overlapping,
        "hindsight_s": found.hindsight,
        "cut_short": found.cut_short,
        "rounds": found.model.rounds,
        "features": len(found.model.kept),
        "seed": seed,
        "set_aside": [
            {"row": row, "tx_id": tx_id, "reason": reason}
            for row, tx_id, reason in found.set_aside()
        ],
    }


def _print(found: Scored) -> None:
    late, count = found.late, len(found.probability)
    alerts = int((found.probability >= found.threshold).sum())
    click.echo(
        f"{count:,} payments judged, {alerts:,} at the threshold {found.threshold:.3f} or above"
    )
    click.echo(
        f"in the last part of train, judged without its labels, that threshold has "
        f"precision {late['precision']:.2f}, recall {late['recall']:.2f}, F1 {late['f1']:.2f}"
    )
    click.echo(
        f"learnt from {found.learnt:,} payments, {found.positives:,} of them labelled true",
        err=True,
    )
    if found.unlabelled:
        click.echo(f"{found.unlabelled:,} payments of train have no label", err=True)
    if found.overlapping:
        click.echo(
            f"{found.overlapping:,} payments of train are later than the first of test: "
            "their labels were not used",
            err=True,
        )
    if found.cut_short:
        click.echo(f"{found.cut_short:,} searches for cycles were cut short", err=True)
    aside = found.set_aside()
    for row, tx_id, reason in aside[:_SHOWN]:
        click.echo(f"set aside: row {row}, payment {tx_id}: {reason}", err=True)
    if len(aside) > _SHOWN:
        click.echo(f"and {len(aside) - _SHOWN:,} more, named with --json", err=True)


COMMANDS = (score,)
