"""The nodes of an exercise: one workspace for each state, and what its day brings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import msgspec

from manara.exchange import Card, Node, Partner
from manara.exercise.manifest import Filed
from manara.exercise.running.record import Found, Place, Records
from manara.formats import Mapping as TableMapping
from manara.formats import format_for
from manara.formats.mapping import load_mapping
from manara.model import Grade, Judgement, Verdict
from manara.pipeline.detect import detect
from manara.pipeline.detectors import detectors
from manara.pipeline.ingest import Request, ingest
from manara.pipeline.resolution import answer, queue, resolve
from manara.store import View, Workspace

OFFICER = "exercise"
PURPOSE = "investigation"
#: No question is refused for its number: the days of the calendar are not those of the clock.
_QUESTIONS = 1_000_000
#: Agencies whose files name people to look out for.
_LISTING = frozenset({"police", "justice"})
#: Formats of which a file takes the place of the one before.
_LISTS = frozenset({"ftm", "un-sc-xml"})
#: Grade of the files of a state's own agencies: usually reliable, probably true.
_GRADE = Grade("B", 2)
#: Properties that name who holds, owns, leads or works for something.
_BEHIND = frozenset({"holder", "owner", "director", "employee", "member"})


def node_id(state: str) -> str:
    """Return what partners call the node of a state."""
    return f"{state.lower()}.example"


class Life(NamedTuple):
    """What a node found in all its days.

    Attributes:
        state: code of its state.
        leads: all that it found on any day, as they were last.
        earlier: what those of them rested on before that rest on something else now.
        same: records that it found to be of one person or thing.
        refused: files that it could not take in.
    """

    state: str
    leads: list[Found]
    earlier: list[Found]
    same: list[list[Place]]
    refused: list[str]


class Memory(NamedTuple):
    """What a run remembers of a node from day to day, beside its workspace.

    Attributes:
        files: name of each file that it took in, by the id of its source.
        refused: files that it could not take in, with why.
        lists: datasets that name people to look out for.
        leads: all that it found on any day, by id, as they were last.
        earlier: what those of them rested on before that rest on something else now.
        screened: when those who travel and pay were last screened, by the clock; None for never.
    """

    files: dict[str, str]
    refused: list[str]
    lists: set[str]
    leads: dict[str, Found]
    earlier: list[Found]
    screened: datetime | None = None


class Site:
    """The node of a state.

    Args:
        folder: where its files lie.
        workspace: its workspace; a new one is given an identity.
        state: code of the state.
        name: name of the state.

    Attributes:
        files: name of each file that it took in, by the id of its source.
        lists: datasets that name people to look out for.
    """

    def __init__(self, folder: Path, workspace: Workspace, state: str, name: str) -> None:
        self.folder, self.workspace, self.state = folder, workspace, state
        self.node = Node(workspace)
        if not (workspace.root / "keys").exists():
            self.node.identify(node_id(state), name, by=OFFICER)
        self.memory = Memory({}, [], set(), {}, [])

    @property
    def memory(self) -> Memory:
        """What is remembered of it; set it to go on where another process left off."""
        return Memory(self.files, self.refused, self.lists, self.leads, self.earlier, self.screened)

    @memory.setter
    def memory(self, memory: Memory) -> None:
        self.files, self.refused, self.lists, self.leads, self.earlier, self.screened = memory

    @property
    def id(self) -> str:
        """What partners call it."""
        return self.node.id

    def meet(self, others: Iterable[Site]) -> None:
        """Deal with the other nodes from now on."""
        for other in others:
            self.deal(other.node.keys.card)

    def deal(self, card: Card) -> None:
        """Deal with the node of a card from now on."""
        terms = Partner(
            card, groups=["alliance"], purposes=[PURPOSE],
            questions=_QUESTIONS, by_officer=_QUESTIONS,
        )  # fmt: skip
        self.node.agree(terms, by=OFFICER)

    def take_in(self, files: Sequence[Filed]) -> None:
        """Take in what became known, and note what was refused.

        Of the editions of a list only the newest is read: it says all that the others would.
        """
        newest = {one.dataset: one for one in files}
        wanted = [one for one in files if newest[one.dataset] is one or self._adds(one)]
        for (mapping, dataset, _), group in groupby(wanted, key=_alike):
            of_group = list(group)
            if of_group[0].agency in _LISTING:
                self.lists.add(dataset)
            paths = [str(self.folder / one.file) for one in of_group]
            for path, one in zip(paths, of_group, strict=True):
                self.files[_digest(Path(path))] = one.file
            read_by = _mapping(self.folder / mapping) if mapping else None
            request = Request(
                dataset=dataset,
                mapping=read_by,
                handling=of_group[0].rule,
                grade=_GRADE,
                by=OFFICER,
            )
            for done in ingest(self.workspace, paths, request):
                if done.status == "refused":
                    self.refused.append(f"{done.name}: {done.reason}")
        self.workspace.compact(by=OFFICER)

    def _adds(self, one: Filed) -> bool:
        """Return whether a file adds to those before it instead of taking their place."""
        if one.mapping:
            return format_for(_mapping(self.folder / one.mapping)).additive
        return one.format not in _LISTS

    def life(self, nodes: Iterable[str]) -> Life:
        """Return what it found in all its days."""
        same = self.records(self.workspace.view(), nodes).same()
        return Life(self.state, list(self.leads.values()), self.earlier, same, self.refused)

    def look(self, day: date, nodes: Iterable[str]) -> None:
        """Run the detectors, and note which leads are new or rest on something new today."""
        detect(self.workspace, detectors(), by=OFFICER)
        view = self.workspace.view()
        records = self.records(view, nodes)
        for found in records.told(view.leads(), {}, day):
            last = self.leads.get(found.id)
            if last and (last.subjects, last.evidence) == (found.subjects, found.evidence):
                found = msgspec.structs.replace(found, found=last.found)
            elif last:
                self.earlier.append(last)
            self.leads[found.id] = found

    def records(self, view: View, nodes: Iterable[str]) -> Records:
        """Return what tells in which record something stands."""
        return Records(view, self.id, nodes, self.files)

    def resolve(self) -> None:
        """Find out who is the same.

        An account that a partner tells of and one of the same number here are a question for a
        person; the officer of the exercise answers that they are one.
        """
        resolve(self.workspace, by=OFFICER)
        partners = tuple(f"{partner}:" for partner in self.node.partners.all())
        told = [one for one in queue(self.workspace) if _account_told(one.judgement, partners)]
        for question in told:
            self.workspace.judge(
                answer(question, Verdict.POSITIVE, by=OFFICER, ground="a partner's word for it")
            )
        if told:
            resolve(self.workspace, by=OFFICER)

    def interest(self) -> list[str]:
        """Return the ids of the persons that this node would ask partners about.

        They are those whom its own police and courts name, and the subjects of its leads with
        those who hold or lead them; nobody whom only a partner told of.
        """
        view = self.workspace.view()
        lists = ", ".join(f"'{name}'" for name in sorted(self.lists)) or "''"
        listed = view.sql(_LISTED.replace("'LISTS'", lists)).column(0).to_pylist()
        subjects = [one for lead in view.leads() for one in lead.finding.subjects]
        return list(dict.fromkeys([*listed, *subjects, *self._behind(view, subjects)]))

    def _behind(self, view: View, subjects: Sequence[str]) -> Iterator[str]:
        """Yield who holds, owns or leads what is not a person."""
        rows = view.sql("SELECT entity_id, canonical_id FROM clusters").to_pylist()
        clusters = {row["entity_id"]: row["canonical_id"] for row in rows}
        about = {clusters.get(one, one) for one in subjects}
        members = {*about, *(one for one, of in clusters.items() if of in about)}
        facts = list(view.facts(members))
        for fact in (*facts, *view.linked(facts, members)):
            if fact.prop in _BEHIND:
                yield clusters.get(fact.value, fact.value)


#: Whom a node's own police and courts name; their datasets stand for LISTS.
_LISTED = """
SELECT DISTINCT coalesce(c.canonical_id, f.entity_id) AS entity
FROM facts AS f LEFT JOIN clusters AS c ON c.entity_id = f.entity_id
WHERE f."schema" = 'Person' AND f.dataset IN ('LISTS')
ORDER BY entity
"""


def _account_told(judgement: Judgement, partners: tuple[str, ...]) -> bool:
    """Return whether a pair is an account of a partner's and one here, of the same number."""
    same = any(reason.startswith("same accountNumber") for reason in judgement.reason)
    return same and sum(one.startswith(partners) for one in judgement.pair) == 1


def _alike(one: Filed) -> tuple[str, str, str]:
    return one.mapping, one.dataset, one.rule.id


@cache
def _mapping(path: Path) -> TableMapping:
    return load_mapping(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
