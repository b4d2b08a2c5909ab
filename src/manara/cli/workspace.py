"""Commands about the workspace itself: init, status, history, withdraw."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from manara.cli.output import json_option, print_json, print_list, print_table
from manara.store import Workspace


@click.command()
@click.argument("folder", metavar="WORKSPACE", type=click.Path(path_type=Path))
@click.option("--organisation", default="", help="Name of the office whose workspace this is.")
@click.option(
    "--registry",
    default="",
    help="Database address (postgresql+pg8000://...) for many users; else a file of its own.",
)
@json_option
def init(folder: Path, organisation: str, registry: str, as_json: bool) -> None:
    """Make a workspace in a new or empty folder."""
    with Workspace.create(folder, registry=registry, organisation=organisation) as workspace:
        (workspace.root / "inbox").mkdir(exist_ok=True)
        if as_json:
            print_json({"workspace": str(workspace.root)})
        else:
            click.echo(f"made the workspace {workspace.root}")
            click.echo(f"next: cd {folder} && manara ingest FILE... && manara run")


@click.command()
@json_option
@click.pass_obj
def status(folder: Path | None, as_json: bool) -> None:
    """Show what the workspace holds: its datasets, their age and their size."""
    with Workspace.open(folder) as workspace:
        view = workspace.view()
        counts, datasets = view.counts(), list(view.datasets())
        root = str(workspace.root)
    if as_json:
        print_json({"workspace": root, **counts, "datasets": datasets})
        return
    click.echo(f"workspace  {root}")
    for label, count in counts.items():
        click.echo(f"{label:<10} {count:,}")
    click.echo()
    print_table(
        ("dataset", "edition of", "recorded", "records", "facts", "rejects", "handling"),
        (
            (
                d["dataset"],
                d["published"] or "-",
                f"{d['recorded_at']:%Y-%m-%d %H:%M}",
                d["records"],
                d["facts"],
                d["rejects"],
                d["handling"],
            )
            for d in datasets
        ),
    )


@click.command()
@click.option("--dataset", default="", help="Only of this dataset.")
@json_option
@click.pass_obj
def history(folder: Path | None, dataset: str, as_json: bool) -> None:
    """List what happened, newest last: editions, refusals, runs, judgements, withdrawals."""
    with Workspace.open(folder) as workspace:
        events = list(workspace.history(dataset=dataset))
    if as_json:
        print_list(events)
        return
    print_table(
        ("when", "who", "what", "thing", "detail"),
        (
            (
                f"{e['at']:%Y-%m-%d %H:%M:%S}",
                e["who"],
                e["action"],
                e["thing"],
                _detail(e["detail"]),
            )
            for e in events
        ),
    )


def _detail(detail: dict[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in detail.items() if value not in ("", None))


@click.command()
@click.argument("dataset")
@click.option("--reason", required=True, help="Why it is withdrawn.")
@json_option
@click.pass_obj
def withdraw(folder: Path | None, dataset: str, reason: str, as_json: bool) -> None:
    """Take a dataset out of every answer, past ones too; the trace stays in the history."""
    with Workspace.open(folder) as workspace, workspace.writing():
        workspace.withdraw(dataset, by=getpass.getuser(), reason=reason)
    if as_json:
        print_json({"dataset": dataset, "withdrawn": True})
    else:
        click.echo(f"{dataset} is withdrawn")


COMMANDS = (init, withdraw, status, history)
