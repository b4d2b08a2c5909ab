"""A case of payments in words: what it is, why it is here, how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.model import (
    Decision,
    Finding,
    Severity,
    Text,
    counted,
    phrase,
    steps_of,
)
from manara.money.detect import (
    FITS,
    INNOCENT_WEIGHT,
    MOST_EVIDENCE,
    NONE_FITS,
    Fit,
    best_fit,
    fits_best,
    others_about,
)
from manara.money.layout import I64
from manara.money.past import WEIGHT, decided_on, most_similar
from manara.money.rules import Hit, rules
from manara.money.score.reasons import contributions, reasons, said
from manara.money.score.sight import described
from manara.money.score.unlabelled import told_reasons
from manara.money.score.unusual import compared, percentiles
from manara.money.typology import Condition, Prior, Typology
from manara.store import View

if TYPE_CHECKING:
    from manara.money.score.detect import Case, Ranked

KIND = "score.payments"
#: How likely a case found without labels is true before anybody looked: a rule of the house.
_PRIOR = 0.05
_REASONS = 5
_ALIKE = 3
#: What innocent explanations are weighed against: the account's payments in four weeks.
_AROUND = Typology(
    "score", 1, "", "", (), 28, "medium", Prior(_PRIOR, ""),
    (Condition("in_count", at_least=0),), ("all",),
    ("salary-run", "remittance-hub", "savings-club", "supplier-cycle", "landlord-or-utility",
     "pilgrimage-season", "public-appeal"), (),
)  # fmt: skip


class Telling:
    """What is needed to put cases into words.

    Args:
        view: what is known.
        ranked: the payments.
        cases: those to be told.
        per_day: leads a day that are allowed.
        least: leads of each outcome that a model needs.
    """

    def __init__(
        self, view: View, ranked: Ranked, cases: Sequence[Case], per_day: float, least: int
    ) -> None:
        self._ranked, self._cases, self._per_day, self._least = ranked, cases, per_day, least
        self._names = view.captions({case.account for case in cases})
        self._ids = ranked.table["tx_id"]
        leads, decisions = list(view.leads(ended=True)), view.decisions()
        self._decided: Mapping[str, Decision] = {
            lead.finding.subjects[0]: decisions[lead.id]
            for lead in leads
            if lead.finding.kind == KIND
            and lead.id in decisions
            and decisions[lead.id].outcome in ("confirmed", "dismissed")
        }
        # Leads that this run may itself change would make the wording depend on the run.
        self._others = [one for one in leads if one.finding.kind != KIND]
        order = ranked.sight.order[[case.strongest for case in cases]]
        self._values = described(ranked.sight, order.astype(np.int64))
        self._seen = compared(ranked.base, self._values)
        self._percentiles = percentiles(ranked.base, self._seen.score).tolist()
        self._fits = _fits(ranked, cases) if ranked.model is None else {}

    def findings(self) -> Iterator[Finding]:
        """Yield each case as a finding."""
        for number, case in enumerate(self._cases):
            name = self._names[case.account]
            rows = self._listed(case)
            texts = [*self._what(case, name, rows), *self._why(number, case)]
            texts += [(text, ()) for text in (*self._past(number, case), *self._trust(case))]
            score = self._score(number, case)
            title = phrase("Payments like confirmed: {name}", name=name)
            if self._ranked.model is None:
                title = phrase("Unusual payments: {name}", name=name)
            yield Finding(
                KIND,
                (case.account,),
                round(score, 6),
                Severity.MEDIUM,
                str(title),
                steps_of(texts),
                self._of(rows),
                title,
            )

    def _listed(self, case: Case) -> I64:
        """Return the payments of a case, if there are too many those that weigh most."""
        weight = self._ranked.weight[case.rows]
        kept = np.sort(np.argsort(-weight, kind="stable")[:MOST_EVIDENCE])
        found: I64 = case.rows[kept]
        return found

    def _of(self, rows: I64) -> tuple[str, ...]:
        return tuple(self._ids.take(rows).to_pylist())

    def _what(self, case: Case, name: str, rows: I64) -> Iterator[tuple[Text, tuple[str, ...]]]:
        """Yield what the case is, with its payments."""
        table = self._ranked.table.take(case.rows)
        times = table["ts"].to_pylist()
        ends = pa.chunked_array([*table["src"].chunks, *table["dst"].chunks])
        yield (
            phrase(
                "{payments} between {accounts} from {first} to {last} hang together; {name} is the "
                "account that weighs most in them.",
                payments=counted("{num} payment", "{num} payments", len(case.rows)),
                accounts=counted(
                    "{num} account", "{num} accounts", pc.count_distinct(ends).as_py()
                ),
                first=min(times),
                last=max(times),
                name=name,
            ),
            self._of(rows),
        )
        if len(case.rows) > len(rows):
            most = counted("The {num} that weighs most is listed.",
                           "The {num} that weigh most are listed.", len(rows))  # fmt: skip
            yield most, self._of(rows)
        if case.pattern and set(case.pattern_rows.tolist()) <= set(rows.tolist()):
            made = counted(
                "{num} of them makes a {pattern}.", "{num} of them make a {pattern}.",
                len(case.pattern_rows), pattern=phrase(case.pattern),
            )  # fmt: skip
            yield made, self._of(case.pattern_rows)

    def _why(self, number: int, case: Case) -> Iterator[tuple[Text, tuple[str, ...]]]:
        """Yield why the payment that weighs most does so."""
        one, model = self._of(np.array([case.strongest])), self._ranked.model
        values = self._values[number : number + 1]
        if model is None:
            for text in told_reasons(self._ranked.base, values)[0][:_REASONS]:
                yield phrase("The most unusual payment: {what}.", what=text), one
            base = len(self._ranked.base.scores)
            rarer = round((1 - self._percentiles[number]) * base)
            yield (
                phrase(
                    "Of {base:,} payments here {rarer:,} are as unusual as that one or more. That "
                    "says how rare it is, not how likely it is a crime.",
                    base=base, rarer=rarer,
                ),
                one,
            )  # fmt: skip
            return
        for each in reasons(model, values, contributions(model, values), _REASONS)[0]:
            told = phrase("The likeliest payment: {what} ({adds:+.2f} log odds).",
                          what=said(each.name, each.value), adds=each.adds)  # fmt: skip
            yield told, one

    def _past(self, number: int, case: Case) -> Iterator[Text]:
        """Yield what is known of earlier leads."""
        same = [lead.id for lead in self._others if case.account in lead.finding.subjects]
        if same:
            yield others_about(same)
        if not self._decided:
            return
        yield decided_on(len(self._decided), self._confirmed())
        shares = np.log(self._seen.share)
        apart = np.abs(shares - shares[number]).sum(1)
        alike = [
            other.account
            for _, other in sorted(
                zip(apart.round(9).tolist(), self._cases, strict=True),
                key=lambda pair: (pair[0], pair[1].account),
            )
            if other.account in self._decided and other.account != case.account
        ][:_ALIKE]
        if alike:
            yield most_similar(self._decided[account] for account in alike)

    def _confirmed(self) -> int:
        return sum(one.outcome == "confirmed" for one in self._decided.values())

    def _rate(self) -> float:
        """Return the share of such leads that are true, by the prior and what was decided."""
        return (WEIGHT * _PRIOR + self._confirmed()) / (WEIGHT + len(self._decided))

    def _score(self, number: int, case: Case) -> float:
        """Return the probability; without a model the rate of all, less for the less unusual."""
        if self._ranked.model is not None:
            return float(self._ranked.weight[case.strongest])
        fit = self._fits.get(case.account)
        taken = INNOCENT_WEIGHT * (fit.share if fit else 0)
        return float(self._rate() * self._percentiles[number] * (1 - taken))

    def _trust(self, case: Case) -> Iterator[Text]:
        """Yield how far to trust the score, and the innocent explanation."""
        decided = self._ranked.decided
        told = phrase("{confirmed} leads about payments confirmed and {dismissed} dismissed",
                      confirmed=decided.confirmed, dismissed=decided.dismissed)  # fmt: skip
        if self._ranked.model is not None:
            yield phrase(
                "The score is the probability of its likeliest payment, by a model of {told} "
                "here, calibrated on the latest quarter of these payments; payments that nobody "
                "looked at taught only where little is unusual about them.",
                told=told,
            )
            if (decided.true | decided.false)[case.rows].any():
                yield phrase("Some of its payments are among those learnt from.")
        else:
            yield _innocent(self._fits.get(case.account))
            yield phrase(
                "Without labels: {rate:.0%} of such leads are taken to be true, by a prior of "
                "{prior:.0%} set by hand and what was decided, times the share of payments less "
                "unusual; a model needs {least} confirmed and {least} dismissed, here are {told}.",
                rate=self._rate(), prior=_PRIOR, least=self._least, told=told,
            )  # fmt: skip
        yield phrase("{per_day:g} leads a day are asked for: those that weigh most.",
                     per_day=self._per_day)  # fmt: skip


def _innocent(fit: Fit | None) -> Text:
    if fit is None:
        return NONE_FITS
    return phrase("{fits}; it takes {off:.0%} off.",
                  fits=fits_best(fit), off=INNOCENT_WEIGHT * fit.share)  # fmt: skip


def _fits(ranked: Ranked, cases: Sequence[Case]) -> dict[str, Fit]:
    """Return by account the innocent explanation that fits its payments around the case best."""
    payments = ranked.book.payments
    accounts = pa.array([case.account for case in cases], pa.string())
    near = pc.or_(pc.is_in(payments["source"], accounts), pc.is_in(payments["target"], accounts))
    book = type(ranked.book)(payments.filter(near))
    wanted = {case.account: ranked.table["ts"][int(case.rows[-1])].as_py() for case in cases}
    best: dict[str, tuple[float, Fit]] = {}
    with rules(book, [_AROUND]) as ready:
        for hit in ready.hits(_AROUND):
            if hit.account in wanted and (fit := best_fit(hit)) and fit.share >= FITS:
                apart = abs(_middle(hit) - wanted[hit.account].timestamp())
                if hit.account not in best or apart < best[hit.account][0]:
                    best[hit.account] = (apart, fit)
    return {account: fit for account, (_, fit) in best.items()}


def _middle(hit: Hit) -> float:
    return (hit.begins.timestamp() + hit.ends.timestamp()) / 2
