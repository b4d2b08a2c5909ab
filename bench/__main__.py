"""Run every benchmark: ``python -m bench [--json]``; one alone: ``python -m bench.NAME``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    subprocess.run([sys.executable, "-m", f"bench.{path.stem}", *sys.argv[1:]], check=True)
