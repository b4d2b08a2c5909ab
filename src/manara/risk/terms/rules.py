"""What one set of terms makes of the loss that meets them: deductible, its bounds, limit, share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: OED types of a deductible or limit.
AMOUNT, OF_LOSS, OF_VALUE = 0, 1, 2

#: OED code of a deductible that is not taken off once the loss exceeds it.
FRANCHISE = 2


class Terms(NamedTuple):
    """Terms of many groups of losses, one entry for each group.

    `ded`, `limit`: amounts, or shares of loss or value after their types; a limit of 0 is none.
    `least`, `most`: bounds of all deductibles taken so far, as amounts; 0 is none.
    `attach`: amount below which a layer pays nothing. `share`: part that is paid.
    """

    ded: Floats
    ded_type: Floats
    ded_code: Floats
    least: Floats
    most: Floats
    limit: Floats
    limit_type: Floats
    attach: Floats
    share: Floats

    def take(self, rows: NDArray[np.intp]) -> Terms:
        """Return the terms of some groups, in the order asked for."""
        return Terms(*(values[rows] for values in self))

    def bind(self) -> NDArray[np.bool_]:
        """Return which groups have any terms."""
        some = sum((self.ded, self.least, self.most, self.limit, self.attach))
        return np.asarray((some > 0) | (self.share != 1))


def no_terms(count: int) -> Terms:
    """Return terms that leave every loss as it is."""
    zero = np.zeros(count)
    return Terms(zero, zero, zero, zero, zero, zero, zero, zero, np.ones(count))


class State(NamedTuple):
    """Losses on their way through the terms: rows are items or groups, columns are events.

    `loss`: insured so far. `ded`: kept by the insured as deductible. `over`: cut off by limits.
    `under`: what a smaller deductible could give back before a limit is met.
    """

    loss: Floats
    ded: Floats
    over: Floats
    under: Floats


def apply(terms: Terms, state: State, value: Floats) -> State:
    """Return what is insured after the terms.

    Args:
        terms: One entry for each group.
        state: A row for each group.
        value: Total insured value of each group.

    The bounds of the deductible hold for the sum of all that was deducted so far: what lies
    above a limit that was met counts first against a rise, and a fall gives back no more than the
    limits leave room for.
    """
    loss, ded, over, under = state
    limit = _amount(terms.limit, terms.limit_type, loss, value)
    limit = np.where(terms.limit[:, None] > 0, limit, np.inf)
    asked = _amount(terms.ded, terms.ded_type, loss, value)
    franchise = terms.ded_code[:, None] == FRANCHISE
    taken = np.where(franchise & (loss >= asked), 0.0, np.minimum(asked, loss))
    least, most = terms.least[:, None], terms.most[:, None]
    total = ded + taken
    total = np.where(most > 0, np.minimum(total, most), total)
    # The least deductible cannot exceed what there is to lose.
    total = np.maximum(total, np.minimum(least, ded + loss + over))
    rise = total - ded
    bounded = (least > 0) | (most > 0)
    eaten = np.where(bounded, np.minimum(over, np.maximum(rise, 0.0)), 0.0)
    given = np.minimum(np.maximum(-rise, 0.0), under)
    after = loss - np.maximum(rise, 0.0) + eaten + given
    over = over - eaten + np.maximum(-rise, 0.0) - given
    room = np.maximum(under + rise, 0.0)
    return _limited(terms, State(after, total, over, room), limit)


def _limited(terms: Terms, state: State, limit: Floats) -> State:
    attach, share = terms.attach[:, None], terms.share[:, None]
    above = np.maximum(state.loss - attach, 0.0)
    paid = np.minimum(above, limit)
    room = np.minimum(state.under, limit - paid)
    return State(paid * share, state.ded, state.over + above - paid, room)


def _amount(terms: Floats, types: Floats, loss: Floats, value: Floats) -> Floats:
    kind = types[:, None]
    base = np.where(kind == OF_LOSS, loss, np.where(kind == OF_VALUE, value[:, None], 1.0))
    return terms[:, None] * base
