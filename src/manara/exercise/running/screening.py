"""Screening in an exercise: travellers and parties of payments against a state's own lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from manara.exercise.manifest import Filed
from manara.exercise.running.nodes import Site
from manara.exercise.running.record import Place, Records
from manara.identity import Index, NameEntry, Query
from manara.pipeline.listed import ListedFact, entries, listed
from manara.pipeline.particulars import LINKED, Linked
from manara.pipeline.screening import THRESHOLD
from manara.store import View

#: Hits of one query at most.
_HITS = 5
#: Formats whose payments name both sides.
_NAMING = ("iso20022", "goaml")

#: By what is screened: who is asked for, and the record that an alert is about.
_ASKED = {
    "travellers": "SELECT DISTINCT subject AS party, subject AS record FROM movements "
    "WHERE source_id IN (SOURCES)",
    "payments": "SELECT DISTINCT payer AS party, payer_account AS record FROM payments "
    "WHERE source_id IN (SOURCES) AND payer <> '' AND payer_account <> '' "
    "UNION SELECT payee, payee_account FROM payments "
    "WHERE source_id IN (SOURCES) AND payee <> '' AND payee_account <> ''",
}


class Alert(msgspec.Struct, frozen=True):
    """Somebody who travels or pays, and whom a list may mean.

    Attributes:
        what: ``travellers`` or ``payments``.
        day: of the calendar.
        asked: the record of the traveller, or of the party's account.
        listed: the records of whom the list names, all that are one with it.
        probability: that it is the same person.
    """

    what: str
    day: date
    asked: Place
    listed: list[Place]
    probability: float


def screen(site: Site, files: Sequence[Filed], day: date, nodes: Sequence[str]) -> list[Alert]:
    """Return the alerts about those who travel or pay by files that came today.

    Asked are the lists of the state's own police and courts, as they stand today, at the threshold
    that `manara screen` has by itself.

    Args:
        site: a node that took the files in.
        files: those that came today.
        day: of the calendar.
        nodes: ids of all nodes.
    """
    view = site.workspace.view()
    if not site.lists:
        return []
    index = _index(view, sorted(site.lists))
    records = site.records(view, nodes)
    paying = {one.file for one in files if one.format.startswith(_NAMING)}
    names = {"travellers": {one.file for one in files}, "payments": paying}
    found = []
    for what, wanted in names.items():
        sources = [key for key, file in site.files.items() if file in wanted]
        found += list(_alerts(view, records, index, what, sources, day))
    return found


def _index(view: View, lists: Sequence[str]) -> Index:
    facts = (
        ListedFact(one.entity_id, one.schema, one.prop, one.value, one.dataset)
        for one in view.facts(datasets=lists)
    )
    return Index.build(entries(facts, Linked(view.facts(datasets=lists, props=LINKED))))


def _alerts(
    view: View, records: Records, index: Index, what: str, sources: Sequence[str], day: date
) -> Iterator[Alert]:
    marks = ", ".join(f"'{source}'" for source in sorted(sources))
    rows = view.sql(_ASKED[what].replace("SOURCES", marks or "''")).to_pylist()
    known = {one.entity_id: one for one in reversed(list(listed(view, {r["party"] for r in rows})))}
    asked = [(row["record"], known[row["party"]]) for row in rows if row["party"] in known]
    asked = [(record, one) for record, one in asked if one.kind in ("person", "")]
    answers = index.search_many([_query(one) for _, one in asked], _HITS, threads=1)
    for (record, _), hits in zip(asked, answers, strict=True):
        best: dict[str, float] = {}
        for hit in hits:
            # Of entities that are one, only the most probable makes an alert.
            of = records.canonical(hit.entity_id)
            best[of] = max(best.get(of, 0.0), hit.probability)
        for entity, probability in best.items():
            if probability >= THRESHOLD:
                subject = records.subject(entity)
                yield Alert(what, day, records.of(record), subject, round(probability, 4))


def _query(one: NameEntry) -> Query:
    return Query(
        one.name,
        birth_date=one.birth_dates[0] if one.birth_dates else None,
        countries=one.countries,
        gender=one.genders[0] if one.genders else None,
        documents=one.documents,
        kind=one.kind,
        places=one.places,
    )
