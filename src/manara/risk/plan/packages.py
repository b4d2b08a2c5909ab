"""Sets of measures at one site that may be taken together, and the steps from one to the next.

Effects of measures at one site multiply, so that sets, not measures, are what a plan chooses among:
one for each site, a knapsack with multiple choice (Kellerer, Pferschy and Pisinger, "Knapsack
problems", 2004, chapter 11).
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from manara.risk.plan.measures import F64, I64

Flags = NDArray[np.bool_]


class Steps(NamedTuple):
    """Steps to better packages; those of a site follow each other.

    Attributes:
        site: of each step, rising.
        package: bits of the measures of the site after it, counted from its first.
        cost: more than before it.
        before: what is left of the site's risk before it, 0..1, or what stands for it.
        after: the same after it.
    """

    site: I64
    package: I64
    cost: F64
    before: F64
    after: F64


@numba.njit(cache=True, nogil=True)
def steps(
    first: I64, cost: F64, keep: F64, requires: I64, excludes: I64, must: Flags, floor: float,
    every: bool, each: F64, power: float, ratio: float,
) -> tuple[I64, I64, F64, F64, F64, I64]:  # fmt: skip
    """Return the columns of `Steps`, and the package that each site begins with, or -1 for none.

    Args:
        first: where the measures of each site begin, and the end.
        cost: of each measure.
        keep: factor of each on the risk.
        requires: bits that must be there with it.
        excludes: bits that must not be.
        must: whether it is mandatory.
        floor: every site gets at least this share of the cut that it could get, 0..1.
        every: all packages that are not beaten by a cheaper one; else only those on the hull, each
            step of which cuts less for its cost than the one before.
        each: of each site, see `power`.
        power: if above 0, it is not the rest of the risk x that steps bring down, but
            x ** power * (each * x - ratio).
        ratio: see `power`.
    """
    sites = len(first) - 1
    most = 0
    for site in range(sites):
        most = max(most, first[site + 1] - first[site])
    price, left, fine = np.zeros(1 << most), np.ones(1 << most), np.zeros(1 << most, np.bool_)
    rules = np.zeros((2, 1 << most), np.int64)
    size = 1024
    wheres, whole = np.empty((2, size), np.int64), np.empty((3, size))
    begin = np.full(sites, -1, np.int64)
    used = 0
    for site in range(sites):
        at, count = first[site], first[site + 1] - first[site]
        _fill(price, left, fine, rules, at, count, cost, keep, requires, excludes, must, floor)
        if power > 0:
            for bits in range(1 << count):
                rest = left[bits]
                left[bits] = rest**power * (each[site] * rest - ratio)
        current = _cheapest(price, left, fine, count)
        begin[site] = current
        while current >= 0:
            following = _next(price, left, fine, count, current, every)
            if following < 0:
                break
            if used == size:
                wheres, whole = _grown(wheres), _wider(whole)
                size *= 2
            wheres[0, used], wheres[1, used] = site, following
            whole[0, used] = price[following] - price[current]
            whole[1, used], whole[2, used] = left[current], left[following]
            used += 1
            current = following
    return (
        wheres[0, :used], wheres[1, :used], whole[0, :used], whole[1, :used], whole[2, :used],
        begin,
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _fill(
    price: F64, left: F64, fine: Flags, rules: I64, at: int, count: int, cost: F64, keep: F64,
    requires: I64, excludes: I64, must: Flags, floor: float,
) -> None:  # fmt: skip
    """Work out price, rest of risk and permission of all sets of the measures of a site.

    Each set is a smaller one and its highest measure; `rules` keeps what sets require and exclude.
    """
    price[0], left[0], need = 0.0, 1.0, 0
    for one in range(count):
        bit = 1 << one
        if must[at + one]:
            need |= bit
        for bits in range(bit, 2 * bit):
            rest = bits - bit
            price[bits] = price[rest] + cost[at + one]
            left[bits] = left[rest] * keep[at + one]
            rules[0, bits] = rules[0, rest] | requires[at + one]
            rules[1, bits] = rules[1, rest] | excludes[at + one]
    least = 1.0
    for bits in range(1 << count):
        fine[bits] = bits & need == need and not (rules[0, bits] & ~bits or rules[1, bits] & bits)
        if fine[bits]:
            least = min(least, left[bits])
    for bits in range(1 << count):
        if left[bits] > 1.0 - floor * (1.0 - least) + 1e-12:
            fine[bits] = False


@numba.njit(cache=True, nogil=True)
def _cheapest(price: F64, left: F64, fine: Flags, count: int) -> int:
    best = -1
    for bits in range(1 << count):
        if fine[bits] and (
            best < 0
            or price[bits] < price[best]
            or (price[bits] == price[best] and left[bits] < left[best])
        ):
            best = bits
    return best


@numba.njit(cache=True, nogil=True)
def _next(price: F64, left: F64, fine: Flags, count: int, current: int, every: bool) -> int:
    """Return the next package: the cheapest that leaves less, or the one that cuts most a cost."""
    best, value = -1, -np.inf
    for bits in range(1 << count):
        if fine[bits] and left[bits] < left[current]:
            more = price[bits] - price[current]
            one = -more if every else (left[current] - left[bits]) / max(more, 1e-300)
            if one > value or (one == value and left[bits] < left[best]):
                best, value = bits, one
    return best


@numba.njit(cache=True, nogil=True)
def _grown(old: I64) -> I64:
    new = np.empty((2, 2 * old.shape[1]), np.int64)
    new[:, : old.shape[1]] = old
    return new


@numba.njit(cache=True, nogil=True)
def _wider(old: F64) -> F64:
    new = np.empty((3, 2 * old.shape[1]))
    new[:, : old.shape[1]] = old
    return new


@numba.njit(cache=True, nogil=True)
def take(order: I64, site: I64, cost: F64, gain: F64, left: float) -> tuple[Flags, float]:
    """Return which steps are taken in an order, and the bound of the relaxation on their gain.

    A site whose next step costs more than is left takes no further ones; the bound takes the first
    such step in part.
    """
    taken = np.zeros(len(site), np.bool_)
    stuck = np.zeros(site.max() + 1 if len(site) else 0, np.bool_)
    total, bound, money = 0.0, -1.0, left
    for at in order:
        if stuck[site[at]]:
            continue
        if cost[at] <= money:
            taken[at] = True
            money -= cost[at]
            total += gain[at]
        else:
            if bound < 0:
                bound = total + gain[at] * money / cost[at]
            stuck[site[at]] = True
    return taken, total if bound < 0 else bound
