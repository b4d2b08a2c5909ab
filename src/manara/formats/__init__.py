"""The world's files as records of statements: one module a format, each recognised by content."""

from pathlib import Path

from manara.formats import (
    bis,
    canada,
    eu,
    ftm,
    goaml,
    interpol,
    iso20022,
    misp,
    mt103,
    oed,
    ofac,
    ofac_advanced,
    ofac_csv,
    parsed_list,
    paxlst,
    payment_table,
    pnrgov,
    practice,
    statements,
    stix,
    targets,
    uk_list,
    uk_ofsi,
    un,
)
from manara.formats.base import Batch, Format, Head, Match
from manara.formats.catalogue import CatalogueEntry, catalogue
from manara.formats.delimited import Row, rows
from manara.formats.goaml_profile import Profile, profile
from manara.formats.goaml_report import Report, invalid, write_report
from manara.formats.iso20022_write import write_camt053, write_pacs008, write_pain001
from manara.formats.mapping import Mapping, format_for, load_mapping
from manara.formats.misp_write import write_misp
from manara.formats.mt103 import write_mt103
from manara.formats.payment import Account, Institution, Party, Payment
from manara.formats.unpack import Limits, Member, unpacked
from manara.model import FormatError, NotFoundError

#: Every format that is recognised by content.
FORMATS: tuple[Format, ...] = (
    ftm.FORMAT,
    stix.FORMAT,
    misp.FORMAT,
    interpol.FORMAT,
    statements.FORMAT,
    targets.FORMAT,
    un.FORMAT,
    ofac.FORMAT,
    ofac_advanced.FORMAT,
    *ofac_csv.FORMATS,
    eu.FORMAT,
    *uk_list.FORMATS,
    *uk_ofsi.FORMATS,
    canada.FORMAT,
    bis.FORMAT,
    parsed_list.FORMAT,
    *iso20022.FORMATS,
    mt103.FORMAT,
    goaml.FORMAT,
    payment_table.FORMAT,
    paxlst.FORMAT,
    pnrgov.FORMAT,
    oed.FORMAT,
    practice.FORMAT,
)


def get(name: str) -> Format:
    """Return the format of this name.

    Raises:
        NotFoundError: there is none.
    """
    for known in FORMATS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in FORMATS)
    raise NotFoundError(f"no format {name}", remedy=f"one of {names}")


def recognise(path: Path) -> tuple[Format, Match]:
    """Return the format of a file and what recognition found out, by its content alone.

    Raises:
        FormatError: the file is of no known format.
    """
    head = Head.of(path)
    for known in FORMATS:
        if match := known.recognise(head):
            return known, match
    raise FormatError(
        "the file is empty" if not head.data else "the format is not recognised",
        where=path.name,
        remedy="for a table of your own, give a mapping of its columns with --mapping",
    )


__all__ = [
    "FORMATS",
    "Account",
    "Batch",
    "CatalogueEntry",
    "Format",
    "Head",
    "Institution",
    "Limits",
    "Mapping",
    "Match",
    "Member",
    "Party",
    "Payment",
    "Profile",
    "Report",
    "Row",
    "catalogue",
    "format_for",
    "get",
    "invalid",
    "load_mapping",
    "profile",
    "recognise",
    "rows",
    "unpacked",
    "write_camt053",
    "write_misp",
    "write_mt103",
    "write_pacs008",
    "write_pain001",
    "write_report",
]
