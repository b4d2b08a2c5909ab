"""Entity resolution of a table: which records are one and the same, how sure, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from manara.identity.resolution.agreement import SHARE, Model, fit
from manara.identity.resolution.blocking import Blocking, atoms, blocks, hash_texts
from manara.identity.resolution.columns import Pool, detect, encode, fields
from manara.identity.resolution.pairs import DATE, LEVEL_NAMES, patterns, unpack
from manara.identity.resolution.partition import components, solve, split
from manara.identity.resolution.records import (
    SAMPLE,
    Links,
    Records,
    bound_for,
    by_component,
    candidates,
    columns_of,
    count_unpaired,
    judged_rows,
    kept_links,
    links_among,
    merged_keys,
    partners,
    places_of,
    read_ids,
    read_records,
    repeated,
    supporting,
)
from manara.model import Judgement, NotFoundError, UsageError, Verdict, prevailing

Array = NDArray[Any]

#: The least and most that one pair can weigh in a cluster (natural logarithm of odds). That a
#: record contradicts one member of a cluster weighs little if it agrees with the others: people
#: have second names and addresses. Chosen on one half of a labelled set, see
#: docs/explanation/resolution.md.
LIMITS = (-3.0, 12.0)
#: Components are cut to this size before clustering, which takes memory in its square.
_LARGEST = 1_500


class Reason(NamedTuple):
    """What one field says about a pair.

    Attributes:
        field: the field.
        level: how it agrees, in words.
        left: its value in the first record, in the form compared.
        right: its value in the second.
        log_odds: how much it speaks for a match (natural logarithm), negative against.
    """

    field: str
    level: str
    left: str
    right: str
    log_odds: float


class Explanation(NamedTuple):
    """Why two records are one or not: probability of the pair, whether together, field by field."""

    probability: float
    together: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Resolution:
    """Records of a table resolved; made by `resolve`, and anew by every change.

    Attributes:
        model: what it was resolved with.
        threshold: the probability from which a pair is for a match.
        judgements: what people judged, by pair of ids: True for one and the same.
        unpaired: how many records have values but no key rare enough to find partners by.
    """

    model: Model
    threshold: float
    judgements: Mapping[tuple[str, str], bool]
    unpaired: int
    _identifier: str
    _pool: Pool
    _records: Records
    _links: Links
    _component: Array
    _cluster: Array

    @property
    def ids(self) -> list[str]:
        """Ids of all records."""
        return list(self._records.ids.to_pylist())

    @property
    def canonical(self) -> pa.Table:
        """Every record's ``id`` and ``canonical_id``, which is the smallest id of its cluster."""
        ids = self._records.ids
        return pa.table({"id": ids, "canonical_id": ids.take(pa.array(self._cluster))})

    @cached_property
    def clusters(self) -> dict[str, str]:
        """Canonical id of every record that is one with another, and of no other."""
        sizes = np.bincount(self._cluster, minlength=len(self._cluster))
        rows = np.flatnonzero(sizes[self._cluster] > 1)
        ids = self._records.ids
        members = ids.take(pa.array(rows)).to_pylist()
        return dict(zip(members, ids.take(pa.array(self._cluster[rows])).to_pylist(), strict=True))

    @property
    def pairs(self) -> pa.Table:
        """Pairs that were found: ``left``, ``right`` (ids), ``probability``, ``together``."""
        ids, (left, right, weight) = self._records.ids, self._links
        return pa.table(
            {
                "left": ids.take(pa.array(left)),
                "right": ids.take(pa.array(right)),
                "probability": 1.0 / (1.0 + np.exp(-weight.astype(np.float64))),
                "together": self._cluster[left] == self._cluster[right],
            }
        )

    def why(self, left: str, right: str) -> Explanation:
        """Return what speaks for and against two records being one.

        Raises:
            NotFoundError: an id that is not there.
        """
        rows = self._rows([left, right])
        one, other = rows[:1], rows[1:]
        packed = patterns(
            self._records.values, self.model.compared, self._pool.arrays(), one, other
        )
        total = float(self.model.weigh(packed, self._records.rarity, one, other)[0])
        reasons = []
        for place, level in enumerate(unpack(packed, len(self.model.fields))[0]):
            alone = packed & (7 << 3 * place)
            weight = self.model.weigh(alone, self._records.rarity, one, other)[0] - self.model.prior
            one_value, other_value = (self._shown(int(row), place) for row in rows)
            name = self.model.fields[place].name
            reasons.append(
                Reason(name, LEVEL_NAMES[level], one_value, other_value, round(float(weight), 2))
            )
        together = bool(self._cluster[rows[0]] == self._cluster[rows[1]])
        return Explanation(float(1.0 / (1.0 + np.exp(-total))), together, tuple(reasons))

    def insert(self, table: pa.Table) -> Resolution:
        """Return the resolution with further records; only clusters they touch are worked out anew.

        The result is the same as that of `resolve` on all records with this resolution's model.

        Raises:
            UsageError: ids that are missing, repeated or already there.
        """
        ids = read_ids(table, self._identifier)
        again = ids.filter(pc.is_in(ids, self._records.ids))
        if len(again):
            raise repeated(again[0].as_py())
        start = len(self._records.ids)
        added = read_records(
            table.take(pc.sort_indices(ids)), ids.sort(), self.model, self._pool, start
        )
        old = self._records
        records = Records(
            pa.concat_arrays([old.ids, added.ids]),
            np.concatenate([old.values, added.values]),
            np.concatenate([old.rarity, added.rarity]),
            merged_keys((*old.keys, *added.keys)),
        )
        left, right = partners(added.keys[0], (*old.keys, *added.keys))
        packed = patterns(records.values, self.model.compared, self._pool.arrays(), left, right)
        fresh = kept_links(self.model, records, left, right, packed)
        links = Links(*(np.concatenate(both) for both in zip(self._links, fresh, strict=True)))
        new = np.arange(start, len(records.ids), dtype=np.int32)
        ends = (fresh.right, fresh.left)
        judged = judged_rows(records.ids, self.judgements)[0]
        judged = judged[judged & 0xFFFFFFFF >= start]
        touched = np.concatenate(
            [new, judged >> 32, *(e[supporting(fresh, self.threshold)] for e in ends)]
        )
        unpaired = self.unpaired + count_unpaired(added)
        grown = replace(
            self,
            unpaired=unpaired,
            _records=records,
            _links=links,
            _component=np.concatenate([self._component, new]),
            _cluster=np.concatenate([self._cluster, new]),
        )
        return grown._again(touched)

    def judge(self, judgements: Iterable[Judgement]) -> Resolution:
        """Return the resolution with what people judged: it binds, over any evidence.

        Of several judgements on one pair the prevailing one counts; UNSURE takes back an earlier
        one. Judgements of rules and on ids that are not in the table are passed over.
        """
        known = dict(self.judgements)
        changed = []
        for pair, judgement in prevailing(judgements).items():
            if not judgement.human:
                continue
            known.pop(pair, None)
            if judgement.verdict is not Verdict.UNSURE:
                known[pair] = judgement.verdict is Verdict.POSITIVE
            changed.append(pair)
        return self._rejudged(known, changed)

    def unmerge(self, left: str, right: str) -> Resolution:
        """Return the resolution with two records apart.

        If a person had joined them, that judgement is taken back, which restores what was before
        it; if they are then still together, they are judged to be different.

        Raises:
            NotFoundError: an id that is not there.
        """
        rows = self._rows([left, right])
        pair = (left, right) if left < right else (right, left)
        known = {p: same for p, same in self.judgements.items() if p != pair or not same}
        found = self._rejudged(known, [pair])
        if found._cluster[rows[0]] == found._cluster[rows[1]]:
            found = found._rejudged(known | {pair: False}, [pair])
        return found

    def _rejudged(
        self, known: Mapping[tuple[str, str], bool], changed: list[tuple[str, str]]
    ) -> Resolution:
        rows = places_of(self._records.ids, [i for pair in changed for i in pair])
        return replace(self, judgements=known)._again(rows[rows >= 0])

    def _rows(self, ids: list[str]) -> Array:
        rows = places_of(self._records.ids, ids)
        for name, row in zip(ids, rows, strict=True):
            if row < 0:
                raise NotFoundError(
                    "no such record", where=name, remedy="see .ids for those there are"
                )
        return rows

    def _shown(self, row: int, place: int) -> str:
        value = int(self._records.values[row, place])
        if value < 0:
            return ""
        if self.model.fields[place].compared != DATE:
            return self._pool.texts[value]
        year, month, day = value // 10000, value // 100 % 100, value % 100
        return f"{year:04}" + (f"-{month:02}" if month else "") + (f"-{day:02}" if day else "")

    def _again(self, touched: Array) -> Resolution:
        """Return the resolution with the components of these rows worked out anew."""
        count = len(self._component)
        stale = np.zeros(count, bool)
        stale[self._component[touched]] = True
        rows = np.flatnonzero(stale[self._component]).astype(np.int32)
        if not len(rows):
            return self
        judged = judged_rows(self._records.ids, self.judgements)
        links = links_among(self._links, rows, count, self.threshold, judged)
        component, cluster = self._component.copy(), self._cluster.copy()
        component[rows] = rows[components(len(rows), links.left, links.right)]
        label = split(len(rows), *links, _LARGEST)
        order = by_component(label, self._records.ids, rows)
        starts = np.flatnonzero(np.append(True, np.diff(label[order]) != 0))
        starts = np.append(starts, len(rows)).astype(np.int64)
        model, offset = self.model, np.log(self.threshold) - np.log1p(-self.threshold)
        text = self._pool.arrays()
        records = (self._records.values, model.compared, text, self._records.rarity)
        scale = (model.table, model.usual, SHARE)
        there = rows[order]
        cluster[there] = solve(there, starts, records, scale, model.prior - offset, LIMITS, judged)
        return replace(self, _component=component, _cluster=cluster)


def resolve(
    table: pa.Table,
    *,
    id: str = "id",
    columns: Mapping[str, str] | None = None,
    threshold: float = 0.5,
    judgements: Iterable[Judgement] = (),
    model: Model | None = None,
) -> Resolution:
    """Return which records of a table are one and the same.

    Args:
        table: a row a record.
        id: column of ids: unique, not empty.
        columns: kind of each column to use: name, first_name, last_name, date, place, code (a
            number or address that identifies), text, gender; found by the columns' names if not
            given.
        threshold: probability from which a pair is for a match, 0..1.
        judgements: what people judged already; it binds.
        model: of an earlier resolution; else estimated from the table, without labels.

    Raises:
        UsageError: ids missing or repeated, a column or kind that does not exist, a threshold
            outside 0..1.
    """
    if not 0.0 < threshold < 1.0:
        raise UsageError("not between 0 and 1", where="threshold", remedy="0.5 is usual")
    ids = read_ids(table, id)
    pool = Pool()
    wanted = model.fields if model else fields(detect(table.column_names, columns, id))
    table, ids = table.take(pc.sort_indices(ids)), ids.sort()
    values = encode(table, wanted, pool)
    found = atoms(values, wanted, *pool.arrays()[:2])
    blocking = model.blocking if model else Blocking.fit(found, bound_for(len(ids)))
    hashes, rows = blocking.keys(found)
    unpaired = int(((found != 0).any(axis=1) & (np.bincount(rows, minlength=len(ids)) == 0)).sum())
    del found
    order = np.argsort(hashes)
    keys = (hashes[order], rows[order])
    del hashes, rows, order
    index, text = blocks(*keys, len(ids)), pool.arrays()
    if model is None:
        step = max(1, len(ids) // SAMPLE)
        every = np.arange(0, len(ids), step, dtype=np.int32)
        sample = columns_of(candidates(values, wanted, text, index, every))
        total = len(sample[0]) / (2 / step - 1 / step**2)
        model = fit(wanted, blocking, values, hash_texts(*text[:2]), text, sample[2], total)
    records = Records(ids, values, model.rarity(values, hash_texts(*text[:2])), (keys,))
    alone = np.arange(len(ids), dtype=np.int32)
    pairs = candidates(values, wanted, text, index, alone)
    links = Links(*columns_of(kept_links(model, records, *chunk) for chunk in pairs))
    del index
    known = {
        pair: j.verdict is Verdict.POSITIVE
        for pair, j in prevailing(judgements).items()
        if j.human and j.verdict is not Verdict.UNSURE
    }
    raw = Resolution(model, threshold, known, unpaired, id, pool, records, links, alone, alone)
    return raw._again(alone)
