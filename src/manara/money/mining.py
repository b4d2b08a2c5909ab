"""Patterns of a table of payments, each with the payments that make it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from manara.money.asking import asked
from manara.money.engine import FEATURES
from manara.money.mined import Aside, Mined, mined
from manara.money.miner import Columns, Miner
from manara.money.payments import take
from manara.money.reading import batches

__all__ = ["Mined", "mine"]


def mine(
    table: pa.Table | Mapping[str, Any] | Path,
    patterns: Any = None,
    window: str | int = "14d",
    *,
    features: bool = False,
    **limits: Any,
) -> Mined:
    """Return all instances of patterns in a table of payments.

    Every instance is found, save where `cut_short` says otherwise. An instance belongs to its last
    payment and is reported once, whatever comes later. `mine_parts` does it for files that do not
    fit into memory.

    Args:
        table: payments: tx_id, ts (seconds since 1970, or timestamps), src, dst, amount and, where
            present, currency; one row each, in any order. Or a file or folder of them.
        patterns: names of `PATTERNS`; None for all.
        window: all payments of an instance lie within this of its last, such as `14d`.
        features: whether to describe each payment too.
        limits: windows, sizes and limits: see `manara.money.asking.asked`.

    Raises:
        FormatError: a column is missing or of no use, or a file cannot be read.
        UsageError: a pattern or a limit that there is not, or no file.
    """
    wanted = asked(patterns, window, **limits)
    if isinstance(table, Path):
        table = pa.Table.from_batches(batches(table))
    elif not isinstance(table, pa.Table):
        table = pa.table(dict(table))
    given = take(table)
    described = np.empty((table.num_rows if features else 0, len(FEATURES)), np.float32)
    columns = Columns(given.src, given.dst, given.ts, given.amount, given.currency)
    miner = Miner(wanted, given.account_count)
    found = miner.run(columns, given.account_count, described, given.row)
    if features:
        described[given.aside] = np.nan
    aside = Aside(given.aside, given.reason, given.late)
    return mined(found, given.row, aside, table["tx_id"], given.accounts, described)
