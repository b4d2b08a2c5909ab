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

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import manara
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

#: One template, or singular and plural.
Template = str | tuple[str, str]


def templates() -> list[Template]:
    """Return all that leads can say, each once, in the order of the sources."""
    return list(dict.fromkeys([*_in_code(), *filter(None, _in_data())]))


def _in_code() -> Iterator[Template]:
    for package in ("model", "money", "network", "cyber"):
        for path in sorted((HOME / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
                    if node.func.id == "phrase" and texts:
                        yield texts[0]
                    elif node.func.id == "counted":
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


def catalogue(code: str) -> Catalog:
    """Return what is translated into a language."""
    path = LOCALE / code / "LC_MESSAGES" / "leads.po"
    return read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale=code)


def main() -> None:
    """Add what is new to the catalogues, drop what is not said any more, and compile them."""
    for code in LANGUAGES:
        known, fresh = (
            catalogue(code),
            Catalog(
                locale=code, project="Manara", creation_date=SINCE, revision_date=SINCE, fuzzy=False
            ),
        )
        fresh.header_comment = "# What leads say. Apache-2.0."
        empty = 0
        for one in templates():
            had = known.get(one if isinstance(one, str) else one[0])
            fresh.add(one, had.string if had else None)
            empty += not (had and had.string and all(had.string))
        folder = LOCALE / code / "LC_MESSAGES"
        with (folder / "leads.po").open("wb") as file:
            write_po(file, fresh, width=100)
        with (folder / "leads.mo").open("wb") as file:
            write_mo(file, fresh)
        print(f"{code}: {len(fresh)} templates, {empty} not translated")


if __name__ == "__main__":
    main()
