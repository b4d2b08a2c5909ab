"""What one set of terms makes of the loss that meets them: deductible, its bounds, limit, share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.risk.terms.years import Years

Floats = NDArray[np.float64]

#: OED types of a deductible or limit.
AMOUNT, OF_LOSS, OF_VALUE = 0, 1, 2

#: OED code of a deductible that is not taken off once the loss exceeds it.
FRANCHISE = 2

#: OED code of a deductible or limit that holds for all losses of a year together.
ANNUAL = 1


class Terms(NamedTuple):
    """Terms of many groups of losses, one entry for each group.

    `ded`, `limit`: amounts, or shares of loss or value after their types; a limit of 0 is none.
    `least`, `most`: bounds of all deductibles taken so far, as amounts; 0 is none.
    `attach`: amount below which a layer pays nothing. `share`: part that is paid. `limit_code`:
    whether the limit is annual. `year_attach`, `year_limit`: of a layer, for all losses of a year
    after its terms for each event; 0 is none.
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
    limit_code: Floats
    year_attach: Floats
    year_limit: Floats

    def take(self, rows: NDArray[np.intp]) -> Terms:
        """Return the terms of some groups, in the order asked for."""
        return Terms(*(values[rows] for values in self))

    def bind(self) -> NDArray[np.bool_]:
        """Return which groups have any terms."""
        some = sum((self.ded, self.least, self.most, self.limit, self.attach))
        some = some + self.year_attach + self.year_limit
        return np.asarray((some > 0) | (self.share != 1))


def no_terms(count: int) -> Terms:
    """Return terms that leave every loss as it is."""
    zero = np.zeros(count)
    return Terms(*(zero,) * 8, np.ones(count), *(zero,) * 3)


class State(NamedTuple):
    """Losses on their way through the terms: rows are items or groups, columns are events.

    `loss`: insured so far. `ded`: kept by the insured as deductible. `over`: cut off by limits.
    `under`: what a smaller deductible could give back before a limit is met.
    """

    loss: Floats
    ded: Floats
    over: Floats
    under: Floats


def apply(terms: Terms, state: State, value: Floats, years: Years | None = None) -> State:
    """Return what is insured after the terms.

    Args:
        terms: One entry for each group.
        state: A row for each group.
        value: Total insured value of each group.
        years: Which events happen in one year; needed where terms are annual.

    An annual deductible is used up, and an annual limit paid out, by the events of a year in the
    order in which they happen.

    The bounds of the deductible hold for the sum of all that was deducted so far. A fall gives back
    no more than the limits leave room for. A rise to the least deductible comes from what lies
    above a limit that was met before it comes from the loss (Oasis LMF, rules 7 to 36 of its
    financial module; as there, if that is enough and the loss exceeds the level's own deductible,
    the loss stays as it is).
    """
    loss, ded, over, under = state
    limit = _amount(terms.limit, terms.limit_type, loss, value)
    limit = np.where(terms.limit[:, None] > 0, limit, np.inf)
    asked = _amount(terms.ded, terms.ded_type, loss, value)
    asked = np.where((terms.ded_code[:, None] == FRANCHISE) & (loss > asked), 0.0, asked)
    if years and (terms.ded_code == ANNUAL).any():
        used = np.where(terms.ded_code[:, None] == ANNUAL, years.before(loss), 0.0)
        asked = np.maximum(asked - used, 0.0)
    least, most = terms.least[:, None], terms.most[:, None]
    high = (most > 0) & (ded + asked > most)
    total = ded + np.minimum(asked, loss)
    total = np.where(high, np.minimum(total, most), total)
    more, less = np.maximum(total - ded, 0.0), np.maximum(ded - total, 0.0)
    given = np.minimum(less, under)
    found = State(
        loss - more + given, total, over + less - given, np.maximum(under + more - less, 0.0)
    )
    low = ~high & (ded + asked < least)
    if low.any():
        raised = _raised(state, asked, np.broadcast_to(least, loss.shape))
        found = State(*(np.where(low, new, old) for new, old in zip(raised, found, strict=True)))
    return _limited(terms, found, limit, years)


def _raised(state: State, asked: Floats, least: Floats) -> State:
    """Return the state with all deductibles together raised to the least."""
    loss, ded, over, under = state
    missing = least - asked - ded
    met = (missing <= over) & (loss > asked)
    kept = np.maximum(loss - asked - np.maximum(missing - over, 0.0), 0.0)
    total = np.minimum(least, ded + loss + over)
    eaten = np.maximum(total - ded - loss + kept, 0.0)
    left = np.where(met, over - missing, np.maximum(over - eaten, 0.0))
    room = np.where(met, under, under + loss - kept)
    return State(np.where(met, loss, kept), total, left, room)


def _limited(terms: Terms, state: State, limit: Floats, years: Years | None) -> State:
    attach, share = terms.attach[:, None], terms.share[:, None]
    above = np.maximum(state.loss - attach, 0.0)
    if years and (terms.limit_code == ANNUAL).any():
        used = np.where(terms.limit_code[:, None] == ANNUAL, years.before(above), 0.0)
        limit = np.maximum(limit - used, 0.0)
    paid = np.minimum(above, limit)
    if years and (terms.year_attach + terms.year_limit).any():
        paid = of_year(paid, terms.year_attach[:, None], terms.year_limit[:, None], years)
    room = np.minimum(state.under, limit - paid)
    return State(paid * share, state.ded, state.over + above - paid, room)


def of_year(paid: Floats, attach: Floats, limit: Floats, years: Years) -> Floats:
    """Return what is paid of each event where the losses of a year meet terms together.

    Args:
        paid: Groups by events, after terms for each event.
        attach: What the losses of a year bear first.
        limit: The most for all of them; 0 is no limit.
        years: Which events happen in one year.
    """
    before = years.before(paid)
    most = np.where(limit > 0, limit, np.inf)
    ends = (np.clip(total - attach, 0.0, most) for total in (before + paid, before))
    return np.asarray(np.subtract(*ends))


def _amount(terms: Floats, types: Floats, loss: Floats, value: Floats) -> Floats:
    kind = types[:, None]
    base = np.where(kind == OF_LOSS, loss, np.where(kind == OF_VALUE, value[:, None], 1.0))
    return terms[:, None] * base
