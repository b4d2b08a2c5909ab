"""Kill the server in the middle of writes, again and again: what was acknowledged must be there.

``python -m bench.kill_server [--kills 50]``. After each ``kill -9`` the server starts again over
the same workspace, and every request without an answer is sent again with its idempotency key. At
the end each acknowledged decision must be in the registry once and in the audit log once, nothing
may be there twice, the log must be whole, and every job that was asked for must have ended.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from bench._console import Server, make_office, tokens
from manara.casework.journal import Journal
from manara.store import Workspace
from manara.store.tables import decisions, jobs

_WRITERS, _LEADS = 4, 40


class _Writer(threading.Thread):
    """Decides about leads until the server is gone, and remembers what was acknowledged."""

    def __init__(self, address: str, token: str, leads: list[str], sent: dict[str, int]) -> None:
        super().__init__()
        self._address, self._leads, self._sent = address, leads, sent
        self._headers = {"Authorization": f"Bearer {token}"}

    def run(self) -> None:
        """Send what was not answered again, then new decisions."""
        with httpx.Client(base_url=self._address, headers=self._headers, timeout=30) as client:
            try:
                for key in [key for key, status in self._sent.items() if not status]:
                    self._decide(client, key)
                while True:
                    self._decide(client, f"{self.name}-{random.getrandbits(64):x}")
            except httpx.TransportError:
                return

    def _decide(self, client: httpx.Client, key: str) -> None:
        self._sent.setdefault(key, 0)
        body = {"outcome": "escalated", "ground": key}
        lead = self._leads[hash(key) % len(self._leads)]
        answer = client.post(
            f"/api/v1/leads/{lead}/decisions", json=body, headers={"Idempotency-Key": key}
        )
        # 409: it was done before the kill, and only its answer was not kept.
        if answer.status_code in (201, 409):
            self._sent[key] = answer.status_code


def run(
    folder: Path, kills: int, *, registry: str = "", seed: int = 1, least: float = 0.2
) -> dict[str, Any]:
    """Return what came of it: counts, and ``problems``, which must be none.

    Args:
        folder: where the workspace is made.
        kills: how often the server is killed.
        registry: address of an empty database; ``""`` for a file.
        seed: of when.
        least: how long it may at least work before, in seconds.
    """
    root, draw = folder / "office", random.Random(seed)
    make_office(root, _LEADS, registry)
    keys = tokens(root, _WRITERS)
    sent: list[dict[str, int]] = [{} for _ in keys]
    asked: list[str] = []
    for _ in range(kills):
        server = Server(root)
        headers = {"Authorization": f"Bearer {keys[0]}"}
        with httpx.Client(base_url=server.address, headers=headers, timeout=30) as client:
            leads = [one["id"] for one in client.get("/api/v1/leads?state=all").json()["items"]]
            asked.append(client.post("/api/v1/jobs", json={"kind": "resolve"}).json()["id"])
            writers = [
                _Writer(server.address, key, leads, mine)
                for key, mine in zip(keys, sent, strict=True)
            ]
            for writer in writers:
                writer.start()
            time.sleep(draw.uniform(least, 2.5))
            server.stop(kill=True)
        for writer in writers:
            writer.join()
    server = Server(root)
    ended = _wait(server.address, keys[0], asked)
    server.stop()
    made = {key: status for mine in sent for key, status in mine.items()}
    return _checked(root, made) | {"kills": kills, "jobs": len(asked), "jobs_ended": ended}


def _wait(address: str, token: str, asked: list[str]) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=address, headers=headers, timeout=30) as client:
        for _ in range(240):
            known = [client.get(f"/api/v1/jobs/{job}").json()["status"] for job in asked]
            if all(status in ("done", "failed") for status in known):
                break
            time.sleep(0.5)
    return sum(status == "done" for status in known)


def _checked(root: Path, sent: dict[str, int]) -> dict[str, Any]:
    with Workspace.open(root) as workspace:
        journal = Journal(workspace)
        with workspace.registry.reading() as connection:
            rows = connection.execute(select(decisions.c.ground)).scalars()
            kept = Counter(str(ground) for ground in rows)
            status = Counter(connection.execute(select(jobs.c.status)).scalars())
        entries = [json.loads(line) for line in journal.log.lines()]
        told = Counter(e["detail"]["decision"] for e in entries if e["action"] == "decide")
        acknowledged = [key for key, answer in sent.items() if answer]
        problems = [
            *(f"lost: {key}" for key in acknowledged if not kept[key]),
            *(f"twice: {key}" for key, times in kept.items() if times > 1),
            *(f"told twice: {key}" for key, times in told.items() if times > 1),
            *([f"{len(told)} told of {len(kept)}"] if len(told) != len(kept) else []),
            *journal.log.problems(),
            *workspace.verify(),
        ]
    return {
        "acknowledged": len(acknowledged),
        "unanswered": len(sent) - len(acknowledged),
        "decisions": sum(kept.values()),
        "entries": len(entries),
        "jobs_by_status": dict(status),
        "problems": problems[:20],
    }


def main() -> None:
    """Run it and print what came of it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=5, help="how often")
    parser.add_argument("--registry", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--json", action="store_true", help="on one line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        came = run(Path(folder), options.kills, registry=options.registry)
    print(json.dumps(came, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
