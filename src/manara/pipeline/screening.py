"""Screening: who can be meant by a name, on the lists of a workspace or on one list alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from manara.formats import recognise, rows
from manara.identity.dates import readings
from manara.identity.numbers import stated_identifier
from manara.identity.screening.index import Hit, Index
from manara.identity.screening.query import Query
from manara.identity.screening.rates import Rates, measure
from manara.model import FormatError, Reject, UsageError, vocabulary
from manara.pipeline.clean import clean
from manara.pipeline.ingest import Progress
from manara.pipeline.listed import PROPS, ListedFact, entries, listed
from manara.pipeline.particulars import LINKED, Linked
from manara.pipeline.shared import canonical_ids_of
from manara.pipeline.states import State, kept_index, kept_rates
from manara.store import View, Workspace

#: Probability from which a hit is shown unless the user chooses another.
THRESHOLD = 0.5

#: Names looked at for each hit asked for: entities that are one with another are shown once.
SPARE = 3

#: Columns a file of queries may have; only the name is needed.
_COLUMNS = (
    "name", "birth_date", "country", "gender", "document", "identifier", "birth_place", "address",
)  # fmt: skip


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
        editions: which edition of each list answers.
        state: which kept index this is; None for a list without a workspace.
    """

    index: Index
    canonical: Mapping[str, str]
    editions: Mapping[str, str]
    state: State | None = None

    def ask(
        self, query: Query, *, limit: int = 10, threshold: float = THRESHOLD
    ) -> list[ScreenHit]:
        """Return who may be meant, the most probable first, each entity once.

        Args:
            query: who is asked for.
            limit: at most so many.
            threshold: least probability of a hit, 0..1.
        """
        return self.answer(self.index.search(query, limit * SPARE), limit, threshold)

    def answer(self, hits: Iterable[Hit], limit: int, threshold: float) -> list[ScreenHit]:
        """Return the hits of a search as they are shown; the arguments are those of `ask`."""
        return [
            ScreenHit(
                entity,
                hit.name,
                shown(hit.probability),
                hit.list,
                self.editions[hit.list],
                hit.told,
            )
            for entity, hit in self.best(hits, limit, threshold).items()
        ]

    def best(self, hits: Iterable[Hit], limit: int, threshold: float) -> dict[str, Hit]:
        """Return the best hit of each entity; the arguments are those of `ask`."""
        found: dict[str, Hit] = {}
        for hit in hits:
            entity = self.canonical.get(hit.entity_id, hit.entity_id)
            if hit.probability >= threshold and entity not in found and len(found) < limit:
                found[entity] = hit
        return found


def shown(probability: float) -> float:
    """Return a probability as it is shown: four digits, never 1."""
    return min(round(probability, 4), 0.9999)


def workspace_screen(workspace: Workspace, as_of: datetime | None = None) -> Screen:
    """Return the screen of all a workspace holds, of an index that follows its lists.

    Args:
        workspace: the workspace.
        as_of: answer from the lists as they stood at this moment; None for now.
    """
    view = workspace.view(as_of)
    state, index = kept_index(workspace, view)
    return Screen(index, canonical_ids_of(view), state.editions, state)


def screen_without(view: View, forbidden: Collection[str], canonical: Mapping[str, str]) -> Screen:
    """Return a screen as if nothing under some handling rules had ever been taken in.

    Its index is built anew and not kept: how rare a word is, too, must tell nothing of the rest.

    Args:
        view: what is known.
        forbidden: ids of the handling rules.
        canonical: canonical id of the entities that are one with another, as far as they are told.
    """
    editions = {row["dataset"]: row["edition_id"] for row in view.datasets()}
    return Screen(Index.build(listed(view, forbidden=forbidden)), canonical, editions)


def list_screen(path: Path) -> Screen:
    """Return a screen of one list file, without a workspace.

    Raises:
        FormatError: the file is of no known format, or broken.
    """
    format_, match = recognise(path)
    facts = [
        ListedFact(stated.entity_id, stated.schema, stated.prop, cleaned[0], match.dataset)
        for item in format_.read(path)
        if not isinstance(item, Reject)
        for stated in item.stated
        if stated.prop in PROPS | LINKED and not isinstance(cleaned := clean(stated), Reject)
    ]
    if not facts:
        raise FormatError("no usable record in it", where=path.name)
    editions = {match.dataset: match.published or path.name}
    return Screen(Index.build(entries(sorted(facts), Linked(facts))), {}, editions)


def rates_of(
    screen: Screen,
    workspace: Workspace | None = None,
    progress: Progress = lambda what, done: None,
) -> Rates:
    """Return what every threshold costs and buys on the lists of a screen.

    Args:
        screen: the lists.
        workspace: where the screen is of, which keeps what was measured as long as its index.
        progress: told what is being done.
    """
    if workspace and screen.state:
        return kept_rates(workspace, screen.state, screen.index, progress)
    return measure(screen.index, progress)


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
