"""Planting: what every plot needs to leave its traces among those of innocent people.

Sums, hours and banks of a plot are drawn from what innocent people of the same state do, so that
neither their size nor their precision tells them apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from manara.exercise.codes import code
from manara.exercise.plots.planted import Pattern, Planted
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import NONE, Ints, World, sign_number

_DAY = 86_400


class Planting:
    """One plot while it is planted.

    Args:
        world: where.
        spec: which, when and how hard to find.
        plot: its number.

    Attributes:
        rng: its own stream of chance.
        states: numbers of the states it plays in, the first one its home.
        begins: first second of its traces.
        ends: second of the day it comes to its end.
    """

    def __init__(self, world: World, spec: PlotSpec, plot: int) -> None:
        self.world, self.spec, self.plot = world, spec, plot
        self.rng = world.rng("plot", plot, spec.kind)
        self.states = [world.scenario.state(one) for one in spec.states]
        self.ends = world.second(spec.planted)
        days = int(self.value("days", 180))
        self.begins = world.second(max(world.start, spec.planted - timedelta(days)))
        self._roles: dict[str, list[int]] = defaultdict(list)
        self._seen: dict[str, set[int]] = defaultdict(set)
        self._patterns: list[Pattern] = []
        self._bridges: list[tuple[int, int]] = []
        self._firearms: list[int] = []

    def value(self, name: str, default: float) -> float:
        """Return a parameter of the plot."""
        return float(self.spec.values.get(name, default))

    def count(self, name: str, default: int) -> int:
        """Return a parameter that is a number of people or things."""
        return int(self.value(name, default))

    def state(self, at: int) -> int:
        """Return one of its states; a plot of fewer states plays in the last one on."""
        return self.states[min(at, len(self.states) - 1)]

    def people(
        self, role: str, count: int, state: int, age: tuple[int, int] = (20, 60)
    ) -> list[int]:
        """Recruit innocent people of a state for a role and return them."""
        found = self.world.pick(self.rng, count, state=state, age=age)
        self.world.claim(found, self.plot)
        self._roles[role] += found.tolist()
        self._seen[role].add(state)
        return [int(one) for one in found]

    def company(self, role: str, state: int, kind: str, owner: int) -> int:
        """Return a company of a state that is nobody's plot yet, as ``~row``, with its owner."""
        table = self.world.tables["companies"]
        wanted = (table["state"] == state) & (table["plot"] == NONE)
        found = np.flatnonzero(wanted & (table["kind"] == code("company", kind)))
        if len(found):
            row = int(self.rng.choice(found))
            table["plot"][row] = self.plot
        else:
            row = self._founded(state, kind)
        self._roles[role].append(~row)
        self._seen[role].add(state)
        self.relate("owner", owner, ~row)
        return ~row

    def _founded(self, state: int, kind: str) -> int:
        """Found a company as old, as named and as placed as those there are."""
        table = self.world.tables["companies"]
        real = np.flatnonzero(table["state"] >= 0)
        at = np.flatnonzero(table["state"] == state)
        name, founded = int(self.rng.integers(0, 2**31 - 1)), self.rng.choice(real)
        rows = self.world.add(
            "companies", self.plot, state=[state], kind=code("company", kind), name=name,
            city=int(self.rng.choice(table["city"][at])), founded=int(table["founded"][founded]),
        )  # fmt: skip
        return int(rows[0])

    def relate(self, kind: str, a: int, b: int) -> None:
        """State a tie of two since some day in the years before."""
        day = self.world.day(self.world.start) - int(self.rng.integers(60, 3000))
        self.world.add(
            "relations", self.plot, kind=[code("relation", kind)], a=a, b=b, since=day
        )  # fmt: skip

    def account(self, owner: int, kind: str = "bank") -> int:
        """Return the account of a kind that somebody has, opened like others if there is none."""
        accounts, wanted = self.world.tables["accounts"], code("account", kind)
        mine = np.flatnonzero((accounts["owner"] == owner) & (accounts["kind"] == wanted))
        if len(mine):
            return int(mine[0])
        state = self.home(owner)
        banks = self.world.scenario.banks
        at = [i for i, bank in enumerate(banks) if bank.state == state and bank.kind == kind]
        shares = np.array([banks[i].share for i in at])
        opened = (
            accounts["opened"] if accounts.rows else np.array([self.world.day(self.world.start)])
        )
        rows = self.world.add(
            "accounts", self.plot, owner=[owner], state=state, kind=wanted,
            bank=int(self.rng.choice(at, p=shares / shares.sum())),
            opened=int(self.rng.choice(opened)),
        )  # fmt: skip
        return int(rows[0])

    def accounts(self, owners: Sequence[int], kind: str = "bank") -> list[int]:
        """Return an account of each."""
        return [self.account(one, kind) for one in owners]

    def home(self, owner: int) -> int:
        """Return the state of a person, or of a company given as ``~row``."""
        table, row = ("people", owner) if owner >= 0 else ("companies", ~owner)
        return int(self.world.tables[table]["state"][row])

    def times(self, count: int, first: float = 0.0, last: float = 1.0) -> Ints:
        """Return moments of a part of the plot, at the hours at which others pay; sorted.

        Args:
            count: how many.
            first: begin of the part, 0 for that of the plot and 1 for its end.
            last: end of the part.
        """
        span = self.ends - self.begins
        ends = self.begins + span * first, self.begins + span * last
        days = np.floor(self.rng.uniform(*ends, count) / _DAY).astype(np.int64)
        return np.sort(days * _DAY + self.hours(count))

    def hours(self, count: int) -> Ints:
        """Return seconds of the day at which others pay."""
        known = self.world.tables["payments"]["time"]
        if not len(known):
            return self.rng.integers(8 * 3600, 20 * 3600, count)
        return self.rng.choice(known, count) % _DAY

    def sums(self, count: int, state: int, purpose: str, quantiles: tuple[float, float]) -> Ints:
        """Return sums that others pay for a purpose in the currency of a state.

        Args:
            count: how many.
            state: whose currency.
            purpose: a word of `codes.CODES`; all purposes if nobody pays for this one.
            quantiles: which part of the sums, from the smallest (0) to the largest (1).
        """
        known = self.world.tables["payments"]
        mine = known["currency"] == state
        alike = mine & (known["purpose"] == code("purpose", purpose))
        amounts = known["amount"][alike if alike.sum() >= 20 else mine]
        if not len(amounts):
            raise ValueError("plots are planted among payments, and there are none")
        low, high = np.quantile(amounts, quantiles)
        found = amounts[(amounts >= low) & (amounts <= high)]
        return self.rng.choice(found, count)

    def pay(
        self,
        payers: Sequence[int] | Ints | int,
        payees: Sequence[int] | Ints | int,
        time: Ints,
        amount: Ints,
        purpose: str,
        pattern: int = NONE,
    ) -> Ints:
        """Let accounts pay accounts, in the currency of the payer's state, as others pay for it.

        Returns:
            The numbers of the payments.
        """
        payer, payee = np.broadcast_to(payers, time.shape), np.broadcast_to(payees, time.shape)
        return self.world.add(
            "payments", self.plot, time=np.clip(time, 0, self.world.seconds - 1), payer=payer,
            payee=payee, amount=amount, currency=self.world.tables["accounts"]["state"][payer],
            channel=self._channel(purpose), purpose=code("purpose", purpose), pattern=pattern,
        )  # fmt: skip

    def _channel(self, purpose: str) -> int:
        """Return the channel by which most people pay for a purpose."""
        known = self.world.tables["payments"]
        used = known["channel"][known["purpose"] == code("purpose", purpose)]
        return int(np.bincount(used).argmax()) if len(used) else 0

    def alike(self, values: Ints, state: int, purpose: str) -> Ints:
        """Return sums as round as those that others pay for a purpose in a state."""
        other = self.sums(len(values), state, purpose, (0.0, 1.0))
        step = np.ones(len(values), np.int64)
        for power in (5, 10, 50, 100, 500, 1000, 5000, 10_000, 50_000, 100_000):
            fits = (other % power == 0) & (values >= 5 * power)
            step[fits] = power
        found: Ints = np.maximum(np.round(values / step).astype(np.int64) * step, step)
        return found

    def agent(self, state: int) -> int:
        """Return the account of somebody in a state with whom people change money into cash."""
        firms = self.world.tables["companies"]
        kind = code("company", "hawala")
        theirs = np.flatnonzero((firms["state"] == state) & (firms["kind"] == kind))
        innocent = theirs[firms["plot"][theirs] == NONE]
        return self.account(~int(self.rng.choice(innocent if len(innocent) else theirs)))

    def pattern(self, shows: str, *accounts: int) -> int:
        """Return the number of a new pattern of the payments about some accounts."""
        number = self.plot * 16 + len(self._patterns)
        self._patterns.append(Pattern(number, shows, tuple(sorted(set(accounts)))))
        return number

    def money(self, amount: Ints, source: int, target: int) -> Ints:
        """Return sums in the currency of another state."""
        states = self.world.scenario.states
        found = np.round(amount * states[target].rate / states[source].rate)
        return np.maximum(1, found).astype(np.int64)

    def group(self, kind: str) -> int:
        """Return a group of a kind that there is, or a new one."""
        groups = self.world.tables["groups"]
        known = np.flatnonzero(groups["kind"] == code("group", kind))
        if len(known):
            return int(self.rng.choice(known))
        name = int(groups.rows)
        return int(self.world.add("groups", kind=[code("group", kind)], name=name)[0])

    def mention(
        self, person: int, state: int, kind: str, group: int = NONE, at: float = 0.3
    ) -> None:
        """Let the police of a state know somebody: as what, and with which group."""
        self.world.add(
            "mentions", self.plot, agency=[code("agency", "police")], state=state, person=person,
            kind=code("mention", kind), about=group, time=int(self.times(1, 0.0, max(at, 0.02))[0]),
        )  # fmt: skip
        self.show(person, state)

    def report(self, payments: Ints) -> None:
        """Let a bank report one of some payments as suspicious, some days later."""
        one = int(self.rng.choice(payments))
        known, accounts = self.world.tables["payments"], self.world.tables["accounts"]
        payer = int(known["payer"][one])
        late = int(known["time"][one]) + int(self.rng.integers(1, 25)) * _DAY
        owner, state = int(accounts["owner"][payer]), int(accounts["state"][payer])
        self.world.add(
            "mentions", self.plot, agency=[code("agency", "fiu")], state=state, person=owner,
            kind=code("mention", "str"), about=one, time=min(late, self.world.seconds - 1),
        )  # fmt: skip
        self.show(owner, state)

    def show(self, person: int, state: int) -> None:
        """Note that the registers of a state show somebody too."""
        for role, members in self._roles.items():
            if person in members:
                self._seen[role].add(state)

    def incident(self, state: int, kind: str, group: int, at: float) -> int:
        """Let something happen that a group stands behind."""
        scenario = self.world.scenario
        cities = [i for i, city in enumerate(scenario.cities) if city.state == state]
        rows = self.world.add(
            "incidents", self.plot, time=self.times(1, max(0.0, at - 0.05), at),
            kind=code("incident", kind), state=state, city=int(self.rng.choice(cities)),
            killed=0, group=group,
        )  # fmt: skip
        return int(rows[0])

    def document(self, person: int, kind: str = "passport", forged: bool = False) -> int:
        """Return a document of a person; one is issued if there is none."""
        table, wanted = self.world.tables["documents"], code("document", kind)
        mine = np.flatnonzero((table["holder"] == person) & (table["kind"] == wanted))
        if len(mine) and not forged:
            return int(mine[0])
        state = self.home(person)
        issued = self.world.day(self.world.start) - int(self.rng.integers(30, 3000))
        rows = self.world.add(
            "documents", self.plot, holder=[person], kind=wanted, state=state, issued=issued,
            expires=issued + 3652, forged=int(forged),
        )  # fmt: skip
        return int(rows[0])

    def cross(
        self,
        people: Sequence[int],
        states: tuple[int, int],
        times: Ints,
        documents: Sequence[int] | None = None,
    ) -> None:
        """Let people cross from one state to another, one after the other, at a post."""
        codes = [self.world.scenario.states[one].code for one in states]
        posts = self.world.scenario.posts
        ways = [i for i, post in enumerate(posts) if set(post.states) == set(codes)]
        ways = ways or [i for i, post in enumerate(posts) if codes[1] in post.states]
        post = int(self.rng.choice(ways))
        direction = "entry" if posts[post].states[0] == codes[1] else "exit"
        held = documents or [self.document(one) for one in people]
        # Groups pass one after the other, as all do.
        apart = np.cumsum(self.rng.integers(20, 240, len(people)))
        for time in times.tolist():
            self.world.add(
                "crossings", self.plot, person=np.asarray(people), post=post,
                time=np.minimum(time + apart, self.world.seconds - 1),
                direction=code("direction", direction), document=np.asarray(held),
            )  # fmt: skip
        for person in people:
            for state in states:
                self.show(person, state)

    def consign(self, seller: int, buyer: int, times: Ints, hs: int, price: float = 1.0) -> Ints:
        """Declare goods from one company to another and return their values in minor units.

        Args:
            seller: as ``~row``.
            buyer: as ``~row``.
            times: when.
            hs: heading of the Harmonized System.
            price: of a kilogram, over that of the same goods in other declarations.
        """
        known = self.world.tables["consignments"]
        alike = np.flatnonzero(known["hs"] == hs)
        same = alike[known["from_state"][alike] == self.home(seller)]  # and of the same currency
        if len(same):
            alike = same
        elif not len(alike):
            alike = np.arange(known.rows)
        some = self.rng.choice(alike, len(times))
        value: Ints = np.round(known["value"][some] * price / 100).astype(np.int64) * 100
        self.world.add(
            "consignments", self.plot, time=times, seller=seller, buyer=buyer, hs=known["hs"][some],
            kg=known["kg"][some], value=value, from_state=self.home(seller),
            to_state=self.home(buyer), post=known["post"][some],
        )  # fmt: skip
        return value

    def bridge(self, one: int, other: int) -> None:
        """Note that the tie of two members joins two crimes."""
        self._bridges.append((one, other))

    def armed(self, rows: Ints) -> None:
        """Note which firearms left the legal chain."""
        self._firearms += rows.tolist()

    def done(self) -> Planted:
        """Return what was planted."""
        world, states = self.world, self.world.scenario.states
        roles = {role: tuple(sorted(set(people))) for role, people in self._roles.items()}
        members = sorted({one for people in roles.values() for one in people})
        theirs = np.flatnonzero(np.isin(world.tables["accounts"]["owner"], members))
        seen = world.tables["sightings"]
        mine = seen["plot"] == self.plot
        return Planted(
            self.spec.kind,
            self.plot,
            self.spec.planted,
            _day(world, self.begins),
            self.spec.decoy,
            self.spec.difficulty,
            roles,
            tuple(self._bridges),
            tuple(self._patterns),
            tuple(theirs.tolist()),
            tuple(self._firearms),
            tuple(np.unique(sign_number(seen["kind"][mine], seen["value"][mine])).tolist()),
            {role: tuple(states[at].code for at in sorted(of)) for role, of in self._seen.items()},
        )


def _day(world: World, second: int) -> date:
    return world.moment(second).date()
