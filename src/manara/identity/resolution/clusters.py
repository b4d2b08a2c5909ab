"""From judged pairs to clusters, the same in any order; a person's word beats the machine's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manara.identity.resolution.partition import APART, BARRED, SAME, components, correlate
from manara.model import Judgement, Verdict, prevailing

Array = NDArray[Any]

#: The least that a pair weighs which is found to be one, and the most against one that is unsure:
#: the verdict is what counts, the probability says which pairs come first.
_LEAST, _DOUBT = 0.1, -3.0
#: Probabilities nearer to 0 and 1 count as these.
_SURE = 1e-5


def clusters(judgements: Iterable[Judgement]) -> dict[str, str]:
    """Return the canonical id of every entity that is one with another.

    Within what positive pairs connect, entities are joined while the evidence between them is for
    it; what rules a pair out keeps the two apart, also by way of others. A person's judgement binds
    over any of the machine's, and a person's *different* over any *same*. The canonical id is the
    smallest member id. See `manara.identity.resolution.partition` for the method.

    Args:
        judgements: verdicts on pairs; of several on one pair the one that prevails counts.

    Returns:
        entity id to canonical id; entities that stand alone are not in it.
    """
    decided = list(prevailing(judgements).values())
    positive = [judgement for judgement in decided if judgement.verdict is Verdict.POSITIVE]
    ids = sorted({name for judgement in positive for name in judgement.pair})
    place = {name: at for at, name in enumerate(ids)}
    ends = np.array([[place[n] for n in j.pair] for j in positive], np.int32).reshape(-1, 2)
    label = components(len(ids), ends[:, 0].copy(), ends[:, 1].copy())
    members: dict[int, list[int]] = {}
    for at, of in enumerate(label.tolist()):
        members.setdefault(of, []).append(at)
    inside: dict[int, list[Judgement]] = {of: [] for of in members}
    for judgement in decided:
        left, right = (place.get(name, -1) for name in judgement.pair)
        if left >= 0 and right >= 0 and label[left] == label[right]:
            inside[int(label[left])].append(judgement)
    found: dict[str, str] = {}
    for of, rows in members.items():
        cluster = correlate(_weights([ids[row] for row in rows], inside[of])).tolist()
        found |= {ids[row]: ids[rows[at]] for row, at in zip(rows, cluster, strict=True)}
    sizes: dict[str, int] = {}
    for canonical in found.values():
        sizes[canonical] = sizes.get(canonical, 0) + 1
    return {name: canonical for name, canonical in found.items() if sizes[canonical] > 1}


def _weights(ids: Sequence[str], judgements: Iterable[Judgement]) -> Array:
    """Return what is for and against each pair of a component, in nats [n, n]."""
    place = {name: at for at, name in enumerate(ids)}
    found = np.zeros((len(ids), len(ids)))
    for judgement in judgements:
        left, right = (place[name] for name in judgement.pair)
        found[left, right] = found[right, left] = _weight(judgement)
    return found


def _weight(judgement: Judgement) -> float:
    if judgement.human:
        return {Verdict.POSITIVE: SAME, Verdict.NEGATIVE: APART}.get(judgement.verdict, 0.0)
    if judgement.verdict is Verdict.NEGATIVE:
        return BARRED
    score = min(max(judgement.score, _SURE), 1 - _SURE)
    odds = log(score) - log(1 - score)
    if judgement.verdict is Verdict.POSITIVE:
        return max(odds, _LEAST)
    return max(min(odds, 0.0), _DOUBT)
