"""Commands about the threat: how often, where, and how badly."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from manara.cli.output import DONE_WITH_REJECTS, json_option, print_json, print_table

if TYPE_CHECKING:
    from manara.risk.threat import Contest, Hawkes, Incidents, Span

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_DAY = click.DateTime(["%Y-%m-%d"])

#: Rates and rejects printed for a person.
_SHOWN = 20


@click.command("threat")
@click.argument("incidents", metavar="[INCIDENTS]", type=_FILE, required=False)
@click.option("--until", type=_DAY, help="The day the file is complete up to; else its last.")
@click.option("--split", type=_DAY, help="Try forecasts from this day on; else the last quarter.")
@click.option("--area", "areas", multiple=True, help="Give a rate for this area too; repeatable.")
@click.option("--seed", default=0, show_default=True, help="Seed of the simulated year.")
@json_option
@click.pass_obj
@click.pass_context
def threat_command(
    context: click.Context,
    folder: Path | None,
    incidents: Path | None,
    until: datetime | None,
    split: datetime | None,
    areas: tuple[str, ...],
    seed: int,
    as_json: bool,
) -> None:
    """Show how often incidents happen, where, and whether one sets off others.

    INCIDENTS is a CSV file: events of UCDP GED as published, or a table with the column date and,
    where known, area, kind, latitude, longitude and count (killed). Without it the incidents of the
    workspace are used. Only date, place, kind and count are read. Exit status 1 if rows were set
    aside.
    """
    from manara.risk.threat import assess, read_incidents, workspace_incidents
    from manara.store import Workspace

    if incidents:
        given = read_incidents(incidents)
    else:
        with Workspace.open(folder) as workspace:
            given = workspace_incidents(workspace.view())
    found = assess(given, until=_number(until), split=_number(split), areas=areas, seed=seed)
    if as_json:
        rejected = [one._asdict() for one in given.rejects]
        print_json({"threat": found, "rejects": rejected})
    else:
        click.echo(f"{found.incidents} incident(s), {found.first} to {found.last}")
        if found.self_exciting:
            _print_process(found.self_exciting, found.next_year)
        if found.out_of_sample:
            _print_contest(found.out_of_sample)
        click.echo("")
        print_table(
            ("area", "kind", "incidents", "killed", "a year", "90 %"),
            (
                (
                    rate.area or "all",
                    rate.kind or "all",
                    rate.incidents,
                    rate.killed,
                    f"{rate.per_year.value:.3g}",
                    f"{rate.per_year.low:.2g} to {rate.per_year.high:.2g}",
                )
                for rate in found.rates[:_SHOWN]
            ),
        )
        for note in found.notes:
            click.echo(note)
        _print_rejects(given)
    if given.rejects:
        context.exit(DONE_WITH_REJECTS)


def _number(moment: datetime | None) -> int | None:
    return (moment.date() - date(1970, 1, 1)).days if moment else None


def _print_process(fit: Hawkes, year: Span | None) -> None:
    branching, memory = fit.branching, fit.memory
    click.echo(
        f"one incident sets off {branching.value:.2f} more "
        f"({branching.low:.2f} to {branching.high:.2f}), "
        f"within some {memory.value:.0f} days ({memory.low:.0f} to {memory.high:.0f})"
    )
    click.echo(
        f"log-likelihood {fit.log_likelihood:.1f}, "
        f"of a steady rate {fit.poisson_log_likelihood:.1f}"
    )
    if year:
        click.echo(f"next 365 days: {year.value:.0f} ({year.low:.0f} to {year.high:.0f})")


def _print_contest(tried: Contest) -> None:
    from manara.risk.threat import day

    click.echo(
        f"forecasts of the {tried.events} incidents from {day(int(tried.split))} on, "
        f"log-likelihood each: self-exciting {tried.hawkes:.3f}, steady {tried.poisson:.3f}, "
        f"last 90 days {tried.recent:.3f}"
    )


def _print_rejects(given: Incidents) -> None:
    for one in given.rejects[:_SHOWN]:
        click.echo(f"{given.source}, {one.locator}: {one.rule}: {one.reason}", err=True)
    if len(given.rejects) > _SHOWN:
        click.echo(f"and {len(given.rejects) - _SHOWN} more rows set aside", err=True)


@click.command("severity")
@click.argument("file", metavar="FILE", type=_FILE)
@click.option("--size", default=2749, show_default=True, help="Ask for the chance of one so large.")
@click.option("--ahead", type=click.IntRange(1), help="Among so many; else as many as in FILE.")
@click.option("--simulations", default=1000, show_default=True, help="For the goodness of fit.")
@click.option("--resamples", default=100, show_default=True, help="For the band of chances.")
@click.option("--seed", default=0, show_default=True, help="Seed of all chance.")
@json_option
def severity_command(
    file: Path,
    size: int,
    ahead: int | None,
    simulations: int,
    resamples: int,
    seed: int,
    as_json: bool,
) -> None:
    """Fit how large incidents get, and how likely a very large one is.

    FILE holds sizes (killed), whole numbers one a line, or is a CSV file of incidents. A power law
    in the tail stands beside a lognormal and a stretched exponential; what differs between them is
    the honest answer on the largest.
    """
    from manara.risk.threat import fit_severity, read_sizes

    found = fit_severity(
        read_sizes(file),
        size=size,
        ahead=ahead,
        simulations=simulations,
        resamples=resamples,
        seed=seed,
    )
    if as_json:
        print_json(found)
        return
    click.echo(f"{found.events} sizes, mean {found.mean:.2f}, largest {found.largest}")
    click.echo(
        f"power law from {found.xmin} on ({found.tail} in the tail): exponent {found.alpha:.2f} "
        f"(± {found.alpha_deviation:.2f}), goodness of fit p {found.goodness:.2f}"
    )
    click.echo(f"chance of one of {found.size} or more among {found.ahead}:")
    print_table(
        ("model", "chance", "90 %", "power law against it", "p"),
        (
            (
                one.model,
                f"{one.one_as_large:.0%}",
                f"{one.low:.0%} to {one.high:.0%}",
                f"{one.against_power_law:+.2f}",
                f"{one.p_value:.2f}",
            )
            for one in found.models
        ),
    )
    click.echo(f"band over the models: {found.band[0]:.0%} to {found.band[1]:.0%}")


COMMANDS = (threat_command, severity_command)
