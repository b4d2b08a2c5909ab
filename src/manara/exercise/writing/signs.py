"""What computer-emergency teams hold: log lines, and the signs they take for bad."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import numpy as np

from manara.exercise.tables import Ints
from manara.exercise.writing.desk import Desk, Sheet, texts

_NAMESPACE = uuid.UUID("00000000-0000-4000-8000-00000000e9a5")


def sign(kind: int, value: int) -> str:
    """Return an address, domain, wallet, number or hash; of ranges kept for documentation.

    How it looks does not tell how often it is seen.
    """
    drawn = uuid.uuid5(_NAMESPACE, f"{kind} {value}")
    if kind == 0:
        return f"2001:db8:{drawn.hex[:4]}:{drawn.hex[4:8]}::{drawn.hex[8:12]}"
    if kind == 1:
        return f"{_syllables(drawn.int)}.example"
    if kind == 2:
        return f"xw1q{drawn.hex}"
    if kind == 3:
        return f"9995{drawn.int % 10**8:08d}"
    return drawn.hex * 2


def _syllables(value: int) -> str:
    parts = (
        *("ka", "lo", "mi", "ren", "tu", "sa", "vel", "dor"),
        *("ni", "pex", "qua", "sh", "ta", "ul", "zem", "bri"),
    )
    text = ""
    for _ in range(4):
        text, value = text + parts[value % 16], value // 16
    return text + str(value % 10_000)


def write_signs(desk: Desk, state: int) -> None:
    """Write log lines as a table, and the signs that the team holds for bad as STIX 2.1."""
    world = desk.world
    table = world.tables["sightings"]
    one = world.scenario.states[state]
    rows = np.flatnonzero(table["state"] == state)
    rows = rows[np.argsort(table["time"][rows], kind="stable")]
    sheet = Sheet(desk, state, "cert", "logs", "sightings")
    kinds = ("address", "domain", "wallet", "phone", "hash")
    rng = world.rng("hosts", state)
    home = f"{one.code.lower()}.example"
    host = rng.integers(0, 12, len(rows))
    for known, first, last in desk.waves():
        low, high = np.searchsorted(table["time"][rows], (first, last))
        if low == high:
            continue
        some = rows[low:high]
        pairs = list(zip(table["kind"][some].tolist(), table["value"][some].tolist(), strict=True))
        sheet.write(
            f"log-{known:%Y-%m}",
            known,
            {
                "time": sheet.times(table["time"][some]),
                "kind": texts([kinds[kind] for kind, _ in pairs]),
                "sign": texts([sign(kind, value) for kind, value in pairs]),
                "host": texts([f"gw{each:02d}.{home}" for each in host[low:high].tolist()]),
                "count": texts(["1"] * len(some)),
            },
        )
    _indicators(desk, state, rows)


def _indicators(desk: Desk, state: int, rows: Ints) -> None:
    """Write a bundle of indicators: signs of plots, and as many innocent ones wrongly held bad."""
    world = desk.world
    table = world.tables["sightings"]
    rng = world.rng("indicators", state)
    bad = rows[table["plot"][rows] >= 0]
    other = rows[table["plot"][rows] < 0]
    other = rng.choice(other, min(len(other), 6 + 2 * len(bad)), replace=False)
    chosen = rng.permutation(np.concatenate([bad, other]))
    pairs = dict.fromkeys(
        (int(table["kind"][row]), int(table["value"][row]))
        for row in chosen.tolist()
        if table["kind"][row] < 2 or table["kind"][row] == 4
    )
    patterns = {
        0: "[ipv6-addr:value = '%s']",
        1: "[domain-name:value = '%s']",
        4: "[file:hashes.'SHA-256' = '%s']",
    }
    stamp = f"{world.start:%Y-%m-%d}T00:00:00.000Z"
    objects: list[dict[str, Any]] = []
    for kind, value in pairs:
        told = sign(kind, value)
        objects.append(
            {
                "type": "indicator",
                "spec_version": "2.1",
                "id": f"indicator--{uuid.UUID(bytes=rng.bytes(16), version=4)}",
                "created": stamp,
                "modified": stamp,
                "name": told,
                "indicator_types": ["anomalous-activity"],
                "pattern": patterns[kind] % told,
                "pattern_type": "stix",
                "valid_from": stamp,
            }
        )
    if not objects:
        return
    path = desk.place(state, "cert", "indicators.json")
    bundle = {
        "type": "bundle",
        "id": f"bundle--{uuid.UUID(bytes=rng.bytes(16), version=4)}",
        "objects": objects,
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(bundle), indent=1))
    desk.filed(state, path, "cert", world.start, format="stix-indicators")
