"""Commands about risk to sites: games, interdiction, expert judgement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from manara.cli import cover, losses, planning, risk_programme, risk_results, risk_threat, terms
from manara.cli.output import json_option, print_json, print_table
from manara.model import FormatError

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

#: The short names of a game's arrays, as published games are written.
_SHORT = {
    "Au": "attacker_uncovered",
    "Ac": "attacker_covered",
    "Du": "defender_uncovered",
    "Dc": "defender_covered",
    "m": "resources",
}

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
    from manara.risk.game import equilibrium

    told = _json(file)
    games = told if isinstance(told, list) else [told]
    read = [_game(one, f"{file.name}, game {at}") for at, one in enumerate(games)]
    if strength is not None:
        _respond(read, strength, as_json, isinstance(told, list))
        return
    found = [equilibrium(one) for one in read]
    rows = [
        {"value": e.value, "target": e.target, "level": e.level, "coverage": e.coverage.tolist()}
        for e in found
    ]
    if as_json:
        print_json(rows if isinstance(told, list) else rows[0])
        return
    for one in found:
        click.echo(f"the defender gets {one.value:.6g}, the attacker {one.level:.6g}")
        click.echo(f"attacked is target {one.target}")
        order = one.coverage.argsort()[::-1][:_SHOWN]
        print_table(
            ("target", "covered"),
            ((at, f"{one.coverage[at]:.1%}") for at in order.tolist() if one.coverage[at] > 0),
        )


def _respond(games: list[Any], strength: float, as_json: bool, listed: bool) -> None:
    from manara.risk.quantal import respond

    found = [respond(one, strength) for one in games]
    if as_json:
        rows = [
            {"value": e.value, "coverage": e.coverage.tolist(), "attack": e.attack.tolist()}
            for e in found
        ]
        print_json(rows if listed else rows[0])
        return
    for one in found:
        click.echo(f"the defender gets {one.value:.6g} in the mean")
        order = one.coverage.argsort()[::-1][:_SHOWN]
        print_table(
            ("target", "covered", "attacked"),
            (
                (at, f"{one.coverage[at]:.1%}", f"{one.attack[at]:.1%}")
                for at in order.tolist()
                if one.coverage[at] > 0
            ),
        )


def _game(values: Any, where: str) -> Any:
    import numpy as np

    from manara.risk.game import ARRAYS, Game

    if not isinstance(values, dict):
        raise FormatError("not a JSON object", where=where)
    named = {_SHORT.get(name, name): value for name, value in values.items()}
    missing = [name for name in (*ARRAYS, "resources") if name not in named]
    if missing:
        raise FormatError(f"no {missing[0]}", where=where, remedy="see `manara risk game --help`")
    try:
        best, met, bad, well = (np.array(named[name], np.float64) for name in ARRAYS)
        return Game(best, met, bad, well, float(named["resources"]))
    except (TypeError, ValueError) as error:
        raise FormatError(f"not numbers: {error}", where=where) from error


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


def _json(file: Path) -> Any:
    try:
        return msgspec.json.decode(file.read_bytes())
    except msgspec.DecodeError as error:
        raise FormatError(f"no JSON: {error}", where=file.name) from error


_OTHERS = (cover, losses, planning, risk_programme, risk_results, risk_threat, terms)

for _command in (command for module in _OTHERS for command in module.COMMANDS):
    risk.add_command(_command)

COMMANDS = (risk,)
