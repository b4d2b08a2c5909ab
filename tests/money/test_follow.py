"""Money followed to where it went and back to where it came from."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manara.model import FormatError, NotFoundError, UsageError
from manara.money.book import book_of_file
from manara.money.follow import Trail, accounts_of, follow
from manara.money.taint import Rule

from .invented import write_payments

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)

CHAIN = """
2026-01-05 clean shop 300
2026-02-01 amina shop 100
2026-02-02 shop dao 200
2026-02-03 shop bank 200
2026-02-04 dao - 150 cash
"""


def trail(path: Path, start: str, rule: Rule, direction: str = "to") -> Trail:
    return follow(book_of_file(path), [start], SINCE, UNTIL, rule, direction)  # type: ignore[arg-type]


def marked(found: Trail) -> dict[str, str]:
    return {hop.payment: f"{hop.marked.normalize():f}" for hop in found.hops}


def ends(found: Trail) -> dict[tuple[str, str], str]:
    return {(end.account, end.reason): f"{end.amount.normalize():f}" for end in found.ends}


def test_three_rules_say_where_it_went(tmp_path: Path) -> None:
    path = write_payments(tmp_path / "p.csv", CHAIN)
    fifo = trail(path, "amina", Rule.FIFO)
    # 300 were on the shop's account first: 200 and 100 of them went before the marked hundred.
    assert marked(fifo) == {"p2": "100", "p4": "100"}
    assert ends(fifo) == {("bank", "outside the data"): "100"}
    haircut = trail(path, "amina", Rule.HAIRCUT)
    assert marked(haircut) == {"p2": "100", "p3": "50", "p4": "50", "p5": "37.5"}
    assert ends(haircut) == {
        ("bank", "outside the data"): "50",
        ("dao", "cash"): "37.5",
        ("dao", "held"): "12.5",
    }
    poison = trail(path, "amina", Rule.POISON)
    assert marked(poison) == {"p2": "100", "p3": "200", "p4": "200", "p5": "150"}
    assert [hop.step for hop in poison.hops] == [1, 2, 2, 3]


def test_and_where_it_came_from(tmp_path: Path) -> None:
    path = write_payments(tmp_path / "p.csv", CHAIN)
    fifo = trail(path, "bank", Rule.FIFO, "from")
    assert marked(fifo) == {"p4": "200", "p2": "100", "p1": "100"}
    haircut = trail(path, "bank", Rule.HAIRCUT, "from")
    assert marked(haircut) == {"p4": "200", "p2": "50", "p1": "150"}
    assert ends(haircut) == {
        ("clean", "outside the data"): "150",
        ("amina", "outside the data"): "50",
    }


def test_a_payment_out_of_nothing_tells_of_a_balance_not_known(tmp_path: Path) -> None:
    path = write_payments(
        tmp_path / "p.csv", "2026-01-01 a b 10\n2026-01-02 b c 25\n2026-01-03 b c 0.005"
    )
    found = trail(path, "a", Rule.FIFO)
    passed = {one.account: one for one in found.accounts}
    assert passed["b"].assumed == Decimal("15.005")
    # The 15.005 that were there first are spent first.
    assert marked(found) == {"p1": "10", "p2": "9.995", "p3": "0.005"}


def test_what_comes_back_and_what_was_before_is_told(tmp_path: Path) -> None:
    path = write_payments(
        tmp_path / "p.csv", "2025-12-01 a b 7\n2026-01-02 a b 10\n2026-01-03 b a 17"
    )
    found = trail(path, "a", Rule.FIFO)
    assert found.set_out == (("XTS", Decimal(10)),)
    assert ends(found) == {("b", "returned"): "10"}


def test_an_exchange_ends_the_trail_on_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "id,time,payer_account,payee_account,amount,currency,instructed_amount,instructed_currency\n"
        "p1,2026-01-01,a,b,600,XTS,,\np2,2026-01-02,b,c,1,XXX,600,XTS\np3,2026-01-03,c,d,1,XXX,,\n"
    )
    assert ends(trail(path, "a", Rule.HAIRCUT)) == {("b", "exchanged"): "600"}
    assert ends(trail(path, "d", Rule.HAIRCUT, "from")) == {("c", "exchanged"): "1"}


ROWS = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from("abcde"), st.sampled_from("abcde-"),
              st.integers(1, 500)),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, direction=st.sampled_from(["to", "from"]))
def test_all_that_sets_out_ends_somewhere(
    tmp_path: Path, rows: list[tuple[int, str, str, int]], direction: str
) -> None:
    lines = [f"2026-01-0{day} {payer} {payee} {amount}" for day, payer, payee, amount in rows]
    path = write_payments(tmp_path / "p.csv", "\n".join(lines))
    book = book_of_file(path)
    for rule in (Rule.FIFO, Rule.HAIRCUT):
        found = follow(book, ["a"], SINCE, UNTIL, rule, direction)  # type: ignore[arg-type]
        assert sum(out for _, out in found.set_out) == sum(end.amount for end in found.ends)
        assert all(one.passed_on <= one.received for one in found.accounts)


def test_the_accounts_of_a_person(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "tx_id,ts,src,dst,amount,payer\n1,2026-01-01,acc-1,x,5,amina\n2,2026-01-02,acc-2,x,5,amina\n"
    )
    book = book_of_file(path)
    assert accounts_of(book, ["amina"]) == ("acc-1", "acc-2")
    assert accounts_of(book, ["x"]) == ("x",)
    with pytest.raises(NotFoundError, match="no payment from or to it"):
        accounts_of(book, ["بشير"])


def test_rows_that_cannot_be_used_are_named_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "id,time,payer_account,payee_account,amount\np1,2026-01-01,a,b,10\np2,soon,a,b,10\n"
        "p3,2026-01-01,a,b,-1\np4,2026-01-01,a,b,much\np1,2026-01-01,a,b,10\n,2026-01-01,a,b,1\n"
        "p7,2026-01-01,a,b,1000000000000000000\n"
    )
    book = book_of_file(path)
    assert sorted(book.set_aside) == [
        (2, "no time that can be read"),
        (3, "no positive amount"),
        (4, "no positive amount"),
        (5, "an id that came before"),
        (6, "no id"),
    ]
    assert book.payments["amount"].to_pylist() == [Decimal(10), Decimal(10**18)]


def test_a_file_that_is_no_table_of_payments_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="no column amount"):
        book_of_file(tmp_path / "p.csv")
    (tmp_path / "p.parquet").write_bytes(b"PAR1 not at all")
    with pytest.raises(FormatError, match="cannot be read as a table"):
        book_of_file(tmp_path / "p.parquet")
