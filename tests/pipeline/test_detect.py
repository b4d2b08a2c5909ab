"""Leads are kept once, follow what is known, and can be found anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from manara.model import Finding, Severity, Step, UsageError
from manara.pipeline import detectors
from manara.pipeline.detect import Detected, Detector, detect, recompute
from manara.store import View, Workspace

from .conftest import Manara, person


def shared_phones(view: View, least: int) -> Iterator[Finding]:
    """Find people who use one telephone."""
    users: dict[str, dict[str, str]] = {}
    for fact in view.facts(props=["phone"]):
        users.setdefault(fact.value, {})[fact.entity_id] = fact.id
    for phone, of in users.items():
        if len(of) >= least:
            step = Step(1, f"{len(of)} people use {phone}.", tuple(of.values()))
            yield Finding(
                "phones.shared", tuple(of), 0.5, Severity.LOW, f"Un téléphone: {phone}",
                (step,), tuple(of.values()),
            )  # fmt: skip


PHONES = Detector(
    "phones", "1", {"least": 2, "seed": 7}, lambda view, least, seed: shared_phones(view, least)
)


@pytest.fixture
def filled(manara: Manara, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manara:
    monkeypatch.setattr(detectors, "DETECTORS", {"phones": PHONES})
    one = person("a", name="Amina Test", phone="+22670123456")
    one += person("b", name="بشير", phone="+22670123456|+22670123457")
    (tmp_path / "one.ftm.json").write_text(one, encoding="utf-8")
    (tmp_path / "two.ftm.json").write_text(
        person("c", name="Chloé", phone="+22670123457"), encoding="utf-8"
    )
    ingest(manara, tmp_path, "one", "AMBER")
    ingest(manara, tmp_path, "two", "GREEN")
    return manara


def ingest(manara: Manara, folder: Path, name: str, level: str) -> None:
    path = folder / f"{name}.ftm.json"
    assert manara("ingest", path, "--dataset", name, "--tlp", level).status == 0


def run(folder: Path) -> Detected:
    with Workspace.open(folder / "workspace") as workspace:
        return detect(workspace, [PHONES], by="amina")[0]


def test_a_second_run_repeats_nothing(filled: Manara, tmp_path: Path) -> None:
    assert run(tmp_path) == Detected("phones", new=2, changed=0, unchanged=0, ended=0)
    assert run(tmp_path) == Detected("phones", new=0, changed=0, unchanged=2, ended=0)
    assert len(filled("leads", "--json").lines) == 2


def test_a_lead_carries_the_strictest_rule_of_its_evidence(filled: Manara, tmp_path: Path) -> None:
    run(tmp_path)
    rules = {tuple(lead["subjects"]): lead["handling"] for lead in filled("leads", "--json").lines}
    assert {subjects: rule.split()[0] for subjects, rule in rules.items()} == {
        ("a", "b"): "TLP:AMBER",
        ("b", "c"): "TLP:AMBER",
    }


def test_a_name_in_a_lead_counts_for_its_rule(manara: Manara, tmp_path: Path) -> None:
    """The evidence is public, but who bears the name is not."""
    rest = person("a", phone="+22670123456") + person("b", name="Bashir", phone="+22670123456")
    (tmp_path / "open.ftm.json").write_text(rest, encoding="utf-8")
    named = person("a", name="Amina Test") + person("b", name="Bashir")
    (tmp_path / "own.ftm.json").write_text(named, encoding="utf-8")
    ingest(manara, tmp_path, "open", "CLEAR")
    ingest(manara, tmp_path, "own", "AMBER")

    def titled(view: View, least: int, seed: int) -> Iterator[Finding]:
        for finding in shared_phones(view, least):
            called = view.captions(finding.subjects)
            yield replace(finding, title=" and ".join(sorted(called.values())))

    with Workspace.open(tmp_path / "workspace") as workspace:
        detect(workspace, [PHONES._replace(find=titled)], by="amina")
    (lead,) = manara("leads", "--json").lines
    assert lead["title"] == "Amina Test and Bashir"
    assert lead["handling"].startswith("TLP:AMBER")
    assert set(lead["datasets"]) == {"open", "own"}


def test_a_lead_follows_what_is_known_and_keeps_its_past(filled: Manara, tmp_path: Path) -> None:
    run(tmp_path)
    before = datetime.now(UTC)
    (tmp_path / "two.ftm.json").write_text(
        person("c", name="Chloé", phone="+22670999999")
        + person("d", name="Dao", phone="+22670123456"),
        encoding="utf-8",
    )
    ingest(filled, tmp_path, "two", "GREEN")
    assert run(tmp_path) == Detected("phones", new=1, changed=0, unchanged=0, ended=2)
    [now] = filled("leads", "--json").lines
    assert now["subjects"] == ["a", "b", "d"]
    with Workspace.open(tmp_path / "workspace") as workspace:
        then = {lead.finding.subjects for lead in workspace.view(before).leads()}
        assert then == {("a", "b"), ("b", "c")}
        ended = [lead for lead in workspace.view().leads(ended=True) if not lead.standing]
        assert {lead.finding.subjects for lead in ended} == then


def test_leads_go_with_the_dataset_they_rest_on(filled: Manara, tmp_path: Path) -> None:
    run(tmp_path)
    assert filled("withdraw", "two", "--reason", "erreur").status == 0
    assert [lead["subjects"] for lead in filled("leads", "--json").lines] == [["a", "b"]]


def test_a_dismissed_lead_is_listed_no_more(filled: Manara, tmp_path: Path) -> None:
    run(tmp_path)
    lead = filled("leads", "--json").lines[0]["lead"]
    made = filled("decide", lead, "dismissed", "--ground", "Une famille", "--json")
    assert json.loads(made.out)["outcome"] == "dismissed"
    assert lead not in filled("leads").out
    assert "1 dismissed and not listed" in filled("leads").err
    [listed] = [
        one for one in filled("leads", "--dismissed", "--json").lines if one["lead"] == lead
    ]
    assert listed["decision"]["ground"] == "Une famille"
    assert "dismissed by" in filled("lead", lead).out
    assert filled("decide", lead, "guilty", "--ground", "x").status == 2
    assert filled("decide", lead, "confirmed").status == 2


def test_a_lead_is_shown_with_its_evidence_where_it_stands(filled: Manara, tmp_path: Path) -> None:
    run(tmp_path)
    lead = filled("leads", "--json").lines[0]
    told = json.loads(filled("lead", lead["lead"], "--json").out)
    assert {(row["dataset"], row["locator"], row["value"]) for row in told["evidence"]} >= {
        ("one", "line 2", told["evidence"][1]["value"])
    }
    text = filled("lead", lead["lead"].removeprefix("lead-")[:8]).out
    assert "1. 2 people use" in text
    assert "[1-2]" in text
    assert "never a decision" in text


def test_an_unknown_lead_or_detector_is_a_clear_error(filled: Manara) -> None:
    assert filled("lead", "lead-none").status == 2
    assert "manara leads" in filled("lead", "lead-none").err
    assert "phones" in filled("detect", "money").err


def test_a_lead_comes_out_the_same_from_what_was_known_then(filled: Manara, tmp_path: Path) -> None:
    run(tmp_path)
    lead_id = filled("leads", "--json").lines[0]["lead"]
    (tmp_path / "one.ftm.json").write_text(person("a", name="Amina Test"), encoding="utf-8")
    ingest(filled, tmp_path, "one", "AMBER")
    assert json.loads(filled("recompute", lead_id, "--json").out)["same"] is True
    with Workspace.open(tmp_path / "workspace") as workspace:
        lead = workspace.view().lead(lead_id)
        then = workspace.view(lead.recipe.as_of)
        assert recompute(workspace.view(), lead, [PHONES]) == ["it is not found again"]
        worse = PHONES._replace(find=lambda view, **settings: ())
        assert recompute(then, lead, [worse]) == ["it is not found again"]
        newer = PHONES._replace(version="2")
        assert recompute(then, lead, [newer]) == ["the detector is of version 2 now, 1 then"]


def test_a_detector_that_names_no_true_evidence_is_refused(filled: Manara, tmp_path: Path) -> None:
    def find(view: View, **settings: object) -> list[Finding]:
        step = Step(1, "Said.", ("nothing",))
        return [Finding("phones.x", ("a",), 0.5, Severity.LOW, "x", (step,), ("nothing",))]

    with Workspace.open(tmp_path / "workspace") as workspace:
        with pytest.raises(UsageError, match="which nothing states"):
            detect(workspace, [PHONES._replace(find=find)], by="amina")
        assert list(workspace.view().leads()) == []
