"""The commands on where crimes converge, how a network goes on, and which ties may be hidden."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from manara.cli.output import DONE, DONE_WITH_REJECTS, json_option, print_json, print_table
from manara.network.converge import Convergence, Settings
from manara.pipeline.convergence import Answer, converge_files, hidden_files, trend_file

_DEFAULT = Settings()
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_seed = click.option(
    "--seed", type=click.IntRange(0), default=_DEFAULT.seed, show_default=True,
    help="Of the random numbers; the same seed gives the same result.",
)  # fmt: skip


@click.command()
@click.argument("nodes", type=_FILE, metavar="NODES.csv")
@click.argument("edges", type=_FILE, metavar="EDGES.csv")
@click.option(
    "--domain", "columns", multiple=True, required=True,
    help="Column of domains (several separated by `;`); repeated: columns of probabilities.",
)  # fmt: skip
@click.option("--community", default="", help="Column of communities; else found by the ties.")
@click.option("--events", type=_FILE, help="CSV file of who took part in which event.")
@_seed
@click.option(
    "--draws", type=click.IntRange(1), default=_DEFAULT.draws, show_default=True,
    help="Random networks for each null hypothesis.",
)  # fmt: skip
@click.option(
    "--fdr", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=_DEFAULT.fdr,
    show_default=True, help="Share of false findings that is accepted.",
)  # fmt: skip
@click.option(
    "--label-error", type=click.FloatRange(0, 1, max_open=True), default=_DEFAULT.label_error,
    show_default=True, help="Share of the stated domains that are wrong.",
)  # fmt: skip
@json_option
@click.pass_context
def converge(
    context: click.Context,
    nodes: Path,
    edges: Path,
    columns: tuple[str, ...],
    community: str,
    events: Path | None,
    seed: int,
    draws: int,
    fdr: float,
    label_error: float,
    as_json: bool,
) -> None:
    """Find who is tied to other crime domains more than chance gives.

    NODES.csv has a column `id`, EDGES.csv the columns `source` and `target`, a file of events the
    columns `event` and `entity`. The network is compared with random ones of two kinds: one keeps
    everybody's number of ties (A), the other also the number of ties between every two domains (B).
    A finding is a reason to look, never a decision.
    """
    settings = Settings(seed, draws, fdr, label_error)
    answer = converge_files(nodes, edges, columns, settings, community=community, events=events)
    if as_json:
        print_json(answer)
    elif isinstance(answer.result, Convergence):
        _print_convergence(answer.result)
    _end(context, answer, as_json=as_json)


@click.command()
@click.argument("file", type=_FILE, metavar="ROWS.csv")
@click.option("--network", required=True, help="The network that is looked at.")
@_seed
@json_option
@click.pass_context
def trend(context: click.Context, file: Path, network: str, seed: int, as_json: bool) -> None:
    """Tell whether a network expands (members, places) and diversifies (domains).

    ROWS.csv has the columns `period`, `source`, `network` and, where known, `member`, `place` and
    `domain`. Rows of other networks count as what the sources reported at all. An alarm is given
    after two periods in one direction.
    """
    answer = trend_file(file, network, seed=seed)
    if as_json:
        print_json(answer)
    elif isinstance(answer.result, dict):
        for what, found in answer.result.items():
            click.secho(f"{what}: {found.alarm or 'no alarm'}", bold=True)
            if found.slope is not None:
                click.echo(
                    f"slope {found.slope:+.1%} a period"
                    f" (90 % interval {found.slope_low:+.1%} to {found.slope_high:+.1%})"
                )
            print_table(
                ("observed", "expected", "p more", "p less", "alarm"),
                (
                    (p.observed, *(f"{of:.3g}" for of in (p.expected, p.p_more, p.p_less)), p.alarm)
                    for p in found.periods
                ),
            )
    _end(context, answer, as_json=as_json)


@click.command()
@click.argument("edges", type=_FILE, metavar="EDGES.csv")
@click.option(
    "--missing", default=0.25, show_default=True, help="Ties that are missing, for each known one."
)
@click.option(
    "--half-life", type=float, help="Days after which a tie weighs half, by the column `last_seen`."
)
@click.option("--limit", default=20, show_default=True, help="At most this many.")
@json_option
@click.pass_context
def hidden(
    context: click.Context,
    edges: Path,
    missing: float,
    half_life: float | None,
    limit: int,
    as_json: bool,
) -> None:
    """List ties that are likely there and not known: where to look, never evidence.

    EDGES.csv has the columns `source` and `target`.
    """
    answer = hidden_files(edges, missing=missing, limit=limit, half_life=half_life)
    if as_json:
        print_json(answer)
    elif isinstance(answer.result, list):
        click.secho("predicted, not known:", bold=True)
        print_table(
            ("one", "other", "probability", "katz", "adamic-adar"),
            ((p.one, p.other, f"{p.probability:.3f}", f"{p.katz:.4g}", f"{p.adamic_adar:.3g}")
             for p in answer.result),
        )  # fmt: skip
    _end(context, answer, as_json=as_json)


def _print_convergence(found: Convergence) -> None:
    system, share = found.system, found.system.cross_share
    click.echo(
        f"{system.entities:,} entities with {system.ties:,} ties;"
        f" {system.largest_component:.1%} hang together;"
        f" assortativity of domains {system.assortativity:.2f}"
    )
    click.echo(
        f"ties between domains: {share.observed:.1%}, by chance {share.expected:.1%}"
        f" (sd {share.sd:.1%}) with numbers of ties kept (A)"
    )
    mix = system.community_mix
    if mix:
        click.echo(f"domains a community spans: {mix.observed:.2f}, by chance {mix.expected:.2f}")
    events = system.event_overlap
    if events:
        click.echo(f"events of two domains: {events.observed:g}, by chance {events.expected:.1f}")
    click.echo()
    pairs = [pair for pair in system.pairs if pair.q <= found.settings.fdr]
    print_table(
        ("pairs of domains", "ties", "by chance (A)", "sd", "q"),
        ((" - ".join(p.domains), p.ties, f"{p.expected:.1f}", f"{p.sd:.1f}", f"{p.q:.3g}")
         for p in pairs),
    )  # fmt: skip
    click.echo()
    click.secho(
        f"{len(found.findings)} entities with more ties to other domains than their share (B),"
        f" of which some {found.settings.fdr:.0%} by chance:",
        bold=True,
    )
    print_table(
        ("entity", "domain", "ties", "cross", "by chance (A)", "q (A)", "by chance (B)", "q (B)",
         "stands"),
        ((one.id, one.domain, one.ties, f"{one.cross:.1f}", f"{one.expected_a:.1f}",
          f"{one.q_a:.3g}", f"{one.expected_b:.1f}", f"{one.q_b:.3g}", f"{one.stands or 0:.0%}")
         for one in found.findings),
    )  # fmt: skip
    click.echo(
        f"\nversion {found.version}, {' '.join(f'{k}={v}' for k, v in _plain(found).items())}"
    )


def _plain(found: Convergence) -> dict[str, object]:
    return dict(msgspec.to_builtins(found.settings))


def _end(context: click.Context, answer: Answer, *, as_json: bool) -> None:
    """Name what was set aside, and end with the status that says so."""
    for row in () if as_json else answer.rejects:
        click.echo(f"set aside: {row.file}, {row.locator}: {row.reason}", err=True)
    context.exit(DONE_WITH_REJECTS if answer.rejects else DONE)


COMMANDS = (converge, trend, hidden)
