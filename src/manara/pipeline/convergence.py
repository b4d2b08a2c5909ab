"""Convergence, trends and hidden ties on plain CSV files, without a workspace."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from manara.formats import Row, rows
from manara.graph import Graph
from manara.graph.arrays import I32, I64
from manara.graph.communities import communities
from manara.model import FormatError, Reject, UsageError
from manara.network.converge import Convergence, Settings, converge
from manara.network.hidden import PredictedTie, decayed, hidden_ties
from manara.network.measures import community_mix, event_overlap
from manara.network.nulls import most_probable
from manara.network.trend import Trend, diversification, expansion


class SetAside(msgspec.Struct, frozen=True):
    """A row that was not used.

    Attributes:
        file: name of its file.
        locator: where it stands there.
        reason: why it was not used.
    """

    file: str
    locator: str
    reason: str


class Answer(msgspec.Struct, frozen=True):
    """A result, with the files it came from.

    Attributes:
        inputs: SHA-256 of each file, by name.
        result: what was computed.
        rejects: rows that were not used.
    """

    inputs: dict[str, str]
    result: Convergence | dict[str, Trend] | list[PredictedTie]
    rejects: list[SetAside]


class _Tie(NamedTuple):
    row: Row
    source: str
    target: str


@dataclass(slots=True)
class _Reading:
    """Files as they are read, with what was set aside."""

    inputs: dict[str, str] = field(default_factory=dict)
    rejects: list[SetAside] = field(default_factory=list)

    def rows(self, path: Path, required: Sequence[str]) -> Iterator[Row]:
        with path.open("rb") as file:
            name = str(path) if path.name in self.inputs else path.name
            self.inputs[name] = hashlib.file_digest(file, "sha256").hexdigest()
        for row in rows(path, required=required):
            if isinstance(row, Reject):
                self.reject(path, row.locator, row.reason)
            else:
                yield row

    def reject(self, path: Path, locator: str, reason: str) -> None:
        self.rejects.append(SetAside(path.name, locator, reason))

    def ties(self, path: Path) -> Iterator[_Tie]:
        """Yield the rows of an edge list that state a tie of two."""
        for row in self.rows(path, ("source", "target")):
            source, target = (row.values[name].strip() for name in ("source", "target"))
            if not source or not target:
                self.reject(path, row.locator, "an end of the tie is missing")
            elif source == target:
                self.reject(path, row.locator, f"a tie of {source} to itself")
            else:
                yield _Tie(row, source, target)


def converge_files(
    nodes: Path,
    edges: Path,
    columns: Sequence[str],
    settings: Settings,
    *,
    community: str = "",
    events: Path | None = None,
) -> Answer:
    """Return where domains converge in a network of two CSV files.

    Args:
        nodes: one row an entity, with a column ``id``.
        edges: one row a tie, with the columns ``source`` and ``target``.
        columns: of ``nodes``: one that holds a domain, or several separated by ``;``, in equal
            shares; or a column for each domain, which holds its probability.
        settings: seed, draws and thresholds.
        community: column of ``nodes`` that holds the community of each entity; ``""`` to find
            communities by the ties.
        events: one row an entity that took part in an event, with the columns ``event`` and
            ``entity``.

    Raises:
        FormatError: a file is broken or lacks a column, or no tie is usable.
        UsageError: a setting is out of range.
    """
    reading = _Reading()
    label = _probabilities if len(columns) > 1 else _labels
    stated: dict[str, dict[str, float]] = {}
    groups: list[str] = []
    for row in reading.rows(nodes, ("id", *columns, *filter(None, [community]))):
        name = row.values["id"].strip()
        shares = label(row, columns)
        if not name or name in stated or isinstance(shares, str):
            reason = shares if isinstance(shares, str) else "a second row of the id" if name else ""
            reading.reject(nodes, row.locator, reason or "no id")
            continue
        stated[name] = shares
        groups.append(row.values[community].strip() if community else "")
    graph = _graph(reading, edges, list(stated))
    domains = (
        list(columns) if len(columns) > 1 else sorted({d for of in stated.values() for d in of})
    )
    place = {domain: at for at, domain in enumerate(domains)}
    profile = np.zeros((graph.n, len(domains)))
    for at, shares in enumerate(stated.values()):
        for domain, share in shares.items():
            profile[at, place[domain]] = share
    result = converge(graph, profile, domains, settings)
    tied = graph.degree > 0
    if community:
        number = np.unique(np.array(groups)[tied], return_inverse=True)[1].astype(np.int32)
    else:
        # Leiden, as its library has it, does not give the same twice for one seed.
        number = communities(graph.within(tied), "louvain", settings.seed)
    mix = community_mix(number, profile[tied], seed=settings.seed, draws=settings.draws)
    system = msgspec.structs.replace(result.system, community_mix=mix.rounded())
    if events:
        classes = most_probable(profile)
        classes[classes == len(domains)] = -1
        parts = _parts(reading, events, list(stated))
        overlap = event_overlap(*parts, classes, seed=settings.seed, draws=settings.draws)
        system = msgspec.structs.replace(system, event_overlap=overlap.rounded())
    result = msgspec.structs.replace(result, system=system)
    return Answer(reading.inputs, result, reading.rejects)


def _parts(reading: _Reading, events: Path, names: list[str]) -> tuple[I32, I32]:
    """Return the number of the event and of the entity of each row that states both."""
    number = {name: at for at, name in enumerate(names)}
    places: dict[str, int] = {}
    parts = []
    for row in reading.rows(events, ("event", "entity")):
        event, entity = row.values["event"].strip(), row.values["entity"].strip()
        if not event or entity not in number:
            reading.reject(events, row.locator, "no event, or no such entity among the nodes")
            continue
        parts.append((places.setdefault(event, len(places)), number[entity]))
    both: I32 = np.array(parts, np.int32).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def hidden_files(
    edges: Path, *, missing: float, limit: int, half_life: float | None = None
) -> Answer:
    """Return the ties most likely there and not known, in a network of a CSV file.

    Args:
        edges: one row a tie, with the columns ``source`` and ``target``.
        missing: ties that are missing, for each known one.
        limit: at most so many.
        half_life: days after which a tie last seen then weighs half, by the column ``last_seen``
            (ISO 8601) against the latest date in the file; None for no decay.

    Raises:
        FormatError: the file is broken or lacks a column, or no tie is usable.
        UsageError: a setting is out of range.
    """
    reading = _Reading()
    seen: dict[tuple[str, str], date] = {}
    for tie in reading.ties(edges):
        last = date.min
        if half_life is not None:
            try:
                last = date.fromisoformat(tie.row.values.get("last_seen", "").strip())
            except ValueError:
                reading.reject(edges, tie.row.at("last_seen"), "not a date, such as 2024-05-31")
                continue
        ends = min(tie.source, tie.target), max(tie.source, tie.target)
        seen[ends] = max(last, seen.get(ends, date.min))
    if not seen:
        raise FormatError("no usable tie in it", where=edges.name)
    names = sorted({name for ends in seen for name in ends})
    number = {name: at for at, name in enumerate(names)}
    pairs = sorted((number[a], number[b], last) for (a, b), last in seen.items())
    both = np.array([pair[:2] for pair in pairs], np.int32)
    graph = Graph.of(names, both[:, 0], both[:, 1])
    if half_life is not None:
        latest = max(seen.values())
        age = np.array([(latest - pair[2]).days for pair in pairs], np.float64)
        graph = decayed(graph, age, half_life)
    return Answer(reading.inputs, hidden_ties(graph, missing=missing, limit=limit), reading.rejects)


def trend_file(path: Path, network: str, *, seed: int) -> Answer:
    """Return how a network expands and diversifies, from the rows of its sources.

    Args:
        path: a CSV file, one row a sighting: ``period`` (such as 2024 or 2024-05; they are ordered
            as texts), ``source``, ``network``, and, where known, ``member``, ``place``, ``domain``.
            Rows of other networks, or of none, count as what the source reported in the period.
        network: which network is looked at.
        seed: of the bootstrap.

    Raises:
        FormatError: the file is broken or lacks a column.
        UsageError: the network has no row, or there are fewer than two periods.
    """
    reading = _Reading()
    table = []
    for row in reading.rows(path, ("period", "source", "network")):
        if row.values["period"].strip() and row.values["source"].strip():
            table.append({name: value.strip() for name, value in row.values.items()})
        else:
            reading.reject(path, row.locator, "no period or no source")
    periods = sorted({row["period"] for row in table})
    mine = [row for row in table if row["network"] == network]
    if not mine:
        raise UsageError("no row of this network", where=network, remedy=f"see {path.name}")
    effort = _counted(table, periods, [row["source"] for row in mine])
    found: dict[str, Trend] = {}
    for what in ("member", "place"):
        if any(row.get(what) for row in mine):
            once = {(row["period"], row["source"], row[what]): row for row in mine if row.get(what)}
            counts = _counted(list(once.values()), periods, list(effort))
            found[f"{what}s"] = expansion(counts, effort, seed=seed)
    domain = [row for row in mine if row.get("domain")]
    if domain:
        first = [
            row["domain"] for row in domain if row["period"] == min(r["period"] for r in domain)
        ]
        main = max(sorted(set(first)), key=first.count)
        rest = _counted([r for r in domain if r["domain"] != main], periods, list(effort))
        whole = _counted(domain, periods, list(effort))
        found["domains"] = diversification(rest, whole, seed=seed)
    return Answer(reading.inputs, found, reading.rejects)


def _counted(
    table: Sequence[dict[str, str]], periods: Sequence[str], sources: Sequence[str]
) -> dict[str, I64]:
    """Return how many rows each source has in each period."""
    place = {period: at for at, period in enumerate(periods)}
    counts = {source: np.zeros(len(periods), np.int64) for source in sources}
    for row in table:
        if row["source"] in counts:
            counts[row["source"]][place[row["period"]]] += 1
    return counts


def _graph(reading: _Reading, edges: Path, names: list[str]) -> Graph:
    number = {name: at for at, name in enumerate(names)}
    ends = []
    for tie in reading.ties(edges):
        unknown = [name for name in (tie.source, tie.target) if name not in number]
        if unknown:
            reading.reject(edges, tie.row.locator, f"no entity {unknown[0]} among the nodes")
        else:
            ends.append((number[tie.source], number[tie.target]))
    if not ends:
        raise FormatError("no usable tie in it", where=edges.name)
    both: I32 = np.array(ends, np.int32)
    return Graph.of(names, both[:, 0], both[:, 1])


def _labels(row: Row, columns: Sequence[str]) -> dict[str, float]:
    """Return equal shares of the domains in one cell; none for an empty one."""
    named = sorted({part.strip() for part in row.values[columns[0]].split(";")} - {""})
    return {domain: 1 / len(named) for domain in named}


def _probabilities(row: Row, columns: Sequence[str]) -> dict[str, float] | str:
    """Return the probabilities in several cells, or why they are none."""
    try:
        shares = {column: float(row.values[column].strip() or 0) for column in columns}
    except ValueError:
        return "a probability is not a number"
    if not (all(0 <= share <= 1 for share in shares.values()) and sum(shares.values()) <= 1 + 1e-6):
        return "the probabilities are not from 0 to 1 with a sum of at most 1"
    return shares
