"""Scores as leads: so many as can be looked at, by decisions once there are enough, found again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manara.model import Handling, Lead, Record, UsageError
from manara.pipeline.detect import Detected, detect, recompute
from manara.pipeline.detectors import DETECTORS, detectors
from manara.pipeline.ingest import Request, ingest
from manara.store import Workspace, decide
from tests.ledger import payment, workspace_of_ledgers
from tests.spoken import check_spoken

DAYS = 30
START = datetime(2026, 1, 1, tzinfo=UTC)


def lines(seed: int, rings: int, people: int = 500, daily: int = 55) -> list[str]:
    """Return payments among friends and a few others, and rings of six strangers."""
    chance = np.random.default_rng(seed)
    friends = chance.integers(0, people, (people, 3))
    found = []
    for day in range(DAYS):
        for _ in range(daily):
            payer = int(chance.integers(people))
            stranger = chance.random() < 0.03
            payee = int(chance.integers(people) if stranger else friends[payer, chance.integers(3)])
            if payer != payee:
                second = day * 86_400 + int(chance.integers(86_400))
                amount = round(float(chance.lognormal(5, 0.6)), 2)
                found.append(f"{second} a{payer} a{payee} {amount}")
    for number in range(rings):
        ring = chance.choice(people, 6, replace=False).tolist()
        for k in range(6):
            second = (16 + 3 * number % 12) * 86_400 + number * 600 + k * 9000
            pair = f"a{ring[k]} a{ring[(k + 1) % 6]}"
            found.append(f"{second} {pair} {5000 + k}")
    return found


def read(path: Path) -> Iterator[Record]:
    """Read ``second payer payee amount`` lines: an invented format."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        second, payer, payee, amount = line.split()
        yield payment(
            number,
            (payer, "BankAccount", f"Compte {payer}"),
            time=START + timedelta(seconds=int(second)),
            payer_account=payer,
            payee_account=payee,
            amount=Decimal(amount),
        )


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    with workspace_of_ledgers(tmp_path, monkeypatch, read) as made:
        yield made


def take_in(workspace: Workspace, text: list[str], name: str, rule: str = "GREEN") -> None:
    path = workspace.root.parent / name
    path.write_text("\n".join(text), encoding="utf-8")
    request = Request(by="amina", dataset=name, handling=Handling.of(rule))
    list(ingest(workspace, [str(path)], request))


def run(workspace: Workspace, **settings: Any) -> Detected:
    score = DETECTORS["score"]
    asked = score._replace(settings={**score.settings, **settings})
    return detect(workspace, [asked], by="amina")[0]


def leads(workspace: Workspace) -> list[Lead]:
    found = list(workspace.view().leads("score"))
    check_spoken(one.finding for one in found)
    return found


def marked(workspace: Workspace, lead: Lead) -> int:
    """Return how many payments of rings, which nobody else's amounts reach, a lead shows."""
    shown = workspace.view().evidence(lead.finding.evidence)
    return sum(row["amount"] >= 5000 for row in shown.values())


def said(lead: Lead) -> str:
    return " ".join(step.text for step in lead.finding.explanation)


def test_it_runs_only_when_it_is_named() -> None:
    assert "score" not in [one.name for one in detectors()]
    assert [one.name for one in detectors(["score"])] == ["score"]


def test_rings_become_leads_and_come_out_the_same_byte_for_byte(workspace: Workspace) -> None:
    text = lines(4, rings=3, people=900, daily=100)
    take_in(workspace, text[:-18], "bank")
    take_in(workspace, text[-18:], "rings", "AMBER")
    made = run(workspace, per_day=0.4)
    found = leads(workspace)
    assert made.new == len(found) <= 12
    rings = [lead for lead in found if marked(workspace, lead) >= 5]
    assert len(rings) >= 2
    for lead in rings:
        assert lead.handling == Handling.of("AMBER")
        assert "rings" in lead.datasets
        assert 0 < lead.finding.score <= 0.05
        assert "cycle of accounts new to each other: 6" in said(lead)
    for lead in found:
        for part in ("are as unusual as", "20 confirmed and 20 dismissed", "here are 0 leads",
                     "0.4 leads a day", "nnocent explanation"):  # fmt: skip
            assert part in said(lead), part
    assert run(workspace, per_day=0.4) == Detected("score", 0, 0, made.new, ended=0)
    take_in(workspace, ["2700000 a1 a2 70"], "later")
    for lead in found[:2]:
        then = workspace.view(lead.recipe.as_of)
        assert recompute(then, lead, list(DETECTORS.values())) == []


def test_a_wider_workload_finds_more_and_the_first_stay(workspace: Workspace) -> None:
    take_in(workspace, lines(4, rings=3, people=900, daily=100), "bank")
    run(workspace, per_day=0.1)
    few = {lead.id for lead in leads(workspace)}
    run(workspace, per_day=0.4)
    many = {lead.id for lead in leads(workspace)}
    assert few < many
    assert len(few) == 3
    assert len(many) <= 12


def test_too_few_payments_make_no_lead(workspace: Workspace) -> None:
    take_in(workspace, lines(4, rings=3, people=900, daily=100)[:900], "bank")
    assert run(workspace) == Detected("score", new=0, changed=0, unchanged=0, ended=0)


def test_decisions_make_the_score_once_there_are_enough(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("manara.money.score.model._MOST_ROUNDS", 40)
    monkeypatch.setattr("manara.money.score.decided.LEAST", 5)
    take_in(workspace, lines(6, rings=14, people=1400, daily=150), "bank")
    run(workspace, per_day=2)
    found = leads(workspace)
    outcomes = {}
    for lead in found:
        ring = 2 * marked(workspace, lead) >= len(lead.finding.evidence)
        outcomes[lead.id] = "confirmed" if ring else "dismissed"
        decide(workspace, lead, outcomes[lead.id], by="amina", ground="Vu")
    counts = [list(outcomes.values()).count(one) for one in ("confirmed", "dismissed")]
    assert min(counts) >= 5
    run(workspace, per_day=2, least=min(counts) + 1)
    told = said(leads(workspace)[0])
    assert f"{counts[0]} leads about payments confirmed and {counts[1]} dismissed" in told
    assert "Without labels" in told
    assert "Decided on here" in told
    run(workspace, per_day=2, least=min(counts))
    after = {lead.id: lead for lead in leads(workspace)}
    assert all("by a model of" in said(lead) for lead in after.values())
    assert all("log odds" in said(lead) for lead in after.values())
    scores = {
        one: [after[key].finding.score for key in after if outcomes.get(key) == one]
        for one in ("confirmed", "dismissed")
    }
    assert len(scores["confirmed"]) >= 3
    assert np.mean(scores["confirmed"]) > np.mean(scores["dismissed"] or [0.05])
    one = next(iter(after.values()))
    then = workspace.view(one.recipe.as_of)
    assert recompute(then, one, list(DETECTORS.values())) == []
    assert json.loads(one.recipe.settings)["least"] == min(counts)


def test_a_workload_counts_for_the_score_only() -> None:
    from click.testing import CliRunner

    from manara.cli.main import cli

    done = CliRunner().invoke(cli, ["detect", "money", "--per-day", "3"])
    assert isinstance(done.exception, UsageError)
