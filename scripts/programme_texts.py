"""What a risk programme can say, and its catalogues: run it as a script to bring them up to date.

As ``scripts/lead_texts.py``, for findings, charts, register and report:
``src/manara/risk/programme/locale/*/LC_MESSAGES/programme.po``.
"""

from __future__ import annotations

from collections.abc import Iterator

from babel.messages.catalog import Catalog
from jinja2 import Environment, nodes

from lead_texts import HOME, Template, bring_up_to_date, said_in, translated
from manara.risk.plan import catalogue as kinds
from manara.risk.programme.actions import checklist
from manara.risk.programme.folder import Settings

PROGRAMME = HOME / "risk" / "programme"
LOCALE = PROGRAMME / "locale"

#: Names of numbers of a measure that nobody has set.
_NUMBERS = ("cost", "upkeep", "life", "likelihood", "consequence")


def templates() -> list[Template]:
    """Return all that a programme can say, each once, in the order of the sources."""
    return list(dict.fromkeys([*_in_code(), *_in_pages(), *_in_data()]))


def _in_code() -> Iterator[Template]:
    for path in (*sorted(PROGRAMME.glob("*.py")), HOME / "risk" / "threat" / "__init__.py"):
        yield from said_in(path)


def _in_pages() -> Iterator[str]:
    for path in sorted((PROGRAMME / "pages").glob("*.html")):
        tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
        for node in tree.find_all(nodes.Call):
            if isinstance(node.node, nodes.Name) and node.node.name in ("say", "phrase"):
                yield from (one.value for one in node.args if isinstance(one, nodes.Const))


def _in_data() -> Iterator[str]:
    for item in checklist():
        yield from (item.do, item.trigger)
    yield from (kind.title for kind in kinds().measures)
    yield Settings("", "").owner
    yield from _NUMBERS


def catalogue(code: str) -> Catalog:
    """Return what is translated into a language."""
    return translated(LOCALE, code, "programme")


if __name__ == "__main__":
    bring_up_to_date(LOCALE, "programme", "# What a risk programme says. Apache-2.0.", templates())
