"""What a new programme's files say before somebody fills them in."""

from __future__ import annotations

from pathlib import Path

from manara.risk import portfolio
from manara.risk.programme.folder import COVER, MEASURES, QUESTIONNAIRE, SEVERITY, SITES, Folder
from manara.risk.programme.sites import write_sites
from manara.risk.programme.workbooks import write_workbook

MEASURES_TEMPLATE = (
    "site,measure,cost,upkeep,life,likelihood,consequence,choice,requires,mandatory\n"
)

COVER_TEMPLATE = """\
# What is insured, and what could be added; amounts in the programme's currency. An example:
#
# sites:
#   "*": {account: property, deductible: 10000}
# accounts:
#   property: {perils: [MTR], layers: [{limit: 5000000}]}
# pool: {scheme: pool-re, as_of: 2026-01-01, retention: 1000000}
# budget: 20000
# offers:
#   - name: stand-alone cover
#     price: 12000
#     stand_alone: {name: stand-alone, perils: [MM1], limit: 10000000}
#   - {name: film on glass, price: 3000, protect: {sites: [north], consequence: 0.7}}
"""


def bands() -> str:
    """Return the bands of severity that come with Manara."""
    return SHIPPED.read_text(encoding="utf-8")


def fill(folder: Folder) -> None:
    """Write the templates into a new programme."""
    write_sites(folder.file(SITES), [])
    write_workbook(folder.file(QUESTIONNAIRE), [])
    folder.file(MEASURES).write_text(MEASURES_TEMPLATE, encoding="utf-8")
    folder.file(COVER).write_text(COVER_TEMPLATE, encoding="utf-8")
    folder.file(SEVERITY).write_text(bands(), encoding="utf-8")


#: The file of these bands.
SHIPPED = Path(portfolio.__file__).with_name("severity.yaml")
