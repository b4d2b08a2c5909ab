"""Segments of a screening index in one file, which is mapped into memory and read as needed."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from manara.identity.screening.documents import Documents
from manara.identity.screening.evidence import People
from manara.identity.screening.kernels import Words
from manara.identity.screening.likelihood import Names
from manara.identity.screening.places import Places
from manara.identity.screening.segment import Known, Segment, Texts
from manara.identity.screening.sounds import Sounds
from manara.identity.screening.vowels import Often
from manara.model import FormatError

_MAGIC = b"MANARA\x00\x02"


def _flat(segment: Segment) -> dict[str, NDArray[Any]]:
    """Return a segment's arrays by dotted name."""
    arrays: dict[str, NDArray[Any]] = {}
    for field, part in segment._asdict().items():
        if isinstance(part, np.ndarray):
            arrays[field] = part
        elif field != "sources":
            arrays |= {f"{field}.{name}": array for name, array in part._asdict().items()}
    return arrays


def save(path: Path, segments: list[Segment], base: Path | None = None) -> None:
    """Write segments as one file: magic, length, JSON header, then raw arrays at 64-byte marks.

    The file takes its place in one step, so that a reader sees the old or the new one.

    Args:
        path: the file.
        segments: what to write, the largest first.
        base: a file in the same folder that holds the first segment; of that one only which
            entities are gone is written.
    """
    header: dict[str, Any] = {"version": 1, "base": base.name if base else "", "segments": []}
    at, blocks = 0, []
    for place, segment in enumerate(segments):
        table = {}
        kept_there = base is not None and place == 0
        arrays = {"names.gone": segment.names.gone} if kept_there else _flat(segment)
        for name, values in arrays.items():
            table[name] = [values.dtype.str, at, len(values)]
            blocks.append((at, values))
            at += -(-values.nbytes // 64) * 64
        header["segments"].append({"sources": segment.sources, "arrays": table})
    text = msgspec.json.encode(header)
    head = _MAGIC + len(text).to_bytes(8, "little") + text
    first = -(-len(head) // 64) * 64
    partial = path.with_name(path.name + ".part")
    with partial.open("wb") as file:
        file.write(head)
        for offset, values in blocks:
            file.seek(first + offset)
            file.write(np.ascontiguousarray(values).view(np.uint8).data)
        file.truncate(first + at)
    partial.replace(path)


def open_file(path: Path) -> list[Segment]:
    """Return the segments of a file and of its base, mapped and not read.

    Raises:
        FormatError: the file or its base is not a screening index, or is cut short.
        FileNotFoundError: the file or its base is not there.
    """
    remedy = "build the index again"
    with path.open("rb") as file:
        head = file.read(16)
        if head[:8] != _MAGIC:
            raise FormatError("not a screening index", where=str(path), remedy=remedy)
        # A private mapping: numba compiles one kernel for arrays that may be written to.
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    length = int.from_bytes(head[8:16], "little")
    first = -(-(16 + length) // 64) * 64
    try:
        header = msgspec.json.decode(data[16 : 16 + length])
        if not header.get("base"):
            return [_mapped(data, first, part) for part in header["segments"]]
        base = open_file(path.with_name(header["base"]))[0]
        kind, at, size = header["segments"][0]["arrays"]["names.gone"]
        gone = np.frombuffer(data, np.dtype(kind), size, first + at)
        if size != len(base.names.gone):
            raise ValueError("base of another size")
        rest = [_mapped(data, first, part) for part in header["segments"][1:]]
        return [base._replace(names=base.names._replace(gone=gone)), *rest]
    except (msgspec.DecodeError, ValueError, KeyError, TypeError) as error:
        raise FormatError("screening index is damaged", where=str(path), remedy=remedy) from error


def _mapped(data: mmap.mmap, first: int, part: dict[str, Any]) -> Segment:
    """Return the segment that a header describes."""
    groups: dict[str, Any] = {}
    parts: dict[str, dict[str, NDArray[Any]]] = {}
    for name, (kind, at, size) in part["arrays"].items():
        values = np.frombuffer(data, np.dtype(kind), size, first + at)
        field, _, inner = name.partition(".")
        if inner:
            parts.setdefault(field, {})[inner] = values
        else:
            groups[field] = values
    kinds: dict[str, Any] = {
        "words": Words, "sounds": Sounds, "known": Known, "often": Often, "names": Names,
        "people": People, "documents": Documents, "places": Places,
    }  # fmt: skip
    for field, arrays in parts.items():
        groups[field] = kinds.get(field, Texts)(**arrays)
    return Segment(**groups, sources=[(a, b) for a, b in part["sources"]])
