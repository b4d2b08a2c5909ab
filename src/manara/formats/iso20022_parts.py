"""The parts that messages of ISO 20022 have in common: parties, accounts, agents, sums, numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from manara.formats import payment
from manara.formats.payment import Account, Institution, Party, UnusableError
from manara.formats.xml_parts import Part, Shape

#: Gives the first child of a local name of an element, None without.
Parts: TypeAlias = Callable[[str], Part | None]

#: Parts that are remembered, and how long one may be for that, so that memory stays bounded.
_REMEMBERED, _LONGEST, _SHAPES = 20_000, 4_000, 2_000
_BETWEEN = ("IntrmyAgt1", "IntrmyAgt2", "IntrmyAgt3")
_ADDRESS = (
    *("Dept", "SubDept", "StrtNm", "BldgNb", "BldgNm", "PstBx", "AdrLine", "PstCd", "TwnNm"),
    "CtrySubDvsn",
)
#: Property of an identifier of a person or organisation, by the code of its scheme.
_SCHEMES = {
    "CCPT": "passportNumber",
    "SOSE": "socialSecurityNumber",
    "TXID": "taxNumber",
    "COID": "registrationNumber",
}
_OF_PERSONS = ("passportNumber", "socialSecurityNumber")
_NOT_A_NUMBER = ("NOTPROVIDED", "NOT PROVIDED", "NONREF")


def leaves(parts: Parts, name: str) -> dict[str, str]:
    """Return what stands in a child, at any depth, by local name; the first of each name."""
    part = parts(name)
    return part.leaves() if part else {}


def text_of(parts: Parts, name: str) -> str:
    """Return the text of a child, or of the first thing in it that has any; ``""`` without."""
    part = parts(name)
    return part.text() if part else ""


def sum_of(part: Part | None) -> tuple[Decimal, str]:
    """Return an amount and its currency.

    Raises:
        UnusableError: there is none, or it is none.
    """
    if part is None:
        raise UnusableError("amount", "no amount")
    found = part.money()
    if found is None:
        raise UnusableError("currency", "an amount without a currency")
    return payment.amount(found[1]), payment.currency(found[0])


def reference(ids: Mapping[str, str]) -> str:
    """Return the number by which a payment is known from end to end."""
    for name in ("UETR", "EndToEndId", "TxId", "InstrId"):
        if (text := ids.get(name, "")) and text not in _NOT_A_NUMBER:
            return text
    return ""


def sides(parts: Parts, names: Iterable[str], is_brief: bool) -> dict[str, Any]:
    """Return who pays and is paid, with accounts and institutions, by attribute of `Payment`.

    Args:
        parts: gives the parts.
        names: those of `SIDES` that are there, in their order.
        is_brief: nothing in them is so long that it cannot be remembered.
    """
    found: dict[str, Any] = {}
    for name in names:
        side, read, held_by = _SIDES[name]
        if part := parts(name):
            read = read if is_brief else read.__wrapped__
            if value := read(part, found.get(held_by)):
                found[side] = value
    if between := [found.pop(name) for name in _BETWEEN if name in found]:
        found["intermediaries"] = tuple(between)
    return found


@lru_cache(maxsize=_SHAPES)
def sides_in(shape: Shape) -> tuple[str, ...]:
    """Return which of `SIDES` are among an element's children."""
    return tuple(name for name in SIDES if name in shape.children)


@lru_cache(maxsize=_REMEMBERED)
def account_of(part: Part, held: Institution | None) -> Account | None:
    """Return an account, None without a number."""
    found = part.leaves()
    return payment.account(found.get("IBAN") or found.get("Id", ""), held)


@lru_cache(maxsize=_REMEMBERED)
def agent_of(part: Part, _: object = None) -> Institution | None:
    """Return an institution, None if nothing is said of it."""
    found = part.leaves()
    bic = found.get("BICFI") or found.get("BIC") or ""
    member = found.get("MmbId", "")
    system = found.get("Cd", "") if member else ""
    code = f"{system} {member}".strip() or ("" if bic else found.get("Id", ""))
    made = Institution(
        bic, found.get("Nm", ""), code, found.get("LEI", ""), found.get("Ctry", ""), _address(found)
    )
    return made if made != Institution() else None


@lru_cache(maxsize=_REMEMBERED)
def party_of(part: Part, _: object = None) -> Party | None:
    """Return who an element tells of, None if it says nothing."""
    found = part.leaves()
    if not any(found.values()):
        return None
    names = list(found)
    name = found.get("Nm", "")
    if name and "CtctDtls" in found and names.index("CtctDtls") < names.index("Nm"):
        name = ""  # the name of who is to be called
    schema = "LegalEntity"
    if "PrvtId" in found:
        schema = "Person"
    elif "OrgId" in found or "FinInstnId" in found:
        schema = "Organization"
    country = found.get("Ctry") or found.get("CtryOfRes") or ""
    return Party(name, schema, _address(found), country, tuple(_more(found, schema)))


def _more(found: Mapping[str, str], schema: str) -> Iterator[tuple[str, str]]:
    """Yield further properties of a party."""
    bic = found.get("AnyBIC") or found.get("BICOrBEI") or found.get("BICFI") or found.get("BIC")
    if bic:
        yield "swiftBic", bic
    if lei := found.get("LEI"):
        yield "leiCode", lei
    if number := found.get("Id"):
        prop = _SCHEMES.get(found.get("Cd", ""), "idNumber")
        yield (prop if schema == "Person" or prop not in _OF_PERSONS else "idNumber"), number
    if schema == "Person":
        for name, prop in (
            ("BirthDt", "birthDate"),
            ("CityOfBirth", "birthPlace"),
            ("CtryOfBirth", "birthCountry"),
        ):
            if text := found.get(name):
                yield prop, text


def _address(found: Mapping[str, str]) -> str:
    """Return an address in one line, without the country."""
    return ", ".join(found[name] for name in _ADDRESS if found.get(name))


def is_brief(part: Part) -> bool:
    """Return whether what is read of a part may be remembered."""
    return sum(map(len, part.texts)) < _LONGEST


#: What each part of a payment is: attribute of `Payment`, how it is read, which holds it.
_SIDES: Mapping[str, tuple[str, Any, str]] = {
    "DbtrAgt": ("payer_institution", agent_of, ""),
    "DbtrAcct": ("payer_account", account_of, "payer_institution"),
    "Dbtr": ("payer", party_of, ""),
    "CdtrAgt": ("payee_institution", agent_of, ""),
    "CdtrAcct": ("payee_account", account_of, "payee_institution"),
    "Cdtr": ("payee", party_of, ""),
    "UltmtDbtr": ("ultimate_payer", party_of, ""),
    "UltmtCdtr": ("ultimate_payee", party_of, ""),
    **{name: (name, agent_of, "") for name in _BETWEEN},
}
SIDES = tuple(_SIDES)
