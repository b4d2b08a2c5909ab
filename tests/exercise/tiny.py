"""A tiny invented exercise that can be played: two states, three days, three plots, a look-alike.

On the first day XA's police knows six people. On the second it suspects that each of three couples
is in contact, one of drugs and one of terror: plots 0 and 1 and the look-alike 2. On the third
nothing of a plot is added. Plot 3 is of XB alone. XB's police lists the first of couple 0, and
keeps the first of couple 1 to itself.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from manara.model import Handling

DAYS = ("2026-01-31", "2026-03-31", "2026-06-30")
#: Each couple: the number of its plot, and who it is.
COUPLES = (
    (0, "Ilvane Torskel", "Maruen Delkavi"),
    (1, "Sorin Vaskeld", "Oumeya Brandal"),
    (2, "Idriss Palmroth", "Tesmine Okvari"),
)
#: What stands in the answers and nowhere else.
SECRETS = ("ringleader-of-plot", "very-hard-indeed", "2026-05-17", "2026-05-18", "drug-finance")


def write(folder: Path) -> Path:
    """Write the exercise and return its folder."""
    states = {"XA": "Aland", "XB": "Beland"}
    told = {"scenario": "tiny", "seed": 1, "size": "small", "start": DAYS[0], "end": DAYS[-1]}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "exercise.json").write_text(json.dumps(told | {"states": states}))
    home = folder / "nodes" / "XA"
    (home / "police").mkdir(parents=True)
    manifest = []
    for day, entities in zip(DAYS, (_people(""), _suspected(), _suspected("seen")), strict=True):
        file = f"police/police-{day}.ftm.json"
        (home / file).write_text("".join(json.dumps(one) + "\n" for one in entities))
        manifest.append(
            {"file": file, "agency": "police", "known": day, "format": "ftm",
             "dataset": "xa_police", "handling": Handling.of("GREEN").to_dict()}
        )  # fmt: skip
    (home / "manifest.json").write_text(json.dumps(manifest))
    _abroad(folder / "nodes" / "XB")
    _answers(folder / "truth")
    return folder


def _abroad(home: Path) -> None:
    """XB's police knows the first of the first couple; of the second, only what must stay there."""
    (home / "police").mkdir(parents=True)
    manifest = []
    for name, tlp, number in (("list", "GREEN", 0), ("informants", "RED", 1)):
        person = _people("crime")[2 * number]
        person["id"] = f"b-{number}"
        file = f"police/{name}.ftm.json"
        (home / file).write_text(json.dumps(person) + "\n")
        manifest.append(
            {"file": file, "agency": "police", "known": DAYS[0], "format": "ftm",
             "dataset": f"xb_{name}", "handling": Handling.of(tlp).to_dict()}
        )  # fmt: skip
    (home / "manifest.json").write_text(json.dumps(manifest))


def _people(topic: str, notes: str = "") -> list[dict[str, Any]]:
    found = []
    for number, *names in COUPLES:
        for at, (name, crime) in enumerate(
            zip(names, ("crime.traffick.drug", "crime.terror"), strict=True)
        ):
            properties = {"name": [name], "birthDate": [f"19{60 + 9 * number + at}-02-03"]}
            properties |= {"topics": [crime]} if topic else {}
            properties |= {"notes": [notes]} if notes else {}
            found.append({"id": f"a-{number}{at}", "schema": "Person", "properties": properties})
    return found


def _suspected(notes: str = "") -> list[dict[str, Any]]:
    ties = [
        {"id": f"t-{number}", "schema": "Associate",
         "properties": {"person": [f"a-{number}0"], "associate": [f"a-{number}1"]}}
        for number, *_ in COUPLES
    ]  # fmt: skip
    return _people("crime", notes) + ties


def _answers(home: Path) -> None:
    home.mkdir()
    plots = [_plot(number, [2 * number, 2 * number + 1], "XA") for number, *_ in COUPLES]
    plots[2] |= {"decoy": True}
    (home / "plots.json").write_text(json.dumps([*plots, _plot(3, [9], "XB")]))
    rows = [
        ("XA", "police", f"police/police-{day}.ftm.json", f"a-{number}{at}", "person",
         2 * number + at)
        for day in DAYS for number, *_ in COUPLES for at in (0, 1)
    ]  # fmt: skip
    names = ("state", "agency", "file", "record", "kind", "internal")
    table = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(table), home / "records.parquet")
    texts = {name: pa.array([], pa.string()) for name in ("state", "file", "reference")}
    numbers = {name: pa.array([], pa.int64()) for name in ("payment", "plot", "pattern")}
    pq.write_table(pa.table(texts | numbers), home / "payments.parquet")
    owners = {name: pa.array([], pa.int64()) for name in ("account", "owner")}
    pq.write_table(pa.table(owners), home / "owners.parquet")
    rows = {name: pa.array([], pa.string()) for name in ("state", "file", "row")}
    pq.write_table(pa.table(rows | {"sign": pa.array([], pa.int64())}), home / "signs.parquet")


def _plot(number: int, members: list[int], state: str) -> dict[str, Any]:
    return {
        "kind": "drug-finance", "number": number, "planted": f"2026-05-1{7 + number % 2}",
        "begins": "2026-02-01", "decoy": False, "difficulty": "very-hard-indeed",
        "roles": {"ringleader-of-plot": members}, "bridges": [], "accounts": [], "patterns": [],
        "seen": {"ringleader-of-plot": [state]},
    }  # fmt: skip
