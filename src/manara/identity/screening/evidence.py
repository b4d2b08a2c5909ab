"""How far dates, countries and genders of two records speak for one person, in nats.

A log-likelihood ratio is positive where the observation is likelier if both records are one person
and negative where it is likelier by chance (Fellegi and Sunter 1969). What agrees outweighs what is
left out, and what contradicts weighs more than what is missing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from manara.identity.screening.kernels import F32, I32, I64, U8, U16, borrowing

#: What birth dates say. A day agrees by chance once in some 60 * 365 pairs of adults (ln = 10), of
#: which errors and copied dates leave less; a year once in 60 (ln = 4.1).
SAME_DAY, SAME_MONTH, SAME_YEAR = 6.5, 4.5, 2.5
SWAPPED, ONE_DIGIT, NEXT_YEAR, NEAR_YEAR, OTHER_DATE = 4.0, 2.5, 0.3, -1.5, -5.0
SAME_COUNTRY, OTHER_COUNTRY = 1.6, -0.8
SAME_GENDER, OTHER_GENDER = 0.4, -2.5
#: What it says against one entity that one is a person and the other an organisation or vessel.
OTHER_KIND = 4.0
#: A document number that both state settles the matter, whatever the names: nine characters of a
#: passport number (ICAO Doc 9303 part 4) agree by chance once in 10^9 to 10^14, 21 to 32 nats.
SAME_DOCUMENT = 30.0


@njit(cache=True, nogil=True)
def date_evidence(a: int, b: int) -> float:
    """Return what two birth dates say; each is ``year * 10000 + month * 100 + day``, 0 unknown."""
    ya, yb = a // 10000, b // 10000
    ma, mb = a // 100 % 100, b // 100 % 100
    da, db = a % 100, b % 100
    if ya == yb:
        if not ma or not mb:
            return SAME_YEAR
        if ma == mb:
            return SAME_MONTH if not da or not db else (SAME_DAY if da == db else _digits(a, b))
        if ma == db and mb == da:
            return SWAPPED
        if (ma == 1 and da == 1) or (mb == 1 and db == 1):
            return SAME_YEAR * 0.6  # 1 January stands for an unknown day
        return _digits(a, b)
    if ma and mb and da and db and ma == mb and da == db:
        return max(ONE_DIGIT, _digits(a, b)) if abs(ya - yb) <= 10 else _digits(a, b)
    if abs(ya - yb) == 1:
        return NEXT_YEAR if not (ma and mb) else -SAME_DAY * 0.2
    if abs(ya - yb) <= 3 and not (ma and mb):
        return NEAR_YEAR
    return _digits(a, b) if da and db else OTHER_DATE


@njit(cache=True, nogil=True)
def _digits(a: int, b: int) -> float:
    """Return what two full dates say that differ: one digit is an error, more is another day."""
    apart = 0
    same_year = a // 10000 == b // 10000
    while a or b:
        if a % 10 != b % 10:
            apart += 1
        a //= 10
        b //= 10
    if apart == 1:
        return ONE_DIGIT
    return -1.0 if same_year else OTHER_DATE


class People(NamedTuple):
    """What is known of a segment's `e` entities apart from their names.

    Attributes:
        date: [e + 1] first birth date of each.
        dates: ``year * 10000 + month * 100 + day``.
        country: [e + 1] first country of each.
        countries: two letters, ``256 * first + second``.
        gender: [e] bits: 1 male, 2 female, 4 other.
        kind: [e] index into `manara.identity.screening.query.KINDS`.
    """

    date: I64
    dates: I32
    country: I64
    countries: U16
    gender: U8
    kind: U8


@borrowing
def evidence(
    people: People, entity: int, dates: I32, countries: U16, gender: int, out: F32
) -> float:
    """Return what dates, countries and gender say together, and each in ``out[0:3]``.

    What one side does not state says nothing. Of several dates the best pair counts.
    """
    out[:] = 0.0
    first, last = people.date[entity], people.date[entity + 1]
    if len(dates) and last > first:
        best = np.float32(-100.0)
        for a in dates:
            for k in range(first, last):
                best = max(best, np.float32(date_evidence(a, people.dates[k])))
        out[0] = best
    first, last = people.country[entity], people.country[entity + 1]
    if len(countries) and last > first:
        out[1] = OTHER_COUNTRY
        for c in countries:
            for k in range(first, last):
                if people.countries[k] == c:
                    out[1] = SAME_COUNTRY
    if gender and people.gender[entity]:
        out[2] = SAME_GENDER if gender & people.gender[entity] else OTHER_GENDER
    return out[0] + out[1] + out[2]
