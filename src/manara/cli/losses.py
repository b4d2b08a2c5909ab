"""The command that runs a portfolio through the events of a catastrophe model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from manara.cli.output import Progress, json_option, print_json, print_table
from manara.model import UsageError

if TYPE_CHECKING:
    from manara.risk.exceedance import Metrics

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)

#: Perspectives: key, and what it says to a person.
_KINDS = {"gul": "ground-up", "il": "insured", "ri": "net of reinsurance"}


@click.command("losses")
@click.option("--location", type=_FILE, required=True, help="OED locations.")
@click.option("--account", type=_FILE, help="OED accounts: policies and layers.")
@click.option("--ri-info", type=_FILE, help="OED reinsurance contracts.")
@click.option("--ri-scope", type=_FILE, help="What each reinsurance contract covers.")
@click.option("--model", type=_FOLDER, required=True, help="Folder of a model for Oasis LMF.")
@click.option("--keys", type=_FILE, help="Keys of the locations, instead of the model's lookup.")
@click.option(
    "--samples",
    type=click.IntRange(1, 100_000),
    default=10,
    show_default=True,
    help="Draws of damage for each event.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the draws.")
@click.option(
    "--years",
    "years",
    type=click.FloatRange(1, min_open=False),
    multiple=True,
    help="A return period to show; again for more. Without it, those the model names.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for tables of losses."
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(("csv", "parquet")),
    default="csv",
    show_default=True,
    help="How the tables are written.",
)
@json_option
def losses_command(
    location: Path,
    account: Path | None,
    ri_info: Path | None,
    ri_scope: Path | None,
    model: Path,
    keys: Path | None,
    samples: int,
    seed: int,
    years: tuple[float, ...],
    out: Path | None,
    kind: str,
    as_json: bool,
) -> None:
    """Show what a portfolio loses in a year, by the events of a catastrophe model.

    The model is a folder as models for Oasis LMF come: events, footprint, vulnerability, damage
    bins, occurrences and a lookup. Losses are ground-up, with --account insured, and with --ri-info
    and --ri-scope net of reinsurance; a term that is not honoured is refused by name. Shown are the
    average annual loss and, by return period, the largest loss of an event (OEP), the loss of all
    events of a year (AEP) and the mean of the losses beyond (TVaR).
    """
    from manara.risk.exceedance import metrics
    from manara.risk.losses import Files, Folder, Model, Portfolio, simulate, tables

    if (ri_info is None) != (ri_scope is None) or (ri_info and not account):
        raise UsageError(
            "--ri-info and --ri-scope go together, with --account", where="manara risk losses"
        )
    folder = Folder.read(model)
    known = Model.read(folder)
    portfolio = Portfolio.read(Files(location, account, ri_info, ri_scope, keys), folder, known)
    for note in portfolio.notes:
        click.echo(note, err=True)
    progress = Progress()
    found = simulate(known, portfolio, samples, seed, progress)
    progress.clear()
    wanted = years or known.years
    by_kind = {
        key: (losses, metrics(losses, known.when, wanted))
        for key, losses in zip(_KINDS, (found.ground_up, found.gross, found.net), strict=True)
        if losses is not None
    }
    if out:
        for key, (losses, one) in by_kind.items():
            named = tables.tables(known.events, losses, known.when, one)
            tables.write(out, key, named, kind)
    told = {key: one for key, (_, one) in by_kind.items()}
    if as_json:
        print_json(
            {
                "events": len(known.events),
                "samples": samples,
                "seed": seed,
                "years": known.when.periods,
                "locations": len(portfolio.sites.keys),
                "items": len(portfolio.items.value),
                "notes": portfolio.notes,
                "perspectives": {key: plain(one) for key, one in told.items()},
            }
        )
        return
    print_metrics({_KINDS[key]: one for key, one in told.items()})


def plain(one: Metrics) -> dict[str, Any]:
    """Return what losses amount to as JSON has it."""
    by_year = {
        "oep": one.oep.loss,
        "aep": one.aep.loss,
        "tvar": one.aep.tvar,
        "tvar_oep": one.oep.tvar,
    }
    years = [f"{year:g}" for year in one.oep.years.tolist()]
    return {
        "aal": one.aal,
        "aal_se": None if one.aal_se != one.aal_se else one.aal_se,
        "sd": one.sd,
        **{name: dict(zip(years, loss.tolist(), strict=True)) for name, loss in by_year.items()},
    }


def print_metrics(told: dict[str, Metrics]) -> None:
    """Print for a person what losses amount to, a table for each perspective."""
    for name, one in told.items():
        click.echo(f"{name}: {one.aal:,.0f} a year on average (standard error {one.aal_se:,.0f})")
        curves = (one.oep.loss, one.aep.loss, one.aep.tvar)
        print_table(
            ("once in years", "largest event", "whole year", "mean beyond"),
            (
                (f"{year:g}", *(f"{loss:,.0f}" for loss in row))
                for year, *row in zip(one.oep.years.tolist(), *curves, strict=True)
            ),
        )


COMMANDS = (losses_command,)
