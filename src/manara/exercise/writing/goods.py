"""What customs, armouries, computer-emergency teams and the register of sites hold."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.exercise.codes import CODES, code
from manara.exercise.tables import Ints
from manara.exercise.things import CALIBRES, MAKES, MODELS
from manara.exercise.writing.desk import Desk, Sheet, numbered, texts, write_rows
from manara.exercise.writing.firms import company_names, company_numbers
from manara.exercise.writing.pen import Pen

_NAMESPACE = uuid.UUID("00000000-0000-4000-8000-00000000e9a5")
#: The goods of `things.GOODS` in words.
_WORDS = {
    **{1006: "rice", 1701: "sugar", 1512: "sunflower oil", 805: "citrus fruit", 702: "tomatoes"},
    **{
        302: "fresh fish",
        2523: "cement",
        7214: "steel bars",
        8703: "motor cars",
        8708: "car parts",
    },
    **{4011: "tyres", 8517: "telephones", 6109: "shirts", 6403: "shoes", 3004: "medicines"},
    **{2710: "fuel", 3102: "fertiliser", 7108: "gold", 2603: "copper ore", 2515: "marble"},
    **{9303: "hunting guns", 8525: "cameras", 8711: "motorcycles", 9401: "furniture"},
}
_OED = (
    *("PortNumber", "AccNumber", "LocNumber", "LocName", "CountryCode", "City", "Latitude"),
    *("Longitude", "OccupancyCode", "LocCurrency", "BuildingTIV", "ContentsTIV", "BITIV"),
    "NumberOfOccupants",
)
_DAY = 86_400


def write_goods(desk: Desk, state: int) -> None:
    """Write declarations, custody, indicators and sites of a state."""
    _declarations(desk, state)
    _custody(desk, state)
    _logs(desk, state)
    _sites(desk, state)


def _declarations(desk: Desk, state: int) -> None:
    """Write customs declarations: exports of the seller's state, imports of the buyer's."""
    world = desk.world
    table = world.tables["consignments"]
    one = world.scenario.states[state]
    rows = np.flatnonzero((table["from_state"] == state) | (table["to_state"] == state))
    rows = rows[np.argsort(table["time"][rows], kind="stable")]
    rng = world.rng("declarations", state)
    number = numbered(f"{one.code}D", rng, len(rows))
    waybill = world.rng("waybills").permutation(table.rows) + 400_000
    names, numbers = company_names(world), company_numbers(world)
    sheet = Sheet(desk, state, "customs", "declarations", "declarations")
    codes = [each.code for each in world.scenario.states]
    for known, first, last in desk.waves():
        mine = np.flatnonzero((table["time"][rows] >= first) & (table["time"][rows] < last))
        if not len(mine):
            continue
        some = rows[mine]
        day = np.datetime64(world.start, "D") + np.asarray(table["time"][some]) // _DAY
        seller, buyer = pa.array(~table["seller"][some]), pa.array(~table["buyer"][some])
        hs = np.asarray(table["hs"][some])
        file = sheet.write(f"declarations-{known:%Y-%m}", known, {
            "id": number.take(pa.array(mine)),
            "date": pc.strftime(pa.array(day).cast(pa.date32()), format="%Y-%m-%d"),
            "direction": texts(["import", "export"], (table["from_state"][some] == state).astype(int)),
            "exporter": names.take(seller),
            "importer": names.take(buyer),
            "exporter_no": numbers.take(seller),
            "importer_no": numbers.take(buyer),
            "hs_code": texts([f"{each:04d}" for each in hs.tolist()]),
            "description": texts([_WORDS.get(each, "goods") for each in hs.tolist()]),
            "value": pa.array(np.asarray(table["value"][some]) // 100).cast(pa.string()),
            "currency": texts([each.currency for each in world.scenario.states], table["from_state"][some]),
            "net_weight_kg": pa.array(table["kg"][some]).cast(pa.string()),
            "origin": texts(codes, table["from_state"][some]),
            "destination": texts(codes, table["to_state"][some]),
            "transport_document": pc.binary_join_element_wise("BL", pa.array(waybill[some]).cast(pa.string()), ""),
            "post": texts([post.name for post in world.scenario.posts], table["post"][some]),
        })  # fmt: skip
        desk.truth.records(
            one.code, "customs", file, "consignment", number.take(pa.array(mine)), some
        )
        for side in ("seller", "buyer"):
            firms = np.unique(~table[side][some])
            desk.truth.records(
                one.code, "customs", file, "company", numbers.take(pa.array(firms)), firms
            )


def _custody(desk: Desk, state: int) -> None:
    """Write the register of who held which firearm, and the sheets of firearms seized."""
    world = desk.world
    table = world.tables["custody"]
    one = world.scenario.states[state]
    rows = np.flatnonzero(table["state"] == state)
    rows = rows[np.lexsort((rows, table["time"][rows]))]
    seized = table["kind"][rows] == code("firearm", "seized")
    serial = _serials(desk)
    _register(desk, state, rows[~seized], serial)
    rows = rows[seized]
    rng = world.rng("seizures", state)
    record = numbered(f"{one.code}W", rng, len(rows))
    sheet = Sheet(desk, state, "arms", "seizures", "seized_firearms")
    # Marks are ground off: in the UN's questionnaire on arms flows a large share of seized arms
    # cannot be told apart by their marks; here one in five has no number and one in ten part of it.
    worn = rng.random(len(rows))
    cities = [city.name for city in world.scenario.cities if city.state == state]
    place = texts(cities, rng.integers(0, len(cities), len(rows)))
    for known, first, last in [(world.start, -(2**31), 0), *desk.waves()]:
        mine = np.flatnonzero((table["time"][rows] >= first) & (table["time"][rows] < last))
        if not len(mine):
            continue
        arms = table["firearm"][rows[mine]]
        whole = serial.take(pa.array(arms))
        part = pc.utf8_slice_codeunits(whole, 0, 4)
        lost = worn[mine]
        shown = pc.if_else(pa.array(lost < 0.2), "", pc.if_else(pa.array(lost < 0.3), part, whole))
        state_ = np.where(lost < 0.2, 0, np.where(lost < 0.3, 1, 2))
        file = sheet.write(f"seized-{known:%Y-%m-%d}", known, {
            "record": record.take(pa.array(mine)),
            "seized": _days(desk, sheet, table["time"][rows[mine]]),
            "place": place.take(pa.array(mine)),
            **_marks(desk, arms),
            "serial": shown,
            "state_of_serial": texts(["removed", "partial", "legible"], state_),
        })  # fmt: skip
        desk.truth.records(one.code, "arms", file, "firearm", record.take(pa.array(mine)), arms)


def _register(desk: Desk, state: int, rows: Ints, serial: pa.Array) -> None:
    world = desk.world
    table = world.tables["custody"]
    one = world.scenario.states[state]
    arms, back = np.unique(table["firearm"][rows], return_inverse=True)
    rng = world.rng("custody", state)
    number = numbered(f"{one.code}G", rng, len(arms))
    holder = np.asarray(table["holder"][rows])
    each, who = np.unique(holder, return_inverse=True)
    record = numbered(f"{one.code}H", rng, len(each))
    names, cards = _holders(desk, state, each)
    agency = np.asarray(table["agency"][rows])
    bodies = [f"{one.name} {word}" for word in CODES["agency"]]
    makers = np.where(table["kind"][rows] == code("firearm", "made"), 0, -1)
    sheet = Sheet(desk, state, "arms", "custody", "arms_register")
    nobody = holder == -1
    at = np.where(nobody, -1, who)
    counter = int(rng.integers(10**5, 9 * 10**5))
    for known, first, last in [(world.start, -(2**31), 0), *desk.waves()]:
        low, high = np.searchsorted(table["time"][rows], (first, last))
        if low == high:
            continue
        cut = slice(low, high)
        body = pc.if_else(
            pa.array(makers[cut] == 0), texts(MAKES, world.tables["firearms"]["make"][table["firearm"][rows[cut]]]),
            texts(bodies, agency[cut]),
        )  # fmt: skip
        mine = table["firearm"][rows[cut]]
        file = sheet.write(f"custody-{known:%Y-%m-%d}", known, {
            "reference": texts([f"{one.code}C{counter + row}" for row in range(low, high)]),
            "time": _days(desk, sheet, table["time"][rows[cut]]),
            "kind": texts(CODES["firearm"], table["kind"][rows[cut]]),
            "firearm": number.take(pa.array(back[cut])),
            **_marks(desk, mine),
            "serial": serial.take(pa.array(mine)),
            "record": texts(record, at[cut]),
            "holder": texts(names, at[cut]),
            "number": texts(cards, at[cut]),
            "body": body,
        })  # fmt: skip
        desk.truth.records(
            one.code, "arms", file, "firearm", number.take(pa.array(back[cut])), mine
        )
        held = np.unique(at[cut])
        held = held[held >= 0]
        desk.truth.records(
            one.code, "arms", file, "person", record.take(pa.array(held)), each[held]
        )


def _holders(desk: Desk, state: int, each: Ints) -> tuple[pa.Array, pa.Array]:
    """Return the names and identity cards of holders, of companies the name and number."""
    world = desk.world
    firm = each < -1
    written = Pen(desk, state, "arms").write(np.maximum(each, 0))
    row = pa.array(np.where(firm, ~each, 0))
    mask = pa.array(firm)
    return (
        pc.if_else(mask, company_names(world).take(row), written.name),
        pc.if_else(mask, company_numbers(world).take(row), written.number),
    )


def _serials(desk: Desk) -> pa.Array:
    """Return the serial number that each firearm was marked with when it was made."""
    firearms = desk.world.tables["firearms"]
    drawn = desk.world.rng("serials").permutation(firearms.rows) + 20_000
    letters = np.array(["FK", "OR", "DW", "SA", "VT", "KA"], object)[firearms["make"] % 6]
    return pc.binary_join_element_wise(
        pa.array(letters, pa.string()), pa.array(drawn).cast(pa.string()), ""
    )


def _marks(desk: Desk, arms: Ints) -> dict[str, pa.Array]:
    firearms = desk.world.tables["firearms"]
    return {
        "make": texts(MAKES, firearms["make"][arms] % len(MAKES)),
        "model": texts(MODELS, firearms["model"][arms] % len(MODELS)),
        "calibre": texts(CALIBRES, firearms["calibre"][arms] % len(CALIBRES)),
    }


def _days(desk: Desk, sheet: Sheet, seconds: Ints) -> pa.Array:
    day = np.datetime64(desk.world.start, "D") + np.floor_divide(np.asarray(seconds), _DAY)
    return sheet.days(pa.array(day).cast(pa.date32()))


def sign(kind: int, value: int) -> str:
    """Return an address, domain, wallet, number or hash; of ranges kept for documentation."""
    if kind == 0:
        net = ("192.0.2", "198.51.100", "203.0.113")[value % 3]
        return f"{net}.{value // 3 % 256}" if value < 768 else f"2001:db8::{value:x}"
    if kind == 1:
        return f"{_syllables(value)}.example"
    if kind == 2:
        return f"xw1q{uuid.uuid5(_NAMESPACE, f'w{value}').hex}"
    if kind == 3:
        return f"+9995{value:07d}"
    return uuid.uuid5(_NAMESPACE, f"h{value}").hex * 2


def _syllables(value: int) -> str:
    parts = (
        "ka",
        "lo",
        "mi",
        "ren",
        "tu",
        "sa",
        "vel",
        "dor",
        "ni",
        "pex",
        "qua",
        "sh",
        "ta",
        "ul",
        "zem",
        "bri",
    )
    text = ""
    for _ in range(4):
        text, value = text + parts[value % 16], value // 16
    return text + (str(value) if value else "")


def _logs(desk: Desk, state: int) -> None:
    """Write log lines as a table, and the signs that the team holds for bad as STIX 2.1."""
    world = desk.world
    table = world.tables["sightings"]
    one = world.scenario.states[state]
    rows = np.flatnonzero(table["state"] == state)
    rows = rows[np.argsort(table["time"][rows], kind="stable")]
    sheet = Sheet(desk, state, "cert", "logs", "sightings")
    kinds = ("address", "domain", "wallet", "phone", "hash")
    rng = world.rng("hosts", state)
    host = rng.integers(0, 12, len(rows))
    for known, first, last in desk.waves():
        low, high = np.searchsorted(table["time"][rows], (first, last))
        if low == high:
            continue
        some = rows[low:high]
        pairs = list(zip(table["kind"][some].tolist(), table["value"][some].tolist(), strict=True))
        sheet.write(f"log-{known:%Y-%m}", known, {
            "time": sheet.times(table["time"][some]),
            "kind": texts([kinds[kind] for kind, _ in pairs]),
            "sign": texts([sign(kind, value) for kind, value in pairs]),
            "host": texts([f"gw{each:02d}.{one.code.lower()}.example" for each in host[low:high].tolist()]),
            "count": texts(["1"] * len(some)),
        })  # fmt: skip
    _indicators(desk, state, rows)


def _indicators(desk: Desk, state: int, rows: Ints) -> None:
    """Write a bundle of indicators: signs of plots, and as many innocent ones wrongly held bad."""
    world = desk.world
    table = world.tables["sightings"]
    one = world.scenario.states[state]
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
        0: "[ipv4-addr:value = '%s']",
        1: "[domain-name:value = '%s']",
        4: "[file:hashes.'SHA-256' = '%s']",
    }
    stamp = f"{world.start:%Y-%m-%d}T00:00:00.000Z"
    objects: list[dict[str, Any]] = []
    for kind, value in pairs:
        told = sign(kind, value)
        pattern = patterns[kind] % told
        if ":" in told and kind == 0:
            pattern = f"[ipv6-addr:value = '{told}']"
        objects.append({
            "type": "indicator", "spec_version": "2.1",
            "id": f"indicator--{uuid.UUID(bytes=rng.bytes(16), version=4)}",
            "created": stamp, "modified": stamp, "name": told,
            "indicator_types": ["anomalous-activity"], "pattern": pattern,
            "pattern_type": "stix", "valid_from": stamp,
        })  # fmt: skip
    if not objects:
        return
    path = desk.place(state, "cert", "indicators.json")
    bundle = {
        "type": "bundle",
        "id": f"bundle--{uuid.UUID(bytes=rng.bytes(16), version=4)}",
        "objects": objects,
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(bundle), indent=1))
    desk.filed(
        state, path, "cert", world.start, format="stix-indicators"
    )


def _sites(desk: Desk, state: int) -> None:
    """Write the register of sites as locations of Open Exposure Data."""
    world = desk.world
    table = world.tables["sites"]
    one = world.scenario.states[state]
    rows = np.flatnonzero(table["state"] == state)
    rng = world.rng("sites", state)
    rows = rows[rng.permutation(len(rows))]
    cities = world.scenario.cities
    told = []
    for number, row in enumerate(rows.tolist(), 1):
        city, value = cities[int(table["city"][row])], int(table["value"][row])
        kind = CODES["site"][int(table["kind"][row])]
        told.append([
            1, 1, number, f"{city.name} {kind} {number}", one.code, city.name,
            round(city.lat + rng.normal(0, 0.03), 5), round(city.lon + rng.normal(0, 0.03), 5),
            1000 + int(table["kind"][row]), one.currency, value, value // 3, value // 10, int(table["people"][row]),
        ])  # fmt: skip
    path = desk.place(state, "sites", "locations.csv")
    write_rows(path, list(_OED), told)
    desk.filed(state, path, "sites", world.start, format="oed-location")
