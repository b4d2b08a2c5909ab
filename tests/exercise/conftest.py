"""Small exercises that the tests of this folder read."""

from __future__ import annotations

from pathlib import Path

import pytest

from manara.exercise.new import new_exercise


@pytest.fixture(scope="session")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small exercise."""
    folder = tmp_path_factory.mktemp("exercise") / "small"
    new_exercise("four-coasts", 11, "small", folder)
    return folder


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small exercise of the other scenario."""
    folder = tmp_path_factory.mktemp("exercise") / "other"
    new_exercise("archipelago", 12, "small", folder)
    return folder
