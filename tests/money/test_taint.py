"""Marked money by three rules: the sums of a worked example, and that none is made or lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.money.taint import Rule, ledger

ACCOUNTS = "abcde"

#: Payments as (payer, payee, amount); a payee "" is cash.
PAYMENTS = st.lists(
    st.tuples(
        st.sampled_from(ACCOUNTS), st.sampled_from([*ACCOUNTS, ""]), st.integers(1, 10**20)
    ).filter(lambda one: one[0] != one[1]),
    max_size=60,
)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # 100 marked, then 300 clean on the same account; 200 goes on, then the other 200.
        (Rule.FIFO, (100, 0)),
        (Rule.HAIRCUT, (50, 50)),
        (Rule.POISON, (200, 200)),
    ],
)
def test_two_payments_from_a_mixed_account(rule: Rule, expected: tuple[int, int]) -> None:
    book = ledger(rule, {"start": 100, "clean": 300})
    assert book.pay("start", "mixed", 100, seed=True) == 100
    assert book.pay("clean", "mixed", 300) == 0
    assert (book.pay("mixed", "x", 200), book.pay("mixed", "y", 200)) == expected


def test_fifo_spends_what_was_there_before() -> None:
    book = ledger(Rule.FIFO, {"b": 70, "a": 50})
    book.pay("a", "b", 50, seed=True)
    assert [book.pay("b", "c", 60), book.pay("b", "c", 20), book.pay("b", "c", 40)] == [0, 10, 40]
    assert book.held()["c"] == 50


def test_haircut_rounds_down_and_keeps_the_rest() -> None:
    book = ledger(Rule.HAIRCUT, {"a": 1, "b": 2})
    book.pay("a", "b", 1, seed=True)
    assert [book.pay("b", "c", 1) for _ in range(3)] == [0, 0, 1]


@pytest.mark.parametrize("rule", [Rule.FIFO, Rule.HAIRCUT])
@given(payments=PAYMENTS, seeds=st.sets(st.integers(0, 59)))
def test_no_marked_money_is_made_or_lost(
    rule: Rule, payments: list[tuple[str, str, int]], seeds: set[int]
) -> None:
    spent = {account: 0 for account in ACCOUNTS}
    for payer, _, amount in payments:
        spent[payer] += amount
    # Whoever is marked at once is another account, so that a seed takes no marked money away.
    book = ledger(rule, {**spent, "start": 10**30})
    marked = gone = 0
    for at, (payer, payee, amount) in enumerate(payments):
        if at in seeds and payee:
            marked += book.pay("start", payee, amount, seed=True)
        else:
            leaves = book.pay(payer, payee or None, amount)
            assert 0 <= leaves <= amount
            gone += 0 if payee else leaves
    held = book.held()
    assert min(held.values(), default=0) >= 0
    assert sum(held.values()) + gone == marked


@given(payments=PAYMENTS)
def test_poison_marks_at_least_as_much_as_the_others(
    payments: list[tuple[str, str, int]],
) -> None:
    opening = {account: 10**22 for account in ACCOUNTS}
    books = {rule: ledger(rule, opening) for rule in Rule}
    for at, (payer, payee, amount) in enumerate(payments):
        marks = {
            rule: book.pay(payer, payee or None, amount, seed=at == 0)
            for rule, book in books.items()
        }
        assert marks[Rule.POISON] >= max(marks[Rule.FIFO], marks[Rule.HAIRCUT])
