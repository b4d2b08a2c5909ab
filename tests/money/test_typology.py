"""Every typology finds its cases and nothing else; a false file is a clear error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from manara.model import UsageError
from manara.money.features import FEATURES
from manara.money.rules import case_finds
from manara.money.topics import topics_in
from manara.money.typology import Typology, chosen, innocents, load, parse, shipped

ALL = shipped()
CASES = [(one, case) for one in ALL.values() for case in one.cases]


@pytest.mark.parametrize(
    ("typology", "case"), CASES, ids=[f"{one.id}: {case.name}" for one, case in CASES]
)
def test_a_typology_finds_what_its_case_says(typology: Typology, case: object) -> None:
    assert case_finds(typology, case.payments) == set(case.finds)  # type: ignore[attr-defined]
