"""Commands about risk to sites: games, interdiction, expert judgement."""

from __future__ import annotations

from pathlib import Path

import click

from manara.cli import cover, losses, planning, risk_programme, risk_results, risk_threat, terms
from manara.cli.output import json_option, print_json, print_table

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

#: Targets printed for a person.
_SHOWN = 20


@click.group("risk")
def risk() -> None:
    """Understand, assess and manage the risk of attacks to your own sites."""


@risk.command("game")
@click.argument("file", metavar="GAME.json", type=_FILE)
@click.option(
    "--strength",
    type=click.FloatRange(min=0, min_open=True),
    help="Of an attacker who mostly, not always, takes the best; per unit of worth.",
)
@json_option
def game_command(file: Path, strength: float | None, as_json: bool) -> None:
    """Show where few guards go against an attacker who watches first.

    GAME.json holds one game or a list of them: `attacker_uncovered`, `attacker_covered`,
    `defender_uncovered`, `defender_covered` (a number for each target) and `resources`; or, short,
    `Au`, `Ac`, `Du`, `Dc` and `m`.
    """
    from manara.risk.calculations.games import solve_games

    told = solve_games(file, strength)
    if as_json:
        print_json(told)
        return
    for one in told if isinstance(told, list) else [told]:
        if strength is None:
            click.echo(f"the defender gets {one['value']:.6g}, the attacker {one['level']:.6g}")
            click.echo(f"attacked is target {one['target']}")
        else:
            click.echo(f"the defender gets {one['value']:.6g} in the mean")
        shares = ("coverage", "attack")[: 1 if strength is None else 2]
        covered = one["coverage"]
        order = sorted(range(len(covered)), key=[-share for share in covered].__getitem__)
        print_table(
            ("target", "covered", "attacked")[: 1 + len(shares)],
            (
                (at, *(f"{one[share][at]:.1%}" for share in shares))
                for at in order[:_SHOWN]
                if covered[at] > 0
            ),
        )


@risk.command("interdict")
@click.argument("file", metavar="FILE.ki", type=_FILE)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    default=60.0,
    show_default=True,
    help="Stop proving after so long.",
)
@json_option
@click.pass_context
def interdict_command(context: click.Context, file: Path, seconds: float, as_json: bool) -> None:
    """Choose what to protect before an attacker takes the best of what is left.

    FILE.ki holds whole numbers: items, what the attacker can carry, the defender's budget; then
    weights for the attacker, costs of protection, and values, one for each item. Exit status 1 if
    the plan could not be proven best in time.
    """
    from manara.risk.interdiction import read_instance, solve

    plan = solve(read_instance(file), seconds)
    if as_json:
        print_json(plan)
    else:
        proof = "no plan is better" if plan.proven else f"not proven; at best {plan.bound}"
        click.echo(f"the attacker still gets {plan.loss} ({proof})")
        click.echo(f"protect  {' '.join(map(str, plan.protected)) or 'nothing'}")
        click.echo(f"he takes {' '.join(map(str, plan.taken)) or 'nothing'}")
    if not plan.proven:
        context.exit(1)


@risk.command("experts")
@click.argument("answers", metavar="FILE.dtt", type=_FILE)
@click.argument("truth", metavar="FILE.rls", type=_FILE)
@json_option
def experts_command(answers: Path, truth: Path, as_json: bool) -> None:
    """Score experts by Cooke's classical model and combine what they say.

    FILE.dtt holds the quantiles that experts gave, FILE.rls the true values of the questions that
    have one. Weighted by performance and equally weighted opinions stand side by side.
    """
    from manara.risk.excalibur import read_study
    from manara.risk.experts import combine, plain

    study = read_study(answers, truth)
    found = combine(study)
    if as_json:
        print_json(plain(study, found))
        return
    print_table(
        ("who", "calibration", "information", "all items", "combined", "weight"),
        (
            (
                one.id,
                f"{one.calibration:.4g}",
                f"{one.information:.4f}",
                f"{one.information_all:.4f}",
                f"{one.combined:.4g}",
                f"{one.weight:.3f}",
            )
            for one in found.scores
        ),
    )
    levels = [f"{quantile:.0%}" for quantile in study.quantiles]
    click.echo("")
    print_table(
        ("question", "opinion", *levels),
        (
            (item, name, *(f"{value:.4g}" for value in values[at]))
            for at, item in enumerate(study.items)
            for name, values in (("performance", found.performance), ("equal", found.equal))
        ),
    )


_OTHERS = (cover, losses, planning, risk_programme, risk_results, risk_threat, terms)

for _command in (command for module in _OTHERS for command in module.COMMANDS):
    risk.add_command(_command)

COMMANDS = (risk,)
