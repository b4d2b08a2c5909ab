"""Terms of locations as a kernel: what `manara.risk.terms` does to one location, one loss."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.model import FormatError
from manara.risk.oed import Table
from manara.risk.terms import fields, rules
from manara.risk.terms.exposure import Sites

#: Levels of a location: days of interruption, four coverages, property damage, everything.
_LEVELS = 7

#: Coverages of each level: from, to.
_FROM = np.array([3, 0, 1, 2, 3, 0, 0])
_TO = np.array([4, 1, 2, 3, 4, 3, 4])

#: Order of the fields of `rules.Terms`.
_DED, _DED_TYPE, _DED_CODE, _LEAST, _MOST, _LIMIT, _LIMIT_TYPE, _ATTACH, _SHARE = range(9)

_OF_LOSS, _OF_VALUE, _FRANCHISE = rules.OF_LOSS, rules.OF_VALUE, rules.FRANCHISE


class Terms(NamedTuple):
    """Terms of locations.

    `row`: the row below of each location; -1 is none. `terms`: by row, level and field of
    `rules.Terms`. `value`: insured value by row and level. `bind`: by row and level.
    """

    row: NDArray[np.int32]
    terms: NDArray[np.float64]
    value: NDArray[np.float64]
    bind: NDArray[np.bool_]


def read(sites: Sites, table: Table) -> Terms:
    """Return the terms of locations.

    Args:
        sites: The locations.
        table: The location file.

    Raises:
        FormatError: A value is no amount, or a term holds for all losses of a year together.
    """
    if found := fields.annual(table, fields.IN_LOCATION):
        raise FormatError("an annual term of a location is not honoured in a model", where=found)
    levels = [fields.interruption(table)]
    levels += [fields.read_terms(table, fields.LOCATION, name) for name in fields.COVERAGES]
    levels += [fields.read_terms(table, fields.LOCATION, name) for name in ("5PD", "6All")]
    at = [level.take(sites.rows) for level in levels]
    bind = np.stack([level.bind() for level in at], axis=1)
    rows = np.flatnonzero(bind.any(axis=1))
    row = np.full(len(sites.keys), -1, np.int32)
    row[rows] = np.arange(len(rows))
    by_cover = sites.values.reshape(-1, 4)[rows]
    value = [by_cover[:, one:end].sum(axis=1) for one, end in zip(_FROM, _TO, strict=True)]
    terms = [np.stack(level.take(rows), axis=1) for level in at]
    return Terms(row, np.stack(terms, axis=1), np.stack(value, axis=1), bind[rows])


def none(sites: Sites) -> Terms:
    """Return that locations have no terms of their own."""
    nothing = np.zeros((0, 1))
    row = np.full(len(sites.keys), -1, np.int32)
    return Terms(row, np.zeros((0, 1, 1)), nothing, nothing > 0)


@njit(cache=True, nogil=True)
def apply(found: Any, row: int, state: Any) -> None:
    """Apply all terms of one location to one loss, in place.

    Args:
        found: `Terms`.
        row: The row of the location.
        state: Loss, ded, over and under (see `rules.State`) by coverages.
    """
    for level in range(_LEVELS):
        if found.bind[row, level]:
            _level(
                found.terms[row, level], found.value[row, level], _FROM[level], _TO[level], state
            )


@njit(cache=True, nogil=True)
def _level(terms: Any, value: float, begin: int, end: int, state: Any) -> None:
    loss = ded = over = under = 0.0
    for at in range(begin, end):
        loss += state[0, at]
        ded += state[1, at]
        over += state[2, at]
        under += state[3, at]
    paid, kept, cut, room = _applied(terms, value, loss, ded, over, under)
    for at in range(begin, end):
        before, deducted = state[0, at], state[1, at]
        if loss > 0:
            state[0, at] = before * (paid / loss)
        elif ded > 0:
            state[0, at] = deducted * (paid / ded)
        state[1, at] = _moved(deducted, ded, kept, before, loss)
        state[2, at] = _moved(state[2, at], over, cut, before, loss)
        state[3, at] = state[1, at] * (room / kept) if kept > 0 else 0.0


@njit(cache=True, nogil=True)
def _moved(part: float, before: float, after: float, weight: float, total: float) -> float:
    change = after - before
    if change > 0:
        return part + (weight * (change / total) if total > 0 else 0.0)
    return part + (part * (change / before) if before > 0 else 0.0)


@njit(cache=True, nogil=True)
def _applied(
    terms: Any, value: float, loss: float, ded: float, over: float, under: float
) -> tuple[float, float, float, float]:
    limit = np.inf
    if terms[_LIMIT] > 0:
        limit = _amount(terms[_LIMIT], terms[_LIMIT_TYPE], loss, value)
    asked = _amount(terms[_DED], terms[_DED_TYPE], loss, value)
    if terms[_DED_CODE] == _FRANCHISE and loss > asked:
        asked = 0.0
    least, most = terms[_LEAST], terms[_MOST]
    high = most > 0 and ded + asked > most
    if not high and ded + asked < least:
        after, total, over, room = _raised(asked, least, loss, ded, over, under)
    else:
        total = ded + min(asked, loss)
        if high:
            total = min(total, most)
        more, less = max(total - ded, 0.0), max(ded - total, 0.0)
        given = min(less, under)
        after = loss - more + given
        over += less - given
        room = max(under + more - less, 0.0)
    above = max(after - terms[_ATTACH], 0.0)
    paid = min(above, limit)
    return paid * terms[_SHARE], total, over + above - paid, min(room, limit - paid)


@njit(cache=True, nogil=True)
def _raised(
    asked: float, least: float, loss: float, ded: float, over: float, under: float
) -> tuple[float, float, float, float]:
    missing = least - asked - ded
    if missing <= over and loss > asked:
        return loss, least, over - missing, under
    kept = max(loss - asked - max(missing - over, 0.0), 0.0)
    total = min(least, ded + loss + over)
    eaten = max(total - ded - loss + kept, 0.0)
    return kept, total, max(over - eaten, 0.0), under + loss - kept


@njit(cache=True, nogil=True)
def _amount(amount: float, kind: float, loss: float, value: float) -> float:
    if kind == _OF_LOSS:
        return amount * loss
    return amount * value if kind == _OF_VALUE else amount
