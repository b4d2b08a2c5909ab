"""Bands of severity: how much is lost at which distance, and how single losses spread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from manara.model import FormatError

Floats = NDArray[np.float64]

#: What a site is worth, in the order of `Sites.values`; the last is no money.
KINDS = ("buildings", "contents", "interruption", "people")

#: Equal parts of the reach of a band, at whose ends its curves are held.
STEPS = 256

#: Expected parts for which spread losses are held, and equal parts of their distribution.
MEANS, PARTS = 64, 256


@dataclass(frozen=True, slots=True)
class Severity:
    """Bands of severity.

    Attributes:
        names: Names of the bands.
        reach: Distance in metres beyond which a band does nothing.
        kinds: The curve of each of `KINDS`, as a row below.
        curves: Expected part lost: curve, band, `STEPS` + 1 distances from 0 to the reach.
        spread: How single losses spread around the expected one, 0 to 1.
    """

    names: tuple[str, ...]
    reach: Floats
    kinds: tuple[int, ...]
    curves: Floats
    spread: float

    @classmethod
    def read(cls, path: Path | None = None) -> Severity:
        """Return the bands of a YAML file; of the one that comes with Manara if none is given.

        Raises:
            FormatError: The file is not as `severity.yaml` explains.
        """
        path = path or Path(__file__).with_name("severity.yaml")
        try:
            told = yaml.safe_load(path.read_text(encoding="utf-8"))
            return _severity(told)
        except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
            raise FormatError(f"no bands of severity: {error}", where=path.name) from error

    def quantiles(self) -> NDArray[np.float32]:
        """Return parts lost: mean of each of `PARTS` equal parts of the distribution, by `MEANS`.

        A part lost is (1 - spread) m + spread u^((1 - m) / m), with u even between 0 and 1, so its
        mean is the expected part m: of a beta distribution where the spread is 1.
        """
        mean = np.linspace(0, 1, MEANS)
        power = 1 / np.maximum(mean, 1e-6)
        ends = (np.arange(PARTS + 1) / PARTS)[:, None] ** power
        wide = np.diff(ends, axis=0) * PARTS / power
        wide[:, 0] = 0.0
        return ((1 - self.spread) * mean + self.spread * wide).astype(np.float32)


def _severity(told: dict[str, Any]) -> Severity:
    names = sorted(set(told["curves"].values()))
    if set(told["curves"]) != set(KINDS):
        raise ValueError(f"curves are not for {', '.join(KINDS)}")
    spread = float(told["spread"])
    if not 0 <= spread <= 1:
        raise ValueError("spread is not between 0 and 1")
    bands = told["bands"]
    reach = np.array([max(float(band[name]["metres"][-1]) for name in names) for band in bands])
    curves = np.zeros((len(names), len(bands), STEPS + 1))
    for row, name in enumerate(names):
        for at, band in enumerate(bands):
            metres = np.array(band[name]["metres"], np.float64)
            part = np.array(band[name]["part"], np.float64)
            if len(metres) < 2 or metres[0] != 0 or (np.diff(metres) <= 0).any():
                raise ValueError(f"metres of {name} in {band['name']} do not rise from 0")
            if part.shape != metres.shape or not ((part >= 0) & (part <= 1)).all():
                raise ValueError(
                    f"part of {name} in {band['name']} is not 0 to 1 for each distance"
                )
            where = np.linspace(0, reach[at], STEPS + 1)
            curves[row, at] = np.interp(where, metres, part, right=0.0)
    kinds = tuple(names.index(told["curves"][kind]) for kind in KINDS)
    return Severity(tuple(str(band["name"]) for band in bands), reach, kinds, curves, spread)
