"""What police files say of people beside their names: of what they are suspected, and with whom."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from manara.exercise.codes import CODES, code
from manara.exercise.tables import NONE, Ints
from manara.exercise.things import GROUPS
from manara.exercise.writing.desk import Desk, Sheet, numbered, texts
from manara.exercise.writing.lists import police_files
from manara.exercise.writing.pen import Pen, dated

_DAY = 86_400
#: Why somebody is in the files who is suspected of something.
_SUSPECTED = ("suspect", "wanted", "arrested", "convicted")
#: Topics of FollowTheMoney that a suspicion of belonging to a group comes under, by its kind. It
#: has none for smugglers of people and arms, nor for armed separatists: they get the nearest.
_OF_GROUP = {
    **{"armed group": "crime.terror", "gang": "crime.traffick.drug", "separatists": "crime.terror"},
    **{"smugglers": "crime.traffick.human", "cyber gang": "crime.cyber", "protest movement": "poi"},
}
#: What others are suspected of, with shares. UNODC's survey of crime trends has theft far before
#: all else in every region; the shares are those of no one country.
_ELSE = {"crime.theft": 0.5, "crime.fraud": 0.2, "crime.traffick.drug": 0.18, "crime": 0.12}
#: Share of other suspects who are put down as belonging to a group.
_GROUPED = 0.12
#: Share of kin, friends and neighbours of a suspect that a file names.
_NAMED = 0.7
_NEAR = ("spouse", "parent", "sibling", "cousin", "friend", "colleague")


def write_known(desk: Desk, state: int) -> None:
    """Write what the police of a state suspects people of, and whom it names beside them."""
    people, record, since = police_files(desk, state)
    place = np.full(desk.world.tables["people"].rows, NONE, np.int32)
    place[people] = np.arange(len(people))
    _offences(desk, state, place, record)
    _associates(desk, state, people, place, record, since)


def _offences(desk: Desk, state: int, place: Ints, record: pa.Array) -> None:
    world, rng = desk.world, desk.world.rng("offences", state)
    mentions = world.tables["mentions"]
    mine = (mentions["agency"] == code("agency", "police")) & (mentions["state"] == state)
    mine &= np.isin(mentions["kind"], [code("mention", word) for word in _SUSPECTED])
    rows = np.flatnonzero(mine & (mentions["person"] >= 0))
    groups = world.tables["groups"]
    drawn = np.where(rng.random(len(rows)) < _GROUPED, rng.integers(0, groups.rows, len(rows)), -1)
    group = np.where(mentions["about"][rows] >= 0, mentions["about"][rows], drawn)
    topics = [_OF_GROUP.get(kind, "crime") for kind in CODES["group"]]
    names, shares = list(_ELSE), np.array(list(_ELSE.values()))
    other = rng.choice(len(names), len(rows), p=shares / shares.sum())
    kind = groups["kind"][np.maximum(group, 0)]
    topic = np.where(group >= 0, np.array(topics, object)[kind], np.array(names, object)[other])
    name = np.where(group >= 0, groups["name"][np.maximum(group, 0)] % len(GROUPS), -1)
    number = numbered(f"{world.scenario.states[state].code.lower()}-sus-", rng, len(rows))
    sheet = Sheet(desk, state, "police", "suspicions", "police_suspicions")
    time, of = mentions["time"][rows], place[mentions["person"][rows]]
    order = rng.permutation(len(rows))
    for known, last in _editions(desk):
        some = order[time[order] < last]
        if not len(some):
            continue
        at = pa.array(some)
        day = np.datetime64(world.start, "D") + np.floor_divide(time[some], _DAY)
        sheet.write(f"suspicions-{known:%Y-%m-%d}", known, {
            "record": number.take(at),
            "person": record.take(pa.array(of[some])),
            "topic": texts(topic[some]),
            "group": texts([each for each, _ in GROUPS], name[some]),
            "group_topic": texts([*topics, ""], np.where(group[some] >= 0, kind[some], -1)),
            "since": sheet.days(pa.array(day).cast(pa.date32())),
        })  # fmt: skip


def _associates(
    desk: Desk, state: int, people: Ints, place: Ints, record: pa.Array, since: Ints
) -> None:
    """Write whom files name beside a suspect: who has a file too by its number, others by name."""
    world, rng = desk.world, desk.world.rng("associates", state)
    ties = world.tables["relations"]
    near = np.isin(ties["kind"], [code("relation", word) for word in _NEAR])
    rows = np.flatnonzero(near & (ties["b"] >= 0))
    a, b = ties["a"][rows], ties["b"][rows]
    kind = ties["kind"][rows]
    who, beside = np.concatenate([a, b]), np.concatenate([b, a])
    kind = np.concatenate([kind, kind])
    told = (place[who] >= 0) & _suspected(desk, state)[who] & (rng.random(len(who)) < _NAMED)
    who, beside, kind = who[told], beside[told], kind[told]
    others = np.unique(beside[place[beside] < 0])
    pen = Pen(desk, state, "police")
    pen.rng = world.rng("pen", state, "associates")
    written = pen.write(others)
    lower = world.scenario.states[state].code.lower()
    own = numbered(f"{lower}-bes-", rng, len(others))
    at = np.searchsorted(others, beside)
    filed = place[beside] >= 0
    sheet = Sheet(desk, state, "police", "associates", "police_associates")
    born = dated(written, sheet.days(written.born))
    number = numbered(f"{lower}-ass-", rng, len(who))
    order = rng.permutation(len(who))
    for known, last in _editions(desk):
        some = order[since[place[who[order]]] < last]
        if not len(some):
            continue
        by_file, by_name = pa.array(place[beside[some]]), np.where(filed[some], -1, at[some])
        ids = np.where(filed[some], texts(record, by_file), texts(own, by_name))
        file = sheet.write(f"associates-{known:%Y-%m-%d}", known, {
            "record": number.take(pa.array(some)),
            "person": record.take(pa.array(place[who[some]])),
            "associate": texts(ids),
            "name": texts(written.name, by_name),
            "born": texts(born, by_name),
            "relation": texts(CODES["relation"], kind[some]),
        })  # fmt: skip
        new = np.unique(by_name[by_name >= 0])
        desk.truth.records(
            world.scenario.states[state].code, "police", file, "person",
            own.take(pa.array(new)), others[new],
        )  # fmt: skip


def _suspected(desk: Desk, state: int) -> Ints:
    """Return who is suspected of something by the police of a state; shape (people,)."""
    mentions = desk.world.tables["mentions"]
    mine = (mentions["agency"] == code("agency", "police")) & (mentions["state"] == state)
    mine &= np.isin(mentions["kind"], [code("mention", word) for word in _SUSPECTED])
    found = np.zeros(desk.world.tables["people"].rows, bool)
    found[mentions["person"][mine & (mentions["person"] >= 0)]] = True
    return found


def _editions(desk: Desk) -> list[tuple[date, int]]:
    """Return the days of editions, and the second until which each knows."""
    return [(desk.world.start, 0), *((known, last) for known, _, last in desk.waves())]
