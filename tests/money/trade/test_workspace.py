"""Declarations in a workspace: taken in by a mapping, found as leads with the payments beside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from manara.cli.main import cli
from manara.model import FormatError, Handling, Lead
from manara.pipeline.detect import recompute
from manara.pipeline.detectors import DETECTORS
from manara.store import Workspace
from tests.spoken import check_spoken

COMPANY = """
      {role}:
        schema: Company
        key: {column}
        key_literal: company
        properties:
          name: {{column: {column}}}"""
CUSTOMS = """
dataset: customs
handling: TLP:GREEN
queries:
  - entities:{companies}
    events:
      declaration:
        table: declarations
        columns:
          time: {{column: date}}
          reference: {{column: id}}
          exporter: {{entity: exporter}}
          importer: {{entity: importer}}
          hs_code: {{column: hs}}
          value: {{column: value}}
          currency: {{literal: EUR}}
          net_weight: {{column: kg}}
          origin: {{literal: FR}}
          destination: {{literal: DE}}
          invoice: {{column: invoice}}
          transport_document: {{column: bl}}
""".format(
    companies="".join(COMPANY.format(role=role, column=role) for role in ("exporter", "importer"))
)
BANK = """
dataset: bank
handling: TLP:AMBER
queries:
  - entities:{companies}
    events:
      payment:
        table: payments
        columns:
          time: {{column: date}}
          amount: {{column: amount}}
          currency: {{literal: EUR}}
          payer: {{entity: payer}}
          payee: {{entity: payee}}
          purpose: {{column: purpose}}
""".format(companies="".join(COMPANY.format(role=role, column=role) for role in ("payer", "payee")))
#: The same keys give the same ids in both datasets.
PREFIX = "prefix: firms\n"
DECLARED = """id,date,exporter,importer,hs,value,kg,invoice,bl
D1,2026-01-05,Verger SA,Panier GmbH,080810,9000,8000,A-11,BL-1
D2,2026-03-02,Verger SA,Panier GmbH,080810,12000,10400,A-17,BL-2
D3,2026-03-12,Verger SA,Panier GmbH,080810,12000,10400,A-17,BL-3
D4,2026-06-30,Verger SA,Cageot SA,930200,900,12,A-18,BL-4
D5,2026-06-30,Verger SA,Cageot SA,080810,-1,12,A-19,BL-5
D6,2026-06-30,Verger SA,Cageot SA,08,1,12,A-20,BL-6
"""
PAID = """date,payer,payee,amount,purpose
2026-04-01,Panier GmbH,Verger SA,12000,invoice A-17
2026-04-15,Panier GmbH,Verger SA,30000,Payment of invoice A-99
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ran(tmp_path, "init", str(tmp_path / "office"))
    for name, mapping, rows in (("customs", CUSTOMS, DECLARED), ("bank", BANK, PAID)):
        (tmp_path / f"{name}.yaml").write_text(PREFIX + mapping, encoding="utf-8")
        (tmp_path / f"{name}.csv").write_text(rows, encoding="utf-8")
        options = ("--mapping", str(tmp_path / f"{name}.yaml"))
        ran(tmp_path, "ingest", str(tmp_path / f"{name}.csv"), *options)
    return tmp_path


def ran(folder: Path, *words: str) -> str:
    """Return what a command prints in the workspace."""
    first, *rest = words
    where = ["--workspace", str(folder / "office")]
    done = CliRunner().invoke(cli, [*where, first, *rest])
    assert done.exit_code in (0, 1), (done.output, done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.stdout


def found(folder: Path) -> dict[str, Lead]:
    with Workspace.open(folder / "office") as workspace:
        leads = {lead.finding.kind: lead for lead in workspace.view().leads("trade")}
    check_spoken(lead.finding for lead in leads.values())
    return leads


def said(lead: Lead) -> str:
    return " ".join(step.text for step in lead.finding.explanation)


def rows(folder: Path, lead: Lead) -> list[dict[str, Any]]:
    with Workspace.open(folder / "office") as workspace:
        return list(workspace.view().evidence(lead.finding.evidence).values())


def test_what_cannot_be_a_declaration_is_set_aside(folder: Path) -> None:
    rejects = [json.loads(line) for line in ran(folder, "rejects", "--json").splitlines()]
    assert sorted((one["rule"], one["reason"]) for one in rejects) == [
        ("amount", "the value is not above zero"),
        ("hs_code", "no Harmonized System code of four digits or more"),
    ]


def test_leads_name_companies_and_rest_on_declarations_and_payments(folder: Path) -> None:
    ran(folder, "detect", "trade")
    leads = found(folder)
    assert set(leads) == {
        *("trade.phantom-invoice", "trade.multiple-invoicing", "trade.controlled-goods"),
    }
    twice = leads["trade.multiple-invoicing"]
    assert twice.finding.title.endswith("Verger SA, Panier GmbH")
    shown = rows(folder, twice)
    assert {row["reference"] for row in shown if row["table"] == "declarations"} == {"D2", "D3"}
    assert [row["purpose"] for row in shown if row["table"] == "payments"] == ["invoice A-17"]
    assert "Payments that name the invoices of these declarations: 1." in said(twice)
    assert "First rule out" in said(twice)
    assert not any("\\ue000" <= sign <= "\\ue001" for sign in said(twice) + twice.finding.title)
    phantom = leads["trade.phantom-invoice"]
    assert [row["purpose"] for row in rows(folder, phantom)] == ["Payment of invoice A-99"]
    assert "Panier GmbH paid Verger SA 30,000.00 EUR" in said(phantom)
    assert {row["hs_code"] for row in rows(folder, leads["trade.controlled-goods"])} == {"930200"}


def test_a_lead_takes_the_strictest_rule_and_comes_out_the_same(folder: Path) -> None:
    ran(folder, "detect", "trade")
    leads = found(folder)
    assert leads["trade.multiple-invoicing"].handling == Handling.of("AMBER")
    assert leads["trade.controlled-goods"].handling == Handling.of("GREEN")
    again = json.loads(ran(folder, "detect", "trade", "--json"))
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 3)
    with Workspace.open(folder / "office") as workspace:
        for lead in leads.values():
            then = workspace.view(lead.recipe.as_of)
            assert recompute(then, lead, list(DETECTORS.values())) == []


def test_decisions_move_the_score_of_like_leads(folder: Path) -> None:
    ran(folder, "detect", "trade")
    lead = found(folder)["trade.phantom-invoice"]
    assert lead.finding.score == pytest.approx(0.05)
    ran(folder, "decide", lead.id, "confirmed", "--ground", "Facture introuvable")
    ran(folder, "detect", "trade")
    # A prior of 5 % weighs as much as twenty decisions.
    assert found(folder)["trade.phantom-invoice"].finding.score == pytest.approx(2 / 21, abs=1e-5)


def test_without_declarations_there_is_nothing_to_find(tmp_path: Path) -> None:
    ran(tmp_path, "init", str(tmp_path / "office"))
    assert json.loads(ran(tmp_path, "detect", "trade", "--json"))["new"] == 0


def test_rates_beside_the_workspace_convert_and_what_has_none_is_named(folder: Path) -> None:
    # 900 EUR are 1,125 USD on 6 July; nobody knows a rate of XAF.
    rows = [
        "2026-07-06,Inconnu SARL,Verger SA,1125,USD,invoice A-18",
        "2026-07-06,Panier GmbH,Verger SA,7872000,XAF,invoice A-11",
    ]
    mapping = PREFIX + BANK.replace("{literal: EUR}", "{column: currency}")
    (folder / "abroad.yaml").write_text(mapping.replace("dataset: bank", "dataset: abroad"))
    (folder / "abroad.csv").write_text(
        "\n".join(["date,payer,payee,amount,currency,purpose", *rows, ""])
    )
    ran(folder, "ingest", str(folder / "abroad.csv"), "--mapping", str(folder / "abroad.yaml"))
    detected = json.loads(ran(folder, "detect", "trade", "--json"))
    [paid_twice] = [one for one in detected["remarks"] if one.startswith("multiple-invoicing")]
    assert "2 payments" in paid_twice and "no exchange rates were given" in paid_twice
    assert "trade.third-party-payment" not in found(folder)

    (folder / "office" / "rates.csv").write_text("Date,USD,\n2026-07-02,1.25,\n", "utf-8")
    detected = json.loads(ran(folder, "detect", "trade", "--json"))
    [paid_twice] = [one for one in detected["remarks"] if one.startswith("multiple-invoicing")]
    assert "1 payments" in paid_twice and "of XAF on 2026-07-06" in paid_twice
    lead = found(folder)["trade.third-party-payment"]
    assert "Inconnu SARL" in lead.finding.title
    assert json.loads(lead.recipe.settings)["rates"] == {"USD": {"2026-07-02": 1.25}}
    with Workspace.open(folder / "office") as workspace:
        then = workspace.view(lead.recipe.as_of)
        assert recompute(then, lead, list(DETECTORS.values())) == []

    (folder / "office" / "rates.csv").write_text("Day,USD\n", "utf-8")
    done = CliRunner().invoke(cli, ["--workspace", str(folder / "office"), "detect", "trade"])
    assert isinstance(done.exception, FormatError) and done.exception.where.endswith("rates.csv")
