"""Commands for requests between nodes: request."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path

import click
import msgspec

from manara.cli.officers import officer_of
from manara.cli.output import json_option, print_json, print_list, print_table
from manara.cli.partners import officer_option
from manara.store import Workspace


@click.group()
def request() -> None:
    """Ask a partner for information, and answer what partners ask."""


@request.command("send")
@click.argument("entities", metavar="[ENTITY]...", nargs=-1)
@click.option("--to", required=True, help="The partner.")
@click.option("--text", default="", help="What is asked, in words.")
@click.option("--purpose", required=True, help="What the answer is for.")
@click.option("--basis", required=True, help="The law or agreement it is asked under.")
@click.option("--case", required=True, help="Reference of the case.")
@click.option("--deadline", type=click.DateTime(["%Y-%m-%d"]), help="Until when it is of use.")
@officer_option
@json_option
@click.pass_obj
def request_send(
    folder: Path | None, /, entities: tuple[str, ...], to: str, officer: str, as_json: bool,
    deadline: datetime | None, **content: str,
) -> None:  # fmt: skip
    """Ask a partner about the ENTITYs, or about what the text says.

    Where four eyes were agreed, another officer must approve it before it goes.
    """
    from manara.exchange import REQUEST, Node, subjects_for, write_letter

    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        letter, went = write_letter(
            node, to, REQUEST, by=officer_of(node, officer, to), **content,
            subjects=subjects_for(node, to, entities),
            deadline=deadline.date() if deadline else None,
        )  # fmt: skip
    _tell(letter.id, went, as_json)


@request.command("approve")
@click.argument("request_id", metavar="REQUEST")
@officer_option
@json_option
@click.pass_obj
def request_approve(folder: Path | None, request_id: str, officer: str, as_json: bool) -> None:
    """Let REQUEST go, or an answer in words, which another officer wrote."""
    from manara.exchange import MESSAGE, REQUEST, Node, approve, letter_of

    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        waiting = letter_of(node, request_id, node.id, (REQUEST, MESSAGE))
        by = officer_of(node, officer, waiting.receiver)
        letter = approve(node, waiting.id, by=by)
    _tell(letter.id, True, as_json)


@request.command("list")
@json_option
@click.pass_obj
def request_list(folder: Path | None, as_json: bool) -> None:
    """List the requests to and from partners, and what has become of each."""
    from manara.exchange import Node, states

    with Workspace.open(folder) as workspace:
        rows = states(Node(workspace))
    if as_json:
        print_list(
            {**msgspec.to_builtins(letter), "state": state, "reply": reply}
            for letter, state, reply in rows
        )
        return
    print_table(
        ("request", "from", "to", "asks for", "purpose", "case", "deadline", "state", "reply"),
        (
            (
                each.id[:12], each.sender, each.receiver,
                ", ".join([*(f"{n}:{e}" for n, e in each.subjects), each.text]).strip(", "),
                each.purpose, each.case, each.deadline or "-", state,
                " ".join(filter(None, (reply.rule or reply.useful, reply.text))) if reply else "-",
            )
            for each, state, reply in rows
        ),
    )  # fmt: skip


@request.command("refuse")
@click.argument("request_id", metavar="REQUEST")
@click.option("--rule", required=True, help="Which rule stands against it, such as purpose.")
@click.option("--text", default="", help="It in words.")
@officer_option
@json_option
@click.pass_obj
def request_refuse(
    folder: Path | None, request_id: str, rule: str, text: str, officer: str, as_json: bool
) -> None:
    """Answer REQUEST by a refusal. An answer with facts is a package: `--answers REQUEST`."""
    from manara.exchange import REFUSAL, Node, letter_of, write_letter

    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        asked = letter_of(node, request_id)
        letter, went = write_letter(
            node, asked.sender, REFUSAL, by=officer or getpass.getuser(), about=asked.id,
            rule=rule, text=text,
        )  # fmt: skip
    _tell(letter.id, went, as_json)


@request.command("answer")
@click.argument("request_id", metavar="REQUEST")
@click.option("--text", required=True, help="The answer.")
@officer_option
@json_option
@click.pass_obj
def request_answer(
    folder: Path | None, request_id: str, text: str, officer: str, as_json: bool
) -> None:
    """Answer REQUEST in words; where four eyes were agreed, another officer must approve them.

    No rule holds anything of the words back. An answer with facts is a package.
    """
    from manara.exchange import MESSAGE, Node, letter_of, write_letter

    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        asked = letter_of(node, request_id)
        letter, went = write_letter(
            node, asked.sender, MESSAGE, by=officer_of(node, officer, asked.sender), about=asked.id,
            text=text, purpose=asked.purpose, case=asked.case,
        )  # fmt: skip
    _tell(letter.id, went, as_json)


@request.command("feedback")
@click.argument("about", metavar="REQUEST|PACKAGE")
@click.option("--to", required=True, help="The partner whose answer or package it was.")
@click.option(
    "--useful",
    type=click.Choice(["yes", "partly", "no"]),
    required=True,
    help="Whether it helped.",
)
@click.option("--text", default="", help="It in words.")
@officer_option
@json_option
@click.pass_obj
def request_feedback(
    folder: Path | None, /, about: str, to: str, useful: str, text: str, officer: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Tell a partner how useful its answer to REQUEST, or its PACKAGE, was."""
    from manara.exchange import FEEDBACK, Node, write_letter

    with Workspace.open(folder) as workspace:
        letter, went = write_letter(
            Node(workspace), to, FEEDBACK, by=officer or getpass.getuser(), about=about,
            useful=useful, text=text,
        )  # fmt: skip
    _tell(letter.id, went, as_json)


def _tell(letter_id: str, went: bool, as_json: bool) -> None:
    if as_json:
        print_json({"id": letter_id, "in_outbox": went})
    elif went:
        click.echo(f"{letter_id} waits in the outbox")
    else:
        click.echo(f"{letter_id} waits for a second officer: `manara request approve`")


COMMANDS = (request,)
