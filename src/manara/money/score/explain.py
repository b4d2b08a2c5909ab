"""Payments explained: why each got its probability, and the pattern it makes with others."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import numpy as np

from manara.model import FormatError
from manara.money.score.cases import evidence
from manara.money.score.model import log_odds, sigmoid
from manara.money.score.reasons import Reason, contributions, reasons
from manara.money.score.run import Scored
from manara.money.score.sight import described
from manara.money.score.usual import followed

#: Payments from this share of the threshold on count as members of a case.
LIKELY = 1 / 3


class Explained(msgspec.Struct, frozen=True):
    """Why a payment got its probability.

    Attributes:
        tx_id: the payment.
        probability: of it.
        log_odds: logarithm of the odds, of which the probability is made.
        start: what all payments have in common of it.
        reasons: what is known of the payment, the weightiest first.
        others: what all that is not among the reasons adds together.
        case: tx_id of payments that belong together with it, in the order of time: likely ones,
            those of train that are labelled true, and those unusual by what followed them.
        pattern: the weightiest pattern that it makes with some of them; empty for none.
        payments: tx_id of the payments of the pattern, in the order of time.
        roles: what each does in it.
    """

    tx_id: Any
    probability: float
    log_odds: float
    start: float
    reasons: list[Reason]
    others: float
    case: list[Any]
    pattern: str
    payments: list[Any]
    roles: list[str]


def explain(scored: Scored, top: int = 100, most: int = 8) -> list[Explained]:
    """Return explanations of the likeliest payments, the likeliest first.

    Start, reasons and others add up to the logarithm of the odds exactly.

    Args:
        scored: payments judged.
        top: how many of them.
        most: reasons of each.
    """
    chance = scored.probability.copy()
    chance[scored.aside] = -1
    rows = np.argsort(-chance, kind="stable")[: min(top, len(chance) - len(scored.aside))]
    if not len(rows):
        return []
    sight, asked = scored.sight, rows + scored.train
    values = described(sight, sight.order[asked])
    odds = log_odds(scored.model, values)
    added = contributions(scored.model, values)
    told = reasons(scored.model, values, added, most)
    weight = np.concatenate([scored.known, chance])
    likely = LIKELY * scored.threshold
    # Where there is too little to compare with, a case is made of what was likely on arrival.
    with suppress(FormatError):
        unusual, least = followed(sight, scored.train, scored.hindsight)
        unusual[: scored.train] = 0
        weight[unusual >= least] = np.maximum(weight[unusual >= least], likely)
    shown = list(evidence(scored.table, sight, weight, asked, likely))
    ids = scored.table["name"]
    found = []
    for k, row in enumerate(rows.tolist()):
        found.append(
            Explained(
                tx_id=scored.tx_id[row].as_py(),
                probability=float(sigmoid(odds[k])),
                log_odds=float(odds[k]),
                start=float(added[k, -1]),
                reasons=told[k],
                others=float(odds[k] - added[k, -1] - sum(one.adds for one in told[k])),
                case=ids.take(shown[k].case).to_pylist(),
                pattern=shown[k].pattern,
                payments=ids.take(shown[k].rows).to_pylist(),
                roles=shown[k].roles,
            )
        )
    return found
