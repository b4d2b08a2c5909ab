"""Calculations beside a risk programme: files that somebody sends, worked out, kept or dropped.

The last one of each kind stays in the programme's folder ``calculations`` until another takes its
place or somebody throws it away. Whoever may work in the programme sees it, and nobody else.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from manara.model import NotFoundError, UsageError
from manara.risk.programme.folder import Folder
from manara.store import Workspace
from manara.store.files import replacing

CALCULATIONS = "calculations"

#: The folder of a workspace in which whoever administers the machine puts models.
MODELS = "risk-models"

_GIVEN, _FOUND, _TABLES = "given", "found.json", "tables"
_ASKED = "asked.json"

#: Most draws (events by samples) of losses: some 500 MB in all perspectives.
MOST_DRAWS = 20_000_000

#: Most seconds that interdiction may search.
MOST_SECONDS = 300.0

#: Most accounts, games and targets that a page shows; tables hold all.
SHOWN = 20

#: Tells what is done, and how much of it.
Telling = Callable[[str, int], None]


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
    """A kind of calculation: files it needs, files it may have, options with their defaults."""

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    options: Mapping[str, tuple[float, float, float] | str] = {}


#: Options are numbers (default, least, most), or names.
KINDS: Mapping[str, Kind] = {
    "losses": Kind(
        ("location",),
        ("account", "ri-info", "ri-scope", "events", "severity", "keys"),
        {"model": "", "samples": (10, 1, 10_000), "simulated-years": (100_000, 1, 1_000_000),
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
    return _read(home(folder, kind) / _FOUND, Found)


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
            (new / _GIVEN / part).mkdir(parents=True)
            shutil.move(path, new / _GIVEN / part / wanted.files[part])
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
    for name, span in known.options.items():
        if not isinstance(span, str):
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
        value = float(text) if text else float(default)
    except ValueError as error:
        raise UsageError("is no number", where=f"{name}: {text[:20]}") from error
    if not float(least) <= value <= float(most):
        raise UsageError(f"is not {least:g} to {most:g}", where=f"{name}: {text[:20]}")
    return value


def drop(folder: Folder, kind: str) -> None:
    """Throw a calculation away, with the files that were sent."""
    with folder.locked():
        shutil.rmtree(home(folder, kind), ignore_errors=True)


def results(folder: Folder, kind: str) -> Iterator[tuple[str, Path]]:
    """Yield the names and files of what came of a calculation: the answer, and its tables."""
    place = home(folder, kind)
    if (place / _FOUND).is_file():
        yield "result.json", place / _FOUND
    for path in sorted((place / _TABLES).glob("*")):
        yield path.name, path


def work(workspace: Workspace, folder: Folder, kind: str, tell: Telling) -> None:
    """Work out what was asked for.

    Args:
        workspace: Whose models may be used.
        folder: Of the programme.
        kind: One of `KINDS`.
        tell: Is told what is done.

    Raises:
        ManaraError: A file cannot be used.
    """
    wanted, place = asked(folder, kind), home(folder, kind)
    if wanted is None:
        raise NotFoundError("nothing was asked for", where=kind)
    files = {part: place / _GIVEN / part / name for part, name in wanted.files.items()}
    out = place / _TABLES
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    folder.log(f"calculation {kind}", [*wanted.files.values()], by=wanted.by)
    told, notes = _WORK[kind](workspace, files, wanted.options, out, tell)
    answer = Found(wanted, datetime.now(UTC), told, notes)
    with replacing(place / _FOUND) as part:
        part.write_bytes(msgspec.json.encode(answer))


_Files, _Options = Mapping[str, Path], Mapping[str, str]


def _losses(
    workspace: Workspace, files: _Files, options: _Options, out: Path, tell: Telling
) -> tuple[Any, list[str]]:
    from manara.risk.calculations.yearly import Run, of_events, of_model

    samples, seed = (int(number("losses", options, name)) for name in ("samples", "seed"))
    run = Run(samples, seed, (), out, "csv", False, MOST_DRAWS)
    location, account = files["location"], files.get("account")
    if name := options.get("model"):
        from manara.risk.losses import Files

        # Only what is listed can be asked for, so no name leads anywhere else.
        if name not in models(workspace):
            raise NotFoundError("no such model", where=name[:80])
        parts = (files.get(part) for part in ("ri-info", "ri-scope", "keys"))
        told = of_model(Files(location, account, *parts), workspace.root / MODELS / name, run, tell)
    else:
        years = int(number("losses", options, "simulated-years"))
        told = of_events(location, account, files["events"], files.get("severity"), years, run)
    return told.plain(), told.notes


def _terms(
    workspace: Workspace, files: _Files, options: _Options, out: Path, tell: Telling
) -> tuple[Any, list[str]]:
    from manara.risk.calculations.insured import apply_terms

    found = apply_terms(
        files["location"], files["account"], files["ground-up"], out, files.get("ri-info"),
        files.get("ri-scope"),
    )  # fmt: skip
    told = {"events": found.events, "locations": found.locations, **found.total}
    order = sorted(found.accounts.items(), key=lambda one: -one[1][0])
    return told | {"accounts": order[:SHOWN], "count": len(order)}, found.notes


def _game(
    workspace: Workspace, files: _Files, options: _Options, out: Path, tell: Telling
) -> tuple[Any, list[str]]:
    from manara.risk.calculations.games import solve_games, write_games

    told = solve_games(files["game"], number("game", options, "strength") or None)
    games = told if isinstance(told, list) else [told]
    write_games(out / "coverage.csv", games)
    return [_shown(one) for one in games[:SHOWN]], []


def _shown(game: Mapping[str, Any]) -> dict[str, Any]:
    """Return a game with the targets that are covered most, and how many there are."""
    shares = [name for name in ("coverage", "attack") if name in game]
    order = np.argsort(-np.array(game["coverage"]), kind="stable")[:SHOWN].tolist()
    targets = [[at, *(game[name][at] for name in shares)] for at in order]
    rest = {key: value for key, value in game.items() if key not in shares}
    return rest | {"targets": targets, "count": len(game["coverage"])}


def _interdict(
    workspace: Workspace, files: _Files, options: _Options, out: Path, tell: Telling
) -> tuple[Any, list[str]]:
    from manara.risk.interdiction import read_instance, solve

    problem = read_instance(files["instance"])
    plan = solve(problem, number("interdict", options, "seconds"))
    items = {
        str(at): [int(problem.value[at]), int(problem.cost[at]), int(problem.weight[at])]
        for at in {*plan.protected, *plan.taken}
    }
    sums = {"items": items, "budget": problem.budget, "count": len(problem.value)}
    return msgspec.to_builtins(plan) | sums, []


def _experts(
    workspace: Workspace, files: _Files, options: _Options, out: Path, tell: Telling
) -> tuple[Any, list[str]]:
    from manara.risk.excalibur import read_study
    from manara.risk.experts import combine, plain

    study = read_study(files["answers"], files["truth"])
    return plain(study, combine(study)), []


_WORK: Mapping[str, Callable[..., tuple[Any, list[str]]]] = {
    "losses": _losses,
    "terms": _terms,
    "game": _game,
    "interdict": _interdict,
    "experts": _experts,
}


def _read(path: Path, kind: Any) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
