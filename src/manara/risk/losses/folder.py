"""Where a model folder keeps what: data, lookup, settings, as models for Oasis LMF are laid out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError

_DATA = ("", "model_data", "model_data/*", "static")
_KEYS = ("", "keys_data", "keys_data/*")
_SETTINGS = ("", "meta-data")


@dataclass(frozen=True, slots=True)
class Folder:
    """A model folder.

    Attributes:
        data: Holds the footprint, vulnerability, damage bins, events, occurrences.
        lookup: The configuration of the lookup, if there is one.
        settings: The model's settings; empty if it has none.
    """

    data: Path
    lookup: Path | None
    settings: dict[str, Any]

    @classmethod
    def read(cls, root: Path) -> Folder:
        """Return where things are.

        Raises:
            FormatError: No footprint is found, or the settings are no JSON.
        """
        found = [
            path.parent
            for name in ("footprint.bin", "footprint.csv")
            for path in _search(root, _DATA, name)
        ]
        if not found:
            raise FormatError(
                "no footprint.bin or footprint.csv",
                where=str(root),
                remedy="give the folder that holds model_data and keys_data",
            )
        around = (root, *(found[0].parents[:2] if found[0] == root else ()))
        lookup = [path for at in around for path in _search(at, _KEYS, "lookup_config.json")]
        settings = [path for at in around for path in _search(at, _SETTINGS, "model_settings.json")]
        return cls(
            found[0], lookup[0] if lookup else None, read_json(settings[0]) if settings else {}
        )

    def chosen(self, setting: str, name: str) -> str:
        """Return the name of a file that models keep in several versions, by the default one."""
        default = self.settings.get("model_settings", {}).get(setting, {}).get("default", "")
        return f"{name}_{default}" if default else name

    def table(self, name: str, columns: dict[str, str], skip: int = 0) -> NDArray[np.void]:
        """Return a file of the model: NAME.bin, or NAME.csv.

        Args:
            name: The name without ending.
            columns: Columns in the order of the binary file with their numpy types.
            skip: Bytes before the first row of the binary file.

        Raises:
            FormatError: Neither file is there, or it does not hold these columns.
        """
        binary, text = self.data / f"{name}.bin", self.data / f"{name}.csv"
        kind = np.dtype(list(columns.items()))
        if binary.is_file():
            whole = binary.read_bytes()[skip:]
            if len(whole) % kind.itemsize:
                raise FormatError(f"no rows of {kind.itemsize} bytes", where=binary.name)
            return np.frombuffer(whole, kind)
        if not text.is_file():
            raise FormatError(f"no {binary.name} or {text.name}", where=str(self.data))
        return _read_text(text, kind)


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        FormatError: It is none.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"no JSON object: {error}", where=path.name) from error


def _read_text(path: Path, kind: np.dtype[np.void]) -> NDArray[np.void]:
    with path.open(encoding="utf-8-sig") as file:
        headings = [name.strip().lower() for name in file.readline().split(",")]
        missing = [name for name in kind.names or () if name not in headings]
        if missing:
            raise FormatError(f"no column {missing[0]}", where=path.name)
        at = [headings.index(name) for name in kind.names or ()]
        try:
            return np.loadtxt(file, kind, delimiter=",", usecols=at, ndmin=1)
        except ValueError as error:
            raise FormatError(f"not numbers: {error}", where=path.name) from error


def _search(root: Path, places: tuple[str, ...], name: str) -> Iterator[Path]:
    for place in places:
        yield from sorted(root.glob(f"{place}/{name}" if place else name))
