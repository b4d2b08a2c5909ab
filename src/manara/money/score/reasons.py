"""Why a payment got its probability: what each thing known of it adds, in plain sentences."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from manara.money.score.index import F64
from manara.money.score.model import Matrix, Model
from manara.money.score.sight import NAMES

_ENDS = {
    "payer_paid": "payments the payer made",
    "payer_got": "payments the payer received",
    "payee_paid": "payments the payee made",
    "payee_got": "payments the payee received",
}
_OTHERS = {
    "size": ("amount, in usual payments of its currency", "times"),
    "round": ("zeros at the end of the amount, in thousandths", "count"),
    "hour": ("hour of the day, UTC", "count"),
    "weekday": ("day of the week, 0 for Thursday", "count"),
    "history": ("days of payments known before it", "number"),
    "pair_count": ("earlier payments from this payer to this payee", "count"),
    "pair_gap": ("time since this payer last paid this payee", "time"),
    "pair_ratio": ("amount over that of the last payment between the two", "times"),
    "pair_next_gap": ("time until this payer pays this payee again", "time"),
    "back_count": ("earlier payments from this payee to this payer", "count"),
    "back_gap": ("time since this payee last paid this payer", "time"),
    "back_next_gap": ("time until this payee pays this payer back", "time"),
    "payer_known": ("time since the payer's first payment known", "time"),
    "payee_known": ("time since the payee's first payment known", "time"),
    "match": ("closest amount among what the payer got in 4 days, times apart", "times"),
    "match_gap": ("time since the payer got the closest amount", "time"),
    "spent": ("amount over what the payer got in 14 days", "number"),
    "onward_match": ("closest amount among what the payee pays on, times apart", "times"),
    "onward_match_gap": ("time until the payee pays on the closest amount", "time"),
    "onward_spent": ("what the payee pays on over the amount", "number"),
    "shared_most": ("most other payees that one other payer of the payee shares", "count"),
    "shared_payers": ("other payers of the payee that share payees with the payer", "count"),
    "shared_sum": ("payees shared with other payers of the payee, in all", "count"),
    "gather_most": ("most other ways from a source of the payer's money to the payee", "count"),
    "gather_sources": ("sources of the payer's money with other ways to the payee", "count"),
    "gather_sum": ("other ways from sources of the payer's money to the payee", "count"),
    "scatter_most": ("most other ways from the payer to one whom the payee pays", "count"),
    "scatter_targets": ("accounts the payee pays that the payer reaches other ways", "count"),
    "scatter_sum": ("other ways from the payer to those whom the payee pays", "count"),
    "payers_paid": ("payments that the payee's other payers made, mean", "number"),
    "payers_got": ("payments that the payee's other payers received, mean", "number"),
    "payers_new": ("first payments that the payee's other payers received, mean", "number"),
    "payees_paid": ("payments that the payer's other payees made, mean", "number"),
    "payees_got": ("payments that the payer's other payees received, mean", "number"),
    "payees_new": ("first payments that the payer's other payees made, mean", "number"),
    "cycle_most": ("payments in the longest cycle with it", "count"),
    "cycle_strangers": ("payments in the longest cycle of accounts new to each other", "count"),
    "cycle_days": ("days of the shortest cycle with it", "number"),
    "cycle_spread": ("largest over smallest amount of the most even cycle", "times"),
}


class Reason(msgspec.Struct, frozen=True):
    """One thing known of a payment.

    Attributes:
        name: its name in `NAMES`.
        value: what is known; not a number if nothing.
        adds: what it adds to the logarithm of the odds.
        sentence: what it says, with the value.
    """

    name: str
    value: float
    adds: float
    sentence: str


def contributions(model: Model, values: Matrix) -> F64:
    """Return what each kept column adds to the logarithm of the odds of each payment.

    The last column is the start all have in common; a row adds up to the payment's logarithm of
    odds. These are exact Shapley values of the trees (Lundberg et al. 2020, TreeSHAP).
    """
    known = np.ascontiguousarray(values[:, model.kept])
    parts = [
        one.predict(known, pred_contrib=True, num_iteration=model.rounds, num_threads=1)
        for one in model.boosters
    ]
    added: F64 = model.slope * np.mean(parts, axis=0)
    added[:, -1] += model.offset
    return added


def reasons(model: Model, values: Matrix, added: F64, most: int) -> list[list[Reason]]:
    """Return for each payment the things known of it that weigh most, the weightiest first.

    Args:
        model: what was learnt.
        values: `NAMES` of each payment.
        added: their contributions.
        most: how many things.
    """
    found = []
    for row, adds in zip(values[:, model.kept], added[:, :-1], strict=True):
        order = np.argsort(-np.abs(adds), kind="stable")[:most]
        found.append([_reason(NAMES[model.kept[k]], float(row[k]), float(adds[k])) for k in order])
    return found


def _reason(name: str, value: float, adds: float) -> Reason:
    return Reason(name, value, adds, sentence(name, value))


def sentence(name: str, value: float) -> str:
    """Return what a value of a feature says."""
    text, kind = _said(name)
    return f"{text}: {_value(value, kind)}"


def _said(name: str) -> tuple[str, str]:
    """Return what a feature says, and the kind of its value."""
    if name in _OTHERS:
        return _OTHERS[name]
    if "_new_" in name and name.replace("_new_", "_", 1) in _OTHERS:
        text, kind = _OTHERS[name.replace("_new_", "_", 1)]
        return f"{text}, among accounts new to each other", kind
    if name.startswith(("through_", "onward_")):
        way, span = name.split("_")
        text = "what the payer paid" if way == "through" else "what the payee pays on"
        return f"{text} over what it got in {_days(span)}", "number"
    end = next(one for one in _ENDS if name.startswith(one))
    what = name[len(end) + 1 :]
    who = _ENDS[end]
    if what.startswith("next_"):
        what, when = what.removeprefix("next_"), "after it, as far as seen"
    else:
        what, _, span = what.partition("_")
        when = f"in {_days(span)} before" if span else "before"
    return {
        "count": (f"{who} {when}", "count"),
        "new": (f"{who} {when} with accounts new to it", "count"),
        "sum": (f"sum of {who} {when}, in usual payments", "log"),
        "gap": (f"time to the nearest of the {who} {when}", "time"),
        "unlike": (f"amount over the usual one of {who} {when}", "times"),
        "like": (f"standard deviations above the mean of {who} {when}", "number"),
    }[what]


def _days(span: str) -> str:
    count = int(span.removesuffix("d"))
    return "the day" if count == 1 else f"{count} days"


def _value(value: float, kind: str) -> str:
    if math.isnan(value):
        return "none"
    if kind == "count":
        return f"{value:,.0f}"
    if kind == "times":
        return f"{math.exp(value):,.2f}"
    if kind == "log":
        return f"{math.expm1(value):,.1f}"
    if kind == "time":
        return f"{value / 86_400:,.1f} days" if value >= 86_400 else f"{value / 3600:,.1f} hours"
    return f"{value:,.2f}"
