"""Fixtures shared by the whole suite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real third-party samples; never part of the project."""
    folder = Path(os.environ.get("MANARA_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no third-party samples at {folder} (set MANARA_SHARED_DATA)")
    return folder
