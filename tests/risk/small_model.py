"""A catastrophe model small enough to work out by hand: two areas, two perils, three events."""

from __future__ import annotations

import json
from pathlib import Path

from tests.risk.oed import Row, site, write

#: Damage bins: none, up to a half, more, all.
BINS = [(0, 0, 0), (0, 0.5, 0.25), (0.5, 1, 0.75), (1, 1, 1)]

#: Functions 1 (wind) and 2 (water) by intensity: probability of each bin.
DAMAGE = {
    (1, 1): (0.5, 0.5, 0, 0),
    (1, 2): (0.1, 0.2, 0.3, 0.4),
    (2, 1): (0, 0.5, 0.5, 0),
    (2, 2): (0, 0, 0, 1),
}

#: Expected damage, worked out from the above.
MEAN = {(1, 1): 0.125, (1, 2): 0.675, (2, 1): 0.5, (2, 2): 1.0}

#: Event, area, intensity, probability. Areas 11 and 12 are wind, 21 is water.
FOOTPRINT = [
    (1, 11, 1, 1),
    (1, 12, 2, 1),
    (2, 11, 2, 1),
    (2, 21, 1, 1),
    (3, 11, 1, 0.25),
    (3, 11, 2, 0.5),
]

#: Event and year, of four years.
OCCURRENCE = [(1, 1), (2, 2), (3, 2), (1, 4)]

#: In area 11 and wet (21), in area 12, in area 11.
SITES: list[Row] = [
    site(1, BuildingTIV=1000, ContentsTIV=200),
    site(2, BuildingTIV=400),
    site(3, BuildingTIV=100, BITIV=50),
]

KEYS = [
    (1, "WTC", 1, 11, 1),
    (1, "WTC", 3, 11, 1),
    (1, "WSS", 1, 21, 2),
    (2, "WTC", 1, 12, 1),
    (3, "WTC", 1, 11, 1),
    (3, "WTC", 4, 11, 1),
]


def make(folder: Path, correlation: float = 0.0) -> Path:
    """Write the model, with one table of keys, and return its folder."""
    data = folder / "model_data/small"
    data.mkdir(parents=True)
    bins = [
        dict(bin_index=at + 1, bin_from=low, bin_to=high, interpolation=mean, damage_type=0)
        for at, (low, high, mean) in enumerate(BINS)
    ]
    write(data / "damage_bin_dict.csv", bins)
    functions = [
        dict(vulnerability_id=function, intensity_bin_id=level, damage_bin_id=at + 1, probability=p)
        for (function, level), chances in DAMAGE.items()
        for at, p in enumerate(chances)
    ]
    write(data / "vulnerability.csv", functions)
    names = ("event_id", "areaperil_id", "intensity_bin_id", "probability")
    write(data / "footprint.csv", [dict(zip(names, row, strict=True)) for row in FOOTPRINT])
    write(data / "events_p.csv", [{"event_id": event} for event in (1, 2, 3)])
    write(data / "occurrence_lt.csv", [dict(event_id=e, period_no=y) for e, y in OCCURRENCE])
    (folder / "meta-data").mkdir()
    settings = {
        "model_settings": {
            "event_set": {"default": "p"},
            "event_occurrence_id": {"default": "lt"},
        },
        "lookup_settings": {
            "supported_perils": [
                {"id": "WSS", "peril_correlation_group": 1},
                {"id": "WTC", "peril_correlation_group": 2},
            ]
        },
        "correlation_settings": [
            {"peril_correlation_group": 1, "damage_correlation_value": str(correlation)},
            {"peril_correlation_group": 2, "damage_correlation_value": str(correlation)},
        ],
    }
    (folder / "meta-data/model_settings.json").write_text(json.dumps(settings), "utf-8")
    keys = ("LocID", "PerilID", "CoverageTypeID", "AreaPerilID", "VulnerabilityID")
    write(folder / "keys.csv", [dict(zip(keys, row, strict=True)) for row in KEYS])
    return folder
