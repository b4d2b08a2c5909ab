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
from manara.risk.losses.apart import one_by_one
from manara.risk.losses.expectation import expected
from manara.risk.losses.exposed import perils, read_items
from manara.risk.losses.folder import Folder
from manara.risk.losses.merging import merge
from manara.risk.losses.model import Model
from manara.risk.oed import Table, read_table
from manara.risk.terms import Programme
from manara.risk.terms.exposure import LOCATION_KEY, Sites, read_sites
from manara.risk.terms.perils import told_apart
from manara.risk.terms.rules import State

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
        by_peril: Where terms hold for some perils only, the items of each peril of the programme.
    """

    sites: Sites
    items: kernels.Items
    common: Floats
    terms: location.Terms
    programme: Programme | None
    notes: list[str]
    by_peril: tuple[kernels.Items, ...] = ()

    @classmethod
    def read(cls, files: Files, folder: Folder, model: Model) -> Portfolio:
        """Return a portfolio of OED files.

        Raises:
            FormatError: A file is not OED, or holds or needs what is not honoured.
        """
        table = read_table(files.location)
        found = keys.read_keys(files.keys, table) if files.keys else keys.look_up(table, folder)
        programme = _programme(files, table, np.unique(found["peril_id"]).tolist())
        sites = programme.sites if programme else read_sites(table)
        notes = list(programme.notes) if programme else []
        apart = programme.perils if programme else ()
        terms = location.read(sites, table) if programme and not apart else location.none(sites)
        groups, common = perils(folder.settings)
        place = _places(table, sites)
        items = read_items(sites, place, found, model, groups)
        by_peril = tuple(
            read_items(sites, place, _only(found, peril), model, groups) for peril in apart
        )
        lost = len(sites.keys) - len(items.order)
        if lost:
            notes.append(f"{lost} of {len(sites.keys)} location(s) cannot be struck by the model")
        return cls(sites, items, common, terms, programme, notes, by_peril)


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
    if programme and (programme.annual or programme.perils):
        found = one_by_one(model, portfolio, programme, samples, seed, progress)
        net = found.net if programme.treaties else None
        without = expected(model, portfolio.items)
        return Simulated(found.ground_up, found.gross, net, without, found.when)
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
            left_over = programme.after_sites(state, classes)
            for whole, losses in ((gross, left_over.gross), (net, left_over.net)):
                whole[first + struck] = losses.sum(axis=0).reshape(len(struck), samples)
        progress("events", first + len(events))
    reinsured = programme is not None and bool(programme.treaties)
    return Simulated(
        ground_up,
        gross if programme else None,
        net if reinsured else None,
        expected(model, portfolio.items),
    )


def _programme(files: Files, places: Table, known: list[str]) -> Programme | None:
    """Return what is insured and how, told apart by the model's perils where terms are."""
    if not files.account:
        return None
    policies, both = read_table(files.account), None
    if files.ri_info and files.ri_scope:
        both = read_table(files.ri_info), read_table(files.ri_scope)
    apart = told_apart([places, policies, *(both or ())[:1]], known)
    return Programme.of_tables(places, policies, both, known if apart else ())


def _only(found: keys.Columns, peril: str) -> keys.Columns:
    return {name: column[found["peril_id"] == peril] for name, column in found.items()}


def _places(table: Table, sites: Sites) -> NDArray[np.intp]:
    known = {key: at for at, key in enumerate(sites.keys)}
    rows = zip(*(table.text(name) for name in LOCATION_KEY), strict=True)
    return np.array([known[key] for key in rows], np.intp)
