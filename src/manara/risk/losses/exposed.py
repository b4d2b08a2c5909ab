"""Locations and keys as the flat arrays that the kernel goes through."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError
from manara.risk import draws
from manara.risk.losses.kernels import WIDE, Items
from manara.risk.losses.keys import Columns
from manara.risk.losses.model import Model
from manara.risk.terms.exposure import LOCATION_KEY, Sites

#: Items of one location and one of these share their random numbers.
_GROUP = {name.lower() for name in LOCATION_KEY}


def perils(settings: dict[str, Any]) -> tuple[dict[str, int], NDArray[np.float64]]:
    """Return the group of each peril, and the correlation of damage within each group.

    Args:
        settings: Settings of a model: `supported_perils` name groups, `correlation_settings` the
            part of the variance that all locations share. Group 0 is for perils without one.

    Raises:
        FormatError: Random numbers go by something else than locations, or hazard is correlated.
    """
    for name, fields in settings.get("data_settings", {}).items():
        if name.endswith("group_fields") and {one.lower() for one in fields} != _GROUP:
            raise FormatError(f"{name} other than locations are not honoured", where="settings")
    common = {0: 0.0}
    for one in settings.get("correlation_settings", ()):
        if float(one.get("hazard_correlation_value", 0)):
            raise FormatError("hazard_correlation_value is not honoured", where="settings")
        value = float(one.get("damage_correlation_value", 0))
        if not 0 <= value <= 1:
            raise FormatError(f"damage_correlation_value is {value:g}", where="settings")
        common[int(one["peril_correlation_group"])] = value
    at = {group: row for row, group in enumerate(common)}
    supported = settings.get("lookup_settings", {}).get("supported_perils", ())
    groups = {one["id"]: at.get(one.get("peril_correlation_group", 0), 0) for one in supported}
    return groups, np.array(list(common.values()))


def read_items(
    sites: Sites, place: NDArray[np.intp], keys: Columns, model: Model, groups: dict[str, int]
) -> Items:
    """Return items by place, site, peril.

    Args:
        sites: Locations.
        place: The location of each row of the location file.
        keys: Of `keys.look_up`.
        model: The model.
        groups: Group of each peril.
    """
    cover = keys["coverage_type"].astype(np.int64) - 1
    if len(cover) and not ((cover >= 0) & (cover < WIDE)).all():
        raise FormatError("the lookup gives a coverage that is not 1 to 4")
    where = place[keys["row"]]
    value = sites.values[where * WIDE + cover]
    area, in_area = _rows(model.areas, keys["area_peril_id"])
    function, in_function = _rows(model.functions, keys["vulnerability_id"])
    kinds, kind = np.unique(keys["peril_id"], return_inverse=True)
    peril = np.array([groups.get(one, 0) for one in kinds.tolist()], np.int64)[kind]
    table = np.stack([where, peril, area, cover, kind, function])
    table = table[:, (value > 0) & in_area & in_function]
    # A location in several rows, one for each condition, is one location.
    table = np.unique(table, axis=1)
    return _flat(table, sites, len(model.areas))


def _rows(
    ids: NDArray[np.int64], wanted: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return at, ids[at] == wanted


def _flat(table: NDArray[np.int64], sites: Sites, areas: int) -> Items:
    where, peril, area = table[:3]
    count = len(sites.keys)
    in_areas: list[tuple[int, ...]] = [()] * count
    for at, one in zip(where.tolist(), area.tolist(), strict=True):
        in_areas[at] += (one,)
    known: dict[tuple[int, ...], int] = {}
    spot = np.array([known.setdefault(one, len(known)) for one in in_areas], np.int64)
    order = np.lexsort((area, peril, where, spot[where]))
    where, peril, area, cover, kind, function = table[:, order]
    runs = _starts(where, peril, area, kind)
    in_sites = _starts(where[runs])
    in_places = _starts(spot[where[runs[in_sites]]])
    keys = [
        (*sites.keys[one], str(group))
        for one, group in zip(where[runs].tolist(), peril[runs].tolist(), strict=True)
    ]
    return Items(
        np.append(in_places, len(in_sites)),
        np.append(in_sites, len(runs)),
        np.append(runs, len(where)),
        area[runs].astype(np.int32),
        peril[runs].astype(np.int32),
        draws.names(keys),
        cover.astype(np.int32),
        sites.values[where * WIDE + cover].astype(np.float32),
        function.astype(np.int32),
        where[runs[in_sites]],
        areas,
    )


def _starts(*columns: NDArray[np.int64]) -> NDArray[np.int64]:
    new = np.zeros(len(columns[0]), np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)
