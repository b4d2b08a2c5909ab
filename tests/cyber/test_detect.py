"""Indicators and log lines of a workspace: what was seen, and whom it is tied to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from manara.cli.main import cli
from manara.cyber import seen
from manara.cyber.detect import find
from manara.formats.mapping import load_mapping
from manara.pipeline.detect import detect
from manara.pipeline.detectors import detectors
from manara.pipeline.ingest import Request, ingest
from manara.store import Workspace
from tests.spoken import check_spoken

LOG = """time,sign,host
2026-01-02T08:00:00Z,EVIL.example.,gw1
2026-01-03T08:00:00Z,https://evil.example/load,gw2
2026-01-03T09:00:00Z,www.evil.example,gw2
2026-01-04T08:00:00Z,W-4471,gw1
2026-01-05T08:00:00Z,old.example,gw1
2026-03-05T08:00:00Z,old.example,gw1
2026-01-05T08:00:00Z,harmless.example,gw1
"""
MAPPING = """
dataset: logs
handling: TLP:GREEN
prefix: logs
queries:
  - entities:
      host: {schema: Organization, id_column: host, properties: {name: {column: host}}}
    events:
      line:
        table: sightings
        columns: {time: {column: time}, sign: {column: sign}, observer: {entity: host}}
"""
PARTIES = [
    {"id": "p-1", "schema": "Person", "properties": {"name": ["Ilvane Torskel"]}},
    {"id": "w-1", "schema": "CryptoWallet", "properties": {"publicKey": ["W-4471"]}},
    {"id": "o-1", "schema": "Ownership", "properties": {"owner": ["p-1"], "asset": ["w-1"]}},
]


def indicator(number: int, pattern: str, **more: str) -> dict[str, Any]:
    stamp = "2026-01-01T00:00:00.000Z"
    return {
        "type": "indicator", "spec_version": "2.1", "created": stamp, "modified": stamp,
        "id": f"indicator--00000000-0000-4000-8000-{number:012d}", "pattern": pattern,
        "pattern_type": "stix", "valid_from": stamp, **more,
    }  # fmt: skip


ACTOR = "threat-actor--00000000-0000-4000-8000-000000000009"
BUNDLE = {
    "type": "bundle",
    "id": "bundle--00000000-0000-4000-8000-000000000000",
    "objects": [
        indicator(1, "[domain-name:value = 'evil.example']"),
        indicator(2, "[cryptocurrency-wallet:value = 'W-4471']"),
        indicator(3, "[domain-name:value = 'old.example']", valid_until="2026-02-01T00:00:00Z"),
        indicator(4, "[domain-name:value = 'unseen.example']"),
    ],
}


def put(folder: Path, workspace: Workspace, name: str, text: str, mapping: str = "") -> None:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    read_by = None
    if mapping:
        (folder / "mapping.yml").write_text(mapping, encoding="utf-8")
        read_by = load_mapping(folder / "mapping.yml")
    for done in ingest(workspace, [str(path)], Request(dataset=name[:4], mapping=read_by)):
        assert (done.status, done.rejects) == ("applied", 0), done


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "office") as made:
        put(tmp_path, made, "logs.csv", LOG, MAPPING)
        put(tmp_path, made, "parties.ftm.json", "".join(json.dumps(one) + "\n" for one in PARTIES))
        put(tmp_path, made, "stix.json", json.dumps(BUNDLE))
        yield made


def test_every_line_that_shows_a_sign_is_found_in_whatever_form(workspace: Workspace) -> None:
    found = {one.sign: len(one.lines) for one in seen(workspace.view())}
    # What the expired indicator names was seen once before it ran out, and once after.
    assert found == {"evil.example": 2, "W-4471": 1, "old.example": 1}


def test_what_belongs_to_somebody_is_a_lead(workspace: Workspace) -> None:
    (lead,) = find(workspace.view())
    check_spoken([lead])
    assert (lead.kind, set(lead.subjects)) == ("cyber.sighting", {"w-1", "p-1"})
    assert "Ilvane Torskel" in lead.title
    tables = {row["table"] for row in workspace.view().evidence(lead.evidence).values()}
    assert tables == {"facts", "sightings"}
    detect(workspace, detectors(["cyber"]), by="amina")
    assert [one.finding.kind for one in workspace.view().leads("cyber")] == ["cyber.sighting"]


def test_whom_an_indicator_points_to_is_tied_to_its_sign(
    tmp_path: Path, workspace: Workspace
) -> None:
    stamp = "2026-01-01T00:00:00.000Z"
    common = {"spec_version": "2.1", "created": stamp, "modified": stamp}
    actor = {"type": "threat-actor", "id": ACTOR, "name": "Dunlin Crew", **common}
    tie = {
        "type": "relationship", "relationship_type": "indicates", "target_ref": ACTOR,
        "source_ref": BUNDLE["objects"][0]["id"],  # type: ignore[index]
        "id": "relationship--00000000-0000-4000-8000-000000000010", **common,
    }  # fmt: skip
    more = {**BUNDLE, "objects": [*BUNDLE["objects"], actor, tie]}
    put(tmp_path, workspace, "stix.json", json.dumps(more))
    titles = sorted(one.title for one in find(workspace.view()))
    assert len(titles) == 2
    assert "Dunlin Crew" in titles[1]


def test_two_signs_of_one_are_one_lead(tmp_path: Path, workspace: Workspace) -> None:
    site = {
        "id": "p-1",
        "schema": "Person",
        "properties": {"website": ["https://evil.example/load"]},
    }
    put(tmp_path, workspace, "more.ftm.json", json.dumps(site) + "\n")
    wallet = {"id": "p-1", "schema": "Person", "properties": {"idNumber": ["W-4471"]}}
    put(tmp_path, workspace, "card.ftm.json", json.dumps(wallet) + "\n")
    more = {**BUNDLE, "objects": [
        *BUNDLE["objects"], indicator(5, "[url:value = 'https://evil.example/load']"),
        indicator(6, "[x:y = 'W-4471']"),
    ]}  # fmt: skip
    put(tmp_path, workspace, "stix.json", json.dumps(more))
    found = list(find(workspace.view()))
    assert len({one.id for one in found}) == len(found)
    alone = next(one for one in found if one.subjects == ("p-1",))
    assert "https://evil.example/load" in alone.title
    both = next(one for one in found if set(one.subjects) == {"p-1", "w-1"})
    # Two indicators name the wallet.
    assert sum("as a sign of harm" in step.text for step in both.explanation) == 2


def test_the_command_lists_what_was_seen(workspace: Workspace) -> None:
    where = ["--workspace", str(workspace.root), "sightings"]
    rows = [
        json.loads(line) for line in CliRunner().invoke(cli, [*where, "--json"]).stdout.splitlines()
    ]
    assert {row["sign"]: row["lines"] for row in rows}["evil.example"] == 2
    text = CliRunner().invoke(cli, where).stdout
    assert "gw1, gw2" in text
