"""What civil, company and bank registers hold."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from manara.exercise.codes import CODES, code
from manara.exercise.tables import Ints
from manara.exercise.writing.desk import Desk, Sheet, dates, numbered, texts
from manara.exercise.writing.firms import company_names, company_numbers
from manara.exercise.writing.pen import Pen, dated

#: People of a state that are written at a time.
_PART = 500_000
#: One in twenty people stands in no register.
_REGISTERED = 0.95


def write_registers(desk: Desk, state: int) -> None:
    """Write the registers of a state, as they stood on the first day."""
    _civil(desk, state)
    _companies(desk, state)
    _customers(desk, state)


def _civil(desk: Desk, state: int) -> None:
    """Write the civil register, and who of it is married to or a child of whom."""
    world = desk.world
    people = np.flatnonzero(world.tables["people"]["state"] == state)
    rng = world.rng("register", state)
    people = people[rng.random(len(people)) < _REGISTERED]
    people = people[rng.permutation(len(people))]
    one = world.scenario.states[state].code
    numbers = numbered(f"{one}CR", rng, len(people))
    sheet, pen = (
        Sheet(desk, state, "register", "register", "population"),
        Pen(desk, state, "register"),
    )
    cities = [city.name for city in world.scenario.cities]
    for part in range(0, len(people), _PART):
        rows = people[part : part + _PART]
        written = pen.write(rows)
        record = numbers.slice(part, _PART)
        name = "population" if len(people) <= _PART else f"population-{part // _PART + 1:02d}"
        file = sheet.write(
            name,
            world.start,
            {
                "record": record,
                "given": written.given,
                "father": written.father,
                "family": written.family,
                "native": written.native,
                "sex": written.sex,
                "born": dated(written, sheet.days(written.born)),
                "city": texts(cities, world.tables["people"]["city"][rows]),
                "number": written.number,
            },
        )
        desk.truth.records(one, "register", file, "person", record, rows)
    _kin(desk, state, people, numbers)


def _kin(desk: Desk, state: int, people: Ints, numbers: pa.Array) -> None:
    world = desk.world
    place = np.full(world.tables["people"].rows, -1, np.int32)
    place[people] = np.arange(len(people))
    ties = world.tables["relations"]
    known = (ties["kind"] == code("relation", "spouse")) | (
        ties["kind"] == code("relation", "parent")
    )
    rows = np.flatnonzero(known & (ties["b"] >= 0))
    a, b = place[ties["a"][rows]], place[ties["b"][rows]]
    rows, a, b = rows[(a >= 0) & (b >= 0)], a[(a >= 0) & (b >= 0)], b[(a >= 0) & (b >= 0)]
    rng = world.rng("kin", state)
    order = rng.permutation(len(rows))
    sheet = Sheet(desk, state, "register", "kin", "kin")
    sheet.write(
        "kin",
        world.start,
        {
            "record": numbered("K", rng, len(rows)),
            "person": numbers.take(pa.array(a[order])),
            "relative": numbers.take(pa.array(b[order])),
            "relation": texts(CODES["relation"], ties["kind"][rows][order]),
        },
    )


def _companies(desk: Desk, state: int) -> None:
    """Write the companies of a state, one row an officer."""
    world = desk.world
    firms, ties = world.tables["companies"], world.tables["relations"]
    rng = world.rng("companies", state)
    leads = np.isin(ties["kind"], [code("relation", "director"), code("relation", "owner")])
    rows = np.flatnonzero(leads & (ties["b"] < -1) & (ties["a"] >= 0))
    rows = rows[firms["state"][~ties["b"][rows]] == state]
    rows = rows[rng.permutation(len(rows))]
    firm, person = ~ties["b"][rows], ties["a"][rows]
    each, back = np.unique(person, return_inverse=True)
    written = Pen(desk, state, "companies").write(each)
    one = world.scenario.states[state].code
    officer = numbered(f"{one}OF", rng, len(each))
    numbers, names = company_numbers(world), company_names(world)
    sheet = Sheet(desk, state, "register", "companies", "companies")
    born = dated(written, sheet.days(written.born))
    at = pa.array(back)
    record = numbers.take(pa.array(firm))
    file = sheet.write(
        "companies",
        world.start,
        {
            "record": record,
            "name": names.take(pa.array(firm)),
            "kind": texts(CODES["company"], firms["kind"][firm]),
            "city": texts([city.name for city in world.scenario.cities], firms["city"][firm]),
            "founded": sheet.days(
                dates(np.minimum(firms["founded"][firm], world.day(world.start)))
            ),
            "person": officer.take(at),
            "person_name": written.name.take(at),
            "born": born.take(at),
            "number": written.number.take(at),
            "role": texts(CODES["relation"], ties["kind"][rows]),
        },
    )
    desk.truth.records(one, "register", file, "person", officer, each)
    only, first = np.unique(firm, return_index=True)
    desk.truth.records(one, "register", file, "company", record.take(pa.array(first)), only)


def _customers(desk: Desk, state: int) -> None:
    """Write whose each account is, for the banks and for the houses of mobile money."""
    world = desk.world
    accounts = world.tables["accounts"]
    kinds = np.array([bank.kind for bank in world.scenario.banks])[accounts["bank"]]
    for agency, wanted in (("bank", ("bank",)), ("mobile", ("mobile", "wallet"))):
        rng = world.rng("customers", state, agency)
        rows = np.flatnonzero((accounts["state"] == state) & np.isin(kinds, wanted))
        rows = rows[rng.permutation(len(rows))]
        owner = accounts["owner"][rows]
        _holders(desk, state, agency, rows[owner >= 0])
        _firms(desk, state, agency, rows[owner < -1])


def _holders(desk: Desk, state: int, agency: str, rows: Ints) -> None:
    world = desk.world
    owner = world.tables["accounts"]["owner"][rows]
    each, back = np.unique(owner, return_inverse=True)
    one = world.scenario.states[state].code
    customer = numbered(
        f"{one}{agency[0].upper()}C", world.rng("holders", state, agency), len(each)
    )
    sheet = Sheet(desk, state, agency, "customers", f"{agency}_customers")
    written = Pen(desk, state, agency).write(each)
    at = pa.array(back)
    states = [state.code.lower() for state in world.scenario.states]
    columns = _held(desk, sheet, rows) | {
        "record": customer.take(at),
        "name": written.name.take(at),
        "born": dated(written, sheet.days(written.born)).take(at),
        "number": written.number.take(at),
        "country": texts(states, world.tables["people"]["state"][owner]),
    }
    file = sheet.write("customers", world.start, columns)
    desk.truth.records(one, agency, file, "person", customer, each)
    desk.truth.records(one, agency, file, "account", desk.accounts.take(pa.array(rows)), rows)


def _firms(desk: Desk, state: int, agency: str, rows: Ints) -> None:
    world = desk.world
    firm = ~world.tables["accounts"]["owner"][rows]
    each, back = np.unique(firm, return_inverse=True)
    one = world.scenario.states[state].code
    customer = numbered(f"{one}{agency[0].upper()}F", world.rng("firms", state, agency), len(each))
    sheet = Sheet(desk, state, agency, "firms", f"{agency}_firms")
    states = [state.code.lower() for state in world.scenario.states]
    columns = _held(desk, sheet, rows) | {
        "record": customer.take(pa.array(back)),
        "name": company_names(world).take(pa.array(firm)),
        "number": company_numbers(world).take(pa.array(firm)),
        "country": texts(states, world.tables["companies"]["state"][firm]),
    }
    file = sheet.write("firms", world.start, columns)
    desk.truth.records(one, agency, file, "company", customer, each)
    desk.truth.records(one, agency, file, "account", desk.accounts.take(pa.array(rows)), rows)


def _held(desk: Desk, sheet: Sheet, rows: Ints) -> dict[str, pa.Array]:
    accounts = desk.world.tables["accounts"]
    opened = np.minimum(accounts["opened"][rows], desk.world.day(desk.world.start))
    return {
        "account": desk.accounts.take(pa.array(rows)),
        "bank": texts([bank.name for bank in desk.world.scenario.banks], accounts["bank"][rows]),
        "opened": sheet.days(dates(opened)),
    }
