"""Any course of editions and compactions, against a naive oracle that keeps every state."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manara.store import Workspace
from manara.store.compact import OVERLAP
from tests.store.conftest import Said, ingest

# Few entities and values, so that facts go and come back; an empty string and three scripts.
FACTS = [
    Said(entity, prop, value)
    for entity in ("a", "ب", "é")
    for prop, value in (("name", "كريم"), ("name", ""), ("alias", "Zoé"), ("notes", "x"))
]

EDITION = st.tuples(
    st.sampled_from(["one", "two"]), st.lists(st.sampled_from(FACTS), unique=True, max_size=8)
)
STEP = st.one_of(EDITION, EDITION, EDITION, st.just("compact"))

Row = tuple[str, str, str, str]


def seen(workspace: Workspace, moment: datetime | None = None) -> list[Row]:
    facts = workspace.view(moment).facts()
    return sorted((fact.dataset, fact.entity_id, fact.prop, fact.value) for fact in facts)


def expected(state: dict[str, list[Said]]) -> list[Row]:
    return sorted(
        (dataset, one.entity, one.prop, one.value)
        for dataset, facts in state.items()
        for one in facts
    )


def check(workspace: Workspace, steps: list[object]) -> None:
    """Play the steps and compare the view of every moment with the state kept for it."""
    state: dict[str, list[Said]] = {}
    kept: list[tuple[datetime, list[Row]]] = []
    for step in steps:
        if isinstance(step, tuple):
            dataset, facts = step
            result = ingest(workspace, dataset, facts)
            before = set(state.get(dataset, []))
            assert result.added == len(set(facts) - before)
            assert result.removed == len(before - set(facts))
            state = state | {dataset: facts}
            edition = workspace.in_force(dataset)
            assert edition and edition.facts == len(facts)
            kept.append((edition.recorded_at, expected(state)))
        else:
            workspace.compact(force=True)
        assert seen(workspace) == expected(state)
    for moment, rows in kept:
        assert seen(workspace, moment) == rows
    check_spans(workspace, kept)
    check_changes(workspace, kept)
    assert workspace.verify() == []


def check_spans(workspace: Workspace, kept: list[tuple[datetime, list[Row]]]) -> None:
    """Compare the spans of all facts with the moments at which each was stated."""
    spans = [
        ((fact.dataset, fact.entity_id, fact.prop, fact.value), fact.first_seen, fact.last_seen)
        for fact in workspace.view().facts(past=True)
    ]
    for moment, rows in kept:
        alive = [
            row for row, first, last in spans if first <= moment and (not last or moment < last)
        ]
        assert sorted(alive) == rows


def check_changes(workspace: Workspace, kept: list[tuple[datetime, list[Row]]]) -> None:
    """Compare the changes between the first and last moment with the states at both."""
    if kept:
        (since, before), (_, after) = kept[0], kept[-1]
        found: dict[str, set[Row]] = {"added": set(), "removed": set()}
        for kind, fact in workspace.view().changes(since):
            found[kind].add((fact.dataset, fact.entity_id, fact.prop, fact.value))
        assert found["added"] == set(after) - set(before)
        assert found["removed"] == set(before) - set(after)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, max_size=7))
def test_every_moment_is_answered_as_it_was(steps: list[object]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace.create(Path(folder) / "ws") as workspace,
    ):
        check(workspace, steps)


def test_a_course_by_hand(workspace: Workspace) -> None:
    a, b, c, *_ = FACTS
    check(
        workspace,
        [
            ("one", [a, b]),
            ("two", [a]),
            ("one", [b, c]),
            "compact",
            ("one", [a, b]),
            ("two", []),
            "compact",
            ("two", [a, c]),
        ],
    )


def test_compaction_waits_until_many_segments_overlap(workspace: Workspace) -> None:
    for number in range(OVERLAP):
        ingest(workspace, f"list_{number}", [Said("a", "name", "x"), Said("z", "name", "y")])
        assert workspace.compact() == 0
    before = seen(workspace)
    ingest(workspace, "apart", [Said("zz", "name", "alone")])
    assert workspace.compact() == 0
    ingest(workspace, "last", [Said("m", "name", "x")])
    assert workspace.compact() == OVERLAP + 2
    assert workspace.compact() == 0
    assert set(before) < set(seen(workspace))
    assert len(list((workspace.lake / "facts").iterdir())) == OVERLAP + 3


def test_compaction_splits_and_sorts(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manara.store.lake.SEGMENT_ROWS", 10)
    monkeypatch.setattr("manara.store.lake.BATCH_ROWS", 5)
    for dataset in ("one", "two"):
        ingest(workspace, dataset, [Said(f"e{n:02}", "name", str(n)) for n in range(20)])
    before = list(workspace.view().facts())
    workspace.compact(force=True)
    assert list(workspace.view().facts()) == before
    from manara.store import ledger

    with workspace.registry.reading() as connection:
        segments = ledger.live_segments(connection, "facts")
    assert [segment.rows for segment in segments] == [10] * 4
    ranges = [(segment.min_key, segment.max_key) for segment in segments]
    assert ranges == [("e00", "e04"), ("e05", "e09"), ("e10", "e14"), ("e15", "e19")]
    assert [fact.value for fact in workspace.view().facts(["e07"])] == ["7", "7"]
