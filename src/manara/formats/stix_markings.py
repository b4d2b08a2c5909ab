"""What the data markings of STIX 2.1 (section 7.2) ask for, as handling rules.

A dataset's facts come under one rule. So that no marking is loosened, that rule is made as strict
as the strictest of the bundle; an object whose marking cannot be understood stays out.
"""

from __future__ import annotations

from collections.abc import Iterator

from manara.formats.stix_objects import Bundle, StixObject
from manara.model import Handling, Tlp, UsageError

#: The definitions that the standard fixes: of TLP 1.0 (section 7.2.1.4), and of TLP 2.0 (OASIS
#: extension definition, 2022), which is why they need not stand in the bundle.
TLP = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": Tlp.CLEAR,
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": Tlp.GREEN,
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": Tlp.AMBER,
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": Tlp.AMBER_STRICT,
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": Tlp.RED,
}

_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"


def refs(one: StixObject) -> Iterator[str]:
    """Yield the ids of an object's markings; those of a part count for the whole."""
    yield from one.object_marking_refs
    yield from (part.marking_ref for part in one.granular_markings if part.marking_ref)


def rules(whole: Bundle) -> dict[str, Handling | None]:
    """Return the rule of each marking definition, None where it cannot be told."""
    found: dict[str, Handling | None] = {ref: Handling.of(level) for ref, level in TLP.items()}
    for _, _, one in whole.objects:
        if isinstance(one, StixObject) and one.type == "marking-definition" and one.id not in TLP:
            found[one.id] = _rule(one)
    return found


def joined(whole: Bundle, marked: dict[str, Handling | None]) -> Handling:
    """Return the join of the rules of all objects of a bundle."""
    objects = [one for _, _, one in whole.objects if isinstance(one, StixObject)]
    used = [marked.get(ref) for ref in dict.fromkeys(ref for one in objects for ref in refs(one))]
    return Handling.join_all(rule for rule in used if rule)


def _rule(one: StixObject) -> Handling | None:
    extension = one.extensions.get(_EXTENSION)
    level = one.definition.get("tlp") if one.definition_type == "tlp" else None
    if isinstance(extension, dict):
        level = extension.get("tlp_2_0")
    statement = one.definition.get("statement")
    if one.definition_type == "statement" and isinstance(statement, str) and statement.strip():
        return Handling.of(Tlp.CLEAR, caveats=[statement.strip()])
    try:
        return Handling.of(Tlp.parse(level)) if isinstance(level, str) else None
    except UsageError:
        return None
