"""Reading delimited text (CSV, TSV) as a stream of rows: strict, in constant memory, each located.

A row's number counts the rows of the file from 1 as a spreadsheet shows them: what stands above the
header, the header itself and blank lines count, and a quoted field may run over several lines.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from manara.model import FormatError, Reject

#: Longest field, and longest physical line, in characters: no list has longer prose in a cell, and
#: memory stays bounded when a quote or a line end is missing.
MAX_FIELD = 10 * 1024 * 1024

#: What a row without any text may hold; control-Z is the end of file of DOS.
BLANK = " \t\x1a"
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class Row(NamedTuple):
    """One row of data.

    Attributes:
        number: its number in the file, from 1, as a spreadsheet shows it.
        values: text by column name, as it stands in the file.
    """

    number: int
    values: dict[str, str]

    @property
    def locator(self) -> str:
        """Where the row stands, such as ``row 7``."""
        return f"row {self.number}"

    def at(self, column: str) -> str:
        """Return where one of its fields stands, such as ``row 7, column DOB``."""
        return f"row {self.number}, column {column}"


def rows(
    path: Path,
    *,
    delimiter: str = ",",
    header_row: int = 1,
    columns: Sequence[str] | None = None,
    encoding: str = "utf-8",
    required: Collection[str] = (),
) -> Iterator[Row | Reject]:
    """Yield each row of data, or a reject for one that cannot be read.

    The quoting is RFC 4180's. Rows without any text are passed over, so is a control-Z after the
    last row (DOS end of file).

    Args:
        path: the file.
        delimiter: what stands between fields.
        header_row: number of the row that names the columns, or a blank one right above it; what
            stands above is passed over.
            A column without a name is called ``column 7`` by its place, a repeated name gets a
            number: ``Name (2)``.
        columns: names of the columns of a file without a header.
        encoding: encoding of a file without a byte order mark; a mark (UTF-8, UTF-16) decides.
        required: columns the caller cannot do without.

    Raises:
        FormatError: the file has no header or lacks a required column, holds NUL or bytes that are
            not its encoding, has a quoted field that does not end (within `MAX_FIELD` characters),
            or is cut off in its last row: no line end and too few fields.
    """
    names: list[str] = []
    for item in fields(
        path,
        names,
        delimiter=delimiter,
        header_row=header_row,
        columns=columns,
        encoding=encoding,
        required=required,
    ):
        if isinstance(item, Reject):
            yield item
        else:
            yield Row(item[0], dict(zip(names, item[1], strict=True)))


def fields(
    path: Path,
    names: list[str],
    *,
    delimiter: str = ",",
    header_row: int = 1,
    columns: Sequence[str] | None = None,
    encoding: str = "utf-8",
    required: Collection[str] = (),
) -> Iterator[tuple[int, list[str]] | Reject]:
    """Yield the number and the fields of each row of data as `rows` does, or a reject.

    Args:
        path: the file.
        names: filled with the names of the columns, before the first row is yielded.
        delimiter: as for `rows`, and so are the others.
        header_row: as for `rows`.
        columns: as for `rows`.
        encoding: as for `rows`.
        required: as for `rows`.

    Raises:
        FormatError: as `rows`.
    """
    encoding = encoding_of(path, encoding)
    names.extend(columns or ())
    with path.open(encoding=encoding, newline="") as file:
        yield from Scan(path, file, names, delimiter, header_row, encoding, required)
    if not names:
        raise FormatError("the file is empty", where=path.name)


class Scan:
    """Reads the rows of an open file one by one; see `fields`.

    Args:
        path: the file.
        file: the same, opened as text without translation of line ends.
        names: the names of the columns; filled from the header while there are none.
        delimiter: as for `rows`.
        header_row: as for `rows`.
        encoding: the encoding it was opened with.
        required: as for `rows`.
        number: the rows that stand before.
        lines: the physical lines that stand before.

    Attributes:
        number: the row read last.
        lines: the physical lines.
    """

    def __init__(
        self,
        path: Path,
        file: TextIO,
        names: list[str],
        delimiter: str,
        header_row: int,
        encoding: str,
        required: Collection[str] = (),
        number: int = 0,
        lines: int = 0,
    ) -> None:
        csv.field_size_limit(MAX_FIELD)
        self.number = number
        self.lines = Lines(file, lines)
        self._path = path
        self._names = names
        self._delimiter = delimiter
        self._header_row = header_row
        self._encoding = encoding
        self._required = required

    def __iter__(self) -> Iterator[tuple[int, list[str]] | Reject]:
        """Yield the rows; see `fields`."""
        has_header, names, lines = not self._names, self._names, self.lines
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        number = self.number
        while True:
            number += 1
            before = lines.number
            try:
                found = next(reader)
            except StopIteration:
                break
            except UnicodeDecodeError as error:
                raise _not_decodable(self._path, self._encoding) from error
            except csv.Error as error:
                if "end of data" in str(error) or lines.number > before + 1:
                    raise FormatError(
                        "a quoted field does not end", where=f"row {number}"
                    ) from error
                self.number = number
                yield Reject(f"row {number}", "row", str(error), lines.last[:500])
                continue
            if not (found and found[0].strip(BLANK)) and not any(
                field.strip(BLANK) for field in found
            ):
                continue
            if has_header and number < self._header_row:
                continue
            if not names:
                self._name(found, number)
                continue
            self.number = number
            yield self._row(number, found)

    def _name(self, found: list[str], number: int) -> None:
        self._names.extend(_named(found))
        if missing := set(self._required) - set(self._names):
            lacks = ", ".join(sorted(missing))
            raise FormatError(f"the header lacks {lacks}", where=f"row {number}")

    def _row(self, number: int, found: list[str]) -> tuple[int, list[str]] | Reject:
        if len(found) == len(self._names):
            return number, found
        if len(found) < len(self._names) and not self.lines.ended:
            raise FormatError("the file is cut off in its last row", where=f"row {number}")
        reason = f"{len(found)} fields where there are {len(self._names)} columns"
        return Reject(f"row {number}", "row", reason, self._delimiter.join(found)[:500])


def encoding_of(path: Path, declared: str) -> str:
    """Return the encoding of a file: that of its byte order mark, else the one declared."""
    with path.open("rb") as file:
        start = file.read(3)
    return next((name for bom, name in _BOMS.items() if start.startswith(bom)), declared)


def _named(fields: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    names = []
    for place, field in enumerate(fields, 1):
        name = " ".join(field.split()) or f"column {place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


class Lines:
    """The physical lines of a file, none longer than the limit; knows if the last one ended.

    Attributes:
        number: of the last one.
        size: bytes of all in UTF-8.
        last: its text.
        ended: whether it has an end.
    """

    def __init__(self, file: TextIO, number: int) -> None:
        self.file = file
        self.number = number
        self.size = 0
        self.last = ""
        self.ended = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.file.readline(MAX_FIELD)
        if not line:
            raise StopIteration
        self.number += 1
        self.size += len(line) if line.isascii() else len(line.encode())
        self.last = line
        self.ended = line.endswith(("\n", "\r"))
        if "\0" in line:
            raise FormatError("the file holds NUL characters", where=f"line {self.number}")
        if len(line) >= MAX_FIELD and not self.ended:
            self._skip_rest()
            raise csv.Error(f"line longer than {MAX_FIELD} characters")
        return line

    def _skip_rest(self) -> None:
        while not self.ended and (rest := self.file.readline(MAX_FIELD)):
            self.size += len(rest.encode())
            self.ended = rest.endswith(("\n", "\r"))


def _not_decodable(path: Path, encoding: str) -> FormatError:
    """Find the line of the first bytes that are not of this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while chunk := file.read(64 * 1024):
            try:
                line += decoder.decode(chunk).count("\n")
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(error.encoding, "replace")
                line += good.count("\n")
                break
    return FormatError(
        f"bytes that are not {encoding.removesuffix('-sig').upper()}",
        where=f"line {line}",
        remedy="fetch the file again; its publisher or a tool on the way has damaged it",
    )
