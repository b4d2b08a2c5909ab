"""Step policies: what is paid depends on which range of damage the loss of a location falls in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError
from manara.risk.oed import Table
from manara.risk.terms.exposure import Layers
from manara.risk.terms.fields import COVERAGES
from manara.risk.terms.perils import covers
from manara.risk.terms.rules import AMOUNT, OF_LOSS, OF_VALUE, Floats

_WIDE = len(COVERAGES)

#: Coverages, from 0, that each OED code of a step trigger looks at, together or one by one, and
#: the part of the field names that goes with them.
TRIGGERS: Mapping[int, tuple[tuple[tuple[int, ...], str], ...]] = {
    1: (((0,), "Building"),),
    2: (((2,), "Contents"),),
    3: (((0, 2), "BuildingContents"),),
    5: (((0,), "Building"), ((2,), "Contents")),
}

#: Property damage: what a step policy says nothing about is not insured.
_DAMAGE = (0, 1, 2)

OF_LIMIT = 3

_PARTS = ("Trigger{}Start", "Trigger{}End", "Deductible{}", "PayOut{}Start", "PayOutLimit{}")

#: Columns that are honoured, in lower case.
HONOURED = frozenset(
    part.format(name).lower()
    for part in _PARTS
    for name in ("Building", "Contents", "BuildingContents")
) | {
    "stepfunctionname",
    "steptriggertype",
    "stepnumber",
    "payouttype",
    "triggertype",
    "extraexpensefactor",
    "extraexpenselimit",
    "debrisremovalfactor",
}


class Step(NamedTuple):
    """One range of damage, from `start` to `end` as shares of insured value, and what it pays.

    `perils`: codes of those whose losses it looks at; blank is every peril.
    """

    covers: tuple[int, ...]
    start: float
    end: float
    ded: float
    payout: float
    limit: float
    kind: int
    extra: float
    extra_limit: float
    debris: float
    perils: str = ""

    def pays(self, loss: Floats, value: Floats) -> Floats:
        """Return what the step pays.

        Args:
            loss: Losses, locations by events.
            value: Insured value of each location.
        """
        worth = value[:, None]
        left = np.maximum(loss - self.ded, 0.0)
        reached = (loss > 0) & (left >= self.start * worth)
        if self.end < 1:
            reached &= left < self.end * worth
        base: dict[int, Floats | float]
        base = {OF_LOSS: left, OF_VALUE: worth, OF_LIMIT: self.limit, AMOUNT: 1.0}
        main = np.minimum(self.payout * base[self.kind], self.limit or np.inf)
        extra = np.minimum(main * self.extra, self.extra_limit or np.inf)
        return np.where(reached, (main + extra) * (1 + self.debris), 0.0)


def read_steps(layers: Layers, table: Table) -> list[list[Step]]:
    """Return the steps of each layer; none for most.

    Raises:
        FormatError: A code that is not honoured, or two steps of one number and peril.
    """
    columns = [name for name in table.columns if name in HONOURED]
    numbers = {name: table.number(name) for name in HONOURED if name != "stepfunctionname"}
    perils, found = table.text("PolPeril"), []
    for rows in layers.all_rows:
        met: dict[tuple[str, float], tuple[str, ...]] = {}
        steps: list[Step] = []
        for row in rows:
            if not numbers["steptriggertype"][row]:
                if any(numbers[name][row] for name in columns if name in numbers):
                    raise FormatError("a step without StepTriggerType", where=table.where(row))
                continue
            words = tuple(table.columns[name][row] for name in columns)
            number = perils[row], float(numbers["stepnumber"][row])
            if met.setdefault(number, words) != words:
                raise FormatError(f"two steps {number[1]:g} of a policy", where=table.where(row))
            if met[number] is words:
                values = {name: float(column[row]) for name, column in numbers.items()}
                told = _row_steps(values, table.where(row))
                steps.extend(one._replace(perils=perils[row]) for one in told)
        found.append(steps)
    return found


def _row_steps(values: Mapping[str, float], where: str) -> list[Step]:
    trigger, kind = int(values["steptriggertype"]), values["payouttype"]
    if trigger not in TRIGGERS:
        raise FormatError(f"StepTriggerType {trigger} is not honoured", where=where)
    if values["triggertype"] != OF_VALUE:
        raise FormatError(f"TriggerType {values['triggertype']:g} is not honoured", where=where)
    if kind not in (AMOUNT, OF_LOSS, OF_VALUE, OF_LIMIT):
        raise FormatError(f"PayOutType {kind:g} is not honoured", where=where)
    found = []
    for inside, name in TRIGGERS[trigger]:
        start, end, ded, payout, limit = (values[part.format(name).lower()] for part in _PARTS)
        if values["extraexpensefactor"] and not payout:
            raise FormatError("ExtraExpenseFactor without a payout is not honoured", where=where)
        extra, extra_limit = (values[f"extraexpense{part}"] for part in ("factor", "limit"))
        debris = values["debrisremovalfactor"]
        found.append(
            Step(inside, start, end, ded, payout, limit, int(kind), extra, extra_limit, debris)
        )
    names = {name for _, name in TRIGGERS[trigger]}
    for name in {"Building", "Contents", "BuildingContents"} - names:
        for part in _PARTS:
            if values[part.format(name).lower()]:
                raise FormatError(
                    f"{part.format(name)} has no part in StepTriggerType {trigger}", where=where
                )
    return found


def pay(
    loss: Floats,
    layer: NDArray[np.intp],
    value: Floats,
    steps: list[list[Step]],
    perils: Sequence[str] = (),
) -> None:
    """Replace losses under step policies by what their steps pay, in place.

    Args:
        loss: Losses of items in layers (location by location, peril by peril, coverages 1 to 4),
            by events.
        layer: The layer of each row.
        value: Insured value of each row.
        steps: The steps of each layer.
        perils: That are told apart; a step looks at the loss of all its own together.
    """
    for at, known in enumerate(steps):
        if not known:
            continue
        whole = np.flatnonzero(layer == at).reshape(-1, max(1, len(perils)), _WIDE)
        for text in dict.fromkeys(step.perils for step in known):
            own = [one for one, peril in enumerate(perils) if covers(text, peril)]
            _pay_some(
                loss, whole[:, own] if perils else whole, value,
                [step for step in known if step.perils == text],
            )  # fmt: skip


def _pay_some(loss: Floats, rows: NDArray[np.intp], value: Floats, known: list[Step]) -> None:
    """Replace losses under steps for the same perils; rows are locations, perils, coverages."""
    if not rows.size:
        return
    paid = np.zeros((*rows.shape, loss.shape[1]))
    for step in known:
        inside = rows[:, :, step.covers]
        losses = loss[inside]
        total = losses.sum(axis=(1, 2))
        given = step.pays(total, value[inside[:, 0]].sum(axis=1))
        share = np.divide(given, total, out=np.zeros_like(given), where=total > 0)
        paid[:, :, step.covers] += losses * share[:, None, None]
    loss[rows[:, :, _DAMAGE]] = paid[:, :, _DAMAGE]
