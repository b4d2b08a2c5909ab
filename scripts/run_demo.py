"""Show what Manara does: four invented states, a node in each, alone and then together.

Usage: python scripts/run_demo.py FOLDER
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

MANARA = Path(sys.executable).with_name("manara")
KERNELS = Path(__file__).with_name("compile_kernels.py")


def manara(*words: str | Path) -> None:
    """Run one command, shown as one would type it; stop if it fails."""
    print(f"\n$ manara {shlex.join(map(str, words))}", flush=True)
    status = subprocess.run([str(MANARA), *map(str, words)], check=False).returncode
    if status:
        sys.exit(status)


def compiling(part: str) -> subprocess.Popen[bytes]:
    """Return a process that compiles some of the kernels, which takes a while the first time."""
    return subprocess.Popen([sys.executable, str(KERNELS), part])


def main(folder: str) -> None:
    """Make a small world with plots in it, run a node for each state, and score what they found."""
    started = time.monotonic()
    world = Path(folder) / "four-coasts"
    if (world / "exercise.json").exists():
        shutil.rmtree(world)
    report = world / "after-action.html"
    print("Four invented states, some hundreds of people, and plots that none of them sees whole.")
    # The nodes live side by side, and would each compile what all of them take.
    same, search = compiling("same"), compiling("search")
    manara("exercise", "new", "--scenario", "four-coasts", "--size", "small", "--seed", "7", world)
    same.wait()
    manara("exercise", "run", world, "--waves", "2")
    search.wait()
    manara("exercise", "score", world, "--html", report)
    print(f"\nDone in {time.monotonic() - started:.0f} seconds. The after-action report: {report}")
    print("Each state's node is a workspace that you can look around in, for example with")
    print(f"    {MANARA} -w {world / 'nodes' / 'XA' / 'together'} leads")


if __name__ == "__main__":
    main(*sys.argv[1:])
