"""Losses: our engine on a model folder beside Oasis LMF, and on generated sites.

With MANARA_SHARED_DATA set, PiWind: 12,598 locations, 1,447 events, ground-up and gross losses,
average annual loss and exceedance curves; ours as a whole command, the peer's without the making of
its input files. Then generated sites and events; ``--largest 10000000`` goes to ten million sites.
What it prints, kept in a file, is drawn by ``python -m bench.losses --draw FILE`` beside the
physical limit, into docs/explanation/losses-growth.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench._run import PEERS, main, measure, peer

_FIRST = 1000
_PLOT = Path(__file__).parents[1] / "docs/explanation/losses-growth.svg"


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of both engines."""
    shared = os.environ.get("MANARA_SHARED_DATA")
    found: dict[str, Any] = {"samples": options.samples}
    if shared:
        found["piwind"] = piwind(Path(shared) / "risk/oasis_piwind", options.samples)
    sizes = [_FIRST]
    while sizes[-1] < options.largest:
        sizes.append(sizes[-1] * 10)
    ours = [sys.executable, "-m", "bench._losses_ours"]
    found["sites"] = [_answer([*ours, str(size), str(options.events)]) for size in sizes]
    return found


def piwind(model: Path, samples: int) -> dict[str, Any]:
    """Return the figures of both engines on PiWind."""
    inputs = model / "tests/inputs"
    command = [sys.executable, "-m", "manara", "risk", "losses", "--model", str(model), "--json"]
    command += ["--location", str(inputs / "SourceLocOEDPiWind.csv")]
    command += ["--account", str(inputs / "SourceAccOEDPiWind.csv"), "--samples", str(samples)]
    told = _answer(command)["perspectives"]  # compiles, once a machine
    ours = measure(command)
    for kind in ("gul", "il"):
        ours |= {f"aal_{kind}": told[kind]["aal"], f"aal_{kind}_se": told[kind]["aal_se"]}
    with tempfile.TemporaryDirectory() as folder:
        script = str(PEERS / "run_oasislmf.py")
        theirs = _answer([peer("oasislmf"), script, str(model), folder, str(samples)])
    ratio = round(theirs["cpu_s_warm"] / ours["cpu_s"], 1)
    return {"manara": ours, "oasislmf": theirs, "times_cheaper": ratio}


def _answer(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout))


def draw(file: str) -> None:
    """Draw the growth that a run told."""
    from bench._losses_plot import growth_svg

    growth_svg(json.loads(Path(file).read_text("utf-8"))["sites"], str(_PLOT))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--draw"]:
        draw(sys.argv[2])
        sys.exit()
    main("losses", run, samples=10, events=100_000, largest=100_000)
