"""Rules by which money that was marked stays marked as it is paid on.

All sums are integers in one unit of one currency, so that nothing is lost to rounding. A ledger is
told each payment in order and answers how much of it is marked. FIFO and haircut never make or lose
marked money; poison is an upper bound and makes it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol

#: Stretches of money in the order in which it is spent: how much, and whether it is marked.
_Runs = deque[tuple[int, bool]]


class Rule(StrEnum):
    """Which money an account spends first."""

    FIFO = "fifo"  #: what came in first goes out first (Clayton's case, 1816)
    HAIRCUT = "haircut"  #: every payment takes its share of all that is there (pari passu)
    POISON = "poison"  #: one marked unit marks all that leaves the account afterwards


class Ledger(Protocol):
    """The accounts of one currency while marked money moves among them."""

    def pay(self, payer: str, payee: str | None, amount: int, *, seed: bool = False) -> int:
        """Book a payment and return how much of it is marked.

        Args:
            payer: whose account it leaves.
            payee: whose account it reaches; None if it leaves all accounts that are followed.
            amount: the sum.
            seed: mark all of it, whatever the payer holds.
        """

    def held(self) -> Mapping[str, int]:
        """Return the marked money that rests on each account."""


def ledger(rule: Rule, opening: Mapping[str, int]) -> Ledger:
    """Return a ledger in which accounts hold these unmarked sums at first."""
    kinds: Mapping[Rule, type[Fifo | Haircut | Poison]] = {
        Rule.FIFO: Fifo,
        Rule.HAIRCUT: Haircut,
        Rule.POISON: Poison,
    }
    return kinds[rule](opening)


class Fifo:
    """First in, first out, down to the single unit: a payment keeps the order of its parts."""

    def __init__(self, opening: Mapping[str, int]) -> None:
        self._queues: dict[str, _Runs] = {
            account: deque([(amount, False)]) for account, amount in opening.items() if amount
        }

    def pay(self, payer: str, payee: str | None, amount: int, *, seed: bool = False) -> int:
        """See `Ledger.pay`."""
        runs = _take(self._queues.setdefault(payer, deque()), amount)
        if seed:
            runs = [(amount, True)]
        if payee is not None:
            _put(self._queues.setdefault(payee, deque()), runs)
        return _marked(runs)

    def held(self) -> Mapping[str, int]:
        """See `Ledger.held`."""
        return {account: _marked(queue) for account, queue in self._queues.items()}


def _take(queue: _Runs, amount: int) -> list[tuple[int, bool]]:
    """Return the first money of a queue; what the queue lacks is unmarked."""
    runs = []
    while amount and queue:
        size, marked = queue.popleft()
        if size > amount:
            queue.appendleft((size - amount, marked))
            size = amount
        runs.append((size, marked))
        amount -= size
    return [*runs, (amount, False)] if amount else runs


def _put(queue: _Runs, runs: Iterable[tuple[int, bool]]) -> None:
    for size, marked in runs:
        # Neighbours alike are one, so that an account without marked money costs nothing.
        if queue and queue[-1][1] == marked:
            queue[-1] = (queue[-1][0] + size, marked)
        else:
            queue.append((size, marked))


def _marked(runs: Iterable[tuple[int, bool]]) -> int:
    return sum(size for size, marked in runs if marked)


class Haircut:
    """In proportion: a payment is marked as its account is, rounded down, the rest staying."""

    def __init__(self, opening: Mapping[str, int]) -> None:
        self._balance = dict(opening)
        self._marks: dict[str, int] = {}

    def pay(self, payer: str, payee: str | None, amount: int, *, seed: bool = False) -> int:
        """See `Ledger.pay`."""
        balance, marks = self._balance.get(payer, 0), self._marks.get(payer, 0)
        leaves = marks * amount // balance if balance > amount else marks
        self._balance[payer] = balance - amount
        if marks:
            self._marks[payer] = marks - leaves
        marked = amount if seed else leaves
        if payee is not None:
            self._balance[payee] = self._balance.get(payee, 0) + amount
            if marked:
                self._marks[payee] = self._marks.get(payee, 0) + marked
        return marked

    def held(self) -> Mapping[str, int]:
        """See `Ledger.held`."""
        return self._marks


class Poison:
    """All or nothing: an upper bound, which soon marks everything."""

    def __init__(self, opening: Mapping[str, int]) -> None:
        self._balance = dict(opening)
        self._poisoned: set[str] = set()

    def pay(self, payer: str, payee: str | None, amount: int, *, seed: bool = False) -> int:
        """See `Ledger.pay`."""
        marked = seed or payer in self._poisoned
        self._balance[payer] = self._balance.get(payer, 0) - amount
        if payee is not None:
            self._balance[payee] = self._balance.get(payee, 0) + amount
            if marked:
                self._poisoned.add(payee)
        return amount if marked else 0

    def held(self) -> Mapping[str, int]:
        """See `Ledger.held`."""
        return {account: self._balance[account] for account in self._poisoned}
