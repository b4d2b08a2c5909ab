"""The command that runs a portfolio through a set of events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from manara.cli.output import Progress, json_option, print_json, print_table
from manara.model import UsageError

if TYPE_CHECKING:
    from manara.risk.exceedance import Metrics

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)

_HERE = "manara risk losses"

#: Perspectives: key, and what it says to a person.
_KINDS = {
    "gul": "ground-up",
    "il": "insured",
    "ri": "net of reinsurance",
    "people": "people harmed",
}


@click.command("losses")
@click.option("--location", type=_FILE, required=True, help="OED locations.")
@click.option("--account", type=_FILE, help="OED accounts: policies and layers.")
@click.option("--ri-info", type=_FILE, help="OED reinsurance contracts.")
@click.option("--ri-scope", type=_FILE, help="What each reinsurance contract covers.")
@click.option("--model", type=_FOLDER, help="Folder of a model for Oasis LMF.")
@click.option("--keys", type=_FILE, help="Keys of the locations, instead of the model's lookup.")
@click.option("--events", type=_FILE, help="Events of your own: place, band of severity, rate.")
@click.option("--severity", type=_FILE, help="What each band does, a YAML file.")
@click.option(
    "--simulated-years",
    type=click.IntRange(1, 10_000_000),
    default=100_000,
    show_default=True,
    help="How many years are drawn with --events.",
)
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
    type=click.FloatRange(1),
    multiple=True,
    help="A return period to show; again for more.",
)
@click.option(
    "--expected", is_flag=True, help="Work insured averages out without sampling too, if large."
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
    model: Path | None,
    keys: Path | None,
    events: Path | None,
    severity: Path | None,
    simulated_years: int,
    samples: int,
    seed: int,
    years: tuple[float, ...],
    expected: bool,
    out: Path | None,
    kind: str,
    as_json: bool,
) -> None:
    """Show what a portfolio loses in a year, event by event and year by year.

    Events come from a folder as models for Oasis LMF are laid out (--model), or from a file of your
    own (--events). Losses are ground-up, with --account insured, and with --ri-info and --ri-scope
    net of reinsurance; a term that is not honoured is refused by name. Shown are the average annual
    loss and, by return period, the largest loss of an event (OEP), the loss of all events of a year
    (AEP) and the mean of the losses beyond (TVaR).

    The averages are also worked out without sampling (aal_expected): ground-up exactly; insured, by
    distributions of what locations lose together, if there are few or with --expected.
    """
    if (model is None) == (events is None):
        raise UsageError("give --model or --events", where=_HERE)
    if (ri_info is None) != (ri_scope is None) or (ri_info and not account):
        raise UsageError("--ri-info and --ri-scope go together, with --account", where=_HERE)
    from manara.risk.calculations.yearly import Run, of_events, of_model

    run = Run(samples, seed, years, out, kind, expected)
    if model:
        from manara.risk.losses import Files

        if severity:
            raise UsageError("--severity goes with --events", where=_HERE)
        progress = Progress()
        told = of_model(Files(location, account, ri_info, ri_scope, keys), model, run, progress)
        progress.clear()
    elif events:
        if keys or ri_info:
            raise UsageError("--keys and --ri-info go with --model", where=_HERE)
        told = of_events(location, account, events, severity, simulated_years, run)
    for note in told.notes:
        click.echo(note, err=True)
    if as_json:
        print_json(told.plain())
        return
    _print(told.found, told.expected)


def _print(found: dict[str, Metrics], expected: dict[str, float]) -> None:
    for key, one in found.items():
        mean = _number(one.aal)
        without = f"; {_number(expected[key])} without sampling" if key in expected else ""
        click.echo(
            f"{_KINDS[key]}: {mean} a year on average (standard error {_number(one.aal_se)}"
            f"{without})"
        )
        curves = (one.oep.loss, one.aep.loss, one.aep.tvar)
        print_table(
            ("once in years", "largest event", "whole year", "mean beyond"),
            (
                (f"{year:g}", *map(_number, row))
                for year, *row in zip(one.oep.years.tolist(), *curves, strict=True)
            ),
        )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


COMMANDS = (losses_command,)
