"""Calculations beside a risk programme: files that somebody sends, worked out, kept or dropped.

The last one of each kind stays in the programme's folder ``calculations`` until another takes its
place or somebody throws it away. Whoever may work in the programme sees it, and nobody else.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from manara.model import NotFoundError, UsageError
from manara.risk.programme.folder import Folder
from manara.store import Workspace

CALCULATIONS = "calculations"

#: The folder of a workspace in which whoever administers the machine puts models.
MODELS = "risk-models"

#: Within a calculation: what was sent, its answer, its tables.
GIVEN, FOUND, TABLES = "given", "found.json", "tables"
_ASKED = "asked.json"

#: Most seconds that interdiction may search.
MOST_SECONDS = 300.0

_T = TypeVar("_T")


class Asked(msgspec.Struct, frozen=True):
    """What somebody wants worked out.

    Attributes:
        files: Names of the files that were sent, by what each is.
        options: Numbers and names of how, as text.
        by: The account.
        at: When, UTC.
    """

    files: dict[str, str]
    options: dict[str, str]
    by: str
    at: datetime


class Found(msgspec.Struct, frozen=True):
    """What came of it.

    Attributes:
        asked: What was wanted.
        at: When it was worked out, UTC.
        told: The answer, as the command of the same name gives it with ``--json``.
        notes: What of the files has no effect, a line each.
    """

    asked: Asked
    at: datetime
    told: Any
    notes: list[str] = []


class Kind(NamedTuple):
    """A kind of calculation: files it needs, files it may have; numbers: default, least, most."""

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    options: Mapping[str, tuple[float, float, float]] = {}


#: By name; `losses` may name a model too.
KINDS: Mapping[str, Kind] = {
    "losses": Kind(
        ("location",),
        ("account", "ri-info", "ri-scope", "events", "severity", "keys"),
        {"samples": (10, 1, 10_000), "simulated-years": (100_000, 1, 1_000_000),
         "seed": (1, 0, 2**31)},
    ),
    "terms": Kind(("location", "account", "ground-up"), ("ri-info", "ri-scope")),
    "game": Kind(("game",), (), {"strength": (0, 0, 1e6)}),
    "interdict": Kind(("instance",), (), {"seconds": (60, 1, MOST_SECONDS)}),
    "experts": Kind(("answers", "truth")),
}  # fmt: skip


def models(workspace: Workspace) -> list[str]:
    """Return the names of the models there are for `losses`."""
    return sorted(one.name for one in (workspace.root / MODELS).glob("*") if one.is_dir())


def home(folder: Folder, kind: str) -> Path:
    """Return where the last calculation of a kind is.

    Raises:
        NotFoundError: There is no such kind.
    """
    if kind not in KINDS:
        raise NotFoundError("no such calculation", where=kind[:80])
    return folder.file(CALCULATIONS) / kind


def asked(folder: Folder, kind: str) -> Asked | None:
    """Return what was last asked for, None for nothing."""
    return _read(home(folder, kind) / _ASKED, Asked)


def found(folder: Folder, kind: str) -> Found | None:
    """Return what the last calculation came to, None for nothing yet."""
    return _read(home(folder, kind) / FOUND, Found)


def keep(folder: Folder, kind: str, files: Mapping[str, Path], wanted: Asked) -> None:
    """Keep what a calculation starts from; the one before it is gone.

    Args:
        folder: Of the programme.
        kind: One of `KINDS`.
        files: By what each is; moved from where they are.
        wanted: What somebody wants.

    Raises:
        UsageError: A file is missing or has no part in it, or an option will not do.
    """
    check(kind, files, wanted.options)
    place = home(folder, kind)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    with folder.locked():
        # All or nothing: in a folder beside, which then takes the place.
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
        for part, path in files.items():
            (new / GIVEN / part).mkdir(parents=True)
            shutil.move(path, new / GIVEN / part / wanted.files[part])
        (new / _ASKED).write_bytes(msgspec.json.encode(wanted))
        shutil.rmtree(place, ignore_errors=True)
        new.replace(place)


def check(kind: str, files: Mapping[str, Any], options: Mapping[str, str]) -> None:
    """Refuse files and options that do not make a calculation.

    Raises:
        UsageError: See above.
    """
    known = KINDS[kind]
    for part in known.needs:
        if part not in files:
            raise UsageError("a file is missing", where=part)
    for part in files:
        if part not in known.needs + known.may:
            raise UsageError("has no part in it", where=part[:40])
    if ("ri-info" in files) != ("ri-scope" in files):
        raise UsageError("go together", where="ri-info, ri-scope")
    if kind == "losses":
        _check_losses(files, bool(options.get("model")))
    for name in known.options:
        number(kind, options, name)


def _check_losses(files: Mapping[str, Any], model: bool) -> None:
    if model == ("events" in files):
        raise UsageError("take a model, or send events of your own", where="losses")
    if "ri-info" in files and "account" not in files:
        raise UsageError("go with account", where="ri-info, ri-scope")
    for part in ("keys", "ri-info") if not model else ("severity",):
        if part in files:
            other = "events of your own" if model else "a model"
            raise UsageError(f"goes with {other}", where=part)


def number(kind: str, options: Mapping[str, str], name: str) -> float:
    """Return a number among the options, its default where it is blank.

    Raises:
        UsageError: It is none, or out of bounds.
    """
    default, least, most = KINDS[kind].options[name]
    text = options.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError as error:
        raise UsageError("is no number", where=f"{name}: {text[:20]}") from error
    if not least <= value <= most:
        raise UsageError(f"is not {least:g} to {most:g}", where=f"{name}: {text[:20]}")
    return value


def drop(folder: Folder, kind: str) -> None:
    """Throw a calculation away, with the files that were sent."""
    with folder.locked():
        shutil.rmtree(home(folder, kind), ignore_errors=True)


def results(folder: Folder, kind: str) -> Iterator[tuple[str, Path]]:
    """Yield the names and files of what came of a calculation: the answer, and its tables."""
    place = home(folder, kind)
    if (place / FOUND).is_file():
        yield "result.json", place / FOUND
    for path in sorted((place / TABLES).glob("*")):
        yield path.name, path


def _read(path: Path, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
