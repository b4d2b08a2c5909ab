"""The score in words a newcomer understands."""

from __future__ import annotations

from collections.abc import Iterator

from manara.exercise.scoring.capabilities import Measure
from manara.exercise.scoring.score import PlotScore, Score, Sight


def summary(score: Score) -> Iterator[str]:
    """Yield the score in sentences: what each state knew, what it took together, how early."""
    added, alone, together = score.added, score.workload["alone"], score.workload["together"]
    yield (
        f"{added.plots} plots were planted in {score.scenario} ({score.size}, seed {score.seed}), "
        f"with {len(score.plots) - added.plots} innocent look-alikes."
    )
    for state in score.states:
        yield (
            f"{state.state} saw part of {state.touched}: it found {state.alone} of them alone and "
            f"{state.together} with what its partners told it."
        )
    yield (
        f"Found in time by some state alone: {added.alone} of {added.plots}. Together: "
        f"{added.together}. Ties that join two crimes: {added.bridges_alone} alone, "
        f"{added.bridges_together} together, of {added.bridges}."
    )
    early = sorted(
        sight.early for plot in score.plots if not plot.decoy
        for sight in (plot.together,) if sight.early is not None and sight.early >= 0
    )  # fmt: skip
    if early:
        yield (
            f"Plots found in time together were found {early[0]} to {early[-1]} days before their "
            f"day, half of them {early[len(early) // 2]} days or more."
        )
    yield (
        f"Analysts had {_each(together.per_true)} leads to read for each true one "
        f"({together.leads} leads; alone {_each(alone.per_true)} of {alone.leads}); "
        f"{together.decoy} were about an innocent look-alike."
    )
    met, there = (sum(getattr(one, key) for one in score.screening) for key in ("found", "there"))
    said, right = (sum(getattr(one, key) for one in score.screening) for key in ("said", "right"))
    each = _each(round(said / right, 2) if right else None)
    yield (
        f"Screening of who travels and pays met {met} of {there} records of people whom a state's "
        f"own lists name, with {each} alerts for each true one ({said} alerts). Of "
        f"{score.sightings.there} log lines with a sign of an indicator, {score.sightings.found} "
        "were found."
    )
    yield (
        f"{score.questions} blind questions, {sum(score.hits.values())} hits, "
        f"{score.hits.get('answered', 0)} answered; {score.leaks.left} facts and "
        f"{score.leaks.leads} leads left a node, {len(score.leaks.against)} against a rule."
    )


def plot_rows(score: Score) -> Iterator[tuple[str, ...]]:
    """Yield a row for each plot: what it is, who sees it, how it was found alone and together."""
    for plot in score.plots:
        if not plot.decoy:
            yield (
                plot.kind, " ".join(plot.visible), plot.difficulty, str(plot.planted),
                told(plot.alone), told(plot.together), bridges(plot),
            )  # fmt: skip


def told(sight: Sight) -> str:
    """Return how a plot was found: how many days before its day, and by whom."""
    if sight.early is None:
        return "-"
    when = f"{sight.early} days before" if sight.early >= 0 else f"{-sight.early} days too late"
    return f"{when} ({' '.join(sight.states)})"


def bridges(plot: PlotScore) -> str:
    """Return how many bridges of a plot were found alone and together."""
    return f"{plot.alone.bridges}, {plot.together.bridges} of {plot.bridges}"


def measure_rows(score: Score) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield a row for each capability: recall and precision alone, and together."""
    for alone, together in zip(
        *(score.capabilities[way] for way in ("alone", "together")), strict=True
    ):
        yield (alone.name, *_shares(alone), *_shares(together))
    for one in (*score.screening, score.sightings):
        yield (one.name, *_shares(one), "-", "-")
    yield (score.exchange.name, "-", "-", *_shares(score.exchange))


def _shares(one: Measure) -> tuple[str, str]:
    return _share(one.recall, one.found, one.there), _share(one.precision, one.right, one.said)


def _share(share: float | None, part: int, whole: int) -> str:
    return "-" if share is None else f"{share:.2f} ({part:,} of {whole:,})"


def _each(value: float | None) -> str:
    return "no true one among" if value is None else f"{value:g}"
