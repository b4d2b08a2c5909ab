"""How a sum of independent losses is distributed, without sampling.

Few losses are convolved on a grid; each value is split over its two neighbours there, so that means
stay exact. Of many, the sum is taken to follow a gamma distribution of the same mean and variance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Up to so many losses are convolved.
FEW = 48

#: Cells of the grid.
CELLS = 128

#: Coefficients of variation from 0 to this are tabled, so many a unit.
_WIDEST, _STEPS = 6, 32


def gamma_means(parts: int) -> NDArray[np.float64]:
    """Return the means of equal parts of gamma distributions of mean 1.

    Args:
        parts: Into how many parts of equal probability each is cut.

    Returns:
        A row for each coefficient of variation (see `gamma_row`), its parts rising.
    """
    from scipy.special import gammainc, gammaincinv

    spread = np.arange(1, _WIDEST * _STEPS + 1) / _STEPS
    shape = (1 / spread**2)[:, None]
    ends = gammaincinv(shape, np.arange(parts) / parts)
    below = np.append(gammainc(shape + 1, ends), np.ones((len(spread), 1)), axis=1)
    return np.concatenate([np.ones((1, parts)), np.diff(below) * parts])


@njit(cache=True, nogil=True)
def gamma_row(table: Any, mean: float, variance: float, found: Any) -> None:
    """Fill in the means of equal parts of a gamma distribution.

    Args:
        table: Of `gamma_means`.
        mean: Of the distribution.
        variance: Of the distribution.
        found: Receives the means.
    """
    spread = np.sqrt(max(variance, 0.0)) / mean * _STEPS if mean > 0 else 0.0
    row = min(int(spread), len(table) - 2)
    more = min(spread - row, 1.0)
    for part in range(len(found)):
        found[part] = mean * (table[row, part] + more * (table[row + 1, part] - table[row, part]))


@njit(cache=True, nogil=True)
def convolve(values: Any, count: int, top: float, mass: Any, spare: Any) -> float:
    """Fill in the distribution of a sum on a grid from 0; return the width of a cell.

    Args:
        values: Losses by their equally probable values.
        count: How many of the losses there are.
        top: What is above counts as this.
        mass: Receives probabilities, `CELLS` + 1 of them.
        spare: As long.
    """
    most = 0.0
    for one in range(count):
        most += values[one].max()
    width = min(most, top) / CELLS
    mass[:] = 0.0
    mass[0] = 1.0
    reached = 0
    part = 1.0 / values.shape[1]
    for one in range(count):
        if width == 0.0:
            break
        spare[: reached + 1] = mass[: reached + 1]
        mass[: reached + 1] = 0.0
        begun, end = reached, reached
        for value in range(values.shape[1]):
            at = min(values[one, value] / width, float(CELLS))
            cell = min(int(at), CELLS - 1)
            more = part * (at - cell)
            less = part - more
            for where in range(begun + 1):
                low = where + cell
                mass[min(low, CELLS)] += less * spare[where]
                mass[min(low + 1, CELLS)] += more * spare[where]
            end = max(end, min(begun + cell + 1, CELLS))
        reached = end
    return width


@njit(cache=True, nogil=True)
def part_means(mass: Any, width: float, found: Any) -> None:
    """Fill in the means of equal parts of a distribution on a grid.

    Args:
        mass: Of `convolve`.
        width: Of a cell.
        found: Receives the means, rising.
    """
    part, room = 0, 1.0 / len(found)
    found[:] = 0.0
    for cell in range(len(mass)):
        left = mass[cell]
        while left > room and part < len(found) - 1:
            found[part] += room * cell * width
            left -= room
            part, room = part + 1, 1.0 / len(found)
        found[part] += left * cell * width
        room -= left
    for at in range(len(found)):
        found[at] *= len(found)
