"""How the miner holds payments: records in a ring, accounts, marks, and what it is asked for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]

#: The patterns, in the order of their codes; docs/explanation/money-patterns.md defines them.
PATTERNS = (
    "fan-in",
    "fan-out",
    "gather-scatter",
    "scatter-gather",
    "bipartite",
    "stack",
    "cycle",
    "pass-through",
    "structuring-in",
    "structuring-out",
    "dormant",
)
(
    FAN_IN,
    FAN_OUT,
    GATHER_SCATTER,
    SCATTER_GATHER,
    BIPARTITE,
    STACK,
    CYCLE,
    PASS_THROUGH,
    STRUCTURING_IN,
    STRUCTURING_OUT,
    DORMANT,
) = range(len(PATTERNS))
#: What a payment does in a pattern: towards its middle, away from it, one step of a chain.
ROLES = ("in", "out", "step")
ROLE_IN, ROLE_OUT, ROLE_STEP = range(3)
#: Longest cycle that can be asked for.
LONGEST_CYCLE = 10

#: One payment, 56 bytes, so that a step of a walk touches one line of memory or two. Five are
#: distances back to an earlier payment, 0 for none in the window: the one before of the same payer,
#: the one before to the same payee, the last one its payer received, the last one between the same
#: two, and the next one in the same bucket of pairs. Two lead on: to the next one of the same
#: payer, and the next one to the same payee, 0 for none so far.
PAYMENT = np.dtype(
    [
        ("ts", "i8"),
        ("amount", "i8"),
        ("src", "i4"),
        ("dst", "i4"),
        ("before_out", "i4"),
        ("before_in", "i4"),
        ("fed", "i4"),
        ("same", "i4"),
        ("chain", "i4"),
        ("after_out", "i4"),
        ("after_in", "i4"),
        ("currency", "i2"),
        ("repeated", "i2"),
    ]
)
#: One account: its last payments and the first in the window (numbers), what is in the window, what
#: was before.
ACCOUNT = np.dtype(
    [
        ("last_in", "i8"),
        ("last_out", "i8"),
        ("first_in", "i8"),
        ("first_out", "i8"),
        ("in_sum", "i8"),
        ("out_sum", "i8"),
        ("seen", "i8"),
        ("woke", "i8"),
        ("since", "i8"),
        ("in_count", "i4"),
        ("out_count", "i4"),
        ("payers", "i4"),
        ("payees", "i4"),
        ("in_band", "i4"),
        ("out_band", "i4"),
        ("in_total", "i4"),
        ("out_total", "i4"),
        ("in_total_band", "i4"),
        ("out_total_band", "i4"),
    ]
)
#: What searches write on accounts; a stamp that is not the search's own means "not written".
MARK = np.dtype(
    [
        ("ahead", "i8"),
        ("arrival", "i8"),
        ("behind", "i8"),
        ("departure", "i8"),
        ("seen", "i8"),
        ("queued", "i8"),
    ]
)


class Asked(NamedTuple):
    """What is asked of the miner, in the units of the kernels.

    Attributes:
        on: which patterns are looked for, by code.
        window: seconds, by code; `base` is the longest.
        shorter: codes of patterns whose window is shorter than the base window.
        base: seconds that payments stay in the window.
        size: least size, by code.
        shortest: shortest cycle.
        longest: longest cycle.
        tolerance: share of the largest amount by which amounts of a cycle may differ; negative for
            any amounts.
        sequences: one cycle for each sequence of accounts, not for each sequence of payments.
        kept: least share of a receipt that a pass-through pays on.
        threshold: of structuring, in thousandths.
        band: from where up to the threshold, in thousandths.
        dormancy: seconds without payments that make an account dormant.
        budget: most steps of one search for one payment.
    """

    on: NDArray[np.bool_]
    window: I64
    shorter: I64
    base: int
    size: I64
    shortest: int
    longest: int
    tolerance: float
    sequences: bool
    kept: float
    threshold: int
    band: int
    dormancy: int
    budget: int


class State(NamedTuple):
    """All that the miner knows between two payments.

    Attributes:
        ring: payments; number i is at place i modulo the length, a power of two.
        account: the accounts.
        mark: what searches write on accounts.
        bucket: newest payment of each bucket of pairs (payer, payee), -1 for none.
        low: oldest payment in the window, by code of pattern; last that of the base window.
        turn: payments so far; stamps given so far; 1 when the last search was cut short.
        near: accounts at the edge of a search, four lists.
    """

    ring: NDArray[Any]
    account: NDArray[Any]
    mark: NDArray[Any]
    bucket: I64
    low: I64
    turn: I64
    near: NDArray[np.int32]


def new_state(payments: int, accounts: int) -> State:
    """Return a state without payments.

    Args:
        payments: room for at least so many payments in the window.
        accounts: room for so many accounts.
    """
    room = 1 << max(int(payments) - 1, 15).bit_length()
    return State(
        np.zeros(room, PAYMENT),
        fresh_accounts(accounts),
        fresh_marks(accounts),
        np.full(2 * room, -1, np.int64),
        np.zeros(len(PATTERNS) + 1, np.int64),
        np.zeros(3, np.int64),
        np.zeros((4, accounts), np.int32),
    )


def fresh_accounts(count: int) -> NDArray[Any]:
    """Return accounts that never paid nor were paid."""
    accounts = np.zeros(count, ACCOUNT)
    for name in ("last_in", "last_out", "seen", "woke"):
        accounts[name] = -1
    return accounts


def fresh_marks(count: int) -> NDArray[Any]:
    """Return marks that no search has written."""
    return np.full(6 * count, -1, np.int64).view(MARK)
