"""Collections of others as datasets here, and what is known here for collections of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from manara.exchange.taxii.bundles import take
from manara.exchange.taxii.client import Client
from manara.exchange.taxii.moments import micros
from manara.exchange.taxii.objects import Failure, Incoming, incoming
from manara.exchange.taxii.store import Store
from manara.model import UsageError
from manara.pipeline import Ingested, Request
from manara.store import Workspace


class Pulled(NamedTuple):
    """What a pull brought.

    Attributes:
        received: objects that the server sent.
        new: objects, or versions of them, not here before.
        failures: what is no object of STIX 2.1.
        added_after: up to which moment the feed is here now, as its server wrote it.
        ingested: what became of the dataset; None if the feed has nothing yet.
    """

    received: int
    new: int
    failures: list[Failure]
    added_after: str
    ingested: Ingested | None


def pull(workspace: Workspace, store: Store, client: Client, request: Request) -> Pulled:
    """Fetch what is new in a collection and make all of it the edition in force of a dataset.

    Pages are kept as they come, so that a pull that breaks off loses nothing; the next one begins
    where the last whole one ended.

    Args:
        workspace: where to.
        store: its collections; the feed is kept among them.
        client: the collection.
        request: the dataset, and the rule it comes under.

    Raises:
        FetchError: the server cannot be reached or goes in circles.
        UsageError: we may not read the collection.
    """
    if client.collection.get("can_read") is False:
        raise UsageError("not to be read by us", where=str(client.collection["id"]))
    name = f"feed {client.root} {client.collection['id']} {request.dataset}"
    after = store.feed(name)
    received, new, failures, latest = 0, 0, list[Failure](), after
    for batch in client.pages(after):
        read = [incoming(body) for body in batch.objects]
        good = [one for one in read if isinstance(one, Incoming)]
        failures += [one for one in read if isinstance(one, Failure)]
        received += len(read)
        new += store.add(name, good, origin=client.root)
        latest = _later(latest, batch.last)
    # What its owner corrected or revoked is not kept here, beyond the sources taken in before.
    store.prune(name)
    store.put_feed(name, latest)
    return Pulled(received, new, failures, latest, take(workspace, store, name, request))


class Pushed(NamedTuple):
    """What a push came to: how many objects the server took, and what it said of the others."""

    taken: int
    failures: list[Failure]


def push(client: Client, objects: Sequence[dict[str, object]]) -> Pushed:
    """Post objects to a collection and return what the server took.

    Raises:
        FetchError: the server cannot be reached, or does not take them.
        UsageError: we may not write to the collection.
    """
    if client.collection.get("can_write") is False:
        raise UsageError("not to be written to by us", where=str(client.collection["id"]))
    taken, failures = 0, list[Failure]()
    for status in client.add([msgspec.json.encode(one) for one in objects]):
        taken += int(status.get("success_count") or 0)
        for one in status.get("failures") or []:
            message = str(one.get("message") or "no reason given")
            failures.append(Failure(str(one.get("id", "")), message))
    return Pushed(taken, failures)


def _later(one: str, other: str) -> str:
    """Return the later of two moments; one that cannot be read does not count."""
    if micros(other) is None:
        return one
    at = micros(one)
    return other if at is None or at < (micros(other) or 0) else one
