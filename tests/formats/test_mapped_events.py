"""Tables that a mapping reads as payments: directions, numbers and times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from manara.formats import format_for, load_mapping
from manara.model import Record, Reject, UsageError, Value
from manara.pipeline import Request, ingest
from manara.store import Workspace

OWN = {
    "schema": "BankAccount",
    "key": "Compte",
    "properties": {"accountNumber": {"column": "Compte"}},
}
OTHER = {
    "schema": "BankAccount",
    "key": "Autre",
    "key_literal": "other",
    "properties": {"accountNumber": {"column": "Autre"}},
}


def mapping(event: dict[str, Any]) -> dict[str, Any]:
    columns = {
        "time": {"column": "Date", "format": "%d/%m/%Y %H:%M", "timezone": "Africa/Tunis"},
        "amount": {"column": "Montant", "decimal": ","},
        "currency": {"literal": "TND"},
        "payer_account": {"entity": "own"},
        "payee_account": {"entity": "other"},
    }
    columns |= event.pop("columns", {})
    told = {"table": "payments", "columns": columns} | event
    query = {"entities": {"own": OWN, "other": OTHER}, "events": {"payment": told}}
    return {"dataset": "momo", "queries": [query]}


def write(folder: Path, event: dict[str, Any], table: str) -> tuple[Path, Path]:
    (folder / "m.yaml").write_text(yaml.safe_dump(mapping(event), allow_unicode=True), "utf-8")
    (folder / "t.csv").write_text(table, "utf-8")
    return folder / "m.yaml", folder / "t.csv"


def read(
    folder: Path, event: dict[str, Any], table: str
) -> tuple[list[dict[str, Value]], list[Reject], list[Record]]:
    how, what = write(folder, event, table)
    items = list(format_for(load_mapping(how)).read(what))
    records = [item for item in items if isinstance(item, Record)]
    events = [dict(event.values) for record in records for event in record.events]
    return events, [item for item in items if isinstance(item, Reject)], records


HEAD = "Date,Compte,Autre,Montant,Sens,Débit,Crédit\n"


def test_a_row_is_a_payment(tmp_path: Path) -> None:
    row = '02/03/2026 10:30,A,B,"1.234,50",,,\n'
    [first, second], rejects, records = read(tmp_path, {}, HEAD + row + row)
    assert not rejects
    assert first == second
    assert first["time"] == datetime(2026, 3, 2, 9, 30, tzinfo=UTC), "Tunis is an hour ahead"
    assert first["amount"] == Decimal("1234.50")
    assert first["currency"] == "TND"
    assert {s.entity_id for s in records[0].stated} == {
        first["payer_account"],
        first["payee_account"],
    }
    assert records[1].stated == [], "what is known of the accounts is not stated again"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        ("0,1", "0.1"),
        ("1 234,5", "1234.5"),
        ("1\u202f234,5", "1234.5"),
        ("1.000", "1000"),
        ("1000000000000000000", "1E18"),
    ],
)
def test_numbers_with_a_comma(tmp_path: Path, text: str, value: str) -> None:
    [event], _, _ = read(tmp_path, {}, f'{HEAD}02/03/2026 10:30,A,B,"{text}",,,\n')
    assert event["amount"] == Decimal(value)


@pytest.mark.parametrize("text", ["1.5", "1,234.50", "12x", "-5", "1,2,3", "NaN", "9" * 70])
def test_numbers_that_are_none_are_set_aside(tmp_path: Path, text: str) -> None:
    good = '02/03/2026 10:30,A,B,"1,5",,,\n'
    events, [reject], _ = read(tmp_path, {}, f'{HEAD}02/03/2026 10:30,A,B,"{text}",,,\n{good}')
    assert [event["amount"] for event in events] == [Decimal("1.5")]
    assert reject.rule == "amount"
    assert reject.locator.startswith("row 2")


def ways(events: list[dict[str, Value]]) -> list[tuple[bool, Value]]:
    """Tell of each payment whether it goes out of account A, and its sum."""
    out = events[0]["payer_account"]
    return [(event["payer_account"] == out, event["amount"]) for event in events]


@pytest.mark.parametrize(
    ("direction", "rows"),
    [
        ({"sign": True}, ["-5,,,", "7,,,", "-2,,,"]),
        ({"column": "Sens", "in": ["C", "CR"]}, ["5,D,,", "7,CR,,", "2,D,,"]),
        ({"debit": "Débit", "credit": "Crédit"}, [",,5,", ",,,7", ",,-2,0"]),
    ],
)
def test_money_comes_in_or_goes_out(
    tmp_path: Path, direction: dict[str, Any], rows: list[str]
) -> None:
    table = HEAD + "".join(f"02/03/2026 10:30,A,B,{row}\n" for row in rows)
    events, rejects, _ = read(tmp_path, {"direction": direction}, table)
    assert not rejects
    assert ways(events) == [(True, 5), (False, 7), (True, 2)]


def test_both_ways_at_once_is_set_aside(tmp_path: Path) -> None:
    table = HEAD + "02/03/2026 10:30,A,B,,,5,7\n02/03/2026 10:30,A,B,,,,\n"
    direction = {"debit": "Débit", "credit": "Crédit"}
    events, rejects, _ = read(tmp_path, {"direction": direction}, table)
    assert not events
    assert [reject.rule for reject in rejects] == ["direction", "direction"]


def test_unknown_currencies_and_times_are_set_aside(tmp_path: Path) -> None:
    table = (
        HEAD + "02/03/2026 10:30,A,B,5,ZZZ,,\n2026-03-02,A,B,5,BTC,,\n31/02/2026 1:00,A,B,5,EUR,,\n"
    )
    events, rejects, _ = read(tmp_path, {"columns": {"currency": {"column": "Sens"}}}, table)
    assert [reject.rule for reject in rejects] == ["currency", "time"]
    assert [(event["currency"], event["time_precision"]) for event in events] == [("BTC", "day")]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"table": "paymnts"}, "no table 'paymnts'"),
        ({"columns": {"amont": {"column": "Montant"}}}, "did you mean amount"),
        ({"columns": {"payer": {"column": "Autre"}}}, "payer needs the entity"),
        ({"columns": {"payer": {"entity": "nobody"}}}, "no entity nobody"),
        ({"columns": {"amount": {"column": "Montant", "decimal": ";"}}}, "no decimal sign"),
        ({"columns": {"time": {"column": "Date", "timezone": "Mars/Base"}}}, "no time zone"),
        ({"direction": {"column": "Sens"}}, "one of three ways"),
    ],
)
def test_mistakes_in_a_mapping_are_told(
    tmp_path: Path, event: dict[str, Any], message: str
) -> None:
    how, _ = write(tmp_path, event, "")
    with pytest.raises(UsageError, match=message):
        load_mapping(how)


def test_statements_of_account_add_up(tmp_path: Path) -> None:
    how, march = write(tmp_path, {}, HEAD + "02/03/2026 10:30,A,B,5,,,\n")
    april = tmp_path / "april.csv"
    april.write_text(HEAD + "02/03/2026 10:30,A,B,5,,,\n02/04/2026 10:30,A,B,6,,,\n", "utf-8")
    with Workspace.create(tmp_path / "w") as workspace:
        request = Request(mapping=load_mapping(how), by="amina")
        [first] = ingest(workspace, [str(march)], request)
        [second] = ingest(workspace, [str(april)], request)
        assert (first.events, second.events) == (1, 1), "March stands in both"
        rows = workspace.view().sql("SELECT amount FROM payments ORDER BY amount").to_pylist()
    assert [row["amount"] for row in rows] == [5, 6]


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs/how-to/take-in-payments.md"
    text = page.read_text("utf-8")
    for name, language in (("t.csv", "text"), ("m.yaml", "yaml")):
        (tmp_path / name).write_text(text.split(f"```{language}\n")[1].split("```")[0], "utf-8")
    items = list(format_for(load_mapping(tmp_path / "m.yaml")).read(tmp_path / "t.csv"))
    out, came = (item.events[0].values for item in items if isinstance(item, Record))
    assert out["payer_account"] == came["payee_account"]
    assert (out["amount"], came["amount"]) == (1500, 25000)
    assert out["time"] == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)


def test_an_entity_can_stand_in_a_column_of_several(tmp_path: Path) -> None:
    group = {
        "schema": "Organization",
        "key": "claimed",
        "properties": {"name": {"column": "claimed"}},
    }
    columns = {
        "time": {"column": "day"},
        "kind": {"literal": "robbery"},
        "perpetrators": {"entity": "group"},
    }
    told = {"table": "incidents", "columns": columns}
    query = {"entities": {"group": group}, "events": {"incident": told}}
    how, what = tmp_path / "m.yaml", tmp_path / "t.csv"
    how.write_text(yaml.safe_dump({"dataset": "cases", "queries": [query]}), "utf-8")
    what.write_text("day,claimed\n2026-03-02,Salt Gang\n2026-03-03,\n", "utf-8")
    records = [r for r in format_for(load_mapping(how)).read(what) if isinstance(r, Record)]
    first, second = (event.values["perpetrators"] for r in records for event in r.events)
    assert isinstance(first, tuple) and len(first) == 1 and second == ()
    workspace = Workspace.create(tmp_path / "w")
    [done] = ingest(workspace, [str(what)], Request(mapping=load_mapping(how), by="test"))
    assert (done.events, done.rejects) == (2, 0)
