"""Plain Python twins of compiled loops."""

from __future__ import annotations

import numpy as np

from manara.identity.screening.kernels import EXCHANGED, MAX_LETTERS


def plain_cost(a: list[int], b: list[int], table: np.ndarray) -> float:
    """Twin of `edit_cost`, by the recursive definition."""
    a, b = a[:MAX_LETTERS], b[:MAX_LETTERS]
    known = {(0, 0): 0.0}
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            ways = [known[0, 0]] if not i and not j else []
            if i:
                ways.append(known[i - 1, j] + float(table[a[i - 1], 0]))
            if j:
                ways.append(known[i, j - 1] + float(table[0, b[j - 1]]))
            if i and j:
                ways.append(known[i - 1, j - 1] + float(table[a[i - 1], b[j - 1]]))
            if i > 1 and j > 1 and a[i - 2 : i] == b[j - 2 : j][::-1] and a[i - 1] != a[i - 2]:
                ways.append(known[i - 2, j - 2] + EXCHANGED)
            known[i, j] = min(ways)
    return known[len(a), len(b)]
