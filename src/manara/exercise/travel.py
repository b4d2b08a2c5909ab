"""How innocent people move: crossings of borders, flights and the bookings on them."""

from __future__ import annotations

import itertools

import numpy as np

from manara.exercise import rhythm
from manara.exercise.codes import code
from manara.exercise.tables import NONE, Ints, World

_DAY = 86_400
#: Seats sold on a flight at most; those of a regional aircraft.
_SEATS = 70


def routes(world: World) -> list[tuple[int, int]]:
    """Return the pairs of cities that are flown between, both ways, by their numbers."""
    cities = world.scenario.cities
    airports = [number for number, city in enumerate(cities) if city.airport]
    return [
        (a, b) for a, b in itertools.permutations(airports, 2) if cities[a].state != cities[b].state
    ]


def travel(world: World) -> None:
    """Add crossings by land and sea, and flights with their bookings and crossings."""
    wanted = world.scenario.sizes[world.size].crossings
    world.tables["crossings"].reserve(wanted + wanted // 40 + 20_000)
    passport = papers(world, "passport", "id")
    _fly(world, passport)
    left, part = wanted - world.tables["crossings"].rows, 0
    while left > 1:
        count = min(left, 4_000_000)
        _cross(world, count, part, passport)
        left, part = left - count, part + 1


def papers(world: World, *kinds: str) -> Ints:
    """Return the document that each person travels with, of the first kind there is; else -1."""
    documents = world.tables["documents"]
    found = np.full(world.tables["people"].rows, NONE, np.int32)
    for kind in reversed(kinds):
        rows = np.flatnonzero(documents["kind"] == code("document", kind))
        found[documents["holder"][rows]] = rows
    return found


def _cross(world: World, count: int, part: int, passport: Ints) -> None:
    """Add trips by land and sea: out and back, most short, of people of whom few go often."""
    rng = world.rng("cross", part)
    people = world.tables["people"]
    able = np.flatnonzero(passport >= 0)
    habit = world.rng("travellers").pareto(1.4, len(able)) + 0.05
    posts = world.scenario.posts
    numbers = [world.scenario.state(code_) for post in posts for code_ in post.states[:1]]
    second = [world.scenario.state(post.states[-1]) for post in posts]
    share = np.array([0.0 if post.kind == "air" else post.share for post in posts])
    trips = count // 2
    steps = np.cumsum(np.minimum(habit, 400))
    who = able[np.searchsorted(steps, rng.random(trips) * steps[-1])]
    state = people["state"][who]
    post = np.full(trips, NONE, np.int16)
    for number in range(len(world.scenario.states)):
        mask = state == number
        mine = [
            row for row in range(len(posts)) if share[row] and number in (numbers[row], second[row])
        ]
        weights = share[mine] / share[mine].sum()
        # People keep to the post near them.
        usual = np.array(mine)[rng.choice(len(mine), int(mask.sum()), p=weights)]
        fixed = np.array(mine)[(who[mask] * 2_654_435_761 >> 8) % len(mine)]
        post[mask] = np.where(rng.random(len(usual)) < 0.6, fixed, usual)
    out = rhythm.times(world, rng, trips, rhythm.ROAD)
    stay = np.where(
        rng.random(trips) < 0.6, rng.gamma(2, 4 * 3_600, trips), rng.lognormal(12.6, 1.0, trips)
    )
    back = out + np.maximum(stay, 1_800)
    # Leaving is an exit at a post of one's own state, an entry at that of the other.
    leaving = np.where(np.array(numbers)[post] == state, 1, 0)
    car = papers(world, "vehicle")[who]
    car = np.where(rng.random(trips) < 0.4, car, NONE)
    home = back < world.seconds
    for time, direction, kept in ((out, leaving, slice(None)), (back, 1 - leaving, home)):
        world.add(
            "crossings",
            time=time[kept],
            person=who[kept],
            post=post[kept],
            direction=direction[kept],
            document=passport[who[kept]],
            vehicle=car[kept],
        )


def _fly(world: World, passport: Ints) -> None:
    """Add flights, and parties of travellers on them, who cross at the airports' posts."""
    rng = world.rng("fly")
    people = world.tables["people"]
    ways = routes(world)
    days = (world.end - world.start).days + 1
    wanted = int(people.rows * world.scenario.habits["bookings"] * days / 30.4)
    rounds = np.clip(int(wanted / (len(ways) * _SEATS * 0.6)), 8, days * 6)
    pull = rng.pareto(2, len(ways)) + 0.4
    route = rng.choice(len(ways), int(rounds * len(ways)), p=pull / pull.sum())
    # A flight leaves at the same time of the day, on a line's own days.
    hour = 6 + (route * 5) % 15
    day = rng.integers(0, days, len(route))
    order = np.lexsort((route, day))
    time = (day * _DAY + hour * 3_600 + (route * 7 % 12) * 300)[order]
    flights = world.add("flights", time=time, route=route[order], number=100 + route[order])
    able = np.flatnonzero(passport >= 0)
    weights = np.cumsum(world.rng("flyers").pareto(1.6, len(able)) + 0.05)
    lead = able[np.searchsorted(weights, rng.random(int(wanted / 1.6)) * weights[-1])]
    size = np.minimum(1 + rng.geometric(0.62, len(lead)) - 1, 6)
    first = np.searchsorted(people["household"], people["household"][lead])
    last = np.searchsorted(people["household"], people["household"][lead], "right")
    row = np.repeat(np.arange(len(lead)), size)
    place = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    who = np.where(place == 0, lead[row], first[row] + place)
    keep = (who < last[row]) & ((place == 0) | (who != lead[row]))
    row, who = row[keep], who[keep]
    keep = passport[who] >= 0
    row, who = row[keep], who[keep]
    flight = _flight(world, rng, people["state"][lead], ways, flights)[row]
    fine = flight >= 0
    row, who, flight = row[fine], who[fine], flight[fine]
    leave = world.tables["flights"]["time"][flight]
    ahead = np.minimum(rng.lognormal(13.6, 1.1, len(lead))[row], 300 * _DAY).astype(np.int32)
    payer = _accounts(world)[lead][row]
    world.add(
        "bookings",
        time=leave,
        booked=leave - np.maximum(ahead, 3 * 3_600),
        person=who,
        flight=flight,
        document=passport[who],
        payer=payer,
        party=row,
    )
    _at_airports(world, rng, who, flight, passport)


def _accounts(world: World) -> Ints:
    """Return an account at a bank of each person, else -1."""
    accounts = world.tables["accounts"]
    rows = np.flatnonzero((accounts["kind"] == code("account", "bank")) & (accounts["owner"] >= 0))
    found = np.full(world.tables["people"].rows, NONE, np.int32)
    found[accounts["owner"][rows]] = rows
    return found


def _flight(
    world: World, rng: np.random.Generator, home: Ints, ways: list[tuple[int, int]], flights: Ints
) -> Ints:
    """Return a flight for each party: from its own state, or half as often back to it."""
    cities = world.scenario.cities
    route = world.tables["flights"]["route"]
    ends = np.array([[cities[a].state, cities[b].state] for a, b in ways])[route]
    found = np.full(len(home), NONE, np.int32)
    for state in range(len(world.scenario.states)):
        mask = home == state
        own = np.flatnonzero((ends == state).any(axis=1))
        if len(own):
            found[mask] = flights[own[rng.integers(0, len(own), int(mask.sum()))]]
    return found


def _at_airports(
    world: World, rng: np.random.Generator, who: Ints, flight: Ints, passport: Ints
) -> None:
    """Add the crossings at the airports that have a post: exit before, entry after the flight."""
    cities, ways = world.scenario.cities, np.array(routes(world))
    post_of = np.full(len(cities), NONE, np.int16)
    names = {city.name: number for number, city in enumerate(cities)}
    for number, post in enumerate(world.scenario.posts):
        if post.kind == "air":
            post_of[names[post.city]] = number
    leave = world.tables["flights"]["time"][flight]
    route = world.tables["flights"]["route"][flight]
    shown = rng.random(len(who)) < 0.985
    for end, direction, offset in ((0, "exit", -4_500), (1, "entry", 7_800)):
        post = post_of[ways[route, end]]
        time = leave + offset + rng.integers(-1_500, 1_500, len(who))
        keep = (post >= 0) & shown & (time > 0) & (time < world.seconds)
        world.add(
            "crossings",
            time=time[keep],
            person=who[keep],
            post=post[keep],
            direction=code("direction", direction),
            document=passport[who[keep]],
        )
