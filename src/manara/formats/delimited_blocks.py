"""Reading delimited text many rows at once, where it is plain; the same rows as `delimited.fields`.

Text is plain where each line is a row: UTF-8, as many fields as the header, no blank line, and each
quote at the border of its field. The rest is read row by row.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from manara.formats.delimited import BLANK, Scan, encoding_of, fields
from manara.model import FormatError, Reject

#: Bytes that are read at once: enough that the cost of a call is not felt.
CHUNK = 4 * 1024 * 1024

_QUOTE, _LINE, _RETURN = b'"\n\r'


class Block(NamedTuple):
    """Rows one after the other.

    Attributes:
        numbers: their numbers in the file.
        columns: their cells, as texts, a column after the other.
    """

    numbers: np.ndarray
    columns: list[pa.Array]


#: Rows, or the number and the fields of one, or a reject.
Item: TypeAlias = Block | tuple[int, list[str]] | Reject


def blocks(
    path: Path, names: list[str], *, delimiter: str, header_row: int, encoding: str
) -> Iterator[Item]:
    """Yield the rows of a file, many at once where they are plain; see `delimited.fields`.

    Args:
        path: the file.
        names: filled with the names of the columns, before the first row is yielded.
        delimiter: what stands between fields.
        header_row: number of the row that names the columns.
        encoding: encoding of a file without a byte order mark.

    Raises:
        FormatError: as `delimited.rows`.
    """
    known = encoding_of(path, encoding)
    if codecs.lookup(known).name not in ("utf-8", "utf-8-sig") or not delimiter.isascii():
        yield from fields(
            path, names, delimiter=delimiter, header_row=header_row, encoding=encoding
        )
        return
    with path.open("rb") as file:
        at, number, lines = len(codecs.BOM_UTF8) if known == "utf-8-sig" else 0, 0, 0
        while True:
            file.seek(at)
            chunk = file.read(CHUNK) if names else b""
            chunk = chunk[: chunk.rfind(b"\n") + 1]
            if columns := _plain(chunk, delimiter, len(names)):
                count = len(columns[0])
                yield _with_text(Block(np.arange(number + 1, number + count + 1), columns))
                at, number, lines = at + len(chunk), number + count, lines + count
                continue
            file.seek(at)
            with _text(file) as text:
                scan = Scan(path, text, names, delimiter, header_row, known, (), number, lines)
                for item in scan:
                    yield item
                    if scan.lines.size >= len(chunk) or not chunk:
                        break
                else:
                    break
            at, number, lines = at + scan.lines.size, scan.number, scan.lines.number
    if not names:
        raise FormatError("the file is empty", where=path.name)


@contextmanager
def _text(file: BinaryIO) -> Iterator[TextIO]:
    """Give an open file as text from where it is; leave it open."""
    text = io.TextIOWrapper(file, "utf-8", newline="")
    try:
        yield text
    finally:
        text.detach()


def _plain(chunk: bytes, delimiter: str, count: int) -> list[pa.Array] | None:
    """Return the columns of lines, None where any of it is not plain."""
    if not chunk or b"\0" in chunk or chunk.startswith(codecs.BOM_UTF8):
        return None
    data = np.frombuffer(chunk, np.uint8)
    ends = np.flatnonzero(data == _LINE)
    if b"\r" in chunk and (data[np.flatnonzero(data == _RETURN) + 1] != _LINE).any():
        return None
    if b'"' in chunk and not _are_quotes_plain(data, ends, ord(delimiter)):
        return None
    try:
        table = csv.read_csv(
            pa.BufferReader(chunk),
            csv.ReadOptions(
                use_threads=False,
                block_size=len(chunk) + 1,
                column_names=[str(place) for place in range(count)],
            ),
            csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
            csv.ConvertOptions(
                column_types={str(place): pa.string() for place in range(count)}, null_values=[]
            ),
        )
    except pa.ArrowException:
        return None
    if len(table) != len(ends):
        return None
    return [column.combine_chunks() for column in table.columns]


def _are_quotes_plain(data: np.ndarray, ends: np.ndarray, delimiter: int) -> bool:
    """Return whether quotes stand in pairs around whole fields of one line."""
    quotes = np.flatnonzero(data == _QUOTE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening == 0, _LINE, data[opening - 1])
    after = data[closing + 1]  # a line end is the last of all
    within = np.searchsorted(ends, opening) != np.searchsorted(ends, closing)
    starts = (before == delimiter) | (before == _LINE)
    stops = (after == delimiter) | (after == _LINE) | (after == _RETURN)
    return bool(starts.all() and stops.all() and not within.any())


def _with_text(block: Block) -> Block:
    """Return the rows of a block in which any text stands."""
    blank = np.ones(len(block.numbers), bool)
    for column in block.columns:
        trimmed = pc.binary_length(pc.ascii_trim(column, BLANK))
        blank &= trimmed.to_numpy(zero_copy_only=False) == 0
        if not blank.any():
            return block
    there = pa.array(~blank)
    return Block(block.numbers[~blank], [column.filter(there) for column in block.columns])
