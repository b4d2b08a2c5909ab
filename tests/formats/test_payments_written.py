"""What is written is read as the same payments; reports for goAML keep to the schema."""

from __future__ import annotations

import string
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from manara import formats
from manara.formats import (
    Account,
    Institution,
    Party,
    Payment,
    Report,
    invalid,
    write_camt053,
    write_mt103,
    write_pacs008,
    write_pain001,
    write_report,
)
from manara.formats.payment_book import Book
from manara.model import Record, Reject, UsageError

Write = Callable[[Iterable[Payment], Path], None]

BANKS = [Institution("AGRIFRPP"), Institution("DEUTDEFF500"), Institution("EXBKSNDA")]
ACCOUNTS = [Account("FR7630006000011234567890189"), Account("DE89370400440532013000")]
LETTERS = st.text(string.ascii_uppercase, min_size=1, max_size=12)
WORDS = st.lists(LETTERS, min_size=1, max_size=3).map(" ".join)
PARTIES = st.builds(
    Party, name=WORDS, address=st.one_of(st.just(""), WORDS), country=st.sampled_from(["SN", "DE"])
)
PAYMENTS = st.builds(
    Payment,
    time=st.datetimes(datetime(1990, 1, 2), datetime(2070, 1, 1)).map(
        lambda time: time.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    ),
    time_precision=st.just("day"),
    amount=st.decimals(0, 10**15, places=2),
    currency=st.sampled_from(["EUR", "XOF", "USD"]),
    reference=st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=16).filter(
        lambda text: text not in ("NONREF", "NOTPROVIDED")
    ),
    payer=PARTIES,
    payee=PARTIES,
    payer_account=st.sampled_from(ACCOUNTS),
    payee_account=st.sampled_from(ACCOUNTS),
    payer_institution=st.sampled_from(BANKS),
    payee_institution=st.sampled_from(BANKS),
    purpose=st.one_of(st.just(""), WORDS),
)
#: What a format says of every payment, whatever the payment was.
SAID = {"instrument", "status"}


def record(payment: Payment) -> tuple[dict[str, object], set[tuple[str, ...]]]:
    made = Book({}).record(payment, "")
    assert isinstance(made, Record)
    return _of(made)


def _of(record: Record) -> tuple[dict[str, object], set[tuple[str, ...]]]:
    values = {k: v for k, v in record.events[0].values.items() if k not in SAID}
    return values, {(s.entity_id, s.schema, s.prop, s.value) for s in record.stated}


@pytest.mark.parametrize("write", [write_pacs008, write_pain001, write_camt053, write_mt103])
@settings(max_examples=40, deadline=None)
@given(payments=st.lists(PAYMENTS, min_size=1, max_size=4, unique_by=lambda p: p.reference))
def test_what_is_written_is_read(write: Write, payments: list[Payment]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "written"
        write(payments, path)
        read = list(formats.recognise(path)[0].read(path))
    assert not [item for item in read if isinstance(item, Reject)]
    found = [_of(item) for item in read if isinstance(item, Record)]
    assert [values for values, _ in found] == [record(payment)[0] for payment in payments]
    stated = set().union(*(stated for _, stated in found))
    assert stated == set().union(*(record(payment)[1] for payment in payments))


def test_an_exact_time_is_kept(tmp_path: Path) -> None:
    time = datetime(2026, 3, 2, 23, 59, 58, 123456, tzinfo=UTC)
    payment = Payment(time=time, amount=Decimal("0.01"), currency="EUR", payer=Party("A & <B>"))
    for write in (write_pacs008, write_pain001, write_camt053):
        write([payment], tmp_path / "one.xml")
        [item] = formats.recognise(tmp_path / "one.xml")[0].read(tmp_path / "one.xml")
        assert isinstance(item, Record)
        assert item.events[0].values["time"] == time
        assert any(s.value == "A & <B>" for s in item.stated)


def test_mt103_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    payment = Payment(
        time=datetime(2026, 3, 2, tzinfo=UTC),
        amount=Decimal(1),
        currency="EUR",
        reference="R",
        payer=Party("أمينة"),
        payee=Party("B"),
        payer_institution=BANKS[0],
        payee_institution=BANKS[1],
    )
    with pytest.raises(UsageError, match="field 50F cannot hold"):
        write_mt103([payment], tmp_path / "x")


REPORT = Report(
    rentity_id=4711,
    report_code="STR",
    reference="STR-2026-02",
    submitted=datetime(2026, 6, 10, 9, tzinfo=UTC),
    currency="XOF",
    reason="Many small deposits, one withdrawal.",
    indicators=("TF-01", "TF-07"),
    rates={"EUR": Decimal("655.957"), "USD": Decimal("600.5")},
)


@settings(max_examples=60, deadline=None)
@given(payments=st.lists(PAYMENTS, min_size=1, max_size=4, unique_by=lambda p: p.reference))
def test_every_report_is_valid_and_reads_back(payments: list[Payment]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xml"
        write_report(REPORT, payments, path)
        assert invalid(etree.parse(str(path)).getroot()) == []
        read = [item for item in formats.get("goaml").read(path) if isinstance(item, Record)]
    for item, payment in zip(read, payments, strict=True):
        values = item.events[0].values
        assert (values["amount"], values["currency"]) == (payment.amount, payment.currency)
        assert values["reference"] == payment.reference
        assert values["time"] == payment.time
        assert values["payer_account"] == record(payment)[0]["payer_account"]
        assert values["payee_account"] == record(payment)[0]["payee_account"]
        names = {s.value for s in item.stated if s.prop == "name"}
        assert {payment.payer.name, payment.payee.name} <= names  # type: ignore[union-attr]


def test_a_bank_without_a_code_is_that_of_its_name_in_reports_and_messages(tmp_path: Path) -> None:
    # A report must give a code, and has UNKNOWN for none.
    bank = Institution(name="Banque du Golfe")
    payment = Payment(
        time=datetime(2026, 3, 2, 9, tzinfo=UTC), amount=Decimal(7), currency="XOF",
        reference="R1", payer=Party("AMINA TORSKEL"), payee=Party("SORIN VASKELD"),
        payer_account=Account(number="4471", institution=bank), payer_institution=bank,
        payee_account=Account(number="4472", institution=bank), payee_institution=bank,
    )  # fmt: skip
    report, message = tmp_path / "report.xml", tmp_path / "message.xml"
    write_report(REPORT, [payment], report)
    write_pacs008([payment], message)
    assert b"UNKNOWN" in report.read_bytes()
    told = [
        item.events[0].values
        for name, path in (("goaml", report), ("iso20022-pacs008", message))
        for item in formats.get(name).read(path)
        if isinstance(item, Record)
    ]
    for side in ("payer_account", "payee_account", "payer_institution"):
        assert told[0][side] == told[1][side]


def test_a_report_without_a_rate_or_too_long_is_not_written(tmp_path: Path) -> None:
    payment = Payment(
        time=datetime(2026, 3, 2, tzinfo=UTC),
        amount=Decimal(1),
        currency="JPY",
        payer=Party("A"),
        payee=Party("B"),
    )
    path = tmp_path / "report.xml"
    with pytest.raises(UsageError, match="no rate of JPY"):
        write_report(REPORT, [payment], path)
    payment.currency, payment.payer = "XOF", Party("A" * 300)
    with pytest.raises(UsageError, match="would not be valid"):
        write_report(REPORT, [payment], path)
    payment.payer = None
    with pytest.raises(UsageError, match="no payer and no account"):
        write_report(REPORT, [payment], path)
    assert not path.exists()


def test_the_schema_refuses_what_goaml_does() -> None:
    root = etree.fromstring("<report><rentity_id>0</rentity_id></report>")
    assert invalid(root)
