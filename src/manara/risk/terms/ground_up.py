"""Ground-up losses from a CSV file, a loss a line, and the tables of losses after terms."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError
from manara.risk.oed import Table, read_table
from manara.risk.terms.exposure import ACCOUNT_KEY, LOCATION_KEY, Sites
from manara.risk.terms.fields import COVERAGES
from manara.risk.terms.rules import Floats

_WIDE = len(COVERAGES)

#: Columns that tell losses of one item apart: all that are there do.
EVENT = ("event_id", "period", "year", "sidx", "sample", "loss_factor_idx")

#: Those that name a year.
_YEAR = ("period", "year")

#: Names of the columns of the loss and of the coverage, the first one there holds.
_LOSS = ("loss", "loss_gul")
_COVERAGE = ("coverage_type_id", "coveragetype", "coverage")

_PERIL = "peril_id"

#: Losses held at once: items times events.
_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class GroundUp:
    """Losses before any terms.

    Attributes:
        names: Columns that name an event.
        events: Values of these columns.
        items: The item of each loss (peril by peril, location by location, coverages 1 to 4).
        at: The event of each loss.
        losses: Amounts.
        count: How many items there are.
        year: The year of each event and what else names it, numbered; rises. None if not told.
    """

    names: list[str]
    events: list[tuple[str, ...]]
    items: NDArray[np.intp]
    at: NDArray[np.intp]
    losses: Floats
    count: int
    year: NDArray[np.int64] | None = None

    def parts(self) -> Iterator[tuple[range, Floats]]:
        """Yield a range of events, of whole years, and their losses, items by events."""
        step, stop, count = max(1, _AT_ONCE // max(self.count, 1)), 0, len(self.events)
        while stop < count:
            start, stop = stop, min(stop + step, count)
            if self.year is not None:
                stop = int(np.searchsorted(self.year, self.year[stop - 1], "right"))
            events = range(start, stop)
            found = np.zeros((self.count, len(events)))
            inside = (self.at >= events.start) & (self.at < events.stop)
            np.add.at(found, (self.items[inside], self.at[inside] - start), self.losses[inside])
            yield events, found


def perils_of(path: Path) -> tuple[str, ...]:
    """Return the perils that a file of ground-up losses tells apart, by its column `peril_id`."""
    table = read_table(path)
    return tuple(sorted(set(table.text(_PERIL)))) if table.has(_PERIL) else ()


def read_ground_up(
    path: Path, sites: Sites, location: Table, perils: Sequence[str] = ()
) -> GroundUp:
    """Return ground-up losses.

    Args:
        path: A CSV file: `PortNumber`, `AccNumber`, `LocNumber`, or `loc_id` (as in the location
            file, or else the number of its row from 1); `coverage_type_id` 1 to 4, without which a
            loss is spread over the coverages by insured value; `loss` or `loss_gul`; `peril_id`;
            and what tells events apart, any of `EVENT`. Events of one `period` (or `year`) happen
            in the order of the file.
        sites: Locations and items.
        location: The location file.
        perils: That it tells apart, see `perils_of`.

    Raises:
        FormatError: A location or coverage that is not known, or a loss that is no amount.
    """
    table = read_table(path)
    loss_name = next((name for name in _LOSS if table.has(name)), "")
    if not loss_name:
        raise FormatError("no column loss", where=path.name)
    place = _places(table, sites, location)
    names = [name for name in EVENT if table.has(name)]
    known: dict[tuple[str, ...], int] = {}
    rows = zip(*(table.text(name) for name in names), strict=True) if names else [()] * len(table)
    at = np.array([known.setdefault(key, len(known)) for key in rows], np.intp)
    named, year = list(known), None
    if not {*_YEAR}.isdisjoint(names):
        named, at, year = _by_year(names, named, at)
    losses = table.number(loss_name)
    coverage = next((name for name in _COVERAGE if table.has(name)), "")
    if coverage:
        items = place * _WIDE + _covers(table, coverage)
    else:
        value = sites.values.reshape(-1, _WIDE)
        worth = value[place]
        total = worth.sum(axis=1, keepdims=True)
        # A location of no value has its loss on the building.
        worth[total[:, 0] == 0, 0] = total[total == 0] = 1
        losses = (losses[:, None] * worth / total).ravel()
        items = (place[:, None] * _WIDE + np.arange(_WIDE)).ravel()
        at = np.repeat(at, _WIDE)
    if perils:
        which = np.array([perils.index(one) for one in table.text(_PERIL)], np.intp)
        items += np.repeat(which, len(items) // len(table)) * len(sites.values)
    count = len(sites.values) * max(1, len(perils))
    return GroundUp(names, named, items, at, losses, count, year)


def _by_year(
    names: list[str], events: list[tuple[str, ...]], at: NDArray[np.intp]
) -> tuple[list[tuple[str, ...]], NDArray[np.intp], NDArray[np.int64]]:
    """Return events year by year, each in the order of the file; those of losses; the years."""
    apart = [at for at, name in enumerate(names) if name != "event_id"]
    known: dict[tuple[str, ...], int] = {}
    years = [known.setdefault(tuple(one[at] for at in apart), len(known)) for one in events]
    year = np.array(years, np.int64)
    order = np.argsort(year, kind="stable")
    moved = np.argsort(order, kind="stable")
    return [events[one] for one in order.tolist()], moved[at], year[order]


def _places(table: Table, sites: Sites, location: Table) -> NDArray[np.intp]:
    known: dict[tuple[str, ...], int]
    known = {key: at for at, key in enumerate(sites.keys)}
    names: tuple[str, ...] = LOCATION_KEY
    if not table.has("LocNumber"):
        table.need("loc_id")
        names = ("loc_id",)
        by_row = zip(*(location.text(name) for name in LOCATION_KEY), strict=True)
        ids = location.text("loc_id") if location.has("loc_id") else range(1, len(location) + 1)
        known = {(str(name),): known[key] for name, key in zip(ids, by_row, strict=True)}
    table.need(*names)
    found = np.empty(len(table), np.intp)
    for row, key in enumerate(zip(*(table.text(name) for name in names), strict=True)):
        if key not in known:
            raise FormatError(
                f"location {' '.join(key)} is not in {location.name}", where=table.where(row)
            )
        found[row] = known[key]
    return found


def _covers(table: Table, name: str) -> NDArray[np.intp]:
    found = table.number(name)
    for row, value in enumerate(found.tolist()):
        if value not in range(1, _WIDE + 1):
            raise FormatError(f"{name} is {value:g}, not 1 to {_WIDE}", where=table.where(row))
    return np.asarray(found, np.intp) - 1


class Writer:
    """Writes `locations.csv` and `accounts.csv`, a line for each event that struck them."""

    def __init__(self, folder: Path, sites: Sites, losses: GroundUp, kinds: list[str]) -> None:
        self._losses, self._keys = losses, sites.keys
        accounts = dict.fromkeys(key[:2] for key in sites.keys)
        self._accounts = list(accounts)
        index = {key: at for at, key in enumerate(accounts)}
        self._account = np.array([index[key[:2]] for key in sites.keys], np.intp)
        self._whole = np.zeros((len(accounts), len(kinds)))
        folder.mkdir(parents=True, exist_ok=True)
        self._files = [
            (folder / name).open("w", encoding="utf-8", newline="")
            for name in ("locations.csv", "accounts.csv")
        ]
        for file, key in zip(self._files, (LOCATION_KEY, ACCOUNT_KEY), strict=True):
            csv.writer(file).writerow([*key, *losses.names, *kinds])

    def accounts(self) -> dict[str, list[float]]:
        """Return the losses of all events together by account, one for each kind."""
        names = (" ".join(key) for key in self._accounts)
        return dict(zip(names, self._whole.tolist(), strict=True))

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            file.close()

    def write(self, events: range, kinds: list[Floats]) -> None:
        """Write the losses of some events.

        Args:
            events: The events.
            kinds: Losses, items by events: ground-up first.
        """
        # Of all perils together.
        shape = (-1, len(self._keys), _WIDE, len(events))
        by_place = [kind.reshape(shape).sum(axis=(0, 2)) for kind in kinds]
        by_account = []
        for kind in by_place:
            total = np.zeros((len(self._accounts), len(events)))
            np.add.at(total, self._account, kind)
            by_account.append(total)
        self._whole += np.stack([total.sum(axis=1) for total in by_account], axis=1)
        for file, keys, tables in zip(
            self._files, (self._keys, self._accounts), (by_place, by_account), strict=True
        ):
            rows = csv.writer(file)
            for column, row in zip(*np.nonzero(tables[0].T), strict=True):
                event = self._losses.events[events[column]]
                amounts = (round(float(table[row, column]), 6) for table in tables)
                rows.writerow([*keys[row], *event, *amounts])
