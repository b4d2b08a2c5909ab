"""`POST /screen` and `/screen/batch`: the answers of `manara screen --json`, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from manara.console.state import State
from manara.console.turns import InTurn, json_response
from manara.identity.screening.query import MAX_LENGTH
from manara.identity.screening.query import Query as Asked
from manara.model import ManaraError
from manara.pipeline.screening import ScreenHit, query_of

#: Most queries in one batch.
MOST_QUERIES = 1000

#: Most hits a query.
MOST_HITS = 100

router = APIRouter(tags=["screening"])

Short = Annotated[str, Field(max_length=100)]
Limit = Annotated[int, Query(ge=1, le=MOST_HITS, description="At most so many hits a query.")]
Threshold = Annotated[
    float | None,
    Query(ge=0, le=1, description="Least probability of a hit; else what the office has settled."),
]


class ScreenQuery(BaseModel):
    """Who is asked for; only the name is needed."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=MAX_LENGTH)] = Field(
        description="In any script, spelling and word order."
    )
    birth_date: Short | None = Field(None, description="ISO 8601, of any precision.")
    countries: list[Short] = Field([], max_length=20, description="Codes or names.")
    gender: Short | None = Field(None, description="male, female or other.")
    documents: list[Short] = Field([], max_length=20, description="Numbers of documents.")

    def asked(self) -> Asked:
        """Return the query.

        Raises:
            UsageError: a value is not of its kind.
        """
        return query_of(
            self.name,
            birth_date=self.birth_date or "",
            countries=self.countries,
            gender=self.gender or "",
            documents=self.documents,
        )


class Batch(BaseModel):
    """Many queries."""

    model_config = ConfigDict(extra="forbid")

    queries: list[ScreenQuery] = Field(max_length=MOST_QUERIES)


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits of one query, best first."""

    query: dict[str, Any]
    hits: list[ScreenHit]


@dataclass(frozen=True, slots=True)
class OneAnswer(Answer):
    """An answer with the edition of each list that it was looked for in."""

    editions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers in the order of the queries, all from the same editions."""

    answers: list[Answer]
    editions: dict[str, str]


@router.post("/screen", response_model=OneAnswer)
async def screen(
    query: ScreenQuery, turn: InTurn, limit: Limit = 10, threshold: Threshold = None
) -> Response:
    """Who on the lists can be meant by a name."""

    def answer(asked: Asked) -> OneAnswer:
        told = msgspec.to_builtins(asked)
        return OneAnswer(told, _hits(turn.state, asked, limit, threshold), turn.state.editions)

    (found,) = await turn.each(answer, [query.asked()])
    await turn.tell(hit.entity for hit in found.hits)
    return json_response(found)


@router.post("/screen/batch", response_model=Answers)
async def screen_batch(
    batch: Batch, turn: InTurn, limit: Limit = 10, threshold: Threshold = None
) -> Response:
    """The same for many at once, all answered from the same editions."""
    asked = [_asked(query, at) for at, query in enumerate(batch.queries)]

    def answer(one: Asked) -> Answer:
        return Answer(msgspec.to_builtins(one), _hits(turn.state, one, limit, threshold))

    answers = await turn.each(answer, asked)
    await turn.tell(hit.entity for one in answers for hit in one.hits)
    whole = Answers(answers, turn.state.editions)
    (response,) = await turn.each(json_response, [whole])
    return response


def _hits(state: State, asked: Asked, limit: int, threshold: float | None) -> list[ScreenHit]:
    least = state.threshold if threshold is None else threshold
    return state.screen.ask(asked, limit=limit, threshold=least)


def _asked(query: ScreenQuery, at: int) -> Asked:
    try:
        return query.asked()
    except ManaraError as error:
        error.where = f"queries.{at}: {error.where}"
        raise
