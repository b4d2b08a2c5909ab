"""Insurance terms of OED files: ground-up losses in; insured, and net of reinsurance, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError
from manara.risk.oed import Table, read_table
from manara.risk.terms import fields, steps, treaties
from manara.risk.terms.exposure import Layers, Sites, read_layers_of, read_sites
from manara.risk.terms.perils import check_perils
from manara.risk.terms.programme import Pairs, insured, site_terms
from manara.risk.terms.rules import Floats, State
from manara.risk.terms.years import Years

__all__ = ["Losses", "Programme"]

#: Columns of an account file in which all rows of a layer must agree.
_LAYER_WIDE = ("pol", "layer", "acc")


@dataclass(frozen=True, slots=True)
class Losses:
    """Losses of items (location by location, coverages 1 to 4) by event.

    Attributes:
        gross: Insured.
        net: Left after reinsurance.
    """

    gross: Floats
    net: Floats


@dataclass(frozen=True, slots=True)
class Programme:
    """Everything that is insured and how.

    Attributes:
        location: The location file.
        account: The account file.
        sites: Locations and items.
        layers: Layers of the policies.
        treaties: Reinsurance in the order in which it applies.
        notes: What was read and has no effect, a line each.
        perils: That losses are told apart by; none if they are not.
        annual: The first term that holds for all losses of a year together; "" if none does.
    """

    location: Table
    account: Table
    sites: Sites
    layers: Layers
    treaties: list[treaties.Treaty]
    notes: list[str]
    perils: tuple[str, ...] = ()
    annual: str = ""

    @classmethod
    def read(
        cls,
        location: Path,
        account: Path,
        ri_info: Path | None = None,
        ri_scope: Path | None = None,
        perils: Sequence[str] = (),
    ) -> Programme:
        """Return the programme of OED files.

        Args:
            location: Locations.
            account: Policies and layers.
            ri_info: Reinsurance contracts.
            ri_scope: What these cover.
            perils: OED codes of perils that losses are told apart by. Without them all losses are
                of one peril, which all terms must cover.

        Raises:
            FormatError: A file that is not OED, or a term that is not honoured.
        """
        both = (read_table(ri_info), read_table(ri_scope)) if ri_info and ri_scope else None
        return cls.of_tables(read_table(location), read_table(account), both, perils)

    @classmethod
    def of_tables(
        cls,
        places: Table,
        policies: Table,
        reinsurance: tuple[Table, Table] | None = None,
        perils: Sequence[str] = (),
    ) -> Programme:
        """Return the programme of OED files that were read.

        Args:
            places: Locations.
            policies: Policies and layers.
            reinsurance: Contracts, and what these cover.
            perils: See `read`.

        Raises:
            FormatError: See `read`.
        """
        fields.check(places, fields.IN_LOCATION)
        fields.check(policies, fields.IN_ACCOUNT | steps.HONOURED)
        tables, contracts, notes = [places, policies], [], []
        if reinsurance:
            info = reinsurance[0]
            tables.append(info)
            contracts = treaties.read_treaties(*reinsurance)
            notes = treaties.unheeded(info)
        told = tuple(perils)
        notes += [] if told else check_perils(tables)
        sites = read_sites(places, by_peril=bool(told))
        layers = read_layers_of(policies, _LAYER_WIDE, by_peril=bool(told))
        covered = {key[:2] for key in layers.keys}
        bare = dict.fromkeys(key[:2] for key in sites.keys if key[:2] not in covered)
        notes += [
            f"account {' '.join(key)} has no policy: nothing of it is insured" for key in bare
        ]
        annual = fields.annual(places, fields.IN_LOCATION)
        annual = fields.annual(policies, fields.IN_ACCOUNT) or annual
        by_year = [one.number for one in contracts if one.year_attach or one.year_limit]
        if reinsurance and by_year:
            annual = annual or f"{reinsurance[0].name}: contract {by_year[0]}"
        return cls(places, policies, sites, layers, contracts, notes, told, annual)

    def run(self, ground_up: Floats, years: Years | None = None) -> Losses:
        """Return insured and net losses.

        Args:
            ground_up: Losses of items (location by location, coverages 1 to 4) by event; of each of
                `perils` in turn, if there are any.
            years: Which events happen in one year; needed where terms are `annual`.

        Returns:
            Losses of the same shape.

        Raises:
            FormatError: Terms are annual, and nobody says which events happen in one year.
        """
        zero = np.zeros_like(ground_up)
        state = State(ground_up.copy(), zero, zero.copy(), zero.copy())
        self._check(years)
        left = site_terms(state, self.sites, self.location, self.perils, years)
        return self.after_sites(left, self.sites, years)

    def _check(self, years: Years | None) -> None:
        if self.annual and years is None:
            raise FormatError(
                "holds for all losses of a year together, and the years are not known",
                where=self.annual,
                remedy="give losses by year: a column period, or a model with occurrences",
            )

    def after_sites(self, state: State, sites: Sites, years: Years | None = None) -> Losses:
        """Return insured and net losses, given what the terms of each location leave.

        Args:
            state: Items by event, after the terms of locations.
            sites: Locations and items.
            years: Which events happen in one year; needed where terms are `annual`.

        Raises:
            FormatError: Terms are annual, and nobody says which events happen in one year.
        """
        self._check(years)
        pairs, loss = insured(state, sites, self.layers, self.account, self.perils, years)
        gross = np.zeros_like(state.loss)
        np.add.at(gross, pairs.item, loss)
        if not self.treaties:
            return Losses(gross, gross)
        net = np.zeros_like(gross)
        names = self._names(pairs, sites)
        np.add.at(net, pairs.item, treaties.net(self.treaties, loss, names, years))
        return Losses(gross, net)

    def _names(self, pairs: Pairs, sites: Sites) -> dict[str, NDArray[np.str_]]:
        rows = sites.rows[pairs.place], self.layers.rows[pairs.layer]
        found = {}
        for name in treaties.SCOPE:
            place = self.location.has(name)
            table, at = (self.location, rows[0]) if place else (self.account, rows[1])
            found[name] = np.array(table.text(name), np.str_)[at]
        if self.perils:
            found[treaties.PERIL] = np.array(self.perils, np.str_)[pairs.peril]
        return found
