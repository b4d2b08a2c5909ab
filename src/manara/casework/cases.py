"""Cases: opening them, adding to them, and what takes a second account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from manara.casework.case import FOUR_EYES, Case, case_of
from manara.casework.entries import (
    Adding,
    CaseEntry,
    adding,
    beginning,
    entries_in,
    journals,
)
from manara.casework.journal import Journal
from manara.model import Entity, Handling, NotFoundError, Tlp, UsageError
from manara.store import Workspace
from manara.store.files import sha256

#: What can be done with an evidence item.
CUSTODY = (
    "seized", "received", "checked", "copied", "examined", "transferred", "stored", "returned",
    "destroyed",
)  # fmt: skip

#: The rule that the words of a case come under unless it is opened under another.
OWN = Handling.of(Tlp.AMBER_STRICT)


class Cases:
    """The cases of a workspace as one account works on them.

    Args:
        workspace: the workspace.
        by: the account.
        purpose: for what it works; ``""`` for the purpose of each case.
        journal: the audit log that is told; opened when first needed without.
    """

    def __init__(
        self, workspace: Workspace, by: str, purpose: str = "", journal: Journal | None = None
    ) -> None:
        self.workspace = workspace
        self._journal = journal
        self.by = _text("account", by)
        self._purpose = purpose.strip()

    @property
    def journal(self) -> Journal:
        """The audit log that is told of every change."""
        if self._journal is None:
            self._journal = Journal(self.workspace)
        return self._journal

    def all(self) -> Iterator[Case]:
        """Yield the cases that the account may know of, the newest first."""
        found = [case_of(entries) for entries in journals(self.workspace)]
        yield from (case for case in reversed(found) if case.seen_by(self.by))

    def get(self, case_id: str) -> Case:
        """Return a case.

        Raises:
            NotFoundError: there is none of this id, or it is sealed for others.
        """
        return self._seen(entries_in(self.workspace, case_id))

    def entries(self, case_id: str) -> list[CaseEntry]:
        """Return the journal of a case; see `get`."""
        entries = entries_in(self.workspace, case_id)
        self._seen(entries)
        return entries

    def open(self, title: str, *, legal_basis: str, purpose: str, handling: Handling = OWN) -> Case:
        """Open a case and return it.

        Args:
            title: what it is called.
            legal_basis: the provision it rests on.
            purpose: what it is for, such as a key of `manara.model.PURPOSES`.
            handling: the rule that its own words come under.

        Raises:
            UsageError: one of them is empty.
        """
        body = {
            "title": _text("title", title),
            "legal_basis": _text("legal basis", legal_basis),
            "purpose": _text("purpose", purpose),
            "handling": handling.to_dict(),
        }
        with beginning(self.journal) as opened:
            opened.add("open", body, by=self.by, purpose=self._purpose or purpose.strip())
        return self.get(opened.case_id)

    def involve(self, case_id: str, who: str, role: str, handling: Handling | None = None) -> str:
        """Add a person or organisation and return its key.

        Args:
            case_id: the case.
            who: id of an entity of the workspace, else a name.
            role: such as suspect, victim or witness.
            handling: the rule it comes under; for an entity joined to that of its facts.
        """
        view = self.workspace.view()
        canonical, members = view.cluster(_text("person", who))
        facts = list(view.facts(members))
        if facts:
            rules = view.handlings()
            known = Handling.join_all(rules[fact.handling_id] for fact in facts)
            handling = known | handling if handling else known
        name = Entity.from_facts(facts, canonical).caption if facts else who
        entity = canonical if facts else ""
        body = {"name": name, "entity": entity, "role": _text("role", role)}
        return self._add(case_id, "person", body | _ruled(handling))

    def officer(self, case_id: str, account: str) -> None:
        """Let another account work on the case, and see it when it is sealed."""
        self._add(case_id, "officer", {"account": _text("account", account)})

    def partner(self, case_id: str, node: str, reason: str) -> None:
        """Note that another node takes part."""
        body = {"node": _text("partner", node), "reason": _text("reason", reason)}
        self._add(case_id, "partner", body)

    def note(self, case_id: str, text: str, handling: Handling | None = None) -> None:
        """Add a note; without a rule of its own it comes under that of the whole case."""
        self._add(case_id, "note", {"text": _text("note", text)} | _ruled(handling))

    def task(self, case_id: str, title: str, owner: str, due: date | None = None) -> str:
        """Add a task and return its key."""
        stated = {"title": _text("task", title), "owner": _text("owner", owner)}
        return self._add(case_id, "task", stated | {"due": due.isoformat() if due else ""})

    def done(self, case_id: str, task: str, result: str) -> None:
        """Note what came of a task.

        Raises:
            NotFoundError: the case has no such open task.
        """
        with self._adding(case_id) as (case, made):
            if not any(one.key == task and one.result is None for one in case.tasks):
                raise NotFoundError("no such open task", where=f"{case_id} {task}")
            self._put(made, case, "done", {"task": task, "result": _text("result", result)})

    def document(
        self, case_id: str, content: Path | BinaryIO, name: str, handling: Handling | None = None
    ) -> str:
        """Add a file that belongs to the case and proves nothing; return its key."""
        source = self.workspace.keep(content, name)
        body = {"name": name, "ref": source.id, "size": source.size}
        return self._add(case_id, "document", body | _ruled(handling))

    def file(
        self,
        case_id: str,
        content: Path | BinaryIO,
        name: str,
        *,
        how: str,
        who: str = "",
        when: datetime | None = None,
        handling: Handling | None = None,
    ) -> str:
        """Add a file as evidence, kept byte for byte, and return its key.

        Args:
            case_id: the case.
            content: the file, or a stream of its bytes.
            name: the name it came under.
            how: how it was got.
            who: who handed it over or seized it; the account without.
            when: when, UTC; now without.
            handling: the rule it comes under; that of the case without.
        """
        source = self.workspace.keep(content, name)
        body = {"kind": "file", "ref": source.id, "label": name, "size": source.size}
        taken = {"what": "received", "how": _text("how", how), "who": who, "when": when}
        return self._evidence(case_id, body | _ruled(handling), taken)

    def known(self, case_id: str, ref: str) -> str:
        """Add a fact, an event or a lead as evidence, under its own rule; return its key.

        Args:
            case_id: the case.
            ref: its id.

        Raises:
            NotFoundError: nothing that may be seen has this id.
        """
        view = self.workspace.view()
        if ref.startswith("lead-"):
            lead = view.lead(ref)
            body = {"kind": "lead", "ref": lead.id, "label": lead.finding.title}
            rule = lead.handling
        else:
            row = view.evidence([ref]).get(ref)
            if not row:
                raise NotFoundError("no such fact, event or lead", where=ref)
            kind = "fact" if row["table"] == "facts" else "event"
            body = {"kind": kind, "ref": ref, "label": _label(row)}
            rule = view.handlings()[row["handling_id"]]
        taken = {"what": "received", "how": "from the workspace", "who": "", "when": None}
        return self._evidence(case_id, body | _ruled(rule), taken)

    def custody(
        self,
        case_id: str,
        item: str,
        what: str,
        *,
        how: str,
        who: str = "",
        when: datetime | None = None,
        result: str = "",
        to: str = "",
    ) -> bool | None:
        """Record what was done with an evidence item, and whether its file is still whole.

        Args:
            case_id: the case.
            item: key of the item, such as ``E1``.
            what: one of `CUSTODY`.
            how: by what means, or under what authority.
            who: who did it; the account without.
            when: when it was done, UTC; now without.
            result: what came of it.
            to: who holds it from then on, where that changed.

        Returns:
            whether the bytes of a file are those that were received; None for what is no file.

        Raises:
            NotFoundError: the case has no such item.
            UsageError: there is no such action, or it lies in the future.
        """
        if what not in CUSTODY:
            raise UsageError("is nothing that is done with evidence", where=what,
                             remedy=", ".join(CUSTODY))  # fmt: skip
        with self._adding(case_id) as (case, made):
            found = case.item(item)
            if not found:
                raise NotFoundError("no such evidence", where=f"{case_id} {item}")
            taken = {"what": what, "how": _text("how", how), "who": who, "when": when}
            record = self._custody(item, found.values, taken) | {"result": result, "to": to}
            self._put(made, case, "custody", record | _ruled(found.handling))
        intact: bool | None = record["intact"]
        return intact

    # What takes a second account

    def ask(self, case_id: str, action: str, reason: str, **detail: Any) -> int:
        """Ask for an action that a second account confirms, and return the number of the request.

        Args:
            case_id: the case.
            action: one of `FOUR_EYES`.
            reason: why.
            detail: particulars.

        Raises:
            UsageError: there is no such action, or the same waits already.
        """
        if action not in FOUR_EYES:
            raise UsageError("no such action", where=action, remedy=", ".join(FOUR_EYES))
        stated = {"action": action, "detail": {"reason": _text("reason", reason), **detail}}
        with self._adding(case_id, closed=True) as (case, made):
            if any(one.action == action and one.detail == stated["detail"]
                   for one in case.pending()):  # fmt: skip
                raise UsageError("waits for a second account already", where=f"{case_id} {action}")
            return self._put(made, case, "ask", stated).number

    def confirm(self, case_id: str, number: int) -> str:
        """Confirm what another account asked for, and return the action.

        Raises:
            NotFoundError: nothing of this number waits.
            UsageError: it is the account itself that asked.
        """
        return self._answer(case_id, number, "confirm")

    def refuse(self, case_id: str, number: int, reason: str) -> str:
        """Refuse what was asked for, and return the action; see `confirm`."""
        return self._answer(case_id, number, "refuse", reason=_text("reason", reason))

    def reopen(self, case_id: str, reason: str) -> None:
        """Open a closed case again.

        Raises:
            UsageError: it is not closed.
        """
        with self._adding(case_id, closed=True) as (case, made):
            if case.status != "closed":
                raise UsageError("is not closed", where=case_id)
            self._put(made, case, "reopen", {"reason": _text("reason", reason)})

    def _answer(self, case_id: str, number: int, answer: str, **more: str) -> str:
        with self._adding(case_id, closed=True) as (case, made):
            asked = next((one for one in case.pending() if one.number == number), None)
            if not asked:
                raise NotFoundError("nothing of this number waits", where=f"{case_id} {number}")
            if asked.by == self.by and answer == "confirm":
                raise UsageError("takes a second account", where=f"{asked.action} by {asked.by}",
                                 remedy="somebody else confirms it")  # fmt: skip
            self._put(made, case, answer, {"asked": number, **more})
        return asked.action

    # How it is written down

    def _evidence(self, case_id: str, body: dict[str, Any], taken: Mapping[str, Any]) -> str:
        with self._adding(case_id) as (case, made):
            if any(one.values["ref"] == body["ref"] for one in case.evidence):
                raise UsageError("is evidence of the case already", where=str(body["label"]))
            self._put(made, case, "evidence", body)
            key = case_of(made.entries).evidence[-1].key
            record = self._custody(key, body, taken) | {"result": "", "to": ""}
            self._put(made, case, "custody", record | {"handling": body.get("handling")})
        return key

    def _custody(
        self, item: str, evidence: Mapping[str, Any], taken: Mapping[str, Any]
    ) -> dict[str, Any]:
        now = datetime.now(UTC)
        when = (taken["when"] or now).astimezone(UTC)
        if when > now:
            raise UsageError("lies in the future", where=when.isoformat())
        intact = None
        if evidence.get("kind", "file") == "file":
            path = self.workspace.source_path(evidence["ref"])
            intact = path.is_file() and sha256(path) == evidence["ref"]
        who = taken["who"] or self.by
        stated = {"item": item, "what": taken["what"], "how": taken["how"], "who": who}
        return {**stated, "when": when.isoformat(timespec="seconds"), "intact": intact}

    def _add(self, case_id: str, action: str, body: dict[str, Any]) -> str:
        with self._adding(case_id) as (case, made):
            entry = self._put(made, case, action, body)
        after = case_of(made.entries)
        keys = {one.entry: one.key for one in (*after.people, *after.documents)}
        keys |= {task.entry: task.key for task in after.tasks}
        return keys.get(entry.number, str(entry.number))

    def _put(self, made: Adding, case: Case, action: str, body: Mapping[str, Any]) -> CaseEntry:
        return made.add(action, body, by=self.by, purpose=self._purpose or case.purpose)

    @contextmanager
    def _adding(self, case_id: str, *, closed: bool = False) -> Iterator[tuple[Case, Adding]]:
        with adding(self.journal, case_id) as made:
            case = self._seen(made.entries)
            if case.status == "erased" or (case.status == "closed" and not closed):
                raise UsageError(f"is {case.status}", where=case_id,
                                 remedy="`manara case reopen` opens a closed one")  # fmt: skip
            yield case, made

    def _seen(self, entries: list[CaseEntry]) -> Case:
        case = case_of(entries)
        if not case.seen_by(self.by):
            raise NotFoundError("no such case", where=case.id,
                                remedy="`manara case list` lists them")  # fmt: skip
        return case


def _text(where: str, text: str) -> str:
    if not text.strip():
        raise UsageError("is empty", where=where, remedy="say it in words")
    return text.strip()


def _ruled(handling: Handling | None) -> dict[str, Any]:
    return {"handling": handling.to_dict() if handling else None}


def _label(row: Mapping[str, Any]) -> str:
    if row["table"] == "facts":
        return f"{row['schema']}.{row['prop']} = {row['value']}"
    return f"{row['table']} {row['time']:%Y-%m-%d %H:%M} {row.get('reference') or ''}".strip()
