"""Commands about payments."""

from __future__ import annotations

import click

from manara.cli import money_rules


@click.group("money")
def money() -> None:
    """Follow money, and try typologies of laundering and terrorist financing on payments."""


for _command in money_rules.COMMANDS:
    money.add_command(_command)

COMMANDS = (money,)
