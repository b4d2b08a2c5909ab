"""Demonstrations that need no material: demo."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from manara.cli.output import BAD_INPUT, json_option, print_json, print_table


@click.group()
def demo() -> None:
    """Show what Manara does with invented agencies, in a folder that goes away again."""


@demo.command("exchange")
@json_option
def demo_exchange(as_json: bool) -> None:
    """Let three invented agencies share, ask, request, answer and recall, one of them offline.

    Each is a process of its own on this machine. The exit status is 2 if anything left a node
    against a rule.
    """
    from manara.exchange.demo import run_demo
    from manara.exchange.demo_material import AGENCIES

    def told(step: str) -> None:
        if not as_json:
            click.echo(f"* {step}")

    with tempfile.TemporaryDirectory(prefix="manara-demo-") as folder:
        shown = run_demo(Path(folder), told)
    if as_json:
        print_json(shown._asdict() | {"oracle": shown.oracle._asdict()})
    else:
        names = {each.id: each.name for each in AGENCIES}
        click.echo("\nWhat each knew before, once all was shared, and after the recall:")
        for node in shown.before:
            click.echo(f"\n{names[node]} ({node})")
            states = (shown.before[node], shown.shared[node], shown.after[node])
            facts = sorted(set().union(*states))
            print_table(
                ("", "before", "shared", "after"),
                ((fact, *("yes" if fact in each else "-" for each in states)) for fact in facts),
            )
        click.echo("\nWhat did not go, and the part of its rule that kept it:\n")
        print_table(("held back", "rule"), shown.held)
        click.echo(
            f"\n{shown.oracle.left} facts left a node, {len(shown.oracle.against)} against a rule, "
            "as a check found that follows each rule from its origin"
        )
        for one in shown.oracle.against:
            click.echo(one)
    if shown.oracle.against:
        raise click.exceptions.Exit(BAD_INPUT)


COMMANDS = (demo,)
