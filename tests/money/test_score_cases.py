"""What payments make together: telling patterns before whatever shares an account with them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from manara.money.score.cases import MOST_OF_CASE, Evidence, evidence
from manara.money.score.sight import sight_of

DAY = 86_400


def made(
    rows: list[tuple[float, str, str]], asked: int, unlikely: tuple[int, ...] = ()
) -> Evidence:
    """Return what a row makes with others, all likely but some; rows of day, payer, payee."""
    days, src, dst = zip(*rows, strict=True)
    seconds = [int(day * DAY) for day in days]
    ids = list(range(len(rows)))
    columns = {"tx_id": ids, "ts": seconds, "src": src, "dst": dst, "amount": [1.0] * len(rows)}
    table = pa.table(columns)
    weight = np.ones(len(rows))
    weight[list(unlikely)] = 0
    return next(evidence(table, sight_of(table, len(rows), 0), weight, np.array([asked]), 0.5))


#: Three payers who pay the same three payees, and a shop that the first of them pays too.
THREE = [(k + j / 4, f"a{k}", f"b{j}") for k in range(3) for j in range(3)]
SHOP = [(2 + k / 100, f"c{k}" if k else "a0", "shop") for k in range(MOST_OF_CASE + 10)]


def test_a_telling_pattern_does_not_take_in_a_busy_neighbour() -> None:
    found = made(THREE + SHOP, 4)
    assert found.pattern == "bipartite"
    assert found.case.tolist() == list(range(9))


def test_a_case_grows_by_patterns_of_which_it_holds_half() -> None:
    # The same payees pay one more each: two layers, of which either is a pattern by itself.
    onward = [(6 + j + k / 4, f"b{j}", f"d{k}") for j in range(3) for k in range(3)]
    assert set(made(THREE + onward + SHOP, 0).case.tolist()) == set(range(18))


def test_what_is_not_likely_is_a_member_if_it_ties_in() -> None:
    # The second payer's three payments tie in; a tenth account is tied to one of them only, and a
    # payer who had paid the same before is not new to them.
    once = [(1.5, "e", "b0"), (-50.0, "f", "b1"), (-50.0, "f", "b2")]
    known = [*once, (1.0, "f", "b1"), (1.0, "f", "b2")]
    found = made(THREE + known, 0, unlikely=(3, 4, 5, 9, 10, 11, 12, 13))
    assert sorted(found.case.tolist()) == list(range(9))


def test_a_star_is_the_whole_burst_of_its_account() -> None:
    # Five payees new to h within days, one paid much later, one known for long.
    paid = [(20 + k, "h", f"p{k}") for k in range(5)]
    others = [(40.0, "h", "p8"), (0.0, "h", "p9"), (21.5, "h", "p9"), (22.0, "s", "p0")]
    found = made(paid + others, 0, unlikely=(2, 3, 4, 5, 6, 7, 8))
    assert found.case.tolist() == [0, 1, 2, 3, 4]


def test_without_a_telling_pattern_a_case_is_what_hangs_together_or_one_pattern() -> None:
    chain = [(k, f"e{k}", f"e{k + 1}") for k in range(4)]
    far = [(30.0, "e4", "e9")]
    assert made(chain + far, 1).case.tolist() == [0, 1, 2, 3]
    found = made(SHOP, 5)
    assert found.pattern == "fan-in" and found.case.tolist() == found.rows.tolist()
