"""The names of a world: how frequent each is, and how each is written."""

from __future__ import annotations

import itertools
from functools import cached_property

import numpy as np
import numpy.typing as npt

from manara.exercise.scenario import Culture, Scenario

#: A name in its own script, as French and as English offices write it.
Forms = tuple[str, str, str]

#: Which of `Forms` an office writes.
NATIVE, FRENCH, ENGLISH = range(3)
HABITS = {"native": NATIVE, "fr": FRENCH, "en": ENGLISH}

#: The most frequent of the made-up families, and the exponents of rank and frequency. Given names
#: fall off faster than families: Zipf exponents near 1 for given names, and below 1 with a long
#: tail for families (Zanette and Manrubia 2001, Physica A 295, 1-8, report 0.5-1 in rank).
_GIVEN, _FAMILY = 0.95, 0.75


class Names:
    """All names of a scenario in one list, and where those of each culture and kind begin.

    Attributes:
        forms: every name; a culture's male, then female, then family names, culture by culture.
        first: row where the names of ``(culture, kind)`` begin; kinds are 0 female, 1 male, 2
            family, as `codes.CODES` numbers the sexes.
        patronym: whether a culture's full names have the father's name in them.
    """

    def __init__(self, scenario: Scenario) -> None:
        cultures = scenario.cultures
        self.forms: list[Forms] = []
        self.first = np.zeros((len(cultures), 3), np.int32)
        self.counts = np.zeros((len(cultures), 3), np.int32)
        self.patronym = np.array([culture.patronym for culture in cultures.values()])
        for number, culture in enumerate(cultures.values()):
            tables = (culture.female, culture.male, _families(culture))
            for kind, names in enumerate(tables):
                self.first[number, kind] = len(self.forms)
                self.counts[number, kind] = len(names)
                self.forms += [_forms(name) for name in names]

    def draw(
        self, rng: np.random.Generator, culture: npt.NDArray[np.integer], kind: npt.ArrayLike
    ) -> npt.NDArray[np.int32]:
        """Return the number of a name in its table for each person, by its frequency.

        Args:
            rng: chance.
            culture: number of the culture of each.
            kind: 0 female, 1 male, 2 family, of each.
        """
        kinds = np.broadcast_to(np.asarray(kind), culture.shape)
        found = np.zeros(len(culture), np.int32)
        for number, table in itertools.product(range(len(self.first)), range(3)):
            mask = (culture == number) & (kinds == table)
            if not mask.any():
                continue
            count = self.counts[number, table]
            exponent = _FAMILY if table == 2 else _GIVEN
            steps = np.cumsum((np.arange(count) + 2.0) ** -exponent)
            shot = rng.random(int(mask.sum())) * steps[-1]
            found[mask] = np.searchsorted(steps, shot)
        return found

    def rows(
        self, culture: npt.NDArray[np.integer], kind: npt.ArrayLike, index: npt.NDArray[np.integer]
    ) -> npt.NDArray[np.int32]:
        """Return the rows of `forms` of names given by number within their table."""
        rows: npt.NDArray[np.int32] = self.first[culture, np.asarray(kind)] + index
        return rows

    @cached_property
    def written(self) -> tuple[npt.NDArray[np.object_], ...]:
        """Every name in its own script, as French and as English offices write it."""
        return tuple(np.array([forms[habit] for forms in self.forms], object) for habit in range(3))


def _forms(name: tuple[str, ...]) -> Forms:
    first = name[0]
    if len(name) == 3:
        return first, name[1], name[2]
    return first, first, name[-1]


def _families(culture: Culture) -> list[Forms]:
    """Return the family names: those of the table, with particles, and rare made-up ones."""
    plain = [_forms(name) for name in culture.family]
    compound = [
        (native + _bare(name[0]), _put(fr, name[1]), _put(en, name[2]))
        for native, fr, en, share in culture.particles
        for name in plain[: max(8, int(len(plain) * share * 4))]
    ]
    rare = [
        ("".join(p[0] for p in parts), "".join(p[1] for p in parts), "".join(p[2] for p in parts))
        for parts in itertools.product(*([_forms(p) for p in part] for part in culture.parts))
    ]
    order = np.random.default_rng(len(rare)).permutation(len(rare))
    head = [name for pair in itertools.zip_longest(plain, compound) for name in pair if name]
    return head + [rare[row] for row in order]


def _bare(native: str) -> str:
    """Return a name without the Arabic article, which does not stand after a particle."""
    return native.removeprefix("ال")


def _put(particle: str, name: str) -> str:
    return particle + (name if particle.endswith(" ") else name.lower())
