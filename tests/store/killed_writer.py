"""A writer that kills itself in the middle of its work, over and over; run by `test_kill`.

Everything is imported once; each life is a fork of that, so that fifty of them take seconds.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from manara.model import vocabulary
from manara.store import Workspace
from tests.store.conftest import Said, ingest

#: Facts of an edition, rows of a batch of events.
ROWS = 30


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def take_in(workspace: Workspace, number: int) -> None:
    """Replace the whole dataset by one whose every fact carries the number."""
    say("try", number)
    facts = [Said(f"p-{row}", "name", f"{number} أمينة") for row in range(ROWS)]
    ingest(workspace, "list", facts, content=str(number).encode())
    say("edition", number)


def append(workspace: Workspace, number: int) -> None:
    """Add a batch of events that all carry the number."""
    batch = pa.record_batch(
        {
            "id": [f"{number}-{row}" for row in range(ROWS)],
            "dataset": ["list"] * ROWS,
            "sign": [str(number)] * ROWS,
            "time": pa.array([datetime(2026, 1, 1)] * ROWS, pa.timestamp("us")),
        }
    )
    workspace.append("sightings", [batch], by="tester")
    say("events", number)


def live(root: Path, life: int, last: int, delay: float) -> None:
    """Write until killed; begin with the edition of which nobody knows whether it went in."""
    started = time.monotonic()

    def end() -> None:
        time.sleep(max(0.0, delay - (time.monotonic() - started)))
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=end, daemon=True).start()
    with Workspace.open(root) as workspace:
        if last:
            take_in(workspace, last)
        for number in range(life * 1000, life * 1000 + 1000):
            take_in(workspace, number)
            append(workspace, number)


def main(root: Path, lives: int, seed: int) -> None:
    chance = random.Random(seed)
    # Loaded once, not in every life; the array brings pandas, where there is one.
    vocabulary()
    pa.array([""])
    longest, last = 0.4, 0
    for life in range(1, lives + 1):
        delay, done = chance.uniform(0, longest), 0
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(writer, 1)
            live(root, life, last, delay)
        os.close(writer)
        with open(reader) as lines:
            for line in lines:
                sys.stdout.write(line)
                word, number = line.split()
                last = int(number) if word == "try" else last
                done += word == "edition"
        _, status = os.waitpid(child, 0)
        print("died", os.waitstatus_to_exitcode(status), flush=True)
        # Some editions a life, however slow the machine and the registry are.
        longest *= 0.8 if done > 1 else 1.0 if done else 1.25


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
