"""The narrative of a report: every sentence rests on something, and none is too long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from manara.model import Finding, Severity, Step
from manara.money.narrative import Known, Narrative, Told, narrative

START = datetime(2026, 3, 1, tzinfo=UTC)


def told(number: int, **other: object) -> Told:
    values = {"payer": f"Payer {number}", "payee": "Collector", "purpose": "", "currency": "EUR"}
    amount = Decimal(number * 10)
    day = START + timedelta(days=number)
    return Told(f"e{number}", f"t{number}", day, amount=amount, **(values | other))  # type: ignore[arg-type]


def finding(steps: list[tuple[str, tuple[str, ...]]], evidence: tuple[str, ...]) -> Finding:
    told_steps = tuple(Step(at, text, of) for at, (text, of) in enumerate(steps, 1))
    return Finding("money.x", ("a",), 0.5, Severity.LOW, "A lead", told_steps, evidence)


def test_a_short_narrative_tells_all_that_has_evidence() -> None:
    payments = [told(1), told(2, purpose="rent")]
    lead = finding(
        [("Two payments in", ("e1", "e2")), ("So it is suspicious.", ()), ("Gone.", ("e9",))],
        ("e1", "e2", "e9"),
    )
    known = [Known("Collector", (("born 1980-02-03", ("f1",)), ("passport X1", ("f2",))))]
    made = narrative(lead, payments, known, 4000)
    assert [(one.text, one.evidence) for one in made.sentences] == [
        (
            "This report is of 2 payments from 2026-03-02 to 2026-03-03, together 30.00 EUR.",
            ("e1", "e2"),
        ),
        ("Collector: born 1980-02-03; passport X1.", ("f1", "f2")),
        ("Two payments in.", ("e1", "e2")),
        (
            'On 2026-03-03 Payer 2 paid Collector 20.00 EUR (transaction t2), stated as "rent".',
            ("e2",),
        ),
        ("On 2026-03-02 Payer 1 paid Collector 10.00 EUR (transaction t1).", ("e1",)),
    ]
    assert made.text.startswith("[1] This report") and made.left_out == ()


def test_a_cut_narrative_says_how_many_payments_are_left_out_and_where_they_are() -> None:
    payments = [told(number) for number in range(1, 1501)]
    made = narrative(finding([("Many.", ("e1",))], ("e1",)), payments, [], 4000)
    assert len(made.text) <= 4000
    last = made.sentences[-1]
    assert last.text == (
        f"{len(made.left_out):,} of the 1,500 payments, the smaller ones, are not told one by one "
        "here; each stands among the transactions of this report."
    )
    assert last.evidence == made.left_out
    in_sentences = [one.evidence[0] for one in made.sentences[2:-1]]
    # The largest are told: those with the highest numbers.
    assert in_sentences == [f"e{number}" for number in range(1500, 1500 - len(in_sentences), -1)]
    assert len(in_sentences) + len(made.left_out) == 1500 and len(in_sentences) > 20


def test_a_step_without_room_is_named() -> None:
    steps = [(("Long " * 150).strip(), ("e1",)) for _ in range(12)]
    made = narrative(finding(steps, ("e1",)), [told(1)], [], 1300)
    assert made.steps_left_out == tuple(range(2, 13)) and len(made.text) <= 1300
    assert "Left out for length: steps 2, 3," in made.sentences[-1].text


TEXT = st.text(max_size=300)


@settings(max_examples=150, deadline=None)
@given(
    payments=st.lists(
        st.builds(
            Told, id=st.uuids().map(str), number=st.text("0123456789-", min_size=1, max_size=90),
            time=st.datetimes(timezones=st.just(UTC)), payer=TEXT, payee=TEXT,
            amount=st.decimals(0, 10**19, places=18), currency=st.sampled_from(["EUR", "USDT"]),
            purpose=TEXT, naming=st.just(()),
        ),
        min_size=1, max_size=40,
    ),
    steps=st.lists(
        st.text(min_size=1, max_size=2000).map(str.strip).filter(bool), min_size=1, max_size=8
    ),
    longest=st.integers(500, 4000),
)  # fmt: skip
def test_whatever_is_told_has_evidence_and_keeps_to_its_length(
    payments: list[Told], steps: list[str], longest: int
) -> None:
    ids = tuple(one.id for one in payments)
    lead = finding([(text, ids[: at % 3]) for at, text in enumerate(steps)], ids)
    made: Narrative = narrative(lead, payments, [], longest)
    assert len(made.text) <= longest
    assert [one.number for one in made.sentences] == list(range(1, len(made.sentences) + 1))
    assert all(one.evidence and set(one.evidence) <= set(ids) for one in made.sentences)
    single = {one.evidence[0] for one in made.sentences if "(transaction " in one.text}
    assert single | set(made.left_out) == set(ids)
