"""How an agency writes a person down: the one channel through which all records of people pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.exercise.names import HABITS, NATIVE
from manara.exercise.tables import Ints
from manara.exercise.writing.desk import Desk, texts
from manara.exercise.writing.spelling import VARIANTS, Slip, keyed, plain_arabic, scanned

#: Days from the Hijri epoch in the tabular calendar to 1970-01-01, and its mean year.
_HIJRI_EPOCH, _HIJRI_YEAR = 492_148, 354.36667


class Written(NamedTuple):
    """People as an agency writes them: texts, ``""`` where nothing is known.

    Attributes:
        native: the full name in its own script, where that is not Latin.
        born: dates; null where unknown or only the year is known.
        year: the year of birth where only that is known, else ``""``.
        number: of the identity card.
        passport: of the passport.
    """

    given: pa.Array
    father: pa.Array
    family: pa.Array
    native: pa.Array
    sex: pa.Array
    born: pa.Array
    year: pa.Array
    number: pa.Array
    passport: pa.Array

    @property
    def name(self) -> pa.Array:
        """The full name in Latin letters."""
        return pc.utf8_trim_whitespace(pc.binary_join_element_wise(self.given, self.family, " "))


class Pen:
    """The hand of one agency of one state.

    Args:
        desk: see there.
        state: number of the state.
        agency: whose rates of `Scenario.noise` hold.
        copies: whether names are copied from documents, and so in the spelling of the state that
            issued them.
    """

    def __init__(self, desk: Desk, state: int, agency: str, *, copies: bool = False) -> None:
        self.desk, self.state, self.agency, self.copies = desk, state, agency, copies
        self.rates = desk.world.scenario.noise[agency]
        self.rng = desk.world.rng("pen", state, agency)

    def write(self, people: Ints) -> Written:
        """Return people as this agency writes them, with its own errors.

        Call it once for each person: one record has one set of errors.
        """
        desk, table = self.desk, self.desk.world.tables["people"]
        of = {
            key: np.asarray(table[key][people])
            for key in ("culture", "sex", "given", "father", "family")
        }
        rows = {
            "given": desk.names.rows(of["culture"], of["sex"], of["given"]),
            "father": desk.names.rows(of["culture"], 1, of["father"]),
            "family": desk.names.rows(of["culture"], 2, of["family"]),
        }
        habit = self._habits(people)
        latin = {
            key: self._slipped(self._latin(row, habit), "keying", keyed)
            for key, row in rows.items()
        }
        latin = {key: self._slipped(column, "ocr", scanned) for key, column in latin.items()}
        swapped = self._happens("swap", len(people))
        given = pc.if_else(pa.array(swapped), latin["family"], latin["given"])
        family = pc.if_else(pa.array(swapped), latin["given"], latin["family"])
        father = self._without("father", latin["father"], ~desk.names.patronym[of["culture"]])
        born, year = self._born(np.asarray(table["born"][people]))
        return Written(
            given,
            father,
            family,
            self._native(rows),
            texts(["F", "M"], of["sex"]),
            born,
            year,
            self._paper("number", desk.cards[people]),
            self._paper("passport", desk.passports[people]),
        )

    def _habits(self, people: Ints) -> Ints:
        states = self.desk.world.scenario.states
        own = HABITS[states[self.state].habit]
        if not self.copies:
            return np.full(len(people), own)
        issued = np.array([HABITS[one.habit] for one in states])
        return issued[self.desk.world.tables["people"]["state"][people]]

    def _latin(self, rows: Ints, habit: Ints) -> pa.Array:
        """Return names in Latin letters, some in another spelling than the usual one."""
        other = self._happens("spelling", len(rows))
        column = np.where(other, self.rng.integers(1, VARIANTS + 1, len(rows)), 0)
        found = np.empty(len(rows), object)
        for number, spelt in self.desk.spelt.items():
            mask = habit == number
            found[mask] = spelt[rows[mask], column[mask]]
        return pa.array(found, pa.string())

    def _native(self, rows: Mapping[str, Ints]) -> pa.Array:
        """Return full names in their own script, ``""`` where that is Latin."""
        forms = self.desk.names.written
        parts = [pa.array(forms[NATIVE][rows[key]], pa.string()) for key in ("given", "family")]
        whole = pc.binary_join_element_wise(*parts, " ")
        latin = forms[NATIVE][rows["given"]] == forms[1][rows["given"]]
        return self._slipped(self._without("native", whole, latin), "arabic", plain_arabic)

    def _slipped(self, column: pa.Array, rate: str, slip: Slip) -> pa.Array:
        """Return a column in which some texts have a slip."""
        mask = self._happens(rate, len(column))
        if not mask.any():
            return column
        wrong = [slip(text, self.rng) for text in column.filter(pa.array(mask)).to_pylist()]
        return pc.replace_with_mask(column, pa.array(mask), pa.array(wrong, pa.string()))

    def _without(self, what: str, column: pa.Array, never: Ints) -> pa.Array:
        """Return a column without what is not known or has no place."""
        gone = self._happens(f"no_{what}", len(column)) | never
        return pc.if_else(pa.array(gone), "", column)

    def _paper(self, what: str, documents: Ints) -> pa.Array:
        known = np.where(self._happens(f"no_{what}", len(documents)), -1, documents)
        return self._slipped(texts(self.desk.papers, known), "digit", keyed)

    def _born(self, days: Ints) -> tuple[pa.Array, pa.Array]:
        """Return dates of birth as written down, and years where only those are known."""
        count = len(days)
        day = days.astype("datetime64[D]")
        month = day.astype("datetime64[M]")
        number, of = (day - month).astype(int) + 1, month.astype(int) % 12
        year = day.astype("datetime64[Y]")
        # Day and month change places, where that gives a date.
        crossed = self._happens("transposed", count) & (number <= 12)
        other = (year.astype("datetime64[M]") + (number - 1)).astype("datetime64[D]") + of
        day = np.where(crossed, other, day)
        # Clerks who count years from the Hijra convert by tables that differ by a day or two.
        hijri = self._happens("hijri", count)
        day = np.where(hijri, day + self.rng.integers(-2, 3, count), day)
        # Who does not know the day is often put down as born on the first of January.
        first = self._happens("january", count)
        day = np.where(first, year.astype("datetime64[D]"), day)
        only = self._happens("year", count) | (self._happens("hijri_year", count))
        told = year.astype(int) + 1970
        # A year of the Hijra begins in one year of ours and ends in another.
        lunar = (days + _HIJRI_EPOCH) / _HIJRI_YEAR
        back = np.floor((np.floor(lunar) * _HIJRI_YEAR - _HIJRI_EPOCH) / 365.2425) + 1970
        told = np.where(self._happens("hijri_year", count), back.astype(int), told)
        gone = self._happens("no_born", count)
        written = pa.array(day.astype("datetime64[D]")).cast(pa.date32())
        unknown = pa.array(only | gone)
        years = pc.if_else(pa.array(only & ~gone), pa.array(told).cast(pa.string()), "")
        return pc.if_else(unknown, pa.scalar(None, pa.date32()), written), years

    def _happens(self, what: str, count: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        rate = self.rates.get(what, 0.0)
        if not rate:
            return np.zeros(count, bool)
        return self.rng.random(count) < rate


def dated(written: Written, days: pa.Array) -> pa.Array:
    """Return dates of birth in an office's form, or the years where only those are known."""
    return pc.if_else(pc.equal(written.year, ""), days, written.year)
