"""`POST /screen/payment` and `/screen/payment/batch`: what of a payment somebody should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from manara.console.screening import Short, Threshold
from manara.console.turns import InTurn, json_response
from manara.identity.screening.query import MAX_LENGTH
from manara.model import ManaraError
from manara.money.topics import version
from manara.pipeline.payment_screening import (
    PartyAsked,
    PaymentAnswer,
    PaymentAsked,
    PaymentScreen,
)

#: Most payments in one batch.
MOST_PAYMENTS = 500

router = APIRouter(tags=["payments"])

Name = Annotated[str, Field(max_length=MAX_LENGTH)]
Text = Annotated[str, Field(max_length=10_000)]
Several = Annotated[list[Short], Field(max_length=20)]


class Party(BaseModel):
    """Somebody or something that takes part in a payment; a name or a number is enough."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field("", description="In any script, spelling and word order.")
    kind: Literal["", "person", "organisation", "vessel"] = ""
    birth_date: Short = Field("", description="ISO 8601, of any precision.")
    countries: Several = Field([], description="Codes or names.")
    documents: Several = Field([], description="Numbers of accounts, documents, vessels …")
    bic: Short = Field("", description="BIC of an institution.")
    addresses: list[Name] = Field([], max_length=5)

    def asked(self, kind: str) -> PartyAsked:
        """Return the party, of a kind where it states none."""
        return PartyAsked(
            name=self.name,
            kind=self.kind or kind,
            birth_date=self.birth_date,
            countries=tuple(self.countries),
            documents=tuple(self.documents),
            bic=self.bic,
            addresses=tuple(self.addresses),
        )


class Payment(BaseModel):
    """A payment before it leaves; everything may be missing."""

    model_config = ConfigDict(extra="forbid")

    reference: Short = Field("", description="Your own number for it; comes back.")
    payer: Party | None = None
    payee: Party | None = None
    ultimate_payer: Party | None = None
    ultimate_payee: Party | None = None
    payer_institution: Party | None = None
    payee_institution: Party | None = None
    intermediaries: list[Party] = Field([], max_length=10)
    vessels: list[Party] = Field([], max_length=10)
    purpose: Text = Field("", description="Free text: remittance information.")
    goods: Text = Field("", description="Free text: what is paid for.")
    hs_codes: Several = Field([], description="Codes of the Harmonized System.")

    def asked(self) -> PaymentAsked:
        """Return what is asked for."""
        single = (
            *("payer", "payee", "ultimate_payer", "ultimate_payee"),
            *("payer_institution", "payee_institution"),
        )
        stated: list[tuple[str, Party, str]] = [
            (field, party, "organisation" if field.endswith("institution") else "")
            for field in single
            if (party := getattr(self, field))
        ]
        stated += [(f"intermediaries.{at}", one, "organisation")
                   for at, one in enumerate(self.intermediaries)]  # fmt: skip
        stated += [(f"vessels.{at}", one, "vessel") for at, one in enumerate(self.vessels)]
        texts = (("purpose", self.purpose), ("goods", self.goods))
        return PaymentAsked(
            reference=self.reference,
            parties=tuple((field, party.asked(kind)) for field, party, kind in stated),
            texts=tuple((field, text) for field, text in texts if text),
            hs_codes=tuple(self.hs_codes),
        )


class Payments(BaseModel):
    """Many payments."""

    model_config = ConfigDict(extra="forbid")

    payments: list[Payment] = Field(max_length=MOST_PAYMENTS)


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers in the order of the payments, all from the same editions.

    Attributes:
        answers: what of each payment somebody should look at.
        editions: the edition of each list that it was looked for in.
        terms: the version of the words and codes of goods.
    """

    answers: list[PaymentAnswer]
    editions: dict[str, str]
    terms: str


@router.post("/screen/payment", response_model=Answers)
async def screen_payment(payment: Payment, turn: InTurn, threshold: Threshold = None) -> Response:
    """What of a payment somebody should look at before it leaves; never whether it may leave."""
    return await _answered([payment.asked()], turn, threshold, "")


@router.post("/screen/payment/batch", response_model=Answers)
async def screen_payments(batch: Payments, turn: InTurn, threshold: Threshold = None) -> Response:
    """The same for many at once, all answered from the same editions."""
    return await _answered([one.asked() for one in batch.payments], turn, threshold, "payments.")


async def _answered(
    asked: list[PaymentAsked], turn: InTurn, threshold: float | None, within: str
) -> Response:
    screen = PaymentScreen(turn.state.screen, turn.state.countries)
    least = turn.state.threshold if threshold is None else threshold

    def answer(numbered: tuple[int, PaymentAsked]) -> PaymentAnswer:
        at, one = numbered
        try:
            return screen.ask(one, threshold=least)
        except ManaraError as error:
            error.where = f"{within}{at}: {error.where}" if within else error.where
            raise

    answers = await turn.each(answer, list(enumerate(asked)))
    await turn.tell(hit.entity for one in answers for hit in one.hits)
    whole = Answers(answers, turn.state.editions, version())
    (response,) = await turn.each(json_response, [whole])
    return response
