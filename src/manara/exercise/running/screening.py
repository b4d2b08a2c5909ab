"""Screening in an exercise: travellers, parties of payments and log lines against own lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

import msgspec

from manara.cyber import seen
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
    "WHERE source_id IN (SOURCES) ORDER BY party, record",
    "payments": "SELECT DISTINCT payer AS party, payer_account AS record FROM payments "
    "WHERE source_id IN (SOURCES) AND payer <> '' AND payer_account <> '' "
    "UNION SELECT payee, payee_account FROM payments "
    "WHERE source_id IN (SOURCES) AND payee <> '' AND payee_account <> '' "
    "ORDER BY party, record",
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


def screen(
    site: Site, files: Sequence[Filed], before: Sequence[Filed], nodes: Sequence[str], day: date
) -> list[Alert]:
    """Return the alerts about those who travel or pay, by files of today and of the days before.

    Asked are the lists of the state's own police and courts, as they stand today, at the threshold
    that `manara screen` has by itself. For those of the days before, as `manara rescreen` does,
    only what changed on the lists since they were last asked; so an alert may come again.

    Args:
        site: a node that took the files in.
        files: those that came today.
        before: those that came before.
        nodes: ids of all nodes.
        day: of the calendar.
    """
    since, site.screened = site.screened, datetime.now(UTC)
    if not site.lists:
        return []
    view, lists = site.workspace.view(site.screened), sorted(site.lists)
    facts = [
        ListedFact(one.entity_id, one.schema, one.prop, one.value, one.dataset)
        for one in view.facts(datasets=lists)
    ]
    linked = Linked(view.facts(datasets=lists, props=LINKED))
    index, records = Index.build(entries(facts, linked)), site.records(view, nodes)
    found = list(_screened(site, view, records, index, files, day))
    if since and before:
        changed = view.changed(since)
        anew = index.only(entries((one for one in facts if one.entity_id in changed), linked))
        found += _screened(site, view, records, anew, before, day)
    return found


def fresh(known: Sequence[Alert], found: Iterable[Alert]) -> list[Alert]:
    """Return the alerts of which none is known about the same two."""
    seen_ = {(one.what, one.asked, place) for one in known for place in one.listed}
    return [
        one
        for one in found
        if seen_.isdisjoint((one.what, one.asked, place) for place in one.listed)
    ]


class Sighted(msgspec.Struct, frozen=True):
    """A sign of an indicator that was seen.

    Attributes:
        indicator: its record.
        lines: the log lines that show it.
    """

    indicator: Place
    lines: list[Place]


def sighted(site: Site, nodes: Sequence[str]) -> list[Sighted]:
    """Return the signs of indicators that log lines of a node show.

    Args:
        site: the node.
        nodes: ids of all nodes.
    """
    view = site.workspace.view()
    records, found = site.records(view, nodes), seen(view)
    shown = view.evidence(line.id for one in found for line in one.lines)
    return [
        Sighted(records.of(one.indicator), [records.evidence(shown[line.id]) for line in one.lines])
        for one in found
    ]


def _screened(
    site: Site, view: View, records: Records, index: Index, files: Sequence[Filed], day: date
) -> Iterator[Alert]:
    """Yield the alerts about those whom files name."""
    paying = {one.file for one in files if one.format.startswith(_NAMING)}
    names = {"travellers": {one.file for one in files}, "payments": paying}
    for what, wanted in names.items():
        sources = [key for key, file in site.files.items() if file in wanted]
        yield from _alerts(view, records, index, what, sources, day)


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
