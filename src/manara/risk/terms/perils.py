"""Perils of terms: some must be covered by all, and all losses are taken to be of these."""

from __future__ import annotations

import re
from collections.abc import Iterable

from manara.model import FormatError
from manara.risk.oed import Table

#: OED's groups of perils and their members; AA1 is every peril.
GROUPS = {
    "BB1": "BBF BSK",
    "CC1": "CPD CSB",
    "GG1": "XCH",
    "MM1": "MNT MTR",
    "OO1": "ORF OSF",
    "PP1": "PNF",
    "QQ1": "QEQ QFF QLF QLS QSL QTS",
    "VV1": "VVA VVE VVL",
    "WW1": "WEC WSS WTC",
    "WW2": "WEC WTC",
    "XX1": "XHL XLT XSL XTD",
    "XZ1": "XHL XLT XSL XTD ZFZ ZIC ZSN ZST",
    "ZZ1": "ZFZ ZIC ZSN ZST",
}

#: Columns that name perils of terms. LocPerilsCovered is not one: it says of which perils a model
#: makes losses at a location, and those are given.
_COLUMN = re.compile(r"(loc|cond|pol|acc|reins)peril|polperilscovered")


def check_perils(tables: Iterable[Table]) -> list[str]:
    """Return a line if terms name different perils that have some in common.

    Raises:
        FormatError: No peril is covered by all terms.
    """
    common: set[str] | None = None
    differ = False
    for table in tables:
        for name, values in table.columns.items():
            if not _COLUMN.fullmatch(name):
                continue
            for row, value in enumerate(values):
                found = members(value)
                if found is None or found == common:
                    continue
                differ |= common is not None
                left = found if common is None else common & found
                if not left:
                    raise FormatError(
                        f"{name} is {value}, elsewhere {' '.join(sorted(common or ()))}: terms by "
                        "peril are not honoured",
                        where=table.where(row),
                        remedy="keep the terms of one peril, run each peril on its own",
                    )
                common = left
    if differ and common:
        perils = " ".join(sorted(common))
        return [f"terms name different perils; all losses are taken to be of {perils}"]
    return []


def members(text: str) -> set[str] | None:
    """Return the single perils of a list of codes (OED); None for every peril."""
    codes = text.replace(" ", "").upper().split(";")
    if text in ("", "0") or "AA1" in codes:
        return None
    return {peril for code in codes for peril in GROUPS.get(code, code).split()}
