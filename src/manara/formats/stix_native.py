"""What STIX 2.1 itself can say of an entity; readers without our extension see this much."""

from __future__ import annotations

import re
from typing import Any

from manara.formats.stix_extension import object_type, observable_id
from manara.model import Entity, Schema, vocabulary

#: Relationship types by schema; common ones of the standard where there is one.
_RELATIONSHIPS = {
    "Associate": "associate-of",
    "Control": "controls",
    "Directorship": "directs",
    "Documentation": "documents",
    "Employment": "employed-by",
    "Family": "family-of",
    "Membership": "member-of",
    "Occupancy": "holds",
    "Ownership": "owns",
    "Representation": "represents",
    "Similar": "similar-to",
    "Succession": "succeeded-by",
}
_CLASSES = {"Person": "individual", "Organization": "organization", "LegalEntity": "unknown"}
_COUNTRY = re.compile(r"[a-z]{2}")
_SLUG = re.compile(r"[^a-z0-9]+")


def type_of(entity: Entity) -> str:
    """Return the type of object that an entity becomes."""
    schema = vocabulary()[entity.schema]
    if schema.is_a("LegalEntity"):
        return "identity"
    if schema.is_a("UserAccount"):
        return "user-account"
    if schema.is_a("Address") and located(entity):
        return "location"
    if ends(entity, schema):
        return "relationship"
    return object_type(schema)


def ends(entity: Entity, schema: Schema) -> tuple[str, str] | None:
    """Return the ids of the two entities that one ties, if a relationship can say so."""
    edge = schema.edge
    if not edge or not schema.is_a("Interval") or schema.is_a("Value") or schema.is_a("Event"):
        return None
    source, target = (entity.properties.get(prop, []) for prop in (edge.source, edge.target))
    return (source[0], target[0]) if len(source) == len(target) == 1 else None


def native(entity: Entity, kind: str) -> dict[str, Any]:
    """Return the properties of the standard that an entity's object has."""
    said = _first(entity)
    match kind:
        case "identity":
            ancestors = vocabulary()[entity.schema].ancestors
            known = next(name for kind, name in _CLASSES.items() if kind in ancestors)
            contact = said.get("email", "")
            made = {"name": entity.caption, "identity_class": known}
            return made | ({"contact_information": contact} if contact else {})
        case "location":
            return _location(entity, said)
        case "user-account":
            return account(entity)
        case "relationship":
            made = {"relationship_type": _relationship(entity.schema, said)}
            return made | _span(said)
    return {"name": entity.caption}


def account(entity: Entity) -> dict[str, Any]:
    """Return the properties of a user account."""
    said = _first(entity)
    pairs = (
        ("account_type", said.get("service")),
        ("account_login", said.get("username")),
        ("display_name", said.get("name") or entity.caption),
    )
    return {name: value for name, value in pairs if value}


def account_id(entity: Entity) -> str | None:
    """Return the id that the standard prescribes, None if the account has nothing to make it of."""
    made = {k: v for k, v in account(entity).items() if k in ("account_type", "account_login")}
    return observable_id("user-account", made) if "account_login" in made else None


def located(entity: Entity) -> bool:
    """Return whether it can be said where an address is: the country, or the coordinates."""
    found = _location(entity, _first(entity))
    return "country" in found or "latitude" in found


def _location(entity: Entity, said: dict[str, str]) -> dict[str, Any]:
    pairs = (
        ("name", entity.caption),
        ("administrative_area", said.get("state")),
        ("city", said.get("city")),
        ("street_address", said.get("street")),
        ("postal_code", said.get("postalCode")),
    )
    made: dict[str, Any] = {name: value for name, value in pairs if value}
    if _COUNTRY.fullmatch(country := said.get("country", "")):
        made["country"] = country.upper()
    try:
        latitude, longitude = float(said["latitude"]), float(said["longitude"])
    except (KeyError, ValueError):
        return made
    if abs(latitude) <= 90 and abs(longitude) <= 180:
        made |= {"latitude": latitude, "longitude": longitude}
    return made


def _relationship(schema: str, said: dict[str, str]) -> str:
    role = _SLUG.sub("-", said.get("role", "").lower()).strip("-")[:250]
    if schema == "UnknownLink" and len(role) >= 3:
        return role
    return _RELATIONSHIPS.get(schema, "related-to")


def _span(said: dict[str, str]) -> dict[str, str]:
    """Return from when to when a tie held, where both are known to the day and in order."""
    made = {}
    for name, prop in (("start_time", "startDate"), ("stop_time", "endDate")):
        if len(day := said.get(prop, "")) == 10:
            made[name] = f"{day}T00:00:00.000Z"
    return made if made.get("start_time", "") < made.get("stop_time", "9") else {}


def _first(entity: Entity) -> dict[str, str]:
    return {prop: values[0] for prop, values in entity.properties.items()}
