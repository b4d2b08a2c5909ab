"""Pools and state backstops: dated terms as data, and who bears an insured loss under them."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, NamedTuple

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray

from manara.model import NotFoundError, UsageError

F64 = NDArray[np.float64]

Amount = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]

#: OED's codes of conventional terrorism, of nuclear, biological, chemical and radiological, and of
#: both; and our own of attacks on computers.
Peril = Literal["MTR", "MNT", "MM1", "CYB"]


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record of a data file; a misspelt key is an error."""


class Tier(_Data, frozen=True):
    """A layer above what insurers keep, over the whole industry.

    Attributes:
        payer: who pays it.
        limit: how much it pays; None is without limit.
    """

    payer: Literal["pool", "retrocession", "state"]
    limit: Amount | None = None


class Edition(_Data, frozen=True, rename={"start": "from", "end": "to"}):
    """Terms of a scheme in some years.

    Attributes:
        start: first day.
        end: last day; None if not known to end.
        perils: that it covers.
        tiers: who pays above the insurer's part, in order; what exceeds them is cut pro rata.
        share: share of the loss above the insurer's deductible that the tiers take.
        deductible: the insurer's, as a share of its premium of the year before; None if it is an
            amount that the insurer chooses.
        trigger: loss of the industry in a year up to which nothing is paid.
        cap: loss of the industry in a year above which payments are cut pro rata.
        retention: loss of the industry in a year up to which the state gets its payments back.
        recoupment: surcharge for each unit that it gets back.
    """

    start: date
    perils: tuple[Peril, ...]
    tiers: tuple[Tier, ...]
    end: date | None = None
    share: Share = 1.0
    deductible: Amount | None = None
    trigger: Amount = 0.0
    cap: Amount | None = None
    retention: Amount | None = None
    recoupment: Amount | None = None


class Scheme(_Data, frozen=True):
    """A pool or backstop.

    Attributes:
        id: its name in files.
        title: its name.
        country: ISO 3166 code.
        currency: of all amounts.
        as_of: when the terms were looked up.
        what: how it works, in a sentence or two.
        sources: where the terms were read.
        verified: what was read in them.
        not_verified: what was not, or is left out; to be checked before it is relied on.
        editions: terms by date, oldest first.
    """

    id: str
    title: str
    country: str
    currency: str
    as_of: date
    what: str
    sources: tuple[str, ...]
    verified: tuple[str, ...]
    not_verified: tuple[str, ...]
    editions: tuple[Edition, ...]

    def on(self, day: date) -> Edition:
        """Return the terms in force on a day.

        Raises:
            NotFoundError: none is held for it.
        """
        for each in self.editions:
            if each.start <= day and (each.end is None or day <= each.end):
                return each
        raise NotFoundError(f"no terms for {day}", where=self.id)


@cache
def schemes() -> dict[str, Scheme]:
    """Return the schemes that come with Manara, by id."""
    folder = files("manara.risk.cover").joinpath("schemes")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = [
        msgspec.convert(yaml.load(each.read_text("utf-8"), Loader=loader), Scheme)  # noqa: S506
        for each in folder.iterdir()
        if each.name.endswith(".yaml")
    ]
    return {one.id: one for one in sorted(found, key=lambda one: one.id)}


class Shares(NamedTuple):
    """Who bears insured losses; arrays that add up to them.

    Attributes:
        insurer: kept by the insurer.
        pool: paid by the pool.
        retrocession: paid by the pool's reinsurers.
        state: paid by the state, before it gets anything back.
        pro_rata: cut from the policyholders' claims.
    """

    insurer: F64
    pool: F64
    retrocession: F64
    state: F64
    pro_rata: F64


def settle(
    edition: Edition,
    loss: F64,
    insurer: F64,
    industry: F64,
    premium: float | None = None,
    retention: float | None = None,
    paid: F64 | float = 0.0,
) -> Shares:
    """Return who bears some insured losses of a year.

    Losses above the cap are cut to cap over industry loss, as the United States' Treasury would
    set its percentage if it knew the losses (31 CFR 50.92); what an insurer has paid already stands
    (50.93), and up to its deductible it stays liable for the uncut loss (50.115). In tiers of the
    whole industry other insurers are taken to keep as large a part as this one.

    Args:
        edition: the terms.
        loss: insured losses of one owner, any shape.
        insurer: insured losses of his insurer in the year, at least these.
        industry: insured losses of the whole industry in the year, at least these.
        premium: direct earned premium of the insurer in the year before.
        retention: amount that the insurer has chosen to keep in a year.
        paid: what the insurer has paid already before a cut was set.

    Raises:
        UsageError: the terms need a premium or a retention and there is none.
    """
    given = premium if edition.deductible is not None else retention
    if given is None:
        what = "premium" if edition.deductible is not None else "retention"
        told = f"the terms depend on the insurer's {what}, which is not given"
        raise UsageError(told, where="scheme", remedy=f"give the {what}; 0 if he has none")
    keeps = given * (1.0 if edition.deductible is None else edition.deductible)
    insurer = np.maximum(insurer, loss)
    industry = np.maximum(industry, insurer)
    due = insurer
    if edition.cap is not None:
        cut = edition.cap / np.maximum(industry, edition.cap)
        due = np.maximum(np.minimum(insurer, np.maximum(insurer * cut, paid)),
                         np.minimum(insurer, keeps))  # fmt: skip
    reached = industry > edition.trigger
    ceded = np.where(reached, edition.share * np.maximum(due - keeps, 0.0), 0.0)
    due = np.where(reached, due, insurer)
    tiers, over = _tiers(edition, ceded, _ratio(industry, insurer))
    part = _ratio(loss, insurer)
    return Shares(
        (due - ceded) * part,
        tiers["pool"] * part,
        tiers["retrocession"] * part,
        tiers["state"] * part,
        (insurer - due + over) * part,
    )


def _tiers(edition: Edition, ceded: F64, times: F64) -> tuple[dict[str, F64], F64]:
    """Return what each payer pays of an insurer's ceded loss, and what exceeds all tiers.

    Args:
        edition: the terms.
        ceded: what the insurer cedes.
        times: what the industry cedes, as a multiple of it.
    """
    paid = dict.fromkeys(("pool", "retrocession", "state"), np.zeros_like(ceded))
    rest = ceded
    for tier in edition.tiers:
        limit = np.inf if tier.limit is None else tier.limit / np.maximum(times, 1.0)
        pays = np.minimum(rest, limit)
        paid[tier.payer] = paid[tier.payer] + pays
        rest = rest - pays
    return paid, rest


def _ratio(part: F64, whole: F64) -> F64:
    found: F64 = np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
    return found


def recoupment(
    edition: Edition, industry: float, state: float, retention: float | None = None
) -> float:
    """Return the surcharges on all policyholders by which the state gets its payments back.

    Mandatory only as far as losses that the state did not pay stay below the retention of the
    industry (Terrorism Risk Insurance Act, section 103(e)(7)).

    Args:
        edition: the terms.
        industry: insured losses of the industry in the year that were paid.
        state: what the state paid of them.
        retention: of the industry, where the terms hold none.

    Raises:
        UsageError: no retention is known.
    """
    if edition.recoupment is None:
        return 0.0
    limit = edition.retention if retention is None else retention
    if limit is None:
        raise UsageError("not held for this year", where="retention of the industry")
    uncompensated = industry - state
    return edition.recoupment * min(state, max(0.0, min(limit, industry) - uncompensated))
