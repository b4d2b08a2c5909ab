"""From a lead to a report that keeps to the schema, whatever stands in the payments."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from unittest.mock import patch

import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from manara.cli.money_report import report_command
from manara.formats import Format, Match, Profile, invalid, profile
from manara.model import (
    EVENT_TABLES,
    Fact,
    Finding,
    Handling,
    Lead,
    Recipe,
    Record,
    RefusedError,
    Severity,
    Stated,
    StatedEvent,
    Step,
    UsageError,
)
from manara.pipeline.detect import Detector, detect
from manara.pipeline.ingest import Request, ingest
from manara.pipeline.money_report import Draft, draft, write_draft
from manara.store import View, Workspace

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OPEN = Handling.of("CLEAR")


def known_profile(**changes: Any) -> Profile:
    return profile(rentity_id=77, **changes)


class Given:
    """Payments and facts of a test, taken in as one source."""

    payments: list[dict[str, Any]]
    facts: list[tuple[str, str, str, str]]

    def read(self, path: Path) -> Iterator[Record]:
        stated = [Stated(*fact, "line 0") for fact in self.facts]
        yield Record("line 0", stated, ())
        for number, values in enumerate(self.payments, 1):
            locator = f"line {number}"
            yield Record(locator, [], (StatedEvent("payments", values, locator),))


def find(view: View) -> Iterator[Finding]:
    """Yield one lead of all payments."""
    rows = view.sql("SELECT id FROM payments ORDER BY id").column(0).to_pylist()
    if rows:
        ids = tuple(rows)
        name = view.captions(["fund"])["fund"]
        steps = (
            Step(1, "All of them", ids),
            Step(2, "No evidence for this.", ()),
            Step(3, f"Paid to {name}", ids),
        )
        yield Finding("money.charity-front", ("fund",), 0.4, Severity.HIGH, "A fund", steps, ids)


@contextmanager
def office(
    payments: list[dict[str, Any]],
    facts: list[tuple[str, str, str, str]] = (),  # type: ignore[assignment]
    handling: Handling = OPEN,
) -> Iterator[Workspace]:
    """Yield a workspace with one lead of all the payments."""
    given = Given()
    given.payments, given.facts = payments, list(facts)
    form = Format("given", "given", "1", lambda head: None, given.read, additive=True)
    module = sys.modules[ingest.__module__]
    with TemporaryDirectory() as folder, Workspace.create(Path(folder) / "office") as workspace:
        path = Path(folder) / "given.txt"
        path.write_text("given\n", "utf-8")
        with patch.object(module, "recognise", lambda path: (form, Match("bank"))):
            (done,) = ingest(workspace, [str(path)], Request(by="amina", handling=handling))
        assert done.status == "applied", done.reason
        detect(workspace, [DETECTOR], by="amina")
        yield workspace


DETECTOR = Detector("money", "1", {}, find)


def payment(**values: Any) -> dict[str, Any]:
    base = {
        "time": datetime(2026, 3, 2, tzinfo=UTC),
        "amount": Decimal("900.50"),
        "currency": "EUR",
    }
    return base | values


def drafted(workspace: Workspace, used: Profile) -> Draft:
    view = workspace.view()
    (lead,) = view.leads("money")
    return draft(view, lead.id, used, NOW)


def written(made: Draft) -> tuple[etree._Element, dict[str, Any]]:
    """Return the report's root and the file beside it."""
    with TemporaryDirectory() as folder:
        beside = write_draft(made, Path(folder) / "report.xml")
        root = etree.parse(str(Path(folder) / "report.xml")).getroot()
        return root, json.loads(beside.read_text("utf-8"))


FACTS = [
    ("fund", "BankAccount", "iban", "FR1420041010050500013M02606"),
    ("fund", "BankAccount", "bank", "bank-1"),
    ("bank-1", "Organization", "name", "Harbour Savings"),
    ("bank-1", "Organization", "swiftBic", "HASAGB2L"),
    ("own-1", "Ownership", "owner", "p-1"),
    ("own-1", "Ownership", "asset", "fund"),
    ("p-1", "Person", "name", "Hala Manarzi"),
    ("p-1", "Person", "birthDate", "1971-05-06"),
    ("p-1", "Person", "nationality", "ly"),
    ("pass-1", "Passport", "holder", "p-1"),
    ("pass-1", "Passport", "number", "X1234567"),
    ("giver", "Person", "name", "Amina Cisse"),
]


def test_the_report_holds_what_the_workspace_knows_of_the_parties() -> None:
    paid = payment(
        payer="giver", payee_account="fund", purpose="gift", reference="R1", channel="mobile"
    )
    with office([paid], FACTS) as workspace:
        root, beside = written(drafted(workspace, known_profile()))
    assert invalid(root) == []
    text = {path: root.findtext(path) for path in (
        "rentity_id", "report_code", "currency_code_local", "transaction/transactionnumber",
        "transaction/amount_local", "transaction/transmode_code",
        "transaction/t_to/to_account/iban",
        "transaction/t_to/to_account/swift", "transaction/t_from/from_person/last_name",
        "transaction/t_to/to_account/signatory/t_person/birthdate",
        "transaction/t_to/to_account/signatory/t_person/passport_number",
        "transaction/t_to/to_account/signatory/t_person/nationality1",
    )}  # fmt: skip
    assert list(text.values()) == [
        "77", "STR", "EUR", "R1", "900.5", "M", "FR1420041010050500013M02606", "HASAGB2L", "Cisse",
        "1971-05-06T00:00:00", "X1234567", "LY",
    ]  # fmt: skip
    assert (root.findtext("action") or "").startswith("DRAFT of 2026-11-22 from lead-")
    assert beside["draft"] is True
    reason = root.findtext("reason") or ""
    assert reason == " ".join(f"[{one['number']}] {one['text']}" for one in beside["sentences"])
    assert (
        "Hala Manarzi: holds the account FR1420041010050500013M02606; born 1971-05-06; "
        "passport X1234567; nationality ly." in reason
    )
    assert "Amina Cisse paid Hala Manarzi 900.50 EUR (transaction R1)" in reason
    assert "No evidence for this" not in reason
    (event,) = beside["transactions"].values()
    assert beside["sentences"][0]["evidence"] == [event]


def test_every_piece_of_evidence_is_a_fact_or_payment_of_the_workspace() -> None:
    with office([payment(payer="giver", payee_account="fund")], FACTS) as workspace:
        made = drafted(workspace, known_profile())
        ids = {one for sentence in made.narrative.sentences for one in sentence.evidence}
        assert ids == set(workspace.view().evidence(ids))
        # The payment; who owns the fund (2); the owner's birth date, passport and nationality; the
        # names of giver and owner.
        assert len(ids) == 8


UNIT = {"id": "fiu.example", "relation": "community"}


@pytest.mark.parametrize(
    ("handling", "unit", "rule"),
    [
        (Handling.of("AMBER"), UNIT, "TLP:AMBER"),
        (Handling.of("RED"), UNIT, "TLP:RED"),
        (Handling.of("AMBER", releasable_to=["other.example"]), UNIT, "only to those"),
        (Handling.of("CLEAR", purposes=["training"]), UNIT, "training"),
        (Handling.of("GREEN"), {}, "TLP:GREEN"),
        (Handling.of("GREEN"), UNIT, ""),
        (Handling.of("AMBER", releasable_to=["fiu.example"]), UNIT, ""),
        (Handling.of("AMBER+STRICT"), {"id": "us", "relation": "organisation"}, ""),
    ],
)
def test_handling_decides_whether_there_is_a_report(
    handling: Handling, unit: dict[str, str], rule: str
) -> None:
    with office([payment(payer="giver", payee="p-1")], FACTS, handling) as workspace:
        used = known_profile(recipient=unit)
        if not rule:
            assert invalid(written(drafted(workspace, used))[0]) == []
            return
        with pytest.raises(RefusedError, match=rule):
            drafted(workspace, used)


def test_facts_that_may_not_go_are_left_out_of_a_report_that_may() -> None:
    with office([payment(payer="giver", payee="p-1")], FACTS) as workspace:
        path = workspace.root.parent / "secret.json"
        secret = [
            {"id": "p-1", "schema": "Person", "properties": {"idNumber": ["SECRET-9"]}},
            {"id": "fund", "schema": "BankAccount", "properties": {"name": ["SECRET fund"]}},
        ]
        path.write_text("".join(json.dumps(one) + "\n" for one in secret), "utf-8")
        # The lead was written while the name might still go.
        for level in ("GREEN", "RED"):
            request = Request(by="amina", dataset="secret", handling=Handling.of(level))
            list(ingest(workspace, [str(path)], request))
            if level == "GREEN":
                detect(workspace, [DETECTOR], by="amina")
        (lead,) = workspace.view().leads("money")
        assert any("SECRET" in step.text for step in lead.finding.explanation)
        made = drafted(workspace, known_profile(recipient=UNIT))
        root, beside = written(made)
    assert b"SECRET" not in etree.tostring(root) + json.dumps(beside).encode()
    assert "All of them." in (root.findtext("reason") or "")
    assert made.left_aside == (
        "2 facts about parties, by their handling rules",
        "1 steps of the explanation, which tell of such facts",
    )


def test_a_lead_whose_words_use_a_name_that_may_not_go_stays() -> None:
    with office([payment(payer="giver", payee="p-1")], FACTS) as workspace:
        path = workspace.root.parent / "secret.json"
        named = {"id": "fund", "schema": "BankAccount", "properties": {"name": ["SECRET fund"]}}
        path.write_text(json.dumps(named) + "\n", "utf-8")
        red = Request(by="amina", dataset="secret", handling=Handling.of("RED"))
        list(ingest(workspace, [str(path)], red))
        detect(workspace, [DETECTOR], by="amina")
        with pytest.raises(RefusedError, match="TLP:RED"):
            drafted(workspace, known_profile())


def test_payments_in_several_currencies_need_a_rate() -> None:
    paid = [
        payment(payer="a"),
        payment(payer="b", currency="USD"),
        payment(payer="c", currency="USDT"),
    ]
    with office(paid) as workspace:
        with pytest.raises(UsageError, match="no local currency"):
            drafted(workspace, known_profile())
        with pytest.raises(UsageError, match="no rate of USD"):
            written(drafted(workspace, known_profile(currency="EUR", rates={"USDT": "0.9"})))
        used = known_profile(currency="EUR", rates={"USD": "0.9", "USDT": "0.5"})
        root, _ = written(drafted(workspace, used))
    assert invalid(root) == []
    local = sorted(Decimal(one.text or "") for one in root.iterfind("transaction/amount_local"))
    # 900.50 USD and USDT at their rates: 810.45 and 450.25.
    assert local == [Decimal("450.25"), Decimal("810.45"), Decimal("900.5")]
    assert "900.5 USDT" in {(one.text or "") for one in root.iter("transaction_description")}


NASTY = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "<b>&amp;]]></b>",
            "\x00\x0b\ud800",
            "عبد الرحمن بن محمد",
            "x" * 400,
            " ",
            "-",
            "\u202e\ufffe",
            "'\"",
        ]
    ),
)
ENTITIES = st.sampled_from(["fund", "giver", "p-1", "acc-2", "org-1", "unknown-1"])
MAYBE = st.one_of(st.none(), ENTITIES)
PAID = st.fixed_dictionaries(
    {
        "time": st.datetimes(datetime(1970, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
        "amount": st.one_of(
            st.decimals(0, 10**11, places=2), st.decimals(0, 10**19, places=18), st.just(Decimal(0))
        ),
        "currency": st.sampled_from(["EUR", "XOF", "USDT"]),
        "payer": MAYBE, "payee": MAYBE, "payer_account": MAYBE, "payee_account": MAYBE,
        "payer_institution": MAYBE, "payer_country": st.sampled_from([None, "sn", "gb-sct", "zz"]),
        "purpose": NASTY, "reference": NASTY, "channel": NASTY, "instrument": NASTY,
    }
)  # fmt: skip


class Stub:
    """What a report asks of a view, answered from memory: workspaces take too long to be made."""

    def __init__(self, rows: list[dict[str, Any]], facts: list[tuple[str, str, str, str]]) -> None:
        columns = dict.fromkeys(column.name for column in EVENT_TABLES["payments"])
        self._rows = {
            f"e{at}": {
                "table": "payments",
                "id": f"e{at}",
                "handling_id": OPEN.id,
                **columns,
                **row,
            }
            for at, row in enumerate(rows)
        }
        self._all = [
            Fact(f"f{at}", *fact, "", "", "bank", "s", "line 1", OPEN.id, NOW, None)
            for at, fact in enumerate(facts)
        ]

    def lead(self, lead_id: str) -> Lead:
        ids = tuple(self._rows)
        steps = (Step(1, "All of them", ids), Step(2, "No evidence for this.", ()))
        found = Finding("money.x", ("fund", "p-1"), 0.4, Severity.HIGH, "A fund", steps, ids)
        return Lead(found, ("bank",), OPEN, Recipe("money", "1", "{}", NOW, ()), NOW, NOW)

    def evidence(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        return {one: self._rows[one] for one in ids}

    def handlings(self) -> dict[str, Handling]:
        return {OPEN.id: OPEN}

    def sql(self, query: str) -> pa.Table:
        return pa.table(
            {"entity_id": pa.array([], "string"), "canonical_id": pa.array([], "string")}
        )

    def facts(self, ids: Collection[str]) -> Iterator[Fact]:
        return (fact for fact in self._all if fact.entity_id in ids)

    def linked(self, facts: Iterable[Fact], members: Collection[str]) -> Iterator[Fact]:
        around = {fact.entity_id for fact in self._all if fact.value in members} - set(members)
        return self.facts(around)


@settings(max_examples=100, deadline=None)
@given(
    paid=st.lists(PAID, min_size=1, max_size=6),
    names=st.lists(NASTY.filter(bool), min_size=4, max_size=4),
    born=st.sampled_from(["1980", "1980-02-03", "1850-01-01", "1980-02", "never"]),
)
def test_every_report_keeps_to_the_schema(
    paid: list[dict[str, Any]], names: list[str], born: str
) -> None:
    facts = [
        ("p-1", "Person", "name", names[0]), ("org-1", "Company", "name", names[1]),
        ("org-1", "Company", "registrationNumber", names[2]),
        ("p-1", "Person", "address", names[3]),
        ("p-1", "Person", "passportNumber", names[2]), ("p-1", "Person", "birthDate", born),
        ("acc-2", "BankAccount", "accountNumber", names[3]),
        ("acc-2", "BankAccount", "bank", "org-1"),
        *FACTS,
    ]  # fmt: skip
    used = known_profile(currency="EUR", rates={"XOF": "0.0015", "USDT": "0.9"})
    made = draft(cast(View, Stub(paid, facts)), "lead", used, NOW)
    root, _ = written(made)
    assert invalid(root) == []
    assert len(root.findall("transaction")) == len(paid) == len(made.transactions)
    numbers = {one.text for one in root.iterfind("transaction/transactionnumber")}
    assert len(numbers) == len(paid)


def test_a_report_of_many_payments_is_whole() -> None:
    paid = [payment(payer=f"g-{n}", payee_account="fund", reference="same") for n in range(1500)]
    with office(paid, FACTS) as workspace:
        root, beside = written(drafted(workspace, known_profile()))
    assert invalid(root) == []
    numbers = [one.text for one in root.iterfind("transaction/transactionnumber")]
    assert len(numbers) == len(set(numbers)) == 1500 == len(beside["transactions"])
    assert len(root.findtext("reason") or "") <= 4000
    assert f"{len(beside['told_among_transactions_only']):,} of the 1,500" in (
        root.findtext("reason") or ""
    )


def test_the_command_writes_two_files_and_says_it_is_a_draft(tmp_path: Path) -> None:
    with office([payment(payer="giver", payee_account="fund")], FACTS) as workspace:
        (lead,) = workspace.view().leads("money")
        out = tmp_path / "report.xml"
        words = [lead.id, "--out", str(out)]
        asked = CliRunner().invoke(report_command, words, obj=workspace.root)
        assert isinstance(asked.exception, UsageError) and "--rentity-id" in asked.exception.remedy
        assert not out.exists()
        own = workspace.root / "goaml.yaml"
        own.write_text("rentity_id: 5\nindicators: {charity-front: [TF-7, TF-8]}\n"
                       "reporting_person: {name: Tom Baker}\n", "utf-8")  # fmt: skip
        done = CliRunner().invoke(report_command, [*words, "--json"], obj=workspace.root)
        assert done.exit_code == 0, done.output
        assert (
            "a person must check"
            in CliRunner().invoke(report_command, words, obj=workspace.root).stdout
        )
    told = json.loads(done.stdout)
    assert told["draft"] and told["lead"] == lead.id
    assert Path(told["evidence"]).name == "report.evidence.json"
    root = etree.parse(str(out)).getroot()
    assert [one.text for one in root.iter("indicator")] == ["TF-7", "TF-8"]
    assert root.findtext("reporting_person/last_name") == "Baker"


@pytest.mark.parametrize(
    "text",
    ["- a", "rentity: 5", "recipient: {id: x, relation: friend}", "rates: {EUR: -1}", "longest: 10",
     "currency: QQQ", "rates: {EUR: abc}", "indicators: {default: []}", "{"],
)  # fmt: skip
def test_a_profile_that_will_not_do_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "goaml.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as refused:
        profile(path)
    assert refused.value.where == str(path)
