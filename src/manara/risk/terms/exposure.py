"""What is insured and by which policies: locations, items, layers and conditions of OED files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError
from manara.risk.oed import Table
from manara.risk.terms.fields import COVERAGES, IN_LOCATION, read_layers

Ints = NDArray[np.intp]

#: What names an account; with the third, a location.
ACCOUNT_KEY = ("PortNumber", "AccNumber")
LOCATION_KEY = (*ACCOUNT_KEY, "LocNumber")

#: What tells policies and layers apart and is no term.
_NAMES = frozenset(("polnumber", "layernumber", "accnumber", "accname"))

#: What holds for a policy and account whatever the peril.
_WIDE = frozenset(("polperilscovered", "accparticipation", *_NAMES))

#: What a location may say in several rows.
_TAG = "condtag"


@dataclass(frozen=True, slots=True)
class Sites:
    """Locations and their items: one item for each location and coverage, location by location.

    Attributes:
        keys: Portfolio, account and location number of each location.
        rows: The first row of each location in the file.
        tags: The tags of conditions of each location.
        values: Insured value of each item, in the order of coverages 1 to 4.
        all_rows: All rows of each location; only read where terms are told apart by peril.
    """

    keys: list[tuple[str, ...]]
    rows: Ints
    tags: list[set[str]]
    values: NDArray[np.float64]
    all_rows: list[list[int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layers:
    """Layers of policies.

    Attributes:
        keys: Portfolio, account, policy and layer number of each layer.
        rows: The first row of each layer in the file.
        all_rows: All rows of each layer.
    """

    keys: list[tuple[str, ...]]
    rows: Ints
    all_rows: list[list[int]]


def read_sites(table: Table, *, by_peril: bool = False) -> Sites:
    """Return the locations of a location file.

    Args:
        table: The location file.
        by_peril: Whether rows of a location may have terms for different perils.

    Raises:
        FormatError: A key is missing, or two rows of one location differ in more than the tag of
            conditions.
    """
    table.need(*LOCATION_KEY)
    groups = _groups(table, LOCATION_KEY)
    first = [rows[0] for rows in groups.values()]
    names = [name for name in table.columns if name != _TAG]
    if by_peril:
        terms = [name for name in names if name in IN_LOCATION or name == "locperil"]
        names = [name for name in names if name not in terms]
        _agree(table, _groups(table, (*LOCATION_KEY, "LocPeril")).values(), terms)
    _agree(table, groups.values(), names)
    tag = table.text(_TAG)
    tags = [{tag[row] for row in rows} - {""} for rows in groups.values()]
    at = np.array(first, np.intp)
    values = np.stack([table.number(f"{name.lstrip('1234')}TIV")[at] for name in COVERAGES], axis=1)
    return Sites(list(groups), at, tags, values.ravel(), list(groups.values()))


def read_layers_of(table: Table, shared: tuple[str, ...], *, by_peril: bool = False) -> Layers:
    """Return the layers of an account file.

    Args:
        table: The account file.
        shared: Beginnings of the names of columns in which the rows of a layer must agree.
        by_peril: Whether they may have terms for different perils.

    Raises:
        FormatError: A key is missing, or rows of one layer differ in such a column.
    """
    table.need(*ACCOUNT_KEY, "PolNumber")
    groups = _groups(table, (*ACCOUNT_KEY, "PolNumber", "LayerNumber"))
    names = [name for name in table.columns if name.startswith(shared)]
    if by_peril:
        key = (*ACCOUNT_KEY, "PolNumber", "LayerNumber")
        for stage in ("pol", "acc"):
            terms = [name for name in names if name.startswith(stage) and name not in _WIDE]
            _agree(table, _groups(table, (*key, f"{stage}peril")).values(), terms)
            names = [name for name in names if name not in terms]
    _agree(table, groups.values(), names)
    groups = _once(table, groups)
    return Layers(
        list(groups),
        np.array([rows[0] for rows in groups.values()], np.intp),
        list(groups.values()),
    )


def _once(
    table: Table, groups: dict[tuple[str, ...], list[int]]
) -> dict[tuple[str, ...], list[int]]:
    """Leave out policies with no layer terms that say what another of the account says.

    Their loss would else be paid twice.
    """
    free = ~read_layers(table).bind()
    said = [
        values
        for name, values in table.columns.items()
        if name.startswith(("pol", "layer", "cond", "acc", "step", "bi")) and name not in _NAMES
    ]
    met: set[tuple[tuple[str, ...], ...]] = set()
    kept = {}
    for key, rows in groups.items():
        if free[rows].all():
            words = (key[:2], *(tuple(values[row] for values in said) for row in rows))
            if words in met:
                continue
            met.add(words)
        kept[key] = rows
    return kept


def _groups(table: Table, names: tuple[str, ...]) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for row, key in enumerate(zip(*(table.text(name) for name in names), strict=True)):
        found.setdefault(key, []).append(row)
    return found


def _agree(table: Table, groups: Iterable[list[int]], names: list[str]) -> None:
    for rows in groups:
        for row in rows[1:]:
            for name in names:
                values = table.columns[name]
                if values[row] != values[rows[0]]:
                    raise FormatError(
                        f"{name} is {values[row]!r}, and {values[rows[0]]!r} in line "
                        f"{table.lines[rows[0]]} of the same policy or location",
                        where=table.where(row),
                    )
