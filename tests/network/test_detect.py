"""The network detector finds what is planted, says what it rests on, and claims no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from manara.model import Grade, event
from manara.network.detect import SETTINGS, find
from manara.pipeline.ingest import Request, ingest
from manara.store import Workspace
from tests.spoken import check_spoken


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "workspace") as made:
        yield made


def entity(entity_id: str, schema: str, **values: str) -> dict[str, Any]:
    properties = {prop: joined.split("|") for prop, joined in values.items()}
    return {"id": entity_id, "schema": schema, "properties": properties}


def tie(a: str, b: str, **values: str) -> dict[str, Any]:
    return entity(f"tie-{a}-{b}", "UnknownLink", subject=a, object=b, **values)


def put(workspace: Workspace, name: str, grade: str, entities: list[dict[str, Any]]) -> None:
    path = workspace.root.parent / f"{name}.ftm.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in entities), encoding="utf-8")
    request = Request(by="amina", dataset=name, grade=Grade.parse(grade))
    [done] = ingest(workspace, [str(path)], request)
    assert (done.status, done.rejects) == ("applied", 0)


def leads(workspace: Workspace, kind: str) -> list[Any]:
    found = list(find(workspace.view(), **SETTINGS))
    assert len({one.id for one in found}) == len(found)
    check_spoken(found)
    return [one for one in found if one.kind == kind]


def two_gangs(bridge: bool) -> list[dict[str, Any]]:
    """Return two rings of 14, one of drugs and one of terror, and one who is tied to both."""
    made = []
    for gang, topic in (("drug", "crime.traffick.drug"), ("terror", "crime.terror")):
        names = [f"{gang}{at}" for at in range(14)]
        made += [entity(name, "Person", name=f"شخص {name}", topics=topic) for name in names]
        made += [tie(names[at], names[(at + step) % 14]) for at in range(14) for step in (1, 2)]
    if bridge:
        made += [tie("drug0", f"terror{at}") for at in range(0, 14, 2)]
    # Some ties between the two are common, so that one more is nothing.
    made += [tie(f"drug{at}", f"terror{at}") for at in (3, 7, 11)]
    return made


def test_who_bridges_two_crimes_more_than_chance_is_found_and_explained(
    workspace: Workspace,
) -> None:
    put(workspace, "register", "B2", two_gangs(bridge=True))
    found = leads(workspace, "network.convergence")
    assert "drug0" in {one.subjects[0] for one in found}
    [lead] = [one for one in found if one.subjects == ("drug0",)]
    assert 0.5 < lead.score < 1
    facts = {fact.id: fact for fact in workspace.view().facts()}
    assert set(lead.evidence) <= facts.keys()
    cited = [facts[one] for one in lead.explanation[1].evidence]
    assert {fact.entity_id for fact in cited} == {f"tie-drug0-terror{at}" for at in range(0, 14, 2)}
    assert "innocent" in lead.explanation[-1].text


def test_two_rings_with_few_ties_between_them_give_no_bridge(workspace: Workspace) -> None:
    put(workspace, "register", "B2", two_gangs(bridge=False))
    assert leads(workspace, "network.convergence") == []


def sides(**tie_values: str) -> list[dict[str, Any]]:
    return [
        entity("smuggler", "Person", name="Dao", topics="crime.traffick.drug"),
        entity("cell", "Organization", name="خلية", topics="crime.terror"),
        entity("driver", "Person", name="Chloé"),
        tie("smuggler", "driver", **tie_values),
        tie("driver", "cell", **tie_values),
    ]


def test_a_link_through_a_third_is_suspected_without_a_time(workspace: Workspace) -> None:
    put(workspace, "police", "B2", sides())
    [lead] = leads(workspace, "network.link")
    assert lead.subjects == ("cell", "smuggler")
    assert "suspected" in lead.title
    assert "Chloé" in lead.explanation[2].text


def test_a_link_is_proven_only_by_two_good_independent_sources(workspace: Workspace) -> None:
    put(workspace, "police", "B2", sides(startDate="2024", endDate="2025"))
    [lead] = leads(workspace, "network.link")
    assert "reported" in lead.title
    again = [{**one, "id": "x" + one["id"]} for one in sides(startDate="2024", endDate="2025")[3:]]
    put(workspace, "customs", "C3", again)
    [lead] = leads(workspace, "network.link")
    assert "reported" in lead.title
    put(workspace, "army", "A1", again)
    [lead] = leads(workspace, "network.link")
    assert "proven" in lead.title
    assert lead.severity.name == "CRITICAL"


def put_incidents(workspace: Workspace, years: dict[int, int], *domains: str) -> None:
    put(workspace, "watch", "B2", [entity("band", "Organization", name="Bande du Nord")])
    rule = next(iter(workspace.view().handlings()))
    rows = []
    for year, count in years.items():
        for at in range(count + 40):
            who = ("band",) if at < count else ("others",)
            time = datetime(year, 1 + at % 12, 1 + at // 12, tzinfo=UTC)
            values = {"time": time, "kind": "attack", "perpetrators": who, "domains": domains}
            made = event("incidents", values, f"row {at}", dataset="watch", handling_id=rule)
            rows.append(
                {
                    **made.values,
                    "time": time.replace(tzinfo=None),
                    "id": f"{year}-{at}",
                    "dataset": "watch",
                    "source_id": "s",
                    "locator": made.locator,
                    "handling_id": rule,
                }
            )
    workspace.append("incidents", pa.Table.from_pylist(rows).to_batches(), by="amina")


def test_a_band_that_grows_two_years_running_is_told(workspace: Workspace) -> None:
    put_incidents(workspace, {2021: 2, 2022: 2, 2023: 12, 2024: 30}, "terrorism")
    [lead] = leads(workspace, "network.expansion")
    assert lead.subjects == ("band",)
    assert "Bande du Nord" in lead.title
    assert all(one.startswith("2024-") for one in lead.evidence)
    assert leads(workspace, "network.event-overlap") == []


def test_a_band_that_only_goes_on_is_not(workspace: Workspace) -> None:
    put_incidents(workspace, {2021: 5, 2022: 6, 2023: 5, 2024: 6}, "terrorism")
    assert leads(workspace, "network.expansion") == []


def test_incidents_of_two_domains_are_told(workspace: Workspace) -> None:
    put_incidents(workspace, {2024: 2}, "terrorism", "arms")
    [band, others] = leads(workspace, "network.event-overlap")
    assert {band.subjects, others.subjects} == {("band",), ("others",)}
    assert "terrorism" in band.title


def test_an_empty_workspace_gives_no_leads(workspace: Workspace) -> None:
    assert list(find(workspace.view(), **SETTINGS)) == []
