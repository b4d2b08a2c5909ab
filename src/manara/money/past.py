"""What was decided about leads of a typology before, and what follows for new ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from manara.model import Decision, Lead
from manara.money.rules import Hit

#: As many decisions as the prior of a typology counts for: it has lost most of its weight once a
#: unit has decided some dozens. A rule of the house (a beta prior of this strength).
WEIGHT = 20

#: Similar leads that are told.
_TOLD = 3


class Past:
    """Decisions on the leads of one typology.

    Args:
        kind: kind of its leads.
        leads: all leads, ended ones too.
        decisions: what was last decided, by lead.
    """

    def __init__(self, kind: str, leads: Iterable[Lead], decisions: Mapping[str, Decision]) -> None:
        self._kind = kind
        #: Leads of the kind that were found true or not, by their account.
        self._final = {
            lead.finding.subjects[0]: decisions[lead.id]
            for lead in leads
            if lead.finding.kind == kind
            and lead.id in decisions
            and decisions[lead.id].outcome in ("confirmed", "dismissed")
        }
        self._hits: dict[str, Hit] = {}

    @property
    def decided(self) -> int:
        """How many leads were confirmed or dismissed."""
        return len(self._final)

    @property
    def confirmed(self) -> int:
        """How many of them were confirmed."""
        return sum(one.outcome == "confirmed" for one in self._final.values())

    def rate(self, prior: float) -> float:
        """Return the share of leads that are true, by the prior and what was decided here."""
        return (WEIGHT * prior + self.confirmed) / (WEIGHT + self.decided)

    def know(self, hits: Iterable[Hit]) -> None:
        """Take note of the hits of this run, to compare those decided on with the others."""
        self._hits = {hit.account: hit for hit in hits if hit.account in self._final}

    def told(self, hit: Hit) -> list[str]:
        """Return sentences about earlier leads: how they were decided, and the most similar."""
        if not self._final:
            return []
        found = [f"Decided on here: {self.decided} of this kind, {self.confirmed} confirmed."]
        others = [one for account, one in self._hits.items() if account != hit.account]
        alike = sorted(others, key=lambda other: (_distance(hit, other), other.account))[:_TOLD]
        if alike:
            listed = ", ".join(self._named(other.account) for other in alike)
            found.append(f"The most similar of them: {listed}.")
        return found

    def _named(self, account: str) -> str:
        decision = self._final[account]
        return f"{decision.subjects[0]} ({decision.outcome} {decision.at:%Y-%m-%d})"


def _distance(one: Hit, other: Hit) -> float:
    """Return how far two hits are apart in what their typology asks for, as a sum of ratios."""
    names = [condition.feature for condition in one.typology.conditions]
    pairs = [(one.row[name] or 0.0, other.row[name] or 0.0) for name in names]
    return sum(abs(math.log((1 + abs(a)) / (1 + abs(b)))) for a, b in pairs)
