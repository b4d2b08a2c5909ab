"""A world in memory: tables of integers, a stream of chance for each part, and who is still free.

Nothing here reaches an agency's files as it stands: row numbers are internal ids, and every agency
draws its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from manara.exercise.codes import code
from manara.exercise.scenario import Scenario

Ints = npt.NDArray[np.integer]

#: What stands where there is nobody and nothing.
NONE = -1

#: The columns of each table and their types. Days count from 1970-01-01; ``time`` counts seconds
#: from the first day of the world; amounts are in minor units of the currency of state
#: ``currency``. Owners, holders, sellers and ends of ties that are companies are ``~company``:
#: companies start at row 1, so -1 is nobody. ``plot`` and ``pattern`` are -1 for what no plot made.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "people": {
        **{"state": "i1", "city": "i2", "household": "i4", "sex": "i1", "born": "i4"},
        **{"given": "i2", "father": "i2", "family": "i4", "culture": "i1"},
        **{"occupation": "i1", "employer": "i4", "plot": "i2"},
    },
    "companies": {
        **{"state": "i1", "city": "i2", "kind": "i1", "name": "i4", "founded": "i4", "plot": "i2"},
    },
    "relations": {"kind": "i1", "a": "i4", "b": "i4", "since": "i4", "plot": "i2"},
    "accounts": {
        **{"owner": "i4", "bank": "i2", "state": "i1", "kind": "i1", "opened": "i4"},
        "plot": "i2",
    },
    "payments": {
        **{"time": "i4", "payer": "i4", "payee": "i4", "amount": "i8", "currency": "i1"},
        **{"channel": "i1", "purpose": "i1", "plot": "i2", "pattern": "i2"},
    },
    "documents": {
        **{"holder": "i4", "kind": "i1", "state": "i1", "issued": "i4", "expires": "i4"},
        **{"forged": "i1", "plot": "i2"},
    },
    "crossings": {
        **{"time": "i4", "person": "i4", "post": "i2", "direction": "i1", "document": "i4"},
        **{"vehicle": "i4", "plot": "i2"},
    },
    "flights": {"time": "i4", "route": "i2", "number": "i2", "plot": "i2"},
    "bookings": {
        **{"time": "i4", "booked": "i4", "person": "i4", "flight": "i4", "document": "i4"},
        **{"payer": "i4", "party": "i4", "plot": "i2"},
    },
    "firearms": {"make": "i2", "model": "i2", "calibre": "i2", "made": "i4", "plot": "i2"},
    "custody": {
        **{"firearm": "i4", "time": "i4", "kind": "i1", "holder": "i4", "agency": "i1"},
        **{"state": "i1", "plot": "i2"},
    },
    "consignments": {
        **{"time": "i4", "seller": "i4", "buyer": "i4", "hs": "i4", "kg": "i4", "value": "i8"},
        **{"from_state": "i1", "to_state": "i1", "post": "i2", "plot": "i2"},
    },
    "incidents": {
        **{"time": "i4", "kind": "i1", "state": "i1", "city": "i2", "place": "i4"},
        **{"killed": "i2", "group": "i2", "plot": "i2"},
    },
    "groups": {"name": "i2", "kind": "i1", "plot": "i2"},
    "sightings": {"time": "i4", "kind": "i1", "value": "i4", "state": "i1", "plot": "i2"},
    "mentions": {
        **{"agency": "i1", "state": "i1", "time": "i4", "person": "i4", "kind": "i1"},
        **{"about": "i4", "plot": "i2"},
    },
    "sites": {
        **{"state": "i1", "city": "i2", "kind": "i1", "value": "i8", "people": "i4", "plot": "i2"},
    },
}


def sign_number(kind: npt.ArrayLike, value: npt.ArrayLike) -> Ints:
    """Return one number for each sign in logs, of its kind and value."""
    return np.asarray(kind, np.int64) << 32 | np.asarray(value, np.int64)


class Table(Mapping[str, Ints]):
    """Columns of one length that grow at the end.

    A column is a view that can be written to; take it anew after rows were added.
    """

    def __init__(self, columns: Mapping[str, str]) -> None:
        self._types = columns
        self._room = 0
        self._columns = {name: np.empty(0, kind) for name, kind in columns.items()}
        self.rows = 0

    def reserve(self, rows: int) -> None:
        """Make room for so many rows in all, so that growing does not copy."""
        if rows <= self._room:
            return
        self._room = rows
        for name, kind in self._types.items():
            grown = np.empty(rows, kind)
            grown[: self.rows] = self._columns[name][: self.rows]
            self._columns[name] = grown

    def extend(self, columns: Mapping[str, npt.ArrayLike]) -> Ints:
        """Add rows, and return their numbers; what is not given becomes -1."""
        if unknown := set(columns) - set(self._types):
            raise KeyError(f"no such column: {', '.join(sorted(unknown))}")
        count = max((len(v) for v in map(np.asarray, columns.values()) if v.ndim), default=1)
        first, last = self.rows, self.rows + count
        if last > self._room:
            self.reserve(max(last, self._room + self._room // 4, 64))
        for name, column in self._columns.items():
            column[first:last] = columns.get(name, NONE)
        self.rows = last
        return np.arange(first, last)

    def __getitem__(self, name: str) -> Ints:
        return self._columns[name][: self.rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)


class World:
    """Everything there is and happens in a scenario, as struct of arrays.

    Args:
        scenario: the states, their people's habits and what is planted.
        seed: of all chance; the same seed makes the same world.
        size: ``small``, ``medium`` or ``large``, a key of the scenario's sizes.
    """

    def __init__(self, scenario: Scenario, seed: int, size: str = "small") -> None:
        self.scenario = scenario
        self.seed = seed
        self.size = size
        self.start: date = scenario.start
        self.end: date = scenario.end
        self.tables: dict[str, Table] = {name: Table(kinds) for name, kinds in COLUMNS.items()}
        self.add("companies", state=[NONE])

    def rng(self, *words: str | int) -> np.random.Generator:
        """Return the stream of chance of one part, which no other part disturbs."""
        key = [zlib.crc32(str(word).encode()) for word in words]
        return np.random.default_rng(np.random.SeedSequence([self.seed, *key]))

    def add(self, table: str, plot: int = NONE, **columns: npt.ArrayLike) -> Ints:
        """Add rows to a table, and return their numbers.

        Args:
            table: a key of `COLUMNS`.
            plot: number of the plot they belong to; -1 is background.
            columns: arrays of one length, or one value for all; what is not given becomes -1.

        Raises:
            KeyError: there is no such table or column.
        """
        return self.tables[table].extend({"plot": plot, **columns})

    def pick(
        self,
        rng: np.random.Generator,
        count: int,
        *,
        state: int | None = None,
        city: int | None = None,
        occupation: str | None = None,
        sex: str | None = None,
        age: tuple[int, int] | None = None,
        free: bool = True,
    ) -> Ints:
        """Return innocent people of the world, each once, drawn evenly from those who fit.

        Args:
            rng: a stream of `rng`.
            count: how many.
            state: number of the state they live in.
            city: number of the city they live in.
            occupation: a word of `codes.CODES`.
            sex: ``female`` or ``male``.
            age: youngest and oldest age in years at the start of the world.
            free: leave out people who are in a plot already.

        Raises:
            ValueError: fewer than that fit.
        """
        people = self.tables["people"]
        fits = np.ones(people.rows, bool)
        if free:
            fits &= people["plot"] == NONE
        wanted = {"state": state, "city": city}
        wanted["occupation"] = None if occupation is None else code("occupation", occupation)
        wanted["sex"] = None if sex is None else code("sex", sex)
        for name, value in wanted.items():
            if value is not None:
                fits &= people[name] == value
        if age is not None:
            today = self.day(self.start)
            years = (today - people["born"]) // 365.2425
            fits &= (years >= age[0]) & (years <= age[1])
        found = np.flatnonzero(fits)
        if len(found) < count:
            raise ValueError(f"{count} people wanted, {len(found)} fit")
        return rng.choice(found, count, replace=False)

    def claim(self, people: npt.ArrayLike, plot: int) -> None:
        """Note that people are in a plot from now on, so that no other picks them."""
        self.tables["people"]["plot"][np.asarray(people)] = plot

    def seat(self, owner: Ints, column: str) -> Ints:
        """Return the state or city of each person, or of each company given as ``~company``.

        Args:
            owner: people and companies; nobody is -1.
            column: ``state`` or ``city``.
        """
        people, firms = self.tables["people"][column], self.tables["companies"][column]
        found: Ints = np.where(
            owner >= 0, people[np.maximum(owner, 0)], firms[np.maximum(~owner, 0)]
        )
        return found

    def second(self, day: date, hour: float = 0.0) -> int:
        """Return the time of an hour of a day, in seconds from the first day of the world."""
        return int((day - self.start).days * 86_400 + hour * 3_600)

    @property
    def seconds(self) -> int:
        """How long the world lasts, in seconds."""
        return self.second(self.end + timedelta(1))

    @staticmethod
    def day(day: date) -> int:
        """Return the days from 1970-01-01 to a day."""
        return (day - date(1970, 1, 1)).days

    def moment(self, time: int) -> datetime:
        """Return a time of the world as a moment in UTC."""
        return datetime(*self.start.timetuple()[:3], tzinfo=UTC) + timedelta(seconds=int(time))
