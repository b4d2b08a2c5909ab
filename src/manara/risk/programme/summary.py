"""What the board reads first: sentences, each from figures of the report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from manara.risk.programme.assessment import Assessed
from manara.risk.programme.charts import amount
from manara.risk.threat import Span


def sentences(found: Assessed) -> list[str]:
    """Return the findings of a programme in a few sentences."""
    return [*_today(found), *_planned(found), *_unpaid(found)]


def span(value: Span, currency: str) -> str:
    """Return money with its band."""
    return f"{currency} {amount(value.value)} ({amount(value.low)} to {amount(value.high)})"


def _today(found: Assessed) -> Iterator[str]:
    currency = found.settings.currency
    today = found.two.outlooks[0]
    screened = found.one.screened
    closer = [one for one in screened if one.phase_two]
    quiet = [one for one in closer if one.quiet]
    years = found.settings.assumptions.return_period
    yield (
        f"An average year costs {span(today.aal, currency)}; once in {years} years "
        f"a year costs {span(today.aep, currency)} or more."
    )
    yield (
        f"{len(closer)} of {len(screened)} sites need a detailed assessment"
        + (f", {len(quiet)} of them quiet: hardly known and not well protected." if quiet else ".")
    )


def _planned(found: Assessed) -> Iterator[str]:
    plan, currency = found.two.plan, found.settings.currency
    if not plan:
        yield "No measures are listed, so there is no plan yet."
        return
    cuts = [one.cut for one in plan.shifts]
    count = len(plan.taken)
    yield (
        f"The plan takes {count} measure{'s' if count != 1 else ''} for {currency} "
        f"{amount(float(plan.cost.sum()))}. If attackers keep their habits it cuts the expected "
        f"loss by {cuts[0]:.0%}; if they adapt, by {min(cuts[1:]):.0%} to {max(cuts[1:]):.0%}."
    )
    yield from overtaking(found)


def overtaking(found: Assessed) -> Iterator[str]:
    """Yield what happens to the sites that nobody protects, where attackers adapt."""
    shift = next(one for one in found.two.attackers if one.attacker == "logit")
    currency = found.settings.currency
    before, after = int(np.argmax(shift.risk_before)), int(np.argmax(shift.risk_after))
    factor = float(np.nan_to_num(shift.substitution[after], nan=1.0))
    title = found.one.sites[after].title
    if before != after:
        yield (
            f"Once {found.one.sites[before].title} is hardened, {title} carries the largest "
            f"risk: {currency} {amount(float(shift.risk_after[after]))} a year, "
            f"{factor:.1f} times today's."
        )
    elif factor > 1:
        yield f"{title} stays the site most at risk, {factor:.1f} times today's."


def _unpaid(found: Assessed) -> Iterator[str]:
    currency = found.settings.currency
    three = found.three
    gaps = three.planned.plain["perils"]
    whole = sum(one["ground_up"] for one in gaps.values())
    gap = three.planned.unpaid
    yield (
        f"Of the average loss that is left, {currency} {amount(gap)} a year "
        f"({gap / whole if whole else 0:.0%}) is paid by nobody."
    )
    offers = three.planned.plain["offers"]
    if not offers:
        return
    best, kept = offers[0], next(one for one in offers if one["kind"] == "retain")
    words = {"protect": "to protect", "insure": "to insure", "retain": "to keep the risk"}
    others = [one for one in offers if one["kind"] not in (best["kind"], "retain")]
    told = f"Cheapest to close the gap is {words[best['kind']]}"
    if best is not kept:
        told += f", {best['name']} at {currency} {amount(best['price'])} a year"
    told += f": {currency} {amount(best['total'])} a year with what is still borne"
    told += f", against {amount(kept['total'])} if nothing is done" if best is not kept else ""
    if others:
        told += f" and {amount(others[0]['total'])} for {others[0]['name']}"
    yield told + "."
