"""From files, folders and addresses to editions of datasets in the workspace."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from manara.formats import (
    FORMATS,
    Batch,
    Format,
    Mapping,
    Match,
    Member,
    catalogue,
    format_for,
    recognise,
    unpacked,
)
from manara.model import (
    Dataset,
    FetchError,
    FormatError,
    Grade,
    Handling,
    ManaraError,
    Record,
    Reject,
    Source,
    Tlp,
    UsageError,
)
from manara.pipeline.clean import clean
from manara.pipeline.fetch import download, is_address
from manara.store import Edition, EditionWriter, Workspace

#: Called now and then with what is being done and how many records it has done.
Progress = Callable[[str, int], None]

#: How often progress is told, in records.
_TELL_EVERY = 2000

_DATE_IN_NAME = re.compile(r"(?:19|20)\d\d(?:-\d\d){0,2}")


@dataclass(frozen=True, slots=True)
class Request:
    """How sources are to be taken in; what is not said is the format's or the catalogue's.

    Attributes:
        dataset: name of the dataset the source is an edition of.
        mapping: how a plain table is to be read.
        handling: the rule all its facts come under. Without it the dataset keeps the rule it has;
            a new one is TLP:CLEAR if it is in the catalogue and TLP:AMBER+STRICT, the closest
            that colleagues can still work with, if not.
        grade: the source's grade in the Admiralty code.
        allow_shrink: accept an edition that drops more than half of its dataset's entities.
        by: the account or person who asks.
    """

    dataset: str = ""
    mapping: Mapping | None = None
    handling: Handling | None = None
    grade: Grade | None = None
    allow_shrink: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one source.

    Attributes:
        name: the source's file name or address.
        dataset: the dataset it is an edition of, ``""`` if it was not recognised.
        format: name of its format, ``""`` if it was not recognised.
        status: ``applied``, ``unchanged``, ``older`` (than the edition in force; kept, not
            applied) or ``refused``.
        reason: why it was refused.
        records: records read.
        facts: facts the edition states.
        added: facts not known from this dataset before.
        removed: facts the dataset no longer states.
        rejects: things set aside.
        events: events not known from this dataset before.
        handling: the rule it came under, where its own markings made that stricter than what was
            asked for or stood before, else ``""``.
    """

    name: str
    dataset: str
    format: str
    status: str
    reason: str = ""
    records: int = 0
    facts: int = 0
    added: int = 0
    removed: int = 0
    rejects: int = 0
    events: int = 0
    handling: str = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A recognised file, waiting for its turn."""

    path: Path
    name: str
    file: _File
    format: Format
    match: Match

    @property
    def turn(self) -> tuple[str, str, str]:
        """Where it comes: editions of one dataset from the oldest to the newest.

        An edition that states no date is ordered by a date in its name; one with neither is taken
        for the current one.
        """
        in_name = _DATE_IN_NAME.search(self.name)
        date = self.match.published or (in_name.group() if in_name else "9999")
        return self.match.dataset, date, self.name


def ingest(
    workspace: Workspace,
    targets: Sequence[str],
    request: Request,
    progress: Progress = lambda what, done: None,
) -> Iterator[Ingested]:
    """Take in files, folders and addresses; yield what became of each source.

    A source that is refused leaves the edition in force as it was and does not keep the others
    from being taken in.

    Args:
        workspace: where to.
        targets: files, folders (with all in them) and http(s) addresses.
        request: how.
        progress: told what is being read and how far it has come.

    Raises:
        UsageError: a target does not exist, or options contradict each other.
    """
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="manara-")))
        candidates: list[_Candidate] = []
        for file in list(_files(workspace, targets, folder)):
            if isinstance(file, Ingested):
                yield file
                continue
            try:
                members = opened.enter_context(unpacked(file.path, folder))
                candidates += [_recognised(file, member, request) for member in members]
            except FormatError as error:
                yield Ingested(file.name, "", "", "refused", str(error))
        for candidate in sorted(candidates, key=lambda c: c.turn):
            yield _take_in(workspace, candidate, request, progress)


def reread(
    workspace: Workspace, request: Request, progress: Progress = lambda what, done: None
) -> Iterator[Ingested]:
    """Read the sources in force again whose reader has changed since; yield what became of each.

    Tables read through a mapping are left out, since the mapping is not kept, and sources that add
    to each other, whose events would all have to be read again.
    """
    for row in list(workspace.view().datasets()):
        edition = workspace.in_force(row["dataset"])
        reader = next((known for known in FORMATS if known.name == row["format"]), None)
        if not edition or not reader or reader.additive:
            continue
        if reader.version == edition.parser_version:
            continue
        path = workspace.source_path(edition.source_id)
        match = Match(edition.dataset, edition.published)
        candidate = _Candidate(path, row["dataset"], _File(path, path.name), reader, match)
        yield _take_in(workspace, candidate, request, progress)


class _File(NamedTuple):
    """A file as it was handed over, and where it came from."""

    path: Path
    name: str
    address: str = ""
    etag: str = ""


def _files(
    workspace: Workspace, targets: Sequence[str], folder: Path
) -> Iterator[_File | Ingested]:
    """Yield the files that targets stand for, or what else became of an address."""
    for target in targets:
        path = Path(target)
        if is_address(target):
            try:
                fetched = download(target, folder, etag=workspace.etag_of(target))
            except FetchError as error:
                yield Ingested(target, "", "", "refused", str(error))
                continue
            if fetched is None:
                yield Ingested(target, "", "", "unchanged")
            else:
                yield _File(fetched.path, fetched.name, target, fetched.etag)
        elif path.is_dir():
            for file in sorted(path.rglob("*")):
                name = file.relative_to(path)
                if file.is_file() and not any(part.startswith(".") for part in name.parts):
                    yield _File(file, str(name))
        elif path.is_file():
            yield _File(path, path.name)
        else:
            raise UsageError("no such file, folder or address", where=target)


def _recognised(file: _File, member: Member, request: Request) -> _Candidate:
    """Return what a file, or a file in an archive, turns out to be."""
    name = file.name if member.path == file.path else f"{file.name}!{member.name}"
    if request.mapping:
        format_, match = format_for(request.mapping), Match(request.mapping.dataset)
    else:
        format_, match = recognise(member.path)
    if request.dataset:
        match = match._replace(dataset=request.dataset)
    return _Candidate(member.path, name, file, format_, match)


def _take_in(
    workspace: Workspace, candidate: _Candidate, request: Request, progress: Progress
) -> Ingested:
    """Make one source the edition in force of its dataset, or say why not."""
    format_, match = candidate.format, candidate.match
    with candidate.path.open("rb") as file:
        source = workspace.keep(
            file, candidate.name, url=candidate.file.address, etag=candidate.file.etag
        )
    present = workspace.in_force(match.dataset)
    if format_.additive:
        present = workspace.edition_of(match.dataset, source)
    outcome = Ingested(candidate.name, match.dataset, format_.name, "applied")
    if present and _is_in_force(present, source, format_, request):
        return _with(outcome, status="unchanged", records=present.records, facts=present.facts)
    if present and match.published and present.published > match.published:
        return _with(
            outcome, status="older", reason=f"the edition in force is of {present.published}"
        )
    try:
        return _load(workspace, candidate, source, request, outcome, progress)
    except ManaraError as error:
        workspace.refused(
            match.dataset, source, format=format_.name, reason=str(error), by=request.by
        )
        return _with(outcome, status="refused", reason=str(error))


def _is_in_force(present: Edition, source: Source, format_: Format, request: Request) -> bool:
    """Return whether reading the source again would change nothing."""
    asked = request.handling.id if request.handling else present.handling_id
    now = (present.source_id, present.format, present.parser_version, present.handling_id)
    return now == (source.id, format_.name, format_.version, asked)


def _load(
    workspace: Workspace,
    candidate: _Candidate,
    source: Source,
    request: Request,
    outcome: Ingested,
    progress: Progress,
) -> Ingested:
    """Read a source to its end and commit it as an edition."""
    format_ = candidate.format
    dataset = _dataset(workspace, candidate.match, request, format_.additive)
    if format_.marking:
        strict = dataset.handling | format_.marking(candidate.path)
        if strict != dataset.handling:
            dataset = replace(dataset, handling=strict)
            outcome = _with(outcome, handling=strict.label)
    with EditionWriter(
        workspace,
        dataset,
        source,
        format=format_.name,
        parser_version=format_.version,
        published=candidate.match.published,
        by=request.by,
        allow_shrink=request.allow_shrink,
        may_be_cut=not format_.whole and not _ends(candidate.path),
    ) as edition:
        told = 0
        for item in (format_.batches or format_.read)(candidate.path):
            _add(edition, item)
            if edition.records >= told + _TELL_EVERY:
                told = edition.records
                progress(candidate.name, told)
        if not edition.records:
            raise FormatError("no usable record in it", where=candidate.name)
        done = edition.commit()
    return _with(
        outcome,
        status="unchanged" if done.unchanged else "applied",
        records=done.records,
        facts=done.facts,
        added=done.added,
        removed=done.removed,
        rejects=done.rejects,
        events=done.events,
    )


def _add(edition: EditionWriter, item: Batch | Record | Reject) -> None:
    """Add what a reader gives to an edition, and set aside of it what cannot be used."""
    if isinstance(item, Reject):
        edition.reject(item)
        return
    if isinstance(item, Batch):
        edition.records += len(item.events)
        edition.add_events(item.table, item.events)
    else:
        edition.records += 1
        for event in item.events:
            try:
                edition.add_event(event)
            except UsageError as error:
                excerpt = repr(dict(event.values))[:500]
                edition.reject(Reject(event.locator, "event", str(error), excerpt))
    for stated in item.stated:
        cleaned = clean(stated)
        if isinstance(cleaned, Reject):
            edition.reject(cleaned)
        else:
            entity, schema, prop, _, locator, lang, _ = stated
            edition.add(entity, schema, prop, *cleaned, lang, locator)


def _ends(path: Path) -> bool:
    """Return whether a file ends as files of text do: with a line, a tag or DOS's control-Z.

    Some programs leave the last line end out, so a file without is not refused for it. Workbooks,
    which have a directory at their end, count as ended.
    """
    with path.open("rb") as file:
        start = file.read(2)
        file.seek(max(path.stat().st_size - 1, 0))
        return start == b"PK" or file.read(1) in (b"\n", b"\r", b">", b"\x1a")


def _dataset(workspace: Workspace, match: Match, request: Request, additive: bool) -> Dataset:
    """Return what is known of a dataset: what was asked, what it has been, the catalogue."""
    name = match.dataset
    view = workspace.view()
    standing = next((row for row in view.datasets() if row["dataset"] == name), None)
    known = next((one for one in catalogue() if one.dataset == (match.part_of or name)), None)
    mapping = request.mapping
    handling = request.handling or (mapping.handling if mapping else None)
    grade = request.grade
    if standing:
        handling = handling or view.handlings()[standing["handling_id"]]
        grade = grade or (Grade.parse(standing["grade"]) if standing["grade"] else None)
    return Dataset(
        name=name,
        title=known.title if known else name,
        publisher=known.publisher if known else (mapping.publisher if mapping else ""),
        licence=known.licence if known else "",
        url=known.address if known else "",
        country=known.country if known and len(known.country) == 2 else "",
        handling=handling or Handling.of(Tlp.CLEAR if known else Tlp.AMBER_STRICT),
        grade=grade,
        additive=additive,
    )


def _with(outcome: Ingested, **changes: Any) -> Ingested:
    return replace(outcome, **changes)
