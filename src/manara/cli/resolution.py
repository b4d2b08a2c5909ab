"""Commands about who is the same: resolve, review, judge, split."""

from __future__ import annotations

import getpass
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from manara.cli.output import Progress, json_option, print_json, print_list
from manara.model import Fact, Judgement, UsageError, Verdict
from manara.pipeline.resolution import Question, answer, apart, caption_of, queue, resolve
from manara.store import Workspace

#: Properties shown side by side, in this order.
_SHOWN = (
    *("name", "alias", "weakAlias", "previousName", "birthDate", "birthPlace", "gender"),
    *("nationality", "citizenship", "country", "jurisdiction", "flag", "passportNumber"),
    *("idNumber", "registrationNumber", "taxNumber", "imoNumber", "leiCode", "phone", "email"),
    *("address", "position", "notes"),
)
_WIDTH = 54
_KEYS = {"y": Verdict.POSITIVE, "n": Verdict.NEGATIVE, "u": Verdict.UNSURE, "s": None, "q": None}
account_option = click.option(
    "--account", default="", help="The account that judges; else the name you are logged in by."
)
_PROMPT = "one and the same? y(es) n(o) u(nsure) s(kip) q(uit): "


@click.command("resolve")
@json_option
@click.pass_obj
def resolve_command(folder: Path | None, as_json: bool) -> None:
    """Find out who is the same, over everything that is new or changed.

    `manara run` does the same on its way.
    """
    progress = Progress()
    with Workspace.open(folder) as workspace:
        found = resolve(workspace, by=getpass.getuser(), progress=progress)
        progress.clear()
    if as_json:
        print_json(asdict(found))
        return
    if not found.new:
        click.echo("nothing new")
    click.echo(f"{found.members:,} records are {found.clusters:,} entities")
    click.echo(f"{found.joined:,} records newly joined, {found.parted:,} no longer")
    click.echo(f"{found.unsure:,} pairs to look at: manara review")


@click.command()
@click.option("--limit", default=20, show_default=True, help="At most this many; 0 for all.")
@click.option("--ground", default="looked at both in review", help="Why, for each of the answers.")
@account_option
@json_option
@click.pass_obj
def review(folder: Path | None, limit: int, ground: str, account: str, as_json: bool) -> None:
    """Ask about the pairs that resolution is unsure of, those whose answer changes most first.

    Answer y for one and the same, n for two, u for unsure, s to skip, q to stop; answers may also
    be piped in, one a line. Your word beats the machine's; `manara resolve` applies it.
    """
    with Workspace.open(folder) as workspace:
        asked = queue(workspace, limit)
        if as_json:
            print_list(question.to_dict() for question in asked)
            return
        given, judging = 0, _Judging(workspace, account)
        for place, question in enumerate(asked, start=1):
            _show(question, f"{place} of {len(asked)}")
            key = _key()
            if key in ("q", ""):
                break
            verdict = _KEYS[key]
            if verdict is not None:
                judging.record([answer(question, verdict, by=judging.by, ground=ground)])
                given += 1
    if not asked:
        click.echo("no pair waits for an answer")
    elif given:
        click.echo(f"{given} answers recorded; `manara resolve` applies them")
    else:
        click.echo("no answer recorded")


def _key() -> str:
    """Return the key pressed or piped in, ``""`` at the end of the input."""
    while True:
        click.echo(_PROMPT, nl=False)
        line = sys.stdin.readline()
        key = line.strip().lower()[:1]
        if key in _KEYS or not line:
            if not sys.stdin.isatty():
                click.echo(key)
            return key
        if not sys.stdin.isatty():
            raise UsageError(
                f"{line.strip()!r} is no answer",
                where="standard input",
                remedy="pipe in y, n, u, s or q, one a line",
            )


def _show(question: Question, place: str) -> None:
    """Print both sides beside each other, then what speaks for and against."""
    found = question.judgement
    click.echo()
    click.secho(f"{place}   probability {found.score:.2f}", bold=True)
    _row(caption_of(question.left, found.left), caption_of(question.right, found.right))
    _row(found.left, found.right)
    left, right = _by_prop(question.left), _by_prop(question.right)
    for prop in (prop for prop in _SHOWN if prop in left or prop in right):
        click.echo(prop)
        for at in range(max(len(left[prop]), len(right[prop]))):
            _row(*(side[prop][at] if at < len(side[prop]) else "" for side in (left, right)))
    for reason in found.reason:
        click.echo(f"  {reason}")


def _row(left: str, right: str) -> None:
    """Print two texts side by side, long ones over several lines."""
    lines = max(-(-len(left) // _WIDTH), -(-len(right) // _WIDTH), 1)
    for at in range(0, lines * _WIDTH, _WIDTH):
        one, other = left[at : at + _WIDTH], right[at : at + _WIDTH]
        click.echo(f"    {one:<{_WIDTH}}  {other}".rstrip())


def _by_prop(facts: Iterable[Fact]) -> dict[str, list[str]]:
    """Return the distinct values of each property, each with the lists that state it."""
    sources: dict[tuple[str, str], set[str]] = defaultdict(set)
    for fact in facts:
        sources[fact.prop, fact.value].add(fact.dataset)
    found: dict[str, list[str]] = defaultdict(list)
    for (prop, value), lists in sorted(sources.items()):
        found[prop].append(f"{value[:200]} [{', '.join(sorted(lists))}]")
    return found


@click.command("split")
@click.argument("entity")
@click.option("--ground", required=True, help="Why: what you looked at.")
@account_option
@json_option
@click.pass_obj
def split_command(
    folder: Path | None, entity: str, ground: str, account: str, as_json: bool
) -> None:
    """Set ENTITY apart from all it was found to be one with.

    ENTITY is the id of a source's entity, as `manara show` prints it after "one with".
    `manara resolve` applies it.
    """
    with Workspace.open(folder) as workspace, workspace.writing():
        judging = _Judging(workspace, account)
        found = judging.record(apart(workspace, entity, by=judging.by, ground=ground))
    if as_json:
        print_list(judgement.to_dict() for judgement in found)
    else:
        click.echo(f"set apart from {len(found)}; `manara resolve` applies it")


@click.command()
@click.argument("left")
@click.argument("right")
@click.option(
    "--same/--different", default=None, required=True, help="One person or thing, or two."
)
@click.option("--ground", required=True, help="Why: what you looked at.")
@account_option
@json_option
@click.pass_obj
def judge(
    folder: Path | None, left: str, right: str, same: bool, ground: str, account: str, as_json: bool
) -> None:
    """Decide whether two entities are one. Your word beats the machine's and survives every run.

    LEFT and RIGHT are entity ids, as `manara show` prints them.
    """
    if left == right:
        raise UsageError("an entity cannot be judged against itself", where=left)
    verdict = Verdict.POSITIVE if same else Verdict.NEGATIVE
    with Workspace.open(folder) as workspace, workspace.writing():
        for entity_id in (left, right):
            workspace.view().require(entity_id)
        judging, score = _Judging(workspace, account), 1.0 if same else 0.0
        pair = min(left, right), max(left, right)
        at = datetime.now(UTC)
        judging.record([Judgement(*pair, verdict, score, (ground,), judging.by, True, at)])
    if as_json:
        print_json({"left": left, "right": right, "verdict": verdict.value, "ground": ground})
    else:
        click.echo("recorded; `manara run` applies it")


class _Judging:
    """Records judgements as the console does, in the audit log as well.

    Attributes:
        by: who judges.
    """

    def __init__(self, workspace: Workspace, account: str) -> None:
        # Loaded here: listing what waits needs none of it.
        from manara.casework.accounts import Accounts
        from manara.casework.journal import Journal

        self._journal = Journal(workspace)
        self.by = Accounts(self._journal).get(account).id if account else getpass.getuser()
        self._login = getpass.getuser() if account else ""

    def record(self, judgements: list[Judgement]) -> list[Judgement]:
        """Record judgements, all or none, and return them as they are kept."""
        from manara.casework.decisions import judge as record

        return record(self._journal, judgements, login=self._login)


COMMANDS = (resolve_command, review, judge, split_command)
