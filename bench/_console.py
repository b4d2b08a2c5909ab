"""An office with leads and accounts, and a server over it, for benchmarks of the console."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from manara.casework.accounts import Right
from manara.console.access import Console
from manara.model import Finding, Handling, Lead, Recipe, Severity, Step, Tlp
from manara.pipeline import Request, ingest
from manara.pipeline.resolution import resolve
from manara.store import Workspace, put_leads

_RULE = Handling.of(Tlp.AMBER_STRICT)
_GIVEN = ("Amal", "Boris", "Chiara", "Dawit", "Elif", "Farid", "Gisela", "Hamza", "Irina", "Joao")
_FAMILY = (
    "Quillon",
    "Zuberbier",
    "Daftarkhani",
    "Okwonkwo",
    "Larsdotter",
    "Benhaddou",
    "Szabolcsi",
)


def make_office(root: Path, leads: int, registry: str = "") -> None:
    """Make a workspace of people in a chain of ties, a lead about each of the first ones."""
    with Workspace.create(root, organisation="Bench", registry=registry) as workspace:
        path = root.parent / "people.ftm.json"
        path.write_text("".join(_people(max(leads, 100))), "utf-8")
        asked = Request(by="bench", dataset="people", handling=_RULE)
        assert [one.status for one in ingest(workspace, [str(path)], asked)] == ["applied"]
        facts = {fact.entity_id: fact.id for fact in workspace.view().facts(props=["name"])}
        put_leads(workspace, "bench", [_lead(at, facts[f"p-{at}"]) for at in range(leads)], by="b")


def make_tangle(root: Path, people: int, ties: int) -> None:
    """Make a workspace of people in groups, most of whose ties stay within the group."""
    draw, rows, tied = random.Random(11), _people(people)[::2], set[tuple[int, int]]()
    while len(tied) < ties:
        one = draw.randrange(people)
        near = one // 50 * 50 + draw.randrange(50)
        other = draw.randrange(people) if len(tied) % 10 == 0 else min(near, people - 1)
        if one != other:
            tied.add((min(one, other), max(one, other)))
    for at, (one, other) in enumerate(sorted(tied)):
        ends = {"subject": [f"p-{one}"], "object": [f"p-{other}"]}
        row = {"id": f"t-{at}", "schema": "UnknownLink", "properties": ends}
        rows.append(json.dumps(row) + "\n")
    with Workspace.create(root, organisation="Bench") as workspace:
        path = root.parent / "tangle.ftm.json"
        path.write_text("".join(rows), "utf-8")
        asked = Request(by="bench", dataset="tangle", handling=_RULE)
        assert [one.status for one in ingest(workspace, [str(path)], asked)] == ["applied"]
        resolve(workspace, by="bench")


def tokens(root: Path, users: int, days: int = 30) -> list[str]:
    """Add supervisors to a workspace and return a token of each."""
    found = []
    with Workspace.open(root) as workspace:
        console = Console(workspace)
        for at in range(users):
            name = f"user-{at}"
            console.accounts.add(
                name, name, by="bench", roles=["supervisor"], purposes=["investigation"]
            )
            asked = [Right.READ, Right.DECIDE, Right.TAKE_IN]
            add = console.tokens.add
            more = {"rights": asked, "days": days, "purpose": "investigation"}
            found.append(add(name, "bench", by="bench", **more)[1])
    return found


class Server:
    """A server over a workspace.

    Args:
        root: the workspace.

    Attributes:
        process: it.
        address: where it answers.
    """

    def __init__(self, root: Path) -> None:
        command = [sys.executable, "-m", "manara", "-w", str(root), "serve", "--port", "0"]
        with (root.parent / "serve.log").open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--json"], stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout
        self.address = str(json.loads(self.process.stdout.readline())["address"])

    def stop(self, *, kill: bool = False) -> None:
        """End it, at once or as it should be."""
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.wait()


def _people(count: int) -> list[str]:
    rows = []
    for at in range(count):
        name = f"{_GIVEN[at % 10]} {_FAMILY[at % 7]}{chr(97 + at % 26)}{chr(97 + at // 26 % 26)}"
        rows.append({"id": f"p-{at}", "schema": "Person", "properties": {"name": [name]}})
        ends = {"subject": [f"p-{at}"], "object": [f"p-{(at + 1) % count}"]}
        rows.append({"id": f"t-{at}", "schema": "UnknownLink", "properties": ends})
    return [json.dumps(row) + "\n" for row in rows]


def _lead(at: int, fact: str) -> Lead:
    severity = Severity(1 + at % 4)
    step = Step(1, "It was seen in a bench.", (fact,))
    finding = Finding("bench.lead", (f"p-{at}",), 0.5, severity, f"Lead {at}", (step,), (fact,))
    now = datetime.now(UTC)
    return Lead(finding, ("people",), _RULE, Recipe("bench", "1", "{}", now, ()), now, now)
