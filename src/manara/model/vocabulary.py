"""The vocabulary: which schemata there are, which properties they have, and what fits together.

The names, types and ties of the standard schemata are FollowTheMoney's, so that data flows both
ways with everything that speaks it. They stand in ``schemata/*.yaml``; this module interprets
them. ``schemata/extensions.yaml`` holds what we add.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

from manara.model.errors import VocabularyError
from manara.model.types import TYPES, PropertyType

_SCHEMATA = Path(__file__).parent / "schemata"

_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
#: Words written in capitals where names are read by people.
_ACRONYMS = re.compile(
    "bic|crs|eur|fips|gii|hs|iban|icao|id|imo|inn|ip|isin|kpp|lei|mmsi|npi|nuts|ogrn|okpo|ric"
    "|unsc|url|usd|vat"
)


#: Attributes of a schema that stand in its file just as they are, and those that list names.
_FLAGS = ("abstract", "matchable", "hidden", "generated", "deprecated", "extension")
_PLAIN = (*_FLAGS, "fallback", "description")
_NAMES = ("required", "featured", "caption")


class Edge(NamedTuple):
    """How a schema stands between two entities.

    Attributes:
        source: property that names the one end.
        target: property that names the other end.
        caption: properties that describe the tie.
        directed: whether the ends have different roles.
    """

    source: str
    target: str
    caption: tuple[str, ...] = ()
    directed: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """Something that can be said of an entity.

    Attributes:
        name: name in the vocabulary, such as ``birthDate``.
        schema: name of the schema it is defined by; more specific schemata inherit it.
        type: the kind of its values.
        range: schema of the entities it may refer to, for type ``entity``; else ``""``.
        reverse: name of the property that says the same from the other end, or ``""``.
        format: format its identifiers must keep to, such as ``iban``; else ``""``.
        max_length: longest value the vocabulary foresees, in characters. Longer ones are valid.
        matchable: whether equal values say something about two entities being the same.
        hidden: whether it is of no interest to people.
        deprecated: whether it is there for old data only.
        stub: whether it is only the reverse of another property: it takes no values of its own.
    """

    name: str
    schema: str
    type: PropertyType
    range: str = ""
    reverse: str = ""
    format: str = ""
    max_length: int = 0
    matchable: bool = True
    hidden: bool = False
    deprecated: bool = False
    stub: bool = False

    @property
    def label(self) -> str:
        """The name as people read it: ``Birth date``."""
        return label_of(self.name)

    def clean(self, value: str) -> str | None:
        """Return a value in its canonical form, or None if the property cannot have it."""
        return None if self.stub else self.type.clean(value, self.format)


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """A kind of entity.

    Attributes:
        name: name in the vocabulary, such as ``Person``.
        plural: name for several of them, such as ``People``.
        extends: names of the schemata it is directly a special case of.
        ancestors: names of all schemata it is a special case of, itself included.
        properties: what can be said of such an entity, inherited properties included, by name.
        required: properties without which an entity makes no sense.
        featured: properties worth showing first.
        caption: properties to name an entity by, the best first.
        abstract: whether it is only there to be extended: no entity is just this.
        matchable: whether it makes sense to ask if two of them are the same.
        hidden: whether it is of no interest to people.
        generated: whether programs make such entities, and people do not.
        deprecated: whether it is there for old data only.
        edge: how it ties two entities together, if it does.
        starts: properties that say when it began, the best first.
        ends: properties that say when it ended.
        extension: whether it is ours and not part of the standard vocabulary.
        fallback: for an extension, the standard schema to export it as; else ``""``.
        description: for an extension, what it is; else ``""``.
    """

    name: str
    plural: str
    extends: tuple[str, ...]
    ancestors: frozenset[str]
    properties: Mapping[str, Property]
    required: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
    caption: tuple[str, ...] = ()
    abstract: bool = False
    matchable: bool = True
    hidden: bool = False
    generated: bool = False
    deprecated: bool = False
    edge: Edge | None = None
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    extension: bool = False
    fallback: str = ""
    description: str = ""

    @property
    def label(self) -> str:
        """The name as people read it: ``Legal entity``."""
        return label_of(self.name)

    def is_a(self, name: str) -> bool:
        """Return whether this is the named schema or a special case of it."""
        return name in self.ancestors

    def get(self, name: str) -> Property | None:
        """Return a property by name, or None if the schema has no such property."""
        return self.properties.get(name)

    def __getitem__(self, name: str) -> Property:
        """Return a property by name.

        Raises:
            VocabularyError: the schema has no such property.
        """
        try:
            return self.properties[name]
        except KeyError:
            raise _unknown("property", name, self.properties, self.name) from None


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """All schemata.

    Attributes:
        schemata: the schemata by name.
    """

    schemata: Mapping[str, Schema]

    def get(self, name: str) -> Schema | None:
        """Return a schema by name, or None if there is no such schema."""
        return self.schemata.get(name)

    def __getitem__(self, name: str) -> Schema:
        """Return a schema by name.

        Raises:
            VocabularyError: there is no such schema.
        """
        try:
            return self.schemata[name]
        except KeyError:
            raise _unknown("schema", name, self.schemata) from None

    def common(self, left: str, right: str) -> str:
        """Return the one schema an entity has that two sources give different schemata.

        That is the more specific of the two, or, where neither is a special case of the other,
        the least special schema that is a case of both, if there is exactly one: an organisation
        that is also an asset is a company.

        Raises:
            VocabularyError: nothing can be both, or a schema is unknown.
        """
        return _common(self, left, right)


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary."""
    specs: dict[str, dict[str, Any]] = {}
    for path in sorted(_SCHEMATA.glob("*.yaml")):
        with path.open(encoding="utf-8") as file:
            specs |= yaml.load(file, yaml.CSafeLoader)
    own = _own_properties(specs)
    schemata: dict[str, Schema] = {}
    for name in specs:
        _add_schema(name, specs, own, schemata)
    return Vocabulary(MappingProxyType(schemata))


def label_of(name: str) -> str:
    """Return a name of the vocabulary as people read it: ``imoNumber`` is ``IMO number``."""
    words = [word.lower() for word in _WORD.findall(name)]
    text = " ".join(word.upper() if _ACRONYMS.fullmatch(word) else word for word in words)
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=4096)
def _common(known: Vocabulary, left: str, right: str) -> str:
    one, other = known[left], known[right]
    if one.is_a(right):
        return left
    if other.is_a(left):
        return right
    both = [s for s in known.schemata.values() if s.is_a(left) and s.is_a(right)]
    least = [s.name for s in both if not any(s is not t and s.is_a(t.name) for t in both)]
    if len(least) == 1:
        return least[0]
    raise VocabularyError(
        f"nothing is both a {left} and a {right}",
        remedy="these are two entities, or one source has the wrong schema",
    )


def _unknown(kind: str, name: str, known: Iterable[str], where: str = "") -> VocabularyError:
    lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), lower, n=1)
    remedy = f"did you mean {lower[close[0]]!r}?" if close else ""
    return VocabularyError(f"{kind} {name!r} is unknown", where=where, remedy=remedy)


def _own_properties(specs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Property]]:
    """Return the properties each schema defines, and the reverses that point at it."""
    own: dict[str, dict[str, Property]] = defaultdict(dict)
    for schema, spec in specs.items():
        for name, given in spec.get("properties", {}).items():
            own[schema][name] = _property(schema, name, given)
    for prop in [prop for props in own.values() for prop in props.values() if prop.reverse]:
        stub = _property(
            prop.range,
            prop.reverse,
            {"type": "entity", "range": prop.schema, "reverse": prop.name, "hidden": prop.hidden},
            stub=True,
        )
        own[prop.range].setdefault(prop.reverse, stub)
    return own


def _property(schema: str, name: str, given: str | dict[str, Any], stub: bool = False) -> Property:
    spec: dict[str, Any] = {"type": given} if isinstance(given, str) else given
    kind = TYPES[spec["type"]]
    return Property(
        name=name,
        schema=schema,
        type=kind,
        range=spec.get("range", ""),
        reverse=spec.get("reverse", ""),
        format=spec.get("format", ""),
        max_length=spec.get("maxLength", kind.max_length),
        matchable=spec.get("matchable", kind.matchable),
        hidden=spec.get("hidden", False),
        deprecated=spec.get("deprecated", False),
        stub=stub,
    )


def _add_schema(
    name: str,
    specs: dict[str, dict[str, Any]],
    own: dict[str, dict[str, Property]],
    schemata: dict[str, Schema],
) -> Schema:
    """Add a schema after those it extends; return it."""
    if name in schemata:
        return schemata[name]
    spec = specs[name]
    parents = [_add_schema(parent, specs, own, schemata) for parent in spec.get("extends", ())]
    properties = dict(own.get(name, {}))
    for parent in parents:
        properties = {**parent.properties, **properties}
    temporal = spec.get("temporal", {})
    plain: dict[str, Any] = {key: spec[key] for key in _PLAIN if key in spec}
    names: dict[str, Any] = {key: tuple(spec.get(key, ())) for key in _NAMES}
    schemata[name] = Schema(
        name=name,
        plural=spec.get("plural") or _plural(label_of(name)),
        extends=tuple(spec.get("extends", ())),
        ancestors=frozenset({name}).union(*(parent.ancestors for parent in parents)),
        properties=MappingProxyType(properties),
        edge=_edge(spec.get("edge")),
        starts=tuple(temporal.get("start") or next((p.starts for p in parents if p.starts), ())),
        ends=tuple(temporal.get("end") or next((p.ends for p in parents if p.ends), ())),
        **names,
        **plain,
    )
    return schemata[name]


def _edge(spec: dict[str, Any] | None) -> Edge | None:
    return Edge(**spec | {"caption": tuple(spec.get("caption", ()))}) if spec else None


def _plural(label: str) -> str:
    """Return the regular English plural."""
    if label.endswith("y") and label[-2] not in "aeiou":
        return f"{label[:-1]}ies"
    return f"{label}es" if label.endswith(("s", "x", "ch", "sh")) else f"{label}s"
