"""What a programme found, as plain values in a file, for whoever shows it elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np

from manara import __version__
from manara.risk.plan import Plan, catalogue
from manara.risk.plan import plain as plain_plan
from manara.risk.programme import charts
from manara.risk.programme.assessment import Assessed
from manara.risk.programme.origins import origins, replaced
from manara.risk.programme.register import Register
from manara.risk.programme.screening import Screened
from manara.risk.programme.sitemap import draw_map
from manara.risk.programme.speech import Speech
from manara.risk.programme.summary import sentences
from manara.risk.threat.rates import Rate

_CHARTS: Mapping[str, Callable[[Assessed, Speech], str]] = {
    "map": lambda found, voice: draw_map(found.one.sites, found.one.screened, voice),
    "exceedance": charts.exceedance,
    "attackers": charts.attackers,
    "sites": charts.sites,
    "payers": charts.payers,
}


def pictures(found: Assessed, voice: Speech) -> dict[str, str]:
    """Return the charts of a programme as addresses that hold them (data URIs), by name."""
    # As data, so that names inside one picture never meet those of another.
    return {
        name: "data:image/svg+xml;base64," + base64.b64encode(draw(found, voice).encode()).decode()
        for name, draw in _CHARTS.items()
    }


def moves(found: Assessed) -> list[dict[str, Any]]:
    """Return each site's risk before and after the plan for each attacker, gravest first."""
    plan = found.two.plan
    shifts = {one.attacker: one for one in found.two.attackers}
    order = np.argsort(-shifts["habits"].risk_before, kind="stable").tolist()
    return [
        {
            "site": found.one.sites[at].site,
            "title": found.one.sites[at].title,
            "touched": bool(plan and plan.likelihood[at] * plan.consequence[at] < 1),
            "before": float(shifts["habits"].risk_before[at]),
            "after": {name: float(one.risk_after[at]) for name, one in shifts.items()},
            "factor": float(np.nan_to_num(shifts["logit"].substitution[at], nan=1.0)),
        }
        for at in order
    ]


def rates(found: Assessed) -> list[Rate]:
    """Return the rates that bear on the sites: of their areas, for all kinds and for theirs."""
    areas = {one.area for one in found.one.sites}
    kinds = {"", *(one.kind for one in found.one.sites)}
    known = found.one.threat.rates if found.one.threat else ()
    return [one for one in known if one.area in areas and one.kind in kinds]


def plain_results(
    found: Assessed, register: Register, drawn: Mapping[str, str], voice: Speech
) -> dict[str, Any]:
    """Return what a programme found as JSON values.

    Args:
        found: the programme worked out.
        register: of it, in the language.
        drawn: its charts in the language, see `pictures`.
        voice: the language.
    """
    one, plan, threat = found.one, found.two.plan, found.one.threat
    told: dict[str, Any] = msgspec.to_builtins(
        {
            "version": __version__,
            "language": voice.code,
            "made": found.made,
            "data_date": found.data_date,
            "inputs": found.inputs,
            "settings": found.settings,
            "sentences": sentences(found, voice),
            "charts": drawn,
            "sites": {each.site: each.title for each in one.sites},
            "screened": [_told(each, voice) for each in one.screened],
            "protected": one.protected,
            "own_bands": one.own_bands,
            "threat": threat and {"incidents": threat.incidents, "first": threat.first,
                                  "last": threat.last,
                                  "notes": [each.told(voice) for each in threat.words]},
            "rates": rates(found),
            "origins": origins(found),
            "replaced": replaced(found),
            "experts": one.opinions.scores,
            "outlooks": found.two.outlooks,
            "moves": moves(found),
            "plan": plan_told(plan, voice) if plan else None,
            "today": found.three.today.plain,
            "planned": found.three.planned.plain,
            "unpaid": found.three.planned.unpaid,
            "risks": register.risks,
            "actions": register.actions,
            "rejects": {
                name: [each._asdict() for each in rejects] for name, rejects in one.rejects.items()
            },
        },
        enc_hook=_number,
    )  # fmt: skip
    return told


def plan_told(plan: Plan, voice: Speech) -> dict[str, Any]:
    """Return a plan as plain values, with the titles of its measures in a language."""
    titles = {kind.id: kind.title for kind in catalogue().measures}
    told = plain_plan(plan)
    for row in told["measures"]:
        row["title"] = voice.say(titles.get(row["measure"], row["measure"]))
        row["placeholders"] = [voice.say(name) for name in row["placeholders"]]
    return told


def _told(one: Screened, voice: Speech) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.structs.asdict(one)
    del told["grounds"]
    return told | {"reasons": [each.told(voice) for each in one.grounds]}


def _number(value: object) -> float:
    if isinstance(value, np.floating):
        return float(value)
    raise TypeError(type(value).__name__)
