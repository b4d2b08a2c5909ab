"""What a typology would have found, and what another version of it would change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import pyarrow.compute as pc

from manara.model import UsageError
from manara.money.book import Book
from manara.money.detect import grouped, weeks_of
from manara.money.features import amount
from manara.money.rules import Hit, case_finds, rules
from manara.money.typology import Typology


class Change(NamedTuple):
    """An account that one version finds and the other does not.

    Attributes:
        account: its id.
        currency: of the payments.
        begins: begin of the span in which it is found, UTC.
        why: the conditions that make the difference, with the value that meets or misses them.
    """

    account: str
    currency: str
    begins: datetime
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a typology finds in a stretch of the past.

    Attributes:
        typology: its id.
        version: its version.
        accounts: those found, sorted.
        weeks: length of the stretch, as far as there are payments.
        confirmed: share of the leads decided on that were confirmed; None while there is none.
        against: version it is compared with; None for none.
        new: what that version finds besides.
        gone: what that version finds no longer.
    """

    typology: str
    version: int
    accounts: tuple[str, ...]
    weeks: float
    confirmed: float | None
    against: int | None
    new: tuple[Change, ...]
    gone: tuple[Change, ...]


def backtest(
    book: Book,
    typology: Typology,
    since: datetime,
    until: datetime,
    against: Typology | None = None,
    outcomes: Mapping[str, str] | None = None,
) -> Backtest:
    """Return what a typology finds between two moments, and what another version changes.

    Payments before the first moment still count as the past of an account; those after the last
    are not looked at.

    Args:
        book: the payments.
        typology: the version that runs.
        since: spans that end before are left out, UTC.
        until: payments after are left out, UTC.
        against: the other version.
        outcomes: what was decided about leads of the typology, by account.

    Raises:
        UsageError: the other version is of another typology, or fails its own cases.
    """
    if against:
        _check(typology, against)
    last = until.astimezone(UTC).replace(tzinfo=None)
    known = Book(book.payments.filter(pc.less_equal(book.payments["time"], last)), book.set_aside)
    first = since.astimezone(UTC).replace(tzinfo=None)
    part = Book(known.payments.filter(pc.greater_equal(known.payments["time"], first)))
    versions = [one for one in (typology, against) if one]
    with rules(known, versions) as ready:
        found = [grouped(hit for hit in ready.hits(one) if hit.ends > since) for one in versions]
    old = found[0]
    new = found[-1]
    return Backtest(
        typology.id,
        typology.version,
        tuple(sorted(old)),
        weeks_of(part),
        _confirmed(old, outcomes or {}),
        against.version if against else None,
        tuple(_change(new[one][0], typology) for one in sorted(new.keys() - old.keys())),
        tuple(_change(old[one][0], against) for one in sorted(old.keys() - new.keys()) if against),
    )


def _confirmed(found: Collection[str], outcomes: Mapping[str, str]) -> float | None:
    final = [o for a, o in outcomes.items() if a in found and o in ("confirmed", "dismissed")]
    return final.count("confirmed") / len(final) if final else None


def _change(hit: Hit, other: Typology) -> Change:
    """Return why another version does not find a hit."""
    why = [
        f"{one.feature} is {amount(one.feature, hit.row[one.feature])}; version {other.version} "
        f"asks for {one.bound}"
        if hit.row[one.feature] is not None
        else f"{one.feature} is not known; version {other.version} asks for {one.bound}"
        for one in other.conditions
        if not one.met(hit.row)
    ]
    if other.days != hit.typology.days:
        span = hit.typology.days
        why.append(f"version {other.version} looks at spans of {other.days} days, not {span}")
    return Change(hit.account, hit.currency, hit.begins, tuple(why))


def _check(typology: Typology, against: Typology) -> None:
    """Refuse a version that is not one, or does not do what it says of itself."""
    if typology.id != against.id:
        raise UsageError(
            f"it is a version of {against.id}", where=typology.id, remedy="give it the same id"
        )
    for case in against.cases:
        found = case_finds(against, case.payments)
        if found != set(case.finds):
            raise UsageError(
                f"its case {case.name!r} finds {', '.join(sorted(found)) or 'nothing'}",
                where=f"{against.id}, version {against.version}",
                remedy="mend the thresholds or the case",
            )
