"""Open Exposure Data (OED) files: tables of text whose column names know no upper or lower case."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError

#: What OED files write where a value is absent.
_BLANK = frozenset(("", "nan", "none", "null"))


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one OED file.

    Attributes:
        name: The file's name, for messages.
        columns: Values by column name in lower case; blank is "".
        lines: The line of each row in the file.
    """

    name: str
    columns: dict[str, list[str]]
    lines: list[int]

    def __len__(self) -> int:
        return len(self.lines)

    def has(self, field: str) -> bool:
        """Whether the file has the column."""
        return field.lower() in self.columns

    def text(self, field: str) -> list[str]:
        """Return the values of a column; all blank where the file has no such column."""
        return self.columns.get(field.lower()) or [""] * len(self)

    def number(self, field: str, default: float = 0.0) -> NDArray[np.float64]:
        """Return the values of a column as numbers.

        Args:
            field: An OED field name.
            default: Stands for blank, and for all where there is no such column.

        Raises:
            FormatError: A value is no finite number, or below zero.
        """
        values = self.columns.get(field.lower())
        if values is None:
            return np.full(len(self), default)
        # Columns repeat few values: each is read once.
        known = {value: _amount(value) if value else default for value in set(values)}
        found = np.array([known[value] for value in values], np.float64)
        wrong = ~((found >= 0) & (found < np.inf))
        if wrong.any():
            at = int(np.argmax(wrong))
            raise FormatError(f"{field} is {values[at]!r}, not an amount", where=self.where(at))
        return found

    def where(self, row: int) -> str:
        """Return the place of a row: file and line."""
        return f"{self.name}, line {self.lines[row]}"

    def need(self, *fields: str) -> None:
        """Check that columns are there.

        Raises:
            FormatError: One is not.
        """
        for field in fields:
            if not self.has(field):
                raise FormatError(f"no column {field}", where=self.name)


def read_table(path: Path) -> Table:
    """Return an OED file (comma-separated, one heading line, UTF-8).

    Raises:
        FormatError: No heading, a row of another length, or text that is not UTF-8.
    """
    cells: list[list[str]] = []
    lines = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            names = [name.strip().lower() for name in next(rows, [])]
            for row in rows:
                if not any(row):
                    continue
                if len(row) != len(names):
                    raise FormatError(
                        f"{len(row)} values under {len(names)} headings",
                        where=f"{path.name}, line {rows.line_num}",
                    )
                lines.append(rows.line_num)
                cells.append(row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"no CSV in UTF-8: {error}", where=path.name) from error
    if not names:
        raise FormatError("no heading line", where=path.name)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise FormatError(f"two columns {twice}", where=path.name)
    columns = [_cleaned(column) for column in zip(*cells, strict=True)] or [[] for _ in names]
    return Table(path.name, dict(zip(names, columns, strict=True)), lines)


def _cleaned(column: Sequence[str]) -> list[str]:
    known = {}
    for value in set(column):
        text = value.strip()
        known[value] = "" if text.lower() in _BLANK else text
    return [known[value] for value in column]


def _amount(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan
