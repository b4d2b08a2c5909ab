"""Sites of OED location files, and indicators of STIX bundles."""

from __future__ import annotations

import json
from pathlib import Path

from manara.formats import get
from manara.model import Reject
from manara.pipeline.clean import clean

from .locating import facts, split, values

SITES = Path(__file__).parent / "data/oed/locations.csv"


def test_a_location_is_a_site() -> None:
    records, rejects = split(get("oed-location").read(SITES))
    found = facts(records)
    assert values(found, "site-XA-1-A1-7") == {
        "name": ["Gare d'Orvane"], "siteCode": ["7"], "country": ["XA"],
        "address": ["Quai 3, porte B, Orvane"], "occupancyType": ["1210"],
        "constructionType": ["5150"], "floors": ["2"], "capacity": ["340"], "buildDate": ["1987"],
        "latitude": ["-48.1"], "longitude": ["-124.9"],
    }  # fmt: skip
    # Without a name it is called by its number; without a number it is set aside.
    assert values(found, "site-XA-1-A1-8")["name"] == ["8"]
    assert [(one.rule, one.locator) for one in rejects] == [("key", "row 4")]
    assert [one for one in map(clean, found) if isinstance(one, Reject)] == []


def test_an_indicator_says_which_sign_is_bad(tmp_path: Path) -> None:
    one = {
        "type": "indicator", "id": "indicator--00000000-0000-4000-8000-000000000001",
        "name": "beacon", "indicator_types": ["malicious-activity"], "pattern_type": "stix",
        "pattern": "[domain-name:value = 'kalo.example' OR file:hashes.'SHA-256' = 'ab\\'12'] "
                   "FOLLOWEDBY [network-traffic:dst_port > 443]",
        "valid_from": "2026-01-02T00:00:00Z",
    }  # fmt: skip
    other = one | {
        "id": one["id"][:-1] + "2",
        "pattern_type": "snort",
        "pattern": "alert tcp a = 'b'",
    }
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": [one, other]}))
    records, rejects = split(get("stix-json").read(path))
    assert rejects == []
    told = values(facts(records), str(one["id"]))
    assert told["sign"] == ["kalo.example", "ab'12"]
    assert told["signType"] == ["domain-name:value", "file:hashes.'SHA-256'"]
    assert told["indicatorType"] == ["malicious-activity"]
    # Rules of other languages are kept whole, and nothing is read out of them.
    assert "sign" not in values(facts(records), str(other["id"]))
    assert [one for one in map(clean, facts(records)) if isinstance(one, Reject)] == []
