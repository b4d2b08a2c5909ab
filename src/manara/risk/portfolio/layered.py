"""Expected insured losses of events without sampling: site terms, then layers of accounts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from manara.risk import sums
from manara.risk.portfolio import kernels
from manara.risk.portfolio.severity import PARTS

#: Equally probable values of a site's insured loss, and parts of the distribution of many.
VALUES, MANY = 32, 64


@njit(cache=True, nogil=True)
def insure(grid: Any, blow: Any, bands: Any, layers: Any, table: Any, gross: Any) -> None:
    """Add up expected insured losses of events.

    Sites are independent in an event: the insured loss of an account is the sum of what the terms
    of its sites leave, and its layers see the distribution of that sum.

    Args:
        grid: A `kernels.Grid`.
        blow: `kernels.Blows`.
        bands: `kernels.Bands`.
        layers: `kernels.Layers`.
        table: `sums.gamma_means` of `MANY`.
        gross: Receives the expected insured loss of each event.
    """
    sites = len(grid.latitude)
    found, distance = np.empty(sites, np.int64), np.empty(sites)
    quantile = np.arange(PARTS).astype(np.uint8)
    loss, kept = np.empty(PARTS, np.float32), np.empty((sums.FEW, VALUES))
    mass, spare = np.empty(sums.CELLS + 1), np.empty(sums.CELLS + 1)
    parts = np.empty(MANY)
    for event in range(len(blow.band)):
        band = blow.band[event]
        many = kernels.near(grid, blow, event, bands.reach[band], found, distance)
        order = np.argsort(grid.account[found[:many]], kind="mergesort")
        count, mean, variance = 0, 0.0, 0.0
        for at in range(many):
            site = found[order[at]]
            kernels.lose(grid, bands, site, band, distance[order[at]], quantile, loss)
            here = kept[min(count, sums.FEW - 1)]
            _keep(loss, grid.deductible[site], grid.limit[site], here)
            count += 1
            mean += here.mean()
            variance += here.var()
            account = grid.account[site]
            if at + 1 < many and grid.account[found[order[at + 1]]] == account:
                continue
            begin, end = layers.start[account], layers.start[account + 1]
            if count <= sums.FEW:
                top = 0.0
                for layer in range(begin, end):
                    top = max(top, layers.attach[layer] + layers.limit[layer])
                width = sums.convolve(kept, count, top, mass, spare)
                for cell in range(len(mass)):
                    gross[event] += mass[cell] * _paid(layers, begin, end, cell * width)
            else:
                sums.gamma_row(table, mean, variance, parts)
                for one in range(MANY):
                    gross[event] += _paid(layers, begin, end, parts[one]) / MANY
            count, mean, variance = 0, 0.0, 0.0


@njit(cache=True, nogil=True)
def _keep(loss: Any, deductible: Any, limit: Any, kept: Any) -> None:
    each = len(loss) // len(kept)
    kept[:] = 0.0
    for at in range(len(loss)):
        kept[at // each] += min(max(loss[at] - deductible, np.float32(0.0)), limit) / each


@njit(cache=True, nogil=True)
def _paid(layers: Any, begin: int, end: int, loss: float) -> float:
    paid = 0.0
    for layer in range(begin, end):
        above = max(loss - layers.attach[layer], 0.0)
        paid += layers.share[layer] * min(above, layers.limit[layer])
    return paid
