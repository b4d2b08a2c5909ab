"""An invented office with one person, one tie and one lead under each handling rule."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from manara.casework.accounts import Right
from manara.casework.sessions import begin
from manara.console.access import Console
from manara.console.app import application
from manara.console.guard import Guard
from manara.console.state import Keeper
from manara.model import Finding, Handling, Lead, Recipe, Severity, Step, Tlp
from manara.pipeline import Request, ingest
from manara.store import Workspace, put_leads

with warnings.catch_warnings():
    # Starlette asks for a fork of httpx there.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

#: Each rule of the office by its name, with the given name that only its person has.
RULES: dict[str, tuple[str, Handling]] = {
    "clear": ("Abelard", Handling.of(Tlp.CLEAR)),
    "amber": ("Bertrande", Handling.of(Tlp.AMBER)),
    "strict": ("Cassilda", Handling.of(Tlp.AMBER_STRICT)),
    "red": ("Dagobert", Handling.of(Tlp.RED, releasable_to=["ana-red"])),
    "nobody": ("Eulalie", Handling.of(Tlp.RED, releasable_to=["somebody-else"])),
    "team": ("Frothard", Handling.of(Tlp.AMBER, releasable_to=["jit-1"])),
    "court": ("Gismonda", Handling.of(Tlp.GREEN, purposes=["prosecution"])),
}

#: Accounts beside one a role: name, roles, clearance, groups, purposes.
_OTHERS = (
    ("ana-green", ["analyst"], Tlp.GREEN, [], ["investigation"]),
    ("ana-red", ["analyst"], Tlp.RED, [], ["investigation"]),
    ("ana-team", ["analyst"], Tlp.AMBER_STRICT, ["jit-1"], ["investigation"]),
    ("ana-court", ["analyst"], Tlp.AMBER_STRICT, [], ["prosecution"]),
    ("ana-idle", ["analyst"], Tlp.AMBER_STRICT, [], []),
)
ROLES = (
    *("analyst", "officer", "liaison", "supervisor", "data-protection-officer", "auditor"),
    *("trainer", "risk-manager", "administrator"),
)
PASSWORD = "a long enough pass phrase"


def entity(entity_id: str, schema: str, **values: str) -> dict[str, Any]:
    """Return an entity in FollowTheMoney's form."""
    return {"id": entity_id, "schema": schema, "properties": {k: [v] for k, v in values.items()}}


def _dataset(name: str, given: str) -> list[dict[str, Any]]:
    return [
        entity(f"p-{name}", "Person", name=f"{given} Quillon", birthDate="1970"),
        entity(f"q-{name}", "Person", name=f"{given} Zuberbier"),
        entity(f"t-{name}", "UnknownLink", subject=f"p-{name}", object=f"q-{name}"),
        # Through the one that all may see, those of all rules are tied.
        entity(f"u-{name}", "UnknownLink", subject=f"p-{name}", object="p-clear"),
    ]


def make_office(root: Path, registry: str = "") -> None:
    """Make the workspace."""
    with Workspace.create(root, organisation="Testing Unit", registry=registry) as workspace:
        for name, (given, rule) in RULES.items():
            path = root.parent / f"{name}.ftm.json"
            path.write_text("".join(json.dumps(one) + "\n" for one in _dataset(name, given)))
            asked = Request(by="test", dataset=f"list_{name}", handling=rule)
            assert [d.status for d in ingest(workspace, [str(path)], asked)] == ["applied"]
        facts = {fact.entity_id: fact.id for fact in workspace.view().facts(props=["name"])}
        put_leads(workspace, "test", [_lead(name, facts) for name in RULES], by="test")


def _lead(name: str, facts: dict[str, str]) -> Lead:
    given, rule = RULES[name]
    shown = (facts[f"p-{name}"],)
    finding = Finding(
        "test.lead",
        (f"p-{name}",),
        0.5,
        Severity.HIGH,
        f"{given} looks suspicious",
        (Step(1, f"{given} was seen.", shown),),
        shown,
    )
    now = datetime.now(UTC)
    recipe = Recipe("test", "1", "{}", now, ())
    return Lead(finding, (f"list_{name}",), rule, recipe, now, now)


def lead_id(name: str) -> str:
    """Return the id of the lead under a rule."""
    finding = Finding("test.lead", (f"p-{name}",), 0.5, Severity.HIGH, "x", (Step(1, "x"),), ("x",))
    return finding.id


class Office:
    """The application over an office, in this process, and clients of it.

    Attributes:
        console: what is behind it.
        app: the application, without its door.
        guarded: with its door.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.console = Console(workspace)
        self.app = application(Keeper(workspace), self.console)
        self.guarded = Guard(self.app, [], {"testserver"}, with_console=True)

    def add(self, account_id: str, roles: list[str], **more: Any) -> None:
        """Add an account."""
        more.setdefault("purposes", ["investigation"])
        self.console.accounts.add(account_id, account_id, by="test", roles=roles, **more)

    def add_all(self) -> list[str]:
        """Add an account a role, and analysts who differ otherwise; return their names."""
        for role in ROLES:
            self.add(role, [role])
        for account, roles, clearance, groups, purposes in _OTHERS:
            more = {"groups": groups, "purposes": purposes, "clearance": clearance}
            self.add(account, roles, **more)
        return [*ROLES, *(row[0] for row in _OTHERS)]

    def client(self, account_id: str = "", **headers: str) -> Client:
        """Return a client that has signed in, or one that has not."""
        return Client(self, account_id, headers)

    def token(self, account_id: str, *rights: Right) -> str:
        """Return a token for some rights of an account, all if none is named."""
        account = self.console.accounts.get(account_id)
        asked = rights or account.rights
        purpose = min(account.purposes, default="")
        add = self.console.tokens.add
        return add(account_id, "test", by="test", rights=asked, days=1, purpose=purpose)[1]


class Client(TestClient):
    """A browser that does not follow redirects, and knows what forms must bring along.

    Attributes:
        csrf: that.
    """

    def __init__(self, office: Office, account_id: str, headers: dict[str, str]) -> None:
        super().__init__(
            office.guarded,  # type: ignore[arg-type]
            follow_redirects=False,
            headers={"Accept": "text/html", **headers},
            raise_server_exceptions=True,
        )
        self.csrf = ""
        if account_id:
            console = office.console
            account = console.accounts.get(account_id)
            with console.journal.writing() as (connection, note):
                secret = begin(connection, note, account, full=True)
            session = console.sessions.find(secret)
            assert session
            self.csrf = session.csrf
            self.cookies.set(console.cookie, secret, domain="testserver.local")


@contextmanager
def opened(root: Path) -> Iterator[Office]:
    """Yield the application over a workspace."""
    with Workspace.open(root) as workspace:
        yield Office(workspace)
