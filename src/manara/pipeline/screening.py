"""Screening: who can be meant by a name, on the lists of a workspace or on one list alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from manara.formats import recognise, rows
from manara.identity.dates import readings
from manara.identity.numbers import stated_identifier
from manara.identity.screening.index import Index
from manara.identity.screening.query import NameEntry, Query
from manara.model import FormatError, Reject, UsageError, vocabulary
from manara.pipeline.clean import clean
from manara.pipeline.particulars import (
    LINKED,
    PROPS,
    Linked,
    is_named,
    is_numbered,
    particulars,
)
from manara.pipeline.shared import canonical_ids_of
from manara.store import View, Workspace

#: Probability from which a hit is shown unless the user chooses another.
THRESHOLD = 0.5

#: Version of what is put into an index; a change builds the kept ones anew.
FORM = 2

_NAMES = frozenset({"name", "alias", "previousName", "weakAlias"})
_COUNTRIES = frozenset({"country", "nationality", "citizenship", "birthCountry", "jurisdiction"})
_PROPS = _NAMES | _COUNTRIES | PROPS | {"gender"}

#: Columns a file of queries may have; only the name is needed.
_COLUMNS = (
    "name", "birth_date", "country", "gender", "document", "identifier", "birth_place", "address",
)  # fmt: skip


class _Fact(NamedTuple):
    """What an index needs of a fact."""

    entity_id: str
    schema: str
    prop: str
    value: str
    dataset: str


@dataclass(frozen=True, slots=True)
class ScreenHit:
    """Someone on a list who may be meant.

    Attributes:
        entity: canonical id of the entity.
        name: the name on the list that fits best.
        probability: calibrated probability that it is the one asked for, above 0 and below 1.
        list: the dataset that answered.
        edition: which edition of it.
        explanation: what speaks for and against it, a sentence each.
    """

    entity: str
    name: str
    probability: float
    list: str
    edition: str
    explanation: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """Names ready to be asked for.

    Attributes:
        index: the names.
        canonical: canonical id of the entities that are one with another.
    """

    index: Index
    canonical: Mapping[str, str]

    def ask(
        self, query: Query, *, limit: int = 10, threshold: float = THRESHOLD
    ) -> list[ScreenHit]:
        """Return who may be meant, the most probable first, each entity once.

        Args:
            query: who is asked for.
            limit: at most so many.
            threshold: least probability of a hit, 0..1.
        """
        found: dict[str, ScreenHit] = {}
        for hit in self.index.search(query, limit * 3):
            entity = self.canonical.get(hit.entity_id, hit.entity_id)
            if hit.probability >= threshold and entity not in found and len(found) < limit:
                steps = tuple(str(step) for step in hit.explanation)
                found[entity] = ScreenHit(
                    entity,
                    hit.name,
                    min(round(hit.probability, 4), 0.9999),
                    hit.list,
                    hit.edition,
                    steps,
                )
        return list(found.values())


def workspace_screen(workspace: Workspace) -> Screen:
    """Return the screen of all a workspace holds; its index is kept until an edition changes."""
    view = workspace.view()
    in_force = list(view.datasets())
    editions = {row["dataset"]: row["edition_id"] for row in in_force}
    # The number of facts falls when some may no longer be kept, which no edition tells.
    facts = [row["facts"] for row in in_force]
    state = repr((FORM, sorted(editions.items()), facts)).encode()
    folder = workspace.root / "index"
    path = folder / f"{hashlib.blake2b(state, digest_size=8).hexdigest()}.names"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        linked = Linked(view.facts(props=LINKED))
        Index.build(_entries(_known(view), linked, editions)).save(path)
        for old in folder.glob("*.names"):
            if old != path:
                old.unlink(missing_ok=True)
    return Screen(Index.open(path), canonical_ids_of(view))


def list_screen(path: Path) -> Screen:
    """Return a screen of one list file, without a workspace.

    Raises:
        FormatError: the file is of no known format, or broken.
    """
    format_, match = recognise(path)
    facts = [
        _Fact(stated.entity_id, stated.schema, stated.prop, cleaned[0], match.dataset)
        for item in format_.read(path)
        if not isinstance(item, Reject)
        for stated in item.stated
        if stated.prop in _PROPS | LINKED and not isinstance(cleaned := clean(stated), Reject)
    ]
    if not facts:
        raise FormatError("no usable record in it", where=path.name)
    editions = {match.dataset: match.published or path.name}
    return Screen(Index.build(_entries(sorted(facts), Linked(facts), editions)), {})


def queries(path: Path) -> Iterator[Query]:
    """Yield the queries of a CSV file, in the order of its rows.

    The columns are ``name`` and, where known, ``birth_date`` (ISO 8601), ``country`` (ISO 3166-1
    codes or names, several separated by ``;``), ``gender``, ``document`` or ``identifier``,
    ``birth_place`` and ``address``.

    Raises:
        FormatError: the file is broken or has no column ``name``.
    """
    for row in rows(path, required=("name",)):
        if isinstance(row, Reject):
            raise FormatError(row.reason, where=f"{path.name}, {row.locator}")
        told = {column: row.values.get(column, "").strip() for column in _COLUMNS}
        yield query_of(
            told["name"],
            birth_date=told["birth_date"],
            countries=told["country"].split(";"),
            gender=told["gender"],
            documents=f"{told['document']};{told['identifier']}".split(";"),
            places=told["birth_place"].split(";"),
            addresses=told["address"].split(";"),
        )


def query_of(
    name: str,
    *,
    birth_date: str = "",
    countries: Iterable[str] = (),
    gender: str = "",
    documents: Iterable[str] = (),
    places: Iterable[str] = (),
    addresses: Iterable[str] = (),
) -> Query:
    """Return a query from what a user wrote.

    Args:
        name: may be empty where a number is given.
        birth_date: ISO 8601, or of the Islamic or Iranian calendar.
        countries: codes or names.
        gender: ``male``, ``female`` or ``other``.
        documents: numbers of any kind, such as an IBAN, ``IMO 9074729`` or ``passport:FR:12AB345``.
        places: birth places.
        addresses: of any form.

    Raises:
        UsageError: a value is not of its kind; it says which.
    """
    person = vocabulary()["Person"]

    def cleaned(prop: str, text: str) -> str:
        value = person[prop].clean(text)
        if value is None:
            raise UsageError(f"not a valid {person[prop].type.name}", where=repr(text))
        return value

    return Query(
        name=name,
        birth_date=_birth_date(birth_date) if birth_date else None,
        countries=tuple(cleaned("country", text) for text in countries if text.strip()),
        gender=cleaned("gender", gender) if gender else None,
        documents=tuple(key for text in documents if (key := stated_identifier(text).key)),
        places=tuple(text.strip() for text in places if text.strip()),
        addresses=tuple(text.strip() for text in addresses if text.strip()),
    )


def _birth_date(text: str) -> str:
    read = readings(text)
    if not read:
        raise UsageError("not a valid date", where=repr(text))
    # A date of another calendar stays as stated: the explanation says how it was read.
    return text if read[0].note else read[0].dates[0]


def _known(view: View) -> Iterator[_Fact]:
    for fact in view.facts(props=_PROPS):
        yield _Fact(fact.entity_id, fact.schema, fact.prop, fact.value, fact.dataset)


def _entries(
    facts: Iterable[_Fact], linked: Linked, editions: Mapping[str, str]
) -> Iterator[NameEntry]:
    """Yield the names of every party, with what else is known of it on its first one.

    What has no name, such as a wallet, stands under an empty one, to be found by its numbers.
    """
    for entity_id, group in groupby(facts, key=itemgetter(0)):
        of_entity = list(group)
        names = [fact for fact in of_entity if fact.prop in _NAMES]
        schema = of_entity[0].schema
        if not is_named(schema) or not names:
            if is_numbered(schema) or is_named(schema):
                known = particulars(of_entity, linked)
                if known["documents"]:
                    dataset = of_entity[0].dataset
                    yield NameEntry(
                        entity_id, "", kind=_kind(schema), list=dataset,
                        edition=editions[dataset], **known,
                    )  # fmt: skip
            continue
        for place, fact in enumerate(names):
            stated = of_entity if place == 0 else []
            yield NameEntry(
                entity_id,
                fact.value,
                kind=_kind(fact.schema),
                weak=fact.prop == "weakAlias",
                countries=_values(stated, _COUNTRIES),
                genders=_values(stated, {"gender"}),
                list=names[0].dataset,
                edition=editions[names[0].dataset],
                **(particulars(of_entity, linked) if place == 0 else {}),
            )


def _values(facts: Iterable[_Fact], props: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact.value for fact in facts if fact.prop in props))


def _kind(schema: str) -> str:
    known = vocabulary()[schema]
    if known.is_a("Person"):
        return "person"
    if known.is_a("Vehicle"):
        return "vessel"
    return "organisation" if known.is_a("Organization") or known.is_a("Company") else ""
