"""What a check found, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from manara.model import Finding, Severity, Step
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
    steps: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
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
        texts.append((f"{left} more declarations and payments show it and are not listed.", ()))
    texts.append(
        (
            f"Score {check.prior.score:g}: a prior set by hand and not calibrated; "
            f"{check.prior.reason}. What was found is a reason to ask, not a proof.",
            (),
        )
    )
    steps = (
        Step(number, text, tuple(one for one in shown if one in known))
        for number, (text, shown) in enumerate(texts, 1)
    )
    finding = Finding(
        f"trade.{hit.check}",
        hit.subjects,
        check.prior.score,
        Severity[check.severity.upper()],
        f"{check.title}: {', '.join(hit.subjects)}",
        tuple(steps),
        _evidence(declarations, payments),
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


def day_text(day: int) -> str:
    """Return a day since 1970 as ISO 8601."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def sum_text(value: float, currency: str) -> str:
    """Return a sum for a sentence."""
    return f"{value:,.2f} {currency}"


def listed(names: Sequence[str]) -> str:
    """Return at most three names for a sentence."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _evidence(declarations: Iterable[str], payments: Iterable[str]) -> tuple[str, ...]:
    marked = [f"declaration:{one}" for one in declarations]
    marked += [f"payment:{one}" for one in payments]
    return tuple(dict.fromkeys(marked))
