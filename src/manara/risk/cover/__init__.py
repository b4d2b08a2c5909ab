"""Who pays when sites are attacked: an owner's cover, the scheme behind it, and what nobody pays.

cover = read_cover(Path("cover.yaml"))
draws = read_losses(Path("losses.csv"))  # or from_arrays(...), from any model
found = waterfall(cover, draws)
judge(cover, draws)  # protect, insure or retain
"""

from manara.risk.cover.draws import Draws, from_arrays, read_losses
from manara.risk.cover.price import PERIODS, Cost, Judged, cost, curve, judge, plain
from manara.risk.cover.scheme import (
    Edition,
    Scheme,
    Shares,
    Tier,
    recoupment,
    schemes,
    settle,
)
from manara.risk.cover.terms import (
    Account,
    Cover,
    Layer,
    Offer,
    Pool,
    Protect,
    Site,
    StandAlone,
    read_cover,
)
from manara.risk.cover.waterfall import PARTS, REASONS, UNPAID, Waterfall, waterfall

__all__ = [
    "PARTS",
    "PERIODS",
    "REASONS",
    "UNPAID",
    "Account",
    "Cost",
    "Cover",
    "Draws",
    "Edition",
    "Judged",
    "Layer",
    "Offer",
    "Pool",
    "Protect",
    "Scheme",
    "Shares",
    "Site",
    "StandAlone",
    "Tier",
    "Waterfall",
    "cost",
    "curve",
    "from_arrays",
    "judge",
    "plain",
    "read_cover",
    "read_losses",
    "recoupment",
    "schemes",
    "settle",
    "waterfall",
]
