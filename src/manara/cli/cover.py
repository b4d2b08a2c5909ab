"""Commands about cover: who pays a loss, and the pools and backstops that stand behind."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from manara.cli.output import json_option, print_json, print_table
from manara.model import NotFoundError

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_AMOUNT = click.FloatRange(min=0)


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


@click.command("settle")
@click.argument("scheme")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Day of the terms.")
@click.option("--loss", type=_AMOUNT, required=True, help="Insured losses of an insurer in a year.")
@click.option("--industry-loss", type=_AMOUNT, help="Of all insurers; else his are all.")
@click.option("--premium", type=_AMOUNT, help="Of the insurer in the year before.")
@click.option("--retention", type=_AMOUNT, help="That the insurer keeps, where he chooses it.")
@click.option("--paid", type=_AMOUNT, default=0.0, help="Before claims were cut pro rata.")
@click.option("--state-paid", type=_AMOUNT, help="To all insurers: what comes back as surcharges.")
@click.option("--industry-retention", type=_AMOUNT, help="Where the terms hold none.")
@json_option
def settle_command(
    scheme: str,
    as_of: datetime,
    loss: float,
    industry_loss: float | None,
    premium: float | None,
    retention: float | None,
    paid: float,
    state_paid: float | None,
    industry_retention: float | None,
    as_json: bool,
) -> None:
    """Show who bears an insurer's losses of a year under a pool or backstop.

    SCHEME is one of `manara risk schemes`.
    """
    import numpy as np

    from manara.risk.cover import recoupment, schemes, settle

    if scheme not in schemes():
        raise NotFoundError("no such scheme", where=scheme, remedy=", ".join(schemes()))
    edition = schemes()[scheme].on(as_of.date())
    own, industry = np.array([loss]), max(loss, industry_loss or 0.0)
    shares = settle(edition, own, own, np.array([industry]), premium, retention, paid)
    told = {name: float(amount[0]) for name, amount in shares._asdict().items()}
    if state_paid is not None:
        # Above the cap nobody pays, so that it does not count as borne by the industry.
        borne = industry if edition.cap is None else min(industry, edition.cap)
        told["surcharges"] = recoupment(edition, borne, state_paid, industry_retention)
    if as_json:
        print_json(told)
        return
    print_table(
        ("who", "amount"),
        ((name.replace("_", "-"), f"{amount:,.2f}") for name, amount in told.items()),
    )


COMMANDS = (waterfall_command, schemes_command, settle_command)
