"""A dismissed pattern stays away until something new shows it, and the run says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from manara.model import Finding, Severity, Step
from manara.pipeline.detect import Detector, detect
from manara.store import View, Workspace, decide
from tests.store.conftest import Said, ingest

FACTS = ("a", "b", "c", "d")


@pytest.fixture
def ids(workspace: Workspace) -> dict[str, str]:
    ingest(workspace, "seen", [Said(one, "name", f"Name {one}") for one in FACTS])
    return {fact.entity_id: fact.id for fact in workspace.view().facts(FACTS)}


def run(workspace: Workspace, *found: tuple[str, str, list[str]]) -> Any:
    """Let a detector find leads: kind, subject, ids of the evidence."""

    def find(view: View) -> Iterator[Finding]:
        for kind, subject, shown in found:
            step = Step(1, "Seen.", (shown[0],))
            yield Finding(kind, (subject,), 0.5, Severity.LOW, subject, (step,), tuple(shown))

    (done,) = detect(workspace, [Detector("test", "1", {}, find)], by="tester")
    return done


def dismiss(workspace: Workspace, subject: str, outcome: str = "dismissed") -> None:
    view = workspace.view()
    (lead,) = [one for one in view.leads() if one.finding.subjects == (subject,)]
    decide(workspace, lead, outcome, by="amina", ground="a school fair")


def shown(workspace: Workspace) -> set[str]:
    view = workspace.view()
    kept = view.suppressed()
    return {lead.finding.subjects[0] for lead in view.leads() if lead.id not in kept}


def test_it_stays_away_and_the_run_says_so(workspace: Workspace, ids: dict[str, str]) -> None:
    lead = ("test.x", "a", [ids["a"], ids["b"]])
    run(workspace, lead)
    assert shown(workspace) == {"a"}
    dismiss(workspace, "a")
    done = run(workspace, lead)
    assert (done.dismissed, done.reopened, shown(workspace)) == (1, 0, set())


def test_less_evidence_is_not_new_evidence(workspace: Workspace, ids: dict[str, str]) -> None:
    run(workspace, ("test.x", "a", [ids["a"], ids["b"]]))
    dismiss(workspace, "a")
    done = run(workspace, ("test.x", "a", [ids["a"]]))
    assert (done.changed, done.dismissed, shown(workspace)) == (1, 1, set())


def test_new_evidence_opens_it_again(workspace: Workspace, ids: dict[str, str]) -> None:
    run(workspace, ("test.x", "a", [ids["a"]]))
    dismiss(workspace, "a")
    done = run(workspace, ("test.x", "a", [ids["a"], ids["c"]]))
    assert (done.dismissed, done.reopened, shown(workspace)) == (0, 1, {"a"})
    dismiss(workspace, "a")
    assert shown(workspace) == set()


def test_the_same_pattern_under_another_subject_stays_away_too(
    workspace: Workspace, ids: dict[str, str]
) -> None:
    run(workspace, ("test.x", "a", [ids["a"], ids["b"]]))
    dismiss(workspace, "a")
    run(workspace, ("test.x", "a", [ids["a"], ids["b"]]), ("test.x", "b", [ids["b"]]),
        ("test.y", "c", [ids["a"]]), ("test.x", "d", [ids["b"], ids["d"]]))  # fmt: skip
    # Another kind, and something more, are other matters.
    assert shown(workspace) == {"c", "d"}
    kept = workspace.view().suppressed()
    assert {decision.ground for decision in kept.values()} == {"a school fair"}


def test_a_lead_that_was_confirmed_is_shown_whatever_was_dismissed(
    workspace: Workspace, ids: dict[str, str]
) -> None:
    run(workspace, ("test.x", "a", [ids["a"], ids["b"]]), ("test.x", "b", [ids["b"]]))
    dismiss(workspace, "b", "confirmed")
    dismiss(workspace, "a")
    assert shown(workspace) == {"b"}
    dismiss(workspace, "a", "escalated")
    assert shown(workspace) == {"a", "b"}
