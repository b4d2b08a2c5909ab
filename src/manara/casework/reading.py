"""Who read what: reads of personal data, written into the audit log with their purpose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from manara.store import AuditLog, Entry, Workspace


def note_read(workspace: Workspace, by: str, purpose: str, kind: str, ids: Iterable[str]) -> None:
    """Write into the audit log that an account read something about people.

    Args:
        workspace: the workspace.
        by: the account.
        purpose: for what.
        kind: what it read, such as ``case`` or ``entity``.
        ids: which.
    """
    detail: dict[str, str | int | bool | list[str] | None] = {
        "purpose": purpose,
        "ids": sorted(set(ids)),
    }
    entry = Entry(datetime.now(UTC), by, "read", kind, detail)
    AuditLog(workspace.root / "log").append([entry])
