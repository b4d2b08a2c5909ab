"""The whole programme worked out: phase I, II and III of a folder as it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from manara.model import FormatError, Reject
from manara.risk import portfolio
from manara.risk.attackers import Shift, shifts
from manara.risk.cover import Cover, read_cover
from manara.risk.plan import Measures, Plan, Rules, make_plan, read_measures
from manara.risk.programme.clusters import clocks
from manara.risk.programme.covering import Covered, covered, draw, planned
from manara.risk.programme.exposure import Exposure, expose
from manara.risk.programme.folder import (
    COVER,
    FILLED,
    MEASURES,
    SEVERITY,
    SITES,
    Folder,
    Settings,
)
from manara.risk.programme.opinions import Opinions, read_opinions
from manara.risk.programme.outlook import Curves, Outlook, Plight, outlook
from manara.risk.programme.questionnaire import (
    Assessment,
    Protection,
    protection,
)
from manara.risk.programme.screening import NEAR, Screened, screen
from manara.risk.programme.sites import Site, read_sites
from manara.risk.programme.templates import SHIPPED
from manara.risk.programme.workbooks import read_workbook
from manara.risk.threat import Threat, assess, leads_near, read_incidents, read_leads


@dataclass(frozen=True, slots=True)
class PhaseOne:
    """Threat identification and initial site assessment.

    Attributes:
        settings: of the programme, with what experts say in the place of assumptions.
        opinions: what experts say.
        sites: the organisation's own.
        threat: from incidents; None if the programme has none.
        assessments: filled questionnaires.
        protected: protection by site.
        severity: what each band does at which distance.
        own_bands: whether the owner has replaced the bands that come with Manara.
        exposure: what threat, protection and value make of each site.
        screened: which sites need phase II, and why.
        rejects: what could not be used, by file.
    """

    settings: Settings
    opinions: Opinions
    sites: tuple[Site, ...]
    threat: Threat | None
    assessments: tuple[Assessment, ...]
    protected: dict[str, Protection]
    severity: portfolio.Severity
    own_bands: bool
    exposure: Exposure
    screened: list[Screened]
    rejects: dict[str, tuple[Reject, ...]]


@dataclass(frozen=True, slots=True)
class PhaseTwo:
    """What a year may cost, today and under the plan.

    Attributes:
        plan: measures under the budget; None if the programme lists none.
        attackers: risk before and after the plan for each attacker.
        outlooks: today and under the plan, for each attacker.
        curves: of the same, in the same order.
        plights: what events cost today and under the plan.
    """

    plan: Plan | None
    attackers: list[Shift]
    outlooks: list[Outlook]
    curves: list[Curves]
    plights: tuple[Plight, Plight]


@dataclass(frozen=True, slots=True)
class PhaseThree:
    """Who pays, with the cover there is.

    Attributes:
        today: without the plan, under fixed habits.
        planned: under the plan, with a partly adaptive attacker.
    """

    today: Covered
    planned: Covered


@dataclass(frozen=True, slots=True)
class Assessed:
    """A programme worked out.

    Attributes:
        folder: of the programme.
        made: when.
        inputs: SHA-256 of every file that this rests on.
        one: phase I.
        two: phase II, and the plan.
        three: phase III: who pays.
    """

    folder: Folder
    made: datetime
    inputs: dict[str, str]
    one: PhaseOne
    two: PhaseTwo
    three: PhaseThree

    @property
    def settings(self) -> Settings:
        """The settings as they were used: with what experts say in the place of assumptions."""
        return self.one.settings

    @property
    def data_date(self) -> date:
        """The day up to which incidents are known, else that of the working out."""
        threat = self.one.threat
        return threat.last if threat else self.made.date()


def phase_one(folder: Folder) -> PhaseOne:
    """Return phase I of a programme.

    Raises:
        FormatError: no sites, or a file that cannot be read.
    """
    settings = folder.settings
    path = folder.file(SITES)
    if not path.is_file():
        raise FormatError("no sites yet", where=str(path), remedy="manara risk sites import FILE")
    sites, bad = read_sites(path)
    if not sites:
        raise FormatError("no sites in it", where=str(path), remedy="manara risk sites import FILE")
    rejects: dict[str, tuple[Reject, ...]] = {SITES: tuple(bad)}
    threat = None
    if settings.incidents:
        incidents = read_incidents(folder.file(settings.incidents))
        rejects[settings.incidents] = incidents.rejects
        until = settings.incidents_until
        day = (until - date(1970, 1, 1)).days if until else None
        areas = {one.area for one in sites if one.area}
        threat = assess(incidents, until=day, areas=sorted(areas), seed=settings.seed)
    names = [one.site for one in sites]
    filled = sorted(folder.file(FILLED).glob("*.xlsx"))
    assessments = tuple(read_workbook(one, names) for one in filled)
    rejects |= {one.source: one.rejects for one in assessments}
    protected = {name: protection(name, assessments) for name in names}
    severity, own = read_severity(folder)
    opinions = read_opinions(folder, sites)
    settings = opinions.settings(settings)
    assumed = settings.assumptions
    exposure = expose(sites, threat, protected, severity, assumed, opinions.rates)
    near: dict[str, int] = {}
    if settings.leads:
        places, aside = read_leads(folder.file(settings.leads))
        rejects[settings.leads] = tuple(aside)
        near = {one.site: leads_near(places, one.latitude, one.longitude, NEAR) for one in sites}
    screened = screen(exposure, protected, settings.criteria, assumed, near)
    return PhaseOne(
        settings,
        opinions,
        tuple(sites),
        threat,
        assessments,
        protected,
        severity,
        own,
        exposure,
        screened,
        {name: found for name, found in rejects.items() if found},
    )


def phase_two(folder: Folder, one: PhaseOne) -> PhaseTwo:
    """Return phase II of a programme, and its plan of measures."""
    settings, exposure = one.settings, one.exposure
    strengths = (settings.assumptions.strength,)
    measures = _measures(folder.file(MEASURES), one)
    ones = np.ones(len(one.sites))
    plan = None
    left = (ones, ones)
    if measures:
        money = settings.money
        rules = Rules((money.budget,), discount=money.discount, horizon=money.horizon)
        plan = make_plan(exposure.targets, measures, rules, strengths)
        left = plan.likelihood, plan.consequence
    attackers = plan.shifts if plan else shifts(exposure.targets, ones, ones, strengths)
    today, planned = (
        Plight.of(exposure, one.severity, settings.seed, *factors)
        for factors in ((ones, ones), left)
    )
    busy = clocks(one.sites, one.threat, settings.years, settings.seed)
    outlooks, curves = [], []
    for shift in attackers:
        for name, plight in (("today", today), ("plan", planned)):
            told, curve = outlook(exposure, settings, plight, shift, name, busy)
            outlooks.append(told)
            curves.append(curve)
    return PhaseTwo(plan, attackers, outlooks, curves, (today, planned))


def read_severity(folder: Folder) -> tuple[portfolio.Severity, bool]:
    """Return what bands of severity do, and whether the owner has set it.

    Raises:
        FormatError: the file is none of bands, or `sizes` in the settings are not one for each.
    """
    path = folder.file(SEVERITY)
    found = portfolio.Severity.read(path)
    sizes = folder.settings.assumptions.sizes
    if len(sizes) != len(found.names) or list(sizes) != sorted(set(sizes)) or sizes[0] < 1:
        raise FormatError(
            f"not {len(found.names)} rising numbers from 1, one for each band",
            where="risk.toml, assumptions.sizes",
        )
    return found, path.read_bytes() != SHIPPED.read_bytes()


def phase_three(folder: Folder, one: PhaseOne, two: PhaseTwo) -> PhaseThree:
    """Return who pays for losses today and under the plan.

    Raises:
        FormatError: the cover cannot be read.
        UsageError: its scheme needs something that is not told.
    """
    path = folder.file(COVER)
    cover = read_cover(path) if path.is_file() else Cover()
    draws = draw(one.exposure, one.severity, one.settings)
    shift = next(each for each in two.attackers if each.attacker == "logit")
    ones = np.ones(len(one.sites))
    left = (two.plan.likelihood, two.plan.consequence) if two.plan else (ones, ones)
    return PhaseThree(covered(cover, draws), covered(cover, planned(draws, shift, *left)))


def _measures(path: Path, one: PhaseOne) -> Measures | None:
    names = one.exposure.targets.names
    found = read_measures(path, names) if path.is_file() else None
    return one.opinions.measures(found, names) if found and len(found.ids) else None


def assess_programme(folder: Folder, tell: Callable[[str], None] = lambda phase: None) -> Assessed:
    """Return a programme worked out from its files as they are now.

    Args:
        folder: of the programme.
        tell: is told which phase begins.

    Raises:
        FormatError: a file that is missing or cannot be read.
    """
    inputs = folder.inputs()
    tell("phase I")
    one = phase_one(folder)
    tell("phase II")
    two = phase_two(folder, one)
    tell("phase III")
    three = phase_three(folder, one, two)
    return Assessed(folder, datetime.now(UTC), inputs, one, two, three)
