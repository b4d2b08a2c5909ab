"""Commands about who is who: node, partner."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from manara.cli.output import json_option, print_json, print_list, print_table
from manara.model import Relation, UsageError
from manara.store import Workspace
from manara.store.files import replacing

if TYPE_CHECKING:
    from manara.exchange.renewal import Standing

given_file = click.Path(exists=True, dir_okay=False, path_type=Path)
new_file = click.Path(dir_okay=False, writable=True, path_type=Path)
officer_option = click.option("--officer", default="", help="Who does it; else the account's name.")


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with replacing(path) as partial:
        partial.write_bytes(content)


@click.group("node", invoke_without_command=True)
@click.option("--id", "node_id", default="", help="Make the identity: a name such as unit.example.")
@click.option("--name", default="", help="With --id: what people call the node.")
@click.option("--to", "path", type=new_file, help="Write the card to this file.")
@json_option
@click.pass_context
def node_command(
    context: click.Context, node_id: str, name: str, path: Path | None, as_json: bool
) -> None:
    """Show who this node is to its partners, or make its identity with --id.

    Its card names it and its public keys; hand it to partners. Compare the fingerprint by
    telephone, so that nobody can put another card in its place.
    """
    if context.invoked_subcommand:
        return
    from manara.exchange import Node

    with Workspace.open(context.obj) as workspace:
        node = Node(workspace)
        if node_id:
            node.identify(node_id, name or workspace.settings.organisation, by=getpass.getuser())
        card = node.keys.card
    if path:
        write(path, card.encoded)
    if as_json:
        print_json({**card.to_dict(), "fingerprint": card.fingerprint})
        return
    click.echo(f"node         {card.id}")
    click.echo(f"name         {card.name}")
    click.echo(f"fingerprint  {card.fingerprint}")


@node_command.command("renew")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
              help="Last day on which partners take what the present key signs.")  # fmt: skip
@click.option("--lost", metavar="GROUND", default="",
              help="The key was lost or stolen: replace it at once; what happened.")  # fmt: skip
@click.option("--to", "path", type=new_file, help="Write the new card to this file.")
@click.option("--certificate", "pem_path", type=new_file, help="Write the certificate to it too.")
@officer_option
@json_option
@click.pass_obj
def node_renew(
    folder: Path | None, until: datetime | None, lost: str, path: Path | None,
    pem_path: Path | None, officer: str, as_json: bool,
) -> None:  # fmt: skip
    """Renew the keys and the certificate of this node.

    With --until they are announced to the partners under the signature of the present key, which
    they take until that day; the new one is used once all have confirmed it. With --lost the
    present key counts no more: each partner must hear the new fingerprint by voice.
    """
    from manara.exchange import Node
    from manara.exchange.renewal import announced_certificate, renew, replace_lost

    if bool(until) == bool(lost):
        raise UsageError(
            "say until when the present key is taken, or that it was lost", where="node renew",
            remedy="--until DAY or --lost GROUND",
        )  # fmt: skip
    by = officer or getpass.getuser()
    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        stands = renew(node, until.date(), by=by) if until else replace_lost(node, lost, by=by)
        if path:
            write(path, stands.card.encoded)
        if pem_path:
            write(pem_path, announced_certificate(node).encode())
    if as_json:
        print_json(_told(stands))
        return
    click.echo(f"fingerprint  {stands.card.fingerprint}")
    if lost:
        click.echo("in use now; partners refuse this node until each has put the new card in place")
    elif stands.announced:
        click.echo(f"in use once they confirm it: {', '.join(stands.waiting)}")
    else:
        click.echo("in use now")


def _told(stands: Standing) -> dict[str, Any]:
    return {
        "node": stands.card.id,
        "fingerprint": stands.card.fingerprint,
        "in_use": not stands.announced,
        "until": stands.until,
        "waiting": stands.waiting,
        "certificate": stands.certificate,
        "certificate_expires": stands.expires,
    }


@click.group()
def partner() -> None:
    """Say with whom information is exchanged, and on what terms."""


@partner.command("add")
@click.argument("card", type=given_file)
@click.option(
    "--relation",
    type=click.Choice([each.name.lower() for each in Relation]),
    default="community",
    show_default=True,
    help="How close it stands, which decides what TLP levels it may have.",
)
@click.option("--group", "groups", multiple=True, help="A group it belongs to; repeatable.")
@click.option("--purpose", "purposes", multiple=True, help="An agreed purpose; without, any.")
@click.option(
    "--onward",
    type=click.Choice(["none", "ask", "free"]),
    default="ask",
    show_default=True,
    help="What it may do with what it gets: keep it, ask before it passes it on, or as rules say.",
)
@click.option("--four-eyes", is_flag=True, help="A second officer must release what goes to it.")
@click.option("--questions", default=0, help="Blind questions it may put a day.", show_default=True)
@click.option(
    "--by-officer", default=0, help="How many of them one officer may.", show_default=True
)
@click.option("--address", default="", help="Where it takes messages: https://HOST:PORT.")
@click.option("--certificate", type=given_file, help="The certificate it shows there, as PEM.")
@officer_option
@json_option
@click.pass_obj
def partner_add(
    folder: Path | None, /, card: Path, certificate: Path | None, officer: str, as_json: bool,
    **terms: Any,
) -> None:  # fmt: skip
    """Deal with the node of CARD, or change the terms. Compare the fingerprint first."""
    from manara.exchange import Card, Node, Partner

    read = Card.read(card.read_bytes())
    lists: dict[str, Any] = {name: list(terms.pop(name)) for name in ("groups", "purposes")}
    if certificate:
        terms["certificate"] = certificate.read_text("utf-8")
    with Workspace.open(folder) as workspace:
        Node(workspace).agree(Partner(read, **lists, **terms), by=officer or getpass.getuser())
    if as_json:
        print_json({"partner": read.id, "fingerprint": read.fingerprint})
    else:
        click.echo(f"{read.id} is a partner; its fingerprint is {read.fingerprint}")


@partner.command("replace")
@click.argument("card", type=given_file)
@click.option("--fingerprint", required=True, help="As the partner said it, by voice.")
@click.option("--certificate", type=given_file, help="Its new certificate, as PEM.")
@officer_option
@json_option
@click.pass_obj
def partner_replace(
    folder: Path | None, card: Path, fingerprint: str, certificate: Path | None, officer: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Put the CARD of a partner in the place of the one before, whose key was lost.

    Call the partner at a number you have had before, and give what it reads to you. The keys and
    the certificate of before are refused from now on; its terms and its log are kept.
    """
    from manara.exchange import Node
    from manara.exchange.renewal import replace_card

    pem = certificate.read_text("utf-8") if certificate else ""
    with Workspace.open(folder) as workspace:
        changed = replace_card(
            Node(workspace), card.read_bytes(), fingerprint, by=officer or getpass.getuser(),
            certificate=pem,
        )  # fmt: skip
    if as_json:
        print_json({"partner": changed.id, "fingerprint": changed.card.fingerprint})
    else:
        click.echo(f"{changed.id} has a new card; what its key of before signs is refused")


@partner.command("hello")
@click.argument("partner_id", metavar="PARTNER")
@json_option
@click.pass_obj
def partner_hello(folder: Path | None, partner_id: str, as_json: bool) -> None:
    """Ask PARTNER over the network whether it is there and what it reads.

    What its release would refuse is held back from then on, and shown before anything is sent.
    """
    from manara.exchange import Node
    from manara.exchange.delivery import greet
    from manara.exchange.selection import EVENTS_FORM

    with Workspace.open(folder) as workspace:
        found = greet(Node(workspace), partner_id)
    events = found.reads(EVENTS_FORM)
    if as_json:
        print_json({"partner": found.id, "format": found.format, "events": events})
    else:
        told = "" if events else ", but no events: they are held back"
        click.echo(f"{found.id} is there; it reads packages of form {found.format}{told}")


@partner.command("list")
@json_option
@click.pass_obj
def partner_list(folder: Path | None, as_json: bool) -> None:
    """List the partners, the terms agreed with each, and what is known of its audit log."""
    from manara.exchange import Node

    with Workspace.open(folder) as workspace:
        known = list(Node(workspace).partners.all().values())
    if as_json:
        print_list(known)
        return
    print_table(
        ("partner", "name", "relation", "purposes", "onward", "four eyes", "questions", "its log"),
        (
            (
                each.id,
                each.card.name,
                each.relation,
                ", ".join(each.purposes) or "any",
                each.onward,
                "yes" if each.four_eyes else "no",
                f"{each.questions} a day, {each.by_officer} an officer",
                f"{each.head.size} entries at {each.head.at}" if each.head else "not seen",
            )
            for each in known
        ),
    )


@partner.command("remove")
@click.argument("partner_id", metavar="PARTNER")
@officer_option
@json_option
@click.pass_obj
def partner_remove(folder: Path | None, partner_id: str, officer: str, as_json: bool) -> None:
    """Deal with PARTNER no longer: nothing goes to it, nothing is taken from it."""
    from manara.exchange import Node

    with Workspace.open(folder) as workspace:
        Node(workspace).part(partner_id, by=officer or getpass.getuser())
    if as_json:
        print_json({"partner": partner_id, "removed": True})
    else:
        click.echo(f"{partner_id} is a partner no longer")


COMMANDS = (node_command, partner)
