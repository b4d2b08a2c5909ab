"""How unusual a payment is among its peers, by signs that published typologies name."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.model import Text, phrase
from manara.money.layout import I64
from manara.money.score.index import F64
from manara.money.score.model import Matrix
from manara.money.score.sight import NAMES

#: Fewest payments of a group of peers.
LEAST_PEERS = 300
#: Where groups of peers may begin: payments of an account in 60 days.
_EDGES = (1, 2, 4, 8, 16, 32, 64)


class Sign(NamedTuple):
    """One thing that is more unusual the more of it there is.

    Attributes:
        name: of `NAMES`.
        peers: name of the count by which accounts are alike.
        who: these accounts, in words.
        falling: whether less of it is more unusual.
    """

    name: str
    peers: str
    who: Text
    falling: bool = False


_PAYER = ("payer_paid_count_60d", phrase("payers who made {span} payments in 60 days"))
_PAYER_GOT = ("payer_got_count_60d", phrase("payers who received {span} payments in 60 days"))
_PAYEE = ("payee_got_count_60d", phrase("payees who received {span} payments in 60 days"))
_PAYEE_PAID = ("payee_paid_count_60d", phrase("payees who made {span} payments in 60 days"))

#: Bipartite, stack and scatter-gather, cycle, fans, pass-through: docs/explanation/money-score.md
#: has the reason of each.
SIGNS = (
    Sign("shared_new_sum", *_PAYER),
    Sign("gather_new_sum", *_PAYER_GOT),
    Sign("scatter_new_sum", *_PAYEE_PAID),
    Sign("cycle_strangers", *_PAYER),
    Sign("payer_paid_new_4d", *_PAYER),
    Sign("payee_got_new_4d", *_PAYEE),
    Sign("payer_paid_next_new", *_PAYER),
    Sign("payee_got_next_new", *_PAYEE),
    Sign("match", *_PAYER_GOT, falling=True),
)


class _Group(NamedTuple):
    """Edges of the groups of peers of a sign, and the values of each group, rising."""

    edges: I64
    values: list[F64]


class Base(NamedTuple):
    """Payments that others are compared with.

    Attributes:
        groups: their values, by sign and group of peers.
        scores: their scores, rising.
    """

    groups: tuple[_Group, ...]
    scores: F64


class Compared(NamedTuple):
    """Payments compared with a base.

    Attributes:
        score: sum over `SIGNS` of the square of the logarithm of `share`; 0 if nothing is unusual.
        share: by payment and sign: share of its peers that show as much of it, itself counted.
        peers: by payment and sign: number of the group of peers.
    """

    score: F64
    share: F64
    peers: NDArray[np.int8]


def base_of(values: Matrix) -> Base:
    """Return the base that payments make, described by `NAMES`."""
    groups = []
    for sign in SIGNS:
        counts, seen = _of(values, sign)
        edges = _edges(counts)
        of = np.searchsorted(edges, counts, "right") - 1
        groups.append(_Group(edges, [np.sort(seen[of == k]) for k in range(len(edges))]))
    base = Base(tuple(groups), np.zeros(0))
    return base._replace(scores=np.sort(compared(base, values).score))


def compared(base: Base, values: Matrix) -> Compared:
    """Return how unusual payments are, described by `NAMES`, among those of the base.

    The share of peers is an empirical tail, as in Li et al. 2022 (ECOD, section 3), one-sided and
    within a group; their sum of logarithms is here one of squares, so that one rare thing weighs
    more than several that are slightly unusual.
    """
    share = np.ones((len(values), len(SIGNS)))
    peers = np.zeros((len(values), len(SIGNS)), np.int8)
    for k, (sign, group) in enumerate(zip(SIGNS, base.groups, strict=True)):
        counts, seen = _of(values, sign)
        peers[:, k] = np.searchsorted(group.edges, counts, "right") - 1
        for at, known in enumerate(group.values):
            rows = peers[:, k] == at
            as_much = len(known) - np.searchsorted(known, seen[rows], "left")
            share[rows, k] = (1 + as_much) / (1 + len(known))
    return Compared((np.log(share) ** 2).sum(1), share, peers)


def percentiles(base: Base, score: F64) -> F64:
    """Return the share of the base's payments that have a lower score."""
    found: F64 = np.searchsorted(base.scores, score, "left") / max(len(base.scores), 1)
    return found


def peers_of(base: Base, sign: int, group: int) -> tuple[Text, int]:
    """Return the peers that a payment was compared with for a sign: in words, and how many."""
    edges, values = base.groups[sign]
    return Text(SIGNS[sign].who.one, "", {"span": _span(edges, group)}), len(values[group])


def _span(edges: I64, group: int) -> Text | str:
    low = int(edges[group])
    if len(edges) == 1:
        return phrase("any number of")
    if group + 1 == len(edges):
        return phrase("{least} or more", least=low)
    high = int(edges[group + 1]) - 1
    return f"{low}" if low == high else phrase("{least} to {most}", least=low, most=high)


def _of(values: Matrix, sign: Sign) -> tuple[F64, F64]:
    """Return by what payments have peers, and how much of the sign they show."""
    counts = values[:, NAMES.index(sign.peers)].astype(np.float64)
    seen = values[:, NAMES.index(sign.name)].astype(np.float64)
    return counts, np.nan_to_num(-seen if sign.falling else seen, nan=-np.inf)


def _edges(counts: F64) -> I64:
    """Return where the groups begin: each has `LEAST_PEERS` payments, or there is one only."""
    edges = [0]
    for edge in _EDGES:
        below = ((counts >= edges[-1]) & (counts < edge)).sum()
        if min(below, (counts >= edge).sum()) >= LEAST_PEERS:
            edges.append(edge)
    return np.array(edges)
