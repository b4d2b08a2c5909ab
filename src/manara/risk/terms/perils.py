"""Perils of terms: which terms hold for the loss of which peril.

Where losses do not say which peril they are of, some peril must be covered by all terms, and all
losses are taken to be of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


def told_apart(tables: Iterable[Table], perils: Iterable[str]) -> bool:
    """Return whether some terms hold for some of the perils only.

    Args:
        tables: Files with terms.
        perils: Codes of those that there are.
    """
    known = tuple(perils)
    texts = {
        value
        for table in tables
        for name, values in table.columns.items()
        if _COLUMN.fullmatch(name)
        for value in set(values)
    }
    return any(not covers(text, peril) for text in texts for peril in known)


class Held(NamedTuple):
    """Sets of terms that groups of rows of a file hold, each for some perils.

    Attributes:
        nodes: The set that holds for each group and peril, shape (groups, perils); -1 is none.
        rows: The row of the file with each set.
        owner: The group of each set.
    """

    nodes: NDArray[np.intp]
    rows: NDArray[np.intp]
    owner: NDArray[np.intp]


def held_by(
    table: Table, column: str, groups: Sequence[Sequence[int]], perils: Sequence[str]
) -> Held:
    """Return which terms hold for which peril.

    Args:
        table: The file.
        column: Of it, names the perils of a row's terms; blank is every peril.
        groups: Rows of each location, layer or account.
        perils: That losses are told apart by; where they are not, the first row of a group holds.

    Raises:
        FormatError: Two rows of a group have terms for one peril.
    """
    first = np.array([rows[0] for rows in groups], np.intp)
    one_each = np.arange(len(groups))
    if not perils:
        return Held(one_each[:, None], first, one_each)
    texts = table.text(column)
    nodes = np.full((len(groups), len(perils)), -1, np.intp)
    found: list[tuple[int, int]] = []
    for group, rows in enumerate(groups):
        known: dict[str, int] = {}
        for row in rows:
            text = texts[row]
            if text in known:
                continue
            known[text] = node = len(found)
            found.append((row, group))
            for at, peril in enumerate(perils):
                if covers(text, peril):
                    if nodes[group, at] >= 0:
                        raise FormatError(
                            f"two sets of terms for {peril}: {column} {text or 'blank'} and "
                            f"{texts[found[nodes[group, at]][0]] or 'blank'}",
                            where=table.where(row),
                        )
                    nodes[group, at] = node
    both = np.array(found, np.intp).reshape(-1, 2)
    return Held(nodes, both[:, 0], both[:, 1])


def covers(text: str, peril: str) -> bool:
    """Return whether a list of codes covers a peril, or all of a group of perils."""
    those = members(text)
    wanted = members(peril)
    return those is None or (wanted is not None and wanted <= those)


def members(text: str) -> set[str] | None:
    """Return the single perils of a list of codes (OED); None for every peril."""
    codes = text.replace(" ", "").upper().split(";")
    if text in ("", "0") or "AA1" in codes:
        return None
    return {peril for code in codes for peril in GROUPS.get(code, code).split()}
