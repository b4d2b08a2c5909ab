"""Which pairs are compared."""

import numpy as np
import pyarrow as pa

from manara.identity.resolution.blocking import Blocking, atoms, blocks, pairs_of
from manara.identity.resolution.columns import Pool, detect, encode, fields


def candidates(rows: list[dict[str, str | None]], bound: int = 50) -> set[tuple[int, int]]:
    """Pairs of rows that are compared."""
    index, count = indexed(rows, bound)
    left, right, done = pairs_of(np.arange(count, dtype=np.int32), *index, count, 100_000)
    assert done == count
    pairs = [tuple(sorted(p)) for p in zip(left.tolist(), right.tolist(), strict=True)]
    assert len(pairs) == len(set(pairs))
    return set(pairs)


def indexed(rows: list[dict[str, str | None]], bound: int):
    blocking, found = fitted(rows, bound)
    return blocks(*blocking.keys(found), len(rows)), len(rows)


def fitted(rows: list[dict[str, str | None]], bound: int) -> tuple[Blocking, np.ndarray]:
    table = pa.Table.from_pylist(rows)
    wanted, pool = fields(detect(table.column_names, None, "id")), Pool()
    found = atoms(encode(table, wanted, pool), wanted, *pool.arrays()[:2])
    return Blocking.fit(found, bound), found


def person(first: str | None, last: str | None, born: str | None = None) -> dict[str, str | None]:
    return {"first_name": first, "last_name": last, "birth_date": born}


def test_records_meet_by_sound_date_or_swapped_name() -> None:
    rows = [
        person("Nadia", "Kone", "1970-01-02"),
        person("Naddya", "Connee"),
        person("Kone", "Nadia"),
        person("Zoltan", "Vass", "1970-02-01"),
        person("Goran", "Lukic", "1999-09-09"),
        person(None, None),
        person("ليلى", "حسن"),
        person("ليلى", "حسان"),
    ]
    assert candidates(rows) == {(0, 1), (0, 2), (1, 2), (0, 3), (6, 7)}


def test_common_keys_are_joined_not_dropped() -> None:
    rows = [person("Omar", f"Farouk{n}", f"19{n:02}-01-01") for n in range(10, 40)]
    rows += [person("Omar", "Gashi", "1950-05-05"), person("Omar", "Gashi", "1950-05-05")]
    found = candidates(rows, bound=5)
    assert (30, 31) in found
    assert len(found) < 10


def test_what_stays_common_is_counted() -> None:
    rows = [person("Omar", "Gashi", "1950-05-05")] * 8
    blocking, found = fitted(rows, 5)
    assert blocking.dropped[0] > 0
    hashes, _ = blocking.keys(found)
    assert len(hashes) == 0


def test_pairs_come_in_parts_without_loss() -> None:
    rows = [person("Omar", "Gashi", f"19{n:02}-05-05") for n in range(20, 50)]
    index, count = indexed(rows, 100)
    todo, found = np.arange(count, dtype=np.int32), []
    while len(todo):
        left, right, done = pairs_of(todo, *index, count, 40)
        found += zip(left.tolist(), right.tolist(), strict=True)
        todo = todo[done:]
    assert len(found) == len(set(found)) == 30 * 29 // 2


def test_nothing_to_compare() -> None:
    assert candidates([person(None, ""), person("", None)]) == set()
