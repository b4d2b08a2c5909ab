"""From ground-up to insured losses: the levels one after another, given back to each item."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from manara.risk.terms.rules import Floats, State, Terms, apply

Ints = NDArray[np.intp]


def level(state: State, nodes: Ints, terms: Terms, value: Floats) -> State:
    """Return the state of rows after one level of terms.

    Args:
        state: Losses of rows (items, or items in layers) by event.
        nodes: The group of each row on this level; -1 is none.
        terms: One entry for each group.
        value: Insured value of each group.
    """
    bound = terms.bind()
    rows = np.flatnonzero((nodes >= 0) & bound[nodes])
    if not len(rows):
        return state
    rows = rows[np.argsort(nodes[rows], kind="stable")]
    groups, starts, back = np.unique(nodes[rows], return_index=True, return_inverse=True)
    part = State(*(values[rows] for values in state))
    before = State(*(np.add.reduceat(values, starts, axis=0) for values in part))
    after = apply(terms.take(groups), before, value[groups])
    for whole, shared in zip(state, _given_back(part, before, after, back), strict=True):
        whole[rows] = shared
    return state


def _given_back(part: State, before: State, after: State, back: Ints) -> State:
    fall = np.minimum(after.loss - before.loss, 0.0)
    gain = np.maximum(after.loss - before.loss, 0.0)
    loss = part.loss + _spread(fall, part.loss, before.loss, back)
    loss += _spread(gain, part.under, before.under, back)
    rise = after.ded - before.ded
    ded = part.ded + np.where(
        rise[back] > 0,
        _spread(rise, part.loss, before.loss, back),
        _spread(rise, part.ded, before.ded, back),
    )
    more = after.over - before.over
    over = part.over + np.where(
        more[back] > 0,
        _spread(more, part.loss, before.loss, back),
        _spread(more, part.over, before.over, back),
    )
    under = _spread(after.under, part.ded, before.ded, back)
    return State(loss, ded, over, under)


def _spread(amount: Floats, weights: Floats, total: Floats, back: Ints) -> Floats:
    share = np.divide(amount, total, out=np.zeros_like(amount), where=total > 0)
    return np.asarray(weights * share[back])
