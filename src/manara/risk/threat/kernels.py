"""The two loops of the threat models that numpy cannot express."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]

#: From here on a Hurwitz zeta sum is replaced by its Euler-Maclaurin expansion: error below 1e-10.
_EXPAND = 12.0


@njit(cache=True, nogil=True)
def excited(times: F64, base: float, branching: float, decay: float, grow: F64) -> float:
    """Return the sum of log intensities of a Hawkes process at its events; fill its gradient.

    Args:
        times: days of the events, rising; of several on a day each excites those after it.
        base: events a day without excitement.
        branching: mean number of events that one sets off.
        decay: by which excitement falls, per day.
        grow: gets the derivatives by base, branching and decay, shape (3,).
    """
    total, level, slope = 0.0, 0.0, 0.0
    grow[:] = 0.0
    for i in range(len(times)):
        if i:
            gap = times[i] - times[i - 1]
            fade = math.exp(-decay * gap)
            slope = fade * (slope - gap * (level + 1.0))
            level = fade * (level + 1.0)
        rate = base + branching * decay * level
        total += math.log(rate)
        grow[0] += 1.0 / rate
        grow[1] += decay * level / rate
        grow[2] += branching * (level + decay * slope) / rate
    return total


@njit(cache=True, nogil=True)
def intensity(times: F64, base: float, branching: float, decay: float) -> F64:
    """Return the intensity of a Hawkes process just before each of its events, shape of `times`."""
    found = np.empty(len(times))
    level = 0.0
    for i in range(len(times)):
        if i:
            level = math.exp(-decay * (times[i] - times[i - 1])) * (level + 1.0)
        found[i] = base + branching * decay * level
    return found


@njit(cache=True, nogil=True)
def zeta(power: float, least: float) -> float:
    """Return the Hurwitz zeta function: the sum of (least + k) ** -power over k from 0."""
    total = 0.0
    while least < _EXPAND:
        total += least**-power
        least += 1.0
    tail = least ** (1.0 - power)
    first = power * tail / (least * least)
    third = first * (power + 1.0) * (power + 2.0) / (least * least)
    fifth = third * (power + 3.0) * (power + 4.0) / (least * least)
    rest = first / 12.0 - third / 720.0 + fifth / 30240.0
    return total + tail / (power - 1.0) + 0.5 * tail / least + rest


@njit(cache=True, nogil=True)
def exponent(mean_log: float, least: float) -> float:
    """Return the most likely exponent of a discrete power law from `least` on.

    Args:
        mean_log: mean of the logarithms of the values.
        least: the smallest value.
    """
    # The likelihood is concave in the exponent: golden section meets its top.
    ratio = 0.6180339887498949
    low, high = 1.0001, 12.0
    one, two = high - ratio * (high - low), low + ratio * (high - low)
    at_one = math.log(zeta(one, least)) + one * mean_log
    at_two = math.log(zeta(two, least)) + two * mean_log
    while high - low > 1e-6:
        if at_one < at_two:
            high, two, at_two = two, one, at_one
            one = high - ratio * (high - low)
            at_one = math.log(zeta(one, least)) + one * mean_log
        else:
            low, one, at_one = one, two, at_two
            two = low + ratio * (high - low)
            at_two = math.log(zeta(two, least)) + two * mean_log
    return 0.5 * (low + high)


@njit(cache=True, nogil=True)
def scan(values: F64, counts: F64) -> tuple[float, int, float]:
    """Return exponent, place of the cut-off and Kolmogorov-Smirnov distance of the best power law.

    Every value but the largest is tried as cut-off; the one with the least distance is taken
    (Clauset, Shalizi and Newman 2009, section 3.3).

    Args:
        values: distinct values, rising, from 1.
        counts: how often each occurs.
    """
    size = len(values)
    best, place, distance = 0.0, 0, np.inf
    n, logs = 0.0, 0.0
    for start in range(size - 1, -1, -1):
        n += counts[start]
        logs += counts[start] * math.log(values[start])
        if start == size - 1:
            continue
        power = exponent(logs / n, values[start])
        whole = zeta(power, values[start])
        seen, widest = 0.0, 0.0
        for i in range(start, size):
            seen += counts[i]
            gap = abs(seen / n - 1.0 + zeta(power, values[i] + 1.0) / whole)
            widest = max(widest, gap)
            if widest >= distance:
                break
        if widest < distance:
            best, place, distance = power, start, widest
    return best, place, distance
