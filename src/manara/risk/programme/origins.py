"""Where each input of a programme comes from: experts, the owner, or the values it begins with."""

from __future__ import annotations

import msgspec

from manara.model import phrase
from manara.risk.plan import read_measures
from manara.risk.programme.assessment import Assessed
from manara.risk.programme.folder import MEASURES, Assumptions
from manara.risk.programme.opinions import ASSUMED, RATE, Opinion

#: Words for the inputs that nobody measured, and for those that experts may speak of.
INPUTS = {
    "comparable": phrase("places like a site in its area"),
    "prominence_odds": phrase("odds for a step of prominence"),
    "success_unprotected": phrase("chance of success without any protection"),
    "success_protected": phrase("chance of success with all protection"),
    "usual_rate": phrase("incidents a year where none are known"),
    "sizes": phrase("killed, from where each band of severity begins"),
    "tail": phrase("exponent of the sizes of attacks, and its band"),
    "strength": phrase("strength of the partly adaptive attacker"),
    "unconventional": phrase("share of unconventional attacks"),
    "return_period": phrase("years of the loss to plan for"),
    "rate": phrase("attempts a year"),
    "likelihood": phrase("likelihood that a measure leaves"),
    "consequence": phrase("loss that a measure leaves"),
}


class Origin(msgspec.Struct, frozen=True):
    """One assumption, and whose it is.

    Attributes:
        name: as in `risk.toml`.
        value: that is used.
        origin: ``experts``, ``owner``, or ``default`` where it is as every programme begins.
    """

    name: str
    value: float | int | tuple[float, ...]
    origin: str


class Replaced(msgspec.Struct, frozen=True):
    """An input that experts were asked for, and what would be used without them.

    Attributes:
        opinion: what they say.
        before: see above.
    """

    opinion: Opinion
    before: float


def origins(found: Assessed) -> list[Origin]:
    """Return all assumptions with whose they are."""
    stated, used, default = (
        found.folder.settings.assumptions,
        found.settings.assumptions,
        Assumptions(),
    )
    asked = {one.input for one in found.one.opinions.inputs}
    told = []
    for name in Assumptions.__struct_fields__:
        whose = "default" if getattr(stated, name) == getattr(default, name) else "owner"
        told.append(Origin(name, getattr(used, name), "experts" if name in asked else whose))
    return told


def replaced(found: Assessed) -> list[Replaced]:
    """Return the inputs that experts speak of, each beside what would be used without them."""
    return [Replaced(one, _before(found, one)) for one in found.one.opinions.inputs]


def _before(found: Assessed, one: Opinion) -> float:
    if one.input in ASSUMED:
        return float(getattr(found.folder.settings.assumptions, one.input))
    if one.input == RATE:
        threat = found.one.threat
        known = {(rate.area, rate.kind): rate for rate in threat.rates} if threat else {}
        rate = known.get((one.about[0], one.about[1])) or known.get((one.about[0], ""))
        return rate.per_year.value if rate else found.settings.assumptions.usual_rate
    names = found.one.exposure.targets.names
    measures = read_measures(found.folder.file(MEASURES), names)
    pairs = zip(measures.site.tolist(), measures.ids, strict=True)
    at = next(k for k, (site, name) in enumerate(pairs) if (names[site], name) == one.about)
    return float(getattr(measures, one.input)[at])
