"""An invented ring as a lake, its objects, and what is read back from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from manara.formats import stix
from manara.formats.stix_extension import EXTENSION
from manara.formats.stix_write import LeftOut, Made
from manara.model import (
    EXISTS,
    Fact,
    Finding,
    Handling,
    Lead,
    Recipe,
    Record,
    Reject,
    Severity,
    Step,
    Tlp,
    fact_id,
)
from manara.pipeline.stix_export import Release, Selection, export_stix, stix_objects

T0 = datetime(2026, 5, 1, 8, 30, 0, 123456, tzinfo=UTC)
OPEN, AMBER = Handling.OPEN, Handling.of(Tlp.AMBER)
ONLY_B = Handling.of(Tlp.GREEN, releasable_to=["b.example"], consent=["a.example"])


class Lake:
    """What an export asks of a view, over facts at hand."""

    def __init__(self, *facts: Fact, rules: tuple[Handling, ...] = (), events: Any = ()) -> None:
        self._facts = sorted(facts, key=lambda f: (f.entity_id, f.prop, f.value))
        self._rules = {rule.id: rule for rule in (*rules, OPEN, AMBER, ONLY_B)}
        self._events = events
        self.found: list[Lead] = []

    def facts(self, ids: Any = None, datasets: Any = None, *, past: bool = False) -> Iterator[Fact]:
        yield from self._facts

    def handlings(self) -> dict[str, Handling]:
        return self._rules

    def stream(self, query: str) -> Iterator[Any]:
        rows = [row for table, row in self._events if query.endswith(f" {table}")]
        return iter([type("Batch", (), {"to_pylist": lambda self: rows})()] if rows else [])

    def leads(self) -> Iterator[Lead]:
        return iter(self.found)


def fact(
    entity: str, schema: str, prop: str, value: str, rule: Handling = OPEN, **more: Any
) -> Fact:
    original, lang = more.pop("original", ""), more.pop("lang", "")
    key = fact_id("list", entity, schema, prop, value, original, lang, rule.id)
    made = Fact(key, entity, schema, prop, value, original, lang, "list", "0" * 64, "", rule.id, T0)
    return made._replace(**more)


def world(rule: Handling = OPEN) -> Lake:
    """An invented ring: a person, a company, an account, a passport, a firearm, ties and events."""
    facts = (
        fact("p", "Person", "name", "Hala Manarzi", rule),
        fact("p", "Person", "name", "هالة منارزي", rule, lang="ara"),
        fact("p", "Person", "birthDate", "1971-03", original="March 1971"),
        fact("p", "Person", "addressEntity", "home"),
        fact("home", "Address", "full", "12 rue du Wharf, Lomé"),
        fact("home", "Address", "city", "Lomé"),
        fact("home", "Address", "country", "tg"),
        fact("nowhere", "Address", "full", "a shed by the river"),
        fact("c", "Company", "name", "Velour Trading"),
        fact("o", "Ownership", "owner", "p"),
        fact("o", "Ownership", "asset", "c"),
        fact("o", "Ownership", "startDate", "2020-02-01"),
        fact("two", "Ownership", "owner", "p"),
        fact("two", "Ownership", "owner", "c"),
        fact("two", "Ownership", "asset", "c"),
        fact("acc", "BankAccount", "accountNumber", "TG53 0001"),
        fact("pass", "Passport", "number", "AB1234567"),
        fact("pass", "Passport", "holder", "p"),
        fact("gun", "Firearm", "serialNumber", "KX-77"),
        fact("ship", "Vessel", "name", "Alma"),
        fact("user", "UserAccount", "username", "velour7"),
        fact("user", "UserAccount", "service", "chat.example"),
        fact("user2", "UserAccount", "username", "velour7"),
        fact("user2", "UserAccount", "service", "chat.example"),
        fact("bare", "Organization", EXISTS, "bare-2"),
    )
    base = {"dataset": "list", "handling_id": rule.id, "time": T0.replace(tzinfo=None)}
    events = (
        ("custody", base | {"id": "e1", "item": "gun", "kind": "seized", "holder_from": "p"}),
        ("payments", base | {"id": "e2", "payer": "p", "payee": "c", "amount": Decimal("12.50"),
                             "currency": "XOF", "intermediaries": ["c"]}),
        ("sightings", base | {"id": "e3", "sign": "velour.example", "kind": "domain",
                              "subject": "p", "observer": "c", "count": 3}),
        ("sightings", base | {"id": "e4", "sign": "2001:db8::7", "kind": "address"}),
        ("sightings", base | {"id": "e5", "sign": "AA-123", "kind": "plate", "subject": "p"}),
        ("sightings", base | {"id": "e6", "sign": "a" * 64, "kind": "hash"}),
        ("sightings", base | {"id": "e7", "sign": "velour.example", "kind": "domain"}),
    )  # fmt: skip
    lake = Lake(*facts, rules=(rule,), events=events)
    finding = Finding(
        "network.broker", ("p",), 0.87, Severity.HIGH, "Ties two groups",
        (Step(1, "Owns what both use.", ("e2",)),), ("e2",),
    )  # fmt: skip
    recipe = Recipe("network.broker", "1", "{}", T0, ())
    lake.found = [Lead(finding, ("list",), rule, recipe, T0, T0)]
    return lake


def made(lake: Any, release: Release | None = None) -> tuple[list[Made], list[LeftOut]]:
    left: list[LeftOut] = []
    objects = list(stix_objects(lake, Selection(), release, "Unit A", left.append))
    return objects, left


def written(objects: list[Made], folder: Path) -> Path:
    path = folder / "out.json"
    path.write_bytes(b"".join(export_stix(objects)))
    return path


def read_back(path: Path) -> list[Record]:
    items = list(stix.FORMAT.read(path))
    assert [one.rule for one in items if isinstance(one, Reject) and one.rule != "lead"] == []
    return [one for one in items if isinstance(one, Record)]


def ours(one: Made) -> dict[str, Any]:
    found: dict[str, Any] = one.data.get("extensions", {}).get(EXTENSION, {})
    return found


def by_entity(objects: list[Made]) -> dict[str, dict[str, Any]]:
    return {ours(o)["known_as"][0]: o.data for o in objects if "known_as" in ours(o)}
