"""What a check found, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from manara.model import Finding, Severity, Text, counted, phrase, steps_of
from manara.money.trade.checks import checks, sources

#: Declarations and payments that a finding lists at most, the largest first.
MOST_EVIDENCE = 1000
_EPOCH = date(1970, 1, 1)


class Hit(NamedTuple):
    """What a check found, before it is told.

    Attributes:
        check: its name.
        subjects: companies it is about.
        declarations: ids of the declarations that show it.
        payments: ids of the payments that show it.
        steps: sentences, each with the declarations and payments it rests on.
        figures: the value against the distribution, by name.
        stake: money that may have been moved, in units of the currency; 0 where it cannot be told.
        currency: of the stake.
    """

    check: str
    subjects: tuple[str, ...]
    declarations: tuple[str, ...]
    payments: tuple[str, ...]
    steps: tuple[tuple[Text, tuple[str, ...], tuple[str, ...]], ...]
    figures: Mapping[str, Any]
    stake: float
    currency: str


@dataclass(frozen=True, slots=True)
class TradeFinding:
    """A finding with its declarations and payments.

    Attributes:
        finding: it as any detector tells one; its evidence are ids with `declaration:` or
            `payment:` before them, its score the prior of the check, not calibrated.
        declarations: ids of declarations that show it.
        payments: ids of payments that show it.
        figures: the value against the distribution, by name.
        stake: money that may have been moved, 0 where it cannot be told.
        currency: of the stake.
        innocent: explanations to rule out first.
        sources: public papers that describe it.
    """

    finding: Finding
    declarations: tuple[str, ...]
    payments: tuple[str, ...]
    figures: Mapping[str, Any]
    stake: float
    currency: str
    innocent: tuple[str, ...]
    sources: tuple[str, ...]


def told(hit: Hit) -> TradeFinding:
    """Return a hit in words."""
    check = checks()[hit.check]
    declarations, payments = hit.declarations[:MOST_EVIDENCE], hit.payments[:MOST_EVIDENCE]
    known = {*_evidence(declarations, payments)}
    texts = [(text, _evidence(*ids)) for text, *ids in hit.steps]
    if left := len(hit.declarations) + len(hit.payments) - len(declarations) - len(payments):
        texts.append((_not_listed(left), ()))
    texts.append(
        (
            phrase(
                "Score {score:g}: a prior set by hand and not calibrated; {reason}. What was found "
                "is a reason to ask, not a proof.",
                score=check.prior.score,
                reason=phrase(check.prior.reason),
            ),
            (),
        )
    )
    title = phrase("{what}: {names}", what=phrase(check.title), names=hit.subjects)
    finding = Finding(
        f"trade.{hit.check}",
        hit.subjects,
        check.prior.score,
        Severity[check.severity.upper()],
        str(title),
        steps_of((text, [one for one in shown if one in known]) for text, shown in texts),
        _evidence(declarations, payments),
        title,
    )
    papers = tuple(sources()[key] for key in check.sources)
    return TradeFinding(
        finding,
        declarations,
        payments,
        hit.figures,
        hit.stake,
        hit.currency,
        check.innocent,
        papers,
    )


def ranked(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits by check, those with most money at stake first, whatever order they came in."""
    place = {name: at for at, name in enumerate(checks())}
    return sorted(
        hits, key=lambda hit: (place[hit.check], -hit.stake, hit.subjects, hit.declarations)
    )


def day_of(day: int) -> date:
    """Return a day since 1970 as a date."""
    return _EPOCH + timedelta(days=day)


def sum_of(value: float, currency: str) -> Text:
    """Return a sum for a sentence."""
    return phrase("{sum:,.2f} {currency}", sum=value, currency=currency)


def _not_listed(left: int) -> Text:
    return counted(
        "{num} more declaration or payment shows it and is not listed.",
        "{num} more declarations and payments show it and are not listed.",
        left,
    )


def _evidence(declarations: Iterable[str], payments: Iterable[str]) -> tuple[str, ...]:
    marked = [f"declaration:{one}" for one in declarations]
    marked += [f"payment:{one}" for one in payments]
    return tuple(dict.fromkeys(marked))
