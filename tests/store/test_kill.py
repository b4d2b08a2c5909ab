"""A writer killed at any moment loses nothing it acknowledged and leaves nothing half done."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from manara.store import Workspace, ledger
from tests.conftest import ROOT
from tests.store.killed_writer import ROWS

LIVES, SEED = 50, 20261122


@pytest.mark.slow
def test_fifty_kills_lose_nothing_and_leave_nothing_half_done(
    registry_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "ws"
    Workspace.create(root, registry=registry_url).close()
    command = [sys.executable, "-m", "tests.store.killed_writer", str(root), str(LIVES), str(SEED)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stderr) == (0, "")
    said: dict[str, list[int]] = {"try": [], "edition": [], "events": [], "died": []}
    for line in done.stdout.splitlines():
        word, number = line.split()
        said[word].append(int(number))
    assert said["died"] == [-signal.SIGKILL] * LIVES
    # Many were killed in the middle of an edition, or this would prove nothing.
    assert len(said["try"]) - len(said["edition"]) >= LIVES / 5
    assert len(said["edition"]) >= LIVES / 5

    with Workspace.open(root) as workspace:
        with workspace.writing():
            pass
        assert workspace.verify() == []
        with workspace.registry.reading() as connection:
            editions = list(ledger.all_editions(connection))
            sources = {source.id: source for source in ledger.all_sources(connection)}
            segments = ledger.live_segments(connection)
        numbers = [
            int(workspace.source_path(sources[edition.source_id].id).read_bytes())
            for edition in editions
        ]
        assert max(Counter(numbers).values()) == 1
        assert set(said["edition"]) <= set(numbers) <= set(said["try"])
        for edition, number in zip(editions, numbers, strict=True):
            assert (edition.facts, edition.records) == (ROWS, ROWS)
            facts = list(workspace.view(edition.recorded_at).facts())
            assert [fact.value for fact in facts] == [f"{number} أمينة"] * ROWS

        rows = workspace.view().sql("SELECT sign, count(*) AS n FROM sightings GROUP BY sign")
        events = {int(row["sign"]): row["n"] for row in rows.to_pylist()}
        assert set(events.values()) == {ROWS}
        assert set(said["events"]) <= set(events)

        files = {path.relative_to(workspace.lake) for path in workspace.lake.rglob("*.*")}
        assert files == {Path(f"{segment.name}.parquet") for segment in segments}
        # A folder whose making or deleting was cut short keeps its dot for a day.
        assert not list(workspace.scratch.glob("[!.]*"))
