"""Files of the program Excalibur, in which most published expert studies are kept.

A ``.dtt`` file holds what experts answered, a ``.rls`` file what turned out; both in columns of
fixed width, one line an answer.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from manara.model import FormatError
from manara.risk.experts import Study

_HEAD = re.compile(r"\*.*NQ=\s*(\d+)\s+QU=\s*([\d.\s]+)$")
_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[EeDd][-+]?\d+)?"
_ANSWER = re.compile(rf"(.{{1,5}}) (.{{8}})(.{{5}}) (.{{1,14}}) (UNI|LOG)((?:\s*{_NUMBER})+)")
_TRUTH = re.compile(rf"\s*(\d+)\s+(\S.*?)\s+({_NUMBER})\s+(UNI|LOG)")

#: What stands for a number that is not known: -999 and near it.
_UNKNOWN = (-1000.0, -995.0)


def read_study(answers: Path, truth: Path) -> Study:
    """Return a study from its two files.

    Args:
        answers: the ``.dtt`` file.
        truth: the ``.rls`` file.

    Raises:
        FormatError: a file is not of this form; it says in which line.
    """
    quantiles, given = read_answers(answers)
    known = read_truths(truth)
    experts = tuple(dict.fromkeys(expert for expert, _ in given))
    names = dict.fromkeys(item for _, item in given)
    if unknown := [item for item in names if item not in known]:
        raise FormatError(f"does not tell of item {unknown[0]}", where=truth.name)
    items = tuple(names)
    table = np.full((len(experts), len(items), len(quantiles)), np.nan)
    scales = {item: scale for (_, item), (scale, _) in given.items()}
    for (expert, item), (_, values) in given.items():
        table[experts.index(expert), items.index(item)] = values
    logarithmic = tuple(scales[item] == "LOG" for item in items)
    return Study(
        quantiles, experts, items, logarithmic, table, np.array([known[item] for item in items])
    )


def read_answers(
    path: Path,
) -> tuple[tuple[float, ...], dict[tuple[str, str], tuple[str, list[float]]]]:
    """Return the quantiles asked for, and by expert and item the scale and the values.

    Raises:
        FormatError: no ``.dtt`` file; it says in which line.
    """
    quantiles: tuple[float, ...] = ()
    found: dict[tuple[str, str], tuple[str, list[float]]] = {}
    for number, line in _lines(path):
        if head := _HEAD.match(line.rstrip()):
            quantiles = tuple(float(one) / 100 for one in head[2].split())
        elif one := _ANSWER.match(line):
            expert, item, scale = one[2].strip(), one[3].strip(), one[5]
            values = [_value(text) for text in re.findall(_NUMBER, one[6])][: len(quantiles)]
            _check(values, quantiles, scale, f"{path.name}, line {number}")
            found[expert, item] = scale, values
        elif line.strip():
            raise FormatError("no answer of an expert", where=f"{path.name}, line {number}")
    if not found:
        raise FormatError("no answers in it", where=path.name)
    return quantiles, found


def _check(values: list[float], quantiles: tuple[float, ...], scale: str, where: str) -> None:
    if not quantiles or len(values) < len(quantiles):
        told = f"{len(values)} quantiles of {len(quantiles)}"
        raise FormatError(told, where=where, remedy="a first line with NQ= and QU= names them")
    if np.isnan(values).any():
        values[:] = [np.nan] * len(values)
    elif (np.diff(values) < 0).any():
        raise FormatError("quantiles that fall", where=where)
    elif scale == "LOG" and values[0] <= 0:
        raise FormatError("no logarithm of zero or less", where=where)


def read_truths(path: Path) -> dict[str, float]:
    """Return by item the true value; NaN where it is not known.

    Raises:
        FormatError: no ``.rls`` file; it says in which line.
    """
    found = {}
    for number, line in _lines(path):
        if one := _TRUTH.match(line):
            found[one[1]] = _value(one[3])
        elif line.strip():
            raise FormatError("no outcome of an item", where=f"{path.name}, line {number}")
    return found


def _lines(path: Path) -> list[tuple[int, str]]:
    text = path.read_bytes().decode("cp1252", "replace").replace("\x1a", "")
    return list(enumerate(text.splitlines(), 1))


def _value(text: str) -> float:
    value = float(text.upper().replace("D", "E"))
    return np.nan if _UNKNOWN[0] <= value <= _UNKNOWN[1] else value
