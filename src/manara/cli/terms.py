"""The command that applies insurance terms to losses."""

from __future__ import annotations

from pathlib import Path

import click

from manara.cli.output import json_option, print_json
from manara.model import UsageError

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("terms")
@click.option("--location", type=_FILE, required=True, help="OED locations.")
@click.option("--account", type=_FILE, required=True, help="OED accounts: policies and layers.")
@click.option("--ri-info", type=_FILE, help="OED reinsurance contracts.")
@click.option("--ri-scope", type=_FILE, help="What each reinsurance contract covers.")
@click.option("--ground-up", type=_FILE, required=True, help="Losses before terms, a CSV file.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for locations.csv and accounts.csv.",
)
@json_option
def terms_command(
    location: Path,
    account: Path,
    ri_info: Path | None,
    ri_scope: Path | None,
    ground_up: Path,
    out: Path,
    as_json: bool,
) -> None:
    """Apply insurance terms to losses: what is insured, by location and by account.

    Deductibles, limits, conditions, policies and layers are read from OED files, and reinsurance
    where given. A term that is not honoured is refused by name. Losses need the columns PortNumber,
    AccNumber, LocNumber (or loc_id) and loss; coverage_type_id (1 building, 2 other, 3 contents, 4
    business interruption; without it a loss is spread by insured value), event_id, period and
    peril_id are read where given. With peril_id terms hold for the losses of their own perils;
    terms for all losses of a year need the period. The results have the columns loss_gul
    (ground-up), loss_il (insured) and, with reinsurance, loss_ri (kept after it).
    """
    from manara.risk.calculations.insured import apply_terms

    if (ri_info is None) != (ri_scope is None):
        raise UsageError("--ri-info and --ri-scope go together", where="manara risk terms")
    found = apply_terms(location, account, ground_up, out, ri_info, ri_scope)
    for note in found.notes:
        click.echo(note, err=True)
    if as_json:
        print_json({"events": found.events, **found.total})
        return
    click.echo(f"{found.events} event(s), {found.locations} location(s)")
    for kind, whole in found.total.items():
        click.echo(f"{kind}  {whole:,.2f}")


COMMANDS = (terms_command,)
