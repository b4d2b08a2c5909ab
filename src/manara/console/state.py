"""What the service answers from: one unchanging state of the workspace, and who renews it."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from manara.identity.screening.query import Query
from manara.model import Entity, Fact, ManaraError, WorkspaceError
from manara.pipeline.payment_screening import COUNTRIES_FILE, watched_countries
from manara.pipeline.screening import Screen, screen_without, workspace_screen
from manara.pipeline.thresholds import Wanted, threshold_of, wanted
from manara.store import View, Workspace

#: How often a workspace that changes while it is read is read again at the start.
_TRIES = 10

#: How many names are asked for before a state is put to use.
_WARMING = 3

#: How many described entities are kept at hand: finding one in the lake takes milliseconds.
_MOST_RECENT = 5000

#: What changes nothing that a state holds: decisions are read when they are asked for, and
#: judgements count once clusters are made anew.
_APART = ("decide", "judge")

#: Most states kept for some of those who ask, each with an index of its own.
_MOST_NARROWER = 4

#: Held by whoever makes a state for some of those who ask: it takes seconds on large lists.
_NARROWING = threading.Lock()

_LOG = logging.getLogger("manara.console")


@dataclass(frozen=True, slots=True)
class State:
    """A workspace at one moment; never changes once made.

    Attributes:
        last_change: the last change of the workspace that counts here; None for an empty one.
        day: the day, UTC, on which it was found out what may still be kept.
        screen: the names.
        view: the facts.
        datasets: what is known of each dataset in force, by name; see `View.datasets`.
        wanted: how the threshold of screening is chosen.
        threshold: the threshold that makes on these lists: probability from which a hit is shown.
        countries: why payments with a country are looked at, by its code.
        members: ids of the entities that are one with another, by their canonical id.
        forbidden: ids of the handling rules under which nothing is told; see `without`.
        recent: entities described lately, by canonical id.
        narrower: states without what is under some rules, by these.
    """

    last_change: datetime | None
    day: date
    screen: Screen
    view: View
    datasets: Mapping[str, dict[str, Any]]
    wanted: Wanted
    threshold: float
    countries: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]]
    forbidden: frozenset[str] = frozenset()
    recent: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    narrower: dict[frozenset[str], State] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, workspace: Workspace, former: State | None = None) -> State | None:
        """Return the present state, or None if the workspace changed while it was read.

        Args:
            workspace: the workspace.
            former: the state before it, of which what is the same is taken over.
        """
        before, day = workspace.last_change(_APART), datetime.now(UTC).date()
        view = workspace.view()
        view.remember(former.view if former else None)
        view.holding("what is laid out on first use is laid out now", 1)
        screen = workspace_screen(workspace)
        if workspace.last_change(_APART) != before:
            return None
        for _, name in islice(view.names(), _WARMING):
            # What is compiled on first use is compiled now, not while somebody waits.
            screen.ask(Query(name, "1970-01-01", ("tn",), "male", ("0",)), threshold=0)
        chosen = wanted(workspace)
        state = cls(
            before,
            day,
            screen,
            view,
            {row["dataset"]: row for row in view.datasets()},
            chosen,
            threshold_of(chosen, screen, workspace),
            watched_countries(workspace.root / COUNTRIES_FILE),
            _members(screen.canonical),
        )
        for rules in former.narrower if former else ():
            # Who asked before does not wait for it again.
            state.without(frozenset(rules & view.handlings().keys()))
        return state

    def with_threshold(self, workspace: Workspace) -> State:
        """Return this state with the threshold that the office wants now, itself if it does."""
        chosen = wanted(workspace)
        if chosen == self.wanted:
            return self
        number = threshold_of(chosen, self.screen, workspace)
        return replace(self, wanted=chosen, threshold=number)

    def without(self, forbidden: frozenset[str]) -> State:
        """Return this state as if nothing under some handling rules had ever been taken in.

        Args:
            forbidden: ids of the rules.
        """
        if not forbidden:
            return self
        with _NARROWING:
            found = self.narrower.get(forbidden)
            if found is None:
                if len(self.narrower) >= _MOST_NARROWER:
                    self.narrower.pop(next(iter(self.narrower)))
                found = self.narrower[forbidden] = self._narrow(forbidden)
        return replace(found, wanted=self.wanted, threshold=self.threshold)

    def _narrow(self, forbidden: frozenset[str]) -> State:
        marks = ", ".join("?" * len(forbidden))
        query = f"SELECT DISTINCT entity_id, dataset FROM facts WHERE handling_id NOT IN ({marks})"  # noqa: S608
        told = self.view.sql(query, sorted(forbidden))
        seen, datasets = ({*told.column(name).to_pylist()} for name in ("entity_id", "dataset"))
        canonical: dict[str, str] = {}
        for key, ids in self.members.items():
            members = [one for one in ids if one in seen]
            # The id of what is not told must not stand for the others.
            canonical |= dict.fromkeys(members, key if key in seen else min(members, default=key))
        return replace(
            self,
            screen=screen_without(self.view, forbidden, canonical),
            datasets={name: row for name, row in self.datasets.items() if name in datasets},
            members=_members(canonical),
            forbidden=forbidden,
            recent={},
            narrower={},
        )

    @property
    def editions(self) -> dict[str, str]:
        """The edition in force of each dataset, by name."""
        return {name: row["edition_id"] for name, row in self.datasets.items()}

    def described(self, canonical_ids: Collection[str]) -> list[dict[str, Any]]:
        """Return entities in FollowTheMoney's form with what yente adds to it; not unknown ones.

        That is ``target`` (some list says why it is on it), ``last_seen`` (when the newest edition
        that states it was taken in) and ``last_change`` (when its newest fact was).
        """
        found = {key: one for key in canonical_ids if (one := self.recent.get(key))}
        for key, facts in self._facts(set(canonical_ids) - found.keys()).items():
            found[key] = self._described(key, facts)
        if len(self.recent) + len(found) > _MOST_RECENT:
            self.recent.clear()
        self.recent.update(found)
        return list(found.values())

    def _facts(self, canonical_ids: Collection[str]) -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = defaultdict(list)
        canonical = self.screen.canonical
        members = [one for key in canonical_ids for one in self.members.get(key, (key,))]
        for fact in self.view.facts(members):
            if fact.handling_id in self.forbidden:
                continue
            found[canonical.get(fact.entity_id, fact.entity_id)].append(fact)
        return found

    def _described(self, canonical: str, facts: list[Fact]) -> dict[str, Any]:
        data = Entity.from_facts(facts, canonical).to_ftm()
        seen = max(self.datasets[name]["recorded_at"] for name in data["datasets"])
        return data | {
            "target": "topics" in data["properties"],
            "last_seen": seen,
            "last_change": max(fact.first_seen for fact in facts),
        }


def _members(canonical: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    members = defaultdict(list)
    for entity, key in canonical.items():
        members[key].append(entity)
    return {key: tuple(sorted(ids)) for key, ids in members.items()}


class Keeper:
    """Holds the newest state of a workspace; one thread at a time may renew it.

    Attributes:
        state: the newest state. Take it once for each request.
        workspace: the workspace, for what is written.
        stale: whether the last attempt to renew it failed.
        prepare: called with the workspace and the view of a new state before it is put to use, to
            find what would keep the first who asks waiting.

    Raises:
        WorkspaceError: the workspace cannot be read, or not between two changes of it.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        found = (State.of(workspace) for _ in range(_TRIES))
        first = next((state for state in found if state), None)
        if first is None:
            raise WorkspaceError(
                "changes faster than it can be read",
                where=str(workspace.root),
                remedy="wait until what is being taken in is in",
            )
        self.state = first
        self.stale = False
        self.prepare: Callable[[Workspace, View], None] = lambda workspace, view: None

    def renew(self) -> bool:
        """Put a new state in the place of the old one if the workspace changed; return whether.

        A change that comes in between, or a workspace that cannot be read, leaves the old one.
        """
        now = self.state
        try:
            today = datetime.now(UTC).date()
            unchanged = (self.workspace.last_change(_APART), today) == (now.last_change, now.day)
            new = now.with_threshold(self.workspace) if unchanged else State.of(self.workspace, now)
            if new and new.view is not now.view:
                self.prepare(self.workspace, new.view)
        except Exception as error:
            # Whatever it is, the old state answers on, and the next attempt may succeed.
            if not self.stale:
                told = error if isinstance(error, ManaraError) else type(error).__name__
                _LOG.error("still answering from %s: %s", now.last_change, told)
            self.stale = True
            return False
        self.stale = False
        if new is None or new is now:
            return False
        self.state = new
        for name in new.datasets.keys() | now.datasets.keys():
            old, edition = now.editions.get(name, "-"), new.editions.get(name, "-")
            if old != edition:
                _LOG.info("%s: edition %s after %s", name, edition, old)
        return True
