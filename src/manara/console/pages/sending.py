"""What is chosen to be sent and what of it may be seen, as lines of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from manara.casework import Case
from manara.console.pages.sight import Sight
from manara.exchange import Node, Request, Selection, preview
from manara.model import Lead, NotFoundError, UsageError


class Chosen(NamedTuple):
    """What somebody wants to send.

    Attributes:
        entities: ids of entities.
        leads: ids of leads.
        facts: ids of single facts and events.
        named: what each of them is called.
    """

    entities: list[str]
    leads: list[str]
    facts: list[str]
    named: list[str]


class Line(NamedTuple):
    """Something that goes or stays.

    Attributes:
        id: of the fact, event or lead.
        kind: ``fact``, ``lead``, or the table of an event.
        entity: canonical id of the entity that a fact is about, or ``""``.
        caption: what to call that, or the lead.
        schema: of a fact.
        prop: of a fact.
        value: of a fact.
        row: the event.
        rule: the rule it travels under, or that holds it back.
        reason: why it is held back.
    """

    id: str
    kind: str
    entity: str
    caption: str
    schema: str
    prop: str
    value: str
    row: Mapping[str, Any]
    rule: str
    reason: str = ""

    @classmethod
    def of(cls, sight: Sight, row: Mapping[str, Any], rule: str, reason: str = "") -> Line:
        """Return a fact or event that may be seen as a line."""
        if row["table"] != "facts":
            return cls(row["id"], row["table"], "", "", "", "", "", row, rule, reason)
        entity = sight.canonical(row["entity_id"])
        said = (row["schema"], row["prop"], row["value"])
        return cls(row["id"], "fact", entity, row["entity_id"], *said, row, rule, reason)

    @classmethod
    def of_lead(cls, lead: Lead, rule: str, reason: str = "") -> Line:
        """Return a lead as a line."""
        return cls(lead.id, "lead", "", lead.finding.title, "", "", "", {}, rule, reason)


def chosen_of(
    sight: Sight, entities: Iterable[str], leads: Iterable[str], case: Case | None
) -> Chosen:
    """Return what is meant, all of which may be seen; a case stands for all that is in it.

    Raises:
        NotFoundError: something may not be seen, or is not there.
    """
    ids, found = list(entities), [sight.lead(one) for one in leads]
    named, facts = [lead.finding.title for lead in found], list[str]()
    if case:
        held = {(one.values["kind"], str(one.values.get("ref"))) for one in case.evidence}
        ids += [str(one.values["entity"]) for one in case.people if one.values.get("entity")]
        facts += sorted(ref for kind, ref in held if kind in ("fact", "event"))
        seen = {lead.id: lead for lead in sight.leads()}
        found += [seen[ref] for kind, ref in sorted(held) if kind == "lead" and ref in seen]
        named.insert(0, case.title)
    canonical = list(dict.fromkeys(map(sight.canonical, ids)))
    captions = sight.captions(canonical)
    if missing := [one for one in canonical if one not in captions]:
        raise NotFoundError("no such entity", where=missing[0][:100])
    return Chosen(canonical, [lead.id for lead in found], facts, [*named, *captions.values()])


def narrowed(sight: Sight, wanted: Request) -> tuple[Request, Selection]:
    """Return a request without what may not be seen here, and what of it would go.

    Raises:
        ExchangeError: the purpose was not agreed with the partner.
        NotFoundError: there is no such partner.
        UsageError: nothing of it may be seen.
    """
    whole = preview(Node(sight.workspace), wanted)
    seen = sight.evidence(_ids(whole)).keys()
    may = {lead.id for lead in sight.leads()}
    shown = [
        lead.id
        for lead in (sight.view.lead(each) for each in wanted.leads)
        if lead.id in may
        and sight.evidence(lead.finding.evidence).keys()
        == sight.view.evidence(lead.finding.evidence).keys()
    ]
    facts = sorted(seen)
    if not (facts or shown):
        raise UsageError("nothing to send", where=wanted.to)
    wanted = replace(wanted, entities=[], linked=False, facts=facts, leads=shown)
    return wanted, preview(Node(sight.workspace), wanted)


def unseen(sight: Sight, selection: Selection) -> bool:
    """Return whether something that would go may not be seen here."""
    going = {one.id for one, _ in selection.told}
    may = {lead.id for lead in sight.leads()}
    return not (
        going <= sight.evidence(going).keys() and {lead.id for lead, _ in selection.leads} <= may
    )


def lines(sight: Sight, selection: Selection) -> tuple[list[Line], list[Line]]:
    """Return what goes and what stays, as far as it may be seen."""
    known = sight.evidence(_ids(selection))
    leads = {lead.id: lead for lead in sight.leads()}
    goes = [
        Line.of(sight, known[one.id], rule.label) for one, rule in selection.told if one.id in known
    ]
    goes += [Line.of_lead(lead, rule.label) for lead, rule in selection.leads]
    held = [
        Line.of(sight, known[one.id], one.rule, one.reason)
        for one in selection.held
        if one.id in known
    ]
    held += [
        Line.of_lead(leads[one.id], one.rule, one.reason)
        for one in selection.held
        if one.id in leads
    ]
    captions = sight.captions({line.entity for line in (*goes, *held) if line.entity})
    return _called(goes, captions), _called(held, captions)


def called(sight: Sight, shown: list[Line]) -> list[Line]:
    """Return lines with what to call the entities in them, in the order of a page."""
    return _called(shown, sight.captions({line.entity for line in shown if line.entity}))


def _called(shown: list[Line], captions: Mapping[str, str]) -> list[Line]:
    called = [line._replace(caption=captions.get(line.entity, line.caption)) for line in shown]
    return sorted(called, key=lambda line: (line.kind != "lead", line.caption, line.prop))


def _ids(selection: Selection) -> set[str]:
    going = {one.id for one, _ in selection.told}
    return going | {one.id for one in selection.held}
