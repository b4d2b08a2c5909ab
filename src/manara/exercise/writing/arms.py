"""What armouries hold: who had which firearm, and which were seized."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.exercise.codes import CODES, code
from manara.exercise.tables import Ints
from manara.exercise.things import CALIBRES, MAKES, MODELS
from manara.exercise.writing.desk import Desk, Sheet, numbered, texts
from manara.exercise.writing.firms import company_names, company_numbers
from manara.exercise.writing.pen import Pen

_DAY = 86_400


def write_arms(desk: Desk, state: int) -> None:
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
        file = sheet.write(
            f"seized-{known:%Y-%m-%d}",
            known,
            {
                "record": record.take(pa.array(mine)),
                "seized": _days(desk, sheet, table["time"][rows[mine]]),
                "place": place.take(pa.array(mine)),
                **_marks(desk, arms),
                "serial": shown,
                "state_of_serial": texts(["removed", "partial", "legible"], state_),
            },
        )
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
            pa.array(makers[cut] == 0),
            texts(MAKES, world.tables["firearms"]["make"][table["firearm"][rows[cut]]]),
            texts(bodies, agency[cut]),
        )
        mine = table["firearm"][rows[cut]]
        file = sheet.write(
            f"custody-{known:%Y-%m-%d}",
            known,
            {
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
            },
        )
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
