"""How a page is made: templates, languages, the policy that keeps scripts of others out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, partial
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from manara.casework.accounts import Right
from manara.console.access import Visit
from manara.console.pages.assets import address
from manara.console.pages.case_words import CASE_WORDS
from manara.console.pages.exchange_words import EXCHANGE_WORDS
from manara.console.pages.exercise_words import EXERCISE_WORDS
from manara.console.pages.hearing import heard_html
from manara.console.pages.languages import LANGUAGES, Tongue, preferred, tongue
from manara.console.pages.risk_words import RISK_WORDS
from manara.console.pages.sentences import sentence_html, strange, told_html
from manara.console.pages.value_words import value_label
from manara.console.pages.words import (
    EVENTS,
    N_,
    OUTCOMES,
    REQUESTS,
    kind_label,
    kind_of_tie,
    prop_label,
    purpose_label,
    role_label,
    schema_label,
)

THEMES = ("auto", "light", "dark")

#: How a lead's severity is told, by its number.
SEVERITIES = {1: N_("low"), 2: N_("medium"), 3: N_("high"), 4: N_("critical")}


class Entry(NamedTuple):
    """One entry of the navigation.

    Attributes:
        path: where it leads.
        label: what it is called.
        key: pressed after ``g``.
        right: without which it is not shown; None for everybody.
    """

    path: str
    label: str
    key: str
    right: Right | None = None


ENTRIES = (
    Entry("/", N_("Today"), "t"),
    Entry("/leads", N_("Leads"), "l"),
    Entry("/search", N_("Search"), "s"),
    Entry("/review", N_("Review"), "r"),
    Entry("/graph", N_("Graph"), "g"),
    Entry("/map", N_("Map"), "m"),
    Entry("/cases", N_("Cases"), "c"),
    Entry("/partners", N_("Partners"), "p"),
    Entry("/sources", N_("Sources"), "o"),
    Entry("/risk", N_("Risk"), "k", Right.PROTECT),
    Entry("/admin", N_("Administration"), "a"),
)


def render(
    request: Request, visit: Visit | None, name: str, *, status: int = 200, **data: Any
) -> Response:
    """Return a page in the language and look that its reader wants.

    Args:
        request: what asks for it.
        visit: who asks; None before anybody has signed in.
        name: the template.
        status: HTTP status.
        data: what the template shows.
    """
    # An error is told within the page of whoever has signed in.
    visit = visit or getattr(request.state, "visit", None)
    spoken = spoken_in(request, visit)
    theme = request.cookies.get("theme", "auto")
    page = _environment(spoken.code).get_template(name)
    text = page.render(
        request=request,
        path=request.url.path,
        visit=visit,
        theme=theme if theme in THEMES else "auto",
        here=_entry_of(request.url.path),
        entries=[one for one in ENTRIES if not one.right or (visit and one.right in visit.rights)],
        play=getattr(request.app.state, "play", None),
        **data,
    )
    return HTMLResponse(text, status, {"Vary": "Accept-Language, Cookie"})


def spoken_in(request: Request, visit: Visit | None) -> Tongue:
    """Return the language of a request: chosen here, else the account's, else the browser's."""
    chosen = request.cookies.get("language", "")
    if chosen in LANGUAGES:
        return tongue(chosen)
    if visit and visit.language:
        return tongue(visit.language.partition("-")[0])
    return tongue(preferred(request.headers.get("accept-language", "")))


def keep(request: Request, response: Response, name: str, value: str) -> None:
    """Keep a value in the browser for a year, out of the reach of scripts and of other sites."""
    response.set_cookie(
        name,
        value,
        max_age=31_536_000,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def page_router() -> APIRouter:
    """Return a router for pages, which the description of the API leaves out."""
    return APIRouter(include_in_schema=False)


def _entry_of(path: str) -> str:
    """Return the path of the entry that a page belongs to."""
    if path.startswith("/entity"):
        return "/search"
    inside = [
        one.path for one in ENTRIES if one.path != "/" and f"{path}/".startswith(f"{one.path}/")
    ]
    return inside[0] if inside else path


@cache
def _environment(code: str) -> Environment:
    made = Environment(
        loader=PackageLoader("manara.console"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    spoken = tongue(code)
    made.install_gettext_translations(spoken.catalogue, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "tongue": spoken,
        "towards": "→" if spoken.direction == "ltr" else "←",
        "languages": LANGUAGES,
        "themes": THEMES,
        "severities": SEVERITIES,
        "asset": address,
    }
    made.filters |= {
        "say": spoken.say,
        "told": spoken.told,
        "told_html": lambda one: told_html(one, spoken),
        "heard": lambda text: heard_html(text, spoken),
        "strange": lambda finding: strange(finding, spoken),
        "worded": lambda text: sentence_html(text, spoken),
        "sentence": lambda text: spoken.template(text, "", 1),
        "number": spoken.number,
        "percent": spoken.percent,
        "share": spoken.share,
        "amount": spoken.amount,
        "small": spoken.small,
        "day": spoken.day,
        "moment": spoken.time,
        "moment_of": lambda text: spoken.time(datetime.fromisoformat(text)),
        "day_of": lambda text: spoken.day(date.fromisoformat(text)),
        "listed": spoken.listed,
        "kind": lambda name: spoken.say(kind_label(name)),
        "schema": lambda name: spoken.say(schema_label(name)),
        "prop": lambda name: spoken.say(prop_label(name)),
        "tie": lambda name: kind_of_tie(name, spoken.say),
        "event": lambda table: spoken.say(EVENTS.get(str(table), str(table))),
        "outcome": lambda name: spoken.say(OUTCOMES.get(str(name), str(name))),
        "asked_state": lambda name: spoken.say(REQUESTS.get(str(name), str(name))),
        "purpose": lambda name: spoken.say(purpose_label(name)),
        "role": lambda name: spoken.say(role_label(str(name))),
        "money": spoken.money,
        "value": lambda value, schema, prop: value_label(value, schema, prop, spoken),
    }
    known = {**CASE_WORDS, **EXCHANGE_WORDS, **EXERCISE_WORDS, **RISK_WORDS}
    for name, words in known.items():
        made.filters[name] = partial(_word, words, spoken)
    return made


def _word(words: Mapping[str, str], spoken: Tongue, name: str) -> str:
    return spoken.say(words.get(name, name))
