"""A tiny invented exercise with its answers, whose score is worked out by hand.

Two states, XA and XB. Plot 0 is real: persons 1 and 2, company 3 and account 7 of person 1; its
bridge joins 1 and 2; its pattern 0 has payments R1 and R2. Plot 1 is a look-alike: person 5.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from manara.model import Handling

PLOTS = [
    {
        "kind": "drug-finance", "number": 0, "planted": "2026-06-01", "begins": "2026-01-01",
        "decoy": False, "difficulty": "medium", "roles": {"boss": [1], "carrier": [2, ~3]},
        "bridges": [[1, 2]], "accounts": [7],
        "patterns": [{"number": 0, "shows": "pass through", "accounts": [7]}],
        "seen": {"boss": ["XA"], "carrier": ["XB"]},
    },
    {
        "kind": "charity-front", "number": 1, "planted": "2026-05-01", "begins": "2026-01-01",
        "decoy": True, "difficulty": "medium", "roles": {"director": [5]}, "bridges": [],
        "accounts": [], "patterns": [], "seen": {"director": ["XA"]},
    },
]  # fmt: skip

#: state, agency, file, record, kind, internal
RECORDS = [
    ("XA", "police", "police/list.csv", "A-1", "person", 1),
    ("XA", "register", "register/people.csv", "N-1", "person", 1),
    ("XA", "border", "border/crossings.csv", "V-1", "person", 1),
    ("XA", "bank", "bank/accounts.csv", "ACC-7", "account", 7),
    ("XA", "bank", "bank/pacs008.xml", "ACC-7", "account", 7),
    ("XA", "bank", "bank/pacs008.xml", "ACC-8", "account", 8),
    ("XA", "register", "register/people.csv", "N-5", "person", 5),
    ("XA", "register", "register/people.csv", "N-9", "person", 9),
    ("XA", "register", "register/people.csv", "N-2", "person", 2),
    ("XA", "cert", "cert/indicators.json", "indicator-1", "sign", 41),
    ("XB", "police", "police/list.csv", "B-1", "person", 1),
    ("XB", "police", "police/list.csv", "B-2", "person", 2),
    ("XB", "register", "register/firms.csv", "F-3", "company", 3),
]
#: state, file, row, sign: XA's indicator names the sign of the first two lines, and none of XB's.
SIGNS = [
    ("XA", "cert/log.csv", "row 2", 41),
    ("XA", "cert/log.csv", "row 7", 41),
    ("XA", "cert/log.csv", "row 8", 42),
    ("XB", "cert/log.csv", "row 2", 41),
]
#: state, file, reference, payment, plot, pattern
PAYMENTS = [
    ("XA", "bank/payments.csv", "R1", 11, 0, 0),
    ("XA", "bank/payments.csv", "R2", 12, 0, 0),
]


def place(record: str, table: str = "", node: str = "xa.example") -> dict[str, Any]:
    return {"node": node, "record": record, "table": table}


def lead(
    kind: str, subjects: list[list[str]], evidence: list[dict[str, Any]], found: str = "2026-03-31"
) -> dict[str, Any]:
    return {
        "id": f"lead-{kind}-{subjects}", "kind": kind, "found": found, "score": 0.5, "title": kind,
        "subjects": [[place(one) for one in records] for records in subjects],
        "evidence": evidence, "partners": [],
    }  # fmt: skip


def way(leads: list[Any] = (), same: list[list[str]] = ()) -> dict[str, Any]:  # type: ignore[assignment]
    return {"leads": list(leads), "same": [[place(one) for one in records] for records in same]}


def write(
    folder: Path,
    alone: dict[str, Any],
    together: dict[str, Any],
    hits: list[Any] = (),  # type: ignore[assignment]
    left: list[Any] = (),  # type: ignore[assignment]
    leads: list[Any] = (),  # type: ignore[assignment]
    alerts: list[Any] = (),  # type: ignore[assignment]
    sighted: list[Any] = (),  # type: ignore[assignment]
) -> Path:
    """Write the exercise with what XA found; XB found nothing."""
    truth, results = folder / "truth", folder / "results"
    for path in (truth, results, folder / "nodes" / "XA", folder / "nodes" / "XB"):
        path.mkdir(parents=True)
    _table(truth / "owners.parquet", "account owner", [(7, 1), (8, ~3)])
    _table(truth / "signs.parquet", "state file row sign", SIGNS)
    told = {"scenario": "tiny", "seed": 1, "size": "small", "start": "2026-01-01"}
    told |= {"end": "2026-06-30", "states": {"XA": "Aland", "XB": "Beland"}}  # type: ignore[dict-item]
    (folder / "exercise.json").write_text(json.dumps(told))
    (truth / "plots.json").write_text(json.dumps(PLOTS))
    _table(truth / "records.parquet", "state agency file record kind internal", RECORDS)
    _table(truth / "payments.parquet", "state file reference payment plot pattern", PAYMENTS)
    for state in ("XA", "XB"):
        files = [
            {"file": "police/list.csv", "agency": "police", "known": "2026-01-31",
             "handling": Handling.of("GREEN").to_dict()},
            {"file": "register/people.csv", "agency": "register", "known": "2026-01-31",
             "handling": Handling.of("AMBER+STRICT").to_dict()},
            {"file": "register/firms.csv", "agency": "register", "known": "2026-01-31",
             "handling": Handling.of("AMBER", releasable_to=["xa.example"]).to_dict()},
            {"file": "bank/pacs008.xml", "agency": "bank", "known": "2026-01-31",
             "handling": Handling.of("AMBER+STRICT").to_dict(), "format": "iso20022"},
        ]  # fmt: skip
        (folder / "nodes" / state / "manifest.json").write_text(json.dumps(files))
        found = {"state": state, "node": f"{state.lower()}.example", "refused": []}
        found |= {"days": ["2026-03-31", "2026-06-30"]}  # type: ignore[dict-item]
        mine = {"alone": alone, "together": together} if state == "XA" else {}
        met = {"alerts": list(alerts), "sighted": list(sighted)}
        mine |= met if state == "XA" else {}  # type: ignore[arg-type]
        found |= {"alone": way(), "together": way()} | mine  # type: ignore[operator]
        (results / f"{state}.json").write_text(json.dumps(found))
    asked = {"questions": 4, "hits": list(hits), "left": list(left), "leads": list(leads)}
    (results / "exchange.json").write_text(json.dumps(asked))
    return folder


def _table(path: Path, names: str, rows: list[Any]) -> None:
    columns = dict(zip(names.split(), map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), path)
