"""Write the demonstration material: small lists of invented people in the forms of real lists.

Run ``python scripts/make_demo.py [--out demo]``. The result is the same on every machine.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from demo import eu, ftm, national, ofac, ofac_advanced, ofsi, tables, uk_list, un
from demo.later import LATER, later_edition
from demo.output import write_text
from demo.party import Listing, Party
from demo.plan import LISTS, plan
from demo.truth import Stated, truth

PUBLISHED = date(2026, 9, 14)
_LATER_FILES = {
    "un": "later/un_consolidated.xml",
    "ofac": "later/ofac_sdn.xml",
    "police": "later/police_register.ftm.json",
}
Listings = Mapping[str, Sequence[Listing]]


def _write_lists(out: Path, world: Mapping[str, Party], listings: Listings) -> None:
    path = {name: out / spec.file for name, spec in LISTS.items()}
    un.write(path["un"], listings["un"], PUBLISHED)
    ofac.write(path["ofac"], listings["ofac"], world, PUBLISHED)
    ofac_advanced.write(
        path["ofac_cons"], listings["ofac_cons"], PUBLISHED, ids="98{:04d}",
        list_name="Consolidated List",
    )  # fmt: skip
    eu.write(path["eu"], listings["eu"], PUBLISHED)
    ofsi.write_csv(path["ofsi"], listings["ofsi"], world, PUBLISHED)
    uk_list.write_xml_form(path["fcdo"], listings["fcdo"], world, PUBLISHED)
    national.write_canada(path["ca"], listings["ca"])
    national.write_denied_persons(path["bis"], listings["bis"])
    ftm.write_register(path["police"], listings["police"])
    ftm.write_statements(path["partner"], listings["partner"])
    ftm.write_simple(path["simple"], listings["simple"])


def _write_other_forms(folder: Path, world: Mapping[str, Party], listings: Listings) -> None:
    """Write the same editions in the other forms their publishers offer."""
    ofac_advanced.write(
        folder / "ofac_sdn_advanced.xml", listings["ofac"], PUBLISHED, ids="8{:03d}",
        list_name="SDN List",
    )  # fmt: skip
    ofac.write_legacy(folder, listings["ofac"], world)
    ofsi.write_xml_form(folder / "uk_ofsi_conlist.xml", listings["ofsi"], world)
    uk_list.write_csv(folder / "uk_sanctions_list.csv", listings["fcdo"], world, PUBLISHED)


def _owners(
    world: Mapping[str, Party], companies: Sequence[Listing], rows: Mapping[str, int]
) -> list[Stated]:
    """Return the owners of companies as the company register states them."""
    file = LISTS["register"].file
    return [
        Stated(
            f"{file}#{rows[listing.party.key]}/owner",
            tables.owner_as_stated(world[listing.party.owner]),
        )
        for listing in companies
        if listing.party.owner in world
    ]


def _counts(listings: Listings) -> dict[str, dict[str, int]]:
    return {
        LISTS[name].file: dict(Counter(listing.party.kind for listing in stated))
        for name, stated in listings.items()
    }


def _write_later(out: Path, world: Mapping[str, Party], listings: Listings) -> dict[str, Any]:
    editions, result = {}, {}
    for name, file in _LATER_FILES.items():
        editions[name], changes = later_edition(listings[name], world)
        result[file] = {
            "edition_of": LISTS[name].file,
            "records": len(editions[name]),
            "changes": [
                {key: value for key, value in change._asdict().items() if value}
                for change in changes
            ],
        }
    un.write(out / _LATER_FILES["un"], editions["un"], LATER)
    ofac.write(out / _LATER_FILES["ofac"], editions["ofac"], world, LATER)
    ftm.write_register(out / _LATER_FILES["police"], editions["police"])
    return result


def _json(value: Mapping[str, Any]) -> str:
    """Return JSON with one line for each item of a list, so that differences can be read."""
    parts = []
    for name, member in value.items():
        if isinstance(member, list):
            items = ",\n".join(json.dumps(item, ensure_ascii=False) for item in member)
            parts.append(f"{json.dumps(name)}: [\n{items}\n]")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(member, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def make(out: Path) -> None:
    """Write all of the demonstration material into a folder."""
    world, listings = plan()
    _write_lists(out, world, listings)
    _write_other_forms(out / "other-forms", world, listings)
    rows: dict[str, dict[str, int]] = {}
    rows["bis"] = {x.party.key: row for row, x in enumerate(listings["bis"], 2)}
    rows["port"], faults = tables.write_port(out / LISTS["port"].file, listings["port"])
    register = out / LISTS["register"].file
    rows["register"] = tables.write_workbook(register, listings["register"], world)
    owners = _owners(world, listings["register"], rows["register"])
    key = truth(world, listings, rows, owners)
    key["counts"] = _counts(listings)
    key["faults"] = [{"file": LISTS["port"].file, **fault._asdict()} for fault in faults]
    key["later"] = _write_later(out, world, listings)
    write_text(out / "truth.json", _json(key))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Write the demonstration material.")
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder to write into")
    make(parser.parse_args().out)


if __name__ == "__main__":
    main()
