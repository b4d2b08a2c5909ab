"""Reading the sheets of an Excel workbook (.xlsx) as rows of text, in bounded memory.

The file is ECMA-376 Office Open XML: a zip of XML parts. Formulas give the value their program
last computed; one never computed gives nothing, so such a workbook has to be saved once by a
spreadsheet program.
"""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from lxml import etree

from manara.formats.base import HEAD_BYTES, Head
from manara.formats.delimited import Row
from manara.formats.unpack import Limits, check_zip
from manara.model import FormatError, Reject

#: Shared strings are held in memory while a workbook is read, so less is allowed than on disk.
LIMITS = Limits(total=512 * 2**20)

#: Excel's own limit.
MAX_COLUMNS = 16_384

_OLE = b"\xd0\xcf\x11\xe0"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    etree.XMLSyntaxError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
)


def is_workbook(path: Path) -> bool:
    """Tell whether a file is a workbook, of the present form or the one before 2007."""
    with path.open("rb") as file:
        start = file.read(4)
    return start == _OLE or zipfile.is_zipfile(path)


class Workbook:
    """The sheets of an open workbook; made by `opened`."""

    def __init__(self, path: Path, book: Any) -> None:
        self._path = path
        self._book = book

    @property
    def names(self) -> list[str]:
        """Names of the sheets with cells (charts have none), in their order."""
        return [sheet.title for sheet in self._book.worksheets]

    def is_blank(self, name: str) -> bool:
        """Tell whether nothing stands in any cell of a sheet."""
        sheet = self._book[name]
        sheet.reset_dimensions()
        with _readable(self._path, f"sheet {name}"):
            return all(cell.value is None for cells in sheet.iter_rows() for cell in cells)

    def rows(self, name: str, header_row: int = 1) -> Iterator[Row | Reject]:
        """Yield each row of a sheet that has any text, as `delimited.rows` does.

        Dates come in ISO 8601 without a time of midnight, whole numbers without a decimal point.

        Raises:
            FormatError: the sheet cannot be read, or there is no header in that row.
        """
        sheet = self._book[name]
        # A sheet states its own size; a false one would make every row thousands of cells wide.
        sheet.reset_dimensions()
        names: list[str] = []
        with _readable(self._path, f"sheet {name}"):
            for number, cells in enumerate(sheet.iter_rows(), 1):
                if number == header_row:
                    names = _named([_text(cell.value) for cell in cells])
                if number <= header_row:
                    continue
                if any(cell.value is not None for cell in cells):
                    yield from _row(number, names, cells)
        if not names:
            raise FormatError(
                "no header", where=f"{self._path.name}, sheet {name}, row {header_row}"
            )


@contextmanager
def opened(path: Path) -> Iterator[Workbook]:
    """Give a workbook to read.

    Raises:
        FormatError: it is damaged, protected by a password, of the form before 2007, holds more
            than `LIMITS` allow, or declares a document type in one of its parts.
    """
    with path.open("rb") as file:
        if file.read(4) == _OLE:
            raise FormatError(
                "a workbook of the form before 2007, or one with a password",
                where=path.name,
                remedy="save it as .xlsx without a password",
            )
    # Takes a tenth of a second to import, which most commands need not spend.
    import openpyxl

    _check_parts(path)
    with _readable(path):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        yield Workbook(path, book)
    finally:
        book.close()


def _check_parts(path: Path) -> None:
    """Refuse what no honest workbook has: too much in it, or entities in its XML."""
    with check_zip(path, LIMITS) as archive, _readable(path):
        for entry in archive.infolist():
            if not entry.filename.endswith((".xml", ".rels")):
                continue
            with archive.open(entry) as part:
                head = Head(part.read(HEAD_BYTES))
            if "<!DOCTYPE" in head.text or not head.root:
                raise FormatError(
                    "a part declares a document type or has no root element",
                    where=f"{path.name}, {entry.filename}",
                )


@contextmanager
def _readable(path: Path, place: str = "") -> Iterator[None]:
    from openpyxl.utils.exceptions import InvalidFileException

    # openpyxl lets through whatever its own code stumbles on in a damaged part.
    try:
        yield
    except (InvalidFileException, *_BROKEN) as error:
        where = f"{path.name}, {place}" if place else path.name
        raise FormatError(
            f"a damaged workbook: {error}", where=where, remedy="save it again as .xlsx"
        ) from error


def _row(number: int, names: list[str], cells: Any) -> Iterator[Row | Reject]:
    values = dict.fromkeys(names, "")
    for place, cell in enumerate(cells):
        if cell.value is None:
            continue
        text = _text(cell.value)
        where = f"row {number}, column {names[place] if place < len(names) else place + 1}"
        if cell.data_type == "e":
            yield Reject(where, "cell", "a formula that ended in an error", text)
        elif place < len(names):
            values[names[place]] = text
        elif text.strip():
            yield Reject(where, "row", "a value to the right of the last named column", text[:500])
    yield Row(number, values)


def _named(texts: list[str]) -> list[str]:
    while texts and not texts[-1].strip():
        texts.pop()
    seen: Counter[str] = Counter()
    names = []
    for place, text in enumerate(texts[:MAX_COLUMNS], 1):
        name = " ".join(text.split()) or f"column {place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _text(value: Any) -> str:
    """Return what a cell holds as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if not isinstance(value, timedelta) else f"PT{int(value.total_seconds())}S"
