"""INTERPOL's public notices (the JSON of its notices service): wanted, missing, and UN-listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from manara.formats.base import Format, Head, Match, Subject, subject
from manara.model import FormatError, Record, Reject

DATASET = "interpol_notices"

_START = re.compile(r'\s*[\[{].*?"(?:_embedded|entity_id)"', re.DOTALL)
_ID = re.compile(r"\d{4}/\d{1,7}")

#: Fields that say one thing of a person, and the property.
_PLAIN = {
    "forename": "firstName",
    "name": "lastName",
    "date_of_birth": "birthDate",
    "place_of_birth": "birthPlace",
    "country_of_birth_id": "birthCountry",
    "sex_id": "gender",
    "father_forename": "fatherName",
    "mother_forename": "motherName",
    "name_in_original_script": "alias",
}
_MARKS = ("height", "weight", "distinguishing_marks")
_LISTS = ("eyes_colors_id", "hairs_id", "languages_spoken_ids")


def recognise(head: Head) -> Match | None:
    """Return a match if it begins as an answer of the service, or one notice, does."""
    known = _START.match(head.text) and '"notices"' in head.text + head.tail.decode(
        errors="replace"
    )
    one = '"entity_id"' in head.text and (
        '"arrest_warrants"' in head.text or '"forename"' in head.text
    )
    return Match(DATASET) if known or (one and _START.match(head.text)) else None


def read(path: Path) -> Iterator[Record | Reject]:
    """Yield one record a notice; see `Format`.

    Raises:
        FormatError: the file is no JSON, or holds no notices.
    """
    try:
        raw = msgspec.json.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(
            f"no JSON: {str(error)[:300]}", where=path.name, remedy="fetch the file again"
        ) from error
    for at, notice in _notices(raw, path):
        known = isinstance(notice, dict) and _ID.fullmatch(str(notice.get("entity_id", "")))
        if known:
            yield _person(notice, at)
        else:
            text = msgspec.json.encode(notice)[:500].decode(errors="replace")
            yield Reject(at or "notice", "id", "a notice without an id such as 2026/12345", text)


FORMAT = Format("interpol-json", "INTERPOL notices", "1", recognise, read, whole=True)


def _notices(raw: Any, path: Path) -> list[tuple[str, Any]]:
    """Return the notices of an answer, of a list of them, or the one that the file is."""
    start = ""
    if isinstance(raw, dict) and "_embedded" not in raw:
        return [("", raw)]
    if isinstance(raw, dict):
        inner, start = raw["_embedded"], "_embedded.notices"
        raw = inner.get("notices") if isinstance(inner, dict) else None
    if not isinstance(raw, list):
        raise FormatError("no notices in it", where=path.name, remedy="fetch the file again")
    return [(f"{start}[{number}]", one) for number, one in enumerate(raw)]


def _person(notice: dict[str, Any], at: str) -> Record:
    start = f"{at}." if at else ""
    record = Record(at or "notice", [])
    number = notice["entity_id"].replace("/", "-")
    about = subject(record, "Person", f"interpol-{number}")
    about.add("name", " ".join(_texts(notice, "forename", "name")), f"{start}name")
    for field, prop in _PLAIN.items():
        for text in _texts(notice, field):
            value = text.replace("/", "-") if prop == "birthDate" else text
            about.add(prop, value, f"{start}{field}", original=text if value != text else "")
    for each, text in enumerate(_list(notice, "nationalities")):
        about.add("nationality", text, f"{start}nationalities[{each}]")
    _marks(about, notice, start)
    _charges(record, about, notice, start)
    return record


def _marks(about: Subject, notice: dict[str, Any], start: str) -> None:
    for field in _MARKS:
        for text in _texts(notice, field):
            about.add("notes", f"{field}: {text}", f"{start}{field}", original=text)
    for field in _LISTS:
        for each, text in enumerate(_list(notice, field)):
            about.add("notes", f"{field}: {text}", f"{start}{field}[{each}]", original=text)


def _charges(record: Record, about: Subject, notice: dict[str, Any], start: str) -> None:
    """State each warrant as a sanction-like record of its own, by the state that issued it."""
    warrants = notice.get("arrest_warrants")
    for each, warrant in enumerate(warrants if isinstance(warrants, list) else []):
        if not isinstance(warrant, dict):
            continue
        place = f"{start}arrest_warrants[{each}]"
        listed = subject(record, "Sanction", f"{about.id}-warrant-{each + 1}")
        listed.add("entity", about.id, f"{start}entity_id")
        listed.add("authority", "INTERPOL", f"{start}entity_id")
        listed.add("program", "Red Notice", f"{start}entity_id")
        for field, prop in (
            ("issuing_country_id", "country"),
            ("charge", "reason"),
            ("charge_translation", "reason"),
        ):
            for text in _texts(warrant, field):
                listed.add(prop, text, f"{place}.{field}")
        about.add("topics", "wanted", place)


def _texts(values: dict[str, Any], *fields: str) -> list[str]:
    found = (values.get(field) for field in fields)
    return [str(one).strip() for one in found if isinstance(one, str | int | float) and one != ""]


def _list(values: dict[str, Any], field: str) -> list[str]:
    found = values.get(field)
    return [one.strip() for one in found if isinstance(one, str)] if isinstance(found, list) else []
