"""Settling thresholds: who may be stopped for nothing, told of with what it was known to cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from manara.casework.journal import Journal
from manara.identity.screening.rates import Measured
from manara.model import Handling, NotFoundError
from manara.money.detect import LIMITS, SWITCH, configured, configured_on
from manara.money.typology import BOUNDS, Limits, Typology, check_limits, chosen, limited
from manara.pipeline.screening import Screen
from manara.pipeline.thresholds import MATTER, Wanted, known_cost, wanted_of
from manara.store import Workspace
from manara.store.policies import Policy, policies_on, settle, settled


@dataclass(frozen=True, slots=True)
class Switch:
    """A typology, and what is known of its cost here.

    Attributes:
        typology: the typology, with the thresholds that count.
        written: it as its file has it.
        on: whether it is looked for.
        standing: how many of its leads stand.
        confirmed: how many leads people have confirmed.
        dismissed: how many they have dismissed.
    """

    typology: Typology
    written: Typology
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
                limited(one, found["limits"].get(one.id, {})),
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
        known = self._one(typology_id, sees)
        with self.journal.writing() as (connection, note):
            off = configured_on(connection, self.workspace.root)["off"]
            settle(connection, f"{SWITCH}{typology_id}", on, by=by, ground=ground)
            values = {"before": typology_id not in off, "after": on, "ground": ground.strip()}
            note(by, "policy", f"{SWITCH}{typology_id}", **values, **_counts(known))
        return replace(known, on=on)

    def limit(
        self,
        typology_id: str,
        limits: Limits,
        *,
        by: str,
        ground: str,
        sees: Callable[[Handling], bool] = lambda rule: True,
    ) -> Switch:
        """Settle thresholds inside a typology from now on, and return what is known of it.

        Those not named stay as they are; one set back to what its file says is settled no more.

        Args:
            typology_id: the typology.
            limits: the thresholds.
            by: who settles it.
            ground: why.
            sees: whether what comes under a rule counts for what is known.

        Raises:
            NotFoundError: there is no such typology.
            UsageError: there is no ground, or no such threshold, or it could not be met.
        """
        known = self._one(typology_id, sees)
        check_limits(known.written, limits)
        with self.journal.writing() as (connection, note):
            settled = configured_on(connection, self.workspace.root)["limits"]
            before = limited(known.written, settled.get(typology_id, {}))
            after = limited(before, limits)
            # Two thresholds of one feature may have been settled by two people.
            kept = _apart(known.written, after)
            check_limits(known.written, kept)
            matter = f"{LIMITS}{typology_id}"
            settle(connection, matter, kept, by=by, ground=ground)
            values = {"before": _bounds(before), "after": _bounds(after), "ground": ground.strip()}
            note(by, "policy", matter, **values, **_counts(known))
        return replace(known, typology=after)

    def _one(self, typology_id: str, sees: Callable[[Handling], bool]) -> Switch:
        known = {one.typology.id: one for one in self.switches(sees)}
        if typology_id not in known:
            raise NotFoundError(
                "no such typology", where=typology_id[:80], remedy=", ".join(sorted(known))
            )
        return known[typology_id]


def _apart(written: Typology, settled: Typology) -> dict[str, dict[str, float]]:
    """Return the thresholds that are others than those of the file."""
    found: dict[str, dict[str, float]] = {}
    for one, other in zip(written.conditions, settled.conditions, strict=True):
        for name in BOUNDS:
            if (value := getattr(other, name)) != getattr(one, name):
                found.setdefault(one.feature, {})[name] = value
    return found


def _bounds(typology: Typology) -> list[str]:
    return [f"{one.feature} {one.bound}" for one in typology.conditions]


def _counts(known: Switch) -> dict[str, int]:
    """Return what is known of a typology's false alerts here, for the audit log."""
    return {name: getattr(known, name) for name in ("standing", "confirmed", "dismissed")}


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
