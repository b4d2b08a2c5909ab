"""An invented office with something on every page: lists, payments, ties, places, leads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from manara.exchange import REQUEST, Letter, Node, Partner
from manara.exchange.letters import take_letter
from manara.exchange.seal import signed
from manara.model import Grade, Handling, Tlp, event
from manara.pipeline import Request, ingest
from manara.pipeline import run as run_pipeline
from manara.pipeline.detect import detect
from manara.pipeline.detectors import DETECTORS
from manara.store import Workspace

DEMO = Path(__file__).parents[2] / "demo"

#: A name that would run as a script where a page forgets to escape.
MARKUP = '<img src=x onerror="document.title=1"> & Söhne'

#: Who collects the small sums.
COLLECTOR, SECRET = "acc-collector", "secret-1"


def entity(entity_id: str, schema: str, **values: str | list[str]) -> dict[str, Any]:
    """Return an entity in FollowTheMoney's form."""
    properties = {key: [one] if isinstance(one, str) else one for key, one in values.items()}
    return {"id": entity_id, "schema": schema, "properties": properties}


#: Who may be told of to a partner, but for what an informant said.
HARBOUR = entity(
    "harbour-1", "Person", name="Maris Toveld", birthDate="1979-03-08", passportNumber="LB4471902"
)


def _gangs() -> Iterator[dict[str, Any]]:
    for gang, topic, first in (
        ("drug", "crime.traffick.drug", "كريم"),
        ("terror", "crime.terror", "Samir"),
    ):
        for at in range(14):
            name = f"{first} {('الساحلي' if gang == 'drug' else 'Delmont')} {at + 1}"
            yield entity(f"{gang}{at}", "Person", name=name, topics=topic)
            for step in (1, 2):
                other = f"{gang}{(at + step) % 14}"
                yield _tie(f"{gang}{at}", other)
    for at in (*range(0, 14, 2), 3, 7, 11):
        yield _tie("drug0" if at % 2 == 0 else f"drug{at}", f"terror{at}")


def _tie(a: str, b: str) -> dict[str, Any]:
    return entity(f"tie-{a}-{b}", "UnknownLink", subject=a, object=b, role="seen together")


def _payments() -> Iterator[dict[str, Any]]:
    owners = {"acc-collector": "amal", "acc-abroad": "shell"}
    yield entity(
        "amal",
        "Person",
        name=["أمل بن يوسف الساحلي", "Amal ben Youssef Essahli"],
        birthDate="1984-02-11",
        nationality="tn",
        phone="+21671123456",
        addressEntity="place-1",
    )
    yield entity("shell", "Company", name="Comptoir du Phare SARL", jurisdiction="fr")
    yield entity(
        "place-1",
        "Address",
        full="12 rue du Phare, Tunis",
        city="Tunis",
        country="tn",
        latitude="36.8065",
        longitude="10.1815",
    )
    yield entity("car-1", "Vehicle", name="Van", registrationNumber="123 TU 4567", owner="amal")
    yield entity("markup", "Person", name=MARKUP)
    yield entity("own-1", "Ownership", owner="amal", asset="shell", startDate="2024-03-01")
    yield entity("tie-markup", "UnknownLink", subject="amal", object="markup", role=MARKUP)
    names = [f"acc-giver-{at}" for at in range(2, 14)]
    for name in (*names, *owners):
        number = f"TN59{abs(hash_of(name)) % 10**12:012}"
        yield entity(name, "BankAccount", name=f"Account {number}", accountNumber=number)
        if name in owners:
            yield entity(f"own-{name}", "Ownership", owner=owners[name], asset=name)
    for at, name in enumerate(names, 2):
        yield _payment(f"p{at}", f"2026-03-{at:02}T10:00:00", name, COLLECTOR, "25")
    yield _payment("p-out", "2026-03-20T09:30:00", COLLECTOR, "acc-abroad", "290")


def hash_of(text: str) -> int:
    """Return a number of a text, the same in every process."""
    return int.from_bytes(text.encode()[-6:], "big") * 7919


def _payment(key: str, time: str, payer: str, payee: str, amount: str) -> dict[str, Any]:
    return entity(
        key,
        "Payment",
        date=time,
        payerAccount=payer,
        beneficiaryAccount=payee,
        amount=amount,
        currency="EUR",
        purpose="help",
    )


def put(
    workspace: Workspace,
    name: str,
    entities: Iterator[dict[str, Any]],
    handling: Handling | None = None,
) -> None:
    """Take entities in as a dataset."""
    path = workspace.root.parent / f"{name}.ftm.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in entities), "utf-8")
    asked = Request(by="test", dataset=name, grade=Grade.parse("B2"), handling=handling)
    for done in ingest(workspace, [str(path)], asked):
        assert done.status == "applied", done


def _incidents(workspace: Workspace) -> None:
    rule = next(iter(workspace.view().handlings()))
    places = [
        ("seizure", "Port of Marseille", "fr", 43.34, 5.34),
        ("crossing", "Ras Jedir", "tn", 33.15, 11.55),
        ("attack", "Depot near Valletta", "mt", 35.87, 14.5),
    ]
    rows = []
    for at, (kind, place, country, latitude, longitude) in enumerate(places):
        time = datetime(2026, 3, 4, tzinfo=UTC) + timedelta(days=9 * at)
        values: dict[str, Any] = {
            "time": time,
            "kind": kind,
            "place": place,
            "country": country,
            "latitude": latitude,
            "longitude": longitude,
            "perpetrators": ("drug0",),
        }
        made = event("incidents", values, f"row {at}", dataset="case", handling_id=rule)
        row = {"time": time.replace(tzinfo=None), "id": made.id, "dataset": "case"}
        rows.append({**made.values, **row, "source_id": "s", "locator": made.locator})
    table = pa.Table.from_pylist([row | {"handling_id": rule} for row in rows])
    workspace.append("incidents", table.to_batches(), by="test")
    own = {name: rows[0][name] for name in ("time", "dataset", "source_id", "locator")}
    goods = {"id": "declared", "exporter": "shell", "importer": "amal", "hs_code": "8517",
             "value": Decimal(900), "currency": "EUR", "handling_id": rule}  # fmt: skip
    table = pa.Table.from_pylist([own | goods])
    workspace.append("declarations", table.to_batches(), by="test")


def _partner(workspace: Workspace) -> None:
    """Let the office know a partner, which asks it for something."""
    node = Node(workspace)
    node.identify("varazan.example", "Varazan unit", by="test")
    with Workspace.create(workspace.root.parent / "ferry") as elsewhere:
        other = Node(elsewhere)
        card = other.identify("ferry.example", "Ferry Authority", by="test").card
        node.agree(Partner(card, purposes=["investigation"], questions=20), by="test")
        made = datetime.now(UTC)
        letter = Letter(
            "ab" * 16, REQUEST, card.id, node.id, ["ana"], made, text="Who is on the Van?",
            purpose="investigation", basis="treaty 12", case="FA-7", deadline=date(2026, 3, 1),
        )  # fmt: skip
        plain = signed({"type": "manara-letter", **msgspec.to_builtins(letter)}, other.keys.signing)
    take_letter(node, plain, by="test")


def make_world(root: Path) -> None:
    """Make a workspace of two lists, a police register, payments, incidents, and its leads."""
    with Workspace.create(root, organisation="Varazan unit") as workspace:
        lists = [
            DEMO / "un_consolidated.xml",
            DEMO / "eu_fsf.xml",
            DEMO / "police_register.ftm.json",
        ]
        for done in ingest(workspace, [str(path) for path in lists], Request(by="test")):
            assert done.status == "applied", done
        put(workspace, "case", _payments())
        put(workspace, "gangs", _gangs())
        soon = date.today() + timedelta(days=9)
        lent = Handling.of(Tlp.AMBER_STRICT, retain_until=soon)
        put(workspace, "lent", iter([entity("lent-1", "Person", name="Ida Verliehen")]), lent)
        put(workspace, "harbour", iter([HARBOUR]), Handling.of(Tlp.GREEN))
        put(workspace, "informants", iter([entity("harbour-1", "Person", alias="The Chandler")]))
        red = Handling.of(Tlp.RED, releasable_to=["nobody-here"], retain_until=soon)
        put(workspace, "secret", iter([entity(SECRET, "Person", name="Zenobia Verborgen")]), red)
        _incidents(workspace)
        _partner(workspace)
        run_pipeline(workspace, by="test")
        detect(workspace, [DETECTORS["money"], DETECTORS["network"]], by="test")
