"""Rows of the event tables as STIX 2.1 objects.

A sign that STIX has an observable for becomes observed data with an indicator and a sighting; every
other row becomes an object of our own type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_address
from typing import Any

from manara.formats.stix_extension import observable_id, timestamp
from manara.formats.stix_write import LeftOut, Made, StixWriter, Tell
from manara.model import EVENT_TABLES, PROVENANCE, Handling

#: Types of objects by table.
_TYPES = {
    "payments": "manara-transaction",
    "movements": "manara-movement",
    "custody": "manara-custody",
    "incidents": "manara-incident",
    "sightings": "manara-sighting",
    "declarations": "manara-declaration",
}
_PROVENANCE = {column.name for column in PROVENANCE}
#: Observables by kind of sign; an address is told apart by its form.
_SIGNS = {"domain": "domain-name", "url": "url", "email": "email-addr"}
_HASHES = {32: "MD5", 40: "SHA-1", 64: "SHA-256"}


def event_objects(
    writer: StixWriter, table: str, row: Mapping[str, Any], rule: Handling, tell: Tell
) -> Iterator[Made]:
    """Yield the objects of a row of an event table.

    Args:
        writer: makes them.
        table: a key of `EVENT_TABLES`.
        row: its columns; times without zone are UTC.
        rule: what it comes under.
        tell: is told what is left out.
    """
    values = _values(writer, table, row, tell)
    if values is None:
        return
    at, until = (_utc(row[key]) if row.get(key) else None for key in ("time", "time_end"))
    begin = at or datetime(1970, 1, 1, tzinfo=UTC)
    end = until if until and until > begin else begin
    extension = {"event": {"table": table, "values": values, "dataset": row["dataset"]}}
    sign = _observable(row) if table == "sightings" else None
    if sign is None:
        key = writer.named(_TYPES[table], row["id"])
        name = " ".join(str(row[k]) for k in ("kind", "title", "reference") if row.get(k))
        data = {"name": name} if name else {}
        yield from writer.finished(key, data, extension, rule, begin, begin)
        return
    yield from _observed(writer, row, rule, (begin, end), sign, extension)


def _observed(
    writer: StixWriter,
    row: Mapping[str, Any],
    rule: Handling,
    span: tuple[datetime, datetime],
    sign: dict[str, Any],
    extension: dict[str, Any],
) -> Iterator[Made]:
    """Yield the observable, its observation, and what points from it to whom it belongs to."""
    begin, end = span
    derived = {"derived": True}
    key = observable_id(sign["type"], {k: v for k, v in sign.items() if k != "type"})
    yield from writer.finished(key, sign, derived, rule, begin, begin)
    observed = writer.named("observed-data", row["id"])
    seen = {
        "first_observed": timestamp(begin),
        "last_observed": timestamp(end),
        "number_observed": min(row.get("count") or 1, 999_999_999),
        "object_refs": [key],
    }
    yield from writer.finished(observed, seen, extension, rule, begin, begin)
    indicator = writer.named("indicator", f"{row['id']} {key}")
    pattern = {"pattern": _pattern(sign), "pattern_type": "stix", "valid_from": timestamp(begin)}
    yield from writer.finished(indicator, pattern, derived, rule, begin, begin)
    sighting: dict[str, Any] = {"sighting_of_ref": indicator, "observed_data_refs": [observed]}
    observer = writer.ref(row.get("observer") or "")
    if observer and observer.startswith("identity--"):
        sighting["where_sighted_refs"] = [observer]
    key = writer.named("sighting", row["id"])
    yield from writer.finished(key, sighting, derived, rule, begin, begin)
    subject = writer.ref(row.get("subject") or "")
    if subject and not subject.startswith("relationship--"):
        tie = {"relationship_type": "related-to", "source_ref": indicator, "target_ref": subject}
        key = writer.named("relationship", f"{row['id']} subject")
        yield from writer.finished(key, tie, derived, rule, begin, begin)


def _values(
    writer: StixWriter, table: str, row: Mapping[str, Any], tell: Tell
) -> dict[str, Any] | None:
    """Return what a row says; None if something it cannot be without does not go along."""
    values: dict[str, Any] = {}
    for column in EVENT_TABLES[table]:
        value = row.get(column.name)
        if value is None or value == "" or value == [] or column.name in _PROVENANCE:
            continue
        if column.unit != "entity id":
            values[column.name] = _plain(value)
            continue
        named = [value] if isinstance(value, str) else list(value)
        refs = [ref for one in named if (ref := writer.ref(one))]
        if len(refs) < len(named):
            reason = "who or what it names does not go along"
            tell(LeftOut(row["id"], table, column.name, "reference", reason))
            if column.required:
                return None
        if refs:
            single = isinstance(value, str)
            values[f"{column.name}_ref{'' if single else 's'}"] = refs[0] if single else refs
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _utc(value).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _observable(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the observable that a sign is, None if the standard has none for it."""
    kind, sign = str(row.get("kind") or ""), str(row["sign"])
    if kind in _SIGNS:
        return {"type": _SIGNS[kind], "value": sign}
    if kind == "hash" and re.fullmatch("[0-9a-fA-F]+", sign) and len(sign) in _HASHES:
        return {"type": "file", "hashes": {_HASHES[len(sign)]: sign.lower()}}
    try:
        version = ip_address(sign).version if kind in ("address", "ip") else 0
    except ValueError:
        return None
    return {"type": f"ipv{version}-addr", "value": sign} if version else None


def _pattern(sign: dict[str, Any]) -> str:
    """Return the pattern that finds an observable (STIX 2.1, section 9)."""
    if "hashes" in sign:
        ((name, value),) = sign["hashes"].items()
        return f"[file:hashes.'{name}' = '{value}']"
    value = sign["value"].replace("\\", "\\\\").replace("'", "\\'")
    return f"[{sign['type']}:value = '{value}']"
