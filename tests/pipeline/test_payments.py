"""Files of payments, taken in: rows of the table, entities with their accounts, and rejects."""

from __future__ import annotations

from pathlib import Path

import pytest

from manara.pipeline import Request, ingest
from manara.store import Workspace

DATA = Path(__file__).parents[1] / "formats" / "data" / "payments"


@pytest.mark.parametrize(
    ("name", "payments", "rejects"),
    [
        ("pacs008.xml", 2, set()),
        ("pain001.xml", 3, set()),
        ("camt053.xml", 4, set()),
        ("messages.mt103", 2, set()),
        ("report.goaml.xml", 2, set()),
        ("payments.ftm.json", 1, {"currency"}),
        ("payments.parquet", 2, {"column", "currency", "event"}),
    ],
)
def test_payments_come_in(tmp_path: Path, name: str, payments: int, rejects: set[str]) -> None:
    with Workspace.create(tmp_path / "w") as workspace:
        [done] = ingest(workspace, [str(DATA / name)], Request(dataset="bank", by="amina"))
        assert (done.status, done.events) == ("applied", payments)
        view = workspace.view()
        assert {row["rule"] for row in view.rejects("bank")} == rejects
        rows = view.sql("SELECT * FROM payments").to_pylist()
        known = {fact.entity_id for fact in view.facts()}
        parts = ("payer_account", "payee_account", "payer_institution", "payee_institution")
        if name != "payments.ftm.json":
            assert {row[part] for row in rows for part in (*parts, "payer", "payee")} - {
                None
            } <= known
