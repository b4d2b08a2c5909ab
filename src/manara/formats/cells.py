"""Stating what the fields of a list say, whether they are cells of a table or nodes of XML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from manara.formats.base import Subject, derived_id, subject
from manara.formats.dates import partial_dates
from manara.formats.xml import Node
from manara.model import FormatError, Record, Reject

_MARK = re.compile(r"\((?:\d{1,2}|[a-z])\)", re.IGNORECASE)
_FREE_TEXT = {"Sanction": "summary", "Passport": "summary", "Identification": "summary"}

#: ISO 639-3 code by the name or ISO 639-1 code under which lists state a language.
LANGUAGES = {
    name: code
    for code, names in {
        "amh": "am amharic",
        "ara": "ar arabic",
        "aze": "az azerbaijani",
        "bel": "be belarusian belarussian",
        "ben": "bn bengali",
        "bul": "bg bulgarian",
        "ces": "cs czech",
        "dan": "da danish",
        "deu": "de german",
        "ell": "el greek",
        "eng": "en english",
        "est": "et estonian",
        "fas": "fa persian farsi dari",
        "fin": "fi finnish",
        "fra": "fr french",
        "gle": "ga irish",
        "heb": "he hebrew",
        "hin": "hi hindi",
        "hrv": "hr croatian",
        "hun": "hu hungarian",
        "hye": "hy armenian",
        "ind": "id indonesian",
        "ita": "it italian",
        "jpn": "ja japanese",
        "kat": "ka georgian",
        "kaz": "kk kazakh",
        "kor": "ko korean",
        "kur": "ku kurdish",
        "lav": "lv latvian",
        "lit": "lt lithuanian",
        "mkd": "mk macedonian",
        "mlt": "mt maltese",
        "msa": "ms malay",
        "mya": "my burmese",
        "nld": "nl dutch",
        "pol": "pl polish",
        "por": "pt portuguese",
        "pus": "ps pashto pushto",
        "ron": "ro romanian",
        "rus": "ru russian",
        "slk": "sk slovak",
        "slv": "sl slovenian",
        "som": "so somali",
        "spa": "es spanish",
        "sqi": "sq albanian",
        "srp": "sr serbian",
        "swe": "sv swedish",
        "tgk": "tg tajik",
        "tha": "th thai",
        "tur": "tr turkish",
        "uig": "ug uighur uyghur",
        "ukr": "uk ukrainian",
        "urd": "ur urdu",
        "uzb": "uz uzbek",
        "vie": "vi vietnamese",
        "zho": "zh chinese",
    }.items()
    for name in names.split()
}


class Cell(NamedTuple):
    """The text of one field and where it stands.

    Attributes:
        text: the text, white space collapsed; ``""`` if the field says nothing.
        at: its locator.
    """

    text: str
    at: str


#: The field that is not there.
NOTHING = Cell("", "")


def cell(text: str, at: str) -> Cell:
    """Return a field with its white space collapsed."""
    return Cell(" ".join(text.split()), at)


def attribute(node: Node, name: str) -> Cell:
    """Return an XML attribute as a field, located as ``/list/entry[3]/@name``."""
    return Cell(node.get(name), f"{node.locator}/@{name}")


def element(node: Node, *path: str) -> Cell:
    """Return the text of the first node at a path as a field, or `NOTHING`."""
    found = node.first(*path)
    return Cell(found.text, found.locator) if found else NOTHING


def add(
    target: Subject, prop: str, field: Cell, value: str | None = None, *, lang: str = ""
) -> None:
    """State a field, or a value read out of it with the field's text as the original."""
    value = field.text if value is None else value
    target.add(prop, value, field.at, lang=lang, original="" if value == field.text else field.text)


def note(target: Subject, label: str, field: Cell) -> None:
    """State a field that has no property of its own, with its label, as free text."""
    if field.text:
        add(target, _FREE_TEXT.get(target.schema, "notes"), field, f"{label}: {field.text}")


def add_dates(
    target: Subject,
    prop: str,
    field: Cell,
    label: str,
    read: Callable[[str], list[str]] = partial_dates,
) -> None:
    """State the dates a field gives, its wording as the original; as a note if it gives none."""
    dates = read(field.text)
    for value in dates:
        add(target, prop, field, value)
    if not dates:
        note(target, label, field)


def numbered(text: str) -> list[str]:
    """Return the items of ``(1) first (2) second`` or ``(a) first (b) second``; else the text."""
    if not _MARK.match(text):
        return [text] if text else []
    return [item for part in _MARK.split(text) if (item := part.strip(" ,;"))]


def add_address(record: Record, target: Subject, at: str, parts: Mapping[str, Cell]) -> None:
    """State an address as an entity of its own and tie it to its target.

    Args:
        record: the record it stands in.
        target: whose address it is; gets its country too.
        at: locator of the address as a whole, for the full text.
        parts: fields by ``Address`` property, in the order an envelope has them; several fields
            of one property have keys such as ``street2.1``, ``street2.2``.
    """
    stated = {key: field for key, field in parts.items() if field.text}
    country = stated.get("country", NOTHING)
    add(target, "country", country)
    if set(stated) <= {"country"}:
        return
    full = ", ".join(field.text for field in stated.values())
    address = subject(record, "Address", derived_id(target.id, "address", full))
    address.add("full", full, at)
    for key, field in stated.items():
        add(address, key.partition(".")[0], field)
    target.add("addressEntity", address.id, at)


def add_document(
    record: Record, target: Subject, schema: str, number: str, field: Cell, kind: str = ""
) -> Subject:
    """State an identity document as an entity of its own, held by the target; return it.

    Args:
        record: the record it stands in.
        target: its holder.
        schema: ``Passport`` or ``Identification``.
        number: its number, read out of the field.
        field: where the number stands.
        kind: what tells documents of the same number apart.
    """
    document = subject(record, schema, derived_id(target.id, schema.lower(), kind, number))
    document.add("holder", target.id, field.at)
    add(document, "number", field, number)
    return document


def not_empty(items: Iterable[Record | Reject], what: str) -> Iterator[Record | Reject]:
    """Yield the items of a source.

    Raises:
        FormatError: there was no record among them.
    """
    found = False
    for item in items:
        found = found or isinstance(item, Record)
        yield item
    if not found:
        raise FormatError(
            f"no {what} could be read", remedy="an official list is never empty: fetch it again"
        )
