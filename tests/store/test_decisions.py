"""What people decide about leads: kept, the last counts, as of any moment, tied to the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from manara.model import Finding, Handling, Lead, Recipe, Severity, Step, UsageError
from manara.store import Workspace, decide

NOW = datetime(2026, 5, 1, tzinfo=UTC)
FINDING = Finding(
    "money.fan-in", ("conto",), 0.1, Severity.LOW, "Éventail", (Step(1, "Ten.", ("p1",)),), ("p1",)
)
LEAD = Lead(FINDING, ("bank",), Handling.OPEN, Recipe("money", "1", "{}", NOW, ()), NOW, NOW)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "workspace") as made:
        yield made


def test_the_last_decision_counts_and_the_past_stays(workspace: Workspace) -> None:
    first = decide(workspace, LEAD, "escalated", by="amina", ground="للنيابة", legal_basis="art. 9")
    decide(workspace, LEAD, "dismissed", by="chloé", ground="a school fair ")
    found = workspace.view().decisions()[LEAD.id]
    assert (found.outcome, found.by, found.ground) == ("dismissed", "chloé", "a school fair")
    assert workspace.view(first.at).decisions() == {LEAD.id: first}
    assert workspace.view(NOW).decisions() == {}


def test_a_decision_knows_the_evidence_it_was_made_on(workspace: Workspace) -> None:
    made = decide(workspace, LEAD, "dismissed", by="amina", ground="known")
    reworded = replace(LEAD, finding=replace(FINDING, score=0.9, title="Other words"))
    grown = replace(LEAD, finding=replace(FINDING, evidence=("p1", "p2")))
    assert made.state == reworded.state != grown.state


@pytest.mark.parametrize(("outcome", "ground"), [("guilty", "x"), ("confirmed", "  ")])
def test_no_decision_without_ground_or_outside_the_outcomes(
    workspace: Workspace, outcome: str, ground: str
) -> None:
    with pytest.raises(UsageError):
        decide(workspace, LEAD, outcome, by="amina", ground=ground)
    assert workspace.view().decisions() == {}


def test_deciding_stands_in_the_audit_trail(workspace: Workspace) -> None:
    made = decide(workspace, LEAD, "confirmed", by="amina", ground="seen")
    last = list(workspace.history())[-1]
    assert (last["who"], last["action"], last["thing"]) == ("amina", "decide", LEAD.id)
    assert made.id in str(last)
