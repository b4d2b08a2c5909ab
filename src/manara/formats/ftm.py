"""FollowTheMoney JSON lines: one entity a line, with the entities nested in it if there are any.

The line format is that of `followthemoney`'s ``to_dict`` and of OpenSanctions' exports
``entities.ftm.json`` and ``targets.nested.json``. Two things go beyond it:

* Entities whose schema only Manara knows carry it in an envelope, ``"manara": {"schema": …,
  "properties": …}``, beside a fallback that every reader of the format understands. Where the
  envelope is, it is what is read, and so are the ``unplaced`` statements in it.
* ``referents``, the ids a publisher merged into this entity, are kept: each as a statement of the
  property `EXISTS` whose value is that other id.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec

from manara.formats.base import Format, Head, Match
from manara.formats.catalogue import catalogue
from manara.formats.payment import UnusableError, amount, currency, moment
from manara.model import (
    EXISTS,
    FormatError,
    Record,
    Reject,
    Stated,
    StatedEvent,
    Value,
    vocabulary,
)

#: Longest line in bytes. The reference implementation refuses entities of more than 50 MiB.
MAX_LINE = 64 * 1024 * 1024

#: Dataset of a file that does not name a single one.
DATASET = "ftm"

#: Columns of the table of payments by property of ``Payment``.
_PAYMENT = {
    "payer": "payer",
    "beneficiary": "payee",
    "payerAccount": "payer_account",
    "beneficiaryAccount": "payee_account",
    "purpose": "purpose",
    "transactionNumber": "reference",
}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LOOKS_LIKE_ENTITY = re.compile(
    rb'^\s*\{(?=.*"schema"\s*:\s*")(?=.*"properties"\s*:\s*\{)', re.DOTALL
)


class _Unplaced(msgspec.Struct, gc=False):
    schema: str
    prop: str
    value: str


class _Envelope(msgspec.Struct, gc=False):
    schema: str
    properties: dict[str, list[str]]
    unplaced: list[_Unplaced] = msgspec.field(default_factory=list)


class _Entity(msgspec.Struct, gc=False):
    id: str
    schema: str
    properties: dict[str, list[str]]
    referents: list[str] = msgspec.field(default_factory=list)
    manara: _Envelope | None = None


_ENTITY = msgspec.json.Decoder(_Entity)
# Stated's own constructor is a Python function: it would be half the time of the whole reader.
_stated = cast("Callable[[tuple[str, ...]], Stated]", partial(tuple.__new__, Stated))


def recognise(head: Head) -> Match | None:
    """Return a match if the first lines are entities; see `Format`."""
    lines = head.data.removeprefix(codecs.BOM_UTF8).split(b"\n")
    if len(lines) == 1 and len(head.data) > 1024 and _LOOKS_LIKE_ENTITY.match(lines[0]):
        return Match(DATASET)
    entities = [entity for entity in map(_decoded, lines) if _is_entity(entity)]
    if not entities:
        return None
    return Match(one_dataset([entity.get("datasets") for entity in entities], DATASET, "ftm"))


def one_dataset(stated: list[Any], default: str, form: str) -> str:
    """Return the dataset that all the records name alone.

    What others have made of an official list never takes the place of its own editions: it is a
    dataset beside it, such as ``un_sc_sanctions_ftm``.

    Args:
        stated: what each record says, a list of names if all is well.
        default: the dataset if they do not all name the same one.
        form: what to add to the name of an official list.
    """
    first = stated[0] if stated else None
    if not isinstance(first, list) or len(first) != 1 or any(names != first for names in stated):
        return default
    name = first[0]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return default
    return f"{name}_{form}" if any(name == entry.dataset for entry in catalogue()) else name


def read(path: Path) -> Iterator[Record | Reject]:
    """Yield one record a line, and what of it cannot be used as rejects; see `Format`.

    Raises:
        FormatError: a line is not UTF-8 or longer than `MAX_LINE`, or the last one is cut off.
    """
    decode = _ENTITY.decode
    with path.open("rb", buffering=1024 * 1024) as file:
        for number, line in enumerate(iter(partial(file.readline, MAX_LINE + 1), b""), 1):
            locator = f"line {number}"
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            _check(line, locator)
            try:
                entity = decode(line)
            except (msgspec.DecodeError, RecursionError):
                if line.strip():
                    yield from _uncommon(line, locator)
                continue
            own = entity.manara or entity
            entity_id, schema = entity.id, own.schema
            if not entity_id or not schema or _CONTROL.search(entity_id):
                yield from _uncommon(line, locator)
                continue
            stated = [
                _stated((entity_id, schema, prop, value, locator, "", ""))
                for prop, values in own.properties.items()
                for value in values
                if value
            ]
            if entity.manara:
                stated += _unplaced(entity_id, entity.manara, locator)
            if entity.referents or not stated:
                stated += _identity(entity_id, schema, entity.referents, bool(stated), locator)
            if schema != "Payment":
                yield Record(locator, stated)
                continue
            try:
                yield Record(locator, stated, payment_events(own.properties, locator))
            except UnusableError as error:
                yield Record(locator, stated)
                yield error.reject(locator, line.decode(errors="replace"))


FORMAT = Format("ftm-json", "FollowTheMoney JSON lines", "2", recognise, read)


def payment_events(
    properties: Mapping[str, Sequence[str]], locator: str
) -> tuple[StatedEvent, ...]:
    """Return the payment that an entity of schema ``Payment`` is; none if it is not told whole.

    Raises:
        UnusableError: its date, amount or currency is none.
    """
    said = {prop: values[0] for prop, values in properties.items() if values and values[0]}
    day, sum_ = said.get("date") or said.get("startDate", ""), said.get("amount", "")
    if not (day and sum_ and "currency" in said):
        return ()
    time, precision = moment(f"{day}-01-01"[:10] if len(day) == 4 else day)
    values: dict[str, Value] = {
        column: said[prop] for prop, column in _PAYMENT.items() if prop in said
    }
    values |= {"time": time, "amount": amount(sum_), "currency": currency(said["currency"])}
    if len(day) == 4 or precision:
        values["time_precision"] = "year" if len(day) == 4 else precision
    return (StatedEvent("payments", values, locator),)


def _decoded(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _is_entity(data: Any) -> bool:
    return (
        isinstance(data, dict)
        and isinstance(data.get("schema"), str)
        and isinstance(data.get("properties"), dict)
    )


def _check(line: bytes, locator: str) -> None:
    """Raise if a line is too long or not UTF-8, also where the decoder would pass over it."""
    if len(line) > MAX_LINE:
        raise FormatError(f"a line of more than {MAX_LINE // 2**20} MiB", where=locator)
    if not line.isascii():
        try:
            line.decode()
        except UnicodeDecodeError as error:
            raise FormatError(
                "bytes that are not UTF-8",
                where=locator,
                remedy="fetch the file again or convert it to UTF-8",
            ) from error


def _unplaced(entity_id: str, envelope: _Envelope, locator: str) -> list[Stated]:
    """Return what is stated of an entity by sources that take it for another kind of thing."""
    return [
        Stated(entity_id, other.schema, other.prop, other.value, locator)
        for other in envelope.unplaced
        if other.value
    ]


def _identity(
    entity_id: str, schema: str, referents: list[str], known: bool, locator: str
) -> Iterator[Stated]:
    """Yield what is stated of the id itself: that it exists, and which ids are the same."""
    if not known:
        yield Stated(entity_id, schema, EXISTS, entity_id, locator)
    for referent in referents:
        if referent and referent != entity_id:
            yield Stated(entity_id, schema, EXISTS, referent, locator)


def _uncommon(line: bytes, locator: str) -> Iterator[Record | Reject]:
    """Yield what can be used of a line that is not a plain entity, and rejects for the rest."""
    excerpt = line[:500].decode(errors="replace").strip()
    try:
        data = msgspec.json.decode(line)
        unfolded = _Unfolded(locator)
        if unfolded.add(data):
            yield Record(locator, list(unfolded.stated))
        yield from unfolded.rejects
    except RecursionError:
        yield Reject(locator, "json", "nested too deeply", excerpt)
    except msgspec.DecodeError as error:
        if not line.endswith(b"\n"):
            raise FormatError(
                "the file is cut off in its last line",
                where=locator,
                remedy="fetch the file again",
            ) from error
        yield Reject(locator, "json", str(error), excerpt)


def _problem(data: Any) -> tuple[str, str] | None:
    """Return the rule by which something is no entity, and the rule in words, or None."""
    if not isinstance(data, dict):
        return "entity", "not an entity"
    own = data.get("manara") or data
    entity_id = data.get("id")
    if not isinstance(entity_id, str) or not entity_id or _CONTROL.search(entity_id):
        return "id", "an entity without a usable id"
    if not isinstance(own, dict) or not isinstance(own.get("schema"), str) or not own["schema"]:
        return "schema", f"entity {entity_id[:200]} has no schema"
    if not isinstance(own.get("properties"), dict) or not isinstance(own.get("unplaced", []), list):
        return "entity", f"entity {entity_id[:200]} has no properties"
    return None


class _Unfolded:
    """The entities of one line, nested ones unfolded, and what of them cannot be used."""

    def __init__(self, locator: str) -> None:
        self.locator = locator
        self.known: set[str] = set()
        self.stated: dict[Stated, None] = {}
        self.rejects: list[Reject] = []

    def add(self, data: Any) -> tuple[str, str] | None:
        """Add an entity; return its id and schema, or None if it is none."""
        if problem := _problem(data):
            self._reject(*problem, data)
            return None
        own = data.get("manara") or data
        entity_id, schema = data["id"], own["schema"]
        for prop, values in own["properties"].items():
            for value in values if isinstance(values, list) else [values]:
                self._add_value(entity_id, schema, prop, value)
        for other in own.get("unplaced", ()):
            self._add_unplaced(entity_id, other)
        referents = data.get("referents")
        ids = [r for r in referents if isinstance(r, str)] if isinstance(referents, list) else []
        known = entity_id in self.known
        self.stated |= dict.fromkeys(_identity(entity_id, schema, ids, known, self.locator))
        return entity_id, schema

    def _add_value(self, entity_id: str, schema: str, prop: str, value: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            value = "true" if value else "false"
        if isinstance(value, str | int | float):
            self._state(entity_id, schema, prop, str(value))
        elif isinstance(value, dict):
            if other := self.add(value):
                self._refer(entity_id, schema, prop, *other)
        else:
            self._reject(
                "value", f"a value of {prop[:200]} of entity {entity_id[:200]} is not text", value
            )

    def _add_unplaced(self, entity_id: str, other: Any) -> None:
        try:
            unplaced = msgspec.convert(other, _Unplaced)
        except msgspec.ValidationError as error:
            self._reject("value", f"an unplaced statement of entity {entity_id}: {error}", other)
        else:
            if unplaced.value:
                self._state(entity_id, unplaced.schema, unplaced.prop, unplaced.value)

    def _refer(self, entity_id: str, schema: str, prop: str, other: str, other_schema: str) -> None:
        """State a reference by the property that holds it: a reverse one holds nothing."""
        known = vocabulary().get(schema)
        found = known.get(prop) if known else None
        if found is not None and found.stub and found.reverse:
            self._state(other, other_schema, found.reverse, entity_id)
        else:
            self._state(entity_id, schema, prop, other)

    def _state(self, entity_id: str, schema: str, prop: str, value: str) -> None:
        self.known.add(entity_id)
        self.stated[Stated(entity_id, schema, prop, value, self.locator)] = None

    def _reject(self, rule: str, reason: str, data: Any) -> None:
        excerpt = msgspec.json.encode(data).decode(errors="replace")[:500]
        self.rejects.append(Reject(self.locator, rule, reason, excerpt))
