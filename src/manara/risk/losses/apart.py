"""Losses where terms have to know more of them: which peril they are of, or in which year.

Slower than `simulate`: an event is worked out again for each year in which it happens, and terms of
locations meet all perils of an event together, so that they are no part of the kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.risk import draws
from manara.risk.exceedance import Occurrences
from manara.risk.losses import kernels
from manara.risk.losses.merging import merge
from manara.risk.losses.model import Model
from manara.risk.terms import Losses, Programme
from manara.risk.terms.programme import site_terms
from manara.risk.terms.rules import State
from manara.risk.terms.years import Years

if TYPE_CHECKING:
    from manara.risk.losses import Portfolio

Floats = NDArray[np.float64]

#: Losses held at once: perils, parts of the state, classes by coverages, events, samples.
_AT_ONCE = 1 << 19


class Found(NamedTuple):
    """Losses: `ground_up` of events; `gross`, `net` of events, or of occurrences `when`."""

    ground_up: Floats
    gross: Floats
    net: Floats
    when: Occurrences | None


def one_by_one(
    model: Model,
    portfolio: Portfolio,
    programme: Programme,
    samples: int,
    seed: int,
    progress: Callable[[str, int], None],
) -> Found:
    """Return losses of all events, insured by peril and year by year where the terms ask.

    Args:
        model: The model.
        portfolio: What is exposed to it.
        programme: What is insured and how.
        samples: Draws for each event.
        seed: Of the random numbers.
        progress: Told what is done, now and then.
    """
    when = _in_turn(model.when) if programme.annual else None
    event = when.event if when else np.arange(len(model.events))
    strike = _Striking(model, portfolio, programme, samples, seed)
    step = max(1, _AT_ONCE // (strike.size * samples))
    ground_up = np.zeros((len(model.events), samples))
    gross, net = (np.zeros((len(event), samples)) for _ in range(2))
    stop = 0
    while stop < len(event):
        first, stop = stop, min(stop + step, len(event))
        years = None
        if when:
            stop = int(np.searchsorted(when.period, when.period[stop - 1], "right"))
            year = np.add.outer(when.period[first:stop] * samples, np.arange(samples))
            years = Years(year.ravel())
        found = strike(event[first:stop], ground_up, years)
        for whole, losses in ((gross, found.gross), (net, found.net)):
            whole[first:stop] = losses.sum(axis=0).reshape(-1, samples)
        progress("occurrences" if when else "events", stop)
    return Found(ground_up, gross, net, when)


def _in_turn(when: Occurrences) -> Occurrences:
    order = np.argsort(when.period, kind="stable")
    return Occurrences(when.event[order], when.period[order], when.periods)


class _Striking:
    """Works out some events: ground-up, then what is insured of them."""

    def __init__(
        self, model: Model, portfolio: Portfolio, programme: Programme, samples: int, seed: int
    ) -> None:
        self.model, self.portfolio, self.programme = model, portfolio, programme
        self.samples = samples
        self.draw = kernels.Draws(np.uint64(seed), portfolio.common, *draws.normal_tables())
        self.merged, self.classes = merge(programme)
        self.items = portfolio.by_peril or (portfolio.items,)
        self.parts = 4 if len(portfolio.terms.terms) else 1
        self.rows = len((portfolio.sites if programme.perils else self.classes).values)
        if programme.perils:
            self._join = _Joining(self.merged, len(self.classes.values), len(programme.perils))
            self.merged = np.arange(len(portfolio.sites.keys))
        #: Numbers for each sample of an event.
        self.size = len(self.items) * self.parts * self.rows

    def __call__(self, events: NDArray[np.int64], ground_up: Floats, years: Years | None) -> Losses:
        """Return insured losses of events; those before insurance go to `ground_up`."""
        # One event after another, so that the kernel writes where it does in `simulate`.
        shape = (len(events), len(self.items), self.parts, self.rows, 1, self.samples)
        left = np.zeros(shape)
        for at, one in enumerate(events.tolist()):
            ground_up[one] = 0.0
            for items, there in zip(self.items, left[at], strict=True):
                kernels.strike(
                    self.model.events[one : one + 1], one, self.samples, self.model.footprint,
                    items, self.model.curves, self.draw, self.portfolio.terms, self.merged,
                    ground_up[one : one + 1], there,
                )  # fmt: skip
        if self.programme.perils:
            return self._by_peril(left[:, :, 0, :, 0], events, ground_up, years)
        flat = left[:, 0, :, :, 0].transpose(1, 2, 0, 3).reshape(self.parts, self.rows, -1)
        nothing = np.zeros_like(flat[0])
        state = State(*(flat[at] if at < self.parts else nothing.copy() for at in range(4)))
        return self.programme.after_sites(state, self.classes, years)

    def _by_peril(
        self, losses: Floats, events: NDArray[np.int64], ground_up: Floats, years: Years | None
    ) -> Losses:
        """Return insured losses; perils add up, to the insured value at most.

        Args:
            losses: Events, perils, items, samples.
            events: Which.
            ground_up: Receives what all perils cost together.
            years: Which events happen in one year, if need be.
        """
        whole = losses.sum(axis=1, keepdims=True)
        most = np.minimum(whole, self.portfolio.sites.values[:, None])
        losses = losses * np.divide(most, whole, out=np.zeros_like(whole), where=whole > 0)
        ground_up[events] = losses.sum(axis=(1, 2))
        flat = losses.transpose(1, 2, 0, 3).reshape(-1, len(events) * self.samples)
        told, nothing = self.programme, np.zeros_like(flat)
        state = State(flat, nothing, nothing.copy(), nothing.copy())
        left = site_terms(state, told.sites, told.location, told.perils, years)
        joined = State(*(self._join(part) for part in left))
        return told.after_sites(joined, self.classes, years)


class _Joining:
    """Adds up what later terms treat alike: items of locations, peril by peril."""

    def __init__(self, merged: NDArray[np.int64], rows: int, perils: int) -> None:
        item = (merged[:, None] * kernels.WIDE + np.arange(kernels.WIDE)).ravel()
        into = (np.arange(perils)[:, None] * rows + item).ravel()
        self._order = np.argsort(into, kind="stable")
        self._starts = np.searchsorted(into[self._order], np.arange(perils * rows))

    def __call__(self, part: Floats) -> Floats:
        return np.asarray(np.add.reduceat(part[self._order], self._starts, axis=0))
