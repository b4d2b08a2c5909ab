"""PAXLST and PNRGOV: travellers, documents and movements; separators, damage, and what is told."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from manara import formats
from manara.model import FormatError, Record, Reject
from manara.pipeline.clean import clean

from .locating import facts, of_schema, split, values

DATA = Path(__file__).parent / "data/carriers"
PAXLST, PNRGOV = DATA / "paxlst.edi", DATA / "pnrgov.edi"


def read(path: Path) -> tuple[list[Record], list[Reject]]:
    return split(formats.recognise(path)[0].read(path))


def written(folder: Path, text: str) -> Path:
    path = folder / "message"
    path.write_text(text, encoding="utf-8")
    return path


def known_by(kind: str, *particulars: str) -> str:
    """The id that the reference says a traveller or document has."""
    key = "\x1f".join(particulars).encode()
    return f"{kind}-{hashlib.blake2b(key, digest_size=12).hexdigest()}"


HER = known_by("traveller", "XAX", "XA4471902", "1985-11-24")


def moves(record: Record) -> list[dict[str, Any]]:
    return [dict(one.values) for one in record.events]


def test_a_passenger_list() -> None:
    records, rejects = read(PAXLST)
    first, second = records
    # A released apostrophe is part of the name.
    assert values(facts(records), HER) == {
        "name": ["MARUEN ILDA O'VANNE"], "firstName": ["MARUEN ILDA"], "lastName": ["O'VANNE"],
        "gender": ["female"], "birthDate": ["1985-11-24"], "nationality": ["XAX"],
        "birthCountry": ["XBX"], "passportNumber": ["XA4471902"],
    }  # fmt: skip
    # A visa is no document of identity.
    [paper] = of_schema(facts(records), "Passport")
    assert (paper["number"], paper["endDate"]) == (["XA4471902"], ["2031-02-14"])
    assert moves(first) == [
        {"time": datetime(2026, 11, 4, 14, 30, tzinfo=UTC), "time_precision": "minute",
         "time_end": datetime(2026, 11, 4, 16, 55, tzinfo=UTC), "reference": "REF0417-1",
         "subject": HER, "stage": "checked-in", "means": "air", "service": "XQ204",
         "origin": "QAP", "destination": "QBM",
         "document": known_by("document", "XAX", "XA4471902"),
         "booking": "K7T3QZ"}
    ]  # fmt: skip
    # Without a document he is known in this message only; nobody is born on 31 February.
    assert moves(second)[0]["subject"] == "paxlst-REF0417-1-2"
    assert [(one.rule, one.locator) for one in rejects] == [
        ("date", "message 1, segment 26 DTM"), ("name", "message 1, segment 29 NAD"),
    ]  # fmt: skip


def test_what_is_read_is_clean() -> None:
    for path in (PAXLST, PNRGOV):
        cleaned = [clean(one) for one in facts(read(path)[0])]
        assert [one for one in cleaned if isinstance(one, Reject)] == []


def test_bookings() -> None:
    records, rejects = read(PNRGOV)
    her, him, last = records
    # The name of the document stands before that of the booking, with its title.
    assert values(facts(records), HER) == {
        "name": ["MARUEN ILDA DELKAVI"], "firstName": ["MARUEN ILDA"], "lastName": ["DELKAVI"],
        "gender": ["female"], "birthDate": ["1985-11-24"], "nationality": ["XAX"],
        "passportNumber": ["XA4471902"],
    }  # fmt: skip
    assert [one["name"] for one in of_schema(facts([him]), "Person")] == [["ILVANE TORSKEL"]]
    there, back = moves(her)
    assert (there["origin"], back["origin"]) == ("QAP", "QBM")
    assert (there["stage"], there["booking"]) == ("booked", "K7T3QZ")
    assert there["booked_at"] == datetime(2026, 10, 21, 9, 12, tzinfo=UTC)
    # A booking without legs of its own is for the flight of the message.
    assert [one["service"] for one in moves(last)] == ["XQ204"]
    assert [(one.rule, one.locator) for one in rejects] == [("date", "message 1, segment 20 SSR")]


TELETYPE = "QU APIUNIT\r\n.XQHQ 040930\r\n"


def other_marks(text: str) -> str:
    """The message with other separators, of which the service string advice tells."""
    table = str.maketrans({"+": "*", ":": "|", "'": "#", "?": "\\"})
    # What was released as a separator is none of the new ones.
    return text.replace("\n", "").replace("?'", "\0").translate(table).replace("\0", "'")


@pytest.mark.parametrize(
    "change",
    [
        other_marks,
        lambda text: text.removeprefix("UNA:+.? '\n"),
        lambda text: TELETYPE + text + "\r\nNNNN",
        lambda text: "\n".join(text.replace("\n", "")[at : at + 69] for at in range(0, 2000, 69)),
        lambda text: text.replace("UNH+", "UNG+PAXLST+XQ+API+261104:0930+1+UN+D:12B'UNH+"),
    ],
    ids=["other separators", "no UNA", "teletype", "broken lines", "functional group"],
)
def test_the_same_message_in_other_clothes(tmp_path: Path, change: Any) -> None:
    records, _ = read(PAXLST)
    found, _ = read(written(tmp_path, change(PAXLST.read_text("utf-8"))))
    assert [one.events[0].values for one in found] == [one.events[0].values for one in records]
    told = [[(one.prop, one.value) for one in each.stated] for each in (*found, *records)]
    assert told[:2] == told[2:]


def test_a_wrong_envelope_is_told_and_loses_nothing(tmp_path: Path) -> None:
    text = PAXLST.read_text("utf-8")
    records, rejects = read(written(tmp_path, text.replace("UNT+30+1", "UNT+77+1")))
    assert len(records) == 2
    assert rejects[-1].rule == "count"
    assert "UNT counts 77, there are 30 segments" in rejects[-1].reason
    assert rejects[-1].locator == "message 1, segment 31 UNT"
    twice = text.replace("UNT+30+1'\n", "").replace("UNZ", "UNH+2+CUSRES:D:12B:UN'UNT+2+2'UNZ")
    records, rejects = read(written(tmp_path, twice))
    assert len(records) == 2
    assert [one.rule for one in rejects[-2:]] == ["end", "message"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PAXLST.read_text("utf-8")[:400], "cut off"),
        ("UNB+UNOA:4+XQ+API+261104:0930+R1'UNH+1+PAXLST:D:12B:UN'", "cut off"),
    ],
)
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(FormatError, match=told):
        read(written(tmp_path, text))


def test_a_flight_without_a_time_makes_no_movement(tmp_path: Path) -> None:
    text = (
        PAXLST.read_text("utf-8").replace("DTM+189:2611041430:201'\n", "").replace("+30+", "+29+")
    )
    records, rejects = read(written(tmp_path, text))
    assert [one.events for one in records] == [(), ()]
    assert rejects[0].rule == "flight"
    assert "DTM+189" in rejects[0].reason


@pytest.mark.shared
def test_messages_of_others(shared: Path) -> None:
    """All messages that others published are read; what breaks a rule is told and loses nothing."""
    found = sorted((shared / "travel").rglob("*.txt"))
    paths = [path for path in found if "LICENSE" not in path.name]
    assert len(paths) > 25
    for path in paths:
        records, _ = read(path)
        text = path.read_text("latin-1").replace("\n", "").replace("\r", "")
        named = len(re.findall(r"TIF\W|NAD\W(?:FL|FM|DDT|DDU)", text))
        assert 0 < len(records) <= named, path.name
    for path in sorted((shared / "travel/paxlst/ediclean/original").glob("*.txt")):
        clean_copy = path.parents[1] / "reference" / path.name
        told = [[one.stated for one in read(each)[0]] for each in (path, clean_copy)]
        assert told[0] == told[1], path.name
