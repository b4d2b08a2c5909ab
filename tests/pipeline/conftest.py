from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from manara.cli import main


class Ended(NamedTuple):
    """How a command ended: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Manara = Callable[..., Ended]


@pytest.fixture
def manara(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Manara:
    """Run a command in a fresh workspace at ``tmp_path / "workspace"``."""

    def run(*words: str | Path) -> Ended:
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(["--workspace", str(tmp_path / "workspace"), *map(str, words)])
        captured = capfd.readouterr()
        return Ended(int(stop.value.code or 0), captured.out, captured.err)

    assert run("init", tmp_path / "workspace", "--organisation", "Testing Unit").status == 0
    return run


def person(entity_id: str, **values: str) -> str:
    """A person as a FollowTheMoney JSON line; values separated by ``|``."""
    properties = {prop: joined.split("|") for prop, joined in values.items()}
    entity = {"id": entity_id, "schema": "Person", "properties": properties}
    return json.dumps(entity, ensure_ascii=False) + "\n"
