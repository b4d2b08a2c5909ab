"""The network of a workspace: every tie once, with what states it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from manara.graph import Network, network
from manara.graph.kept import kept_network
from manara.graph.ties import UNKNOWN_FIRST, UNKNOWN_LAST
from manara.model import Fact, Handling, event
from manara.pipeline.ingest import Request, ingest
from manara.store import View, Wanted, Workspace, erase, recall

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


def put(
    workspace: Workspace,
    folder: Path,
    name: str,
    entities: list[dict[str, object]],
    handling: Handling | None = None,
) -> None:
    path = folder / f"{name}.ftm.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in entities), encoding="utf-8")
    [done] = ingest(workspace, [str(path)], _request(name, handling))
    assert done.status in ("applied", "unchanged"), done


def _request(name: str, handling: Handling | None) -> Request:
    return Request(by="amina", dataset=name, handling=handling, allow_shrink=True)


def kin(key: str, one: str, other: str) -> dict[str, object]:
    return {
        "id": key,
        "schema": "Family",
        "properties": {"person": [one], "relative": [other]},
    }


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


def pay(workspace: Workspace) -> list[str]:
    """Put a payment from Amina to Dao into a workspace and return its id."""
    handling = next(iter(workspace.view().handlings()))
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
    return [paid.id]


def test_payments_are_ties_between_who_pays_and_who_is_paid(workspace: Workspace) -> None:
    paid = pay(workspace)
    net = network(workspace.view())
    said = net.statements(net.tie(net.node("amina"), net.node("dao")))
    [payment] = [one for one in said if one.kind == "payment"]
    assert payment.evidence == tuple(paid)
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
    assert len(list((workspace.root / "index").glob("*.network"))) == 1


def plainly(view: View) -> set[tuple[object, ...]]:
    """Return all statements of ties, found one by one among the facts of a view."""
    canonical = dict(zip(*view.sql("SELECT entity_id, canonical_id FROM clusters"), strict=True))
    known: dict[str, list[Fact]] = {}
    for fact in view.facts():
        known.setdefault(fact.entity_id, []).append(fact)
    found: set[tuple[object, ...]] = set()

    def put(kind: str, ends: tuple[str, str], days: tuple[int, int], *facts: Fact) -> None:
        one, other = (canonical.get(pa.scalar(end), pa.scalar(end)).as_py() for end in ends)
        if one != other:
            ids = tuple(fact.id for fact in facts)
            found.add((kind, one, other, ends, *days, facts[0].dataset, ids))

    for facts in known.values():
        held = {"Ownership": ("owner", "asset"), "Family": ("person", "relative")}
        start = [f"{each.value}-01-01"[:10] for each in facts if each.prop == "startDate"]
        end = [f"{each.value}-12-31"[:10] for each in facts if each.prop == "endDate"]
        period = (
            min(map(days, start), default=UNKNOWN_FIRST),
            max(map(days, end), default=UNKNOWN_LAST),
        )
        for fact in facts:
            source, target = held.get(fact.schema, ("", ""))
            for other in facts:
                pair = fact.prop == source and other.prop == target
                if pair and fact.dataset == other.dataset:
                    ends = (fact.value, other.value)
                    put(fact.schema, ends, period, fact, other)
            if (fact.schema, fact.prop) == ("Passport", "holder"):
                ends, ever = (fact.entity_id, fact.value), (UNKNOWN_FIRST, UNKNOWN_LAST)
                put("Passport.holder", ends, ever, fact)
    return found


def stated(net: Network) -> set[tuple[object, ...]]:
    return {tuple(one) for tie in range(net.graph.m) for one in net.statements(tie)}


def edition(rng: random.Random) -> list[dict[str, object]]:
    """Return ties at random among a few people; entities keep some of their facts over editions."""
    people = [f"p{at}" for at in range(8)]
    found: list[dict[str, object]] = []
    for at in range(rng.randint(3, 9)):
        one, other, third = rng.sample(people, 3)
        several = [one, third] if rng.random() < 0.3 else [one]
        found += [
            {
                "id": f"own{at}",
                "schema": "Ownership",
                "properties": {
                    "owner": several,
                    "asset": [other],
                    "startDate": rng.sample(["2019-02-03", "2020-01-01"], rng.randint(0, 2)),
                },
            },
            {
                "id": f"pass{at}",
                "schema": "Passport",
                "properties": {"holder": [rng.choice(several)]},
            },
            {
                "id": f"kin{at}",
                "schema": "Family",
                "properties": {"person": [third], "relative": [rng.choice([one, other])]},
            },
            {"id": one, "schema": "Person", "properties": {"name": [f"Name {at}"]}},
        ]
    return rng.sample(found, rng.randint(1, len(found)))


@pytest.mark.parametrize("seed", range(3))
def test_after_any_change_a_network_is_as_if_built_for_the_first_time(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    moments = []
    for _ in range(10):
        facts = list(workspace.view().facts())
        change = rng.choice(["edition", "edition", "edition", "recall", "merge", "compact"])
        if change == "edition":
            put(workspace, tmp_path, rng.choice(["register", "files"]), edition(rng))
        elif change == "recall" and facts:
            recall(workspace, [rng.choice(facts).id], by="bo", reason="wrong")
        elif change == "merge":
            workspace.resolved([], dict.fromkeys(rng.sample(["p1", "p2", "p3"], 2), "p2"), by="bo")
        else:
            workspace.compact(force=True)
        view = workspace.view()
        moments.append(datetime.now(UTC))
        assert stated(kept_network(workspace)) == plainly(view)
    past = workspace.view(moments[5])
    assert stated(network(past)) == plainly(past)
    if rng.random() < 0.5 and "files" in {row["dataset"] for row in workspace.view().datasets()}:
        workspace.withdraw("files", by="bo", reason="asked to")
        assert stated(kept_network(workspace)) == plainly(workspace.view())
    erase(
        workspace, Wanted(entities=["p4"]), kind="k", rule="r", reason="r", by="a", second="b",
        purpose="",
    )  # fmt: skip
    assert stated(kept_network(workspace)) == plainly(workspace.view())
    assert "p4" not in kept_network(workspace).graph.nodes


def test_what_may_be_seen_no_longer_is_in_no_network_and_in_none_of_its_files(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = Handling.of("TLP:GREEN", retain_until=date(2999, 12, 31))
    put(workspace, tmp_path, "lent", [kin("kin-2", "amina", "quirina")], handling=until)
    put(workspace, tmp_path, "returned", [kin("kin-3", "amina", "ludmila")])
    workspace.compact(force=True)
    assert {"quirina", "ludmila"} <= set(kept_network(workspace).graph.nodes)
    workspace.withdraw("returned", by="bo", reason="asked to")
    assert "ludmila" not in kept_network(workspace).graph.nodes

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(3000, 1, 1, tzinfo=tz)

    monkeypatch.setattr("manara.store.snapshot.datetime", Later)
    assert list(kept_network(workspace).graph.nodes) == ["amina", "boutique", "dao", "pass"]
    left = b"".join(path.read_bytes() for path in (workspace.root / "index").rglob("*.arrow"))
    assert b"amina" in left
    assert b"quirina" not in left
    assert b"ludmila" not in left


def test_a_new_edition_costs_reading_what_is_new(workspace: Workspace, tmp_path: Path) -> None:
    kept_network(workspace)
    [before] = (workspace.root / "index/ties").iterdir()
    made = before.stat().st_ctime_ns
    put(workspace, tmp_path, "files", [kin("kin-2", "amina", "emil")])
    assert "emil" in kept_network(workspace).graph.nodes
    assert before.stat().st_ctime_ns == made
    assert len(list((workspace.root / "index/ties").iterdir())) == 2


@pytest.mark.parametrize("damage", ["names", "rows", "statements"])
def test_a_damaged_file_is_made_again(workspace: Workspace, damage: str) -> None:
    whole = stated(kept_network(workspace))
    [path] = (workspace.root / "index").rglob(f"{damage}.arrow")
    path.write_bytes(path.read_bytes()[:100])
    assert stated(kept_network(workspace)) == whole
    assert stated(kept_network(workspace)) == whole


def test_recalled_events_tie_nobody(workspace: Workspace) -> None:
    [payment] = pay(workspace)
    net = kept_network(workspace)
    assert payment in {each for one in stated(net) for each in one[-1]}  # type: ignore[attr-defined]
    assert net.resting_on([payment]).sum() == 1
    recall(workspace, [payment], by="bo", reason="wrong")
    assert stated(kept_network(workspace)) == plainly(workspace.view())


def test_an_empty_workspace_has_an_empty_network(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "empty") as workspace:
        assert kept_network(workspace).graph.m == 0
        put(workspace, tmp_path, "names", ENTITIES[:1])
        assert kept_network(workspace).graph.m == 0
