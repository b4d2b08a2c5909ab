"""Who stands around an entity, and how two are connected, with what states it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from manara.graph import network
from manara.model import Grade, Judgement, UsageError, Verdict
from manara.network.evidence import Connections
from manara.pipeline.ingest import Request, ingest
from manara.store import Workspace


def person(entity_id: str, name: str) -> dict[str, Any]:
    return {"id": entity_id, "schema": "Person", "properties": {"name": [name]}}


def link(kind: str, a: str, b: str, **more: str) -> dict[str, Any]:
    ends = {
        "Family": ("person", "relative"),
        "UnknownLink": ("subject", "object"),
        "Membership": ("member", "organization"),
    }[kind]
    values = {ends[0]: [a], ends[1]: [b], **{key: [value] for key, value in more.items()}}
    return {"id": f"{kind}-{a}-{b}", "schema": kind, "properties": values}


PEOPLE = [person(name, name.title()) for name in ("amina", "badr", "chloe", "dao", "emeka")]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "workspace") as made:
        yield made


def put(workspace: Workspace, name: str, grade: str, *entities: dict[str, Any]) -> None:
    path = workspace.root.parent / f"{name}.ftm.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in entities), encoding="utf-8")
    request = Request(by="amina", dataset=name, grade=Grade.parse(grade))
    [done] = ingest(workspace, [str(path)], request)
    assert (done.status, done.rejects) == ("applied", 0)


def connections(workspace: Workspace) -> Connections:
    view = workspace.view()
    return Connections(view, network(view))


def test_the_surest_path_comes_first_and_a_shared_source_is_doubted_once(
    workspace: Workspace,
) -> None:
    put(workspace, "police", "B2", *PEOPLE, link("UnknownLink", "amina", "badr"))
    put(workspace, "bank", "B2", link("UnknownLink", "badr", "dao"))
    put(
        workspace,
        "court",
        "B2",
        link("UnknownLink", "amina", "chloe"),
        link("UnknownLink", "chloe", "dao"),
    )
    found, hubs = connections(workspace).paths("amina", "dao")
    assert hubs == ()
    assert [path.entities[1] for path in found] == ["chloe", "badr"]
    court, other = found
    assert court.confidence == pytest.approx(0.9 * 0.9**2)
    assert court.unshared == other.confidence == pytest.approx(0.81**2)
    assert court.sources == ("court",)
    assert other.sources == ()
    ids = {one for path in found for hop in path.hops for s in hop.statements for one in s.evidence}
    assert {row["dataset"] for row in workspace.view().evidence(ids).values()} == {
        "police",
        "bank",
        "court",
    }


def test_a_path_may_be_asked_not_to_run_back_in_time(workspace: Workspace) -> None:
    put(
        workspace,
        "police",
        "B2",
        *PEOPLE,
        link("UnknownLink", "amina", "badr", startDate="2020", endDate="2020"),
        link("UnknownLink", "badr", "dao", startDate="2018", endDate="2018-06"),
        link("UnknownLink", "amina", "emeka", startDate="2019-02-01", endDate="2019-02-03"),
        link("UnknownLink", "emeka", "dao", startDate="2019-02-02"),
    )
    found = connections(workspace)
    assert {path.entities[1] for path in found.paths("amina", "dao")[0]} == {"badr", "emeka"}
    there, _ = found.paths("amina", "dao", in_time=True)
    assert [path.entities for path in there] == [("amina", "emeka", "dao")]
    back, _ = found.paths("dao", "amina", in_time=True)
    assert {path.entities[1] for path in back} == {"badr", "emeka"}


def test_kinship_and_a_merged_identity_are_told_as_other_explanations(
    workspace: Workspace,
) -> None:
    put(workspace, "police", "B2", *PEOPLE, link("Family", "amina", "badr"))
    put(workspace, "bank", "B2", person("badr-2", "Badr"), link("UnknownLink", "badr-2", "dao"))
    judged = Judgement(
        "badr", "badr-2", Verdict.POSITIVE, 0.8, ("same name",), "names", False,
        datetime.now(UTC),
    )  # fmt: skip
    workspace.resolved([judged], {"badr": "badr", "badr-2": "badr"}, by="amina")
    [path], _ = connections(workspace).paths("amina", "dao")
    assert path.identity == 0.8
    assert path.confidence == pytest.approx(0.81**2 * 0.8)
    assert any("kin" in text for text in path.alternatives)
    assert any("0.80" in text and "two" in text for text in path.alternatives)


def test_the_ties_around_an_entity_can_be_narrowed(workspace: Workspace) -> None:
    put(
        workspace,
        "police",
        "B2",
        *PEOPLE,
        link("Family", "amina", "badr"),
        link("UnknownLink", "amina", "dao"),
        link("UnknownLink", "dao", "emeka"),
    )
    found = connections(workspace)
    assert {hop.target for hop in found.around("amina")} == {"badr", "dao"}
    assert {hop.target for hop in found.around("amina", depth=2)} == {"badr", "dao", "emeka"}
    kin = found.around("amina", keep=lambda one: one.kind == "Family")
    assert [hop.target for hop in kin] == ["badr"]


def test_an_entity_without_ties_is_said_to_have_none(workspace: Workspace) -> None:
    put(workspace, "police", "B2", *PEOPLE, link("Family", "amina", "badr"))
    with pytest.raises(UsageError, match="no ties"):
        connections(workspace).paths("amina", "emeka")
    with pytest.raises(UsageError, match="one and the same"):
        connections(workspace).paths("amina", "amina")
