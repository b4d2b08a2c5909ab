"""What else registers hold of innocent life: firearms, consignments, incidents, mentions, sites."""

from __future__ import annotations

import numpy as np

from manara.exercise import rhythm
from manara.exercise.codes import code
from manara.exercise.tables import NONE, Ints, World

_DAY = 86_400
_YEAR = 365.2425
#: How far prices of the same goods lie apart, as the deviation of their logarithms.
SPREAD = 0.18

#: Goods by heading of the Harmonized System: how common, and the median price of a kilogram in
#: units of the first state's currency.
GOODS = {
    **{1006: (9, 9), 1701: (8, 8), 1512: (5, 15), 805: (7, 10), 702: (6, 9), 302: (4, 45)},
    **{2523: (8, 1.2), 7214: (5, 7), 8703: (6, 90), 8708: (5, 70), 4011: (4, 40), 8517: (4, 900)},
    **{
        6109: (6, 120),
        6403: (4, 150),
        3004: (4, 400),
        2710: (6, 8),
        3102: (4, 5),
        7108: (0.4, 520_000),
    },
    **{
        2603: (2, 12),
        2515: (1, 3),
        9303: (0.2, 600),
        8525: (1, 1500),
        8711: (3, 80),
        9401: (3, 35),
    },
}

#: Makes, models and calibres of firearms, all invented but the calibres.
MAKES = ("Falk", "Orsand", "Delmar Works", "State Arsenal 3", "Vintar", "Kestrel Arms")
MODELS = ("M4", "Mk II", "77", "P9", "Sentinel", "H12", "Ranger", "SR-5")
CALIBRES = ("9x19", "7.62x39", "5.56x45", "12/70", ".22 LR", "7.62x51")

GROUPS = (
    ("Liwa of the Dunes", "armed group"),
    ("Harrat Brothers", "gang"),
    ("Free Coast Front", "separatists"),
    ("Red Anchor", "smugglers"),
    ("Null Tide", "cyber gang"),
    ("Mountain Column", "armed group"),
    ("Kasbah Boys", "gang"),
    ("Water for All", "protest movement"),
    ("Salt Road Men", "smugglers"),
    ("Grey Lantern", "cyber gang"),
)

#: Incidents of an ordinary year, with shares, and how many are claimed by some group.
_INCIDENTS = {
    **{"robbery": 0.34, "fraud": 0.22, "smuggling": 0.14, "extortion": 0.05, "armed attack": 0.03},
    **{"explosion": 0.008, "kidnapping": 0.012, "arms seizure": 0.03, "drug seizure": 0.11},
    **{"protest": 0.05, "cyber attack": 0.02},
}

#: Why innocent people stand in the books of the police, with shares of mentions.
_MENTIONS = {
    **{"complainant": 0.15, "victim": 0.11, "witness": 0.14, "suspect": 0.34, "arrested": 0.08},
    **{"convicted": 0.04, "missing": 0.02, "wanted": 0.12},
}


def furnish(world: World) -> None:
    """Add firearms, consignments, groups, incidents, sightings, sites and mentions."""
    arms(world)
    trade(world)
    events(world)
    sightings(world)
    sites(world)
    mentions(world)


def _shares(rng: np.random.Generator, column: str, table: dict[str, float], count: int) -> Ints:
    shares = np.array(list(table.values()))
    codes = np.array([code(column, word) for word in table], np.int8)
    found: Ints = codes[rng.choice(len(codes), count, p=shares / shares.sum())]
    return found


def arms(world: World) -> None:
    """Add firearms with the chain of who held them: maker, depot, service or licensed owner."""
    rng = world.rng("arms")
    people = world.tables["people"]
    count = int(people.rows * world.scenario.habits["firearms"])
    state = people["state"][rng.integers(0, people.rows, count)]
    made = world.day(world.start) - rng.integers(400, 16_000, count)
    kind = rng.integers(0, len(MAKES) * len(MODELS), count)
    firearms = world.add(
        "firearms",
        make=kind % len(MAKES),
        model=kind // len(MAKES),
        calibre=kind % len(CALIBRES),
        made=made,
    )
    depot, register = code("agency", "depot"), code("agency", "arms")
    start = world.day(world.start)
    at = (made - start) * _DAY
    _held(world, firearms, at, "made", NONE, NONE, state)
    entered = at + rng.integers(30, 380, count) * _DAY
    civil = rng.random(count) < 0.35
    _held(world, firearms[civil], entered[civil], "imported", NONE, register, state[civil])
    _held(world, firearms[~civil], entered[~civil], "issued", NONE, depot, state[~civil])
    adult = people["born"] < start - 25 * _YEAR
    services = np.isin(
        people["occupation"], [code("occupation", "soldier"), code("occupation", "police")]
    )
    passed = np.minimum(entered + rng.integers(30, 9_000, count) * _DAY, world.seconds - 1)
    # Moments before the start of the world are spread evenly; a tenth falls into it.
    recent = rng.random(count) < 0.1
    passed = np.where(
        recent, rhythm.times(world, rng, count, rhythm.OFFICE), np.minimum(passed, -_DAY)
    )
    passed = np.maximum(passed, entered + _DAY)
    moved = rng.random(count) < 0.7
    for who, mask in ((np.flatnonzero(adult), civil), (np.flatnonzero(services & adult), ~civil)):
        chosen = np.flatnonzero(mask & moved & (passed < world.seconds))
        if len(who) == 0:
            continue
        holder = who[rng.integers(0, len(who), len(chosen))]
        same = people["state"][holder] == state[chosen]
        chosen, holder = chosen[same], holder[same]
        _held(world, firearms[chosen], passed[chosen], "issued", holder, NONE, state[chosen])
        fate = rng.random(len(chosen))
        gone = np.flatnonzero(fate < 0.05)
        late = rhythm.times(world, rng, len(gone), rhythm.HOME)
        late = np.maximum(late, passed[chosen[gone]] + _DAY)
        word = np.where(fate[gone] < 0.02, code("firearm", "lost"), code("firearm", "stolen"))
        word = np.where(fate[gone] > 0.035, code("firearm", "seized"), word)
        kept = late < world.seconds
        _held(
            world,
            firearms[chosen[gone[kept]]],
            late[kept],
            word[kept],
            holder[gone[kept]],
            NONE,
            state[chosen[gone[kept]]],
        )


def _held(
    world: World,
    firearm: Ints,
    time: Ints,
    kind: str | Ints,
    holder: Ints | int,
    agency: int,
    state: Ints,
) -> None:
    number = code("firearm", kind) if isinstance(kind, str) else kind
    world.add(
        "custody",
        firearm=firearm,
        time=time,
        kind=number,
        holder=holder,
        agency=agency,
        state=state,
    )


def trade(world: World) -> None:
    """Add consignments between traders of two states, by the post they pass."""
    rng = world.rng("trade")
    firms = world.tables["companies"]
    days = (world.end - world.start).days + 1
    count = int(world.tables["people"].rows * world.scenario.habits["consignments"] * days / 30.4)
    traders = np.flatnonzero(
        np.isin(
            firms["kind"], [code("company", word) for word in ("trader", "factory", "mine", "farm")]
        )
    )
    pull = np.cumsum(rng.pareto(1.3, len(traders)) + 0.3)
    seller = traders[np.searchsorted(pull, rng.random(count) * pull[-1])]
    buyers = traders[firms["kind"][traders] == code("company", "trader")]
    # A seller has few steady buyers.
    slot = (
        seller.astype(np.int64) * 131 + (rng.pareto(1.2, count) * 2).astype(np.int64) % 64 * 7_919
    ) % len(buyers)
    buyer = buyers[slot]
    keep = firms["state"][seller] != firms["state"][buyer]
    seller, buyer = seller[keep], buyer[keep]
    goods = list(GOODS.items())
    usual = (seller * 2_654_435_761 % 4_294_967_296) / 4_294_967_296.0
    shot = np.where(rng.random(len(seller)) < 0.8, usual, rng.random(len(seller)))
    common = np.cumsum([weight for _, (weight, _) in goods])
    chosen = np.searchsorted(common, shot * common[-1])
    kg = np.maximum(np.round(rng.lognormal(8.6, 1.1, len(seller)), -1), 20)
    price = np.array([price for _, (_, price) in goods])[chosen] * rng.lognormal(
        0, SPREAD, len(seller)
    )
    kg = np.where(price > 10_000, np.maximum(np.round(kg / 4_000), 1), kg)
    rate = np.array([state.rate for state in world.scenario.states])[firms["state"][seller]]
    world.add(
        "consignments",
        time=rhythm.times(world, rng, len(seller), rhythm.OFFICE),
        seller=~seller,
        buyer=~buyer,
        hs=np.array([heading for heading, _ in goods])[chosen],
        kg=kg,
        value=np.round(kg * price * rate) * 100,
        from_state=firms["state"][seller],
        to_state=firms["state"][buyer],
        post=_posts(world, rng, firms["state"][seller], firms["state"][buyer]),
    )


def _posts(world: World, rng: np.random.Generator, one: Ints, other: Ints) -> Ints:
    """Return a post between two states for each, else a harbour or airport of the second."""
    scenario = world.scenario
    found = np.zeros(len(one), np.int16)
    for a in range(len(scenario.states)):
        for b in range(len(scenario.states)):
            mask = (one == a) & (other == b)
            both = {scenario.states[a].code, scenario.states[b].code}
            ways = [row for row, post in enumerate(scenario.posts) if both == set(post.states)]
            ways = ways or [
                row
                for row, post in enumerate(scenario.posts)
                if len(post.states) == 1 and post.states[0] == scenario.states[b].code
            ]
            ways = ways or [0]
            found[mask] = np.array(ways)[rng.integers(0, len(ways), int(mask.sum()))]
    return found


def events(world: World) -> None:
    """Add groups and the incidents of ordinary times."""
    rng = world.rng("incidents")
    kinds = [code("group", kind) for _, kind in GROUPS]
    groups = world.add("groups", name=np.arange(len(GROUPS)), kind=kinds)
    people = world.tables["people"]
    days = (world.end - world.start).days + 1
    count = max(12, int(people.rows * world.scenario.habits["incidents"] * days / 30.4))
    kind = _shares(rng, "incident", _INCIDENTS, count)
    seat = rng.integers(0, people.rows, count)
    violent = np.isin(
        kind, [code("incident", word) for word in ("armed attack", "explosion", "kidnapping")]
    )
    claimed = rng.random(count) < np.where(violent, 0.5, 0.03)
    world.add(
        "incidents",
        time=rhythm.times(world, rng, count, rhythm.HOME),
        kind=kind,
        state=people["state"][seat],
        city=people["city"][seat],
        killed=np.where(violent & (rng.random(count) < 0.3), rng.geometric(0.5, count), 0),
        group=np.where(claimed, rng.choice(groups, count), NONE),
    )


def sightings(world: World) -> None:
    """Add log lines of addresses, domains and wallets: few are seen often, most once."""
    rng = world.rng("sightings")
    days = (world.end - world.start).days + 1
    count = max(
        60, int(world.tables["people"].rows * world.scenario.habits["sightings"] * days / 30.4)
    )
    kind = rng.choice(5, count, p=[0.5, 0.32, 0.05, 0.08, 0.05])
    value = np.minimum(rng.zipf(1.3, count), 10_000_000) - 1
    wallets = np.flatnonzero(world.tables["accounts"]["kind"] == code("account", "wallet"))
    named = kind == code("sighting", "wallet")
    value[named] = rng.choice(wallets, int(named.sum()))
    world.add(
        "sightings",
        time=rhythm.times(world, rng, count, rhythm.MACHINES),
        kind=kind,
        value=value,
        state=rng.integers(0, len(world.scenario.states), count),
    )


def sites(world: World) -> None:
    """Add what stands in the cities and could be harmed; values are heavy-tailed."""
    rng = world.rng("sites")
    people = world.tables["people"]
    count = max(40, int(people.rows * world.scenario.habits["sites"]))
    seat = rng.integers(0, people.rows, count)
    world.add(
        "sites",
        state=people["state"][seat],
        city=people["city"][seat],
        kind=rng.integers(0, 12, count),
        value=np.round(rng.lognormal(14.5, 1.2, count), -3),
        people=np.round(rng.lognormal(4.5, 1.1, count)),
    )


def mentions(world: World) -> None:
    """Add innocent people whom the police, the courts and the banks' reports name all the same."""
    rng = world.rng("mentions")
    people = world.tables["people"]
    start = world.day(world.start)
    adult = np.flatnonzero(people["born"] < start - 16 * _YEAR)
    count = int(people.rows * world.scenario.habits["mentions"])
    # Some are met again and again.
    steps = np.cumsum(rng.pareto(1.5, len(adult)) + 0.2)
    who = adult[np.searchsorted(steps, rng.random(count) * steps[-1])]
    past = -(rng.exponential(4 * _YEAR, count) * _DAY)
    recent = rhythm.times(world, rng, count, rhythm.OFFICE)
    kind = _shares(rng, "mention", _MENTIONS, count)
    # A police knows people of its own state; one in twenty-five is a foreigner there.
    abroad = rng.random(count) < 0.04
    state = np.where(
        abroad, rng.integers(0, len(world.scenario.states), count), people["state"][who]
    )
    time = np.where(rng.random(count) < 0.7, np.maximum(past, -30 * _YEAR * _DAY), recent)
    world.add(
        "mentions", agency=code("agency", "police"), state=state, time=time, person=who, kind=kind
    )
    listed = max(4, count // 60)
    world.add(
        "mentions",
        agency=code("agency", "justice"),
        state=rng.integers(0, len(world.scenario.states), listed),
        time=-(rng.random(listed) * 5 * _YEAR * _DAY),
        person=rng.choice(adult, listed),
        kind=code("mention", "sanctioned"),
    )
    _reported(world, rng)


def _reported(world: World, rng: np.random.Generator) -> None:
    """Add suspicious-transaction reports on innocent payments: large, in cash, or by chance."""
    payments = world.tables["payments"]
    accounts = world.tables["accounts"]
    count = max(8, int(payments.rows * world.scenario.habits["reports"]))
    drawn = rng.integers(0, payments.rows, count * 12)
    rate = np.array([state.rate for state in world.scenario.states])[payments["currency"][drawn]]
    weight = (payments["amount"][drawn] / rate) ** 0.5
    chosen = np.unique(drawn[np.argsort(-weight * rng.random(len(drawn)))[:count]])
    payer = payments["payer"][chosen]
    world.add(
        "mentions",
        agency=code("agency", "fiu"),
        state=accounts["state"][payer],
        time=np.minimum(
            payments["time"][chosen] + rng.integers(1, 25, len(chosen)) * _DAY, world.seconds - 1
        ),
        person=accounts["owner"][payer],
        kind=code("mention", "str"),
        about=chosen,
    )
