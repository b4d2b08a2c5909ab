"""Prices per kilogram against what the same two companies agreed on before: the own-price check."""

from __future__ import annotations

import math
from bisect import insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.model import counted
from manara.money.trade.checks import Check
from manara.money.trade.finding import Hit, day_of, sum_of
from manara.money.trade.price import ABOVE, BELOW, TO_DEVIATION

_KEY = ("exporter", "importer", "hs", "currency", "direction")
_COLUMNS = ("id", "day", "value", "weight", "invoice", *_KEY)


class Found(NamedTuple):
    """A declaration whose price is far from those before it.

    Attributes:
        row: the declaration.
        before: how many of the pair and code are earlier.
        median: their median price per kilogram.
        deviations: robust deviations of the logarithm from it, signed.
    """

    row: dict[str, Any]
    before: int
    median: float
    deviations: float

    @property
    def excess(self) -> float:
        """How much the declared value differs from the weight at the median price."""
        return float(abs(self.row["value"] - self.row["weight"] * self.median))


def find(table: pa.Table, check: Check) -> Iterator[Hit]:
    """Yield pairs of partners whose price for a code left what it was between them before."""
    held = table.filter(pc.is_valid(table["weight"])).select(list(_COLUMNS))
    groups = defaultdict(list)
    for row in held.to_pylist():
        groups[tuple(row[name] for name in _KEY)].append(row)
    for key in sorted(groups, key=str):
        if len(groups[key]) > check["declarations"]:
            found = list(departures(groups[key], check))
            for over in (True, False):
                if side := [one for one in found if (one.deviations > 0) == over]:
                    yield _hit(side, over)


def departures(rows: Sequence[dict[str, Any]], check: Check) -> Iterator[Found]:
    """Yield declarations whose price is far from those of earlier days, all of one pair and code.

    Args:
        rows: id, day, value and weight of each, in any order.
        check: the limits ``declarations``, ``deviations``, ``factor`` and ``floor``.
    """
    least, factor = int(check["declarations"]), math.log(check["factor"])
    known: list[float] = []
    ordered = sorted(rows, key=itemgetter("day", "id"))
    for _, day in groupby(ordered, key=itemgetter("day")):
        same = [(math.log(row["value"] / row["weight"]), row) for row in day]
        if len(known) >= least:
            middle = (known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2
            for price, row in same:
                if abs(price - middle) >= factor:
                    mad = float(np.median(np.abs(np.array(known) - middle)))
                    apart = (price - middle) / max(TO_DEVIATION * mad, check["floor"])
                    if abs(apart) >= check["deviations"]:
                        yield Found(row, len(known), math.exp(middle), apart)
        for price, _row in same:
            insort(known, price)


def _hit(found: list[Found], over: bool) -> Hit:
    found.sort(key=lambda one: (-one.excess, one.row["id"]))
    first = found[0]
    row, stake = first.row, sum(one.excess for one in found)
    ids = tuple(one.row["id"] for one in found)
    word = ABOVE if over else BELOW
    price = row["value"] / row["weight"]
    currency = row["currency"]
    steps = (
        (
            counted(
                "The price of {num} declaration of code {code} by {seller} to {buyer} is far "
                "{word} what it was between them; together {sum} {word}.",
                "The price of {num} declarations of code {code} by {seller} to {buyer} is far "
                "{word} what it was between them; together {sum} {word}.",
                len(ids), code=row["hs"], seller=row["exporter"], buyer=row["importer"],
                word=word, sum=sum_of(stake, currency),
            ),
            ids,
            (),
        ),
        (
            counted(
                "On {day}: {weight:,.3f} kg for {sum}, {price:,.4f} {currency}/kg. The median of "
                "their {num} declaration before is {median:,.4f}: this is {deviations:.1f} robust "
                "deviations {word}.",
                "On {day}: {weight:,.3f} kg for {sum}, {price:,.4f} {currency}/kg. The median of "
                "their {num} declarations before is {median:,.4f}: this is {deviations:.1f} robust "
                "deviations {word}.",
                first.before, day=day_of(row["day"]), weight=row["weight"],
                sum=sum_of(row["value"], currency), price=price, currency=currency,
                median=first.median, deviations=abs(first.deviations), word=word,
            ),
            ids[:1],
            (),
        ),
    )  # fmt: skip
    figures = {
        "hs": row["hs"],
        "price_per_kg": price,
        "median_per_kg": first.median,
        "n": first.before,
        "deviations": first.deviations,
    }
    subjects = (row["exporter"], row["importer"])
    return Hit("own-price", subjects, ids, (), steps, figures, stake, row["currency"])
