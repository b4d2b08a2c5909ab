"""Tables of losses with the column names of Open Results Data (ORD)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manara.risk.exceedance import Metrics, Occurrences, moments

Floats = NDArray[np.float64]

#: Everything is one summary.
_SUMMARY = 1

#: ORD's codes: mean by samples, every year and sample for itself; kinds of exceedance curves.
_BY_SAMPLE, _FULL_UNCERTAINTY = 2, 2
OEP, OEP_TVAR, AEP, AEP_TVAR = 1, 2, 3, 4

Columns = dict[str, NDArray[Any]]


def of_occurrences(
    events: NDArray[np.int64], losses: Floats, when: Occurrences, found: Metrics
) -> dict[str, Columns]:
    """Return the tables of one perspective by their ORD names.

    Args:
        events: Ids of the events.
        losses: Events by samples.
        when: When the events happen.
        found: What the losses amount to.
    """
    order = np.argsort(when.period, kind="stable")
    which, sample = np.nonzero(losses[when.event[order]])
    at = order[which]
    splt = {
        "Period": when.period[at] + 1,
        "EventId": events[when.event[at]],
        "SampleId": sample + 1,
        "Loss": losses[when.event[at], sample],
    }
    rates = np.bincount(when.event, minlength=len(events)) / when.periods
    return {**of_rates(events, losses, rates, found), "splt": _summarised(splt)}


def of_rates(
    events: NDArray[Any], losses: Floats, rates: Floats, found: Metrics
) -> dict[str, Columns]:
    """Return the tables of one perspective that need no years, by their ORD names.

    Args:
        events: Ids of the events.
        losses: Events by samples.
        rates: How often each event happens in a year.
        found: What the losses amount to.
    """
    event, sample = np.nonzero(losses)
    selt = {"EventId": events[event], "SampleId": sample + 1, "Loss": losses[event, sample]}
    struck = np.flatnonzero(losses.any(axis=1))
    some = losses[struck]
    mean, variance, _ = moments(some, pairs=True)
    melt = {
        "EventId": events[struck],
        "SampleType": np.full(len(struck), _BY_SAMPLE),
        "EventRate": rates[struck],
        "ChanceOfLoss": (some > 0).mean(axis=1),
        "MeanLoss": mean,
        "SDLoss": np.sqrt(variance),
        "MaxLoss": some.max(axis=1, initial=0.0),
    }
    palt = {
        "SampleType": np.array([_BY_SAMPLE]),
        "MeanLoss": np.array([found.aal]),
        "SDLoss": np.array([found.sd]),
    }
    named = {"selt": selt, "melt": melt, "ept": _ept(found), "palt": palt}
    return {name: _summarised(columns) for name, columns in named.items()}


def _ept(found: Metrics) -> Columns:
    kinds = {OEP: found.oep.loss, OEP_TVAR: found.oep.tvar}
    kinds |= {AEP: found.aep.loss, AEP_TVAR: found.aep.tvar}
    count = len(found.oep.years)
    return {
        "EPCalc": np.full(len(kinds) * count, _FULL_UNCERTAINTY),
        "EPType": np.repeat(list(kinds), count),
        "ReturnPeriod": np.tile(found.oep.years, len(kinds)),
        "Loss": np.concatenate(list(kinds.values())),
    }


def _summarised(columns: Columns) -> Columns:
    count = len(next(iter(columns.values())))
    return {"SummaryId": np.full(count, _SUMMARY), **columns}


def write(folder: Path, perspective: str, found: Mapping[str, Columns], kind: str) -> None:
    """Write tables as files `PERSPECTIVE_S1_TABLE.csv` or `.parquet`.

    Args:
        folder: Where; it is made if need be.
        perspective: `gul`, `il` or `ri`.
        found: Of `tables`.
        kind: `csv` or `parquet`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in found.items():
        path = folder / f"{perspective}_S{_SUMMARY}_{name}.{kind}"
        if kind == "parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.table(columns), path)
            continue
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(columns)
            rows.writerows(zip(*(values.tolist() for values in columns.values()), strict=True))
