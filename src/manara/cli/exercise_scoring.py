"""Running and scoring exercises: exercise run, exercise score."""

from __future__ import annotations

from pathlib import Path

import click

from manara.cli.output import BAD_INPUT, json_option, print_json, print_table

folder_argument = click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)


@click.command("run")
@folder_argument
@click.option("--waves", type=click.IntRange(1, 60), default=3, show_default=True,
              help="On how many of the last days with new files the nodes look.")  # fmt: skip
@json_option
def run(folder: Path, waves: int, as_json: bool) -> None:
    """Run an exercise: a node for each state, each alone, then all together.

    Each node takes in its agencies' files day by day of a simulated calendar, finds out who is the
    same, screens who travels and pays, and looks. In a second life of the same days the nodes also
    ask each other blindly, and send each other what their rules allow. What is found is written to
    DIR/results.
    """
    from manara.exercise.running import run_exercise

    def told(step: str) -> None:
        if not as_json:
            click.echo(f"* {step}")

    ran = run_exercise(folder, waves=waves, told=told)
    if as_json:
        print_json(ran)
        return
    for state, reasons in ran.refused.items():
        click.echo(f"{state} could not take in {len(reasons)} files, the first: {reasons[0]}")
    click.echo(
        f"{ran.leads['alone']} leads alone, {ran.leads['together']} together; {ran.questions} "
        f"blind questions, {ran.hits} hits, {ran.answered} answered, {ran.left} facts left a node; "
        f"{ran.alerts} alerts about who travels and pays. "
        f"Written to {ran.results}; `manara exercise score {folder}` scores it."
    )


@click.command("score")
@folder_argument
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the after-action report to this file too.")  # fmt: skip
@json_option
def score(folder: Path, html: Path | None, as_json: bool) -> None:
    """Score an exercise that was run against its answers.

    Tells what each state found alone and what cooperation added, how early, at what workload, and
    whether anything left a node against a rule; the exit status is 2 if so.
    """
    from manara.exercise.scoring import score_exercise
    from manara.exercise.scoring.words import measure_rows, plot_rows, summary

    result = score_exercise(folder)
    if html:
        from manara.exercise.scoring.report import write_report

        write_report(html, result)
    if as_json:
        print_json(result)
    else:
        for sentence in summary(result):
            click.echo(sentence)
        click.echo("")
        print_table(
            ("plot", "seen by", "difficulty", "its day", "alone", "together", "bridges"),
            plot_rows(result),
        )
        click.echo("")
        headings = ("capability", "recall alone", "precision", "recall together", "precision")
        print_table(headings, measure_rows(result))
        for leak in result.leaks.against:
            click.echo(f"against a rule: {leak}")
        if html:
            click.echo(f"\nThe after-action report is {html}.")
    if result.leaks.against:
        raise click.exceptions.Exit(BAD_INPUT)
