"""Events come in with their sources: added to what is there, each once, with their handling."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from manara.model import Handling, Record, event_id
from manara.pipeline.ingest import Ingested, Request, ingest
from manara.store import Workspace
from tests.ledger import payment, workspace_of_ledgers


def read(path: Path) -> Iterator[Record]:
    """Read lines of ``payer payee amount day``: an invented format."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        payer, payee, amount, day = line.split()
        yield payment(
            number,
            (payer, "Person", f"Nom de {payer}"),
            time=datetime.fromisoformat(day).replace(tzinfo=UTC),
            payer=payer,
            payee=payee,
            amount=Decimal(amount),
        )


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    with workspace_of_ledgers(tmp_path, monkeypatch, read) as made:
        yield made


def take_in(workspace: Workspace, name: str, text: str, **more: Any) -> Ingested:
    path = workspace.root.parent / name
    path.write_text(text, encoding="utf-8")
    [done] = ingest(workspace, [str(path)], Request(by="amina", **more))
    return done


def payments(workspace: Workspace) -> list[tuple[str, str, Decimal]]:
    rows = workspace.view().sql("SELECT * FROM payments").to_pylist()
    return sorted((row["payer"], row["payee"], row["amount"]) for row in rows)


MONDAY = "amina dao 10.50 2026-03-02\namina dao 10.50 2026-03-02\nبشير dao 7 2026-03-02\n"


def test_sources_of_a_ledger_add_to_each_other(workspace: Workspace) -> None:
    first = take_in(workspace, "monday", MONDAY)
    assert (first.status, first.records, first.events) == ("applied", 3, 3)
    second = take_in(workspace, "tuesday", "chloé dao 3 2026-03-03\n")
    assert (second.events, second.removed) == (1, 0)
    assert len(payments(workspace)) == 4
    names = {fact.value for fact in workspace.view().facts(props=["name"])}
    assert names == {"Nom de amina", "Nom de بشير", "Nom de chloé"}


def test_a_payment_stated_again_by_another_source_is_one(workspace: Workspace) -> None:
    take_in(workspace, "monday", MONDAY)
    week = take_in(workspace, "week", MONDAY + "chloé dao 3 2026-03-03\n")
    assert week.events == 1
    assert len(payments(workspace)) == 4


def test_the_same_source_again_changes_nothing(workspace: Workspace) -> None:
    take_in(workspace, "monday", MONDAY)
    take_in(workspace, "tuesday", "chloé dao 3 2026-03-03\n")
    assert take_in(workspace, "monday", MONDAY).status == "unchanged"
    assert len(payments(workspace)) == 4


def test_equal_rows_of_one_source_are_told_apart_by_their_number(workspace: Workspace) -> None:
    take_in(workspace, "monday", MONDAY)
    rows = workspace.view().sql("SELECT * FROM payments WHERE payer = 'amina'").to_pylist()
    values = {
        "time": datetime(2026, 3, 2, tzinfo=UTC),
        "payer": "amina",
        "payee": "dao",
        "amount": Decimal("10.5"),
        "currency": "XTS",
    }
    rule = rows[0]["handling_id"]
    assert {row["id"] for row in rows} == {
        event_id("bank", "payments", values, rule, nth) for nth in (0, 1)
    }
    assert {row["locator"] for row in rows} == {"line 1", "line 2"}


def test_an_event_that_is_not_whole_is_set_aside_and_nothing_else(workspace: Workspace) -> None:
    done = take_in(workspace, "monday", MONDAY + "dao x 1E+30 2026-03-02\n")
    assert (done.events, done.rejects) == (3, 1)
    take_in(workspace, "tuesday", "chloé dao 3 2026-03-03\n")
    [reject] = workspace.view().rejects("bank")
    assert (reject["locator"], reject["rule"]) == ("line 4", "event")


def test_events_are_hidden_when_their_time_has_passed_or_their_dataset_goes(
    workspace: Workspace,
) -> None:
    gone = Handling.of("AMBER", retain_until=datetime(2026, 1, 1, tzinfo=UTC).date())
    take_in(workspace, "monday", MONDAY, handling=gone)
    assert payments(workspace) == []
    take_in(workspace, "tuesday", "chloé dao 3 2026-03-03\n", handling=Handling.of("AMBER"))
    assert len(payments(workspace)) == 1
    workspace.withdraw("bank", by="amina", reason="erreur")
    assert payments(workspace) == []
