"""Indicators compared with what was seen: every log line that shows one of their signs."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from manara.cyber.signs import keys_of
from manara.store import View

_INDICATORS = """
SELECT id, entity_id, prop, value FROM facts
WHERE "schema" = 'Indicator' AND prop IN ('sign', 'validUntil')
ORDER BY entity_id, prop, value, id
"""
_LINES = 'SELECT id, "time", sign, observer FROM sightings ORDER BY "time", id'


class Line(NamedTuple):
    """What was seen: the id of the event, when, and who or what saw it (``""`` if nobody says)."""

    id: str
    time: datetime
    observer: str


class Seen(NamedTuple):
    """A sign of an indicator that was seen.

    Attributes:
        indicator: id of the indicator.
        sign: the sign as the indicator states it.
        facts: ids of the facts that state it.
        lines: what was seen, the earliest first.
    """

    indicator: str
    sign: str
    facts: tuple[str, ...]
    lines: tuple[Line, ...]


def seen(view: View) -> list[Seen]:
    """Return the signs of indicators that log lines and other sightings show, by indicator.

    Values are compared as wholes (see `keys_of`); what else a pattern asks for is not looked at.
    What was seen after an indicator ran out does not count; what was seen before it was written
    does.
    """
    stated = _stated(view)
    lines = _lines(view, {keys_of(sign)[0] for _, sign, _, _ in stated})
    found = []
    for indicator, sign, facts, until in stated:
        mine = lines.get(keys_of(sign)[0], ())
        # The last day may be known to the month or year only.
        kept = tuple(
            one for one in mine if not until or f"{one.time:%Y-%m-%d}"[: len(until)] <= until
        )
        if kept:
            found.append(Seen(indicator, sign, facts, kept))
    return found


def _stated(view: View) -> list[tuple[str, str, tuple[str, ...], str]]:
    """Return each sign of each indicator, the facts that state it, and its last day."""
    facts: dict[tuple[str, str], list[str]] = defaultdict(list)
    until: dict[str, str] = {}
    for row in view.sql(_INDICATORS).to_pylist():
        if row["prop"] == "sign":
            facts[row["entity_id"], row["value"]].append(row["id"])
        else:
            until[row["entity_id"]] = row["value"][:10]
    return [
        (indicator, sign, tuple(ids), until.get(indicator, ""))
        for (indicator, sign), ids in facts.items()
        if keys_of(sign)
    ]


def _lines(view: View, wanted: set[str]) -> dict[str, list[Line]]:
    """Return what shows wanted keys, by key; each sign is read once, however often it was seen."""
    found: dict[str, list[Line]] = defaultdict(list)
    shown: dict[str, list[str]] = {}
    for batch in view.stream(_LINES) if wanted else ():
        for sign in pc.unique(batch["sign"]).to_pylist():
            if sign not in shown:
                shown[sign] = sorted(wanted.intersection(keys_of(sign)))
        hits = pa.array([sign for sign, keys in shown.items() if keys], pa.string())
        for row in batch.filter(pc.is_in(batch["sign"], hits)).to_pylist():
            for key in shown[row["sign"]]:
                found[key].append(Line(row["id"], row["time"], row["observer"] or ""))
    return found
