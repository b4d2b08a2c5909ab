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
    # Fields of tuples are read once: in an inner loop each reading would count a reference.
    starts, area, intensity, chance = footprint
    place, site, run, run_area, peril, name, cover, value, function, order, areas = items
    row, steps, guide, _, _, _ = curves
    seed, shared, quantiles, table = draw
    term_row = terms.row
    from_row, to_row = np.empty(areas, np.int64), np.zeros(areas, np.int64)
    common = np.empty((len(shared), samples), np.float32)
    own, level = np.empty(samples, np.float32), np.empty(samples, np.int64)
    losses, state = np.empty((WIDE, samples)), np.empty((4, WIDE))
    for at in range(len(events)):
        if not mark(starts[first + at], starts[first + at + 1], area, from_row, to_row):
            continue
        _common(seed, shared, quantiles, events[at], common)
        for spot in range(len(place) - 1):
            if not _reached(site[place[spot]], site[place[spot] + 1], run_area, to_row):
                continue
            for where in range(place[spot], place[spot + 1]):
                losses[:] = 0.0
                struck = 0
                for one in range(site[where], site[where + 1]):
                    begin, end = from_row[run_area[one]], to_row[run_area[one]]
                    if end == 0:
                        continue
                    struck += 1
                    scale = np.float32(np.sqrt(1.0 - shared[peril[one]]) * draws.STEPS)
                    start = draws.stream(seed, draws.DAMAGE, events[at], name[one])
                    _own(start, quantiles, table, common, peril[one], scale, own)
                    if end - begin > 1:
                        start = draws.stream(seed, draws.HAZARD, events[at], name[one])
                        _intensities(start, begin, end, intensity, chance, level)
                    for item in range(run[one], run[one + 1]):
                        if end - begin > 1:
                            _mixed(
                                row,
                                steps,
                                guide,
                                function[item],
                                level,
                                own,
                                value[item],
                                cover[item],
                                losses,
                            )
                            continue
                        curve = row[function[item], intensity[begin]]
                        if curve >= 0:
                            _damage(steps, guide, curve, own, value[item], cover[item], losses)
                if struck > 1:
                    capped(run[site[where]], run[site[where + 1]], cover, value, losses)
                here, bound = merged[order[where]], term_row[order[where]]
                if bound < 0:
                    _add(losses, at, here, ground_up, left)
                else:
                    _insured(losses, state, terms, bound, at, here, ground_up, left)


@njit(cache=True, nogil=True)
def mark(begin: int, end: int, area: Any, from_row: Any, to_row: Any) -> bool:
    """Note the rows of each area in one event; whether there are any."""
    to_row[:] = 0
    for row in range(begin, end):
        if to_row[area[row]] == 0:
            from_row[area[row]] = row
        to_row[area[row]] = row + 1
    return end > begin


@njit(cache=True, nogil=True)
def _common(seed: Any, shared: Any, quantiles: Any, event: Any, found: Any) -> None:
    for peril in range(len(shared)):
        start = draws.stream(seed, draws.COMMON, event, np.uint64(peril + 1))
        for sample in range(found.shape[1]):
            z = draws.normal(quantiles, draws.paired(start, sample))
            found[peril, sample] = draws.place(np.sqrt(shared[peril]) * z)


@njit(cache=True, nogil=True)
def _reached(begin: int, end: int, area: Any, to_row: Any) -> bool:
    struck = 0
    for run in range(begin, end):
        struck += to_row[area[run]] > 0
    return struck > 0


@njit(cache=True, nogil=True)
def _own(
    start: Any,
    quantiles: Any,
    table: Any,
    common: Any,
    peril: int,
    scale: Any,
    own: Any,
) -> None:
    """Draw the random numbers of a site: what it shares with others and what is its own."""
    for sample in range(len(own)):
        z = draws.normal(quantiles, draws.paired(start, sample))
        own[sample] = draws.below(table, common[peril, sample] + scale * z)


@njit(cache=True, nogil=True)
def _damage(
    steps: Any, guide: Any, curve: int, random: Any, value: Any, cover: int, losses: Any
) -> None:
    for sample in range(len(random)):
        losses[cover, sample] += value * drawn(steps, guide, curve, random[sample])


@njit(cache=True, nogil=True)
def drawn(steps: Any, guide: Any, curve: Any, random: Any) -> Any:
    """Return the damage of a curve at a number between 0 and 1."""
    step = np.uint64(guide[curve, np.uint64(random * np.float32(GUIDES))])
    # The first step on is a sum and no branch, which no processor could foretell.
    step += np.uint64(random >= steps[curve, step, 0])
    while random >= steps[curve, step, 0]:
        step += np.uint64(1)
    return steps[curve, step, 1] + steps[curve, step, 2] * random


@njit(cache=True, nogil=True)
def _intensities(start: Any, begin: int, end: int, intensity: Any, chance: Any, level: Any) -> None:
    """Draw the intensity where it is not certain; -1 is none."""
    for sample in range(len(level)):
        left = draws.uniform(draws.paired(start, sample))
        at = begin
        while at < end and left >= chance[at]:
            left -= chance[at]
            at += 1
        level[sample] = intensity[at] if at < end else -1


@njit(cache=True, nogil=True)
def _mixed(
    row: Any,
    steps: Any,
    guide: Any,
    function: int,
    level: Any,
    random: Any,
    value: Any,
    cover: int,
    losses: Any,
) -> None:
    for sample in range(len(random)):
        if level[sample] >= 0 and row[function, level[sample]] >= 0:
            curve = row[function, level[sample]]
            damage = drawn(steps, guide, curve, random[sample])
            losses[cover, sample] += value * damage


@njit(cache=True, nogil=True)
def capped(begin: int, end: int, cover: Any, value: Any, losses: Any) -> None:
    """Keep the sum over perils within the insured value."""
    for item in range(begin, end):
        for sample in range(losses.shape[1]):
            losses[cover[item], sample] = min(losses[cover[item], sample], value[item])


@njit(cache=True, nogil=True)
def _add(losses: Any, at: int, merged: int, ground_up: Any, left: Any) -> None:
    for cover in range(WIDE):
        row = merged * WIDE + cover
        for sample in range(losses.shape[1]):
            loss = losses[cover, sample]
            ground_up[at, sample] += loss
            left[0, row, at, sample] += loss


@njit(cache=True, nogil=True)
def _insured(
    losses: Any, state: Any, terms: Any, row: int, at: int, merged: int, ground_up: Any, left: Any
) -> None:
    for sample in range(losses.shape[1]):
        state[:] = 0.0
        for cover in range(WIDE):
            state[0, cover] = losses[cover, sample]
            ground_up[at, sample] += losses[cover, sample]
        location.apply(terms, row, state)
        for part in range(4):
            for cover in range(WIDE):
                left[part, merged * WIDE + cover, at, sample] += state[part, cover]
