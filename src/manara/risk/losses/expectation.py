"""Expected ground-up losses of events, without sampling."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.risk.losses.kernels import Footprint, Items
from manara.risk.losses.model import Model

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class _Twice(NamedTuple):
    """Values that two perils can damage: their areas, functions and insured value."""

    area: Ints
    function: Ints
    value: Floats


def expected(model: Model, items: Items) -> Floats:
    """Return the expected loss of each event.

    Perils add up, and what a coverage would lose beyond its value is taken off: exactly, for two
    perils of different groups, whose damages are independent.

    Args:
        model: The model.
        items: What can be damaged.
    """
    run = np.repeat(np.arange(len(items.area)), np.diff(items.run))
    value = np.zeros((len(model.areas), len(model.functions)))
    np.add.at(value, (items.area[run], items.function), items.value.astype(np.float64))
    twice = _twice(items, run)
    excess = beyond(model.curves.low, model.curves.high)
    middle = (model.curves.low + model.curves.high) / 2
    chance = np.append(model.curves.chance, np.zeros((1, len(middle))), axis=0)[model.curves.row]
    found = np.zeros(len(model.events))
    for event in np.flatnonzero(np.diff(model.footprint.start)).tolist():
        part = _damage(model.footprint, chance, event, value.shape)
        found[event] = (value * (part @ middle)).sum()
        one, other = (part[twice.area[:, at], twice.function[:, at]] for at in (0, 1))
        found[event] -= twice.value @ ((one @ excess) * other).sum(axis=1)
    return found


def _damage(rows: Footprint, chance: Floats, event: int, shape: tuple[int, int]) -> Floats:
    """Return the probability of each bin of damage, by area and function, in one event."""
    found = np.zeros((*shape, chance.shape[2]))
    some = slice(rows.start[event], rows.start[event + 1])
    weight = rows.chance[some].astype(np.float64)[:, None, None]
    np.add.at(found, rows.area[some], chance[:, rows.intensity[some]].transpose(1, 0, 2) * weight)
    return found


def _twice(items: Items, run: Ints) -> _Twice:
    site = np.repeat(np.arange(len(items.order)), np.diff(items.site))[run]
    order = np.lexsort((run, items.cover, site))
    key = (site * 4 + items.cover)[order]
    first = np.flatnonzero(key[1:] == key[:-1])
    pair = np.stack([order[first], order[first + 1]], axis=1)
    area, function = items.area[run[pair]], items.function[pair]
    kinds, kind = np.unique(np.hstack([area, function]), axis=0, return_inverse=True)
    value = np.bincount(kind.ravel(), items.value[pair[:, 0]], len(kinds)).astype(np.float64)
    which = kinds.astype(np.int64)
    return _Twice(which[:, :2], which[:, 2:], value)


def beyond(low: Floats, high: Floats) -> Floats:
    """Return the mean of max(0, x + y - 1) for x and y even in two bins, for each pair of bins.

    Args:
        low: Lower ends of the bins, as shares of value.
        high: Upper ends; a bin may be a point.
    """
    ends = [end[:, None] + other[None, :] - 1 for end in (low, high) for other in (low, high)]
    wide = high - low
    both = wide[:, None] * wide[None, :]
    either = np.maximum(wide[:, None], wide[None, :])
    cubes = [np.maximum(end, 0.0) ** 3 / 6 for end in ends]
    squares = [np.maximum(end, 0.0) ** 2 / 2 for end in ends]
    area = cubes[3] - cubes[2] - cubes[1] + cubes[0]
    line = squares[3] - squares[0]
    found = np.maximum(ends[0], 0.0)
    found = np.where(either > 0, np.divide(line, either, where=either > 0, out=line * 0), found)
    return np.where(both > 0, np.divide(area, both, where=both > 0, out=area * 0), found)
