"""Commands about cover: who pays a loss, and the pools and backstops that stand behind."""

from __future__ import annotations

from pathlib import Path

import click

from manara.cli.output import json_option, print_json, print_table

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("waterfall")
@click.argument("cover", metavar="COVER.yaml", type=_FILE)
@click.argument("losses", metavar="LOSSES.csv", type=_FILE)
@click.option(
    "--years", type=click.IntRange(min=1), help="Years simulated, if the losses have a year."
)
@json_option
def waterfall_command(cover: Path, losses: Path, years: int | None, as_json: bool) -> None:
    """Show who pays losses of your sites, what nobody pays, and what to do about it.

    LOSSES.csv has the columns event, site and loss, and rate (of the event a year) or year; peril
    (MTR conventional, MNT nuclear, biological, chemical or radiological, CYB cyber), sample,
    target, insurer_loss and industry_loss are read where given. COVER.yaml tells terms of sites,
    accounts, stand-alone covers, the pool behind the insurer, and offers of cover and protection to
    weigh.
    """
    from manara.risk.cover import plain, read_cover, read_losses, waterfall

    terms = read_cover(cover)
    told = plain(terms, waterfall(terms, read_losses(losses, years)))
    if as_json:
        print_json(told)
        return
    rows = {"ground-up": told["ground_up"], **told["parts"]}
    bad = f"worst {1 - told['level']:.2%} of years"
    print_table(
        ("who bears it", "a year", bad, "technical price"),
        (
            (name.replace("_", "-"), *(f"{one[key]:,.0f}" for key in ("aal", "tvar", "price")))
            for name, one in rows.items()
        ),
    )
    click.echo("")
    print_table(
        ("peril", "a year", "excluded", "not bought", "above limits", "pro rata"),
        (
            (
                code,
                f"{one['ground_up']:,.0f}",
                *(f"{amount:,.0f}" for amount in one["gap"].values()),
            )
            for code, one in told["perils"].items()
        ),
    )
    if told["offers"]:
        click.echo("")
        print_table(
            ("choice", "kind", "price", "technical", "still borne", "in all", "in budget"),
            (
                (
                    one["name"],
                    one["kind"],
                    f"{one['price']:,.0f}",
                    "-" if one["technical"] is None else f"{one['technical']:,.0f}",
                    f"{one['unpaid']['price']:,.0f}",
                    f"{one['total']:,.0f}",
                    "yes" if one["affordable"] else "no",
                )
                for one in told["offers"]
            ),
        )
        click.echo(f"\ncheapest in all: {told['advice']}")
    if told["scheme"]:
        click.echo(f"\nterms of {told['scheme']['id']}, not verified:", err=True)
        for line in told["scheme"]["not_verified"]:
            click.echo(f"  {line}", err=True)


@click.command("schemes")
@json_option
def schemes_command(as_json: bool) -> None:
    """List the pools and backstops whose terms come with Manara, with dates and sources."""
    from manara.risk.cover import schemes

    found = list(schemes().values())
    if as_json:
        print_json(found)
        return
    for one in found:
        click.echo(f"{one.id}: {one.title} ({one.country}, {one.currency}, as of {one.as_of})")
        click.echo(f"  {one.what}")
        for edition in one.editions:
            click.echo(f"  from {edition.start} to {edition.end or 'on'}")
        for word, lines in (("verified", one.verified), ("not verified", one.not_verified)):
            for line in lines:
                click.echo(f"  {word}: {line}")


COMMANDS = (waterfall_command, schemes_command)
