"""The payments to look at, from a workspace or a file, in one shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from manara.model import FormatError, UsageError
from manara.store import View
from manara.store.engine import DuckDbEngine, Engine
from manara.store.lake import SCHEMAS

#: Other names under which tables of transfers have these columns.
_ALIASES = {
    "tx_id": "id",
    "ts": "time",
    "timestamp": "time",
    "src": "payer_account",
    "dst": "payee_account",
    "src_bank": "payer_institution",
    "dst_bank": "payee_institution",
}
#: ISO 4217 has "no currency" for tables that do not state one.
_NO_CURRENCY = "XXX"
_NEEDED = ("id", "time", "payer_account", "payee_account", "amount")

#: Payments that took place, by account; a party without an account stands for itself.
PAYMENTS = """
SELECT p.id, p."time",
    coalesce(sa.canonical_id, p.payer_account, sp.canonical_id, p.payer) AS source,
    coalesce(ta.canonical_id, p.payee_account, tp.canonical_id, p.payee) AS target,
    p.payer_account IS NOT NULL AS source_held, p.payee_account IS NOT NULL AS target_held,
    coalesce(sp.canonical_id, p.payer) AS payer, coalesce(tp.canonical_id, p.payee) AS payee,
    p.payer_country AS source_country, p.payee_country AS target_country,
    p.payer_institution AS source_institution, p.payee_institution AS target_institution,
    p.amount, p.currency, p.purpose, p.purpose_code,
    coalesce(lower(p.instrument), '') AS instrument, coalesce(lower(p.channel), '') AS channel,
    p.instructed_amount, coalesce(p.instructed_currency, p.currency) AS instructed_currency
FROM payments AS p
LEFT JOIN clusters AS sa ON sa.entity_id = p.payer_account
LEFT JOIN clusters AS ta ON ta.entity_id = p.payee_account
LEFT JOIN clusters AS sp ON sp.entity_id = p.payer
LEFT JOIN clusters AS tp ON tp.entity_id = p.payee
WHERE p.amount > 0
    AND coalesce(lower(p.status), '') NOT IN ('returned', 'refused', 'rejected', 'cancelled')
ORDER BY p."time", p.id
"""


#: The format of what partners send.
_PACKAGE = "manara-package"
#: What a partner states of a payment that somebody else states too: number, moment and sum are the
#: same. A payment of two partners is left to the first.
_TWICE = """
WITH told AS (SELECT DISTINCT dataset FROM editions WHERE format = 'manara-package')
SELECT DISTINCT p.id
FROM payments AS p
JOIN told ON told.dataset = p.dataset
JOIN payments AS q ON q.reference = p.reference AND q."time" = p."time"
    AND q.amount = p.amount AND q.currency = p.currency AND q.dataset <> p.dataset
LEFT JOIN told AS other ON other.dataset = q.dataset
WHERE p.reference <> '' AND (other.dataset IS NULL OR q.dataset < p.dataset)
"""


@dataclass(frozen=True, slots=True)
class Book:
    """Payments in the order of time.

    Attributes:
        payments: the columns of `PAYMENTS`.
        set_aside: number of row in the file, from 1, and why it could not be used.
    """

    payments: pa.Table
    set_aside: tuple[tuple[int, str], ...] = ()


def book_of(view: View) -> Book:
    """Return the payments that a view knows, each once, parties merged as their clusters are.

    One that a partner tells of and that is known here too, by its number from end to end (which
    banks hand on unchanged: ISO 20022, ``EndToEndId``), moment and sum, counts once.
    """
    payments = view.sql(PAYMENTS)
    if any(row["format"] == _PACKAGE for row in view.datasets()):
        twice = view.sql(_TWICE).column(0)
        payments = payments.filter(pc.invert(pc.is_in(payments["id"], twice)))
    return Book(payments)


def book_of_file(path: Path) -> Book:
    """Return the payments in a CSV or Parquet file.

    The columns are those of the payments table, of which ``id``, ``time`` (ISO 8601, or seconds
    since 1970), ``payer_account``, ``payee_account`` and ``amount`` must be there; ``tx_id``,
    ``ts``, ``src`` and ``dst`` are understood as well. Rows without a time or a positive amount,
    or with an id that came before, are set aside.

    Raises:
        FormatError: the file cannot be read.
        UsageError: a column is missing.
    """
    with engine() as session:
        session.read("file_rows", _numbered(read_rows(path)))
        columns = session.fetch("SELECT * FROM file_rows LIMIT 0").schema
        casts = ", ".join(_casts(path, columns))
        session.materialise("stated", f"SELECT {casts} FROM file_rows")  # noqa: S608
        rows = session.fetch('SELECT row_number, id, amount, "time" FROM stated ORDER BY 1')
        bad = tuple(_faults(rows))
        session.read("bad", pa.table({"row_number": pa.array([n for n, _ in bad], pa.int64())}))
        session.define(
            "payments",
            "SELECT * FROM stated WHERE row_number NOT IN (SELECT row_number FROM bad)",
        )
        session.read("clusters", SCHEMAS["clusters"].empty_table())
        return Book(session.fetch(PAYMENTS), bad)


@contextmanager
def engine(memory: str = "2GB") -> Iterator[Engine]:
    """Give an engine for the time of a question, with the memory it may use."""
    with TemporaryDirectory() as spill, closing(DuckDbEngine.start(memory, Path(spill))) as made:
        yield made


def read_rows(path: Path) -> pa.Table:
    """Return the rows of a CSV file, all columns as text, or of a Parquet file.

    Raises:
        FormatError: it is neither.
    """
    try:
        if path.suffix.lower() == ".parquet":
            return pyarrow.parquet.read_table(path)
        with path.open("rb") as file:
            head = file.readline().decode("utf-8-sig").strip().split(",")
        texts = {name.strip('"'): pa.string() for name in head}
        options = pyarrow.csv.ConvertOptions(column_types=texts, strings_can_be_null=True)
        return pyarrow.csv.read_csv(path, convert_options=options)
    except (OSError, pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise FormatError(
            f"cannot be read as a table: {error}",
            where=str(path),
            remedy="give a CSV in UTF-8 with a header, or a Parquet file",
        ) from error


def _numbered(table: pa.Table) -> pa.Table:
    names = [_ALIASES.get(name, name) for name in table.column_names]
    plain = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    rows = pa.array(range(1, len(table) + 1), pa.int64())
    return pa.table([*plain, rows], [*names, "row_number"])


def _casts(path: Path, given: pa.Schema) -> Iterator[str]:
    """Yield how each column of the payments table comes out of the file's."""
    missing = set(_NEEDED) - set(given.names)
    if missing:
        raise UsageError(
            f"no column {', '.join(sorted(missing))}",
            where=str(path),
            remedy=f"name the columns {', '.join(_NEEDED)}",
        )
    yield "row_number"
    for field in SCHEMAS["payments"]:
        held = f'"{field.name}"'
        if field.name not in given.names:
            default = f"'{_NO_CURRENCY}'" if field.name == "currency" else "NULL"
            yield f"CAST({default} AS {_sql(field.type)}) AS {held}"
        elif field.name == "time" and pa.types.is_integer(given.field("time").type):
            yield f"CAST(to_timestamp({held}) AT TIME ZONE 'UTC' AS TIMESTAMP) AS {held}"
        elif field.name == "amount":
            # A float has no more than eight places that mean anything.
            floating = pa.types.is_floating(given.field("amount").type)
            inner = f"TRY_CAST({held} AS DECIMAL(38, 8))" if floating else held
            yield f"TRY_CAST({inner} AS DECIMAL(38, 18)) AS {held}"
        else:
            yield f"TRY_CAST({held} AS {_sql(field.type)}) AS {held}"


def _sql(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return "DECIMAL(38, 18)"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP"
    return "VARCHAR[]" if pa.types.is_list(kind) else "VARCHAR"


def _faults(rows: pa.Table) -> Iterator[tuple[int, str]]:
    """Yield the rows that cannot be used, and why."""
    checks: Sequence[tuple[pa.ChunkedArray, str]] = (
        (pc.is_null(rows["id"]), "no id"),
        (pc.is_null(rows["time"]), "no time that can be read"),
        (pc.invert(pc.fill_null(pc.greater(rows["amount"], 0), False)), "no positive amount"),
        (_again(rows["id"]), "an id that came before"),
    )
    told: set[int] = set()
    for mask, reason in checks:
        for number in pc.filter(rows["row_number"], mask).to_pylist():
            if number not in told:
                told.add(number)
                yield number, reason


def _again(ids: pa.ChunkedArray) -> pa.Array:
    """Return which values came before."""
    if pc.count_distinct(ids).as_py() == len(ids):
        return pa.repeat(False, len(ids))
    first: dict[str, int] = {}
    values = ids.to_pylist()
    return pa.array([first.setdefault(value, at) != at for at, value in enumerate(values)])
