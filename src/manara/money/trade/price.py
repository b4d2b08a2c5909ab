"""Prices per kilogram against those of like goods: the unit-price check.

The logarithm of the price is compared with the median of its cell, in robust deviations (1.4826
times the median absolute deviation, Iglewicz and Hoaglin 1993) and in inter-quartile ranges beyond
the quartile (Tukey 1977; the price filter of Pak and Zdanowicz uses the quartiles alone). A cell is
code, corridor and quarter in one currency and direction; where it holds too little, a coarser one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from manara.model import Text, counted, phrase
from manara.money.layout import I64
from manara.money.trade.checks import Check
from manara.money.trade.finding import Hit, day_of, sum_of

F64 = NDArray[np.float64]
#: The median absolute deviation of a normal distribution times this is its standard deviation.
TO_DEVIATION = 1.4826
#: Days since 1970 to quarters: near enough for a season, and the same for every year.
_QUARTER_DAYS = 365.25 / 4
ABOVE, BELOW = phrase("above"), phrase("below")
#: What makes a cell, from the finest.
LEVELS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (phrase("code, corridor and quarter"), ("hs", "origin", "destination", "quarter")),
    (phrase("code and corridor"), ("hs", "origin", "destination")),
    (phrase("code and origin"), ("hs", "origin")),
    (phrase("code"), ("hs",)),
)


class Cells(NamedTuple):
    """Distributions, one a cell; logarithms of prices per kilogram.

    Attributes:
        of: the cell of each value.
        size: values in each cell.
        median: their median.
        mad: their median absolute deviation from it.
        low: first quartile.
        high: third quartile.
    """

    of: I64
    size: I64
    median: F64
    mad: F64
    low: F64
    high: F64


class Prices(NamedTuple):
    """Each price against the finest cell that holds enough.

    Attributes:
        row: rows of the table that have a weight and a cell.
        level: place in `LEVELS`.
        price: logarithm of the price per kilogram.
        size: declarations in the cell.
        median: median of the cell, a logarithm.
        mad: median absolute deviation of the cell.
        deviations: robust deviations from the median, signed.
        beyond: inter-quartile ranges beyond the nearer quartile, 0 within them.
    """

    row: I64
    level: I64
    price: F64
    size: I64
    median: F64
    mad: F64
    deviations: F64
    beyond: F64


def find(table: pa.Table, check: Check) -> Iterator[Hit]:
    """Yield pairs of partners whose prices for a code are far from those of like goods."""
    prices = judged(table, check)
    ratio = np.abs(prices.price - prices.median)
    out = np.flatnonzero(
        (np.abs(prices.deviations) >= check["deviations"])
        & (prices.beyond >= check["iqr"])
        & (ratio >= np.log(check["factor"]))
    )
    if not len(out):
        return
    rows = table.take(prices.row[out]).to_pylist()
    groups = defaultdict(list)
    for at, row in zip(out.tolist(), rows, strict=True):
        side = prices.deviations[at] > 0
        groups[row["exporter"], row["importer"], row["hs"], row["currency"], side].append((row, at))
    for (exporter, importer, _, _, side), members in groups.items():
        members.sort(key=lambda one: (-_excess(one[0], prices, one[1]), one[0]["id"]))
        yield _hit((exporter, importer), members, prices, bool(side))


def judged(table: pa.Table, check: Check) -> Prices:
    """Return each declaration's price against the finest cell that holds enough.

    Args:
        table: declarations as `Declarations.table` has them.
        check: the limits ``declarations``, ``pairs``, ``top_share`` and ``floor``.
    """
    row = np.flatnonzero(pc.is_valid(table["weight"]).to_numpy(zero_copy_only=False))
    held = table.take(row)
    price = np.log(held["value"].to_numpy() / held["weight"].to_numpy())
    keys = {name: _codes(held[name]) for name in ("hs", "origin", "destination")}
    keys["quarter"] = np.floor(held["day"].to_numpy() / _QUARTER_DAYS).astype(np.int64)
    apart = _joined([_codes(held["currency"]), _codes(held["direction"])])
    pair = _joined([_codes(held["exporter"]), _codes(held["importer"])])
    found = _empty(row, price)
    for level, (_, names) in enumerate(LEVELS):
        # A price without a country is only compared where countries do not matter.
        left = found.level < 0
        for name in names:
            left &= keys[name] >= 0
        if left.any():
            cells = distributions(price, _joined([apart, *(keys[name] for name in names)]))
            _fill(found, cells, left & _enough(cells, pair, check)[cells.of], level, check["floor"])
    known = found.level >= 0
    return _taken(found, known)


def distributions(values: F64, cell: I64) -> Cells:
    """Return the distribution of values in each cell.

    Args:
        values: any numbers.
        cell: number of the cell of each, from 0, none left out.
    """
    count = np.bincount(cell)
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    ordered = values[np.lexsort((values, cell))]
    low, median, high = (_quantile(ordered, start, count, share) for share in (0.25, 0.5, 0.75))
    apart = np.abs(values - median[cell])
    apart = apart[np.lexsort((apart, cell))]
    return Cells(cell, count, median, _quantile(apart, start, count, 0.5), low, high)


def _quantile(ordered: F64, start: I64, count: I64, share: float) -> F64:
    """Return a quantile of each cell, linear between the values around it."""
    place = (count - 1) * share
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, count - 1)
    first, second = ordered[start + below], ordered[start + above]
    found: F64 = first + (second - first) * (place - below)
    return found


def _enough(cells: Cells, pair: I64, check: Check) -> NDArray[np.bool_]:
    """Return which cells hold enough declarations of enough pairs of partners."""
    width = int(pair.max()) + 1
    both, share = np.unique(cells.of * width + pair, return_counts=True)
    owner = both // width
    pairs = np.bincount(owner, minlength=len(cells.size))
    top = np.zeros(len(cells.size), np.int64)
    np.maximum.at(top, owner, share)
    enough: NDArray[np.bool_] = (
        (cells.size >= check["declarations"])
        & (pairs >= check["pairs"])
        & (top <= check["top_share"] * cells.size)
    )
    return enough


def _taken(prices: Prices, kept: NDArray[np.bool_]) -> Prices:
    return Prices(*(np.asarray(column)[kept] for column in prices))  # type: ignore[arg-type]


def _empty(row: I64, price: F64) -> Prices:
    whole = np.full(len(row), -1, np.int64)
    return Prices(row, whole, price, whole.copy(), *(np.zeros(len(row)) for _ in range(4)))


def _fill(found: Prices, cells: Cells, rows: NDArray[np.bool_], level: int, floor: float) -> None:
    """Write down what the cells of a level say of some rows."""
    of, price = cells.of[rows], found.price[rows]
    low, high = cells.low[of], cells.high[of]
    found.level[rows], found.size[rows] = level, cells.size[of]
    found.median[rows], found.mad[rows] = cells.median[of], cells.mad[of]
    spread = np.maximum(TO_DEVIATION * cells.mad[of], floor)
    found.deviations[rows] = (price - cells.median[of]) / spread
    outside = np.maximum(np.maximum(low - price, price - high), 0)
    found.beyond[rows] = outside / np.maximum(high - low, floor)


def _codes(column: Any) -> I64:
    """Return a number for each distinct text of a column, -1 for none."""
    coded = column.combine_chunks().dictionary_encode()
    codes: I64 = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _joined(keys: Sequence[I64]) -> I64:
    """Return a number, from 0, for each distinct row of keys."""
    joined = keys[0]
    for key in keys[1:]:
        low = int(key.min(initial=0))
        joined = joined * (int(key.max(initial=0)) - low + 1) + (key - low)
        joined = np.unique(joined, return_inverse=True)[1].astype(np.int64)
    if len(keys) == 1:
        joined = np.unique(joined, return_inverse=True)[1].astype(np.int64)
    return joined


def _excess(row: dict[str, Any], prices: Prices, at: int) -> float:
    """Return how much the declared value differs from the weight at the median price."""
    return float(abs(row["value"] - row["weight"] * np.exp(prices.median[at])))


def _hit(
    subjects: tuple[str, str], members: list[tuple[dict[str, Any], int]], prices: Prices, over: bool
) -> Hit:
    row, at = members[0]
    ids = tuple(one["id"] for one, _ in members)
    stake = sum(_excess(one, prices, place) for one, place in members)
    currency, median = row["currency"], float(np.exp(prices.median[at]))
    level, price = LEVELS[prices.level[at]][0], row["value"] / row["weight"]
    deviations, spread = float(prices.deviations[at]), float(np.exp(prices.mad[at]))
    word = ABOVE if over else BELOW
    way = phrase("from importer to exporter") if over else phrase("from exporter to importer")
    steps = (
        (
            counted(
                "{num} declaration of code {code} is priced far {word} like goods; together {sum} "
                "{word} the median price.",
                "{num} declarations of code {code} are priced far {word} like goods; together "
                "{sum} {word} the median price.",
                len(ids), code=row["hs"], word=word, sum=sum_of(stake, currency),
            ),
            ids,
            (),
        ),
        (
            phrase(
                "Declaration {id} of {day}: {weight:,.3f} kg for {sum}, {price:,.4f} "
                "{currency}/kg.",
                id=row["id"], day=day_of(row["day"]), weight=row["weight"],
                sum=sum_of(row["value"], currency), price=price, currency=currency,
            ),
            ids[:1],
            (),
        ),
        (
            counted(
                "Of {num} declaration of the same {level} the median is {median:,.4f} "
                "{currency}/kg, and half lie within a factor of {spread:.2f} of it: this one is "
                "{deviations:.1f} robust deviations {word}, and {beyond:.1f} inter-quartile ranges "
                "beyond the quartile.",
                "Of {num} declarations of the same {level} the median is {median:,.4f} "
                "{currency}/kg, and half lie within a factor of {spread:.2f} of it: this one is "
                "{deviations:.1f} robust deviations {word}, and {beyond:.1f} inter-quartile ranges "
                "beyond the quartile.",
                int(prices.size[at]), level=level, median=median, currency=currency,
                spread=spread, deviations=abs(deviations), word=word,
                beyond=float(prices.beyond[at]),
            ),
            ids[:1],
            (),
        ),
        (
            phrase("A price {word} worth moves money {way} under the name of trade.",
                   word=word, way=way),
            (),
            (),
        ),
    )  # fmt: skip
    figures = {
        "hs": row["hs"],
        "price_per_kg": price,
        "median_per_kg": median,
        "mad_log": float(prices.mad[at]),
        "n": int(prices.size[at]),
        "deviations": deviations,
        "iqr_beyond": float(prices.beyond[at]),
        "cell": str(level),
    }
    return Hit("unit-price", subjects, ids, (), steps, figures, stake, currency)
