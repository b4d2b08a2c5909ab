"""Commands that plan protection: a plan under a budget, and where attacks turn to then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from manara.cli.output import json_option, print_json, print_table
from manara.model import UsageError

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

#: Lines of a table that a person reads.
_SHOWN = 50

_strengths = click.option(
    "--strength",
    "strengths",
    type=click.FloatRange(min=0),
    multiple=True,
    help="Of a partly adaptive attacker; may be repeated; else 0.5, 1 and 2.",
)


@click.command("substitution")
@click.argument("file", metavar="SITES.csv", type=_FILE)
@_strengths
@json_option
def substitution_command(file: Path, strengths: tuple[float, ...], as_json: bool) -> None:
    """Show how risk moves to other sites when some are protected, under three attackers.

    SITES.csv has the columns site, loss (of a successful attack), attempts (a year, by habit), and
    likelihood and consequence: what protection leaves of the chance of success and of the loss, 1
    where blank; success (probability, 1 where blank) and worth (to the attacker, the loss where
    blank) are read where given. A site that does nothing has a substitution factor: its risk after
    over its risk before.
    """
    from manara.risk.attackers import STRENGTHS, shifts
    from manara.risk.oed import read_table
    from manara.risk.plan import plain_shift, read_targets

    targets, table = read_targets(file), read_table(file)
    likelihood, consequence = (table.number(name, 1.0) for name in ("likelihood", "consequence"))
    found = shifts(targets, likelihood, consequence, strengths or STRENGTHS)
    untouched = (likelihood == 1) & (consequence == 1)
    rows = [plain_shift(each, untouched, targets.names) for each in found]
    if as_json:
        print_json({"attackers": rows})
        return
    _print_attackers(rows)


@click.command("plan")
@click.argument("sites", metavar="SITES.csv", type=_FILE)
@click.argument("measures", metavar="MEASURES.csv", type=_FILE)
@click.option(
    "--budget",
    "budgets",
    type=click.FloatRange(min=0),
    multiple=True,
    required=True,
    help="Money for measures; repeated, for each year from now.",
)
@click.option(
    "--floor",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Least share of its possible cut that each site gets.",
)
@click.option(
    "--against",
    type=click.Choice(["habits", "logit", "strategic"]),
    default="habits",
    show_default=True,
    help="The attacker it is made for; logit of the first --strength, else 1.",
)
@click.option(
    "--discount", type=click.FloatRange(min=0), default=0.035, show_default=True, help="A year."
)
@click.option(
    "--horizon", type=click.IntRange(min=1), default=10, show_default=True, help="Years counted."
)
@_strengths
@click.option("--cover", type=_FILE, help="Cover, as for `waterfall`: what the plan saves there.")
@click.option("--losses", type=_FILE, help="Losses of events, with --cover.")
@json_option
def plan_command(
    sites: Path,
    measures: Path,
    budgets: tuple[float, ...],
    floor: float,
    against: Any,
    discount: float,
    horizon: int,
    strengths: tuple[float, ...],
    cover: Path | None,
    losses: Path | None,
    as_json: bool,
) -> None:
    """Choose protective measures under a budget, and show what is left of the risk.

    SITES.csv has the columns site, loss, attempts, and if need be success and worth (see `manara
    risk substitution`). MEASURES.csv has site and measure, and cost, upkeep, life, likelihood,
    consequence, choice, requires and mandatory; what is blank is a placeholder of the catalogue
    (`manara risk measures`).
    """
    from manara.risk.attackers import STRENGTHS
    from manara.risk.plan import Rules, make_plan, plain, read_measures, read_targets

    if (cover is None) != (losses is None):
        raise UsageError("--cover and --losses go together", where="manara risk plan")
    targets = read_targets(sites)
    strength = strengths[0] if strengths else 1.0
    rules = Rules(budgets, floor, against, discount, horizon, strength or 1.0)
    found = make_plan(
        targets, read_measures(measures, targets.names), rules, strengths or STRENGTHS
    )
    told = plain(found) | {"insurance": None}
    if cover and losses:
        from manara.risk.cover import read_cover, read_losses
        from manara.risk.plan.saving import saving

        told["insurance"] = saving(found, read_cover(cover), read_losses(losses))
    if as_json:
        print_json(told)
        return
    proof = "no plan is better" if told["proven"] else "not proven best"
    if not told["proven"] and told["gap"] is not None:
        proof += f"; at most {told['gap']:.4%} below the best"
    click.echo(f"spent {sum(told['spent']):,.0f} of {sum(budgets):,.0f} ({proof})")
    click.echo(f"net present value {told['npv']:,.0f} over {horizon} years\n")
    print_table(
        ("site", "measure", "year", "cost"),
        (
            (m["site"], m["measure"], m["year"], f"{m['cost']:,.0f}")
            for m in told["measures"][:_SHOWN]
        ),
    )
    if len(told["measures"]) > _SHOWN:
        click.echo(f"and {len(told['measures']) - _SHOWN:,} more (all with --json)")
    click.echo("")
    if len(told["sites"]) > _SHOWN:
        click.echo(f"the {_SHOWN} sites most at risk of {len(told['sites']):,} (all with --json):")
        told["sites"].sort(key=lambda row: -row["risk_after"])
    print_table(
        ("site", "risk before", "after", "cost a year", "attempts", "break-even"),
        (
            (
                row["site"],
                f"{row['risk_before']:,.0f}",
                f"{row['risk_after']:,.0f}",
                f"{row['annual']:,.0f}",
                f"{row['attempts']:.2g}",
                "-" if row["break_even"] is None else f"{row['break_even']:.2g}",
            )
            for row in told["sites"][:_SHOWN]
        ),
    )
    click.echo("")
    _print_attackers(told["attackers"])
    for one in told["insurance"] or ():
        saved = one["saved"]
        click.echo(
            f"{_named(one)}: technical price of insurance {saved['insured']:,.0f} less a year, "
            f"of what the owner bears {saved['unpaid']:,.0f} less"
        )
    if told["placeholders"]:
        click.echo(f"\nnumbers nobody has set yet: {', '.join(told['placeholders'])}", err=True)


def _print_attackers(rows: list[dict[str, Any]]) -> None:
    print_table(
        ("attacker", "risk before", "after", "most at risk", "after", "untouched: times"),
        (
            (
                _named(row),
                f"{row['risk_before']:,.0f}",
                f"{row['risk_after']:,.0f}",
                row["most_at_risk_before"],
                row["most_at_risk_after"],
                _range(list(row["substitution"].values())),
            )
            for row in rows
        ),
    )


def _named(row: dict[str, Any]) -> str:
    strength = row["strength"]
    return str(row["attacker"]) + (f" {strength:g}" if strength is not None else "")


def _range(factors: list[float]) -> str:
    if not factors:
        return "-"
    low, high = min(factors), max(factors)
    return f"{low:.2f}" if high - low < 0.005 else f"{low:.2f} to {high:.2f}"


@click.command("measures")
@json_option
def measures_command(as_json: bool) -> None:
    """List the kinds of protective measure that come with Manara.

    Their costs, lives and effects are placeholders for the owner's own.
    """
    from manara.risk.plan import catalogue

    found = catalogue()
    if as_json:
        print_json(found)
        return
    print_table(
        ("measure", "category", "cost", "likelihood", "consequence", "what it is"),
        (
            (one.id, one.category, one.cost, one.likelihood, one.consequence, one.title)
            for one in found.measures
        ),
    )
    click.echo(f"\n{found.note}")


COMMANDS = (plan_command, substitution_command, measures_command)
