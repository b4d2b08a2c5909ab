"""Real clients of others against a real server."""

from __future__ import annotations

import stix2
import taxii2client.v21 as taxii2

from .conftest import TOKENS, Live, domain, identity


def collection(live: Live, alias: str = "inbox", account: str = "both") -> taxii2.Collection:
    root = taxii2.ApiRoot(live.root, user=account, password=TOKENS[account])
    return next(one for one in root.collections if one.alias == alias)


def test_taxii2_client_finds_its_way(live: Live) -> None:
    server = taxii2.Server(f"{live.address}/taxii2/", user="both", password=TOKENS["both"])
    assert server.title == "Exchange of the Testing Unit"
    root = server.default
    assert (root.title, root.versions) == (server.title, ["application/taxii+json;version=2.1"])
    assert root.max_content_length >= 10 << 20
    assert {(c.alias, c.title, c.can_read, c.can_write) for c in root.collections} == {
        ("inbox", "From partners", True, True),
        ("shared", "shared", True, False),
    }


def test_taxii2_client_adds_and_reads_pages(live: Live) -> None:
    inbox = collection(live)
    posted = [identity(n) for n in range(60)] + [domain(1)]
    status = inbox.add_objects({"objects": posted}, wait_for_completion=True)
    assert (status.status, status.success_count, status.failure_count) == ("complete", 61, 0)
    pages = list(taxii2.as_pages(inbox.get_objects, per_request=25))
    assert [len(page["objects"]) for page in pages] == [25, 25, 11]
    assert [one for page in pages for one in page["objects"]] == posted
    manifest = inbox.get_manifest(limit=100)["objects"]
    assert [one["id"] for one in manifest] == [one["id"] for one in posted]
    assert manifest[0]["version"] == "2026-05-01T00:00:00.000000Z"
    assert manifest[0]["media_type"] == "application/stix+json;version=2.1"
    assert manifest[60]["version"] == manifest[60]["date_added"]


def test_taxii2_client_sees_failures_one_by_one(live: Live) -> None:
    good, bad = identity(1), identity(2, spec_version="2.0")
    status = collection(live).add_objects({"objects": [good, bad, {"type": "banana", "id": "7"}]})
    assert (status.success_count, status.failure_count, status.pending_count) == (1, 2, 0)
    assert [one["id"] for one in status.successes] == [good["id"]]
    assert {one["id"]: one["message"] for one in status.failures} == {
        bad["id"]: "its spec_version is 2.0, not 2.1",
        "7": "its id is not a type, two hyphens and a UUID",
    }
    again = taxii2.Status(f"{live.root}status/{status.id}/", user="both", password=TOKENS["both"])
    assert again.failure_count == 2


def test_taxii2_client_asks_for_versions_and_deletes(live: Live) -> None:
    inbox = collection(live)
    inbox.add_objects({"objects": [identity(1, 2), identity(1, 0), identity(1, 1), identity(2)]})
    key = identity(1)["id"]
    found = inbox.object_versions(key)["versions"]
    assert found == [f"2026-05-01T00:00:0{n}.000000Z" for n in (2, 0, 1)]
    assert inbox.get_object(key)["objects"] == [identity(1, 2)]
    assert inbox.get_object(key, version="first")["objects"] == [identity(1, 0)]
    assert len(inbox.get_object(key, version="all")["objects"]) == 3
    inbox.delete_object(key, version="2026-05-01T00:00:02.000Z")
    assert inbox.get_object(key)["objects"] == [identity(1, 1)]
    inbox.delete_object(key)
    assert [one["id"] for one in inbox.get_objects()["objects"]] == [identity(2)["id"]]


def test_stix2_reads_and_writes_a_collection(live: Live) -> None:
    sink = stix2.TAXIICollectionSink(collection(live))
    made = stix2.Identity(name="Office 7", identity_class="organization")
    sink.add([made, made.new_version(name="Office Seven")])
    sink.add(stix2.Identity(name="Office 8", identity_class="organization"))
    source = stix2.TAXIICollectionSource(collection(live), items_per_page=1)
    assert source.get(made.id).name == "Office Seven"
    assert [one.name for one in source.all_versions(made.id)] == ["Office 7", "Office Seven"]
    assert len(source.query([stix2.Filter("type", "=", "identity")])) == 2
    assert source.query([stix2.Filter("type", "=", "malware")]) == []
