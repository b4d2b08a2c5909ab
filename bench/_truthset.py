"""A labelled truth set of hard cases, and a workspace of real lists, resolved as entities."""

from __future__ import annotations

import csv
import json
import re
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from manara.identity import clusters, judge
from manara.model import Fact, fact_id
from manara.pipeline import Request, ingest
from manara.pipeline.resolution import resolve
from manara.store import Workspace

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_NUMBERS = {
    "SSN_NUMBER": "socialSecurityNumber",
    "PASSPORT_NUMBER": "passportNumber",
    "NATIONAL_ID_NUMBER": "idNumber",
    "DRIVERS_LICENSE_NUMBER": "idNumber",
    "TAX_ID_NUMBER": "taxNumber",
    "LEI_NUMBER": "leiCode",
}
_OTHERS = {"PHONE_NUMBER": "phone", "EMAIL_ADDRESS": "email"}
_NAME = ("NAME_FULL", "NAME_ORG", "NAME_FIRST", "NAME_MIDDLE", "NAME_LAST")
_ADDRESS = ("ADDR_FULL", "ADDR_LINE1", "ADDR_CITY", "ADDR_STATE", "ADDR_POSTAL_CODE")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def truth_set(folder: Path) -> tuple[pa.Table, pa.Table]:
    """Return the true and the found cluster of each record of the Senzing truth set.

    Each record counts as a list of its own: a register of customers does not list one person apart.
    """
    with (folder / "senzing_actual_truthset_key.csv").open(encoding="utf-8") as file:
        truth = {
            f"{r['DATA_SOURCE']}-{r['RECORD_ID']}": r["CLUSTER_ID"] for r in csv.DictReader(file)
        }
    facts: list[Fact] = []
    for path in sorted(folder.glob("senzing_*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            facts += _facts(json.loads(line))
    found = clusters(judge(facts, _AT)[0])
    ids = sorted(truth)
    real = pa.table({"id": ids, "cluster": [truth[name] for name in ids]})
    return real, pa.table({"id": ids, "found": [found.get(name, name) for name in ids]})


def _facts(record: dict[str, Any]) -> Iterator[Fact]:
    name = f"{record['DATA_SOURCE']}-{record['RECORD_ID']}"
    kinds = {feature.get("RECORD_TYPE") for feature in record["FEATURES"]}
    schema = "Organization" if "ORGANIZATION" in kinds else "Person"
    for feature in record["FEATURES"]:
        for prop, value in _values(feature):
            id = fact_id(name, name, schema, prop, value, "", "", "h")
            yield Fact(id, name, schema, prop, value, "", "", name, "0" * 64, "1", "h", _AT)


def _values(feature: dict[str, str]) -> Iterator[tuple[str, str]]:
    whole = " ".join(feature[key].strip() for key in _NAME if key in feature)
    if whole:
        yield "name", whole
    address = " ".join(feature[key].strip() for key in _ADDRESS if key in feature)
    if address:
        yield "address", address
    for key, prop in (*_NUMBERS.items(), *_OTHERS.items()):
        if key in feature:
            value = feature[key]
            mail = re.search(r"[^<\s]+@[^>\s]+", value)
            yield prop, mail[0] if mail else value
    if feature.get("GENDER", "")[:1] in ("M", "F"):
        yield "gender", "male" if feature["GENDER"][0] == "M" else "female"
    for date in _dates(feature.get("DATE_OF_BIRTH", "")):
        yield "birthDate", date


def _dates(text: str) -> Iterator[str]:
    """Yield the date in ISO 8601; month first, as the set is American, unless that cannot be."""
    parts = [part for part in re.split(r"[/\s-]", text) if part]
    if len(parts) != 3:
        return
    words = [part[:3].lower() in _MONTHS for part in parts]
    if any(words):
        month = _MONTHS.index(parts[words.index(True)][:3].lower()) + 1
        day, year = (int(part) for part, word in zip(parts, words, strict=True) if not word)
    elif len(parts[0]) == 4:
        year, month, day = map(int, parts)
    else:
        month, day, year = map(int, parts)
    if month > 12:
        month, day = day, month
    year += 0 if year > 99 else 1900 if year > 26 else 2000
    yield f"{year:04}-{month:02}-{day:02}"


def real_lists(folder: Path) -> dict[str, Any]:
    """Return what resolving a workspace of the official lists in a folder finds and costs."""
    paths = [str(p) for p in sorted(folder.iterdir()) if p.suffix in (".xml", ".csv", ".txt")]
    with tempfile.TemporaryDirectory() as root, Workspace.create(Path(root) / "w") as workspace:
        for _ in ingest(workspace, paths, Request(by="bench")):
            pass
        started = time.process_time()
        found = resolve(workspace, by="bench")
        first = time.process_time() - started
        workspace.withdraw("us_bis_denied", by="bench", reason="to resolve again")
        started = time.process_time()
        resolve(workspace, by="bench")
        again = time.process_time() - started
    return {
        "clusters": found.clusters,
        "members": found.members,
        "unsure": found.unsure,
        "cpu_s": round(first, 1),
        "again_cpu_s": round(again, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
