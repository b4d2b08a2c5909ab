"""What carriers send of the travellers on a flight: PAXLST and PNRGOV, with who each is about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from manara.exercise.tables import Ints
from manara.exercise.travel import routes
from manara.exercise.writing.desk import Desk, times
from manara.exercise.writing.edifact import Leg, Passenger, paxlst, plain, pnrgov, reference
from manara.exercise.writing.travellers import Travellers


def write_messages(
    desk: Desk,
    state: int,
    known: date,
    rows: Ints,
    held: Travellers,
    locators: list[str],
    locator: Ints,
) -> None:
    """Write PAXLST and PNRGOV of flights, one file of each.

    Args:
        desk: whose.
        state: number of the state.
        known: the day on which they are handed over.
        rows: of the table of bookings, all that there are of each flight.
        held: the traveller of each row.
        locators: record locators.
        locator: which of them each booking has.
    """
    if not len(rows):
        return
    world = desk.world
    bookings, flights = world.tables["bookings"], world.tables["flights"]
    one = world.scenario.states[state]
    ways, codes = np.array(routes(world)), airports(desk)
    leave = times(world, bookings["time"][rows]).to_pylist()
    passengers = _passengers(desk, rows, held, [locators[int(at)] for at in locator[rows]])
    flight = bookings["flight"][rows].tolist()
    kinds = ("paxlst", "pnrgov")
    messages: dict[str, list[str]] = {kind: [] for kind in kinds}
    about: dict[str, dict[str, int]] = {kind: {} for kind in kinds}
    for number, each in enumerate(dict.fromkeys(flight), 1):
        at = [place for place, other in enumerate(flight) if other == each]
        route = ways[int(flights["route"][each])]
        service = f"X{one.code[1]}{int(flights['number'][each])}"
        leg = (service, codes[route[0]], codes[route[1]], leave[at[0]])
        people = [passengers[place] for place in at]
        messages["paxlst"].append(paxlst(leg, people, number))
        messages["pnrgov"].append(pnrgov(leg, people, number))
        for kind in kinds:
            ids = _ids(kind, leg, people, number)
            about[kind] |= zip(ids, (int(held.people[place]) for place in at), strict=True)
    for kind in kinds:
        path = desk.place(state, "carrier", f"{kind}-{known:%Y-%m}.edi")
        path.write_text("\n".join(messages[kind]) + "\n", encoding="ascii", errors="replace")
        dataset = f"{one.code.lower()}_{kind}"
        file = desk.filed(state, path, "carrier", known, format=f"edifact-{kind}", dataset=dataset)
        people_of = np.array(list(about[kind].values()))
        record = pa.array(list(about[kind]), pa.string())
        desk.truth.records(one.code, "carrier", file, "person", record, people_of)


def _passengers(
    desk: Desk, rows: Ints, held: Travellers, locators: Sequence[str]
) -> list[Passenger]:
    booked = times(desk.world, desk.world.tables["bookings"]["booked"][rows]).to_pylist()
    columns = (
        held.written.given, held.written.family, held.written.sex, held.codes, held.document,
        held.written.born,
    )  # fmt: skip
    told = zip(*(column.to_pylist() for column in columns), locators, booked, strict=True)
    return [Passenger(*each) for each in told]


def _ids(kind: str, leg: Leg, people: Sequence[Passenger], number: int) -> list[str]:
    """Return what `docs/reference/formats.md` says the travellers of a message are known by."""
    order = sorted(range(len(people)), key=lambda at: people[at].locator)
    places = {at: place for place, at in enumerate(order)} if kind == "pnrgov" else {}
    found = []
    for at, one in enumerate(people):
        known = f"{kind}-{reference(leg, number)}-1-{places.get(at, at) + 1}"
        if one.document and one.born:
            document = plain(one.document).replace(" ", "")
            key = f"{one.country.upper()}X\x1f{document}\x1f{one.born.isoformat()}"
            known = f"traveller-{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}"
        found.append(known)
    return found


def airports(desk: Desk) -> list[str]:
    """Return a code of three letters for each city, in the manner of IATA's and none of its own.

    They begin with Q and the second letter of the state's code.
    """
    scenario = desk.world.scenario
    return [
        f"Q{scenario.states[city.state].code[1]}{city.name[0].upper()}" for city in scenario.cities
    ]
