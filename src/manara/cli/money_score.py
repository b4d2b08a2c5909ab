"""`manara money score`: how likely each payment is one of those labelled, or how unusual it is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from manara.cli.given import seed_option
from manara.cli.output import DONE_WITH_REJECTS, Progress, json_option, print_json
from manara.model import FormatError, UsageError
from manara.money.reading import batches
from manara.money.score import (
    FewLabelsError,
    Guessed,
    Scored,
    Unlabelled,
    explain_unusual,
    guess,
    rank,
)
from manara.money.score import explain as explain_payments
from manara.money.score import score as score_payments

_file = click.Path(path_type=Path, dir_okay=False)
#: Payments set aside that the text summary names.
_SHOWN = 20
_PER_DAY = 20.0


class _Answer(NamedTuple):
    """What is written: columns, a summary, its lines in words, reasons if they are asked for."""

    columns: dict[str, Any]
    summary: dict[str, Any]
    lines: list[str]
    notes: list[str]
    why: Callable[[], Iterable[msgspec.Struct]]


@click.command("score")
@click.argument("train", type=_file)
@click.argument("test", type=_file)
@click.option("--label", metavar="COLUMN", help="Column of TRAIN with the truth.")
@click.option("--unlabelled", is_flag=True, help="Rank by how unusual payments are; no labels.")
@click.option("--out", required=True, type=_file, help="Parquet file to write.")
@click.option("--hindsight", metavar="SPAN", help="Judge each payment so long after it: 14d.")
@click.option("--per-day", type=float, help="With --unlabelled: payments to look at a day; 20.")
@click.option("--explain", type=_file, help="Write reasons of the likeliest as JSON lines.")
@click.option("--top", default=100, show_default=True, help="With --explain: of how many.")
@seed_option
@json_option
def score(
    train: Path,
    test: Path,
    label: str | None,
    unlabelled: bool,
    out: Path,
    hindsight: str | None,
    per_day: float | None,
    explain: Path | None,
    top: int,
    seed: int,
    as_json: bool,
) -> None:
    """Write how likely each payment of TEST is one of those labelled in TRAIN.

    TRAIN and TEST are Parquet or CSV files with the columns tx_id, ts (seconds since 1970, finer,
    ISO 8601, day/month/year, or steps of an hour or a day), src, dst, amount and, where there is
    one, currency; TEST follows TRAIN in time. OUT gets
    tx_id and probability of every row of TEST, in its order. Needs no workspace.

    With --unlabelled OUT gets score and percentile: how unusual each payment is among those of
    TRAIN.
    """
    if unlabelled == bool(label) or (label and per_day is not None):
        raise UsageError(
            "with labels or without",
            where="money score",
            remedy="give --label COLUMN, or --unlabelled, and --per-day only with the latter",
        )
    progress = Progress()
    known = pa.Table.from_batches(batches(train, [label] if label else []))
    asked = pa.Table.from_batches(batches(test))
    more: Any = {"hindsight": hindsight or 0, "seed": seed, "tell": progress}
    answer: _Answer
    if label:
        answer = _by_labels(known, asked, label, more, top)
    else:
        answer = _ranked(rank(known, asked, per_day=per_day or _PER_DAY, **more), top)
    progress.clear()
    _write(out, answer.columns)
    if explain:
        _explain(explain, answer.why())
    aside = answer.summary["set_aside"]
    if as_json:
        print_json(answer.summary | {"seed": seed})
    else:
        _print(answer, aside)
    if aside:
        sys.exit(DONE_WITH_REJECTS)


def _by_labels(
    known: pa.Table, asked: pa.Table, label: str, more: dict[str, Any], top: int
) -> _Answer:
    """Return what labels teach or, if they are too few for that, what they make of the rank."""
    try:
        return _labelled(score_payments(known, asked, label, **more), top)
    except FewLabelsError as few:
        try:
            return _guessed(guess(known, asked, label, **more), few.message, top)
        except FormatError:
            raise few from None


def _guessed(found: Guessed, why: str, top: int) -> _Answer:
    ranked, alerts = found.ranked, int((found.probability >= found.threshold).sum())
    summary = {
        "payments": len(found.probability),
        "threshold": found.threshold,
        "at_threshold": alerts,
        "few_labels": why,
        "learnt_from": found.learnt,
        "positives": found.positives,
        "hindsight_s": ranked.hindsight,
        "times": ranked.times,
        "cut_short": ranked.cut_short,
        "set_aside": _aside(ranked),
    }
    lines = [
        f"{len(found.probability):,} payments ranked by how unusual they are, {alerts:,} at the "
        f"probability {found.threshold:.3f} or above",
        f"{why}: the {found.positives:,} only say how likely unusual payments are",
    ]
    notes = [_timed(ranked.times), *_noted(ranked.cut_short, "searches for cycles were cut short")]
    columns = {"tx_id": ranked.tx_id, "probability": found.probability}
    return _Answer(columns, summary, lines, notes, lambda: explain_unusual(ranked, top))


def _labelled(found: Scored, top: int) -> _Answer:
    late, count = found.late, len(found.probability)
    alerts = int((found.probability >= found.threshold).sum())
    summary = {
        "payments": count,
        "threshold": found.threshold,
        "at_threshold": alerts,
        "late_part_of_train": late,
        "learnt_from": found.learnt,
        "positives": found.positives,
        "unlabelled": found.unlabelled,
        "overlapping": found.overlapping,
        "test_follows_train": found.follows,
        "hindsight_s": found.hindsight,
        "times": found.times,
        "cut_short": found.cut_short,
        "rounds": found.model.rounds,
        "features": len(found.model.kept),
        "set_aside": _aside(found),
    }
    lines = [
        f"{count:,} payments judged, {alerts:,} at the threshold {found.threshold:.3f} or above",
        "in the last part of train, judged without its labels, that threshold has "
        f"precision {late['precision']:.2f}, recall {late['recall']:.2f}, F1 {late['f1']:.2f}",
    ]
    notes = [
        _timed(found.times),
        f"learnt from {found.learnt:,} payments, {found.positives:,} of them labelled true",
        *_noted(found.unlabelled, "payments of train have no label"),
        *_noted(
            found.overlapping,
            "payments of train are later than the first of test: their labels were not used"
            if found.follows
            else "payments of train are later than the first of test, which is most: their labels "
            "were used all the same",
        ),
        *_noted(found.cut_short, "searches for cycles were cut short"),
    ]
    columns = {"tx_id": found.tx_id, "probability": found.probability}
    return _Answer(columns, summary, lines, notes, lambda: explain_payments(found, top))


def _ranked(found: Unlabelled, top: int) -> _Answer:
    count, compared = len(found.score), len(found.base.scores)
    alerts = int((found.score >= found.threshold).sum())
    summary = {
        "payments": count,
        "threshold": found.threshold if np.isfinite(found.threshold) else None,
        "at_threshold": alerts,
        "per_day": found.per_day,
        "compared_with": compared,
        "calibrated": False,
        "hindsight_s": found.hindsight,
        "times": found.times,
        "cut_short": found.cut_short,
        "set_aside": _aside(found),
    }
    lines = [
        f"{count:,} payments ranked, {alerts:,} at the score {found.threshold:.1f} or above, which "
        f"{found.per_day:g} payments a day of train reach",
        f"a percentile is the share of {compared:,} payments of train with a lower score: "
        "how unusual a payment is, not how likely it is a crime",
    ]
    notes = [_timed(found.times), *_noted(found.cut_short, "searches for cycles were cut short")]
    missing = np.isnan(found.score)
    columns = {
        "tx_id": found.tx_id,
        "score": pa.array(found.score, mask=missing),
        "percentile": pa.array(found.percentile, mask=missing),
    }
    return _Answer(columns, summary, lines, notes, lambda: explain_unusual(found, top))


def _timed(times: str) -> str:
    return f"ts was read as {times}"


def _noted(count: int, what: str) -> list[str]:
    return [f"{count:,} {what}"] if count else []


def _aside(found: Scored | Unlabelled) -> list[dict[str, object]]:
    return [
        {"row": row, "tx_id": tx_id, "reason": reason} for row, tx_id, reason in found.set_aside()
    ]


def _write(path: Path, columns: dict[str, Any]) -> None:
    try:
        parquet.write_table(pa.table(columns), path)
    except OSError as error:
        raise UsageError(error.strerror or "cannot be written", where=str(path)) from error


def _explain(path: Path, told: Iterable[msgspec.Struct]) -> None:
    encode = msgspec.json.Encoder().encode
    try:
        with path.open("wb") as file:
            for one in told:
                file.write(encode(one) + b"\n")
    except OSError as error:
        raise UsageError(error.strerror or "cannot be written", where=str(path)) from error


def _print(answer: _Answer, aside: list[dict[str, object]]) -> None:
    for line in answer.lines:
        click.echo(line)
    for note in answer.notes:
        click.echo(note, err=True)
    for one in aside[:_SHOWN]:
        click.echo(
            f"set aside: row {one['row']}, payment {one['tx_id']}: {one['reason']}", err=True
        )
    if len(aside) > _SHOWN:
        click.echo(f"and {len(aside) - _SHOWN:,} more, named with --json", err=True)


COMMANDS = (score,)
