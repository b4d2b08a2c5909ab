"""What a version of a typology would have found, and what another changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from manara.cli.money_rules import backtest_command
from manara.model import UsageError
from manara.money.backtest import backtest
from manara.money.book import Book
from manara.money.rules import case_book
from manara.money.typology import parse

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)

RULE = """
id: fan
version: {version}
title: Fan
description: Made for this test.
sources: [Our own office]
days: {days}
severity: low
prior: {{score: 0.2, reason: "said for this test"}}
conditions:
  - {{feature: in_payers, at_least: {payers}, reason: "many"}}
  - {{feature: out_top_share, at_least: {share}, reason: "one exit"}}
evidence: [in]
innocent: []
cases:
  - name: Many
    finds: [shop]
    payments: |
      2026-03-{{02-09}} buyer{{1-8}} shop 10 card
      2026-03-10 shop mill 50 transfer
"""
PAYMENTS = """
2026-03-{02-07} a{1-6} six 10 card
2026-03-10 six mill 50 transfer
2026-03-{02-09} b{1-8} eight 10 card
2026-03-10 eight mill 30 transfer
2026-03-11 eight farm 30 transfer
2026-03-{02-09} c{1-8} both 10 card
2026-03-10 both mill 50 transfer
"""


def rule(version: int, payers: int, share: float, days: int = 30) -> str:
    return RULE.format(version=version, payers=payers, share=share, days=days)


def test_what_comes_and_goes_is_told_with_the_condition_that_flips() -> None:
    old, new = parse(rule(1, 7, 0.4), "old"), parse(rule(2, 6, 0.8), "new")
    found = backtest(case_book(PAYMENTS), old, SINCE, UNTIL, new)
    assert found.accounts == ("both", "eight")
    assert [one.account for one in found.new] == ["six"]
    assert found.new[0].why == ("in_payers is 6; version 1 asks for at least 7",)
    assert [one.account for one in found.gone] == ["eight"]
    assert found.gone[0].why == ("out_top_share is 50%; version 2 asks for at least 80%",)
    assert found.confirmed is None


def test_another_length_of_span_is_a_reason() -> None:
    old, new = parse(rule(1, 3, 0.4), "old"), parse(rule(2, 2, 0.4, days=4), "new")
    [gone] = backtest(case_book(PAYMENTS), old, SINCE, UNTIL, new).gone
    assert gone.account == "six"
    assert gone.why == ("version 2 looks at spans of 4 days, not 30",)


def test_a_version_that_fails_its_own_cases_is_refused() -> None:
    old, new = parse(rule(1, 7, 0.4), "old"), parse(rule(2, 9, 0.4), "new")
    with pytest.raises(UsageError, match="its case 'Many' finds nothing"):
        backtest(case_book(PAYMENTS), old, SINCE, UNTIL, new)


def test_the_dates_bound_what_is_found() -> None:
    old = parse(rule(1, 7, 0.4), "old")
    early = datetime(2026, 3, 5, tzinfo=UTC)
    assert backtest(case_book(PAYMENTS), old, SINCE, early).accounts == ()
    late = datetime(2026, 6, 1, tzinfo=UTC)
    assert backtest(case_book(PAYMENTS), old, late, UNTIL).accounts == ()


def test_times_and_sums_at_the_end_of_what_there_is() -> None:
    payments = f"""
    9999-12-31 a{{1-8}} shop {10**18} card
    9999-12-31 shop mill {9 * 10**18} transfer
    0001-01-01 a1 mill 1 card
    """
    old = parse(rule(1, 7, 0.4), "old")
    found = backtest(case_book(payments), old, datetime.min.replace(tzinfo=UTC),
                     datetime.max.replace(tzinfo=UTC))  # fmt: skip
    assert found.accounts == ("shop",)


def test_nothing_to_look_at_is_nothing_found() -> None:
    old = parse(rule(1, 7, 0.4), "old")
    none = case_book("2026-01-01 a b 1")
    none = Book(none.payments.slice(0, 0))
    assert backtest(none, old, SINCE, UNTIL).accounts == ()


def test_the_share_confirmed_is_of_those_found_and_decided() -> None:
    old = parse(rule(1, 7, 0.4), "old")
    found = backtest(case_book(PAYMENTS), old, SINCE, UNTIL).accounts
    outcomes = dict.fromkeys(found, "dismissed") | {found[0]: "confirmed", "nobody": "confirmed"}
    told = backtest(case_book(PAYMENTS), old, SINCE, UNTIL, None, outcomes).confirmed
    assert told == pytest.approx(1 / len(found))
    only = backtest(case_book(PAYMENTS), old, SINCE, UNTIL, None, {found[0]: "escalated"})
    assert only.confirmed is None


def test_a_version_of_something_else_is_refused() -> None:
    old = parse(rule(1, 7, 0.4), "old")
    other = parse(rule(1, 7, 0.4).replace("id: fan", "id: fen"), "new")
    with pytest.raises(UsageError, match="it is a version of fen"):
        backtest(case_book(PAYMENTS), old, SINCE, UNTIL, other)


def test_the_command_tells_hits_workload_and_changes(tmp_path: Path) -> None:
    lines = ["id,time,payer_account,payee_account,amount,currency"]
    for day in range(2, 14):
        lines.append(f"p{day},2026-03-{day:02},giver{day},collector,25,XTS")
    lines.append("q,2026-03-20,collector,abroad,290,XTS")
    path = tmp_path / "p.csv"
    path.write_text("\n".join(lines) + "\n")
    words = ["small-sums-one-exit", "--file", str(path)]
    done = CliRunner().invoke(backtest_command, [*words, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["accounts"], told["against"], told["confirmed"]) == (["collector"], None, None)
    text = CliRunner().invoke(backtest_command, words).stdout
    assert "1 accounts in 2.6 weeks" in text
    assert "no decision on a lead of it is recorded" in text
