"""The command that makes a court bundle of a case."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from manara.casework import Cases, ask_release, contents, write_bundle
from manara.cli.output import json_option, print_json, print_table
from manara.cli.partners import new_file, officer_option
from manara.cli.release import Asked, recipient_options
from manara.model import UsageError
from manara.pipeline.releasing import Release
from manara.store import Workspace


@click.command("bundle")
@click.argument("case_id", metavar="CASE")
@recipient_options
@click.option("--purpose", default="prosecution", show_default=True,
              help="What it is to be used for.")  # fmt: skip
@click.option("--consent", "consents", multiple=True, metavar="ORIGINATOR",
              help="An originator that has consented; repeatable.")  # fmt: skip
@click.option("--without-sources", is_flag=True,
              help="Only the hashes of the source files of facts and events.")  # fmt: skip
@click.option("--ask", "reason", help="Ask a second account to release it, for this reason.")
@click.option("--out", type=new_file, help="Write the bundle that was released to this file.")
@officer_option
@json_option
@click.pass_obj
def bundle_command(
    folder: Path | None, /, case_id: str, without_sources: bool, reason: str | None,
    out: Path | None, officer: str, as_json: bool, **asked: Any,
) -> None:  # fmt: skip
    """Show what a court bundle of CASE would hold; --ask for its release, write it with --out.

    What goes is what handling permits for the recipient and the purpose. A second account must
    confirm exactly that before it is written.
    """
    release = Asked(**asked).release()
    if not release:
        raise UsageError("no recipient", where=case_id, remedy="say to whom it goes: --recipient")
    with Workspace.open(folder) as workspace:
        cases = Cases(workspace, officer or getpass.getuser())
        if out:
            _write(cases, case_id, out, release, not without_sources, as_json)
        elif reason:
            number = ask_release(cases, case_id, release, reason, sources=not without_sources)
            if as_json:
                print_json({"case": case_id, "request": number})
            else:
                click.echo(f"request {number} waits: another account runs "
                           f"`manara case confirm {case_id} {number}`")  # fmt: skip
        else:
            _preview(cases, case_id, release, not without_sources, as_json)


def _write(
    cases: Cases, case_id: str, out: Path, release: Release, sources: bool, as_json: bool
) -> None:
    made = write_bundle(cases, case_id, out, release, sources=sources)
    if as_json:
        print_json({"file": str(out), "sha256": made.sha256, "files": made.files,
                    "held": made.held, "signed": made.signed,
                    "time_stamped": made.time_stamped})  # fmt: skip
        return
    click.echo(f"{out}: {made.files} files, {made.held} things held back")
    click.echo(f"SHA-256 {made.sha256}")
    if not made.signed:
        click.echo("not signed: `manara node --id NAME` gives the workspace a key", err=True)
    if not made.time_stamped:
        click.echo("no independent time: set `time_stamp` in manara.toml", err=True)


def _preview(cases: Cases, case_id: str, release: Release, sources: bool, as_json: bool) -> None:
    chosen = contents(cases, case_id, release, sources=sources)
    if as_json:
        print_json({"items": chosen.items, "held": [one._asdict() for one in chosen.held],
                    "sources": sorted(chosen.sources), "hashes": sorted(chosen.named),
                    "entries": len(chosen.shown), "digest": chosen.digest})  # fmt: skip
        return
    print_table(
        ("item", "kind", "handling", "id"),
        ((item["key"], item["kind"], item["handling"], item.get("id") or item["source_id"])
         for item in chosen.items),
    )  # fmt: skip
    click.echo(f"{len(chosen.shown)} of {len(chosen.journal)} journal entries, "
               f"{len(chosen.sources)} source files")  # fmt: skip
    if chosen.held:
        click.echo("\nheld back")
    print_table(("what", "rule", "why"), chosen.held)
