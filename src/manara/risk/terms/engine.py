"""One level of terms: losses of a group added up, then given back by the loss before the level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from manara.risk.terms.rules import Floats, State, Terms, apply
from manara.risk.terms.years import Years

Ints = NDArray[np.intp]


def level(
    state: State, nodes: Ints, terms: Terms, value: Floats, years: Years | None = None
) -> State:
    """Return the state of rows after one level of terms.

    Args:
        state: Losses of rows (items, or items in layers) by event.
        nodes: The group of each row on this level; -1 is none.
        terms: One entry for each group.
        value: Insured value of each group.
        years: Which events happen in one year; needed where terms are annual.
    """
    bound = terms.bind()
    rows = np.flatnonzero((nodes >= 0) & bound[nodes])
    if not len(rows):
        return state
    rows = rows[np.argsort(nodes[rows], kind="stable")]
    groups, starts, back = np.unique(nodes[rows], return_index=True, return_inverse=True)
    part = State(*(values[rows] for values in state))
    before = State(*(np.add.reduceat(values, starts, axis=0) for values in part))
    after = apply(terms.take(groups), before, value[groups], years)
    for whole, shared in zip(state, _given_back(part, before, after, back), strict=True):
        whole[rows] = shared
    return state


def _given_back(part: State, before: State, after: State, back: Ints) -> State:
    # Where all was deducted there is no loss to go by when a smaller deductible gives some back.
    loss = _spread(after.loss, part.loss, before.loss, back)
    loss += np.where(before.loss[back] > 0, 0.0, _spread(after.loss, part.ded, before.ded, back))
    ded = _moved(part.ded, before.ded, after.ded, part.loss, before.loss, back)
    over = _moved(part.over, before.over, after.over, part.loss, before.loss, back)
    return State(loss, ded, over, _spread(after.under, ded, after.ded, back))


def _moved(
    part: Floats, before: Floats, after: Floats, weights: Floats, total: Floats, back: Ints
) -> Floats:
    change = after - before
    rise = _spread(np.maximum(change, 0.0), weights, total, back)
    fall = _spread(np.minimum(change, 0.0), part, before, back)
    return part + rise + fall


def _spread(amount: Floats, weights: Floats, total: Floats, back: Ints) -> Floats:
    share = np.divide(amount, total, out=np.zeros_like(amount), where=total > 0)
    return np.asarray(weights * share[back])
