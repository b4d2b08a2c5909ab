"""What insurance pays of losses that are brought, from files to files."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from manara.risk.terms import Programme
from manara.risk.terms.ground_up import Writer, perils_of, read_ground_up
from manara.risk.terms.years import Years


class Applied(NamedTuple):
    """What terms made of losses.

    Attributes:
        events: How many there are.
        locations: How many there are.
        total: ``loss_gul``, ``loss_il`` and, with reinsurance, ``loss_ri``.
        accounts: The same of each account, in that order.
        notes: What was read and has no effect, a line each.
    """

    events: int
    locations: int
    total: dict[str, float]
    accounts: dict[str, list[float]]
    notes: list[str]


def apply_terms(
    location: Path,
    account: Path,
    ground_up: Path,
    out: Path,
    ri_info: Path | None = None,
    ri_scope: Path | None = None,
) -> Applied:
    """Write `locations.csv` and `accounts.csv`, losses after terms, and return their totals.

    Args:
        location: OED locations.
        account: OED policies and layers.
        ground_up: Losses before terms, see `read_ground_up`.
        out: Folder of the tables.
        ri_info: OED reinsurance contracts.
        ri_scope: What these cover.

    Raises:
        FormatError: A file is not OED, or holds a term that is not honoured.
    """
    perils = perils_of(ground_up)
    programme = Programme.read(location, account, ri_info, ri_scope, perils)
    losses = read_ground_up(ground_up, programme.sites, programme.location, perils)
    kinds = ["loss_gul", "loss_il", "loss_ri"][: 2 + bool(programme.treaties)]
    total = dict.fromkeys(kinds, 0.0)
    with Writer(out, programme.sites, losses, kinds) as writer:
        for events, part in losses.parts():
            year = losses.year
            years = None if year is None else Years(year[events.start : events.stop])
            found = programme.run(part, years)
            amounts = [part, found.gross, found.net][: len(kinds)]
            writer.write(events, amounts)
            for kind, amount in zip(kinds, amounts, strict=True):
                total[kind] += float(amount.sum())
    places = len(programme.sites.keys)
    return Applied(len(losses.events), places, total, writer.accounts(), programme.notes)
