"""How the service is and what it holds, in yente's form: health, datasets, algorithms, entities."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from manara import __version__
from manara.console.state import State
from manara.console.turns import InTurn, Service, json_response
from manara.model import NotFoundError

#: The dataset that stands for all.
ALL = "default"

#: The one way of scoring there is.
ALGORITHM = "manara"

#: What a match is explained by: the fields compared.
FEATURES = {
    "name": "the words of the name: same, variant, sound, spelling, spacing, initial, or missing",
    "birth_date": "the date of birth, with the precision it is known to",
    "country": "nationality, citizenship, residence or country of birth",
    "gender": "the gender",
    "document": "the number of a document or register",
    "kind": "whether it is a person, an organisation or a vessel",
}

router = APIRouter(tags=["catalogue"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the process answers at all."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz() -> dict[str, str]:
    """Whether questions are answered; until they are, nothing is."""
    return {"status": "ok"}


@router.get("/algorithms")
async def algorithms() -> dict[str, Any]:
    """The ways of scoring: one, which counts whichever is asked for."""
    described = {
        "name": ALGORITHM,
        "description": "calibrated probability from the rarity of what agrees and what does not",
        "features": feature_docs(),
    }
    return {"algorithms": [described], "default": ALGORITHM, "best": ALGORITHM}


def feature_docs() -> dict[str, dict[str, Any]]:
    """Return what each feature of an explanation means, in yente's form."""
    return {
        name: {"description": text, "coefficient": 1.0, "url": ""}
        for name, text in FEATURES.items()
    }


@router.get("/catalog")
async def catalog(request: Request, turn: InTurn) -> Response:
    """The datasets, each with the edition in force."""
    service: Service = request.app.state.service
    described = [_dataset(row) for row in turn.state.datasets.values()]
    names = [one["name"] for one in described]
    everything = {"name": ALL, "title": "All datasets", "load": False, "version": __version__}
    return json_response(
        {
            "datasets": [everything | {"children": names, "index_current": True}, *described],
            "current": names,
            "outdated": [],
            "index_stale": service.keeper.stale,
        }
    )


def _dataset(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["dataset"],
        "title": row["title"] or row["dataset"],
        "url": row["url"] or None,
        "load": True,
        "version": row["edition_id"],
        "index_version": row["edition_id"],
        "index_current": True,
        "updated_at": row["recorded_at"],
        "entity_count": row["records"],
        "children": [],
    }


@router.get("/entities/{entity_id:path}")
async def entity(entity_id: str, turn: InTurn) -> Response:
    """Everything known about an entity; an id merged into another leads there."""
    state = turn.state
    canonical = state.screen.canonical.get(entity_id, entity_id)
    if canonical != entity_id:
        return RedirectResponse(f"/entities/{quote(canonical, safe='')}", 308)
    (found,) = await turn.each(lambda key: _entity(state, key), [entity_id])
    await turn.tell([entity_id])
    return json_response(found)


def _entity(state: State, canonical: str) -> dict[str, Any]:
    found = state.described([canonical])
    if not found:
        raise NotFoundError("no such entity", where=canonical[:100])
    return found[0]
