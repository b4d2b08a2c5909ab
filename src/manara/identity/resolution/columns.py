"""Columns of a table as codes: each distinct value is read once, rows are small integers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from manara.identity.names import name_tokens
from manara.identity.resolution.pairs import CODE, DATE, NAME, PLAIN, letters
from manara.model import UsageError

Array = NDArray[Any]

#: Kinds of column that can be named.
KINDS = frozenset(
    {"name", "first_name", "last_name", "date", "place", "code", "text", "gender", "ignore"}
)
#: What a column is, by words of its name; the first pattern that fits.
_BY_NAME = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"(^|_)(first|given|fore|christian)_?names?$|^prenoms?$|^first$", "first_name"),
        (r"(^|_)(last|family|sur)_?names?$|^surname$|^nom_de_famille$|^last$", "last_name"),
        (r"^(full_?|primary_|person_)?names?$|^nom_complet$|^caption$", "name"),
        (r"^dob$|birth_?date|date_?of_?birth|^birth$", "date"),
        (r"^sex$|^gender$|^sexe$", "gender"),
        (r"place|city|town|suburb|country|nationalit|^ville$|^state$|province", "place"),
        (
            r"post_?code|zip|passport|e?mail|phone|iban|tax|ssn|soc_sec|id_?number|national_id"
            r"|document|registration|^imo$|^lei$|^number$",
            "code",
        ),
        (r"address|street|occupation|position|employer|job|profession", "text"),
    )
)
_COMPARED = {"date": DATE, "code": CODE, "place": PLAIN, "text": PLAIN, "gender": PLAIN}
_ISO = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?(?:T.*)?$")
_DAY_FIRST = re.compile(r"(\d\d?)[./-](\d\d?)[./-](\d{4})$")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is compared.

    Attributes:
        name: what it is called in reasons.
        kind: a member of `KINDS`, or ``middle`` for name words beyond the first and the last.
        compared: how it is compared, a constant of `manara.identity.resolution.pairs`.
        columns: the table's columns it is read from.
    """

    name: str
    kind: str
    compared: int
    columns: tuple[str, ...]


def detect(names: list[str], given: Mapping[str, str] | None, identifier: str) -> dict[str, str]:
    """Return the kind of each column that is used, by its name where it was not given.

    Args:
        names: the table's columns.
        given: kinds by column; if not None, only these columns are used.
        identifier: the column of ids, never compared.

    Raises:
        UsageError: a kind or column that does not exist, or nothing to compare.
    """
    kinds = dict(given) if given is not None else {}
    for column, kind in kinds.items():
        if kind not in KINDS:
            remedy = f"use one of {', '.join(sorted(KINDS))}"
            raise UsageError(f"no such kind of column: {kind}", where=column, remedy=remedy)
        if column not in names:
            raise UsageError("no such column", where=column, remedy=f"there are {', '.join(names)}")
    if given is None:
        for column in names:
            plain = re.sub(r"[\s-]+", "_", column.strip()).lower()
            kinds[column] = next((k for p, k in _BY_NAME if p.search(plain)), "ignore")
    kinds = {c: k for c, k in kinds.items() if k != "ignore" and c != identifier}
    if not kinds:
        remedy = "state the kinds of columns with columns={'column': 'kind'}"
        raise UsageError("no column to compare", where="table", remedy=remedy)
    return kinds


def fields(kinds: Mapping[str, str]) -> tuple[Field, ...]:
    """Return what is compared: names by first, last and further words, other columns whole."""
    of = {k: tuple(c for c in kinds if kinds[c] == k) for k in KINDS}
    named = [c for k in ("first_name", "last_name", "name") for c in of[k]]
    found = []
    if named:
        whole = of["name"]
        found.append(Field("first name", "first_name", NAME, of["first_name"] or whole))
        found.append(Field("last name", "last_name", NAME, of["last_name"] or whole))
        if whole:
            found.append(Field("further names", "middle", NAME, whole))
    for column, kind in kinds.items():
        if kind in _COMPARED:
            found.append(Field(column, kind, _COMPARED[kind], (column,)))
    return tuple(found)


def read_date(text: str) -> int:
    """Return year * 10000 + month * 100 + day, 0 for unknown parts, -1 for what is no date.

    Reads ISO 8601 (whole or cut), eight digits, and day first with ``/``, ``.`` or ``-``.
    Impossible months and days stay as they are, since typing errors make them.
    """
    text = text.strip()
    iso = _ISO.match(text)
    if iso:
        year, month, day = iso[1], iso[2] or 0, iso[3] or 0
    else:
        other = _DAY_FIRST.match(text)
        if not other:
            return -1
        day, month, year = other[1], other[2], other[3]
    return int(year) * 10000 + int(month) * 100 + int(day)


class Pool:
    """Distinct strings with their code points; it only ever grows, so codes stay valid."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}
        self.texts: list[str] = []
        self._points = np.zeros(0, np.uint32)
        self._starts = np.zeros(1, np.int64)
        self._letters = np.zeros(0, np.uint64)

    def add(self, texts: list[str]) -> Array:
        """Return the code of each string, -1 for an empty one."""
        codes = self.codes
        found = np.full(len(texts), -1, np.int32)
        for place, text in enumerate(texts):
            if text:
                code = codes.get(text, -1)
                if code < 0:
                    code = codes[text] = len(codes)
                    self.texts.append(text)
                found[place] = code
        return found

    def arrays(self) -> tuple[Array, Array, Array]:
        """Return code points of all strings in one run, where each starts, and its letters."""
        fresh = self.texts[len(self._starts) - 1 :]
        if fresh:
            lengths = np.fromiter(map(len, fresh), np.int64, len(fresh))
            points = np.frombuffer("".join(fresh).encode("utf-32-le", "surrogatepass"), np.uint32)
            starts = np.concatenate([[0], np.cumsum(lengths)])
            self._letters = np.concatenate([self._letters, letters(points, starts)])
            self._points = np.concatenate([self._points, points])
            self._starts = np.concatenate([self._starts, self._starts[-1] + starts[1:]])
        return self._points, self._starts, self._letters


def encode(table: pa.Table, wanted: tuple[Field, ...], pool: Pool) -> Array:
    """Return the table's values as int32, a row a record, a column a field, -1 if missing.

    Strings become their code in the pool, dates the number of `read_date`.
    """
    found = np.full((table.num_rows, len(wanted)), -1, np.int32)
    has_parts = any(f.kind == "middle" for f in wanted)
    names = _split_names(table, wanted) if has_parts else {}
    for place, field in enumerate(wanted):
        for column in field.columns:
            rows, values = _distinct(table, column)
            if field.compared == DATE:
                codes = np.array([read_date(v) for v in values] + [-1], np.int32)
            elif (field.kind, column) in names:
                codes = np.append(pool.add(names[field.kind, column]), np.int32(-1))
            else:
                texts = [_plain(v, field.kind) for v in values]
                codes = np.append(pool.add(texts), np.int32(-1))
            missing = found[:, place] < 0
            found[missing, place] = codes[rows][missing]
    return found


def _split_names(table: pa.Table, wanted: tuple[Field, ...]) -> dict[tuple[str, str], list[str]]:
    """Return first, last and further words of each distinct whole name, by kind and column.

    Where first and last names have their own columns, the first and last word of the whole name are
    taken to be those.
    """
    found = {}
    for column in next(f.columns for f in wanted if f.kind == "middle"):
        _, values = _distinct(table, column)
        parts = [_parts(value) for value in values]
        for k, kind in enumerate(("first_name", "last_name", "middle")):
            found[kind, column] = [p[k] for p in parts]
    return found


def _parts(name: str) -> tuple[str, str, str]:
    """Return first, last and further words; before a comma stands the last name."""
    family, comma, given = name.partition(",")
    words = name_tokens(f"{given} {family}" if comma else name)
    if len(words) < 2:
        return "".join(words), "", ""
    return words[0], words[-1], " ".join(words[1:-1])


def _plain(value: str, kind: str) -> str:
    words = name_tokens(value)
    if kind == "gender":
        return "".join(words)[:1]
    return ("" if kind == "code" else " ").join(words)


def _distinct(table: pa.Table, column: str) -> tuple[Array, list[str]]:
    """Return each row's place among the distinct values (-1 if missing), and those as strings."""
    text = pc.cast(table[column], pa.string()).combine_chunks()
    if isinstance(text, pa.ChunkedArray):
        text = pa.concat_arrays(text.chunks) if text.num_chunks else pa.array([], pa.string())
    coded = text.dictionary_encode()
    rows = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return rows, coded.dictionary.to_pylist()
