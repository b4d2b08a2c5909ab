"""The patterns that payments judged likely make among themselves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from manara.money.layout import I64, PATTERNS, ROLES
from manara.money.mining import Mined, mine
from manara.money.score.index import F64

_WINDOW = "28d"
_SIZES = {
    "fan-in": 2, "fan-out": 2, "gather-scatter": 2, "bipartite": 2, "cycle": 3,
}  # fmt: skip
_SOUGHT = ("fan-in", "fan-out", "gather-scatter", "scatter-gather", "bipartite", "stack", "cycle")


class Evidence(NamedTuple):
    """A pattern that a payment is in.

    Attributes:
        pattern: its name.
        rows: its payments, rows of the table.
        roles: what each does.
    """

    pattern: str
    rows: I64
    roles: list[str]


def evidence(table: pa.Table, probability: F64, rows: I64, likely: float) -> list[Evidence | None]:
    """Return for each payment the weightiest pattern it is in among the likely ones.

    Args:
        table: the payments.
        probability: of each.
        rows: the payments asked for.
        likely: probability from which on a payment counts.
    """
    kept = np.flatnonzero(probability >= likely)
    found = mine(table.take(kept), _SOUGHT, _WINDOW, sizes=_SIZES)
    best = np.full(len(table), -1)
    weights = np.zeros(len(found))
    for k in range(len(found)):
        weights[k] = probability[kept[found.payments(k)]].sum()
    for k in np.argsort(weights, kind="stable"):
        best[kept[found.payments(k)]] = k
    return [_of(found, kept, int(best[row])) for row in rows]


def _of(found: Mined, kept: I64, k: int) -> Evidence | None:
    if k < 0:
        return None
    roles = found.roles[found.offsets[k] : found.offsets[k + 1]].tolist()
    return Evidence(PATTERNS[found.pattern[k]], kept[found.payments(k)], [ROLES[r] for r in roles])
