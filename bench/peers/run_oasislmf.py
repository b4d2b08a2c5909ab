"""Oasis LMF's side of `bench.losses`: ``run_oasislmf.py MODEL FOLDER SAMPLES``.

Runs the model twice (the first run compiles) and prints CPU seconds of everything but the making of
its input files, the largest memory of a process, and average annual losses.
"""

import csv
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

model, folder, samples = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
summary = {
    "id": 1,
    "ord_output": {
        "alt_period": True,
        "ept_full_uncertainty_aep": True,
        "ept_full_uncertainty_oep": True,
        "return_period_file": True,
    },
}
settings = {
    "version": "3",
    "model_name_id": "PiWind",
    "model_supplier_id": "OasisLMF",
    "number_of_samples": samples,
    "gul_threshold": 0,
    "model_settings": {"event_set": "p", "event_occurrence_id": "lt"},
    "gul_output": True,
    "gul_summaries": [summary],
    "il_output": True,
    "il_summaries": [summary],
}
copy = folder / "model"
shutil.copytree(model, copy, copy_function=shutil.copyfile)
config = json.loads((copy / "oasislmf.json").read_text())
config = {
    key: value for key, value in config.items() if key not in ("oed_info_csv", "oed_scope_csv")
}
config["oed_location_csv"] = "tests/inputs/SourceLocOEDPiWind.csv"
(copy / "oasislmf.json").write_text(json.dumps(config))
(copy / "settings.json").write_text(json.dumps(settings))
here = Path(sys.executable).parent
around = {**os.environ, "PATH": f"{here}:{os.environ['PATH']}"}


def _run(*words):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(here / "oasislmf"), *words, "--config", "oasislmf.json"]
    subprocess.run(command, cwd=copy, env=around, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2)


files = str(folder / "files")
found = {"cpu_s_input_files": _run("model", "generate-oasis-files", "--oasis-files-dir", files)}
for name in ("cold", "warm"):
    target = str(folder / name)
    found[f"cpu_s_{name}"] = _run(
        "model", "generate-losses", "--oasis-files-dir", files, "--model-run-dir", target,
        "--analysis-settings-json", "settings.json", "--kernel-num-processes", "1",
    )  # fmt: skip
for kind in ("gul", "il"):
    with (folder / "warm/output" / f"{kind}_S1_palt.csv").open() as file:
        found[f"aal_{kind}"] = [float(row["MeanLoss"]) for row in csv.DictReader(file)][-1]
found["peak_mib"] = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1)
json.dump(found, sys.stdout)
