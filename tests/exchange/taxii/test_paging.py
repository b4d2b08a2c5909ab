"""Pages: nothing lost, nothing doubled, whatever happens meanwhile."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

import pytest

from manara.exchange.taxii import Store
from manara.exchange.taxii.store import FILE

from .conftest import Live, identity

OBJECTS = "collections/inbox/objects/"


def pages(live: Live, path: str = OBJECTS, **params: Any) -> list[dict[str, Any]]:
    found = [live.get(path, **params).json()]
    while found[-1]["more"]:
        found.append(live.get(path, **params, next=found[-1]["next"]).json())
    return found


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for page in found for one in page.get("objects", [])]


def test_ten_thousand_objects_of_one_moment_come_once_each(live: Live) -> None:
    posted = [identity(n) for n in range(10_000)]
    assert live.post(posted).json()["success_count"] == 10_000
    with sqlite3.connect(live.folder / FILE) as connection:
        # As if a clock that stood still had stamped them all alike.
        connection.execute("UPDATE objects SET added = (SELECT min(added) FROM objects)")
    found = pages(live, limit=777)
    assert ids(found) == [one["id"] for one in posted]
    assert len(found) == 13


def test_a_page_asked_for_again_is_the_same(live: Live) -> None:
    live.post([identity(n) for n in range(10)])
    first = live.get(OBJECTS, limit=4)
    cursor = first.json()["next"]
    second = live.get(OBJECTS, limit=4, next=cursor)
    live.post([identity(n, 5) for n in range(3, 20)])
    assert live.get(OBJECTS, limit=4, next=cursor).content == second.content
    assert second.headers["X-TAXII-Date-Added-First"] > first.headers["X-TAXII-Date-Added-Last"]


def test_what_is_added_meanwhile_comes_the_next_time_and_only_then(live: Live) -> None:
    live.post([identity(n) for n in range(50)])
    stop = threading.Event()
    written = [50]

    def write() -> None:
        while not stop.is_set():
            live.post([identity(n) for n in range(written[0], written[0] + 7)])
            written[0] += 7

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen: list[str] = []
        after: dict[str, str] = {}
        for turn in range(12):
            response = live.get(OBJECTS, limit=20, **after)
            found = [response.json()]
            while found[-1]["more"]:
                response = live.get(OBJECTS, limit=20, **after, next=found[-1]["next"])
                found.append(response.json())
            seen += ids(found)
            if "X-TAXII-Date-Added-Last" in response.headers:
                after = {"added_after": response.headers["X-TAXII-Date-Added-Last"]}
            if turn == 9:
                stop.set()
                writer.join()
    finally:
        stop.set()
        writer.join()
    assert seen == [identity(n)["id"] for n in range(written[0])]
    assert written[0] > 50


def test_versions_and_manifest_come_in_pages_too(live: Live) -> None:
    live.post([identity(1, version) for version in range(9)])
    versions = pages(live, f"{OBJECTS}{identity(1)['id']}/versions/", limit=4)
    assert [len(page["versions"]) for page in versions] == [4, 4, 1]
    manifest = pages(live, "collections/inbox/manifest/", limit=2, **{"match[version]": "all"})
    assert [len(page["objects"]) for page in manifest] == [2, 2, 2, 2, 1]


@pytest.mark.parametrize(
    "change", ["flip", "cut", "other filter", "other resource", "other account"]
)
def test_a_cursor_counts_for_its_own_request_only(live: Live, change: str) -> None:
    live.post([identity(n) for n in range(5)])
    cursor = live.get(OBJECTS, limit=2).json()["next"]
    path, account, params = OBJECTS, "both", {"limit": 2, "next": cursor}
    match change:
        case "flip":
            params["next"] = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
        case "cut":
            params["next"] = cursor[:-8]
        case "other filter":
            params["match[type]"] = "identity"
        case "other resource":
            path = "collections/inbox/manifest/"
        case "other account":
            account = "reader"
    answer = live.get(path, account, **params)
    assert answer.status_code == 400
    assert answer.json()["http_status"] == "400"
    assert "cursor" in answer.json()["title"]


def test_a_store_that_was_opened_again_knows_its_cursors(live: Live) -> None:
    assert Store(live.folder).secret == Store(live.folder).secret
    assert (live.folder / FILE).stat().st_mode & 0o077 == 0


def test_bytes_come_back_as_they_came(live: Live) -> None:
    odd = (
        '{"spec_version":"2.1",  "type":"identity",'
        '"id":"identity--00000000-0000-4000-8000-000000000001",'
        '"created":"2026-05-01T00:00:00.0Z","modified":"2026-05-01T00:00:00.123456789Z",'
        '"name":"Zo\\u00eb \U0001f30d", "x_sum":1.50e3}'
    ).encode()
    with live.client() as client:
        headers = {"Content-Type": "application/taxii+json;version=2.1"}
        client.post(OBJECTS, headers=headers, content=b'{"objects": [ %b ]}' % odd)
    assert odd in live.get(OBJECTS).content


def test_a_page_holds_no_more_bytes_than_it_should(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("manara.exchange.taxii.store.PAGE_BYTES", 1000)
    posted = [identity(n, name="x" * 400) for n in range(5)] + [identity(6, name="y" * 5000)]
    live.post(posted)
    found = pages(live)
    assert len(found) == 6
    assert ids(found) == [one["id"] for one in posted]
