"""What banks and houses of mobile money hand over: tables, ISO 20022 messages and reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from manara.exercise.codes import CODES, code
from manara.exercise.tables import Ints
from manara.exercise.writing.desk import Desk, Sheet, numbered, texts
from manara.exercise.writing.firms import company_names
from manara.exercise.writing.pen import Pen
from manara.formats.goaml_report import Report, write_report
from manara.formats.iso20022_write import write_pacs008
from manara.formats.payment import Account, Institution, Party, Payment, account_id

#: Rows of one table at most; larger waves are Parquet, written in parts.
_TABLE = 200_000
#: Payments between states that are written as ISO 20022 messages in a wave, at most; the others of
#: the wave are in a table. The share that this comes to is told in the manifest's size.
_MESSAGES = 2_000
#: Transactions in one report.
_REPORTED = 40
_REASON = "Amount or manner out of keeping with the customer."


class Payments:
    """Writes the payments of a world, wave by wave."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.world = desk, desk.world
        self.rows = self.world.tables["payments"]
        self.order = np.argsort(self.rows["time"], kind="stable").astype(np.int32)
        accounts = self.world.tables["accounts"]
        self.state = np.asarray(accounts["state"])
        self.kind = np.asarray(accounts["kind"])
        self.sheets = {
            (state, agency): Sheet(desk, state, agency, "payments", f"{agency}_payments")
            for state in range(len(self.world.scenario.states))
            for agency in ("bank", "mobile")
        }
        self.counters = {
            key: int(self.world.rng("reference", *key).integers(10**6, 9 * 10**6))
            for key in [*self.sheets, *((state, "swift") for state, _ in self.sheets)]
        }
        rows = self.rows
        cash = (np.asarray(rows["payer"]) < 0) | (np.asarray(rows["payee"]) < 0)
        #: Payments between states, ascending: both sides have the number that the payer gave.
        self._across = np.flatnonzero(
            ~cash & (self.state[rows["payer"]] != self.state[rows["payee"]])
        )
        self._end_to_end = self.world.rng("end to end").permutation(len(self._across)) + 10**6
        self._given: dict[tuple[int, int], tuple[str, str]] = {}
        times_ = np.asarray(self.rows["time"])
        self.ends = [
            (known, *np.searchsorted(times_, (first, last), sorter=self.order))
            for known, first, last in desk.waves()
        ]

    def write(self) -> None:
        """Write every wave of every state."""
        for known, first, last in self.ends:
            rows = self.order[first:last]
            payer, payee = self.rows["payer"][rows], self.rows["payee"][rows]
            # Cash over a counter has one side only.
            payer, payee = np.where(payer < 0, payee, payer), np.where(payee < 0, payer, payee)
            paying, paid = self.state[payer], self.state[payee]
            kind = self.kind[payer]
            for state in range(len(self.world.scenario.states)):
                here = (paying == state) | (paid == state)
                across = here & (paying != paid) & (kind == code("account", "bank"))
                told = rows[across][:: max(1, -(-int(across.sum()) // _MESSAGES))]
                self._messages(state, known, told)
                rest = here & ~np.isin(rows, told)
                self._table(state, "bank", known, rows[rest & (kind == code("account", "bank"))])
                self._table(state, "mobile", known, rows[rest & (kind != code("account", "bank"))])

    def _references(self, state: int, agency: str, rows: Ints) -> pa.Array:
        """Return running numbers, as payment systems give them, and what payers abroad gave."""
        first = self.counters[state, agency]
        self.counters[state, agency] += len(rows)
        head = f"{self.world.scenario.states[state].code}{agency[0].upper()}"
        numbers = pa.array(np.arange(first, first + len(rows))).cast(pa.string())
        own = pc.binary_join_element_wise(head, numbers, "")
        if not len(self._across):
            return own
        at = np.minimum(np.searchsorted(self._across, rows), len(self._across) - 1)
        across = self._across[at] == rows
        payer = self.state[self.rows["payer"][rows]]
        heads = texts([f"{one.code}E" for one in self.world.scenario.states], payer)
        given = pc.binary_join_element_wise(
            heads, pa.array(self._end_to_end[at]).cast(pa.string()), ""
        )
        return pc.if_else(pa.array(across), given, own)

    def _table(self, state: int, agency: str, known: date, rows: Ints) -> None:
        if not len(rows):
            return
        name, sheet = f"payments-{known:%Y-%m}", self.sheets[state, agency]
        reference = self._references(state, agency, rows)
        if len(rows) <= _TABLE:
            file = sheet.write(name, known, self._columns(sheet, rows, reference))
        else:
            file = self._parquet(state, agency, name, known, rows, reference)
        self._answer(state, file, reference, rows)

    def _columns(self, sheet: Sheet, rows: Ints, reference: pa.Array) -> dict[str, pa.Array]:
        table = self.rows
        currencies = [one.currency for one in self.world.scenario.states]
        return {
            "reference": reference,
            "time": sheet.times(table["time"][rows]),
            "payer": texts(self.desk.accounts, table["payer"][rows]),
            "payee": texts(self.desk.accounts, table["payee"][rows]),
            "amount": sheet.amounts(table["amount"][rows]),
            "currency": texts(currencies, table["currency"][rows]),
            "channel": texts(CODES["channel"], table["channel"][rows]),
            "purpose": texts(CODES["purpose"], table["purpose"][rows]),
        }

    def _parquet(
        self, state: int, agency: str, name: str, known: date, rows: Ints, reference: pa.Array
    ) -> str:
        """Write a large wave as Parquet with the columns of a payment."""
        path = self.desk.place(state, agency, f"{name}.parquet")
        start = np.datetime64(self.world.start, "us")
        words = {
            "currency": pa.array([one.currency for one in self.world.scenario.states]),
            "channel": pa.array(CODES["channel"]),
            "purpose": pa.array(CODES["purpose"]),
        }
        writer = None
        for part in range(0, len(rows), _TABLE):
            some = rows[part : part + _TABLE]
            seconds = np.asarray(self.rows["time"][some]).astype("timedelta64[s]")
            columns = {
                "reference": reference.slice(part, _TABLE),
                "time": pa.array(start + seconds, pa.timestamp("us", tz="UTC")),
                "payer_account": texts(self.desk.accounts, self.rows["payer"][some]),
                "payee_account": texts(self.desk.accounts, self.rows["payee"][some]),
                "amount": _decimal(self.rows["amount"][some]),
                **{key: each.take(pa.array(self.rows[key][some])) for key, each in words.items()},
            }
            table = pa.table(columns)
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
        if writer:
            writer.close()
        one = self.world.scenario.states[state].code.lower()
        return self.desk.filed(
            state,
            path,
            agency,
            known,
            format="payments-parquet",
            dataset=f"{one}_{agency}_payments",
        )

    def _answer(self, state: int, file: str, reference: pa.Array, rows: Ints) -> None:
        plot = np.asarray(self.rows["plot"][rows])
        made = plot >= 0
        if made.any():
            one = self.world.scenario.states[state].code
            self.desk.truth.payments(
                one,
                file,
                reference.filter(pa.array(made)),
                rows[made],
                plot[made],
                self.rows["pattern"][rows[made]],
            )

    def _messages(self, state: int, known: date, rows: Ints) -> None:
        """Write payments to and from other states as one message of ISO 20022."""
        if not len(rows):
            return
        one = self.world.scenario.states[state].code
        reference = self._references(state, "swift", rows)
        path = self.desk.place(state, "bank", f"pacs008-{known:%Y-%m}.xml")
        write_pacs008(self.payments(state, rows, reference), path, message=f"{one}{known:%Y%m}")
        file = self.desk.filed(
            state,
            path,
            "bank",
            known,
            format="iso20022",
            dataset=f"{one.lower()}_bank_messages",
        )
        self._answer(state, file, reference, rows)
        self.sides(state, "bank", file, rows)

    def sides(self, state: int, agency: str, file: str, rows: Ints) -> None:
        """Note the accounts that messages and reports name; cash has no account."""
        sides = np.unique(np.concatenate([self.rows["payer"][rows], self.rows["payee"][rows]]))
        sides = sides[sides >= 0]
        ids = pa.array([account_id(self.account(row)) for row in sides.tolist()], pa.string())
        one = self.world.scenario.states[state].code
        self.desk.truth.records(one, agency, file, "account", ids, sides)

    def payments(self, state: int, rows: Ints, reference: pa.Array) -> Iterator[Payment]:
        """Yield payments as messages and reports have them, with the names of both sides."""
        table = self.rows
        owner = self.world.tables["accounts"]["owner"]
        self._name(
            state, np.concatenate([owner[table["payer"][rows]], owner[table["payee"][rows]]])
        )
        currencies = [one.currency for one in self.world.scenario.states]
        for row, number in zip(rows.tolist(), reference.to_pylist(), strict=True):
            payer, payee = int(table["payer"][row]), int(table["payee"][row])
            yield Payment(
                time=self.world.moment(int(table["time"][row])),
                amount=Decimal(int(table["amount"][row])).scaleb(-2),
                currency=currencies[int(table["currency"][row])],
                reference=number,
                **self._side(state, "payer", payer, payee),
                **self._side(state, "payee", payee, payer),
                purpose=CODES["purpose"][int(table["purpose"][row])],
            )

    def _side(self, state: int, side: str, row: int, other: int) -> dict[str, Any]:
        """Return one side of a payment; cash comes from and goes to the holder of the account."""
        owner = self.world.tables["accounts"]["owner"]
        party = self._party(state, int(owner[row if row >= 0 else other]))
        if row < 0:
            return {side: party}
        account = self.account(row)
        return {side: party, f"{side}_account": account, f"{side}_institution": account.institution}

    def account(self, row: int) -> Account:
        """Return an account as messages name it."""
        bank = self.world.scenario.banks[int(self.world.tables["accounts"]["bank"][row])]
        return Account(
            number=self.desk.accounts[row].as_py(),
            institution=Institution(name=bank.name),
        )

    @cached_property
    def _firms(self) -> pa.Array:
        return company_names(self.world)

    def _name(self, state: int, owners: Ints) -> None:
        """Write down the people among owners who have no name in this state's messages yet."""
        people = np.unique(owners[owners >= 0])
        new = np.array(
            [one for one in people.tolist() if (state, one) not in self._given], np.int64
        )
        if len(new):
            written = Pen(self.desk, state, "bank").write(new)
            born = pc.fill_null(pc.strftime(written.born, format="%Y-%m-%d"), "")
            for one, name, day in zip(
                new.tolist(), written.name.to_pylist(), born.to_pylist(), strict=True
            ):
                self._given[state, one] = name, day

    def _party(self, state: int, owner: int) -> Party:
        codes = [one.code.lower() for one in self.world.scenario.states]
        if owner < 0:
            firm = ~owner
            country = codes[int(self.world.tables["companies"]["state"][firm])]
            return Party(name=self._firms[firm].as_py(), schema="Company", country=country)
        name, day = self._given[state, owner]
        country = codes[int(self.world.tables["people"]["state"][owner])]
        return Party(
            name=name, schema="Person", country=country, more=(("birthDate", day),) if day else ()
        )


def write_reports(desk: Desk, payments: Payments) -> None:
    """Write reports of suspicious transactions, as banks send them to the unit of their state."""
    world = desk.world
    mentions = world.tables["mentions"]
    told = np.flatnonzero((mentions["kind"] == code("mention", "str")) & (mentions["about"] >= 0))
    currencies = [one.currency for one in world.scenario.states]
    for known, first, last in desk.waves():
        for state, one in enumerate(world.scenario.states):
            time = mentions["time"][told]
            mine = told[(mentions["state"][told] == state) & (time >= first) & (time < last)]
            rows = np.unique(mentions["about"][mine])
            rows = rows[np.argsort(payments.rows["time"][rows], kind="stable")]
            for part in range(0, len(rows), _REPORTED):
                some = rows[part : part + _REPORTED]
                name = f"str-{known:%Y-%m}-{part // _REPORTED + 1:03d}"
                reference = numbered(f"{one.code}S", world.rng("str", state, name), len(some))
                path = desk.place(state, "fiu", f"{name}.xml")
                report = Report(
                    rentity_id=1000 + state,
                    report_code="STR",
                    reference=name,
                    submitted=datetime.combine(known, datetime.min.time()),
                    currency=one.currency,
                    reason=_REASON,
                    indicators=("SUSPICIOUS",),
                    rates={
                        other: Decimal(str(round(one.rate / world.scenario.states[at].rate, 6)))
                        for at, other in enumerate(currencies)
                    },
                )
                write_report(report, payments.payments(state, some, reference), path)
                file = desk.filed(
                    state,
                    path,
                    "fiu",
                    known,
                    format="goaml",
                    dataset=f"{one.code.lower()}_fiu_reports",
                )
                payments._answer(state, file, reference, some)
                payments.sides(state, "fiu", file, some)


def _decimal(minor: Ints) -> pa.Array:
    """Return amounts of minor units as decimals of two places."""
    whole = pa.array(np.asarray(minor, np.int64)).cast(pa.decimal128(20, 0))
    return pc.multiply(whole, pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))).cast(
        pa.decimal128(24, 2)
    )
