"""Which area and vulnerability function each coverage of a location has, by a model's lookup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError
from manara.risk.losses.folder import Folder, read_json
from manara.risk.oed import Table, read_table
from manara.risk.terms.perils import members

#: Columns of rows on their way through the lookup: what is known of each so far.
Columns = dict[str, NDArray[Any]]

#: Columns of the result: row of the location file, peril, coverage 1 to 4, area, function.
KEYS = ("row", "peril_id", "coverage_type", "area_peril_id", "vulnerability_id")


def look_up(table: Table, folder: Folder) -> Columns:
    """Return the keys of locations: one row for each location, peril and coverage.

    Args:
        table: The location file.
        folder: A model whose lookup goes by steps of perils covered, polygons, coverages and
            tables (`split_loc_perils_covered`, `rtree`, `simple_pivot`, `merge`).

    Raises:
        FormatError: There is no lookup, or one of its steps is not honoured.
    """
    if folder.lookup is None:
        raise FormatError(
            "no lookup_config.json", where=str(folder.data), remedy="give keys with --keys"
        )
    config = read_json(folder.lookup)
    rows = _Rows(table, {"row": np.arange(len(table))})
    for name in config.get("strategy", ()):
        step = config.get("step_definition", {}).get(name, {})
        kind = step.get("type", "")
        if kind not in _STEPS or name == "amplification":
            raise FormatError(
                f"step {name} of type {kind!r} is not honoured",
                where=folder.lookup.name,
                remedy="give keys with --keys",
            )
        try:
            made = _STEPS[kind](rows, step.get("parameters", {}), folder.lookup.parent)
            rows = _Rows(table, made)
        except (KeyError, IndexError, OSError) as error:
            raise FormatError(f"step {name} lacks {error}", where=folder.lookup.name) from error
    missing = [name for name in KEYS if name not in rows]
    if missing:
        raise FormatError(f"the lookup gives no {missing[0]}", where=folder.lookup.name)
    return {name: rows[name] for name in KEYS}


class _Rows(dict[str, NDArray[Any]]):
    """Columns of rows on their way through the lookup; those of the file are made when asked for.

    Args:
        table: The location file.
        known: What is known beyond it, and ``row``, the row there.
    """

    def __init__(self, table: Table, known: Columns) -> None:
        super().__init__(known)
        self._table = table

    def __missing__(self, name: str) -> NDArray[Any]:
        if not self._table.has(name):
            raise KeyError(name)
        made: NDArray[Any] = np.array(self._table.text(name), np.str_)[self["row"]]
        return made

    def has(self, name: str) -> bool:
        """Whether there is a column."""
        return name in self or self._table.has(name)


def read_keys(path: Path, table: Table) -> Columns:
    """Return keys from a file as Oasis LMF writes it.

    Args:
        path: A CSV file: `LocID` (as the column `loc_id` of the location file, or else the number
            of its row from 1), `PerilID`, `CoverageTypeID`, `AreaPerilID`, `VulnerabilityID`.
        table: The location file.

    Raises:
        FormatError: A column is missing, or a location is not known.
    """
    found = read_table(path)
    found.need("LocID", "PerilID", "CoverageTypeID", "AreaPerilID", "VulnerabilityID")
    ids = table.text("loc_id") if table.has("loc_id") else map(str, range(1, len(table) + 1))
    known = {name: row for row, name in enumerate(ids)}
    at = []
    for row, name in enumerate(found.text("LocID")):
        if name not in known:
            raise FormatError(f"no location {name}", where=found.where(row))
        at.append(known[name])
    numbers = ("CoverageTypeID", "AreaPerilID", "VulnerabilityID")
    cover, area, function = (found.number(name).astype(np.int64) for name in numbers)
    peril = np.array(found.text("PerilID"), np.str_)
    return dict(zip(KEYS, (np.array(at, np.int64), peril, cover, area, function), strict=True))


def _perils(rows: _Rows, given: dict[str, Any], _: Path) -> Columns:
    covered = rows["locperilscovered"] if rows.has("locperilscovered") else None
    known = list(given["model_perils_covered"])
    values, value = np.unique(
        np.full(len(rows["row"]), "") if covered is None else covered, return_inverse=True
    )
    parts = []
    for at, text in enumerate(values.tolist()):
        named = members(text)
        found = [peril for peril in known if named is None or peril in named]
        parts += [(np.flatnonzero(value == at), peril) for peril in found]
    which = [np.full(len(part), peril) for part, peril in parts]
    return _more(rows, [part for part, _ in parts], "peril_id", which)


def _polygons(rows: _Rows, given: dict[str, Any], folder: Path) -> Columns:
    from manara.risk.losses.polygons import areas_of, read_areas

    if given.get("file_type") != "parquet" or any(
        given.get(f"nearest_neighbor_{end}_distance", -1) > 0 for end in ("min", "max")
    ):
        raise FormatError("polygons that are no parquet file, or the nearest one, are not honoured")
    perils, ids, shapes = read_areas(_path(given["file_path"], folder), given["id_columns"][0])
    try:
        x, y = (rows[name].astype(np.float64) for name in ("longitude", "latitude"))
    except (KeyError, ValueError) as error:
        raise FormatError("a location without Latitude or Longitude") from error
    found = np.full(len(x), -1, np.int64)
    for peril in np.unique(rows["peril_id"]):
        at = np.flatnonzero(rows["peril_id"] == peril)
        inside = np.flatnonzero(perils == peril)
        found[at] = areas_of(x[at], y[at], [shapes[one] for one in inside], ids[inside])
    return {
        **{name: values[found >= 0] for name, values in rows.items()},
        given["id_columns"][0]: found[found >= 0],
    }


def _pivot(rows: _Rows, given: dict[str, Any], _: Path) -> Columns:
    everyone = np.arange(len(rows["row"]))
    for pivot in given["pivots"]:
        if list(pivot) != ["new_cols"] or len(pivot["new_cols"]) != 1:
            raise FormatError("a pivot of more than one new column is not honoured")
    names = {name for pivot in given["pivots"] for name in pivot["new_cols"]}
    if len(names) != 1:
        raise FormatError("pivots of different columns are not honoured")
    name = names.pop()
    values = [np.full(len(everyone), pivot["new_cols"][name]) for pivot in given["pivots"]]
    return _more(rows, [everyone] * len(values), name, values)


def _merge(rows: _Rows, given: dict[str, Any], folder: Path) -> Columns:
    table = read_table(_path(given["file_path"], folder))
    wanted = given["id_columns"]
    on = [name for name in table.columns if rows.has(name) and name not in wanted]
    known: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(zip(*(table.text(name) for name in on), strict=True)):
        known.setdefault(key, row)
    columns = [rows[name].astype(np.str_).tolist() for name in on]
    at = np.array([known.get(key, -1) for key in zip(*columns, strict=True)], np.int64)
    kept = np.flatnonzero(at >= 0)
    found = {name: values[kept] for name, values in rows.items()}
    for name in wanted:
        found[name] = table.number(name).astype(np.int64)[at[kept]]
    return found


def _more(rows: _Rows, parts: list[Any], name: str, values: list[Any]) -> Columns:
    at = np.concatenate([*parts, np.zeros(0, np.int64)]).astype(np.int64)
    return {**{one: column[at] for one, column in rows.items()}, name: np.concatenate(values)}


def _path(text: str, folder: Path) -> Path:
    return folder / text.replace("%%KEYS_DATA_PATH%%/", "")


_STEPS = {
    "split_loc_perils_covered": _perils,
    "rtree": _polygons,
    "simple_pivot": _pivot,
    "merge": _merge,
}
