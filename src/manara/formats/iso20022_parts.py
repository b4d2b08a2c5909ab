"""The parts that messages of ISO 20022 have in common: parties, accounts, agents, sums, numbers.

A record comes as text (`manara.formats.xml_text`) and is taken apart as text: walking some forty
nodes from Python costs more than the parsing itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from html import unescape
from typing import Any

from manara.formats import payment
from manara.formats.payment import Account, Institution, Party, UnusableError
from manara.formats.xml_text import Parts

# Possessive, so that each is read through once however it is nested.
_CHILD = re.compile(r"<([^\s/>]++)(\s[^>]*?)?(?:/>|>([^<]*+(?:<(?!/\1\s*>)[^<]*+)*+)</\1\s*>)")
_LEAF = re.compile(r"<([^\s/>]++)[^>]*+>([^<]*+)")
_ANY_TAG = re.compile(r"<[^>]*+>")
_MONEY = re.compile(r'Ccy="([^"]*)"[^>]*>([^<]*)<')
#: Parts that are remembered, and how long one may be for that, so that memory stays bounded.
_REMEMBERED, _LONGEST = 20_000, 2_000
#: What each bank fills as it likes; it stands last.
_FREE = "SplmtryData"
#: Elements that tell of either side, and the attributes of `Payment` they become.
_SIDES = (
    (("DbtrAgt", "DbtrAcct", "Dbtr"), ("payer_institution", "payer_account", "payer")),
    (("CdtrAgt", "CdtrAcct", "Cdtr"), ("payee_institution", "payee_account", "payee")),
)
#: Elements that stand several times, one line each.
_LINES = ("AdrLine", "Ustrd")
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


def parts_in(inside: str) -> Parts:
    """Return the children of an element of which this is the inside."""
    if _FREE in inside:
        inside = inside[: inside.index(_FREE)]
    return {found[0]: found for found in reversed(_CHILD.findall(inside))}


def inside(parts: Parts, name: str) -> str:
    """Return what is inside a child, ``""`` without."""
    return parts[name][2] if name in parts else ""


def all_in(parts: Parts, name: str, each: str) -> list[Parts]:
    """Return the children of each element of one name in a child of another."""
    return [parts_in(found[2]) for found in _CHILD.findall(inside(parts, name)) if found[0] == each]


def content(inside: str) -> str:
    """Return all text in an element, at any depth."""
    return " ".join(unescape(_ANY_TAG.sub(" ", inside)).split())


def leaves(parts: Parts, name: str) -> dict[str, str]:
    """Return what stands in a child, at any depth, by local name; the first of each name."""
    return _leaves(parts[name][2]) if name in parts else {}


def leaf(parts: Parts, name: str, wanted: str) -> str:
    """Return what `leaves` has under one name, ``""`` if nothing."""
    text = inside(parts, name)
    start = text.find(f"<{wanted}>")
    if start < 0 and f"<{wanted}" not in text:
        return ""
    start += len(wanted) + 2
    found = text[start : text.find("<", start)]
    if not found or found.isspace() or text.find(f"<{wanted}", start) >= 0:
        return _leaves(text).get(wanted, "")
    return unescape(" ".join(found.split()))


def _leaves(inside: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in _LEAF.findall(inside):
        if text and (text := " ".join(text.split())):
            if "&" in text:
                text = unescape(text)
            if not found.get(name):
                found[name] = text
            elif name in _LINES:
                found[name] += f" {text}"
        elif name not in found:
            found[name] = ""
    return found


def text_of(parts: Parts, name: str) -> str:
    """Return the text of a child, or of the first thing in it that has any; ``""`` without."""
    text = inside(parts, name)
    if "<" not in text:
        return unescape(text.strip())
    return next(filter(None, _leaves(text).values()), "")


def sum_of(parts: Parts, name: str) -> tuple[Decimal, str]:
    """Return an amount and its currency.

    Raises:
        UnusableError: there is none, or it is none.
    """
    if name not in parts:
        raise UnusableError("amount", "no amount")
    _, attributes, text = parts[name]
    found = _MONEY.search(f"{attributes}>{text}<")
    if found is None:
        raise UnusableError("currency", "an amount without a currency")
    currency, amount = (unescape(text) for text in found.groups())
    return payment.amount(amount.strip()), payment.currency(currency)


def reference(ids: Mapping[str, str]) -> str:
    """Return the number by which a payment is known from end to end."""
    for name in ("UETR", "EndToEndId", "TxId", "InstrId"):
        if (text := ids.get(name, "")) and text not in _NOT_A_NUMBER:
            return text
    return ""


def sides(parts: Parts) -> dict[str, Any]:
    """Return who pays and is paid, with accounts and institutions, by attribute of `Payment`."""
    found: dict[str, Any] = {}
    for told, names in _SIDES:
        for name, value in zip(names, _side(*[inside(parts, each) for each in told]), strict=True):
            if value:
                found[name] = value
    if "IntrmyAgt1" in parts:
        between = (inside(parts, f"IntrmyAgt{number}") for number in (1, 2, 3))
        found["intermediaries"] = tuple(filter(None, map(agent_of, between)))
    return found


def _side(
    agent: str, account: str, party: str
) -> tuple[Institution | None, Account | None, Party | None]:
    held = agent_of(agent)
    return held, account_of(account, held), party_of(party)


def account_of(inside: str, held: Institution | None) -> Account | None:
    """Return an account, None without a number."""
    read = _account if len(inside) < _LONGEST else _account.__wrapped__
    return read(inside, held)


@lru_cache(maxsize=_REMEMBERED)
def _account(inside: str, held: Institution | None) -> Account | None:
    found = _leaves(inside)
    return payment.account(found.get("IBAN") or found.get("Id", ""), held)


def agent_of(inside: str) -> Institution | None:
    """Return an institution, None if nothing is said of it."""
    return (_agent if len(inside) < _LONGEST else _agent.__wrapped__)(inside)


@lru_cache(maxsize=_REMEMBERED)
def _agent(inside: str) -> Institution | None:
    found = _leaves(inside)
    bic = found.get("BICFI") or found.get("BIC") or ""
    member = found.get("MmbId", "")
    system = found.get("Cd", "") if member else ""
    code = f"{system} {member}".strip() or ("" if bic else found.get("Id", ""))
    made = Institution(
        bic, found.get("Nm", ""), code, found.get("LEI", ""), found.get("Ctry", ""), _address(found)
    )
    return made if made != Institution() else None


def party_of(inside: str) -> Party | None:
    """Return who an element tells of, None if it says nothing."""
    return (_party if len(inside) < _LONGEST else _party.__wrapped__)(inside)


@lru_cache(maxsize=_REMEMBERED)
def _party(inside: str) -> Party | None:
    found = _leaves(inside)
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
