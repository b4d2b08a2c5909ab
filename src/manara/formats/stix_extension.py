"""Our extension of STIX 2.1 (section 7.3): what facts, events, leads and handling rules look like.

The prose is in ``docs/reference/stix-extension.md``, the JSON Schema in `SCHEMA`.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import msgspec

from manara.model import Handling, Schema, Tlp

#: Id of the extension definition, and its version.
EXTENSION = "extension-definition--a3577269-2f67-4110-963c-8fddc453ce9c"
VERSION = "1.0.0"

#: The JSON Schema of what stands under `EXTENSION` in the extensions of an object.
SCHEMA = Path(__file__).with_name("stix-extension.schema.json")

#: What the types of our own objects begin with.
PREFIX = "manara-"

#: Names of our own objects are UUIDs (version 5) in it.
NAMESPACE = UUID("f97665fb-0108-4501-a696-6234d9489ab8")

#: Namespace of the ids of cyber-observable objects (STIX 2.1, section 2.9).
_OBSERVABLES = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")

#: The extension under which definitions of TLP 2.0 state their level (OASIS, 2022).
TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

#: The marking definitions that OASIS fixed for TLP 2.0.
TLP_MARKINGS = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

_FIXED = "2026-11-22T00:00:00.000Z"
_AUTHOR = "identity--1e5bd8c1-6036-47d4-9b95-817aa8a9be3f"
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class ExtendedFact(msgspec.Struct, omit_defaults=True):
    """A fact as the extension writes it; ``value_ref`` instead of ``value`` names an object."""

    prop: str
    value: str = ""
    value_ref: str = ""
    schema: str = ""
    lang: str = ""
    original: str = ""
    dataset: str = ""


class ExtendedEvent(msgspec.Struct, omit_defaults=True):
    """A row of an event table; a column that names an entity ends in ``_ref`` or ``_refs``."""

    table: str
    values: dict[str, Any]
    dataset: str = ""


class Extended(msgspec.Struct, omit_defaults=True):
    """What stands under `EXTENSION`; ``derived`` marks what another object says already."""

    extension_type: str
    schema: str = ""
    facts: list[ExtendedFact] = []
    known_as: list[str] = []
    event: ExtendedEvent | None = None
    lead: dict[str, Any] | None = None
    handling: dict[str, Any] | None = None
    derived: bool = False


def object_type(schema: Schema) -> str:
    """Return the type of object that an entity which STIX has no type for becomes."""
    return PREFIX + _WORD.sub("-", schema.name).lower()


def named(namespace: UUID, kind: str, name: str) -> str:
    """Return the id of an object by its name, the same for the same name."""
    return f"{kind}--{uuid5(namespace, name)}"


def observable_id(kind: str, contributing: dict[str, Any]) -> str:
    """Return the id of a cyber-observable object by the properties that make it (section 2.9)."""
    text = json.dumps(contributing, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{kind}--{uuid5(_OBSERVABLES, text)}"


def timestamp(moment: datetime) -> str:
    """Return a moment as STIX writes it, to the millisecond; finer parts are cut off."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def definition() -> list[dict[str, Any]]:
    """Return the extension definition and the identity that made it."""
    fixed = {"spec_version": "2.1", "created": _FIXED, "modified": _FIXED}
    author = {
        **{"type": "identity", "id": _AUTHOR, "name": "Manara", **fixed},
        "identity_class": "organization",
        "extensions": {EXTENSION: {"extension_type": "property-extension", "derived": True}},
    }
    described = {
        **{"type": "extension-definition", "id": EXTENSION, **fixed, "created_by_ref": _AUTHOR},
        "name": "Manara facts, events, leads and handling rules",
        "schema": "The page stix-extension of Manara's reference, and its JSON Schema",
        "version": VERSION,
        "extension_types": ["new-sdo", "property-extension"],
    }
    return [author, described]


@lru_cache(maxsize=4096)
def marking_refs(rule: Handling) -> tuple[str, ...]:
    """Return the ids of the markings that carry a rule: TLP 2.0's, and ours if it says more."""
    if rule == Handling.of(rule.tlp):
        return (TLP_MARKINGS[rule.tlp],)
    return (_rule_id(rule), TLP_MARKINGS[shown(rule)])


def marking_definitions(rule: Handling) -> list[dict[str, Any]]:
    """Return the definitions of the markings that carry a rule."""
    refs = marking_refs(rule)
    level = next(level for level, ref in TLP_MARKINGS.items() if ref == refs[-1])
    made = [_tlp_definition(level)]
    if len(refs) > 1:
        extension = {
            "extension_type": "property-extension",
            "handling": {k: v for k, v in rule.to_dict().items() if v is not None},
        }
        fixed = {"type": "marking-definition", "spec_version": "2.1", "created": _FIXED}
        made.append(fixed | {"id": refs[0], "extensions": {EXTENSION: extension}})
    return made


def shown(rule: Handling) -> Tlp:
    """Return the TLP level that a reader without our extension is shown.

    It cannot apply the rest of the rule, so that nobody outside its own organisation may have it.
    """
    return max(rule.tlp, Tlp.AMBER_STRICT)


def handling_of(values: dict[str, Any]) -> Handling:
    """Return the rule that a marking definition of ours carries.

    Raises:
        UsageError: it is not as `marking_definitions` writes it.
    """
    absent = dict.fromkeys(("individuals", "purposes", "retain_until"))
    return Handling.from_dict(absent | values)


def extended(extensions: dict[str, Any]) -> Extended | str | None:
    """Return what an object says in our extension, why it cannot be read, or None."""
    if EXTENSION not in extensions:
        return None
    try:
        return msgspec.convert(extensions[EXTENSION], Extended)
    except msgspec.ValidationError as error:
        return str(error)[:300]


@lru_cache(maxsize=4096)
def merged(rules: frozenset[Handling]) -> Handling:
    """Return the join of rules, which are few but stand for many facts."""
    return Handling.join_all(rules)


def _rule_id(rule: Handling) -> str:
    return named(NAMESPACE, "marking-definition", rule.id)


def _tlp_definition(level: Tlp) -> dict[str, Any]:
    value = level.label.removeprefix("TLP:").lower()
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_MARKINGS[level],
        "created": "2022-10-01T00:00:00.000Z",
        "name": level.label,
        "extensions": {
            TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": value},
        },
    }
