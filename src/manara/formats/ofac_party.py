"""One party of the lists of the United States Office of Foreign Assets Control, as statements."""

from __future__ import annotations

from dataclasses import dataclass

from manara.formats.base import Subject, derived_id, subject
from manara.formats.dates import partial_dates
from manara.formats.ofac_terms import (
    AUTHORITY,
    DATES,
    DESIGNATION,
    DOCUMENTS,
    IMO,
    LEI,
    NO_COUNTRY,
    PARTIES,
    PROPERTIES,
    SECURITIES,
    WALLET,
    plain,
)
from manara.model import Record, Reject, vocabulary


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled value about a listed party, as any of the office's files may state it.

    Attributes:
        label: what it is, such as ``Passport`` or ``Secondary sanctions risk:``.
        value: the value, white space collapsed.
        locator: where it stands in the source.
        country: country that issued it, else ``""``.
        issued: date of issue as text, else ``""``.
        expires: date of expiry as text, else ``""``.
        authority: who issued it, else ``""``.
        comment: what the office adds, else ``""``.
        original: the source's own text where the value alone is not what stands there.
    """

    label: str
    value: str
    locator: str
    country: str = ""
    issued: str = ""
    expires: str = ""
    authority: str = ""
    comment: str = ""
    original: str = ""


class Party:
    """A listed party of which a record states things.

    Args:
        record: takes the statements.
        schema: schema of the party.
        number: the office's number of the party.

    Attributes:
        target: collects what is stated about the party itself.
        sanction: collects what is stated about its designation.
        rejects: what could not be read.
    """

    def __init__(self, record: Record, schema: str, number: str) -> None:
        self.record = record
        self.number = number
        self.target = subject(record, schema, f"ofac-{number}")
        self.sanction = subject(record, "Sanction", f"ofac-{number}-sanction")
        self.rejects: list[Reject] = []

    @property
    def legal(self) -> bool:
        """Whether the party is a person or body, not a vessel or aircraft."""
        return self.target.schema not in {"Vessel", "Airplane"}

    def designate(self) -> None:
        """State that the party is designated by the office."""
        place = self.record.locator
        self.target.add("topics", "sanction", place)
        self.sanction.add("entity", self.target.id, place)
        self.sanction.add("authority", AUTHORITY, place)
        self.sanction.add("authorityId", self.number, place)

    def add_item(self, item: Item) -> None:
        """State a labelled value: where the vocabulary has a home for it there, else as a note."""
        label = plain(item.label)
        prop = PROPERTIES.get(label)
        if label in DOCUMENTS:
            self._document(item, DOCUMENTS[label])
        elif label.startswith(WALLET):
            self._wallet(item)
        elif label in SECURITIES and self.legal:
            self._security(item, SECURITIES[label])
        elif label in PARTIES and not self.legal:
            self._other_party(item, PARTIES[label])
        elif prop and self._has(prop) and item.value.lower() not in NO_COUNTRY:
            self._plain(item, prop)
        else:
            opening = next((key for key in DESIGNATION if label.startswith(key)), "")
            self._designation(item, DESIGNATION[opening]) if opening else self.note(item)

    def note(self, item: Item) -> None:
        """State a value without a home in the vocabulary, with its label."""
        text = f"{item.label.rstrip(':- ')}: {item.value}"
        text += f" ({item.country})" if item.country else ""
        text += f"; {item.comment}" if item.comment else ""
        self.target.add("notes", text, item.locator, original=item.original or item.value)

    def add_date(self, about: Subject, prop: str, text: str, locator: str, original: str) -> None:
        """State the dates in a text; set it aside if there are none."""
        dates = partial_dates(text)
        if not dates:
            self.rejects.append(Reject(locator, "date", f"no date in {prop}", text[:500]))
        for date in dates:
            about.add(prop, date, locator, original=original or ("" if date == text else text))

    def add_link(self, other: str, role: str, locator: str, original: str = "") -> None:
        """State that the party is linked to another one of the list, known by its id."""
        if other == self.target.id:
            return
        link = subject(self.record, "UnknownLink", derived_id(self.target.id, "link", other, role))
        link.add("subject", self.target.id, locator)
        link.add("object", other, locator, original=original)
        link.add("role", role, locator)

    def _has(self, prop: str) -> bool:
        return prop in vocabulary()[self.target.schema].properties

    def _plain(self, item: Item, prop: str) -> None:
        imo = IMO.search(item.value)
        if prop == "registrationNumber" and self.target.schema == "Vessel" and imo:
            self.target.add(
                "imoNumber", imo.group(1), item.locator, original=item.original or item.value
            )
        elif prop in DATES:
            self.add_date(self.target, prop, item.value, item.locator, item.original)
        else:
            self.target.add(prop, item.value, item.locator, original=item.original)

    def _designation(self, item: Item, prop: str) -> None:
        if prop == "summary" or not partial_dates(item.value):
            text = f"{item.label.rstrip(':- ')}: {item.value}"
            self.sanction.add("summary", text, item.locator, original=item.original or item.value)
        else:
            self.add_date(self.sanction, prop, item.value, item.locator, item.original)

    def _document(self, item: Item, prop: str) -> None:
        number, original = item.value, item.original
        imo = IMO.search(number)
        if imo and self._has("imoNumber"):
            prop, number, original = "imoNumber", imo.group(1), original or item.value
        if prop == "leiCode" and not LEI.fullmatch(number):
            prop = "registrationNumber"
        if not self._has(prop):
            prop = "idNumber" if self.legal else "notes"
        if prop == "notes":
            self.note(item)
            return
        self.target.add(prop, number, item.locator, original=original)
        if not self.legal:
            self.target.add("country", item.country, item.locator, original=original)
            return
        document = subject(
            self.record,
            "Passport" if "passport" in plain(item.label) else "Identification",
            derived_id(self.target.id, "document", plain(item.label), item.value, item.country),
        )
        document.add("holder", self.target.id, item.locator)
        document.add("type", item.label, item.locator)
        document.add("number", number, item.locator, original=original)
        document.add("country", item.country, item.locator, original=original)
        document.add("authority", item.authority, item.locator)
        document.add("summary", item.comment, item.locator)
        for when, text in (("startDate", item.issued), ("endDate", item.expires)):
            if text:
                self.add_date(document, when, text, item.locator, original)

    def _wallet(self, item: Item) -> None:
        wallet = subject(
            self.record, "CryptoWallet", derived_id(self.target.id, "wallet", item.value)
        )
        wallet.add("cryptoAddress", item.value, item.locator, original=item.original)
        symbol = item.label.rpartition(" - ")[2] if " - " in item.label else ""
        wallet.add("currencySymbol", symbol, item.locator, original=item.label if symbol else "")
        wallet.add("topics", "sanction", item.locator)
        if self.legal:
            wallet.add("holder", self.target.id, item.locator)

    def _security(self, item: Item, prop: str) -> None:
        security = subject(
            self.record, "Security", derived_id(self.target.id, "security", prop, item.value)
        )
        security.add(prop, item.value, item.locator, original=item.original)
        security.add("issuer", self.target.id, item.locator)

    def _other_party(self, item: Item, prop: str) -> None:
        other = subject(self.record, "LegalEntity", derived_id(self.target.id, prop, item.value))
        other.add("name", item.value, item.locator, original=item.original)
        self.target.add(prop, other.id, item.locator, original=item.original or item.value)
