"""The window over payments in the order of time: it makes room for itself and gives instances."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from manara.money import engine
from manara.money.layout import I64, Asked, State, fresh_accounts, fresh_marks, new_state
from manara.money.window import leave, relink

#: Payments in one call of the kernel: enough to forget the cost of the call, and few beside those
#: in the window, for which the ring must have room too.
_AT_ONCE = 16_384


class Columns(NamedTuple):
    """Payments as the kernel takes them; see `manara.money.payments.Payments`."""

    src: NDArray[np.int32]
    dst: NDArray[np.int32]
    ts: I64
    amount: I64
    currency: NDArray[np.int16]


class Found(NamedTuple):
    """Instances as flat arrays, payments by their number from the first of all.

    Attributes:
        heads: pattern, closing payment, size and two accounts.
        offsets: where each one's members start, and the end.
        members: payments, in the order of time.
        roles: what each does.
        facts: first and last time, sums in and out, dwell and currency; see `Mined`.
        short: pattern and closing payment of searches that were cut short.
    """

    heads: I64
    offsets: I64
    members: I64
    roles: NDArray[np.int8]
    facts: I64
    short: I64


#: For payments that are not to be described.
NO_FEATURES = np.zeros((0, len(engine.FEATURES)), np.float32)
_NO_PLACES = np.zeros(0, np.int64)
_NOTHING = Found(
    np.zeros((0, 5), np.int64),
    np.zeros(1, np.int64),
    np.zeros(0, np.int64),
    np.zeros(0, np.int8),
    np.zeros((0, 6), np.int64),
    np.zeros((0, 2), np.int64),
)


class Miner:
    """All that is known between two batches of payments; each must not begin before the last."""

    def __init__(self, asked: Asked, accounts: int = 1024, payments: int = _AT_ONCE) -> None:
        """Start without payments.

        Args:
            asked: what to look for.
            accounts: room for so many, and
            payments: for so many in the window; both grow.
        """
        self.asked = asked
        self.state = new_state(payments, accounts)

    def run(
        self,
        payments: Columns,
        accounts: int,
        features: NDArray[np.float32] = NO_FEATURES,
        place: I64 = _NO_PLACES,
        *,
        start: int = 0,
        stop: int | None = None,
    ) -> Found:
        """Return what payments complete.

        Args:
            payments: in the order of time.
            accounts: how many account numbers there are so far.
            features: filled in for each payment, in the row that `place` says; or has no rows.
            place: row for each payment.
            start: the first to be taken.
            stop: the one before which to stop; None for all.
        """
        self.state = with_accounts(self.state, accounts)
        parts, stop = [], len(payments.ts) if stop is None else stop
        for first in range(start, stop, _AT_ONCE):
            last = min(first + _AT_ONCE, stop)
            self._make_room(last - first, int(payments.ts[first]))
            words = cast(Any, engine.run)(
                self.state, self.asked, *payments, first, last, features, place
            )
            parts.append(unpacked(self.state, words))
        return together(parts)

    def _make_room(self, more: int, now: int) -> None:
        """See to it that no payment of the window is lost before its instances are read."""
        state = self.state
        if int(state.turn[0] - state.low[-1]) + more > len(state.ring):
            leave(state, self.asked, now)
            self.state = with_ring(state, int(state.turn[0] - state.low[-1]) + more)


def with_accounts(state: State, accounts: int) -> State:
    """Return the state with room for so many accounts, at least twice as many as before if more."""
    have = len(state.account)
    if accounts <= have:
        return state
    more = max(accounts - have, have)
    return state._replace(
        account=np.concatenate([state.account, fresh_accounts(more)]),
        mark=np.concatenate([state.mark, fresh_marks(more)]),
        near=np.zeros((4, have + more), np.int32),
    )


def with_ring(state: State, payments: int) -> State:
    """Return the state with room for so many payments in the window."""
    if payments <= len(state.ring):
        return state
    length = 1 << (payments - 1).bit_length()
    window = np.arange(state.low[-1], state.turn[0])
    ring = np.zeros(length, state.ring.dtype)
    ring[window & (length - 1)] = state.ring[window & (len(state.ring) - 1)]
    larger = state._replace(ring=ring, bucket=np.full(2 * length, -1, np.int64))
    relink(larger)
    return larger


def unpacked(state: State, words: I64) -> Found:
    """Return the instances in the kernel's words; their payments must still be in the ring."""
    instances, count, short = engine.sizes(words)
    found = Found(
        np.zeros((instances, 5), np.int64),
        np.zeros(instances + 1, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int8),
        np.zeros((instances, 6), np.int64),
        np.zeros((short, 2), np.int64),
    )
    engine.unpack(state.ring, words, *found)
    return found


def together(parts: list[Found]) -> Found:
    """Return the instances of several parts as one."""
    parts = [_NOTHING, *parts]
    offsets = np.concatenate([np.zeros(1, np.int64), *(np.diff(one.offsets) for one in parts)])
    heads, _, members, roles, facts, short = (
        np.concatenate(each) for each in zip(*parts, strict=True)
    )
    return Found(heads, np.cumsum(offsets), members, roles, facts, short)
