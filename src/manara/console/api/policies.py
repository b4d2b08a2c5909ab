"""What the office has settled over the API: thresholds, and of whom a second factor is asked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from manara.casework.accounts import Right, Role
from manara.casework.requirements import EVERYBODY
from manara.casework.thresholds import Switch, told
from manara.console.access import Visit, rule, visit
from manara.console.api.route import ApiRoute, check_match
from manara.console.api.shapes import Id, Long
from manara.console.turns import Service
from manara.model import UsageError
from manara.money.features import FEATURES
from manara.money.typology import BOUNDS
from manara.pipeline.screening import Screen
from manara.pipeline.thresholds import Wanted, known_cost

router = APIRouter(tags=["policies"], route_class=ApiRoute)

Asking = Annotated[Visit, Depends(visit)]
Share = Annotated[float, Field(ge=0, le=1)]

#: Stands among the roles for whoever signs in.
Everybody = Literal["everybody"]


class ScreeningShown(BaseModel):
    """How the threshold of screening is chosen, and what it costs and buys on these lists."""

    probability: float
    rate: float | None
    cost: str


class ThresholdShown(BaseModel):
    """A threshold of a typology; ``written`` is what its file says."""

    feature: str
    meaning: str
    bound: Literal["at_least", "at_most"]
    value: float
    written: float
    reason: str


class TypologyShown(BaseModel):
    """A typology, what it asks for, and what people decided about its leads here."""

    id: str
    title: str
    on: bool
    thresholds: list[ThresholdShown]
    standing: int
    confirmed: int
    dismissed: int


class ThresholdsShown(BaseModel):
    """All thresholds."""

    screening: ScreeningShown
    typologies: list[TypologyShown]


class NewScreening(BaseModel):
    """How to choose the threshold of screening: by a probability or by a rate."""

    model_config = ConfigDict(extra="forbid")

    probability: Share | None = None
    rate: Share | None = None
    ground: Long


class NewThreshold(BaseModel):
    """A threshold to settle inside a typology."""

    model_config = ConfigDict(extra="forbid")

    feature: Annotated[str, Field(max_length=60)]
    bound: Literal["at_least", "at_most"]
    value: Annotated[float, Field(allow_inf_nan=False)]


class TypologyChange(BaseModel):
    """What is to be different about a typology; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    on: bool | None = None
    thresholds: Annotated[list[NewThreshold], Field(max_length=40)] = []
    ground: Long


class SecondFactor(BaseModel):
    """Of whom a second factor is asked: of roles, of ``everybody``, of nobody."""

    roles: list[Role | Everybody]


class NewSecondFactor(SecondFactor):
    """Of whom to ask it, and why."""

    model_config = ConfigDict(extra="forbid")

    ground: Long


@router.get("/thresholds", dependencies=[rule(Right.TAKE_IN)])
def thresholds(request: Request, asking: Asking) -> ThresholdsShown:
    """All thresholds, and what is known of their cost here."""
    return _thresholds(asking, _screen(request))


@router.put("/thresholds/screening", dependencies=[rule(Right.SET_THRESHOLDS)])
def settle_screening(request: Request, asking: Asking, wanted: NewScreening) -> ScreeningShown:
    """Choose the threshold of screening otherwise from now on."""
    known, screen = asking.console.thresholds, _screen(request)
    check_match(request, _screening(asking, screen))
    after = Wanted.of(wanted.probability, wanted.rate)
    known.settle_screening(after, screen, by=asking.account.id, ground=wanted.ground)
    return _screening(asking, screen)


@router.patch("/thresholds/typologies/{typology_id}", dependencies=[rule(Right.SET_THRESHOLDS)])
def settle_typology(asking: Asking, typology_id: Id, change: TypologyChange) -> TypologyShown:
    """Look for a typology from now on or no longer, or settle thresholds inside it."""
    if (change.on is None) == (not change.thresholds):
        raise UsageError(
            "is one change at a time", where=typology_id[:80], remedy="send `on` or `thresholds`"
        )
    known = asking.console.thresholds
    more: dict[str, Any] = {"by": asking.account.id, "ground": change.ground, "sees": asking.sees}
    if change.on is not None:
        return _typology(known.switch(typology_id, change.on, **more))
    limits: dict[str, dict[str, float]] = {}
    for one in change.thresholds:
        limits.setdefault(one.feature, {})[one.bound] = one.value
    return _typology(known.limit(typology_id, limits, **more))


@router.get("/second-factor", dependencies=[rule(Right.ADMINISTER)])
def second_factor(asking: Asking) -> SecondFactor:
    """Of whom a second factor is asked."""
    return _factor(asking)


@router.put("/second-factor", dependencies=[rule(Right.ADMINISTER)])
def require_factor(request: Request, asking: Asking, wanted: NewSecondFactor) -> SecondFactor:
    """Ask a second factor of others from now on."""
    check_match(request, _factor(asking))
    roles = [str(one) for one in wanted.roles]
    known = asking.console.requirements
    known.require_factor(roles, by=asking.account.id, ground=wanted.ground)
    return _factor(asking)


def _screen(request: Request) -> Screen:
    service: Service = request.app.state.service
    return service.keeper.state.screen


def _thresholds(asking: Visit, screen: Screen) -> ThresholdsShown:
    switches = asking.console.thresholds.switches(asking.sees)
    return ThresholdsShown(
        screening=_screening(asking, screen), typologies=[_typology(one) for one in switches]
    )


def _screening(asking: Visit, screen: Screen) -> ScreeningShown:
    wanted = asking.console.thresholds.screening()
    cost = told(known_cost(wanted, screen, asking.console.workspace))
    return ScreeningShown(probability=wanted.probability, rate=wanted.rate, cost=cost)


def _typology(one: Switch) -> TypologyShown:
    pairs = zip(one.typology.conditions, one.written.conditions, strict=True)
    return TypologyShown(
        id=one.typology.id,
        title=one.typology.title,
        on=one.on,
        thresholds=[
            ThresholdShown(
                feature=now.feature,
                meaning=FEATURES[now.feature].meaning,
                bound=bound,
                value=getattr(now, bound),
                written=getattr(before, bound),
                reason=now.reason,
            )
            for now, before in pairs
            for bound in BOUNDS
            if getattr(now, bound) is not None
        ],
        standing=one.standing,
        confirmed=one.confirmed,
        dismissed=one.dismissed,
    )


def _factor(asking: Visit) -> SecondFactor:
    roles = asking.console.requirements.factor().roles
    found: list[Any] = [one if one == EVERYBODY else Role(one) for one in roles]
    return SecondFactor(roles=found)
