"""The loop over events, the sites in their reach, and samples."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.risk import draws
from manara.risk.portfolio.severity import MEANS, STEPS

#: Metres of a degree of latitude on the WGS 84 sphere of equal volume (6,371,000.8 m).
DEGREE = 111_194.94

#: Height in metres of the strips in which sites lie.
STRIP = 300.0

_LAST = MEANS - 2


class Grid(NamedTuple):
    """Sites in strips from south to north, in each from west to east.

    `start`: first site of each strip, one more at the end. `first`: number of the first strip.
    `latitude`, `longitude`: degrees. `name`: random stream. `values`: by site and curve.
    `deductible`, `limit`: of each site. `account`: row of its account.
    """

    start: NDArray[np.int64]
    first: int
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    name: NDArray[np.uint64]
    values: NDArray[np.float32]
    deductible: NDArray[np.float32]
    limit: NDArray[np.float32]
    account: NDArray[np.int32]


class Blows(NamedTuple):
    """Events: where, how far they reach, what they do.

    `latitude`, `longitude`: degrees. `band`: severity. `name`: random stream.
    """

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    band: NDArray[np.int64]
    name: NDArray[np.uint64]


class Bands(NamedTuple):
    """`severity.Severity` for the kernel: `reach`, `curves`, `quantiles` (parts by means)."""

    reach: NDArray[np.float64]
    curves: NDArray[np.float32]
    quantiles: NDArray[np.float32]


class Layers(NamedTuple):
    """Layers of accounts: `start`, first layer of each account; `attach`, `limit`, `share`."""

    start: NDArray[np.int64]
    attach: NDArray[np.float64]
    limit: NDArray[np.float64]
    share: NDArray[np.float64]


@njit(cache=True, nogil=True)
def near(grid: Any, blow: Any, event: int, reach: float, found: Any, distance: Any) -> int:
    """Return how many sites an event reaches.

    Args:
        grid: A `Grid`.
        blow: `Blows`.
        event: Row of the event.
        reach: Metres.
        found: Receives the rows of the sites.
        distance: Receives their distances as parts of the reach.
    """
    count = 0
    latitude = blow.latitude[event]
    high = reach / DEGREE
    low_strip = np.int64(np.floor((latitude - high) * DEGREE / STRIP)) - grid.first
    high_strip = np.int64(np.floor((latitude + high) * DEGREE / STRIP)) - grid.first
    slim = max(np.cos(np.radians(min(abs(latitude) + high, 90.0))), 1e-6)
    wide = min(reach / (DEGREE * slim), 180.0)
    scale = DEGREE * np.cos(np.radians(latitude))
    for strip in range(max(low_strip, 0), min(high_strip + 1, len(grid.start) - 1)):
        begin, end = grid.start[strip], grid.start[strip + 1]
        for turn in range(-1, 2):
            longitude = blow.longitude[event] + 360.0 * turn
            if longitude - wide > 180.0 or longitude + wide < -180.0:
                continue
            site = begin + np.searchsorted(grid.longitude[begin:end], longitude - wide)
            while site < end and grid.longitude[site] <= longitude + wide:
                north = (grid.latitude[site] - latitude) * DEGREE
                east = (grid.longitude[site] - longitude) * scale
                square = north * north + east * east
                if square < reach * reach:
                    found[count] = site
                    distance[count] = np.sqrt(square) / reach
                    count += 1
                site += 1
    return count


@njit(cache=True, nogil=True)
def expected_part(curves: Any, curve: int, band: int, distance: float) -> Any:
    """Return the expected part lost at a distance, told as part of the reach."""
    at = np.float32(distance * STEPS)
    cell = np.uint64(at)
    low, high = curves[curve, band, cell], curves[curve, band, cell + np.uint64(1)]
    return low + (at - np.float32(cell)) * (high - low)


@njit(cache=True, nogil=True)
def strike(
    grid: Any,
    blow: Any,
    bands: Any,
    layers: Any,
    seed: Any,
    ground_up: Any,
    gross: Any,
) -> None:
    """Add up losses of events.

    Args:
        grid: A `Grid`.
        blow: `Blows`.
        bands: `Bands`.
        layers: `Layers`.
        seed: Of the random numbers.
        ground_up: Receives losses: events by samples.
        gross: Receives insured losses: events by samples.
    """
    samples = ground_up.shape[1]
    sites, accounts = len(grid.latitude), len(layers.start) - 1
    found, distance = np.empty(sites, np.int64), np.empty(sites)
    quantile, loss = np.empty(samples + 16, np.uint8), np.empty(samples, np.float32)
    of_account = np.zeros((accounts, samples))
    touched, struck = np.empty(accounts, np.int64), np.zeros(accounts, np.bool_)
    for event in range(len(blow.band)):
        count = 0
        band = blow.band[event]
        for at in range(near(grid, blow, event, bands.reach[band], found, distance)):
            site = found[at]
            start = draws.stream(seed, draws.DAMAGE, blow.name[event], grid.name[site])
            _draw(start, quantile)
            lose(grid, bands, site, band, distance[at], quantile, loss)
            account = grid.account[site]
            if not struck[account]:
                struck[account] = True
                touched[count] = account
                count += 1
            _keep(
                loss, grid.deductible[site], grid.limit[site], event, account, ground_up, of_account
            )
        for at in range(count):
            struck[touched[at]] = False
            _pay(layers, touched[at], of_account, event, gross)


@njit(cache=True, nogil=True)
def _draw(start: Any, quantile: Any) -> None:
    """Fill in quantiles in pairs of opposites, sixteen from the bits of one random number."""
    for first in range(0, len(quantile) - 15, 16):
        random = draws.bits(start, first >> 4)
        for at in range(8):
            drawn = np.uint8((random >> np.uint64(8 * at)) & np.uint64(255))
            quantile[first + 2 * at] = drawn
            quantile[first + 2 * at + 1] = np.uint8(255) - drawn


@njit(cache=True, nogil=True)
def lose(
    grid: Any, bands: Any, site: int, band: int, distance: float, quantile: Any, loss: Any
) -> None:
    """Fill in the losses of a site at some quantiles.

    Args:
        grid: A `Grid`.
        bands: `Bands`.
        site: Row of the site.
        band: Of the event.
        distance: Of `near`.
        quantile: One for each loss.
        loss: Receives the losses.
    """
    loss[:] = np.float32(0.0)
    for curve in range(grid.values.shape[1]):
        if grid.values[site, curve] > 0:
            part = expected_part(bands.curves, curve, band, distance)
            _lose(bands.quantiles, quantile, grid.values[site, curve], part, loss)


@njit(cache=True, nogil=True)
def _lose(quantiles: Any, quantile: Any, value: Any, part: Any, loss: Any) -> None:
    mean = part * np.float32(MEANS - 1)
    row = np.uint64(min(mean, np.float32(_LAST)))
    more = mean - np.float32(row)
    for sample in range(len(loss)):
        low = quantiles[quantile[sample], row]
        high = quantiles[quantile[sample], row + np.uint64(1)]
        loss[sample] += value * (low + more * (high - low))


@njit(cache=True, nogil=True)
def _keep(
    loss: Any, ded: Any, limit: Any, event: int, account: int, ground_up: Any, of_account: Any
) -> None:
    for sample in range(len(loss)):
        ground_up[event, sample] += loss[sample]
        of_account[account, sample] += min(max(loss[sample] - ded, np.float32(0.0)), limit)


@njit(cache=True, nogil=True)
def _pay(layers: Any, account: int, losses: Any, event: int, gross: Any) -> None:
    for layer in range(layers.start[account], layers.start[account + 1]):
        attach, limit, share = layers.attach[layer], layers.limit[layer], layers.share[layer]
        for sample in range(losses.shape[1]):
            above = max(losses[account, sample] - attach, 0.0)
            gross[event, sample] += share * min(above, limit)
    for sample in range(losses.shape[1]):
        losses[account, sample] = 0.0


@njit(cache=True, nogil=True)
def expect(grid: Any, blow: Any, bands: Any, rate: Any, by_event: Any, by_site: Any) -> None:
    """Add up expected losses.

    Args:
        grid: A `Grid`.
        blow: `Blows`.
        bands: `Bands`.
        rate: Of each event, a year.
        by_event: Receives the expected loss of each event.
        by_site: Receives the expected loss of each site in a year.
    """
    found, distance = np.empty(len(by_site), np.int64), np.empty(len(by_site))
    for event in range(len(blow.band)):
        band = blow.band[event]
        for at in range(near(grid, blow, event, bands.reach[band], found, distance)):
            site = found[at]
            loss = 0.0
            for curve in range(grid.values.shape[1]):
                part = expected_part(bands.curves, curve, band, distance[at])
                loss += grid.values[site, curve] * part
            by_event[event] += loss
            by_site[site] += rate[event] * loss


@njit(cache=True, nogil=True)
def occur(
    losses: Any, rate: Any, name: Any, seed: Any, ends: Any, clock: Any, largest: Any, whole: Any
) -> None:
    """Let events happen, each by itself as a Poisson process, and add up what years lose.

    Args:
        losses: Events by samples; a happening takes one of the samples.
        rate: Of each event, a year.
        name: Random stream of each event.
        seed: Of the random numbers.
        ends: When years end by clocks: clocks by years; no clock where all years are alike.
        clock: Row of the clock of each event.
        largest: Receives the largest loss of each year.
        whole: Receives all losses of each year.
    """
    years, samples = len(whole), losses.shape[1]
    for event in range(len(rate)):
        start = draws.stream(seed, draws.YEARS, name[event], np.uint64(0))
        time = 0.0
        times = 0
        while rate[event] > 0:
            time -= np.log(draws.uniform(draws.bits(start, 2 * times))) / rate[event]
            if time >= years:
                break
            sample = np.int64(draws.uniform(draws.bits(start, 2 * times + 1)) * samples)
            loss = losses[event, sample]
            year = np.int64(time)
            if len(ends):
                later = np.searchsorted(ends[clock[event]], time, side="right")
                year = np.int64(min(int(later), years - 1))
            whole[year] += loss
            largest[year] = max(largest[year], loss)
            times += 1
