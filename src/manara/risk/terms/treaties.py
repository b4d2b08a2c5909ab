"""Reinsurance: facultative, quota share, surplus, per-risk, catastrophe and aggregate excess."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError
from manara.risk.oed import Table
from manara.risk.terms.fields import zero
from manara.risk.terms.perils import covers
from manara.risk.terms.rules import Floats, of_year
from manara.risk.terms.years import Years

Ints = NDArray[np.intp]

#: What a risk is, and the columns that name it; levels of one priority apply in this order.
RISKS: Mapping[str, tuple[str, ...]] = {
    "LOC": ("portnumber", "accnumber", "locnumber"),
    "POL": ("portnumber", "accnumber", "polnumber"),
    "ACC": ("portnumber", "accnumber"),
    "LGR": ("locgroup",),
    "SEL": (),
}

#: Columns of the scope that choose what a contract covers; blank is everything.
SCOPE = (
    "portnumber",
    "accnumber",
    "polnumber",
    "locgroup",
    "locnumber",
    "cedantname",
    "producername",
    "lob",
    "countrycode",
    "reinstag",
)

#: What rows are of, where perils are told apart.
PERIL = "peril"

FACULTATIVE, SURPLUS = "FAC", "SS"
PER_RISK, CATASTROPHE, AGGREGATE = "PR", "CXL", "AXL"
_TYPES = (FACULTATIVE, SURPLUS, "QS", PER_RISK, CATASTROPHE, AGGREGATE)

#: Days of the only period that aggregate terms are for.
_YEAR = 365

#: Columns that change what is recovered, and are not honoured.
_REFUSED = re.compile(
    r"agg(?!limit$|attachment$).*(limit|attach)|reinstatementnumber$|occ.*(franchise)"
    r"|deemed|usereinsdates"
)

#: Columns of a scope that would choose by something else.
_UNKNOWN = re.compile(
    f"(?!({'|'.join(SCOPE)}|reinsnumber|cededpercent|risklevel|oedversion)$|flexi)"
)


@dataclass(frozen=True, slots=True)
class Treaty:
    """One contract.

    Attributes:
        number: Its number.
        order: Priority, then the place of its risk level.
        risk: One of `RISKS`.
        ceded: Part ceded, before attachments and limits; a surplus has its parts in the scope.
        risk_attach: What each risk bears first.
        risk_limit: The most for each risk; 0 is no limit.
        attach: What each occurrence bears first.
        limit: The most for each occurrence; 0 is no limit.
        placed: Part placed with the reinsurers, after attachments and limits.
        scope: What it covers: wanted values of `SCOPE`, and the part ceded.
        year_attach: What all losses of a year bear first.
        year_limit: The most for all losses of a year; 0 is no limit.
        perils: List of codes of the perils whose losses it covers; blank is every peril.
    """

    number: str
    order: tuple[float, int]
    risk: str
    ceded: float
    risk_attach: float
    risk_limit: float
    attach: float
    limit: float
    placed: float
    scope: list[tuple[dict[str, str], float]]
    perils: str = ""
    year_attach: float = 0.0
    year_limit: float = 0.0


def read_treaties(info: Table, scope: Table) -> list[Treaty]:
    """Return the contracts of a pair of OED reinsurance files, in the order in which they apply.

    Raises:
        FormatError: A term, type or risk level that is not honoured, or a contract or scope
            without the other.
    """
    info.need("ReinsNumber", "ReinsType", "InuringPriority")
    scope.need("ReinsNumber")
    _refuse(info, _REFUSED)
    for row, rate in enumerate(info.number("ReinsFXrate", 1.0)):
        if rate != 1:
            raise FormatError("reinsfxrate is not honoured", where=info.where(row))
    _refuse(scope, _UNKNOWN)
    kind = [value.upper() for value in info.text("ReinsType")]
    number = info.text("ReinsNumber")
    scopes = _scopes(scope, dict(zip(number, kind, strict=True)))
    level = [value.upper() or "SEL" for value in info.text("RiskLevel")]
    limit, attach = info.number("OccLimit"), info.number("OccAttachment")
    part = info.number("PlacedPercent", 1.0) * info.number("TreatyShare", 1.0)
    ceded = info.number("CededPercent", 1.0)
    risk_attach, risk_limit = info.number("RiskAttachment"), info.number("RiskLimit")
    priority = info.number("InuringPriority", 1.0)
    found = []
    for row in range(len(info)):
        if kind[row] not in _TYPES:
            raise FormatError(f"ReinsType {kind[row]} is not honoured", where=info.where(row))
        if level[row] not in RISKS:
            raise FormatError(f"RiskLevel {level[row]} is not honoured", where=info.where(row))
        if number[row] not in scopes:
            raise FormatError(f"no scope for contract {number[row]}", where=info.where(row))
        alone = kind[row] == FACULTATIVE
        found.append(
            Treaty(
                number=number[row],
                order=(float(priority[row]), list(RISKS).index(level[row])),
                risk=level[row],
                ceded=1.0 if kind[row] == SURPLUS else float(ceded[row]),
                risk_attach=float(risk_attach[row]),
                risk_limit=float(risk_limit[row]),
                attach=0.0 if alone else float(attach[row]),
                limit=0.0 if alone else float(limit[row]),
                placed=float(part[row]),
                scope=scopes[number[row]],
                perils=info.text("ReinsPeril")[row],
                year_attach=float(info.number("AggAttachment")[row]),
                year_limit=_year_limit(info, row),
            )
        )
    return sorted(found, key=lambda treaty: treaty.order)


def _year_limit(info: Table, row: int) -> float:
    """Return the most that a contract pays in a year: its own limit, or by reinstatements."""
    where = info.where(row)
    limit, attach, again, days = (
        float(info.number(name)[row])
        for name in ("AggLimit", "AggAttachment", "Reinstatement", "AggPeriod")
    )
    if (limit or attach) and days not in (0, _YEAR):
        raise FormatError(f"aggperiod {days:g} is not honoured", where=where, remedy="use 365")
    kind = info.text("ReinsType")[row].upper()
    if kind == AGGREGATE and not (limit or attach):
        raise FormatError("an AXL without AggLimit and AggAttachment", where=where)
    if not again:
        return limit
    named = {PER_RISK: "RiskLimit", CATASTROPHE: "OccLimit"}.get(kind, "")
    once = float(info.number(named)[row]) if named else 0.0
    if not once:
        raise FormatError(
            f"reinstatement of a {kind} without {named or 'a limit that is reinstated'}",
            where=where,
        )
    whole = once * (1 + again)
    return min(whole, limit) if limit else whole


def _scopes(scope: Table, kinds: dict[str, str]) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    ceded = scope.number("CededPercent", 1.0)
    stated = scope.text("CededPercent")
    for row, number in enumerate(scope.text("ReinsNumber")):
        if number not in kinds:
            raise FormatError(f"no contract {number}", where=scope.where(row))
        surplus = kinds[number] == SURPLUS
        if not surplus and stated[row] and ceded[row] not in (0, 1):
            raise FormatError(
                f"CededPercent of a {kinds[number]} is not honoured in the scope",
                where=scope.where(row),
                remedy="state it in the other file",
            )
        wanted = {name: scope.text(name)[row] for name in SCOPE if scope.has(name)}
        wanted = {name: value for name, value in wanted.items() if value}
        found.setdefault(number, []).append((wanted, float(ceded[row]) if surplus else 1.0))
    return found


def _refuse(table: Table, names: re.Pattern[str]) -> None:
    for name, values in table.columns.items():
        if names.match(name):
            for row, value in enumerate(values):
                if value and not zero(value) and value.upper() not in ("N", "NO"):
                    raise FormatError(f"{name} is not honoured", where=table.where(row))


def unheeded(info: Table) -> list[str]:
    """Return a line for each term that has no part in losses.

    A facultative contract covers one risk, so terms by occurrence have no part in it.
    """
    charged = [
        f"{info.where(row)}: reinstatementcharge is premium, and not taken off losses"
        for row, text in enumerate(info.text("ReinstatementCharge"))
        if text and not zero(text) and info.number("Reinstatement")[row]
    ]
    return charged + [
        f"{info.where(row)}: {field} has no part in a facultative contract"
        for field in ("OccAttachment", "OccLimit")
        for row, value in enumerate(info.number(field).tolist())
        if value and info.text("ReinsType")[row].upper() == FACULTATIVE
    ]


def net(
    treaties: Sequence[Treaty],
    loss: Floats,
    names: Mapping[str, NDArray[np.str_]],
    years: Years | None = None,
) -> Floats:
    """Return what is left of insured losses after reinsurance.

    Args:
        treaties: Contracts in the order in which they apply; those of one priority and risk level
            see the same loss.
        loss: Insured losses: items in layers, by events.
        names: For each of `SCOPE` the values of the rows.
        years: Which events happen in one year; needed where contracts have terms by year.
    """
    left = loss
    for order in dict.fromkeys(treaty.order for treaty in treaties):
        given = sum(
            (recovered(one, left, names, years) for one in treaties if one.order == order),
            np.zeros_like(left),
        )
        left = np.maximum(left - given, 0.0)
    return left


def recovered(
    treaty: Treaty,
    loss: Floats,
    names: Mapping[str, NDArray[np.str_]],
    years: Years | None = None,
) -> Floats:
    """Return what one contract pays, given back to rows in proportion to what each ceded.

    Args:
        treaty: The contract.
        loss: Losses that meet it: items in layers, by events.
        names: For each of `SCOPE` the values of the rows.
        years: Which events happen in one year; needed where the contract has terms by year.
    """
    part = np.zeros(len(loss))
    for wanted, ceded in reversed(treaty.scope):
        inside = np.ones(len(loss), np.bool_)
        for name, value in wanted.items():
            inside &= names[name] == value
        part[inside] = ceded * treaty.ceded
    if PERIL in names:
        told = np.unique(names[PERIL])
        part[~np.isin(names[PERIL], [one for one in told if covers(treaty.perils, one)])] = 0
    given = loss * part[:, None]
    risks: dict[tuple[str, ...], int] = {}
    columns = [names[name].tolist() for name in RISKS[treaty.risk]]
    keys = zip(*columns, strict=True) if columns else [()] * len(loss)
    risk = np.array([risks.setdefault(key, len(risks)) for key in keys], np.intp)
    given = _between(given, risk, treaty.risk_attach, treaty.risk_limit)
    given = _between(given, np.zeros_like(risk), treaty.attach, treaty.limit)
    if years and (treaty.year_attach or treaty.year_limit):
        total = given.sum(axis=0, keepdims=True)
        terms = np.array([[treaty.year_attach], [treaty.year_limit]])
        paid = of_year(total, terms[:1], terms[1:], years)
        given = given * np.divide(paid, total, out=np.zeros_like(paid), where=total > 0)
    return np.asarray(given * treaty.placed)


def _between(given: Floats, group: Ints, attach: float, limit: float) -> Floats:
    if not attach and not limit:
        return given
    total = np.zeros((int(group.max(initial=-1)) + 1, given.shape[1]))
    np.add.at(total, group, given)
    paid = np.clip(total - attach, 0.0, limit or np.inf)
    share = np.divide(paid, total, out=np.zeros_like(paid), where=total > 0)
    return np.asarray(given * share[group])
