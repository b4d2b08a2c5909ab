"""Who may read what others posted: asked anew for each reader, by the rules of the posts."""

from __future__ import annotations

from datetime import UTC, datetime

from manara.exchange.taxii.config import Account, Collection
from manara.exchange.taxii.queries import Reader
from manara.exchange.taxii.store import Marked, Store
from manara.formats.stix_markings import Marks, marked_as, marks_in
from manara.model import Handling


def reader(store: Store, collection: Collection, account: Account) -> Reader:
    """Return an account as a reader of a collection, with what `permits` lets it have today.

    What was posted is under the collection's rule, made as strict as its markings. A marking whose
    rule cannot be told lets nobody but its poster see what it marks; its definition must be posted
    by the same account.

    Args:
        store: the collections.
        collection: the collection.
        account: who asks.
    """
    today, known = datetime.now(UTC).date(), dict[str, Marks]()
    may = set[int]()
    for each in store.marked(collection.id):
        if each.origin not in known:
            known[each.origin] = marks_in(store.definitions(collection.id, each.origin))
        rule = _rule(collection, each, known[each.origin])
        if rule and rule.permits(account.recipient, collection.purpose, today).permitted:
            may.add(each.number)
    return Reader(account.name, account.key, frozenset(may))


def _rule(collection: Collection, each: Marked, known: Marks) -> Handling | None:
    """Return the rule of what has some markings, None if that of one cannot be told."""
    marked = marked_as(each.refs, known)
    return None if marked is None else collection.handling | marked
