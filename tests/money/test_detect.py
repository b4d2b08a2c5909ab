"""Leads of typologies in a workspace: kept once, explained, switched, found again the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from manara.model import Lead, Record, Text, UsageError
from manara.money.detect import LIMITS, MOST_EVIDENCE
from manara.money.typology import chosen
from manara.pipeline.detect import Detected, detect, recompute
from manara.pipeline.detectors import DETECTORS
from manara.pipeline.ingest import Request, ingest
from manara.store import Workspace, decide
from manara.store.policies import settle
from tests.ledger import payment, workspace_of_ledgers
from tests.spoken import check_spoken

GIVERS = "".join(f"2026-03-{day:02} giver{day} collector 25 transfer\n" for day in range(2, 14))
EXIT = "2026-03-20 collector abroad 290 transfer\n"


def read(path: Path) -> Iterator[Record]:
    """Read ``day payer payee amount instrument`` lines: an invented format."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        day, payer, payee, amount, instrument = line.split()
        yield payment(
            number,
            (payer, "BankAccount", f"Compte de {payer}"),
            time=datetime.fromisoformat(day).replace(tzinfo=UTC),
            payer_account=payer,
            payee_account=payee,
            amount=Decimal(amount),
            instrument=instrument,
        )


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    with workspace_of_ledgers(tmp_path, monkeypatch, read) as made:
        yield made


def take_in(workspace: Workspace, text: str) -> None:
    path = workspace.root.parent / f"{abs(hash(text))}"
    path.write_text(text, encoding="utf-8")
    list(ingest(workspace, [str(path)], Request(by="amina")))


def run(workspace: Workspace) -> Detected:
    return detect(workspace, [DETECTORS["money"]], by="amina")[0]


def leads(workspace: Workspace) -> list[Lead]:
    return list(workspace.view().leads("money"))


def test_a_lead_lists_its_payments_and_each_threshold(workspace: Workspace) -> None:
    take_in(workspace, GIVERS + EXIT)
    assert run(workspace).new == 1
    [lead] = leads(workspace)
    found = lead.finding
    check_spoken([found])
    assert (found.kind, found.subjects) == ("money.small-sums-one-exit", ("collector",))
    assert found.title.endswith("Compte de collector")
    shown = workspace.view().evidence(found.evidence)
    assert sorted(row["amount"] for row in shown.values()) == [Decimal(25)] * 12 + [Decimal(290)]
    text = " ".join(step.text for step in found.explanation)
    assert "Different payers: 12; asked for: at least 8" in text
    assert "Sum that went out, over the sum that came in: 97%" in text
    assert "0.33 accounts a week" not in text
    payers = next(step for step in found.explanation if step.text.startswith("Different payers"))
    assert len(payers.evidence) == 12
    assert found.score <= 0.05


def test_a_second_run_repeats_nothing_and_it_comes_out_the_same(workspace: Workspace) -> None:
    take_in(workspace, GIVERS + EXIT)
    run(workspace)
    assert run(workspace) == Detected("money", new=0, changed=0, unchanged=1, ended=0)
    [lead] = leads(workspace)
    take_in(workspace, "2026-03-21 collector back1 400 transfer\n")
    then = workspace.view(lead.recipe.as_of)
    assert recompute(then, lead, [DETECTORS["money"]]) == []
    assert run(workspace).ended == 1
    assert recompute(workspace.view(), lead, [DETECTORS["money"]]) == ["it is not found again"]


def test_a_typology_is_switched_off_and_replaced_by_file(workspace: Workspace) -> None:
    take_in(workspace, GIVERS + EXIT)
    file = workspace.root / "typologies.yaml"
    file.write_text("without: [small-sums-one-exit]\n")
    assert run(workspace).new == 0
    (workspace.root / "mine.yaml").write_text(OWN, encoding="utf-8")
    file.write_text("own: [mine.yaml]\nwithout: [small-sums-one-exit]\n")
    assert run(workspace).new == 1
    [lead] = leads(workspace)
    assert lead.finding.kind == "money.big-exit"
    # It brings its own words in other languages; the one without is known to be French.
    said = [one.words for one in lead.finding.explanation if one.words] + [lead.finding.words]
    own = [arg for text in said if text for arg in text.args.values() if isinstance(arg, Text)]
    assert Text("Une grande sortie", "", {}, "fr", {"ar": "خروج كبير"}) in own
    assert Text("gros", "", {}, "fr") in own
    assert json.loads(lead.recipe.settings)["off"] == ["small-sums-one-exit"]
    file.unlink()
    # What it was found with is in the lead, so that it comes out the same without the file.
    then = workspace.view(lead.recipe.as_of)
    assert recompute(then, lead, [DETECTORS["money"]]) == []


def test_a_threshold_settled_here_is_told_with_the_one_in_its_place(workspace: Workspace) -> None:
    take_in(workspace, GIVERS + EXIT)
    for least, new in ((13.0, 0), (12.0, 1)):
        limits = {"in_payers": {"at_least": least}}
        with workspace.registry.writing() as connection:
            name = f"{LIMITS}small-sums-one-exit"
            settle(connection, name, limits, by="amina", ground="Order 3")
        assert run(workspace).new == new
    [lead] = leads(workspace)
    check_spoken([lead.finding])
    said = " ".join(step.text for step in lead.finding.explanation)
    told = (
        "Different payers: 12; asked for: at least 12, as settled here in the place of at least 8"
    )
    assert told in said
    then = workspace.view(lead.recipe.as_of)
    assert recompute(then, lead, [DETECTORS["money"]]) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("without: [nothing]", "no such typology"),
        ("own: [missing.yaml]", "cannot be read"),
        ("of: [x]", "unknown: of"),
        ("- a", "cannot be read"),
        ("without: 7", "cannot be read"),
    ],
)
def test_a_false_file_of_switches_is_told(workspace: Workspace, text: str, message: str) -> None:
    (workspace.root / "typologies.yaml").write_text(text)
    with pytest.raises(UsageError, match=message):
        run(workspace)


def second(name: str) -> str:
    return (GIVERS + EXIT).replace("giver", f"{name}-giver").replace("collector", name)


def test_what_was_decided_moves_the_score_and_is_told(workspace: Workspace) -> None:
    take_in(workspace, GIVERS + EXIT + second("other") + second("third"))
    run(workspace)
    before = {lead.finding.subjects[0]: lead for lead in leads(workspace)}
    [prior] = [one.prior.score for one in chosen() if one.id == "small-sums-one-exit"]
    decide(workspace, before["collector"], "confirmed", by="amina", ground="seen the receipts")
    decide(workspace, before["other"], "dismissed", by="amina", ground="a school")
    decide(workspace, before["third"], "escalated", by="amina", ground="to the prosecutor")
    run(workspace)
    after = {lead.finding.subjects[0]: lead for lead in leads(workspace)}
    # A beta prior worth twenty decisions, and two that say whether it was true.
    grown = (20 * prior + 1) / 22 / prior
    score = before["third"].finding.score
    assert after["third"].finding.score == pytest.approx(score * grown, abs=2e-6)
    text = " ".join(step.text for step in after["third"].finding.explanation)
    assert "2 of this kind, 1 confirmed" in text
    assert f"{before['collector'].id} (confirmed" in text
    assert "receipts" not in text
    then = workspace.view(after["third"].recipe.as_of)
    assert recompute(then, after["third"], [DETECTORS["money"]]) == []
    assert recompute(workspace.view(), after["third"], [DETECTORS["money"]]) == []


def test_no_payments_no_leads(workspace: Workspace) -> None:
    assert run(workspace) == Detected("money", new=0, changed=0, unchanged=0, ended=0)


def test_an_innocent_explanation_is_weighed(workspace: Workspace) -> None:
    pot = "".join(f"2026-03-{day:02} collector member{day} 1 transfer\n" for day in range(2, 4))
    members = GIVERS.replace("giver", "member")
    take_in(workspace, members + pot + EXIT)
    run(workspace)
    [lead] = [one for one in leads(workspace) if one.finding.kind == "money.small-sums-one-exit"]
    text = " ".join(step.text for step in lead.finding.explanation)
    # Like sums, twelve payers, one who draws nearly all: three signs of five.
    assert "savings club" in text
    assert "60% of its signs" in text
    assert lead.finding.score == pytest.approx(0.05 * (1 - 0.5 * 0.6))


def test_more_payments_than_a_lead_lists_are_told(workspace: Workspace) -> None:
    count = MOST_EVIDENCE + 5
    rows = "".join(f"2026-03-05 giver{at} collector 2{at % 9} transfer\n" for at in range(count))
    take_in(workspace, rows + f"2026-03-06 collector abroad {count * 23} transfer\n")
    run(workspace)
    [lead] = [one for one in leads(workspace) if one.finding.kind == "money.small-sums-one-exit"]
    assert len(lead.finding.evidence) == MOST_EVIDENCE
    text = " ".join(step.text for step in lead.finding.explanation)
    assert f"{count + 1} payments show it; the {MOST_EVIDENCE} largest are listed" in text


OWN = """
id: big-exit
version: 1
title: Une grande sortie
lang: fr
translations: {ar: {Une grande sortie: خروج كبير}}
description: Made for this test.
sources: [Our own office]
days: 30
severity: low
prior: {score: 0.2, reason: "said for this test"}
conditions:
  - {feature: out_sum, at_least: 200, reason: "gros"}
evidence: [out]
innocent: []
cases: []
"""
