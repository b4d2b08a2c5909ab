"""A console over the invented office, with somebody who may do all and see all but others' own."""

from __future__ import annotations

from pathlib import Path

from manara.casework.accounts import Role
from manara.console.access import Console
from manara.model import Tlp
from manara.store import Workspace
from tests.console.conftest import Served
from tests.console.world import make_world

WHO, OTHER, PASSWORD = "amina", "badr", "a long enough password"


def serve_world(root: Path) -> Served:
    """Make the office and its account, and serve it."""
    make_world(root)
    with Workspace.open(root) as workspace:
        console = Console(workspace)
        secret = console.accounts.add(
            WHO,
            "Amina Rahal",
            by="test",
            roles=[Role.SUPERVISOR, Role.DATA_PROTECTION, Role.ADMINISTRATOR, Role.RISK_MANAGER],
            purposes=["investigation"],
            clearance=Tlp.RED,
        )
        console.sessions.set_password(secret, PASSWORD)
        secret = console.accounts.add(
            OTHER, "Badr Salem", by="test", roles=[Role.LIAISON], purposes=["investigation"]
        )
        console.sessions.set_password(secret, PASSWORD)
    return Served(root)
