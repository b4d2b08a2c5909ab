"""When people act: seasons, weeks, days and bursts, as times in seconds from a world's start."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from manara.exercise.tables import Ints, World

Weights = npt.NDArray[np.float64]
_DAY = 86_400


class Rhythm(NamedTuple):
    """How much is done at each hour of the day and on each day of the week, from Monday."""

    hours: tuple[float, ...]
    week: tuple[float, ...]


def _hours(**blocks: float) -> tuple[float, ...]:
    """Return weights of the 24 hours from blocks such as ``h08_12=3``."""
    found = [0.12] * 24
    for name, weight in blocks.items():
        first, last = (int(part) for part in name[1:].split("_"))
        found[first:last] = [weight] * (last - first)
    return tuple(found)


OFFICE = Rhythm(
    _hours(h08_09=1, h09_12=3, h12_14=1.2, h14_17=2.6, h17_19=0.5), (1, 1, 1, 1, 0.9, 0.12, 0.04)
)
SHOPS = Rhythm(
    _hours(h07_09=0.7, h09_12=1.5, h12_14=1.2, h14_17=1.3, h17_21=2.4, h21_24=0.8),
    (0.9, 0.9, 0.95, 1, 1.15, 1.35, 1.0),
)
HOME = Rhythm(
    _hours(h07_09=0.6, h09_17=1.0, h17_22=2.2, h22_24=0.9), (1, 0.95, 0.95, 1, 1.1, 1.1, 1.05)
)
ROAD = Rhythm(
    _hours(h05_07=1.2, h07_10=2.4, h10_16=1.6, h16_20=2.2, h20_23=0.8),
    (1, 0.85, 0.85, 0.95, 1.3, 1.3, 1.15),
)
MACHINES = Rhythm((1.0,) * 24, (1.0,) * 7)


def times(world: World, rng: np.random.Generator, count: int, rhythm: Rhythm) -> Ints:
    """Return times of independent acts, in seconds from the start, not sorted.

    More is done in summer and at the turn of the year; the amplitude is a tenth.
    """
    days = (world.end - world.start).days + 1
    number = np.arange(days)
    season = 1 + 0.1 * np.cos(2 * np.pi * (number + world.start.timetuple().tm_yday - 200) / 182.6)
    week = np.array(rhythm.week)[(number + world.start.weekday()) % 7]
    day = _shot(rng, season * week, count)
    return day * _DAY + within_day(rng, count, rhythm)


def within_day(rng: np.random.Generator, count: int, rhythm: Rhythm) -> Ints:
    """Return seconds of the day of acts."""
    hour = _shot(rng, np.array(rhythm.hours), count)
    return (hour * 3_600 + rng.integers(0, 3_600, count)).astype(np.int32)


def monthly(world: World) -> Ints:
    """Return the day, counted from the start, on which each month of the world begins."""
    first, last = np.datetime64(world.start, "M"), np.datetime64(world.end, "M")
    months = np.arange(first, last + 1).astype("datetime64[D]")
    found: Ints = (months - np.datetime64(world.start, "D")).astype(np.int32)
    return found


def burst(world: World, rng: np.random.Generator, time: Ints, who: Ints, share: float) -> Ints:
    """Return times of which a share follow an earlier act of the same actor by a heavy-tailed gap.

    Acts of people come in bursts: gaps between them are heavy-tailed with an exponent near 1 to 2
    (Barabasi 2005, Nature 435, 207-211). Gaps are Pareto of exponent 1 from half a minute, cut at
    the end of the world.

    Args:
        world: whose end is the limit.
        rng: chance.
        time: times of the acts.
        who: number of the actor of each.
        share: of acts that follow another.
    """
    order = np.lexsort((time, who))
    follows = (who[order][1:] == who[order][:-1]) & (rng.random(len(time) - 1) < share)
    later, earlier = order[1:][follows], order[:-1][follows]
    gap = 30.0 / np.maximum(rng.random(len(later)), 1e-6)
    moved = time.copy()
    moved[later] = np.minimum(time[earlier] + gap, world.seconds - 1).astype(time.dtype)
    return moved


def _shot(rng: np.random.Generator, weights: Weights, count: int) -> Ints:
    steps = np.cumsum(weights)
    found: Ints = np.searchsorted(steps, rng.random(count) * steps[-1]).astype(np.int32)
    return found
