"""The screening service under load, with list updates in mid-load.

A server process answers; a second process asks it over some connections without a pause, mostly
single names, now and then a batch or a description in yente's form; a third takes new editions of
the list in. Every edition has somebody on it whom no other has, so that each answer shows which
edition it is really from: an answer that names one edition and finds the somebody of another, or
whose parts are of two, counts as mixed.

The anchor is what yente's documentation states for its default algorithm: about 4 requests a second
per virtual processor.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path
from queue import Queue
from typing import Any, NamedTuple

from bench._people import write_people
from bench._run import main

YENTE_PER_VCPU = 4
EDITIONS = 3
_NAMES = ["Bohdana", "Ceferino", "Dzhamilya"]
# So few that the engine soon has all their words in its caches, which are bounded: what memory then
# still gains would be lost.
_STRANGERS = 1000
_SAME = 0.9  # what the somebody of an edition scores at least, and nobody else does


class Asked(NamedTuple):
    """One request: when it ended and how long it took, in seconds, and what came of it."""

    at: float
    seconds: float
    path: str
    edition: str
    fault: str


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return latencies, errors, memory and the editions seen."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [_edition(folder / f"{n}.json", options.entities, n) for n in range(EDITIONS)]
        _manara(folder, "init", str(folder / "office"))
        _manara(folder, "ingest", str(files[0]), "--dataset", "people")
        with (folder / "log").open("w") as log:
            command = [*_command(folder), "serve", "--port", "0", "--json"]
            server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
            try:
                assert server.stdout
                address = json.loads(server.stdout.readline())["address"]
                return _measure(options, folder, files, server.pid, address.split("//")[1])
            finally:
                server.terminate()
                server.wait()
                print((folder / "log").read_text()[-500:], file=sys.stderr)


def _measure(
    options: argparse.Namespace, folder: Path, files: list[Path], pid: int, address: str
) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    ask = (address, options.seconds, options.connections, results)
    load = context.Process(target=_load, args=ask)
    load.start()
    begin = time.time()
    updated, memory, cpu = {"people-1": begin}, [resident_mib(pid)], cpu_s(pid)
    for number in range(options.seconds):
        time.sleep(max(0.0, begin + number + 1 - time.time()))
        memory.append(resident_mib(pid))
        at = len(updated)
        if at < EDITIONS and number >= at * options.seconds // (EDITIONS + 1):
            _manara(folder, "ingest", str(files[at]), "--dataset", "people")
            updated[f"people-{at + 1}"] = time.time()
    asked: list[Asked] = sorted(results.get())
    load.join()
    cpu = cpu_s(pid) - cpu
    return {
        **figures(asked, memory, updated, options.seconds),
        "server_cpu_s": round(cpu, 1),
        "requests_per_server_cpu_s": round(len(asked) / cpu, 1) if cpu else None,
    }


def figures(
    asked: list[Asked], memory: list[float], updated: dict[str, float], seconds: int
) -> dict[str, Any]:
    """Return what came of a run.

    Args:
        asked: the requests, in the order in which they ended.
        memory: resident set of the server, in MiB, one a second.
        updated: when each edition had been taken in, by its id.
        seconds: how long it was asked.
    """
    seen = list(dict.fromkeys(one.edition for one in asked if one.edition))
    first = {name: next(one.at for one in asked if one.edition == name) for name in seen}
    screens = sorted(one.seconds * 1000 for one in asked if one.path == "/screen")
    third = len(memory) // 3
    return {
        "seconds": seconds,
        "requests": dict(Counter(one.path for one in asked)),
        "requests_per_s": round(len(asked) / seconds, 1),
        "yente_published_per_s_and_vcpu": YENTE_PER_VCPU,
        "errors": sum(bool(one.fault) for one in asked),
        "faults": dict(Counter(one.fault for one in asked if one.fault)),
        "screen_ms": {
            **{f"p{p}": round(_rank(screens, p / 100), 2) for p in (50, 90, 99)},
            "max": round(screens[-1], 2),
        },
        "screen_histogram_ms": _histogram(screens),
        "editions_in_order": seen,
        "seconds_until_an_update_answers": {
            name: round(first[name] - updated[name], 2) for name in seen[1:]
        },
        "memory_mib": {
            "start": memory[min(5, third)],
            "middle": memory[len(memory) // 2],
            "end": memory[-1],
            "most_by_third": [max(memory[at * third : (at + 1) * third]) for at in range(3)],
        },
    }


def _rank(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def _histogram(values: list[float]) -> dict[str, int]:
    """Return how many values lie in each doubling, by its upper end."""
    counts = Counter(next(top for top in (2**n for n in range(40)) if v < top) for v in values)
    return {f"<{top}": counts[top] for top in sorted(counts)}


def _edition(path: Path, count: int, number: int) -> Path:
    """Write an edition: the same people, a hundred renamed each time, and its own somebody."""
    write_people(path, count)
    lines = path.read_text("utf-8").splitlines()
    for at in range(100 * number, min(100 * (number + 1), count)):
        person = json.loads(lines[at])
        person["properties"]["alias"] = [f"Renamed Person{at} Of {_NAMES[number]}"]
        lines[at] = json.dumps(person, ensure_ascii=False)
    somebody = {"name": [_somebody(number)], "birthDate": ["1961-02-03"]}
    lines.append(json.dumps({"id": "bench-own", "schema": "Person", "properties": somebody}))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _somebody(number: int) -> str:
    return f"{_NAMES[number]} Quixworthy{'xyz'[number]}ax"


def _load(address: str, seconds: int, connections: int, results: Any) -> None:
    """Ask over some connections at once until the time is over."""
    asked: Queue[Asked] = Queue()
    end = time.time() + seconds
    threads = [
        threading.Thread(target=_ask_on, args=(address, end, random.Random(seed), asked))
        for seed in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(list(asked.queue))


def _ask_on(address: str, end: float, draw: random.Random, asked: Queue[Asked]) -> None:
    connection = HTTPConnection(address, timeout=60)
    last = ""
    while time.time() < end:
        path, body, own = _request(draw)
        started = time.perf_counter()
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            taken = time.perf_counter() - started
            answer = json.loads(text)
            edition = answer["editions"]["people"]
            fault = "" if response.status == 200 else f"status {response.status}"
            fault = fault or fault_of(path, answer, edition, own)
            fault = fault or ("an older edition after a newer" if edition < last else "")
        except (OSError, ValueError, KeyError) as error:
            taken, edition, fault = time.perf_counter() - started, "", repr(error)[:80]
            connection.close()
        last = edition or last
        asked.put(Asked(time.time(), taken, path.split("?")[0], edition, fault))


def _request(draw: random.Random) -> tuple[str, Any, int]:
    """Return a path, a body, and the number of the edition whose somebody is asked for."""
    own = draw.randrange(EDITIONS)
    kind = draw.random()
    if kind < 0.9:
        name = _somebody(own) if kind < 0.3 else f"Amina Cisse{draw.randrange(_STRANGERS)}"
        return "/screen?limit=5", {"name": name}, own if kind < 0.3 else -1
    if kind < 0.95:
        names = [_somebody(own), *(f"Hassan Omar{draw.randrange(_STRANGERS)}" for _ in range(19))]
        return "/screen/batch?limit=5", {"queries": [{"name": name} for name in names]}, own
    example = {"schema": "Person", "properties": {"name": [_somebody(own)]}}
    return "/match/default", {"queries": {"q": example}}, own


def fault_of(path: str, answer: Any, edition: str, own: int) -> str:
    """Return what shows that an answer is not of the one edition it names, ``""`` if nothing."""
    if path.startswith("/match"):
        results = answer["responses"]["q"]["results"]
        names = [name for one in results for name in one["properties"]["name"]]
    else:
        answers = answer.get("answers", [answer])
        hits = [hit for one in answers for hit in one["hits"]]
        if any(hit["edition"] != edition for hit in hits):
            return "a hit of another edition"
        names = [hit["name"] for hit in hits if hit["probability"] >= _SAME]
    of_it = f"people-{own + 1}" == edition
    if own >= 0 and (_somebody(own) in names) != of_it:
        return "somebody of another edition" if not of_it else "somebody is missing"
    return ""


def resident_mib(pid: int) -> float:
    """Return the resident set of a process in MiB; 0 where the system does not tell (/proc)."""
    path = Path(f"/proc/{pid}/status")
    if not path.exists():
        return 0.0
    line = next(line for line in path.read_text().splitlines() if line.startswith("VmRSS"))
    return round(int(line.split()[1]) / 1024, 1)


def cpu_s(pid: int) -> float:
    """Return the CPU seconds a process has used; 0 where the system does not tell (/proc)."""
    path = Path(f"/proc/{pid}/stat")
    if not path.exists():
        return 0.0
    fields = path.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "manara", "--workspace", str(folder / "office")]


def _manara(folder: Path, *words: str) -> None:
    subprocess.run([*_command(folder), *words], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main("service", run, seconds=30, entities=20_000, connections=4)
