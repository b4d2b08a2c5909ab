"""A workspace: the folder in which one office keeps its sources, its facts and its work."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from sqlalchemy import func, select, update

from manara.model import (
    EVENT_TABLES,
    Judgement,
    NotFoundError,
    Source,
    UsageError,
    WorkspaceError,
)
from manara.store import erasing, files, ledger, settings
from manara.store.clusters import write_clusters
from manara.store.compact import compact
from manara.store.decisions import put_judgement
from manara.store.engine import Engine, make_engine
from manara.store.lake import SegmentWriter, sweep
from manara.store.lock import writer_lock
from manara.store.records import Edition
from manara.store.registry import ERASE, RECALL, Registry, log, moment, trail
from manara.store.settings import Settings
from manara.store.tables import audit, datasets
from manara.store.verify import problems
from manara.store.view import View

#: How long a replaced segment stays for readers that still have it in their list.
GRACE = timedelta(hours=1)

_CHUNK = 1 << 20


class Workspace:
    """A workspace; `create` makes one, `open` finds one. Close it, or use it in a ``with`` block.

    Attributes:
        root: its folder.
        settings: what its owner decided.
        registry: the database that says what counts.
        lake: the folder of the segments.
        sources: the folder of the sources.
        scratch: the folder for what does not outlive the process.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.settings = Settings.load(self.root / settings.FILE)
        self.lake = self.root / "lake"
        self.sources = self.root / "sources"
        self.scratch = self.root / "scratch"
        self.registry = Registry(self.settings.registry or f"sqlite:///{self.root / 'registry.db'}")
        self.registry.upgrade()
        self._engine: Engine | None = None
        self._mutex = threading.RLock()
        self._depth = 0

    @classmethod
    def create(
        cls, root: Path | str, *, registry: str = "", organisation: str = "", engine: str = "duckdb"
    ) -> Workspace:
        """Return a new workspace in a folder that is new or empty.

        Args:
            root: the folder.
            registry: SQLAlchemy URL of its registry, ``""`` for a SQLite file in the folder.
            organisation: who runs it.
            engine: ``duckdb`` or ``spark``.

        Raises:
            WorkspaceError: there is something in the folder, or the registry cannot be reached.
        """
        root = Path(root)
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise WorkspaceError(
                "is there already and not an empty folder",
                where=str(root),
                remedy="name a folder that does not exist",
            )
        for folder in ("lake", "sources"):
            (root / folder).mkdir(parents=True)
        Settings(organisation, registry, engine).save(root / settings.FILE)
        try:
            return cls(root)
        except WorkspaceError:
            # The folder was empty before, and may be tried again.
            for folder in ("lake", "sources"):
                (root / folder).rmdir()
            (root / settings.FILE).unlink()
            raise

    @classmethod
    def open(cls, root: Path | str | None = None) -> Workspace:
        """Return the workspace in a folder.

        Args:
            root: the folder; None for what ``MANARA_WORKSPACE`` names, or else the present folder
                or the nearest above it that is a workspace.

        Raises:
            WorkspaceError: there is none, or it is damaged or of a newer version.
        """
        return cls(_find(Path(root) if root else None))

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the registry and the engine."""
        if self._engine:
            self._engine.close()
            self._engine = None
        self.registry.close()

    @property
    def engine(self) -> Engine:
        """What runs the set-wise work, started when first needed."""
        if self._engine is None:
            spill = self.scratch / f"engine-{os.getpid()}-{secrets.token_hex(4)}"
            self._engine = make_engine(self.settings, spill)
        return self._engine

    @contextmanager
    def writing(self, wait: float = 5.0) -> Iterator[None]:
        """Hold the writer's lock; blocks may be nested.

        Args:
            wait: how long to wait for another writer, in seconds.

        Raises:
            WorkspaceError: another writer is still at work.
        """
        if not self._mutex.acquire(timeout=wait):
            raise WorkspaceError("busy: another thread is writing to it", where=str(self.root))
        with ExitStack() as stack:
            stack.callback(self._mutex.release)
            if self._depth == 0:
                stack.enter_context(writer_lock(self.root, self.registry, wait))
                self._sweep()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def _sweep(self) -> None:
        """Delete what killed writers left, and segments replaced long enough ago."""
        with self.registry.reading() as connection:
            keep = ledger.kept_segments(connection, datetime.now(UTC) - GRACE)
            unfinished = erasing.waiting(connection)
        sweep(self.lake, keep)
        files.sweep_scratch(self.scratch)
        if unfinished:
            erasing.finish(self)

    def view(self, as_of: datetime | None = None) -> View:
        """Return what is known now, or what was known at a moment.

        Args:
            as_of: the moment; without a zone it is taken as UTC.
        """
        return View(self.registry, self.engine, self.lake, as_of)

    # Sources

    def keep(
        self,
        content: Path | str | BinaryIO,
        name: str,
        *,
        url: str = "",
        etag: str = "",
        fetched_at: datetime | None = None,
    ) -> Source:
        """Keep a file byte for byte and return what it is known by; a known one is kept once.

        Args:
            content: the file, or a stream of its bytes.
            name: the name it came under.
            url: where it was fetched from, if anywhere.
            etag: the server's entity tag, if any.
            fetched_at: when, UTC; None for now.
        """
        with ExitStack() as stack:
            if isinstance(content, Path | str):
                content = stack.enter_context(open(content, "rb"))
            source_id, size = self._keep(content)
        when = fetched_at or datetime.now(UTC)
        with self.registry.writing() as connection:
            source = Source(source_id, name, url, etag, size, when)
            return ledger.put_source(connection, source)

    def _keep(self, content: BinaryIO) -> tuple[str, int]:
        """Keep the bytes of a stream and return their SHA-256 and number."""
        digest, size = hashlib.sha256(), 0
        with files.scratch(self.scratch) as folder, (folder / "source").open("wb") as file:
            while chunk := content.read(_CHUNK):
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            file.flush()
            path = self.source_path(digest.hexdigest())
            if not path.is_file() or path.stat().st_size != size:
                path.parent.mkdir(exist_ok=True)
                files.publish(folder / "source", path)
                files.sync_folder(self.sources)
        return digest.hexdigest(), size

    def etag_of(self, url: str) -> str:
        """Return the server's tag of what was last fetched from an address, else ``""``."""
        with self.registry.reading() as connection:
            return ledger.etag_of(connection, url)

    def source_path(self, source_id: str) -> Path:
        """Return where the bytes of a source are kept."""
        return self.sources / source_id[:2] / source_id

    # Datasets and editions

    def in_force(self, dataset: str) -> Edition | None:
        """Return the edition of a dataset that counts, or None."""
        with self.registry.reading() as connection:
            return ledger.editions_in_force(connection, dataset).get(dataset)

    def edition_of(self, dataset: str, source: Source) -> Edition | None:
        """Return the last edition of a dataset that was read from a source, or None."""
        with self.registry.reading() as connection:
            return ledger.edition_of(connection, dataset, source.id)

    def refused(
        self,
        dataset: str,
        source: Source,
        *,
        format: str,
        reason: str,
        by: str,
        parser_version: str = "",
        published: str = "",
    ) -> Edition:
        """Record that a source could not be used; what was in force stays in force.

        Said twice of the same source for the same reason, it is recorded once.
        """
        # PostgreSQL keeps no NUL, and a broken source may well be quoted with one.
        reason = reason.replace("\0", "")
        with self.registry.writing() as connection:
            last = ledger.last_edition(connection, dataset)
            if last and (last.source_id, last.reason) == (source.id, reason):
                return last
            at = moment(connection)
            edition = Edition(
                ledger.new_edition_id(connection, dataset),
                dataset,
                source.id,
                None,
                format,
                parser_version,
                published,
                at,
                *(0, 0, 0, 0, 0),
                "refused",
                reason,
                by,
            )
            ledger.put_edition(connection, edition)
            log(connection, at, by, "refuse", dataset, edition=edition.id, reason=reason)
        return edition

    def withdraw(self, dataset: str, *, by: str, reason: str) -> None:
        """Take a dataset out of every answer, past ones too; the audit trail keeps its trace.

        Raises:
            NotFoundError: there is no such dataset.
        """
        with self.writing(), self.registry.writing() as connection:
            known = ledger.find_dataset(connection, dataset)
            if not known:
                raise NotFoundError(
                    "no such dataset", where=dataset, remedy="`manara status` lists them"
                )
            if known.withdrawn_at:
                return
            at = moment(connection)
            connection.execute(
                update(datasets)
                .where(datasets.c.name == dataset)
                .values(withdrawn_at=at, withdrawn_by=by, reason=reason)
            )
            log(connection, at, by, "withdraw", dataset, reason=reason)

    # Who is the same as whom

    def judge(self, judgement: Judgement) -> None:
        """Record a person's judgement on a pair; the later of two on one pair counts.

        Raises:
            UsageError: it is a machine's.
        """
        with self.registry.writing() as connection:
            put_judgement(connection, judgement)

    def human_judgements(self) -> list[Judgement]:
        """Return what people judged about pairs, oldest first."""
        with self.registry.reading() as connection:
            return ledger.human_judgements(connection)

    def needs_resolving(self) -> bool:
        """Return whether anything that bears on clusters has happened since `resolved`."""
        with self.registry.reading() as connection:
            for trace in reversed(list(trail(connection))):
                if trace.action == "resolve":
                    return False
                changed = trace.detail.get("added") or trace.detail.get("removed")
                if trace.action in ("judge", "withdraw", RECALL, ERASE) or (
                    trace.action == "ingest" and changed
                ):
                    return True
        return False

    def resolved(
        self, judgements: Iterable[Judgement], clusters: Mapping[str, str], *, by: str
    ) -> None:
        """Record who is the same as whom; it takes the place of what was found before.

        Args:
            judgements: what machines judged about pairs.
            clusters: canonical id by entity id, of entities that are one with another.
            by: who asked.
        """
        with self.writing():
            with self.registry.reading() as connection:
                at = moment(connection)
            written = write_clusters(self.lake, judgements, clusters, at=at, by=by)
            with self.registry.writing() as connection:
                ledger.put_segments(connection, written)
                count = len(set(clusters.values()))
                log(
                    connection, at, by, "resolve", "clusters", clusters=count, members=len(clusters)
                )

    # The course of work

    def append(
        self, table: str, batches: Iterable[pa.RecordBatch], *, by: str, dataset: str | None = None
    ) -> int:
        """Add rows to an event table, all or none, and return how many.

        Args:
            table: a key of `manara.model.EVENT_TABLES`.
            batches: the rows; columns may come in any order.
            by: who adds them.
            dataset: the only dataset they are of, None for several.

        Raises:
            UsageError: the table or a column is not known.
        """
        if table not in EVENT_TABLES:
            raise UsageError("is no event table", where=table, remedy=", ".join(EVENT_TABLES))
        with self.writing():
            with self.registry.reading() as connection:
                at = moment(connection)
            with SegmentWriter(self.lake, table, at=at, by=by, dataset=dataset) as writer:
                rows = writer.write(batches)
            with self.registry.writing() as connection:
                ledger.put_segments(connection, writer.segments)
                log(connection, at, by, "append", table, rows=rows, dataset=dataset)
        return rows

    def compact(self, *, by: str = "", force: bool = False) -> int:
        """Rewrite segments so that one entity stands in one place; return how many were replaced.

        Nothing is done while few segments overlap, unless ``force`` says so.
        """
        with self.writing():
            return compact(self.registry, self.engine, self.lake, by=by, force=force)

    def ran(self, *, by: str, detail: Mapping[str, object]) -> None:
        """Record that the pipeline has run to its end."""
        with self.registry.writing() as connection:
            log(connection, moment(connection), by, "run", "pipeline", **detail)

    def last_run(self) -> datetime | None:
        """Return when the pipeline last ran to its end, UTC, or None."""
        with self.registry.reading() as connection:
            runs = [trace.at for trace in trail(connection) if trace.action == "run"]
        return runs[-1] if runs else None

    def last_change(self, besides: Collection[str] = ()) -> datetime | None:
        """Return when anything was last done to it, UTC: all that it holds is as of then.

        Args:
            besides: actions that do not count, by their names in the audit trail.
        """
        query = select(func.max(audit.c.at)).where(audit.c.action.not_in(list(besides)))
        with self.registry.reading() as connection:
            last: datetime | None = connection.scalar(query)
        return last

    def history(self, dataset: str = "") -> Iterator[dict[str, Any]]:
        """Yield the audit trail, oldest first, as dicts ``at, who, action, thing, detail``.

        Args:
            dataset: only what was done to this dataset; ``""`` for all.
        """
        with self.registry.reading() as connection:
            for trace in trail(connection):
                if dataset in ("", trace.thing):
                    yield trace._asdict()

    def verify(self) -> list[str]:
        """Return what is wrong with the files and the registry, a sentence each; [] if nothing."""
        return list(problems(self.registry, self.engine, self.lake, self.sources))


def _find(root: Path | None) -> Path:
    if root is None:
        named = os.environ.get("MANARA_WORKSPACE")
        start = Path.cwd()
        above = [folder for folder in (start, *start.parents) if (folder / settings.FILE).is_file()]
        root = Path(named) if named else above[0] if above else start
    if not (root / settings.FILE).is_file():
        raise WorkspaceError(
            "is not a workspace",
            where=str(root),
            remedy="go to one, name one in MANARA_WORKSPACE, or make one with `manara init FOLDER`",
        )
    return root
