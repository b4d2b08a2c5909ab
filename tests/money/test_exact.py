"""What the miner finds is what the definitions say, on many small random graphs."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from manara.money import FEATURES, PATTERNS, ROLES, Mined, Stream, mine
from tests.money.brute import Brute, Instance, Pay, Sizes

WINDOW, RAPID, DORMANCY = 40, 15, 30
SIZES = Sizes(fan=2, gather=2, ways=2, shared=2, stacked=2, cycle=2, longest=5, dense=2, woken=3)
ASKED = {
    "window": WINDOW,
    "windows": {"pass-through": RAPID},
    "sizes": {name: 2 for name in PATTERNS} | {"dormant": SIZES.woken},
    "longest_cycle": SIZES.longest,
    "threshold": 10,
    "band": 0.3,
    "dormancy": DORMANCY,
    "budget": None,
}


def graph(seed: int, layered: bool = False) -> list[Pay]:
    """Random payments among few accounts; layered ones flow from low numbers to high."""
    rng = random.Random(seed)
    accounts = 8 if layered else rng.randint(3, 8)
    count = rng.randint(14, 22) if layered else rng.randint(8, 14)
    ts, pays = 0, []
    for _ in range(count):
        ts += rng.choice((0, 1, 1, 2, 3, 60 if rng.random() < 0.1 else 4))
        src, dst = rng.sample(range(accounts), 2)
        if layered and rng.random() < 0.9:
            # Some pay the middle, then the middle pays others: 0-2 to 3-4 to 5-7.
            src = rng.choice((0, 1, 2) if len(pays) < count / 2 else (3, 4))
            dst = rng.choice((3, 4) if src < 3 else (5, 6, 7))
        pays.append(Pay(ts, src, dst, rng.choice((1, 2, 7, 8, 9, 9, 10, 20))))
    return pays


def table(pays: list[Pay]) -> dict[str, np.ndarray]:
    columns = {name: np.array([getattr(p, name) for p in pays]) for name in Pay._fields}
    return columns | {"tx_id": np.arange(len(pays))}


def as_instances(found: Mined) -> Counter[Instance]:
    return Counter(
        (
            PATTERNS[found.pattern[k]],
            int(found.closing[k]),
            frozenset(
                (int(row), ROLES[role])
                for row, role in zip(
                    found.payments(k),
                    found.roles[found.offsets[k] : found.offsets[k + 1]],
                    strict=True,
                )
            ),
        )
        for k in range(len(found))
    )


def by_definition(pays: list[Pay]) -> Counter[Instance]:
    brute = Brute(pays, WINDOW, SIZES)
    found: Counter[Instance] = Counter()
    for i in range(len(pays)):
        found.update(brute.fan(i))
        found.update(brute.gather_scatter(i))
        found.update(brute.scatter_gather(i))
        found.update(brute.bipartite(i))
        found.update(brute.stack(i))
        found.update(brute.cycle(i))
        found.update(brute.pass_through(i, 0.9, RAPID))
        found.update(brute.structuring(i, (7, 10)))
        found.update(brute.dormant(i, DORMANCY))
    return found


@pytest.mark.parametrize("layered", [False, True])
def test_every_pattern_is_what_its_definition_says(layered: bool) -> None:
    kinds: Counter[str] = Counter()
    for seed in range(500 if layered else 600):
        pays = graph(seed, layered)
        wanted, found = by_definition(pays), as_instances(mine(table(pays), **ASKED))
        assert found == wanted, (seed, found - wanted, wanted - found)
        kinds.update(pattern for pattern, _, _ in wanted)
    never = {"cycle", "dormant"} if layered else {"stack", "bipartite"}
    assert all(kinds[name] > 20 for name in set(PATTERNS) - never), kinds


@pytest.mark.parametrize("seed", range(40))
def test_one_at_a_time_says_what_the_table_says(seed: int) -> None:
    pays = graph(seed, layered=seed % 2 == 0)
    found = mine(table(pays), features=True, **ASKED)
    stream = Stream(payments=2, accounts=1, **ASKED)
    arrived: Counter[Instance] = Counter()
    for i, pay in enumerate(pays):
        answer = stream.arrive(i, *pay)
        assert answer.features is not None
        assert dict(zip(FEATURES, answer.features.tolist(), strict=True)) == pytest.approx(
            dict(zip(FEATURES, found.features[i].tolist(), strict=True)), nan_ok=True, abs=0, rel=0
        )
        for one in answer.completed:
            members = frozenset(zip(one.payments, one.roles, strict=True))
            arrived[(one.pattern, i, members)] += 1
    assert arrived == as_instances(found)


def test_the_order_of_the_rows_changes_nothing_but_their_numbers() -> None:
    pays = [pay._replace(ts=2 * k) for k, pay in enumerate(graph(7, layered=True))]
    order = random.Random(1).sample(range(len(pays)), len(pays))
    straight = as_instances(mine(table(pays), **ASKED))
    mixed = mine(table([pays[k] for k in order]), **ASKED)
    back = Counter(
        (name, order[closing], frozenset((order[row], role) for row, role in members))
        for name, closing, members in as_instances(mixed).elements()
    )
    assert back == straight
    assert mixed.late > 0


def test_sequences_count_accounts_once_and_instances_every_payment() -> None:
    # Two transfers from 1 to 2, then one from 2 to 3, then one from 3 to 1.
    pays = [Pay(1, 1, 2, 5), Pay(2, 1, 2, 5), Pay(3, 2, 3, 5), Pay(4, 3, 1, 5)]
    instances = mine(table(pays), ["cycle"])
    sequences = mine(table(pays), ["cycle"], count="sequences")
    assert sorted(instances.payments(k).tolist() for k in range(2)) == [[0, 2, 3], [1, 2, 3]]
    assert len(instances) == 2
    assert [sequences.payments(k).tolist() for k in range(len(sequences))] == [[1, 2, 3]]


def test_amounts_of_a_cycle_within_a_tolerance() -> None:
    pays = [Pay(1, 1, 2, 100), Pay(2, 2, 3, 95), Pay(3, 3, 1, 90), Pay(4, 2, 1, 50)]
    within = mine(table(pays), ["cycle"], tolerance=0.1)
    assert [within.payments(k).tolist() for k in range(len(within))] == [[0, 1, 2]]
    assert len(mine(table(pays), ["cycle"], tolerance=0.09)) == 0
    assert len(mine(table(pays), ["cycle"])) == 2


def test_sums_times_and_dwell_of_a_gather_scatter() -> None:
    pays = [Pay(10, 1, 9, 100), Pay(20, 2, 9, 200), Pay(60, 9, 3, 140), Pay(80, 9, 4, 150)]
    found = mine(table(pays), ["gather-scatter"], sizes={"gather-scatter": 2})
    assert (found.sum_in.tolist(), found.sum_out.tolist()) == ([300_000], [290_000])
    assert (found.first.tolist(), found.last.tolist()) == ([10], [80])
    assert found.dwell.tolist() == [70 - 15]
