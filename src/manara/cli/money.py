"""Commands about payments: the patterns in them, typologies, where money went, reports, trade."""

from __future__ import annotations

import click

from manara.cli import money_report, money_rules, money_score, money_screen, money_trade
from manara.cli.money_mine import mine


@click.group("money")
def money() -> None:
    """Find patterns and typologies of laundering and terrorist financing; follow money."""


for _command in (
    mine,
    *money_rules.COMMANDS,
    *money_score.COMMANDS,
    *money_screen.COMMANDS,
    *money_report.COMMANDS,
    *money_trade.COMMANDS,
):
    money.add_command(_command)

COMMANDS = (money,)
