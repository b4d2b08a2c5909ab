"""Payments in ISO 20022, MT103, goAML and FollowTheMoney: what the messages state, and no more."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from manara import formats
from manara.model import FormatError, Record, Reject, Value

DATA = Path(__file__).parent / "data" / "payments"
FR, DE = "iban-FR7630006000011234567890189", "iban-DE89370400440532013000"


def read(path: Path) -> tuple[list[Record], list[Reject]]:
    items = list(formats.recognise(path)[0].read(path))
    records = [item for item in items if isinstance(item, Record)]
    return records, [item for item in items if isinstance(item, Reject)]


def payments(path: Path) -> list[dict[str, Value]]:
    return [dict(event.values) for record in read(path)[0] for event in record.events]


def said(records: list[Record], entity: object) -> dict[str, str]:
    return {s.prop: s.value for record in records for s in record.stated if s.entity_id == entity}


def changed(folder: Path, name: str, *pairs: tuple[str, str]) -> Path:
    text = (DATA / name).read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_pacs008_gives_the_payment_and_its_parties() -> None:
    records, rejects = read(DATA / "pacs008.xml")
    assert not rejects
    first, second = payments(DATA / "pacs008.xml")
    payer, payee = first.pop("payer"), first.pop("payee")
    assert first == {
        "time": datetime(2026, 3, 2, 9, 11, 12, tzinfo=UTC),
        "reference": "E-1",
        "amount": Decimal("1500.25"),
        "currency": "EUR",
        "instructed_amount": Decimal(1700),
        "instructed_currency": "USD",
        "payer_account": FR,
        "payee_account": DE,
        "payer_institution": "bic-AGRIFRPP",
        "payee_institution": "bic-DEUTDEFF",
        "intermediaries": ("bic-CHASUS33",),
        "payer_country": "fr",
        "payee_country": "de",
        "purpose": "Invoice 77, two parts",
        "purpose_code": "SUPP",
        "instrument": "transfer",
    }
    assert said(records, payer) == {
        "name": "أمينة ديالو & fils",
        "address": "Rue 10, 7, Dakar",
        "country": "SN",
        "passportNumber": "A0123456",
        "birthDate": "1980-05-06",
        "birthPlace": "Thiès",
        "birthCountry": "SN",
    }
    assert said(records, payee)["registrationNumber"] == "HRB 12345"
    assert second["time"] == datetime(2026, 3, 3, tzinfo=UTC)
    assert second["time_precision"] == "day"
    assert (second["payer"], second["payer_account"]) != (payee, FR)
    assert records[1].locator == "/Document/FIToFICstmrCdtTrf[1]/CdtTrfTxInf[2]"
    assert said(records, second["payee_institution"])["registrationNumber"] == "USABA 021000021"


def test_one_account_has_one_id_in_every_format() -> None:
    accounts = {
        payment["payee_account"]
        for name in ("pacs008.xml", "messages.mt103", "camt053.xml")
        for payment in payments(DATA / name)[:1]
    }
    assert accounts == {DE}


def test_pain001_payments_take_what_their_order_says() -> None:
    salary, other, cheque = payments(DATA / "pain001.xml")
    assert (salary["payer_account"], salary["payee_account"]) == (DE, FR)
    assert salary["time"] == datetime(2026, 4, 2, tzinfo=UTC)
    assert (salary["status"], salary["instrument"]) == ("ordered", "transfer")
    assert other["payer"] == salary["payer"]
    assert "payee_account" not in other
    assert cheque["payer"] != salary["payer"]
    assert (cheque["amount"], cheque["currency"]) == (Decimal(30), "USD")
    assert cheque["instrument"] == "cheque"
    places = [record.locator for record in read(DATA / "pain001.xml")[0]]
    assert places[-1] == "/Document/CstmrCdtTrfInitn[1]/PmtInf[2]/CdtTrfTxInf[1]"


def test_camt053_entries_come_in_and_go_out() -> None:
    came, one, two, back = payments(DATA / "camt053.xml")
    records, _ = read(DATA / "camt053.xml")
    assert (came["payer_account"], came["payee_account"]) == (FR, DE)
    assert (came["amount"], came["status"]) == (Decimal("100.10"), "settled")
    assert [(p["payer_account"], p["amount"]) for p in (one, two)] == [(DE, 10), (DE, 20)]
    assert one["payee"] != two["payee"]
    assert (back["payer_account"], back["status"]) == (DE, "returned")
    assert said(records, back["payee"])["name"] == "Amina Diallo"


def test_many_documents_in_an_envelope_have_their_places(tmp_path: Path) -> None:
    text = (DATA / "pacs008.xml").read_text("utf-8").partition("?>")[2]
    other = text.replace("EXM-2026-0001", "EXM-2026-0002")
    path = tmp_path / "batch.xml"
    path.write_text(f"<Batch><Head/>{text}<Head/>{other}</Batch>", "utf-8")
    records, rejects = read(path)
    assert not rejects
    assert [record.locator for record in records][2:] == [
        f"/Batch/Document[2]/FIToFICstmrCdtTrf[1]/CdtTrfTxInf[{n}]" for n in (1, 2)
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('"EUR">1500.25', '"EUR">-1500.25', "amount"),
        ('"EUR">1500.25', '"EUR">1,500.25', "amount"),
        ('"EUR">1500.25', '"QQQ">1500.25', "currency"),
        ("<IntrBkSttlmDt>2026-03-02", "<IntrBkSttlmDt>2026-02-30", "time"),
        ("<InstrId>I-2</InstrId>", "<UETR>u</UETR>", ""),
    ],
)
def test_what_cannot_be_a_payment_is_set_aside(
    tmp_path: Path, old: str, new: str, rule: str
) -> None:
    path = changed(tmp_path, "pacs008.xml", (old, new))
    records, rejects = read(path)
    assert [reject.rule for reject in rejects] == ([rule] if rule else [])
    assert len(records) == (1 if rule else 2)
    assert all(reject.locator.startswith("/Document/") for reject in rejects)


@pytest.mark.parametrize("sum_", ["0", "1000000000000000000", "0.00001"])
def test_sums_are_exact(tmp_path: Path, sum_: str) -> None:
    path = changed(tmp_path, "pacs008.xml", ('"EUR">1500.25', f'"EUR">{sum_}'))
    assert payments(path)[0]["amount"] == Decimal(sum_)


def test_a_payment_to_oneself_is_one(tmp_path: Path) -> None:
    path = changed(
        tmp_path, "pacs008.xml", ("DE89370400440532013000", "FR7630006000011234567890189")
    )
    first = payments(path)[0]
    assert first["payer_account"] == first["payee_account"] == FR


def test_the_same_message_twice_is_told(tmp_path: Path) -> None:
    text = (DATA / "pacs008.xml").read_text("utf-8").partition("?>")[2]
    path = tmp_path / "twice.xml"
    path.write_text(f"<x>{text}{text}</x>", "utf-8")
    records, rejects = read(path)
    assert len(records) == 2
    assert [reject.rule for reject in rejects] == ["duplicate", "duplicate"]
    changed_sum = text.replace("1500.25", "1500.26")
    path.write_text(f"<x>{text}{changed_sum}</x>", "utf-8")
    records, rejects = read(path)
    assert len(records) == 3, "another sum under a number used before is another payment"


def test_a_name_alone_joins_nobody(tmp_path: Path) -> None:
    one = changed(tmp_path, "camt053.xml", (">B-1<", ">B-7<"))
    assert payments(one)[1]["payee"] != payments(DATA / "camt053.xml")[1]["payee"]


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    text = (DATA / "pacs008.xml").read_text("utf-8")
    start, end = text.index("    <CdtTrfTxInf>"), text.index("  </FIToFICstmrCdtTrf>")
    body = text[start:end]
    path = tmp_path / "large.xml"
    with path.open("w", encoding="utf-8") as file:
        file.write(text[:start])
        for number in range(20 * 2**20 // len(body.encode())):
            file.write(body.replace("I-", f"I-{number}-"))
        file.write(text[end:])
    reader = formats.recognise(path)[0].read(path)
    for _ in range(1000):
        next(reader)
    tracemalloc.start()
    count = sum(1 for _, item in zip(range(8000), reader, strict=False))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 8000
    assert peak < 20 * 2**20


def test_a_file_without_a_payment_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.xml"
    path.write_text("<Document><FIToFICstmrCdtTrf><GrpHdr/></FIToFICstmrCdtTrf></Document>")
    with pytest.raises(FormatError, match="no payment in it"):
        read(path)


def test_mt103_sent_and_received() -> None:
    records, rejects = read(DATA / "messages.mt103")
    assert not rejects
    sent, received = payments(DATA / "messages.mt103")
    assert sent["reference"] == "8a562c67-ca16-48ba-b074-65581be6f001"
    assert (sent["amount"], sent["currency"]) == (Decimal("1500.25"), "EUR")
    assert (sent["instructed_amount"], sent["instructed_currency"]) == (Decimal(1700), "USD")
    assert sent["payer_institution"] == "bic-AGRIFRPP"
    assert sent["intermediaries"] == ("bic-CHASUS33",)
    assert sent["purpose"] == "/INV/77 SECOND LINE"
    assert said(records, sent["payer"])["address"] == "10 RUE DES FLEURS, DAKAR"
    assert received["time"] == datetime(1999, 12, 31, tzinfo=UTC)
    assert said(records, received["payer"]) == {
        "name": "EXEMPLE OUSMANE",
        "address": "RUE 1, THIES",
        "country": "SN",
        "birthDate": "1980-05-06",
        "birthPlace": "DAKAR",
    }
    assert said(records, received["payer_institution"])["name"] == "EXAMPLE BANK"
    assert received["payee_institution"] == "bic-DEUTDEFF", "who received the message"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("EUR1500,25", "EUR1500.25", "amount"),
        ("EUR1500,25", "QQQ1500,25", "currency"),
        (":32A:260302", ":32A:260232", "time"),
        ("{2:I103", "{2:I202", "message"),
    ],
)
def test_mt103_set_aside(tmp_path: Path, old: str, new: str, rule: str) -> None:
    path = changed(tmp_path, "messages.mt103", (old, new))
    items = list(formats.get("swift-mt103").read(path))
    assert [item.rule for item in items if isinstance(item, Reject)] == [rule]
    assert len(items) == 2


def test_mt103_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    path.write_bytes((DATA / "messages.mt103").read_bytes()[:-60])
    with pytest.raises(FormatError, match="cut off"):
        read(path)


def test_goaml_transactions() -> None:
    records, rejects = read(DATA / "report.goaml.xml")
    assert not rejects
    paid, drawn = payments(DATA / "report.goaml.xml")
    assert (paid["amount"], paid["currency"]) == (Decimal(49000), "XOF")
    assert (paid["channel"], paid["instrument"]) == ("AGENT", "CASH")
    assert said(records, paid["payer"])["idNumber"] == "CNI 77"
    assert said(records, paid["payer"])["phone"] == "+221771234567"
    assert said(records, paid["payee"])["name"] == "Invented Relief"
    assert paid["payee_institution"] == "bic-EXBKSNDA"
    assert (drawn["amount"], drawn["currency"]) == (Decimal(100), "EUR")
    assert drawn["instructed_amount"] == Decimal("65595.70")
    assert drawn["payee_country"] == "ml"


def test_followthemoney_payments_are_events_too() -> None:
    records, rejects = read(DATA / "payments.ftm.json")
    assert payments(DATA / "payments.ftm.json") == [
        {
            "time": datetime(2026, 3, 2, tzinfo=UTC),
            "time_precision": "day",
            "payer": "a",
            "payee": "b",
            "amount": Decimal("10.5"),
            "currency": "EUR",
            "purpose": "rent",
            "reference": "T1",
        }
    ]
    assert len(records) == 4, "what is said of an entity is kept in any case"
    assert [reject.rule for reject in rejects] == ["currency"]


def test_parquet_rows_are_payments_between_accounts() -> None:
    records, rejects = read(DATA / "payments.parquet")
    first, own, late = payments(DATA / "payments.parquet")
    assert (first["amount"], first["currency"]) == (Decimal("0.1"), "XOF")
    assert own["amount"] == Decimal(10) ** 18
    assert own["payer_account"] == own["payee_account"] == first["payer_account"]
    assert said(records, first["payee_account"]) == {"accountNumber": "B"}
    assert "time" not in late
    assert [(reject.rule, reject.locator) for reject in rejects] == [
        ("column", "column label"),
        ("currency", "row 3, column currency"),
    ]


def test_parquet_of_something_else_is_refused(tmp_path: Path) -> None:
    pa: Any = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"src": ["a"], "amount": [1]}), path)
    with pytest.raises(FormatError, match="no column for time"):
        read(path)
