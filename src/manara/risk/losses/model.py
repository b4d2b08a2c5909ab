"""A catastrophe model as arrays: events, footprint, vulnerability, occurrences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError
from manara.risk.exceedance import RETURN_PERIODS, Occurrences
from manara.risk.losses.folder import Folder
from manara.risk.losses.kernels import GUIDES, Curves, Footprint

Ints = NDArray[np.int64]

_FOOTPRINT = {"areaperil_id": "<u4", "intensity_bin_id": "<i4", "probability": "<f4"}
_INDEX = {"event_id": "<i4", "offset": "<i8", "size": "<i8"}
_VULNERABILITY = {
    "vulnerability_id": "<i4",
    "intensity_bin_id": "<i4",
    "damage_bin_id": "<i4",
    "probability": "<f4",
}
_BINS = {
    "bin_index": "<i4",
    "bin_from": "<f4",
    "bin_to": "<f4",
    "interpolation": "<f4",
    "damage_type": "<i4",
}
_OCCURRENCE = {"event_id": "<i4", "period_no": "<i4", "occ_date": "<i4"}

#: Types of damage bins that hold shares of value.
_RELATIVE = (0, 1)

#: A record of a footprint's index with events packed one after another.
_HEAD = 8


class Rows(NamedTuple):
    """The footprint as it is in the model: event, area, intensity (ids) and probability."""

    event: Ints
    area: Ints
    intensity: Ints
    chance: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Model:
    """A model.

    Attributes:
        events: Ids of the events, rising.
        areas: Ids of the areas that events strike, rising.
        functions: Ids of the vulnerability functions, rising.
        footprint: Where events strike.
        curves: How much is damaged.
        when: When events happen.
        years: Return periods the model asks for.
    """

    events: Ints
    areas: Ints
    functions: Ints
    footprint: Footprint
    curves: Curves
    when: Occurrences
    years: tuple[float, ...]

    @classmethod
    def read(cls, folder: Folder) -> Model:
        """Return the model of a folder.

        Raises:
            FormatError: A file is missing, is not as it should be, or holds what is not honoured.
        """
        name = folder.chosen("event_set", "events")
        events = np.unique(folder.table(name, {"event_id": "<i4"})["event_id"]).astype(np.int64)
        rows = _rows(folder)
        areas, area = np.unique(rows.area, return_inverse=True)
        levels, level = np.unique(rows.intensity, return_inverse=True)
        order = np.lexsort((area, rows.event))
        order = order[np.isin(rows.event[order], events)]
        footprint = Footprint(
            np.searchsorted(rows.event[order], np.append(events, events[-1:] + 1)),
            area[order].astype(np.int32),
            level[order].astype(np.int32),
            rows.chance[order],
        )
        functions, curves = _curves(folder, levels)
        return cls(
            events, areas, functions, footprint, curves, _when(folder, events), _years(folder)
        )


def _rows(folder: Folder) -> Rows:
    if not (folder.data / "footprint.bin").is_file():
        found = folder.table("footprint", {"event_id": "<i4", **_FOOTPRINT})
        return Rows(
            found["event_id"].astype(np.int64),
            found["areaperil_id"].astype(np.int64),
            found["intensity_bin_id"].astype(np.int64),
            found["probability"],
        )
    if not (folder.data / "footprint.idx").is_file():
        raise FormatError("no footprint.idx beside footprint.bin", where=str(folder.data))
    index = np.fromfile(folder.data / "footprint.idx", np.dtype(list(_INDEX.items())))
    size = np.dtype(list(_FOOTPRINT.items())).itemsize
    if len(index) and (
        index["offset"][0] != _HEAD or (np.diff(index["offset"]) != index["size"][:-1]).any()
    ):
        raise FormatError("events do not follow one another", where="footprint.idx")
    found = folder.table("footprint", _FOOTPRINT, skip=_HEAD)
    count = index["size"] // size
    if count.sum() != len(found):
        raise FormatError(
            f"{count.sum()} rows by the index, {len(found)} in the file", where="footprint.bin"
        )
    return Rows(
        np.repeat(index["event_id"].astype(np.int64), count),
        found["areaperil_id"].astype(np.int64),
        found["intensity_bin_id"].astype(np.int64),
        found["probability"],
    )


def _curves(folder: Folder, levels: Ints) -> tuple[Ints, Curves]:
    bins = folder.table("damage_bin_dict", _BINS)
    bins = bins[np.argsort(bins["bin_index"])]
    low, high = (bins[name].astype(np.float64) for name in ("bin_from", "bin_to"))
    middle = bins["interpolation"].astype(np.float64)
    if not np.isin(bins["damage_type"], _RELATIVE).all() or high.max() > 1:
        raise FormatError(
            "damage that is no share of value is not honoured", where="damage_bin_dict"
        )
    if (abs(low + high - 2 * middle) > 1e-6).any():
        raise FormatError("a mean that is not the middle is not honoured", where="damage_bin_dict")
    found = folder.table("vulnerability", _VULNERABILITY, skip=4)
    found = found[np.isin(found["intensity_bin_id"], levels)]
    functions = np.unique(found["vulnerability_id"]).astype(np.int64)
    function = np.searchsorted(functions, found["vulnerability_id"])
    level = np.searchsorted(levels, found["intensity_bin_id"])
    pairs, pair = np.unique(function * len(levels) + level, return_inverse=True)
    row = np.full((len(functions), len(levels)), -1, np.int32)
    row.flat[pairs] = np.arange(len(pairs))
    if not np.isin(found["damage_bin_id"], bins["bin_index"]).all():
        raise FormatError("a damage bin that is not in damage_bin_dict", where="vulnerability")
    chance = np.zeros((len(pairs), len(bins)))
    at = np.searchsorted(bins["bin_index"], found["damage_bin_id"])
    np.add.at(chance, (pair, at), found["probability"].astype(np.float64))
    if not (chance >= 0).all() or not np.allclose(chance.sum(axis=1), 1, atol=0.01):
        raise FormatError("probabilities that do not add up to 1", where="vulnerability")
    return functions, tabled(row, chance, low, high)


def tabled(
    row: NDArray[np.int32],
    chance: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> Curves:
    """Return distributions of damage ready for drawing.

    Args:
        row: The distribution of each vulnerability function at each intensity.
        chance: Probability of each bin of damage, a row for each distribution.
        low: Lower ends of the bins, as shares of value.
        high: Upper ends.
    """
    chance = chance / chance.sum(axis=1, keepdims=True)
    top = np.cumsum(chance, axis=1)
    slope = np.divide(high - low, chance, out=np.zeros_like(chance), where=chance > 0)
    base = low - slope * (top - chance)
    guide = [np.searchsorted(one, np.arange(GUIDES + 1) / GUIDES, "right") for one in top]
    # The last bin that has any chance also takes what rounding leaves.
    last = chance.shape[1] - 1 - np.argmax(chance[:, ::-1] > 0, axis=1)
    top[np.arange(len(top)), last] = 2.0
    first = np.minimum(np.reshape(guide, (len(top), GUIDES + 1)), last[:, None])
    steps = np.stack([top, base, slope, np.zeros_like(top)], axis=2).astype(np.float32)
    return Curves(row, steps, first.astype(np.int32), chance, low, high)


def _when(folder: Folder, events: Ints) -> Occurrences:
    name = folder.chosen("event_occurrence_id", "occurrence")
    binary = folder.data / f"{name}.bin"
    if (folder.data / "periods.bin").exists() or (folder.data / "periods.csv").exists():
        raise FormatError("weights of periods are not honoured", where="periods")
    columns = _OCCURRENCE if binary.is_file() else dict(list(_OCCURRENCE.items())[:2])
    found = folder.table(name, columns, skip=8)
    periods = int(found["period_no"].max(initial=0))
    if binary.is_file():
        options, periods = np.fromfile(binary, "<i4", 2).tolist()
        if options > 1:
            raise FormatError("times of day are not honoured", where=binary.name)
    found = found[np.isin(found["event_id"], events)]
    return Occurrences(
        np.searchsorted(events, found["event_id"]),
        found["period_no"].astype(np.int64) - 1,
        periods,
    )


def _years(folder: Folder) -> tuple[float, ...]:
    try:
        found = folder.table("returnperiods", {"return_period": "<i4"})["return_period"]
    except FormatError:
        return RETURN_PERIODS
    return tuple(sorted(float(one) for one in found))
