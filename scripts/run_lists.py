"""Build a workspace from the demonstration material and show what it finds.

Usage: python scripts/run_lists.py FOLDER
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "demo"
MANARA = Path(sys.executable).with_name("manara")


def manara(workspace: Path, *words: str | Path) -> None:
    """Run one command, shown as one would type it; a reject is no reason to stop."""
    shown = [str(w.relative_to(ROOT)) if isinstance(w, Path) else w for w in words]
    print(f"\n$ manara {shlex.join(shown)}", flush=True)
    command = [str(MANARA), "--workspace", str(workspace), *map(str, words)]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status > 1:
        sys.exit(status)


def main(folder: str) -> None:
    """Make the workspace anew, take in two editions, resolve, report."""
    started = time.monotonic()
    workspace = Path(folder).resolve()
    if (workspace / "manara.toml").exists():
        shutil.rmtree(workspace)
    subprocess.run([str(MANARA), "init", str(workspace)], check=True)
    mappings = sorted(DEMO.glob("*.yml"))
    mapped = {path for m in mappings for path in DEMO.glob(f"{m.stem}.*")}
    lists = [path for path in sorted(DEMO.iterdir()) if _is_list(path) and path not in mapped]
    manara(workspace, "ingest", *lists)
    for mapping in mappings:
        tables = [p for p in sorted(DEMO.glob(f"{mapping.stem}.*")) if p != mapping]
        manara(workspace, "ingest", *tables, "--mapping", mapping)
    manara(workspace, "run")
    manara(workspace, "ingest", DEMO / "later")
    manara(workspace, "run")
    print(f"\nThe workspace is {workspace}, the report {workspace / 'report.html'}.")
    print(f"Done in {time.monotonic() - started:.0f} seconds. Look around, for example with")
    print(f"    {MANARA} -w {folder} find daftarkhani")


def _is_list(path: Path) -> bool:
    return path.is_file() and path.name not in ("README.md", "truth.json")


if __name__ == "__main__":
    main(*sys.argv[1:])
