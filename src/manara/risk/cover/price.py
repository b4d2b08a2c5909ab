"""What parts of losses cost a year: means, bad years, technical prices, and what to buy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from manara.model import NotFoundError
from manara.risk.cover.draws import F64, Draws, summed
from manara.risk.cover.terms import Cover, Offer, Protect
from manara.risk.cover.waterfall import PARTS, REASONS, UNPAID, Waterfall, waterfall

#: Return periods shown, in years.
PERIODS = (10, 25, 50, 100, 250, 500, 1000)


class Cost(NamedTuple):
    """What a part of losses costs a year.

    Attributes:
        aal: average annual loss.
        var: loss of a year that is exceeded with the chance 1 - level.
        tvar: mean loss of the years beyond.
        price: technical price: aal and cost of capital on tvar.
    """

    aal: float
    var: float
    tvar: float
    price: float


class Judged(NamedTuple):
    """An offer, or keeping things as they are, weighed.

    Attributes:
        name: of the offer; ``retain`` for none.
        kind: insure, protect or retain.
        price: quoted, a year.
        technical: technical price of a cover; None for others.
        unpaid: what the owner still bears.
        total: price and the owner's own technical price for what he bears.
        affordable: whether the price is within the budget.
    """

    name: str
    kind: str
    price: float
    technical: float | None
    unpaid: Cost
    total: float
    affordable: bool


def cost(draws: Draws, loss: F64, level: float, of_capital: float) -> Cost:
    """Return what losses cost a year.

    Simulated years are taken as they are, with the sum of their losses. Events with rates are a
    Poisson process; there the bad year is that of the greatest single loss, exactly and without
    simulation, which is close to the sum while several events a year are rare.

    Args:
        draws: weights and years.
        loss: of each draw, shape (d,).
        level: of the bad year, 0..1.
        of_capital: cost of capital a year.
    """
    aal = float(loss @ draws.weight)
    size, exceeded = _years(draws, loss)
    tail = 1.0 - level
    # What of each loss's chance lies within the tail; whatever is left of it has no loss.
    within = np.diff(np.minimum(exceeded, tail), prepend=0.0)
    tvar = float(size @ within) / tail
    return Cost(aal, _reached(size, exceeded, tail), tvar, aal + of_capital * tvar)


def curve(draws: Draws, loss: F64, periods: Sequence[int] = PERIODS) -> dict[int, float]:
    """Return the loss of a year that is reached once in so many years, by that number.

    Args:
        draws: weights and years.
        loss: of each draw, shape (d,).
        periods: return periods, in years.
    """
    size, exceeded = _years(draws, loss)
    return {period: _reached(size, exceeded, 1 / period) for period in periods}


def _years(draws: Draws, loss: F64) -> tuple[F64, F64]:
    """Return the losses of years, falling, and the chance that a year reaches each."""
    if draws.years is None:
        order = np.argsort(-loss, kind="stable")
        found: F64 = -np.expm1(-np.cumsum(draws.weight[order]))
        return loss[order], found
    size = np.sort(summed(draws.year, loss, draws.years))[::-1]
    return size, np.arange(1, draws.years + 1) / draws.years


def _reached(size: F64, exceeded: F64, chance: float) -> float:
    at = int(np.searchsorted(exceeded, chance * (1 - 1e-12)))
    return float(size[at]) if at < len(size) else 0.0


def judge(cover: Cover, draws: Draws) -> list[Judged]:
    """Return each offer and keeping things as they are, least total cost first.

    All are weighed on the same draws. What he cannot afford comes last.

    Raises:
        UsageError: as `waterfall`.
        NotFoundError: an offer protects a site without losses.
    """
    found = [_judged(cover, draws, None), *(_judged(cover, draws, one) for one in cover.offers)]
    return sorted(found, key=lambda one: (not one.affordable, one.total))


def _judged(cover: Cover, draws: Draws, offer: Offer | None) -> Judged:
    changed, after, kind = cover, draws, "retain"
    if offer and offer.stand_alone:
        kind = "insure"
        stand_alone = (*cover.stand_alone, offer.stand_alone)
        changed = msgspec.structs.replace(cover, stand_alone=stand_alone)
    elif offer and offer.protect:
        kind = "protect"
        after = _protected(draws, offer.protect, offer.name)
    found = waterfall(changed, after)
    technical = None
    if kind == "insure":
        # Covers before it pay as before: what more stands alone is what it pays.
        more = found.of("stand_alone") - waterfall(cover, draws).of("stand_alone")
        technical = cost(draws, more, cover.level, cover.cost_of_capital).price
    unpaid = cost(after, found.of(*UNPAID), cover.level, cover.cost_of_capital)
    price = offer.price if offer else 0.0
    affordable = cover.budget is None or price <= cover.budget
    name = offer.name if offer else "retain"
    return Judged(name, kind, price, technical, unpaid, price + unpaid.price, affordable)


def _protected(draws: Draws, protect: Protect, name: str) -> Draws:
    factors = np.ones((2, len(draws.sites)))
    for site in protect.sites:
        if site not in draws.sites:
            raise NotFoundError(f"no losses of site {site}", where=f"offer {name}")
        factors[:, draws.sites.index(site)] = protect.likelihood, protect.consequence
    return draws.protected(*factors)


def plain(cover: Cover, found: Waterfall) -> dict[str, Any]:
    """Return a waterfall, its prices and the offers weighed, as plain values for JSON."""
    draws = found.draws

    def told(loss: F64, part: Draws = draws) -> dict[str, float]:
        return cost(part, loss, cover.level, cover.cost_of_capital)._asdict()

    perils = {}
    for at, code in enumerate(draws.perils):
        weight = np.where(draws.peril == at, draws.weight, 0.0)
        gap = dict(zip(REASONS, (found.nobody @ weight).tolist(), strict=True))
        gap["pro_rata"] = float(found.of("pro_rata") @ weight)
        perils[code] = {
            "ground_up": float(draws.total @ weight),
            "parts": dict(zip(PARTS, (found.parts @ weight).tolist(), strict=True)),
            "gap": gap,
            "gap_tvar": told(found.of("pro_rata", "nobody") * (draws.peril == at))["tvar"],
        }
    judged = judge(cover, draws) if cover.offers else []
    known = cover.pool.known if cover.pool else None
    return {
        "level": cover.level,
        "cost_of_capital": cover.cost_of_capital,
        "budget": cover.budget,
        "ground_up": told(draws.total),
        "parts": {name: told(part) for name, part in zip(PARTS, found.parts, strict=True)},
        "unpaid": told(found.of(*UNPAID)),
        "curves": {
            name: [list(pair) for pair in curve(draws, part).items()]
            for name, part in (("ground_up", draws.total), *zip(PARTS, found.parts, strict=True))
        },
        "perils": perils,
        "sites": [
            {"site": name, **dict(zip(PARTS, row, strict=True))}
            for name, row in zip(draws.sites, found.by_site.tolist(), strict=True)
        ],
        "off": found.off,
        "scheme": {
            "id": known.id,
            "as_of": known.as_of.isoformat(),
            "terms_on": str(cover.pool.as_of) if cover.pool else None,
            "not_verified": list(known.not_verified),
        }
        if known
        else None,
        "offers": [one._asdict() | {"unpaid": one.unpaid._asdict()} for one in judged],
        "advice": judged[0].name if judged else None,
    }
