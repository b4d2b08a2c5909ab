"""Cases: what is said stays said, takes the rule of its parts, and four eyes where it matters."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from manara.casework import Cases
from manara.casework.verifier import body_digest, entry_hash
from manara.model import Handling, NotFoundError, Recipient, Relation, UsageError, WorkspaceError
from manara.store import AuditLog, Workspace
from tests.casework.conftest import FOR_COURT, fact_of


def opened(cases: Cases, handling: Handling = FOR_COURT) -> str:
    return cases.open(
        "Lantern", legal_basis="art. 10", purpose="investigation", handling=handling
    ).id


@pytest.mark.parametrize(("basis", "purpose"), [("", "investigation"), ("art. 10", " ")])
def test_no_case_without_legal_basis_and_purpose(amina: Cases, basis: str, purpose: str) -> None:
    with pytest.raises(UsageError, match="is empty"):
        amina.open("Lantern", legal_basis=basis, purpose=purpose)
    assert list(amina.all()) == []


def test_a_case_tells_all_that_was_said(amina: Cases, bo: Cases, workspace: Workspace) -> None:
    case_id = opened(amina)
    assert amina.involve(case_id, "p1", "suspect") == "P1"
    assert amina.involve(case_id, "Élodie Nulle-Part", "witness") == "P2"
    assert bo.task(case_id, "ask the bank", "bo", date(2026, 12, 24)) == "T1"
    bo.done(case_id, "T1", "answered")
    bo.note(case_id, "ملاحظة")
    bo.partner(case_id, "ferry.example", "their ships")
    assert amina.document(case_id, io.BytesIO(b"order"), "order.pdf") == "D1"
    case = amina.get(case_id)
    assert [(one.values["name"], one.values["entity"]) for one in case.people] == [
        ("أمينة القفر", "p1"),
        ("Élodie Nulle-Part", ""),
    ]
    assert [(one.title, one.owner, one.due, one.result) for one in case.tasks] == [
        ("ask the bank", "bo", date(2026, 12, 24), "answered")
    ]
    assert case.notes[0].values["text"] == "ملاحظة"
    assert case.officers == {"amina", "bo"}
    with pytest.raises(NotFoundError, match="no such open task"):
        bo.done(case_id, "T1", "again")


def test_the_case_takes_the_strictest_rule_of_all_in_it(amina: Cases, workspace: Workspace) -> None:
    case_id = opened(amina)
    court = Recipient("court.example", "court.example", Relation.COMMUNITY)
    today = datetime.now(UTC).date()
    assert amina.get(case_id).handling.permits(court, "prosecution", today).permitted
    amina.known(case_id, fact_of(workspace, "p1"))
    assert amina.get(case_id).handling.permits(court, "prosecution", today).permitted
    amina.known(case_id, fact_of(workspace, "p2"))
    assert not amina.get(case_id).handling.permits(court, "prosecution", today).permitted


def test_evidence_comes_with_custody_and_a_changed_file_is_seen(
    amina: Cases, bo: Cases, workspace: Workspace
) -> None:
    case_id = opened(amina)
    seized = datetime(2026, 5, 1, 10, tzinfo=UTC)
    key = amina.file(
        case_id, io.BytesIO(b"photo"), "photo.jpg", how="search", who="Sgt. Bo", when=seized
    )
    assert bo.custody(case_id, key, "examined", how="by eye", result="a boat", to="bo") is True
    path = workspace.source_path(amina.get(case_id).evidence[0].values["ref"])
    path.write_bytes(b"photX")
    assert bo.custody(case_id, key, "checked", how="SHA-256") is False
    told = [(one.values["what"], one.values["who"], one.values["when"], one.values["intact"])
            for one in amina.get(case_id).custody]  # fmt: skip
    assert told[0] == ("received", "Sgt. Bo", "2026-05-01T10:00:00+00:00", True)
    assert [(what, who, intact) for what, who, _, intact in told[1:]] == [
        ("examined", "bo", True),
        ("checked", "bo", False),
    ]


def test_custody_is_of_known_actions_and_not_of_the_future(amina: Cases) -> None:
    case_id = opened(amina)
    amina.file(case_id, io.BytesIO(b"x"), "x", how="search")
    with pytest.raises(UsageError, match="nothing that is done"):
        amina.custody(case_id, "E1", "burnt", how="fire")
    with pytest.raises(UsageError, match="future"):
        late = datetime.now(UTC) + timedelta(days=1)
        amina.custody(case_id, "E1", "copied", how="dd", when=late)
    with pytest.raises(NotFoundError, match="no such evidence"):
        amina.custody(case_id, "E2", "copied", how="dd")
    assert len(amina.get(case_id).custody) == 1


def test_nothing_that_nobody_knows_becomes_evidence_and_nothing_twice(
    amina: Cases, workspace: Workspace
) -> None:
    case_id = opened(amina)
    with pytest.raises(NotFoundError, match="no such fact"):
        amina.known(case_id, "no-such-id")
    amina.known(case_id, fact_of(workspace, "p1"))
    with pytest.raises(UsageError, match="already"):
        amina.known(case_id, fact_of(workspace, "p1"))


@pytest.mark.parametrize(("action", "status"), [("close", "closed"), ("seal", "open")])
def test_a_second_account_confirms(amina: Cases, bo: Cases, action: str, status: str) -> None:
    case_id = opened(amina)
    number = amina.ask(case_id, action, "done")
    with pytest.raises(UsageError, match="second account"):
        amina.confirm(case_id, number)
    assert amina.get(case_id).status == "open"
    assert not amina.get(case_id).sealed
    assert bo.confirm(case_id, number) == action
    case = amina.get(case_id)
    assert (case.status, case.sealed) == (status, action == "seal")
    with pytest.raises(NotFoundError, match="waits"):
        bo.confirm(case_id, number)


def test_what_was_refused_does_not_happen(amina: Cases, bo: Cases) -> None:
    case_id = opened(amina)
    number = amina.ask(case_id, "close", "done")
    bo.refuse(case_id, number, "not yet")
    assert amina.get(case_id).status == "open"
    assert amina.get(case_id).pending() == []


def test_a_closed_case_takes_nothing_until_it_is_open_again(amina: Cases, bo: Cases) -> None:
    case_id = opened(amina)
    bo.confirm(case_id, amina.ask(case_id, "close", "done"))
    with pytest.raises(UsageError, match="is closed"):
        amina.note(case_id, "late")
    amina.reopen(case_id, "a witness came")
    amina.note(case_id, "late")
    assert amina.get(case_id).notes[0].values["text"] == "late"


def test_of_a_sealed_case_others_know_nothing(
    amina: Cases, bo: Cases, workspace: Workspace
) -> None:
    case_id = opened(amina)
    bo.confirm(case_id, amina.ask(case_id, "seal", "an officer is involved"))
    eve = Cases(workspace, "eve")
    assert list(eve.all()) == []
    for attempt in (
        lambda: eve.get(case_id),
        lambda: eve.note(case_id, "hello"),
        lambda: eve.ask(case_id, "seal", "open it", open=True),
    ):
        with pytest.raises(NotFoundError, match="no such case"):
            attempt()
    amina.officer(case_id, "eve")
    assert eve.get(case_id).sealed
    bo.confirm(case_id, eve.ask(case_id, "seal", "over", open=True))
    assert Cases(workspace, "zoe").get(case_id).title == "Lantern"


def test_each_entry_follows_the_one_before_and_stands_in_the_audit_log(
    amina: Cases, bo: Cases, workspace: Workspace
) -> None:
    case_id = opened(amina)
    Cases(workspace, "bo", "prevention").note(case_id, "Zoé was here")
    amina.file(case_id, io.BytesIO(b"x"), "x", how="search")
    entries = amina.entries(case_id)
    assert [entry.number for entry in entries] == [1, 2, 3, 4]
    assert [entry.previous for entry in entries] == ["", *(entry.hash for entry in entries[:-1])]
    for entry in entries:
        shown = entry.to_dict()
        assert entry.hash == entry_hash(shown)
        assert entry.digest == body_digest(shown["salt"], shown["body"])
    log = [line.decode() for line in AuditLog(workspace.root / "log").lines()]
    assert [sum(entry.hash in line for line in log) for entry in entries] == [1, 1, 1, 1]
    assert any('"purpose":"prevention"' in line and '"by":"bo"' in line for line in log)
    assert not any("Zoé" in line for line in log)


def test_the_journal_cannot_be_changed_through_the_registry(
    amina: Cases, workspace: Workspace
) -> None:
    opened(amina)
    for statement in (
        "DELETE FROM case_entries",
        "UPDATE case_entries SET body = '{}'",
        "UPDATE case_entries SET hash = 'x'",
    ):
        with (
            pytest.raises(WorkspaceError, match="only grows"),
            workspace.registry.writing() as connection,
        ):
            connection.execute(text(statement))


def test_a_case_begins_with_a_lead_that_is_its_evidence(amina: Cases, workspace: Workspace) -> None:
    from tests.casework.leads import put_lead

    lead = put_lead(workspace, "p1")
    case_id = opened(amina)
    amina.known(case_id, lead.id)
    (item,) = amina.get(case_id).evidence
    assert (item.values["kind"], item.values["ref"]) == ("lead", lead.id)
