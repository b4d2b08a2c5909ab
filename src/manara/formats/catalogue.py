"""The official lists Manara knows how to read, as data: `catalogue.yaml` beside this module."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec


class CatalogueEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One official list in one form.

    Attributes:
        dataset: name of the dataset its files are editions of.
        title: what its publisher calls it.
        publisher: who publishes it.
        country: the publisher's country, ISO 3166-1 alpha-2 in small letters, ``eu``, or ``""`` for
            a publisher of the whole world.
        licence: what one may do with it.
        address: URL of the download.
        format: name of the format, see `manara.formats.get`, or ``""`` where it takes a mapping.
        rhythm: how often it changes; ``closed`` if it no longer does.
        note: what else one has to know to use it, else ``""``.
    """

    dataset: str
    title: str
    publisher: str
    country: str
    licence: str
    address: str
    format: str
    rhythm: str
    note: str


@cache
def _entries() -> tuple[CatalogueEntry, ...]:
    text = files("manara.formats").joinpath("catalogue.yaml").read_bytes()
    return tuple(msgspec.yaml.decode(text, type=list[CatalogueEntry]))


def catalogue() -> list[CatalogueEntry]:
    """Return the official lists, in the order of the file."""
    return list(_entries())
