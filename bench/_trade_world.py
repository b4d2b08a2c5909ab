"""An invented year and a half of trade: declarations, the payments for them, and crimes.

Nothing here is like any real company. Prices have heavy tails, and what is innocent and yet looks
odd is in it too: quality, small lots, seasons, standard lots, split invoices, returned goods, new
lines of business, group payers, services with invoices, payments without a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Rng = np.random.Generator
FIRST_DAY, DAYS = 20_454, 540  # from 1 January 2026
COUNTRIES = ("QA", "QB", "QC", "QD", "QE", "QF", "QG", "QH", "QI", "QJ")
#: Chapters of each line of business; what anybody buys is apart.
LINES = (
    ("01", "02"), ("03", "16"), ("07", "08"), ("09", "18"), ("10", "11"), ("25", "68"),
    ("27", "29"), ("28", "31"), ("30", "33"), ("41", "42"), ("44", "94"), ("52", "62"),
    ("61", "64"), ("72", "73"), ("74", "76"), ("85", "90"), ("87", "40"),
)  # fmt: skip
EQUIPMENT = ("84", "39", "48")
SENSITIVE = ("854231", "310230", "284700", "847150")


@dataclass(slots=True)
class World:
    """Declarations, payments, and which of them are injected.

    Attributes:
        declarations: the columns of `manara.money.trade.COLUMNS`.
        payments: the columns of the payments table.
        truth: ids of injected declarations and payments by check.
    """

    declarations: pa.Table
    payments: pa.Table
    truth: dict[str, set[str]]


@dataclass(slots=True)
class Rows:
    """Consignments as columns, and what is done to them."""

    columns: dict[str, NDArray[Any]]
    truth: dict[str, set[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.columns["day"])

    def mark(self, check: str, rows: Any) -> None:
        """Note that rows are injected."""
        self.truth.setdefault(check, set()).update(int(row) for row in np.atleast_1d(rows))

    def copy(self, rows: Any, **changed: Any) -> NDArray[np.int64]:
        """Add copies of rows with some columns changed, and return where they stand."""
        begin = len(self)
        rows = np.atleast_1d(rows)
        for name, column in self.columns.items():
            new = np.asarray(changed.get(name, column[rows])).astype(column.dtype)
            self.columns[name] = np.concatenate([column, np.broadcast_to(new, rows.shape)])
        return np.arange(begin, begin + len(rows))


def world(seed: int, consignments: int = 10_000, crime: bool = True) -> World:
    """Return an invented world.

    Args:
        seed: of all chance.
        consignments: about how many; half of them are declared on both sides.
        crime: whether to inject what the checks look for.
    """
    rng = np.random.default_rng(seed)
    rows = _trade(rng, consignments)
    _innocent_oddities(rng, rows)
    if crime:
        _inject(rng, rows, max(12, consignments // 400))
    return World(*_papers(rng, rows, crime))


def _trade(rng: Rng, count: int) -> Rows:
    """Return innocent consignments."""
    companies = max(120, count // 60)
    line = rng.integers(0, len(LINES), companies)
    country = rng.integers(0, len(COUNTRIES), companies)
    quality = rng.normal(0, 0.15, companies)
    lots = rng.random(companies) < 0.2
    codes = [_codes(rng, chapters) for chapters in LINES]
    common = _codes(rng, EQUIPMENT)
    pairs = [_partners(rng, one, line, codes, common) for one in range(companies)]
    seller, buyer, code = (np.concatenate(column) for column in zip(*pairs, strict=True))
    ways = rng.zipf(1.7, len(seller)).clip(1, 30).astype(float)
    way = rng.choice(len(seller), count, p=ways / ways.sum())
    all_codes, at = np.unique(code, return_inverse=True)
    base, spread = rng.normal(2, 1.3, len(all_codes)), rng.uniform(0.08, 0.35, len(all_codes))
    season = rng.uniform(0, 0.15, len(all_codes))
    day = rng.integers(0, DAYS, count)
    weight = np.exp(rng.normal(7, 1.3, count)).round(1).clip(0.5)
    standard = lots[seller[way]] & (rng.random(count) < 0.8)
    weight[standard] = rng.choice([1000.0, 5000.0, 20000.0], standard.sum())
    of = at[way]
    price = base[of] + quality[seller[way]] + season[of] * np.sin(2 * np.pi * day / 365)
    noise = rng.standard_t(3, count).clip(-15, 15)
    price += 0.1 * np.maximum(0, 5 - np.log(weight)) + spread[of] * noise
    return Rows(
        {
            "day": day,
            "seller": seller[way].astype(str).astype(object),
            "buyer": buyer[way].astype(str).astype(object),
            "business_s": line[seller[way]],
            "business_b": line[buyer[way]],
            "from": country[seller[way]],
            "to": country[buyer[way]],
            "hs": code[way].astype(object),
            "weight": weight,
            "value": (np.exp(price) * weight).round(2).clip(1),
            "invoice": np.arange(count),
            "import_value": rng.uniform(1.01, 1.12, count),
            "import_weight": np.where(rng.random(count) < 0.1, rng.uniform(0.98, 1, count), 1.0),
            "sides": np.where(rng.random(count) < 0.995, 2, rng.integers(0, 2, count)),
            "broker_country": np.full(count, -1),
            "text": np.full(count, "goods as per invoice", dtype=object),
            "document": np.arange(count),
        }
    )


def _codes(rng: Rng, chapters: tuple[str, ...]) -> NDArray[Any]:
    found = [f"{chapter}{rng.integers(1, 30):02}{rng.integers(1, 9)}0" for chapter in chapters * 3]
    return np.array(sorted({*found, *(one for one in SENSITIVE if one[:2] in chapters)}))


def _partners(
    rng: Rng, seller: int, line: Any, codes: list[Any], common: Any
) -> tuple[Any, Any, Any]:
    """Return seller, buyer and code of what a company sells."""
    same = np.flatnonzero(line == line[seller])
    buyers = rng.choice(same[same != seller], min(4, len(same) - 1), replace=False)
    goods = rng.choice(codes[line[seller]], 3)
    others = rng.integers(0, len(line), 1)
    others = others[others != seller]
    ends = np.concatenate([np.repeat(buyers, 2), others])
    sold = np.concatenate([rng.choice(goods, 2 * len(buyers)), rng.choice(common, len(others))])
    return np.full(len(ends), seller), ends, sold


def _innocent_oddities(rng: Rng, rows: Rows) -> None:
    """Add returned goods, new lines of business and invoices split into equal lots."""
    count = len(rows)
    back = rng.choice(count, count // 700, replace=False)
    _sold_on(rng, rows, back, rng.integers(30, 80, len(back)))
    new = rng.choice(count, count // 700, replace=False)
    chapters = [f"{rng.choice(LINES[rng.integers(len(LINES))])}0190" for _ in new]
    rows.copy(new, day=DAYS - 60, hs=np.array(chapters, object), invoice=_fresh(rows, len(new)),
              document=_fresh(rows, len(new), "document"))  # fmt: skip
    # Some sellers split invoices into lots that are alike.
    lots = np.flatnonzero(np.isin(rows.columns["seller"], _some(rng, rows, "seller", 0.05)))
    rows.copy(lots, document=_fresh(rows, len(lots), "document"))


def _sold_on(rng: Rng, rows: Rows, at: Any, days: Any) -> NDArray[np.int64]:
    """Add the way back of consignments."""
    held = rows.columns
    return rows.copy(
        at, seller=held["buyer"][at], buyer=held["seller"][at], day=held["day"][at] + days,
        business_s=held["business_b"][at], business_b=held["business_s"][at],
        invoice=_fresh(rows, len(at)), document=_fresh(rows, len(at), "document"),
        **{"from": held["to"][at], "to": held["from"][at]},
    )  # fmt: skip


def _some(rng: Rng, rows: Rows, column: str, share: float) -> NDArray[Any]:
    every = np.unique(rows.columns[column].astype(str))
    return rng.choice(every, max(1, int(share * len(every))), replace=False)


def _fresh(rows: Rows, count: int, column: str = "invoice") -> NDArray[np.int64]:
    start = int(rows.columns[column].max()) + 1
    return np.arange(start, start + count)


def _inject(rng: Rng, rows: Rows, cases: int) -> None:
    """Do what the checks look for, each in its own consignments."""
    held, count = rows.columns, len(rows)
    apart = iter(rng.permutation(count))
    take = lambda many: np.array([next(apart) for _ in range(many)])  # noqa: E731
    priced = take(cases)
    factor = np.exp(rng.uniform(np.log(2.5), np.log(10), cases)) ** rng.choice([-1, 1], cases)
    held["value"][priced] = (held["value"][priced] * factor).round(2).clip(0.01)
    rows.mark("unit-price", priced)
    gaps = take(cases)
    held["sides"][gaps], third = 2, np.array_split(gaps, 3)
    held["import_value"][third[0]] = rng.choice([0.3, 0.5, 1.7, 2.5], len(third[0]))
    held["import_weight"][third[1]] = rng.uniform(0.4, 0.8, len(third[1]))
    held["sides"][third[2]] = rng.integers(0, 2, len(third[2]))
    rows.mark("mirror-gap", np.concatenate(third[:2]))
    rows.mark("one-sided-declaration", third[2])
    twice = np.array_split(take(cases), 3)
    new = [
        rows.copy(twice[0], day=held["day"][twice[0]] + rng.integers(1, 60, len(twice[0])),
                  invoice=_fresh(rows, len(twice[0])),
                  document=_fresh(rows, len(twice[0]), "document")),
        rows.copy(twice[1], document=_fresh(rows, len(twice[1]), "document"),
                  buyer=np.array([f"shell{k}" for k in range(len(twice[1]))], object)),
        rows.copy(twice[2], invoice=_fresh(rows, len(twice[2]))),
    ]  # fmt: skip
    rows.mark("multiple-invoicing", np.concatenate([*twice, *new]))
    for number in range(cases // 4):
        _ring(rng, rows, int(next(apart)), number)
    _strange_goods(rng, rows, cases // 2)
    wordy, brokered = take(max(4, cases // 6)), take(max(4, cases // 4))
    held["text"][wordy] = rng.choice(["rifles", "fusils", "ammunition"], len(wordy))
    rows.mark("misdescribed-goods", wordy)
    held["hs"][brokered] = rng.choice(["930330", "854231", "360300"], len(brokered))
    outside = (held["from"][brokered] + 1) % len(COUNTRIES)
    outside = np.where(outside == held["to"][brokered], (outside + 1) % len(COUNTRIES), outside)
    held["broker_country"][brokered] = outside
    rows.mark("broker-off-route", brokered)


def _ring(rng: Rng, rows: Rows, start: int, number: int) -> None:
    """Send goods of one consignment round three to five companies, once or twice."""
    held, size = rows.columns, int(rng.integers(3, 6))
    members = [held["seller"][start], held["buyer"][start]]
    members += [f"ring{number}-{k}" for k in range(size - 2)]
    weight = round(float(rng.lognormal(7, 1)) + rng.random(), 1)
    day, value = int(rng.integers(0, 300)), float(held["value"][start])
    for step in range(size * int(rng.integers(1, 3))):
        value, day = value * rng.uniform(1, 1.05), day + int(rng.integers(4, 15))
        row = rows.copy(
            start, seller=members[step % size], buyer=members[(step + 1) % size], day=day,
            weight=weight * rng.uniform(0.995, 1), value=value, sides=2,
            invoice=_fresh(rows, 1), document=_fresh(rows, 1, "document"),
        )  # fmt: skip
        rows.mark("carousel", row)


def _strange_goods(rng: Rng, rows: Rows, cases: int) -> None:
    """Let companies with a past import what nobody of their line does."""
    held = rows.columns
    names, seen = np.unique(held["buyer"].astype(str), return_counts=True)
    able = names[(seen >= 25) & (np.char.str_len(names) < 7)]
    for buyer in rng.choice(able, min(cases, len(able)), replace=False):
        at = int(np.flatnonzero(held["buyer"] == buyer)[0])
        other = (held["business_b"][at] + int(rng.integers(3, 10))) % len(LINES)
        for _ in range(int(rng.integers(2, 5))):
            row = rows.copy(
                at, hs=f"{LINES[other][0]}0890", day=rng.integers(DAYS - 150, DAYS - 50), sides=2,
                invoice=_fresh(rows, 1), document=_fresh(rows, 1, "document"),
                value=held["value"][at] * rng.uniform(0.8, 3), weight=float(rng.lognormal(7, 1)),
                broker_country=-1,
            )  # fmt: skip
            rows.mark("goods-misfit", row)


def _papers(rng: Rng, rows: Rows, crime: bool) -> tuple[pa.Table, pa.Table, dict[str, set[str]]]:
    """Return declarations, payments and truth by id."""
    held = rows.columns
    # Half of the countries share their import declarations.
    shared = (held["to"] % 2 == 0) & (held["from"] != held["to"])
    exported = ~(shared & (held["sides"] == 0))
    imported = shared & (held["sides"] != 1)
    for check in rows.truth:
        if check in ("mirror-gap", "one-sided-declaration"):
            rows.truth[check] = {row for row in rows.truth[check] if shared[row]}
    parts = [
        _side(held, np.flatnonzero(exported), "export", rng),
        _side(held, np.flatnonzero(imported), "import", rng),
    ]
    table = pa.concat_tables(parts)
    truth = {
        check: {f"{side}{row}" for row in marked for side in ("e", "i")}
        for check, marked in rows.truth.items()
    }
    known = set(table["id"].to_pylist())
    truth = {check: ids & known for check, ids in truth.items()}
    payments, paid = _payments(rng, rows, crime)
    for check, ids in paid.items():
        truth.setdefault(check, set()).update(ids)
    return table.take(rng.permutation(len(table))), payments, truth


def _side(held: dict[str, Any], at: Any, side: str, rng: Rng) -> pa.Table:
    imported = side == "import"
    day = held["day"][at] + (rng.integers(5, 40, len(at)) if imported else 0)
    value = held["value"][at] * (held["import_value"][at] if imported else 1)
    weight = held["weight"][at] * (held["import_weight"][at] if imported else 1)
    country = np.array([*COUNTRIES, None], object)
    return pa.table(
        {
            "id": [f"{side[0]}{row}" for row in at.tolist()],
            "date": pa.array((day + FIRST_DAY).astype("datetime64[D]")),
            "exporter": held["seller"][at],
            "importer": held["buyer"][at],
            "origin": country[held["from"][at]],
            "destination": country[held["to"][at]],
            "hs_code": held["hs"][at],
            "description": held["text"][at],
            "net_weight_kg": weight.round(3),
            "value": value.round(2),
            "currency": ["XTS"] * len(at),
            "direction": [side] * len(at),
            "invoice": [_number(seller, one) for seller, one in
                        zip(held["seller"][at], held["invoice"][at].tolist(), strict=True)],
            "transport_document": [f"BL{one}" for one in held["document"][at].tolist()],
            "exporter_business": [f"line {one}" for one in held["business_s"][at].tolist()],
            "importer_business": [f"line {one}" for one in held["business_b"][at].tolist()],
            "broker_country": pa.array(country[held["broker_country"][at]], pa.string()),
        }
    )  # fmt: skip


def _number(seller: object, invoice: int) -> str:
    """Return an invoice's number in the manner of its seller."""
    manner = sum(map(ord, str(seller))) % 3
    return (f"INV-2026/{invoice:05}", f"{invoice}", f"R{invoice}/26")[manner]


def _payments(rng: Rng, rows: Rows, crime: bool) -> tuple[pa.Table, dict[str, set[str]]]:
    """Return payments, and which payments and declarations are injected."""
    held = rows.columns
    invoice, first, at = np.unique(held["invoice"], return_index=True, return_inverse=True)
    total = np.bincount(at, held["value"])
    elsewhere = set(_some(rng, rows, "buyer", 0.15).tolist())
    marked = {row for of in rows.truth.values() for row in of}
    free = [k for k, row in enumerate(first.tolist())
            if row not in marked and held["buyer"][row] not in elsewhere]  # fmt: skip
    chosen = rng.permutation(np.array(free)) if crime else np.zeros(0, int)
    cases = max(12, len(rows) // 500)
    unpaid, third, twice, ghost = (set(one.tolist()) for one in _quarters(chosen, cases))
    truth: dict[str, set[str]] = {check: set() for check in ("unpaid-declaration", "paid-twice")}
    truth |= {"phantom-invoice": set(), "third-party-payment": set()}
    out: list[tuple[Any, ...]] = []

    def pay(payer: Any, payee: Any, day: int, amount: float, text: str) -> str:
        out.append((f"p{len(out)}", int(day), str(payer), str(payee), round(amount, 2), text))
        return f"p{len(out) - 1}"

    luck, delay = rng.random((len(invoice), 3)), rng.integers(-20, 90, len(invoice))
    for k, row in enumerate(first.tolist()):
        seller, buyer, day = held["seller"][row], held["buyer"][row], held["day"][row] + delay[k]
        word = ("Payment of invoice", "facture no", "Rechnung")[k % 3]
        text = f"{word} {_number(seller, int(invoice[k]))}"
        if k in unpaid:
            lines = np.flatnonzero(held["invoice"] == invoice[k])
            truth["unpaid-declaration"] |= {f"{side}{line}" for line in lines for side in "ei"}
        elif k in third:
            truth["third-party-payment"].add(pay(f"shell{k}", seller, day, total[k], text))
        elif buyer in elsewhere or luck[k, 0] < 0.01:
            continue
        elif luck[k, 0] < 0.02:
            pay(buyer, seller, day, total[k], "your last delivery, thank you")
        elif luck[k, 0] < 0.025:
            pay(f"{buyer}-group", seller, day, total[k], text)
        elif luck[k, 0] < 0.028:
            pay(buyer, seller, day, total[k], f"invoice {int(invoice[k])}9")
        elif luck[k, 1] < 0.15:
            pay(buyer, seller, day - 15, 0.3 * total[k], text)
            pay(buyer, seller, day, 0.7 * total[k], text)
        else:
            one = pay(buyer, seller, day, total[k], text)
            if k in twice:
                truth["paid-twice"] |= {one, pay(buyer, seller, day + 20, total[k], text)}
        if luck[k, 2] < 0.05:
            pay(buyer, f"haulier{k % 40}", day, 300, f"invoice {k}44 freight")
        elif luck[k, 2] < 0.052:
            pay(buyer, seller, day, 900, f"invoice S{k} training of staff")
        if k in ghost:
            payee = f"shell{k}" if k % 3 == 0 else seller
            false = f"{text.rsplit(' ', 1)[0]} X{k}77 shipment of goods"
            truth["phantom-invoice"].add(pay(buyer, payee, 200 + k % 200, 2 * total[k], false))
    return _payment_table(out), truth


def _quarters(chosen: NDArray[np.int64], cases: int) -> list[NDArray[np.int64]]:
    return [chosen[k * cases : (k + 1) * cases] for k in range(4)]


def _payment_table(out: list[tuple[Any, ...]]) -> pa.Table:
    ids, days, payers, payees, amounts, texts = zip(*out, strict=True)
    at = (np.array(days) + FIRST_DAY).astype("datetime64[D]").astype("datetime64[us]")
    return pa.table(
        {
            "id": list(ids), "time": pa.array(at), "payer_account": list(payers),
            "payee_account": list(payees), "amount": list(amounts),
            "currency": ["XTS"] * len(ids), "purpose": list(texts),
        }
    )  # fmt: skip
