"""What leads can say, and its catalogues: ``python scripts/lead_texts.py`` brings them up to date.

Templates stand in `phrase` and `counted` of the detectors and in the data files that ship. Fill the
empty translations in ``src/manara/console/locale/*/LC_MESSAGES/leads.po`` and run it again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import get_args

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import manara
from manara.identity.dates import Calendar
from manara.identity.numbers import kinds, label
from manara.identity.screening.explain import How
from manara.identity.screening.places import FIELDS
from manara.identity.screening.query import KINDS
from manara.identity.screening.signs import CAPPED, NOTES
from manara.model import vocabulary
from manara.money.features import FEATURES
from manara.money.layout import PATTERNS
from manara.money.trade.checks import chapter_titles, checks, codes
from manara.money.typology import innocents, shipped
from manara.network.domains import domains

HOME = Path(manara.__file__).parent
LOCALE = HOME / "console" / "locale"
LANGUAGES = ("fr", "ar")

#: Of all catalogues, so that a run without change writes the same bytes.
SINCE = datetime(2026, 11, 23, tzinfo=UTC)

#: Ways in which a query and a list meet that have sentences of their own.
_SENTENCES = ("no counterpart", "not asked for", "agrees", "contradicts", "same number", "whole")

#: One template, or singular and plural.
Template = str | tuple[str, str]


def templates() -> list[Template]:
    """Return all that leads can say, each once, in the order of the sources."""
    return list(dict.fromkeys([*_in_code(), *filter(None, _in_data())]))


def _in_code() -> Iterator[Template]:
    for package in ("identity", "model", "money", "network", "cyber"):
        for path in sorted((HOME / package).rglob("*.py")):
            yield from said_in(path)


def said_in(path: Path) -> Iterator[Template]:
    """Yield the templates of a file of Python: of `phrase`, `counted` and methods named ``say``."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            func = node.func
            name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
            texts = [str(one.value) for one in node.args if isinstance(one, ast.Constant)]
            if name in ("phrase", "say") and texts:
                yield texts[0]
            elif name == "counted":
                yield texts[0], texts[1]


def _in_data() -> Iterator[str]:
    for name, domain in domains().items():
        yield from (name, domain.name)
    yield "unknown"
    yield from (schema.name for schema in vocabulary().schemata.values() if schema.edge)
    yield from ("payment", "custody", "movement")
    yield from (feature.meaning for feature in FEATURES.values())
    yield from (one.text for one in innocents().values())
    for one in shipped().values():
        yield from (one.title, one.prior.reason, *(each.reason for each in one.conditions))
    for name, check in checks().items():
        yield from (name, check.title, check.prior.reason, *check.innocent)
    yield from (group.title for group in codes().groups.values())
    yield from codes().lawful_chapters
    yield from chapter_titles().values()
    yield from PATTERNS
    yield from (*dict.fromkeys(NOTES.values()), CAPPED, *get_args(Calendar))
    yield from (how for how in get_args(How) if how not in _SENTENCES)
    yield from (*FIELDS, "birth date", "country", "gender", "kind", *KINDS)
    yield from ("male", "female", "other", *(label(name) for name in kinds()))


def catalogue(code: str) -> Catalog:
    """Return what is translated into a language."""
    return translated(LOCALE, code, "leads")


def translated(locale: Path, code: str, domain: str) -> Catalog:
    """Return a catalogue of texts in a language; empty if there is none yet."""
    path = locale / code / "LC_MESSAGES" / f"{domain}.po"
    return read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale=code)


def bring_up_to_date(locale: Path, domain: str, comment: str, said: list[Template]) -> None:
    """Add what is new to catalogues, drop what is not said any more, and compile them.

    Args:
        locale: folder with one for each language.
        domain: name of the catalogues.
        comment: their first line.
        said: all templates.
    """
    for code in LANGUAGES:
        known, fresh = (
            translated(locale, code, domain),
            Catalog(
                locale=code, project="Manara", creation_date=SINCE, revision_date=SINCE, fuzzy=False
            ),
        )
        fresh.header_comment = comment
        empty = 0
        for one in said:
            had = known.get(one if isinstance(one, str) else one[0])
            fresh.add(one, had.string if had else None)
            empty += not (had and had.string and all(had.string))
        folder = locale / code / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{domain}.po").open("wb") as file:
            write_po(file, fresh, width=100)
        with (folder / f"{domain}.mo").open("wb") as file:
            write_mo(file, fresh)
        print(f"{code}: {len(fresh)} templates, {empty} not translated")


if __name__ == "__main__":
    bring_up_to_date(LOCALE, "leads", "# What leads say. Apache-2.0.", templates())
