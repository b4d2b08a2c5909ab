"""Every pattern by its definition, in plain Python over all payments: slow, and of no shared code.

A payment is (ts, src, dst, amount); its place in the list is its rank in time. An instance is
(pattern, closing, {(payment, role)}).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple


class Pay(NamedTuple):
    ts: int
    src: int
    dst: int
    amount: int


Instance = tuple[str, int, frozenset[tuple[int, str]]]


class Sizes(NamedTuple):
    fan: int
    gather: int
    ways: int
    shared: int
    stacked: int
    cycle: int
    longest: int
    dense: int
    woken: int


def levels(least: int) -> Iterator[int]:
    while True:
        yield least
        least = least + (least // 4 or 1)


def reported(size: int, least: int) -> bool:
    for level in levels(least):
        if level >= size:
            return level == size
    return False


class Brute:
    """All instances of all patterns, by looking at everything for each closing payment."""

    def __init__(self, pays: list[Pay], window: int, sizes: Sizes) -> None:
        self.pays, self.window, self.sizes = pays, window, sizes

    def inside(self, i: int, window: int | None = None) -> list[int]:
        """The payments of the window that ends with payment i, i included."""
        opens = self.pays[i].ts - (self.window if window is None else window)
        return [j for j in range(i + 1) if self.pays[j].ts >= opens]

    def between(self, rows: list[int], src: int, dst: int | None) -> list[int]:
        """The payments from one account to another, or to any."""
        return [j for j in rows if self.pays[j].src == src and dst in (None, self.pays[j].dst)]

    def fan(self, i: int) -> Iterator[Instance]:
        rows = self.inside(i)
        for name, mine, other, role in (("fan-in", 2, 1, "in"), ("fan-out", 1, 2, "out")):
            members = [j for j in rows if self.pays[j][mine] == self.pays[i][mine]]
            before = {self.pays[j][other] for j in members if j < i}
            after = before | {self.pays[i][other]}
            if len(after) > len(before) and reported(len(after), self.sizes.fan):
                yield name, i, frozenset((j, role) for j in members)

    def gather_scatter(self, i: int) -> Iterator[Instance]:
        rows, hub, least = self.inside(i), self.pays[i].src, self.sizes.gather
        receipts = [j for j in rows if self.pays[j].dst == hub]
        gathered = next(
            (j for j in receipts if len({self.pays[k].src for k in receipts if k <= j}) >= least),
            None,
        )
        if gathered is None:
            return
        paid = [j for j in rows if self.pays[j].src == hub and j > gathered]
        before = {self.pays[j].dst for j in paid if j < i}
        size = len(before | {self.pays[i].dst})
        if size > len(before) and size >= least and reported(size, least):
            yield (
                "gather-scatter",
                i,
                frozenset([(j, "in") for j in receipts] + [(j, "out") for j in paid]),
            )

    def ways(self, rows: list[int], source: int, target: int) -> dict[int, set[tuple[int, str]]]:
        found = {}
        for middle in {self.pays[j].dst for j in rows if self.pays[j].src == source}:
            first, second = (
                self.between(rows, source, middle),
                self.between(rows, middle, target),
            )
            members = {
                one for x in first for y in second if x < y for one in ((x, "out"), (y, "in"))
            }
            if members:
                found[middle] = members
        return found

    def scatter_gather(self, i: int) -> Iterator[Instance]:
        rows, middle, target = self.inside(i), self.pays[i].src, self.pays[i].dst
        for source in {self.pays[j].src for j in rows} - {target}:
            now = self.ways(rows, source, target)
            before = self.ways([j for j in rows if j < i], source, target)
            added = middle in now and middle not in before
            if added and len(now) >= self.sizes.ways and reported(len(now), self.sizes.ways):
                yield "scatter-gather", i, frozenset().union(*now.values())

    def payees(self, rows: list[int], who: int) -> set[int]:
        return {self.pays[j].dst for j in rows if self.pays[j].src == who}

    def bipartite(self, i: int) -> Iterator[Instance]:
        rows, payer, payee = self.inside(i), self.pays[i].src, self.pays[i].dst
        if len(self.between(rows, payer, payee)) > 1:
            return
        shares = {
            other: self.payees(rows, other) & self.payees(rows, payer)
            for other in {self.pays[j].src for j in rows} - {payer}
        }
        shares = {k: v for k, v in shares.items() if payee in v and len(v) >= self.sizes.shared}
        together = set().union(*shares.values())
        if shares and reported(len(self.payees(rows, payer)), self.sizes.shared):
            shares[payer] = together
            yield (
                "bipartite",
                i,
                frozenset(
                    (j, "out") for j in rows if self.pays[j].dst in shares.get(self.pays[j].src, ())
                ),
            )

    def stack(self, i: int) -> Iterator[Instance]:
        rows, one, payee = self.inside(i), self.pays[i].src, self.pays[i].dst
        if len(self.between(rows, one, payee)) > 1:
            return
        if not reported(len(self.payees(rows, one)), self.sizes.stacked):
            return
        for other in {self.pays[j].src for j in rows} - {one}:
            shared = self.payees(rows, one) & self.payees(rows, other)
            if payee not in shared or len(shared) < self.sizes.stacked:
                continue
            low = {
                m: [j for j in rows if self.pays[j].src == m and self.pays[j].dst in shared]
                for m in (one, other)
            }
            sources = {
                s: [j for m in (one, other) for j in self.between(rows, s, m) if j < low[m][0]]
                for s in {self.pays[j].src for j in rows} - {one, other} - shared
            }
            sources = {
                s: js for s, js in sources.items() if {self.pays[j].dst for j in js} == {one, other}
            }
            if len(sources) >= 2:
                members = [(j, "in") for js in sources.values() for j in js]
                members += [(j, "out") for js in low.values() for j in js]
                yield "stack", i, frozenset(members)

    def cycle(self, i: int) -> Iterator[Instance]:
        for first in self.between(self.inside(i), self.pays[i].dst, None):
            yield from self.onward([first], i)

    def onward(self, chain: list[int], i: int) -> Iterator[Instance]:
        """Cycles that begin with a chain of payments and end with payment i."""
        if len(chain) == self.sizes.longest or chain[-1] >= i:
            return
        end = self.pays[chain[-1]].dst
        if end == self.pays[i].src:
            if len(chain) + 1 >= self.sizes.cycle:
                yield "cycle", i, frozenset((j, "step") for j in (*chain, i))
            return
        if end in {self.pays[j].src for j in chain}:
            return
        for j in self.between(list(range(chain[-1] + 1, i)), end, None):
            yield from self.onward([*chain, j], i)

    def pass_through(self, i: int, kept: float, window: int) -> Iterator[Instance]:
        paid = self.pays[i]
        for j in reversed(self.inside(i, window)):
            got = self.pays[j]
            fits = kept * got.amount <= paid.amount <= got.amount
            if j < i and got.dst == paid.src and got.src != paid.dst and fits:
                yield "pass-through", i, frozenset([(j, "in"), (i, "out")])
                return

    def structuring(self, i: int, band: tuple[int, int]) -> Iterator[Instance]:
        rows = self.inside(i)
        low, high = band
        for name, side, role in (("structuring-in", 2, "in"), ("structuring-out", 1, "out")):
            all_ = [j for j in range(i + 1) if self.pays[j][side] == self.pays[i][side]]
            under = [j for j in all_ if low <= self.pays[j].amount < high]
            if i not in under:
                continue
            now, now_under = (
                [j for j in all_ if j in rows],
                [j for j in under if j in rows],
            )
            past, past_under = len(all_) - len(now), len(under) - len(now_under)
            denser = len(now_under) / len(now) >= 3 * (past_under + 1) / (past + 10) - 1e-12
            if denser and reported(len(now_under), self.sizes.dense):
                yield name, i, frozenset((j, role) for j in now_under)

    def dormant(self, i: int, dormancy: int) -> Iterator[Instance]:
        for who in (self.pays[i].src, self.pays[i].dst):
            own = [j for j in range(i + 1) if who in (self.pays[j].src, self.pays[j].dst)]
            woke = None
            for before, j in pairwise(own):
                if self.pays[j].ts - self.pays[before].ts >= dormancy:
                    woke = j
            since = [j for j in own if woke is not None and j >= woke]
            if len(since) == self.sizes.woken and since[0] in self.inside(i):
                roles = {j: "in" if self.pays[j].dst == who else "out" for j in since}
                yield "dormant", i, frozenset(roles.items())
