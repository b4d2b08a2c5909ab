"""Names of OFAC's advanced XML: put together from parts, in every script they are documented in."""

from __future__ import annotations

from collections.abc import Callable

from manara.formats.base import Subject
from manara.formats.ofac_terms import ALIASES
from manara.formats.xml import Node

#: Text of a reference value by kind and number.
_Text = Callable[[str, str], str]

# The order in which the office's other files write the parts, given names first.
_ORDER = (
    *("First Name", "Middle Name", "Patronymic"),
    *("Last Name", "Maiden Name", "Matronymic"),
)
_PARTS = {
    "First Name": "firstName",
    "Middle Name": "middleName",
    "Last Name": "lastName",
    "Maiden Name": "lastName",
    "Patronymic": "fatherName",
    "Matronymic": "motherName",
}
_FAMILY_FIRST = ("Chinese", "Japanese", "Korean", "Han", "Hangul")


def state_names(profile: Node, target: Subject, text: _Text) -> bool:
    """State every documented name of a profile; return whether it has a primary name.

    Args:
        profile: the ``Profile`` element.
        target: takes the statements.
        text: returns the text of a reference value, given its kind and number.
    """
    primary = 0
    for identity in profile.all("Identity"):
        kinds = {
            group.get("ID"): text("NamePartType", group.get("NamePartTypeID"))
            for group in identity.all("NamePartGroups", "MasterNamePartGroup", "NamePartGroup")
        }
        for alias in identity.all("Alias"):
            kind = text("AliasType", alias.get("AliasTypeID")).lower()
            prop = ALIASES.get(kind, "alias")
            if prop == "alias" and alias.get("LowQuality").lower() == "true":
                prop = "weakAlias"
            for name in alias.all("DocumentedName"):
                stated = _state(name, prop, target, kinds, text)
                primary += stated and kind == "name"
    return primary > 0


def _state(name: Node, prop: str, target: Subject, kinds: dict[str, str], text: _Text) -> bool:
    parts = [
        (kinds.get(part.get("NamePartGroupID"), ""), part)
        for part in name.all("DocumentedNamePart", "NamePartValue")
        if part.text
    ]
    nicknames = [part for kind, part in parts if kind == "Nickname"] if len(parts) > 1 else []
    for nickname in nicknames:
        target.add_node("weakAlias", nickname)
    rest = [(kind, part) for kind, part in parts if part not in nicknames]
    scripts = {text("Script", part.get("ScriptID")) for _, part in rest}
    if not any(script.startswith(_FAMILY_FIRST) for script in scripts):
        rest.sort(key=lambda part: _ORDER.index(part[0]) if part[0] in _ORDER else len(_ORDER))
    target.add(prop, " ".join(part.text for _, part in rest), name.locator)
    if prop == "name" and target.schema == "Person":
        for kind, part in rest:
            if kind in _PARTS:
                target.add_node(_PARTS[kind], part)
    return bool(rest)
