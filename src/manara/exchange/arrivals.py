"""The facts and leads of a package in this workspace, under the ids and datasets they get here."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from manara.exchange.events import TellingEvent, event_of
from manara.exchange.node import Node
from manara.exchange.package import FORMAT, Package, Telling, TellingLead, Told
from manara.exchange.selection import PARTNER_LEADS, Held
from manara.model import (
    Dataset,
    Finding,
    Handling,
    Lead,
    Recipe,
    Reject,
    Severity,
    Source,
    Stated,
    StatedEvent,
    Step,
    UsageError,
    event,
    fact_id,
    vocabulary,
)
from manara.pipeline.clean import clean
from manara.store import EditionWriter, put_leads

#: Version of this reader; a changed one reads packages anew.
VERSION = "1"


class Item(NamedTuple):
    """A fact or event of a package as it is taken in.

    Attributes:
        dataset: the dataset it will be in.
        stated: what it states here.
        rule: the rule it comes under.
        hash: what leads of the package call it by.
        nth: of an event, how many equal in all values came before it.
    """

    dataset: str
    stated: Stated | StatedEvent
    rule: Handling
    hash: str
    nth: int = 0


def stated_here(told: Telling, origin: str, here: str, locator: str) -> Stated:
    """Return a fact of an origin with the ids that this node gives that node's entities."""
    schema = vocabulary().get(told.schema)
    prop = schema.get(told.prop) if schema else None
    is_link = prop is not None and prop.type.name == "entity"
    value = name_here(origin, told.value, here) if is_link else told.value
    entity = name_here(origin, told.entity, here)
    return Stated(entity, told.schema, told.prop, value, locator, told.lang, told.original)


def item_of(
    told: Told, origin: str, sender: str, here: str, rule: Handling, locator: str, hash_: str
) -> Item:
    """Return a fact or event of an origin as it is taken in from a sender under a rule."""
    if isinstance(told, TellingEvent):
        names = {party: name_here(origin, party, here) for party in told.parties}
        happened = event_of(told, names, locator)
        return Item(dataset_name(sender, rule), happened, rule, hash_, told.nth)
    stated = stated_here(told, origin, here, locator)
    return Item(dataset_name(sender, rule), stated, rule, hash_)


def name_here(origin: str, entity_id: str, here: str) -> str:
    """Return what an entity of a node is called at this one: two nodes may use one id for two."""
    return entity_id if origin == here else f"{origin}:{entity_id}"


def dataset_name(sender: str, rule: Handling) -> str:
    """Return the dataset that a partner's facts under a rule are in."""
    # A dataset has one rule, so a partner's facts are in as many as there are rules.
    return f"from_{re.sub('[^a-z0-9]', '_', sender)}_{rule.id[:8]}"


def put_facts(
    node: Node, package: Package, source: Source, items: list[Item], by: str
) -> tuple[int, list[Held]]:
    """Take facts in; return how many are new, and those that are not well formed."""
    by_dataset: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_dataset[item.dataset].append(item)
    added, spoilt = 0, []
    partner = node.partners.get(package.sender)
    for name, group in by_dataset.items():
        rule = group[0].rule
        title = f"From {partner.card.name}, {rule.label}"
        dataset = Dataset(name, title, partner.card.name, handling=rule, additive=True)
        with EditionWriter(
            node.workspace,
            dataset,
            source,
            format=FORMAT,
            parser_version=VERSION,
            published=package.made.date().isoformat(),
            by=by,
        ) as edition:
            for item in group:
                edition.records += 1
                if refused := _put(edition, item):
                    edition.reject(refused)
                    spoilt.append(Held(item.hash, _what(item), refused.rule, refused.reason))
            done = edition.commit()
            added += done.added + done.events
    return added, spoilt


def _put(edition: EditionWriter, item: Item) -> Reject | None:
    """Take a fact or event in; return why it is not well formed, if so."""
    said = item.stated
    if isinstance(said, StatedEvent):
        try:
            edition.add_event(said, item.nth)
        except UsageError as error:
            return Reject(said.locator, "event", error.message, _what(item)[:200])
        return None
    cleaned = clean(said)
    if isinstance(cleaned, Reject):
        return cleaned
    edition.add(said.entity_id, said.schema, said.prop, *cleaned, said.lang, said.locator)
    return None


def _what(item: Item) -> str:
    said = item.stated
    if isinstance(said, StatedEvent):
        return f"{said.table} {said.values.get('time', '')}"
    return f"{said.entity_id} {said.prop} = {said.value}"


def put_leads_of(
    node: Node, package: Package, items: list[Item], leads: list[TellingLead], by: str
) -> list[Held]:
    """Take leads in, each resting on the facts that came with it; return those without any."""
    here = {each: item for item in items if (each := local_id(item))}
    ids = {item.hash: fact for fact, item in here.items()}
    now, made, bare = datetime.now(UTC), list[Lead](), list[Held]()
    settings = msgspec.json.encode({"package": package.id}).decode()
    for told in leads:
        evidence = {each: ids[each] for each in told.evidence if each in ids}
        if not evidence:
            reason = "Nothing that it rests on could be taken in."
            bare.append(Held(told.id, told.title, "evidence", reason))
            continue
        finding = Finding(
            f"{PARTNER_LEADS}{package.sender}.{told.kind}",
            tuple(name_here(origin, entity, node.id) for origin, entity in told.subjects),
            told.score,
            Severity(told.severity),
            told.title,
            tuple(
                Step(at, step.text, tuple(evidence[e] for e in step.evidence if e in evidence))
                for at, step in enumerate(told.steps, 1)
            ),
            tuple(evidence.values()),
        )
        shown = [here[each] for each in evidence.values()]
        rule = Handling.join_all(
            [Handling.from_dict(told.handling), *(item.rule for item in shown)]
        )
        datasets = tuple(sorted({item.dataset for item in shown}))
        recipe = Recipe("exchange", VERSION, settings, now, ())
        made.append(Lead(finding, datasets, rule, recipe, now, now))
    if made:
        put_leads(node.workspace, "exchange", made, by=by)
    return bare


def local_id(item: Item) -> str:
    """Return the id that a fact or event gets here, ``""`` if it is not well formed."""
    said = item.stated
    if isinstance(said, StatedEvent):
        try:
            made = event(*said, dataset=item.dataset, handling_id=item.rule.id, nth=item.nth)
        except UsageError:
            return ""
        return made.id
    cleaned = clean(said)
    if isinstance(cleaned, Reject):
        return ""
    key = (item.dataset, said.entity_id, said.schema, said.prop, *cleaned, said.lang)
    return fact_id(*key, item.rule.id)
