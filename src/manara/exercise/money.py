"""What innocent people and companies pay: salaries, rents, shops, remittances, trade."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from manara.exercise import rhythm
from manara.exercise.codes import code
from manara.exercise.rhythm import Rhythm
from manara.exercise.tables import NONE, Ints, World

_HOUR = 3_600
_DAY = 86_400


class Habit(NamedTuple):
    """One habit of paying.

    Attributes:
        share: of all payments.
        payer: kind of account that pays; companies of a kind as ``company:shop``.
        payee: as ``payer``; ``kin`` is a relative or friend, ``kin abroad`` one in another state,
            ``self`` another account of the same owner, ``counter`` nobody: cash over it.
        channel: a word of `codes.CODES`.
        median: of the amount, in monthly incomes.
        spread: standard deviation of the logarithm of amounts.
        tail: exponent of the Pareto tail that a twentieth of the amounts follow; 0 is none.
        step: amounts are multiples of this in major units of the first state, at most.
        rhythm: when; None is once a month at about the same day.
        burst: share of acts that follow another of the same payer closely.
    """

    share: float
    payer: str
    payee: str
    channel: str
    median: float
    spread: float
    tail: float
    step: float
    rhythm: Rhythm | None
    burst: float = 0.0


#: Amounts are log-normal with a Pareto tail, as sums of consumers and firms are found to be; the
#: shares are those of no one country.
HABITS = (
    ("salary", Habit(0.10, "employer", "employee", "transfer", 1.0, 0.5, 0, 0.01, None)),
    ("family", Habit(0.20, "mobile", "kin", "mobile", 0.03, 0.9, 2.2, 10, rhythm.HOME, 0.30)),
    ("utility", Habit(0.09, "mobile", "company:utility", "mobile", 0.03, 0.5, 0, 0.01, None)),
    ("rent", Habit(0.04, "bank", "company:landlord", "transfer", 0.3, 0.4, 0, 50, None)),
    (
        "remittance",
        Habit(0.045, "bank", "kin abroad", "remittance", 0.12, 0.7, 2.4, 50, rhythm.HOME),
    ),
    (
        "wholesale",
        Habit(
            0.05, "company:shop", "company:trader", "transfer", 0.9, 1.1, 1.8, 5, rhythm.OFFICE, 0.1
        ),
    ),
    (
        "cash in",
        Habit(0.025, "company:hawala", "mobile", "cash", 0.04, 0.8, 2.2, 20, rhythm.SHOPS, 0.05),
    ),
    (
        "cash out",
        Habit(0.025, "mobile", "company:hawala", "cash", 0.04, 0.8, 2.2, 20, rhythm.SHOPS, 0.05),
    ),
    ("cash in", Habit(0.02, "counter", "bank", "cash", 0.08, 0.9, 2.2, 20, rhythm.OFFICE)),
    ("cash out", Habit(0.02, "bank", "counter", "cash", 0.05, 0.8, 2.2, 20, rhythm.SHOPS, 0.05)),
    (
        "trade",
        Habit(
            0.015,
            "company:trader",
            "company abroad",
            "swift",
            6.0,
            1.2,
            1.5,
            10,
            rhythm.OFFICE,
            0.1,
        ),
    ),
    (
        "donation",
        Habit(0.015, "mobile", "company:charity", "mobile", 0.012, 0.9, 2.0, 10, rhythm.HOME),
    ),
    ("school", Habit(0.012, "bank", "company:school", "transfer", 0.1, 0.6, 0, 10, rhythm.OFFICE)),
    (
        "tax",
        Habit(0.01, "company:shop", "company:state", "transfer", 0.4, 1.0, 1.8, 1, rhythm.OFFICE),
    ),
    ("savings", Habit(0.012, "bank", "self", "transfer", 0.15, 0.9, 2.2, 50, rhythm.HOME)),
    (
        "fee",
        Habit(
            0.008,
            "company:trader",
            "company:transport",
            "transfer",
            0.5,
            0.8,
            2.0,
            5,
            rhythm.OFFICE,
        ),
    ),
    ("other", Habit(0.008, "wallet", "wallet", "crypto", 0.15, 1.3, 1.4, 0.01, rhythm.HOME, 0.3)),
    (
        "shop",
        Habit(0.40, "bank", "company:shop", "card", 0.011, 1.0, 2.5, 0.05, rhythm.SHOPS, 0.35),
    ),
)


#: How many more payments to draw than wanted, by who is paid.
_SPARE = {"kin": 3.6, "kin abroad": 1.8, "company abroad": 2.0}


def pay(world: World) -> None:
    """Add the payments of everyday life, up to the size's number of them."""
    wanted = world.scenario.sizes[world.size].payments
    world.tables["payments"].reserve(wanted + wanted // 50 + 10_000)
    book = Book(world)
    for number, (purpose, habit) in enumerate(HABITS):
        # In parts, so that the memory a habit needs does not grow with the world. Shopping comes
        # last and makes up for those who had nobody to pay.
        rest = wanted - world.tables["payments"].rows
        left, part = (rest if purpose == "shop" else int(wanted * habit.share)), 0
        while left > 0:
            count = min(left, 4_000_000)
            _add(world, book, purpose, habit, count, number * 1_000 + part)
            left, part = left - count, part + 1


class Book:
    """Who has which account, and how often each uses it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people, self.firms = world.tables["people"], world.tables["companies"]
        self.accounts = world.tables["accounts"]
        owner, kind = self.accounts["owner"], self.accounts["kind"]
        self.of: dict[str, Ints] = {}
        for number, word in enumerate(("bank", "mobile", "wallet")):
            rows = np.flatnonzero((kind == number) & (owner >= 0))[::-1]
            self.of[word] = np.full(self.people.rows, NONE, np.int32)
            self.of[word][owner[rows]] = rows
        rows = np.flatnonzero((kind == 0) & (owner < 0))[::-1]
        self.firm = np.full(self.firms.rows, NONE, np.int32)
        self.firm[~owner[rows]] = rows
        rng = world.rng("activity")
        # How active people are is heavy-tailed: a gamma of shape below 1.
        self.activity = rng.gamma(0.8, 1.0, self.people.rows).astype(np.float32) + 0.02
        self.pull = (rng.pareto(1.15, self.firms.rows) + 0.3).astype(np.float32)
        incomes = np.array([state.income for state in world.scenario.states])
        self.income = incomes[self.people["state"]] * rng.lognormal(0, 0.5, self.people.rows)
        self.incomes = incomes
        self.rates = np.array([state.rate for state in world.scenario.states])
        self.kin = self._kin()

    def _kin(self) -> tuple[Ints, Ints]:
        """Return pairs of relatives and friends of both directions, sorted by the first."""
        ties = self.world.tables["relations"]
        near = np.isin(
            ties["kind"],
            [code("relation", word) for word in ("parent", "sibling", "cousin", "friend")],
        )
        a, b = ties["a"][near], ties["b"][near]
        first, second = np.concatenate([a, b]), np.concatenate([b, a])
        order = np.argsort(first, kind="stable")
        return first[order], second[order]

    def users(self, rng: np.random.Generator, kind: str, count: int) -> Ints:
        """Return accounts of people, drawn by how active their owners are."""
        rows = self.of[kind]
        rows = rows[rows >= 0]
        steps = np.cumsum(self.activity[self.accounts["owner"][rows]], dtype=np.float64)
        found: Ints = rows[np.searchsorted(steps, rng.random(count) * steps[-1])]
        return found

    def firms_of(self, kind: str) -> Ints:
        """Return the companies of a kind that have an account at a bank."""
        mask = self.firm >= 0
        if kind:
            mask &= self.firms["kind"] == code("company", kind)
        return np.flatnonzero(mask)

    def near(self, rng: np.random.Generator, kind: str, places: Ints, states: Ints) -> Ints:
        """Return accounts of companies of a kind in the city of each, or else in the state."""
        firms = self.firms_of(kind)
        found = np.full(len(places), NONE, np.int32)
        for column, where in (("city", places), ("state", states)):
            for place in np.unique(where):
                ours = firms[self.firms[column][firms] == place]
                open_ = (where == place) & (found == NONE)
                if column == "city":
                    # One in seven buys in another city.
                    open_ &= rng.random(len(where)) < 0.86
                if len(ours) and open_.any():
                    steps = np.cumsum(self.pull[ours], dtype=np.float64)
                    shot = rng.random(int(open_.sum())) * steps[-1]
                    found[open_] = self.firm[ours[np.searchsorted(steps, shot)]]
        return found

    def relative(self, rng: np.random.Generator, who: Ints) -> Ints:
        """Return a relative or friend of each person, -1 where there is none."""
        first, second = self.kin
        low, high = np.searchsorted(first, who), np.searchsorted(first, who, "right")
        # Whom people pay is unequal too: the square prefers the first of them.
        chosen = low + ((high - low) * rng.random(len(who)) ** 2).astype(np.int64)
        found: Ints = np.where(high > low, second[np.minimum(chosen, len(second) - 1)], NONE)
        return found


def _add(world: World, book: Book, purpose: str, habit: Habit, count: int, part: int) -> None:
    rng = world.rng("pay", purpose, part)
    if habit.payer == "employer":
        payer, payee, time, base = _salaries(world, book, rng, count)
    else:
        # Some have nobody to pay: more are drawn than wanted.
        payer, payee = _ends(book, rng, habit, int(count * _SPARE.get(habit.payee, 1.0)) + 8)
        time = _times(world, rng, habit, payer)
        base = book.incomes[book.accounts["state"][payer]]
    counter = "counter" in (habit.payer, habit.payee)
    keep = np.flatnonzero((payer >= 0) & ((payee >= 0) | counter) & (payer != payee))[:count]
    payer, payee, time, base = payer[keep], payee[keep], time[keep], base[keep]
    amount, currency = _amounts(book, rng, habit, payer, base), book.accounts["state"][payer]
    if habit.payer == "counter":
        payer, payee = payee, payer
    world.add(
        "payments",
        time=time,
        payer=payer,
        payee=payee,
        amount=amount,
        currency=currency,
        channel=code("channel", habit.channel),
        purpose=code("purpose", purpose),
        pattern=NONE,
    )


def _ends(book: Book, rng: np.random.Generator, habit: Habit, count: int) -> tuple[Ints, Ints]:
    """Return the accounts that pay and are paid."""
    accounts = book.accounts
    if "counter" in (habit.payer, habit.payee):
        return book.users(rng, "bank", count), np.full(count, NONE, np.int32)
    if habit.payer.startswith("company:"):
        firms = book.firms_of(habit.payer.removeprefix("company:"))
        steps = np.cumsum(book.pull[firms], dtype=np.float64)
        payer = book.firm[firms[np.searchsorted(steps, rng.random(count) * steps[-1])]]
    else:
        payer = book.users(rng, habit.payer, count)
    owner = accounts["owner"][payer]
    state = accounts["state"][payer]
    if habit.payee.startswith("company:"):
        city = book.world.seat(owner, "city")
        return payer, book.near(rng, habit.payee.removeprefix("company:"), city, state)
    if habit.payee == "company abroad":
        firms = book.firms_of("trader")
        steps = np.cumsum(book.pull[firms], dtype=np.float64)
        payee = book.firm[firms[np.searchsorted(steps, rng.random(count) * steps[-1])]]
        return payer, np.where(accounts["state"][payee] != state, payee, NONE)
    if habit.payee == "kin":
        return payer, _held(book, "mobile", book.relative(rng, owner))
    if habit.payee == "kin abroad":
        return payer, _abroad(book, rng, owner, state)
    if habit.payee == "self":
        second = np.flatnonzero((accounts["kind"] == 0) & (accounts["owner"] >= 0))
        own = second[book.of["bank"][accounts["owner"][second]] != second]
        chosen = own[rng.integers(0, len(own), count)]
        return book.of["bank"][accounts["owner"][chosen]], chosen
    return payer, book.users(rng, habit.payee, count)


def _held(book: Book, kind: str, who: Ints) -> Ints:
    found: Ints = np.where(who >= 0, book.of[kind][np.maximum(who, 0)], NONE)
    return found


def _abroad(book: Book, rng: np.random.Generator, owner: Ints, state: Ints) -> Ints:
    """Return accounts in other states of those whom people support there: always the same few."""
    everyone = book.of["bank"]
    everyone = everyone[everyone >= 0]
    turn = rng.integers(0, 2, len(owner)) * (rng.random(len(owner)) < 0.3)
    mixed = (
        owner.astype(np.uint64) * np.uint64(2_654_435_761)
        + turn.astype(np.uint64) * np.uint64(40_503)
    ) >> np.uint64(7)
    payee = everyone[(mixed % np.uint64(len(everyone))).astype(np.int64)]
    return np.where(book.accounts["state"][payee] != state, payee, NONE)


def _times(world: World, rng: np.random.Generator, habit: Habit, payer: Ints) -> Ints:
    if habit.rhythm is not None:
        time = rhythm.times(world, rng, len(payer), habit.rhythm)
        return rhythm.burst(world, rng, time, payer, habit.burst) if habit.burst else time
    months = rhythm.monthly(world)
    # Each payer has a day of the month, kept within some days.
    due = (payer.astype(np.int64) * 7_919) % 10 + rng.geometric(0.55, len(payer)) - 1
    day = months[rng.integers(0, len(months), len(payer))] + np.minimum(due, 27)
    seconds = day * _DAY + rhythm.within_day(rng, len(payer), rhythm.OFFICE)
    found: Ints = seconds.astype(np.int32)
    return found


def _salaries(
    world: World, book: Book, rng: np.random.Generator, count: int
) -> tuple[Ints, Ints, Ints, npt.NDArray[np.float64]]:
    """Return payer, payee, time and salary: the same people each month, on the company's day."""
    employer = book.people["employer"]
    bank = np.where(book.of["bank"] >= 0, book.of["bank"], book.of["mobile"])
    staff = np.flatnonzero((employer > 0) & (bank >= 0))
    months = rhythm.monthly(world)
    staff = rng.permutation(staff)[: max(1, count // len(months))]
    who = np.repeat(staff, len(months))
    firm = employer[who]
    late = rng.geometric(0.8, len(who)) - 1
    day = np.tile(months, len(staff)) + 24 + (firm * 31) % 4 + np.minimum(late, 3)
    hour = 8 + (firm * 17) % 8
    time = day * _DAY + hour * _HOUR + rng.integers(0, 1_500, len(who))
    keep = time < world.seconds
    raised = 1 + 0.03 * (np.tile(np.arange(len(months)), len(staff)) >= (who % 12))
    pay = book.income[who] * raised
    return book.firm[firm][keep], bank[who][keep], time[keep].astype(np.int32), pay[keep]


def _amounts(
    book: Book, rng: np.random.Generator, habit: Habit, payer: Ints, base: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return amounts in minor units: log-normal with a tail, rounded as people round."""
    count = len(payer)
    fixed = habit.payer == "employer"
    factor = np.ones(count) if fixed else rng.lognormal(0, habit.spread, count)
    if habit.tail:
        far = rng.random(count) < 0.05
        factor[far] *= 1 + rng.pareto(habit.tail, int(far.sum()))
    if habit.rhythm is None and not fixed:
        # What is paid monthly is nearly the same every time.
        own = np.random.default_rng(17).lognormal(0, habit.spread, 4_096)
        factor = own[payer % 4_096] * (1 if habit.step >= 1 else rng.normal(1, 0.12, count))
    value = np.minimum(base * habit.median * np.abs(factor), base * 3_000)
    rate = book.rates[book.accounts["state"][payer]]
    step = habit.step * rng.choice([1.0, 1.0, 2.0, 5.0, 10.0], count)
    step = np.where(rng.random(count) < 0.2, habit.step / 5, step) * rate
    if fixed:
        step = np.full(count, 0.01)
    nice = _nice(np.maximum(step, 0.01))
    return np.maximum(np.round(np.round(value / nice) * nice * 100), np.round(nice * 100)).astype(
        np.int64
    )


def _nice(step: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the nearest power of ten below, or five times it: sums are round in any currency."""
    ten = 10.0 ** np.floor(np.log10(step * 1.000001))
    found: npt.NDArray[np.float64] = np.maximum(np.where(step >= 5 * ten, 5 * ten, ten), 0.01)
    return found
