"""Expected insured losses of events without sampling: terms applied to distributions.

Sites that share a part of their damage are independent once that part is known. So it takes a few
values that stand for all, equally probable; for each the sum of what locations lose that later
terms treat alike has a distribution (see `manara.risk.sums`), of which the means of equal parts go
through these terms. Its shares of coverages are the expected ones.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.risk import draws, sums
from manara.risk.losses import kernels, location
from manara.risk.losses.kernels import WIDE
from manara.risk.losses.merging import merge
from manara.risk.terms.rules import State

if TYPE_CHECKING:
    from manara.risk.losses import Portfolio
    from manara.risk.losses.model import Model

Floats = NDArray[np.float64]

#: Values of what sites share; of each site's own part; parts of the distribution of a sum.
_SHARED, _OWN, _PARTS = 144, 16, 8

#: Steps of the rows of a lattice after the first: the golden section, roots of primes.
_STEPS = ((math.sqrt(5) - 1) / 2, math.sqrt(2), math.sqrt(3), math.sqrt(7), math.sqrt(11))

#: Losses held at once: parts of the state, classes by coverages, events, columns.
_AT_ONCE = 1 << 20


class Insured(NamedTuple):
    """Expected losses of each event: `gross`, insured; `net`, after reinsurance."""

    gross: Floats
    net: Floats


class _Nodes(NamedTuple):
    """Draws that stand for all: `damage` by curve, peril group and node; `hazard` by node."""

    damage: NDArray[np.float32]
    hazard: Floats


class _Classes(NamedTuple):
    """Sites of each class of locations: `start` of each, one more at the end; `site`."""

    start: NDArray[np.int64]
    site: NDArray[np.int64]


def insured(model: Model, portfolio: Portfolio, ground_up: Floats) -> Insured:
    """Return the expected insured loss of each event.

    Args:
        model: The model.
        portfolio: What is exposed to it; it has policies.
        ground_up: The exact expected ground-up loss of each event; what the nodes miss of it is
            taken to be missed of the insured loss too.
    """
    programme = portfolio.programme
    if programme is None:
        raise ValueError("no policies")
    merged, classes = merge(programme)
    rows, columns = len(classes.keys) * WIDE, _SHARED * _PARTS
    nodes = _nodes(model, portfolio)
    of_site = merged[portfolio.items.order]
    order = np.argsort(of_site, kind="stable")
    start = np.searchsorted(of_site[order], np.arange(len(classes.keys) + 1))
    table = sums.gamma_means(_PARTS)
    found = Insured(*(np.zeros(len(model.events)) for _ in range(2)))
    met = np.zeros(len(model.events))
    step = max(1, _AT_ONCE // (4 * rows * columns))
    for first in range(0, len(model.events), step):
        some = slice(first, min(first + step, len(model.events)))
        left = np.zeros((4, rows, some.stop - first, columns))
        _strike(
            first, model.footprint, portfolio.items, model.curves.row, nodes, portfolio.terms,
            _Classes(start, order), table, met[some], left,
        )  # fmt: skip
        struck = np.flatnonzero(met[some])
        if not len(struck):
            continue
        flat = left[:, :, struck].reshape(4, rows, -1)
        after = programme.after_sites(State(*flat), classes)
        exact = ground_up[first + struck] / met[first + struck]
        for whole, losses in zip(found, (after.gross, after.net), strict=True):
            mean = losses.sum(axis=0).reshape(len(struck), columns).mean(axis=1)
            whole[first + struck] = mean * exact
    return found


def _nodes(model: Model, portfolio: Portfolio) -> _Nodes:
    from scipy.special import ndtr, ndtri

    common = portfolio.common
    random = np.full((len(common), _SHARED * _OWN), 0.5, np.float32)
    for at, group in enumerate(np.unique(portfolio.items.peril)):
        shared, own = ndtri(_even(_SHARED, at))[:, None], ndtri(_own(at))
        part = common[group]
        random[group] = ndtr(np.sqrt(part) * shared + np.sqrt(1 - part) * own).ravel()
    curves = model.curves
    damage = np.empty((len(curves.steps), *random.shape), np.float32)
    _look_up(curves.steps, curves.guide, random, damage)
    return _Nodes(damage, _own(len(common)).ravel())


def _own(row: int) -> Floats:
    """Return numbers of a site's own, for each shared value; what they miss there evens out."""
    turned = _even(_OWN, row) + np.arange(_SHARED)[:, None] * (
        _STEPS[row % len(_STEPS)] if row else 0
    )
    return np.mod(turned, 1.0)


def _even(count: int, row: int) -> Floats:
    """Return numbers between 0 and 1, evenly spread; together with other rows too (a lattice)."""
    steps = np.arange(count) + 0.5
    return steps / count if not row else np.mod(steps * _STEPS[(row - 1) % len(_STEPS)], 1.0)


@njit(cache=True, nogil=True)
def _look_up(steps: Any, guide: Any, random: Any, damage: Any) -> None:
    for curve in range(damage.shape[0]):
        for group in range(damage.shape[1]):
            for node in range(damage.shape[2]):
                damage[curve, group, node] = kernels.drawn(steps, guide, curve, random[group, node])


@njit(cache=True, nogil=True)
def _strike(
    first: int,
    footprint: Any,
    items: Any,
    row: Any,
    nodes: Any,
    terms: Any,
    classes: Any,
    table: Any,
    met: Any,
    left: Any,
) -> None:
    """Fill in what later terms see, by class and column, and the ground-up loss that was met.

    Args:
        first: Row of the first event in the footprint.
        footprint: A `kernels.Footprint`.
        items: `kernels.Items`.
        row: The curve of each function at each intensity.
        nodes: `_Nodes`.
        terms: `location.Terms`.
        classes: `_Classes`.
        table: Of `sums.gamma_means`.
        met: Receives the mean ground-up loss of each event.
        left: Receives parts of the state, classes by coverages, events, columns.
    """
    many = nodes.damage.shape[2]
    from_row, to_row = np.empty(items.areas, np.int64), np.zeros(items.areas, np.int64)
    losses, state = np.empty((WIDE, many)), np.empty((4, WIDE))
    kept = np.empty((sums.FEW, _SHARED, _OWN))
    mean, variance = np.empty(_SHARED), np.empty(_SHARED)
    parts = np.empty((4, WIDE, _SHARED))
    for event in range(len(met)):
        begin, end = footprint.start[first + event], footprint.start[first + event + 1]
        if not kernels.mark(begin, end, footprint.area, from_row, to_row):
            continue
        for one in range(len(classes.start) - 1):
            count = 0
            mean[:], variance[:], parts[:] = 0.0, 0.0, 0.0
            for at in range(classes.start[one], classes.start[one + 1]):
                site = classes.site[at]
                if not _lose(site, footprint, items, row, nodes, from_row, to_row, losses):
                    continue
                met[event] += losses.sum() / many
                here = kept[min(count, sums.FEW - 1)]
                _settle(losses, terms, terms.row[items.order[site]], state, here, parts)
                count += 1
                for share in range(_SHARED):
                    mean[share] += here[share].mean()
                    variance[share] += here[share].var()
            if count:
                _columns(kept, count, mean, variance, parts, table, one, left[:, :, event])


@njit(cache=True, nogil=True)
def _lose(
    site: int,
    footprint: Any,
    items: Any,
    row: Any,
    nodes: Any,
    from_row: Any,
    to_row: Any,
    losses: Any,
) -> bool:
    """Fill in the losses of a site by coverage and node; whether it is struck."""
    struck = 0
    for run in range(items.site[site], items.site[site + 1]):
        begin, end = from_row[items.area[run]], to_row[items.area[run]]
        if end == 0:
            continue
        if not struck:
            losses[:] = 0.0
        struck += 1
        for item in range(items.run[run], items.run[run + 1]):
            cover, value, function = items.cover[item], items.value[item], items.function[item]
            if end - begin == 1:
                curve = row[function, footprint.intensity[begin]]
                if curve >= 0:
                    losses[cover] += value * nodes.damage[curve, items.peril[run]]
                continue
            for node in range(losses.shape[1]):
                left, at = nodes.hazard[node], begin
                while at < end and left >= footprint.chance[at]:
                    left -= footprint.chance[at]
                    at += 1
                curve = row[function, footprint.intensity[at]] if at < end else -1
                if curve >= 0:
                    losses[cover, node] += value * nodes.damage[curve, items.peril[run], node]
    if struck > 1:
        first, last = items.run[items.site[site]], items.run[items.site[site + 1]]
        kernels.capped(first, last, items.cover, items.value, losses)
    return struck > 0


@njit(cache=True, nogil=True)
def _settle(losses: Any, terms: Any, bound: int, state: Any, kept: Any, parts: Any) -> None:
    """Apply the terms of a location at each node; add up the mean parts of the state."""
    for node in range(losses.shape[1]):
        share, own = node // _OWN, node % _OWN
        if bound < 0:
            kept[share, own] = 0.0
            for cover in range(WIDE):
                kept[share, own] += losses[cover, node]
                parts[0, cover, share] += losses[cover, node] / _OWN
            continue
        state[:] = 0.0
        state[0] = losses[:, node]
        location.apply(terms, bound, state)
        kept[share, own] = state[0].sum()
        for part in range(4):
            for cover in range(WIDE):
                parts[part, cover, share] += state[part, cover] / _OWN


@njit(cache=True, nogil=True)
def _columns(
    kept: Any, count: int, mean: Any, variance: Any, parts: Any, table: Any, one: int, left: Any
) -> None:
    """Fill in the columns of a class: for each shared value, equal parts of the sum."""
    found = np.empty(_PARTS)
    mass, spare = np.empty(sums.CELLS + 1), np.empty(sums.CELLS + 1)
    for share in range(_SHARED):
        if count <= sums.FEW:
            width = sums.convolve(kept[:, share], count, np.inf, mass, spare)
            sums.part_means(mass, width, found)
        else:
            sums.gamma_row(table, mean[share], variance[share], found)
        total = parts[0, :, share].sum()
        _shuffle(np.uint64(one * _SHARED + share), found)
        for part in range(_PARTS):
            column = share * _PARTS + part
            for cover in range(WIDE):
                if total > 0:
                    left[0, one * WIDE + cover, column] = (
                        found[part] * parts[0, cover, share] / total
                    )
                for other in range(1, 4):
                    left[other, one * WIDE + cover, column] = parts[other, cover, share]


@njit(cache=True, nogil=True)
def _shuffle(name: Any, found: Any) -> None:
    """Put values into an order of the name's own: classes are independent of each other."""
    for last in range(len(found) - 1, 0, -1):
        other = draws.mixed(draws.mixed(name + np.uint64(1)) + np.uint64(last)) % np.uint64(
            last + 1
        )
        found[last], found[other] = found[other], found[last]
