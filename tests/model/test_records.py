"""Sources, datasets, events, judgements, clusters, leads and decisions refuse what is not whole."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from manara.model import (
    EVENT_TABLES,
    PROVENANCE,
    Cluster,
    ColumnType,
    Dataset,
    Decision,
    Event,
    Finding,
    Handling,
    Judgement,
    Lead,
    Recipe,
    Severity,
    Source,
    Step,
    UsageError,
    Verdict,
    event,
    event_id,
    prevailing,
)

NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NAIVE = datetime(2027, 2, 1, 12)
RABAT = NOW.astimezone(timezone(timedelta(hours=1)))

SOURCE = Source(
    id="ab" * 32,
    name="قائمة.xml",
    url="",
    etag="",
    size=0,
    fetched_at=NOW,
)
DATASET = Dataset(name="invented_list", title="Liste inventée", publisher="مكتب", country="fr")
JUDGEMENT = Judgement(
    left="a",
    right="b",
    verdict=Verdict.POSITIVE,
    score=0.9,
    reason=("same passport number",),
    by="worldwide-number",
    human=False,
    at=NOW,
)
FINDING = Finding(
    kind="money.fan-in",
    subjects=("a",),
    score=0.5,
    severity=Severity.HIGH,
    title="Beaucoup de petites sommes à un compte",
    explanation=(Step(1, "Forty payers paid within a week.", ("p1",)), Step(2, "Few do.")),
    evidence=("p1", "p2"),
)
RECIPE = Recipe("money", "1", "{}", NOW, ("payments/1",))
LEAD = Lead(FINDING, ("ledger",), Handling.of("AMBER"), RECIPE, created=NOW, updated=LATER)
DECISION = Decision(
    kind="pair",
    subjects=("a", "b"),
    outcome="not the same",
    by="chloé",
    at=NOW,
    ground="تاريخا الميلاد مختلفان",
)
CLUSTER = Cluster("a", frozenset({"a", "b"}), (JUDGEMENT,))


@pytest.mark.parametrize(
    ("record", "changes"),
    [
        (SOURCE, {"id": "AB" * 32}),
        (SOURCE, {"id": ""}),
        (SOURCE, {"size": -1}),
        (SOURCE, {"fetched_at": NAIVE}),
        (SOURCE, {"fetched_at": RABAT}),
        (DATASET, {"name": "Liste Inventée"}),
        (DATASET, {"name": ""}),
        (DATASET, {"title": ""}),
        (DATASET, {"country": "FRA"}),
        (JUDGEMENT, {"right": "a"}),
        (JUDGEMENT, {"reason": ()}),
        (JUDGEMENT, {"reason": ("",)}),
        (JUDGEMENT, {"score": 1.01}),
        (JUDGEMENT, {"score": float("nan")}),
        (JUDGEMENT, {"by": ""}),
        (JUDGEMENT, {"at": NAIVE}),
        (FINDING, {"evidence": ()}),
        (FINDING, {"explanation": ()}),
        (FINDING, {"subjects": ()}),
        (FINDING, {"score": -0.01}),
        (FINDING, {"score": 1.5}),
        (FINDING, {"score": float("nan")}),
        (FINDING, {"title": ""}),
        (LEAD, {"updated": NOW - timedelta(seconds=1)}),
        (FINDING, {"explanation": (Step(2, "Two comes first."),)}),
        (FINDING, {"explanation": (Step(1, "Rests on nothing shown.", ("p3",)),)}),
        (RECIPE, {"as_of": NAIVE}),
        (RECIPE, {"version": ""}),
        (DECISION, {"by": ""}),
        (DECISION, {"ground": " "}),
        (DECISION, {"subjects": ()}),
        (DECISION, {"at": RABAT}),
        (CLUSTER, {"members": frozenset()}),
        (CLUSTER, {"members": frozenset({"a", "c"})}),
    ],
)
def test_records_that_are_not_whole_are_refused(record: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as refused:
        replace(record, **changes)
    assert refused.value.where
    assert refused.value.remedy


@pytest.mark.parametrize(
    "record", [SOURCE, DATASET, JUDGEMENT, FINDING, RECIPE, LEAD, DECISION, CLUSTER]
)
def test_records_cannot_be_changed(record: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(record, fields(record)[0].name, "other")


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_certain_leads_are_possible(score: float) -> None:
    assert replace(FINDING, score=score).score == score


def test_a_finding_keeps_its_identity_whatever_else_changes() -> None:
    again = replace(FINDING, score=0.9, title="Autre titre", evidence=("p1", "p9"))
    assert again.id == FINDING.id
    assert replace(FINDING, subjects=("b",)).id != FINDING.id
    assert replace(FINDING, kind="money.fan-out").id != FINDING.id
    pair = replace(FINDING, subjects=("a", "b"))
    assert pair.id == replace(pair, subjects=("b", "a")).id


def test_a_person_beats_a_machine_and_the_later_word_counts() -> None:
    human = replace(JUDGEMENT, verdict=Verdict.UNSURE, by="chloé", human=True)
    rerun = replace(JUDGEMENT, left="b", right="a", at=LATER, score=1.0)
    assert prevailing([human, JUDGEMENT, rerun]) == {("a", "b"): human}
    assert prevailing([rerun, JUDGEMENT]) == {("a", "b"): rerun}
    changed_mind = replace(human, verdict=Verdict.NEGATIVE, at=LATER)
    assert prevailing([changed_mind, human, rerun]) == {("a", "b"): changed_mind}


def test_of_two_people_at_one_moment_the_one_against_a_merge_counts() -> None:
    for_it = replace(JUDGEMENT, by="zoé", human=True)
    against = replace(for_it, by="amina", verdict=Verdict.NEGATIVE)
    assert prevailing([for_it, against]) == prevailing([against, for_it]) == {("a", "b"): against}


def test_a_judgement_is_written_as_json() -> None:
    assert json.loads(json.dumps(JUDGEMENT.to_dict())) == {
        "left": "a",
        "right": "b",
        "verdict": "positive",
        "score": 0.9,
        "reason": ["same passport number"],
        "by": "worldwide-number",
        "human": False,
        "at": "2027-02-01T12:00:00+00:00",
    }


# --- events -------------------------------------------------------------------------------------

PAYMENT: dict[str, Any] = {
    "time": NOW,
    "payer": "amina",
    "payee": "société-écran",
    "amount": Decimal("1.50"),
    "currency": "MAD",
    "purpose": "كراء",
}
PLACED = {"dataset": "bank", "handling_id": "h"}


def payment(**changes: Any) -> Event:
    return event("payments", PAYMENT | changes, "row 7", **PLACED)


def test_the_tables_are_declared_with_meaning_and_time() -> None:
    assert set(EVENT_TABLES) == {
        *("payments", "movements", "custody", "incidents", "sightings", "declarations"),
    }
    for table, columns in EVENT_TABLES.items():
        names = [column.name for column in (*columns, *PROVENANCE)]
        assert len(names) == len(set(names)), table
        assert all(column.meaning for column in columns)
        assert columns[0].name == "time"
        assert columns[0].required
        for column in columns:
            if column.type is ColumnType.DECIMAL:
                assert column.unit in ("currency", "instructed_currency")


def test_an_event_keeps_its_values_and_leaves_out_empty_ones() -> None:
    made = payment(channel="", intermediaries=())
    assert made.values == PAYMENT
    assert (made.table, made.locator) == ("payments", "row 7")
    assert made.id == event_id("bank", "payments", PAYMENT, "h")


def test_the_identity_is_that_of_what_happened() -> None:
    same = [
        payment(),
        payment(amount=Decimal("1.5")),
        payment(amount=Decimal("150E-2")),
        payment(channel=""),
        event("payments", dict(reversed(PAYMENT.items())), "row 9", **PLACED),
    ]
    assert len({one.id for one in same}) == 1
    different = [
        payment(amount=Decimal(15)),
        payment(amount=Decimal(150)),
        payment(amount=Decimal("-1.5")),
        payment(time=LATER),
        payment(payer="Amina"),
        event("payments", PAYMENT, "row 7", **PLACED, nth=1),
        event("payments", PAYMENT, "row 7", dataset="bank", handling_id="other"),
        event("payments", PAYMENT, "row 7", dataset="other", handling_id="h"),
    ]
    assert len({one.id for one in (*same, *different)}) == 1 + len(different)


@pytest.mark.parametrize(
    "amount",
    ["0", "-0.00", "-12.30", "1E+18", "99999999999999999999.999999999999999999", "1E-18", "1E+19"],
)
def test_sums_are_taken_exactly_from_a_wei_to_19_zeros(amount: str) -> None:
    assert payment(amount=Decimal(amount)).values["amount"] == Decimal(amount)


def test_zero_is_one_sum_however_written() -> None:
    assert payment(amount=Decimal("-0.00")).id == payment(amount=Decimal("0E+7")).id


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal("NaN")},
        {"amount": Decimal("Infinity")},
        {"amount": Decimal("1E+20")},
        {"amount": Decimal("1E-19")},
        {"amount": Decimal("1E+999999")},
        {"amount": 1.5},
        {"amount": True},
        {"time": NAIVE},
        {"time": RABAT},
        {"time": "2027-02-01"},
        {"payer": 7},
        {"currency": ""},
        {"intermediaries": ["bank"]},
        {"intermediaries": ("bank", "")},
        {"colour": "blue"},
    ],
)
def test_payments_that_are_not_whole_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="row 7"):
        payment(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"latitude": 90.1},
        {"longitude": float("nan")},
        {"accuracy": -1.0},
        {"accuracy": float("inf")},
        {"count": 0},
        {"count": 2**63},
        {"count": True},
        {"score": 1.1},
    ],
)
def test_sightings_out_of_range_are_refused(changes: dict[str, Any]) -> None:
    values = {"time": NOW, "sign": "12345-أ-6", "latitude": 34.0, "count": 3, "score": 1.0}
    assert event("sightings", values, "line 1", **PLACED).values == values
    with pytest.raises(UsageError, match="line 1"):
        event("sightings", values | changes, "line 1", **PLACED)


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(UsageError, match="no such table"):
        event("rumours", PAYMENT, "row 7", **PLACED)
