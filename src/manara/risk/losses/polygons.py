"""Areas as polygons: which of them holds a point."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError

Floats = NDArray[np.float64]

#: Well-known binary: little-endian, a polygon.
_POLYGON = (1, 3)


def read_areas(path: Path, name: str) -> tuple[NDArray[np.str_], NDArray[np.int64], list[Floats]]:
    """Return perils, ids and outlines of areas.

    Args:
        path: A GeoParquet file with columns `peril_id`, the id, and `geometry` (WKB polygons).
        name: The column of the id.

    Raises:
        FormatError: The columns are not there, or a geometry is not a polygon without holes.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read(["peril_id", name, "geometry"])
    except (OSError, pa.ArrowInvalid) as error:
        raise FormatError(f"no areas: {error}", where=path.name) from error
    if missing := {"peril_id", name, "geometry"} - set(table.column_names):
        raise FormatError(f"no column {min(missing)}", where=path.name)
    shapes = [_outline(shape, path.name) for shape in table["geometry"].to_pylist()]
    perils = np.array(table["peril_id"].to_pylist(), np.str_)
    return perils, np.array(table[name].to_pylist(), np.int64), shapes


def _outline(shape: bytes, where: str) -> Floats:
    head = struct.unpack_from("<bIII", shape) if len(shape) > 13 else (0, 0, 0, 0)
    if head[:2] != _POLYGON or head[2] != 1 or len(shape) != 13 + 16 * head[3]:
        raise FormatError("an area that is not one polygon without holes", where=where)
    return np.frombuffer(shape, "<f8", offset=13).reshape(-1, 2)


def areas_of(
    x: Floats, y: Floats, shapes: list[Floats], ids: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the id of the first area that holds each point; -1 is none.

    Args:
        x: Longitudes.
        y: Latitudes.
        shapes: Closed outlines of areas: longitude and latitude of corners.
        ids: Ids of the areas.
    """
    found = np.full(len(x), -1, np.int64)
    for shape, name in zip(shapes, ids.tolist(), strict=True):
        (left, low), (right, high) = shape.min(axis=0), shape.max(axis=0)
        near = (x >= left) & (x <= right) & (y >= low) & (y <= high) & (found < 0)
        at = np.flatnonzero(near)
        found[at[_inside(x[at], y[at], shape)]] = name
    return found


def _inside(x: Floats, y: Floats, shape: Floats) -> NDArray[np.bool_]:
    odd = np.zeros(len(x), np.bool_)
    for (x0, y0), (x1, y1) in pairwise(shape):
        crossed = (y0 > y) != (y1 > y)
        if crossed.any():
            odd ^= crossed & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return odd
