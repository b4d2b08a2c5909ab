"""Retention: what falls due by which rule, and what two people decide about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, func, insert, select, update

from manara.casework.case import case_of
from manara.casework.cases import Cases
from manara.casework.entries import journals
from manara.casework.erasure import about, erase_case, erase_now, unfinished_cases
from manara.casework.journal import Journal
from manara.model import EVENT_TABLES, NotFoundError, UsageError
from manara.store import Erased, Wanted, Workspace, ledger, tables
from manara.store.lake import read_table

#: Days ahead that `due` looks unless told otherwise.
AHEAD = 30


class Due(NamedTuple):
    """Something that falls due.

    Attributes:
        item: what it is called, such as ``rule:list:9f86d081``.
        what: it in words.
        rule: why it falls due.
        last_day: the last day on which it might be used; None if that is past whatever the day.
        due: whether it is to be decided about now.
        rows: facts and events that are still stored.
        prolonged: until when it is kept, ``""`` if nobody prolonged it.
        reason: why it is kept.
        request: number of the request for erasure that waits; 0 for none.
    """

    item: str
    what: str
    rule: str
    last_day: date | None
    due: bool
    rows: int
    prolonged: str
    reason: str
    request: int


class Review(NamedTuple):
    """A request for erasure.

    Attributes:
        number: of the request.
        at: when it was asked, UTC.
        item: what is to be erased; only its kind once that is done.
        by: who asked.
        reason: why.
        outcome: ``ask`` while it waits, ``erase`` or ``refuse`` afterwards.
        second: who confirmed or refused it.
    """

    number: int
    at: datetime
    item: str
    by: str
    reason: str
    outcome: str
    second: str


class Retention:
    """The review queue of a workspace.

    Args:
        workspace: the workspace.
        journal: the audit log that is told; opened if not given.
    """

    def __init__(self, workspace: Workspace, journal: Journal | None = None) -> None:
        self.workspace = workspace
        self.journal = journal or Journal(workspace)

    def due(self, on: date | None = None, ahead: int = AHEAD) -> list[Due]:
        """Return what falls due until some days from a day, the most urgent first.

        Args:
            on: the day, UTC; None for today.
            ahead: days.
        """
        on = on or datetime.now(UTC).date()
        found = [*self._by_rule(), *self._withdrawn(), *self._recalled(), *self._cases()]
        kept, asked = self._prolonged(), {one.item: one.number for one in self.waiting()}
        known = []
        for one in found:
            until, reason = kept.get(one.item, ("", ""))
            over = one.last_day is None or one.last_day < on
            due = over and not until >= on.isoformat()
            known.append(one._replace(due=due, prolonged=until, reason=reason,
                                      request=asked.get(one.item, 0)))  # fmt: skip
        horizon = on + timedelta(days=ahead)
        near = [one for one in known if one.last_day is None or one.last_day <= horizon]
        return sorted(near, key=lambda one: (not one.due, one.last_day or date.min, one.item))

    def prolong(self, item: str, until: date, reason: str, *, by: str) -> None:
        """Keep something longer, with a reason. What its rule hides stays hidden.

        Raises:
            NotFoundError: nothing of this name falls due.
            UsageError: the day is past, or no reason is given.
        """
        self._known(item)
        if until <= datetime.now(UTC).date():
            raise UsageError("is past", where=until.isoformat())
        self._put(item, "prolong", by, "", _reason(reason), until.isoformat())

    def ask(self, item: str, reason: str, *, by: str) -> int:
        """Ask for erasure, and return the number that a second account confirms.

        Args:
            item: of `due`, or ``entity:`` with the id of an entity.
            reason: why; without personal data, because it stays.
            by: the account.

        Raises:
            NotFoundError: there is no such item or entity.
            UsageError: it is a case, or it waits already.
        """
        if item.startswith("case:"):
            raise UsageError("is a case", where=item, remedy="`manara case erase` asks for it")
        if item.startswith("entity:"):
            about(self.workspace.view(), item.removeprefix("entity:"))
        else:
            self._known(item)
        if any(one.item == item for one in self.waiting()):
            raise UsageError("waits for a second account already", where=item)
        return self._put(item, "ask", by, "", _reason(reason), "")

    def confirm(self, number: int, *, by: str, purpose: str = "data-protection") -> Erased:
        """Erase what another account asked for, and return what is left of it: numbers.

        Raises:
            NotFoundError: nothing of this number waits.
            UsageError: it is the account that asked, or a case rests on it.
        """
        asked = self._waiting(number)
        kind = asked.item.partition(":")[0]
        wanted = Wanted()
        # What a confirmation that was cut short has erased is not there any more.
        with suppress(NotFoundError):
            wanted = self.wanted(asked.item)
        done = erase_now(
            self.workspace, wanted, kind=kind, rule=_rule(asked.item),
            reason=asked.reason, by=asked.by, second=by, purpose=purpose,
        )  # fmt: skip
        self._answer(asked, "erase", by)
        return done

    def refuse(self, number: int, *, by: str) -> None:
        """Refuse a request for erasure.

        Raises:
            NotFoundError: nothing of this number waits.
        """
        self._answer(self._waiting(number), "refuse", by)

    def waiting(self) -> list[Review]:
        """Return the requests for erasure that wait."""
        columns = tables.reviews.c
        query = select(tables.reviews).where(columns.outcome == "ask").order_by(columns.id)
        with self.journal.reading() as connection:
            return [_review(row) for row in connection.execute(query)]

    def finish(self) -> None:
        """Do the erasures of cases that were confirmed and cut short."""
        for case_id in unfinished_cases(self.workspace):
            for entries in journals(self.workspace):
                case = case_of(entries)
                if case.id == case_id:
                    erase_case(Cases(self.workspace, case.opened_by, journal=self.journal), case_id)

    def wanted(self, item: str) -> Wanted:
        """Return what an item stands for.

        Raises:
            NotFoundError: there is no such item.
        """
        kind, _, rest = item.partition(":")
        if kind == "rule":
            dataset, _, handling = rest.rpartition(":")
            return Wanted(groups=[(dataset, handling)])
        if kind == "withdrawn":
            return Wanted(groups=[(rest, "")])
        if kind == "recalled":
            return Wanted(facts=self._recalled_ids())
        if kind == "entity":
            return Wanted(entities=about(self.workspace.view(), rest))
        raise NotFoundError("no such item", where=item, remedy="`manara retention` lists them")

    # What falls due

    def _by_rule(self) -> Iterator[Due]:
        with self.workspace.registry.reading() as connection:
            rules = ledger.all_handlings(connection)
        for (dataset, handling_id), rows in sorted(self._stored().items()):
            rule = rules.get(handling_id)
            if rule and rule.retain_until:
                item = f"rule:{dataset}:{handling_id}"
                yield _due(item, dataset, rule.label, rule.retain_until, rows)

    def _withdrawn(self) -> Iterator[Due]:
        stored = self._stored()
        with self.workspace.registry.reading() as connection:
            rows = [row for row in ledger.all_datasets(connection) if row.withdrawn_at]
        for row in rows:
            count = sum(each for (name, _), each in stored.items() if name == row.name)
            if count:
                rule = f"withdrawn {row.withdrawn_at:%Y-%m-%d}: {row.reason}"
                yield _due(f"withdrawn:{row.name}", row.name, rule, None, count)

    def _recalled(self) -> Iterator[Due]:
        count = len(self._recalled_ids())
        if count:
            yield _due("recalled", "facts that were recalled", "recalled by who stated them",
                       None, count)  # fmt: skip

    def _recalled_ids(self) -> list[str]:
        view = self.workspace.view()
        gone = view.sql(
            "SELECT DISTINCT r.fact_id FROM retractions AS r WHERE r.retracted_at <= r.first_seen"
        )
        ids = set(gone.column(0).to_pylist())
        return sorted(ids - view.evidence(ids).keys())

    def _cases(self) -> Iterator[Due]:
        for entries in journals(self.workspace):
            case = case_of(entries)
            if case.status != "erased" and case.own.retain_until:
                rule = f"the case was opened under {case.own.label}"
                # Not its title: who may see a sealed case is another question.
                yield _due(f"case:{case.id}", f"{case.status} case", rule, case.own.retain_until,
                           case.entries)  # fmt: skip

    def _stored(self) -> dict[tuple[str, str], int]:
        """Return how many facts and events are stored of each dataset and rule, hidden ones too."""
        with self.workspace.registry.reading() as connection:
            segments = ledger.live_segments(connection)
        held = {segment.table for segment in segments} & {"facts", *EVENT_TABLES}
        found: dict[tuple[str, str], int] = {}
        with closing(self.workspace.engine.session()) as session:
            for table in sorted(held):
                read_table(session, f"{table}_rows", self.workspace.lake, segments, table)
                rows = session.fetch(
                    f"SELECT r.dataset, r.handling_id, count(*) AS n FROM {table}_rows AS r "  # noqa: S608
                    "GROUP BY r.dataset, r.handling_id"
                )
                for row in rows.to_pylist():
                    key = (row["dataset"], row["handling_id"])
                    found[key] = found.get(key, 0) + row["n"]
        return found

    # How it is written down

    def _known(self, item: str) -> None:
        every = self.due(ahead=366 * 100)
        if item not in {one.item for one in every}:
            raise NotFoundError("nothing of this name falls due", where=item,
                                remedy="`manara retention` lists what does")  # fmt: skip

    def _waiting(self, number: int) -> Review:
        asked = next((one for one in self.waiting() if one.number == number), None)
        if not asked:
            raise NotFoundError("no request of this number waits", where=str(number))
        return asked

    def _prolonged(self) -> dict[str, tuple[str, str]]:
        columns = tables.reviews.c
        query = select(tables.reviews).where(columns.outcome == "prolong").order_by(columns.id)
        with self.journal.reading() as connection:
            return {row.item: (row.until, row.reason) for row in connection.execute(query)}

    def _put(self, item: str, outcome: str, by: str, second: str, reason: str, until: str) -> int:
        with self.journal.writing() as (connection, note):
            values = {"item": item, "outcome": outcome, "by": by, "second": second,
                      "reason": reason, "until": until, "at": datetime.now(UTC)}  # fmt: skip
            connection.execute(insert(tables.reviews).values(values))
            number = int(connection.scalar(select(func.max(tables.reviews.c.id))) or 0)
            note(by, f"retention.{outcome}", _public(item), request=number, reason=reason,
                 until=until)  # fmt: skip
        return number

    def _answer(self, asked: Review, outcome: str, by: str) -> None:
        with self.journal.writing() as (connection, note):
            one = update(tables.reviews).where(tables.reviews.c.id == asked.number)
            item = _public(asked.item)
            connection.execute(one.values(outcome=outcome, second=by, item=item))
            note(by, f"retention.{outcome}", item, request=asked.number, asked_by=asked.by)


def _due(item: str, what: str, rule: str, last_day: date | None, rows: int) -> Due:
    return Due(item, what, rule, last_day, False, rows, "", "", 0)


def _public(item: str) -> str:
    """Return an item without what would name a person."""
    return "entity" if item.startswith("entity:") else item


def _rule(item: str) -> str:
    return {"rule": "retention", "withdrawn": "withdrawal", "recalled": "recall",
            "entity": "right to erasure"}[item.partition(":")[0]]  # fmt: skip


def _review(row: Row[Any]) -> Review:
    return Review(row.id, row.at, row.item, row.by, row.reason, row.outcome, row.second)


def _reason(text: str) -> str:
    if not text.strip():
        raise UsageError("no reason", where="retention", remedy="say why, without personal data")
    return text.strip()
