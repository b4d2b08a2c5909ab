"""One payment as any format states it, and who and what takes part in it.

Ids are derived from what identifies, so that they are the same in every file:

* an account by its IBAN (ISO 13616), else by its number and the institution that holds it;
* an institution by its BIC (ISO 9362, without the branch), else its LEI, clearing code or name;
* a party by its LEI or BIC, else by its name together with its account, a number, an address or a
  birth date. A name alone identifies nobody: such a party is one of its payment only, and to find
  who it is is left to resolution.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache

import msgspec
from babel.numbers import list_currencies

from manara.model import Reject

#: Parties and payments remembered while a file is read, so that each is stated once; when there
#: are more they are forgotten and stated again, which changes nothing.
REMEMBERED = 200_000

#: Tickers of the virtual assets most paid with.
VIRTUAL = frozenset(
    {
        *("ADA", "BCH", "BNB", "BTC", "DAI", "DASH", "DOGE", "ETH", "LTC", "SOL", "TON", "TRX"),
        *("USDC", "USDT", "XLM", "XMR", "XRP", "ZEC"),
    }
)

_AMOUNT = re.compile(r"[+-]?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60})", re.ASCII)
#: Longest text of a time.
_LONGEST_TIME = 40
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
#: Properties whose value tells one party from all others.
_OWN = ("leiCode", "swiftBic")
#: Those that do so together with a name.
_WITH_NAME = (
    *("passportNumber", "idNumber", "socialSecurityNumber", "registrationNumber", "taxNumber"),
    *("birthDate", "phone"),
)


class UnusableError(ValueError):
    """What a reader raises inside itself to set one payment aside.

    Attributes:
        rule: code of the rule it breaks.
        reason: the rule in words.
        at: what to add to the payment's locator.
    """

    def __init__(self, rule: str, reason: str, at: str = "") -> None:
        super().__init__(reason)
        self.rule, self.reason, self.at = rule, reason, at

    def reject(self, locator: str, excerpt: str) -> Reject:
        """Return the reject of the payment that stands here."""
        return Reject(locator + self.at, self.rule, self.reason, excerpt[:500])


class Institution(msgspec.Struct, frozen=True, gc=False):
    """A bank or other institution on the way of a payment; texts are ``""`` where not stated.

    Attributes:
        bic: 8 or 11 characters.
        name: its name.
        code: its number in a clearing system, with the system's code before it.
        lei: its LEI.
        country: where it is, ISO 3166-1 alpha-2.
        address: its address.
    """

    bic: str = ""
    name: str = ""
    code: str = ""
    lei: str = ""
    country: str = ""
    address: str = ""


class Account(msgspec.Struct, frozen=True, gc=False):
    """An account or wallet: an IBAN, or a number with the institution it is held at."""

    iban: str = ""
    number: str = ""
    institution: Institution | None = None


class Party(msgspec.Struct, frozen=True, gc=False):
    """Who pays or is paid.

    Attributes:
        name: its name.
        schema: ``Person``, ``Organization``, ``Company`` or, where not stated, ``LegalEntity``.
        address: its address in one line.
        country: where it lives, ISO 3166-1 alpha-2.
        more: further properties of its schema with their values.
    """

    name: str = ""
    schema: str = "LegalEntity"
    address: str = ""
    country: str = ""
    more: tuple[tuple[str, str], ...] = ()


class Payment(msgspec.Struct, gc=False, kw_only=True):
    """One payment; see the table ``payments`` in `manara.model.EVENT_TABLES`.

    Attributes:
        ultimate_payer: who owes the money, where another pays it for them; not kept with the event.
        ultimate_payee: whom the money is for, where another receives it for them; likewise.
        unique: a number that no other payment has, to tell a message that stands there twice.
        otherwise: fields whose lines may cut a name or a word, each with another way to read it;
            not kept with the event.
    """

    time: datetime
    amount: Decimal
    currency: str
    time_precision: str = ""
    reference: str = ""
    payer: Party | None = None
    payee: Party | None = None
    ultimate_payer: Party | None = None
    ultimate_payee: Party | None = None
    payer_account: Account | None = None
    payee_account: Account | None = None
    payer_institution: Institution | None = None
    payee_institution: Institution | None = None
    intermediaries: tuple[Institution, ...] = ()
    payer_country: str = ""
    payee_country: str = ""
    instructed_amount: Decimal | None = None
    instructed_currency: str = ""
    purpose: str = ""
    purpose_code: str = ""
    channel: str = ""
    instrument: str = ""
    status: str = ""
    unique: str = ""
    otherwise: tuple[tuple[str, str], ...] = ()


#: Currencies of the invented states of exercises: codes of the X range that ISO 4217 leaves free.
INVENTED = frozenset(f"XT{letter}" for letter in "ABCDFGHL")


@cache
def currencies() -> frozenset[str]:
    """Return the codes of ISO 4217, those of the past and of the invented states of exercises."""
    return frozenset(list_currencies()) | INVENTED


def currency(text: str, at: str = "", *, virtual: bool = False) -> str:
    """Return a code of ISO 4217, or the ticker of a virtual asset where that may stand.

    Raises:
        UnusableError: it is none.
    """
    if text in currencies() or (virtual and text in VIRTUAL):
        return text
    raise UnusableError("currency", f"{text[:20]!r} is no currency of ISO 4217", at)


def amount(text: str, at: str = "") -> Decimal:
    """Return a sum, exactly as it is written.

    Raises:
        UnusableError: it is no number, or less than nothing.
    """
    if not _AMOUNT.fullmatch(text):
        raise UnusableError("amount", f"{text[:40]!r} is no amount", at)
    value = Decimal(text)
    if value < 0:
        raise UnusableError("amount", "the amount is negative", at)
    return value


def moment(text: str, at: str = "") -> tuple[datetime, str]:
    """Return a time in UTC and its precision, ``day`` or ``""``; without an offset it is UTC.

    Args:
        text: date or time in ISO 8601.
        at: where it stands.

    Raises:
        UnusableError: it is no time.
    """
    try:
        return _moment(text[: _LONGEST_TIME + 1])
    except (ValueError, OverflowError) as error:
        raise UnusableError("time", f"{text[:40]!r} is no time", at) from error


@lru_cache(maxsize=4096)
def _moment(text: str) -> tuple[datetime, str]:
    day = _DAY.fullmatch(text)
    found = datetime.fromisoformat(day[1] if day else text)
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return found.astimezone(UTC), "day" if day else ""


def account(text: str, institution: Institution | None = None) -> Account | None:
    """Return the account of this IBAN or number, None for ``""``.

    What looks like an IBAN but fails its check (ISO 7064, MOD 97-10) is taken for a number.
    """
    iban = text.replace(" ", "").upper()
    if _IBAN.fullmatch(iban) and _is_iban(iban):
        return Account(iban)
    return Account("", " ".join(text.split()), institution) if text.strip() else None


@lru_cache(maxsize=65_536)
def _is_iban(iban: str) -> bool:
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1


def _hashed(kind: str, *parts: str) -> str:
    key = "\x1f".join([kind, *(" ".join(part.split()).casefold() for part in parts)])
    return f"{kind}-{hashlib.blake2b(key.encode('utf-8', 'replace'), digest_size=10).hexdigest()}"


def institution_id(institution: Institution) -> str:
    """Return the entity id of an institution."""
    if institution.bic:
        return f"bic-{institution.bic[:8].upper()}"
    if institution.lei or institution.code:
        return _hashed("bank", institution.lei or institution.code)
    return _hashed("bank", institution.name, institution.country, institution.address)


def account_id(account: Account) -> str:
    """Return the entity id of an account."""
    if account.iban:
        return f"iban-{account.iban}"
    held = institution_id(account.institution) if account.institution else ""
    return _hashed("account", account.number, held)


def party_id(party: Party, account: Account | None, payment: Payment, role: str) -> str:
    """Return the entity id of a party; see the module."""
    more = dict(party.more)
    for name in _OWN:
        if name in more:
            return _hashed("party", name, more[name])
    if account:
        return _hashed("party", "account", account_id(account), party.name)
    known = [f"{name} {more[name]}" for name in _WITH_NAME if name in more]
    if known or party.address:
        return _hashed("party", party.name, party.address, party.country, *known)
    once = (payment.unique, payment.reference, payment.time.isoformat(), str(payment.amount))
    return _hashed("party", party.name, role, *once)


def country_of(
    institution: Institution | None, account: Account | None, party: Party | None
) -> str:
    """Return the country of the institution, else the account's, else the party's."""
    for code in (
        institution.bic[4:6] if institution else "",
        institution.country if institution else "",
        account.iban[:2] if account else "",
        party.country if party else "",
    ):
        if len(code) == 2 and code.isascii() and code.isalpha():
            return code.lower()
    return ""
