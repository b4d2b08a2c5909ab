"""Who lives in a world: households, kin, work, companies, accounts and documents."""

from __future__ import annotations

import numpy as np

from manara.exercise.codes import code
from manara.exercise.names import Names
from manara.exercise.tables import NONE, Ints, World

#: Mean size of a household. Countries around the Mediterranean and the Sahel report 3 to 8
#: (United Nations, Database on Household Size and Composition 2022).
_HOUSEHOLD = 4.3
_YEAR = 365.2425

#: What adults do, with shares; employees among them work for a company of their city.
_WORK = {
    **{"none": 0.24, "student": 0.08, "farmer": 0.12, "labourer": 0.14, "shopkeeper": 0.06},
    **{"trader": 0.03, "clerk": 0.07, "teacher": 0.04, "nurse": 0.02, "driver": 0.05},
    **{"sailor": 0.012, "miner": 0.015, "soldier": 0.015, "police": 0.012, "civil servant": 0.04},
    **{"engineer": 0.03, "cleric": 0.005, "mechanic": 0.02, "money changer": 0.004},
    **{"printer": 0.003, "charity worker": 0.006, "customs agent": 0.004, "pilot": 0.001},
}
_AT_HOME = ("none", "child", "student", "farmer", "pensioner")

#: Kinds of companies with shares.
_KINDS = {
    **{"shop": 0.46, "trader": 0.12, "charity": 0.03, "exchange": 0.02, "hawala": 0.015},
    **{"transport": 0.06, "mine": 0.01, "farm": 0.05, "factory": 0.06, "school": 0.03},
    **{"clinic": 0.02, "utility": 0.006, "landlord": 0.05, "telecom": 0.003, "airline": 0.002},
    **{"state": 0.01, "printer": 0.012, "gunsmith": 0.004, "broker": 0.02, "hotel": 0.018},
}


def populate(world: World) -> None:
    """Add people with their kin, companies with their staff, accounts and documents."""
    households(world)
    companies(world)
    work(world)
    ties(world)
    accounts(world)
    documents(world)


def households(world: World) -> None:
    """Add the people of a world, household by household: couples, children, an elder."""
    rng = world.rng("people")
    count = world.scenario.sizes[world.size].people
    world.tables["people"].reserve(count + count // 50 + 256)
    size = 1 + rng.poisson(_HOUSEHOLD - 1, int(count / _HOUSEHOLD * 1.2) + 8)
    ends = np.cumsum(size)
    size = size[: int(np.searchsorted(ends, count)) + 1]
    size[-1] -= size.sum() - count
    homes = len(size)
    state, city, culture = _homes(world, rng, homes)
    home = np.repeat(np.arange(homes), size)
    place = np.arange(count) - np.repeat(np.cumsum(size) - size, size)
    elder = (place == 5) & (rng.random(count) < 0.6)
    head_age = np.clip(rng.gamma(9, 5.0, homes), 19, 84)
    gap = rng.gamma(20, 1.4, count)
    age = np.where(place == 0, head_age[home], np.maximum(head_age[home] - gap, 0.0))
    age = np.where(place == 1, head_age[home] + rng.normal(-3, 4.5, count), age)
    age = np.where(elder, head_age[home] + rng.uniform(19, 32, count), age)
    age = np.clip(age, 0.01, 98)
    age = np.where((place == 1) & (age < 18), 18 + 4 * rng.random(count), age)
    sex = np.where(place == 0, rng.random(count) < 0.84, rng.random(count) < 0.5).astype(np.int8)
    sex = np.where(place == 1, 1 - sex[np.repeat(np.cumsum(size) - size, size)], sex)
    names = Names(world.scenario)
    of = culture[home]
    given = names.draw(rng, of, sex)
    grandfather = names.draw(rng, of, 1)
    family = names.draw(rng, culture, 2)[home]
    child = (place >= 2) & ~elder
    head = (np.cumsum(size) - size)[home]
    father = np.where(child & (sex[head] == 1), given[head], grandfather)
    # Wives keep the name they were born with in three of four households.
    own = (place == 1) & (rng.random(count) < 0.75)
    family = np.where(own, names.draw(rng, of, 2), family)
    world.add(
        "people",
        state=state[home],
        city=city[home],
        household=home,
        sex=sex,
        born=(world.day(world.start) - age * _YEAR).astype(np.int32),
        given=given,
        father=father,
        family=family,
        culture=of,
        occupation=_occupation(rng, age),
        employer=NONE,
    )


def _homes(world: World, rng: np.random.Generator, homes: int) -> tuple[Ints, Ints, Ints]:
    """Return state, city and culture of each household."""
    scenario = world.scenario
    weights = np.array(
        [city.share * scenario.states[city.state].people for city in scenario.cities]
    )
    city = rng.choice(len(weights), homes, p=weights / weights.sum()).astype(np.int16)
    state = np.array([city.state for city in scenario.cities], np.int8)[city]
    numbers = {name: number for number, name in enumerate(scenario.cultures)}
    culture = np.zeros(homes, np.int8)
    for number, one in enumerate(scenario.states):
        mask = state == number
        shares = np.array(list(one.cultures.values()))
        own = np.array([numbers[name] for name in one.cultures], np.int8)
        culture[mask] = own[rng.choice(len(own), int(mask.sum()), p=shares / shares.sum())]
    return state, city, culture


def _occupation(rng: np.random.Generator, age: Ints) -> Ints:
    shares = np.array(list(_WORK.values()))
    codes = np.array([code("occupation", word) for word in _WORK], np.int8)
    found = codes[rng.choice(len(codes), len(age), p=shares / shares.sum())]
    found[age < 22] = np.where(
        rng.random(int((age < 22).sum())) < 0.5, code("occupation", "student"), found[age < 22]
    )
    found[age < 16] = code("occupation", "child")
    found[age > 66] = code("occupation", "pensioner")
    return found


def companies(world: World) -> None:
    """Add companies, at least one of each kind in each state."""
    rng = world.rng("companies")
    people, scenario = world.tables["people"], world.scenario
    count = int(people.rows * scenario.habits["companies"])
    shares = np.array(list(_KINDS.values()))
    kinds = np.array([code("company", word) for word in _KINDS], np.int8)
    kind = kinds[rng.choice(len(kinds), count, p=shares / shares.sum())]
    seat = rng.integers(0, people.rows, count)
    state, city = people["state"][seat], people["city"][seat]
    first = np.cumsum([0, *(len(one.cities) for one in scenario.states)])[:-1]
    world.add(
        "companies",
        state=np.concatenate([np.repeat(np.arange(len(first)), len(kinds)), state]),
        city=np.concatenate([np.repeat(first, len(kinds)), city]),
        kind=np.concatenate([np.tile(kinds, len(first)), kind]),
        name=rng.integers(0, 2**31 - 1, count + len(first) * len(kinds)),
        founded=world.day(world.start)
        - rng.gamma(1.6, 2200, count + len(first) * len(kinds)).astype(np.int32),
    )


def work(world: World) -> None:
    """Give employers to those who have work, and directors and owners to companies.

    Staff sizes follow a power law of exponent near 2 (Axtell 2001, Science 293, 1818-1820).
    """
    rng = world.rng("work")
    people, firms = world.tables["people"], world.tables["companies"]
    home = [code("occupation", word) for word in _AT_HOME]
    size = rng.pareto(1.06, firms.rows) + 0.4
    size[0] = 0
    for city in range(len(world.scenario.cities)):
        staff = np.flatnonzero((people["city"] == city) & ~np.isin(people["occupation"], home))
        staff = staff[rng.random(len(staff)) < 0.8]
        seats = np.flatnonzero(firms["city"] == city)
        seats = seats[seats > 0]
        if len(seats) and len(staff):
            weights = np.minimum(size[seats], size[seats].sum() * 0.2)
            people["employer"][staff] = rng.choice(seats, len(staff), p=weights / weights.sum())
    _led(world, rng)


def _led(world: World, rng: np.random.Generator) -> None:
    """Add a director of each company, and an owner of most, from its own state."""
    people, firms = world.tables["people"], world.tables["companies"]
    today = world.day(world.start)
    adult = people["born"] < today - 24 * _YEAR
    for state in range(len(world.scenario.states)):
        ours = np.flatnonzero((firms["state"] == state) & (firms["kind"] >= 0))
        able = np.flatnonzero(adult & (people["state"] == state))
        # A few people lead many companies.
        weights = rng.pareto(2.2, len(able)) + 0.02
        for kind, share in (("director", 1.0), ("owner", 0.85)):
            held = ours[rng.random(len(ours)) < share]
            who = rng.choice(able, len(held), p=weights / weights.sum())
            since = np.maximum(firms["founded"][held], today - rng.integers(0, 4000, len(held)))
            world.add("relations", kind=code("relation", kind), a=who, b=~held, since=since)


def ties(world: World) -> None:
    """Add kin, friends, neighbours and colleagues."""
    rng = world.rng("ties")
    people = world.tables["people"]
    count = people.rows
    home = people["household"]
    first = np.searchsorted(home, home)
    place = np.arange(count) - first
    today = world.day(world.start)
    spouse = np.flatnonzero(place == 1)
    child = np.flatnonzero(place >= 2)
    born = people["born"]
    _tie(world, "spouse", first[spouse], spouse, born[spouse] + 9000)
    _tie(world, "parent", first[child], child, born[child])
    by_family = np.lexsort(
        (rng.random(count), people["family"], people["culture"], people["state"])
    )
    a, b = by_family[:-1], by_family[1:]
    same = (people["family"][a] == people["family"][b]) & (
        people["culture"][a] == people["culture"][b]
    )
    same &= (home[a] != home[b]) & (rng.random(count - 1) < 0.5)
    _tie(world, "cousin", a[same], b[same], np.maximum(born[a], born[b])[same])
    # Friends: a few have many. Weights are Pareto, so that the number of friends is too.
    popular = np.cumsum(rng.pareto(2.5, count) + 0.4)
    ends = np.searchsorted(popular, rng.random((2, int(count * 1.1))) * popular[-1])
    keep = (ends[0] != ends[1]) & (
        (people["city"][ends[0]] == people["city"][ends[1]]) | (rng.random(ends.shape[1]) < 0.12)
    )
    _tie(
        world,
        "friend",
        ends[0][keep],
        ends[1][keep],
        today - rng.integers(0, 5000, int(keep.sum())),
    )
    by_city = np.lexsort((rng.random(count), people["city"]))
    near = (home[by_city[:-1]] != home[by_city[1:]]) & (rng.random(count - 1) < 0.3)
    _tie(
        world,
        "neighbour",
        by_city[:-1][near],
        by_city[1:][near],
        today - rng.integers(0, 5000, int(near.sum())),
    )
    employed = np.flatnonzero(people["employer"] > 0)
    world.add(
        "relations",
        kind=code("relation", "employee"),
        a=employed,
        b=~people["employer"][employed],
        since=today - rng.integers(0, 4000, len(employed)),
    )


def _tie(world: World, kind: str, a: Ints, b: Ints, since: Ints) -> None:
    since = np.minimum(since, world.day(world.end))
    world.add("relations", kind=code("relation", kind), a=a, b=b, since=since)


def accounts(world: World) -> None:
    """Add accounts at banks and mobile-money houses, and a few wallets of virtual assets."""
    rng = world.rng("accounts")
    people, firms = world.tables["people"], world.tables["companies"]
    today = world.day(world.start)
    adults = np.flatnonzero(people["born"] < today - 17 * _YEAR)
    held = np.flatnonzero(firms["kind"] >= 0)
    shares = {"bank": 0.55, "mobile": 0.6, "wallet": 0.025}
    for kind, share in shares.items():
        who = adults[rng.random(len(adults)) < share]
        _open(world, rng, kind, who, people["state"][who])
    again = adults[rng.random(len(adults)) < 0.08]
    _open(world, rng, "bank", again, people["state"][again])
    for kind, share in (("bank", 1.0), ("bank", 0.3), ("mobile", 0.6), ("wallet", 0.01)):
        ours = held[rng.random(len(held)) < share]
        _open(world, rng, kind, ~ours, firms["state"][ours])


def _open(world: World, rng: np.random.Generator, kind: str, owner: Ints, state: Ints) -> None:
    bank = np.zeros(len(owner), np.int16)
    for number in range(len(world.scenario.states)):
        houses = [
            (row, bank.share)
            for row, bank in enumerate(world.scenario.banks)
            if bank.state == number and bank.kind == kind
        ]
        mask = state == number
        shares = np.array([share for _, share in houses])
        chosen = rng.choice(len(houses), int(mask.sum()), p=shares / shares.sum())
        bank[mask] = np.array([row for row, _ in houses])[chosen]
    opened = world.day(world.start) - rng.gamma(1.5, 900, len(owner)).astype(np.int32) + 200
    world.add(
        "accounts", owner=owner, bank=bank, state=state, kind=code("account", kind), opened=opened
    )


def documents(world: World) -> None:
    """Add identity cards, passports and papers of vehicles; a few are forged."""
    rng = world.rng("documents")
    people = world.tables["people"]
    today = world.day(world.start)
    adult = people["born"] < today - 16 * _YEAR
    shares = {
        "id": (0.96, 10),
        "passport": (0.42, 10),
        "vehicle": (0.22, 12),
        "residence": (0.02, 3),
    }
    for kind, (share, years) in shares.items():
        holder = np.flatnonzero(adult & (rng.random(people.rows) < share))
        issued = today - rng.integers(0, int(years * _YEAR), len(holder)) + 300
        world.add(
            "documents",
            holder=holder,
            kind=code("document", kind),
            state=people["state"][holder],
            issued=issued,
            expires=issued + int(years * _YEAR),
            forged=rng.random(len(holder)) < world.scenario.habits["forged"],
        )
