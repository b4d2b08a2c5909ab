"""Figures of screening quality: thresholds by false alerts, F1, calibration, groups. No data here.

Scores are probabilities or similarities in 0 to 1; a name alerts when its best score is at or
above the threshold.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any


def share(part: float, whole: float) -> float:
    """Return part of whole, rounded to four decimals; 0.0 of nothing."""
    return round(part / whole, 4) if whole else 0.0


def at_least(scores: Iterable[float], threshold: float) -> float:
    """Return the share of scores at or above a threshold."""
    flags = [score >= threshold for score in scores]
    return share(sum(flags), len(flags))


def threshold_for(clean_scores: Sequence[float], rate: float) -> float:
    """Return the lowest threshold at which at most this share of clean people alert.

    Args:
        clean_scores: the best score of each clean person, 0.0 for none.
        rate: the share, such as 0.003.
    """
    allowed = int(rate * len(clean_scores) + 1e-9)
    ranked = sorted(clean_scores, reverse=True)
    if allowed >= len(ranked):
        return math.ulp(0.0)  # above nothing: who is no hit never alerts
    # The first score that must not alert: the threshold is the next number above it.
    return math.nextafter(ranked[allowed], math.inf)


def precision_recall(scores: Sequence[float], labels: Sequence[bool], threshold: float) -> Any:
    """Return precision, recall and F1 of calling every score at or above the threshold a match."""
    called = [score >= threshold for score in scores]
    hits = sum(call and label for call, label in zip(called, labels, strict=True))
    precision, recall = share(hits, sum(called)), share(hits, sum(labels))
    both = precision + recall
    f1 = round(2 * precision * recall / both, 4) if both else 0.0
    return {"n": len(labels), "precision": precision, "recall": recall, "f1": f1}


def best_threshold(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Return the threshold with the highest F1: midway between the two scores it separates."""
    ranked = sorted(set(scores) | {0.0, 1.0})
    cuts = [(low + high) / 2 for low, high in itertools.pairwise(ranked)]
    return max(cuts, key=lambda cut: precision_recall(scores, labels, cut)["f1"], default=0.5)


def calibration(scores: Sequence[float], labels: Sequence[bool], bins: int = 10) -> Any:
    """Return the expected calibration error over equal-width bins, and how the top score is shared.

    Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2.

    Returns:
        ``ece``; ``bins`` as [pairs, mean score, share of true pairs]; ``top_score`` and the share
        of pairs that have exactly this score.
    """
    held: dict[int, list[int]] = defaultdict(list)
    for at, score in enumerate(scores):
        held[min(int(score * bins), bins - 1)].append(at)
    rows, error = [], 0.0
    for _, members in sorted(held.items()):
        mean = sum(scores[at] for at in members) / len(members)
        true = sum(labels[at] for at in members) / len(members)
        rows.append([len(members), round(mean, 3), round(true, 3)])
        error += len(members) / len(scores) * abs(mean - true)
    top = max(scores, default=0.0)
    return {
        "n": len(scores),
        "true": share(sum(labels), len(labels)),
        "ece": round(error, 4),
        "top_score": round(top, 6),
        "share_at_top": share(sum(score == top for score in scores), len(scores)),
        "bins": rows,
    }


def groups(alerts: Sequence[bool], members: Sequence[str], least: int = 100) -> Any:
    """Return the alert rate of each group, and which are above twice the mean of all.

    Args:
        alerts: whether each person alerts.
        members: the group of each person; ``""`` belongs to none.
        least: groups with fewer people are left out, as one alert would decide.

    Returns:
        ``mean``; ``rates`` by group as [people, alerts, rate]; ``above_twice_the_mean``; and
        ``certain``: those of them whose 95 % Wilson interval lies wholly above.
    """
    found: dict[str, list[bool]] = defaultdict(list)
    for alert, group in zip(alerts, members, strict=True):
        if group:
            found[group].append(alert)
    rates = {key: f for key, f in sorted(found.items()) if len(f) >= least}
    bound = 2 * sum(alerts) / len(alerts) if alerts else 0.0
    above = [key for key, f in rates.items() if sum(f) / len(f) > bound]
    return {
        "mean": share(sum(alerts), len(alerts)),
        "rates": {key: [len(f), sum(f), share(sum(f), len(f))] for key, f in rates.items()},
        "above_twice_the_mean": above,
        "certain": [k for k in above if wilson_low(sum(rates[k]), len(rates[k])) > bound],
    }


def wilson_low(hits: int, n: int, z: float = 1.96) -> float:
    """Return the lower end of the Wilson score interval of a share (Wilson 1927)."""
    p = hits / n
    middle = p + z * z / (2 * n)
    return (middle - z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 of times in seconds, as milliseconds (nearest rank)."""
    ranked = sorted(times)
    ranks = {f"p{q}": max(0, math.ceil(q / 100 * len(ranked)) - 1) for q in (50, 95, 99)}
    return {key: round(ranked[rank] * 1000, 3) for key, rank in ranks.items()}


def ratio(ours: float, theirs: float) -> float | None:
    """Return ours over the peer's, None where the peer has nothing to divide by."""
    return round(ours / theirs, 3) if theirs else None
