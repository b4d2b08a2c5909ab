"""How far assessors agree: Krippendorff's alpha for ordered scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def krippendorff(table: Sequence[Sequence[int | None]]) -> float | None:
    """Return Krippendorff's alpha with the ordinal metric; None if nothing can be compared.

    1 is agreement, 0 what chance would give. Krippendorff, "Computing Krippendorff's
    Alpha-Reliability" (2011).

    Args:
        table: a row for each assessor, a column for each thing judged; None where not judged.
    """
    values = sorted({one for row in table for one in row if one is not None})
    place = {value: at for at, value in enumerate(values)}
    together = np.zeros((len(values), len(values)))
    for column in zip(*table, strict=True):
        given = np.zeros(len(values))
        for one in column:
            if one is not None:
                given[place[one]] += 1
        if given.sum() > 1:
            together += (np.outer(given, given) - np.diag(given)) / (given.sum() - 1)
    each = together.sum(axis=1)
    n = float(each.sum())
    if not n:
        return None
    # Ranks lie as far apart as there are judgements from the middle of one to that of the other.
    middle = np.cumsum(each) - each / 2
    apart = (middle[:, None] - middle[None, :]) ** 2
    expected = float((np.outer(each, each) * apart).sum())
    return 1.0 - (n - 1) * float((together * apart).sum()) / expected if expected else 1.0
