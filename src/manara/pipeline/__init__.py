"""The way of the data from left to right: take in, resolve, look, report, hand on.

Screening and resolution have faces of their own, `manara.pipeline.screening` and
`manara.pipeline.resolution`: they load a compiler.
"""

from manara.pipeline.changes import Change, changes
from manara.pipeline.dossier import Dossier, dossier
from manara.pipeline.export import export_csv, export_ftm, export_parquet
from manara.pipeline.ingest import Ingested, Request, ingest
from manara.pipeline.run import RunSummary, run, update_sources
from manara.pipeline.search import Found, find

__all__ = [
    "Change",
    "Dossier",
    "Found",
    "Ingested",
    "Request",
    "RunSummary",
    "changes",
    "dossier",
    "export_csv",
    "export_ftm",
    "export_parquet",
    "find",
    "ingest",
    "run",
    "update_sources",
]
