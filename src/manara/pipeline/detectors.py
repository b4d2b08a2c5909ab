"""The detectors there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from manara.cyber import detect as cyber
from manara.model import UsageError
from manara.money import detect as money
from manara.money.score import detect as score
from manara.money.trade import detect as trade
from manara.network import detect as network
from manara.pipeline.detect import Detector

DETECTORS: Mapping[str, Detector] = {
    "network": Detector("network", network.VERSION, network.SETTINGS, network.find),
    "money": Detector("money", money.version(), money.SETTINGS, money.find, money.configured),
    "trade": Detector("trade", trade.version(), trade.SETTINGS, trade.find, trade.configured),
    "cyber": Detector("cyber", cyber.VERSION, cyber.SETTINGS, cyber.find),
    "score": Detector("score", score.VERSION, score.SETTINGS, score.find, by_name=True),
}


def detectors(names: Collection[str] = ()) -> Sequence[Detector]:
    """Return the detectors of these names, for none all but those that are asked for by name.

    Raises:
        UsageError: there is no such detector.
    """
    unknown = set(names) - DETECTORS.keys()
    if unknown:
        raise UsageError(
            "no such detector", where=", ".join(sorted(unknown)), remedy=", ".join(DETECTORS)
        )
    if names:
        return [DETECTORS[name] for name in names]
    return [one for one in DETECTORS.values() if not one.by_name]
