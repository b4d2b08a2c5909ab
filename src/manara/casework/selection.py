"""What of a case may go to a recipient, and which rule holds the rest back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from manara.casework.case import Case, case_of, rule_of
from manara.casework.cases import Cases
from manara.casework.entries import CaseEntry
from manara.model import Handling, NotFoundError, Permission, RefusedError, Source
from manara.pipeline.releasing import Release
from manara.store import Workspace, ledger

#: Entries whose words may draw on all that is in the case, so that they come under its join.
_DERIVED = frozenset({"note", "task", "done", "officer", "partner", "ask", "confirm", "refuse",
                      "reopen", "bundle", "erased"})  # fmt: skip
#: Entries that come and go with releases, which must not make a release another one.
_OF_RELEASES = frozenset({"ask", "confirm", "refuse", "bundle"})


class Held(NamedTuple):
    """Something that stays.

    Attributes:
        key: what the case calls it, such as ``E2``, ``note 7`` or ``source 9f86…``.
        rule: what decided; see `manara.model.Permission`.
        reason: the decision in a sentence.
    """

    key: str
    rule: str
    reason: str


@dataclass(slots=True)
class Contents:
    """What goes of a case, and what stays.

    Attributes:
        case: the case as far as the recipient may know it.
        journal: all entries.
        shown: numbers of the entries whose content goes.
        items: evidence that goes, a dict each with its source and locator.
        sources: the files that go, by id.
        named: the sources of the evidence whose bytes do not go, by id.
        held: what stays, and why.
    """

    case: Case
    journal: list[CaseEntry]
    shown: set[int]
    items: list[dict[str, Any]] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    named: dict[str, Source] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Hash of what goes and stays, so that a later look shows whether it is the same."""
        lasting = [each.hash for each in self.journal
                   if each.number in self.shown and each.action not in _OF_RELEASES]  # fmt: skip
        ids = [f"{item['key']} {item.get('id', '')} {item['handling']}" for item in self.items]
        held = [" ".join(one) for one in self.held if one.key.split()[0] not in _OF_RELEASES]
        said = [lasting, ids, sorted(self.sources), sorted(held)]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def contents(cases: Cases, case_id: str, release: Release, *, sources: bool = True) -> Contents:
    """Return what of a case may go to a recipient for a purpose today.

    Args:
        cases: the cases as the account that asks sees them.
        case_id: the case.
        release: to whom and for what.
        sources: send the source files of facts and events as well, not only their hashes.

    Raises:
        NotFoundError: there is no such case.
        RefusedError: not even the words under which the case was opened may go.
    """
    entries = cases.entries(case_id)
    return _Selecting(cases.workspace, entries, release, sources).run()


def visible(entries: list[CaseEntry], sees: Callable[[Handling], bool]) -> Case | None:
    """Return a case as far as somebody may see it, None if nothing of it.

    Args:
        entries: its journal.
        sees: tells whether what comes under a rule may be seen.
    """
    case = case_of(entries)
    if not sees(case.own):
        return None
    whole = case.handling
    shown = case_of(
        each
        if each.body is None or sees(_rule_for(each, case, whole))
        else each._replace(body=None)
        for each in entries
    )
    shown.status = case.status
    return shown


def _rule_for(entry: CaseEntry, case: Case, whole: Handling) -> Handling:
    stated = rule_of(entry.body or {})
    return stated or (whole if entry.action in _DERIVED else case.own)


class _Selecting:
    def __init__(
        self, workspace: Workspace, entries: list[CaseEntry], release: Release, sources: bool
    ) -> None:
        self._workspace = workspace
        self._case = case_of(entries)
        self._release = release
        self._with_sources = sources
        self._view = workspace.view()
        self._rules = self._view.handlings()
        self._chosen = Contents(self._case, entries, set())
        keyed = (*self._case.people, *self._case.documents, *self._case.evidence)
        self._keys = {one.entry: one.key for one in keyed}

    def run(self) -> Contents:
        case, chosen = self._case, self._chosen
        whole = case.handling
        answer = self._release.asked(case.own)
        if not answer.permitted:
            raise RefusedError(
                f"may not go to {self._release.recipients[0].id}: {answer.reason}", 403,
                where=case.id, remedy="open cases for a court with --releasable-to its name",
            )  # fmt: skip
        for entry in chosen.journal:
            if entry.body is None:
                continue
            rule = _rule_for(entry, case, whole)
            key = self._keys.get(entry.number) or f"{entry.action} {entry.number}"
            if self._goes(key, rule):
                chosen.shown.add(entry.number)
        for entry in chosen.journal:
            if entry.number in chosen.shown and entry.action in ("evidence", "document"):
                self._item(self._keys[entry.number], entry.body or {}, entry.action)
        kept = (each if each.number in chosen.shown else each._replace(body=None)
                for each in chosen.journal)  # fmt: skip
        chosen.case = case_of(kept)
        chosen.case.status = case.status
        return chosen

    def _item(self, key: str, body: Mapping[str, Any], action: str) -> None:
        kind = body.get("kind", "file")
        if kind == "file":
            rule = rule_of(body) or self._case.own
            if self._source(key, body["ref"], rule):
                row = {"sha256": body["ref"], "size": body["size"], "source_id": body["ref"],
                       "name": body.get("label") or body["name"]}  # fmt: skip
                self._chosen.items.append(
                    {"key": key, "kind": action, "handling": rule.label} | row
                )
        elif kind == "lead":
            self._lead(key, body["ref"])
        else:
            self._rows(key, [body["ref"]])

    def _lead(self, key: str, lead_id: str) -> None:
        try:
            lead = self._view.lead(lead_id)
        except NotFoundError:
            self._hold(key, "gone", "It may no longer be seen, or is found no longer.")
            return
        if not self._goes(key, lead.handling):
            return
        finding = lead.finding
        self._chosen.items.append({
            "key": key, "kind": "lead", "id": lead.id, "handling": lead.handling.label,
            "title": finding.title, "score": f"{finding.score:.2f}",
            "severity": finding.severity.name.lower(), "found": lead.created.isoformat(),
            "detector": f"{lead.recipe.detector} {lead.recipe.version}",
            "steps": [{"number": step.number, "text": step.text, "evidence": list(step.evidence)}
                      for step in finding.explanation],
        })  # fmt: skip
        self._rows(key, finding.evidence)

    def _rows(self, key: str, ids: Iterable[str]) -> None:
        """Take facts and events that may go, with the sources that state them."""
        known = self._view.evidence(ids)
        for one in ids:
            if one not in known:
                self._hold(key, "gone", "It may no longer be seen, or is stated no longer.")
                continue
            row = known[one]
            rule = self._rules[row["handling_id"]]
            if self._goes(key, rule):
                plain = {name: str(value) for name, value in row.items() if value is not None}
                kind = "fact" if row["table"] == "facts" else "event"
                self._chosen.items.append(
                    {"key": key, "kind": kind, "handling": rule.label} | plain
                )
                self._source(f"source {row['source_id'][:12]}", row["source_id"], rule)

    def _source(self, key: str, source_id: str, rule: Handling) -> bool:
        """Return whether a file is named; its bytes go where every rule it came under permits."""
        chosen = self._chosen
        if source_id in chosen.sources or (source_id in chosen.named and key.startswith("source")):
            return True
        with self._workspace.registry.reading() as connection:
            source = ledger.find_source(connection, source_id)
        if not source:
            self._hold(key, "gone", "The file was erased.")
            return False
        chosen.named[source_id] = source
        editions = [each for each in self._editions if each.source_id == source_id]
        if {each.dataset for each in editions} & self._withdrawn:
            self._hold(key, "withdrawn", "The dataset of this file was withdrawn.")
            return False
        rules = (self._rules[each.handling_id] for each in editions if each.handling_id)
        whole = Handling.join_all([rule, *rules])
        if not self._workspace.source_path(source_id).is_file():
            self._hold(key, "gone", "The file was erased.")
        elif key.startswith("source") and not self._with_sources:
            self._hold(key, "choice", "Only its hash was to go.")
        elif self._goes(key, whole):
            del chosen.named[source_id]
            chosen.sources[source_id] = source
            return True
        return key.startswith("source")

    @cached_property
    def _editions(self) -> list[Any]:
        with self._workspace.registry.reading() as connection:
            return list(ledger.all_editions(connection))

    @cached_property
    def _withdrawn(self) -> set[str]:
        with self._workspace.registry.reading() as connection:
            return {row.name for row in ledger.all_datasets(connection) if row.withdrawn_at}

    def _goes(self, key: str, rule: Handling) -> bool:
        answer: Permission = self._release.asked(rule)
        if not answer.permitted:
            self._hold(key, answer.rule, answer.reason)
        return answer.permitted

    def _hold(self, key: str, rule: str, reason: str) -> None:
        held = Held(key, rule, reason)
        if held not in self._chosen.held:
            self._chosen.held.append(held)
