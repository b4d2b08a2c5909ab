"""Payments one at a time: what each completes and how it looks, as soon as it arrives."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from manara.money import engine
from manara.money.asking import asked
from manara.money.layout import I64, PATTERNS, ROLES, new_state
from manara.money.miner import with_accounts, with_ring
from manara.money.payments import CURRENCIES, REASONS, TOO_LARGE
from manara.money.times import whole_seconds
from manara.money.window import HEADER

_LATE = "earlier than the payment before it"
_NUMBER = {name: place for place, name in enumerate(CURRENCIES)}


class Instance(NamedTuple):
    """A pattern that a payment completed.

    Attributes:
        pattern: its name.
        size: counterparties, ways, shared payees or payments, by the pattern.
        payments: tx_id of its payments, in the order of time.
        roles: what each does.
    """

    pattern: str
    size: int
    payments: list[Hashable]
    roles: list[str]


class Answer(NamedTuple):
    """What is said to a payment that arrived.

    Attributes:
        completed: patterns whose last payment it is.
        features: one value for each of `FEATURES`; None if it was set aside.
        cut_short: patterns whose search took more than the budget and may be missing.
        set_aside: why it was not taken; empty if it was.
    """

    completed: list[Instance]
    features: NDArray[np.float32] | None
    cut_short: list[str]
    set_aside: str = ""


class Stream:
    """The miner for payments that arrive one by one, in the order of time.

    It answers as `mine` does for the table of all payments so far. Memory follows the payments in
    the window and the accounts seen. One thread at a time may use it.
    """

    def __init__(
        self,
        patterns: Any = None,
        window: str | int = "14d",
        *,
        payments: int = 65_536,
        accounts: int = 65_536,
        **limits: Any,
    ) -> None:
        """Start without payments.

        Args:
            patterns: names of `PATTERNS`; None for all.
            window: all payments of an instance lie within this of its last.
            payments: room for so many in the window, and
            accounts: for so many accounts; both grow, which makes one payment wait.
            limits: windows, sizes and limits: see `manara.money.asking.asked`.
        """
        self._asked = asked(patterns, window, **limits)
        self._state = new_state(payments, accounts)
        self._numbers: dict[Hashable, int] = {}
        self._ids: list[Hashable] = [None] * len(self._state.ring)
        self._known: dict[Hashable, int] = {}
        self._now = -(2**62)
        self._one: Any = tuple(
            np.zeros(1, kind) for kind in (np.int32, np.int32, np.int64, np.int64, np.int16)
        )
        self._row = np.zeros((1, len(engine.FEATURES)), np.float32)
        self._place = np.zeros(1, np.int64)
        # Compiled before the first payment waits for it.
        self._run = cast(Any, engine.run)
        self._run(self._state, self._asked, *self._one, 0, 0, self._row, self._place)

    def arrive(
        self,
        tx_id: Hashable,
        ts: int,
        src: Hashable,
        dst: Hashable,
        amount: float,
        currency: str | None = None,
    ) -> Answer:
        """Return what a payment completes, and its features.

        Args:
            tx_id: its id; one that is still in the window is not taken again.
            ts: seconds since 1970, or finer by the rule of `mine`, not before the last payment's.
            src: the payer's account.
            dst: the payee's account.
            amount: in units of the currency.
            currency: ISO 4217.
        """
        ts = whole_seconds(ts)
        reason = self._refused(tx_id, ts, src, dst, amount, currency)
        if reason:
            return Answer([], None, [], reason)
        self._now = ts
        self._make_room(ts)
        number = int(self._state.turn[0])
        place = number & (len(self._ids) - 1)
        gone = self._ids[place]
        if self._known.get(gone) == number - len(self._ids):
            del self._known[gone]
        self._ids[place], self._known[tx_id] = tx_id, number
        values = (
            self._number(src),
            self._number(dst),
            ts,
            round(float(amount) * 1000),
            _NUMBER[currency] if currency else -1,
        )
        for array, value in zip(self._one, values, strict=True):
            array[0] = value
        words = self._run(self._state, self._asked, *self._one, 0, 1, self._row, self._place)
        completed, cut_short = self._read(words) if len(words) else ([], [])
        return Answer(completed, self._row[0].copy(), cut_short)

    def _refused(
        self, tx_id: Hashable, ts: int, src: Any, dst: Any, amount: Any, currency: str | None
    ) -> str:
        if src is None or dst is None:
            return REASONS[1]
        if src == dst:
            return REASONS[2]
        if amount is None or not np.isfinite(amount):
            return REASONS[3]
        if amount <= 0:
            return REASONS[4]
        if amount >= TOO_LARGE:
            return REASONS[5]
        if currency and currency not in _NUMBER:
            return REASONS[6]
        if tx_id is not None and tx_id in self._known:
            return REASONS[7]
        return _LATE if ts < self._now else ""

    def _number(self, name: Hashable) -> int:
        """Return the number of an account, a new one for one not seen before."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self._numbers)
            self._state = with_accounts(self._state, number + 1)
        return number

    def _make_room(self, ts: int) -> None:
        """Make the ring larger if the window has filled it."""
        state, length = self._state, len(self._ids)
        count, low = int(state.turn[0]), int(state.low[-1])
        if count - low < length:
            return
        if state.ring[low & (length - 1)]["ts"] < ts - self._asked.base:
            return
        # The ring is full: the oldest stands where the next would.
        cut = low & (length - 1)
        in_order = self._ids[cut:] + self._ids[:cut] + [None] * length
        turned = low & (2 * length - 1)
        self._ids = in_order[-turned:] + in_order[:-turned] if turned else in_order
        self._state = with_ring(state, 2 * length)

    def _read(self, words: I64) -> tuple[list[Instance], list[str]]:
        completed, cut_short, at, mask = [], [], 0, len(self._ids) - 1
        while at < len(words):
            pattern, size, count = int(words[at]), int(words[at + 2]), int(words[at + 5])
            at += HEADER
            if pattern < 0:
                cut_short.append(PATTERNS[-1 - pattern])
            else:
                body: NDArray[np.int64] = np.sort(words[at : at + count])
                payments = [self._ids[one >> 2 & mask] for one in body.tolist()]
                roles = [ROLES[one & 3] for one in body.tolist()]
                completed.append(Instance(PATTERNS[pattern], size, payments, roles))
            at += count
        return completed, cut_short
