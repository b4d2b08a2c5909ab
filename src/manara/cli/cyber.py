"""Signs of harm: which indicators log lines and other sightings show."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from manara.cli.look import as_of_option
from manara.cli.output import json_option, print_list, print_table
from manara.cyber import seen
from manara.store import Workspace


@click.command("sightings")
@as_of_option
@json_option
@click.pass_obj
def sightings_command(folder: Path | None, as_of: datetime | None, as_json: bool) -> None:
    """List the signs of indicators that log lines show, whether they are tied to anybody or not.

    Whole values are compared: addresses, domains, URLs and their hosts, hashes, mail addresses and
    numbers such as those of wallets. `manara detect cyber` makes leads of those that are tied to
    somebody.
    """
    with Workspace.open(folder) as workspace:
        view = workspace.view(as_of)
        found = seen(view)
        names = view.captions({line.observer for one in found for line in one.lines} - {""})
    rows: list[dict[str, Any]] = [
        {
            "sign": one.sign,
            "indicator": one.indicator,
            "lines": len(one.lines),
            "first": one.lines[0].time.isoformat(),
            "last": one.lines[-1].time.isoformat(),
            "observers": sorted({names.get(each.observer, "") for each in one.lines} - {""}),
            "events": [each.id for each in one.lines],
        }
        for one in found
    ]
    if as_json:
        print_list(iter(rows))
        return
    print_table(
        ("sign", "lines", "first", "last", "seen by"),
        (
            (row["sign"], row["lines"], row["first"], row["last"], ", ".join(row["observers"]))
            for row in rows
        ),
    )  # fmt: skip


COMMANDS = [sightings_command]
