"""Commands about proof: the audit log, and whether files are what they claim to be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import msgspec

from manara.cli.output import BAD_INPUT, json_option, print_json, print_list, print_table
from manara.cli.partners import given_file, new_file, write
from manara.model import ExchangeError, ManaraError, NotFoundError, WorkspaceError
from manara.store import AuditLog, Workspace

if TYPE_CHECKING:
    from manara.exchange import Card
    from manara.exchange.checking import Checked

#: What zip archives begin with: court bundles are some.
_ZIP = b"PK\x03\x04"


@click.group("log", invoke_without_command=True)
@click.option("--since", default=0, help="From this entry on, counted from 0.", show_default=True)
@json_option
@click.pass_context
def log_group(context: click.Context, since: int, as_json: bool) -> None:
    """List what left this node, what came, what was asked and what was refused.

    The log is a Merkle tree: partners hold its signed heads, so nothing in it can be changed
    unnoticed.
    """
    if context.invoked_subcommand:
        return
    from manara.exchange import Node
    from manara.store.log import entry_of

    with Workspace.open(context.obj) as workspace:
        entries = [entry_of(line) for line in Node(workspace).log.lines(since)]
    if as_json:
        print_list(entries)
        return
    print_table(
        ("entry", "when", "who", "what", "thing", "detail"),
        (
            (str(at), f"{e.at:%Y-%m-%d %H:%M:%S}", e.by, e.action, e.thing, _detail(e.detail))
            for at, e in enumerate(entries, since)
        ),
    )


@log_group.command("head")
@click.option("--to", "path", type=new_file, help="Write it to this file.")
@json_option
@click.pass_obj
def log_head(folder: Path | None, path: Path | None, as_json: bool) -> None:
    """Show the signed head of the log, by which anybody can later check all that is in it now."""
    from manara.exchange import Node, signed_head

    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        head = signed_head(node.log, node.keys)
    _out(head, path, as_json, f"{head['size']} entries, root {head['root']}")


@log_group.command("prove")
@click.argument("entry", type=click.IntRange(0))
@click.option("--to", "path", type=new_file, help="Write it to this file.")
@json_option
@click.pass_obj
def log_prove(folder: Path | None, entry: int, path: Path | None, as_json: bool) -> None:
    """Show that ENTRY, counted from 0, is in the log, without showing the others."""
    from manara.exchange import Node, proof_of, signed_head

    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        proof = proof_of(node.log, entry, signed_head(node.log, node.keys))
    _out(proof, path, as_json, proof["entry"])


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=given_file)
@click.option(
    "--card", "cards", multiple=True, type=given_file, help="A card to check with; repeatable."
)
@click.option("--head", type=given_file, help="The signed head that a log must agree with.")
@json_option
@click.pass_obj
def verify(
    folder: Path | None, files: tuple[Path, ...], cards: tuple[Path, ...], head: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Check the workspace, or packages, receipts, cards, heads, proofs, logs and bundles in FILEs.

    Without FILE: that every file of the workspace is there and unchanged, against its SHA-256, and
    that the audit log is whole. With FILE: that its signatures hold, offline.
    """
    if files:
        _verify_files(folder, files, cards, head, as_json)
        return
    with Workspace.open(folder) as workspace:
        problems = list(workspace.verify())
        path = workspace.root / "log"
        if path.exists():
            problems += _log_problems(path)
    if as_json:
        print_json({"whole": not problems, "problems": problems})
    else:
        for problem in problems:
            click.echo(problem)
        click.echo("damaged" if problems else "whole: every source and segment is as recorded")
    if problems:
        raise click.exceptions.Exit(BAD_INPUT)


def _log_problems(path: Path) -> list[str]:
    try:
        return list(AuditLog(path).problems())
    except WorkspaceError as error:
        return [str(error)]


def _verify_files(
    folder: Path | None, files: tuple[Path, ...], cards: tuple[Path, ...], head: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    from manara.exchange import Card, Node, NodeKeys, examine

    known: dict[str, Card] = {}
    keys: NodeKeys | None = None
    try:
        with Workspace.open(folder) as workspace:
            node = Node(workspace)
            known = {each.id: each.card for each in node.partners.all().values()}
            keys = node.keys
            known[node.id] = keys.card
    except NotFoundError:
        # A workspace without an identity has no card of its own to add.
        pass
    except WorkspaceError:
        # Whoever has the cards needs no workspace.
        if folder:
            raise
    read = [Card.read(path.read_bytes()) for path in cards]
    known |= {card.id: card for card in read}
    shown, wrong = [], False
    for path in files:
        try:
            with path.open("rb") as file:
                if file.read(len(_ZIP)) == _ZIP:
                    told = _bundle(file, known, required=bool(cards))
                else:
                    data = path.read_bytes()
                    told = examine(data, known, keys, head.read_bytes() if head else b"")
            shown.append({"file": str(path), "holds": True, **told._asdict()})
        except ManaraError as error:
            wrong = True
            shown.append({"file": str(path), "holds": False, "told": str(error)})
    if as_json:
        print_list(shown)
    else:
        for row in shown:
            verdict = f"{row['kind']} of {row['signer']} holds" if row["holds"] else "does not hold"
            click.echo(f"{row['file']}: {verdict}: {row['told']}")
    if wrong:
        raise click.exceptions.Exit(BAD_INPUT)


def _bundle(bundle: BinaryIO, known: dict[str, Card], *, required: bool) -> Checked:
    """Check a court bundle; with cards given it must be signed by the node of one of them.

    Raises:
        ExchangeError: it is not what it claims to be.
    """
    from manara.casework import check
    from manara.casework.verifier import MANIFEST, unpacked
    from manara.exchange.checking import Checked

    report = check(bundle)
    if not report.problems and (report.signer in known or required):
        # Again, with the card that is known and not the one inside.
        node = msgspec.json.decode(unpacked(bundle).files[MANIFEST])["node"]
        card = known[node].encoded if node in known else b"none"
        report = check(bundle, card=card)
    if report.problems:
        raise ExchangeError("; ".join(report.problems), rule="bundle", where="court bundle")
    return Checked("bundle", report.signer or "nobody", "; ".join(report.told))


def _out(message: dict[str, Any], path: Path | None, as_json: bool, text: str) -> None:
    if path:
        write(path, msgspec.json.encode(message) + b"\n")
    if as_json:
        print_json(message)
    else:
        click.echo(text)


def _detail(detail: dict[str, Any]) -> str:
    return ", ".join(
        f"{key} {value}" for key, value in detail.items() if value not in ("", None, [])
    )


COMMANDS = (log_group, verify)
