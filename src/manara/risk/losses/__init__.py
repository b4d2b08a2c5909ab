"""Losses of a portfolio in the events of a catastrophe model: ground-up, insured, reinsured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manara.risk import draws
from manara.risk.exceedance import Occurrences
from manara.risk.losses import kernels, keys, location, tables
from manara.risk.losses.expectation import expected
from manara.risk.losses.exposed import perils, read_items
from manara.risk.losses.folder import Folder
from manara.risk.losses.merging import merge
from manara.risk.losses.model import Model
from manara.risk.oed import Table, read_table
from manara.risk.terms import Programme
from manara.risk.terms.exposure import LOCATION_KEY, Sites, read_sites
from manara.risk.terms.rules import State
from manara.risk.terms.years import Years

__all__ = ["Files", "Folder", "Model", "Portfolio", "Simulated", "simulate", "tables"]

Floats = NDArray[np.float64]

#: Losses held at once: parts of the state, classes by coverages, events, samples.
_AT_ONCE = 1 << 19


@dataclass(frozen=True, slots=True)
class Files:
    """OED files of a portfolio, and keys where the model's own lookup is not used."""

    location: Path
    account: Path | None = None
    ri_info: Path | None = None
    ri_scope: Path | None = None
    keys: Path | None = None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What is exposed to a model.

    Attributes:
        sites: Locations.
        items: Coverages of locations that the model can damage.
        draw: How random numbers are made.
        terms: Terms of locations.
        programme: What is insured and how; None without an account file.
        notes: What was read and has no effect, a line each.
    """

    sites: Sites
    items: kernels.Items
    common: Floats
    terms: location.Terms
    programme: Programme | None
    notes: list[str]

    @classmethod
    def read(cls, files: Files, folder: Folder, model: Model) -> Portfolio:
        """Return a portfolio of OED files.

        Raises:
            FormatError: A file is not OED, or holds or needs what is not honoured.
        """
        programme, notes = None, []
        if files.account:
            programme = Programme.read(files.location, files.account, files.ri_info, files.ri_scope)
            table, sites, notes = programme.location, programme.sites, list(programme.notes)
            terms = location.read(sites, table)
        else:
            table = read_table(files.location)
            sites = read_sites(table)
            none = np.zeros((0, 1))
            terms = location.Terms(
                np.full(len(sites.keys), -1, np.int32), np.zeros((0, 1, 1)), none, none > 0
            )
        groups, common = perils(folder.settings)
        found = keys.read_keys(files.keys, table) if files.keys else keys.look_up(table, folder)
        items = read_items(sites, _places(table, sites), found, model, groups)
        lost = len(sites.keys) - len(items.order)
        if lost:
            notes.append(f"{lost} of {len(sites.keys)} location(s) cannot be struck by the model")
        return cls(sites, items, common, terms, programme, notes)


@dataclass(frozen=True, slots=True)
class Simulated:
    """Losses of events by samples.

    Attributes:
        ground_up: Before any terms.
        gross: Insured; None without terms.
        net: Left after reinsurance; None without any.
        expected: Expected ground-up loss of each event, without sampling.
        when: Where terms hold for all losses of a year together, gross and net are of occurrences,
            not of events: of these, in this order.
    """

    ground_up: Floats
    gross: Floats | None
    net: Floats | None
    expected: Floats
    when: Occurrences | None = None


def simulate(
    model: Model,
    portfolio: Portfolio,
    samples: int,
    seed: int,
    progress: Callable[[str, int], None] = lambda what, done: None,
) -> Simulated:
    """Return the losses of all events.

    A random number belongs to the event, the location and the sample, whatever else is in the
    portfolio: two runs of one seed differ only by what differs between the portfolios.

    Args:
        model: The model.
        portfolio: What is exposed to it.
        samples: Draws for each event.
        seed: Of the random numbers.
        progress: Told what is done, now and then.
    """
    programme = portfolio.programme
    if programme and programme.annual:
        return _of_years(model, portfolio, programme, samples, seed, progress)
    merged, classes = (
        merge(programme) if programme else (np.zeros(len(portfolio.sites.keys), np.int64), None)
    )
    rows = int(merged.max(initial=0) + 1) * kernels.WIDE
    parts = 4 if len(portfolio.terms.terms) else 1
    draw = kernels.Draws(np.uint64(seed), portfolio.common, *draws.normal_tables())
    count = len(model.events)
    ground_up, gross, net = (np.zeros((count, samples)) for _ in range(3))
    step = max(1, _AT_ONCE // (parts * rows * samples))
    for first in range(0, count, step):
        events = model.events[first : first + step]
        some = slice(first, first + len(events))
        left = np.zeros((parts, rows, len(events), samples))
        kernels.strike(
            events, first, samples, model.footprint, portfolio.items, model.curves, draw,
            portfolio.terms, merged, ground_up[some], left,
        )  # fmt: skip
        struck = np.flatnonzero(ground_up[some].any(axis=1))
        if programme and classes and len(struck):
            flat = left[:, :, struck].reshape(parts, rows, -1)
            nothing = np.zeros_like(flat[0])
            state = State(*(flat[at] if at < parts else nothing.copy() for at in range(4)))
            found = programme.after_sites(state, classes)
            for whole, losses in ((gross, found.gross), (net, found.net)):
                whole[first + struck] = losses.sum(axis=0).reshape(len(struck), samples)
        progress("events", first + len(events))
    reinsured = programme is not None and bool(programme.treaties)
    return Simulated(
        ground_up,
        gross if programme else None,
        net if reinsured else None,
        expected(model, portfolio.items),
    )


def _of_years(
    model: Model,
    portfolio: Portfolio,
    programme: Programme,
    samples: int,
    seed: int,
    progress: Callable[[str, int], None],
) -> Simulated:
    """Return the losses of all events, insured and net year by year: see `simulate`."""
    merged, classes = merge(programme)
    rows = int(merged.max(initial=0) + 1) * kernels.WIDE
    parts = 4 if len(portfolio.terms.terms) else 1
    draw = kernels.Draws(np.uint64(seed), portfolio.common, *draws.normal_tables())
    order = np.argsort(model.when.period, kind="stable")
    event, period = model.when.event[order], model.when.period[order]
    ground_up = np.zeros((len(model.events), samples))
    gross, net = (np.zeros((len(event), samples)) for _ in range(2))
    step = max(1, _AT_ONCE // (parts * rows * samples))
    stop = 0
    while stop < len(event):
        first, stop = stop, min(stop + step, len(event))
        stop = int(np.searchsorted(period, period[stop - 1], "right"))
        # One occurrence after another, so that the kernel writes where it does for single events.
        left = np.zeros((stop - first, parts, rows, 1, samples))
        for at, one in enumerate(event[first:stop].tolist()):
            ground_up[one] = 0.0
            kernels.strike(
                model.events[one : one + 1], one, samples, model.footprint, portfolio.items,
                model.curves, draw, portfolio.terms, merged, ground_up[one : one + 1],
                left[at],
            )  # fmt: skip
        year = np.add.outer(period[first:stop] * samples, np.arange(samples)).ravel()
        flat = left[:, :, :, 0].transpose(1, 2, 0, 3).reshape(parts, rows, -1)
        nothing = np.zeros_like(flat[0])
        state = State(*(flat[at] if at < parts else nothing.copy() for at in range(4)))
        found = programme.after_sites(state, classes, Years(year))
        for whole, losses in ((gross, found.gross), (net, found.net)):
            whole[first:stop] = losses.sum(axis=0).reshape(-1, samples)
        progress("occurrences", stop)
    return Simulated(
        ground_up,
        gross,
        net if programme.treaties else None,
        expected(model, portfolio.items),
        Occurrences(event, period, model.when.periods),
    )


def _places(table: Table, sites: Sites) -> NDArray[np.intp]:
    known = {key: at for at, key in enumerate(sites.keys)}
    rows = zip(*(table.text(name) for name in LOCATION_KEY), strict=True)
    return np.array([known[key] for key in rows], np.intp)
