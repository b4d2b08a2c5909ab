"""Views: facts, entities, clusters, links, changes and counts."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from manara.model import Judgement, NotFoundError, Reject, Verdict
from manara.store import Workspace
from manara.store import snapshot as snapshot_module
from tests.store.conftest import Said, ingest

AMINA = Said("t-1", "name", "Amina Tazi")
AMINA_AR = Said("t-1", "alias", "أمينة التازي", lang="ara")
JOSE = Said("t-2", "name", "José Ñandú")
SHIP = Said("v-1", "name", "Étoile du Sud", "Vessel")
OWNER = Said("o-1", "owner", "t-2", "Ownership")
ASSET = Said("o-1", "asset", "v-1", "Ownership")


def moment(workspace: Workspace) -> datetime:
    return list(workspace.history())[-1]["at"]  # type: ignore[no-any-return]


def test_facts_are_chosen_by_entity_dataset_and_property(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA, AMINA_AR, JOSE])
    ingest(workspace, "two", [AMINA, SHIP])
    view = workspace.view()

    def found(*args: object, **kwargs: object) -> list[tuple[str, str, str]]:
        facts = view.facts(*args, **kwargs)  # type: ignore[arg-type]
        return [(fact.entity_id, fact.prop, fact.dataset) for fact in facts]

    assert found() == [
        ("t-1", "alias", "one"),
        ("t-1", "name", "one"),
        ("t-1", "name", "two"),
        ("t-2", "name", "one"),
        ("v-1", "name", "two"),
    ]
    assert found(["v-1", "nobody", "v-1"]) == [("v-1", "name", "two")]
    assert found([]) == []
    assert found(["' OR 1=1 --"]) == []
    assert found(iter(["t-1"]), ["two"]) == [("t-1", "name", "two")]
    assert found(props=["alias"]) == [("t-1", "alias", "one")]
    assert found(props=[]) == []
    assert found([f"x-{n}" for n in range(1000)] + ["t-2"]) == [("t-2", "name", "one")]


def test_entities_by_cluster_and_by_source(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA, JOSE])
    ingest(workspace, "two", [AMINA_AR, SHIP])
    workspace.resolved([], {"t-1": "t-1", "t-2": "t-1"}, by="machine")
    view = workspace.view()
    whole = [(entity, sorted(fact.value for fact in facts)) for entity, facts in view.entities()]
    assert whole == [
        ("t-1", sorted([AMINA.value, AMINA_AR.value, JOSE.value])),
        ("v-1", [SHIP.value]),
    ]
    parts = [
        (entity, facts[0].dataset, len(facts)) for entity, facts in view.entities(by_source=True)
    ]
    assert parts == [("t-1", "one", 1), ("t-1", "two", 1), ("t-2", "one", 1), ("v-1", "two", 1)]
    assert [(entity, len(facts)) for entity, facts in view.entities(["two"])] == [
        ("t-1", 1),
        ("v-1", 1),
    ]
    batches = list(view.fact_batches(["one"]))
    assert [value for batch in batches for value in batch["canonical_id"].to_pylist()] == [
        "t-1",
        "t-1",
    ]


def test_a_cluster_is_found_by_member_and_by_canonical_id(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA, JOSE, SHIP])
    before = moment(workspace)
    workspace.resolved([], {"t-2": "c-9", "t-1": "c-9"}, by="machine")
    between = moment(workspace)
    workspace.resolved([], {"t-2": "t-2", "v-1": "t-2"}, by="machine")
    view = workspace.view()
    assert view.cluster("v-1") == view.cluster("t-2") == ("t-2", ("t-2", "v-1"))
    assert view.cluster("t-1") == ("t-1", ("t-1",))
    assert workspace.view(between).cluster("c-9") == ("c-9", ("t-1", "t-2"))
    assert workspace.view(before).cluster("t-2") == ("t-2", ("t-2",))
    workspace.resolved([], {}, by="machine")
    assert workspace.view().cluster("t-2") == ("t-2", ("t-2",))


def test_judgements_of_machines_are_those_of_the_newest_run(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA, JOSE, SHIP])
    at = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)

    def judged(left: str, right: str, *reason: str) -> Judgement:
        return Judgement(left, right, Verdict.POSITIVE, 0.75, reason, "rule/1", False, at)

    workspace.resolved([judged("t-1", "t-2", "old")], {}, by="machine")
    newer = [judged("t-1", "t-2", "same passport", "même né à فاس"), judged("t-2", "v-1", "x")]
    workspace.resolved(newer, {}, by="machine")
    assert workspace.view().judgements(["t-2", "t-1"]) == newer[:1]
    assert workspace.view().judgements(["t-1", "t-2", "v-1", "z"]) == newer
    assert workspace.view().judgements(["t-1"]) == []
    assert workspace.view().judgements([]) == []


def test_what_is_one_link_away_is_found_both_ways(workspace: Workspace) -> None:
    ingest(workspace, "one", [JOSE, SHIP, OWNER, ASSET, AMINA])
    view = workspace.view()

    def around(*members: str) -> list[str]:
        facts = view.linked(list(view.facts(members)), members)
        return sorted({fact.entity_id for fact in facts})

    assert around("t-2") == ["o-1"]
    assert around("o-1") == ["t-2", "v-1"]
    assert around("t-2", "o-1") == ["v-1"]
    assert around("t-1") == around() == []


def test_a_link_no_longer_stated_is_not_followed(workspace: Workspace) -> None:
    ingest(workspace, "one", [JOSE, SHIP, OWNER, ASSET])
    stated = moment(workspace)
    ingest(workspace, "one", [JOSE, SHIP, ASSET])
    assert not list(workspace.view().linked(workspace.view().facts(["t-2"]), ["t-2"]))
    then = workspace.view(stated)
    assert len(list(then.linked(then.facts(["t-2"]), ["t-2"]))) == 2
    now = workspace.view()
    past = now.linked(now.facts(["t-2"], past=True), ["t-2"], past=True)
    assert sorted(fact.prop for fact in past if fact.last_seen) == ["owner"]


def test_changes_are_net(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA, JOSE])
    ingest(workspace, "two", [SHIP])
    start = moment(workspace)
    for state in ([JOSE, AMINA_AR], [JOSE, SHIP], [JOSE, AMINA_AR]):
        ingest(workspace, "one", state)
    ingest(workspace, "two", [])
    ingest(workspace, "two", [SHIP])
    changes = [(c.kind, c.fact.value, c.fact.last_seen) for c in workspace.view().changes(start)]
    spans = {f.value: f.last_seen for f in workspace.view().facts(["t-1"], past=True)}
    # SHIP went and came back in both datasets: no change.
    assert changes == [
        ("added", AMINA_AR.value, None),
        ("removed", AMINA.value, spans[AMINA.value]),
    ]
    everything = {(c.kind, c.fact.value) for c in workspace.view().changes()}
    assert everything == {("added", one.value) for one in (JOSE, AMINA_AR, SHIP)}
    assert list(workspace.view(start).changes(start)) == []


def test_counts_and_lists(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA, JOSE], rejects=[Reject("line 9", "date", "no date")])
    ingest(workspace, "two", [AMINA_AR, SHIP])
    ingest(workspace, "three", [Said("w-1", "name", "Wafa")])
    workspace.resolved([], {"w-1": "v-1", "v-1": "v-1"}, by="machine")
    view = workspace.view()
    assert view.counts() == {"sources": 3, "facts": 5, "entities": 3, "rejects": 1}
    assert list(view.in_several_lists()) == [("Person", 2)]
    assert [(d["dataset"], d["facts"], d["handling"]) for d in view.datasets()] == [
        ("one", 2, "TLP:CLEAR"),
        ("three", 1, "TLP:CLEAR"),
        ("two", 2, "TLP:CLEAR"),
    ]
    assert list(view.names(["alias"])) == [("t-1", AMINA_AR.value)]
    assert ("v-1", SHIP.value) in set(view.names())
    assert set(view.handling_labels().values()) == {"TLP:CLEAR"}


def test_two_datasets_of_one_title_are_one_list(workspace: Workspace) -> None:
    ingest(workspace, "main_part", [AMINA, JOSE], title="The list")
    ingest(workspace, "other_part", [AMINA, SHIP], title="The list")
    ingest(workspace, "elsewhere", [SHIP], title="Another list")
    assert list(workspace.view().in_several_lists()) == [("Vessel", 1)]


def test_many_entities_are_found_by_jumps_as_by_reading_through(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(workspace, "one", [Said(f"é{n}", "name", str(n)) for n in range(10)])
    ingest(workspace, "one", [Said(f"é{n}", "name", str(n)) for n in range(0, 10, 2)])
    wanted = ["é9", "é2", "é8", "x", "é2"]
    through = list(workspace.view().facts(wanted, ["one"], props=["name"], past=True))
    # As if the lake were so large that reading it through costs more.
    monkeypatch.setattr("manara.store.snapshot.BATCH_ROWS", 1)
    assert list(workspace.view().facts(wanted, ["one"], props=["name"], past=True)) == through
    assert [fact.value for fact in through] == ["2", "8", "9"]
    assert [fact.value for fact in workspace.view().facts(wanted)] == ["2", "8"]


def test_an_empty_workspace_answers_everything(workspace: Workspace) -> None:
    view = workspace.view()
    assert list(view.facts(past=True)) == list(view.entities()) == list(view.changes()) == []
    assert list(view.datasets()) == list(view.rejects()) == list(view.names()) == []
    assert view.counts() == {"sources": 0, "facts": 0, "entities": 0, "rejects": 0}
    assert view.cluster("t-1") == ("t-1", ("t-1",))
    assert view.sql("SELECT * FROM payments").num_rows == 0
    assert view.sql("SELECT * FROM editions").num_rows == 0
    with pytest.raises(NotFoundError, match="no such entity"):
        view.require("t-1")


def test_an_entity_is_required(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA])
    workspace.view().require("t-1")
    ingest(workspace, "one", [])
    with pytest.raises(NotFoundError):
        workspace.view().require("t-1")


@pytest.mark.parametrize("held", [True, False])
def test_a_view_that_keeps_its_answers_gives_the_same(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    """Asked first, again, and for what nobody states; with all facts in memory and without."""
    if not held:
        monkeypatch.setattr(snapshot_module, "_HELD", 0)
    empty = workspace.view()
    empty.remember()
    assert list(empty.facts(["t-1"])) == [] and empty.evidence(["f"]) == {}
    ingest(workspace, "one", [AMINA, AMINA_AR, JOSE, SHIP, OWNER, ASSET])
    ingest(workspace, "one", [AMINA, JOSE, SHIP, OWNER, ASSET])
    ingest(workspace, "two", [AMINA, SHIP])
    days = [datetime(2026, 5, day, tzinfo=UTC) for day in (3, 1, 2)]
    rows = {"id": ["p1", "p2", "p3"], "dataset": ["one"] * 3, "time": days,
            "payer": ["t-1", None, "t-1"], "payee": ["t-1", "t-1", "v-1"]}  # fmt: skip
    workspace.append("payments", [pa.record_batch(rows)], by="me", dataset="one")
    workspace.append("incidents", [pa.record_batch({"id": ["i"], "dataset": ["one"]})], by="me")
    said = Judgement("t-1", "t-2", Verdict.POSITIVE, 0.7, ("x",), "rule/1", False, days[0])
    workspace.resolved([said], {}, by="machine")
    plain, keeps = workspace.view(), workspace.view()
    keeps.remember(empty)
    for asked in (["t-1"], ["t-1", "v-1", "nobody"], []):
        for most in (1, 9):
            told = plain.events("payments", asked, most)
            assert keeps.events("payments", asked, most) == told
    assert [row["id"] for row in plain.events("payments", ["t-1"], 9)] == ["p1", "p3", "p2"]
    assert keeps.judgements(["t-1", "t-2", "z"]) == plain.judgements(["t-1", "t-2", "z"]) != []
    for text in ("AMINA", "ship", "أم", "t-1", "nowhere"):
        assert keeps.holding(text, 3) == plain.holding(text, 3)
    ids = [*sorted({fact.entity_id for fact in plain.facts(past=True)}), "nobody"]
    shown = [*(fact.id for fact in plain.facts(past=True)), "nothing", "p2", "i"]
    for _ in range(2):
        for some in (ids, ids[:2], ids[-1:], ["v-1", "t-1"]):
            facts = list(plain.facts(some))
            assert list(keeps.facts(some)) == facts
            assert list(keeps.facts(some, past=True)) == list(plain.facts(some, past=True))
            assert list(keeps.linked(facts, some)) == list(plain.linked(facts, some))
        assert keeps.evidence(shown) == plain.evidence(shown)
        keeps.evidence(shown)[shown[0]]["value"] = "changed by whoever asked"
