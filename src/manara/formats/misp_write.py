"""Entities as MISP events: one event for each handling rule, so that no rule is loosened."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from manara.formats.misp import OWN
from manara.formats.misp_markings import RULE
from manara.formats.misp_parts import Template, templates
from manara.model import EXISTS, Entity, Fact, Handling, Tlp, vocabulary

#: The namespace of the uuids, made of ids, that this project gives.
_SPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "manara.misp")

_CATEGORIES = {
    "bank-account-nr": "Financial fraud",
    "iban": "Financial fraud",
    "bic": "Financial fraud",
    "email-src": "Payload delivery",
    "link": "External analysis",
    "text": "Other",
    "datetime": "Other",
}


def write_misp(
    entities: Iterable[tuple[str, list[Fact]]],
    rules: Mapping[str, Handling],
    *,
    publisher: str,
    made: datetime,
) -> Iterator[bytes]:
    """Yield a JSON document of events that `misp.read` takes in without loss.

    Every event has the TLP level of its rule as a tag, the narrowest distribution that MISP has
    where the rule says more than a level, and the whole rule as an attribute.

    Args:
        entities: ids with their facts.
        rules: handling rules by id.
        publisher: name of the organisation whose node this is.
        made: time of the export, UTC.
    """
    parts: dict[str, list[bytes]] = {}
    for entity_id, facts in entities:
        for rule_id in dict.fromkeys(fact.handling_id for fact in facts):
            under = [fact for fact in facts if fact.handling_id == rule_id]
            one = msgspec.json.encode(_object(entity_id, rule_id, under))
            parts.setdefault(rule_id, []).append(one)
    yield b'{"response": ['
    for number, (rule_id, objects) in enumerate(sorted(parts.items())):
        head = msgspec.json.encode(_event(rules[rule_id], rule_id, publisher, made))
        yield b", " * bool(number) + b'{"Event": ' + head[:-1] + b', "Object": ['
        yield b",\n".join(objects)
        yield b"]}}"
    yield b"]}\n"


def _event(rule: Handling, rule_id: str, publisher: str, made: datetime) -> dict[str, Any]:
    stamp = made.astimezone(UTC)
    return {
        "uuid": _uuid(rule_id, stamp.isoformat()),
        "info": f"From {publisher}: {rule.label}",
        "date": stamp.date().isoformat(),
        "timestamp": str(int(stamp.timestamp())),
        "threat_level_id": "4",
        "analysis": "2",
        "published": False,
        "distribution": _distribution(rule),
        "Orgc": {"name": publisher, "uuid": _uuid("organisation", publisher)},
        "Tag": [{"name": rule.tlp.label.lower()}],
        "Attribute": [
            {
                "uuid": _uuid("rule", rule_id),
                "type": "other",
                "category": "Other",
                "comment": RULE,
                "value": msgspec.json.encode(rule.to_dict()).decode(),
                "disable_correlation": True,
                "distribution": "5",
            }
        ],
    }


def _distribution(rule: Handling) -> str:
    """Return the widest distribution that permits nothing the rule does not permit."""
    if rule != Handling.of(rule.tlp):
        return "0"
    return {Tlp.CLEAR: "3", Tlp.GREEN: "1"}.get(rule.tlp, "0")


def _object(entity_id: str, rule_id: str, facts: list[Fact]) -> dict[str, Any]:
    schema = Entity.from_facts(facts, entity_id).schema
    name, template = _template(schema)
    values = [(f"{OWN}id", entity_id), (f"{OWN}schema", schema)]
    values += [(f"{OWN}{fact.prop}", fact.value) for fact in facts if fact.prop != EXISTS]
    named = {f"{OWN}{prop}": relation for relation, (prop, _) in _first(name).items()}
    return {
        "uuid": _uuid(entity_id, rule_id),
        "name": name,
        "meta-category": template.category if template else "misc",
        "template_uuid": template.uuid if template else _uuid("template", schema),
        "template_version": template.version if template else "1",
        "distribution": "5",
        "Attribute": [
            _attribute(named.get(relation, relation), value, name, f"{entity_id}{rule_id}")
            for relation, value in dict.fromkeys(values)
        ],
    }


def _attribute(relation: str, value: str, name: str, key: str) -> dict[str, Any]:
    known = templates()[name].relations if name in templates() else {}
    kind = known[relation][1] if relation in known else "text"
    return {
        "uuid": _uuid(key, relation, value),
        "object_relation": relation,
        "type": kind,
        "category": _CATEGORIES.get(kind, "Person"),
        "value": value,
        "disable_correlation": relation in (f"{OWN}schema", f"{OWN}id"),
        "distribution": "5",
    }


@cache
def _template(schema: str) -> tuple[str, Template | None]:
    """Return the template of a schema or of the nearest one above it, else one of our own."""
    for name, template in templates().items():
        if template.schema == schema:
            return name, template
    for name, template in templates().items():
        if name != "interpol-notice" and vocabulary()[schema].is_a(template.schema):
            return name, template
    return f"ftm-{schema}", None


@cache
def _first(name: str) -> dict[str, tuple[str, str]]:
    """Return the first relation of each property of a template."""
    found: dict[str, tuple[str, str]] = {}
    if name in templates():
        for relation, (prop, kind) in reversed(templates()[name].relations.items()):
            found = {each: one for each, one in found.items() if one[0] != prop}
            found[relation] = (prop, kind)
    return found


def _uuid(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "\x1f".join(parts)))
