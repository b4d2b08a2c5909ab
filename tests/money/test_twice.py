"""A payment that a partner tells of and that is known here too is one payment."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from manara.model import Dataset, Handling, StatedEvent
from manara.money.book import book_of
from manara.store import EditionWriter, Workspace


def put(
    workspace: Workspace, path: Path, dataset: str, form: str, rows: list[tuple[str, str, str]]
) -> None:
    """Put payments of a reference, an hour and a sum into a dataset."""
    path.write_text(repr((dataset, rows)), encoding="utf-8")
    with path.open("rb") as file:
        source = workspace.keep(file, path.name)
    told = Dataset(dataset, dataset, "", handling=Handling.of("GREEN"), additive=True)
    with EditionWriter(
        workspace, told, source, format=form, parser_version="1", by="amina"
    ) as edition:
        for number, (reference, hour, amount) in enumerate(rows):
            edition.records += 1
            values = {
                "time": datetime(2026, 3, 1, int(hour), tzinfo=UTC), "reference": reference,
                "payer_account": f"{dataset}-a", "payee_account": f"{dataset}-b",
                "amount": Decimal(amount), "currency": "XTA",
            }  # fmt: skip
            edition.add_event(StatedEvent("payments", values, f"row {number}"))
        edition.commit()


def accounts(workspace: Workspace) -> list[str]:
    payments: pa.Table = book_of(workspace.view()).payments
    return sorted(payments["source"].to_pylist())


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    with Workspace.create(tmp_path / "office") as made:
        own = [("E-1", "8", "900"), ("E-2", "9", "500"), ("", "10", "70")]
        put(made, tmp_path / "own", "bank", "table", own)
        yield made  # type: ignore[misc]


def test_what_a_partner_states_too_counts_once(tmp_path: Path, workspace: Workspace) -> None:
    # The first is known here; the others have another sum, another moment, no number.
    told = [("E-1", "8", "900"), ("E-2", "9", "501"), ("E-2", "10", "500"), ("", "10", "70")]
    put(workspace, tmp_path / "told", "from_xb", "manara-package", told)
    assert accounts(workspace) == ["bank-a"] * 3 + ["from_xb-a"] * 3
    # A second partner tells of the same: one of theirs that is not known here counts once.
    put(workspace, tmp_path / "more", "from_xc", "manara-package", told[:2])
    assert accounts(workspace) == ["bank-a"] * 3 + ["from_xb-a"] * 3


def test_what_two_own_files_state_stays_two(tmp_path: Path, workspace: Workspace) -> None:
    # Their numbers may be running numbers of two offices, which mean nothing together.
    put(workspace, tmp_path / "other", "mobile", "table", [("E-1", "8", "900")])
    assert accounts(workspace) == ["bank-a"] * 3 + ["mobile-a"]
