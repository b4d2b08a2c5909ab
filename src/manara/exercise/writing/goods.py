"""What customs and the register of sites hold."""

from __future__ import annotations

import uuid

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.exercise.codes import CODES
from manara.exercise.writing.desk import Desk, Sheet, numbered, texts, write_rows
from manara.exercise.writing.firms import company_names, company_numbers

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
    """Write declarations and sites of a state."""
    _declarations(desk, state)
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
        file = sheet.write(
            f"declarations-{known:%Y-%m}",
            known,
            {
                "id": number.take(pa.array(mine)),
                "date": pc.strftime(pa.array(day).cast(pa.date32()), format="%Y-%m-%d"),
                "direction": texts(
                    ["import", "export"], (table["from_state"][some] == state).astype(int)
                ),
                "exporter": names.take(seller),
                "importer": names.take(buyer),
                "exporter_no": numbers.take(seller),
                "importer_no": numbers.take(buyer),
                "hs_code": texts([f"{each:04d}" for each in hs.tolist()]),
                "description": texts([_WORDS.get(each, "goods") for each in hs.tolist()]),
                "value": pa.array(np.asarray(table["value"][some]) // 100).cast(pa.string()),
                "currency": texts(
                    [each.currency for each in world.scenario.states], table["from_state"][some]
                ),
                "net_weight_kg": pa.array(table["kg"][some]).cast(pa.string()),
                "origin": texts(codes, table["from_state"][some]),
                "destination": texts(codes, table["to_state"][some]),
                "transport_document": pc.binary_join_element_wise(
                    "BL", pa.array(waybill[some]).cast(pa.string()), ""
                ),
                "post": texts([post.name for post in world.scenario.posts], table["post"][some]),
            },
        )
        desk.truth.records(
            one.code, "customs", file, "consignment", number.take(pa.array(mine)), some
        )
        for side in ("seller", "buyer"):
            firms = np.unique(~table[side][some])
            desk.truth.records(
                one.code, "customs", file, "company", numbers.take(pa.array(firms)), firms
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
        told.append(
            [
                1,
                1,
                number,
                f"{city.name} {kind} {number}",
                one.code,
                city.name,
                round(city.lat + rng.normal(0, 0.03), 5),
                round(city.lon + rng.normal(0, 0.03), 5),
                1000 + int(table["kind"][row]),
                one.currency,
                value,
                value // 3,
                value // 10,
                int(table["people"][row]),
            ]
        )
    path = desk.place(state, "sites", "locations.csv")
    write_rows(path, list(_OED), told)
    desk.filed(state, path, "sites", world.start, format="oed-location")
