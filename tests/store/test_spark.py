"""A whole workspace on the cluster's engine answers as one on DuckDB does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from manara.store import Workspace
from tests.store.conftest import Said, ingest

pytestmark = pytest.mark.spark

AMINA = Said("t-1", "name", "Amina Tazi")
AMINA_AR = Said("t-1", "alias", "أمينة التازي", lang="ara")
EMPTY = Said("t-1", "notes", "")
JOSE = Said("t-2", "name", "José O'Ñandú")
OWNER = Said("o-1", "owner", "t-2", "Ownership")


def course(root: Path, engine: str) -> dict[str, Any]:
    """Return what a workspace answers after a short life."""
    with Workspace.create(root, engine=engine) as workspace:
        results = [
            ingest(workspace, "one", [AMINA, EMPTY, JOSE, JOSE], content=b"1"),
            ingest(workspace, "two", [AMINA_AR, OWNER], content=b"2"),
            ingest(workspace, "one", [AMINA, EMPTY, AMINA_AR], content=b"3"),
        ]
        workspace.resolved([], {"t-1": "t-1", "t-2": "t-1"}, by="machine")
        since = next(event["at"] for event in workspace.history("two"))
        workspace.compact(force=True)
        view = workspace.view()
        return {
            "results": results,
            "facts": [fact[1:9] for fact in view.facts()],
            "of one": [fact[1:9] for fact in view.facts(["t-1"], datasets=["one"])],
            "past": [(fact.value, fact.last_seen is None) for fact in view.facts(past=True)],
            "before": [fact[1:9] for fact in workspace.view(since).facts()],
            "entities": [(key, len(facts)) for key, facts in view.entities()],
            "cluster": view.cluster("t-2"),
            "changes": [(kind, fact.value) for kind, fact in view.changes(since)],
            "counts": view.counts(),
            "several": list(view.in_several_lists()),
            "linked": [fact.entity_id for fact in view.linked([], ["t-2"])],
            "problems": workspace.verify(),
        }


def test_both_engines_tell_the_same_story(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    expected = course(tmp_path / "duckdb", "duckdb")
    assert len(expected["facts"]) == 5
    assert course(tmp_path / "spark", "spark") == expected
