"""A person's right of access: all for the officer, and for the person what may be told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from manara.casework import Cases
from manara.casework.right_of_access import PURPOSE, access, access_page, people_called
from manara.model import Handling, NotFoundError
from manara.store import Workspace
from tests.casework.leads import put_lead
from tests.store.conftest import Said, ingest

WITHHELD = "Something may be withheld"


def test_the_officer_sees_all_and_the_person_what_may_be_told(
    workspace: Workspace, amina: Cases, bo: Cases
) -> None:
    ingest(workspace, "own", [Said("p1", "notes", "seen at the pier")],
           handling=Handling.of("AMBER+STRICT"))  # fmt: skip
    partner = Handling.of("AMBER", consent=["ferry.example"])
    ingest(workspace, "partner", [Said("p1", "alias", "<b>Mina</b>")], handling=partner)
    put_lead(workspace, "p1")
    case = amina.open("Lantern", legal_basis="x", purpose="x")
    amina.involve(case.id, "p1", "suspect")
    amina.journal.note("bo", "read", "entity", purpose="investigation", ids=["p1"])
    amina.journal.note("bo", "read", "entity", purpose="investigation", ids=["p2"])
    sent = [("ferry.example", "analysis", datetime.now(UTC), {"p1"}),
            ("port.example", "analysis", datetime.now(UTC), {"p2"})]  # fmt: skip
    found = access(workspace, "p1", sent=sent)
    told = {row["value"]: row["told"] for row in found.facts}
    assert told == {"أمينة القفر": True, "seen at the pier": False, "<b>Mina</b>": False}
    assert (len(found.leads), [one["case"] for one in found.cases]) == (1, [case.id])
    assert [one["to"] for one in found.recipients] == ["ferry.example"]
    assert [(one["by"], one["purpose"]) for one in found.reads] == [("bo", "investigation")]
    page = access_page(found, "Harbour police")
    assert "أمينة القفر" in page
    assert WITHHELD in page
    for hidden in ("seen at the pier", "Mina", "Lantern", case.id, "ties two groups", "AMBER"):
        assert hidden not in page
    wider = access(workspace, "p1", tell=["own", "partner"])
    assert {row["value"]: row["told"] for row in wider.facts} == {
        "أمينة القفر": True, "seen at the pier": True, "<b>Mina</b>": False,
    }  # fmt: skip


def test_whether_something_is_withheld_cannot_be_seen(workspace: Workspace) -> None:
    nothing_withheld = access_page(access(workspace, "p1"), "")
    all_withheld = access_page(access(workspace, "p2"), "")
    for page in (nothing_withheld, all_withheld):
        assert (
            page.partition("What this answer may leave out")[2]
            == (nothing_withheld.partition("What this answer may leave out")[2])
        )
    assert "Zoé" not in all_withheld


def test_of_a_sealed_case_only_that_there_is_one(
    workspace: Workspace, amina: Cases, bo: Cases
) -> None:
    case = amina.open("Lantern", legal_basis="x", purpose="x")
    amina.involve(case.id, "p1", "suspect")
    bo.confirm(case.id, amina.ask(case.id, "seal", "x"))
    assert access(workspace, "p1").cases == [{"case": "sealed", "told": False, "roles": []}]


def test_a_name_finds_the_person_and_an_unknown_one_nobody(workspace: Workspace) -> None:
    assert people_called(workspace.view(), "zoe fabelhaft") == [("p2", "Zoé Fabelhaft")]
    assert people_called(workspace.view(), "p2") == [("p2", "Zoé Fabelhaft")]
    with pytest.raises(NotFoundError, match="nothing is held"):
        people_called(workspace.view(), "Nobody Atall")
    with pytest.raises(NotFoundError):
        access(workspace, "nobody")


def test_a_case_may_hide_itself_by_its_rule(workspace: Workspace) -> None:
    red = Handling.of("RED")
    ingest(workspace, "red", [Said("p7", "name", "Rosa Nimmer")], handling=red)
    assert [row["told"] for row in access(workspace, "p7", tell=["red"]).facts] == [False]
    assert PURPOSE == "right-of-access"
