"""From the objects of a collection to facts of the workspace, and back."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from manara.exchange.taxii.config import Collection, Config
from manara.exchange.taxii.moments import micros
from manara.exchange.taxii.objects import REQUIRED, Incoming
from manara.exchange.taxii.store import Published, Store
from manara.formats.stix_extension import EXTENSION, timestamp
from manara.formats.stix_write import Made, Tell
from manara.model import UsageError
from manara.pipeline import Ingested, Request, ingest
from manara.pipeline.stix_export import Release, Selection, log_release, stix_objects
from manara.store import Workspace

#: Stands for what a withdrawn object may not be without.
_WITHDRAWN = "withdrawn"

_ENCODE = msgspec.json.Encoder().encode


class Outcome(NamedTuple):
    """What came of publishing.

    Attributes:
        objects: how many objects the collection holds now.
        changed: how many of them are new or changed.
        withdrawn: how many were published before and are revoked now.
    """

    objects: int
    changed: int
    withdrawn: int


def take(workspace: Workspace, store: Store, name: str, request: Request) -> Ingested | None:
    """Make the latest version of all objects of a collection the edition in force of a dataset.

    Args:
        workspace: where to.
        store: its collections.
        name: of the collection, as the store knows it.
        request: the dataset, and the rule it comes under.

    Returns:
        what became of it; None if the collection is empty.
    """
    with tempfile.TemporaryDirectory(prefix="manara-") as folder:
        path = Path(folder) / f"{request.dataset}.json"
        with path.open("wb") as file:
            file.writelines(_bundle(store.bodies(name)))
        if path.stat().st_size == 0:
            return None
        (done,) = ingest(workspace, [str(path)], request)
    return done


def publish(
    workspace: Workspace,
    store: Store,
    config: Config,
    collection: Collection,
    selection: Selection,
    purpose: str,
    consents: frozenset[str],
    tell: Tell,
    by: str,
) -> Outcome:
    """Make what is selected, as far as all readers of a collection may have it, its content.

    What was published before and is not among it any more is revoked: whoever asks for what is new
    is told so, and nobody is given it any more.

    Args:
        workspace: what is known.
        store: its collections.
        config: who may read them.
        collection: where to.
        selection: what.
        purpose: what readers are to use it for.
        consents: originators that have consented.
        tell: is told what is left out and why.
        by: who asks.

    Raises:
        UsageError: nobody may read the collection, or somebody may post to it.
        NotFoundError: there is no such entity or lead.
    """
    readers = config.readers(collection.alias)
    if not readers or any(collection.alias in one.write for one in config.accounts):
        raise UsageError(
            "a collection to publish in has readers, and nobody who posts to it",
            where=collection.alias,
            remedy="see `read` and `write` of the accounts in taxii.toml",
        )
    release = Release(tuple(one.recipient for one in readers), purpose, consents)
    log_release(workspace, "publish", collection.alias, selection, release, by)
    organisation = workspace.settings.organisation
    known = store.published(collection.id)
    made = stix_objects(workspace.view(), selection, release, organisation, tell)
    audience = "".join(sorted(one.key for one in readers))
    now = timestamp(datetime.now(UTC))
    objects = {one.data["id"]: _published(one, known, audience, now) for one in made}
    gone = {key: known[key] for key in known.keys() - objects.keys()}
    stubs = [stub for version, body in gone.values() if (stub := _stub(version, body, now))]
    withdrawn = [Published(stub, audience, None) for stub in stubs]
    changed, _ = store.publish(collection.id, [*objects.values(), *withdrawn])
    revoked = sum(stub.body != known[stub.id][1] for stub in stubs)
    return Outcome(len(objects), changed - revoked, revoked)


def _published(
    made: Made, known: dict[str, tuple[int, bytes]], audience: str, now: str
) -> Published:
    """Return an object as it is published, as a later version if anything of it has changed."""
    data, body = made.data, _ENCODE(made.data)
    said = data.get("modified") or data.get("created")
    version = micros(said) if said else None
    before = known.get(data["id"])
    if before and before[1] != body and version is not None and "modified" in data:
        later = _ENCODE(data | {"modified": now})
        if version <= before[0]:
            unchanged = _same_but_moment(before[1], body)
            body, version = (before[1], before[0]) if unchanged else (later, micros(now))
    until = made.rule.retain_until
    incoming = Incoming(data["id"], data["type"], version, body)
    return Published(incoming, audience, until.toordinal() if until else None)


def _same_but_moment(one: bytes, other: bytes) -> bool:
    left, right = (msgspec.json.decode(body) | {"modified": ""} for body in (one, other))
    return bool(left == right)


def _stub(version: int, body: bytes, now: str) -> Incoming | None:
    """Return what takes the place of an object that is withdrawn, None if it may just go.

    An account has no versions and cannot be revoked: it is emptied.
    """
    data: dict[str, Any] = msgspec.json.decode(body)
    kept = ("type", "spec_version", "id", "created", "created_by_ref", "object_marking_refs")
    stub = {name: data[name] for name in kept if name in data}
    if data["type"] == "user-account":
        said = {"extension_type": "property-extension", "derived": True}
        stub |= {"display_name": _WITHDRAWN, "extensions": {EXTENSION: said}}
        return Incoming(data["id"], data["type"], None, _ENCODE(stub))
    if "modified" not in data:
        return None
    if data.get("revoked"):
        return Incoming(data["id"], data["type"], version, body)
    stub |= {"modified": now, "revoked": True}
    for name in REQUIRED.get(data["type"], ()):
        is_text = isinstance(data[name], str) and not name.endswith(("_ref", "_type"))
        stub[name] = _WITHDRAWN if is_text and micros(data[name]) is None else data[name]
    if data["type"] == "location":
        stub["region"] = _WITHDRAWN
    return Incoming(data["id"], data["type"], micros(now), _ENCODE(stub))


def _bundle(bodies: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a bundle piece by piece, the same for the same objects; nothing for none."""
    digest = hashlib.sha256()
    separator = b'{"type":"bundle","objects":[\n'
    for body in bodies:
        digest.update(body)
        yield separator + body
        separator = b",\n"
    if separator == b",\n":
        name = UUID(bytes=digest.digest()[:16], version=5)
        yield f'\n],"id":"bundle--{name}"}}\n'.encode()
