"""The server is killed in the middle of writes: what it acknowledged is there, and once."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.kill_server import run


@pytest.mark.slow
def test_a_killed_server_has_lost_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    came = run(tmp_path, 2, least=0.5)
    assert came["problems"] == []
    assert came["jobs_ended"] == came["jobs"] == 2
    assert came["decisions"] >= came["acknowledged"] > 0
