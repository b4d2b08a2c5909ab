"""Times in every unit and form that payments come in, and what they were taken for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from manara.model import FormatError
from manara.money import Stream, mine
from manara.money.score import rank
from manara.money.times import times_of_all

# 14 March 2026, 09:26:53.589793238 UTC.
NANOSECONDS = 1_773_480_413_589_793_238
SECOND = NANOSECONDS // 10**9
MIDNIGHT = SECOND // 86_400 * 86_400


@pytest.mark.parametrize(
    ("values", "taken"),
    [
        (pa.array([SECOND]), "seconds since 1970"),
        (pa.array([NANOSECONDS // 10**6]), "milliseconds since 1970"),
        (pa.array([NANOSECONDS // 10**3]), "microseconds since 1970"),
        (pa.array([NANOSECONDS]), "nanoseconds since 1970"),
        (pa.array([NANOSECONDS / 10**9]), "seconds since 1970"),
        (pa.array([f"{NANOSECONDS / 10**9}"]), "seconds since 1970"),
        (pa.array([NANOSECONDS], pa.timestamp("ns")), "dates and times"),
        (pa.array([NANOSECONDS], pa.timestamp("ns", "Africa/Dakar")), "dates and times"),
        (pa.array([datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)]), "dates and times"),
        (pa.array(["2026-03-14T12:26:53.589793238+03:00"]), "dates and times"),
        (pa.array(["2026/03/14 09:26:53"]), "dates and times"),
        (pa.array(["2026-03-14 09:26:53 UTC"]), "dates and times"),
        (pa.array(["14/03/2026 09:26:53"]), "dates and times"),
        (pa.array(["3/14/2026 09:26:53"]), "dates and times"),
    ],
)
def test_a_moment_in_every_form(values: pa.Array, taken: str) -> None:
    found = times_of_all(values)
    assert (found.ts.tolist(), found.missing.tolist()) == ([SECOND], [False])
    assert found.taken == taken


@pytest.mark.parametrize("value", [date(2026, 3, 14), "2026-03-14", "14.03.2026"])
def test_a_day_begins_at_midnight(value: Any) -> None:
    assert times_of_all(pa.array([value])).ts.tolist() == [MIDNIGHT]


def test_the_day_is_first_unless_only_the_month_can_be() -> None:
    either = times_of_all(pa.array(["03/04/2026"])).ts
    assert either.tolist() == [datetime(2026, 4, 3, tzinfo=UTC).timestamp()]
    told = times_of_all(pa.array(["03/04/2026", "03/25/2026"])).ts
    assert told[0] == datetime(2026, 3, 4, tzinfo=UTC).timestamp()
    both = times_of_all(pa.array(["25/03/2026", "03/25/2026"]))
    assert both.missing.tolist() == [False, True]


def test_what_is_no_time_is_missing_and_the_rest_is_there() -> None:
    found = times_of_all(pa.array(["soon", "", None, f"{SECOND}", "2026-03-14"]))
    assert found.missing.tolist() == [True, True, True, False, False]
    assert found.ts[3:].tolist() == [SECOND, MIDNIGHT]


def test_small_numbers_are_steps_of_an_hour_if_payments_follow_the_time_of_day() -> None:
    chance = np.random.default_rng(3)
    by_hour = [1, 1, 1, 1, 1, 2, 4, 8, *[12] * 12, 8, 6, 4, 2]
    hours = np.repeat(np.arange(1, 745), chance.poisson(np.tile(by_hour, 31)))
    found = times_of_all(pa.array(hours))
    assert found.taken == "steps of an hour"
    assert found.ts.tolist() == (hours * 3600).tolist()
    for week in ([9, 9, 9, 9, 9, 14, 3], [9, 9, 9, 9, 14, 3]):
        days = np.repeat(np.arange(8, 680), chance.poisson(np.tile(week, 672 // len(week))))
        found = times_of_all(pa.array(days))
        assert found.taken == "steps of a day"
        assert found.ts.max() == 679 * 86_400
    assert times_of_all(pa.array([0, 86_399])).taken == "seconds since 1970"


def test_milliseconds_are_mined_as_seconds_in_tables_and_streams() -> None:
    rows = [("a", 0, "k", "l"), ("b", 3600, "l", "m"), ("c", 7200, "m", "k")]
    names = ("tx_id", "ts", "src", "dst")
    table = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    stream = Stream(["cycle"], "1d", sizes={"cycle": 3})
    for factor in (1, 1000):
        table["ts"] = [(SECOND + ts) * factor for _, ts, *_ in rows]
        found = mine(table | {"amount": [5.0] * 3}, ["cycle"], "1d", sizes={"cycle": 3})
        assert (found.first.tolist(), found.last.tolist()) == ([SECOND], [SECOND + 7200])
    answers = [stream.arrive(name, ts, *ends, 5.0)
               for ts, (name, _, *ends) in zip(table["ts"], rows, strict=True)]  # fmt: skip
    assert [len(one.completed) for one in answers] == [0, 0, 1]


def test_a_table_without_a_time_says_so() -> None:
    names = ("tx_id", "src", "dst", "amount")
    columns: dict[str, Any] = {name: [1.0, 2.0] for name in names}
    with pytest.raises(FormatError, match=r"test, ts: no ts can be read.*'soon' is one"):
        rank(columns | {"ts": [1, 2]}, columns | {"ts": ["soon", "later"]})
