"""Simulated users at work in the console: how long they wait, and what it costs.

``python -m bench.console_load [--users 50] [--seconds 20] [--registry URL]``. Each user looks at
the queue, opens a lead, its subject and its ties, searches a name, and decides about a lead now and
then; between two requests the user thinks for one to three seconds. The goal: no error, and 95 of
100 answers within 500 ms, with memory that does not grow.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from bench._console import Server, make_office, tokens
from bench.service import cpu_s, resident_mib

#: Leads of the office, and about how many seconds a user thinks between two requests.
_LEADS, _THINKING = 300, (1.0, 3.0)


class _Asked(NamedTuple):
    """One request: what for, how long it took, and its status, 0 for none."""

    what: str
    seconds: float
    status: int


async def _user(
    client: httpx.AsyncClient, token: str, until: float, draw: random.Random, told: list[_Asked]
) -> None:
    headers = {"Authorization": f"Bearer {token}"}

    async def ask(what: str, method: str, path: str, **more: Any) -> httpx.Response | None:
        begun = time.perf_counter()
        try:
            answer = await client.request(method, path, headers=headers, **more)
            status = answer.status_code
        except httpx.TransportError:
            answer, status = None, 0
        told.append(_Asked(what, time.perf_counter() - begun, status))
        await asyncio.sleep(draw.uniform(*_THINKING))
        return answer

    await asyncio.sleep(draw.uniform(0, _THINKING[1]))
    while time.time() < until:
        lead_at = draw.randrange(_LEADS)
        found = await ask("api leads", "GET", "/api/v1/leads?limit=50&state=all")
        if found is None or found.status_code != 200:
            continue
        lead = draw.choice(found.json()["items"])["id"]
        await ask("page today", "GET", "/")
        await ask("page leads", "GET", "/leads")
        await ask("page lead", "GET", f"/leads/{lead}")
        await ask("page entity", "GET", f"/entity/p-{lead_at}")
        await ask("api entity", "GET", f"/api/v1/entities/p-{lead_at}")
        await ask("api network", "GET", f"/api/v1/network?entity=p-{lead_at}")
        await ask("page search", "GET", "/search?q=Quillon")
        if draw.random() < 0.3:
            body = {"outcome": "escalated", "ground": "seen in a bench"}
            await ask("api decide", "POST", f"/api/v1/leads/{lead}/decisions", json=body)


async def _load(
    server: Server, keys: list[str], seconds: int
) -> tuple[list[_Asked], list[float], list[float]]:
    told, memory, cpu = list[_Asked](), [], []
    until, draw = time.time() + seconds, random.Random(7)
    limits = httpx.Limits(max_connections=len(keys), max_keepalive_connections=len(keys))
    async with httpx.AsyncClient(base_url=server.address, timeout=60, limits=limits) as client:
        users = [
            asyncio.create_task(_user(client, key, until, random.Random(draw.random()), told))
            for key in keys
        ]
        while time.time() < until:
            memory.append(resident_mib(server.process.pid))
            cpu.append(cpu_s(server.process.pid))
            await asyncio.sleep(1)
        await asyncio.gather(*users)
    return told, memory, cpu


def _figures(told: list[_Asked], memory: list[float], cpu: list[float]) -> dict[str, Any]:
    by_what = defaultdict(list)
    for one in told:
        by_what[one.what].append(1000 * one.seconds)
    third = max(1, len(memory) // 3)
    return {
        "requests": len(told),
        "requests_per_s": round(len(told) / len(memory), 1),
        "errors": sum(one.status not in (200, 201) for one in told),
        "statuses": dict(Counter(one.status for one in told)),
        "p50_ms": _rank([1000 * one.seconds for one in told], 0.5),
        "p95_ms": _rank([1000 * one.seconds for one in told], 0.95),
        "p99_ms": _rank([1000 * one.seconds for one in told], 0.99),
        "p95_ms_by_request": {what: _rank(each, 0.95) for what, each in sorted(by_what.items())},
        "server_cpu_s": round(cpu[-1] - cpu[0], 1),
        "server_cpu_ms_a_request": round(1000 * (cpu[-1] - cpu[0]) / len(told), 1),
        "memory_mib_most_by_third": [
            max(memory[at * third : (at + 1) * third], default=0.0) for at in range(3)
        ],
    }


def _rank(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def main() -> None:
    """Run it and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--registry", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--json", action="store_true", help="on one line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "office"
        make_office(root, _LEADS, options.registry)
        keys = tokens(root, options.users)
        server = Server(root)
        try:
            told = asyncio.run(_load(server, keys, options.seconds))
        finally:
            server.stop()
    registry = "postgresql" if options.registry else "sqlite"
    found = {"users": options.users, "seconds": options.seconds, "registry": registry}
    print(json.dumps(found | _figures(*told), indent=None if options.json else 1))


if __name__ == "__main__":
    main()
