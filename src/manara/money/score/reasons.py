"""Why a payment got its probability: what each thing known of it adds, in plain sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec
import numpy as np

from manara.model import Text, counted, phrase
from manara.money.score.index import F64
from manara.money.score.model import Matrix, Model
from manara.money.score.sight import NAMES

_ENDS: Mapping[str, Text] = {
    "payer_paid": phrase("payments the payer made"),
    "payer_got": phrase("payments the payer received"),
    "payee_paid": phrase("payments the payee made"),
    "payee_got": phrase("payments the payee received"),
}
_OTHERS: Mapping[str, tuple[Text, str]] = {
    "size": (phrase("amount, in usual payments of its currency"), "times"),
    "round": (phrase("zeros at the end of the amount, in thousandths"), "count"),
    "hour": (phrase("hour of the day, UTC"), "count"),
    "weekday": (phrase("day of the week, 0 for Thursday"), "count"),
    "history": (phrase("days of payments known before it"), "number"),
    "pair_count": (phrase("earlier payments from this payer to this payee"), "count"),
    "pair_gap": (phrase("time since this payer last paid this payee"), "time"),
    "pair_ratio": (phrase("amount over that of the last payment between the two"), "times"),
    "pair_next_gap": (phrase("time until this payer pays this payee again"), "time"),
    "back_count": (phrase("earlier payments from this payee to this payer"), "count"),
    "back_gap": (phrase("time since this payee last paid this payer"), "time"),
    "back_next_gap": (phrase("time until this payee pays this payer back"), "time"),
    "payer_known": (phrase("time since the payer's first payment known"), "time"),
    "payee_known": (phrase("time since the payee's first payment known"), "time"),
    "match": (phrase("closest amount among what the payer got in 4 days, times apart"), "times"),
    "match_gap": (phrase("time since the payer got the closest amount"), "time"),
    "spent": (phrase("amount over what the payer got in 14 days"), "number"),
    "onward_match": (phrase("closest amount among what the payee pays on, times apart"), "times"),
    "onward_match_gap": (phrase("time until the payee pays on the closest amount"), "time"),
    "onward_spent": (phrase("what the payee pays on over the amount"), "number"),
    "shared_most": (phrase("most other payees that one other payer of the payee shares"), "count"),
    "shared_payers": (
        phrase("other payers of the payee that share payees with the payer"),
        "count",
    ),
    "shared_sum": (phrase("payees shared with other payers of the payee, in all"), "count"),
    "gather_most": (
        phrase("most other ways from a source of the payer's money to the payee"),
        "count",
    ),
    "gather_sources": (
        phrase("sources of the payer's money with other ways to the payee"),
        "count",
    ),
    "gather_sum": (phrase("other ways from sources of the payer's money to the payee"), "count"),
    "scatter_most": (phrase("most other ways from the payer to one whom the payee pays"), "count"),
    "scatter_targets": (
        phrase("accounts the payee pays that the payer reaches other ways"),
        "count",
    ),
    "scatter_sum": (phrase("other ways from the payer to those whom the payee pays"), "count"),
    "payers_paid": (phrase("payments that the payee's other payers made, mean"), "number"),
    "payers_got": (phrase("payments that the payee's other payers received, mean"), "number"),
    "payers_new": (phrase("first payments that the payee's other payers received, mean"), "number"),
    "payees_paid": (phrase("payments that the payer's other payees made, mean"), "number"),
    "payees_got": (phrase("payments that the payer's other payees received, mean"), "number"),
    "payees_new": (phrase("first payments that the payer's other payees made, mean"), "number"),
    "cycle_most": (phrase("payments in the longest cycle with it"), "count"),
    "cycle_strangers": (
        phrase("payments in the longest cycle of accounts new to each other"),
        "count",
    ),
    "cycle_days": (phrase("days of the shortest cycle with it"), "number"),
    "cycle_spread": (phrase("largest over smallest amount of the most even cycle"), "times"),
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
    """Return what a value of a feature says, in English."""
    return str(said(name, value))


def said(name: str, value: float) -> Text:
    """Return what a value of a feature says."""
    what, kind = _what(name)
    return phrase("{what}: {value}", what=what, value=_value(value, kind))


def _what(name: str) -> tuple[Text, str]:
    """Return what a feature says, and the kind of its value."""
    if name in _OTHERS:
        return _OTHERS[name]
    if "_new_" in name and name.replace("_new_", "_", 1) in _OTHERS:
        what, kind = _OTHERS[name.replace("_new_", "_", 1)]
        return phrase("{what}, among accounts new to each other", what=what), kind
    if name.startswith(("through_", "onward_")):
        way, span = name.split("_")
        paid = phrase("what the payer paid")
        if way != "through":
            paid = phrase("what the payee pays on")
        return phrase("{what} over what it got in {days}", what=paid, days=_days(span)), "number"
    return _of_an_end(name)


def _of_an_end(name: str) -> tuple[Text, str]:
    """Return what a feature of the payer's or the payee's payments says."""
    end = next(one for one in _ENDS if name.startswith(one))
    what = name[len(end) + 1 :]
    if what.startswith("next_"):
        what, when = what.removeprefix("next_"), phrase("after it, as far as seen")
    else:
        what, _, span = what.partition("_")
        when = phrase("in {days} before", days=_days(span)) if span else phrase("before")
    template, kind = _PER_END[what]
    return Text(template.one, "", {"who": _ENDS[end], "when": when}), kind


#: What a figure about the payments of one end says, and the kind of its value.
_PER_END: Mapping[str, tuple[Text, str]] = {
    "count": (phrase("{who} {when}"), "count"),
    "new": (phrase("{who} {when} with accounts new to it"), "count"),
    "sum": (phrase("sum of {who} {when}, in usual payments"), "log"),
    "gap": (phrase("time to the nearest of the {who} {when}"), "time"),
    "unlike": (phrase("amount over the usual one of {who} {when}"), "times"),
    "like": (phrase("standard deviations above the mean of {who} {when}"), "number"),
}


def _days(span: str) -> Text:
    return counted("the day", "{num} days", int(span.removesuffix("d")))


def _value(value: float, kind: str) -> Text:
    if math.isnan(value):
        return phrase("none")
    if kind == "count":
        return phrase("{value:,.0f}", value=value)
    if kind == "log":
        return phrase("{value:,.1f}", value=math.expm1(value))
    if kind == "time" and value >= 86_400:
        return phrase("{days:,.1f} days", days=value / 86_400)
    if kind == "time":
        return phrase("{hours:,.1f} hours", hours=value / 3600)
    return phrase("{value:,.2f}", value=math.exp(value) if kind == "times" else value)
