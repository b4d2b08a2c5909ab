"""Locations that all terms after their own treat alike, merged: the terms see one for many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from manara.risk.losses.kernels import WIDE
from manara.risk.terms import Programme, steps
from manara.risk.terms.exposure import Sites
from manara.risk.terms.treaties import RISKS

Ints = NDArray[np.int64]


def merge(programme: Programme) -> tuple[Ints, Sites]:
    """Return the class of each location, and the classes as if they were locations.

    Levels above the location give a loss back in proportion to what came, so adding up before them
    what they cannot tell apart changes nothing. Alike are locations of one account, with the same
    tags of conditions, the same answer to all scopes of reinsurance and the same risk where a
    contract has terms by risk. Step policies look at each location alone: theirs are not merged.

    Args:
        programme: What is insured and how.
    """
    sites, location = programme.sites, programme.location
    count = len(sites.keys)
    known: dict[object, int] = {}
    columns = [
        [
            known.setdefault((key[:2], frozenset(tags)), len(known))
            for key, tags in zip(sites.keys, sites.tags, strict=True)
        ]
    ]
    stepped = {
        key[:2]
        for key, found in zip(
            programme.layers.keys,
            steps.read_steps(programme.layers, programme.account),
            strict=True,
        )
        if found
    }
    columns.append([at + 1 if key[:2] in stepped else 0 for at, key in enumerate(sites.keys)])
    texts = {name: np.array(location.text(name), np.str_)[sites.rows] for name in location.columns}
    for treaty in programme.treaties:
        for wanted, _ in treaty.scope:
            inside = np.ones(count, np.int64)
            for name, value in wanted.items():
                if name in texts:
                    inside &= texts[name] == value
            columns.append(inside.tolist())
        if treaty.risk_attach or treaty.risk_limit:
            for name in RISKS[treaty.risk]:
                if name in texts:
                    columns.append(np.unique(texts[name], return_inverse=True)[1].tolist())
    _, first, merged = np.unique(np.array(columns), axis=1, return_index=True, return_inverse=True)
    values = np.zeros((len(first), WIDE))
    np.add.at(values, merged, sites.values.reshape(-1, WIDE))
    classes = Sites(
        [sites.keys[at] for at in first],
        sites.rows[first],
        [sites.tags[at] for at in first],
        values.ravel(),
    )
    return merged, classes
