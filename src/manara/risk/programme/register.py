"""The risk register: every step of ISO 31000 for every site, every number with what it rests on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
import yaml

from manara.model import FormatError, NotFoundError, UsageError
from manara.risk.oed import read_table
from manara.risk.plan import catalogue
from manara.risk.programme.assessment import Assessed
from manara.risk.programme.exposure import success_of
from manara.risk.programme.folder import ACTIONS, Folder
from manara.risk.programme.questionnaire import questions
from manara.risk.programme.screening import Screened
from manara.risk.threat import Span

#: Columns of `actions.csv`; what a person changes there is kept.
COLUMNS = ("action", "site", "do", "owner", "due", "trigger", "evidence", "status")

#: States of an action.
STATES = ("open", "done", "dropped")

#: What a spreadsheet takes for the beginning of a formula; a text may be empty.
_FORMULA = tuple("=+-@\t\r")

_MONTH = timedelta(days=365.25 / 12)

#: Months until measures of the plan, and gaps that assessors found, are due.
_MEASURE_DUE, _GAP_DUE = 12, 6

#: Gaps of one site that become actions: the gravest, so that the list can be worked off.
_GAPS = 3


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


class Action(msgspec.Struct, frozen=True):
    """Something to be done by somebody by a day.

    Attributes:
        action: id, the same in every working out.
        site: that it is for, ``""`` for all.
        do: what.
        owner: who answers for it.
        due: by when.
        trigger: what makes us look at it again.
        evidence: what will show that it is done, or shows it.
        status: open, done or dropped.
    """

    action: str
    site: str
    do: str
    owner: str
    due: date
    trigger: str
    evidence: str
    status: str = "open"


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the checklist of continuity and emergency response."""

    id: str
    phase: str
    do: str
    trigger: str
    months: int


@dataclass(frozen=True, slots=True)
class Register:
    """The register of a programme.

    Attributes:
        risks: one for each site, gravest first.
        actions: measures, gaps and the checklist.
    """

    risks: tuple[Risk, ...]
    actions: tuple[Action, ...]


@cache
def checklist() -> tuple[Item, ...]:
    """Return the checklist of continuity and emergency response."""
    text = files("manara.risk.programme").joinpath("continuity.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return msgspec.convert(yaml.load(text, Loader=loader)["items"], tuple[Item, ...])  # noqa: S506


def make_register(found: Assessed) -> Register:
    """Return the register of a programme, with what people wrote into its list of actions.

    Raises:
        FormatError: that list cannot be read.
    """
    kept = read_actions(found.folder.file(ACTIONS))
    actions = tuple(kept.get(one.action, one) for one in _actions(found))
    known = {one.action for one in actions}
    actions += tuple(one for name, one in kept.items() if name not in known)
    risks = tuple(_risk(found, one, actions) for one in found.one.screened)
    return Register(risks, actions)


def write_actions(path: Path, actions: tuple[Action, ...]) -> None:
    """Write the list of actions for people to work on; replaced at once."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([getattr(one, name) for name in COLUMNS] for one in actions)
    part.replace(path)


def change_action(folder: Folder, action: str, **changes: str) -> Action:
    """Return an action with what a person changes of it, which is kept from now on.

    Args:
        folder: of the programme, whose `actions.csv` is there.
        action: its id.
        changes: ``owner``, ``due``, ``trigger``, ``evidence`` or ``status``.

    Raises:
        NotFoundError: there is no such action.
        UsageError: it cannot be so.
    """
    with folder.locked():
        path = folder.file(ACTIONS)
        known = read_actions(path)
        if action not in known:
            raise NotFoundError("no such action", where=action[:100])
        told = msgspec.to_builtins(known[action]) | changes
        for name, text in changes.items():
            if text[:1] in _FORMULA:
                raise UsageError("begins like a formula", where=name, remedy="begin with a letter")
        if told["status"] not in STATES:
            raise UsageError("is no state", where=told["status"][:40], remedy=", ".join(STATES))
        if not (told["owner"].strip() and told["trigger"].strip()):
            raise UsageError("every action has an owner and a review trigger", where=action)
        try:
            changed = msgspec.convert(told, Action)
        except msgspec.ValidationError as error:
            raise UsageError(str(error), where=action) from error
        write_actions(
            path, tuple(changed if name == action else one for name, one in known.items())
        )
    return changed


def read_actions(path: Path) -> dict[str, Action]:
    """Return the list of actions that people work on, by id; empty if there is none yet.

    Raises:
        FormatError: it cannot be read; the line is named.
    """
    if not path.is_file():
        return {}
    table = read_table(path)
    table.need(*COLUMNS)
    columns = {name: table.text(name) for name in COLUMNS}
    found = {}
    for row in range(len(table)):
        told = {name: values[row] for name, values in columns.items()}
        try:
            one = msgspec.convert(told, Action)
        except msgspec.ValidationError as error:
            raise FormatError(str(error), where=table.where(row)) from error
        if not (one.action and one.owner and one.trigger):
            raise FormatError(
                "an action without a name, an owner or a review trigger", where=table.where(row)
            )
        found[one.action] = one
    return found


def _actions(found: Assessed) -> Iterator[Action]:
    owner, today = found.settings.owner, found.made.date()
    plan = found.two.plan
    titles = {kind.id: kind.title for kind in catalogue().measures}
    taken = [(plan, at) for at in plan.taken.tolist()] if plan else []
    for plan, at in taken:
        name, site = plan.measures.ids[at], plan.targets.names[plan.measures.site[at]]
        yield Action(
            f"measure {site} {name}",
            site,
            titles.get(name, name),
            owner,
            today + _MEASURE_DUE * _MONTH,
            "price or effect differs from the plan",
            "acceptance record",
        )
    asked = {one.id: one for category in questions().categories for one in category.questions}
    for known in found.one.protected.values():
        for gap in known.gaps[:_GAPS]:
            yield Action(
                f"gap {known.site} {gap}",
                known.site,
                f"Close the gap: {asked[gap].ask}?",
                owner,
                today + _GAP_DUE * _MONTH,
                "next assessment of the site",
                asked[gap].evidence,
            )
    for item in checklist():
        due = today + item.months * _MONTH
        yield Action(f"{item.id} {item.phase}", "", item.do, owner, due, item.trigger, "record")


def _risk(found: Assessed, one: Screened, actions: tuple[Action, ...]) -> Risk:
    settings = found.settings
    at = found.one.exposure.targets.names.index(one.site)
    own = [action for action in actions if action.site == one.site and action.status == "open"]
    criterion = settings.criteria.loss
    broken = one.risk > criterion or one.phase_two
    amount = f"{settings.currency} {one.risk:,.0f} a year against {criterion:,.0f} tolerated"
    known = found.one.protected[one.site]
    measures = [action.do for action in own if action.action.startswith("measure ")]
    due = min((action.due for action in own), default=found.made.date() + 12 * _MONTH)
    names = [a.source for a in found.one.assessments if a.assessor in known.assessors]
    return Risk(
        id=f"{one.site} conventional attack",
        site=one.site,
        context=f"{settings.organisation}; tolerated loss of one site {criterion:,.0f} "
        f"{settings.currency} a year; incidents up to {found.data_date}",
        identification=f"An attack on {one.title}: people harmed, building and contents damaged, "
        "work interrupted",
        analysis=tuple(_figures(found, at)),
        evaluation=f"{amount}; " + "; ".join(one.reasons),
        needs_treatment=broken,
        treatment=", ".join(measures) or ("phase II, then decide" if one.phase_two else "retain"),
        actions=tuple(action.action for action in own),
        owner=own[0].owner if own else settings.owner,
        due=due,
        residual=_residual(found, at),
        trigger="an incident in the area, a change of use or prominence, or a year",
        evidence=("sites.csv", *names, *((settings.incidents,) if settings.incidents else ())),
    )


def _figures(found: Assessed, at: int) -> Iterator[Figure]:
    exposure, settings = found.one.exposure, found.settings
    targets, day = exposure.targets, found.data_date
    attempts, low, high = targets.attempts[at], exposure.low[at], exposure.high[at]
    habits = "fixed habits"
    yield Figure("attempts", _span(attempts, low, high), "a year", exposure.basis[at], day,
                 "90 % interval of the rate", habits)  # fmt: skip
    assumed = settings.assumptions
    success = success_of(found.one.protected.get(exposure.sites[at].site), assumed)
    ends = sorted((assumed.success_protected, assumed.success_unprotected))
    yield Figure("chance of success", Span(success, ends[0], ends[1]), "share",
                 "questionnaire", day, "the assumed ends", habits)  # fmt: skip
    risk = targets.risk[at]
    yield Figure("expected loss", _span(risk, low, high), f"{settings.currency} a year",
                 _bands(found), day, "90 % interval of the rate", habits)  # fmt: skip
    people = targets.attempts[at] * targets.success[at] * exposure.people[at]
    yield Figure("people harmed", _span(people, low, high), "a year", _bands(found), day,
                 "90 % interval of the rate", habits)  # fmt: skip


def _span(value: float, low: float, high: float) -> Span:
    return Span(float(value), float(value * low), float(value * high))


def _bands(found: Assessed) -> str:
    state = "the owner's" if found.one.own_bands else "placeholder"
    return f"five severity bands, {state} curves, sizes with exponent " + (
        f"{found.settings.assumptions.tail[0]:g}"
    )


def _residual(found: Assessed, at: int) -> Figure:
    after = [float(shift.risk_after[at]) for shift in found.two.attackers]
    logit = next(k for k, one in enumerate(found.two.attackers) if one.attacker == "logit")
    return Figure(
        "expected loss after the plan",
        Span(after[logit], min(after), max(after)),
        f"{found.settings.currency} a year",
        "measures' factors on likelihood and consequence",
        found.data_date,
        "least and most over three attackers",
        "partly adaptive; the band holds fixed habits and fully strategic",
    )
