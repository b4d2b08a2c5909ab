"""Settling thresholds: who may be stopped for nothing, told of with what it was known to cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from manara.casework.journal import Journal
from manara.identity.screening.rates import Measured
from manara.model import Handling, NotFoundError
from manara.money.detect import SWITCH, configured
from manara.money.typology import Typology, chosen
from manara.pipeline.screening import Screen
from manara.pipeline.thresholds import MATTER, Wanted, known_cost, wanted_of
from manara.store import Workspace
from manara.store.policies import Policy, policies_on, settle, settled


@dataclass(frozen=True, slots=True)
class Switch:
    """A typology, and what is known of its cost here.

    Attributes:
        typology: the typology.
        on: whether it is looked for.
        standing: how many of its leads stand.
        confirmed: how many leads people have confirmed.
        dismissed: how many they have dismissed.
    """

    typology: Typology
    on: bool
    standing: int
    confirmed: int
    dismissed: int


class Thresholds:
    """The thresholds of a workspace.

    Args:
        workspace: the workspace.
        journal: where changes are told of.
    """

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self.workspace, self.journal = workspace, journal

    def screening(self) -> Wanted:
        """Return how the threshold of screening is chosen now."""
        with self.journal.reading() as connection:
            return wanted_of(settled(connection, MATTER))

    def history(self) -> list[tuple[Wanted, Policy]]:
        """Return all that was ever settled about screening, the newest first."""
        with self.journal.reading() as connection:
            found = policies_on(connection, MATTER)
        return [(wanted_of(one.value), one) for one in found]

    def settle_screening(self, after: Wanted, screen: Screen, *, by: str, ground: str) -> None:
        """Choose the threshold of screening in another way from now on.

        The audit log is told what either threshold was known to cost and to buy at that moment.

        Args:
            after: how.
            screen: the lists in force.
            by: who settles it.
            ground: why.

        Raises:
            UsageError: there is no ground.
        """
        with self.journal.writing() as (connection, note):
            before = wanted_of(settled(connection, MATTER))
            settle(connection, MATTER, msgspec.to_builtins(after), by=by, ground=ground)
            ways = {"before": before, "after": after}
            values = {name: str(one) for name, one in ways.items()}
            for name, one in ways.items():
                values[f"cost_{name}"] = told(known_cost(one, screen, self.workspace))
            note(by, "policy", MATTER, **values, ground=ground.strip())

    def switches(self, sees: Callable[[Handling], bool] = lambda rule: True) -> list[Switch]:
        """Return all typologies, with what their leads have come to here.

        Args:
            sees: whether what comes under a rule counts.
        """
        found = configured(self.workspace)
        off, view = set(found["off"]), self.workspace.view()
        decided = view.decisions()
        standing, outcomes = Counter[str](), Counter[tuple[str, str]]()
        for lead in view.leads("money", ended=True):
            if not sees(lead.handling):
                continue
            kind = lead.finding.kind
            standing[kind] += lead.standing
            if lead.id in decided:
                outcomes[kind, decided[lead.id].outcome] += 1
        return [
            Switch(
                one,
                one.id not in off,
                standing[f"money.{one.id}"],
                outcomes[f"money.{one.id}", "confirmed"],
                outcomes[f"money.{one.id}", "dismissed"],
            )
            for one in chosen(own=found["own"])
        ]

    def switch(
        self,
        typology_id: str,
        on: bool,
        *,
        by: str,
        ground: str,
        sees: Callable[[Handling], bool] = lambda rule: True,
    ) -> Switch:
        """Look for a typology from now on, or no longer, and return what is known of it.

        Args:
            typology_id: the typology.
            on: whether to look for it.
            by: who settles it.
            ground: why.
            sees: whether what comes under a rule counts for what is known.

        Raises:
            NotFoundError: there is no such typology.
            UsageError: there is no ground.
        """
        known = {one.typology.id: one for one in self.switches(sees)}
        if typology_id not in known:
            raise NotFoundError(
                "no such typology", where=typology_id[:80], remedy=", ".join(sorted(known))
            )
        before = known[typology_id]
        with self.journal.writing() as (connection, note):
            settle(connection, f"{SWITCH}{typology_id}", on, by=by, ground=ground)
            counts = {name: getattr(before, name) for name in _COUNTS}
            values: Mapping[str, Any] = {"before": before.on, "after": on, "ground": ground.strip()}
            note(by, "policy", f"{SWITCH}{typology_id}", **values, **counts)
        return replace(before, on=on)


_COUNTS = ("standing", "confirmed", "dismissed")


def told(measured: Measured | None) -> str:
    """Return what a threshold costs and buys in words, for the audit log."""
    if measured is None:
        return "not measured on these lists"
    alerts, found = measured.false_alerts, measured.recall
    return (
        f"threshold {measured.threshold:g}: alerts {alerts.share:.2%} of clean people "
        f"({alerts.low:.2%} to {alerts.high:.2%}), finds {found.share:.1%} of names written "
        f"otherwise ({found.low:.1%} to {found.high:.1%})"
    )
