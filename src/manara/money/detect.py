"""Leads from payments: what each typology finds, with the payments that show it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.compute as pc
import yaml
from hijridate import Gregorian
from sqlalchemy import Connection

from manara.model import (
    Finding,
    Lead,
    Severity,
    Text,
    UsageError,
    counted,
    phrase,
    some_of,
    steps_of,
)
from manara.money.book import Book, book_of
from manara.money.features import FEATURES, amount
from manara.money.past import Past
from manara.money.rules import Hit, Rules, rules, shows
from manara.money.typology import Condition, Innocent, Limits, Typology, chosen, innocents
from manara.store import View, Workspace
from manara.store.policies import settled_under

#: Payments that a lead lists at most; where there are more, it says so and lists the largest.
MOST_EVIDENCE = 1000

#: An innocent explanation whose signs are all there takes half of a lead's score away: a rule of
#: the house, not a measured one, and stated in each lead.
INNOCENT_WEIGHT = 0.5

#: A hit of less is not explained by it.
FITS = 0.5

#: The file of a workspace that switches typologies off and adds others.
FILE = "typologies.yaml"

#: What is settled about a typology: this before its id, and whether it is on.
SWITCH = "typology/"

#: What is settled about the thresholds of a typology: this before its id, and those that stand in
#: the place of its own.
LIMITS = "typology-thresholds/"

#: Every typology switched on, none added, each with its own thresholds.
SETTINGS: Mapping[str, Any] = {"off": [], "own": [], "limits": {}}


def version() -> str:
    """Return the version of the detector: another when any data file that ships is another."""
    told = hashlib.blake2b(digest_size=4)
    for folder in (files("manara.money"), files("manara.money").joinpath("typologies")):
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".yaml"):
                told.update(file.read_bytes())
    return f"3-{told.hexdigest()}"


def configured(workspace: Workspace) -> dict[str, Any]:
    """Return the settings of a workspace: what its `FILE` says, and what was settled since.

    The file lists under ``without`` ids of typologies, and under ``own`` YAML files beside it. What
    was settled about a typology counts instead of what the files say of it.

    Raises:
        UsageError: the file is not of this form, or a file it names is not there.
    """
    with workspace.registry.reading() as connection:
        return configured_on(connection, workspace.root)


def configured_on(connection: Connection, root: Path) -> dict[str, Any]:
    """Return the settings of the workspace in a folder within a transaction; see `configured`."""
    found = _of_file(root)
    known = {one.id for one in chosen(own=found["own"])}
    switched, limits = settled_under(connection, SWITCH), settled_under(connection, LIMITS)
    off = set(found["off"]) - switched.keys()
    off |= {name for name, on in switched.items() if not on and name in known}
    settled = {name: of for name, of in limits.items() if of and name in known}
    return found | {"off": sorted(off), "limits": settled}


def _of_file(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    if not path.exists():
        return dict(SETTINGS)
    try:
        told = yaml.safe_load(path.read_text("utf-8")) or {}
        names = list(told.get("own", []))
        found: dict[str, Any] = {
            # Not "off", which is a truth value in YAML.
            "off": [str(one) for one in told.get("without", [])],
            "own": [(folder / str(name)).read_text("utf-8") for name in names],
            "limits": {},
        }
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise UsageError(
            f"cannot be read: {error}",
            where=str(path),
            remedy="list ids under `without` and files under `own`",
        ) from error
    if unknown := sorted(map(str, set(told) - {"without", "own"})):
        raise UsageError(
            f"unknown: {', '.join(unknown)}", where=str(path), remedy="use `without` and `own`"
        )
    chosen(found["off"], found["own"])
    return found


def find(
    view: View,
    *,
    off: Sequence[str] = (),
    own: Sequence[str] = (),
    limits: Mapping[str, Limits] | None = None,
) -> Iterator[Finding]:
    """Yield what the typologies in force find in a view's payments.

    Args:
        view: what is known.
        off: ids of typologies that are switched off.
        own: YAML texts of typologies that are added or replace one.
        limits: thresholds that were settled in the place of a typology's own, by its id.
    """
    book = book_of(view)
    if not len(book.payments):
        return
    typologies, written = chosen(off, own, limits), chosen(off, own)
    leads, decided = list(view.leads(ended=True)), view.decisions()
    weeks = weeks_of(book)
    with rules(book, typologies) as ready:
        for typology, before in zip(typologies, written, strict=True):
            by_account = grouped(ready.hits(typology))
            weekly = len(by_account) / weeks
            past = Past(f"money.{typology.id}", leads, decided)
            told = _Telling(typology, before, leads, past, view.captions(by_account), weekly)
            yield from _findings(ready, by_account, told)


def _findings(
    ready: Rules, by_account: Mapping[str, Sequence[Hit]], told: _Telling
) -> Iterator[Finding]:
    strongest = [max(hits, key=_strength) for hits in by_account.values()]
    told.past.know(strongest)
    for hit, rows in zip(strongest, ready.evidence(strongest), strict=True):
        yield told.finding(hit, by_account[hit.account], rows)


def grouped(hits: Iterable[Hit]) -> dict[str, list[Hit]]:
    """Return hits by account: one account is one lead, in however many spans."""
    found: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        found[hit.account].append(hit)
    return dict(found)


def weeks_of(book: Book) -> float:
    """Return how many weeks payments span, at least one."""
    ends = pc.min_max(book.payments["time"]).as_py()
    span: timedelta = ends["max"] - ends["min"] if ends["min"] else timedelta()
    return max(1.0, span / timedelta(weeks=1))


class Fit(NamedTuple):
    """How well an innocent explanation fits.

    Attributes:
        name: a key of `innocents`.
        share: share of its signs that are there, 0..1.
        signs: those that are, in words.
    """

    name: str
    share: float
    signs: tuple[Text, ...]


def best_fit(hit: Hit) -> Fit | None:
    """Return the innocent explanation that fits a hit best; None if its typology names none."""
    fits = [_fit(name, innocents()[name], hit) for name in hit.typology.innocent]
    return max(fits, key=lambda fit: fit.share, default=None)


def _fit(name: str, innocent: Innocent, hit: Hit) -> Fit:
    if not innocent.signs[0].met(hit.row):
        return Fit(name, 0.0, ())
    signs = [_value(one.feature, hit.row) for one in innocent.signs if one.met(hit.row)]
    if innocent.months and _islamic_month(hit) in innocent.months:
        signs.append(phrase("the time of year"))
    return Fit(name, len(signs) / (len(innocent.signs) + bool(innocent.months)), tuple(signs))


def _islamic_month(hit: Hit) -> int:
    middle = hit.begins + (hit.ends - hit.begins) / 2
    try:
        return int(Gregorian(middle.year, middle.month, middle.day).to_hijri().month)
    except OverflowError:
        return 0


class _Telling:
    """What is needed to put the hits of a typology into words."""

    def __init__(
        self,
        typology: Typology,
        written: Typology,
        leads: Sequence[Lead],
        past: Past,
        names: Mapping[str, str],
        weekly: float,
    ) -> None:
        self._typology, self.past, self._names, self._weekly = typology, past, names, weekly
        self._kind, self._written = f"money.{typology.id}", written
        # Leads that this run may itself change would make the wording depend on the run.
        gone = [one for one in leads if not one.standing]
        self._ended = [one.id for one in gone if one.finding.kind == self._kind]
        self._others = [one for one in leads if not one.finding.kind.startswith("money.")]

    def finding(self, hit: Hit, spans: Sequence[Hit], rows: Sequence[Mapping[str, Any]]) -> Finding:
        """Return a hit as a finding."""
        one, name = self._typology, self._names[hit.account]
        listed = sorted(rows, key=lambda row: (-row["amount"], row["id"]))[:MOST_EVIDENCE]
        listed.sort(key=lambda row: (row["time"], row["id"]))
        ids = tuple(dict.fromkeys(row["id"] for row in listed))
        fit = best_fit(hit)
        steps: list[tuple[Text, tuple[str, ...]]] = [(_summary(hit, name), ids)]
        if len(rows) > len(listed):
            steps.append((_listed(len(rows), len(listed)), ids))
        for condition, before in zip(one.conditions, self._written.conditions, strict=True):
            leg = FEATURES[condition.feature].legs
            shown = tuple(dict.fromkeys(row["id"] for row in listed if shows(row, leg)))
            steps.append((_met(one, condition, before, hit.row), shown))
        aside = (*self._aside(hit, spans), *self.past.told(hit), *self._doubt(fit))
        steps += [(text, ()) for text in aside]
        share = fit.share if fit and fit.share >= FITS else 0
        title = phrase("{what}: {name}", what=one.say(one.title), name=name)
        return Finding(
            self._kind,
            (hit.account,),
            round(self.past.rate(one.prior.score) * (1 - INNOCENT_WEIGHT * share), 6),
            Severity[one.severity.upper()],
            str(title),
            steps_of(steps),
            ids,
            title,
        )

    def _aside(self, hit: Hit, spans: Sequence[Hit]) -> Iterator[Text]:
        """Yield what else is known of the hit and of its kind."""
        if len(spans) > 1:
            first, last = min(one.begins for one in spans), max(one.ends for one in spans)
            yield counted(
                "It holds in {num} span from {first} to {last}.",
                "It holds in {num} spans from {first} to {last}.",
                len(spans), first=first, last=last,
            )  # fmt: skip
        yield phrase(
            "Version {version} of this typology finds {weekly:.2g} accounts a week in the payments "
            "known here.",
            version=self._typology.version, weekly=self._weekly,
        )  # fmt: skip
        if self._ended:
            yield phrase("Like leads that no longer stand: {leads}.",
                         leads=some_of(sorted(self._ended)))  # fmt: skip
        same = [lead.id for lead in self._others if hit.account in lead.finding.subjects]
        if same:
            yield others_about(same)

    def _doubt(self, fit: Fit | None) -> Iterator[Text]:
        """Yield the innocent explanation and where the score comes from."""
        prior = self._typology.prior
        score = phrase("Of hits like this, {share:.0%} are taken to be true: {reason}",
                       share=prior.score, reason=self._typology.say(prior.reason))  # fmt: skip
        if self.past.decided:
            score = phrase("{score}; with what was decided here, {rate:.0%}",
                           score=score, rate=self.past.rate(prior.score))  # fmt: skip
        if fit and fit.share >= FITS:
            yield phrase("{fits}.", fits=fits_best(fit))
            score = phrase("{score}; the innocent explanation takes {off:.0%} off",
                           score=score, off=INNOCENT_WEIGHT * fit.share)  # fmt: skip
        else:
            yield NONE_FITS
        yield phrase("{score}.", score=score)


#: What is said where no innocent explanation fits.
NONE_FITS = phrase("No innocent explanation known for this fits by half of its signs or more.")


def fits_best(fit: Fit) -> Text:
    """Return which innocent explanation fits best, and by what, without a full stop."""
    return phrase(
        "Innocent explanation that fits best: {text} {share:.0%} of its signs are there: {signs:;}",
        text=phrase(innocents()[fit.name].text), share=fit.share, signs=fit.signs,
    )  # fmt: skip


def others_about(leads: Sequence[str]) -> Text:
    """Return which other leads there are about an account, by their ids."""
    return phrase("Other leads about it: {leads}.", leads=some_of(sorted(leads)))


def _summary(hit: Hit, name: str) -> Text:
    row = hit.row
    return phrase(
        "From {begins} to {ends} {name} received {received}, {sum_in:,.2f} {currency}, from "
        "{payers}, and made {made}, {sum_out:,.2f} {currency}, to {payees}.",
        begins=hit.begins,
        ends=hit.ends,
        name=name,
        received=counted("{num} payment", "{num} payments", round(row["in_count"])),
        sum_in=row["in_sum"],
        currency=hit.currency,
        payers=counted("{num} payer", "{num} payers", round(row["in_payers"])),
        made=round(row["out_count"]),
        sum_out=row["out_sum"],
        payees=counted("{num} payee", "{num} payees", round(row["out_payees"])),
    )


def _listed(count: int, shown: int) -> Text:
    return counted(
        "{num} payment shows it; the {shown} largest are listed.",
        "{num} payments show it; the {shown} largest are listed.",
        count, shown=shown,
    )  # fmt: skip


def _met(one: Typology, condition: Condition, before: Condition, row: Mapping[str, Any]) -> Text:
    if condition != before:
        return phrase(
            "{value}; asked for: {bound}, as settled here in the place of {before}, since "
            "{reason}.",
            value=_value(condition.feature, row), bound=condition.bound, before=before.bound,
            reason=one.say(condition.reason),
        )  # fmt: skip
    return phrase(
        "{value}; asked for: {bound}, since {reason}.", value=_value(condition.feature, row),
        bound=condition.bound, reason=one.say(condition.reason),
    )  # fmt: skip


def _value(feature: str, row: Mapping[str, Any]) -> Text:
    meaning = phrase(FEATURES[feature].meaning)
    return phrase("{meaning:cap}: {value}", meaning=meaning, value=amount(feature, row[feature]))


def _strength(hit: Hit) -> tuple[float, float]:
    """Return by what the strongest span is chosen: most payments, then the earliest."""
    return hit.row["in_count"] + hit.row["out_count"], -hit.begins.timestamp()
