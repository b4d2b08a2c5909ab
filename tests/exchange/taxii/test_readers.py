"""What others posted is asked about anew for each reader, by its markings and the collection."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from manara.exchange.taxii import Store
from manara.exchange.taxii.config import Config
from manara.exchange.taxii.filters import asked
from manara.exchange.taxii.objects import Incoming, incoming
from manara.exchange.taxii.readers import reader
from manara.exchange.taxii.store import FILE
from manara.formats.stix_extension import marking_definitions, marking_refs
from manara.model import Handling, Recipient, Relation
from tests.exchange.taxii.conftest import Live, identity

OBJECTS = "collections/inbox/objects/"
TODAY = datetime.now(UTC).date()
KNOWN = ("client", "community", "public")
CONFIG = """
[collections.inbox]
purpose = "prevention"
handling = {{tlp = "GREEN", retain_until = {until}}}
[accounts.poster]
token_sha256 = "{poster}"
write = ["inbox"]
read = ["inbox"]
"""
STRICT = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"  # TLP:AMBER of TLP 1.0
STATED = "marking-definition--00000000-0000-4000-8000-00000000000a"
NOWHERE = "marking-definition--00000000-0000-4000-8000-00000000000b"


def config(folder: Path, until: date = TODAY) -> Config:
    digest = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("poster", *KNOWN)}
    text = CONFIG.format(until=until.isoformat(), poster=digest["poster"])
    for name in KNOWN:
        text += f'[accounts.{name}]\ntoken_sha256 = "{digest[name]}"\nread = ["inbox"]\n'
        text += f'organisation = "{name}.example"\nrelation = "{name}"\n'
    (folder / "taxii.toml").write_text(text, "utf-8")
    found = Config.load(folder)
    assert found
    return found


def seen(store: Store, said: Config, name: str) -> set[str]:
    """Return the names of what an account is given."""
    [account] = [one for one in said.accounts if one.name == name]
    inbox = said.collections["inbox"]
    rows = store.page(
        inbox.id, asked([], ()).filters, reader=reader(store, inbox, account), limit=99
    ).rows
    told = [msgspec.json.decode(row.body) for row in rows]
    return {one["name"] for one in told if one["type"] == "identity"}


def post(store: Store, said: Config, *objects: dict[str, Any], by: str = "poster") -> None:
    read = [incoming(json.dumps(one).encode()) for one in objects]
    assert all(isinstance(one, Incoming) for one in read), read
    good = [one for one in read if isinstance(one, Incoming)]
    store.add(said.collections["inbox"].id, good, origin=by)


def marked(number: int, name: str, *refs: str, **more: Any) -> dict[str, Any]:
    return identity(number) | {"name": name, "object_marking_refs": list(refs)} | more


def definition(ref: str, words: str) -> dict[str, Any]:
    said = {"type": "marking-definition", "spec_version": "2.1", "id": ref}
    stated = {"definition_type": "statement", "definition": {"statement": words}}
    return said | {"created": "2026-11-01T00:00:00Z"} | stated


def test_each_reader_is_given_what_its_rules_let_it_have(tmp_path: Path) -> None:
    store, said = Store(tmp_path), config(tmp_path)
    part = [{"marking_ref": STRICT, "selectors": ["name"]}]
    post(
        store, said, definition(STATED, "Not for the press"), marked(1, "plain"),
        marked(2, "amber", STRICT), marked(3, "stated", STATED), marked(4, "unclear", NOWHERE),
        marked(5, "in part", granular_markings=part),
    )  # fmt: skip
    green = {"plain", "stated"}
    assert seen(store, said, "client") == green | {"amber", "in part"}
    assert seen(store, said, "community") == green
    assert seen(store, said, "public") == set()
    assert seen(store, said, "poster") == green | {"amber", "in part", "unclear"}
    # Whoever else posts what the marking is to mean has no say in it.
    post(store, said, definition(NOWHERE, "For all"), by="community")
    assert "unclear" not in seen(store, said, "client")
    post(store, said, definition(NOWHERE.replace("b", "c"), "For all"))
    post(store, said, marked(6, "clear now", NOWHERE.replace("b", "c")))
    assert "clear now" in seen(store, said, "community")


@pytest.mark.parametrize("rule", [
    Handling.of("GREEN"),
    Handling.of("GREEN", releasable_to=["community.example"]),
    Handling.of("CLEAR", consent=["client.example"]),
    Handling.of("CLEAR", purposes=["prosecution"]),
    Handling.of("CLEAR", purposes=["prevention"]),
    Handling.of("CLEAR", retain_until=TODAY - timedelta(days=1)),
])  # fmt: skip
def test_it_is_what_permits_says_of_the_rule_that_travels(tmp_path: Path, rule: Handling) -> None:
    store, said = Store(tmp_path), config(tmp_path)
    post(store, said, *marking_definitions(rule), marked(1, "one", *marking_refs(rule)))
    whole = rule | Handling.of("GREEN", retain_until=TODAY)
    for name in KNOWN:
        who = f"{name}.example"
        answer = whole.permits(Recipient(who, who, Relation[name.upper()]), "prevention", TODAY)
        assert bool(seen(store, said, name)) == answer.permitted, name


def test_it_is_asked_anew_each_time(tmp_path: Path) -> None:
    store, said = Store(tmp_path), config(tmp_path)
    post(store, said, marked(1, "plain"))
    assert seen(store, said, "client") == {"plain"}
    assert seen(store, config(tmp_path, TODAY - timedelta(days=1)), "client") == set()


def test_a_file_of_before_is_brought_up_to_date(tmp_path: Path) -> None:
    store, said = Store(tmp_path), config(tmp_path)
    post(store, said, marked(1, "plain"), marked(2, "amber", STRICT))
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("ALTER TABLE objects DROP COLUMN marks")
        connection.execute("DELETE FROM marks")
    again = Store(tmp_path)
    assert seen(again, said, "community") == {"plain"}
    assert seen(again, said, "client") == {"plain", "amber"}


@pytest.mark.parametrize("refs", ["x", [1], ["x"], {}, [["a"]]])
def test_markings_that_are_none_are_refused(refs: object) -> None:
    found = incoming(json.dumps(identity(1) | {"object_marking_refs": refs}).encode())
    assert "markings" in found.message  # type: ignore[union-attr]


def test_the_server_asks_for_each_reader(live: Live) -> None:
    live.post([identity(1)])
    key = identity(1)["id"]
    assert len(live.get(OBJECTS).json()["objects"]) == 1
    assert live.get(OBJECTS, "reader").json() == {"more": False}
    assert live.get(f"{OBJECTS}{key}/", "reader").status_code == 404
    assert live.get(f"{OBJECTS}{key}/versions/", "reader").status_code == 404
