"""What computer-emergency teams hold: log lines, and the signs they take for bad."""

from __future__ import annotations

import uuid
from ipaddress import IPv6Address
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from manara.exercise.codes import code
from manara.exercise.tables import Ints, sign_number
from manara.exercise.writing.desk import Desk, Sheet, texts

_NAMESPACE = uuid.UUID("00000000-0000-4000-8000-00000000e9a5")
_WALLET = code("sighting", "wallet")
#: Of log lines, the share that write a sign in another way than indicators do, where there is one.
_OTHERWISE = 0.3
#: How indicators compare each kind of sign; a telephone number is no sign that STIX can name, and
#: the form of wallets is that of other platforms, since it has none of its own.
_PATTERNS = {
    0: "[ipv6-addr:value = '%s']",
    1: "[domain-name:value = '%s']",
    2: "[cryptocurrency-wallet:value = '%s']",
    4: "[file:hashes.'SHA-256' = '%s']",
}


def sign(desk: Desk, kind: int, value: int) -> str:
    """Return an address, domain, wallet, number or hash; of ranges kept for documentation.

    How it looks does not tell how often it is seen. A wallet has the number that its desk gave it.
    """
    if kind == _WALLET:
        return str(desk.accounts[value].as_py())
    drawn = uuid.uuid5(_NAMESPACE, f"{kind} {value}")
    if kind == 0:
        return f"2001:db8:{drawn.hex[:4]}:{drawn.hex[4:8]}::{drawn.hex[8:12]}"
    if kind == 1:
        return f"{_syllables(drawn.int)}.example"
    if kind == 3:
        return f"9995{drawn.int % 10**8:08d}"
    return drawn.hex * 2


def _otherwise(kind: int, told: str, draw: int) -> str:
    """Return a sign as some programs log it: long, in capitals, with a last dot, or in a URL."""
    if kind == 0:
        return IPv6Address(told).exploded
    if kind == 1:
        return (f"{told}.", told.upper(), f"https://{told}/{draw}")[draw % 3]
    return told.upper() if kind == 4 else told


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
    other = np.where(rng.random(len(rows)) < _OTHERWISE, rng.integers(1, 99, len(rows)), 0)
    for known, first, last in desk.waves():
        low, high = np.searchsorted(table["time"][rows], (first, last))
        if low == high:
            continue
        some = rows[low:high]
        pairs = list(zip(table["kind"][some].tolist(), table["value"][some].tolist(), strict=True))
        signs = [
            _otherwise(kind, sign(desk, kind, value), draw) if draw else sign(desk, kind, value)
            for (kind, value), draw in zip(pairs, other[low:high].tolist(), strict=True)
        ]
        file = sheet.write(
            f"log-{known:%Y-%m}",
            known,
            {
                "time": sheet.times(table["time"][some]),
                "kind": texts([kinds[kind] for kind, _ in pairs]),
                "sign": texts(signs),
                "host": texts([f"gw{each:02d}.{home}" for each in host[low:high].tolist()]),
                "count": texts(["1"] * len(some)),
            },
        )
        desk.truth.signs(one.code, file, sign_number(table["kind"][some], table["value"][some]))
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
        if table["kind"][row] in _PATTERNS
    )
    stamp = f"{world.start:%Y-%m-%d}T00:00:00.000Z"
    objects: list[dict[str, Any]] = []
    for kind, value in pairs:
        told = sign(desk, kind, value)
        objects.append(
            {
                "type": "indicator",
                "spec_version": "2.1",
                "id": f"indicator--{uuid.UUID(bytes=rng.bytes(16), version=4)}",
                "created": stamp,
                "modified": stamp,
                "name": told,
                "indicator_types": ["anomalous-activity"],
                "pattern": _PATTERNS[kind] % told,
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
    file = desk.filed(state, path, "cert", world.start, format="stix-indicators")
    ids = pa.array([one["id"] for one in objects])
    numbers = sign_number(*zip(*pairs, strict=True))
    desk.truth.records(world.scenario.states[state].code, "cert", file, "sign", ids, numbers)
