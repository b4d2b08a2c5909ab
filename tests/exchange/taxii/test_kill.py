"""A writer that is killed leaves whole posts behind, or nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from manara.exchange.taxii import Store
from manara.exchange.taxii.filters import Filters

WRITER = """
import sys
from pathlib import Path
from manara.exchange.taxii import Store
from manara.exchange.taxii.objects import Incoming
store, number = Store(Path(sys.argv[1])), 0
print("ready", flush=True)
while True:
    keys = [f"identity--00000000-0000-4000-8000-{number + n:012x}" for n in range(500)]
    store.add("c", [Incoming(key, "identity", 0, b"x" * 300) for key in keys], origin="x")
    number += 500
"""


def test_a_killed_writer_leaves_whole_posts(tmp_path: Path) -> None:
    filters = Filters(words=("all",))
    for turn in range(2):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert writer.stdout and writer.stdout.readline() == b"ready\n"
        time.sleep(0.05 + 0.07 * turn)
        writer.kill()
        writer.wait()
        writer.stdout.close()
        store, after, seen = Store(tmp_path), None, []
        while True:
            page = store.page("c", filters, reader=None, after=after, limit=1000)
            seen += [row.added for row in page.rows]
            if page.next is None:
                break
            after = page.next
        assert len(seen) % 500 == 0
        assert seen == sorted(set(seen))
