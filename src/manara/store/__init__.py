"""Where facts, events and work state live: workspace, lake, registry, engine, views of the past."""

from manara.store.decisions import decide
from manara.store.edition import EditionResult, EditionWriter
from manara.store.engine import DuckDbEngine, Engine
from manara.store.erasing import Erased, Wanted, erase
from manara.store.files import unsynced
from manara.store.leads import put_leads
from manara.store.log import AuditLog, Entry
from manara.store.recalls import MARK, recall
from manara.store.records import Edition, Segment, Trace
from manara.store.settings import Settings
from manara.store.view import Change, View
from manara.store.workspace import Workspace

__all__ = [
    "MARK",
    "AuditLog",
    "Change",
    "DuckDbEngine",
    "Edition",
    "EditionResult",
    "EditionWriter",
    "Engine",
    "Entry",
    "Erased",
    "Segment",
    "Settings",
    "Trace",
    "View",
    "Wanted",
    "Workspace",
    "decide",
    "erase",
    "put_leads",
    "recall",
    "unsynced",
]
