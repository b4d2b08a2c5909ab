"""Short and pet forms of given names: Bob for Robert, Pat for Patrick or Patricia.

A short form stands for several names and a name has several short forms, so that they make no
groups as spellings do. ``data/short_forms.tsv`` holds them; it says where they come from.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from manara.identity.names.variants import group_of


@cache
def _stated() -> dict[str, tuple[str, ...]]:
    """Return the full names that each short form stands for."""
    text = files("manara.identity.names").joinpath("data/short_forms.tsv").read_text("utf-8")
    lines = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {short: tuple(full.split()) for short, full in lines}


@cache
def _families() -> dict[str, str]:
    """Return for each name of the table the first of all that short forms connect it with."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for short, full in _stated().items():
        for name in map(_name, (short, *full)):
            one, other = sorted((root(_name(short)), root(name)))
            parent[other] = one
    return {name: root(name) for name in list(parent)}


def _name(word: str) -> str:
    """Return what stands for a word in all its spellings."""
    group = group_of(word)
    return f"group {group}" if group else word


@cache
def _full() -> dict[str, frozenset[str]]:
    """Return the names that each name of the table may stand for, itself among them."""
    found: dict[str, set[str]] = {}
    for short, full in _stated().items():
        names = {_name(word) for word in full}
        found.setdefault(_name(short), {_name(short)}).update(names)
        for name in names:
            found.setdefault(name, {name})
    return {name: frozenset(names) for name, names in found.items()}


def full_names(word: str) -> frozenset[str]:
    """Return the names that a given name may stand for, nothing for a word without short forms.

    Two given names may be one person's if they have one of these in common.

    Args:
        word: one word as :func:`manara.identity.names.name_tokens` gives it.
    """
    return _full().get(_name(word), frozenset())


@cache
def _related() -> dict[str, frozenset[str]]:
    written = {_name(word): word for pair in _stated().items() for word in (pair[0], *pair[1])}
    found: dict[str, set[str]] = {}
    for name, full in _full().items():
        for one in full:
            found.setdefault(one, set()).add(name)
    return {
        name: frozenset(written[other] for one in full for other in found[one] if other != name)
        for name, full in _full().items()
    }


def related(word: str) -> frozenset[str]:
    """Return given names that may be one person's name beside this one: Bob and Rob for Robert.

    Args:
        word: one word as :func:`manara.identity.names.name_tokens` gives it.
    """
    return _related().get(_name(word), frozenset())


def name_family(word: str) -> str:
    """Return one key for all names that short forms connect with a word, "" for other words."""
    return _families().get(_name(word), "")
