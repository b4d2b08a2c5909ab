"""The detectors there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from manara.model import UsageError
from manara.money import detect as money
from manara.network import detect as network
from manara.pipeline.detect import Detector

DETECTORS: Mapping[str, Detector] = {
    "network": Detector("network", network.VERSION, network.SETTINGS, network.find),
    "money": Detector("money", money.version(), money.SETTINGS, money.find, money.configured),
}


def detectors(names: Collection[str] = ()) -> Sequence[Detector]:
    """Return the detectors of these names, all for none.

    Raises:
        UsageError: there is no such detector.
    """
    unknown = set(names) - DETECTORS.keys()
    if unknown:
        raise UsageError(
            "no such detector", where=", ".join(sorted(unknown)), remedy=", ".join(DETECTORS)
        )
    return [DETECTORS[name] for name in names or DETECTORS]
