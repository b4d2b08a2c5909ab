"""`POST /match/{dataset}`: screening in the form of yente, the OpenSanctions matching service.

Form and meaning follow yente 5's OpenAPI description, so that its users need to change the address
only. What cannot be had here is refused, never quietly left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from manara.console.catalogue import ALL, FEATURES, feature_docs
from manara.console.state import State
from manara.console.turns import InTurn, json_response
from manara.identity.screening.index import Hit
from manara.identity.screening.query import MAX_LENGTH
from manara.model import ManaraError, NotFoundError, UsageError, vocabulary
from manara.pipeline.example import Example, example

#: yente's own limits and defaults.
MOST_EXAMPLES = 100
MOST_RESULTS = 500
RESULTS = 5
THRESHOLD = 0.7
CUTOFF = 0.5

#: How many candidates are looked at first, and at most where a filter drops many.
_CANDIDATES = 50
_MOST_CANDIDATES = 1000

router = APIRouter(tags=["matching"])

Value = Annotated[str, Field(max_length=MAX_LENGTH)] | int | float | None


class ExampleEntity(BaseModel):
    """Somebody described as FollowTheMoney does it."""

    id: str | None = Field(None, max_length=MAX_LENGTH)
    schema_: str = Field(alias="schema", max_length=100, examples=["Person"])
    properties: dict[str, list[Value] | Value] = Field(
        max_length=200, examples=[{"name": ["Hala Manarzi"], "birthDate": ["1975"]}]
    )


class MatchRequest(BaseModel):
    """Descriptions by a key of the asker's choice."""

    queries: dict[str, ExampleEntity | None] = Field(max_length=MOST_EXAMPLES)
    weights: dict[str, float] = Field({}, description="Not supported; must be empty.")
    config: dict[str, Any] = Field({}, description="Not supported; must be empty.")


class Filters(BaseModel):
    """What may be in an answer."""

    limit: int = Field(RESULTS, ge=1, le=MOST_RESULTS)
    threshold: float = Field(THRESHOLD, ge=0, le=1, description="Least score of a match.")
    cutoff: float = Field(CUTOFF, ge=0, le=1, description="Results score above this.")
    algorithm: str = Field("best", max_length=100, description="Taken; there is one way only.")
    include_dataset: list[str] = Field([], max_length=100)
    exclude_dataset: list[str] = Field([], max_length=100)
    exclude_schema: list[str] = Field([], max_length=100)
    topics: list[str] = Field([], max_length=100, description="At least one of these.")
    changed_since: datetime | None = None
    exclude_entity_ids: list[str] = Field([], max_length=50)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The filters, made out once for a request."""

    filters: Filters
    cutoff: float
    datasets: frozenset[str]
    excluded: frozenset[str]
    since: datetime | None

    @classmethod
    def of(cls, state: State, dataset: str, filters: Filters) -> _Wanted:
        if dataset != ALL and dataset not in state.datasets:
            raise NotFoundError(
                "no such dataset", where=dataset[:100], remedy="GET /catalog lists them"
            )
        scope = set(state.datasets) if dataset == ALL else {dataset}
        if filters.include_dataset:
            scope &= {*filters.include_dataset}
        for name in filters.exclude_schema:
            if vocabulary().get(name) is None:
                raise UsageError("no such schema", where=f"exclude_schema: {name[:100]}")
        canonical = state.screen.canonical
        since = filters.changed_since
        return cls(
            filters,
            min(filters.cutoff, filters.threshold),
            frozenset(scope - {*filters.exclude_dataset}),
            frozenset(canonical.get(one, one) for one in filters.exclude_entity_ids),
            since if since is None or since.tzinfo else since.replace(tzinfo=UTC),
        )

    def permits(self, entity: Mapping[str, Any]) -> bool:
        """Return whether an entity may be in the answer."""
        schema, topics = vocabulary()[entity["schema"]], entity["properties"].get("topics", ())
        return (
            entity["id"] not in self.excluded
            and not self.datasets.isdisjoint(entity["datasets"])
            and not any(schema.is_a(name) for name in self.filters.exclude_schema)
            and (not self.filters.topics or not {*self.filters.topics}.isdisjoint(topics))
            and (self.since is None or entity["last_change"] >= self.since)
        )


@router.post("/match/{dataset}")
async def match(
    body: MatchRequest,
    turn: InTurn,
    filters: Annotated[Filters, Query()],
    dataset: Annotated[str, Path(description=f"Name of a dataset, or {ALL} for all.")],
) -> Response:
    """Who on the lists can be meant by descriptions, in the form of yente."""
    for name in ("weights", "config"):
        if getattr(body, name):
            raise UsageError("is not supported", where=name, remedy="leave it out")
    wanted = _Wanted.of(turn.state, dataset, filters)
    asked = {key: _example(key, one) for key, one in body.queries.items() if one}
    if not asked:
        raise UsageError("no queries", where="queries", remedy="describe somebody")
    found = await turn.each(lambda one: _matches(turn.state, one, wanted), [*asked.values()])
    await turn.tell(result["id"] for one in found for result in one["results"])
    whole = {
        "responses": dict(zip(asked, found, strict=True)),
        "matcher": feature_docs(),
        "limit": filters.limit,
        "editions": turn.state.editions,
    }
    (response,) = await turn.each(json_response, [whole])
    return response


def _example(key: str, described: ExampleEntity) -> Example:
    texts = {
        prop: [str(v) for v in (values if isinstance(values, list) else [values]) if v is not None]
        for prop, values in described.properties.items()
    }
    try:
        return example(described.schema_, texts)
    except ManaraError as error:
        error.where = f"queries.{key[:100]}: {error.where[:100]}"
        raise


def _matches(state: State, asked: Example, wanted: _Wanted) -> dict[str, Any]:
    """Return what is answered to one description."""
    count = max(_CANDIDATES, 3 * wanted.filters.limit)
    while True:
        hits, more = _candidates(state, asked, wanted.cutoff, count)
        kept = [one for one in state.described(hits) if wanted.permits(one)]
        if len(kept) >= wanted.filters.limit or not more or count >= _MOST_CANDIDATES:
            break
        count = min(4 * count, _MOST_CANDIDATES)
    results = [_result(one, hits[one["id"]], wanted.filters.threshold) for one in kept]
    results.sort(key=lambda one: (-one["score"], one["id"]))
    return {
        "status": 200,
        "results": results[: wanted.filters.limit],
        "total": {"value": sum(one["match"] for one in results), "relation": "eq"},
        "query": {"id": None, "schema": asked.schema, "properties": asked.properties},
    }


def _candidates(
    state: State, asked: Example, cutoff: float, count: int
) -> tuple[dict[str, Hit], bool]:
    """Return the best hit by canonical id, and whether a longer search could find more."""
    best: dict[str, Hit] = {}
    more = False
    for query in asked.queries:
        hits = state.screen.index.search(query, count)
        above = [hit for hit in hits if hit.probability > cutoff]
        more |= len(above) == count
        for hit in above:
            key = state.screen.canonical.get(hit.entity_id, hit.entity_id)
            if key not in best or hit.probability > best[key].probability:
                best[key] = hit
    return best, more


def _result(entity: dict[str, Any], hit: Hit, threshold: float) -> dict[str, Any]:
    score = min(round(hit.probability, 4), 0.9999)
    explained = _explained(hit)
    return entity | {
        "score": score,
        "match": score >= threshold,
        "features": {name: one["score"] for name, one in explained.items()},
        "explanations": explained,
    }


def _explained(hit: Hit) -> dict[str, dict[str, Any]]:
    """Return what speaks for and against a hit, by feature; scores are in nats."""
    found: dict[str, dict[str, Any]] = {}
    for name in FEATURES:
        steps = [step for step in hit.explanation if step.field.replace(" ", "_") == name]
        if steps:
            found[name] = {
                "score": round(sum(step.weight for step in steps), 3),
                "detail": "; ".join(map(str, steps)),
                "query": " ".join(step.query for step in steps if step.query),
                "candidate": hit.name if name == "name" else steps[0].found,
            }
    return found
