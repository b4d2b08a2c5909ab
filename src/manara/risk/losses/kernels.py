"""The loop over events, sites and samples: damage drawn, losses of coverages, location terms."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.risk import draws
from manara.risk.losses import location

#: Parts of the range of a random number by which a curve's first step is looked up.
GUIDES = 128

#: Coverages of a site.
WIDE = 4


class Curves(NamedTuple):
    """Distributions of damage, one row for each vulnerability function at each intensity.

    `row`: the row of a function (first index) at an intensity (second); -1 is no damage.
    `steps`: for each step of the distribution its upper end, and damage as base and slope in the
    random number. `guide`: the step at which to begin. `chance`, `low`, `high`: probability of each
    bin of damage, and its ends.
    """

    row: NDArray[np.int32]
    steps: NDArray[np.float32]
    guide: NDArray[np.int32]
    chance: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


class Footprint(NamedTuple):
    """Where events strike and how hard, event by event.

    `start`: first row of each event, one more at the end. `area`: row of the area. `intensity`:
    row of the intensity. `chance`: probability of the intensity; rows of one area of an event
    stand together.
    """

    start: NDArray[np.int64]
    area: NDArray[np.int32]
    intensity: NDArray[np.int32]
    chance: NDArray[np.float32]


class Items(NamedTuple):
    """What can be damaged: items of runs (a site and a peril) of sites of places.

    `place`: first site of each place, a set of sites in the same areas. `site`: first run of each
    site. `run`: first item of each run. Each has one more at the end. `area`, `peril`, `name`:
    area, peril group and random stream of each run. `cover`, `value`, `function`: coverage from 0,
    insured value and vulnerability function of each item. `order`: the location of each
    site. `areas`: how many areas the model has.
    """

    place: NDArray[np.int64]
    site: NDArray[np.int64]
    run: NDArray[np.int64]
    area: NDArray[np.int32]
    peril: NDArray[np.int32]
    name: NDArray[np.uint64]
    cover: NDArray[np.int32]
    value: NDArray[np.float32]
    function: NDArray[np.int32]
    order: NDArray[np.int64]
    areas: int


class Draws(NamedTuple):
    """How random numbers are made.

    `seed`: of the run. `common`: part of the variance of damage that all sites share, for each
    peril group. `quantiles`, `below`: of `draws.normal_tables`.
    """

    seed: np.uint64
    common: NDArray[np.float64]
    quantiles: NDArray[np.float32]
    below: NDArray[np.float32]


@njit(cache=True, nogil=True)
def strike(
    events: Any,
    first: int,
    samples: int,
    footprint: Any,
    items: Any,
    curves: Any,
    draw: Any,
    terms: Any,
    merged: Any,
    ground_up: Any,
    left: Any,
) -> None:
    """Add up losses of some events, before and after the terms of locations.

    Args:
        events: Numbers of the events, as their random numbers go by.
        first: Row of the first of them in the footprint.
        samples: How many samples.
        footprint: A `Footprint`.
        items: `Items`.
        curves: `Curves`.
        draw: `Draws`.
        terms: `location.Terms`.
        merged: The class to which each location belongs.
        ground_up: Receives the losses: events by samples.
        left: Receives what is left after location terms: parts of the state (only the loss where
            no location has terms), classes by coverages, events, samples.
    """
    from_row = np.empty(items.areas, np.int64)
    to_row = np.zeros(items.areas, np.int64)
    own = np.empty(samples, np.float32)
    common = np.empty((len(draw.common), samples), np.float32)
    losses = np.empty((WIDE, samples))
    state = np.empty((4, WIDE))
    for at in range(len(events)):
        begin, end = footprint.start[first + at], footprint.start[first + at + 1]
        if begin == end:
            continue
        to_row[:] = 0
        for row in range(begin, end):
            area = footprint.area[row]
            if to_row[area] == 0:
                from_row[area] = row
            to_row[area] = row + 1
        _common(draw, events[at], samples, common)
        for place in range(len(items.place) - 1):
            if not _reached(items, place, to_row):
                continue
            for site in range(items.place[place], items.place[place + 1]):
                _site(
                    events[at], site, footprint, items, curves, draw, from_row, to_row, common,
                    own, losses,
                )  # fmt: skip
                for cover in range(WIDE):
                    for sample in range(samples):
                        ground_up[at, sample] += losses[cover, sample]
                where = items.order[site]
                _insured(losses, state, terms, where, merged[where], at, left)


@njit(cache=True, nogil=True)
def _common(draw: Any, event: Any, samples: int, found: Any) -> None:
    for peril in range(len(draw.common)):
        start = draws.stream(draw.seed, draws.COMMON, event, np.uint64(peril + 1))
        scale = np.sqrt(draw.common[peril])
        for sample in range(samples):
            z = draws.normal(draw.quantiles, draws.bits(start, sample))
            found[peril, sample] = draws.place(scale * z)


@njit(cache=True, nogil=True)
def _reached(items: Any, place: int, to_row: Any) -> bool:
    site = items.place[place]
    struck = 0
    for run in range(items.site[site], items.site[site + 1]):
        struck += to_row[items.area[run]] > 0
    return struck > 0


@njit(cache=True, nogil=True)
def _site(
    event: Any,
    site: int,
    footprint: Any,
    items: Any,
    curves: Any,
    draw: Any,
    from_row: Any,
    to_row: Any,
    common: Any,
    own: Any,
    losses: Any,
) -> None:
    losses[:] = 0.0
    struck = 0
    for run in range(items.site[site], items.site[site + 1]):
        area = items.area[run]
        if to_row[area] == 0:
            continue
        struck += 1
        peril = items.peril[run]
        start = draws.stream(draw.seed, draws.DAMAGE, event, items.name[run])
        scale = np.float32(np.sqrt(1.0 - draw.common[peril]) * draws.STEPS)
        for sample in range(len(own)):
            z = draws.normal(draw.quantiles, draws.bits(start, sample))
            own[sample] = draws.below(draw.below, common[peril, sample] + scale * z)
        row, stop = from_row[area], to_row[area]
        hazard = draws.stream(draw.seed, draws.HAZARD, event, items.name[run])
        for item in range(items.run[run], items.run[run + 1]):
            if stop - row == 1:
                curve = curves.row[items.function[item], footprint.intensity[row]]
                if curve >= 0:
                    _damage(curves, curve, items.value[item], own, losses[items.cover[item]])
            else:
                _mixed(footprint, row, stop, hazard, items, item, curves, own, losses)
    if struck > 1:
        _capped(items, site, losses)


@njit(cache=True, nogil=True)
def _damage(curves: Any, curve: int, value: Any, random: Any, losses: Any) -> None:
    steps, guide = curves.steps[curve], curves.guide[curve]
    for sample in range(len(random)):
        losses[sample] += value * _drawn(steps, guide, random[sample])


@njit(cache=True, nogil=True)
def _drawn(steps: Any, guide: Any, random: Any) -> Any:
    step = np.uint64(guide[np.uint64(random * np.float32(GUIDES))])
    # The first step on is a sum and no branch, which no processor could foretell.
    step += np.uint64(random >= steps[step, 0])
    while random >= steps[step, 0]:
        step += np.uint64(1)
    return steps[step, 1] + steps[step, 2] * random


@njit(cache=True, nogil=True)
def _mixed(
    footprint: Any,
    row: int,
    stop: int,
    hazard: Any,
    items: Any,
    item: int,
    curves: Any,
    random: Any,
    losses: Any,
) -> None:
    """Draw the intensity first, where it is not certain."""
    cover, value = items.cover[item], items.value[item]
    for sample in range(len(random)):
        chance = draws.uniform(hazard, sample)
        at = row
        while at < stop and chance >= footprint.chance[at]:
            chance -= footprint.chance[at]
            at += 1
        if at < stop:
            curve = curves.row[items.function[item], footprint.intensity[at]]
            if curve >= 0:
                steps, guide = curves.steps[curve], curves.guide[curve]
                losses[cover, sample] += value * _drawn(steps, guide, random[sample])


@njit(cache=True, nogil=True)
def _capped(items: Any, site: int, losses: Any) -> None:
    """Keep the sum over perils within the insured value."""
    for run in range(items.site[site], items.site[site + 1]):
        for item in range(items.run[run], items.run[run + 1]):
            cover, value = items.cover[item], items.value[item]
            for sample in range(losses.shape[1]):
                losses[cover, sample] = min(losses[cover, sample], value)


@njit(cache=True, nogil=True)
def _insured(
    losses: Any, state: Any, terms: Any, where: int, merged: int, at: int, left: Any
) -> None:
    row = terms.row[where]
    if row < 0:
        for cover in range(WIDE):
            for sample in range(losses.shape[1]):
                left[0, merged * WIDE + cover, at, sample] += losses[cover, sample]
        return
    for sample in range(losses.shape[1]):
        state[:] = 0.0
        state[0] = losses[:, sample]
        location.apply(terms, row, state)
        for part in range(4):
            for cover in range(WIDE):
                left[part, merged * WIDE + cover, at, sample] += state[part, cover]
