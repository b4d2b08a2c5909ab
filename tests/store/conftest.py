"""Workspaces on both kinds of registry, and short ways to fill them."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import create_engine, make_url, text

from manara.model import OPEN, Dataset, Handling, Reject
from manara.store import EditionResult, EditionWriter, Workspace


class Said(NamedTuple):
    """A statement in the short: what tests care about."""

    entity: str
    prop: str
    value: str
    schema: str = "Person"
    lang: str = ""


@contextmanager
def fresh_database() -> Iterator[str]:
    """Yield the URL of a PostgreSQL database made for one test."""
    server = os.environ.get("MANARA_TEST_POSTGRES")
    if not server:
        pytest.skip("MANARA_TEST_POSTGRES names no PostgreSQL server")
    url = make_url(server).set(drivername="postgresql+pg8000")
    name = f"manara_test_{secrets.token_hex(6)}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def registry_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a registry: ``""`` for the SQLite file of the workspace."""
    if request.param == "sqlite":
        yield ""
    else:
        with fresh_database() as url:
            yield url


@pytest.fixture
def workspace(registry_url: str, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "ws", registry=registry_url) as made:
        yield made


Ingest = Callable[..., EditionResult]


def ingest(
    workspace: Workspace,
    dataset: str,
    said: Iterable[Said],
    *,
    title: str = "",
    content: bytes | None = None,
    version: str = "1",
    handling: Handling = OPEN,
    rejects: Iterable[Reject] = (),
    allow_shrink: bool = False,
) -> EditionResult:
    """Make statements the edition in force; without content every call is another file."""
    bytes_ = secrets.token_bytes(16) if content is None else content
    source = workspace.keep(io.BytesIO(bytes_), "list.csv")
    with EditionWriter(
        workspace,
        Dataset(name=dataset, title=title or dataset.title(), handling=handling),
        source,
        format="test",
        parser_version=version,
        by="tester",
        allow_shrink=allow_shrink,
    ) as edition:
        for number, one in enumerate(said, 1):
            edition.records += 1
            edition.add(one.entity, one.schema, one.prop, one.value, "", one.lang, f"line {number}")
        for reject in rejects:
            edition.reject(reject)
        return edition.commit()


def known(workspace: Workspace, **where: object) -> set[tuple[str, str, str]]:
    """Return (dataset, entity, value) of all facts in the present view."""
    return {
        (fact.dataset, fact.entity_id, fact.value)
        for fact in workspace.view().facts(**where)  # type: ignore[arg-type]
    }


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of change of every file below a folder."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
