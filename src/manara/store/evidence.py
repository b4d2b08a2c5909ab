"""Leads as they stand, and the facts and events that show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from manara.model import EVENT_TABLES, Decision, Lead, NotFoundError
from manara.model.lead import state_of
from manara.store import sql
from manara.store.decisions import decisions_after
from manara.store.leads import lead_of
from manara.store.overview import Overview
from manara.store.snapshot import ENDS


class Evidence(Overview):
    """What detectors found, as of a moment, and what it rests on."""

    def leads(self, kind: str = "", *, ended: bool = False) -> Iterator[Lead]:
        """Yield the leads, the gravest and most probable first.

        Leads with evidence of a withdrawn dataset or that was recalled, and those that had to be
        deleted by their handling rule, are left out.

        Args:
            kind: only of this kind, or of the kinds that begin with it and a point.
            ended: also those that the last run of their detector no longer found.
        """
        recalled = self._recalled()
        for row in self.sql(sql.LEADS).to_pylist():
            asked = not kind or row["kind"] == kind or row["kind"].startswith(f"{kind}.")
            gone = self._withdrawn.intersection(row["datasets"])
            if asked and not gone and recalled.isdisjoint(row["evidence"]):
                lead = lead_of(row, self._rules)
                if lead.standing or ended:
                    yield lead

    def lead(self, lead_id: str) -> Lead:
        """Return a lead by its id, or by the first characters of it.

        Raises:
            NotFoundError: no lead, or more than one, has this id.
        """
        found = [
            lead
            for lead in self.leads(ended=True)
            if lead.id.startswith(lead_id) or lead.id.startswith(f"lead-{lead_id}")
        ]
        if len(found) != 1:
            raise NotFoundError(
                "several leads begin so" if found else "no such lead",
                where=lead_id,
                remedy="`manara leads` lists them",
            )
        return found[0]

    def decisions(self) -> dict[str, Decision]:
        """Return by lead what a person last decided about it, as of the moment."""
        last, known = self._kept.decided if self._kept else (0, {})
        with self._registry.reading() as connection:
            number, fresh = decisions_after(connection, "lead", last, self.as_of)
        if not fresh:
            return known
        if self._kept:
            self._kept.decided = number, {**known, **fresh}
        return {**known, **fresh}

    def suppressed(self) -> dict[str, Decision]:
        """Return by lead the dismissal for which it is not shown: nothing in it is new since then.

        That is one of the lead itself, or of another of its kind that rested on all that it rests
        on. A lead that was decided otherwise since is not among them.
        """
        decided = self.decisions()
        dismissed = {one: each for one, each in decided.items() if each.outcome == "dismissed"}
        if not dismissed:
            return {}
        then: dict[str, list[tuple[Decision, set[str]]]] = defaultdict(list)
        newest: dict[str, tuple[str, list[str]]] = {}
        for row in self.sql(sql.LEAD_STATES).to_pylist():
            newest[row["id"]] = (row["kind"], row["evidence"])
            decision = dismissed.get(row["id"])
            if decision and decision.state == state_of(row["evidence"]):
                then[row["kind"]].append((decision, set(row["evidence"])))
        found: dict[str, Decision] = {}
        for lead_id, (kind, evidence) in newest.items():
            if lead_id in decided and lead_id not in dismissed:
                continue
            for decision, seen in then[kind]:
                if seen.issuperset(evidence):
                    found[lead_id] = decision
        return found

    def evidence(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the facts and events of these ids as dicts by id; ``table`` says of which table.

        What may no longer be seen, or is stated no longer as of the moment, is left out.
        """
        wanted = sorted(set(ids))
        if self._kept is None:
            return self._read_evidence(wanted)
        known = self._kept.evidence.of(
            wanted, lambda missing: dict.fromkeys(missing) | self._read_evidence(missing)
        )
        return {one: dict(row) for one, row in known.items() if row is not None}

    def _read_evidence(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        wanted = pa.table({"id": pa.array(ids, pa.string())})
        found: dict[str, dict[str, Any]] = {}
        stored = {segment.table for segment in self._segments}
        for table in ("facts", *sorted(stored & EVENT_TABLES.keys())):
            if held := self._held(table):
                found |= {row["id"]: {"table": table} | row for row in held.rows(ids)}
                continue
            query = sql.EVIDENCE.replace("any_table", table)
            with self._session(query) as session:
                session.read("wanted", wanted)
                for row in session.fetch(query).to_pylist():
                    found[row["id"]] = {"table": table} | row
        return found

    def events(self, table: str, entity_ids: list[str], most: int) -> list[dict[str, Any]]:
        """Return the events of a table with any of these entities, the latest first.

        Args:
            table: an event table.
            entity_ids: of records, not of clusters.
            most: at most so many.
        """
        if not entity_ids or not ENDS[table]:
            return []
        if held := self._held(table):
            batches = [held.of(one) for one in entity_ids]
            latest = [("time", "descending"), ("id", "ascending")]
            rows = pa.Table.from_batches(batches).sort_by(latest)
            first: dict[str, dict[str, Any]] = {}
            for row in rows.slice(0, most * len(entity_ids)).to_pylist():
                first.setdefault(row["id"], row)
            return list(first.values())[:most]
        marks = ", ".join("?" * len(entity_ids))
        either = " OR ".join(f"{name} IN ({marks})" for name in ENDS[table])
        query = f'SELECT * FROM {table} WHERE {either} ORDER BY "time" DESC, id LIMIT ?'  # noqa: S608
        params = [*entity_ids * len(ENDS[table]), most]
        found: list[dict[str, Any]] = self.sql(query, params).to_pylist()
        return found

    def _recalled(self) -> set[str]:
        """Return the ids of facts that were recalled and are not stated anew."""
        if not self._recalls:
            return set()
        gone = set(self.sql(sql.RECALLED).column(0).to_pylist())
        return gone - self.evidence(gone).keys()
