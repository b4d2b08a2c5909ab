"""Phase I's answer: which sites need a closer look, and why, the quiet ones included.

A site can need it for what it is today, or for what it becomes once the others are hardened. The
second is what lists by prominence miss: attackers turn to lesser-known, softer targets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec
import numpy as np
from numpy.typing import NDArray

from manara.model import Text, counted, phrase
from manara.risk.attackers import shifts
from manara.risk.programme.exposure import Exposure
from manara.risk.programme.folder import Assumptions, Criteria
from manara.risk.programme.questionnaire import Protection
from manara.risk.programme.sites import MIDDLE

#: Leads so near to a site, in km, are a ground to look closer.
NEAR = 25.0
#: What hardening the prominent leaves of the chance that an attempt there succeeds.
_HARDENED = 0.3


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
        grounds: the same, to be told in any language.
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
    grounds: tuple[Text, ...]


def screen(
    exposure: Exposure,
    protected: Mapping[str, Protection],
    criteria: Criteria,
    assumed: Assumptions,
    near: Mapping[str, int] = MappingProxyType({}),
) -> list[Screened]:
    """Return all sites, those that need phase II first, each by risk.

    Args:
        exposure: of the sites.
        protected: protection by site.
        criteria: what the organisation decided before.
        assumed: the strength of the partly adaptive attacker is among it.
        near: leads within `NEAR` km of each site, where any are known.
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
            why.append(
                phrase(
                    "expected loss above the {loss:,.0f} a year that is tolerated",
                    loss=criteria.loss,
                )
            )
        if share >= criteria.share:
            why.append(phrase("{share:.0%} of all expected loss", share=share))
        then = float(risk[at] * moved[at])
        if moved[at] >= criteria.substitution and (soft or risk[at] <= criteria.loss < then):
            why.append(_then(quiet, then))
        if site.people >= criteria.people and soft:
            why.append(_crowd(site.people, score))
        if leads := near.get(site.site, 0):
            why.append(_under_way(leads))
        why += _doubts(known, criteria)
        grounds = tuple(why) or (phrase("below every criterion, today and after hardening"),)
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
                reasons=tuple(map(str, grounds)),
                grounds=grounds,
            )
        )
    return sorted(found, key=lambda one: (not one.phase_two, -one.risk, one.site))


def _under_way(leads: int) -> Text:
    return counted(
        "{num} grave lead of the workspace within {reach:g} km",
        "{num} grave leads of the workspace within {reach:g} km",
        leads,
        reach=NEAR,
    )


def _then(quiet: bool, loss: float) -> Text:
    if quiet:
        return phrase(
            "quiet and soft: {loss:,.0f} a year once the better known are hardened", loss=loss
        )
    return phrase("next in line: {loss:,.0f} a year once the better known are hardened", loss=loss)


def _crowd(people: int, score: float | None) -> Text:
    if score is None:
        return phrase("{people:,} people behind protection nobody has assessed", people=people)
    return phrase("{people:,} people behind weak protection", people=people)


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


def _doubts(known: Protection | None, criteria: Criteria) -> Sequence[Text]:
    if known is None or known.score is None:
        return (phrase("not assessed"),)
    found = []
    if known.answered < criteria.answered:
        found.append(phrase("only {share:.0%} of the questions answered", share=known.answered))
    if known.agreement is not None and known.agreement < criteria.agreement:
        found.append(phrase("assessors do not agree (alpha {alpha:.2f})", alpha=known.agreement))
    stated = known.stated or 0.0
    if stated >= criteria.weak > known.score:
        found.append(
            phrase("well protected by its own word ({share:.0%}), not by evidence", share=stated)
        )
    return found
