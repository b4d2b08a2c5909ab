"""What can be asked of the miner: patterns, windows, sizes, limits, with their defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from manara.model import UsageError
from manara.money.layout import CYCLE, LONGEST_CYCLE, PATTERNS, Asked

DAY = 86_400
#: Least sizes that make a pattern: fans, gather-scatter: counterparties on a side; scatter-gather:
#: ways; bipartite, stack: shared payees; structuring, dormant: payments. A cycle's is its length.
SIZES = {
    "fan-in": 4,
    "fan-out": 4,
    "gather-scatter": 3,
    "scatter-gather": 2,
    "bipartite": 3,
    "stack": 2,
    "cycle": 2,
    "pass-through": 2,
    "structuring-in": 3,
    "structuring-out": 3,
    "dormant": 5,
}
#: Windows shorter than the base window can be asked for these only: the others count accounts'
#: payments in the base window.
OWN_WINDOW = ("gather-scatter", "scatter-gather", "cycle", "pass-through")
#: A receipt is passed on rapidly within two days, unless a window is stated.
_RAPID = 2 * DAY
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": DAY, "w": 7 * DAY}


def seconds(text: str | int) -> int:
    """Return a length of time in seconds.

    Args:
        text: a number with a unit s, m, h, d or w, such as `14d`; or seconds.

    Raises:
        UsageError: it is not such a length, or not above zero.
    """
    found = re.fullmatch(r"(\d{1,9})([smhdw]?)", str(text))
    if not found or not int(found[1]):
        raise UsageError(
            "not a length of time", where=str(text), remedy="write it as 14d, 6h, 90m or 30s"
        )
    return int(found[1]) * _UNITS[found[2] or "s"]


def asked(
    patterns: Iterable[str] | None = None,
    window: str | int = "14d",
    *,
    windows: Mapping[str, str | int] | None = None,
    sizes: Mapping[str, int] | None = None,
    longest_cycle: int = LONGEST_CYCLE,
    tolerance: float | None = None,
    count: str = "instances",
    kept: float = 0.9,
    threshold: float = 10_000,
    band: float = 0.1,
    dormancy: str | int = "90d",
    budget: int | None = 1_000_000,
) -> Asked:
    """Return what is asked in the units of the kernels.

    Args:
        patterns: names of `PATTERNS`; None for all.
        window: all payments of an instance lie within this of its last.
        windows: shorter ones, by pattern (`OWN_WINDOW`).
        sizes: least sizes, by pattern, where they differ from `SIZES`.
        longest_cycle: most payments in a cycle, 2 to 10.
        tolerance: share of the largest amount by which a cycle's amounts may differ, all in one
            currency; None for any amounts.
        count: `instances`, or `sequences`: of cycles through the same accounts in the same order
            that one payment closes, only the one with the latest payments.
        kept: least share of a receipt that a pass-through pays on.
        threshold: of structuring, in units of the currency.
        band: share of the threshold that counts as just under it.
        dormancy: time without payments that makes an account dormant.
        budget: most steps of one search at one payment; a search that would take more is cut short
            and said to be. None for no limit.

    Raises:
        UsageError: a name or a value that there is not.
    """
    names = PATTERNS if patterns is None else tuple(patterns)
    least, own = SIZES | dict(sizes or {}), dict(windows or {})
    base = seconds(window)
    spans = {name: base for name in PATTERNS} | {"pass-through": min(base, _RAPID)}
    spans |= {name: seconds(text) for name, text in own.items()}
    _check({*names, *least}, PATTERNS, "pattern")
    _check(own, OWN_WINDOW, "pattern with a window of its own")
    _check([count], ("instances", "sequences"), "count")
    small = [name for name in PATTERNS if least[name] < 2]
    if small or not names or max(spans.values()) > base:
        raise UsageError(
            "no pattern, a size below 2, or a window longer than the base window",
            where=", ".join(small) or "patterns",
            remedy="ask for at least one pattern, sizes of 2 or more and windows up to the base",
        )
    if not (2 <= longest_cycle <= LONGEST_CYCLE and 0 < kept <= 1 and 0 < band < 1):
        raise UsageError(
            "a cycle has 2 to 10 payments; the shares kept and just under lie between 0 and 1",
            where="money",
        )
    return Asked(
        np.array([name in names for name in PATTERNS]),
        np.array([spans[name] for name in PATTERNS], np.int64),
        np.flatnonzero([spans[name] < base and name in names for name in PATTERNS]),
        base,
        np.array([least[name] for name in PATTERNS], np.int64),
        least[PATTERNS[CYCLE]],
        longest_cycle,
        -1.0 if tolerance is None else float(tolerance),
        count == "sequences",
        float(kept),
        round(threshold * 1000),
        round(threshold * (1 - band) * 1000),
        seconds(dormancy),
        2**62 if budget is None else budget,
    )


def _check(names: Iterable[str], known: Iterable[str], what: str) -> None:
    for name in names:
        if name not in known:
            raise UsageError(f"no such {what}", where=name, remedy=f"one of {', '.join(known)}")
