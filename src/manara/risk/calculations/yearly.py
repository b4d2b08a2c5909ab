"""What a portfolio loses in a year, from files: in a model of Oasis, or in events of one's own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sized
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from manara.model import RefusedError

if TYPE_CHECKING:
    from manara.risk.exceedance import Metrics
    from manara.risk.losses import Files

#: Perspectives, from what is lost to what an insurer keeps of it, and people.
GROUND_UP, INSURED, NET, PEOPLE = PERSPECTIVES = ("gul", "il", "ri", "people")

#: Tables that tell of an event whatever the year is.
OF_EVENTS = ("selt", "melt")

#: Up to so many pairs of event and location the expected insured losses are told unasked.
_SMALL = 20_000


class Run(NamedTuple):
    """How to simulate: `samples`, `seed`, return periods `years`; tables go to `out` as `kind`.

    `expected`: whether insured losses are also told without sampling, however long it takes.
    `most`: samples of events, of all together, that are refused beyond.
    """

    samples: int
    seed: int
    years: tuple[float, ...]
    out: Path | None
    kind: str
    expected: bool
    most: int | None = None


class Told(NamedTuple):
    """What to tell: `head`, figures of the run; `notes`; `found` and `expected`, by perspective."""

    head: dict[str, Any]
    notes: list[str]
    found: dict[str, Metrics]
    expected: dict[str, float]

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        told = {key: _plain(one, self.expected.get(key)) for key, one in self.found.items()}
        return {**self.head, "notes": self.notes, "perspectives": told}


def of_model(
    files: Files,
    model: Path,
    run: Run,
    progress: Callable[[str, int], None] = lambda what, done: None,
) -> Told:
    """Return what a portfolio loses in the events of a folder as models for Oasis LMF come.

    Args:
        files: OED files.
        model: The folder.
        run: How to simulate.
        progress: Told what is done, now and then.

    Raises:
        FormatError: A file is not OED, or holds or needs what is not honoured.
        RefusedError: There is more to draw than `run` allows.
    """
    _spare_linear_algebra()
    import numpy as np

    from manara.risk.exceedance import Occurrences, metrics
    from manara.risk.losses import Folder, Model, Portfolio, simulate, tables

    folder = Folder.read(model)
    known = Model.read(folder)
    _check(len(known.events), run)
    portfolio = Portfolio.read(files, folder, known)
    simulated = simulate(known, portfolio, run.samples, run.seed, progress)
    found = {}
    for key, losses in zip(
        PERSPECTIVES, (simulated.ground_up, simulated.gross, simulated.net), strict=False
    ):
        if losses is None:
            continue
        by_year = key != GROUND_UP and simulated.when is not None
        when, events = known.when, known.events
        if by_year and simulated.when:
            # Rows are occurrences: an event pays differently from year to year.
            events = events[simulated.when.event]
            rows = np.arange(len(events))
            when = Occurrences(rows, simulated.when.period, when.periods)
        years = run.years or known.years
        found[key] = metrics(losses, when, years, pairs=True, together=by_year)
        if run.out:
            named = tables.of_occurrences(events, losses, when, found[key])
            told = {name: one for name, one in named.items() if not (by_year and name in OF_EVENTS)}
            tables.write(run.out, key, told, run.kind)
    head = {
        "events": len(known.events),
        "samples": run.samples,
        "seed": run.seed,
        "years": known.when.periods,
        "locations": len(portfolio.sites.keys),
        "items": len(portfolio.items.value),
    }
    times = np.bincount(known.when.event, minlength=len(known.events))
    by_event = {GROUND_UP: simulated.expected}
    terms = portfolio.programme
    apart = bool(terms and (terms.annual or terms.perils))
    notes = list(portfolio.notes)
    if apart and run.expected:
        notes.append("with terms by year or by peril there are no averages without sampling")
    if terms and not apart and (run.expected or _small(known.events, portfolio.items.order)):
        from manara.risk.losses.layered import insured

        without = insured(known, portfolio, simulated.expected)
        by_event |= {INSURED: without.gross, NET: without.net}
    expected = {key: float(times @ one) / known.when.periods for key, one in by_event.items()}
    return Told(head, notes, found, expected)


def of_events(
    location: Path, account: Path | None, events: Path, severity: Path | None, years: int, run: Run
) -> Told:
    """Return what a portfolio loses in events of one's own.

    Args:
        location: OED locations.
        account: OED policies and layers.
        events: Places, bands of severity and yearly rates.
        severity: What each band does at which distance; else as it comes with Manara.
        years: Simulated.
        run: How to simulate.

    Raises:
        FormatError: A file cannot be read, or holds what is not honoured.
        RefusedError: There is more to draw than `run` allows.
    """
    from manara.risk import portfolio
    from manara.risk.exceedance import RETURN_PERIODS
    from manara.risk.losses import tables
    from manara.risk.portfolio.files import read_events, read_portfolio

    bands = portfolio.Severity.read(severity)
    owned, happening = read_portfolio(location, account), read_events(events, bands)
    _check(len(happening.names), run)
    money, harmed = (
        portfolio.losses(
            owned.sites,
            happening.events,
            owned.layers,
            samples=run.samples,
            seed=run.seed,
            severity=bands,
            people=people,
        )
        for people in (False, True)
    )
    by_key = {GROUND_UP: money.ground_up, INSURED: money.gross, PEOPLE: harmed.ground_up}
    found = {}
    for key, losses in by_key.items():
        found[key] = portfolio.metrics(
            losses,
            happening.events,
            years=years,
            seed=run.seed,
            periods=run.years or RETURN_PERIODS,
        )
        if run.out:
            rates = happening.events.rate
            named = tables.of_rates(happening.names, losses, rates, found[key])
            tables.write(run.out, key, named, run.kind)
    head = {
        "events": len(happening.names),
        "samples": run.samples,
        "seed": run.seed,
        "years": years,
        "locations": len(owned.names),
    }
    kinds = {GROUND_UP: False, PEOPLE: True}
    expected = {
        key: portfolio.expected(owned.sites, happening.events, severity=bands, people=people)
        for key, people in kinds.items()
    }
    aal = {key: float(one.by_site.sum()) for key, one in expected.items()}
    if run.expected or _small(happening.names, owned.names):
        insured = portfolio.expected_insured(
            owned.sites, happening.events, owned.layers, severity=bands
        )
        aal[INSURED] = float(happening.events.rate @ insured)
    return Told(head, [], found, aal)


def _check(events: int, run: Run) -> None:
    if run.most is not None and events * run.samples > run.most:
        raise RefusedError(
            f"{events:,} events by {run.samples:,} samples are more than {run.most:,}",
            413,
            remedy="take fewer samples, or use the command on a machine of your own",
        )


def _small(events: Sized, locations: Sized) -> bool:
    return len(events) * len(locations) <= _SMALL


def _spare_linear_algebra() -> None:
    """Keep numba's start from loading SciPy's linear algebra, a tenth of a run of PiWind.

    It only asks whether there is a BLAS, and no kernel here uses one.
    """
    asked, asks = "scipy.linalg.cython_blas", "numba.np.arraymath"
    if sys.modules.keys() & {asked, asks}:
        return
    sys.modules[asked] = None  # type: ignore[assignment]
    try:
        import_module(asks)
    finally:
        del sys.modules[asked]


def _plain(one: Metrics, expected: float | None) -> dict[str, Any]:
    by_year = {
        "oep": one.oep.loss,
        "aep": one.aep.loss,
        "tvar": one.aep.tvar,
        "tvar_oep": one.oep.tvar,
    }
    years = [f"{year:g}" for year in one.oep.years.tolist()]
    return {
        "aal": one.aal,
        "aal_se": one.aal_se if one.aal_se == one.aal_se else None,
        "aal_expected": expected,
        "sd": one.sd,
        **{name: dict(zip(years, loss.tolist(), strict=True)) for name, loss in by_year.items()},
    }
