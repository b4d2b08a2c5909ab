"""Index states: the screening index as of each state of the lists, moved on by differences."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from manara import __version__
from manara.identity.screening.index import Index
from manara.identity.screening.rates import Rates, measure
from manara.model import FormatError
from manara.pipeline.ingest import Progress
from manara.pipeline.listed import listed
from manara.pipeline.particulars import is_named
from manara.store import View, Workspace
from manara.store.files import replacing

#: How many states stay as files: those last used. Any other is made again from the nearest one.
KEPT = 5

#: Share of the names that may come and go before an index is built anew.
DRIFT = 0.1

#: What is put into an index; another form builds the kept ones anew, and so does another version
#: of the program, which may read names otherwise.
FORM = f"5, {__version__}"

#: Files of this module, half written ones first.
_OURS = (".*.names.*", ".*.state.*", ".*.rates.*", "*.names", "*.state", "*.rates")

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


class State(msgspec.Struct, frozen=True):
    """A state of the lists, for which an index answers.

    Attributes:
        editions: edition by dataset.
        moment: when the last of them was recorded, UTC.
        hidden: what was withdrawn or had run out when the index was made.
        form: what was put into the index.
        base: key of the state its index was last built for; the words are as rare as then.
    """

    editions: dict[str, str]
    moment: datetime
    hidden: tuple[str, ...]
    form: str = FORM
    base: str = ""

    @property
    def key(self) -> str:
        """What the files of the state are called."""
        told = repr((self.form, sorted(self.editions.items()), self.hidden))
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def state_of(view: View) -> State:
    """Return the state of the lists that a view sees."""
    in_force = list(view.datasets())
    return State(
        {row["dataset"]: row["edition_id"] for row in in_force},
        max((row["recorded_at"] for row in in_force), default=_BEGINNING),
        view.hidden,
    )


def kept_index(workspace: Workspace, view: View) -> tuple[State, Index]:
    """Return the state that a view sees and its index: a kept one, or one made and kept.

    It is made from the kept state nearest in time by the difference between the two, in either
    direction, or built from all facts when that difference is large. Nothing made before a
    dataset was withdrawn or facts ran out is used or stays.
    """
    folder = workspace.root / "index"
    wanted = state_of(view)
    ready = _open(folder, wanted)
    if ready and all(_alike(state, wanted) for state in _kept(folder)):
        return ready
    with _making(folder):
        _sweep(folder, wanted)
        return _open(folder, wanted) or _make(folder, wanted, workspace, view)


def kept_rates(workspace: Workspace, state: State, index: Index, progress: Progress) -> Rates:
    """Return what thresholds cost and buy on a state's index, measured once and kept with it."""
    known = known_rates(workspace, state)
    if known:
        return known
    rates, path = measure(index, progress), _rates_file(workspace, state)
    with _making(path.parent), replacing(path) as written:
        written.write_bytes(msgspec.json.encode(rates))
    return rates


def known_rates(workspace: Workspace, state: State) -> Rates | None:
    """Return what was measured on a state's index, None if nothing was."""
    with suppress(FileNotFoundError, msgspec.DecodeError):
        return msgspec.json.decode(_rates_file(workspace, state).read_bytes(), type=Rates)
    return None


def _rates_file(workspace: Workspace, state: State) -> Path:
    return workspace.root / "index" / f"{state.key}.rates"


@contextmanager
def _making(folder: Path) -> Iterator[None]:
    """Hold the lock of those who change the folder; readers need none."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _open(folder: Path, wanted: State) -> tuple[State, Index] | None:
    """Return a state and its index if they are kept and whole, and note that it was used."""
    path = folder / f"{wanted.key}.state"
    with suppress(FileNotFoundError, FormatError, msgspec.DecodeError):
        state = msgspec.json.decode(path.read_bytes(), type=State)
        index = Index.open(folder / f"{state.key}.names")
        os.utime(path)
        return state, index
    return None


def _make(folder: Path, wanted: State, workspace: Workspace, view: View) -> tuple[State, Index]:
    """Return a state that is not kept yet and its index, which is kept from now on."""
    near = sorted(_kept(folder), key=lambda state: abs(state.moment - wanted.moment))
    opened = next((ready for state in near if (ready := _open(folder, state))), None)
    index = _moved(*opened, wanted, workspace, view) if opened else None
    if index and opened:
        state = msgspec.structs.replace(wanted, base=opened[0].base)
    else:
        index = Index.build(listed(view)).learned()
        state = msgspec.structs.replace(wanted, base=wanted.key)
    base = folder / f"{state.base}.names" if state.base != state.key else None
    with replacing(folder / f"{state.key}.names") as path:
        index.save(path, base)
    with replacing(folder / f"{state.key}.state") as path:
        path.write_bytes(msgspec.json.encode(state))
    _sweep(folder, wanted)
    return state, index


def _moved(
    state: State, index: Index, wanted: State, workspace: Workspace, view: View
) -> Index | None:
    """Return the index of another state made by the difference, or None where that is large."""
    earlier, later = sorted((state.moment, wanted.moment))
    ids = changed(workspace, earlier, later)
    if len(ids) > DRIFT * len(index):
        return None
    moved = index.updated(listed(view, ids), ids) if ids else index
    return moved if moved.drift <= DRIFT else None


def changed(workspace: Workspace, earlier: datetime, later: datetime) -> set[str]:
    """Return the entities of which something came or went between two moments.

    Lists state a document or an address as an entity of its own: what changes about it changes
    whom it tells of.
    """
    view = workspace.view(later)
    ids = view.changed(earlier)
    facts = [fact for fact in view.facts(ids, past=True) if not is_named(fact.schema)]
    around = view.linked(facts, {fact.entity_id for fact in facts}, past=True)
    return ids | {fact.entity_id for fact in around if is_named(fact.schema)}


def _kept(folder: Path) -> list[State]:
    """Return the kept states, the last used first."""
    paths = {path: path.stat().st_mtime for path in folder.glob("*.state")}
    states = []
    for path in sorted(paths, key=lambda path: -paths[path]):
        with suppress(FileNotFoundError, msgspec.DecodeError):
            states.append(msgspec.json.decode(path.read_bytes(), type=State))
    return states


def _alike(state: State, wanted: State) -> bool:
    """Return whether a state shows nothing that must not be shown now, in the present form."""
    return (state.hidden, state.form) == (wanted.hidden, wanted.form)


def _sweep(folder: Path, wanted: State) -> None:
    """Delete states that must not or need not stay, and what killed processes left.

    Whatever else lies in the folder is not ours.
    """
    stay = [state for state in _kept(folder) if _alike(state, wanted)][:KEPT]
    keys = {state.key for state in stay}
    names = {f"{key}.names" for key in keys | {state.base for state in stay}}
    named = names | {f"{key}.{kind}" for key in keys for kind in ("state", "rates")}
    for path in [each for kind in _OURS for each in folder.glob(kind)]:
        if path.name not in named:
            path.unlink(missing_ok=True)
