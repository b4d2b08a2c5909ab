"""Worlds: the same bytes for the same seed, files that are what they claim, answers that fit."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.exercise.codes import code
from manara.exercise.manifest import read_exercise, read_manifest
from manara.exercise.new import make_world, new_exercise
from manara.exercise.scenario import read_scenario, scenarios
from manara.exercise.tables import World
from manara.exercise.writing.spelling import keyed, scanned
from manara.formats import load_mapping, recognise
from manara.model import NotFoundError, Record, UsageError
from manara.pipeline.ingest import Request, ingest
from manara.store import Workspace


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(exercise: Path, tmp_path: Path) -> None:
    new_exercise("four-coasts", 11, "small", tmp_path / "again")
    assert digests(tmp_path / "again") == digests(exercise)


def test_another_seed_gives_another_world() -> None:
    worlds = [make_world("four-coasts", seed, "small")[0].tables for seed in (11, 12)]
    for name, column in (("people", "given"), ("payments", "amount"), ("crossings", "time")):
        one, two = (tables[name][column][:100] for tables in worlds)
        assert (one != two).mean() > 0.3, name


def test_every_kind_of_file_is_taken_in_without_a_reject(exercise: Path, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    # The offices of one write French and two scripts, those of the other English and one.
    for state, wanted in (("XA", ""), ("XC", "police")):
        workspace = Workspace.create(tmp_path / state)
        home = exercise / "nodes" / state
        kinds = {}
        for one in read_manifest(exercise, state):
            if wanted in one.file:
                kinds[one.dataset] = one
        for one in kinds.values():
            mapping = load_mapping(home / one.mapping) if one.mapping else None
            request = Request(one.dataset, mapping, one.rule, by="test")
            (done,) = ingest(workspace, [str(home / one.file)], request)
            assert (done.status, done.reason, done.rejects) == ("applied", "", 0), one.file
            seen[done.format.split("-")[0]] += 1
    assert {"mapping", "ftm", "iso20022", "goaml", "un", "edifact", "stix", "oed"} <= seen.keys()


def test_the_manifest_lists_every_file_and_no_day_is_outside_the_calendar(exercise: Path) -> None:
    about = read_exercise(exercise)
    for state in about.states:
        home = exercise / "nodes" / state
        files = read_manifest(exercise, state)
        there = {path.relative_to(home).as_posix() for path in home.glob("*/*")}
        there = {name for name in there if not name.startswith("mappings/")}
        assert {one.file for one in files} == there
        assert all(about.start <= one.known <= about.end for one in files)


def test_every_answer_is_about_something_that_was_written(exercise: Path) -> None:
    texts: dict[tuple[str, str], str] = {}
    for table, column in (("records", "record"), ("payments", "reference")):
        rows = pq.read_table(exercise / "truth" / f"{table}.parquet").to_pylist()
        assert rows
        for row in rows[:: max(1, len(rows) // 400)]:
            place = row["state"], row["file"]
            if place not in texts:
                texts[place] = (exercise / "nodes" / row["state"] / row["file"]).read_text("utf-8")
            written = row[column].removeprefix("un-sc-")
            # Messages name accounts by number, travellers by a document; readers make the id.
            made = any(kind in row["file"] for kind in ("pacs008", "fiu/str", "paxlst", "pnrgov"))
            assert written in texts[place] or made, row


def test_agencies_do_not_share_the_numbers_of_people(exercise: Path) -> None:
    rows = pq.read_table(exercise / "truth" / "records.parquet").to_pylist()
    # Whom carriers know by a passport is known by it to every state.
    made = "traveller-"
    people = [row for row in rows if row["kind"] == "person" and made not in row["record"]]
    of: dict[str, set[tuple[str, str]]] = {}
    for row in people:
        of.setdefault(row["record"], set()).add((row["state"], row["agency"]))
    assert len({row["agency"] for row in people}) > 5
    assert all(len(agencies) == 1 for agencies in of.values())


def segments(text: str) -> list[list[list[str]]]:
    """Split an interchange by the separators that its UNA states (ISO 9735)."""
    assert text[:3] == "UNA"
    part, element, _, release, _, end = text[3:9]
    assert release not in text[9:]
    return [[e.split(part) for e in s.split(element)] for s in text[9:].split(end) if s.strip()]


@pytest.mark.parametrize("kind", ["paxlst", "pnrgov"])
def test_messages_of_carriers_keep_to_the_envelope_of_edifact(exercise: Path, kind: str) -> None:
    path = min((exercise / "nodes" / "XA" / "carrier").glob(f"{kind}-*.edi"))
    messages = path.read_text("ascii").splitlines()
    assert messages
    for message in messages:
        found = segments(message)
        tags = [segment[0][0] for segment in found]
        assert (tags[0], tags[1], tags[-2], tags[-1]) == ("UNB", "UNH", "UNT", "UNZ")
        assert found[1][2][0] == kind.upper()
        # UNT counts the segments of the message, itself and UNH among them.
        assert int(found[-2][1][0]) == len(found) - 2
        assert found[-2][2] == found[1][1]
        assert found[-1][2] == found[0][5]
        travellers = tags.count("NAD") - 1 if kind == "paxlst" else tags.count("TIF")
        counted = dict(x[1] for x in found if x[0][0] == "CNT").get("42", str(travellers))
        assert travellers == int(counted) > 0


def test_the_answers_know_every_traveller_of_the_messages(exercise: Path) -> None:
    rows = pq.read_table(exercise / "truth" / "records.parquet").to_pylist()
    known = {(row["state"], row["file"], row["record"]) for row in rows}
    found = set()
    for path in (exercise / "nodes").glob("*/carrier/*.edi"):
        for record in recognise(path)[0].read(path):
            assert isinstance(record, Record), record
            found.add((path.parents[1].name, f"carrier/{path.name}", record.stated[0].entity_id))
    assert found
    assert found <= known


def test_no_row_of_the_world_is_out_of_its_time_or_table() -> None:
    world, _ = make_world("archipelago", 5, "small")
    tables = world.tables
    for name in ("payments", "crossings", "bookings", "consignments", "incidents", "sightings"):
        time = tables[name]["time"]
        assert time.min() >= 0 and time.max() < world.seconds, name
    payments, accounts = tables["payments"], tables["accounts"]
    assert (payments["amount"] > 0).all()
    assert max(payments["payer"].max(), payments["payee"].max()) < accounts.rows
    assert (payments["payer"] != payments["payee"]).all()
    people = tables["people"]
    assert people.rows == world.scenario.sizes["small"].people
    assert (people["employer"] < tables["companies"].rows).all()


def test_salaries_are_paid_monthly_by_the_employer() -> None:
    world, _ = make_world("four-coasts", 2, "small")
    payments, accounts = world.tables["payments"], world.tables["accounts"]
    rows = np.flatnonzero(payments["purpose"] == code("purpose", "salary"))
    payer, payee = (
        accounts["owner"][payments["payer"][rows]],
        accounts["owner"][payments["payee"][rows]],
    )
    assert (world.tables["people"]["employer"][payee] == ~payer).all()
    one = rows[payee == payee[0]]
    gaps = np.diff(np.sort(payments["time"][one])) / 86_400
    assert ((gaps > 24) & (gaps < 38)).all()


def test_picked_people_are_free_and_fit() -> None:
    world, _ = make_world("four-coasts", 2, "small")
    people = world.tables["people"]
    found = world.pick(world.rng("test"), 20, state=1, sex="female", age=(30, 50))
    assert len(set(found.tolist())) == 20
    assert (people["state"][found] == 1).all() and (people["sex"][found] == 0).all()
    assert (people["plot"][found] == -1).all()
    world.claim(found, 3)
    again = world.pick(world.rng("test"), 5, state=1, sex="female", age=(30, 50))
    assert not set(found.tolist()) & set(again.tolist())
    with pytest.raises(ValueError, match="fit"):
        world.pick(world.rng("test"), 10_000)


def test_rows_are_added_at_the_end_and_unknown_columns_are_refused() -> None:
    world = World(read_scenario("four-coasts"), 1)
    first = world.add("people", state=[0, 1], city=0)
    second = world.add("people", plot=4, state=[2], city=1)
    assert first.tolist() == [0, 1] and second.tolist() == [2]
    assert world.tables["people"]["plot"].tolist() == [-1, -1, 4]
    assert world.tables["people"]["born"].tolist() == [-1, -1, -1]
    with pytest.raises(KeyError, match="height"):
        world.add("people", height=[1])


def test_scenarios_are_whole_and_invented() -> None:
    assert set(scenarios()) == {"four-coasts", "archipelago"}
    for name in scenarios():
        scenario = read_scenario(name)
        assert {"small", "medium", "large"} <= scenario.sizes.keys()
        for state in scenario.states:
            # The user-assigned range of ISO 3166-1 alpha-2.
            assert re.fullmatch("X[A-Z]", state.code)
            assert abs(sum(state.cultures.values()) - 1) < 1e-9
            assert abs(sum(city.share for city in state.cities) - 1) < 0.011
        cities = {city.name for city in scenario.cities}
        codes = {state.code for state in scenario.states}
        assert all(post.city in cities and {*post.states} <= codes for post in scenario.posts)
        assert all({*plot.states} <= codes for plot in scenario.plots)


def test_what_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such scenario"):
        new_exercise("five-coasts", 1, "small", tmp_path / "a")
    with pytest.raises(UsageError, match="no such size"):
        new_exercise("four-coasts", 1, "huge", tmp_path / "b")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "file").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        new_exercise("four-coasts", 1, "small", tmp_path / "c")


def edits(a: str, b: str) -> int:
    """Return the distance of optimal string alignment, by its definition."""
    rows = [[i + j if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            rows[i][j] = min(
                rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            )
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(st.text("abcdefghijklmnopqrstuvwxyzéم", max_size=12), st.integers(0, 2**32))
def test_a_slip_is_one_slip(text: str, seed: int) -> None:
    for slip in (keyed, scanned):
        assert edits(text, slip(text, np.random.default_rng(seed))) <= 1
