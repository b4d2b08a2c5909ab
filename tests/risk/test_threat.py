"""Incidents in; rates, self-excitement and forecasts out."""

from __future__ import annotations

import csv
import json
import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner

from manara.cli.risk import risk
from manara.model import FormatError, UsageError, event
from manara.pipeline.ingest import Request, ingest
from manara.risk.threat import assess, contest, fit_hawkes, read_incidents, workspace_incidents
from manara.store import Workspace

CLUSTERS = [0, 1, 2, 2, 9, 40, 41, 41, 43, 80, 81, 120, 121, 121, 122, 160, 200, 201, 203, 240, 241]


def log_likelihood(times: list[float], base: float, branching: float, memory: float) -> float:
    """Return it by the definition: a double sum over pairs of events."""
    end, total = times[-1], 0.0
    for at, time in enumerate(times):
        past = sum(math.exp(-(time - other) / memory) / memory for other in times[:at])
        total += math.log(base + branching * past)
        total -= branching * (1 - math.exp(-(end - time) / memory))
    return total - base * (end - times[0])


def test_the_fit_is_the_top_of_the_likelihood_by_its_definition() -> None:
    times = [float(day) for day in CLUSTERS]
    fit = fit_hawkes(np.array(times))
    best = [fit.base.value, fit.branching.value, fit.memory.value]
    assert fit.log_likelihood == pytest.approx(log_likelihood(times, *best), abs=1e-9)
    for at in range(3):
        for factor in (0.98, 1.02):
            other = [value * (factor if at == k else 1) for k, value in enumerate(best)]
            assert log_likelihood(times, *other) < fit.log_likelihood
    rate = 21 / 241
    assert fit.poisson_log_likelihood == pytest.approx(21 * math.log(rate) - 21)


def invented(base: float, branching: float, memory: float, days: float, seed: int) -> np.ndarray:
    """Return the events of a self-exciting process, by generations."""
    random = np.random.default_rng(seed)
    born = random.uniform(0, days, random.poisson(base * days))
    events = [born]
    while len(born):
        born = np.repeat(born, random.poisson(branching, len(born)))
        born = born + random.exponential(memory, len(born))
        born = born[born < days]
        events.append(born)
    return np.sort(np.concatenate(events))


def test_a_known_process_is_found_again() -> None:
    fit = fit_hawkes(invented(0.1, 0.6, 10.0, 8000.0, 5))
    for span, truth in ((fit.base, 0.1), (fit.branching, 0.6), (fit.memory, 10.0)):
        assert span.low < truth < span.high
        assert span.high < 2 * span.low


def test_excitement_forecasts_clustered_days_best_and_harms_on_no_steady_ones() -> None:
    clustered = contest(invented(0.05, 0.8, 8.0, 6000.0, 1), 4000.0)
    assert clustered.hawkes > clustered.recent > clustered.poisson
    steady = contest(invented(0.2, 0.0, 8.0, 6000.0, 2), 4000.0)
    assert steady.poisson == pytest.approx(steady.hawkes, abs=0.02)
    assert steady.poisson > steady.recent


def test_the_last_90_days_are_judged_by_their_own_rate() -> None:
    times = np.array([float(day) for day in (*range(0, 200, 5), 300.0)])
    rate = 0.5 / 90
    # From day 290 on one event is left in reach until day 285 + 90 > 300; the rest has passed.
    held = sum(min(t + 90, 300) - 290 for t in times if t < 290 < t + 90)
    seen = sum(210 < t < 300 for t in times)
    expected = math.log((seen + 0.5) / 90) - held / 90 - rate * 10
    assert contest(times, 290.0).recent == pytest.approx(expected)


def table(folder: Path, *rows: str) -> Path:
    path = folder / "incidents.csv"
    path.write_text("\n".join(("date,area,kind,latitude,longitude,count", *rows)) + "\n", "utf-8")
    return path


def test_a_plain_table_keeps_what_is_good_and_names_what_is_not(tmp_path: Path) -> None:
    found = read_incidents(
        table(
            tmp_path,
            "2024-03-02,Hollin,station,,,2",
            "02/03/2024,Hollin,station,,,0",
            "2024-01-05,,market,-0.5,-70.2,",
            "2024-01-06,Hollin,market,95,0,1",
            "2024-01-07,Hollin,market,,,many",
        )
    )
    assert [(one.area, one.killed) for one in found.items] == [("1S 71W", 0), ("Hollin", 2)]
    assert [(one.locator, one.rule) for one in found.rejects] == [
        ("row 3, column date", "date"),
        ("row 5, column latitude", "coordinate"),
        ("row 6, column count", "count"),
    ]


def test_days_that_are_not_exact_count_in_rates_and_not_in_timing(tmp_path: Path) -> None:
    path = tmp_path / "ged.csv"
    path.write_text(
        "id,type_of_violence,date_start,date_prec,country,adm_1,best,latitude,longitude\n"
        "1,3,2020-01-01 00:00:00.000,1,Varazan,Hollin,4,10,10\n"
        "2,1,2020-02-01 00:00:00.000,4,Varazan,,0,10,10\n",
        "utf-8",
    )
    found = read_incidents(path)
    assert [(one.area, one.kind) for one in found.items] == [
        ("Hollin", "one-sided"),
        ("Varazan", "state-based"),
    ]
    assert len(found.days()) == 1


def test_a_file_without_dates_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("when,where\n2020-01-01,Hollin\n", "utf-8")
    with pytest.raises(FormatError, match="a column date"):
        read_incidents(path)
    with pytest.raises(FormatError, match="no incident"):
        read_incidents(table(tmp_path))


def yearly(folder: Path) -> Path:
    """Ten incidents in Hollin, one a year; one in Quill."""
    days = [date(2010, 6, 1) + timedelta(days=round(365.25 * year)) for year in range(11)]
    rows = [f"{day},Hollin,market,,,1" for day in days]
    return table(folder, *rows, "2015-02-01,Quill,market,,,0")


def test_a_quiet_area_is_given_a_rate_above_nothing_and_below_the_busy_one(tmp_path: Path) -> None:
    found = assess(read_incidents(yearly(tmp_path)), areas=["Stillwater"])
    rate = {(one.area, one.kind): one.per_year for one in found.rates}
    hollin, quill, still = (rate[area, ""] for area in ("Hollin", "Quill", "Stillwater"))
    # Half an event of the mean of three areas, (12 / 3) / 10 a year, stands for what is unknown.
    assert still.value == pytest.approx(0.5 / (0.5 / 0.4 + 10), rel=0.01)
    assert hollin.value == pytest.approx(11.5 / (0.5 / 0.4 + 10), rel=0.01)
    assert 0 < still.low < still.value < quill.value < hollin.value
    assert found.self_exciting is None
    assert "too few" in found.notes[0]


def test_clusters_widen_the_interval_of_a_rate(tmp_path: Path) -> None:
    even = assess(read_incidents(yearly(tmp_path)))
    burst = [f"2014-07-{day:02},Hollin,market,,,1" for day in range(1, 11)]
    uneven = assess(read_incidents(table(tmp_path, "2010-06-01,Quill,market,,,0", *burst,
                                         "2020-06-01,Quill,market,,,0")))  # fmt: skip
    assert even.spread == 1
    assert uneven.spread > 5
    width = [
        max(one.per_year.high / one.per_year.low for one in found.rates if one.area == "Hollin")
        for found in (even, uneven)
    ]
    assert width[1] > 3 * width[0]


def test_nothing_may_happen_after_the_last_known_day(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="after the day"):
        assess(read_incidents(yearly(tmp_path)), until=0)


def run(*words: object) -> tuple[int, str]:
    ran = CliRunner().invoke(risk, list(map(str, words)), catch_exceptions=False)
    return ran.exit_code, ran.output


def test_the_command_tells_and_names_what_was_set_aside(tmp_path: Path) -> None:
    start = date(2023, 1, 1)
    rows = [f"{start + timedelta(days=day)},Hollin,market,,,1" for day in CLUSTERS]
    status, told = run("threat", table(tmp_path, *rows, "soon,Hollin,market,,,1"), "--json")
    assert status == 1
    found = json.loads(told)
    assert found["threat"]["dated"] == 21
    assert found["threat"]["self_exciting"]["poisson_log_likelihood"] == pytest.approx(
        21 * math.log(21 / 241) - 21
    )
    assert found["rejects"][0]["locator"] == "row 23, column date"
    status, told = run("threat", table(tmp_path, *rows))
    assert status == 0
    assert "one incident sets off" in told


@pytest.mark.shared
def test_real_events_of_24_years(shared: Path) -> None:
    path = shared / "risk/ucdp/ged_car_1991_2014.csv"
    with path.open(encoding="utf-8") as file:
        exact = [row for row in csv.DictReader(file) if row["date_prec"] == "1"]
    found = assess(read_incidents(path))
    fit, tried = found.self_exciting, found.out_of_sample
    assert fit and tried
    times = sorted(float(date.fromisoformat(row["date_start"][:10]).toordinal()) for row in exact)
    assert fit.events == len(times)
    best = (fit.base.value, fit.branching.value, fit.memory.value)
    assert fit.log_likelihood == pytest.approx(log_likelihood(times, *best), abs=1e-6)
    # Found once by a Nelder-Mead search over the definition.
    assert fit.log_likelihood == pytest.approx(-1250.307, abs=0.01)
    assert fit.branching.value == pytest.approx(0.960, abs=0.005)
    assert fit.memory.value == pytest.approx(13.17, abs=0.1)
    assert tried.hawkes > max(tried.poisson, tried.recent)


def test_incidents_of_a_workspace(tmp_path: Path) -> None:
    watch = tmp_path / "watch.ftm.json"
    watch.write_text('{"id": "x", "schema": "Organization", "properties": {"name": ["X"]}}\n')
    with Workspace.create(tmp_path / "office") as workspace:
        [done] = ingest(workspace, [str(watch)], Request(by="amina", dataset="watch"))
        assert done.status == "applied", done
        rule, rows = next(iter(workspace.view().handlings())), []
        for at, (when, place, killed) in enumerate(
            ((datetime(2024, 3, 1, 9), "Hollin", 2), (datetime(2023, 3, 1), None, None))
        ):
            values = {"time": when.replace(tzinfo=UTC), "kind": "attack"}
            told = {"place": place, "killed": killed}
            told |= {"time_precision": "day" if place else "year"}
            told |= dict.fromkeys(("latitude", "longitude"), None if place else -1.5)
            made = event("incidents", values, f"row {at}", dataset="watch", handling_id=rule)
            more = {"id": f"i{at}", "dataset": "watch", "source_id": "s", "locator": made.locator,
                    "handling_id": rule, "time": when}  # fmt: skip
            rows.append({**made.values, **told, **more})
        workspace.append("incidents", pa.Table.from_pylist(rows).to_batches(), by="amina")
        found = workspace_incidents(workspace.view())
    assert [(one.area, one.exact, one.killed) for one in found.items] == [
        ("2S 2W", False, 0),
        ("Hollin", True, 2),
    ]
    folder = tmp_path / "trust"
    run = CliRunner().invoke
    run(risk, ["init", str(folder), "--organisation", "Trust"], catch_exceptions=False)
    words = ["incidents", str(folder), "--json"]
    told = run(risk, words, obj=tmp_path / "office", catch_exceptions=False)
    assert json.loads(told.output) == {"incidents": 2}
    kept = read_incidents(folder / "incidents.csv")
    assert [str(one) for one in kept.items] == [str(one) for one in found.items]
    assert 'incidents = "incidents.csv"' in (folder / "risk.toml").read_text("utf-8")
