"""Where the money of an account went and where it came from, payment by payment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from manara.model import DECIMAL_SCALE, NotFoundError
from manara.money.book import Book
from manara.money.taint import Rule, ledger

Direction = Literal["to", "from"]

_CASH = "cash"


class Hop(NamedTuple):
    """A payment that carried the money.

    Attributes:
        payment: its id.
        time: UTC.
        payer: account it left, ``""`` for cash paid in.
        payee: account it reached, ``""`` for cash paid out.
        amount: the whole sum.
        marked: the part of it that is of the money followed.
        currency: ISO 4217.
        step: payments between it and the account that is followed, itself included.
    """

    payment: str
    time: datetime
    payer: str
    payee: str
    amount: Decimal
    marked: Decimal
    currency: str
    step: int


class End(NamedTuple):
    """Where the trail of a part of the money ends.

    Attributes:
        account: the last account known.
        currency: ISO 4217.
        amount: how much of the money followed.
        reason: ``cash``, ``returned``, ``exchanged``, ``outside the data``, ``held``.
        text: what that means here, in a sentence.
    """

    account: str
    currency: str
    amount: Decimal
    reason: str
    text: str


class Passed(NamedTuple):
    """What one account had to do with the money.

    Attributes:
        account: its id.
        currency: ISO 4217.
        received: marked money that reached it (that it sent, when looking back).
        passed_on: marked money that it sent on (that reached it, when looking back).
        assumed: sum it must have held before the data begin, or it could not have paid; its real
            balance may be larger, and the money is then diluted or delayed.
    """

    account: str
    currency: str
    received: Decimal
    passed_on: Decimal
    assumed: Decimal


@dataclass(frozen=True, slots=True)
class Trail:
    """Where money went (``to``) or came from (``from``) by one rule.

    Attributes:
        rule: see `Rule`.
        direction: ``to`` or ``from``.
        start: the accounts followed.
        hops: the payments, away from the start in time.
        accounts: what each account had to do with it, the largest first.
        ends: where the trail is lost, the largest first.
        set_out: the sum followed, by currency.
    """

    rule: Rule
    direction: Direction
    start: tuple[str, ...]
    hops: tuple[Hop, ...]
    accounts: tuple[Passed, ...]
    ends: tuple[End, ...]
    set_out: tuple[tuple[str, Decimal], ...]


class _Payment(NamedTuple):
    id: str
    time: datetime
    payer: str
    payee: str
    amount: int
    lost: str


def accounts_of(book: Book, who: Collection[str]) -> tuple[str, ...]:
    """Return the accounts of an account or person in these payments, sorted.

    Args:
        book: the payments.
        who: ids of an account, or of a person: then every account paid from or to in its name.

    Raises:
        NotFoundError: no payment names any of them.
    """
    found: set[str] = set()
    wanted = pa.array(sorted(who), pa.string())
    for party, account in (("payer", "source"), ("payee", "target")):
        for column in (party, account):
            rows = pc.filter(
                book.payments[account], pc.is_in(book.payments[column], value_set=wanted)
            )
            found.update(pc.unique(rows).to_pylist())
    if not found - {None}:
        raise NotFoundError(
            "no payment from or to it",
            where=", ".join(sorted(who)),
            remedy="give the id of an account or party as the payments have it",
        )
    return tuple(sorted(found - {None}))


def follow(
    book: Book,
    start: Collection[str],
    since: datetime,
    until: datetime,
    rule: Rule,
    direction: Direction,
) -> Trail:
    """Return where money that left accounts went, or where money that reached them came from.

    Looking back is the same walk with time and every payment turned round: what is spent first
    forwards was received first, so one set of rules answers both.

    Args:
        book: the payments.
        start: the accounts; see `accounts_of`.
        since: money that moved before is not followed, UTC.
        until: nor is what moved after.
        rule: which money an account spends first.
        direction: ``to`` follows what left, ``from`` traces back what came in.
    """
    hops: list[Hop] = []
    accounts: list[Passed] = []
    ends: list[End] = []
    set_out = []
    for currency, scale, payments in _by_currency(book, until):
        walk = _Walk(frozenset(start), since, rule, direction, payments)
        with localcontext() as exact:
            exact.prec = 60
            if walk.set_out:
                set_out.append((currency, Decimal(walk.set_out).scaleb(-scale)))
            for each, marked, step in walk.hops:
                hops.append(_hop(each, marked, step, currency, scale, direction))
            for account, (received, passed) in walk.flows.items():
                sums = (received, passed, walk.assumed.get(account, 0))
                accounts.append(
                    Passed(account, currency, *(Decimal(n).scaleb(-scale) for n in sums))
                )
            for (account, reason), amount in walk.ends.items():
                text = _SAID[reason][direction].format(since=f"{since:%Y-%m-%d}", until=until)
                ends.append(End(account, currency, Decimal(amount).scaleb(-scale), reason, text))
    hops.sort(key=lambda hop: (hop.time, hop.payment), reverse=direction == "from")
    accounts.sort(key=lambda one: (-one.received, one.account, one.currency))
    ends.sort(key=lambda one: (-one.amount, one.account, one.currency, one.reason))
    return Trail(
        rule, direction, tuple(sorted(start)), tuple(hops), tuple(accounts), tuple(ends),
        tuple(set_out),
    )  # fmt: skip


_SAID = {
    "cash": {
        "to": "paid out in cash; nothing tells who has it",
        "from": "paid in in cash; nothing tells whose it was",
    },
    "returned": {"to": "came back to the start", "from": "had left the start before"},
    "exchanged": {
        "to": "exchanged into another currency; followed no further",
        "from": "exchanged from another currency; followed no further",
    },
    "outside the data": {
        "to": "reached an account of which the data know no outgoing payment",
        "from": "left an account of which the data know no incoming payment",
    },
    "held": {
        "to": "still on the account at the end of the time looked at",
        "from": "there before {since}: earlier payments are not followed, or not known",
    },
}


class _Walk:
    """One walk through the payments of one currency."""

    def __init__(
        self,
        start: frozenset[str],
        since: datetime,
        rule: Rule,
        direction: Direction,
        payments: Sequence[_Payment],
    ) -> None:
        self._start, self._since, self._direction = start, since, direction
        self.assumed, closing = _balances(payments)
        self.hops: list[tuple[_Payment, int, int]] = []
        self.flows: dict[str, tuple[int, int]] = {}
        self.ends: dict[tuple[str, str], int] = defaultdict(int)
        self.set_out = 0
        self._steps = dict.fromkeys(start, 0)
        self._senders = {one.payer for one in payments}
        if direction == "from":
            self._senders = {one.payee for one in payments}
            payments = [
                one._replace(payer=one.payee, payee=one.payer)
                for one in reversed(payments)
                if one.time >= since
            ]
        self._ledger = ledger(rule, closing if direction == "from" else self.assumed)
        for one in payments:
            self._book(one)
        for account, amount in self._ledger.held().items():
            if amount > 0 and account not in start:
                known = account in self._senders
                self.ends[account, "held" if known else "outside the data"] += amount

    def _book(self, one: _Payment) -> None:
        own = one.payer in self._start
        seed = own and one.time >= self._since and one.payee not in self._start
        returned = one.payee in self._start
        payee = None if returned or not one.payee else one.payee
        # The start's own money is not followed through it: it is what is asked about.
        marked = self._ledger.pay(one.payer, payee, one.amount, seed=seed)
        if not marked:
            return
        step = self._steps.get(one.payer, 0) + 1
        self._steps.setdefault(one.payee, step)
        self.hops.append((one, marked, step))
        if seed:
            self.set_out += marked
        else:
            received, passed = self.flows[one.payer]
            self.flows[one.payer] = received, passed + marked
        if payee is None:
            self.ends[one.payer, "returned" if returned else one.lost] += marked
        else:
            received, passed = self.flows.get(payee, (0, 0))
            self.flows[payee] = received + marked, passed


def _balances(payments: Iterable[_Payment]) -> tuple[dict[str, int], dict[str, int]]:
    """Return what each account must have held at first so as never to overdraw, and at last."""
    balance: dict[str, int] = defaultdict(int)
    least: dict[str, int] = defaultdict(int)
    for one in payments:
        if one.payer:
            balance[one.payer] -= one.amount
            if balance[one.payer] < least[one.payer]:
                least[one.payer] = balance[one.payer]
        if one.payee:
            balance[one.payee] += one.amount
    opening = {account: -amount for account, amount in least.items() if amount}
    closing = {account: amount + opening.get(account, 0) for account, amount in balance.items()}
    return opening, closing


def _by_currency(book: Book, until: datetime) -> Iterator[tuple[str, int, list[_Payment]]]:
    """Yield each currency, the decimal places its sums need, and its payments in order of time."""
    last = until.astimezone(UTC).replace(tzinfo=None)
    table = book.payments.filter(pc.less_equal(book.payments["time"], last)).select(_COLUMNS)
    table = table.sort_by([("time", "ascending"), ("id", "ascending")])
    entries: dict[str, list[_Payment]] = defaultdict(list)
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        for currency, one in _entries(*row):
            entries[currency].append(one)
    for currency, found in sorted(entries.items()):
        scale = DECIMAL_SCALE
        while scale > 2 and all(one.amount % 10 == 0 for one in found):
            found = [one._replace(amount=one.amount // 10) for one in found]
            scale -= 1
        yield currency, scale, found


_COLUMNS = [
    *("id", "time", "source", "target", "source_held", "target_held", "instrument"),
    *("amount", "currency", "instructed_amount", "instructed_currency"),
]


def _entries(
    identity: str,
    time: datetime,
    source: str | None,
    target: str | None,
    source_held: bool,
    target_held: bool,
    instrument: str,
    amount: Decimal,
    currency: str,
    instructed_amount: Decimal | None,
    instructed_currency: str,
) -> Iterator[tuple[str, _Payment]]:
    """Yield what a payment does to the accounts of each currency: two things if it is exchanged."""
    cash = instrument == _CASH
    payer = source if source and (source_held or not cash) else ""
    payee = target if target and (target_held or not cash) else ""
    if payer == payee:
        return
    booked = _Payment(identity, time.replace(tzinfo=UTC), payer, payee, _units(amount), "cash")
    if instructed_currency == currency:
        yield currency, booked
        return
    yield currency, booked._replace(payer="", lost="exchanged")
    if instructed_amount is not None:
        sent = booked._replace(payee="", amount=_units(instructed_amount), lost="exchanged")
        yield instructed_currency, sent


def _units(amount: Decimal) -> int:
    return int(amount.scaleb(DECIMAL_SCALE))


def _hop(
    one: _Payment, marked: int, step: int, currency: str, scale: int, direction: Direction
) -> Hop:
    ends = (one.payer, one.payee) if direction == "to" else (one.payee, one.payer)
    sums = (Decimal(one.amount).scaleb(-scale), Decimal(marked).scaleb(-scale))
    return Hop(one.id, one.time, *ends, *sums, currency, step)
