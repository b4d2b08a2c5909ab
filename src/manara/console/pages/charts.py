"""Where the parts of small charts stand: events in time, who paid whom, ties among a few.

Lengths are in the units of the drawing; templates draw them as SVG, which needs no script and
prints as it looks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from manara.pipeline.flows import ends

#: A chart of more parties or entities than this is no chart any more.
MOST_BOXES, MOST_NODES = 24, 40

_WIDTH, _HALF = 900, 78
_MARGIN = 46
_BOX = 30
_TIES_WIDTH = 760
_LANE, _LABELS = 30, 150


class Stem(NamedTuple):
    """One payment: a stem from the line of time up or down, as long as the root of its sum."""

    x: float
    y: float
    side: str
    row: Mapping[str, Any]


class Timeline(NamedTuple):
    """Payments in the order of time, those to the subjects upwards, those from them downwards."""

    stems: list[Stem]
    ticks: list[tuple[float, datetime]]
    width: int
    half: int


class Lanes(NamedTuple):
    """Events on lines of time, one line for each table: where each dot stands, and of which row."""

    dots: list[tuple[float, float, Mapping[str, Any]]]
    lines: list[tuple[float, str]]
    ticks: list[tuple[float, datetime]]
    width: int
    height: int


class Box(NamedTuple):
    """A party that pays or is paid."""

    id: str
    x: float
    y: float
    main: bool


class Arrow(NamedTuple):
    """What one party paid another, as a curve."""

    path: str
    width: float
    flow: Mapping[str, Any]


class Flow(NamedTuple):
    """Who paid whom, from left to right; ``left_out`` flows are too many to draw."""

    boxes: list[Box]
    arrows: list[Arrow]
    width: int
    height: int
    box: tuple[int, int]
    left_out: int


class Dot(NamedTuple):
    """An entity in a small graph."""

    id: str
    x: float
    y: float
    main: bool


class Ties(NamedTuple):
    """A small graph; ``left_out`` entities are too many to draw."""

    dots: list[Dot]
    lines: list[tuple[Dot, Dot]]
    width: int
    height: int
    left_out: int


def timeline(rows: Sequence[Mapping[str, Any]], subjects: Collection[str]) -> Timeline | None:
    """Return payments on a line of time, None for fewer than two.

    Args:
        rows: payments.
        subjects: ids that count as "we": what comes to them points up, what leaves them down.
    """
    paid = sorted((row for row in rows if row.get("amount")), key=lambda row: row["time"])
    if len(paid) < 2:
        return None
    first, last = paid[0]["time"], paid[-1]["time"]
    most: dict[str, float] = {}
    for row in paid:
        most[row["currency"]] = max(most.get(row["currency"], 0.0), abs(float(row["amount"])))
    x = _scale(first, last, _MARGIN)
    stems = []
    for row in paid:
        payer, payee = ends(row)
        side = "in" if payee in subjects else "out" if payer in subjects else "other"
        share = abs(float(row["amount"])) / (most[row["currency"]] or 1.0)
        length = 6 + (_HALF - 12) * sqrt(share)
        y = _HALF + length if side == "out" else _HALF - length
        stems.append(Stem(x(row["time"]), round(y, 1), side, row))
    return Timeline(stems, [(x(one), one) for one in _moments(first, last)], _WIDTH, _HALF)


def lanes(rows: Sequence[Mapping[str, Any]]) -> Lanes | None:
    """Return events on a line of time for each of their tables, None for fewer than two events.

    Args:
        rows: events, each with its ``table`` and ``time``.
    """
    if len(rows) < 2:
        return None
    times = [row["time"] for row in rows]
    first, last = min(times), max(times)
    x = _scale(first, last, _LABELS)
    tables = list(dict.fromkeys(row["table"] for row in sorted(rows, key=lambda row: row["time"])))
    lines = [(_LANE * (at + 0.5), table) for at, table in enumerate(tables)]
    height = {table: y for y, table in lines}
    dots = [(x(row["time"]), height[row["table"]], row) for row in rows]
    ticks = [(x(one), one) for one in _moments(first, last)]
    return Lanes(dots, lines, ticks, _WIDTH, _LANE * len(tables))


def _scale(first: datetime, last: datetime, left: int) -> Callable[[datetime], float]:
    """Return what gives each moment its place on a line of time that begins at `left`."""
    span = max((last - first).total_seconds(), 1.0)

    def x(moment: datetime) -> float:
        share = (moment - first).total_seconds() / span
        return round(left + (_WIDTH - _MARGIN - left) * share, 1)

    return x


def _moments(first: datetime, last: datetime) -> list[datetime]:
    """Return the moments that are told below a line of time."""
    if last - first < timedelta(days=6):
        return [first, last] if first.date() != last.date() else [first]
    return [first + (last - first) * at / 5 for at in range(6)]


def flow_chart(flows: Sequence[Mapping[str, Any]], subjects: Collection[str]) -> Flow | None:
    """Return who paid whom as boxes in columns, payers before those they pay; None for nobody.

    Args:
        flows: as `manara.pipeline.flows.flows` tells them, the largest first.
        subjects: ids of the parties that it is about.
    """
    kept: list[Mapping[str, Any]] = []
    parties: dict[str, None] = {}
    for flow in flows:
        more = dict.fromkeys((flow["payer"], flow["payee"]))
        if len(parties | more) <= MOST_BOXES:
            parties |= more
            kept.append(flow)
    if not kept:
        return None
    column = _columns(list(parties), kept)
    stacks: dict[int, list[str]] = {}
    for party in parties:
        stacks.setdefault(column[party], []).append(party)
    columns, deepest = len(stacks), max(map(len, stacks.values()))
    height = max(deepest * (_BOX + 12) + 12, 90)
    wide = min(210, (_WIDTH - 70 * (columns - 1)) // columns)
    step = (_WIDTH - wide) / max(columns - 1, 1)
    boxes = {}
    for place, at in enumerate(sorted(stacks)):
        gap = height / len(stacks[at])
        for row, party in enumerate(stacks[at]):
            y = gap * (row + 0.5) - _BOX / 2
            boxes[party] = Box(party, round(step * place, 1), round(y, 1), party in subjects)
    largest = max(float(flow["sum"]) for flow in kept) or 1.0
    arrows = [_arrow(boxes[f["payer"]], boxes[f["payee"]], f, wide, largest) for f in kept]
    return Flow(list(boxes.values()), arrows, _WIDTH, height, (wide, _BOX), len(flows) - len(kept))


def _columns(parties: list[str], flows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the column of each party: one after the last of those that pay it, rings aside."""
    column = dict.fromkeys(parties, 0)
    for _ in range(min(len(parties), 5)):
        for flow in flows:
            payer, payee = flow["payer"], flow["payee"]
            if payer != payee and column[payee] <= column[payer] < 5:
                back = any(f["payer"] == payee and f["payee"] == payer for f in flows)
                if not (back and column[payer] > column[payee]):
                    column[payee] = column[payer] + 1
    number = {old: new for new, old in enumerate(sorted(set(column.values())))}
    return {party: number[at] for party, at in column.items()}


def _arrow(a: Box, b: Box, flow: Mapping[str, Any], wide: int, largest: float) -> Arrow:
    width = round(1.5 + 9 * sqrt(float(flow["sum"]) / largest), 1)
    y0, y1 = a.y + _BOX / 2, b.y + _BOX / 2
    x0, x1 = (a.x + wide, b.x - 5) if b.x > a.x else (a.x, b.x + wide + 5)
    bend = max(abs(x1 - x0) / 2, 30) * (1 if b.x > a.x else -1)
    path = f"M{x0:.1f} {y0:.1f}C{x0 + bend:.1f} {y0:.1f} {x1 - bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    return Arrow(path, width, flow)


def small_graph(pairs: Sequence[tuple[str, str]], subjects: Sequence[str]) -> Ties | None:
    """Return a small graph laid out by forces (Fruchterman & Reingold 1991); None for no tie.

    Args:
        pairs: ids of the two ends of each tie.
        subjects: the entities that it is about; their neighbours come first if not all fit.
    """
    near = [pair for pair in pairs if not set(subjects).isdisjoint(pair)]
    order = dict.fromkeys([*subjects, *(end for pair in (*near, *pairs) for end in pair)])
    ids = [one for one in order if any(one in pair for pair in pairs)]
    kept = ids[:MOST_NODES]
    number = {one: at for at, one in enumerate(kept)}
    drawn = sorted({(min(p), max(p)) for p in pairs if set(p) <= number.keys() and p[0] != p[1]})
    if not drawn:
        return None
    tall = min(90 + 45 * (len(kept) - 2), 400)
    place = _forces(len(kept), tuple((number[a], number[b]) for a, b in drawn), tall)
    dots = [
        Dot(one, round(float(x), 1), round(float(y), 1), one in subjects)
        for one, (x, y) in zip(kept, place, strict=True)
    ]
    lines = [(dots[number[a]], dots[number[b]]) for a, b in drawn]
    return Ties(dots, lines, _TIES_WIDTH, tall, len(ids) - len(kept))


@lru_cache(maxsize=256)
def _forces(n: int, pairs: tuple[tuple[int, int], ...], tall: int) -> Any:
    """Return places in a drawing of this height, the labels' room left free at its borders."""
    turn = np.arange(n) * 2.399963
    at = np.column_stack([np.cos(turn), np.sin(turn)]) * np.sqrt(np.arange(n) + 0.5)[:, None]
    best = sqrt(4.0)
    a, b = np.array(pairs).T
    for step in range(250):
        delta = at[:, None] - at[None]
        distance = np.maximum(np.hypot(delta[..., 0], delta[..., 1]), 0.01)
        force = (delta * (best**2 / distance**2)[..., None]).sum(axis=1)
        pull = (at[a] - at[b]) * (np.hypot(*(at[a] - at[b]).T) / best)[:, None]
        np.add.at(force, a, -pull)
        np.add.at(force, b, pull)
        length = np.maximum(np.hypot(*force.T), 1e-9)[:, None]
        at = at + force / length * np.minimum(length, 1.2 * (1 - step / 250))
    # The widest way of it lies flat, as the drawing does.
    at = at - at.mean(axis=0)
    at = at @ np.linalg.svd(at, full_matrices=False)[2].T
    low, high = at.min(axis=0), at.max(axis=0)
    room = np.array([_TIES_WIDTH - 180, tall - 54])
    flat = high - low < 1e-6
    share = np.where(flat, 0.5, (at - low) / np.where(flat, 1.0, high - low))
    return np.array([90, 24]) + share * room
