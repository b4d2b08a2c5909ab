"""What the board reads first: sentences, each from figures of the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from manara.model import Text, counted, phrase
from manara.risk.programme.assessment import Assessed
from manara.risk.programme.speech import Speech, speech
from manara.risk.threat import Span


def sentences(found: Assessed, voice: Speech | None = None) -> list[str]:
    """Return the findings of a programme in a few sentences.

    Args:
        found: the programme worked out.
        voice: the language; English if None.
    """
    texts = (*_today(found), *_planned(found), *_unpaid(found))
    return [one.told(voice or speech()) for one in texts]


def _span(value: Span, currency: str) -> Text:
    """Return money with its band."""
    return phrase(
        "{currency} {value:money} ({low:money} to {high:money})",
        currency=currency,
        value=value.value,
        low=value.low,
        high=value.high,
    )


def _money(value: float, currency: str) -> Text:
    return phrase("{currency} {value:money}", currency=currency, value=float(value))


def _today(found: Assessed) -> Iterator[Text]:
    currency = found.settings.currency
    today = found.two.outlooks[0]
    screened = found.one.screened
    closer = [one for one in screened if one.phase_two]
    quiet = [one for one in closer if one.quiet]
    yield phrase(
        "An average year costs {average}; once in {years} years a year costs {bad} or more.",
        average=_span(today.aal, currency),
        years=found.settings.assumptions.return_period,
        bad=_span(today.aep, currency),
    )
    yield counted(
        "{num} of {all} sites needs a detailed assessment{quiet}.",
        "{num} of {all} sites need a detailed assessment{quiet}.",
        len(closer),
        all=len(screened),
        quiet=phrase(
            ", {count} of them quiet: hardly known and not well protected", count=len(quiet)
        )
        if quiet
        else "",
    )


def _planned(found: Assessed) -> Iterator[Text]:
    plan, currency = found.two.plan, found.settings.currency
    if not plan:
        yield phrase("No measures are listed, so there is no plan yet.")
        return
    cuts = [one.cut for one in plan.shifts]
    yield counted(
        "The plan takes {num} measure for {cost}.",
        "The plan takes {num} measures for {cost}.",
        len(plan.taken),
        cost=_money(plan.cost.sum(), currency),
    )
    yield phrase(
        "If attackers keep their habits the plan cuts the expected loss by {habits:.0%}; if they "
        "adapt, by {least:.0%} to {most:.0%}.",
        habits=float(cuts[0]),
        least=float(min(cuts[1:])),
        most=float(max(cuts[1:])),
    )
    yield from overtaking(found)


def overtaking(found: Assessed) -> Iterator[Text]:
    """Yield what happens to the sites that nobody protects, where attackers adapt."""
    shift = next(one for one in found.two.attackers if one.attacker == "logit")
    before, after = int(np.argmax(shift.risk_before)), int(np.argmax(shift.risk_after))
    factor = float(np.nan_to_num(shift.substitution[after], nan=1.0))
    title = found.one.sites[after].title
    if before != after:
        yield phrase(
            "Once {flagship} is hardened, {site} carries the largest risk: {risk} a year, "
            "{factor:.1f} times today's.",
            flagship=found.one.sites[before].title,
            site=title,
            risk=_money(shift.risk_after[after], found.settings.currency),
            factor=factor,
        )
    elif factor > 1:
        yield phrase(
            "{site} stays the site most at risk, {factor:.1f} times today's.",
            site=title,
            factor=factor,
        )


def _unpaid(found: Assessed) -> Iterator[Text]:
    currency = found.settings.currency
    told = found.three.planned.plain
    whole = sum(one["ground_up"] for one in told["perils"].values())
    gap = found.three.planned.unpaid
    yield phrase(
        "Of the average loss that is left, {gap} a year ({share:.0%}) is paid by nobody.",
        gap=_money(gap, currency),
        share=float(gap / whole if whole else 0),
    )
    if told["offers"]:
        yield _cheapest(told["offers"], currency)


def _cheapest(offers: list[dict[str, Any]], currency: str) -> Text:
    best, kept = offers[0], next(one for one in offers if one["kind"] == "retain")
    total = _money(best["total"], currency)
    if best is kept:
        return phrase(
            "Cheapest to close the gap is to keep the risk: {total} a year with what is still "
            "borne.",
            total=total,
        )
    others = [one for one in offers if one["kind"] not in (best["kind"], "retain")]
    other: Text | str = ""
    if others:
        other = phrase(
            " and {total:money} for {name}",
            total=others[0]["total"],
            name=others[0]["name"],
        )
    return phrase(
        "Cheapest to close the gap is {way}, {name} at {price} a year: {total} a year with what "
        "is still borne, against {kept:money} if nothing is done{other}.",
        way=phrase("to protect") if best["kind"] == "protect" else phrase("to insure"),
        name=best["name"],
        price=_money(best["price"], currency),
        total=total,
        kept=kept["total"],
        other=other,
    )
