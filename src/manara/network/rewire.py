"""Random networks that keep what a null hypothesis says is kept: degrees, and ties between classes.

A network is a perfect matching of *stubs*, the ends of its ties: a node with five ties has five
stubs, and each stub has a mate. Two stubs whose nodes are of one class exchange their mates: so
every node keeps its number of ties, and every pair of classes its number of ties, while a node's
partners, and the classes they are of, change. With one class for all, only the degrees are kept.

Exchanging the mates of two ties *of one pair of classes* would keep the classes of every node's
partners too, and each count of ties to other classes with them: no draw would ever differ from what
was observed. The choice of the stubs here does not ask what class their mates are of.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.graph.arrays import F64, I32, I64, Graph

F32 = NDArray[np.float32]
U64 = NDArray[np.uint64]

#: Exchanges tried for one draw, for each tie. After five, what a node's count of ties to other
#: classes was says nothing more of what it is (measured in `bench.convergence`).
TRIES = 5


class Stubs(NamedTuple):
    """A network as a matching of the ends of its ties, `n` nodes, `s` stubs, `c` classes.

    Attributes:
        node: [s] node of each stub, ascending.
        mate: [s] the stub at the other end of the tie.
        start: [n + 1] first stub of each node.
        group: [s] class of each stub's node.
        members: [s] stubs by class.
        first: [c + 1] first of each class in `members`.
    """

    node: I32
    mate: I32
    start: I64
    group: I32
    members: I32
    first: I64

    @classmethod
    def of(cls, graph: Graph, classes: I32) -> Stubs:
        """Return a graph as stubs.

        Args:
            graph: the network.
            classes: [n] class of each node, from 0.
        """
        node = np.repeat(np.arange(graph.n, dtype=np.int32), graph.degree)
        mate = np.empty(len(node), np.int32)
        order = np.argsort(graph.tie, kind="stable").astype(np.int32)
        mate[order[0::2]], mate[order[1::2]] = order[1::2], order[0::2]
        group = classes[node].astype(np.int32)
        members = np.argsort(group, kind="stable").astype(np.int32)
        first = np.searchsorted(group[members], np.arange(int(classes.max(initial=0)) + 2))
        return cls(node, mate, graph.start, group, members, first.astype(np.int64))


@njit(cache=True, nogil=True)
def _next(state: U64) -> int:
    """Return the next of a stream of 64-bit random numbers (SplitMix64; Steele et al. 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    value = state[0]
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True)
def _below(state: U64, bound: int) -> int:
    """Return a random number from 0 to below a bound of at most 2^31, all as likely."""
    # Multiply and shift: the bias is below bound / 2^32 of a chance in bound.
    return np.int64(((_next(state) >> np.uint64(32)) * np.uint64(bound)) >> np.uint64(32))


@njit(cache=True, nogil=True)
def _tied(node: I32, mate: I32, start: I64, one: int, other: int) -> bool:
    """Return whether two nodes are tied, looked up at the one with fewer ties."""
    if start[one + 1] - start[one] > start[other + 1] - start[other]:
        one, other = other, one
    for stub in range(start[one], start[one + 1]):  # noqa: SIM110 (any() does not compile)
        if node[mate[stub]] == other:
            return True
    return False


@njit(cache=True, nogil=True)
def exchange(stubs: Stubs, mate: I32, tries: int, state: U64) -> int:
    """Try exchanges of mates, in place; return how many were made.

    The chain is symmetric (the number of stubs of a class never changes), so every simple network
    that it can reach is as likely in the long run as any other; a try that would make a loop or a
    second tie of one pair counts as a step that stays.

    Args:
        stubs: the network.
        mate: [s] the mates as they are now.
        tries: how many.
        state: [1] state of the random numbers.
    """
    node, start = stubs.node, stubs.start
    made = 0
    for _ in range(tries):
        one = _below(state, len(mate))
        group = stubs.group[one]
        low = stubs.first[group]
        other = stubs.members[low + _below(state, stubs.first[group + 1] - low)]
        far, yon = mate[one], mate[other]
        a, b, c, d = node[one], node[far], node[other], node[yon]
        if a in (c, d) or b in (c, d):
            continue
        if _tied(node, mate, start, a, d) or _tied(node, mate, start, c, b):
            continue
        mate[one], mate[yon] = yon, one
        mate[other], mate[far] = far, other
        made += 1
    return made


@njit(cache=True, nogil=True)
def crossings(node: I32, mate: I32, profile: F64) -> F64:
    """Return the expected number of each node's ties to nodes of other domains; shape (n,).

    Args:
        node: [s] node of each stub.
        mate: [s] its mate.
        profile: [n, d] probability of each domain; what is missing to 1 is unknown.
    """
    known = profile.sum(axis=1)
    total = np.zeros(len(profile))
    for stub in range(len(node)):
        one, other = node[stub], node[mate[stub]]
        same = 0.0
        for domain in range(profile.shape[1]):
            same += profile[one, domain] * profile[other, domain]
        total[one] += known[one] * known[other] - same
    return total


@njit(cache=True, nogil=True)
def draw_crossings(stubs: Stubs, profile: F64, seed: int, draws: int, tries: int) -> F32:
    """Return each node's expected number of ties to other domains in random networks; (draws, n).

    The draws and the observed network are exchangeable under the null hypothesis, mixed or not, so
    that p-values from a node's own draws are exact: all start from one network which the chain
    reached from the observed one (Besag and Clifford 1989, the parallel method).

    Args:
        stubs: the network and its classes.
        profile: [n, d] probability of each domain for each node.
        seed: of the random numbers.
        draws: how many networks.
        tries: exchanges tried for each.
    """
    state = np.array([seed], np.uint64)
    hub = stubs.mate.copy()
    exchange(stubs, hub, tries, state)
    out = np.empty((draws, len(profile)), np.float32)
    for draw in range(draws):
        mate = hub.copy()
        exchange(stubs, mate, tries, state)
        out[draw] = crossings(stubs.node, mate, profile)
    return out


@njit(cache=True, nogil=True)
def draw_mixing(
    stubs: Stubs, profile: F64, classes: I32, seed: int, draws: int, tries: int
) -> tuple[F32, I32]:
    """Return what `draw_crossings` does, and the ties of each two classes; (draws, c, c).

    Args:
        stubs: the network and the classes whose ties are kept.
        profile: [n, d] probability of each domain for each node.
        classes: [n] class of each node, of which the ties are counted.
        seed: of the random numbers.
        draws: how many networks.
        tries: exchanges tried for each.
    """
    state = np.array([seed], np.uint64)
    hub = stubs.mate.copy()
    exchange(stubs, hub, tries, state)
    out = np.empty((draws, len(profile)), np.float32)
    count = int(classes.max()) + 1
    mixing = np.zeros((draws, count, count), np.int32)
    for draw in range(draws):
        mate = hub.copy()
        exchange(stubs, mate, tries, state)
        out[draw] = crossings(stubs.node, mate, profile)
        for stub in range(len(mate)):
            mixing[draw, classes[stubs.node[stub]], classes[stubs.node[mate[stub]]]] += 1
    return out, mixing
