"""An eraser that kills itself in the middle of its work, over and over; run by `test_erasure`."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa

from manara.casework.retention import Retention
from manara.model import vocabulary
from manara.store import Workspace


def live(root: Path, delay: float) -> None:
    """Erase people one after the other until killed; say so of each that is erased."""

    def end() -> None:
        time.sleep(delay)
        os.kill(os.getpid(), signal.SIGKILL)

    with Workspace.open(root) as workspace:
        queue = Retention(workspace)
        threading.Thread(target=end, daemon=True).start()
        for asked in queue.waiting():
            queue.confirm(asked.number, by="bo")
        while people := sorted({fact.entity_id for fact in workspace.view().facts()}):
            number = queue.ask(f"entity:{people[0]}", "right to erasure", by="amina")
            queue.confirm(number, by="bo")
            os.write(1, f"erased {people[0]}\n".encode())
        time.sleep(delay)


def main(root: Path, lives: int, seed: int) -> None:
    chance = random.Random(seed)
    # Loaded once, not in every life; the array brings pandas, where there is one.
    vocabulary()
    pa.array([""])
    longest = 0.5
    for _ in range(lives):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(writer, 1)
            live(root, chance.uniform(0, longest))
        os.close(writer)
        with open(reader) as lines:
            done = lines.read()
        os.waitpid(child, 0)
        print(f"{done}died", flush=True)
        # Some erasures a life, however slow the machine is.
        erased = done.count("erased")
        longest *= 0.8 if erased > 2 else 1.0 if erased else 1.25


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
