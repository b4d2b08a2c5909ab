"""What relationships and sightings of STIX 2.1 (sections 5.1 and 5.2) state."""

from __future__ import annotations

from typing import NamedTuple

from manara.formats.base import subject
from manara.formats.stix_extension import PREFIX
from manara.formats.stix_objects import Fault, StixObject
from manara.model import Record, vocabulary


class End(NamedTuple):
    """An object that a tie can lead to: the schema it comes in as, and what it says."""

    schema: str
    object: StixObject


def tie(record: Record, one: StixObject, ends: dict[str, End], present: set[str]) -> Fault | None:
    """State a relationship or a sighting; say why if it cannot be stated.

    An end that is not in the bundle is taken to be in another one, if nothing of its type would
    be without a schema.

    Args:
        record: where to state it.
        one: the relationship or sighting.
        ends: objects that come in, by id.
        present: ids of all objects of the bundle.
    """
    if one.type == "relationship":
        named = [one.source_ref, one.target_ref]
    else:
        named = [one.sighting_of_ref, *one.where_sighted_refs]
    for ref in named:
        kind = ref.partition("--")[0]
        if ref not in ends and (ref in present or not (kind in _KINDS or kind.startswith(PREFIX))):
            return Fault("ends", f"nothing comes in for {ref[:200] or 'an end without an id'}")
    if len(named) < 2:
        return Fault("ends", "a sighting that does not say where")
    if one.type == "sighting":
        for number in range(len(one.where_sighted_refs)):
            _sighting(record, one, number)
    elif not _placed(record, one, ends):
        _relationship(record, one, ends)
    return None


def _sighting(record: Record, one: StixObject, number: int) -> None:
    at = record.locator
    link = subject(record, "UnknownLink", f"{one.id}-{number}" if number else one.id)
    link.add("subject", one.sighting_of_ref, f"{at}.sighting_of_ref")
    where = one.where_sighted_refs[number]
    link.add("object", where, f"{at}.where_sighted_refs[{number}]")
    link.add("role", "sighting", f"{at}.type")
    link.add("startDate", one.first_seen, f"{at}.first_seen")
    link.add("endDate", one.last_seen, f"{at}.last_seen")
    link.add("description", one.description, f"{at}.description")
    if one.count is not None:
        link.add("summary", f"seen {one.count} times", f"{at}.count", original=str(one.count))


def _relationship(record: Record, one: StixObject, ends: dict[str, End]) -> None:
    at = record.locator
    member = one.relationship_type == "member-of" and _is_membership(one, ends)
    props = ("member", "organization") if member else ("subject", "object")
    link = subject(record, "Membership" if member else "UnknownLink", one.id)
    link.add(props[0], one.source_ref, f"{at}.source_ref")
    link.add(props[1], one.target_ref, f"{at}.target_ref")
    link.add("role", "" if member else one.relationship_type, f"{at}.relationship_type")
    link.add("startDate", one.start_time, f"{at}.start_time")
    link.add("endDate", one.stop_time, f"{at}.stop_time")
    link.add("description", one.description, f"{at}.description")


def _is_membership(one: StixObject, ends: dict[str, End]) -> bool:
    """Return whether somebody is said to be a member of what can have members."""
    member, body = ends.get(one.source_ref), ends.get(one.target_ref)
    if not member or not body:
        return False
    return vocabulary()[member.schema].is_a("LegalEntity") and body.schema == "Organization"


def _placed(record: Record, one: StixObject, ends: dict[str, End]) -> bool:
    """State where somebody is, if the place is known and nothing is said of when."""
    if one.relationship_type not in ("located-at", "originates-from"):
        return False
    who, where = ends.get(one.source_ref), ends.get(one.target_ref)
    if not who or not where or where.schema != "Address" or one.start_time or one.stop_time:
        return False
    place = where.object
    finer = place.city or place.street_address or place.postal_code or place.latitude is not None
    about = subject(record, who.schema, one.source_ref)
    if one.relationship_type == "located-at" and finer:
        about.add("addressEntity", one.target_ref, f"{record.locator}.target_ref")
    about.add("country", place.country, f"{record.locator}.target_ref", original=place.country)
    return bool(record.stated)


#: Types of objects that come in, so that ties may lead to them in other bundles.
_KINDS = {
    *("identity", "threat-actor", "intrusion-set", "campaign", "location", "email-addr"),
    "user-account",
}
