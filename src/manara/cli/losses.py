"""The command that runs a portfolio through a set of events."""

from __future__ import annotations

import sys
from collections.abc import Sized
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from manara.cli.output import Progress, json_option, print_json, print_table
from manara.model import UsageError

if TYPE_CHECKING:
    from manara.risk.exceedance import Metrics
    from manara.risk.losses import Files

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


#: Up to so many pairs of event and location the expected insured losses are told unasked.
_SMALL = 20_000


class Run(NamedTuple):
    """How to simulate: `samples`, `seed`, return periods `years`; tables go to `out` as `kind`.

    `expected`: whether insured losses are also told without sampling, however long it takes.
    """

    samples: int
    seed: int
    years: tuple[float, ...]
    out: Path | None
    kind: str
    expected: bool


class Told(NamedTuple):
    """What to tell: `head`, figures of the run; `notes`; `found` and `expected`, by perspective."""

    head: dict[str, Any]
    notes: list[str]
    found: dict[str, Metrics]
    expected: dict[str, float]


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
    run = Run(samples, seed, years, out, kind, expected)
    if model:
        from manara.risk.losses import Files

        if severity:
            raise UsageError("--severity goes with --events", where=_HERE)
        told = _of_model(Files(location, account, ri_info, ri_scope, keys), model, run)
    elif events:
        if keys or ri_info:
            raise UsageError("--keys and --ri-info go with --model", where=_HERE)
        told = _of_events(location, account, events, severity, simulated_years, run)
    for note in told.notes:
        click.echo(note, err=True)
    if as_json:
        plain = {key: _plain(one, told.expected.get(key)) for key, one in told.found.items()}
        print_json({**told.head, "notes": told.notes, "perspectives": plain})
        return
    _print(told.found, told.expected)


def _spare_linear_algebra() -> None:
    """Keep numba's start from loading SciPy's linear algebra, a tenth of a run of PiWind.

    It only asks whether there is a BLAS, and no kernel here uses one.
    """
    asked, asks = "scipy.linalg.cython_blas", "numba.np.arraymath"
    if sys.modules.keys() & {asked, asks}:
        return
    sys.modules[asked] = None  # type: ignore[assignment]
    try:
        import_module(asks)
    finally:
        del sys.modules[asked]


def _of_model(files: Files, model: Path, run: Run) -> Told:
    _spare_linear_algebra()
    import numpy as np

    from manara.risk.exceedance import metrics
    from manara.risk.losses import Folder, Model, Portfolio, simulate, tables

    folder = Folder.read(model)
    known = Model.read(folder)
    portfolio = Portfolio.read(files, folder, known)
    progress = Progress()
    simulated = simulate(known, portfolio, run.samples, run.seed, progress)
    progress.clear()
    found = {}
    for key, losses in zip(
        _KINDS, (simulated.ground_up, simulated.gross, simulated.net), strict=False
    ):
        if losses is not None:
            found[key] = metrics(losses, known.when, run.years or known.years, pairs=True)
            if run.out:
                named = tables.of_occurrences(known.events, losses, known.when, found[key])
                tables.write(run.out, key, named, run.kind)
    head = {
        "events": len(known.events),
        "samples": run.samples,
        "seed": run.seed,
        "years": known.when.periods,
        "locations": len(portfolio.sites.keys),
        "items": len(portfolio.items.value),
    }
    times = np.bincount(known.when.event, minlength=len(known.events))
    by_event = {"gul": simulated.expected}
    if portfolio.programme and (run.expected or _small(known.events, portfolio.items.order)):
        from manara.risk.losses.layered import insured

        without = insured(known, portfolio, simulated.expected)
        by_event |= {"il": without.gross, "ri": without.net}
    expected = {key: float(times @ one) / known.when.periods for key, one in by_event.items()}
    return Told(head, portfolio.notes, found, expected)


def _small(events: Sized, locations: Sized) -> bool:
    return len(events) * len(locations) <= _SMALL


def _of_events(
    location: Path, account: Path | None, events: Path, severity: Path | None, years: int, run: Run
) -> Told:
    from manara.risk import portfolio
    from manara.risk.exceedance import RETURN_PERIODS
    from manara.risk.losses import tables
    from manara.risk.portfolio.files import read_events, read_portfolio

    bands = portfolio.Severity.read(severity)
    owned, happening = read_portfolio(location, account), read_events(events, bands)
    money, harmed = (
        portfolio.losses(
            owned.sites,
            happening.events,
            owned.layers,
            samples=run.samples,
            seed=run.seed,
            severity=bands,
            people=people,
        )
        for people in (False, True)
    )
    by_key = {"gul": money.ground_up, "il": money.gross, "people": harmed.ground_up}
    found = {}
    for key, losses in by_key.items():
        found[key] = portfolio.metrics(
            losses,
            happening.events,
            years=years,
            seed=run.seed,
            periods=run.years or RETURN_PERIODS,
        )
        if run.out:
            rates = happening.events.rate
            named = tables.of_rates(happening.names, losses, rates, found[key])
            tables.write(run.out, key, named, run.kind)
    head = {
        "events": len(happening.names),
        "samples": run.samples,
        "seed": run.seed,
        "years": years,
        "locations": len(owned.names),
    }
    kinds = {"gul": False, "people": True}
    expected = {
        key: portfolio.expected(owned.sites, happening.events, severity=bands, people=people)
        for key, people in kinds.items()
    }
    aal = {key: float(one.by_site.sum()) for key, one in expected.items()}
    if run.expected or _small(happening.names, owned.names):
        insured = portfolio.expected_insured(
            owned.sites, happening.events, owned.layers, severity=bands
        )
        aal["il"] = float(happening.events.rate @ insured)
    return Told(head, [], found, aal)


def _plain(one: Metrics, expected: float | None) -> dict[str, Any]:
    by_year = {
        "oep": one.oep.loss,
        "aep": one.aep.loss,
        "tvar": one.aep.tvar,
        "tvar_oep": one.oep.tvar,
    }
    years = [f"{year:g}" for year in one.oep.years.tolist()]
    return {
        "aal": one.aal,
        "aal_se": one.aal_se if one.aal_se == one.aal_se else None,
        "aal_expected": expected,
        "sd": one.sd,
        **{name: dict(zip(years, loss.tolist(), strict=True)) for name, loss in by_year.items()},
    }


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
