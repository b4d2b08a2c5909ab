"""Threat: what past incidents say of how often, where, and how badly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from manara.model import Text, UsageError, phrase
from manara.risk.threat.hawkes import (
    LEAST,
    Contest,
    Hawkes,
    Span,
    contest,
    fit_hawkes,
    next_year,
)
from manara.risk.threat.incidents import (
    Incident,
    Incidents,
    day,
    read_incidents,
    workspace_incidents,
    write_incidents,
)
from manara.risk.threat.leads import (
    LeadPlace,
    leads_near,
    read_leads,
    workspace_leads,
    write_leads,
)
from manara.risk.threat.rates import Rate, dispersion, rates
from manara.risk.threat.severity import Severity, Tail, fit_severity, read_sizes

__all__ = [
    "Contest",
    "Hawkes",
    "Incident",
    "Incidents",
    "LeadPlace",
    "Rate",
    "Severity",
    "Span",
    "Tail",
    "Threat",
    "assess",
    "contest",
    "day",
    "fit_hawkes",
    "fit_severity",
    "leads_near",
    "read_incidents",
    "read_leads",
    "read_sizes",
    "workspace_incidents",
    "workspace_leads",
    "write_incidents",
    "write_leads",
]

#: Share of the period that the forecasts are tried on, if no day is given.
_HELD_OUT = 0.25

#: Years simulated for the forecast.
_DRAWS = 2000


class Threat(msgspec.Struct, frozen=True):
    """What incidents say of the threat.

    Attributes:
        source: of the incidents.
        sha256: of that source.
        incidents: how many there are.
        dated: how many of them have their day known.
        first: day of the first.
        last: day that is known up to.
        spread: variance over mean of yearly counts; 1 where incidents are independent.
        self_exciting: the process over all of them; None where too few are dated.
        next_year: incidents of the 365 days after `last`, with the interval of 90 %.
        out_of_sample: three forecasts on days not fitted to; None where too few are dated.
        rates: by area and kind, most first.
        notes: what a reader must know.
        words: the same, to be told in any language.
    """

    source: str
    sha256: str
    incidents: int
    dated: int
    first: date
    last: date
    spread: float
    self_exciting: Hawkes | None
    next_year: Span | None
    out_of_sample: Contest | None
    rates: tuple[Rate, ...]
    notes: tuple[str, ...]
    words: tuple[Text, ...] = ()


def assess(
    incidents: Incidents,
    *,
    until: int | None = None,
    split: int | None = None,
    areas: Iterable[str] = (),
    seed: int = 0,
) -> Threat:
    """Return what incidents say of the threat.

    Args:
        incidents: all of the period.
        until: the day that is known up to; the last incident's if None.
        split: first of the days that the forecasts are tried on; the last quarter if None.
        areas: more areas to give a rate for, where nothing is recorded.
        seed: of the simulated year.

    Raises:
        UsageError: `until` is before the last incident.
    """
    last = incidents.last if until is None else until
    if last < incidents.last:
        raise UsageError("there are incidents after the day that is known up to", where="threat")
    days = max(last - incidents.first, 1.0)
    spread = dispersion(incidents, days)
    times = incidents.days()
    notes: list[Text] = []
    fit = year = tried = None
    if len(times) >= LEAST and times[-1] > times[0]:
        end = None if until is None else float(until)
        fit = fit_hawkes(times, end=end)
        now = float(times[-1]) if end is None else end
        year = next_year(fit, times, now, _DRAWS, seed)
        at = float(times[0] + (1 - _HELD_OUT) * (times[-1] - times[0]) if split is None else split)
        before = times[times < at]
        if len(before) >= LEAST and before[-1] > before[0] and times[-1] >= at:
            tried = contest(times, at)
        if year is None:
            notes.append(phrase("no forecast of a year: in the fitted process incidents run away"))
        if fit.branching.high >= 1:
            notes.append(
                phrase("one incident may set off more than one: single years can run away")
            )
    else:
        notes.append(
            phrase(
                "incidents with a day: {days}, too few to tell if they excite others",
                days=len(times),
            )
        )
    if vague := len(incidents.items) - len(times):
        notes.append(
            phrase(
                "incidents without an exact day count in rates, not in timing: {vague}", vague=vague
            )
        )
    return Threat(
        source=incidents.source,
        sha256=incidents.sha256,
        incidents=len(incidents.items),
        dated=len(times),
        first=day(incidents.first),
        last=day(last),
        spread=spread,
        self_exciting=fit,
        next_year=year,
        out_of_sample=tried,
        rates=tuple(rates(incidents, days, spread, areas)),
        notes=tuple(map(str, notes)),
        words=tuple(notes),
    )
