"""Which OED fields hold terms, on which level, and refusal by name of those not honoured."""

from __future__ import annotations

import re

import numpy as np

from manara.model import FormatError
from manara.risk.oed import Table
from manara.risk.terms.rules import ANNUAL, FRANCHISE, OF_LOSS, OF_VALUE, Terms

#: OED's coverages, in the order of their numbers 1 to 4.
COVERAGES = ("1Building", "2Other", "3Contents", "4BI")

#: The widths of terms, narrow to wide: each coverage alone, property damage, everything.
WIDTHS = ("coverage", "5PD", "6All")

#: What stands before the field names of each stage, in the order in which stages apply.
LOCATION, CONDITION, POLICY, ACCOUNT = STAGES = ("Loc", "Cond", "Pol", "Acc")

#: Codes and types that are honoured, by the part of the field name that bears them.
_CODES = {
    "DedCode": (0, ANNUAL, FRANCHISE),
    "DedType": (0, 1, OF_VALUE),
    "LimitCode": (0, ANNUAL),
    "LimitType": (0, 1, OF_VALUE),
}

_PARTS = ("Ded", "MinDed", "MaxDed", "Limit", *_CODES)

_SUFFIXES = (*COVERAGES, "5PD", "6All")

_LAYER = ("LayerAttachment", "LayerLimit", "LayerParticipation")

#: The same for all losses of a year together.
_LAYER_YEAR = ("LayerAggAttachment", "LayerAggLimit")

#: What a part of the name of a term becomes in the name of its code.
_CODED = re.compile("(ded|limit)(?=[1-6])")


def _grid(*stages: str) -> frozenset[str]:
    parts = (f"{stage}{part}" for stage in stages for part in _PARTS)
    return frozenset(f"{part}{suffix}".lower() for part in parts for suffix in _SUFFIXES)


#: Columns that are terms and are honoured, in lower case, by file.
IN_LOCATION = _grid(LOCATION) | {"locparticipation", "biwaitingperiod", "bipoi"}
IN_ACCOUNT = _grid(CONDITION, POLICY, ACCOUNT) | {
    "accparticipation",
    *(name.lower() for name in (*_LAYER, *_LAYER_YEAR)),
}

#: Columns that hold shares.
_SHARES = frozenset(("locparticipation", "accparticipation", "layerparticipation"))

#: Names that mean money in an account or location file.
_FINANCIAL = re.compile(
    r"^(loc|cond|pol|acc)(min|max)?(ded|limit)"
    r"|^(layer|acc|loc|pol)(agg)?(attachment|limit|participation)"
    r"|^(step|payout|trigger|deductible|extraexpense|debrisremoval|scalefactor|minimumtiv|islimitat)"
    r"|^(biwaitingperiod|bipoi|coveragetrigger)"
)


def check(table: Table, honoured: frozenset[str]) -> None:
    """Refuse terms that are not honoured.

    Args:
        table: An account or location file.
        honoured: Column names, in lower case, that hold terms to be honoured.

    Raises:
        FormatError: Another column of terms holds something else than blank or 0, or a code or
            type is not known, or a share is above 1.
    """
    for name, values in table.columns.items():
        if name in honoured:
            known = next((codes for part, codes in _CODES.items() if part.lower() in name), None)
            if known is not None:
                _coded(table, name, known)
        elif _FINANCIAL.match(name):
            for row, value in enumerate(values):
                if value and not zero(value):
                    raise FormatError(f"{name} is not honoured", where=table.where(row))
    for name in table.columns:
        kind = re.sub("(ded|limit)(?=[1-6])", r"\1type", name)
        shares = table.number(kind) > 0 if kind != name else np.full(len(table), name in _SHARES)
        if name in honoured and shares.any():
            for row in np.flatnonzero(shares & (table.number(name) > 1)).tolist():
                raise FormatError(f"{name} is a share above 1", where=table.where(row))


def annual(table: Table, honoured: frozenset[str]) -> str:
    """Return the first term that holds for all losses of a year together; "" if none does.

    Args:
        table: An account or location file.
        honoured: Column names, in lower case, that hold terms to be honoured.

    Raises:
        FormatError: Such a term is a share of the loss, or has bounds.
    """
    first = ""
    for name in table.columns:
        code = _CODED.sub(r"\1code", name)
        if name not in honoured or (code == name and not name.startswith("layeragg")):
            continue
        held = np.ones(len(table), np.bool_) if code == name else table.number(code) == ANNUAL
        if held.any():
            held &= table.number(name) > 0
        for row in np.flatnonzero(held).tolist():
            if wrong := _beside(table, name, row):
                raise FormatError(
                    f"{wrong[0]} with an annual {name} is not honoured", where=table.where(row)
                )
            first = first or f"{table.where(row)}: {name}"
    return first


def _beside(table: Table, name: str, row: int) -> list[str]:
    """Return what stands beside an annual term and has no meaning there."""
    kind = _CODED.sub(r"\1type", name)
    shares = [kind] if kind != name and table.number(kind)[row] == OF_LOSS else []
    bounds = [name.replace("ded", f"{end}ded", 1) for end in ("min", "max") if "ded" in name]
    return shares + [one for one in bounds if table.number(one)[row]]


def _coded(table: Table, name: str, known: tuple[int, ...]) -> None:
    for row, code in enumerate(table.number(name).tolist()):
        if code not in known:
            raise FormatError(
                f"{name} {code:g} is not honoured",
                where=table.where(row),
                remedy=f"known are {', '.join(map(str, known))}",
            )


def zero(value: str) -> bool:
    """Return whether a value is the number 0."""
    try:
        return float(value) == 0
    except ValueError:
        return False


#: What is told of a limit beside its amount.
_OF_LIMIT = ("LimitType", "LimitCode")


def read_terms(table: Table, stage: str, suffix: str) -> Terms:
    """Return the terms of one stage and width, one entry for each row.

    Args:
        table: An account or location file.
        stage: One of `STAGES`.
        suffix: One of `COVERAGES`, or "5PD", "6All".

    Raises:
        FormatError: A value is no amount.
    """
    ded, code, kind, least, most, limit, limit_kind, limit_code = (
        table.number(f"{stage}{part}{suffix}")
        for part in ("Ded", "DedCode", "DedType", "MinDed", "MaxDed", "Limit", *_OF_LIMIT)
    )
    zero = np.zeros(len(table))
    share = zero + 1
    if suffix == "6All" and stage in (LOCATION, ACCOUNT):
        share = table.number(f"{stage}Participation", 1.0)
    return Terms(
        ded, kind, code, least, most, limit, limit_kind, zero, share, limit_code, zero, zero
    )


def read_layers(table: Table) -> Terms:
    """Return the layer of each row of an account file.

    Raises:
        FormatError: A value is no amount.
    """
    attach, limit = table.number(_LAYER[0]), table.number(_LAYER[1])
    zero = np.zeros(len(table))
    share = table.number(_LAYER[2], 1.0)
    of_year = (table.number(name) for name in _LAYER_YEAR)
    return Terms(*(zero,) * 5, limit, zero, attach, share, zero, *of_year)


def interruption(table: Table) -> Terms:
    """Return the waiting period and period of indemnity of each location.

    Days are shares of a year's insured value; they come before the other terms of the coverage.
    Where the file has a column for the period of indemnity, blank means a year.

    Raises:
        FormatError: A value is no amount.
    """
    zero = np.zeros(len(table))
    kind = zero + OF_VALUE
    wait = table.number("BIWaitingPeriod") / 365
    period = table.number("BIPOI", 365) / 365 if table.has("BIPOI") else zero
    return Terms(wait, kind, *(zero,) * 3, period, kind, zero, zero + 1, *(zero,) * 3)
