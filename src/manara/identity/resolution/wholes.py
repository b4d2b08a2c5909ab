"""Doubtful pairs looked at again as wholes: with all that is known of what each is one with.

An entity that is joined with others brings their dates, contacts and names with it. So a record
that fits none of them well enough may fit all of them together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import product

import numpy as np

from manara.identity.resolution.alignment import worth
from manara.identity.resolution.clusters import clusters
from manara.identity.resolution.evidence import Counts, Finding, bars, weigh
from manara.identity.resolution.naming import WEAK_LESS, Fit, NameBook
from manara.identity.resolution.profiles import Profile
from manara.model import Judgement, Verdict

#: What judgements on wholes are signed with; found anew each time.
WHOLE = "resolution of wholes"
#: Rounds, each from the clusters of the one before.
_ROUNDS = 3
#: Pairs of members beyond which two clusters are left to a person.
_MOST = 64


def judge_wholes(
    profiles: Sequence[Profile],
    names: NameBook,
    counts: Counts,
    judgements: Iterable[Judgement],
    at: datetime,
) -> list[Judgement]:
    """Return the judgements, doubtful ones that their clusters settle as POSITIVE.

    Two clusters are taken for one if nothing rules out any pair of their members and what is known
    of both, put together, would make two entities one.

    Args:
        profiles: the entities, in order of ids.
        names: their names.
        counts: what must be known of all of them.
        judgements: on pairs of them, the machine's only.
        at: time of the judgement, UTC.
    """
    place = {profile.entity_id: row for row, profile in enumerate(profiles)}
    found = {judgement.pair: judgement for judgement in judgements}
    for _ in range(_ROUNDS):
        joined = clusters(found.values())
        members: dict[str, list[int]] = defaultdict(list)
        for name in sorted(joined):
            members[joined[name]].append(place[name])
        asked = _asked(found, joined)
        settled = {}
        for (left, right), pairs in asked.items():
            one, other = (members.get(name) or [place[name]] for name in (left, right))
            finding = _compare(profiles, names, counts, one, other)
            if finding is None or finding.verdict is not Verdict.POSITIVE:
                continue
            text = f"with all that {len(one)} and {len(other)} entities say"
            reasons = (text, *map(str, finding.reasons))
            score = round(finding.probability, 4)
            for pair in pairs:
                settled[pair] = Judgement(*pair, Verdict.POSITIVE, score, reasons, WHOLE, False, at)
        if not settled:
            break
        found |= settled
    return list(found.values())


def _asked(
    found: Mapping[tuple[str, str], Judgement], joined: Mapping[str, str]
) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return the doubtful pairs between each two clusters of which one has several members."""
    asked: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for (left, right), judgement in found.items():
        ends = sorted((joined.get(left, left), joined.get(right, right)))
        grown = left in joined or right in joined
        if judgement.verdict is Verdict.UNSURE and grown and ends[0] != ends[1]:
            asked[ends[0], ends[1]].append((left, right))
    return asked


def _compare(
    profiles: Sequence[Profile],
    names: NameBook,
    counts: Counts,
    one: Sequence[int],
    other: Sequence[int],
) -> Finding | None:
    """Return what is found about two clusters (places of members), None if they must stay apart."""
    pairs = list(product(one, other))
    if len(pairs) > _MOST or any(bars(profiles[a], profiles[b]) for a, b in pairs):
        return None
    ends = np.array(pairs, np.int32)
    fits = names.fits(ends[:, 0].copy(), ends[:, 1].copy())
    best = max(fits, key=lambda fit: (_worth(fit, names), -fit.left, -fit.right))
    return weigh(_whole(profiles, one), _whole(profiles, other), best, names, counts)


def _worth(fit: Fit, names: NameBook) -> float:
    if fit.left < 0:
        return -np.inf
    weak = bool(names.weak[fit.left] or names.weak[fit.right])
    return float(worth(*fit[:3])) - WEAK_LESS * weak


def _whole(profiles: Sequence[Profile], rows: Sequence[int]) -> Profile:
    """Return one profile with everything that is in several."""
    first = profiles[rows[0]]
    whole = Profile(first.entity_id, first.schema)
    for row in rows:
        each = profiles[row]
        whole.refine(each.schema)
        whole.datasets |= each.datasets
        whole.dates |= each.dates
        whole.countries |= each.countries
        whole.genders |= each.genders
        whole.contacts |= each.contacts
        for name, weak in each.names.items():
            whole.names[name] = whole.names.get(name, True) and weak
        for number, issuers in each.numbers.items():
            whole.numbers.setdefault(number, set()).update(issuers)
    return whole
