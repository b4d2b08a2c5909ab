"""Sites and layers from OED files, events from a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError, UsageError
from manara.risk.oed import Table, read_table
from manara.risk.portfolio import Events, Layers, Severity, Sites
from manara.risk.terms import fields
from manara.risk.terms.exposure import ACCOUNT_KEY, LOCATION_KEY
from manara.risk.terms.perils import check_perils
from manara.risk.terms.rules import OF_LOSS, OF_VALUE

#: Terms that are honoured here, in lower case; everything else is refused.
_OF_SITE = frozenset(("locded6all", "locdedtype6all", "loclimit6all", "loclimittype6all"))
_OF_ACCOUNT = frozenset(("layerattachment", "layerlimit", "layerparticipation"))


class Owned(NamedTuple):
    """What is owned: `names` of sites, `sites`, and the `layers` of their accounts, if any."""

    names: list[str]
    sites: Sites
    layers: Layers | None


def read_portfolio(location: Path, account: Path | None = None) -> Owned:
    """Return sites and layers.

    Args:
        location: An OED location file: `PortNumber`, `AccNumber`, `LocNumber`, `Latitude`,
            `Longitude`, `BuildingTIV`, `OtherTIV` (with buildings), `ContentsTIV`, `BITIV`,
            `People` (a column of our own), and the site's deductible and limit, `LocDed6All` and
            `LocLimit6All` (types 0, amount, and 2, share of value).
        account: An OED account file with `LayerAttachment`, `LayerLimit`, `LayerParticipation`.

    Raises:
        FormatError: A file is not OED, a site is there twice, or a term is not honoured.
    """
    table = read_table(location)
    table.need(*LOCATION_KEY, "Latitude", "Longitude")
    fields.check(table, _OF_SITE)
    keys = list(zip(*(table.text(name) for name in LOCATION_KEY), strict=True))
    known: set[tuple[str, ...]] = set()
    for row, key in enumerate(keys):
        if key in known:
            raise FormatError(f"site {' '.join(key)} twice", where=table.where(row))
        known.add(key)
    buildings = table.number("BuildingTIV") + table.number("OtherTIV")
    contents, interruption = table.number("ContentsTIV"), table.number("BITIV")
    values = np.stack([buildings, contents, interruption, table.number("People")], axis=1)
    worth = values[:, :3].sum(axis=1)
    limit = _amount(table, "Limit", worth)
    accounts = {key: at for at, key in enumerate(dict.fromkeys(key[:2] for key in keys))}
    names = [" ".join(key) for key in keys]
    try:
        sites = Sites.make(
            names,
            _degrees(table, "Latitude"),
            _degrees(table, "Longitude"),
            values,
            deductible=_amount(table, "Ded", worth),
            limit=np.where(limit > 0, limit, np.inf),
            account=[accounts[key[:2]] for key in keys],
        )
    except UsageError as error:
        raise FormatError(f"{error.where} is {error.message}", where=table.name) from error
    return Owned(names, sites, _read_layers(account, accounts, table) if account else None)


def _amount(table: Table, part: str, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    kind = table.number(f"Loc{part}Type6All")
    for row in np.flatnonzero(kind == OF_LOSS).tolist():
        raise FormatError(f"loc{part.lower()}type6all 1 is not honoured", where=table.where(row))
    return table.number(f"Loc{part}6All") * np.where(kind == OF_VALUE, worth, 1.0)


def _degrees(table: Table, name: str) -> NDArray[np.float64]:
    found = np.empty(len(table))
    for row, text in enumerate(table.text(name)):
        try:
            found[row] = float(text)
        except ValueError:
            raise FormatError(f"{name} is {text!r}, no number", where=table.where(row)) from None
    return found


def _read_layers(path: Path, accounts: dict[tuple[str, ...], int], location: Table) -> Layers:
    table = read_table(path)
    table.need(*ACCOUNT_KEY, "PolNumber")
    fields.check(table, _OF_ACCOUNT)
    check_perils([location, table])
    rows: list[tuple[int, int]] = []
    known: set[tuple[str, ...]] = set()
    keys = zip(
        *(table.text(name) for name in (*ACCOUNT_KEY, "PolNumber", "LayerNumber")), strict=True
    )
    for row, key in enumerate(keys):
        if key in known:
            raise FormatError(f"layer {' '.join(key)} twice", where=table.where(row))
        known.add(key)
        if key[:2] in accounts:
            rows.append((row, accounts[key[:2]]))
    terms = fields.read_layers(table).take(np.array([row for row, _ in rows], np.intp))
    return Layers(
        np.array([account for _, account in rows], np.int64),
        terms.attach,
        np.where(terms.limit > 0, terms.limit, np.inf),
        terms.share,
    )


class Named(NamedTuple):
    """Events with their `names` as written."""

    names: NDArray[np.str_]
    events: Events


def read_events(path: Path, severity: Severity) -> Named:
    """Return events.

    Args:
        path: A CSV file: `EventId`, `Latitude`, `Longitude`, `Band` (name of a band, or its number
            from 1) and `Rate` (a year).
        severity: Names the bands.

    Raises:
        FormatError: A column is missing, or a value is not what it should be.
    """
    table = read_table(path)
    table.need("EventId", "Latitude", "Longitude", "Band", "Rate")
    bands = {name: at for at, name in enumerate(severity.names)}
    bands |= {str(at + 1): at for at in range(len(severity.names))}
    band = []
    for row, text in enumerate(table.text("Band")):
        if text not in bands:
            raise FormatError(
                f"no band {text!r}", where=table.where(row), remedy=f"known are {', '.join(bands)}"
            )
        band.append(bands[text])
    places = _degrees(table, "Latitude"), _degrees(table, "Longitude")
    try:
        names = table.text("EventId")
        events = Events.make(names, *places, band, table.number("Rate"))
    except UsageError as error:
        raise FormatError(f"{error.where} is {error.message}", where=table.name) from error
    return Named(np.array(names, np.str_), events)
