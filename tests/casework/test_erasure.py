"""Erasure reaches everything there is of a person, takes two accounts, and survives a kill."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from manara.casework import Cases
from manara.casework.erasure import erase_case, reach
from manara.casework.retention import Retention
from manara.model import Handling, Judgement, NotFoundError, UsageError, Verdict
from manara.store import Erased, Wanted, Workspace, decide, recall
from tests.casework.conftest import FOR_COURT, OPEN_LIST, fact_of
from tests.casework.leads import put_lead
from tests.conftest import ROOT
from tests.store.conftest import Said, ingest

NAME = "Quirina Traumzahl"
TODAY = datetime.now(UTC).date()


def everything(root: Path) -> str:
    """Return all that the files of a workspace hold, compressed columns as well."""
    texts = []
    for path in sorted(root.rglob("*")):
        if path.is_file():
            texts.append(path.name)
            if path.suffix == ".parquet":
                texts.append(str(pq.read_table(path).to_pylist()))
            else:
                texts.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(texts)


def fill(workspace: Workspace) -> None:
    """Let a person be in facts, papers, ties, events, leads, judgements, clusters and files."""
    facts = [
        Said("q1", "name", NAME),
        Said("q2", "name", "Basil Niemand"),
        Said("paper", "holder", "q1", "Passport"),
        Said("paper", "number", "TZ-4711", "Passport"),
        Said("tie", "person", "q2", "Family"),
        Said("tie", "relative", "q1", "Family"),
    ]
    ingest(workspace, "people", facts, content=f"name\n{NAME}\n".encode())
    ingest(workspace, "people", [*facts, Said("q1", "alias", "TZ")], content=NAME.encode())
    batch = pa.record_batch({
        "id": ["s1", "s2"], "dataset": ["people"] * 2, "subject": ["q1", "q2"],
        "sign": ["near the pier"] * 2, "time": pa.array([datetime(2026, 1, 1)] * 2),
        "handling_id": [next(workspace.view().facts(["q1"])).handling_id] * 2,
    })  # fmt: skip
    workspace.append("sightings", [batch], by="tester", dataset="people")
    pair = Judgement("q1", "x9", Verdict.POSITIVE, 1.0, (NAME,), "amina", True, datetime.now(UTC))
    workspace.judge(pair)
    machine = Judgement(
        "q1", "q2", Verdict.POSITIVE, 0.9, (NAME,), "rule", False, datetime.now(UTC)
    )
    workspace.resolved([machine], {}, by="tester")
    lead = put_lead(workspace, "q1")
    decide(workspace, lead, "escalated", by="amina", ground=f"seen {NAME}")
    (workspace.root / "inbox").mkdir(exist_ok=True)
    (workspace.root / "inbox" / "list.csv").write_text(f"name\n{NAME}\n")
    (workspace.root / "index").mkdir()
    (workspace.root / "index" / "words").write_text(NAME)
    (workspace.root / "report.html").write_text(NAME)


def erase(workspace: Workspace, item: str) -> Erased:
    queue = Retention(workspace)
    return queue.confirm(queue.ask(item, "as the law says", by="amina"), by="bo")


def test_nothing_of_a_person_is_left_anywhere(workspace: Workspace) -> None:
    fill(workspace)
    assert NAME in everything(workspace.root)
    assert reach(workspace, Retention(workspace).wanted("entity:q1")).gone.entities >= {"q1"}
    done = erase(workspace, "entity:q1")
    # Of the fact that q2 has a family tie nothing stays: it says who is of whose family.
    assert done.counts["facts"] == 6
    assert (done.counts["sightings"], done.counts["leads"], done.counts["judgements"]) == (1, 1, 1)
    assert done.counts["sources"] == 2
    left = everything(workspace.root)
    for trace in (NAME, "TZ-4711", "Traumzahl"):
        assert trace not in left
    assert {fact.value for fact in workspace.view().facts(datasets=["people"])} == {"Basil Niemand"}
    assert workspace.view().sql("SELECT id FROM sightings").column(0).to_pylist() == ["s2"]
    assert list(workspace.view().leads(ended=True)) == []
    assert workspace.human_judgements() == []
    assert workspace.view().decisions() == {}
    assert workspace.needs_resolving()
    assert workspace.verify() == []


def test_the_past_is_erased_too_and_others_stay_in_it(workspace: Workspace) -> None:
    fill(workspace)
    before = datetime.now(UTC)
    ingest(workspace, "people", [Said("q2", "name", "Basil Niemand")], allow_shrink=True)
    erase(workspace, "entity:q1")
    past = {fact.value for fact in workspace.view(before).facts(past=True)}
    assert "Basil Niemand" in past
    assert not past & {NAME, "TZ", "TZ-4711"}


def test_a_tombstone_stays_and_names_nobody(workspace: Workspace) -> None:
    fill(workspace)
    done = erase(workspace, "entity:q1")
    last = list(workspace.history())[-1]
    assert (last["action"], last["thing"], last["who"]) == ("erase", "entity", "amina")
    assert last["detail"]["second"] == "bo"
    assert last["detail"]["digest"] == done.digest
    assert "q1" not in str(last)
    assert done.salt not in everything(workspace.root)


def test_what_was_erased_comes_back_only_when_it_is_taken_in_anew(workspace: Workspace) -> None:
    source = workspace.source_path(next(workspace.view().facts(["p1"])).source_id)
    erase(workspace, "entity:p1")
    assert not source.exists()
    ingest(workspace, "other", [Said("p1", "name", "أمينة القفر")], content=OPEN_LIST)
    assert source.read_bytes() == OPEN_LIST
    assert workspace.verify() == []
    with workspace.writing():
        pass
    assert source.exists()


def test_it_takes_two_accounts(workspace: Workspace) -> None:
    queue = Retention(workspace)
    number = queue.ask("entity:p1", "asked for", by="amina")
    with pytest.raises(UsageError, match="second account"):
        queue.confirm(number, by="amina")
    with pytest.raises(UsageError, match="waits"):
        queue.ask("entity:p1", "asked for", by="bo")
    queue.refuse(number, by="bo")
    with pytest.raises(NotFoundError, match="waits"):
        queue.confirm(number, by="bo")
    assert fact_of(workspace, "p1")


def test_evidence_of_a_case_is_not_erased_behind_its_back(
    workspace: Workspace, amina: Cases, bo: Cases
) -> None:
    case = amina.open("Lantern", legal_basis="art. 10", purpose="x", handling=FOR_COURT)
    amina.known(case.id, fact_of(workspace, "p1"))
    queue = Retention(workspace)
    number = queue.ask("entity:p1", "asked for", by="amina")
    with pytest.raises(UsageError, match=f"is evidence in {case.id}"):
        queue.confirm(number, by="bo")
    bo.confirm(case.id, amina.ask(case.id, "erase", "over"))
    erase_case(bo, case.id)
    queue.confirm(number, by="bo")
    assert not list(workspace.view().facts(["p1"]))


def test_an_erased_case_keeps_its_chain_and_no_word(
    workspace: Workspace, amina: Cases, bo: Cases
) -> None:
    case = amina.open(f"About {NAME}", legal_basis="art. 10", purpose="x")
    amina.file(case.id, io.BytesIO(f"letter of {NAME}".encode()), "letter.txt", how="post")
    amina.document(case.id, io.BytesIO(OPEN_LIST), "list.csv")
    amina.involve(case.id, NAME, "suspect")
    with pytest.raises(UsageError, match="confirmed"):
        erase_case(amina, case.id)
    bo.confirm(case.id, amina.ask(case.id, "erase", "over"))
    erase_case(bo, case.id)
    assert NAME not in everything(workspace.root)
    erased = amina.get(case.id)
    assert (erased.status, erased.title, erased.people) == ("erased", "", [])
    entries = amina.entries(case.id)
    assert [one.previous for one in entries[1:]] == [one.hash for one in entries[:-1]]
    # A list that facts were read from is not the case's to erase.
    assert workspace.source_path(next(workspace.view().facts(["p1"])).source_id).exists()
    with pytest.raises(UsageError, match="is erased"):
        amina.note(case.id, "more")
    assert workspace.verify() == []


def test_what_falls_due_and_by_which_rule(workspace: Workspace, amina: Cases) -> None:
    past, soon = date(2020, 1, 1), TODAY + timedelta(days=10)
    ingest(
        workspace,
        "old",
        [Said("o", "name", "Alt")],
        handling=Handling.of("GREEN", retain_until=past),
    )
    ingest(
        workspace,
        "soon",
        [Said("s", "name", "Bald")],
        handling=Handling.of("GREEN", retain_until=soon),
    )
    ingest(workspace, "gone", [Said("g", "name", "Weg")])
    workspace.withdraw("gone", by="amina", reason="letter of 12 May")
    recall(workspace, [fact_of(workspace, "p1")], by="amina", reason="wrong")
    amina.open(
        "Due", legal_basis="x", purpose="x", handling=Handling.of("AMBER", retain_until=past)
    )
    queue = Retention(workspace)
    found = {one.item.rpartition(":")[0] or one.item: (one.due, one.rows) for one in queue.due()}
    assert found == {
        "withdrawn": (True, 1),
        "recalled": (True, 1),
        "rule:old": (True, 1),
        "rule:soon": (False, 1),
        "case": (True, 1),
    }
    assert {one.what for one in queue.due(ahead=5)}.isdisjoint({"soon"})
    old = next(one.item for one in queue.due() if one.what == "old")
    with pytest.raises(UsageError, match="is past"):
        queue.prolong(old, past, "appeal", by="amina")
    queue.prolong(old, soon, "appeal", by="amina")
    kept = next(one for one in queue.due() if one.item == old)
    assert (kept.due, kept.prolonged, kept.reason) == (False, soon.isoformat(), "appeal")
    assert next(one for one in queue.due(on=soon + timedelta(days=1)) if one.item == old).due
    for item in [one.item for one in queue.due() if not one.item.startswith("case:")]:
        erase(workspace, item)
    assert [one.item[:5] for one in queue.due()] == ["case:"]
    left = everything(workspace.root)
    for name in ("Alt", "Bald", "Weg"):
        assert f"'{name}'" not in left
    assert workspace.verify() == []


def test_an_unknown_item_is_told(workspace: Workspace) -> None:
    for item in ("rule:none:x", "entity:nobody", "weather"):
        with pytest.raises(NotFoundError):
            Retention(workspace).ask(item, "x", by="amina")


def test_nothing_to_erase_is_no_error(workspace: Workspace) -> None:
    from manara.store import erase as erase_rows

    done = erase_rows(workspace, Wanted(facts=["unknown"]), kind="x", rule="x", reason="x",
                      by="amina", second="bo", purpose="x")  # fmt: skip
    assert not any(done.counts.values())


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_it_undone_or_done(tmp_path: Path) -> None:
    root = tmp_path / "ws"
    people = [f"k{number:02}" for number in range(24)]
    with Workspace.create(root) as workspace:
        for person in people:
            ingest(workspace, f"list_{person}", [Said(person, "name", f"Name of {person}")])
    command = [sys.executable, "-m", "tests.casework.killed_eraser", str(root), "12", "20261122"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    said = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("erased")]
    assert done.stdout.count("died") == 12
    with Workspace.open(root) as workspace:
        with workspace.writing():
            pass
        left = {fact.entity_id for fact in workspace.view().facts()}
        assert workspace.verify() == []
        assert left.isdisjoint(said)
        assert said
        assert list(workspace.scratch.glob("[!.]*")) == []
    text = everything(root)
    for person in people:
        assert (f"Name of {person}" in text) == (person in left)
