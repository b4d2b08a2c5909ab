"""The model of one kind of table: its keys, what agreement is worth, how rare values are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manara.identity.resolution.blocking import Blocking, mix
from manara.identity.resolution.columns import Field
from manara.identity.resolution.mixture import Mixture, estimate, frequencies, log_ratio, posterior
from manara.identity.resolution.pairs import (
    CODE,
    DATE,
    EXACT,
    LEVELS,
    NAME,
    patterns,
    unpack,
    weights,
)

Array = NDArray[Any]

#: What is believed before any data: shares of levels (different, far, near, part, elsewhere, same)
#: in matching and in other pairs, by kind of comparison; round numbers.
_MATCHING = {
    NAME: (0.12, 0.08, 0.15, 0.05, 0.05, 0.55),
    CODE: (0.15, 0.0, 0.1, 0.05, 0.0, 0.7),
    DATE: (0.03, 0.07, 0.2, 0.05, 0.0, 0.65),
}
_MATCHING_ELSE = (0.15, 0.05, 0.05, 0.05, 0.0, 0.7)
_OTHERS = {
    NAME: (0.97, 0.01, 0.004, 0.004, 0.002, 0.01),
    CODE: (0.998, 0.0, 0.0005, 0.001, 0.0, 0.0005),
    DATE: (0.93, 0.05, 0.01, 0.005, 0.0, 0.001),
}
_OTHERS_ELSE = (0.93, 0.01, 0.005, 0.005, 0.0, 0.05)
#: How many pairs the above counts for, and how many records stand behind a rarity.
_BELIEF, _RECORDS = 100.0, 200.0
#: How much of a value's rarity counts at each level: all if it is the same, part if it is alike.
SHARE = np.array([0, 0, 0.5, 0.7, 0.5, 1, 1], np.float32)
_SAMPLE = 1_000_000


@dataclass(frozen=True, slots=True)
class Model:
    """What resolution knows of a kind of table; with it a pair's weight depends on the pair alone.

    Attributes:
        fields: what is compared.
        blocking: which keys are common.
        mixture: shares of levels in matching and other pairs; its share is that of matching pairs
            among all pairs of records.
        values: for each field the hashes of its values, sorted, and the logarithm of their shares.
        records: how many records it was estimated on.
    """

    fields: tuple[Field, ...]
    blocking: Blocking
    mixture: Mixture
    values: tuple[tuple[Array, Array], ...]
    records: int

    @property
    def prior(self) -> float:
        """Log-odds that two records taken at random match."""
        return float(np.log(self.mixture.share) - np.log1p(-self.mixture.share))

    @property
    def table(self) -> Array:
        """Log-odds of each level, float32 [fields, levels]."""
        return log_ratio(self.mixture.m, self.mixture.u).astype(np.float32)

    @property
    def usual(self) -> Array:
        """Logarithm of the chance that two other records have the same value, by field."""
        return np.log(self.mixture.u[:, EXACT]).astype(np.float32)

    @property
    def compared(self) -> Array:
        """How each field is compared."""
        return np.array([f.compared for f in self.fields], np.int64)

    def rarity(self, values: Array, hashes: Array) -> Array:
        """Return the logarithm of each value's share in its field, float32 [records, fields]."""
        found = np.zeros(values.shape, np.float32)
        for place, field in enumerate(self.fields):
            known, share = self.values[place]
            distinct, back = np.unique(values[:, place], return_inverse=True)
            wanted = _hashes(distinct, field, hashes)
            at = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
            unseen = np.float32(-np.log(self.records + _RECORDS))
            if len(known):
                found[:, place] = np.where(known[at] == wanted, share[at], unseen)[back]
            else:
                found[:, place] = unseen
        return found

    def weigh(self, packed: Array, rarity: Array, left: Array, right: Array) -> Array:
        """Return the log-odds that pairs of rows match, prior included (float32)."""
        found = weights(packed, self.table, self.usual, SHARE, rarity, left, right)
        return np.asarray(found + np.float32(self.prior))


def fit(
    fields: tuple[Field, ...],
    blocking: Blocking,
    values: Array,
    hashes: Array,
    text: tuple[Array, Array, Array],
    packed: Array,
    total: float,
) -> Model:
    """Return the model of a table, estimated without labels.

    Shares of levels in matching pairs come from the candidate pairs, those in other pairs from
    pairs at random, each weighted by how likely it is to match.

    Args:
        fields: what is compared.
        blocking: which keys are common.
        values: the records' values [records, fields].
        hashes: hash of each string by its code.
        text: arrays of the pool of strings.
        packed: levels of a sample of the candidate pairs.
        total: how many candidate pairs there are in all.
    """
    count = len(values)
    kinds = np.array([f.compared for f in fields], np.int64)
    left, right = _at_random(count)
    some = patterns(values, kinds, text, left, right)
    random_levels, random_counts = _distinct(some, len(fields))
    belief_m = _belief(fields, _MATCHING, _MATCHING_ELSE)
    belief_u = _belief(fields, _OTHERS, _OTHERS_ELSE)
    step = max(1, len(packed) // (2 * _SAMPLE))
    levels, counts = _distinct(packed[::step], len(fields))
    start = Mixture(_share(belief_m), frequencies(levels, counts, belief_u), 0.1)
    blocked = estimate(levels, counts, start, belief=(belief_m, belief_u))
    every = count * (count - 1) / 2
    share = (blocked.share * total + 0.5) / (every + 1000.0)
    share = min(share, 0.5)
    u = frequencies(random_levels, random_counts, belief_u)
    for _ in range(5):
        other = 1.0 - posterior(random_levels, Mixture(blocked.m, u, share))
        u = frequencies(random_levels, random_counts * other, belief_u)
    shares = tuple(_shares(values[:, k], f, hashes) for k, f in enumerate(fields))
    return Model(fields, blocking, Mixture(blocked.m, u, share), shares, count)


def _share(counts: Array) -> Array:
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-9))


def _belief(fields: Sequence[Field], by_kind: Any, otherwise: Any) -> Array:
    """Return pseudo-counts of levels [fields, levels]."""
    found = np.zeros((len(fields), LEVELS))
    for place, field in enumerate(fields):
        found[place, 1:] = by_kind.get(field.compared, otherwise)
        if field.kind == "gender":
            found[place, 1:] = (0.05, 0, 0, 0, 0, 0.95)
            if by_kind is _OTHERS:
                found[place, 1:] = (0.5, 0, 0, 0, 0, 0.5)
    return found * _BELIEF + np.where(np.arange(LEVELS) > 0, 0.01, 0.0)


def _distinct(packed: Array, fields: int) -> tuple[Array, Array]:
    distinct, counts = np.unique(packed, return_counts=True)
    return unpack(distinct, fields), counts


def _at_random(count: int) -> tuple[Array, Array]:
    """Return pairs of different rows: all where they are few, else a fixed random sample."""
    if count * (count - 1) // 2 <= _SAMPLE:
        right, left = np.triu_indices(count, 1)
        return left.astype(np.int32), right.astype(np.int32)
    draw = np.random.default_rng(20)
    left, right = draw.integers(0, count, (2, _SAMPLE)).astype(np.int32)
    return left[left != right], right[left != right]


def _hashes(values: Array, field: Field, hashes: Array) -> Array:
    """Return a hash of each value that does not depend on what else was loaded."""
    if field.compared == DATE or not len(hashes):
        return mix(values, 0)
    return np.where(values >= 0, hashes[np.maximum(values, 0)], np.uint64(0))


def _shares(values: Array, field: Field, hashes: Array) -> tuple[Array, Array]:
    """Return sorted hashes of a field's values and the logarithm of the share of each."""
    distinct, counts = np.unique(values[values >= 0], return_counts=True)
    keys = _hashes(distinct, field, hashes)
    order = np.argsort(keys)
    total = np.log(counts.sum() + _RECORDS)
    return keys[order], (np.log(counts[order]) - total).astype(np.float32)
