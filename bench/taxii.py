"""A TAXII collection posted and read over HTTP, beside medallion's memory backend.

Ours is `manara serve` in a process of its own, asked over a socket; counted is the server's CPU
time, HTTP and durable storage included. The peer is asked within its process, without a socket, and
keeps nothing; it is given fewer objects, because its reading is quadratic in their number.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import uuid
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench._run import PEERS, main, peer
from bench.service import cpu_s

BATCH = 1000
MEDIA = "application/taxii+json;version=2.1"
TOKEN = "a-token-for-this-benchmark-only-0123456789"
CONFIG = """
[collections.bench]
[accounts.bench]
token_sha256 = "{}"
read = ["bench"]
write = ["bench"]
"""
OBJECTS = "/taxii2/api/collections/bench/objects/"


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return objects posted and read per CPU second, ours and the peer's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = _ours(folder, options.objects)
        lines = "".join(json.dumps(one) + "\n" for one in _objects(options.peer))
        command = [peer("medallion"), str(PEERS / "taxii_medallion.py"), f"{name}/c", str(BATCH)]
        done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    theirs = json.loads(done.stdout)
    return {
        "objects": options.objects,
        "bytes_each": len(json.dumps(_objects(1)[0])),
        **ours,
        "peer_objects": options.peer,
        "peer_posted_per_cpu_s": round(options.peer / theirs["post_cpu_s"]),
        "peer_read_per_cpu_s": round(theirs["seen"] / theirs["read_cpu_s"]),
        "peer_read_all": theirs["seen"] == options.peer,
    }


def _ours(folder: Path, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "manara", "-w", str(folder / "office")]
    subprocess.run([*command, "init", str(folder / "office")], check=True, capture_output=True)
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    (folder / "office/taxii.toml").write_text(CONFIG.format(digest))
    served = [*command, "serve", "--port", "0", "--json"]
    server = subprocess.Popen(served, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout
        host = json.loads(server.stdout.readline())["address"].removeprefix("http://")
        connection = HTTPConnection(host, timeout=60)
        objects = _objects(count)
        bodies = [
            json.dumps({"objects": objects[at : at + BATCH]}).encode()
            for at in range(0, count, BATCH)
        ]
        start = cpu_s(server.pid)
        for body in bodies:
            assert json.loads(_ask(connection, "POST", OBJECTS, body))["failure_count"] == 0
        posted = cpu_s(server.pid)
        # Several times, because the system counts CPU time in hundredths of a second.
        found = [_read(connection) for _ in range(10)]
        read = cpu_s(server.pid)
    finally:
        server.terminate()
        server.wait()
    assert all(ids == [one["id"] for one in objects] for ids in found)
    return {
        "posted_per_cpu_s": round(count / (posted - start)),
        "read_per_cpu_s": round(10 * count / (read - posted)),
    }


def _read(connection: HTTPConnection) -> list[str]:
    """Return the ids of all objects, page by page."""
    ids, cursor = list[str](), ""
    while True:
        page = json.loads(_ask(connection, "GET", f"{OBJECTS}?limit={BATCH}{cursor}"))
        ids += [one["id"] for one in page["objects"]]
        if not page["more"]:
            return ids
        cursor = f"&next={page['next']}"


def _ask(connection: HTTPConnection, method: str, path: str, body: bytes | None = None) -> bytes:
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": MEDIA, "Content-Type": MEDIA}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    data = answer.read()
    assert answer.status < 300, data
    return data


def _objects(count: int) -> list[dict[str, Any]]:
    space = uuid.UUID(int=7)
    return [
        {
            "type": "identity",
            "spec_version": "2.1",
            "id": f"identity--{uuid.uuid5(space, str(number))}",
            "created": "2026-05-01T00:00:00.000Z",
            "modified": "2026-05-01T00:00:00.000Z",
            "name": f"Office number {number} for the trade in timber",
            "identity_class": "organization",
            "object_marking_refs": ["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"],
        }
        for number in range(count)
    ]


if __name__ == "__main__":
    main("taxii", run, objects=10_000, peer=1_000)
