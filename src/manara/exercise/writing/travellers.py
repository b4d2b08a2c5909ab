"""Travellers as one agency has them."""

from __future__ import annotations

import pyarrow as pa

from manara.exercise.tables import Ints
from manara.exercise.writing.desk import Sheet
from manara.exercise.writing.pen import Written, dated


class Travellers:
    """People as one agency has them, one record for each document they showed."""

    def __init__(
        self,
        people: Ints,
        record: pa.Array,
        written: Written,
        born: pa.Array,
        codes: pa.Array,
        document: pa.Array,
    ) -> None:
        self.people, self.record, self.written = people, record, written
        self.born, self.codes, self.document = born, codes, document

    def take(self, at: Ints) -> Travellers:
        """Return some of them, in that order."""
        rows = pa.array(at)
        return Travellers(
            self.people[at],
            self.record.take(rows),
            Written(*(column.take(rows) for column in self.written)),
            self.born.take(rows),
            self.codes.take(rows),
            self.document.take(rows),
        )

    def columns(self, sheet: Sheet) -> dict[str, pa.Array]:
        """Return the columns of a table that say who they are."""
        return {
            "record": self.record,
            "name": self.written.name,
            "born": dated(self.written, sheet.days(self.written.born)),
            "sex": self.written.sex,
            "country": self.codes,
            "document": self.document,
        }
