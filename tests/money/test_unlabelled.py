"""Payments ranked without labels: rare among peers, whatever the scale, order and names."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from manara.cli.main import cli
from manara.model import FormatError, UsageError
from manara.money.score import NAMES, Unlabelled, explain_unusual, rank
from manara.money.score.unlabelled import threshold_of
from manara.money.score.unusual import (
    LEAST_PEERS,
    SIGNS,
    base_of,
    compared,
    peers_of,
    percentiles,
)
from manara.money.score.usual import followed

DAY = 86_400
START = 1_767_225_600
PEOPLE, DAYS, CUT_DAY = 250, 40, 30


def invented() -> pa.Table:
    """Return payments among friends and a few others, and in the last days three rings of six."""
    chance = np.random.default_rng(11)
    friends = chance.integers(0, PEOPLE, (PEOPLE, 3))
    rows = []
    for day in range(DAYS):
        for _ in range(60):
            payer = int(chance.integers(PEOPLE))
            stranger = chance.random() < 0.1
            payee = int(chance.integers(PEOPLE) if stranger else friends[payer, chance.integers(3)])
            if payer != payee:
                at = START + day * DAY + int(chance.integers(DAY))
                rows.append((at, payer, payee, round(float(chance.lognormal(5, 0.6)), 2), False))
    for day in (31, 32, 33):
        ring = chance.choice(PEOPLE, 6, replace=False).tolist()
        for k in range(6):
            at = START + day * DAY + k * 9000
            rows.append((at, ring[k], ring[(k + 1) % 6], 100.0 + k, True))
    rows.sort()
    ts, src, dst, amount, true = (list(column) for column in zip(*rows, strict=True))
    ids = [f"p{k}" for k in range(len(rows))]
    return pa.table(
        {"tx_id": ids, "ts": ts, "src": src, "dst": dst, "amount": amount, "true": true}
    )


ALL = invented()
CUT = int(np.searchsorted(ALL["ts"].to_numpy(), START + CUT_DAY * DAY))
TRUE = ALL["true"].to_numpy()[CUT:].astype(bool)
TRAIN, TEST = ALL.slice(0, CUT).drop_columns("true"), ALL.slice(CUT).drop_columns("true")


@pytest.fixture(scope="module")
def found() -> Unlabelled:
    return rank(TRAIN, TEST, hindsight="4d", per_day=2)


def changed(table: pa.Table, name: str, values: Any) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.array(values))


def test_rings_that_the_past_does_not_have_come_first(found: Unlabelled) -> None:
    first = np.argsort(-found.score)[:18]
    assert TRUE[first].mean() >= 0.8
    assert (found.percentile[TRUE] > 0.95).all()


def test_a_reason_says_how_rare_it_is_among_whom(found: Unlabelled) -> None:
    told = explain_unusual(found, top=18)
    assert [one.score for one in told] == sorted(one.score for one in told)[::-1]
    rings = [why for one in told for why in one.reasons if why.startswith("payments in the lon")]
    assert len(rings) >= 12
    shape = r".*: \d+; \d+ of \d+ payments of payers who made [^;]+ payments in 60 days show"
    assert all(re.match(shape, why) for why in rings)
    cycles = [one for one in told if one.pattern == "cycle" and len(one.payments) == 6]
    assert cycles
    assert all(set(one.payments) <= set(one.case) for one in told)


def test_the_currency_of_amounts_and_names_of_accounts_change_nothing(found: Unlabelled) -> None:
    other = np.random.default_rng(1).permutation(PEOPLE)
    tables = []
    for table in (TRAIN, TEST):
        dear = changed(table, "amount", np.round(table["amount"].to_numpy() * 1000, 2))
        for end in ("src", "dst"):
            dear = changed(dear, end, [f"K-{one}" for one in other[table[end].to_numpy()]])
        tables.append(dear)
    again = rank(*tables, hindsight="4d", per_day=2)
    assert again.score == pytest.approx(found.score, rel=1e-6)


def test_the_order_of_rows_and_the_seed_change_nothing_where_all_are_compared(
    found: Unlabelled,
) -> None:
    chance = np.random.default_rng(3)
    train, test = chance.permutation(len(TRAIN)), chance.permutation(len(TEST))
    again = rank(TRAIN.take(train), TEST.take(test), hindsight="4d", per_day=2, seed=9)
    assert again.score.tolist() == found.score[test].tolist()
    assert again.threshold == found.threshold


def test_labels_and_columns_that_nobody_asked_for_are_not_read(found: Unlabelled) -> None:
    marks = [(CUT, TRAIN), (len(ALL) - CUT, TEST)]
    told = [one.append_column("true", pa.array(np.ones(count, bool))) for count, one in marks]
    assert rank(*told, hindsight="4d", per_day=2).score.tolist() == found.score.tolist()


def test_later_payments_change_no_score_at_arrival() -> None:
    whole, part = rank(TRAIN, TEST), rank(TRAIN, TEST.slice(0, 120))
    assert part.score.tolist() == whole.score[:120].tolist()


def test_a_share_of_peers_is_counted() -> None:
    """A payee who got from 5 new ones, among 999 alike: 3 of them got from 5 or more."""
    values = np.zeros((1000, len(NAMES)), np.float32)
    column = NAMES.index("payee_got_new_4d")
    values[:, column] = np.repeat([0, 1, 5, 8], [600, 397, 1, 2])
    sign = next(k for k, one in enumerate(SIGNS) if one.name == "payee_got_new_4d")
    base, asked = base_of(values), np.zeros((3, len(NAMES)), np.float32)
    asked[:, column] = (0, 5, 9)
    seen = compared(base, asked)
    assert seen.share[:, sign] == pytest.approx([1, 4 / 1001, 1 / 1001])
    assert seen.score == pytest.approx(np.log([1, 4 / 1001, 1 / 1001]) ** 2)
    assert percentiles(base, seen.score).tolist() == [0.0, 0.997, 1.0]


def test_peers_are_those_of_like_activity() -> None:
    """Ten new payees are rare for who pays seldom and usual for who pays all day."""
    count = 2 * LEAST_PEERS
    values = np.zeros((count, len(NAMES)), np.float32)
    busy = np.arange(count) % 2 == 1
    values[:, NAMES.index("payer_paid_count_60d")] = np.where(busy, 100, 3)
    values[:, NAMES.index("payer_paid_new_4d")] = np.where(busy, 12, 1)
    base, asked = base_of(values), values[:2].copy()
    asked[:, NAMES.index("payer_paid_new_4d")] = 10
    sign = next(k for k, one in enumerate(SIGNS) if one.name == "payer_paid_new_4d")
    seen = compared(base, asked)
    assert seen.share[0, sign] == pytest.approx(1 / (LEAST_PEERS + 1))
    assert seen.share[1, sign] == 1
    who, alike = peers_of(base, sign, int(seen.peers[0, sign]))
    assert alike == LEAST_PEERS
    assert str(who).startswith("payers who made 0 to ")


def test_no_sign_is_about_who_somebody_is() -> None:
    assert {sign.name for sign in SIGNS} <= set(NAMES)
    assert {sign.peers for sign in SIGNS} <= set(NAMES)
    told = " ".join([*(sign.name for sign in SIGNS), *(sign.peers for sign in SIGNS)])
    assert not any(word in told for word in ("country", "nation", "name", "bank", "currency"))


def test_the_threshold_lets_through_what_can_be_looked_at() -> None:
    base = base_of(np.zeros((0, len(NAMES)), np.float32))._replace(scores=np.arange(1000.0))
    ts = np.linspace(0, 10 * DAY, 1000).astype(np.int64)
    assert threshold_of(base, ts, 5) == 950
    assert threshold_of(base, ts, 1e9) == 0
    assert threshold_of(base, ts, 0.01) == float("inf")


def test_rows_that_are_no_payments_have_no_score_and_are_named() -> None:
    odd = pa.concat_tables([TEST.slice(0, 2), TEST.slice(0, 1)])
    told = rank(TRAIN, odd)
    assert np.isnan(told.score[2])
    assert np.isnan(told.percentile[2])
    assert told.set_aside() == [(2, odd["tx_id"][0].as_py(), "tx_id seen before")]
    assert {one.tx_id for one in explain_unusual(told)} == set(odd["tx_id"].to_pylist())


def test_too_little_to_compare_with_is_refused() -> None:
    with pytest.raises(FormatError, match=r"only \d+ payments to compare others with"):
        rank(TRAIN.slice(0, 900), TEST)
    with pytest.raises(UsageError, match="above zero"):
        rank(TRAIN, TEST, per_day=0)


def test_the_command_writes_a_percentile_and_no_probability(tmp_path: Path) -> None:
    train, test, out, why = (tmp_path / name for name in ("a.parquet", "b.parquet", "c", "d"))
    parquet.write_table(TRAIN, train)
    parquet.write_table(TEST, test)
    words = ["money", "score", str(train), str(test), "--out", str(out), "--unlabelled"]
    words += ["--hindsight", "4d", "--per-day", "2", "--explain", str(why), "--top", "2"]
    done = CliRunner().invoke(cli, [*words, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    written = parquet.read_table(out)
    assert written.column_names == ["tx_id", "score", "percentile"]
    assert told["calibrated"] is False
    assert told["at_threshold"] == (written["score"].to_numpy() >= told["threshold"]).sum()
    assert len(why.read_text().splitlines()) == 2
    for wrong in ([*words, "--label", "true"], words[:6]):
        assert isinstance(CliRunner().invoke(cli, wrong).exception, UsageError)


def test_cases_know_what_followed_for_two_weeks(found: Unlabelled) -> None:
    later = rank(TRAIN, TEST, hindsight="14d", per_day=2)
    for seen in (found, later):
        unusual, least = followed(seen.sight, seen.train, seen.hindsight)
        assert unusual[CUT:].tolist() == later.score.tolist()
        assert least == np.quantile(later.base.scores, 0.96)
