"""What an owner's cover says: terms of sites, accounts, stand-alone covers, the scheme behind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from manara.model import FormatError, UsageError
from manara.risk.cover.scheme import Amount, Edition, Peril, Scheme, Share, schemes

#: OED's codes of groups of perils, and what they stand for.
_GROUPS = {"MM1": ("MTR", "MNT")}


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record of a file; a misspelt key is an error."""


class Site(_Data, frozen=True):
    """Terms of a site.

    Attributes:
        account: that it belongs to; empty if none.
        deductible: of each event, borne by the owner.
        limit: of each event, above the deductible; None is without limit.
    """

    account: str = ""
    deductible: Amount = 0.0
    limit: Amount | None = None


class Layer(_Data, frozen=True):
    """A layer of an account, for all its sites together in one event."""

    limit: Amount
    attachment: Amount = 0.0
    share: Share = 1.0


class Account(_Data, frozen=True):
    """A policy over several sites.

    Attributes:
        perils: that it covers, OED codes or CYB; all others are excluded.
        layers: what it pays.
        take_up: share of the losses for which terrorism cover was bought, 0..1.
    """

    perils: tuple[Peril, ...]
    layers: tuple[Layer, ...]
    take_up: Share = 1.0


class StandAlone(_Data, frozen=True):
    """A terrorism cover apart from the accounts; it pays of what they leave, in each event.

    Attributes:
        name: to tell it by.
        perils: that it covers.
        limit: what it pays at most.
        attachment: what the owner bears before it pays.
        share: of what lies between that it pays, 0..1.
        sites: that it covers; all if empty.
    """

    name: str
    perils: tuple[Peril, ...]
    limit: Amount
    attachment: Amount = 0.0
    share: Share = 1.0
    sites: tuple[str, ...] = ()


class Pool(_Data, frozen=True):
    """The scheme behind the owner's insurer.

    Attributes:
        scheme: id of one that comes with Manara.
        as_of: a day on which its terms are taken.
        premium: of the insurer in the year before, where the terms depend on it.
        retention: that the insurer keeps in a year, where it is for him to choose.
        terms: own terms in the place of those on a day.
    """

    scheme: str = ""
    as_of: date | None = None
    premium: Amount | None = None
    retention: Amount | None = None
    terms: Edition | None = None

    def edition(self) -> Edition:
        """Return the terms.

        Raises:
            UsageError: no such scheme, or neither a day nor own terms.
            NotFoundError: no terms for the day.
        """
        if self.terms:
            return self.terms
        if not self.known or not self.as_of:
            raise UsageError(
                f"no scheme {self.scheme!r} on {self.as_of}",
                where="pool",
                remedy=f"scheme: one of {', '.join(schemes())}; as_of: a date",
            )
        return self.known.on(self.as_of)

    @property
    def known(self) -> Scheme | None:
        """The scheme, if it comes with Manara."""
        return schemes().get(self.scheme)


class Protect(_Data, frozen=True):
    """What a way of protecting sites does to the losses of events there.

    Attributes:
        sites: where.
        likelihood: factor on the chance of success of attacks on them, 0..1.
        consequence: factor on their losses, 0..1.
    """

    sites: tuple[str, ...]
    likelihood: Share = 1.0
    consequence: Share = 1.0


class Offer(_Data, frozen=True):
    """Something that an owner could buy.

    Attributes:
        name: to tell it by.
        price: a year: a quoted premium, or the yearly cost of protection.
        stand_alone: the cover, if it is one.
        protect: the protection, if it is one.
    """

    name: str
    price: Amount
    stand_alone: StandAlone | None = None
    protect: Protect | None = None


class Cover(_Data, frozen=True):
    """All cover of an owner, and what he could add.

    Attributes:
        sites: terms by site; one called ``*`` holds for all that are not named.
        accounts: by name.
        stand_alone: covers in the order in which they pay.
        pool: the scheme behind the insurer; None if there is none.
        cost_of_capital: a year, on what has to be there for a bad year.
        level: of the bad year, 0..1: 0.99 is the worst in a hundred.
        budget: that the owner has for one of the offers, a year.
        offers: covers and protection that he could add.
    """

    sites: dict[str, Site] = {}
    accounts: dict[str, Account] = {}
    stand_alone: tuple[StandAlone, ...] = ()
    pool: Pool | None = None
    cost_of_capital: Amount = 0.06
    level: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.99
    budget: Amount | None = None
    offers: tuple[Offer, ...] = ()


def read_cover(path: Path) -> Cover:
    """Return the cover that a YAML file tells.

    Raises:
        FormatError: not of this form, or a number that cannot be.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        told: Any = yaml.load(path.read_text("utf-8"), Loader=loader)  # noqa: S506
        cover = msgspec.convert(told or {}, Cover)
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
        remedy = "its form is in the documentation, under managing the risk to sites"
        raise FormatError(f"no cover: {error}", where=path.name, remedy=remedy) from error
    for fault in _faults(cover):
        raise FormatError(fault, where=path.name)
    return cover


def covers(perils: Iterable[str]) -> frozenset[str]:
    """Return the single perils that codes stand for."""
    return frozenset(one for code in perils for one in _GROUPS.get(code, (code,)))


def _faults(cover: Cover) -> Iterable[str]:
    """Yield what is wrong with a cover beyond single numbers."""
    for name, site in cover.sites.items():
        if site.account and site.account not in cover.accounts:
            yield f"site {name} is of account {site.account}, which is not there"
    for name, account in cover.accounts.items():
        end = 0.0
        for layer in account.layers:
            if layer.attachment < end:
                yield f"account {name} has layers that overlap or fall"
            end = layer.attachment + layer.limit
    for offer in cover.offers:
        if (offer.stand_alone is None) == (offer.protect is None):
            yield f"offer {offer.name} is not one of stand_alone and protect"
