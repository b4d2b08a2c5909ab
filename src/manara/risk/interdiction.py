"""What to protect against an attacker who then chooses best: the knapsack with interdiction.

The defender puts items out of reach within a budget; the attacker then takes the most valuable
items that are left and that he can carry. Solved exactly by branch and bound, with the bound of
Weninger and Fukasawa, "A fast combinatorial algorithm for the bilevel knapsack problem with
interdiction constraints" (IPCO 2023): the value of the game in which both decide item by item, the
attacker without knowing what will be protected later, is never more than the true value.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError, UsageError

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

#: The bound's table holds one number for each item and each rest of both budgets; more than this
#: many do not fit into memory beside other work.
_MOST_STATES = 400_000_000

#: Nodes searched between two looks at the clock.
_NODES = 200_000


@dataclass(frozen=True, slots=True)
class Instance:
    """A problem.

    Attributes:
        budget: what the defender can spend.
        capacity: what the attacker can carry.
        value: of each item, shape (n,).
        cost: of protecting each.
        weight: of each for the attacker.
    """

    budget: int
    capacity: int
    value: I64
    cost: I64
    weight: I64


@dataclass(frozen=True, slots=True)
class Plan:
    """A solution.

    Attributes:
        loss: what the attacker still gets at most.
        protected: places of the items to protect, rising.
        taken: places of the items that he then takes.
        proven: whether no plan is better; False where time ran out.
        bound: no plan can bring the loss below.
        nodes: partial plans looked at.
    """

    loss: int
    protected: tuple[int, ...]
    taken: tuple[int, ...]
    proven: bool
    bound: int
    nodes: int


def read_instance(path: Path) -> Instance:
    """Return the problem of a ``.ki`` file: n, capacity, budget, weights, costs, values.

    What follows these numbers, such as the name of a group of problems, is not read.

    Raises:
        FormatError: the file is not of this form.
    """
    words = path.read_text("ascii", "replace").split()
    try:
        count = int(words[0]) if words else 0
        numbers = [int(word) for word in words[: 3 + 3 * count]]
    except ValueError as error:
        raise FormatError(f"not a whole number: {error}", where=path.name) from error
    if count < 1 or len(numbers) != 3 + 3 * count:
        told = f"{len(numbers)} numbers; {count} items need {3 + 3 * count}"
        raise FormatError(told, where=path.name)
    if min(numbers) < 0:
        raise FormatError("a number below zero", where=path.name)
    parts = np.array(numbers[3:], np.int64).reshape(3, count)
    return Instance(numbers[2], numbers[1], parts[2], parts[1], parts[0])


def solve(instance: Instance, seconds: float = 60.0) -> Plan:
    """Return the plan after which the attacker gets least.

    Args:
        instance: the problem.
        seconds: give up proving after so long, and say so.

    Raises:
        UsageError: the budgets are too large for an exact search here.
    """
    one = instance
    # What can always be protected or never be carried, decides nothing.
    budget = min(one.budget, int(one.cost.sum()))
    capacity = min(one.capacity, int(one.weight.sum()))
    states = (len(one.value) + 1) * (budget + 1) * (capacity + 1)
    if states > _MOST_STATES or int(one.value.sum()) > np.iinfo(np.int32).max:
        raise UsageError(
            f"{states:,} states of values up to {int(one.value.sum()):,}: too many",
            where="interdiction",
            remedy="state costs, weights and values in larger units",
        )
    order = np.argsort(-(one.value / np.maximum(one.weight, 1e-9)), kind="stable")
    arrays = one.value[order], one.cost[order], one.weight[order]
    bound = _bounds(*arrays, budget, capacity)
    search = _Search(arrays, bound, budget, capacity)
    search.run(time.monotonic() + seconds)
    protected = np.zeros(len(order), np.bool_)
    protected[order[search.best]] = True
    taken = _carried(one.value, one.weight, protected, capacity)
    least = int(bound[0, budget, capacity])
    return Plan(
        search.loss,
        tuple(np.flatnonzero(protected).tolist()),
        tuple(np.flatnonzero(taken).tolist()),
        search.done,
        search.loss if search.done else least,
        search.nodes,
    )


class _Search:
    """A depth-first search that can be stopped and looked at between slices."""

    def __init__(
        self, arrays: tuple[I64, I64, I64], bound: I32, budget: int, capacity: int
    ) -> None:
        count = len(arrays[0])
        self._arrays, self._bound = arrays, bound
        self._carry = np.zeros((count + 1, capacity + 1), np.int64)
        self._choice = np.full(count + 1, -1, np.int8)
        self._first = np.zeros(count + 1, np.int8)
        self._left = np.zeros(count + 1, np.int64)
        self._left[0] = budget
        self._state = np.zeros(3, np.int64)
        self._state[1] = np.iinfo(np.int64).max
        self._best = np.zeros(count, np.bool_)

    def run(self, until: float) -> None:
        """Search until all is known or the time is over."""
        while not self.done:
            _search(
                *self._arrays, self._bound, self._carry, self._choice, self._first, self._left,
                self._state, self._best, _NODES,
            )  # fmt: skip
            if time.monotonic() > until and self.loss < np.iinfo(np.int64).max:
                return

    @property
    def done(self) -> bool:
        """Whether nothing is left to search."""
        return bool(self._state[0] < 0)

    @property
    def loss(self) -> int:
        """The least loss found."""
        return int(self._state[1])

    @property
    def nodes(self) -> int:
        """Partial plans looked at."""
        return int(self._state[2])

    @property
    def best(self) -> NDArray[np.bool_]:
        """The plan with the least loss."""
        return self._best


@numba.njit(cache=True, nogil=True)
def _bounds(value: I64, cost: I64, weight: I64, budget: int, capacity: int) -> I32:
    """Return the game's value from each item on, for each rest of budget and capacity."""
    count = len(value)
    bound = np.zeros((count + 1, budget + 1, capacity + 1), np.int32)
    for item in range(count - 1, -1, -1):
        for money in range(budget + 1):
            for room in range(capacity + 1):
                open_ = bound[item + 1, money, room]
                if room >= weight[item]:
                    open_ = max(open_, value[item] + bound[item + 1, money, room - weight[item]])
                if money >= cost[item]:
                    open_ = min(open_, bound[item + 1, money - cost[item], room])
                bound[item, money, room] = open_
    return bound


@numba.njit(cache=True, nogil=True)
def _search(
    value: I64,
    cost: I64,
    weight: I64,
    bound: I32,
    carry: I64,
    choice: NDArray[np.int8],
    first: NDArray[np.int8],
    left: I64,
    state: I64,
    best: NDArray[np.bool_],
    nodes: int,
) -> None:
    """Go on with the search for some nodes; `state` holds depth (-1: done), least loss, nodes.

    ``carry[d, c]`` is the most that fits into c of the first d items that are not protected.
    ``choice[d]`` is -1 before item d is decided, then 0 or 1 (protected), then 2 when both were
    tried; ``first[d]`` is what to try first.
    """
    count, capacity = len(value), carry.shape[1] - 1
    depth = state[0]
    for _ in range(nodes):
        if depth < 0:
            break
        if depth == count:
            if carry[count, capacity] < state[1]:
                state[1] = carry[count, capacity]
                for item in range(count):
                    best[item] = choice[item] % 10 == 1
            depth -= 1
            continue
        if choice[depth] >= 10:
            # Both ways were tried.
            choice[depth] = -1
            depth -= 1
            continue
        if choice[depth] < 0:
            state[2] += 1
            if _least(bound[depth], carry[depth], left[depth]) >= state[1]:
                depth -= 1
                continue
            protect = left[depth] >= cost[depth]
            kept = bound[depth + 1, left[depth] - cost[depth], capacity] if protect else 0
            first[depth] = 1 if protect and kept <= bound[depth + 1, left[depth], capacity] else 0
            taken = first[depth]
            choice[depth] = taken if protect else 10
        else:
            taken = 1 - first[depth]
            choice[depth] = 10 + taken
        _decide(value, weight, carry, depth, taken == 1)
        left[depth + 1] = left[depth] - (cost[depth] if taken == 1 else 0)
        depth += 1
        if depth < count:
            choice[depth] = -1
    state[0] = depth


@numba.njit(cache=True, nogil=True)
def _least(bound: I32, carry: I64, money: int) -> int:
    """Return what the attacker gets at least, whatever is protected later."""
    capacity = len(carry) - 1
    least = 0
    for used in range(capacity + 1):
        least = max(least, carry[used] + bound[money, capacity - used])
    return least


@numba.njit(cache=True, nogil=True)
def _decide(value: I64, weight: I64, carry: I64, item: int, protected: bool) -> None:
    """Work out what can be carried once an item is decided."""
    for room in range(carry.shape[1]):
        most = carry[item, room]
        if not protected and room >= weight[item]:
            most = max(most, carry[item, room - weight[item]] + value[item])
        carry[item + 1, room] = most


def _carried(
    value: I64, weight: I64, protected: NDArray[np.bool_], capacity: int
) -> NDArray[np.bool_]:
    """Return which items the attacker then takes."""
    carry = np.zeros((len(value) + 1, capacity + 1), np.int64)
    for item in range(len(value)):
        _decide(value, weight, carry, item, bool(protected[item]))
    taken = np.zeros(len(value), np.bool_)
    room = capacity
    for item in range(len(value) - 1, -1, -1):
        if carry[item + 1, room] != carry[item, room]:
            taken[item] = True
            room -= int(weight[item])
    return taken
