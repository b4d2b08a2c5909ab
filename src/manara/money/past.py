"""What was decided about leads of a typology before, and what follows for new ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from manara.model import Decision, Lead, Text, counted, phrase
from manara.money.rules import Hit

#: As many decisions as the prior of a typology counts for: it has lost most of its weight once a
#: unit has decided some dozens. A rule of the house (a beta prior of this strength).
WEIGHT = 20

#: Similar leads that are told.
_TOLD = 3

_OUTCOMES: Mapping[str, Text] = {
    "confirmed": phrase("confirmed"),
    "dismissed": phrase("dismissed"),
}


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

    def told(self, hit: Hit) -> list[Text]:
        """Return sentences about earlier leads: how they were decided, and the most similar."""
        if not self._final:
            return []
        found = [decided_on(self.decided, self.confirmed)]
        others = [one for account, one in self._hits.items() if account != hit.account]
        alike = sorted(others, key=lambda other: (_distance(hit, other), other.account))[:_TOLD]
        if alike:
            found.append(most_similar(self._final[other.account] for other in alike))
        return found


def decided_on(count: int, confirmed: int) -> Text:
    """Return how many leads of a kind were decided on, and how many of them confirmed."""
    return counted(
        "Decided on here: {num} of this kind, {confirmed} confirmed.",
        "Decided on here: {num} of this kind, {confirmed} confirmed.",
        count,
        confirmed=confirmed,
    )


def most_similar(decisions: Iterable[Decision]) -> Text:
    """Return the decided leads that are most like another, with what was decided."""
    return phrase("The most similar of them: {leads}.", leads=tuple(map(lead_and_day, decisions)))


def lead_and_day(decision: Decision) -> Text:
    """Return a lead with what was decided about it and when."""
    outcome = _OUTCOMES[decision.outcome]
    lead = decision.subjects[0]
    return phrase("{lead} ({outcome} {day})", lead=lead, outcome=outcome, day=decision.at)


def _distance(one: Hit, other: Hit) -> float:
    """Return how far two hits are apart in what their typology asks for, as a sum of ratios."""
    names = [condition.feature for condition in one.typology.conditions]
    pairs = [(one.row[name] or 0.0, other.row[name] or 0.0) for name in names]
    return sum(abs(math.log((1 + abs(a)) / (1 + abs(b)))) for a, b in pairs)
