"""What the police and the ministry of justice hold: files, incidents, a list of sanctions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.exercise.codes import CODES, code
from manara.exercise.tables import Ints
from manara.exercise.things import GROUPS
from manara.exercise.writing.desk import Desk, Sheet, numbered, texts
from manara.exercise.writing.pen import Pen, Written, dated

_DAY = 86_400
#: Topics of FollowTheMoney by why somebody is known; witnesses and victims have none.
_TOPICS = {"wanted": "wanted", "convicted": "crime", "suspect": "poi", "arrested": "poi"}


def write_lists(desk: Desk, state: int) -> None:
    """Write what the police and the courts of a state know, edition by edition."""
    people, since, why = _known(desk, state, "police")
    if len(people):
        _police(desk, state, people, since, why)
    people, since, _ = _known(desk, state, "justice")
    if len(people):
        _sanctions(desk, state, people, since)
    _incidents(desk, state)


def _known(desk: Desk, state: int, agency: str) -> tuple[Ints, Ints, list[str]]:
    """Return whom an agency knows, each once, since when, and as what."""
    mentions = desk.world.tables["mentions"]
    mine = (mentions["agency"] == code("agency", agency)) & (mentions["state"] == state)
    mine &= mentions["kind"] != code("mention", "str")
    rows = np.flatnonzero(mine & (mentions["person"] >= 0))
    rows = rows[np.lexsort((mentions["time"][rows], mentions["person"][rows]))]
    people, first, count = np.unique(
        mentions["person"][rows], return_index=True, return_counts=True
    )
    kinds = mentions["kind"][rows]
    why = [
        "; ".join(dict.fromkeys(CODES["mention"][kind] for kind in kinds[at : at + each]))
        for at, each in zip(first.tolist(), count.tolist(), strict=True)
    ]
    return people, mentions["time"][rows][first], why


def police_files(desk: Desk, state: int) -> tuple[Ints, pa.Array, Ints]:
    """Return who has a file at the police of a state, the numbers of the files, and since when."""
    people, since, _ = _known(desk, state, "police")
    code_ = desk.world.scenario.states[state].code.lower()
    return people, numbered(f"{code_}-pol-", desk.world.rng("police", state), len(people)), since


def _police(desk: Desk, state: int, people: Ints, since: Ints, why: list[str]) -> None:
    """Write the police's files as FollowTheMoney, or as a table where the office writes Latin."""
    world = desk.world
    one = world.scenario.states[state]
    rng = world.rng("police", state)
    record = numbered(f"{one.code.lower()}-pol-", rng, len(people))
    written = Pen(desk, state, "police").write(people)
    order = rng.permutation(len(people))
    day = np.datetime64(world.start, "D") + np.floor_divide(since, _DAY)
    codes = texts(
        [each.code.lower() for each in world.scenario.states],
        world.tables["people"]["state"][people],
    )
    sheet = Sheet(desk, state, "police", "police") if one.script == "latin" else None
    told = 0
    for known, _, last in [(world.start, 0, 0), *desk.waves()]:
        rows = order[since[order] < last]
        if len(rows) == told:
            continue
        told = len(rows)
        name, at = f"police-{known:%Y-%m-%d}", pa.array(rows)
        if sheet is None:
            path = desk.place(state, "police", f"{name}.ftm.json")
            _ftm(path, written, record, codes, why, day.tolist(), rows)
            file = desk.filed(
                state, path, "police", known, format="ftm", dataset=f"{one.code.lower()}_police"
            )
        else:
            file = sheet.write(
                name,
                known,
                {
                    "record": record.take(at),
                    "name": written.name.take(at),
                    "native": written.native.take(at),
                    "father": written.father.take(at),
                    "born": dated(written, sheet.days(written.born)).take(at),
                    "country": codes.take(at),
                    "number": written.number.take(at),
                    "passport": written.passport.take(at),
                    "why": texts(why).take(at),
                    "since": sheet.days(pa.array(day[rows]).cast(pa.date32())),
                    "topics": texts([_topic(word) for word in why]).take(at),
                },
            )
        desk.truth.records(one.code, "police", file, "person", record.take(at), people[rows])


def _topic(why: str) -> str:
    return next((topic for word, topic in _TOPICS.items() if word in why), "")


def _ftm(
    path: object,
    written: Written,
    record: pa.Array,
    codes: pa.Array,
    why: list[str],
    day: Sequence[date],
    rows: Ints,
) -> None:
    """Write people as entities of FollowTheMoney, one a line."""
    born = dated(written, pc.fill_null(pc.strftime(written.born, format="%Y-%m-%d"), ""))
    columns = {
        "name": written.native,
        "alias": written.name,
        "fatherName": written.father,
        "gender": pc.if_else(pc.equal(written.sex, "M"), "male", "female"),
        "birthDate": born,
        "nationality": codes,
        "idNumber": written.number,
        "passportNumber": written.passport,
        "notes": texts(why),
        "topics": texts([_topic(word) for word in why]),
        "createdAt": texts([str(each) for each in day]),
    }
    lists = {key: column.to_pylist() for key, column in columns.items()}
    ids = record.to_pylist()
    with open(str(path), "wb") as file:
        for row in rows.tolist():
            told = {key: [column[row]] for key, column in lists.items() if column[row]}
            if "name" not in told:
                told["name"] = told.pop("alias")
            entity = {"id": ids[row], "schema": "Person", "properties": told}
            file.write(msgspec.json.encode(entity) + b"\n")


def _sanctions(desk: Desk, state: int, people: Ints, since: Ints) -> None:
    """Write a list of sanctions in the form of the United Nations' consolidated list."""
    world = desk.world
    one = world.scenario.states[state]
    written = Pen(desk, state, "justice").write(people)
    again = Pen(desk, state, "justice").write(people)
    rng = world.rng("sanctions", state)
    number = rng.permutation(len(people)) + int(rng.integers(6_000_000, 8_000_000))
    columns = [
        c.to_pylist()
        for c in (
            written.given,
            written.father,
            written.family,
            written.native,
            again.name,
            written.year,
            pc.fill_null(pc.strftime(written.born, format="%Y-%m-%d"), ""),
            written.passport,
        )
    ]
    states = np.array([each.name for each in world.scenario.states])[
        world.tables["people"]["state"][people]
    ]
    day = (np.datetime64(world.start, "D") + np.floor_divide(since, _DAY)).tolist()
    for known, _, last in [(world.start, 0, 0), *desk.waves()]:
        rows = [row for row in rng.permutation(len(people)).tolist() if since[row] < last]
        if not rows or (known != world.start and not (since >= 0).any()):
            continue
        path = desk.place(state, "justice", f"sanctions-{known:%Y-%m-%d}.xml")
        entries = "".join(
            _entry(
                int(number[row]),
                [column[row] for column in columns],
                str(states[row]),
                day[row],
                one.code,
            )
            for row in rows
        )
        path.write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<CONSOLIDATED_LIST dateGenerated="{known:%Y-%m-%d}T06:00:00Z">\n'
            f"<INDIVIDUALS>\n{entries}</INDIVIDUALS>\n<ENTITIES/>\n</CONSOLIDATED_LIST>\n",
            encoding="utf-8",
        )
        file = desk.filed(
            state,
            path,
            "justice",
            known,
            format="un-sc-xml",
            dataset=f"{one.code.lower()}_sanctions",
        )
        ids = texts([f"un-sc-{number[row]}" for row in rows])
        desk.truth.records(one.code, "justice", file, "person", ids, people[rows])


def _entry(number: int, told: list[str], state: str, listed: date, code_: str) -> str:
    given, father, family, native, other, year, born, passport = told
    when = f"<TYPE_OF_DATE>EXACT</TYPE_OF_DATE>\n<DATE>{born}</DATE>" if born else ""
    when = f"<TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE>\n<YEAR>{year}</YEAR>" if year else when
    parts = [
        f"<DATAID>{number}</DATAID>\n<VERSIONNUM>1</VERSIONNUM>",
        _element("FIRST_NAME", given),
        _element("SECOND_NAME", father),
        _element("THIRD_NAME", family),
        f"<UN_LIST_TYPE>{code_}</UN_LIST_TYPE>\n<REFERENCE_NUMBER>{code_}i.{number}</REFERENCE_NUMBER>",
        f"<LISTED_ON>{listed}</LISTED_ON>",
        _element("NAME_ORIGINAL_SCRIPT", native),
        "<COMMENTS1>Fictional entry of an exercise.</COMMENTS1>",
        f"<NATIONALITY>\n{_element('VALUE', state)}</NATIONALITY>",
        "<INDIVIDUAL_ALIAS>\n<QUALITY>Good</QUALITY>\n"
        + _element("ALIAS_NAME", other)
        + "</INDIVIDUAL_ALIAS>",
        f"<INDIVIDUAL_DATE_OF_BIRTH>\n{when}\n</INDIVIDUAL_DATE_OF_BIRTH>" if when else "",
    ]
    if passport:
        parts.append(
            "<INDIVIDUAL_DOCUMENT>\n<TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT>\n"
            f"<NUMBER>{escape(passport)}</NUMBER>\n</INDIVIDUAL_DOCUMENT>"
        )
    return (
        "<INDIVIDUAL>\n" + "\n".join(part.strip() for part in parts if part) + "\n</INDIVIDUAL>\n"
    )


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>\n" if text else ""


def _incidents(desk: Desk, state: int) -> None:
    world = desk.world
    table = world.tables["incidents"]
    rows = np.flatnonzero(table["state"] == state)
    rows = rows[np.argsort(table["time"][rows], kind="stable")]
    sheet = Sheet(desk, state, "police", "incidents", "incidents")
    rng = world.rng("incident numbers", state)
    record = numbered(f"{world.scenario.states[state].code}I", rng, len(rows))
    cities = world.scenario.cities
    map_ = np.array([[city.lat for city in cities], [city.lon for city in cities]])
    group = table["group"][rows]
    name = world.tables["groups"]["name"][np.maximum(group, 0)] % len(GROUPS)
    names = np.where(group >= 0, name, -1)
    for known, first, last in desk.waves():
        mine = np.flatnonzero((table["time"][rows] >= first) & (table["time"][rows] < last))
        if not len(mine):
            continue
        some, city = rows[mine], table["city"][rows[mine]]
        at = map_[:, city] + rng.normal(0, 0.02, (2, len(mine)))
        kinds = [CODES["incident"][kind] for kind in table["kind"][some].tolist()]
        names_ = [cities[number].name for number in city.tolist()]
        sheet.write(
            f"incidents-{known:%Y-%m}",
            known,
            {
                "record": record.take(pa.array(mine)),
                "time": sheet.times(table["time"][some]),
                "kind": texts(CODES["incident"], table["kind"][some]),
                "title": texts(
                    [f"{word}, {name}" for word, name in zip(kinds, names_, strict=True)]
                ),
                "city": texts([each.name for each in cities], city),
                "lat": texts([f"{each:.5f}" for each in at[0].tolist()]),
                "lon": texts([f"{each:.5f}" for each in at[1].tolist()]),
                "killed": texts([str(max(each, 0)) for each in table["killed"][some].tolist()]),
                "group": texts([name for name, _ in GROUPS], names[mine]),
            },
        )
