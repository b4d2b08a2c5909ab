"""The network of a workspace: every tie once, with what states it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from manara.graph import network
from manara.graph.kept import kept_network
from manara.model import event
from manara.pipeline.ingest import Request, ingest
from manara.store import Workspace

ENTITIES = [
    {"id": "amina", "schema": "Person", "properties": {"name": ["أمينة"]}},
    {"id": "boutique", "schema": "Company", "properties": {"name": ["Boutique Étoile"]}},
    {"id": "dao", "schema": "Person", "properties": {"name": ["Dao"]}},
    {
        "id": "own",
        "schema": "Ownership",
        "properties": {
            "owner": ["amina"],
            "asset": ["boutique"],
            "startDate": ["2019-02"],
            "endDate": ["2021"],
        },
    },
    {"id": "kin", "schema": "Family", "properties": {"person": ["amina"], "relative": ["dao"]}},
    {"id": "pass", "schema": "Passport", "properties": {"holder": ["dao"], "number": ["X1"]}},
    {"id": "listed", "schema": "Sanction", "properties": {"entity": ["dao"], "program": ["P"]}},
]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "workspace") as made:
        put(made, tmp_path, "register", ENTITIES)
        yield made


def put(workspace: Workspace, folder: Path, name: str, entities: list[dict[str, object]]) -> None:
    path = folder / f"{name}.ftm.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in entities), encoding="utf-8")
    [done] = ingest(workspace, [str(path)], Request(by="amina", dataset=name))
    assert done.status == "applied"


def days(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def test_ties_are_typed_timed_and_lead_to_their_facts(workspace: Workspace) -> None:
    view = workspace.view()
    net = network(view)
    facts = {fact.id: fact for fact in view.facts()}
    found = {}
    for tie in range(net.graph.m):
        [one] = net.statements(tie)
        found[one.kind] = one
        stated = {(facts[each].entity_id, facts[each].value) for each in one.evidence}
        assert {one.source, one.target} <= {text for pair in stated for text in pair}
    assert {kind: (one.source, one.target) for kind, one in found.items()} == {
        "Ownership": ("amina", "boutique"),
        "Family": ("amina", "dao"),
        "Passport.holder": ("pass", "dao"),
    }
    own = found["Ownership"]
    assert (own.first, own.last) == (days("2019-02-01"), days("2021-12-31"))
    assert len(own.evidence) == 2


def test_entities_found_to_be_one_are_one_node(workspace: Workspace, tmp_path: Path) -> None:
    put(
        workspace,
        tmp_path,
        "other",
        [
            {"id": "amina-2", "schema": "Person", "properties": {"name": ["Amina"]}},
            {
                "id": "own-2",
                "schema": "Ownership",
                "properties": {"owner": ["amina-2"], "asset": ["boutique"]},
            },
        ],
    )
    workspace.resolved([], {"amina": "amina", "amina-2": "amina"}, by="amina")
    net = network(workspace.view())
    tie = net.tie(net.node("amina"), net.node("boutique"))
    assert {(one.dataset, one.stated) for one in net.statements(tie)} == {
        ("register", ("amina", "boutique")),
        ("other", ("amina-2", "boutique")),
    }
    assert net.graph.weight[tie] == 2
    assert net.node("amina-2") == -1


def test_payments_are_ties_between_who_pays_and_who_is_paid(workspace: Workspace) -> None:
    view = workspace.view()
    handling = next(iter(view.handlings()))
    from decimal import Decimal

    at = datetime(2026, 3, 4, 23, 59, tzinfo=UTC)
    paid = event(
        "payments",
        {"time": at, "payer": "amina", "payee": "dao", "amount": Decimal(5), "currency": "XTS"},
        "line 1",
        dataset="register",
        handling_id=handling,
    )
    row = {
        **paid.values,
        "time": at.replace(tzinfo=None),
        "id": paid.id,
        "dataset": "register",
        "source_id": "s",
        "locator": "line 1",
        "handling_id": handling,
    }
    batch = pa.Table.from_pylist([row]).to_batches()
    workspace.append("payments", batch, by="amina", dataset="register")
    net = network(workspace.view())
    said = net.statements(net.tie(net.node("amina"), net.node("dao")))
    [payment] = [one for one in said if one.kind == "payment"]
    assert payment.evidence == (paid.id,)
    assert payment.first == payment.last == days("2026-03-04")


def test_a_kept_network_is_the_same_and_follows_what_is_known(
    workspace: Workspace, tmp_path: Path
) -> None:
    for _ in range(2):
        kept, fresh = kept_network(workspace), network(workspace.view())
        assert list(kept.graph.nodes) == list(fresh.graph.nodes)
        assert [kept.statements(tie) for tie in range(kept.graph.m)] == [
            fresh.statements(tie) for tie in range(fresh.graph.m)
        ]
    put(workspace, tmp_path, "register", ENTITIES[:4])
    assert kept_network(workspace).graph.m == 1
    assert len(list((workspace.root / "index").iterdir())) == 1


def test_an_empty_workspace_has_an_empty_network(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "empty") as workspace:
        assert kept_network(workspace).graph.m == 0
