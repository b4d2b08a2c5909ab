"""Where crimes converge: who is tied to other crime domains more than chance gives.

Two null hypotheses, always both reported. *A* keeps every entity's number of ties; against it one
asks whether crimes mix at all. *B* keeps the number of ties between every pair of domains too;
against it one asks who carries more of them than their share. Findings are made under B: crimes are
segregated, so under A hardly anybody stands out who should.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from manara import __version__
from manara.graph import Graph
from manara.graph.arrays import F64, I32
from manara.model import UsageError
from manara.network.measures import assortativity, breadth, largest_component
from manara.network.nulls import (
    Tested,
    degrees_kept,
    mixing_kept,
    most_probable,
    observed_crossings,
    sensitivity,
)
from manara.network.rewire import TRIES, Stubs, draw_mixing
from manara.network.significance import Measure, benjamini_hochberg


class Settings(msgspec.Struct, frozen=True):
    """What a result depends on, beside its data.

    Attributes:
        seed: of the random numbers, 0 or more.
        draws: random networks for each null hypothesis.
        fdr: share of false findings that is accepted, 0..1.
        label_error: share of the stated domains that are wrong, 0..1; for the test of sensitivity.
    """

    seed: int = 1
    draws: int = 1000
    fdr: float = 0.1
    label_error: float = 0.1


class Standing(msgspec.Struct, frozen=True):
    """One entity: its domains, its ties to others, and what chance gives.

    Attributes:
        id: its name.
        domain: its most probable domain, ``unknown`` if that is more probable than any.
        breadth: in how many domains it is active, in effect.
        ties: number of its ties.
        cross: expected number of them to entities of other domains.
        expected_a: of these by chance, under null A.
        p_a: probability of as many or more under A.
        q_a: share of false findings under A up to this entity.
        expected_b: as ``expected_a``, under null B.
        p_b: as ``p_a``, under null B.
        q_b: as ``q_a``, under null B.
        partners: number of its ties by most probable domain of the other end, most first.
        stands: of a finding, the share of redrawn labellings in which it stands; else None.
    """

    id: str
    domain: str
    breadth: float
    ties: int
    cross: float
    expected_a: float
    p_a: float
    q_a: float
    expected_b: float
    p_b: float
    q_b: float
    partners: dict[str, int]
    stands: float | None = None


class Bridge(msgspec.Struct, frozen=True):
    """One entity found to be tied to other domains more than its share, under null B.

    Attributes:
        id: its name.
        domain: as of a `Standing`.
        cross: expected number of its ties to entities of other domains.
        expected: of these by chance.
        p: probability of as many or more by chance.
        q: share of false findings up to this entity.
        stands: share of redrawn labellings in which it stands.
    """

    id: str
    domain: str
    cross: float
    expected: float
    p: float
    q: float
    stands: float


class Pair(msgspec.Struct, frozen=True):
    """Ties between two domains, or within one, under null A.

    Attributes:
        domains: the two.
        ties: observed number.
        expected: mean of the random networks.
        sd: standard deviation there.
        p_more: probability of as many or more by chance.
        p_less: probability of as few or fewer by chance.
        q: share of false ones among all pairs as striking, on either side.
    """

    domains: tuple[str, str]
    ties: int
    expected: float
    sd: float
    p_more: float
    p_less: float
    q: float


class System(msgspec.Struct, frozen=True):
    """Measures of the whole network.

    Attributes:
        entities: how many.
        ties: how many.
        largest_component: share of the entities with a tie that hang together.
        assortativity: Newman's, of the domains.
        cross_share: share of ties between domains, under null A. Under B it is what is kept.
        pairs: ties between every two domains that have any.
        event_overlap: events with two domains or more, where events are known.
        community_mix: domains that a community spans, where communities are known.
    """

    entities: int
    ties: int
    largest_component: float
    assortativity: float
    cross_share: Measure
    pairs: list[Pair]
    event_overlap: Measure | None = None
    community_mix: Measure | None = None


class Convergence(msgspec.Struct, frozen=True):
    """What was found, with all it takes to compute it again.

    Attributes:
        version: of this program.
        settings: seed, draws and thresholds.
        domains: names of the domains.
        system: measures of the whole network.
        findings: entities with more ties to other domains than their share under null B, at the
            accepted share of false findings; the surest first.
        entities: all entities that have a tie, in the order of the network.
    """

    version: str
    settings: Settings
    domains: list[str]
    system: System
    findings: list[Standing]
    entities: list[Standing]


def converge(
    graph: Graph, profile: F64, domains: Sequence[str], settings: Settings | None = None
) -> Convergence:
    """Return who is tied to other domains more than chance gives, and what chance gives.

    Args:
        graph: who is tied to whom; entities without a tie are left out.
        profile: [n, d] probability that each entity is active in each domain; what is missing to 1
            is unknown.
        domains: [d] names of the domains.
        settings: seed, draws and thresholds.

    Raises:
        UsageError: there is no tie, a profile is no probability vector, or a setting is out of
            range.
    """
    chosen = settings or Settings()
    graph, profile = _tied(graph, profile, domains, chosen)
    classes = most_probable(profile)
    kept = Stubs.of(graph, np.zeros_like(classes))
    sample, mixing = draw_mixing(kept, profile, classes, chosen.seed, chosen.draws, TRIES * graph.m)
    a = degrees_kept(graph, profile, sample)
    b, places, stands = _found(graph, profile, chosen)
    names = [*domains, "unknown"]
    entities = _standings(graph, profile, names, a, b)
    findings = [msgspec.structs.replace(entities[at], stands=_short(stands[at])) for at in places]
    crossing = observed_crossings(graph, profile).sum() / max(2 * graph.m, 1)
    system = System(
        graph.n,
        graph.m,
        _short(largest_component(graph)),
        _short(assortativity(graph, profile)),
        Measure.of(crossing, sample.sum(axis=1) / max(2 * graph.m, 1)).rounded(),
        _pairs(graph, classes, mixing, names),
    )
    return Convergence(__version__, chosen, list(domains), system, findings, entities)


def bridges(
    graph: Graph, profile: F64, domains: Sequence[str], settings: Settings | None = None
) -> list[Bridge]:
    """Return the findings of `converge`, the surest first, without what only null A tells.

    Args:
        graph: as for `converge`.
        profile: as for `converge`.
        domains: as for `converge`.
        settings: as for `converge`.

    Raises:
        UsageError: as for `converge`.
    """
    chosen = settings or Settings()
    graph, profile = _tied(graph, profile, domains, chosen)
    b, places, stands = _found(graph, profile, chosen)
    names, classes = [*domains, "unknown"], most_probable(profile)
    cross = observed_crossings(graph, profile)
    return [
        Bridge(
            graph.nodes[at],
            names[classes[at]],
            *map(_short, (cross[at], b.expected[at], b.p[at], b.q[at], stands[at])),
        )
        for at in places
    ]


def _tied(
    graph: Graph, profile: F64, domains: Sequence[str], chosen: Settings
) -> tuple[Graph, F64]:
    """Return those that have a tie, and their profiles, if all can be tested."""
    profile = np.ascontiguousarray(profile, np.float64)
    _check(graph, profile, domains, chosen)
    tied = graph.degree > 0
    return graph.within(tied), profile[tied]


def _found(graph: Graph, profile: F64, chosen: Settings) -> tuple[Tested, list[int], F64]:
    """Return how all stand under null B, the places of findings, and in what share each stands."""
    b, found, threshold = mixing_kept(
        graph, profile, seed=chosen.seed, draws=chosen.draws, fdr=chosen.fdr
    )
    stands = sensitivity(
        graph, profile, found, threshold, seed=chosen.seed, label_error=chosen.label_error
    )
    return b, [at for at in np.lexsort((b.p, b.q)).tolist() if found[at]], stands


def _standings(
    graph: Graph, profile: F64, names: Sequence[str], a: Tested, b: Tested
) -> list[Standing]:
    classes = most_probable(profile)
    stubs = Stubs.of(graph, classes)
    partners = np.zeros((graph.n, len(names)), np.int64)
    np.add.at(partners, (stubs.node, classes[stubs.node[stubs.mate]]), 1)
    cross, width = observed_crossings(graph, profile), breadth(profile)
    numbers = np.column_stack([cross, a.expected, a.p, a.q, b.expected, b.p, b.q]).tolist()
    fields = ("cross", "expected_a", "p_a", "q_a", "expected_b", "p_b", "q_b")
    return [
        Standing(
            id=graph.nodes[at],
            domain=names[classes[at]],
            breadth=_short(width[at]),
            ties=int(graph.degree[at]),
            partners={
                names[one]: int(partners[at, one])
                for one in np.argsort(-partners[at], kind="stable").tolist()
                if partners[at, one]
            },
            **dict(zip(fields, map(_short, numbers[at]), strict=True)),
        )
        for at in range(graph.n)
    ]


def _pairs(graph: Graph, classes: I32, mixing: I32, names: Sequence[str]) -> list[Pair]:
    """Return the pairs of domains that have a tie, or should, the most striking first."""
    seen = np.zeros(mixing.shape[1:])
    ends = classes[graph.ends]
    np.add.at(seen, (ends[:, 0], ends[:, 1]), 1)
    np.add.at(seen, (ends[:, 1], ends[:, 0]), 1)
    tests = [
        (one, other, Measure.of(seen[one, other] / half, mixing[:, one, other] / half))
        for one in range(len(seen))
        for other in range(one, len(seen))
        # Within a domain each tie was counted from both its ends.
        for half in (2 if one == other else 1,)
        if seen[one, other] or mixing[:, one, other].any()
    ]
    q = benjamini_hochberg(np.array([min(1.0, 2 * min(m.p_more, m.p_less)) for *_, m in tests]))
    pairs = [
        Pair(
            (names[one], names[other]),
            round(of.observed),
            *map(_short, (of.expected, of.sd, of.p_more, of.p_less, share)),
        )
        for (one, other, of), share in zip(tests, q, strict=True)
    ]
    return sorted(pairs, key=lambda pair: (pair.q, -abs(pair.ties - pair.expected)))


def _check(graph: Graph, profile: F64, domains: Sequence[str], chosen: Settings) -> None:
    if profile.shape != (graph.n, len(domains)):
        raise UsageError(
            f"profiles of shape {profile.shape} for {graph.n} entities and {len(domains)} domains",
            where="profile",
        )
    if not graph.m:
        raise UsageError("no ties", where="network")
    if not ((profile >= 0).all() and (profile.sum(axis=1) <= 1 + 1e-6).all()):
        raise UsageError("a profile is no probability vector", where="profile")
    if chosen.seed < 0 or chosen.draws < 1:
        raise UsageError("not a seed from 0 and a number of draws from 1", where="settings")
    if not (0 < chosen.fdr < 1 and 0 <= chosen.label_error < 1):
        raise UsageError("a rate is not between 0 and 1", where="settings")


def _short(value: float) -> float:
    """Return a number with the six significant digits that may be shown."""
    return float(f"{value:.6g}")
