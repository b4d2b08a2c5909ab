"""Who pays a loss: site terms, account layers, stand-alone cover, insurer, pool, state, nobody.

Every step only shares out what came to it, so that the parts of a loss always add up to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from manara.risk.cover.draws import F64, I64, Draws, summed
from manara.risk.cover.scheme import settle
from manara.risk.cover.terms import Account, Cover, Site, StandAlone, covers

#: Who bears a part of a loss, in the order of the waterfall. The owner bears deductibles that were
#: agreed; nobody, and so the owner again, what no cover was for; pro_rata is what claims are cut
#: by when the scheme is exhausted.
PARTS = (
    "owner",
    "stand_alone",
    "insurer",
    "pool",
    "retrocession",
    "state",
    "pro_rata",
    "nobody",
)

#: Why nobody pays: the peril is excluded, cover was not bought, or limits are exhausted.
REASONS = ("excluded", "not_bought", "limits")

#: Parts that the owner bears in the end.
UNPAID = ("owner", "pro_rata", "nobody")


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Losses and who bears them.

    Attributes:
        draws: the losses.
        parts: in the order of `PARTS`, shape (8, d).
        nobody: the last part by reason, in the order of `REASONS`, shape (3, d).
        by_site: mean parts a year of each site, shape (n, 8).
    """

    draws: Draws
    parts: F64
    nobody: F64
    by_site: F64

    def of(self, *names: str) -> F64:
        """Return some parts together, by draw, shape (d,)."""
        found: F64 = self.parts[[PARTS.index(name) for name in names]].sum(0)
        return found

    @property
    def off(self) -> float:
        """How far the parts of a draw are from its loss at most, as a share of it."""
        total = self.draws.total
        apart = np.abs(self.parts.sum(0) - total) / np.maximum(total, 1e-300)
        return float(apart.max(initial=0.0))


def waterfall(cover: Cover, draws: Draws) -> Waterfall:
    """Return who bears the losses of draws under a cover.

    Terms of sites, accounts and stand-alone covers hold for each draw, those of the scheme for all
    losses of a year together.

    Raises:
        UsageError: the scheme's terms depend on something that is not given.
        NotFoundError: no terms are held for the day.
    """
    begin = _Flow(cover, draws)
    begin.accounts()
    for each in cover.stand_alone:
        begin.stand_alone(each)
    ceded = _scheme(cover, draws, begin.insured)
    return begin.result(ceded)


class _Flow:
    """Losses on their way through the covers; arrays by loss, shape (r,)."""

    def __init__(self, cover: Cover, draws: Draws) -> None:
        self._cover, self._draws = cover, draws
        self.owner, self.stood, self.insured = np.zeros((3, len(draws.loss)))
        self.nobody = np.zeros((len(REASONS), len(draws.loss)))

    def accounts(self) -> None:
        """Let the accounts pay; what they leave goes to nobody, with the reason."""
        draws, spare = self._draws, self._cover.sites.get("*", Site())
        terms = [self._cover.sites.get(name, spare) for name in draws.sites]
        deductible = np.array([site.deductible for site in terms])
        limit = np.array([np.inf if site.limit is None else site.limit for site in terms])
        of_site = np.array([site.account for site in terms])[draws.site]
        self.nobody[1] = draws.loss
        for name, account in self._cover.accounts.items():
            mine = np.flatnonzero(of_site == name)
            known = np.array([one in covers(account.perils) for one in draws.perils])
            fine = known[draws.peril[draws.draw[mine]]]
            self.nobody[1, mine] = 0.0
            self.nobody[0, mine[~fine]] = draws.loss[mine[~fine]]
            at = mine[fine]
            self._account(account, at, deductible[draws.site[at]], limit[draws.site[at]])

    def _account(self, account: Account, mine: I64, deductible: F64, limit: F64) -> None:
        """Let an account pay losses that it covers.

        Args:
            account: the account.
            mine: places of the losses.
            deductible: of the site of each.
            limit: above it, of the site of each.
        """
        draws = self._draws
        draw = draws.draw[mine]
        loss = draws.loss[mine]
        kept = np.minimum(loss, deductible)
        reached = np.minimum(loss - kept, limit) * account.take_up
        bought, kept = loss * account.take_up, kept * account.take_up
        total = summed(draw, reached, len(draws.peril))
        paid = np.zeros(len(total))
        for layer in account.layers:
            paid += layer.share * np.clip(total - layer.attachment, 0.0, layer.limit)
        first = account.layers[0].attachment if account.layers else 0.0
        share = _ratio(reached, total[draw])
        below = np.minimum(total, first)[draw] * share
        self.insured[mine] = paid[draw] * share
        self.owner[mine] = kept + below
        self.nobody[1, mine] = loss - bought
        rest = bought - kept - below - self.insured[mine]
        self.nobody[2, mine] = np.maximum(rest, 0.0)

    def stand_alone(self, one: StandAlone) -> None:
        """Let a stand-alone cover pay of what nobody does yet."""
        draws = self._draws
        known = np.array([peril in covers(one.perils) for peril in draws.perils])
        there = np.array([not one.sites or name in one.sites for name in draws.sites])
        mine = np.flatnonzero(known[draws.peril[draws.draw]] & there[draws.site])
        unpaid = self.nobody[:, mine].sum(0)
        total = summed(draws.draw[mine], unpaid, len(draws.peril))
        paid = one.share * np.clip(total - one.attachment, 0.0, one.limit)
        kept = np.minimum(total, one.attachment)
        at = draws.draw[mine]
        self.stood[mine] += unpaid * _ratio(paid, total)[at]
        self.owner[mine] += unpaid * _ratio(kept, total)[at]
        self.nobody[:, mine] *= 1.0 - _ratio(paid + kept, total)[at]

    def result(self, ceded: F64) -> Waterfall:
        """Return the waterfall.

        Args:
            ceded: parts of the insured loss from the insurer to pro rata, as shares, shape (5, d).
        """
        draws = self._draws
        parts, by_site = np.zeros((len(PARTS), len(draws.peril))), []
        flows = [self.owner, self.stood, *(ceded[:, draws.draw] * self.insured),
                 self.nobody.sum(0)]  # fmt: skip
        often = draws.weight[draws.draw]
        for row, flow in zip(parts, flows, strict=True):
            row[:] = summed(draws.draw, flow, len(row))
            by_site.append(summed(draws.site, flow * often, len(draws.sites)))
        nobody = [summed(draws.draw, row, len(draws.peril)) for row in self.nobody]
        return Waterfall(draws, parts, np.array(nobody), np.array(by_site).T)


def _scheme(cover: Cover, draws: Draws, insured: F64) -> F64:
    """Return who bears which share of the insured loss of each draw, shape (5, d)."""
    shares = np.zeros((5, len(draws.peril)))
    shares[0] = 1.0
    if cover.pool is None:
        return shares
    edition = cover.pool.edition()
    fine = np.array([one in covers(edition.perils) for one in draws.perils])[draws.peril]
    total = summed(draws.draw, insured, len(draws.peril)) * fine
    count = int(draws.year.max(initial=-1)) + 1
    ours, insurer, industry = (
        summed(draws.year, np.where(fine, np.maximum(amount, total), 0.0), count)
        for amount in (total, draws.insurer, draws.industry)
    )
    premium, retention = cover.pool.premium, cover.pool.retention
    borne = settle(edition, ours, insurer, industry, premium, retention)
    for row, part in zip(shares, borne, strict=True):
        row[fine] = _ratio(part, ours)[draws.year[fine]]
    # Where there is no loss the insurer bears all of it.
    shares[0, shares.sum(0) == 0] = 1.0
    return shares


def _ratio(part: F64, whole: F64) -> F64:
    found: F64 = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return found
