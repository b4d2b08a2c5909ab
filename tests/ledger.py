"""An invented format, a ledger with a payment in each line, and a workspace that takes it in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from manara.formats import Format, Match
from manara.model import Record, Stated, StatedEvent
from manara.pipeline.ingest import ingest
from manara.store import Workspace


def payment(number: int, stated: tuple[str, str, str], **values: Any) -> Record:
    """Return the record of a line: a payment, and who (id, schema, name) is stated by it."""
    locator = f"line {number}"
    who, schema, name = stated
    event = StatedEvent("payments", values | {"currency": "XTS"}, locator)
    return Record(locator, [Stated(who, schema, "name", name, locator)], (event,))


def workspace_of_ledgers(
    folder: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], Iterator[Record]]
) -> Workspace:
    """Return a new workspace that takes every file for a ledger, read in this way."""
    ledger = Format("ledger", "a ledger", "1", lambda head: None, read, additive=True)
    monkeypatch.setattr(
        sys.modules[ingest.__module__], "recognise", lambda path: (ledger, Match("bank"))
    )
    return Workspace.create(folder / "workspace")
