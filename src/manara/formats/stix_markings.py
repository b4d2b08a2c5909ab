"""What the data markings of STIX 2.1 (section 7.2) ask for, as handling rules.

A dataset's facts come under one rule. So that no marking is loosened, that rule is made as strict
as the strictest of the bundle; an object whose marking cannot be understood stays out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from manara.formats.stix_extension import (
    TLP_EXTENSION,
    TLP_MARKINGS,
    Extended,
    extended,
    handling_of,
    shown,
)
from manara.formats.stix_objects import Bundle, Numbered, StixObject, object_of
from manara.model import Handling, Tlp, UsageError

#: The definitions that the standard fixes: of TLP 1.0 (section 7.2.1.4), and of TLP 2.0 (OASIS
#: extension definition, 2022), which is why they need not stand in the bundle.
TLP = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
    **{ref: level for level, ref in TLP_MARKINGS.items()},
}


class Marks(NamedTuple):
    """What the marking definitions of a bundle ask for.

    Attributes:
        rules: the rule of each definition, None where it cannot be told.
        shown: by definition of ours, the TLP marking that it shows to readers without our
            extension; beside it, that marking says nothing of its own.
    """

    rules: dict[str, Handling | None]
    shown: dict[str, str]

    def unclear(self, one: StixObject) -> str:
        """Return the first marking of an object whose rule cannot be told, else ``""``."""
        return next((ref for ref in _refs(one) if self.rules.get(ref) is None), "")

    def of(self, one: StixObject) -> Iterator[Handling]:
        """Yield the rules that an object and its parts are marked with."""
        refs = dict.fromkeys(_refs(one))
        shown = {self.shown.get(ref) for ref in refs}
        yield from (rule for ref in refs if ref not in shown and (rule := self.rules.get(ref)))


def marks(whole: Bundle) -> Marks:
    """Return what the marking definitions of a bundle ask for."""
    found = Marks({ref: Handling.of(level) for ref, level in TLP.items()}, {})
    for _, _, one in whole.objects:
        if isinstance(one, StixObject) and one.type == "marking-definition" and one.id not in TLP:
            ours = extended(one.extensions)
            found.rules[one.id] = _rule(one) if ours is None else _own_rule(ours)
            if ours is not None and (rule := found.rules[one.id]):
                found.shown[one.id] = TLP_MARKINGS[shown(rule)]
    return found


def marks_in(definitions: Iterable[bytes]) -> Marks:
    """Return what marking definitions ask for, each as its JSON."""
    read = [Numbered(at, msgspec.Raw(body), object_of(body)) for at, body in enumerate(definitions)]
    return marks(Bundle(read, {}))


def marked_as(refs: Iterable[str], marked: Marks) -> Handling | None:
    """Return the join of the rules of markings, None if one's cannot be told."""
    one = StixObject("", "", object_marking_refs=list(refs))
    return None if marked.unclear(one) else Handling.join_all(set(marked.of(one)))


def joined(whole: Bundle, marked: Marks) -> Handling:
    """Return the join of the rules of all objects of a bundle."""
    objects = [one for _, _, one in whole.objects if isinstance(one, StixObject)]
    return Handling.join_all({rule for one in objects for rule in marked.of(one)})


def _refs(one: StixObject) -> Iterator[str]:
    """Yield the ids of an object's markings; those of a part count for the whole."""
    yield from one.object_marking_refs
    yield from (part.marking_ref for part in one.granular_markings if part.marking_ref)


def _own_rule(ours: Extended | str) -> Handling | None:
    try:
        return None if isinstance(ours, str) else handling_of(ours.handling or {})
    except UsageError:
        return None


def _rule(one: StixObject) -> Handling | None:
    extension = one.extensions.get(TLP_EXTENSION)
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
