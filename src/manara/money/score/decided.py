"""Labels from what people decided about leads, and the model they teach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from manara.model import Decision, Lead
from manara.money.layout import I64
from manara.money.score.index import F64
from manara.money.score.model import Model, learn, log_odds, sigmoid
from manara.money.score.run import lessons
from manara.money.score.sight import Sight, described
from manara.money.score.tables import LEAST

#: Leads of these detectors show payments.
_OF_PAYMENTS = ("money.", "score.")


class Decided(NamedTuple):
    """What was decided about leads that show payments.

    Attributes:
        confirmed: leads found true.
        dismissed: leads found false.
        true: rows of the table that a confirmed one shows.
        false: rows that only dismissed ones show.
    """

    confirmed: int
    dismissed: int
    true: NDArray[np.bool_]
    false: NDArray[np.bool_]


def decided_on(ids: pa.Array, leads: Iterable[Lead], decisions: Mapping[str, Decision]) -> Decided:
    """Return what decisions say of payments.

    Args:
        ids: of the payments.
        leads: all leads, ended ones too.
        decisions: what was last decided, by lead.
    """
    shown: dict[str, list[str]] = {"confirmed": [], "dismissed": []}
    counts = dict.fromkeys(shown, 0)
    for lead in leads:
        outcome = decisions[lead.id].outcome if lead.id in decisions else ""
        if outcome in shown and lead.finding.kind.startswith(_OF_PAYMENTS):
            counts[outcome] += 1
            shown[outcome] += lead.finding.evidence
    true, false = (
        pc.is_in(ids, pa.array(shown[name], pa.string())).to_numpy(zero_copy_only=False)
        for name in ("confirmed", "dismissed")
    )
    return Decided(counts["confirmed"], counts["dismissed"], true, false & ~true)


def enough(decided: Decided, least: int) -> bool:
    """Return whether so many leads of each outcome, and payments enough, can teach a model."""
    of_each = min(decided.confirmed, decided.dismissed)
    return of_each >= least and min(decided.true.sum(), decided.false.sum()) >= LEAST


def judged(
    sight: Sight, decided: Decided, score: F64, likely: float, seed: int
) -> tuple[Model, F64]:
    """Return a model of what was decided, and a probability for each unusual payment.

    False are payments of dismissed leads and those about which little is unusual; the unusual ones
    that nobody decided on teach nothing, as many of them may be true (two-step learning from
    positive and unlabelled examples, Liu et al. 2003).

    Args:
        sight: the payments.
        decided: what was decided about them.
        score: how unusual each row of the table is.
        likely: score from which on a payment counts as unusual.
        seed: of all chance.
    """
    rows = sight.given.row
    true, false = decided.true[rows], decided.false[rows]
    unusual = score[rows] >= likely
    usable = np.flatnonzero(true | false | ~unusual)
    model = learn(*lessons(sight, usable, true, seed, _quiet), seed, _quiet)
    asked: I64 = np.flatnonzero(unusual | true | false)
    chance = np.zeros(len(score))
    chance[rows[asked]] = sigmoid(log_odds(model, described(sight, asked)))
    return model, chance


def _quiet(what: str, done: int) -> None:
    """Take no notice."""
