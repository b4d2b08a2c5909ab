"""Commands that exchange by TAXII 2.1: publish and take here, pull and push there."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from manara.cli.output import BAD_INPUT, DONE, DONE_WITH_REJECTS, json_option, print_json
from manara.cli.release import (
    Left,
    purpose_options,
    recipient_options,
    selection_options,
    take_asked,
    take_selection,
)
from manara.cli.take_in import handling_of, handling_options
from manara.exchange.taxii.bundles import publish, take
from manara.exchange.taxii.client import Access, Client
from manara.exchange.taxii.config import FILE, Collection, Config
from manara.exchange.taxii.feeds import pull, push
from manara.exchange.taxii.objects import Failure
from manara.exchange.taxii.store import Store
from manara.model import NotFoundError, UsageError, WorkspaceError
from manara.pipeline import Ingested, Request
from manara.pipeline.releasing import log_release
from manara.pipeline.stix_export import stix_objects
from manara.store import Workspace

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_ACCESS = (
    click.option("--token-file", type=_file, help="File with the token, or the user's password."),
    click.option("--user", default="", help="Name of the account, for servers that ask for one."),
    click.option("--tokens", metavar="URL", default="",
                 help="Address that gives a short-lived token for them (OAuth 2.0)."),
    click.option("--certificate", type=_file, help="File of our certificate and its key (PEM)."),
    click.option("--authorities", type=_file,
                 help="File of the certificates that the server's is checked against (PEM)."),
)  # fmt: skip


@click.group()
def taxii() -> None:
    """Exchange STIX objects with others by TAXII 2.1.

    `manara serve` answers for the collections that taxii.toml in the workspace names.
    """


@taxii.command("publish")
@click.argument("collection")
@selection_options
@purpose_options
@json_option
@click.pass_obj
def publish_command(
    folder: Path | None,
    /,
    collection: str,
    purpose: str | None,
    consents: tuple[str, ...],
    left_out: Path | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Make what is selected the content of COLLECTION, as far as all its readers may have it.

    Nothing selected means all that is known. What was published before and is not among it is
    revoked.
    """
    if not purpose:
        raise UsageError("no purpose", remedy="say by --purpose what readers are to use it for")
    with Workspace.open(folder) as workspace, ExitStack() as opened:
        config, there = _collection(workspace, collection)
        left = Left(opened.enter_context(left_out.open("wb")) if left_out else None)
        done = publish(
            workspace,
            Store(workspace.root),
            config,
            there,
            take_selection(settings),
            purpose,
            frozenset(consents),
            left,
            _me(),
        )
    if as_json:
        print_json(done._asdict() | {"left_out": left.counts()})
        return
    click.echo(
        f"{collection}: {done.objects:,} objects, {done.changed:,} new or changed, "
        f"{done.withdrawn:,} revoked"
    )
    left.tell()


@taxii.command("take")
@click.argument("collection")
@click.option("--dataset", default="", help="Name of the dataset; the collection's by default.")
@json_option
@click.pass_obj
def take_command(folder: Path | None, collection: str, dataset: str, as_json: bool) -> None:
    """Take what others posted to COLLECTION into the workspace, as an edition of a dataset.

    It comes under the rule of the collection, or a stricter one that the objects are marked with.
    """
    with Workspace.open(folder) as workspace:
        _, there = _collection(workspace, collection)
        request = Request(
            dataset=dataset or there.alias,
            handling=there.handling,
            allow_shrink=True,
            by=_me(),
        )
        done = take(workspace, Store(workspace.root), there.id, request)
    _finish({}, done, [], as_json)


def _access_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_ACCESS):
        command = option(command)
    return command


@taxii.command("pull")
@click.argument("url")
@click.argument("collection")
@_access_options
@click.option("--dataset", required=True, help="Name of the dataset that the collection becomes.")
@handling_options
@json_option
@click.pass_obj
def pull_command(
    folder: Path | None,
    /,
    url: str,
    collection: str,
    dataset: str,
    tlp: str | None,
    releasable_to: str | None,
    retain_until: datetime | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Fetch what is new in COLLECTION of the server at URL, and take it in.

    URL is the address of the server or of one of its API roots; COLLECTION an id, alias or title.
    """
    until = retain_until.date() if retain_until else None
    request = Request(
        dataset=dataset,
        handling=handling_of(tlp, releasable_to, until),
        allow_shrink=True,
        by=_me(),
    )
    with Workspace.open(folder) as workspace, Client(url, collection, _access(settings)) as client:
        done = pull(workspace, Store(workspace.root), client, request)
    told = {"received": done.received, "new": done.new, "added_after": done.added_after}
    _finish(told, done.ingested, done.failures, as_json)


@taxii.command("push")
@click.argument("url")
@click.argument("collection")
@_access_options
@selection_options
@recipient_options
@purpose_options
@json_option
@click.pass_obj
def push_command(
    folder: Path | None,
    /,
    url: str,
    collection: str,
    left_out: Path | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Post what is selected to COLLECTION of the server at URL, if the recipient may have it.

    Nothing selected means all that is known. The server says of each object whether it took it.
    """
    selection, release = take_selection(settings), take_asked(settings).release()
    if release is None:
        raise UsageError("nobody it goes to", remedy="say --recipient and --purpose")
    with Workspace.open(folder) as workspace, ExitStack() as opened:
        left = Left(opened.enter_context(left_out.open("wb")) if left_out else None)
        organisation = workspace.settings.organisation
        made = stix_objects(workspace.view(), selection, release, organisation, left)
        objects = [one.data for one in made]
        client = opened.enter_context(Client(url, collection, _access(settings)))
        log_release(workspace, "push", f"{client.root} {collection}", selection, release, _me())
        done = push(client, objects)
    if as_json:
        failures = [one._asdict() for one in done.failures]
        print_json({"taken": done.taken, "failures": failures, "left_out": left.counts()})
    else:
        click.echo(f"{collection}: {done.taken:,} of {len(objects):,} objects taken")
        left.tell()
        _tell(done.failures)
    raise click.exceptions.Exit(DONE_WITH_REJECTS if done.failures else DONE)


def _collection(workspace: Workspace, name: str) -> tuple[Config, Collection]:
    config = Config.load(workspace.root)
    if config is None:
        raise WorkspaceError("no collections", where=FILE, remedy="write it; see the guide")
    found = config.collection(name)
    if found is None:
        names = ", ".join(config.collections)
        raise NotFoundError("no such collection", where=name, remedy=f"there are: {names}")
    return config, found


def _me() -> str:
    return getpass.getuser()


def _access(settings: dict[str, Any]) -> Access:
    path: Path | None = settings.pop("token_file")
    token = path.read_text("utf-8").strip() if path else ""
    certificate, authorities = (
        str(settings[name] or "") for name in ("certificate", "authorities")
    )
    return Access(token, settings["user"], certificate, authorities, settings["tokens"])


def _finish(
    told: dict[str, Any], done: Ingested | None, failures: list[Failure], as_json: bool
) -> None:
    """Print what came and what became of it; exit with the status that says so."""
    refused = done is not None and done.status == "refused"
    if as_json:
        ingested = asdict(done) if done else None
        print_json(told | {"failures": [one._asdict() for one in failures], "ingested": ingested})
    else:
        if told:
            click.echo(f"{told['received']:,} objects received, {told['new']:,} of them new")
        if done:
            click.echo(
                f"{done.dataset}: {done.status}, {done.added:,} facts came, {done.removed:,} went"
            )
        else:
            click.echo("the collection is empty")
        _tell(failures)
    if done and done.handling:
        click.echo(f"manara: {done.dataset}: its markings make it {done.handling}", err=True)
    if refused and done:
        click.echo(f"manara: {done.dataset}: refused: {done.reason}", err=True)
        raise click.exceptions.Exit(BAD_INPUT)
    set_aside = failures or (done and done.rejects)
    raise click.exceptions.Exit(DONE_WITH_REJECTS if set_aside else DONE)


def _tell(failures: list[Failure]) -> None:
    for one in failures[:20]:
        click.echo(f"manara: {one.id or 'an object'}: {one.message}", err=True)
    if len(failures) > 20:
        click.echo(f"manara: and {len(failures) - 20} more", err=True)


COMMANDS = (taxii,)
