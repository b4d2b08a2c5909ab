"""Right of access: everything held about a person, and what of it the person may be told.

After articles 14 and 15 of Directive (EU) 2016/680 and article 15 of Regulation (EU) 2016/679.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from manara.casework.entries import journals
from manara.casework.erasure import about
from manara.casework.selection import visible
from manara.model import (
    EVENT_TABLES,
    Entity,
    Fact,
    Handling,
    NotFoundError,
    Recipient,
    Relation,
    Tlp,
)
from manara.pipeline.search import find
from manara.store import AuditLog, View, Workspace, ledger
from manara.store.log import entry_of

#: What disclosure to the person is for, as handling rules name purposes.
PURPOSE = "right-of-access"

#: Whoever asks about himself stands outside of every community.
_PERSON = Recipient("data-subject", "", Relation.PUBLIC)

#: At most so many people of one name are listed.
_MOST = 50


@dataclass(frozen=True, slots=True)
class Access:
    """What is held about a person; for the officer who answers, not for the person.

    Attributes:
        entity: canonical id.
        caption: the name to show.
        members: ids of all records that are one, and of their papers.
        at: when it was put together, UTC.
        facts: every fact, past ones too, with source and handling; ``told`` says whether the
            person may be told, and ``why`` by which rule not.
        events: every event that names one of these ids, likewise.
        leads: leads about the person, likewise; never told without a decision of the controller.
        cases: cases that the person is involved in; never told.
        sources: the files that it was read from, by id.
        recipients: who got any of it, with purpose and day.
        reads: who looked at it here, with purpose and time.
    """

    entity: str
    caption: str
    members: tuple[str, ...]
    at: datetime
    facts: list[dict[str, Any]]
    events: list[dict[str, Any]]
    leads: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    sources: dict[str, dict[str, Any]]
    recipients: list[dict[str, Any]]
    reads: list[dict[str, Any]]

    def told(self) -> dict[str, Any]:
        """Return what the person may be told, as plain values.

        Whether anything is withheld is not to be seen from it: the sentence is always the same.
        """
        facts = [_plain(row) for row in self.facts if row["told"]]
        events = [_plain(row) for row in self.events if row["told"]]
        used = {row["source_id"] for row in (*facts, *events)}
        return {
            "facts": facts,
            "events": events,
            "sources": [each for key, each in sorted(self.sources.items()) if key in used],
            "recipients": sorted({row["to"] for row in self.recipients if row["told"]}),
            "at": self.at.isoformat(timespec="seconds"),
        }


def people_called(view: View, who: str) -> list[tuple[str, str]]:
    """Return the entities that a name or an id can mean, each with the name to show it by.

    Raises:
        NotFoundError: nobody is called so.
    """
    members = view.cluster(who)[1]
    facts = list(view.facts(members, past=True))
    if facts:
        return [(view.cluster(who)[0], Entity.from_facts(facts, who).caption)]
    found = [(one.entity, one.name) for one in find(view, who, _MOST)]
    if not found:
        raise NotFoundError("nothing is held under this name", where=who,
                            remedy="try other spellings with `manara screen`")  # fmt: skip
    return found


def access(
    workspace: Workspace,
    entity_id: str,
    *,
    sent: Iterable[tuple[str, str, datetime, Collection[str]]] = (),
    tell: Collection[str] = (),
    sees: Callable[[Handling], bool] = lambda rule: True,
) -> Access:
    """Return everything held about a person.

    Args:
        workspace: the workspace.
        entity_id: the person, by the id of any of the records.
        sent: what went out: recipient, purpose, time, ids of entities and facts.
        tell: datasets that the controller lets the person know of although their audience is
            narrower; consent of others, TLP:RED and last days bind all the same.
        sees: tells whether the officer may see what comes under a rule; the rest is left out.

    Raises:
        NotFoundError: no source that the officer may see states such an entity.
    """
    view = workspace.view()
    canonical, own = view.cluster(entity_id)
    members = about(view, entity_id)
    rules = view.handlings()
    judge = _Judge(rules, frozenset(tell))
    seen = {key for key, each in rules.items() if sees(each)}
    known = [fact for fact in view.facts(members, past=True) if fact.handling_id in seen]
    if not known:
        raise NotFoundError("no such entity", where=entity_id)
    facts = [_fact(fact, judge) for fact in known]
    events = [row for row in _events(view, members, judge) if row["handling_id"] in seen]
    ids = {*members, *(row["id"] for row in (*facts, *events))}
    told = {row["id"] for row in (*facts, *events) if row["told"]}
    used = {row["source_id"] for row in (*facts, *events)}
    return Access(
        canonical,
        Entity.from_facts([f for f in known if f.entity_id in own], canonical).caption,
        tuple(members),
        datetime.now(UTC),
        facts,
        events,
        [_lead(lead) for lead in view.leads(ended=True)
         if ids.intersection(lead.finding.subjects) and sees(lead.handling)],
        list(_cases(workspace, ids, sees)),
        _sources(workspace, used),
        [{"to": to, "purpose": purpose, "at": at, "told": bool(told.intersection(what))}
         for to, purpose, at, what in sent if ids.intersection(what)],
        list(_reads(workspace, ids)),
    )  # fmt: skip


def access_page(found: Access, organisation: str) -> str:
    """Return the answer to the person as one page that needs nothing else."""
    environment = Environment(
        loader=PackageLoader("manara.casework"), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("access.html")
    return page.render(told=found.told(), organisation=organisation)


class _Judge:
    def __init__(self, rules: dict[str, Handling], tell: frozenset[str]) -> None:
        self._rules, self._tell = rules, tell

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row with whether the person may be told of it."""
        rule = self._rules[row["handling_id"]]
        # The day binds whoever is told.
        today = datetime.now(UTC).date()
        answer = rule.permits(_PERSON, PURPOSE, today)
        may = answer.permitted
        if not may and row["dataset"] in self._tell:
            may = not (rule.consent or rule.tlp is Tlp.RED or _over(rule, today))
        why = "" if may else f"{answer.rule}: {answer.reason}"
        return row | {"handling": rule.label, "told": may, "why": why}


def _over(rule: Handling, today: date) -> bool:
    return rule.retain_until is not None and rule.retain_until < today


def _fact(fact: Fact, judge: _Judge) -> dict[str, Any]:
    return judge(fact._asdict())


def _events(view: View, members: Collection[str], judge: _Judge) -> Iterator[dict[str, Any]]:
    """Yield the events in which one of the ids stands, in whatever column."""
    wanted = sorted(members)
    for table, columns in EVENT_TABLES.items():
        names = [column.name for column in columns if column.type.name == "TEXT"]
        marks = ", ".join("?" * len(wanted))
        where = " OR ".join(f'e."{name}" IN ({marks})' for name in names)
        query = f"SELECT e.* FROM {table} AS e WHERE {where}"  # noqa: S608
        for row in view.sql(query, wanted * len(names)).to_pylist():
            stated = {name: value for name, value in row.items() if value is not None}
            yield judge({"table": table, **stated})


def _lead(lead: Any) -> dict[str, Any]:
    finding = lead.finding
    return {"lead": lead.id, "kind": finding.kind, "title": finding.title,
            "score": finding.score, "found": lead.created, "handling": lead.handling.label,
            "told": False}  # fmt: skip


def _cases(
    workspace: Workspace, ids: Collection[str], sees: Callable[[Handling], bool]
) -> Iterator[dict[str, Any]]:
    """Yield the cases that someone is involved in; of sealed ones nothing but that there is one."""
    for entries in journals(workspace):
        case = visible(entries, sees)
        if case is None:
            continue
        roles = [one.values["role"] for one in case.people if one.values["entity"] in ids]
        if roles:
            yield {"case": "sealed" if case.sealed else case.id, "told": False,
                   "roles": [] if case.sealed else roles}  # fmt: skip


def _sources(workspace: Workspace, used: Collection[str]) -> dict[str, dict[str, Any]]:
    with workspace.registry.reading() as connection:
        known = [ledger.find_source(connection, each) for each in sorted(used)]
    return {each.id: {"sha256": each.id, "name": each.name, "url": each.url,
                      "fetched_at": each.fetched_at.date().isoformat()}
            for each in known if each}  # fmt: skip


def _reads(workspace: Workspace, ids: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield the reads of any of the ids that the audit log knows of."""
    folder = workspace.root / "log"
    for line in AuditLog(folder).lines() if folder.is_dir() else ():
        if b'"action":"read"' in line:
            entry = entry_of(line)
            read = entry.detail.get("ids")
            if isinstance(read, list) and not set(ids).isdisjoint(read):
                yield {"at": entry.at, "by": entry.by, "kind": entry.thing,
                       "purpose": entry.detail.get("purpose", "")}  # fmt: skip


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with what a person can read, and nothing of how it is handled."""
    hidden = {"id", "handling", "handling_id", "told", "why", "first_seen", "last_seen"}
    shown = {name: value for name, value in row.items() if name not in hidden and value}
    since = {"since": row["first_seen"].date().isoformat()} if row.get("first_seen") else {}
    plain: dict[str, Any] = json.loads(json.dumps(shown | since, default=str))
    return plain
