"""What border posts and carriers hand over: crossings, passenger data, PAXLST and PNRGOV."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.exercise.tables import Ints
from manara.exercise.travel import routes
from manara.exercise.writing.desk import Desk, Sheet, numbered, texts
from manara.exercise.writing.messages import airports, write_messages
from manara.exercise.writing.pen import Pen
from manara.exercise.writing.travellers import Travellers

#: Flights of a state and wave that messages tell of, at most; the table tells of the others.
_FLIGHTS = 40


def write_crossings(desk: Desk) -> None:
    """Write the crossings at the posts of each state, wave by wave.

    A land post has two sides, and each state writes down what it saw: an exit of one is an entry
    of the other.
    """
    world = desk.world
    table = world.tables["crossings"]
    time = np.asarray(table["time"])
    order = np.argsort(time, kind="stable").astype(np.int32)
    posts = world.scenario.posts
    for state, one in enumerate(world.scenario.states):
        first = np.array([post.states[0] == one.code for post in posts])
        ours = np.array([one.code in post.states for post in posts])
        mine = order[ours[table["post"][order]]]
        travellers, where = _travellers(
            desk, state, "border", table["document"][mine], table["person"][mine]
        )
        sheet = Sheet(desk, state, "border", "crossings", "border_crossings")
        plates = world.rng("plates").permutation(world.tables["documents"].rows) + 1_000
        counter = int(world.rng("passage", state).integers(10**6, 9 * 10**6))
        words = ["sortie", "entree"] if sheet.french else ["exit", "entry"]
        for known, begin, end in desk.waves():
            low, high = np.searchsorted(time[mine], (begin, end))
            rows, at = mine[low:high], where[low:high]
            if not len(rows):
                continue
            post = table["post"][rows]
            # The direction is that of the first state of the post.
            entry = (table["direction"][rows] == 0) == first[post]
            vehicle = np.asarray(table["vehicle"][rows])
            numbers = pa.array(counter + np.arange(low, high)).cast(pa.string())
            held = travellers.take(at)
            file = sheet.write(
                f"crossings-{known:%Y-%m}",
                known,
                {
                    "reference": pc.binary_join_element_wise(f"{one.code}X", numbers, ""),
                    "time": sheet.times(table["time"][rows]),
                    "stage": texts(words, entry.astype(int)),
                    "post": texts([post.name for post in posts], post),
                    "means": texts([each.kind for each in posts], post),
                    **held.columns(sheet),
                    "plate": _plates(plates, vehicle),
                },
            )
            each, seen = np.unique(at, return_index=True)
            desk.truth.records(
                one.code,
                "border",
                file,
                "person",
                held.record.take(pa.array(seen)),
                travellers.people[each],
            )


def _travellers(
    desk: Desk, state: int, agency: str, document: Ints, person: Ints
) -> tuple[Travellers, Ints]:
    """Return the travellers of an agency, and which of them each row is about."""
    world = desk.world
    # Who shows no document is known by the person; documents come after people.
    count = world.tables["people"].rows
    key = np.where(document >= 0, document.astype(np.int64) + count, person)
    each, back = np.unique(key, return_inverse=True)
    paper = np.where(each >= count, each - count, -1)
    people = np.empty(len(each), np.int64)
    people[back] = person
    written = Pen(desk, state, agency, copies=True).write(people)
    one = world.scenario.states[state]
    record = numbered(
        f"{one.code}{agency[0].upper()}T", world.rng("travellers", state, agency), len(each)
    )
    codes = texts(
        [other.code.lower() for other in world.scenario.states],
        world.tables["people"]["state"][people],
    )
    return Travellers(people, record, written, written.born, codes, texts(desk.papers, paper)), back


def _plates(plates: Ints, vehicle: Ints) -> pa.Array:
    known = pa.array(vehicle >= 0)
    number = pa.array(plates[np.maximum(vehicle, 0)]).cast(pa.string())
    return pc.if_else(known, pc.binary_join_element_wise("K", number, "-"), "")


def write_passengers(desk: Desk) -> None:
    """Write what carriers tell each state of the travellers on flights from and to it."""
    world = desk.world
    bookings, flights = world.tables["bookings"], world.tables["flights"]
    cities, ways = world.scenario.cities, np.array(routes(world))
    order = np.lexsort((bookings["party"], bookings["flight"], bookings["time"])).astype(np.int32)
    codes, states = airports(desk), [one.code.lower() for one in world.scenario.states]
    party = bookings["plot"].astype(np.int64) * 100_000_000 + bookings["party"]
    _, locator = np.unique(party, return_inverse=True)
    locators = _locators(world.rng("locators"), int(locator.max(initial=0)) + 1)
    for state, one in enumerate(world.scenario.states):
        ends = np.array([[cities[a].state, cities[b].state] for a, b in ways])
        ours = (ends == state).any(axis=1)[flights["route"][bookings["flight"][order]]]
        mine = order[ours]
        who, where = _travellers(
            desk, state, "carrier", bookings["document"][mine], bookings["person"][mine]
        )
        sheet = Sheet(desk, state, "carrier", "passengers", "passengers")
        counter = int(world.rng("message", state).integers(10**5, 9 * 10**5))
        for known, begin, end in desk.waves():
            kept = np.flatnonzero(
                (bookings["time"][mine] >= begin) & (bookings["time"][mine] < end)
            )
            # Every second flight is told of by messages, and the rest by the table.
            flown = bookings["flight"][mine[kept]]
            chosen = np.isin(flown, list(dict.fromkeys(flown.tolist()))[::2][:_FLIGHTS])
            some = kept[chosen]
            write_messages(desk, state, known, mine[some], who.take(where[some]), locators, locator)
            kept = kept[~chosen]
            if not len(kept):
                continue
            rows, held = mine[kept], who.take(where[kept])
            way = flights["route"][bookings["flight"][rows]]
            number = flights["number"][bookings["flight"][rows]]
            file = sheet.write(
                f"passengers-{known:%Y-%m}",
                known,
                {
                    "reference": texts([f"{one.code}P{counter + int(row)}" for row in kept]),
                    "time": sheet.times(bookings["time"][rows]),
                    "flight": texts([f"X{one.code[1]}{each}" for each in number.tolist()]),
                    "origin": texts(codes, ways[way, 0]),
                    "destination": texts(codes, ways[way, 1]),
                    "origin_country": texts(states, ends[way, 0]),
                    "destination_country": texts(states, ends[way, 1]),
                    **held.columns(sheet),
                    "booking": texts(locators, locator[rows]),
                    "booked": sheet.times(bookings["booked"][rows]),
                },
            )
            each, seen = np.unique(where[kept], return_index=True)
            desk.truth.records(
                one.code,
                "carrier",
                file,
                "person",
                held.record.take(pa.array(seen)),
                who.people[each],
            )


def _locators(rng: np.random.Generator, count: int) -> list[str]:
    """Return record locators of six letters and digits, none of them twice."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    drawn = (rng.permutation(count) * 48_271 + int(rng.integers(10**6, 10**7))) % 32**6
    places = [drawn // 32**at % 32 for at in range(6)]
    return ["".join(letters[place[row]] for place in places) for row in range(count)]
