"""What the labels of the United States Office of Foreign Assets Control mean in the vocabulary.

The office uses the same labels in all its files: as ``idType`` in the classic XML, as feature and
document types in the advanced XML, as opening words in the remarks of the CSV files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

AUTHORITY = "Office of Foreign Assets Control"
SCHEMATA = {
    "individual": "Person",
    "entity": "Organization",
    "vessel": "Vessel",
    "aircraft": "Airplane",
}
ALIASES = {
    "a.k.a.": "alias",
    "aka": "alias",
    "f.k.a.": "previousName",
    "fka": "previousName",
    "n.k.a.": "name",
    "nka": "name",
    "name": "name",
}

#: Label, in lower case, to the property of the listed party that takes the value.
PROPERTIES = {
    "gender": "gender",
    "dob": "birthDate",
    "birthdate": "birthDate",
    "pob": "birthPlace",
    "place of birth": "birthPlace",
    "nationality": "nationality",
    "nationality country": "nationality",
    "citizen": "citizenship",
    "citizenship country": "citizenship",
    "title": "position",
    "website": "website",
    "email address": "email",
    "phone number": "phone",
    "telephone": "phone",
    "telephone no.": "phone",
    "a.k.a.": "weakAlias",
    "f.k.a.": "previousName",
    "issuer name": "alias",
    "swift/bic": "swiftBic",
    "bik (ru)": "bikCode",
    "d-u-n-s number": "dunsCode",
    "organization established date": "incorporationDate",
    "organization type": "sector",
    "target type": "legalForm",
    "nationality of registration": "jurisdiction",
    "registration country": "jurisdiction",
    "vessel call sign": "callSign",
    "other vessel call sign": "callSign",
    "vessel type": "type",
    "other vessel type": "type",
    "vessel flag": "flag",
    "other vessel flag": "pastFlags",
    "former vessel flag": "pastFlags",
    "vessel tonnage": "tonnage",
    "vessel gross tonnage": "grossRegisteredTonnage",
    "vessel gross registered tonnage": "grossRegisteredTonnage",
    "vessel year of build": "buildDate",
    "mmsi": "mmsi",
    "vessel registration identification": "registrationNumber",
    "aircraft model": "model",
    "aircraft manufacture date": "buildDate",
    "aircraft manufacturer's serial number (msn)": "serialNumber",
    "aircraft construction number (also called l/n or s/n or f/n)": "serialNumber",
    "aircraft serial identification": "serialNumber",
    "aircraft tail number": "registrationNumber",
    "previous aircraft tail number": "registrationNumber",
}
DATES = {"birthDate", "incorporationDate", "buildDate"}
#: Label to the property that links another party, stated by its name only.
PARTIES = {"vessel owner": "owner", "aircraft operator": "operator"}
SECURITIES = {"isin": "isin", "equity ticker": "ticker"}
WALLET = "digital currency address"

#: Label of a document or register number to the property of the holder.
DOCUMENTS = {
    label: prop
    for prop, labels in {
        "passportNumber": "passport; diplomatic passport; british national overseas passport;"
        " stateless person passport",
        "taxNumber": "tax id no.; ruc #; r.f.c.; rfc; italian fiscal code; fiscal code; rif #; rtn;"
        " paraguayan tax identification number; romanian tax registration; c.i.f.; n.i.f.; us fein;"
        " numero unico de identificacao tributaria (nuit); nit #; c.u.i.t.",
        "vatCode": "v.a.t. number",
        "leiCode": "legal entity number",
        "uscCode": "unified social credit code (uscc);"
        " united social credit code certificate (usccc)",
        "socialSecurityNumber": "ssn",
        "licenseNumber": "license; trade license no.; tourism license no.; pilot license number;"
        " afghan money service provider license number; sre permit no.; permit number",
        "registrationNumber": "commercial registry number; registration number; registration id;"
        " registered charity no.; company number; business registration document #;"
        " matricula mercantil no; dubai chamber of commerce membership no.;"
        " business registration number; uk company number; certificate of incorporation number;"
        " business number; public registration number; chinese commercial code; c.r. no.;"
        " chamber of commerce number; serial no.; enterprise number; organization code; rsin;"
        " istanbul chamber of comm. no.; economic register number (cbls); trademark number;"
        " military registration number; folio mercantil no.; government gazette number;"
        " central registration system number; msb registration number; romanian c.r.;"
        " branch unit number; file number",
        "idNumber": "national id no.; le number; national foreign id number; identification number;"
        " cedula no.; c.u.r.p.; d.n.i.; c.u.i.p.; personal id card; citizen's card number;"
        " kenyan id no.; bosnian personal id no.; tazkira national id card; residency number;"
        " moroccan personal id no.; turkish identification number; numero de identidad;"
        " credencial electoral; i.f.e.; c.u.i.; n.i.e.; uae identification; refugee id card;"
        " cnp (personal numerical code); romanian permanent resident; travel document number;"
        " stateless person id card; seafarer's identification document; visanumberid;"
        " cartilla de servicio militar nacional; driver's license no.; electoral registry no.;"
        " tarjeta profesional; birth certificate number; public security and immigration no.;"
        " immigration no.",
    }.items()
    for label in labels.split("; ")
}
#: Openings of labels that say what the designation means, not who is designated.
DESIGNATION = {
    "listing date": "listingDate",
    "effective date": "startDate",
    "secondary sanctions risk": "summary",
    "executive order": "summary",
    "additional sanctions information": "summary",
    "transactions prohibited": "summary",
    "purchase/sales for divestment date": "summary",
    "caatsa": "summary",
    "ifca": "summary",
    "peesa": "summary",
}

_NON_SDN = re.compile(r"NS-|561|FSE-|CMIC|CAPTA|MBS|.*\bSSI\b", re.IGNORECASE)
#: What the office writes where it knows no country.
NO_COUNTRY = {"undetermined", "none identified"}
_LINKED = re.compile(r"Linked To:([^;]+)")
#: The office calls national numbers of legal entities so too; a LEI is as in ISO 17442.
LEI = re.compile(r"[A-Z0-9]{18}\d{2}")
IMO = re.compile(r"IMO\s*(\d{7})\b", re.IGNORECASE)


def dataset_of(programs: Iterable[str]) -> str:
    """Return the dataset of a list whose first entry is under these programmes.

    The files do not say which list they are. The list of specially designated nationals opens with
    entries under blocking programmes, the consolidated one with entries under programmes that only
    non-SDN lists have (Palestinian Legislative Council, NS-PLC).
    """
    known = [program for program in programs if program]
    cons = bool(known) and all(_NON_SDN.match(program) for program in known)
    return "us_ofac_cons" if cons else "us_ofac_sdn"


def plain(label: str) -> str:
    """Return a label in the form of the tables here: lower case, no colon or dash at its end."""
    return " ".join(label.replace("’", "'").split()).rstrip(":- ").casefold()


class Links:
    """Resolves the names in ``Linked To: NAME`` to the entry of the same list that bears it.

    Only a name that one entry alone bears is resolved.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}

    def know(self, name: str, number: str) -> None:
        """Note the primary name of an entry; a name of several entries counts for none."""
        key = _key(name)
        if key and number:
            self._numbers[key] = number if self._numbers.get(key, number) == number else ""

    def named_in(self, remarks: str) -> list[tuple[str, str]]:
        """Return the ids of the entries that a text links its subject to, with its words."""
        found = [
            (self._numbers.get(_key(match[1])), match[0]) for match in _LINKED.finditer(remarks)
        ]
        return [(f"ofac-{number}", words) for number, words in found if number]


def _key(name: str) -> str:
    name = name.strip()
    if name.endswith((".", ")")) and name.count(")") > name.count("("):
        name = name.rstrip(".").removesuffix(")")  # the bracket of "(Linked To: NAME)"
    return " ".join(name.split()).rstrip(".").casefold()
