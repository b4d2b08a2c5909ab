"""Mapped tables of payments read column by column: the same as row by row."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from manara.formats import Batch, columns, delimited_blocks, format_for, load_mapping
from manara.model import Reject
from tests.formats.test_batches import check

PLAIN: dict[str, list[str]] = {
    "when": ["2026-03-02T10:11:12", "2026-03-02", "2026-03-02 10:00:00", "2026-10-25T02:30:00"],
    "booked": ["02/03/2026 10:30", "29/02/2024 00:00", "29/03/2026 02:15"],
    "sum": ["12", "0.5", "1234.50", "-7.25"],
    "Betrag": ["12", "0,5", "1234,50", "-7,25"],
    "in": ["5,00", "", "7,5"],
    "out": ["", "3,1", ""],
    "way": ["C", "D"],
    "own": ["A1", "A2"],
    "other": ["B1", "B2", "B3"],
    "name": ["Amina", "Ousmane", ""],
    "born": ["1980-05-06", ""],
    "money": ["EUR", "XOF"],
    "land": ["SN", "Germany", ""],
    "text": ["rent", " rent  of May ", "", "arms,drugs"],
    "kg": ["12.5", "3", ""],
    "code": ["0808.10", "930200"],
}
ODD: dict[str, list[str]] = {
    "when": ["", "2026-02-30T00:00:00", "2026-03-02T10:00:00+01:00", "0001-01-01", "x",
             "9999-12-31", "2026-03-02T10:00:00Z", "2026-03-02T24:00:00", "20260302",
             "2026-03-02T10:11:1\u0664"],
    "booked": ["31/02/2026 10:00", "2/3/2026 1:00", "2026-03-02 10:00", "", "02/03/26 10:00",
               "29/03/2026 02:15 ", "01/01/0001 00:00"],
    "sum": ["1,234.50", "(5.00)", "5-", "-0", "", "1e5", "1" * 30, "0.0000000000000000001", "+3",
            "\u0663", "1 000.5", "−2"],
    "Betrag": ["1.234,50", "(5,00)", "5-", "-0,00", "", "1.5", "1" * 21, "1'000"],
    "in": ["0,00", "x", "-2"],
    "out": ["0", "9,9", "y"],
    "way": ["", "c"],
    "own": ["", " A1 ", "a1", "أ"],
    "other": ["", 'B"1', "B\n1"],
    "name": ["Amina ", "é"],
    "born": ["06/05/1980", "1980"],
    "money": ["", "QQQ", "eur", "USDT", " EUR"],
    "land": ["Nowhere", "sn"],
    "text": ["\u00a0", "a,b", "\x1c", "z" * 70],
    "kg": ["-1", "x", "1e5", "1" * 30, "92"],
    "code": ["", "93", "080 8"],
}  # fmt: skip
ENTITIES: dict[str, Any] = {
    "own": {
        "schema": "BankAccount",
        "key": "own",
        "properties": {"accountNumber": {"column": "own"}},
    },
    "other": {"schema": "BankAccount", "keys": ["other", "land"], "key_literal": "é o"},
    "holder": {
        "schema": "Person",
        "key": "name",
        "properties": {
            "name": {"column": "name"},
            "birthDate": {"column": "born", "format": "%Y-%m-%d"},
            "country": {"columns": ["land", "text"], "split": " "},
        },
    },
    "hold": {
        "schema": "Ownership",
        "keys": ["own", "name"],
        "properties": {"owner": {"entity": "holder"}, "asset": {"entity": "own"}},
    },
}
TIMES = [
    {"column": "when"},
    {"column": "when", "timezone": "Europe/Berlin"},
    {"column": "booked", "format": "%d/%m/%Y %H:%M", "timezone": "Europe/Berlin"},
    {"column": "booked", "format": ["%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"]},
    {"columns": ["when", "text"]},
]
AMOUNTS = [{"column": "sum"}, {"column": "Betrag", "decimal": ","}]
DIRECTIONS: list[dict[str, Any] | None] = [
    None,
    {"column": "way", "in": ["C", ""]},
    {"sign": True},
    {"debit": "out", "credit": "in"},
]
MORE: dict[str, dict[str, Any]] = {
    "purpose": {"columns": ["text", "name"], "join": " / "},
    "payer": {"entity": "holder"},
    "payer_country": {"column": "land"},
    "payee_country": {"literal": "fr"},
    "instrument": {"column": "way", "values": {"C": "card", "": "none"}},
    "intermediaries": {"entity": "other"},
    "instructed_amount": {"column": "sum"},
    "time_end": {"column": "booked"},
}
OTHERS: dict[str, dict[str, Any]] = {
    "declarations": {
        "exporter": {"entity": "own"}, "importer": {"entity": "other"},
        "hs_code": {"column": "code"}, "value": {"column": "sum"}, "currency": {"column": "money"},
        "net_weight": {"column": "kg"}, "origin": {"column": "land"},
    },
    "movements": {"subject": {"entity": "holder"}, "latitude": {"column": "kg"},
                  "origin_country": {"column": "land"}, "booked_at": {"column": "booked"}},
    "custody": {"item": {"entity": "own"}, "kind": {"column": "way"},
                "quantity": {"column": "kg"}, "holder_from": {"entity": "holder"}},
    "incidents": {"kind": {"literal": "seizure"}, "domains": {"column": "text", "split": ","},
                  "perpetrators": {"entity": "holder"}, "killed": {"column": "kg"}},
    "sightings": {"sign": {"column": "text"}, "subject": {"entity": "holder"},
                  "score": {"column": "kg"}, "country": {"column": "land"}},
}  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], list[list[str]]]:
    event = {
        "time": draw(st.sampled_from(TIMES)),
        "amount": draw(st.sampled_from(AMOUNTS)),
        "currency": draw(st.sampled_from([{"column": "money"}, {"literal": "XOF"}])),
        "payer_account": {"entity": "own"},
        "payee_account": {"entity": "other"},
    }
    for name in draw(st.sets(st.sampled_from(sorted(MORE)), max_size=4)):
        event[name] = MORE[name]
    told: dict[str, Any] = {"table": "payments", "columns": event}
    if table := draw(st.sampled_from(["", "", "", *OTHERS])):
        told = {"table": table, "columns": {"time": event["time"], **OTHERS[table]}}
    elif direction := draw(st.sampled_from(DIRECTIONS)):
        told["direction"] = direction
    query: dict[str, Any] = {"entities": ENTITIES, "events": {"payment": told}}
    if draw(st.booleans()):
        query["filters_not"] = {"way": ["D"]}
    odd_in = draw(st.sampled_from([0, 1, 3]))
    rows = []
    for _ in range(draw(st.integers(1, 40))):
        row = [draw(st.sampled_from(cells)) for cells in PLAIN.values()]
        for _ in range(draw(st.integers(0, odd_in))):
            place = draw(st.integers(0, len(row) - 1))
            row[place] = draw(st.sampled_from(list(ODD.values())[place]))
        rows.append(row if draw(st.integers(0, 30)) else row[:-1])
    return {"dataset": "bank", "queries": [query]}, rows


@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a table takes minutes
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    case=cases(),
    rows=st.sampled_from([6, columns.ROWS]),
    most=st.sampled_from([0.05, 1]),
    chunk=st.sampled_from([300, delimited_blocks.CHUNK]),
)
def test_columns_are_read_as_rows_are(
    tmp_path_factory: pytest.TempPathFactory,
    case: tuple[dict[str, Any], list[list[str]]],
    rows: int,
    most: float,
    chunk: int,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    how, what = folder / "m.yaml", folder / "t.csv"
    how.write_text(yaml.safe_dump(case[0]), "utf-8")
    with what.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(PLAIN)
        writer.writerows(case[1])
        file.write("\n,,,\n")
    with (
        patch.object(columns, "ROWS", rows),
        patch.object(columns, "MOST_ODD", most),
        patch.object(delimited_blocks, "CHUNK", chunk),
    ):
        check(format_for(load_mapping(how)), what)


def test_a_row_that_cannot_be_read_stands_alone(tmp_path: Path) -> None:
    event = {"time": TIMES[0], "amount": AMOUNTS[0], "currency": {"literal": "XOF"}}
    query = {"entities": ENTITIES, "events": {"pay": {"table": "payments", "columns": event}}}
    (tmp_path / "m.yaml").write_text(yaml.safe_dump({"dataset": "b", "queries": [query]}), "utf-8")
    good = ",".join(f'"{cells[0]}"' for cells in PLAIN.values())
    rows = [good] * 100
    rows[40], rows[70] = good.replace('"12"', "twelve", 1), "A,B"
    head = ",".join(PLAIN)
    (tmp_path / "t.csv").write_text("\n".join([head, *rows, ""]), "utf-8")
    read = format_for(load_mapping(tmp_path / "m.yaml")).batches
    assert read is not None
    items = list(read(tmp_path / "t.csv"))
    assert [len(item.events) for item in items if isinstance(item, Batch)] == [40, 29, 29]
    assert [(item.locator, item.rule) for item in items if isinstance(item, Reject)] == [
        ("row 42, column sum", "amount"),
        ("row 72", "row"),
    ]
