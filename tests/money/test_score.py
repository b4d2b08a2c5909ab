"""Payments scored: nothing from later or from test's labels, every row answered, reasons exact."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from manara.cli.main import cli
from manara.model import FormatError, UsageError
from manara.money.score import Scored, explain, score
from manara.money.score.model import best_threshold, calibration, sigmoid
from manara.money.score.tables import labels_of

DAY = 86_400
START = 1_767_225_600
PEOPLE, DAYS = 200, 44


def invented() -> pa.Table:
    """Return payments among friends and others; every other day a `true` ring of five strangers."""
    chance = np.random.default_rng(5)
    friends = chance.integers(0, PEOPLE, (PEOPLE, 3))
    rows = []
    for day in range(DAYS):
        for _ in range(50):
            payer = int(chance.integers(PEOPLE))
            stranger = chance.random() < 0.3
            payee = int(chance.integers(PEOPLE) if stranger else friends[payer, chance.integers(3)])
            if payer != payee:
                at = START + day * DAY + int(chance.integers(DAY))
                rows.append((at, payer, payee, 0))
        if day % 2 == 0:
            at = START + day * DAY + int(chance.integers(DAY // 2))
            ring = chance.choice(PEOPLE, 5, replace=False).tolist()
            for k in range(5):
                at += int(chance.integers(3600, DAY // 2))
                rows.append((at, ring[k], ring[(k + 1) % 5], 1))
    rows.sort()
    ts, src, dst, true = (list(column) for column in zip(*rows, strict=True))
    amount = np.round(chance.lognormal(5, 0.6, len(rows)), 2)
    ids = [f"p{k}" for k in range(len(rows))]
    return pa.table(
        {"tx_id": ids, "ts": ts, "src": src, "dst": dst, "amount": amount, "true": true}
    )


ALL = invented()
CUT = int(0.7 * len(ALL))
TRAIN, TEST = ALL.slice(0, CUT), ALL.slice(CUT).drop_columns("true")
TRUE = ALL["true"].to_numpy()[CUT:].astype(bool)


@pytest.fixture(scope="module")
def arrival() -> Scored:
    return score(TRAIN, TEST, "true")


@pytest.fixture(scope="module")
def hindsight() -> Scored:
    return score(TRAIN, TEST, "true", hindsight="4d")


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.array(values))


def test_a_completed_ring_marks_all_its_payments(hindsight: Scored) -> None:
    ended = TEST["ts"].to_numpy() < START + (DAYS - 4) * DAY
    told = hindsight.probability >= hindsight.threshold
    assert told[TRUE & ended].mean() >= 0.9
    assert TRUE[told].mean() >= 0.9


def test_scores_at_arrival_do_not_change_when_later_payments_come(arrival: Scored) -> None:
    part = score(TRAIN, TEST.slice(0, 150), "true")
    assert part.probability.tolist() == arrival.probability[:150].tolist()


def test_nothing_later_than_the_hindsight_is_used(hindsight: Scored) -> None:
    ts = TEST["ts"].to_numpy()
    until = ts[0] + 9 * DAY
    part = score(TRAIN, TEST.filter(pa.array(ts <= until)), "true", hindsight="4d")
    same = np.flatnonzero(ts <= until - 4 * DAY)
    assert len(same) > 100
    assert part.probability[same].tolist() == hindsight.probability[same].tolist()
    later = np.flatnonzero((ts > until - 4 * DAY) & (ts <= until))
    assert (part.probability[later] != hindsight.probability[later]).any()


def test_the_same_run_gives_the_same_probabilities(arrival: Scored) -> None:
    assert score(TRAIN, TEST, "true").probability.tolist() == arrival.probability.tolist()


def test_names_of_accounts_and_forms_of_time_are_all_the_same(arrival: Scored) -> None:
    other = np.random.default_rng(1).permutation(PEOPLE)
    stamps = np.datetime_as_string(TRAIN["ts"].to_numpy().astype("datetime64[s]"))
    texts, thousandths = [f"{one}Z" for one in stamps], (TEST["ts"].to_numpy() * 1000).tolist()
    tables = []
    for table, times in ((TRAIN, texts), (TEST, thousandths)):
        renamed = with_column(table, "ts", times)
        for end in ("src", "dst"):
            names = [f"K-{one}" for one in other[table[end].to_numpy()]]
            renamed = with_column(renamed, end, names)
        tables.append(renamed)
    found = score(*tables, "true")
    assert found.probability.tolist() == arrival.probability.tolist()
    assert found.times == "seconds and milliseconds since 1970"


def test_days_counted_from_the_beginning_are_days() -> None:
    # No payment of a ring of strangers stands out by its amount, which trees on raw columns have.
    tables = [
        with_column(one, "ts", (one["ts"].to_numpy() - START) // DAY) for one in (TRAIN, TEST)
    ]
    found = score(*tables, "true", hindsight="4d")
    assert found.times == "steps of a day"
    likeliest = np.argsort(-found.probability)[: TRUE.sum()]
    assert TRUE[likeliest].mean() >= 0.7


def test_a_test_drawn_by_chance_or_one_wrong_clock_does_not_take_the_labels_away() -> None:
    clock = ["1970-01-02"] + [None] * 29
    times = np.datetime_as_string(TEST["ts"].to_numpy()[:30].astype("datetime64[s]")).tolist()
    wrong = [first or later for first, later in zip(clock, times, strict=True)]
    found = score(TRAIN, with_column(TEST.slice(0, 30), "ts", wrong), "true")
    assert (found.learnt, found.overlapping, found.follows) == (len(TRAIN), len(TRAIN), False)


def test_labels_of_test_and_columns_that_nobody_asked_for_are_not_read(arrival: Scored) -> None:
    told = TEST.append_column("true", pa.array(~TRUE)).append_column("bank", pa.array(TRUE))
    assert score(TRAIN, told, "true").probability.tolist() == arrival.probability.tolist()


@pytest.mark.parametrize("words", [("true", "false"), ("1", "0"), ("Yes", " no"), (1.0, 0.0)])
def test_labels_may_be_written_in_several_ways(words: tuple[Any, Any]) -> None:
    true, stated = labels_of(pa.table({"mark": pa.array([*words, None])}), "mark")
    assert true.tolist() == [True, False, False]
    assert stated.tolist() == [True, True, False]


def test_payments_without_a_label_are_payments_but_teach_nothing() -> None:
    labels = TRAIN["true"].to_pylist()
    labels[5:25] = [None] * 20
    found = score(with_column(TRAIN, "true", labels), TEST.slice(0, 30), "true")
    assert (found.unlabelled, found.learnt) == (20, len(TRAIN) - 20)


def test_every_row_of_test_is_answered_in_its_order() -> None:
    bad = [
        ("zero", START + 40 * DAY, "1", "2", "0", "EUR"),
        ("below", START + 40 * DAY, "1", "2", "-5", "EUR"),
        ("self", START + 40 * DAY, "1", "1", "5", "EUR"),
        ("nobody", START + 40 * DAY, None, "1", "5", "EUR"),
        ("money", START + 40 * DAY, "1", "2", "5", "shells"),
        ("never", None, "1", "2", "5", "EUR"),
        ("zero", START + 40 * DAY, "1", "2", "0", "EUR"),
        ("good", START + 41 * DAY, "1", "2", "5", "EUR"),
        ("p3", START + 40 * DAY, "1", "2", "5", "EUR"),
        ("good", START + 42 * DAY, "1", "2", "5", "EUR"),
        ("text", START + 40 * DAY, "1", "2", "five", "EUR"),
    ]
    names = ("tx_id", "ts", "src", "dst", "amount", "currency")
    odd = pa.table(dict(zip(names, map(list, zip(*bad, strict=True)), strict=True)))
    found = score(TRAIN, odd, "true")
    assert found.tx_id.to_pylist() == [row[0] for row in bad]
    assert len(found.probability) == len(bad)
    assert ((found.probability > 0) & (found.probability < 1)).all()
    assert [(row, reason) for row, _, reason in found.set_aside()] == [
        (0, "amount is not above zero"),
        (1, "amount is not above zero"),
        (2, "payer and payee are the same"),
        (3, "no payer or payee"),
        (5, "no time"),
        (6, "amount is not above zero"),
        (9, "tx_id seen before"),
        (10, "amount is missing or not a number"),
    ]


def test_a_currency_that_is_no_code_is_a_currency() -> None:
    each = ["US Dollar", "7", "EUR", None]
    coded = ["AED", "AFN", "EUR", None]
    found = []
    for names in (each, coded):
        tables = [
            table.append_column("currency", pa.array([names[k % 4] for k in range(len(table))]))
            for table in (TRAIN, TEST.slice(0, 200))
        ]
        found.append(score(*tables, "true"))
    assert found[0].set_aside() == []
    assert found[0].probability.tolist() == found[1].probability.tolist()


@pytest.mark.parametrize("kept", [0, 3])
def test_few_labels_place_a_curve_over_what_is_unusual(tmp_path: Path, kept: int) -> None:
    labels = TRAIN["true"].to_numpy().copy()
    labels[np.flatnonzero(labels)[kept:]] = 0
    parquet.write_table(with_column(TRAIN, "true", labels), tmp_path / "train.parquet")
    parquet.write_table(TEST, tmp_path / "test.parquet")
    words = [str(tmp_path / "train.parquet"), str(tmp_path / "test.parquet"), "--label", "true"]
    words = ["money", "score", *words, "--out", str(tmp_path / "out.parquet"), "--hindsight", "14d"]
    done = CliRunner().invoke(cli, [*words, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["positives"] == kept and f"only {kept} payments" in told["few_labels"]
    chance = parquet.read_table(tmp_path / "out.parquet")["probability"].to_numpy()
    assert len(chance) == len(TEST) and ((chance > 0) & (chance < 1)).all()
    # A handful of 1,500 are true: the mean says so, and rings stand before the rest.
    assert chance.mean() < 0.02
    assert np.median(chance[TRUE]) > np.median(chance[~TRUE])


def test_labels_later_than_the_first_of_test_are_not_learnt_from() -> None:
    early = ALL.slice(CUT - 100).drop_columns("true")
    late = with_column(TRAIN, "tx_id", [f"t{one}" for one in TRAIN["tx_id"].to_pylist()])
    labels = late["true"].to_pylist()
    turned = [1 - one if k >= CUT - 99 else one for k, one in enumerate(labels)]
    first = score(late, early, "true")
    second = score(with_column(late, "true", turned), early, "true")
    assert first.overlapping >= 90
    assert first.probability.tolist() == second.probability.tolist()


def test_what_cannot_be_learnt_from_is_refused_by_name() -> None:
    with pytest.raises(FormatError, match="labelled true"):
        score(with_column(TRAIN, "true", [0] * CUT), TEST, "true")
    with pytest.raises(FormatError, match="labelled false"):
        score(with_column(TRAIN, "true", [1] * CUT), TEST, "true")
    with pytest.raises(FormatError, match="neither true nor false: 'maybe'"):
        score(with_column(TRAIN, "true", ["1", "maybe"] + ["0"] * (CUT - 2)), TEST, "true")
    with pytest.raises(FormatError, match="most because: amount is a trillion or more"):
        score(with_column(TRAIN, "amount", [1e12] * CUT), TEST, "true")
    with pytest.raises(UsageError, match="no such column of labels"):
        score(TRAIN, TEST, "guilty")
    with pytest.raises(FormatError, match="no column dst"):
        score(TRAIN, TEST.drop_columns("dst"), "true")


def test_a_missing_library_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(UsageError, match="LightGBM cannot be loaded") as told:
        score(TRAIN, TEST, "true")
    assert "libgomp" in str(told.value.remedy)


def test_reasons_add_up_and_the_pattern_is_the_planted_one(hindsight: Scored) -> None:
    found = explain(hindsight, top=20, most=5)
    marked = set(ALL["tx_id"].filter(pa.array(ALL["true"].to_numpy() == 1)).to_pylist())
    assert [one.probability for one in found] == sorted(o.probability for o in found)[::-1]
    for one in found:
        adds = sum(reason.adds for reason in one.reasons)
        assert one.start + adds + one.others == pytest.approx(one.log_odds, abs=1e-9)
        assert sigmoid(np.array(one.log_odds)) == pytest.approx(one.probability)
        assert len(one.reasons) == 5
    rings = [one for one in found if one.pattern == "cycle" and set(one.payments) <= marked]
    assert sum(len(one.payments) == 5 for one in rings) >= 15
    assert all(set(one.payments) <= set(one.case) for one in found)
    said = {reason.sentence for one in found for reason in one.reasons}
    assert "payments in the longest cycle of accounts new to each other: 5" in said


def test_others_is_what_the_reasons_leave() -> None:
    found = explain(score(TRAIN, TEST.slice(0, 60), "true"), top=1, most=1000)
    assert found[0].others == pytest.approx(0, abs=1e-9)


def test_the_calibration_finds_the_line_that_made_the_labels() -> None:
    chance = np.random.default_rng(2)
    margins = chance.normal(-1, 2, 40_000)
    true = chance.random(40_000) < 1 / (1 + np.exp(-(0.7 * margins - 1.2)))
    slope, offset = calibration(margins, true, np.ones(40_000))
    assert slope == pytest.approx(0.7, abs=0.03)
    assert offset == pytest.approx(-1.2, abs=0.06)


def test_the_threshold_is_where_f1_is_best() -> None:
    chance = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    true = np.array([True, False, True, False, False])
    threshold, figures = best_threshold(chance, true, np.ones(5))
    assert threshold == 0.7
    assert figures["precision"] == pytest.approx(2 / 3)
    assert figures["recall"] == 1
    assert figures["f1"] == pytest.approx(0.8)


def test_the_command_writes_probabilities_reasons_and_a_summary(tmp_path: Path) -> None:
    train, test, out, why = (tmp_path / name for name in ("a.parquet", "b.parquet", "c", "d"))
    parquet.write_table(TRAIN, train)
    twice = pa.concat_tables([TEST, TEST.slice(0, 1)])
    parquet.write_table(twice, test)
    words = ["money", "score", str(train), str(test), "--label", "true", "--out", str(out)]
    done = CliRunner().invoke(cli, [*words, "--explain", str(why), "--top", "3", "--json"])
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    written = parquet.read_table(out)
    assert written.column_names == ["tx_id", "probability"]
    assert written["tx_id"].to_pylist() == twice["tx_id"].to_pylist()
    assert told["payments"] == len(twice)
    assert told["set_aside"][0]["reason"] == "tx_id seen before"
    assert told["at_threshold"] == (written["probability"].to_numpy() >= told["threshold"]).sum()
    lines = [json.loads(line) for line in why.read_text().splitlines()]
    assert len(lines) == 3
    assert lines[0]["reasons"][0]["sentence"]
