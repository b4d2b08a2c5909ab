"""From judged pairs to clusters, the same in any order; a person's word beats the machine's."""

from __future__ import annotations

from collections.abc import Iterable

from manara.model import Judgement, Verdict, prevailing


def clusters(judgements: Iterable[Judgement]) -> dict[str, str]:
    """Return the canonical id of every entity that is one with another.

    Positive pairs are joined strongest first (a person's before a machine's, then by score, then
    by id, so that the order of loading does not matter). A pair that would bring together two
    entities judged to be different is left apart; only a person's judgement may override a
    machine's in this. The canonical id is the smallest member id.

    Args:
        judgements: verdicts on pairs; of several on one pair the one that prevails counts.

    Returns:
        entity id to canonical id; entities that stand alone are not in it.
    """
    decided = prevailing(judgements)
    apart = [j for j in decided.values() if j.verdict is Verdict.NEGATIVE]
    positive = sorted(
        (j for j in decided.values() if j.verdict is Verdict.POSITIVE),
        key=lambda j: (not j.human, -j.score, j.pair),
    )
    members: dict[str, set[str]] = {}
    barred_by_people, barred = _barred(j for j in apart if j.human), _barred(apart)
    for judgement in positive:
        bars = barred_by_people if judgement.human else barred
        one = members.get(judgement.left) or {judgement.left}
        other = members.get(judgement.right) or {judgement.right}
        if one is other or any(bars.get(member, _NONE) & other for member in one):
            continue
        joined = one | other
        for member in joined:
            members[member] = joined
    return {member: min(cluster) for member, cluster in members.items()}


def _barred(judgements: Iterable[Judgement]) -> dict[str, set[str]]:
    """Return for each entity the others it must not be joined with."""
    barred: dict[str, set[str]] = {}
    for judgement in judgements:
        left, right = judgement.pair
        barred.setdefault(left, set()).add(right)
        barred.setdefault(right, set()).add(left)
    return barred


_NONE: frozenset[str] = frozenset()
