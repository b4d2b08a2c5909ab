"""Random numbers that need no storing: each is a hash of the seed and of what it is for.

Draws of one thing come in pairs of samples, a number and its opposite (antithetic variates,
Hammersley & Morton 1956): each alone is as random as without, and means need fewer of them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Steps of the normal tables: a draw takes one of 2**16 quantiles, each as likely.
_BITS = 16

#: The distribution function is tabled from -REACH to REACH, STEPS a unit.
REACH, STEPS = 8.0, 256.0

#: What tells numbers drawn for one purpose from those for another.
DAMAGE, COMMON, HAZARD, YEARS = (np.uint64(number) for number in (1, 2, 3, 4))

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@njit(cache=True, nogil=True)
def mixed(value: Any) -> Any:
    """Return 64 well mixed bits of 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True)
def stream(seed: Any, purpose: Any, event: Any, thing: Any) -> Any:
    """Return where the random numbers of one thing in one event begin.

    Args:
        seed: Of the run.
        purpose: `DAMAGE`, `COMMON`, `HAZARD` or `YEARS`.
        event: Number of the event.
        thing: 64 bits that name a site or group.
    """
    key = mixed(np.uint64(seed) * _GOLDEN + purpose)
    key = mixed(key ^ (np.uint64(event) * _GOLDEN))
    return mixed(key ^ np.uint64(thing))


@njit(cache=True, nogil=True)
def bits(start: Any, sample: Any) -> Any:
    """Return 64 random bits: number `sample` of a stream."""
    return mixed(start + np.uint64(sample + 1) * _GOLDEN)


@njit(cache=True, nogil=True)
def paired(start: Any, sample: Any) -> Any:
    """Return 64 random bits, every second of which is the opposite of the one before."""
    return bits(start, sample >> 1) ^ (np.uint64(0) - np.uint64(sample & 1))


@njit(cache=True, nogil=True)
def uniform(random: Any) -> Any:
    """Return a number between 0 and 1, neither included, of random bits."""
    return (np.float64(random >> np.uint64(12)) + 0.5) / 4503599627370496.0


def names(keys: Iterable[tuple[str, ...]]) -> NDArray[np.uint64]:
    """Return 64 bits for each name, the same wherever the name stands in whatever file."""
    found = [
        int.from_bytes(hashlib.blake2b("\0".join(key).encode(), digest_size=8).digest(), "little")
        for key in keys
    ]
    return np.array(found, np.uint64)


def normal_tables() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return quantiles of the normal distribution, and its distribution function.

    Returns:
        The middle quantile of each of 2**16 equal parts; and values from -`REACH` to `REACH`,
        `STEPS` a unit and one more at the end.
    """
    grid = np.linspace(-REACH, REACH, int(2 * REACH * STEPS) + 1)
    below = np.array([0.5 * math.erfc(-at / math.sqrt(2)) for at in grid.tolist()])
    middle = (np.arange(1 << (_BITS - 1)) + 0.5) / (1 << _BITS)
    half = _newton(np.interp(middle, below, grid))
    quantiles = np.concatenate([half, -half[::-1]]).astype(np.float32)
    return quantiles, np.append(below, 1.0).astype(np.float32)


@njit(cache=True, nogil=True)
def _newton(guess: Any) -> Any:
    found = guess.copy()
    for at in range(len(found)):
        wanted = (at + 0.5) / (2 * len(found))
        for _ in range(3):
            density = math.exp(-0.5 * found[at] ** 2) / math.sqrt(2 * math.pi)
            found[at] -= (0.5 * math.erfc(-found[at] / math.sqrt(2)) - wanted) / density
    return found


@njit(cache=True, nogil=True)
def normal(quantiles: Any, random: Any) -> Any:
    """Return a normal draw of random bits."""
    return quantiles[random >> np.uint64(48)]


@njit(cache=True, nogil=True)
def place(value: Any) -> Any:
    """Return where a value stands in the table of the distribution function."""
    return np.float32((value + REACH) * STEPS)


@njit(cache=True, nogil=True)
def below(table: Any, at: Any) -> Any:
    """Return the normal distribution function by the place in its table."""
    at = min(max(at, np.float32(0.0)), np.float32(2 * REACH * STEPS))
    cell = np.uint64(at)
    return table[cell] + (at - np.float32(cell)) * (table[cell + np.uint64(1)] - table[cell])
