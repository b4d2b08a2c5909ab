"""Where the facts of an edition wait for its commit: files that no reader ever sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from manara.model import Reject

_COLUMNS = ("id", "entity_id", "schema", "prop", "value", "original_value", "lang", "locator")
_VALUE, _LOCATOR = _COLUMNS.index("value"), _COLUMNS.index("locator")

#: Columns of a staged file; ``line`` numbers the facts in the order of the source.
STAGED = pa.schema([*((name, pa.string()) for name in _COLUMNS), ("line", pa.int64())])


class Stage:
    """The staged files of one edition.

    Args:
        folder: where to put them.
        reject: is given what cannot be kept.

    Attributes:
        files: the staged files, in order.
    """

    def __init__(self, folder: Path, reject: Callable[[Reject], None]) -> None:
        self.files: list[Path] = []
        self._folder = folder
        self._reject = reject
        self._rows = 0

    def put(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Add facts, each the values of the columns of `STAGED` but ``line``."""
        try:
            columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        except UnicodeEncodeError:
            self.put([row for row in rows if self._is_text(row)])
            return
        if not columns:
            return
        lines = pa.array(np.arange(self._rows, self._rows + len(rows)))
        path = self._folder / f"{len(self.files)}.parquet"
        pq.write_table(
            pa.table([*columns, lines], schema=STAGED),
            path,
            compression="lz4",
            use_dictionary=["entity_id", "schema", "prop", "lang"],
            write_statistics=False,
        )
        self.files.append(path)
        self._rows += len(rows)

    def _is_text(self, row: tuple[str, ...]) -> bool:
        """Return whether a row can be kept: half of a UTF-16 pair is no character."""
        try:
            "".join(row).encode()
        except UnicodeEncodeError:
            self._reject(
                Reject(
                    visible(row[_LOCATOR]),
                    "encoding",
                    "the text holds half a character (a UTF-16 surrogate)",
                    visible(row[_VALUE])[:500],
                )
            )
            return False
        return True


def visible(text: str) -> str:
    """Return a text that can be kept, with halves of characters written out as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
