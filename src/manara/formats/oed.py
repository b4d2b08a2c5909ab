"""Sites in the location file of Open Exposure Data (OED, version 3): one row a site.

Of its fields those come in that say what and where a site is. Insured values, terms and model
fields stay in the source, where `manara risk` reads them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from manara.formats.base import Format, Head, Match, derived_id, subject
from manara.formats.delimited import Row, rows
from manara.model import Record, Reject

DATASET = "sites"

#: Fields that tell a location from all others (OED specification, "Key Fields").
_KEY = ("portnumber", "accnumber", "locnumber")
#: OED fields in small letters, for their case does not count, and what they say of a site.
_FIELDS = {
    "locname": "name",
    "locnumber": "siteCode",
    "countrycode": "country",
    "occupancycode": "occupancyType",
    "constructioncode": "constructionType",
    "numberofstoreys": "floors",
    "numberofoccupants": "capacity",
    "yearbuilt": "buildDate",
    "latitude": "latitude",
    "longitude": "longitude",
}
#: Fields of the address, from the narrowest on.
_ADDRESS = ("streetaddress", "postalcode", "city", "areaname")


def recognise(head: Head) -> Match | None:
    """Return a match if the header has the key of a location file; see `Format`."""
    header = next(csv.reader([head.first_line]), [])
    names = {name.strip().lower() for name in header}
    return Match(DATASET) if names.issuperset((*_KEY, "countrycode")) else None


def read(path: Path) -> Iterator[Record | Reject]:
    """Yield one record a location; see `Format`.

    Raises:
        FormatError: the file is no table, or is cut off.
    """
    for row in rows(path):
        yield row if isinstance(row, Reject) else _site(row)


FORMAT = Format("oed-location", "OED locations", "1", recognise, read)


def _site(row: Row) -> Record | Reject:
    columns = {name.strip().lower(): name for name in row.values}
    values = {name: row.values[column].strip() for name, column in columns.items()}
    if not values.get("locnumber"):
        return Reject(row.locator, "key", "a location without LocNumber",
                      ",".join(row.values.values())[:500])  # fmt: skip
    record = Record(row.locator, [])
    site = subject(record, "Site", _id(values))
    for field, prop in _FIELDS.items():
        if field in columns:
            site.add(prop, values[field], row.at(columns[field]))
    if not values.get("locname"):
        site.add("name", values["locnumber"], row.at(columns["locnumber"]))
    address = [values.get(name, "") for name in _ADDRESS]
    site.add("address", ", ".join(filter(None, address)), row.locator)
    return record


def _id(values: dict[str, str]) -> str:
    """Return the id of a location: its country and key, as they are or as their hash."""
    parts = [values.get(name, "") for name in ("countrycode", *_KEY)]
    if all(re.fullmatch(r"[0-9A-Za-z.]*", part) for part in parts):
        return "-".join(filter(None, ["site", *parts]))
    return derived_id("site", "location", *parts)
