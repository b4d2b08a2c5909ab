"""Phase I's answer: which sites need a closer look, and why, the quiet ones included.

A site can need it for what it is today, or for what it becomes once the others are hardened. The
second is what lists by prominence miss: attackers turn to lesser-known, softer targets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from manara.risk.attackers import shifts
from manara.risk.programme.exposure import Exposure
from manara.risk.programme.folder import Assumptions, Criteria
from manara.risk.programme.questionnaire import Protection
from manara.risk.programme.sites import MIDDLE

#: What hardening the prominent leaves of the chance that an attempt there succeeds.
_HARDENED = 0.3


class Reason(msgspec.Struct, frozen=True):
    """Why a site needs phase II, or why not: a text and the numbers that go into it.

    Attributes:
        text: one of `REASONS`, with names of numbers in braces.
        numbers: by name; ``share`` is one of 1, ``alpha`` is plain.
    """

    text: str
    numbers: dict[str, float] = {}

    def told(self) -> str:
        """Return it in English."""
        shown = {
            name: f"{value:.0%}" if name == "share"
            else f"{value:.2f}" if name == "alpha"
            else f"{value:,.0f}"
            for name, value in self.numbers.items()
        }  # fmt: skip
        return self.text.format(**shown)


#: Texts of reasons, by rule.
REASONS = {
    "loss": "expected loss above the {loss} a year that is tolerated",
    "share": "{share} of all expected loss",
    "quiet": "quiet and soft: {loss} a year once the better known are hardened",
    "next": "next in line: {loss} a year once the better known are hardened",
    "weak": "{people} people behind weak protection",
    "unknown": "{people} people behind protection nobody has assessed",
    "none": "below every criterion, today and after hardening",
    "not assessed": "not assessed",
    "answered": "only {share} of the questions answered",
    "agreement": "assessors do not agree (alpha {alpha})",
    "stated": "well protected by its own word ({share}), not by evidence",
}


def _reason(rule: str, **numbers: float) -> Reason:
    return Reason(REASONS[rule], numbers)


class Screened(msgspec.Struct, frozen=True):
    """One site after phase I.

    Attributes:
        site: its short name.
        title: what people call it.
        prominence: 1..5.
        protection: 0..1 with evidence; None if nobody assessed it.
        attempts: a year, by habit.
        risk: expected loss a year today.
        share: of all expected loss.
        substitution: its risk, with a partly adaptive attacker, once the more prominent sites are
            hardened, over today's.
        quiet: whether it is less known than most and not well protected.
        phase_two: whether it needs a closer look.
        reasons: why, or why not.
        grounds: the same before it was put into words.
    """

    site: str
    title: str
    prominence: int
    protection: float | None
    attempts: float
    risk: float
    share: float
    substitution: float
    quiet: bool
    phase_two: bool
    reasons: tuple[str, ...]
    grounds: tuple[Reason, ...]


def screen(
    exposure: Exposure,
    protected: Mapping[str, Protection],
    criteria: Criteria,
    assumed: Assumptions,
) -> list[Screened]:
    """Return all sites, those that need phase II first, each by risk.

    Args:
        exposure: of the sites.
        protected: protection by site.
        criteria: what the organisation decided before.
        assumed: the strength of the partly adaptive attacker is among it.
    """
    risk = exposure.targets.risk
    whole = float(risk.sum())
    moved = if_others_harden(exposure, assumed.strength)
    found = []
    for at, site in enumerate(exposure.sites):
        known = protected.get(site.site)
        score = known.score if known else None
        soft = score is None or score < criteria.weak
        quiet = site.prominence < MIDDLE and soft
        share = float(risk[at]) / whole if whole else 0.0
        why = []
        if risk[at] > criteria.loss:
            why.append(_reason("loss", loss=criteria.loss))
        if share >= criteria.share:
            why.append(_reason("share", share=share))
        then = float(risk[at] * moved[at])
        if moved[at] >= criteria.substitution and (soft or risk[at] <= criteria.loss < then):
            why.append(_reason("quiet" if quiet else "next", loss=then))
        if site.people >= criteria.people and soft:
            why.append(_reason("unknown" if score is None else "weak", people=site.people))
        why += _doubts(known, criteria)
        grounds = tuple(why) or (_reason("none"),)
        found.append(
            Screened(
                site=site.site,
                title=site.title,
                prominence=site.prominence,
                protection=score,
                attempts=float(exposure.targets.attempts[at]),
                risk=float(risk[at]),
                share=share,
                substitution=float(moved[at]),
                quiet=quiet,
                phase_two=bool(why),
                reasons=tuple(one.told() for one in grounds),
                grounds=grounds,
            )
        )
    return sorted(found, key=lambda one: (not one.phase_two, -one.risk, one.site))


def if_others_harden(exposure: Exposure, strength: float) -> NDArray[np.float64]:
    """Return each site's risk over today's once all the more prominent ones are hardened.

    Args:
        exposure: of the sites.
        strength: of the partly adaptive attacker.
    """
    fame = np.array([one.prominence for one in exposure.sites])
    found = np.ones(len(fame))
    for level in sorted(set(fame.tolist())):
        likelihood = np.where(fame > level, _HARDENED, 1.0)
        after = shifts(exposure.targets, likelihood, np.ones(len(fame)), (strength,))[1]
        same = fame == level
        found[same] = np.nan_to_num(after.substitution[same], nan=1.0)
    return found


def _doubts(known: Protection | None, criteria: Criteria) -> Sequence[Reason]:
    if known is None or known.score is None:
        return (_reason("not assessed"),)
    found = []
    if known.answered < criteria.answered:
        found.append(_reason("answered", share=known.answered))
    if known.agreement is not None and known.agreement < criteria.agreement:
        found.append(_reason("agreement", alpha=known.agreement))
    stated = known.stated or 0.0
    if stated >= criteria.weak > known.score:
        found.append(_reason("stated", share=stated))
    return found
