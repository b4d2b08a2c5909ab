"""The organisation's own sites: from the simple spreadsheet, or from an OED location file."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec

from manara.formats import delimited, workbook
from manara.formats.delimited import Row
from manara.model import FormatError, Reject

#: Prominence of a site that nobody has rated: the middle of the scale.
MIDDLE = 3

_Amount = Annotated[float, msgspec.Meta(ge=0)]
_Text = Annotated[str, msgspec.Meta(max_length=200)]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One site; amounts in the programme's currency.

    Attributes:
        site: its short name, unique.
        name: what people call it.
        kind: what it is: office, market, school …, in the words of the incidents.
        area: where it is, in the words of the incidents.
        latitude: degrees, WGS 84.
        longitude: degrees, WGS 84.
        building: value of buildings.
        contents: value of what is in them.
        interruption: loss of a year without the site.
        people: there at a busy time.
        prominence: how well known it is, 1 (hardly) to 5 (a landmark).
        comparable: places like it in its area, itself included; 0 if nobody counted.
    """

    site: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    name: _Text = ""
    kind: _Text = ""
    area: _Text = ""
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    building: _Amount = 0.0
    contents: _Amount = 0.0
    interruption: _Amount = 0.0
    people: Annotated[int, msgspec.Meta(ge=0)] = 0
    prominence: Annotated[int, msgspec.Meta(ge=1, le=5)] = MIDDLE
    comparable: Annotated[int, msgspec.Meta(ge=0)] = 0

    @property
    def title(self) -> str:
        """What to call the site for a reader."""
        return self.name or self.site

    @property
    def value(self) -> float:
        """All that there is to lose in money."""
        return self.building + self.contents + self.interruption


COLUMNS = Site.__struct_fields__

#: Columns of the template by those of OED; what OED does not know stays as it is by default.
_OED = {
    "name": "locname",
    "area": "areacode",
    "latitude": "latitude",
    "longitude": "longitude",
    "building": "buildingtiv",
    "contents": "contentstiv",
    "interruption": "bitiv",
    "people": "numberofoccupants",
}
#: What is wrong with a value, in words of a spreadsheet.
_WORDS = {
    "Expected `float`, got `str`": "not a number",
    "Expected `int`, got `str`": "not a whole number",
    "Expected `int`, got `float`": "not a whole number",
}

#: Columns of OED that name a location, and so a site.
OED_KEY = ("portnumber", "accnumber", "locnumber")


def read_sites(path: Path) -> tuple[list[Site], list[Reject]]:
    """Return the sites of a file, and what could not be used of it.

    The file is the template (CSV, or the first sheet of an .xlsx workbook) or an OED location file,
    told by its column `LocNumber`. Of OED, `OtherTIV` counts as contents, and a location in several
    rows is one site.

    Raises:
        FormatError: the file is neither, or cannot be read.
    """
    sites: dict[str, Site] = {}
    rejects: list[Reject] = []
    seen: dict[str, dict[str, str]] = {}
    for row in _rows(path):
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        values = {name.lower(): text.strip() for name, text in row.values.items()}
        oed = "locnumber" in values
        told = _from_oed(values) if oed else {name: values.get(name, "") for name in COLUMNS}
        if not oed and not {"site", "latitude", "longitude"} <= values.keys():
            raise FormatError(
                "neither the template nor an OED location file",
                where=path.name,
                remedy="name the columns " + ", ".join(COLUMNS),
            )
        if told == seen.get(told["site"]) and oed:
            continue
        found = _site(row, told)
        if isinstance(found, Site) and found.site in sites:
            found = Reject(row.locator, "key", f"site {found.site} a second time", found.site)
        if isinstance(found, Reject):
            rejects.append(found)
            continue
        seen[found.site] = told
        sites[found.site] = found
    return list(sites.values()), rejects


def write_sites(path: Path, sites: list[Site]) -> None:
    """Write the template with sites in it; with its heading only if there are none."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in sites:
            writer.writerow(_plain(getattr(one, name)) for name in COLUMNS)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _rows(path: Path) -> Iterator[Row | Reject]:
    if path.suffix.lower() != ".xlsx":
        yield from delimited.rows(path)
        return
    with workbook.opened(path) as book:
        yield from book.rows(book.names[0])


def _from_oed(values: dict[str, str]) -> dict[str, str]:
    told = dict.fromkeys(COLUMNS, "")
    told["site"] = "-".join(values[name] for name in OED_KEY if values.get(name))
    for name, column in _OED.items():
        told[name] = values.get(column, "")
    told["area"] = told["area"] or values.get("city", "") or values.get("countrycode", "")
    if other := values.get("othertiv"):
        told["contents"] = _sum(told["contents"], other)
    return told


def _sum(one: str, two: str) -> str:
    try:
        return repr(float(one or 0) + float(two))
    except ValueError:
        return two


def _site(row: Row, told: dict[str, str]) -> Site | Reject:
    try:
        found = msgspec.convert({k: v for k, v in told.items() if v}, Site, strict=False)
    except msgspec.ValidationError as error:
        reason, _, at = str(error).partition(" - at `$.")
        column = at.rstrip("`")
        where = row.at(column) if column else row.locator
        reason = _WORDS.get(reason, reason)
        return Reject(where, "value" if column else "missing", reason, told.get(column, ""))
    numbers = (getattr(found, name) for name in COLUMNS)
    if not all(math.isfinite(one) for one in numbers if isinstance(one, float)):
        return Reject(row.locator, "value", "a number that is not finite", "")
    return found
