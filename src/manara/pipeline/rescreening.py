"""Rescreening: the queries of a kept screening asked only of what has changed on the lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from manara.identity.screening.index import Hit, Index
from manara.identity.screening.query import Query
from manara.model import FormatError, UsageError
from manara.pipeline.ingest import Progress
from manara.pipeline.listed import listed
from manara.pipeline.register import (
    Retained,
    default_last_day,
    note,
    registering,
    screening_file,
    unknown,
)
from manara.pipeline.screening import (
    SPARE,
    THRESHOLD,
    Screen,
    ScreenHit,
    shown,
    workspace_screen,
)
from manara.pipeline.states import State, changed
from manara.store import Workspace
from manara.store.files import replacing


class KeptHit(msgspec.Struct, frozen=True):
    """A hit as it is kept: of one entity of one list, before entities that are one are joined."""

    entity: str
    name: str
    probability: float
    list: str


class Screening(Retained, frozen=True, kw_only=True):
    """A screening kept in a workspace.

    Attributes:
        name: what it is called.
        at: when its hits were last brought up to date, UTC.
        by: who kept it.
        threshold: least probability of a hit.
        limit: how many hits of a query were shown at most.
        state: the editions that answered, and the index.
        queries: who was asked for.
        hits: those of each query, the most probable first.
    """

    name: str
    at: datetime
    by: str
    threshold: float
    limit: int
    state: State
    queries: list[Query]
    hits: list[list[KeptHit]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A hit that is new, has changed or no longer stands.

    Attributes:
        kind: ``new``, ``changed`` or ``gone``.
        entity: canonical id of the entity.
        name: the name on the list that fits best; empty where it may no longer be shown.
        probability: calibrated probability; of a hit that is gone the last one.
        before: its probability before, None for a new one.
        list: the dataset that answers.
        edition: which edition of it.
        cause: ``list`` where the list changed, ``ranking`` where only the words of its names
            became rarer or more common, or other hits took its place.
        explanation: what speaks for and against it, a sentence each; empty if it is gone.
    """

    kind: str
    entity: str
    name: str
    probability: float
    before: float | None
    list: str
    edition: str
    cause: str
    explanation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rescreened:
    """What a rescreening found.

    Attributes:
        name: the kept screening.
        since: when its hits were last brought up to date, UTC.
        before: the editions that answered then, by dataset.
        now: the editions that answer now, by dataset.
        queries: how many were asked.
        entities: how many were new or changed on the lists, None if that cannot be told.
        everything: whether all entities had to be asked again, the index having been made anew.
        differences: queries whose hits differ, in order, with what differs.
    """

    name: str
    since: datetime
    before: Mapping[str, str]
    now: Mapping[str, str]
    queries: int
    entities: int | None
    everything: bool
    differences: list[tuple[Query, list[Difference]]]


@dataclass(slots=True)
class Keeping:
    """A screening that is being done and will be kept."""

    screen: Screen
    limit: int
    threshold: float
    queries: list[Query] = field(default_factory=list)
    hits: list[list[KeptHit]] = field(default_factory=list)

    def ask(self, query: Query) -> list[ScreenHit]:
        """Return who may be meant, as `Screen.ask` does, and remember it."""
        found = self.screen.index.search(query, self.limit * SPARE)
        self.queries.append(query)
        self.hits.append(_kept(found, self.threshold))
        return self.screen.answer(found, self.limit, self.threshold)


@contextmanager
def keeping(
    workspace: Workspace,
    name: str,
    screen: Screen,
    *,
    by: str,
    limit: int = 10,
    threshold: float = THRESHOLD,
    retain_until: date | None = None,
) -> Iterator[Keeping]:
    """Yield a screening that is kept when the block ends without an error.

    It takes the place of one of the same name.

    Args:
        workspace: the workspace.
        name: what it is called from now on.
        screen: the workspace's lists, as of now or of a past moment.
        by: who keeps it.
        limit: at most so many hits a query.
        threshold: least probability of a hit, 0..1.
        retain_until: the last day on which it may be used; None for 30 days from now.

    Raises:
        UsageError: the name cannot be one, the last day is past, or the lists are of no workspace.
    """
    path, at = screening_file(workspace, name), datetime.now(UTC)
    if retain_until and retain_until < at.date():
        raise UsageError("is past", where=f"last day {retain_until}")
    if screen.state is None:
        raise UsageError("can only be kept of the lists of a workspace", where=name)
    asked = Keeping(screen, limit, threshold)
    yield asked
    done = Screening(
        retain_until=retain_until or default_last_day(),
        name=name,
        at=at,
        by=by,
        threshold=threshold,
        limit=limit,
        state=screen.state,
        queries=asked.queries,
        hits=asked.hits,
    )
    with registering(workspace):
        _write(path, done)
        last = done.retain_until.isoformat()
        note(workspace, "keep", name, by=by, queries=len(done.queries), retain_until=last)


@contextmanager
def rescreening(
    workspace: Workspace,
    name: str,
    *,
    by: str,
    progress: Progress = lambda what, done: None,
) -> Iterator[Rescreened]:
    """Yield what differs for the queries of a kept screening, and keep its new hits.

    They are kept when the block ends without an error: what could not be told is told again.

    Args:
        workspace: the workspace.
        name: the kept screening.
        by: who asks.
        progress: told how many queries are done.

    Raises:
        NotFoundError: there is none of this name.
        FormatError: it is damaged.
    """
    path = screening_file(workspace, name)
    with registering(workspace):
        kept, at = _read(path, name), datetime.now(UTC)
        screen = workspace_screen(workspace)
        state = screen.state or kept.state
        round_ = _Round.of(workspace, kept, screen, state)
        hits, differences = [], []
        for query, before in zip(kept.queries, kept.hits, strict=True):
            found, after = round_.ask(query, before)
            hits.append(after)
            progress(f"rescreening {name}", len(hits))
            if different := round_.compare(before, after, found):
                differences.append((query, different))
        yield Rescreened(
            name=name,
            since=kept.at,
            before=kept.state.editions,
            now=screen.editions,
            queries=len(kept.queries),
            entities=None if round_.ids is None else len(round_.ids),
            everything=round_.delta is None,
            differences=differences,
        )
        _write(path, msgspec.structs.replace(kept, at=at, state=state, hits=hits))
        note(workspace, "rescreen", name, by=by, queries=len(hits), differ=len(differences))


@dataclass(frozen=True, slots=True)
class _Round:
    """One rescreening.

    Attributes:
        kept: the screening.
        screen: the lists now.
        ids: the entities that are new, changed or gone; None if that cannot be told, because what
            may no longer be shown has left no trace.
        delta: those of them that stand now; None if all must be asked again.
    """

    kept: Screening
    screen: Screen
    ids: set[str] | None
    delta: Index | None

    @classmethod
    def of(cls, workspace: Workspace, kept: Screening, screen: Screen, now: State) -> _Round:
        then = kept.state
        if (then.hidden, then.form) != (now.hidden, now.form):
            return cls(kept, screen, None, None)
        ids = changed(workspace, *sorted((then.moment, now.moment)))
        if then.base != now.base:
            return cls(kept, screen, ids, None)
        return cls(kept, screen, ids, screen.index.only(listed(workspace.view(now.moment), ids)))

    def ask(self, query: Query, before: list[KeptHit]) -> tuple[list[Hit], list[KeptHit]]:
        """Return the hits that were looked up, and all that stand now."""
        most = self.kept.limit * SPARE
        # With so many hits there may have been more, which take the place of any that is gone.
        if self.delta is None or self.ids is None or len(before) >= most:
            found = self.screen.index.search(query, most)
            return found, _kept(found, self.kept.threshold)
        found = self.delta.search(query, most)
        stay = [hit for hit in before if hit.entity not in self.ids]
        after = [*stay, *_kept(found, self.kept.threshold)]
        return found, sorted(after, key=lambda hit: -hit.probability)[:most]

    def compare(
        self, before: list[KeptHit], after: list[KeptHit], found: Iterable[Hit]
    ) -> list[Difference]:
        """Return what differs, by today's judgement on which entities are one."""
        was, now = self._joined(before), self._joined(after)
        told = {hit.entity_id: hit for hit in found}
        differences = []
        for entity in dict.fromkeys([*now, *was]):
            old, new = was.get(entity), now.get(entity)
            if new is None and old:
                differences.append(self._difference("gone", entity, old, old, ()))
            elif new and (old is None or _said(old) != _said(new)):
                why = told[new.entity].told if new.entity in told else ()
                kind = "changed" if old else "new"
                differences.append(self._difference(kind, entity, new, old, why))
        return differences

    def _joined(self, hits: Iterable[KeptHit]) -> dict[str, KeptHit]:
        found: dict[str, KeptHit] = {}
        for hit in hits:
            found.setdefault(self.screen.canonical.get(hit.entity, hit.entity), hit)
        return found

    def _difference(
        self, kind: str, entity: str, hit: KeptHit, old: KeptHit | None, why: tuple[str, ...]
    ) -> Difference:
        moved = self.ids is None or not self.ids.isdisjoint({hit.entity, (old or hit).entity})
        # Of what was withdrawn or has run out nothing is shown, and it cannot be told apart.
        silent = kind == "gone" and self.ids is None
        editions = self.kept.state.editions if kind == "gone" else self.screen.editions
        return Difference(
            kind=kind,
            entity=entity,
            name="" if silent else hit.name,
            probability=shown(hit.probability),
            before=shown(old.probability) if old else None,
            list=hit.list,
            edition=editions[hit.list],
            cause="list" if moved else "ranking",
            explanation=why,
        )


def _kept(found: Iterable[Hit], threshold: float) -> list[KeptHit]:
    return [
        KeptHit(hit.entity_id, hit.name, hit.probability, hit.list)
        for hit in found
        if hit.probability >= threshold
    ]


def _said(hit: KeptHit) -> tuple[str, float, str]:
    return hit.name, shown(hit.probability), hit.list


def _read(path: Path, name: str) -> Screening:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Screening)
    except FileNotFoundError:
        raise unknown(name) from None
    except msgspec.DecodeError as error:
        remedy = f"`manara rescreen --forget {name}`, and screen again"
        raise FormatError("kept screening is damaged", where=str(path), remedy=remedy) from error


def _write(path: Path, screening: Screening) -> None:
    with replacing(path) as written:
        written.touch(mode=0o600)
        written.write_bytes(msgspec.json.encode(screening))
