"""The report for the board in a language: HTML, the same as PDF, and tables for actuaries."""

from __future__ import annotations

import csv
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from manara import __version__
from manara.model import UsageError, phrase
from manara.risk.cover import PARTS
from manara.risk.losses import tables
from manara.risk.programme import charts
from manara.risk.programme.assessment import Assessed
from manara.risk.programme.folder import RESULTS, named
from manara.risk.programme.origins import INPUTS, origins, replaced
from manara.risk.programme.outlook import ATTACKERS
from manara.risk.programme.published import banded, published_context
from manara.risk.programme.questionnaire import questions
from manara.risk.programme.register import make_register
from manara.risk.programme.results import moves, pictures, plain_results, plan_told, rates
from manara.risk.programme.speech import Speech, speech
from manara.risk.programme.summary import sentences


class Made(NamedTuple):
    """What was written.

    Attributes:
        files: paths.
        notes: what was left out, and why.
        sentences: the findings; none of a published page.
    """

    files: list[Path]
    notes: list[str]
    sentences: list[str]


def write_report(
    found: Assessed,
    out: Path,
    *,
    published: bool = False,
    language: str = "en",
    printing: bool = True,
) -> Made:
    """Write the report of a programme.

    Args:
        found: the programme worked out.
        out: folder; made if need be.
        published: bands only, no site named and no ranking; no tables.
        language: a key of `manara.risk.programme.speech.LANGUAGES`.
        printing: make the PDF too; else `printed` does, when it is asked for.
    """
    out.mkdir(parents=True, exist_ok=True)
    name, voice = "published" if published else "report", speech(language)
    context = published_context(found) if published else _context(found, voice)
    page = _environment(language).get_template(f"{name}.html").render(context)
    html = out / named(f"{name}.html", language)
    _replace(html, page.encode())
    files = [html]
    notes: list[str] = []
    html.with_suffix(".pdf").unlink(missing_ok=True)
    if printing and find_spec("weasyprint"):
        files.append(printed(html))
    elif printing:
        notes.append("no PDF: WeasyPrint is not there (pip install 'manara[pdf]')")
    if not published:
        told = plain_results(found, context["register"], context["charts"], voice)
        files.append(out / named(RESULTS, language))
        _replace(files[-1], msgspec.json.encode(told))
        files += _tables(found, out / "tables")
    return Made(files, notes, [] if published else context["sentences"])


@cache
def _environment(language: str) -> Environment:
    found = Environment(
        loader=PackageLoader("manara.risk.programme", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    voice = speech(language)
    found.globals |= {"voice": voice, "say": voice.say, "phrase": phrase}
    found.filters |= {
        "money": voice.amount,
        "number": voice.number,
        "small": voice.small,
        "places": lambda value, places: voice.written(float(value), f".{places}f"),
        "day": voice.day,
        "moment": voice.time,
        "share": lambda value: voice.say("not known") if value is None else voice.share(value),
        "banded": lambda value: banded(value).told(voice),
        "told": lambda text: text.told(voice),
    }
    return found


def _context(found: Assessed, voice: Speech) -> dict[str, Any]:
    plan = found.two.plan
    return {
        "found": found,
        "settings": found.settings,
        "currency": found.settings.currency,
        "version": __version__,
        "sentences": sentences(found, voice),
        "charts": pictures(found, voice),
        "register": make_register(found, voice),
        "categories": questions(voice.code).categories,
        "titles": {one.site: one.title for one in found.one.sites},
        "attackers": ATTACKERS,
        "payers": charts.PAYERS,
        "parts": PARTS,
        "rates": rates(found),
        "sizes": tuple(map(int, found.settings.assumptions.sizes)),
        "inputs": INPUTS,
        "origins": origins(found),
        "replaced": replaced(found),
        "plan": plan_told(plan, voice) if plan else None,
        "moves": moves(found),
    }


def printed(page: Path) -> Path:
    """Return the PDF of a page that `write_report` wrote, made now if it is not there.

    Raises:
        UsageError: WeasyPrint is not there.
    """
    path = page.with_suffix(".pdf")
    if path.is_file():
        return path
    if not find_spec("weasyprint"):
        raise UsageError("no PDF without WeasyPrint", remedy="pip install 'manara[pdf]'")
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    # The pictures are in the page: nothing else is read, and nothing fetched.
    own = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    _replace(path, bytes(HTML(string=page.read_text("utf-8"), url_fetcher=own).write_pdf()))
    return path


def _tables(found: Assessed, folder: Path) -> list[Path]:
    """Write losses as tables of Open Results Data, today and planned, under fixed habits."""
    folder.mkdir(parents=True, exist_ok=True)
    bands = found.one.exposure.chances.shape[1]
    names = [(one.site, band + 1) for one in found.one.sites for band in range(bands)]
    with (folder / "events.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("EventId", "site", "band"))
        rows.writerows((at, *name) for at, name in enumerate(names, 1))
    made = [folder / "events.csv"]
    for at, state in enumerate(("today", "plan")):
        curves, money = found.two.curves[at], found.two.plights[at].money
        numbers = np.arange(1, len(names) + 1)
        told = tables.of_rates(numbers, money, curves.events.rate, curves.likely)
        for kind in ("csv", "parquet"):
            tables.write(folder / state, "gul", told, kind)
        made.append(folder / state)
    return made


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
