"""Places of grave leads come into a programme, and nothing else of them."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from manara.cli.risk import risk
from manara.model import Handling, event
from manara.pipeline.ingest import Request, ingest
from manara.risk.threat import LeadPlace, leads_near, read_leads
from manara.store import Workspace
from manara.store.decisions import decide
from tests.casework.leads import put_lead

# A degree of a great circle of the mean Earth (IUGG: 6371.0088 km).
DEGREE = 2 * math.pi * 6371.0088 / 360
PLACES = [
    LeadPlace(1, date(2026, 3, 1), 3, 0.0, 10.0),
    LeadPlace(1, date(2026, 3, 1), 3, 0.0, 10.01),
    LeadPlace(2, date(2026, 3, 1), 4, 0.0, -179.99),
]


@pytest.mark.parametrize(
    ("latitude", "longitude", "leads"),
    [
        (24.9 / DEGREE, 10.0, 1),
        (25.1 / DEGREE, 10.0, 0),
        (-24.9 / DEGREE, 10.0, 1),
        (0.0, 10.0 - 24.9 / DEGREE, 1),
        (0.0, 179.99, 1),
        (0.0, 0.0, 0),
    ],
)
def test_a_lead_near_a_site_is_counted_once(latitude: float, longitude: float, leads: int) -> None:
    assert leads_near(PLACES, latitude, longitude, 25.0) == leads


def test_what_is_no_place_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(
        "lead,last,severity,latitude,longitude\n1,2026-03-01,3,0,10\n2,2026-03-01,3,91,10\n"
        "3,soon,3,0,10\n4,2026-03-01,3,nan,10\n",
        "utf-8",
    )
    places, rejects = read_leads(path)
    assert places == PLACES[:1]
    assert [(one.locator, one.rule) for one in rejects] == [
        ("row 3", "lead"), ("row 4", "lead"), ("row 5", "lead")
    ]  # fmt: skip


def office(folder: Path) -> None:
    """Make a workspace with a lead, one that was dismissed and one for named recipients only."""
    watch = folder.parent / "watch.ftm.json"
    lines = [json.dumps({"id": one, "schema": "Person", "properties": {"name": [one]}})
             for one in ("zeyna", "kasimir")]  # fmt: skip
    watch.write_text("\n".join(lines), "utf-8")
    closed = folder.parent / "closed.ftm.json"
    closed.write_text('{"id": "odran", "schema": "Person", "properties": {"name": ["Odran"]}}')
    with Workspace.create(folder) as workspace:
        red = Handling.of("RED")
        done = [
            *ingest(workspace, [str(watch)], Request(by="amina", dataset="watch")),
            *ingest(workspace, [str(closed)], Request("closed", handling=red, by="amina")),
        ]
        assert [one.status for one in done] == ["applied"] * 2, done
        rule = next(iter(workspace.view().facts(["zeyna"]))).handling_id
        rows = []
        for at in range(3):
            when = datetime(2026, 3, 1 + at, tzinfo=UTC)
            values = {"time": when, "kind": "attack", "latitude": 12.3456 + at, "longitude": 10.0}
            made = event("incidents", values, f"row {at}", dataset="watch", handling_id=rule)
            more = {"id": f"i{at}", "dataset": "watch", "source_id": "s", "locator": made.locator,
                    "handling_id": rule, "time": when}  # fmt: skip
            rows.append({**made.values, **more})
        workspace.append("incidents", pa.Table.from_pylist(rows).to_batches(), by="amina")
        for at, who in enumerate(("zeyna", "kasimir", "odran")):
            lead = put_lead(workspace, who, evidence=(f"i{at}",))
            if who == "kasimir":
                decide(workspace, lead, "dismissed", by="amina", ground="a wedding")


def test_leads_of_a_workspace_make_a_site_worth_a_closer_look(tmp_path: Path) -> None:
    office(tmp_path / "office")
    trust, sites = tmp_path / "trust", tmp_path / "sites.csv"

    def run(*words: str) -> str:
        told = CliRunner().invoke(risk, words, obj=tmp_path / "office", catch_exceptions=False)
        return told.output

    run("init", str(trust), "--organisation", "Trust")
    sites.write_text(
        "site,latitude,longitude,building,people\nmill,12.4,10.1,10,1\nfar,14.3,10.1,10,1\n"
    )
    run("sites", "import", str(sites), "--programme", str(trust))
    told = run("leads", str(trust), "--json")
    assert json.loads(told) == {"leads": 1, "places": 1}
    kept = (trust / "leads.csv").read_text("utf-8").splitlines()
    assert kept[1:] == [f"1,{datetime.now(UTC).date()},3,12.35,10.0"]
    screened = {
        one["site"]: one for one in json.loads(run("screen", str(trust), "--json"))["sites"]
    }
    reason = "1 grave lead of the workspace within 25 km"
    assert reason in screened["mill"]["reasons"]
    assert reason not in screened["far"]["reasons"]
