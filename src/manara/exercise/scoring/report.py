"""The after-action report: the score of an exercise as one page that needs nothing else."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from manara.exercise.scoring import charts
from manara.exercise.scoring.score import Score
from manara.exercise.scoring.words import measure_rows, plot_rows, summary


def write_report(path: Path, score: Score) -> None:
    """Write the after-action report of an exercise.

    Args:
        path: where to; an old report is replaced at once.
        score: of the exercise.
    """
    environment = Environment(
        loader=PackageLoader("manara.exercise.scoring"), autoescape=True, undefined=StrictUndefined
    )
    real = [plot for plot in score.plots if not plot.decoy]
    page = environment.get_template("after-action.html").render(
        score=score,
        sentences=list(summary(score)),
        plots=list(plot_rows(score)),
        decoys=[plot for plot in score.plots if plot.decoy],
        measures=list(measure_rows(score)),
        # Made by this module from numbers and words of the scenario, escaped by its writer.
        timeline=Markup(charts.timeline(real, score.days)),  # noqa: S704
        by_state=Markup(charts.states(score)),  # noqa: S704
    )
    part = path.with_name(path.name + ".part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)
