"""Erasure of what is known of a person or has run out, and of cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from manara.casework.case import Case, case_of
from manara.casework.cases import Cases
from manara.casework.entries import adding, journals
from manara.model import NotFoundError, UsageError, vocabulary
from manara.store import Erased, View, Wanted, Workspace, erase, ledger
from manara.store.erasing import Gone, affected
from manara.store.view import is_link


class Reach(NamedTuple):
    """What an erasure would reach.

    Attributes:
        gone: ids of what would go.
        cases: ids of cases that rest on some of it and are not erased.
    """

    gone: Gone
    cases: list[str]


def about(view: View, entity_id: str) -> list[str]:
    """Return the ids of all that is kept of a person: the records that are one, and their papers.

    Papers are what only says something of others: documents, listings, ownerships, family ties.

    Raises:
        NotFoundError: no source states such an entity.
    """
    members = set(view.cluster(entity_id)[1])
    facts = list(view.facts(members, past=True))
    if not facts:
        raise NotFoundError("no such entity", where=entity_id,
                            remedy="`manara find NAME` lists entities")  # fmt: skip
    around = view.linked(facts, members, past=True)
    papers = {
        fact.entity_id
        for fact in around
        if is_link(fact) and fact.value in members and not vocabulary()[fact.schema].is_a("Thing")
    }
    return sorted(members | papers)


def reach(workspace: Workspace, wanted: Wanted) -> Reach:
    """Return what an erasure would reach, without doing it."""
    gone = affected(workspace, wanted)
    ids = gone.facts | gone.events | gone.leads | gone.sources | gone.entities
    holding = [case.id for case in _cases(workspace) if _rests_on(case, ids)]
    return Reach(gone, holding)


def erase_now(
    workspace: Workspace,
    wanted: Wanted,
    *,
    kind: str,
    rule: str,
    reason: str,
    by: str,
    second: str,
    purpose: str,
) -> Erased:
    """Erase for good what no case rests on; see `manara.store.erase`.

    Raises:
        UsageError: it is confirmed by the account that asked, or a case rests on some of it.
    """
    if by == second:
        raise UsageError("takes a second account", where=f"erasure asked by {by}",
                         remedy="somebody else confirms it")  # fmt: skip
    holding = reach(workspace, wanted).cases
    if holding:
        raise UsageError(
            f"is evidence in {', '.join(holding)}", where=kind,
            remedy="erase these cases first, or keep it longer with `manara retention prolong`",
        )  # fmt: skip
    return erase(workspace, wanted, kind=kind, rule=rule, reason=reason, by=by, second=second,
                 purpose=purpose)  # fmt: skip


def erase_case(cases: Cases, case_id: str) -> None:
    """Erase a case as a second account has confirmed: its words, and the files only it holds.

    What was begun and cut short is done when this is called again.

    Raises:
        UsageError: nobody has confirmed it.
    """
    workspace = cases.workspace
    case = case_of(cases.entries(case_id))
    asked = [one for one in case.asked if one.action == "erase" and one.outcome == "confirmed"]
    if not asked:
        raise UsageError("no second account has confirmed its erasure", where=case_id)
    own = _files(case) - _used_elsewhere(workspace, case_id)
    if own:
        erase(workspace, Wanted(sources=sorted(own)), kind="case", rule="erasure of a case",
              reason="as confirmed in the case", by=asked[-1].by, second=asked[-1].second,
              purpose=case.purpose)  # fmt: skip
    with adding(cases.journal, case_id) as made:
        made.erase()
        body = {"by": asked[-1].by, "second": asked[-1].second, "files": len(own)}
        made.add("erased", body, by=cases.by, purpose=case.purpose)
    workspace.registry.forget()


def unfinished_cases(workspace: Workspace) -> list[str]:
    """Return the cases whose erasure was confirmed and is not done."""
    return [
        case.id
        for case in _cases(workspace)
        if any(one.action == "erase" and one.outcome == "confirmed" for one in case.asked)
    ]


def _cases(workspace: Workspace) -> Iterable[Case]:
    known = (case_of(entries) for entries in journals(workspace))
    return [case for case in known if case.status != "erased"]


def _rests_on(case: Case, ids: set[str]) -> bool:
    used = {str(one.values["ref"]) for one in case.evidence}
    return not ids.isdisjoint(used | {str(one.values["entity"]) for one in case.people})


def _files(case: Case) -> set[str]:
    kept = [one for one in case.evidence if one.values["kind"] == "file"]
    return {str(one.values["ref"]) for one in (*kept, *case.documents)}


def _used_elsewhere(workspace: Workspace, case_id: str) -> set[str]:
    """Return the files that other cases hold, or that facts were read from."""
    with workspace.registry.reading() as connection:
        used = {edition.source_id for edition in ledger.all_editions(connection)}
    for case in _cases(workspace):
        if case.id != case_id:
            used |= _files(case)
    return used
