"""What a request asks for: the parameters of TAXII 2.1 (OASIS, 10 June 2021, section 3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from manara.exchange.taxii.moments import micros
from manara.model import UsageError

#: Most objects of a page, and how many it has where no limit is asked for.
MOST = 1000

_WORDS = ("first", "last", "all")


class Filters(NamedTuple):
    """What is asked for; values of one field are alternatives, all fields must hold.

    Attributes:
        added_after: only what was added after this moment, in microseconds since 1970.
        ids: only objects of these ids; empty for any.
        types: only objects of these types; empty for any.
        words: which versions: ``first``, ``last``, ``all``.
        versions: these versions too, in microseconds since 1970.
        spec_versions: only objects of these versions of STIX; all objects here are of 2.1.
    """

    added_after: int | None = None
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    words: tuple[str, ...] = ("last",)
    versions: tuple[int, ...] = ()
    spec_versions: tuple[str, ...] = ()

    @property
    def impossible(self) -> bool:
        """Whether nothing here can be of a version of STIX that is asked for."""
        return bool(self.spec_versions) and "2.1" not in self.spec_versions


class Asked(NamedTuple):
    """The parameters of a request."""

    filters: Filters
    limit: int
    next: str


def asked(params: Iterable[tuple[str, str]], allowed: Iterable[str]) -> Asked:
    """Return what parameters ask for.

    Args:
        params: names and values; names that TAXII does not have are passed over.
        allowed: fields of ``match`` that make sense for the resource.

    Raises:
        UsageError: a value cannot be understood, or a parameter comes twice.
    """
    known = {f"match[{field}]" for field in allowed}
    said: dict[str, str] = {}
    for name, value in params:
        if name in said:
            raise UsageError("given twice", where=name, remedy="separate values by commas")
        if name.startswith("match[") and name not in known:
            raise UsageError("no such filter here", where=name, remedy=", ".join(sorted(known)))
        said[name] = value
    words, versions = _versions(said)
    after = said.get("added_after")
    filters = Filters(
        None if after is None else _moment("added_after", after),
        _values(said, "match[id]"),
        _values(said, "match[type]"),
        words,
        versions,
        _values(said, "match[spec_version]"),
    )
    return Asked(filters, _limit(said.get("limit")), said.get("next", ""))


def _values(said: dict[str, str], name: str) -> tuple[str, ...]:
    if name not in said:
        return ()
    values = tuple(sorted({value.strip() for value in said[name].split(",")}))
    if not all(values):
        raise UsageError("an empty value", where=name)
    return values


def _versions(said: dict[str, str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    values = _values(said, "match[version]")
    if not values:
        return ("last",), ()
    words = tuple(value for value in values if value in _WORDS)
    moments = {_moment("match[version]", value) for value in values if value not in _WORDS}
    return words, tuple(sorted(moments))


def _moment(where: str, text: str) -> int:
    found = micros(text)
    if found is None:
        raise UsageError("no moment", where=where, remedy="such as 2026-05-31T12:00:00.000000Z")
    return found


def _limit(text: str | None) -> int:
    if text is None:
        return MOST
    if not text.isascii() or not text.isdecimal() or not text.strip("0"):
        raise UsageError("not a whole number from 1", where="limit")
    return min(int(text[:9]), MOST)
