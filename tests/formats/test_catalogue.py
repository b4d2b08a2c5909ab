"""The catalogue of official lists: whole, and in step with the readers."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from manara import formats
from manara.formats import CatalogueEntry, catalogue

DATA = Path(__file__).parent / "data"


def named(entry: CatalogueEntry) -> str:
    return f"{entry.dataset}-{entry.format}"


@pytest.mark.parametrize("entry", catalogue(), ids=named)
def test_an_entry_says_what_one_needs(entry: CatalogueEntry) -> None:
    for text in (entry.dataset, entry.title, entry.publisher, entry.licence, entry.rhythm):
        assert text == text.strip() != ""
    assert entry.country == "" or (len(entry.country) == 2 and entry.country.islower())
    address = urlsplit(entry.address)
    assert address.scheme == "https"
    assert address.path.strip("/")
    if entry.format:
        formats.get(entry.format)
    else:
        assert "mapping" in entry.note


def test_addresses_and_titles_are_unique() -> None:
    entries = catalogue()
    assert len({entry.address for entry in entries}) == len(entries)
    assert len({entry.title for entry in entries}) == len(entries)


def test_the_lists_everybody_screens_against_are_there() -> None:
    assert {
        "un_sc_sanctions",
        "us_ofac_sdn",
        "us_ofac_cons",
        "eu_fsf",
        "gb_fcdo_sanctions",
        "ca_dfatd_sema_sanctions",
        "au_dfat_sanctions",
        "us_bis_denied",
    } <= {entry.dataset for entry in catalogue()}


def test_a_token_in_an_address_is_explained() -> None:
    for entry in catalogue():
        if "token=" in entry.address:
            assert "token" in entry.note


def test_readers_name_the_datasets_as_the_catalogue_does() -> None:
    listed: dict[str, set[str]] = {}
    for entry in catalogue():
        listed.setdefault(entry.format, set()).add(entry.dataset)
    for path in sorted((DATA / "lists").iterdir()):
        known, match = formats.recognise(path)
        if known.name in listed:
            assert match.dataset in listed[known.name], path.name


def test_a_caller_cannot_change_the_catalogue() -> None:
    catalogue().clear()
    assert catalogue()
