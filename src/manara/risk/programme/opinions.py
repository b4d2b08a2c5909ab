"""Experts' answers as input of a programme: which number each replaces, and by how much.

`experts.dtt` and `experts.rls` hold a study in Excalibur's form; `experts.csv` says which of its
items stands for which input. What is used is the median of the opinion weighted by performance
(Cooke's classical model, `manara.risk.experts`); equal weights stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from manara.model import FormatError
from manara.risk.excalibur import read_study
from manara.risk.experts import Combination, Score, Study, combine
from manara.risk.oed import read_table
from manara.risk.plan import Measures
from manara.risk.programme.folder import EXPERTS, EXPERTS_ANSWERS, EXPERTS_TRUTH, Folder, Settings
from manara.risk.programme.sites import Site
from manara.risk.threat import Span

#: Inputs among the assumptions, with the most that each can be.
ASSUMED = {
    "usual_rate": np.inf,
    "prominence_odds": np.inf,
    "success_unprotected": 1.0,
    "success_protected": 1.0,
    "unconventional": 1.0,
}

#: Attempts a year in an area; what a measure leaves of likelihood and consequence.
RATE, EFFECTS = "rate", ("likelihood", "consequence")

#: The quantiles that a study has to ask for: the ends of an interval of 90 %, and the median.
_ASKED = (0.05, 0.5, 0.95)

_COLUMNS = ("item", "input", "area", "kind", "site", "measure")


class Row(NamedTuple):
    """One row of `experts.csv`: which input an item of the study stands for."""

    item: str
    input: str
    area: str
    kind: str
    site: str
    measure: str
    where: str

    @property
    def about(self) -> tuple[str, ...]:
        """What the input is of: area and kind, site and measure, or nothing."""
        if self.input == RATE:
            return self.area, self.kind
        return (self.site, self.measure) if self.input in EFFECTS else ()


class Opinion(msgspec.Struct, frozen=True):
    """What experts say of one input.

    Attributes:
        input: its name; see `ASSUMED`, `RATE` and `EFFECTS`.
        about: area and kind, or site and measure; empty for an assumption.
        item: of the study.
        experts: weighted by performance: the median, which is used, and the interval of 90 %.
        equal: the same with equal weights.
    """

    input: str
    about: tuple[str, ...]
    item: str
    experts: Span
    equal: Span


class Opinions(msgspec.Struct, frozen=True):
    """What experts say.

    Attributes:
        inputs: that they are asked for.
        scores: of the experts and of the two combinations, see `manara.risk.experts.Score`.
    """

    inputs: tuple[Opinion, ...] = ()
    scores: tuple[Score, ...] = ()

    @property
    def rates(self) -> Mapping[tuple[str, ...], Opinion]:
        """Attempts a year, by area and kind."""
        return {one.about: one for one in self.inputs if one.input == RATE}

    def settings(self, settings: Settings) -> Settings:
        """Return settings with what experts say in the place of assumptions."""
        told = {one.input: one.experts.value for one in self.inputs if one.input in ASSUMED}
        assumed = msgspec.structs.replace(settings.assumptions, **told)
        return msgspec.structs.replace(settings, assumptions=assumed)

    def measures(self, measures: Measures, sites: tuple[str, ...]) -> Measures:
        """Return measures with what experts say they leave.

        Raises:
            FormatError: experts speak of a measure that is not listed.
        """
        effects = {name: getattr(measures, name).copy() for name in EFFECTS}
        open_ = [list(one) for one in measures.placeholders or [()] * len(measures.ids)]
        pairs = zip(measures.site.tolist(), measures.ids, strict=True)
        place = {(sites[site], name): at for at, (site, name) in enumerate(pairs)}
        for one in self.inputs:
            if one.input not in EFFECTS:
                continue
            if one.about not in place:
                told = f"no measure {one.about[1]!r} at {one.about[0]!r}"
                raise FormatError(told, where=EXPERTS, remedy="list it in measures.csv")
            at = place[one.about[0], one.about[1]]
            effects[one.input][at] = one.experts.value
            open_[at] = [name for name in open_[at] if name != one.input]
        placeholders = tuple(tuple(one) for one in open_) if measures.placeholders else ()
        return replace(measures, **effects, placeholders=placeholders)


def read_opinions(folder: Folder, sites: list[Site]) -> Opinions:
    """Return what experts say of a programme's inputs; nothing if it has no `experts.csv`.

    Args:
        folder: of the programme.
        sites: its sites.

    Raises:
        FormatError: a file is missing or cannot be read, or a row fits nothing; it says which.
    """
    path = folder.file(EXPERTS)
    if not path.is_file():
        return Opinions()
    answers, truth = folder.file(EXPERTS_ANSWERS), folder.file(EXPERTS_TRUTH)
    for file in (answers, truth):
        if not file.is_file():
            raise FormatError("not there", where=file.name, remedy=f"{EXPERTS} asks for it")
    rows = read_rows(path)
    _check_places(rows, sites)
    study = read_study(answers, truth)
    if missing := [one for one in _ASKED if one not in study.quantiles]:
        raise FormatError(f"does not ask for the quantile {missing[0]:.0%}", where=answers.name)
    found = combine(study)
    return Opinions(tuple(_opinion(row, study, found) for row in rows), found.scores)


def read_rows(path: Path) -> list[Row]:
    """Return the rows of an `experts.csv`.

    Columns: ``item`` (of the study), ``input``, and what it is of: ``area`` and, if told apart,
    ``kind`` for ``rate``; ``site`` and ``measure`` for ``likelihood`` and ``consequence``.

    Raises:
        FormatError: it cannot be read, or a row names no input, or one a second time.
    """
    table = read_table(path)
    table.need("item", "input")
    known = (*ASSUMED, RATE, *EFFECTS)
    columns = {name: table.text(name) for name in _COLUMNS}
    rows = [
        Row(**{name: values[at] for name, values in columns.items()}, where=table.where(at))
        for at in range(len(table))
    ]
    seen = set()
    for row in rows:
        if row.input not in known:
            told = f"no such input {row.input!r}"
            raise FormatError(told, where=row.where, remedy=", ".join(known))
        if (row.input, row.about) in seen:
            raise FormatError(f"{row.input} a second time", where=row.where)
        seen.add((row.input, row.about))
    return rows


def _check_places(rows: list[Row], sites: list[Site]) -> None:
    areas, names = {one.area for one in sites}, {one.site for one in sites}
    for row in rows:
        if row.input == RATE and row.area not in areas:
            raise FormatError(f"no site in area {row.area!r}", where=row.where)
        if row.input in EFFECTS and row.site not in names:
            raise FormatError(f"no site {row.site!r}", where=row.where)


def _opinion(row: Row, study: Study, found: Combination) -> Opinion:
    if row.item not in study.items:
        told = f"the study has no item {row.item!r}"
        raise FormatError(told, where=row.where, remedy=", ".join(study.items[:20]))
    at = study.items.index(row.item)
    places = [study.quantiles.index(one) for one in _ASKED]
    weighted, equal = (
        Span(*(float(each[at, places[k]]) for k in (1, 0, 2)))
        for each in (found.performance, found.equal)
    )
    most = ASSUMED.get(row.input, np.inf if row.input == RATE else 1.0)
    least_ok = weighted.value > 0 if most == np.inf else weighted.value >= 0
    if not (least_ok and weighted.value <= most):
        told = f"{row.input} cannot be {weighted.value:g}"
        raise FormatError(told, where=f"{EXPERTS_ANSWERS}, item {row.item}")
    return Opinion(row.input, row.about, row.item, weighted, equal)
