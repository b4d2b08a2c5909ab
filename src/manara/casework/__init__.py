"""Casework: cases, evidence with its chain of custody, accounts, retention, court bundles."""

from manara.casework.bundle import Made, ask_release, write_bundle
from manara.casework.case import FOUR_EYES, Asked, Case, Said, Task
from manara.casework.cases import CUSTODY, Cases
from manara.casework.selection import Contents, Held, contents
from manara.casework.verifier import Report, check

__all__ = [
    "CUSTODY",
    "FOUR_EYES",
    "Asked",
    "Case",
    "Cases",
    "Contents",
    "Held",
    "Made",
    "Report",
    "Said",
    "Task",
    "ask_release",
    "check",
    "contents",
    "write_bundle",
]
