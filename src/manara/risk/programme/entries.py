"""The entries of the register: the steps of ISO 31000 for each site, told in a language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from manara.model import Text, phrase
from manara.risk.programme.actions import MONTH, Action
from manara.risk.programme.assessment import Assessed
from manara.risk.programme.exposure import success_of
from manara.risk.programme.screening import Screened
from manara.risk.programme.speech import Speech
from manara.risk.threat import Span


class Figure(msgspec.Struct, frozen=True):
    """A number and everything needed to doubt it.

    Attributes:
        what: it is.
        value: likely, low and high.
        unit: of it.
        model: that gave it.
        data_date: the day up to which its data are known.
        uncertainty: what low and high mean.
        attacker: that was assumed.
    """

    what: str
    value: Span
    unit: str
    model: str
    data_date: date
    uncertainty: str
    attacker: str


class Risk(msgspec.Struct, frozen=True):
    """One entry of the register: the steps of ISO 31000:2018, clause 6, for one site.

    Attributes:
        id: of the entry.
        site: the site.
        context: what the organisation stated before it looked.
        identification: source, event and consequence in a sentence.
        analysis: numbers.
        evaluation: the criterion and what it says.
        needs_treatment: whether the criterion is broken.
        treatment: what is done.
        actions: ids of the actions.
        owner: who answers for it.
        due: when the next step is due.
        residual: what is left after the plan.
        trigger: what makes us look again.
        evidence: files and places that this rests on.
    """

    id: str
    site: str
    context: str
    identification: str
    analysis: tuple[Figure, ...]
    evaluation: str
    needs_treatment: bool
    treatment: str
    actions: tuple[str, ...]
    owner: str
    due: date
    residual: Figure
    trigger: str
    evidence: tuple[str, ...]


def entry(found: Assessed, one: Screened, actions: Sequence[Action], voice: Speech) -> Risk:
    """Return the entry of one site.

    Args:
        found: the programme worked out.
        one: the site after phase I.
        actions: of the register, told in the language.
        voice: the language.
    """
    settings = found.settings
    at = found.one.exposure.targets.names.index(one.site)
    own = [action for action in actions if action.site == one.site and action.status == "open"]
    measures = [action.do for action in own if action.action.startswith("measure ")]
    names = [
        each.source
        for each in found.one.assessments
        if each.assessor in found.one.protected[one.site].assessors
    ]
    return Risk(
        id=f"{one.site} conventional attack",
        site=one.site,
        context=voice.say(
            "{organisation}; tolerated loss of one site {loss:,.0f} {currency} a year; incidents "
            "up to {day}",
            organisation=settings.organisation,
            loss=settings.criteria.loss,
            currency=settings.currency,
            day=found.data_date,
        ),
        identification=voice.say(
            "An attack on {site}: people harmed, building and contents damaged, work interrupted",
            site=one.title,
        ),
        analysis=tuple(_figures(found, at, voice)),
        evaluation=voice.say(
            "{currency} {risk:,.0f} a year against {criterion:,.0f} tolerated; {reasons:;}",
            currency=settings.currency,
            risk=one.risk,
            criterion=settings.criteria.loss,
            reasons=one.grounds,
        ),
        needs_treatment=one.risk > settings.criteria.loss or one.phase_two,
        treatment=voice.listed(measures, "")
        or (voice.say("phase II, then decide") if one.phase_two else voice.say("retain")),
        actions=tuple(action.action for action in own),
        owner=own[0].owner if own else voice.say(settings.owner),
        due=min((action.due for action in own), default=found.made.date() + 12 * MONTH),
        residual=_residual(found, at, voice),
        trigger=voice.say("an incident in the area, a change of use or prominence, or a year"),
        evidence=("sites.csv", *names, *((settings.incidents,) if settings.incidents else ())),
    )


def _figures(found: Assessed, at: int, voice: Speech) -> Iterator[Figure]:
    exposure, assumed = found.one.exposure, found.settings.assumptions
    targets = exposure.targets
    low, high = exposure.low[at], exposure.high[at]
    interval, bands = phrase("90 % interval of the rate"), _bands(found)

    def told(what: Text, value: Span, unit: Text, model: Text, uncertainty: Text) -> Figure:
        words = [each.told(voice) for each in (what, unit, model, uncertainty)]
        habits = voice.say("fixed habits")
        return Figure(words[0], value, words[1], words[2], found.data_date, words[3], habits)

    attempts, risk = targets.attempts[at], targets.risk[at]
    a_year = phrase("a year")
    yield told(phrase("attempts"), _span(attempts, low, high), a_year, exposure.basis[at], interval)
    success = success_of(found.one.protected.get(exposure.sites[at].site), assumed)
    ends = sorted((assumed.success_protected, assumed.success_unprotected))
    yield told(phrase("chance of success"), Span(success, ends[0], ends[1]), phrase("share"),
               phrase("questionnaire"), phrase("the assumed ends"))  # fmt: skip
    money = phrase("{currency} a year", currency=found.settings.currency)
    yield told(phrase("expected loss"), _span(risk, low, high), money, bands, interval)
    people = attempts * targets.success[at] * exposure.people[at]
    yield told(phrase("people harmed"), _span(people, low, high), a_year, bands, interval)


def _span(value: float, low: float, high: float) -> Span:
    return Span(float(value), float(value * low), float(value * high))


def _bands(found: Assessed) -> Text:
    exponent = found.settings.assumptions.tail[0]
    if found.one.own_bands:
        return phrase(
            "five severity bands, the owner's curves, sizes with exponent {exponent:g}",
            exponent=exponent,
        )
    return phrase(
        "five severity bands, placeholder curves, sizes with exponent {exponent:g}",
        exponent=exponent,
    )


def _residual(found: Assessed, at: int, voice: Speech) -> Figure:
    after = [float(shift.risk_after[at]) for shift in found.two.attackers]
    logit = next(k for k, one in enumerate(found.two.attackers) if one.attacker == "logit")
    return Figure(
        voice.say("expected loss after the plan"),
        Span(after[logit], min(after), max(after)),
        voice.say("{currency} a year", currency=found.settings.currency),
        voice.say("measures' factors on likelihood and consequence"),
        found.data_date,
        voice.say("least and most over three attackers"),
        voice.say("partly adaptive; the band holds fixed habits and fully strategic"),
    )
