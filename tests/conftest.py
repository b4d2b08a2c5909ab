"""Fixtures shared by the whole suite."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONG = ("browser", "slow", "spark")

# Spark's Java machine for a few rows: no compiling for hours to come, no threads for collecting.
os.environ.setdefault(
    "PYSPARK_SUBMIT_ARGS",
    "--driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' pyspark-shell",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts files with long tests first, then those with many, so that no worker ends alone."""
    long = {item.path for item in items if any(map(item.get_closest_marker, LONG))}
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in long, -tests[item.path]))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real third-party samples; never part of the project."""
    folder = Path(os.environ.get("MANARA_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no third-party samples at {folder} (set MANARA_SHARED_DATA)")
    return folder
