"""From a lead to the draft of a suspicious-transaction report, where handling rules permit it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from manara.formats import Party, Payment, Profile, Report, write_report
from manara.formats.goaml_report import fitted, fitted_party
from manara.model import Handling, Lead, RefusedError, UsageError
from manara.money.narrative import Narrative, Told, narrative
from manara.pipeline.report_parties import SIDES, Parties
from manara.store import View
from manara.store.files import replacing

#: The file of a workspace that holds its profile.
PROFILE_FILE = "goaml.yaml"

#: What the report is for, as handling rules name purposes.
PURPOSE = "financial-intelligence"

#: Fewest letters of a value by which a step of an explanation is taken to tell it.
_TELLING = 3
#: Letters of a currency's code (ISO 4217).
_CODE = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that a person has still to approve.

    Attributes:
        lead: id of the lead.
        report: its heading, the narrative in it.
        payments: its transactions.
        transactions: id of the event of each transaction, by the transaction's number.
        narrative: the narrative, sentence by sentence.
        left_aside: what was left out, and why.
    """

    lead: str
    report: Report
    payments: tuple[Payment, ...]
    transactions: Mapping[str, str]
    narrative: Narrative
    left_aside: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what shows each sentence, as plain values for JSON."""
        number_of = {event: number for number, event in self.transactions.items()}
        return {
            "draft": True,
            "lead": self.lead,
            "reference": self.report.reference,
            "sentences": [one._asdict() for one in self.narrative.sentences],
            "transactions": self.transactions,
            "told_among_transactions_only": [number_of[one] for one in self.narrative.left_out],
            "steps_left_out": self.narrative.steps_left_out,
            "left_aside": self.left_aside,
        }


def draft(
    view: View, lead_id: str, profile: Profile, now: datetime, *, reference: str = ""
) -> Draft:
    """Return the draft of a report of a lead's payments.

    Args:
        view: what is known.
        lead_id: the lead, or the first characters of its id.
        profile: the unit's codes, and who reports.
        now: when it is made, UTC.
        reference: the reporter's own number for it; the lead's id without.

    Raises:
        NotFoundError: there is no such lead.
        RefusedError: handling does not permit the lead's evidence to go to the unit.
        UsageError: no payment is among the evidence, or the profile lacks something.
    """
    lead = view.lead(lead_id)
    if not profile.rentity_id:
        remedy = f"write it to {PROFILE_FILE} or give --rentity-id"
        raise UsageError("the unit's number of the reporting entity is not known", remedy=remedy)
    rows = [row for row in _evidence(view, lead, profile, now) if row["table"] == "payments"]
    if not rows:
        raise UsageError("no payment among its evidence that may be seen", where=lead.id)
    rules, unit = view.handlings(), profile.recipient.recipient
    may = cache(lambda key: rules[key].permits(unit, PURPOSE, now.date()).permitted)
    parties = Parties(view, rows, lead.finding.subjects, may)
    payments, transactions, told = [], {}, []
    for number, row in zip(_numbers(rows), rows, strict=True):
        payment = _payment(row, number, parties, profile)
        payments.append(payment)
        transactions[number] = row["id"]
        told.append(_told(row, payment, parties))
    hidden = _hidden(lead, parties.secret)
    known = list(parties.known(lead))
    words = narrative(lead.finding, told, known, profile.longest, without=hidden)
    lost = len(lead.finding.evidence) - len(view.evidence(lead.finding.evidence))
    aside = [f"{lost} of the lead's evidence may no longer be seen"] if lost else []
    if parties.withheld:
        aside.append(f"{len(parties.withheld)} facts about parties, by their handling rules")
    if hidden:
        aside.append(f"{len(hidden)} steps of the explanation, which tell of such facts")
    return Draft(
        lead.id,
        _heading(lead, profile, payments, words, now, reference),
        tuple(payments),
        transactions,
        words,
        tuple(aside),
    )


def write_draft(made: Draft, path: Path) -> Path:
    """Write the report, and beside it what shows each of its sentences; return the second file.

    Raises:
        UsageError: the report would not be valid; nothing is written.
    """
    beside = path.with_suffix(".evidence.json")
    with replacing(path) as partial:
        write_report(made.report, made.payments, partial)
    with replacing(beside) as partial:
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(made.to_dict())) + b"\n")
    return beside


def _evidence(view: View, lead: Lead, profile: Profile, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield the lead's evidence in its order if all of it may go to the unit.

    Raises:
        RefusedError: it may not.
    """
    known = view.evidence(lead.finding.evidence)
    rules = view.handlings()
    handling = Handling.join_all(
        [lead.handling, *(rules[r["handling_id"]] for r in known.values())]
    )
    allowed = handling.permits(profile.recipient.recipient, PURPOSE, now.date())
    if not allowed.permitted:
        raise RefusedError(
            f"may not go to {profile.recipient.id}: {allowed.reason}",
            403,
            where=lead.id,
            remedy="name the unit among those it may go to, or its relation in the profile",
        )
    yield from (known[one] for one in lead.finding.evidence if one in known)


def _hidden(lead: Lead, secret: Collection[str]) -> list[int]:
    """Return the steps of an explanation that tell what may not go; a lead calls names by all."""
    telling = [value for value in secret if len(value) >= _TELLING]
    steps = lead.finding.explanation
    return [one.number for one in steps if any(value in one.text for value in telling)]


def _numbers(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a number for each payment: its reference where no other of the report has it."""
    stated = [fitted(row["reference"] or "", 90) for row in rows]
    count = Counter(stated)
    taken = {one for one in stated if one and count[one] == 1}
    for place, one in enumerate(stated, 1):
        number = one if one in taken else f"{one or 'payment'}-{place}"
        while one not in taken and number in taken:
            number += "-"
        yield number


def _payment(row: Mapping[str, Any], number: str, parties: Parties, profile: Profile) -> Payment:
    how = [fitted(row[name] or "", 40).lower() for name in ("channel", "instrument")]
    modes, funds = profile.transmode, profile.funds
    given: Decimal | None = row["instructed_amount"]
    return Payment(
        # Times of the lake are UTC and do not say so.
        time=row["time"].replace(tzinfo=UTC),
        amount=_plain(row["amount"]),
        currency=row["currency"],
        reference=number,
        payer=parties.party(row, "payer"),
        payee=parties.party(row, "payee"),
        payer_account=parties.account(row["payer_account"]),
        payee_account=parties.account(row["payee_account"]),
        payer_institution=parties.institution(row["payer_institution"]),
        payee_institution=parties.institution(row["payee_institution"]),
        payer_country=_code(row["payer_country"]),
        payee_country=_code(row["payee_country"]),
        instructed_amount=given and _plain(given),
        instructed_currency=row["instructed_currency"] or "",
        purpose=fitted(row["purpose"] or "", 4000),
        channel=next((modes[one] for one in how if one in modes), modes["default"]),
        instrument=funds.get(how[1], funds["default"]),
    )


def _plain(amount: Decimal) -> Decimal:
    """Return a sum without the zeros that its column ends with."""
    whole, _, part = f"{amount:f}".partition(".")
    part = part.rstrip("0")
    return Decimal(f"{whole}.{part}" if part else whole)


def _code(country: str | None) -> str:
    return country if country and len(country) == 2 and country.isalpha() else ""


def _told(row: Mapping[str, Any], payment: Payment, parties: Parties) -> Told:
    names: list[str] = []
    for side in SIDES:
        party, account = getattr(payment, side), getattr(payment, f"{side}_account")
        number = account and (account.iban or account.number)
        names.append((party and party.name) or number or "")
    payer, payee = names
    shown = (*parties.naming(row, "payer"), *parties.naming(row, "payee"))
    return Told(
        row["id"], payment.reference, payment.time, payer, payee,
        payment.amount, payment.currency, payment.purpose, shown,
    )  # fmt: skip


def _heading(
    lead: Lead, profile: Profile, payments: Collection[Payment], words: Narrative,
    now: datetime, reference: str,
) -> Report:  # fmt: skip
    paid = {payment.currency for payment in payments}
    currency = profile.currency or (paid.pop() if len(paid) == 1 else "")
    if len(currency) != _CODE:
        raise UsageError(
            "no local currency for payments in several, or in a virtual asset",
            where=lead.id,
            remedy=f"write currency and rates to {PROFILE_FILE}, or give --currency and --rate",
        )
    person = profile.reporting_person
    more = (("birthDate", person.birth_date), ("idNumber", person.id_number))
    reporter = fitted_party(Party(person.name, "Person", country=person.country, more=more))
    kind = lead.finding.kind.rpartition(".")[2]
    return Report(
        rentity_id=profile.rentity_id,
        report_code=profile.report_code,
        reference=fitted(reference, 255) or lead.id,
        submitted=now,
        currency=currency,
        reason=words.text,
        action=(
            f"DRAFT of {now:%Y-%m-%d} from {lead.id}: a person must check and approve it, and put "
            "what was done here, before it is sent."
        ),
        indicators=profile.indicators.get(kind, profile.indicators["default"]),
        transmode=profile.transmode["default"],
        funds=profile.funds["default"],
        rates=profile.rates,
        person=reporter if reporter.name else None,
    )
