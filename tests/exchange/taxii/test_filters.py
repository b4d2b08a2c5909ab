"""Filters against a plain reading of the standard, and who may see what."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.exchange.taxii import Store
from manara.exchange.taxii.filters import asked
from manara.exchange.taxii.moments import micros, moment_text
from manara.exchange.taxii.objects import Incoming, incoming
from manara.exchange.taxii.queries import Position, Reader
from manara.exchange.taxii.store import Published

from .conftest import Live, domain, identity

FIELDS = ("id", "type", "version", "spec_version")


class Kept(NamedTuple):
    added: int
    id: str
    type: str
    version: int


def naive(kept: list[Kept], params: dict[str, str]) -> list[Kept]:
    """What the standard says of each parameter, one object after the other."""
    if params.get("match[spec_version]", "2.1") == "2.0":
        return []
    found = []
    for one in kept:
        versions = [other.version for other in kept if other.id == one.id]
        wanted = set()
        for word in params.get("match[version]", "last").split(","):
            if word == "all":
                wanted |= set(versions)
            elif word == "last":
                wanted.add(max(versions))
            elif word == "first":
                wanted.add(min(versions))
            else:
                wanted.add(micros(word))
        after = micros(params["added_after"]) if "added_after" in params else None
        if (
            one.version in wanted
            and (after is None or one.added > after)
            and one.id in params.get("match[id]", one.id).split(",")
            and one.type in params.get("match[type]", one.type).split(",")
        ):
            found.append(one)
    return found


def posted(number: int, version: int, kind: str) -> Incoming:
    said = identity(number, version) if kind == "identity" else domain(number)
    made = incoming(json.dumps(said).encode())
    assert isinstance(made, Incoming)
    return made


words = st.sampled_from(["first", "last", "all", *(identity(0, n)["modified"] for n in range(3))])
KEYS = [*(identity(n)["id"] for n in range(4)), *(domain(n)["id"] for n in range(3))]
parameters = st.fixed_dictionaries(
    {},
    optional={
        "match[id]": st.lists(st.sampled_from(KEYS), min_size=1, max_size=3).map(",".join),
        "match[type]": st.sampled_from(
            ["identity", "domain-name", "identity,domain-name", "malware", "malware,identity"]
        ),
        "match[version]": st.lists(words, min_size=1, max_size=3).map(",".join),
        "match[spec_version]": st.sampled_from(["2.1", "2.0", "2.0,2.1"]),
        "added_after": st.integers(0, 20),
    },
)
one_post = st.lists(
    st.builds(
        posted, st.integers(0, 2), st.integers(0, 3), st.sampled_from(["identity", "domain"])
    ),
    max_size=4,
)
posts = st.lists(one_post, max_size=3)
numbers = count()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@settings(max_examples=80, deadline=None)
@given(posts, parameters, st.integers(1, 5))
def test_filters_say_what_the_standard_says(
    shelf: Store,
    groups: list[list[Incoming]],
    params: dict[str, Any],
    limit: int,
) -> None:
    store, name = shelf, str(next(numbers))
    for group in groups:
        store.add(name, group, origin="x")
    store.add("other", [posted(0, 1, "identity")], origin="x")
    all_ = asked([("match[version]", "all")], FIELDS).filters
    kinds = {key: key.partition("--")[0] for key in KEYS}
    kept = [
        Kept(row.added, row.id, kinds[row.id], row.version)
        for row in store.page(name, all_, reader=None, limit=1000).rows
    ]
    assert len(kept) == len({(one.id, one.version) for group in groups for one in group})
    if "added_after" in params:
        at = [one.added for one in kept] or [0]
        params = params | {"added_after": moment_text(at[params["added_after"] % len(at)])}
    filters = asked(params.items(), FIELDS).filters
    found, after = [], None
    while True:
        page = store.page(name, filters, reader=None, after=after, limit=limit)
        assert len(page.rows) <= limit
        found += [(row.id, row.version) for row in page.rows]
        if page.next is None:
            break
        after = page.next
    assert found == [(one.id, one.version) for one in naive(kept, params)]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"limit": "0"}, 400),
        ({"limit": "-3"}, 400),
        ({"limit": "many"}, 400),
        ({"limit": "²"}, 400),
        ({"limit": "9" * 5000}, 200),
        ({"added_after": "yesterday"}, 400),
        ({"added_after": "2026-13-01T00:00:00Z"}, 400),
        ({"added_after": "2026-05-01"}, 400),
        ({"added_after": "2026-05-01T00:00:00+02:00"}, 400),
        ({"added_after": "0001-01-01T00:00:00Z"}, 200),
        ({"added_after": "9999-12-31T23:59:59.999999Z"}, 200),
        ({"match[version]": "newest"}, 400),
        ({"match[version]": "last,"}, 400),
        ({"match[colour]": "red"}, 400),
        ({"match[id]": ""}, 400),
        ({"match[id]": "' OR 1=1 --"}, 200),
        ({"match[type]": "\x00"}, 200),
        ({"next": "x"}, 400),
        ({"next": "é"}, 400),
        ({"next": "A" * 10_000}, 400),
        ({"custom": "7"}, 200),
    ],
)
def test_no_parameter_is_too_much(standing: Live, params: dict[str, str], status: int) -> None:
    answer = standing.get("collections/inbox/objects/", **params)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/taxii+json;version=2.1"
    if status != 200:
        assert set(answer.json()) <= {"title", "http_status", "description"}


def test_a_parameter_that_comes_twice_is_refused(standing: Live) -> None:
    with standing.client() as client:
        twice = "collections/inbox/objects/?match[type]=identity&match[type]=malware"
        assert client.get(twice).status_code == 400


def test_what_is_published_is_seen_by_its_audience_until_its_last_day(tmp_path: Path) -> None:
    store = Store(tmp_path)
    today = datetime.now(UTC).date().toordinal()
    one, two, three = (posted(number, 0, "identity") for number in range(3))
    store.publish(
        "c",
        [
            Published(one, "|a||b|", None),
            Published(two, "|b|", today),
            Published(three, "|b|", today - 1),
        ],
    )

    def seen(reader: str) -> list[str]:
        filters = asked([], FIELDS).filters
        return [
            row.id
            for row in store.page(
                "c", filters, reader=Reader("x", reader, frozenset()), limit=9
            ).rows
        ]

    assert (seen("|a|"), seen("|b|"), seen("|c|")) == ([one.id], [one.id, two.id], [])
    assert store.publish("c", [Published(one, "|b|", None)]) == (1, 2)
    assert (seen("|a|"), seen("|b|")) == ([], [one.id])
    assert store.publish("c", [Published(one, "|b|", None)]) == (0, 0)


def test_a_position_is_of_its_own_time(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add("c", [posted(0, 0, "identity"), posted(1, 0, "identity")], origin="x")
    filters = asked([], FIELDS).filters
    first = store.page("c", filters, reader=None, limit=1)
    store.add("c", [posted(1, 1, "identity")], origin="x")
    assert isinstance(first.next, Position)
    [row] = store.page("c", filters, reader=None, after=first.next, limit=1).rows
    assert row.version == micros(identity(1, 0)["modified"])
