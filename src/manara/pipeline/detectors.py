"""The detectors there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from manara.model import UsageError
from manara.money import detect as money
from manara.pipeline.detect import Detector

_MONEY = Detector("money", money.version(), money.SETTINGS, money.find, money.configured)

DETECTORS: Mapping[str, Detector] = {detector.name: detector for detector in (_MONEY,)}


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
