"""How close crime and terror are, and how well it is shown, with what is missing named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from manara.model import EuropolGrade, Grade, UsageError
from manara.network.link import Closeness, Side, Standing, Tie, link

GANG = Side("gang", "drugs", ("f1",), date(2015, 1, 1), date(2020, 12, 31))
CELL = Side("cell", "terrorism", ("f2",), date(2018, 1, 1))
FIRST = Tie(
    "t1",
    Closeness.TRANSACTION,
    "Agency One",
    Grade("B", 2),
    intermediaries=("p1",),
    resource="arms",
    begins=date(2019, 3, 1),
    ends=date(2019, 3, 1),
)
SECOND = replace(FIRST, fact="t2", publisher="Agency Two", grade=Grade("A", 1))


def test_two_independent_good_sources_prove() -> None:
    found = link(GANG, CELL, [FIRST, SECOND])
    assert (found.closeness, found.standing) == (Closeness.TRANSACTION, Standing.PROVEN)
    assert found.facts == ("f1", "f2", "t1", "t2")
    assert found.missing == ()


def test_europols_grades_count_too() -> None:
    good, bad = (replace(SECOND, grade=EuropolGrade.parse(text)) for text in ("A1", "B4"))
    assert link(GANG, CELL, [FIRST, good]).standing is Standing.PROVEN
    assert link(GANG, CELL, [FIRST, bad]).standing is Standing.REPORTED


def test_no_tie_is_no_link() -> None:
    found = link(GANG, CELL, [])
    assert (found.closeness, found.standing) == (Closeness.NONE, Standing.NONE)


@pytest.mark.parametrize(
    ("second", "missing"),
    [
        (replace(SECOND, publisher="Agency One"), "independent of the first"),
        (replace(SECOND, origin="Agency One"), "independent of the first"),
        (replace(SECOND, grade=Grade("B", 3)), "a second independent source graded B2"),
        (replace(SECOND, grade=Grade("C", 1)), "a second independent source graded B2"),
        (replace(SECOND, grade=None), "a second independent source graded B2"),
    ],
)
def test_anything_less_is_reported_and_says_what_is_missing(second: Tie, missing: str) -> None:
    found = link(GANG, CELL, [FIRST, second])
    assert found.standing is Standing.REPORTED
    assert missing in " ".join(map(str, found.missing))


def test_two_that_had_it_from_a_third_are_not_independent() -> None:
    one, other = replace(FIRST, origin="A newspaper"), replace(SECOND, origin="A newspaper")
    assert link(GANG, CELL, [one, other]).standing is Standing.REPORTED


@pytest.mark.parametrize(
    ("gang", "change", "missing"),
    [
        (replace(GANG, facts=()), {}, "a source for gang in drugs"),
        (GANG, {"intermediaries": (), "resource": ""}, "named intermediary or shared resource"),
        (GANG, {"begins": date(2016, 1, 1), "ends": date(2016, 1, 1)}, "a time at which both"),
        (GANG, {"begins": date(2023, 1, 1), "ends": None}, "a time at which both"),
        (GANG, {"begins": None, "ends": None}, "a time at which both"),
    ],
)
def test_without_source_means_or_time_it_is_suspected(
    gang: Side, change: dict[str, object], missing: str
) -> None:
    ties = [replace(FIRST, **change), replace(SECOND, **change)]  # type: ignore[arg-type]
    found = link(gang, CELL, ties)
    assert found.standing is Standing.SUSPECTED
    assert missing in " ".join(map(str, found.missing))


def test_the_better_shown_tie_decides_and_the_closer_one_is_told() -> None:
    rumour = replace(FIRST, fact="t3", closeness=Closeness.MERGER, publisher="A blog", grade=None)
    found = link(GANG, CELL, [FIRST, SECOND, rumour])
    assert (found.closeness, found.standing) == (Closeness.TRANSACTION, Standing.PROVEN)
    assert found.told is Closeness.MERGER


def test_a_closer_tie_shows_the_less_close_one() -> None:
    closer = replace(SECOND, closeness=Closeness.SHARED_MEMBER)
    found = link(GANG, CELL, [FIRST, closer])
    assert (found.closeness, found.standing) == (Closeness.TRANSACTION, Standing.PROVEN)
    assert found.told is Closeness.SHARED_MEMBER


def test_two_sides_of_one_kind_and_unknown_resources_are_refused() -> None:
    with pytest.raises(UsageError, match="both sides are terror"):
        link(CELL, replace(CELL, domain="terrorist-financing"), [FIRST])
    assert link(GANG, replace(CELL, domain="separatism"), [FIRST, SECOND]).standing == "proven"
    with pytest.raises(UsageError, match="no such resource"):
        replace(FIRST, resource="friendship")
