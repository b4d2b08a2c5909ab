"""The parts that messages of ISO 20022 have in common: parties, accounts, agents, sums, numbers.

A record is parsed and checked by lxml, written out again in the one form that its serialiser has
(no comments, no CDATA, every ``<`` and ``>`` of a text escaped), and taken apart as text from
there: walking some forty nodes from Python costs more than the parsing itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from html import unescape
from typing import Any, NamedTuple, TypeAlias

from lxml import etree

from manara.formats import payment
from manara.formats.payment import Account, Institution, Party, UnusableError


class Part(NamedTuple):
    """A child of an element: its attributes and what stands in it, serialised."""

    attributes: str
    inside: str


#: The children of an element by local name, the first of each name.
Parts: TypeAlias = dict[str, Part]

# Possessive, so that each is read through once however it is nested.
_CHILD = re.compile(r"<([^\s/>]++)( [^>]*?)?(?:/>|>([^<]*+(?:<(?!/\1>)[^<]*+)*+)</\1>)")
_LEAF = re.compile(r"<([^\s/>]++)[^>]*+>([^<]*+)")
_MONEY = re.compile(r'Ccy="([^"]*)"[^>]*>([^<]*)<')
#: Parts that are remembered, and how long one may be for that, so that memory stays bounded.
_REMEMBERED, _LONGEST = 20_000, 2_000
#: What each bank fills as it likes; it stands last.
_FREE = "SplmtryData"
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


def parts_of(element: etree._Element) -> Parts:
    """Return the children of an element."""
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    return parts_in(text[text.index(">") + 1 :])


def parts_in(inside: str) -> Parts:
    """Return the children of an element of which this is the inside."""
    if _FREE in inside:
        inside = inside[: inside.index(_FREE)]
    found: Parts = {}
    for name, attributes, within in _CHILD.findall(inside):
        if ":" in name:
            name = name.rpartition(":")[2]
        if name not in found:
            found[name] = Part(attributes, within)
    return found


def all_in(inside: str, name: str) -> list[Parts]:
    """Return the children of each child of this name."""
    return [
        parts_in(within)
        for each, _, within in _CHILD.findall(inside)
        if each.rpartition(":")[2] == name
    ]


def leaves(parts: Parts, name: str) -> dict[str, str]:
    """Return what stands in a child, at any depth, by local name; the first of each name."""
    return _leaves(parts[name].inside) if name in parts else {}


def _leaves(inside: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in _LEAF.findall(inside):
        if ":" in name:
            name = name.rpartition(":")[2]
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
    inside = parts[name].inside if name in parts else ""
    if "<" not in inside:
        return unescape(inside.strip())
    return next(filter(None, _leaves(inside).values()), "")


def sum_of(part: Part | None) -> tuple[Decimal, str]:
    """Return an amount and its currency.

    Raises:
        UnusableError: there is none, or it is none.
    """
    if part is None:
        raise UnusableError("amount", "no amount")
    found = _MONEY.search(f"{part.attributes}>{part.inside}<")
    if found is None:
        raise UnusableError("currency", "an amount without a currency")
    return payment.amount(found[2].strip()), payment.currency(found[1])


def reference(ids: Mapping[str, str]) -> str:
    """Return the number by which a payment is known from end to end."""
    for name in ("UETR", "EndToEndId", "TxId", "InstrId"):
        if (text := ids.get(name, "")) and text not in _NOT_A_NUMBER:
            return text
    return ""


def sides(parts: Parts) -> dict[str, Any]:
    """Return who pays and is paid, with accounts and institutions, by attribute of `Payment`."""
    found: dict[str, Any] = {}
    agent = None
    if "DbtrAgt" in parts and (agent := agent_of(parts["DbtrAgt"].inside)):
        found["payer_institution"] = agent
    if "DbtrAcct" in parts and (account := account_of(parts["DbtrAcct"].inside, agent)):
        found["payer_account"] = account
    if "Dbtr" in parts and (party := party_of(parts["Dbtr"].inside)):
        found["payer"] = party
    agent = None
    if "CdtrAgt" in parts and (agent := agent_of(parts["CdtrAgt"].inside)):
        found["payee_institution"] = agent
    if "CdtrAcct" in parts and (account := account_of(parts["CdtrAcct"].inside, agent)):
        found["payee_account"] = account
    if "Cdtr" in parts and (party := party_of(parts["Cdtr"].inside)):
        found["payee"] = party
    if "UltmtDbtr" in parts and (party := party_of(parts["UltmtDbtr"].inside)):
        found["ultimate_payer"] = party
    if "UltmtCdtr" in parts and (party := party_of(parts["UltmtCdtr"].inside)):
        found["ultimate_payee"] = party
    if "IntrmyAgt1" in parts:
        between = (parts[name].inside for name in _between(parts))
        found["intermediaries"] = tuple(filter(None, map(agent_of, between)))
    return found


def _between(parts: Parts) -> Iterator[str]:
    return (name for name in ("IntrmyAgt1", "IntrmyAgt2", "IntrmyAgt3") if name in parts)


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
